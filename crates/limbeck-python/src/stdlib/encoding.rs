//! `base64` and `hashlib`.

use std::rc::Rc;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use sha2::Digest as _;

use crate::value::{Object, Outcome, Value};
use crate::vm::Vm;

pub(super) fn base64(_module: &str, name: &str) -> Option<Value> {
    Some(match name {
        "b64encode" | "urlsafe_b64encode" => {
            let engine = if name == "b64encode" { STANDARD } else { URL_SAFE };
            Value::native("b64encode", move |vm, mut args| {
                let value = args.need(vm, "s")?;
                let Value::Bytes(bytes) = &value else {
                    return Err(vm.type_error(format!(
                        "a bytes-like object is required, not '{}'",
                        value.type_name()
                    )));
                };
                Ok(Value::Bytes(Rc::from(engine.encode(bytes).into_bytes())))
            })
        }
        "b64decode" | "urlsafe_b64decode" => {
            let engine = if name == "b64decode" { STANDARD } else { URL_SAFE };
            Value::native("b64decode", move |vm, mut args| {
                let value = args.need(vm, "s")?;
                let text = match &value {
                    Value::Str(text) => text.as_bytes().to_vec(),
                    Value::Bytes(bytes) => bytes.to_vec(),
                    other => return Err(vm.type_error(format!("'{}' is not text", other.type_name()))),
                };
                match engine.decode(text) {
                    Ok(bytes) => Ok(Value::Bytes(Rc::from(bytes))),
                    Err(error) => Err(vm.value_error(error.to_string())),
                }
            })
        }
        _ => return None,
    })
}

pub(super) fn hashlib(_module: &str, name: &str) -> Option<Value> {
    let hash: fn(&[u8]) -> Vec<u8> = match name {
        "sha256" => |bytes| sha2::Sha256::digest(bytes).to_vec(),
        "sha512" => |bytes| sha2::Sha512::digest(bytes).to_vec(),
        "sha1" => |bytes| sha1(&[bytes]),
        "md5" => |bytes| md5::Md5::digest(bytes).to_vec(),
        _ => return None,
    };
    Some(Value::native("hash", move |vm, mut args| {
        args.keyword("usedforsecurity");
        let value = args.take("data").unwrap_or_else(|| Value::Bytes(Rc::from([])));
        match value {
            Value::Bytes(bytes) => Ok(Value::object(Hash {
                bytes: std::cell::RefCell::new(bytes.to_vec()),
                hash,
            })),
            _ => Err(vm.type_error("Strings must be encoded before hashing")),
        }
    }))
}

pub(super) fn sha1(parts: &[&[u8]]) -> Vec<u8> {
    let mut hash = sha1::Sha1::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize().to_vec()
}

/// What is being hashed.
#[derive(Debug)]
struct Hash {
    bytes: std::cell::RefCell<Vec<u8>>,
    hash: fn(&[u8]) -> Vec<u8>,
}

impl Object for Hash {
    fn class_name(&self) -> &str {
        "hash"
    }

    fn attribute(self: Rc<Self>, _vm: &mut Vm<'_>, name: &str) -> Outcome<Option<Value>> {
        Ok(Some(match name {
            "hexdigest" => Value::native("hexdigest", move |_, _| {
                let digest = (self.hash)(&self.bytes.borrow());
                Ok(Value::str(
                    digest
                        .iter()
                        .map(|byte| format!("{byte:02x}"))
                        .collect::<String>(),
                ))
            }),
            "digest" => Value::native("digest", move |_, _| {
                Ok(Value::Bytes(Rc::from((self.hash)(&self.bytes.borrow()))))
            }),
            "update" => Value::native("update", move |vm, mut args| {
                match args.need(vm, "data")? {
                    Value::Bytes(more) => self.bytes.borrow_mut().extend_from_slice(&more),
                    _ => return Err(vm.type_error("Strings must be encoded before hashing")),
                }
                Ok(Value::None)
            }),
            _ => return Ok(None),
        }))
    }
}
