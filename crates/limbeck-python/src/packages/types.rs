//! Types of SQLAlchemy-Utils and SQLModel: what they are in each database.

use crate::value::{Args, Outcome, Value};
use crate::vm::Vm;

/// Makes a type of SQLAlchemy's.
fn sa(vm: &mut Vm<'_>, name: &str, args: Args) -> Outcome<Value> {
    match crate::sa::types::find("sqlalchemy", name) {
        Some(class) => vm.call(&class, args),
        None => Err(vm.unknown(format!("the type '{name}'"))),
    }
}

fn sized(vm: &mut Vm<'_>, name: &str, length: i128) -> Outcome<Value> {
    sa(vm, name, Args::of([Value::Int(length)]))
}

/// The type that is `base`, and `other` on some databases.
fn variant(vm: &mut Vm<'_>, base: &Value, other: Value, dialects: &[&str]) -> Outcome<Value> {
    let mut args = Args::of([other]);
    args.positional.extend(dialects.iter().map(Value::str));
    vm.call_method(base, "with_variant", args)
}

fn flag(vm: &mut Vm<'_>, value: Option<Value>) -> Outcome<bool> {
    match value {
        Some(value) => vm.truth(&value),
        None => Ok(true),
    }
}

pub(super) fn sqlalchemy_utils(module: &str, name: &str) -> Option<Value> {
    Some(match name {
        "types" | "uuid" | "json" | "choice" | "encrypted" | "encrypted_type" => {
            super::below(&format!("{module}.{name}"), sqlalchemy_utils)
        }
        "UUIDType" => Value::native("UUIDType", |vm, mut args| {
            let binary = args.take("binary");
            let (binary, native) = (flag(vm, binary)?, args.take("native"));
            let native = flag(vm, native)?;
            args.finish(vm, "UUIDType")?;
            let base = if binary {
                sized(vm, "BINARY", 16)?
            } else {
                sized(vm, "CHAR", 32)?
            };
            if native {
                let uuid = sa(vm, "UUID", Args::default())?;
                return variant(vm, &base, uuid, &["postgresql", "cockroachdb"]);
            }
            if binary {
                return Ok(base);
            }
            let text = sized(vm, "VARCHAR", 32)?;
            variant(vm, &base, text, &["postgresql"])
        }),
        "JSONType" => Value::native("JSONType", |vm, args| {
            args.finish(vm, "JSONType")?;
            let base = sa(vm, "UnicodeText", Args::default())?;
            let json = sa(vm, "JSON", Args::default())?;
            variant(vm, &base, json, &["postgresql", "cockroachdb"])
        }),
        "ChoiceType" => Value::native("ChoiceType", |vm, mut args| {
            args.need(vm, "choices")?;
            let inner = args.take("impl");
            args.finish(vm, "ChoiceType")?;
            match inner {
                Some(inner) => Ok(inner),
                None => sized(vm, "Unicode", 255),
            }
        }),
        "StringEncryptedType" => Value::native("StringEncryptedType", |vm, mut args| {
            for name in ["type_in", "key", "engine", "padding"] {
                args.take(name);
            }
            sa(vm, "String", args)
        }),
        "EncryptedType" => Value::native("EncryptedType", |vm, mut args| {
            for name in ["type_in", "key", "engine", "padding"] {
                args.take(name);
            }
            sa(vm, "LargeBinary", args)
        }),
        "EmailType" => Value::native("EmailType", |vm, mut args| {
            let length = args.take("length").unwrap_or(Value::Int(255));
            args.finish(vm, "EmailType")?;
            sa(vm, "Unicode", Args::of([length]))
        }),
        "URLType" => Value::native("URLType", |vm, args| sa(vm, "UnicodeText", args)),
        "IPAddressType" => Value::native("IPAddressType", |vm, mut args| {
            let length = args.take("max_length").unwrap_or(Value::Int(50));
            args.finish(vm, "IPAddressType")?;
            sa(vm, "Unicode", Args::of([length]))
        }),
        "ScalarListType" => Value::native("ScalarListType", |vm, _| sa(vm, "UnicodeText", Args::default())),
        "ArrowType" => Value::native("ArrowType", |vm, args| sa(vm, "DateTime", args)),
        _ => return None,
    })
}

pub(super) fn sqlmodel(module: &str, name: &str) -> Option<Value> {
    Some(match name {
        "sql" | "sqltypes" => super::below(&format!("{module}.{name}"), sqlmodel),
        "AutoString" => Value::native("AutoString", |vm, mut args| {
            let length = args.take("length").filter(|length| !length.is_none());
            args.finish(vm, "AutoString")?;
            match length {
                Some(length) => sa(vm, "String", Args::of([length])),
                None => {
                    let base = sa(vm, "String", Args::default())?;
                    let sized = sized(vm, "String", 255)?;
                    variant(vm, &base, sized, &["mysql", "mariadb"])
                }
            }
        }),
        // What it takes from SQLAlchemy.
        name if module == "sqlmodel" => return crate::sa::types::find("sqlalchemy", name),
        _ => return None,
    })
}
