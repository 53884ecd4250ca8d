//! `random` and `secrets`. What is random is not known before it is run.

use std::io::Read as _;
use std::rc::Rc;

use base64::Engine as _;

use crate::value::{Outcome, Value};
use crate::vm::{Vm, as_int};

pub(super) fn find(_module: &str, name: &str) -> Option<Value> {
    Some(match name {
        "choice" => Value::native("choice", |vm, mut args| {
            let values = args.need(vm, "seq")?;
            let values = vm.iterate(&values)?;
            if values.is_empty() {
                return Err(vm.raise("IndexError", "Cannot choose from an empty sequence"));
            }
            let at = below(vm, values.len() as u64)?;
            Ok(values[usize::try_from(at).unwrap_or_default()].clone())
        }),
        "choices" => Value::native("choices", |vm, mut args| {
            let values = args.need(vm, "population")?;
            let count = args.keyword("k").as_ref().and_then(as_int).unwrap_or(1);
            args.finish(vm, "choices")?;
            let values = vm.iterate(&values)?;
            let mut chosen = Vec::new();
            for _ in 0..count.min(1_000_000) {
                let at = below(vm, values.len().max(1) as u64)?;
                chosen.extend(values.get(usize::try_from(at).unwrap_or_default()).cloned());
            }
            Ok(Value::list(chosen))
        }),
        "randint" => Value::native("randint", |vm, mut args| {
            let (a, b) = (args.need(vm, "a")?, args.need(vm, "b")?);
            match (as_int(&a), as_int(&b)) {
                (Some(a), Some(b)) if a <= b => {
                    let width = u64::try_from(b - a).unwrap_or(u64::MAX - 1) + 1;
                    Ok(Value::Int(a + i128::from(below(vm, width)?)))
                }
                _ => Err(vm.value_error("empty range for randrange()")),
            }
        }),
        #[allow(clippy::cast_precision_loss)]
        "random" => Value::native("random", |vm, _| {
            Ok(Value::Float(below(vm, 1 << 53)? as f64 / (1u64 << 53) as f64))
        }),
        _ => return None,
    })
}

pub(super) fn secrets(module: &str, name: &str) -> Option<Value> {
    Some(match name {
        "token_hex" => Value::native("token_hex", |vm, mut args| {
            let bytes = token(vm, args.take("nbytes"))?;
            Ok(Value::str(
                bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>(),
            ))
        }),
        "token_urlsafe" => Value::native("token_urlsafe", |vm, mut args| {
            let bytes = token(vm, args.take("nbytes"))?;
            Ok(Value::str(
                base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes),
            ))
        }),
        "token_bytes" => Value::native("token_bytes", |vm, mut args| {
            Ok(Value::Bytes(Rc::from(token(vm, args.take("nbytes"))?)))
        }),
        name => return find(module, name).filter(|_| name == "choice"),
    })
}

fn token(vm: &Vm<'_>, count: Option<Value>) -> Outcome<Vec<u8>> {
    let count = count
        .as_ref()
        .and_then(as_int)
        .and_then(|count| usize::try_from(count).ok())
        .unwrap_or(32);
    bytes(vm, count.min(1 << 20))
}

fn below(vm: &Vm<'_>, limit: u64) -> Outcome<u64> {
    let bytes = bytes(vm, 8)?;
    let number = bytes
        .iter()
        .fold(0u64, |number, byte| number << 8 | u64::from(*byte));
    Ok(number % limit)
}

/// Random bytes of the machine's.
pub(super) fn bytes(vm: &Vm<'_>, count: usize) -> Outcome<Vec<u8>> {
    if vm.offline {
        return Err(vm.needs_database("chance".to_owned()));
    }
    let mut bytes = vec![0; count];
    let read = std::fs::File::open("/dev/urandom").and_then(|mut file| file.read_exact(&mut bytes));
    match read {
        Ok(()) => Ok(bytes),
        Err(error) => Err(vm.unknown(format!("a random number on this machine ({error})"))),
    }
}
