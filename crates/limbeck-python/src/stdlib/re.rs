//! `re`.

use std::rc::Rc;

use fancy_regex::{Captures, Regex};

use crate::value::{Args, Dict, Object, Outcome, Value};
use crate::vm::{Vm, as_int};

pub(super) fn find(_module: &str, name: &str) -> Option<Value> {
    Some(match name {
        "I" | "IGNORECASE" => Value::Int(2),
        "M" | "MULTILINE" => Value::Int(8),
        "S" | "DOTALL" => Value::Int(16),
        "X" | "VERBOSE" => Value::Int(64),
        "compile" => Value::native("compile", |vm, mut args| {
            let pattern = args.need(vm, "pattern")?;
            let flags = args.take("flags");
            compile(vm, &pattern, flags.as_ref()).map(|pattern| Value::Object(pattern))
        }),
        "escape" => Value::native("escape", |vm, mut args| {
            let text = args.need(vm, "pattern")?;
            let special = |c: char| "()[]{}?*+-|^$\\.&~# \t\n\r\u{b}\u{c}".contains(c);
            let escaped = text
                .as_str()
                .unwrap_or_default()
                .chars()
                .flat_map(|c| special(c).then_some('\\').into_iter().chain([c]));
            Ok(Value::str(escaped.collect::<String>()))
        }),
        "match" | "search" | "fullmatch" | "findall" | "finditer" | "sub" | "split" => {
            let method = name.to_owned();
            Value::native("re", move |vm, mut args| {
                let pattern = args.need(vm, "pattern")?;
                let flags = args.keyword("flags");
                let pattern: Rc<dyn Object> = compile(vm, &pattern, flags.as_ref())?;
                vm.call_method(&Value::Object(pattern), &method, args)
            })
        }
        _ => return None,
    })
}

fn compile(vm: &Vm<'_>, pattern: &Value, flags: Option<&Value>) -> Outcome<Rc<Pattern>> {
    if let Some(pattern) = pattern.downcast::<Pattern>() {
        return Ok(pattern);
    }
    let Some(text) = pattern.as_str() else {
        return Err(vm.unknown(format!("a pattern that is a {}", pattern.type_name())));
    };
    let flags = flags.and_then(as_int).unwrap_or_default();
    let mut letters = String::new();
    for (bit, letter) in [(2, 'i'), (8, 'm'), (16, 's'), (64, 'x')] {
        if flags & bit != 0 {
            letters.push(letter);
        }
    }
    let written = if letters.is_empty() {
        text.to_owned()
    } else {
        format!("(?{letters}){text}")
    };
    match Regex::new(&written) {
        Ok(regex) => Ok(Rc::new(Pattern {
            text: text.to_owned(),
            regex,
        })),
        Err(error) => Err(vm.unknown(format!("the pattern '{text}' ({error})"))),
    }
}

/// A compiled pattern.
#[derive(Debug)]
struct Pattern {
    text: String,
    regex: Regex,
}

impl Pattern {
    fn captures<'t>(&self, vm: &Vm<'_>, text: &'t str) -> Outcome<Option<Captures<'t>>> {
        self.regex
            .captures(text)
            .map_err(|error| vm.unknown(format!("the pattern '{}' ({error})", self.text)))
    }

    fn all<'t>(&self, vm: &Vm<'_>, text: &'t str) -> Outcome<Vec<Captures<'t>>> {
        let all: Result<Vec<_>, _> = self.regex.captures_iter(text).collect();
        all.map_err(|error| vm.unknown(format!("the pattern '{}' ({error})", self.text)))
    }
}

impl Object for Pattern {
    fn class_name(&self) -> &str {
        "Pattern"
    }

    fn attribute(self: Rc<Self>, _vm: &mut Vm<'_>, name: &str) -> Outcome<Option<Value>> {
        Ok(Some(match name {
            "pattern" => Value::str(&self.text),
            "match" | "search" | "fullmatch" => {
                let how = name.to_owned();
                Value::native("match", move |vm, mut args| {
                    let text = subject(vm, &mut args)?;
                    args.finish(vm, "match")?;
                    let Some(captures) = self.captures(vm, &text)? else {
                        return Ok(Value::None);
                    };
                    let whole = captures.get(0).map(|whole| (whole.start(), whole.end()));
                    let fits = match how.as_str() {
                        "search" => true,
                        "match" => whole.is_some_and(|(start, _)| start == 0),
                        _ => whole == Some((0, text.len())),
                    };
                    Ok(if fits {
                        Value::object(Match::of(&self.regex, &captures, &text))
                    } else {
                        Value::None
                    })
                })
            }
            "findall" => Value::native("findall", move |vm, mut args| {
                let text = subject(vm, &mut args)?;
                let found = self.all(vm, &text)?;
                let values = found.iter().map(|captures| {
                    let group = |at: usize| Value::str(captures.get(at).map_or("", |group| group.as_str()));
                    match captures.len() {
                        1 => group(0),
                        2 => group(1),
                        count => Value::tuple((1..count).map(group).collect()),
                    }
                });
                Ok(Value::list(values.collect()))
            }),
            "finditer" => Value::native("finditer", move |vm, mut args| {
                let text = subject(vm, &mut args)?;
                let found = self.all(vm, &text)?;
                let matches = found
                    .iter()
                    .map(|captures| Value::object(Match::of(&self.regex, captures, &text)));
                Ok(Value::list(matches.collect()))
            }),
            "sub" => Value::native("sub", move |vm, mut args| {
                let with = args.need(vm, "repl")?;
                let text = subject(vm, &mut args)?;
                let most = args.take("count").as_ref().and_then(as_int).unwrap_or_default();
                let most = if most == 0 {
                    usize::MAX
                } else {
                    usize::try_from(most).unwrap_or_default()
                };
                let mut result = String::new();
                let mut last = 0;
                for captures in self.all(vm, &text)?.iter().take(most) {
                    let Some(whole) = captures.get(0) else { continue };
                    result.push_str(&text[last..whole.start()]);
                    let found = Match::of(&self.regex, captures, &text);
                    result.push_str(&found.replacement(vm, &with)?);
                    last = whole.end();
                }
                result.push_str(&text[last..]);
                Ok(Value::str(result))
            }),
            "split" => Value::native("split", move |vm, mut args| {
                let text = subject(vm, &mut args)?;
                args.finish(vm, "split")?;
                let mut parts = Vec::new();
                let mut last = 0;
                for captures in self.all(vm, &text)? {
                    let Some(whole) = captures.get(0) else { continue };
                    parts.push(Value::str(&text[last..whole.start()]));
                    let groups = (1..captures.len()).map(|at| {
                        captures
                            .get(at)
                            .map_or(Value::None, |group| Value::str(group.as_str()))
                    });
                    parts.extend(groups);
                    last = whole.end();
                }
                parts.push(Value::str(&text[last..]));
                Ok(Value::list(parts))
            }),
            _ => return Ok(None),
        }))
    }
}

fn subject(vm: &Vm<'_>, args: &mut Args) -> Outcome<Rc<str>> {
    match args.need(vm, "string")? {
        Value::Str(text) => Ok(text),
        other => Err(vm.type_error(format!(
            "expected string or bytes-like object, got '{}'",
            other.type_name()
        ))),
    }
}

/// A match.
#[derive(Debug)]
struct Match {
    groups: Vec<Option<String>>,
    names: Vec<Option<String>>,
    span: (usize, usize),
}

impl Match {
    fn of(regex: &Regex, captures: &Captures<'_>, text: &str) -> Self {
        let groups = (0..captures.len()).map(|at| captures.get(at).map(|group| group.as_str().to_owned()));
        let whole = captures
            .get(0)
            .map_or((0, 0), |whole| (whole.start(), whole.end()));
        let characters = |at: usize| text[..at].chars().count();
        Self {
            groups: groups.collect(),
            names: regex
                .capture_names()
                .map(|name| name.map(str::to_owned))
                .collect(),
            span: (characters(whole.0), characters(whole.1)),
        }
    }

    fn group(&self, vm: &Vm<'_>, key: &Value) -> Outcome<Value> {
        let at = match key {
            Value::Str(name) => self.names.iter().position(|known| known.as_deref() == Some(name)),
            key => as_int(key).and_then(|at| usize::try_from(at).ok()),
        };
        match at.and_then(|at| self.groups.get(at)) {
            Some(Some(text)) => Ok(Value::str(text)),
            Some(None) => Ok(Value::None),
            None => Err(vm.raise("IndexError", "no such group")),
        }
    }

    /// What `sub` puts in its place: `\1` and `\g<name>` are groups.
    fn replacement(&self, vm: &mut Vm<'_>, with: &Value) -> Outcome<String> {
        let Some(template) = with.as_str() else {
            let this = Self {
                groups: self.groups.clone(),
                names: self.names.clone(),
                span: self.span,
            };
            let text = vm.call(with, Args::of([Value::object(this)]))?;
            return vm.text_of(&text);
        };
        let mut result = String::new();
        let mut characters = template.chars();
        while let Some(c) = characters.next() {
            if c != '\\' {
                result.push(c);
                continue;
            }
            let key = match characters.next() {
                Some(digit) if digit.is_ascii_digit() => {
                    Value::Int(i128::from(digit.to_digit(10).unwrap_or(0)))
                }
                Some('g') => {
                    let name: String = characters.by_ref().skip(1).take_while(|c| *c != '>').collect();
                    name.parse().map_or_else(|_| Value::str(&name), Value::Int)
                }
                Some('n') => {
                    result.push('\n');
                    continue;
                }
                Some('\\') => {
                    result.push('\\');
                    continue;
                }
                other => return Err(vm.unknown(format!("'\\{}' in a replacement", other.unwrap_or(' ')))),
            };
            let group = self.group(vm, &key)?;
            result.push_str(group.as_str().unwrap_or_default());
        }
        Ok(result)
    }
}

impl Object for Match {
    fn class_name(&self) -> &str {
        "Match"
    }

    fn attribute(self: Rc<Self>, _vm: &mut Vm<'_>, name: &str) -> Outcome<Option<Value>> {
        Ok(Some(match name {
            "group" => Value::native("group", move |vm, mut args| {
                let keys = args.rest();
                match keys.as_slice() {
                    [] => self.group(vm, &Value::Int(0)),
                    [key] => self.group(vm, key),
                    keys => {
                        let groups: Outcome<Vec<Value>> =
                            keys.iter().map(|key| self.group(vm, key)).collect();
                        groups.map(Value::tuple)
                    }
                }
            }),
            "groups" => Value::native("groups", move |_, _| {
                let group = |group: &Option<String>| group.as_ref().map_or(Value::None, Value::str);
                Ok(Value::tuple(self.groups.iter().skip(1).map(group).collect()))
            }),
            "groupdict" => Value::native("groupdict", move |_, _| {
                let mut dict = Dict::default();
                for (name, group) in self.names.iter().zip(&self.groups) {
                    if let Some(name) = name {
                        dict.insert_str(name, group.as_ref().map_or(Value::None, Value::str));
                    }
                }
                Ok(Value::dict(dict))
            }),
            "start" => Value::native("start", move |_, _| Ok(Value::Int(self.span.0 as i128))),
            "end" => Value::native("end", move |_, _| Ok(Value::Int(self.span.1 as i128))),
            _ => return Ok(None),
        }))
    }

    fn item(self: Rc<Self>, vm: &mut Vm<'_>, key: &Value) -> Outcome<Value> {
        self.group(vm, key)
    }
}
