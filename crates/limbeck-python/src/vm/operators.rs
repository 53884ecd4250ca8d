//! Operators on Python's own values.

use std::cmp::Ordering;
use std::rc::Rc;

use super::Vm;
use crate::stdlib::Member;
use crate::value::{Args, Binary, Compare, Dict, Key, Outcome, Unary, Value};

impl Vm<'_> {
    /// `bool(value)`.
    pub(crate) fn truth(&mut self, value: &Value) -> Outcome<bool> {
        Ok(match value {
            Value::None => false,
            Value::Bool(value) => *value,
            Value::Int(value) => *value != 0,
            Value::Float(value) => *value != 0.0,
            Value::Str(text) => !text.is_empty(),
            Value::Bytes(bytes) => !bytes.is_empty(),
            Value::Tuple(values) => !values.is_empty(),
            Value::List(values) => !values.borrow().is_empty(),
            Value::Dict(dict) | Value::Set(dict) => dict.borrow().len() > 0,
            Value::Object(object) => return object.clone().truth(self),
            Value::Instance(instance) => match instance.class.lookup("__bool__") {
                Some(Value::Function(function)) => {
                    let answer = self.call_function(&function, Args::of([value.clone()]))?;
                    return self.truth(&answer);
                }
                _ => match instance.class.lookup("__len__") {
                    Some(Value::Function(function)) => {
                        let length = self.call_function(&function, Args::of([value.clone()]))?;
                        return self.truth(&length);
                    }
                    _ => true,
                },
            },
            Value::Ellipsis | Value::Function(_) | Value::Method(..) | Value::Native(_) | Value::Class(_) => {
                true
            }
        })
    }

    /// `a is b`. Small values are always the same object here, as they nearly always are in Python.
    pub(super) fn is_same(&mut self, a: &Value, b: &Value) -> Outcome<bool> {
        Ok(match (a, b) {
            (Value::None, Value::None) | (Value::Ellipsis, Value::Ellipsis) => true,
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::Int(a), Value::Int(b)) => a == b,
            (Value::Str(a), Value::Str(b)) => a == b,
            (Value::List(a), Value::List(b)) => Rc::ptr_eq(a, b),
            (Value::Dict(a), Value::Dict(b)) | (Value::Set(a), Value::Set(b)) => Rc::ptr_eq(a, b),
            (Value::Class(a), Value::Class(b)) => Rc::ptr_eq(a, b),
            (Value::Instance(a), Value::Instance(b)) => Rc::ptr_eq(a, b),
            (Value::Function(a), Value::Function(b)) => Rc::ptr_eq(a, b),
            (Value::Object(a), Value::Object(b)) => {
                Key::of(self, &Value::Object(a.clone()))? == Key::of(self, &Value::Object(b.clone()))?
            }
            _ => false,
        })
    }

    /// `a == b`, as a condition.
    pub(crate) fn equal(&mut self, a: &Value, b: &Value) -> Outcome<bool> {
        let answer = self.compare(Compare::Eq, a, b)?;
        self.truth(&answer)
    }

    /// A comparison; what comes of it need not be a boolean.
    pub(crate) fn compare(&mut self, op: Compare, a: &Value, b: &Value) -> Outcome<Value> {
        if let Value::Object(object) = a
            && let Some(answer) = object.clone().compare(self, op, b, false)?
        {
            return Ok(answer);
        }
        if let Value::Object(object) = b
            && let Some(answer) = object.clone().compare(self, op.reflected(), a, true)?
        {
            return Ok(answer);
        }
        if let Some(answer) = self.own_comparison(op, a, b)? {
            return Ok(answer);
        }
        let ordering = match op {
            Compare::Eq => return Ok(Value::Bool(self.same_value(a, b)?)),
            Compare::NotEq => return Ok(Value::Bool(!self.same_value(a, b)?)),
            Compare::Lt | Compare::LtE | Compare::Gt | Compare::GtE => self.order(op, a, b)?,
        };
        Ok(Value::Bool(match (op, ordering) {
            (_, None) => false,
            (Compare::Lt, Some(ordering)) => ordering == Ordering::Less,
            (Compare::LtE, Some(ordering)) => ordering != Ordering::Greater,
            (Compare::Gt, Some(ordering)) => ordering == Ordering::Greater,
            (_, Some(ordering)) => ordering != Ordering::Less,
        }))
    }

    /// A comparison that a class of the program's defines.
    fn own_comparison(&mut self, op: Compare, a: &Value, b: &Value) -> Outcome<Option<Value>> {
        let method = |op| match op {
            Compare::Eq => "__eq__",
            Compare::NotEq => "__ne__",
            Compare::Lt => "__lt__",
            Compare::LtE => "__le__",
            Compare::Gt => "__gt__",
            Compare::GtE => "__ge__",
        };
        let lacks = |value: &Value, method: &str| !matches!(value, Value::Instance(instance) if instance.class.lookup(method).is_some());
        if op == Compare::NotEq && lacks(a, "__ne__") && lacks(b, "__ne__") {
            return match self.own_comparison(Compare::Eq, a, b)? {
                Some(same) => self.truth(&same).map(|same| Some(Value::Bool(!same))),
                None => Ok(None),
            };
        }
        for (this, other, op) in [(a, b, op), (b, a, op.reflected())] {
            if let Value::Instance(instance) = this
                && let Some(Value::Function(function)) = instance.class.lookup(method(op))
            {
                let answer = self.call_function(&function, Args::of([this.clone(), other.clone()]))?;
                // `NotImplemented`: the other side is asked.
                if !matches!(answer, Value::Ellipsis) {
                    return Ok(Some(answer));
                }
            }
        }
        Ok(None)
    }

    fn same_value(&mut self, a: &Value, b: &Value) -> Outcome<bool> {
        Ok(match (a, b) {
            (Value::Tuple(a), Value::Tuple(b)) => self.same_values(a, b)?,
            (Value::List(a), Value::List(b)) => {
                let (a, b) = (a.borrow().clone(), b.borrow().clone());
                self.same_values(&a, &b)?
            }
            (Value::Dict(a), Value::Dict(b)) => {
                let (a, b): (Dict, Dict) = (a.borrow().clone(), b.borrow().clone());
                if a.len() != b.len() {
                    return Ok(false);
                }
                for (key, value) in a.iter() {
                    match b.get(self, key)? {
                        Some(other) if self.equal(value, &other)? => {}
                        _ => return Ok(false),
                    }
                }
                true
            }
            (Value::Set(a), Value::Set(b)) => {
                let (a, b): (Dict, Dict) = (a.borrow().clone(), b.borrow().clone());
                if a.len() != b.len() {
                    return Ok(false);
                }
                for (key, _) in a.iter() {
                    if b.get(self, key)?.is_none() {
                        return Ok(false);
                    }
                }
                true
            }
            (Value::List(_) | Value::Dict(_) | Value::Set(_), _)
            | (_, Value::List(_) | Value::Dict(_) | Value::Set(_)) => false,
            (Value::Float(a), b) | (b, Value::Float(a)) => as_float(b).is_some_and(|b| *a == b),
            (a, b) => Key::of(self, a)? == Key::of(self, b)?,
        })
    }

    fn same_values(&mut self, a: &[Value], b: &[Value]) -> Outcome<bool> {
        if a.len() != b.len() {
            return Ok(false);
        }
        for (a, b) in a.iter().zip(b) {
            if !self.equal(a, b)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// `None` where floats can't be told apart (not a number).
    fn order(&mut self, op: Compare, a: &Value, b: &Value) -> Outcome<Option<Ordering>> {
        if let (Some(a), Some(b)) = (as_int(a), as_int(b)) {
            return Ok(Some(a.cmp(&b)));
        }
        if let (Some(a), Some(b)) = (as_float(a), as_float(b)) {
            return Ok(a.partial_cmp(&b));
        }
        match (a, b) {
            (Value::Str(a), Value::Str(b)) => Ok(Some(a.cmp(b))),
            (Value::Bytes(a), Value::Bytes(b)) => Ok(Some(a.cmp(b))),
            (Value::Tuple(a), Value::Tuple(b)) => self.order_of_values(op, a, b),
            (Value::List(a), Value::List(b)) => {
                let (a, b) = (a.borrow().clone(), b.borrow().clone());
                self.order_of_values(op, &a, &b)
            }
            (Value::Set(_), Value::Set(_)) => Err(self.unknown(format!("'{}' of sets", op.symbol()))),
            _ => Err(self.type_error(format!(
                "'{}' not supported between instances of '{}' and '{}'",
                op.symbol(),
                a.type_name(),
                b.type_name()
            ))),
        }
    }

    fn order_of_values(&mut self, op: Compare, a: &[Value], b: &[Value]) -> Outcome<Option<Ordering>> {
        for (a, b) in a.iter().zip(b) {
            if !self.equal(a, b)? {
                return self.order(op, a, b);
            }
        }
        Ok(Some(a.len().cmp(&b.len())))
    }

    /// `a op b`.
    pub(crate) fn binary(&mut self, op: Binary, a: &Value, b: &Value) -> Outcome<Value> {
        if let Value::Object(object) = a
            && let Some(answer) = object.clone().binary(self, op, b, false)?
        {
            return Ok(answer);
        }
        if let Value::Object(object) = b
            && let Some(answer) = object.clone().binary(self, op, a, true)?
        {
            return Ok(answer);
        }
        for (this, method, other) in [(a, op.method(), b), (b, op.reflected_method(), a)] {
            if let Value::Instance(instance) = this
                && let Some(Value::Function(function)) = instance.class.lookup(method)
            {
                let answer = self.call_function(&function, Args::of([this.clone(), other.clone()]))?;
                // `NotImplemented`: the other side is asked.
                if !matches!(answer, Value::Ellipsis) {
                    return Ok(answer);
                }
            }
        }
        match (op, a, b) {
            (Binary::Mod, Value::Str(format), values) => self.percent(format, values).map(Value::str),
            (Binary::Add, Value::Str(a), Value::Str(b)) => Ok(Value::str(format!("{a}{b}"))),
            (Binary::Add, Value::Bytes(a), Value::Bytes(b)) => {
                Ok(Value::Bytes(a.iter().chain(b.iter()).copied().collect()))
            }
            (Binary::Add, Value::List(a), Value::List(b)) => {
                let values = a.borrow().iter().chain(b.borrow().iter()).cloned().collect();
                Ok(Value::list(values))
            }
            (Binary::Add, Value::Tuple(a), Value::Tuple(b)) => {
                Ok(Value::tuple(a.iter().chain(b.iter()).cloned().collect()))
            }
            (Binary::Mul, Value::Str(text), times) | (Binary::Mul, times, Value::Str(text))
                if as_int(times).is_some() =>
            {
                Ok(Value::str(text.repeat(self.times(times, text.len())?)))
            }
            (Binary::Mul, Value::List(list), times) if as_int(times).is_some() => {
                let values = list.borrow().clone();
                let times = self.times(times, values.len())?;
                Ok(Value::list(
                    std::iter::repeat_n(values, times).flatten().collect(),
                ))
            }
            (Binary::BitOr, Value::Dict(a), Value::Dict(b)) => {
                let mut dict: Dict = a.borrow().clone();
                for (key, value) in b.borrow().iter() {
                    dict.insert(self, key.clone(), value.clone())?;
                }
                Ok(Value::dict(dict))
            }
            (_, Value::Set(a), Value::Set(b)) => {
                let (a, b): (Dict, Dict) = (a.borrow().clone(), b.borrow().clone());
                self.sets(op, &a, &b)
            }
            _ => match (as_int(a), as_int(b)) {
                (Some(x), Some(y)) => self.integers(op, x, y, a, b),
                _ => match (as_float(a), as_float(b)) {
                    (Some(x), Some(y)) => self.floats(op, x, y, a, b),
                    _ => Err(self.unsupported(op, a, b)),
                },
            },
        }
    }

    fn times(&self, times: &Value, length: usize) -> Outcome<usize> {
        const LONGEST: usize = 100_000_000;
        let times = usize::try_from(as_int(times).unwrap_or_default()).unwrap_or_default();
        if times.saturating_mul(length.max(1)) > LONGEST {
            return Err(self.unknown("so long a value"));
        }
        Ok(times)
    }

    fn unsupported(&self, op: Binary, a: &Value, b: &Value) -> crate::value::Raise {
        self.type_error(format!(
            "unsupported operand type(s) for {}: '{}' and '{}'",
            op.symbol(),
            a.type_name(),
            b.type_name()
        ))
    }

    fn sets(&mut self, op: Binary, a: &Dict, b: &Dict) -> Outcome<Value> {
        let mut result = Vec::new();
        let (in_both, only_a, only_b) = match op {
            Binary::BitAnd => (true, false, false),
            Binary::BitOr => (true, true, true),
            Binary::Sub => (false, true, false),
            Binary::BitXor => (false, true, true),
            _ => {
                return Err(self.type_error(format!(
                    "unsupported operand type(s) for {}: 'set' and 'set'",
                    op.symbol()
                )));
            }
        };
        for (key, _) in a.iter() {
            let both = b.get(self, key)?.is_some();
            if both && in_both || !both && only_a {
                result.push(key.clone());
            }
        }
        for (key, _) in b.iter().filter(|_| only_b) {
            if a.get(self, key)?.is_none() {
                result.push(key.clone());
            }
        }
        self.set_of(result)
    }

    fn integers(&self, op: Binary, x: i128, y: i128, a: &Value, b: &Value) -> Outcome<Value> {
        let result = match op {
            Binary::Add => x.checked_add(y),
            Binary::Sub => x.checked_sub(y),
            Binary::Mul => x.checked_mul(y),
            Binary::Div => return self.floats(op, to_float(x), to_float(y), a, b),
            Binary::FloorDiv | Binary::Mod if y == 0 => {
                return Err(self.raise("ZeroDivisionError", "integer division or modulo by zero"));
            }
            // Python rounds down, Rust towards zero.
            Binary::FloorDiv => x
                .checked_div(y)
                .map(|quotient| quotient - i128::from(x % y != 0 && (x < 0) != (y < 0))),
            Binary::Mod => x.checked_rem(y).map(|rest| {
                if rest != 0 && (rest < 0) != (y < 0) {
                    rest + y
                } else {
                    rest
                }
            }),
            Binary::Pow => match u32::try_from(y) {
                Ok(power) => x.checked_pow(power),
                Err(_) => return self.floats(op, to_float(x), to_float(y), a, b),
            },
            Binary::LeftShift => u32::try_from(y)
                .ok()
                .and_then(|y| 1i128.checked_shl(y))
                .and_then(|y| x.checked_mul(y)),
            Binary::RightShift => u32::try_from(y)
                .ok()
                .map(|y| x.checked_shr(y).unwrap_or(if x < 0 { -1 } else { 0 })),
            Binary::BitOr => Some(x | y),
            Binary::BitXor => Some(x ^ y),
            Binary::BitAnd => Some(x & y),
            Binary::MatMul => return Err(self.unsupported(op, a, b)),
        };
        let booleans = matches!((a, b), (Value::Bool(_), Value::Bool(_)));
        match result {
            Some(value) if booleans && matches!(op, Binary::BitOr | Binary::BitXor | Binary::BitAnd) => {
                Ok(Value::Bool(value != 0))
            }
            Some(value) => Ok(Value::Int(value)),
            None => Err(self.unknown("so large a number")),
        }
    }

    fn floats(&self, op: Binary, x: f64, y: f64, a: &Value, b: &Value) -> Outcome<Value> {
        Ok(Value::Float(match op {
            Binary::Add => x + y,
            Binary::Sub => x - y,
            Binary::Mul => x * y,
            Binary::Div | Binary::FloorDiv | Binary::Mod if y == 0.0 => {
                return Err(self.raise("ZeroDivisionError", "division by zero"));
            }
            Binary::Div => x / y,
            Binary::FloorDiv => (x / y).floor(),
            Binary::Mod => x - y * (x / y).floor(),
            Binary::Pow => x.powf(y),
            _ => return Err(self.unsupported(op, a, b)),
        }))
    }

    /// `op value`.
    pub(super) fn unary(&mut self, op: Unary, value: &Value) -> Outcome<Value> {
        if let Value::Object(object) = value
            && let Some(answer) = object.clone().unary(self, op)?
        {
            return Ok(answer);
        }
        match (op, value, as_int(value)) {
            (Unary::Minus, _, Some(number)) => match number.checked_neg() {
                Some(number) => Ok(Value::Int(number)),
                None => Err(self.unknown("so large a number")),
            },
            (Unary::Plus, _, Some(number)) => Ok(Value::Int(number)),
            (Unary::Invert, _, Some(number)) => Ok(Value::Int(!number)),
            (Unary::Minus, Value::Float(number), _) => Ok(Value::Float(-number)),
            (Unary::Plus, Value::Float(number), _) => Ok(Value::Float(*number)),
            _ => Err(self.type_error(format!(
                "bad operand type for unary operator: '{}'",
                value.type_name()
            ))),
        }
    }
}

pub(crate) fn as_int(value: &Value) -> Option<i128> {
    match value {
        Value::Int(number) => Some(*number),
        Value::Bool(value) => Some((*value).into()),
        Value::Object(_) => {
            let member = value.downcast::<Member>().filter(|member| member.is_plain())?;
            as_int(&member.value)
        }
        _ => None,
    }
}

pub(crate) fn as_float(value: &Value) -> Option<f64> {
    match value {
        Value::Float(number) => Some(*number),
        value => as_int(value).map(to_float),
    }
}

#[allow(clippy::cast_precision_loss)]
fn to_float(number: i128) -> f64 {
    number as f64
}
