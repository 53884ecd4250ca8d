use std::rc::Rc;

use super::super::Vm;
use super::super::operators::as_int;
use super::Method;
use crate::value::{Args, Outcome, Value};

pub(super) fn find(name: &str) -> Option<(&'static str, Method)> {
    Some(match name {
        "lower" => ("lower", |vm, this, args| {
            plain(vm, this, args, "lower", str::to_lowercase)
        }),
        "casefold" => ("casefold", |vm, this, args| {
            plain(vm, this, args, "casefold", str::to_lowercase)
        }),
        "upper" => ("upper", |vm, this, args| {
            plain(vm, this, args, "upper", str::to_uppercase)
        }),
        "capitalize" => ("capitalize", |vm, this, args| {
            plain(vm, this, args, "capitalize", capitalize)
        }),
        "title" => ("title", |vm, this, args| plain(vm, this, args, "title", title)),
        "strip" => ("strip", |vm, this, args| strip(vm, this, args, true, true)),
        "lstrip" => ("lstrip", |vm, this, args| strip(vm, this, args, true, false)),
        "rstrip" => ("rstrip", |vm, this, args| strip(vm, this, args, false, true)),
        "split" => ("split", |vm, this, args| split(vm, this, args, false)),
        "rsplit" => ("rsplit", |vm, this, args| split(vm, this, args, true)),
        "splitlines" => ("splitlines", |vm, this, args| {
            args.finish(vm, "splitlines")?;
            Ok(Value::list(text(this).lines().map(Value::str).collect()))
        }),
        "join" => ("join", join),
        "replace" => ("replace", |vm, this, mut args| {
            let (old, new) = (string(vm, &mut args, "old")?, string(vm, &mut args, "new")?);
            let count = args.take("count");
            args.finish(vm, "replace")?;
            Ok(Value::str(
                match count
                    .as_ref()
                    .and_then(as_int)
                    .and_then(|count| usize::try_from(count).ok())
                {
                    Some(count) => text(this).replacen(&*old, &new, count),
                    None => text(this).replace(&*old, &new),
                },
            ))
        }),
        "startswith" => ("startswith", |vm, this, args| {
            affix(vm, this, args, |text, part| text.starts_with(part))
        }),
        "endswith" => ("endswith", |vm, this, args| {
            affix(vm, this, args, |text, part| text.ends_with(part))
        }),
        "removeprefix" => ("removeprefix", |vm, this, mut args| {
            let part = string(vm, &mut args, "prefix")?;
            args.finish(vm, "removeprefix")?;
            Ok(Value::str(text(this).strip_prefix(&*part).unwrap_or(text(this))))
        }),
        "removesuffix" => ("removesuffix", |vm, this, mut args| {
            let part = string(vm, &mut args, "suffix")?;
            args.finish(vm, "removesuffix")?;
            Ok(Value::str(text(this).strip_suffix(&*part).unwrap_or(text(this))))
        }),
        "find" => ("find", |vm, this, mut args| {
            let part = string(vm, &mut args, "sub")?;
            args.finish(vm, "find")?;
            Ok(Value::Int(position(text(this), text(this).find(&*part))))
        }),
        "rfind" => ("rfind", |vm, this, mut args| {
            let part = string(vm, &mut args, "sub")?;
            args.finish(vm, "rfind")?;
            Ok(Value::Int(position(text(this), text(this).rfind(&*part))))
        }),
        "index" => ("index", |vm, this, mut args| {
            let part = string(vm, &mut args, "sub")?;
            args.finish(vm, "index")?;
            match text(this).find(&*part) {
                Some(at) => Ok(Value::Int(position(text(this), Some(at)))),
                None => Err(vm.value_error("substring not found")),
            }
        }),
        "count" => ("count", |vm, this, mut args| {
            let part = string(vm, &mut args, "sub")?;
            args.finish(vm, "count")?;
            let count = text(this).matches(&*part).count();
            Ok(Value::Int(i128::try_from(count).unwrap_or_default()))
        }),
        "partition" => ("partition", |vm, this, mut args| {
            let part = string(vm, &mut args, "sep")?;
            args.finish(vm, "partition")?;
            let (before, middle, after) = match text(this).split_once(&*part) {
                Some((before, after)) => (before, &*part, after),
                None => (text(this), "", ""),
            };
            Ok(Value::tuple(vec![
                Value::str(before),
                Value::str(middle),
                Value::str(after),
            ]))
        }),
        "rpartition" => ("rpartition", |vm, this, mut args| {
            let part = string(vm, &mut args, "sep")?;
            args.finish(vm, "rpartition")?;
            let (before, middle, after) = match text(this).rsplit_once(&*part) {
                Some((before, after)) => (before, &*part, after),
                None => ("", "", text(this)),
            };
            Ok(Value::tuple(vec![
                Value::str(before),
                Value::str(middle),
                Value::str(after),
            ]))
        }),
        "format" => ("format", |vm, this, args| {
            vm.format_method(text(this), &args).map(Value::str)
        }),
        "format_map" => ("format_map", |vm, this, mut args| {
            let mapping = args.need(vm, "mapping")?;
            let mut named = Args::default();
            for (key, value) in vm.pairs(&mapping)? {
                if let Value::Str(key) = key {
                    named.keywords.push((key.to_string(), value));
                }
            }
            vm.format_method(text(this), &named).map(Value::str)
        }),
        "encode" => ("encode", |vm, this, mut args| {
            let encoding = args.take("encoding");
            args.take("errors");
            args.finish(vm, "encode")?;
            match encoding
                .as_ref()
                .and_then(Value::as_str)
                .unwrap_or("utf-8")
                .to_ascii_lowercase()
                .as_str()
            {
                "utf-8" | "utf8" => Ok(Value::Bytes(Rc::from(text(this).as_bytes()))),
                "ascii" | "latin-1" if text(this).is_ascii() => {
                    Ok(Value::Bytes(Rc::from(text(this).as_bytes())))
                }
                other => Err(vm.unknown(format!("the encoding '{other}'"))),
            }
        }),
        "isdigit" | "isnumeric" | "isdecimal" => ("isdigit", |vm, this, args| {
            test(vm, this, args, |c| c.is_ascii_digit())
        }),
        "isalpha" => ("isalpha", |vm, this, args| {
            test(vm, this, args, char::is_alphabetic)
        }),
        "isalnum" => ("isalnum", |vm, this, args| {
            test(vm, this, args, char::is_alphanumeric)
        }),
        "isspace" => ("isspace", |vm, this, args| {
            test(vm, this, args, char::is_whitespace)
        }),
        "isupper" => ("isupper", |vm, this, args| {
            args.finish(vm, "isupper")?;
            let text = text(this);
            Ok(Value::Bool(
                text.chars().any(char::is_uppercase) && !text.chars().any(char::is_lowercase),
            ))
        }),
        "islower" => ("islower", |vm, this, args| {
            args.finish(vm, "islower")?;
            let text = text(this);
            Ok(Value::Bool(
                text.chars().any(char::is_lowercase) && !text.chars().any(char::is_uppercase),
            ))
        }),
        "zfill" => ("zfill", |vm, this, mut args| {
            let width = args.need(vm, "width")?;
            args.finish(vm, "zfill")?;
            let width = as_int(&width)
                .and_then(|width| usize::try_from(width).ok())
                .unwrap_or_default();
            let missing = width.min(10_000).saturating_sub(text(this).chars().count());
            let (sign, digits) = match text(this).strip_prefix(['-', '+']) {
                Some(digits) => (&text(this)[..1], digits),
                None => ("", text(this)),
            };
            Ok(Value::str(format!("{sign}{}{digits}", "0".repeat(missing))))
        }),
        "ljust" => ("ljust", |vm, this, args| justify(vm, this, args, false)),
        "rjust" => ("rjust", |vm, this, args| justify(vm, this, args, true)),
        _ => return None,
    })
}

pub(super) fn find_of_bytes(name: &str) -> Option<(&'static str, Method)> {
    Some(match name {
        "decode" => ("decode", |vm, this, mut args| {
            let encoding = args.take("encoding");
            args.take("errors");
            args.finish(vm, "decode")?;
            let Value::Bytes(bytes) = this else {
                return Err(vm.unknown("'decode'"));
            };
            match encoding
                .as_ref()
                .and_then(Value::as_str)
                .unwrap_or("utf-8")
                .to_ascii_lowercase()
                .as_str()
            {
                "utf-8" | "utf8" | "ascii" => std::str::from_utf8(bytes)
                    .map(Value::str)
                    .map_err(|error| vm.raise("UnicodeDecodeError", error.to_string())),
                other => Err(vm.unknown(format!("the encoding '{other}'"))),
            }
        }),
        "hex" => ("hex", |vm, this, args| {
            args.finish(vm, "hex")?;
            let Value::Bytes(bytes) = this else {
                return Err(vm.unknown("'hex'"));
            };
            Ok(Value::str(
                bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>(),
            ))
        }),
        _ => return None,
    })
}

fn text(this: &Value) -> &str {
    this.as_str().unwrap_or_default()
}

fn string(vm: &Vm<'_>, args: &mut Args, name: &str) -> Outcome<Rc<str>> {
    match args.need(vm, name)? {
        Value::Str(text) => Ok(text),
        other => Err(vm.type_error(format!(
            "argument '{name}' must be str, not {}",
            other.type_name()
        ))),
    }
}

fn plain(
    vm: &mut Vm<'_>,
    this: &Value,
    args: Args,
    name: &str,
    change: fn(&str) -> String,
) -> Outcome<Value> {
    args.finish(vm, name)?;
    Ok(Value::str(change(text(this))))
}

fn capitalize(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| {
        first
            .to_uppercase()
            .chain(characters.flat_map(char::to_lowercase))
            .collect()
    })
}

fn title(text: &str) -> String {
    let mut inside = false;
    text.chars()
        .flat_map(|c| {
            let changed: Vec<char> = if inside {
                c.to_lowercase().collect()
            } else {
                c.to_uppercase().collect()
            };
            inside = c.is_alphabetic();
            changed
        })
        .collect()
}

fn strip(vm: &mut Vm<'_>, this: &Value, mut args: Args, left: bool, right: bool) -> Outcome<Value> {
    let characters = args.take("chars").filter(|characters| !characters.is_none());
    args.finish(vm, "strip")?;
    let characters = characters.as_ref().and_then(Value::as_str);
    let stripped =
        |c: char| characters.map_or_else(|| c.is_whitespace(), |characters| characters.contains(c));
    let mut text = text(this);
    if left {
        text = text.trim_start_matches(stripped);
    }
    if right {
        text = text.trim_end_matches(stripped);
    }
    Ok(Value::str(text))
}

fn split(vm: &mut Vm<'_>, this: &Value, mut args: Args, from_right: bool) -> Outcome<Value> {
    let separator = args.take("sep").filter(|separator| !separator.is_none());
    let most = args.take("maxsplit");
    args.finish(vm, "split")?;
    let most = most
        .as_ref()
        .and_then(as_int)
        .and_then(|most| usize::try_from(most).ok());
    let text = text(this);
    let parts: Vec<&str> = match (
        separator
            .as_ref()
            .map(|separator| separator.as_str().unwrap_or_default()),
        most,
    ) {
        (Some(""), _) => return Err(vm.value_error("empty separator")),
        (Some(separator), None) => text.split(separator).collect(),
        (Some(separator), Some(most)) if from_right => {
            let mut parts: Vec<&str> = text.rsplitn(most + 1, separator).collect();
            parts.reverse();
            parts
        }
        (Some(separator), Some(most)) => text.splitn(most + 1, separator).collect(),
        (None, None) => text.split_whitespace().collect(),
        (None, Some(most)) if !from_right => {
            let mut parts = Vec::new();
            let mut rest = text.trim_start();
            while !rest.is_empty() && parts.len() < most {
                let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
                parts.push(&rest[..end]);
                rest = rest[end..].trim_start();
            }
            if !rest.is_empty() {
                parts.push(rest);
            }
            parts
        }
        (None, Some(_)) => return Err(vm.unknown("'rsplit' at white space with a limit")),
    };
    Ok(Value::list(parts.into_iter().map(Value::str).collect()))
}

fn join(vm: &mut Vm<'_>, this: &Value, mut args: Args) -> Outcome<Value> {
    let values = args.need(vm, "iterable")?;
    args.finish(vm, "join")?;
    let values = vm.iterate(&values)?;
    let mut parts = Vec::with_capacity(values.len());
    for (at, value) in values.iter().enumerate() {
        match value.as_str() {
            Some(part) => parts.push(part),
            None => {
                return Err(vm.type_error(format!(
                    "sequence item {at}: expected str instance, {} found",
                    value.type_name()
                )));
            }
        }
    }
    Ok(Value::str(parts.join(text(this))))
}

fn affix(vm: &mut Vm<'_>, this: &Value, mut args: Args, holds: fn(&str, &str) -> bool) -> Outcome<Value> {
    let part = args.need(vm, "prefix")?;
    args.finish(vm, "startswith")?;
    let parts = match &part {
        Value::Tuple(parts) => parts.to_vec(),
        part => vec![part.clone()],
    };
    for part in &parts {
        match part.as_str() {
            Some(part) if holds(text(this), part) => return Ok(Value::Bool(true)),
            Some(_) => {}
            None => return Err(vm.type_error("startswith first arg must be str or a tuple of str")),
        }
    }
    Ok(Value::Bool(false))
}

/// A byte offset as a number of characters; -1 where nothing was found.
fn position(text: &str, at: Option<usize>) -> i128 {
    at.map_or(-1, |at| {
        i128::try_from(text[..at].chars().count()).unwrap_or_default()
    })
}

fn test(vm: &mut Vm<'_>, this: &Value, args: Args, holds: fn(char) -> bool) -> Outcome<Value> {
    args.finish(vm, "isalpha")?;
    Ok(Value::Bool(
        !text(this).is_empty() && text(this).chars().all(holds),
    ))
}

fn justify(vm: &mut Vm<'_>, this: &Value, mut args: Args, right: bool) -> Outcome<Value> {
    let width = args.need(vm, "width")?;
    let fill = args.take("fillchar");
    args.finish(vm, "ljust")?;
    let width = as_int(&width)
        .and_then(|width| usize::try_from(width).ok())
        .unwrap_or_default();
    let missing = width.min(10_000).saturating_sub(text(this).chars().count());
    let fill = fill
        .as_ref()
        .and_then(Value::as_str)
        .unwrap_or(" ")
        .repeat(missing);
    Ok(Value::str(if right {
        format!("{fill}{}", text(this))
    } else {
        format!("{}{fill}", text(this))
    }))
}
