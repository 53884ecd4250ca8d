//! `uuid`.

use std::rc::Rc;

use crate::value::{Args, Compare, Key, Object, Outcome, Value};
use crate::vm::Vm;

pub(super) fn find(_module: &str, name: &str) -> Option<Value> {
    Some(match name {
        "UUID" => Value::object(Class),
        "uuid4" => Value::native("uuid4", |vm, args| {
            args.finish(vm, "uuid4")?;
            Uuid::random(vm).map(Value::object)
        }),
        "uuid1" => Value::native("uuid1", |vm, _| Err(vm.unknown("'uuid.uuid1'"))),
        "uuid5" => Value::native("uuid5", |vm, mut args| {
            let (space, name) = (args.need(vm, "namespace")?, args.need(vm, "name")?);
            let (Some(space), Some(name)) = (space.downcast::<Uuid>(), name.as_str()) else {
                return Err(vm.type_error("uuid5() takes a UUID and a name"));
            };
            let hash = super::encoding::sha1(&[&space.0.to_be_bytes(), name.as_bytes()]);
            Ok(Value::object(Uuid(with_version(&hash[..16], 5))))
        }),
        "NAMESPACE_DNS" => Value::object(Uuid(0x6ba7_b810_9dad_11d1_80b4_00c0_4fd4_30c8)),
        "NAMESPACE_URL" => Value::object(Uuid(0x6ba7_b811_9dad_11d1_80b4_00c0_4fd4_30c8)),
        "NAMESPACE_OID" => Value::object(Uuid(0x6ba7_b812_9dad_11d1_80b4_00c0_4fd4_30c8)),
        _ => return None,
    })
}

fn with_version(bytes: &[u8], version: u128) -> u128 {
    let number = bytes
        .iter()
        .fold(0, |number, byte| number << 8 | u128::from(*byte));
    number & !(0xf << 76) & !(0x3 << 62) | version << 76 | 0x2 << 62
}

/// `uuid.UUID`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Uuid(pub(crate) u128);

impl Uuid {
    /// A new one.
    pub(crate) fn random(vm: &Vm<'_>) -> Outcome<Self> {
        super::random::bytes(vm, 16).map(|bytes| Self(with_version(&bytes, 4)))
    }

    /// Reads a UUID as text, with or without dashes and braces.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.strip_prefix("urn:uuid:").unwrap_or(text);
        let digits: String = text.chars().filter(|c| !matches!(c, '-' | '{' | '}')).collect();
        if digits.len() != 32 {
            return None;
        }
        u128::from_str_radix(&digits, 16).ok().map(Self)
    }

    pub(crate) fn text(self) -> String {
        let hex = format!("{:032x}", self.0);
        format!(
            "{}-{}-{}-{}-{}",
            &hex[..8],
            &hex[8..12],
            &hex[12..16],
            &hex[16..20],
            &hex[20..]
        )
    }
}

/// The class.
#[derive(Debug)]
struct Class;

impl Object for Class {
    fn class_name(&self) -> &str {
        "type"
    }

    fn key(&self) -> Option<Key> {
        Some(Key::Value("uuid", String::new()))
    }

    fn call(self: Rc<Self>, vm: &mut Vm<'_>, mut args: Args) -> Outcome<Value> {
        if let Some(Value::Bytes(bytes)) = args.keyword("bytes") {
            let number = bytes
                .iter()
                .fold(0, |number, byte| number << 8 | u128::from(*byte));
            return Ok(Value::object(Uuid(number)));
        }
        if let Some(Value::Int(number)) = args.keyword("int") {
            return Ok(Value::object(Uuid(number.unsigned_abs())));
        }
        let text = args.need(vm, "hex")?;
        args.take("version");
        args.finish(vm, "UUID")?;
        match text.as_str().map(Uuid::parse) {
            Some(Some(uuid)) => Ok(Value::object(uuid)),
            Some(None) => Err(vm.value_error("badly formed hexadecimal UUID string")),
            None => Err(vm.raise(
                "AttributeError",
                format!("'{}' object has no attribute 'replace'", text.type_name()),
            )),
        }
    }

    fn is_class_of(self: Rc<Self>, _vm: &mut Vm<'_>, value: &Value) -> Outcome<Option<bool>> {
        Ok(Some(value.downcast::<Uuid>().is_some()))
    }
}

impl Object for Uuid {
    fn class_name(&self) -> &str {
        "UUID"
    }

    fn attribute(self: Rc<Self>, vm: &mut Vm<'_>, name: &str) -> Outcome<Option<Value>> {
        Ok(Some(match name {
            "hex" => Value::str(format!("{:032x}", self.0)),
            "bytes" => Value::Bytes(Rc::from(self.0.to_be_bytes())),
            "urn" => Value::str(format!("urn:uuid:{}", self.text())),
            "version" => Value::Int((self.0 >> 76 & 0xf).try_into().unwrap_or_default()),
            "__class__" => Value::object(Class),
            _ => return Err(vm.unknown(format!("'{name}' of UUID"))),
        }))
    }

    fn compare(
        self: Rc<Self>,
        _vm: &mut Vm<'_>,
        op: Compare,
        other: &Value,
        _: bool,
    ) -> Outcome<Option<Value>> {
        let Some(other) = other.downcast::<Self>() else {
            return Ok(None);
        };
        Ok(Some(Value::Bool(match op {
            Compare::Eq => self.0 == other.0,
            Compare::NotEq => self.0 != other.0,
            Compare::Lt => self.0 < other.0,
            Compare::LtE => self.0 <= other.0,
            Compare::Gt => self.0 > other.0,
            Compare::GtE => self.0 >= other.0,
        })))
    }

    fn key(&self) -> Option<Key> {
        Some(Key::Value("uuid", self.text()))
    }

    fn to_str(self: Rc<Self>, _vm: &mut Vm<'_>) -> Outcome<String> {
        Ok(self.text())
    }

    fn repr(self: Rc<Self>, _vm: &mut Vm<'_>) -> Outcome<String> {
        Ok(format!("UUID('{}')", self.text()))
    }
}
