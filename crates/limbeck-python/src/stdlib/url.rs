//! `urllib.parse`: names in URLs.

use crate::value::{Module, Value};

pub(super) fn find(_module: &str, name: &str) -> Option<Value> {
    Some(match name {
        "quote" => Value::native("quote", |vm, mut args| {
            let text = args.need(vm, "string")?;
            let safe = args.take("safe");
            args.finish(vm, "quote")?;
            let safe = safe.as_ref().and_then(Value::as_str).unwrap_or("/");
            match text.as_str() {
                Some(text) => Ok(Value::str(quote(text, safe))),
                None => Err(vm.unknown(format!("'quote' of a {}", text.type_name()))),
            }
        }),
        "unquote" => Value::native("unquote", |vm, mut args| {
            let text = args.need(vm, "string")?;
            args.finish(vm, "unquote")?;
            match text.as_str() {
                Some(text) => Ok(Value::str(unquote(text))),
                None => Err(vm.unknown(format!("'unquote' of a {}", text.type_name()))),
            }
        }),
        _ => return None,
    })
}

/// `urllib`, which has nothing but its modules.
pub(super) fn package(_module: &str, name: &str) -> Option<Value> {
    (name == "parse").then(|| Value::object(Module::native("urllib.parse", find)))
}

fn quote(text: &str, safe: &str) -> String {
    let mut quoted = String::new();
    for byte in text.bytes() {
        let plain = byte.is_ascii_alphanumeric() || b"_.-~".contains(&byte);
        if plain || byte.is_ascii() && safe.as_bytes().contains(&byte) {
            quoted.push(char::from(byte));
        } else {
            quoted.push_str(&format!("%{byte:02X}"));
        }
    }
    quoted
}

fn unquote(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let digits = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        let byte = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match (first, byte) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
