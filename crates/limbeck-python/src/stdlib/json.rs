//! `json`.

use std::rc::Rc;

use indexmap::IndexMap;
use serde::Deserialize;

use crate::value::{Args, Dict, Object, Outcome, Value};
use crate::vm::{Vm, float};

pub(super) fn find(_module: &str, name: &str) -> Option<Value> {
    Some(match name {
        "loads" => Value::native("loads", |vm, mut args| {
            let text = args.need(vm, "s")?;
            args.finish(vm, "loads")?;
            match &text {
                Value::Str(text) => parse(vm, text),
                Value::Bytes(bytes) => match std::str::from_utf8(bytes) {
                    Ok(text) => parse(vm, text),
                    Err(error) => Err(vm.raise("UnicodeDecodeError", error.to_string())),
                },
                other => Err(vm.type_error(format!(
                    "the JSON object must be str, bytes or bytearray, not {}",
                    other.type_name()
                ))),
            }
        }),
        "dumps" => Value::native("dumps", |vm, mut args| {
            let value = args.need(vm, "obj")?;
            let mut style = Style::default();
            if let Some(ascii) = args.keyword("ensure_ascii") {
                style.ascii = vm.truth(&ascii)?;
            }
            if let Some(sort) = args.keyword("sort_keys") {
                style.sorted = vm.truth(&sort)?;
            }
            style.default = args.keyword("default").filter(|default| !default.is_none());
            style.indent = match args.keyword("indent") {
                None | Some(Value::None) => None,
                Some(Value::Int(width)) => Some(usize::try_from(width).unwrap_or_default().min(64)),
                Some(_) => return Err(vm.unknown("this 'indent' of 'json.dumps'")),
            };
            if style.indent.is_some() {
                style.between = ",".to_owned();
            }
            if let Some(separators) = args
                .keyword("separators")
                .filter(|separators| !separators.is_none())
            {
                match vm.iterate(&separators)?.as_slice() {
                    [Value::Str(between), Value::Str(colon)] => {
                        style.between = between.to_string();
                        style.colon = colon.to_string();
                    }
                    _ => return Err(vm.unknown("these 'separators' of 'json.dumps'")),
                }
            }
            // A class of the program's own may write as it likes.
            match args.keyword("cls") {
                None | Some(Value::None) => args.finish(vm, "dumps")?,
                Some(_) => return Err(vm.unknown("'cls' of 'json.dumps'")),
            }
            let mut text = String::new();
            write(vm, &value, &style, 0, &mut text)?;
            Ok(Value::str(text))
        }),
        "JSONDecodeError" => Value::object(DecodeError),
        "JSONEncoder" => super::typing::annotation(),
        _ => return None,
    })
}

/// `json.JSONDecodeError`, whose class is the evaluator's.
#[derive(Debug)]
struct DecodeError;

impl Object for DecodeError {
    fn class_name(&self) -> &str {
        "type"
    }

    fn is_class_of(self: Rc<Self>, vm: &mut Vm<'_>, value: &Value) -> Outcome<Option<bool>> {
        match vm.exception_class("JSONDecodeError") {
            Some(class) => vm.is_instance(value, &class).map(Some),
            None => Ok(None),
        }
    }
}

/// JSON, with the keys of an object in the order of the text.
#[derive(Deserialize)]
#[serde(untagged)]
enum Json {
    Null(()),
    Bool(bool),
    Int(i64),
    Large(u64),
    Float(f64),
    Text(String),
    Array(Vec<Self>),
    Object(IndexMap<String, Self>),
}

/// Reads JSON.
pub(crate) fn parse(vm: &Vm<'_>, text: &str) -> Outcome<Value> {
    match serde_json::from_str::<Json>(text) {
        Ok(json) => Ok(from_json(json)),
        Err(_) => {
            // Why it is none, the plain type says better.
            let error = serde_json::from_str::<serde_json::Value>(text).err();
            let error = error.map(|error| error.to_string());
            Err(vm.raise("JSONDecodeError", error.unwrap_or_default()))
        }
    }
}

fn from_json(json: Json) -> Value {
    match json {
        Json::Null(()) => Value::None,
        Json::Bool(value) => Value::Bool(value),
        Json::Int(number) => Value::Int(number.into()),
        Json::Large(number) => Value::Int(number.into()),
        Json::Float(number) => Value::Float(number),
        Json::Text(text) => Value::str(text),
        Json::Array(values) => Value::list(values.into_iter().map(from_json).collect()),
        Json::Object(map) => {
            let mut dict = Dict::default();
            for (key, value) in map {
                dict.insert_str(&key, from_json(value));
            }
            Value::dict(dict)
        }
    }
}

/// How JSON is written: as Python does by itself.
struct Style {
    ascii: bool,
    sorted: bool,
    indent: Option<usize>,
    between: String,
    colon: String,
    default: Option<Value>,
}

impl Default for Style {
    fn default() -> Self {
        Self {
            ascii: true,
            sorted: false,
            indent: None,
            between: ", ".to_owned(),
            colon: ": ".to_owned(),
            default: None,
        }
    }
}

/// Writes a value as `json.dumps` does.
pub(crate) fn dump(vm: &mut Vm<'_>, value: &Value) -> Outcome<String> {
    let mut text = String::new();
    write(vm, value, &Style::default(), 0, &mut text)?;
    Ok(text)
}

fn write(vm: &mut Vm<'_>, value: &Value, style: &Style, depth: usize, text: &mut String) -> Outcome<()> {
    const DEEPEST: usize = 200;
    if depth > DEEPEST {
        return Err(vm.value_error("Circular reference detected"));
    }
    match value {
        Value::None => text.push_str("null"),
        Value::Bool(value) => text.push_str(if *value { "true" } else { "false" }),
        Value::Int(number) => text.push_str(&number.to_string()),
        Value::Float(number) if number.is_finite() => text.push_str(&float(*number)),
        Value::Float(number) => text.push_str(match number.is_nan() {
            true => "NaN",
            false if *number > 0.0 => "Infinity",
            false => "-Infinity",
        }),
        Value::Str(value) => string(value, style, text),
        Value::List(_) | Value::Tuple(_) => {
            let values = vm.iterate(value)?;
            if values.is_empty() {
                text.push_str("[]");
                return Ok(());
            }
            text.push('[');
            for (at, value) in values.iter().enumerate() {
                separate(at, depth + 1, style, text);
                write(vm, value, style, depth + 1, text)?;
            }
            close(depth, style, text);
            text.push(']');
        }
        Value::Dict(_) => {
            let mut pairs = Vec::new();
            for (key, value) in vm.pairs(value)? {
                pairs.push((key_text(vm, &key)?, value));
            }
            if pairs.is_empty() {
                text.push_str("{}");
                return Ok(());
            }
            if style.sorted {
                pairs.sort_by(|a, b| a.0.cmp(&b.0));
            }
            text.push('{');
            for (at, (key, value)) in pairs.iter().enumerate() {
                separate(at, depth + 1, style, text);
                string(key, style, text);
                text.push_str(&style.colon);
                write(vm, value, style, depth + 1, text)?;
            }
            close(depth, style, text);
            text.push('}');
        }
        Value::Object(_)
            if value
                .downcast::<super::Member>()
                .is_some_and(|member| member.is_plain()) =>
        {
            let member = value.downcast::<super::Member>();
            if let Some(member) = member {
                write(vm, &member.value, style, depth, text)?;
            }
        }
        other => match &style.default {
            Some(default) => {
                let replaced = vm.call(default, Args::of([other.clone()]))?;
                write(vm, &replaced, style, depth + 1, text)?;
            }
            None => {
                return Err(vm.type_error(format!(
                    "Object of type {} is not JSON serializable",
                    other.type_name()
                )));
            }
        },
    }
    Ok(())
}

fn key_text(vm: &Vm<'_>, key: &Value) -> Outcome<String> {
    Ok(match key {
        Value::Str(text) => text.to_string(),
        Value::None => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Float(number) => float(*number),
        other => {
            return Err(vm.type_error(format!(
                "keys must be str, int, float, bool or None, not {}",
                other.type_name()
            )));
        }
    })
}

fn separate(at: usize, depth: usize, style: &Style, text: &mut String) {
    if at > 0 {
        text.push_str(&style.between);
    }
    if let Some(width) = style.indent {
        text.push('\n');
        text.push_str(&" ".repeat(width * depth));
    }
}

fn close(depth: usize, style: &Style, text: &mut String) {
    if let Some(width) = style.indent {
        text.push('\n');
        text.push_str(&" ".repeat(width * depth));
    }
}

fn string(value: &str, style: &Style, text: &mut String) {
    text.push('"');
    for c in value.chars() {
        match c {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            '\u{8}' => text.push_str("\\b"),
            '\u{c}' => text.push_str("\\f"),
            c if (c as u32) < 0x20 || style.ascii && !c.is_ascii() => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    text.push_str(&format!("\\u{unit:04x}"));
                }
            }
            c => text.push(c),
        }
    }
    text.push('"');
}
