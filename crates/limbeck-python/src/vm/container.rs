//! What holds other values.

use super::Vm;
use super::operators::as_int;
use super::slice::Slice;
use crate::value::{Args, Outcome, Value};

impl Vm<'_> {
    /// What a loop over the value gets.
    pub(crate) fn iterate(&mut self, value: &Value) -> Outcome<Vec<Value>> {
        match value {
            Value::Tuple(values) => Ok(values.to_vec()),
            Value::List(values) => Ok(values.borrow().clone()),
            Value::Dict(dict) | Value::Set(dict) => {
                Ok(dict.borrow().iter().map(|(key, _)| key.clone()).collect())
            }
            Value::Str(text) => Ok(text.chars().map(|c| Value::str(c.to_string())).collect()),
            Value::Bytes(bytes) => Ok(bytes.iter().map(|byte| Value::Int((*byte).into())).collect()),
            Value::Object(object) => object.clone().iterate(self),
            Value::Instance(instance) if instance.class.lookup("__iter__").is_some() => {
                let iterator = self.call_method(value, "__iter__", Args::default())?;
                match iterator {
                    Value::Instance(_) => Err(self.unknown("an iterator of the program's own")),
                    iterator => self.iterate(&iterator),
                }
            }
            other => Err(self.type_error(format!("'{}' object is not iterable", other.type_name()))),
        }
    }

    /// `len(value)`.
    pub(crate) fn length(&mut self, value: &Value) -> Outcome<usize> {
        let length = match value {
            Value::Tuple(values) => Some(values.len()),
            Value::List(values) => Some(values.borrow().len()),
            Value::Dict(dict) | Value::Set(dict) => Some(dict.borrow().len()),
            Value::Str(text) => Some(text.chars().count()),
            Value::Bytes(bytes) => Some(bytes.len()),
            Value::Object(object) => object.clone().length(self)?,
            _ => None,
        };
        length.ok_or_else(|| self.type_error(format!("object of type '{}' has no len()", value.type_name())))
    }

    /// `value[key]`.
    pub(crate) fn item(&mut self, value: &Value, key: &Value) -> Outcome<Value> {
        if let Some(slice) = key.downcast::<Slice>()
            && !matches!(value, Value::Object(_))
        {
            return self.sliced(value, &slice);
        }
        match value {
            Value::Dict(dict) => {
                let found = dict.borrow().get(self, key)?;
                match found {
                    Some(found) => Ok(found),
                    None => Err(self.key_error(key)?),
                }
            }
            Value::Tuple(values) => Ok(values[self.index(key, values.len(), "tuple")?].clone()),
            Value::List(values) => {
                let at = self.index(key, values.borrow().len(), "list")?;
                Ok(values.borrow()[at].clone())
            }
            Value::Str(text) => {
                let characters: Vec<char> = text.chars().collect();
                let at = self.index(key, characters.len(), "string")?;
                Ok(Value::str(characters[at].to_string()))
            }
            Value::Bytes(bytes) => Ok(Value::Int(bytes[self.index(key, bytes.len(), "bytes")?].into())),
            Value::Object(object) => object.clone().item(self, key),
            Value::Class(class) => match class.native_base() {
                Some(base) => base.item(self, key),
                // `Thing[int]` in an annotation.
                None => Ok(value.clone()),
            },
            Value::Instance(_) => self.call_method(value, "__getitem__", Args::of([key.clone()])),
            other => Err(self.type_error(format!("'{}' object is not subscriptable", other.type_name()))),
        }
    }

    pub(crate) fn key_error(&self, key: &Value) -> Outcome<crate::value::Raise> {
        let error = self.raise("KeyError", "");
        if let crate::value::Raise::Exception(exception) = &error
            && let Some(instance) = exception.instance()
        {
            let args = Value::tuple(vec![key.clone()]);
            instance.names.borrow_mut().insert_str("args", args);
        }
        Ok(error)
    }

    fn index(&self, key: &Value, length: usize, what: &str) -> Outcome<usize> {
        let Some(index) = as_int(key) else {
            return Err(self.type_error(format!(
                "{what} indices must be integers or slices, not {}",
                key.type_name()
            )));
        };
        let length_ = i128::try_from(length).unwrap_or(i128::MAX);
        let at = if index < 0 { index + length_ } else { index };
        match usize::try_from(at) {
            Ok(at) if at < length => Ok(at),
            _ => Err(self.raise("IndexError", format!("{what} index out of range"))),
        }
    }

    fn sliced(&mut self, value: &Value, slice: &Slice) -> Outcome<Value> {
        let pick =
            |values: &[Value], indices: Vec<usize>| indices.iter().map(|at| values[*at].clone()).collect();
        Ok(match value {
            Value::Tuple(values) => Value::tuple(pick(values, slice.indices(self, values.len())?)),
            Value::List(values) => {
                let values = values.borrow();
                Value::list(pick(&values, slice.indices(self, values.len())?))
            }
            Value::Str(text) => {
                let characters: Vec<char> = text.chars().collect();
                let indices = slice.indices(self, characters.len())?;
                Value::str(indices.iter().map(|at| characters[*at]).collect::<String>())
            }
            Value::Bytes(bytes) => {
                let indices = slice.indices(self, bytes.len())?;
                Value::Bytes(indices.iter().map(|at| bytes[*at]).collect())
            }
            other => {
                return Err(self.type_error(format!("'{}' object is not subscriptable", other.type_name())));
            }
        })
    }

    pub(super) fn set_item(&mut self, container: &Value, key: &Value, value: Value) -> Outcome<()> {
        match container {
            Value::Dict(dict) => dict.borrow_mut().insert(self, key.clone(), value),
            Value::List(values) if key.downcast::<Slice>().is_none() => {
                let at = self.index(key, values.borrow().len(), "list assignment")?;
                values.borrow_mut()[at] = value;
                Ok(())
            }
            Value::Object(object) if object.clone().set_item(self, key, &value)? => Ok(()),
            Value::Instance(_) => self
                .call_method(container, "__setitem__", Args::of([key.clone(), value]))
                .map(drop),
            other => Err(self.unknown(format!("setting an item of {}", other.type_name()))),
        }
    }

    pub(super) fn delete_item(&mut self, container: &Value, key: &Value) -> Outcome<()> {
        match container {
            Value::Dict(dict) => {
                let removed = dict.borrow_mut().remove(self, key)?;
                match removed {
                    Some(_) => Ok(()),
                    None => Err(self.key_error(key)?),
                }
            }
            Value::List(values) if key.downcast::<Slice>().is_none() => {
                let at = self.index(key, values.borrow().len(), "list assignment")?;
                values.borrow_mut().remove(at);
                Ok(())
            }
            other => Err(self.unknown(format!("deleting an item of {}", other.type_name()))),
        }
    }

    /// `value in container`.
    pub(crate) fn contains(&mut self, container: &Value, value: &Value) -> Outcome<bool> {
        match container {
            Value::Dict(dict) | Value::Set(dict) => Ok(dict.borrow().get(self, value)?.is_some()),
            Value::Str(text) => match value {
                Value::Str(part) => Ok(text.contains(&**part)),
                other => Err(self.type_error(format!(
                    "'in <string>' requires string as left operand, not {}",
                    other.type_name()
                ))),
            },
            Value::Object(object) => match object.clone().contains(self, value)? {
                Some(answer) => Ok(answer),
                None => {
                    let values = object.clone().iterate(self)?;
                    self.any_equal(&values, value)
                }
            },
            Value::Instance(instance) if instance.class.lookup("__contains__").is_some() => {
                let answer = self.call_method(container, "__contains__", Args::of([value.clone()]))?;
                self.truth(&answer)
            }
            container => {
                let values = self.iterate(container)?;
                self.any_equal(&values, value)
            }
        }
    }

    fn any_equal(&mut self, values: &[Value], value: &Value) -> Outcome<bool> {
        for candidate in values {
            if self.is_same(candidate, value)? || self.equal(candidate, value)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
