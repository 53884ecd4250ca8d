//! Values as text.

use super::Vm;
use super::operators::{as_float, as_int};
use crate::stdlib::Member;
use crate::value::{Args, Outcome, Value};

impl Vm<'_> {
    /// `str(value)`.
    pub(crate) fn text_of(&mut self, value: &Value) -> Outcome<String> {
        match value {
            Value::Str(text) => Ok(text.to_string()),
            Value::Object(object) => object.clone().to_str(self),
            Value::Instance(instance) => {
                if let Some(Value::Function(function)) = instance.class.lookup("__str__") {
                    let text = self.call_function(&function, Args::of([value.clone()]))?;
                    return self.text_of(&text);
                }
                match super::exceptions::message(instance).as_deref() {
                    Some([]) => Ok(String::new()),
                    Some([key]) if self.is_key_error(instance) => self.repr(key),
                    Some([message]) => self.text_of(message),
                    Some(args) => self.repr(&Value::tuple(args.to_vec())),
                    None => self.repr(value),
                }
            }
            other => self.repr(other),
        }
    }

    /// `repr(value)`.
    pub(crate) fn repr(&mut self, value: &Value) -> Outcome<String> {
        Ok(match value {
            Value::None => "None".to_owned(),
            Value::Ellipsis => "Ellipsis".to_owned(),
            Value::Bool(true) => "True".to_owned(),
            Value::Bool(false) => "False".to_owned(),
            Value::Int(number) => number.to_string(),
            Value::Float(number) => float(*number),
            Value::Str(text) => quoted(text),
            Value::Bytes(bytes) => format!("b{}", quoted_bytes(bytes)),
            Value::Tuple(values) => match &**values {
                [only] => format!("({},)", self.repr(only)?),
                values => format!("({})", self.reprs(values)?),
            },
            Value::List(values) => {
                let values = values.borrow().clone();
                format!("[{}]", self.reprs(&values)?)
            }
            Value::Dict(_) => {
                let mut parts = Vec::new();
                for (key, value) in self.pairs(value)? {
                    parts.push(format!("{}: {}", self.repr(&key)?, self.repr(&value)?));
                }
                format!("{{{}}}", parts.join(", "))
            }
            Value::Set(set) if set.borrow().len() == 0 => "set()".to_owned(),
            Value::Set(_) => {
                let values = self.iterate(value)?;
                format!("{{{}}}", self.reprs(&values)?)
            }
            Value::Object(object) => object.clone().repr(self)?,
            Value::Class(class) => format!("<class '{}'>", class.name),
            Value::Instance(instance) => {
                if let Some(Value::Function(function)) = instance.class.lookup("__repr__") {
                    let text = self.call_function(&function, Args::of([value.clone()]))?;
                    return self.text_of(&text);
                }
                match super::exceptions::message(instance) {
                    Some(args) => format!("{}({})", instance.class.name, self.reprs(&args)?),
                    // The real one has an address in it, which nothing can depend on.
                    None => {
                        return Err(self.unknown(format!("'repr()' of an object of {}", instance.class.name)));
                    }
                }
            }
            Value::Function(_) | Value::Method(..) | Value::Native(_) => {
                return Err(self.unknown("a function as text"));
            }
        })
    }

    fn reprs(&mut self, values: &[Value]) -> Outcome<String> {
        let parts: Outcome<Vec<String>> = values.iter().map(|value| self.repr(value)).collect();
        Ok(parts?.join(", "))
    }

    /// `format(value, spec)`.
    pub(crate) fn format(&mut self, value: &Value, spec: &str) -> Outcome<String> {
        if let Some(member) = value.downcast::<Member>() {
            let value = member.formatted(self)?;
            return self.format(&value, spec);
        }
        if spec.is_empty() {
            return self.text_of(value);
        }
        if let Value::Object(_) = value
            && let Some(method) = self.find_attribute(value, "__format__")?
        {
            let text = self.call(&method, Args::of([Value::str(spec)]))?;
            return self.text_of(&text);
        }
        let Some(spec) = Spec::parse(spec) else {
            return Err(self.unknown(format!("the format '{spec}'")));
        };
        let text = match (spec.kind, value) {
            (Some('d') | None, Value::Int(_) | Value::Bool(_)) => {
                spec.grouped(as_int(value).unwrap_or_default().to_string())
            }
            (Some('x'), Value::Int(number)) if *number >= 0 => format!("{number:x}"),
            (Some('X'), Value::Int(number)) if *number >= 0 => format!("{number:X}"),
            (Some('o'), Value::Int(number)) if *number >= 0 => format!("{number:o}"),
            (Some('b'), Value::Int(number)) if *number >= 0 => format!("{number:b}"),
            (Some('f' | 'F'), _) if as_float(value).is_some() => {
                let number = as_float(value).unwrap_or_default();
                spec.grouped(format!("{number:.*}", spec.precision.unwrap_or(6)))
            }
            (Some('%'), _) if as_float(value).is_some() => {
                let number = as_float(value).unwrap_or_default() * 100.0;
                format!("{number:.*}%", spec.precision.unwrap_or(6))
            }
            (None, Value::Float(number)) if spec.precision.is_none() => float(*number),
            (Some('s') | None, Value::Str(text)) => match spec.precision {
                Some(precision) => text.chars().take(precision).collect(),
                None => text.to_string(),
            },
            _ => return Err(self.unknown(format!("this format of {}", value.type_name()))),
        };
        Ok(spec.padded(text, !matches!(value, Value::Str(_))))
    }

    /// `format % values`.
    pub(super) fn percent(&mut self, format: &str, values: &Value) -> Outcome<String> {
        let mut positional = match values {
            Value::Tuple(values) => values.to_vec(),
            value => vec![value.clone()],
        }
        .into_iter();
        let mut used_names = false;
        let mut result = String::new();
        let mut rest = format;
        while let Some(at) = rest.find('%') {
            result.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            if let Some(after) = rest.strip_prefix('%') {
                result.push('%');
                rest = after;
                continue;
            }
            let mut named = None;
            if let Some(after) = rest.strip_prefix('(') {
                let Some((name, after)) = after.split_once(')') else {
                    return Err(self.value_error("incomplete format key"));
                };
                used_names = true;
                named = Some(self.item(values, &Value::str(name))?);
                rest = after;
            }
            let flags_end = rest.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(rest.len());
            let Some(kind) = rest[flags_end..].chars().next() else {
                return Err(self.value_error("incomplete format"));
            };
            let flags = &rest[..flags_end];
            rest = &rest[flags_end + 1..];
            let Some(value) = named.or_else(|| positional.next()) else {
                return Err(self.type_error("not enough arguments for format string"));
            };
            result.push_str(&self.percent_one(kind, flags, &value)?);
        }
        result.push_str(rest);
        if !used_names && positional.next().is_some() && !matches!(values, Value::Dict(_)) {
            return Err(self.type_error("not all arguments converted during string formatting"));
        }
        Ok(result)
    }

    fn percent_one(&mut self, kind: char, flags: &str, value: &Value) -> Outcome<String> {
        let spec = match flags.strip_prefix('-') {
            Some(width) => format!("<{width}"),
            None if kind == 's' || kind == 'r' => {
                if flags.is_empty() || flags.starts_with('.') {
                    flags.to_owned()
                } else {
                    format!(">{flags}")
                }
            }
            None => flags.to_owned(),
        };
        match kind {
            's' => {
                let text = self.text_of(value)?;
                self.format(&Value::str(text), &spec)
            }
            'r' => {
                let text = self.repr(value)?;
                self.format(&Value::str(text), &spec)
            }
            #[allow(clippy::cast_possible_truncation)]
            'd' | 'i' => {
                let number = match (as_int(value), value) {
                    (Some(number), _) => number,
                    (None, Value::Float(number)) => *number as i128,
                    _ => {
                        return Err(self.type_error(format!(
                            "%{kind} format: a real number is required, not {}",
                            value.type_name()
                        )));
                    }
                };
                self.format(&Value::Int(number), &format!("{spec}d"))
            }
            'f' | 'F' | 'x' | 'X' | 'o' => self.format(value, &format!("{spec}{kind}")),
            other => Err(self.unknown(format!("'%{other}' in a format"))),
        }
    }

    /// `format.format(…)`.
    pub(super) fn format_method(&mut self, format: &str, args: &Args) -> Outcome<String> {
        let mut result = String::new();
        let mut next = 0;
        let mut characters = format.chars().peekable();
        while let Some(c) = characters.next() {
            match c {
                '{' if characters.peek() == Some(&'{') => {
                    characters.next();
                    result.push('{');
                }
                '}' if characters.peek() == Some(&'}') => {
                    characters.next();
                    result.push('}');
                }
                '{' => {
                    let mut depth = 1;
                    let mut field = String::new();
                    for c in characters.by_ref() {
                        depth += i32::from(c == '{') - i32::from(c == '}');
                        if depth == 0 {
                            break;
                        }
                        field.push(c);
                    }
                    if depth != 0 {
                        return Err(self.value_error("expected '}' before end of string"));
                    }
                    result.push_str(&self.format_field(&field, args, &mut next)?);
                }
                '}' => return Err(self.value_error("Single '}' encountered in format string")),
                c => result.push(c),
            }
        }
        Ok(result)
    }

    fn format_field(&mut self, field: &str, args: &Args, next: &mut usize) -> Outcome<String> {
        let (name, spec) = field.split_once(':').unwrap_or((field, ""));
        if spec.contains('{') {
            return Err(self.unknown("a format inside a format"));
        }
        let (name, conversion) = name.split_once('!').unwrap_or((name, ""));
        let end = name.find(['.', '[']).unwrap_or(name.len());
        let (first, mut path) = name.split_at(end);
        let index = if first.is_empty() {
            *next += 1;
            Some(*next - 1)
        } else {
            first.parse().ok()
        };
        let found = match index {
            Some(index) => args.positional.get(index).cloned(),
            None => args
                .keywords
                .iter()
                .find(|(name, _)| name == first)
                .map(|(_, value)| value.clone()),
        };
        let mut value = match (found, index) {
            (Some(value), _) => value,
            (None, Some(_)) => {
                return Err(self.raise(
                    "IndexError",
                    "Replacement index out of range for positional args tuple",
                ));
            }
            (None, None) => return Err(self.key_error(&Value::str(first))?),
        };
        while !path.is_empty() {
            if let Some(rest) = path.strip_prefix('.') {
                let end = rest.find(['.', '[']).unwrap_or(rest.len());
                value = self.attribute(&value, &rest[..end])?;
                path = &rest[end..];
            } else {
                let Some((key, rest)) = path[1..].split_once(']') else {
                    return Err(self.value_error("Missing ']' in format string"));
                };
                let key = key.parse().map_or_else(|_| Value::str(key), Value::Int);
                value = self.item(&value, &key)?;
                path = rest;
            }
        }
        match conversion {
            "" => self.format(&value, spec),
            "r" => {
                let text = self.repr(&value)?;
                self.format(&Value::str(text), spec)
            }
            "s" => {
                let text = self.text_of(&value)?;
                self.format(&Value::str(text), spec)
            }
            other => Err(self.unknown(format!("'!{other}' in a format"))),
        }
    }
}

/// Python's format specification: `[[fill]align][sign][0][width][,][.precision][type]`.
struct Spec {
    fill: char,
    align: Option<char>,
    width: usize,
    comma: bool,
    precision: Option<usize>,
    kind: Option<char>,
}

impl Spec {
    fn parse(text: &str) -> Option<Self> {
        let mut rest: Vec<char> = text.chars().collect();
        let mut spec = Self {
            fill: ' ',
            align: None,
            width: 0,
            comma: false,
            precision: None,
            kind: None,
        };
        let is_align = |c: &char| matches!(c, '<' | '>' | '^' | '=');
        if rest.get(1).is_some_and(is_align) {
            spec.fill = rest.remove(0);
        }
        if rest.first().is_some_and(is_align) {
            spec.align = Some(rest.remove(0));
        }
        if rest.first() == Some(&'0') {
            rest.remove(0);
            spec.fill = '0';
            spec.align = spec.align.or(Some('='));
        }
        let number = |rest: &mut Vec<char>| {
            let mut digits = String::new();
            while rest.first().is_some_and(char::is_ascii_digit) {
                digits.push(rest.remove(0));
            }
            digits
        };
        let width = number(&mut rest);
        const WIDEST: usize = 10_000;
        spec.width = if width.is_empty() {
            0
        } else {
            width.parse().ok().filter(|width| *width <= WIDEST)?
        };
        if rest.first() == Some(&',') {
            rest.remove(0);
            spec.comma = true;
        }
        if rest.first() == Some(&'.') {
            rest.remove(0);
            spec.precision = Some(
                number(&mut rest)
                    .parse()
                    .ok()
                    .filter(|precision| *precision <= WIDEST)?,
            );
        }
        if !rest.is_empty() {
            spec.kind = Some(rest.remove(0));
        }
        rest.is_empty().then_some(spec)
    }

    fn grouped(&self, digits: String) -> String {
        if !self.comma {
            return digits;
        }
        let (whole, fraction) = digits
            .split_once('.')
            .map_or((digits.as_str(), None), |(w, f)| (w, Some(f)));
        let (sign, whole) = whole.strip_prefix('-').map_or(("", whole), |whole| ("-", whole));
        let mut grouped = String::new();
        for (at, digit) in whole.chars().enumerate() {
            if at > 0 && (whole.len() - at) % 3 == 0 {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        let fraction = fraction
            .map(|fraction| format!(".{fraction}"))
            .unwrap_or_default();
        format!("{sign}{grouped}{fraction}")
    }

    fn padded(&self, text: String, is_number: bool) -> String {
        let missing = self.width.saturating_sub(text.chars().count());
        if missing == 0 {
            return text;
        }
        let fill = |count: usize| self.fill.to_string().repeat(count);
        match self.align.unwrap_or(if is_number { '>' } else { '<' }) {
            '<' => format!("{text}{}", fill(missing)),
            '^' => format!("{}{text}{}", fill(missing / 2), fill(missing - missing / 2)),
            '=' => match text.strip_prefix('-') {
                Some(digits) => format!("-{}{digits}", fill(missing)),
                None => format!("{}{text}", fill(missing)),
            },
            _ => format!("{}{text}", fill(missing)),
        }
    }
}

/// A float as Python writes it: the shortest text that reads back the same.
pub(crate) fn float(number: f64) -> String {
    if number.is_nan() {
        return "nan".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let magnitude = number.abs();
    if magnitude != 0.0 && !(1e-4..1e16).contains(&magnitude) {
        let text = format!("{number:e}");
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let (sign, digits) = exponent
            .strip_prefix('-')
            .map_or(("+", exponent), |digits| ("-", digits));
        return format!("{mantissa}e{sign}{digits:0>2}");
    }
    let text = format!("{number}");
    if text.contains('.') {
        text
    } else {
        format!("{text}.0")
    }
}

/// A text as `repr` writes it.
pub(crate) fn quoted(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') {
        '"'
    } else {
        '\''
    };
    let mut result = String::from(quote);
    for c in text.chars() {
        match c {
            '\\' => result.push_str("\\\\"),
            '\n' => result.push_str("\\n"),
            '\r' => result.push_str("\\r"),
            '\t' => result.push_str("\\t"),
            c if c == quote => {
                result.push('\\');
                result.push(c);
            }
            c if c.is_control() => result.push_str(&format!("\\x{:02x}", c as u32)),
            c => result.push(c),
        }
    }
    result.push(quote);
    result
}

fn quoted_bytes(bytes: &[u8]) -> String {
    let quote = if bytes.contains(&b'\'') && !bytes.contains(&b'"') {
        '"'
    } else {
        '\''
    };
    let mut result = String::from(quote);
    for byte in bytes {
        match byte {
            b'\\' => result.push_str("\\\\"),
            b'\n' => result.push_str("\\n"),
            b'\r' => result.push_str("\\r"),
            b'\t' => result.push_str("\\t"),
            byte if char::from(*byte) == quote => {
                result.push('\\');
                result.push(quote);
            }
            0x20..=0x7e => result.push(char::from(*byte)),
            byte => result.push_str(&format!("\\x{byte:02x}")),
        }
    }
    result.push(quote);
    result
}
