use std::rc::Rc;

use super::Vm;
use crate::value::{Object, Outcome, Value};

/// `start:stop:step`.
#[derive(Debug)]
pub(crate) struct Slice {
    pub(crate) start: Value,
    pub(crate) stop: Value,
    pub(crate) step: Value,
}

impl Slice {
    /// The indices that it means in a sequence of `length`.
    pub(crate) fn indices(&self, vm: &Vm<'_>, length: usize) -> Outcome<Vec<usize>> {
        let number = |value: &Value| match value {
            Value::None => Ok(None),
            Value::Int(number) => Ok(Some(*number)),
            Value::Bool(value) => Ok(Some(i128::from(*value))),
            _ => Err(vm.type_error("slice indices must be integers or None")),
        };
        let length = i128::try_from(length).unwrap_or(i128::MAX);
        let step = number(&self.step)?.unwrap_or(1);
        if step == 0 {
            return Err(vm.value_error("slice step cannot be zero"));
        }
        let (lowest, highest) = if step > 0 { (0, length) } else { (-1, length - 1) };
        let bound = |at: Option<i128>, otherwise: i128| {
            at.map_or(otherwise, |at| {
                let at = if at < 0 { at.saturating_add(length) } else { at };
                at.clamp(lowest, highest)
            })
        };
        let (first, last) = if step > 0 {
            (lowest, highest)
        } else {
            (highest, lowest)
        };
        let (mut at, stop) = (
            bound(number(&self.start)?, first),
            bound(number(&self.stop)?, last),
        );
        let mut indices = Vec::new();
        while (step > 0 && at < stop) || (step < 0 && at > stop) {
            indices.extend(usize::try_from(at));
            at = at.saturating_add(step);
        }
        Ok(indices)
    }
}

impl Object for Slice {
    fn class_name(&self) -> &str {
        "slice"
    }

    fn repr(self: Rc<Self>, vm: &mut Vm<'_>) -> Outcome<String> {
        let parts = [&self.start, &self.stop, &self.step].map(|part| vm.repr(part));
        let [start, stop, step] = parts;
        Ok(format!("slice({}, {}, {})", start?, stop?, step?))
    }
}
