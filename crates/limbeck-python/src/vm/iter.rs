use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use super::Vm;
use crate::value::{Object, Outcome, Value};

/// An iterator: what is left of its values.
#[derive(Debug)]
pub(crate) struct Iter {
    left: RefCell<VecDeque<Value>>,
}

impl Iter {
    pub(crate) fn new(values: Vec<Value>) -> Self {
        Self {
            left: RefCell::new(values.into()),
        }
    }

    pub(crate) fn next(&self) -> Option<Value> {
        self.left.borrow_mut().pop_front()
    }
}

impl Object for Iter {
    fn class_name(&self) -> &str {
        "iterator"
    }

    fn iterate(self: Rc<Self>, _vm: &mut Vm<'_>) -> Outcome<Vec<Value>> {
        Ok(std::mem::take(&mut *self.left.borrow_mut()).into())
    }

    fn attribute(self: Rc<Self>, _vm: &mut Vm<'_>, name: &str) -> Outcome<Option<Value>> {
        Ok((name == "__next__").then(|| {
            Value::native("__next__", move |vm, _| {
                self.next().ok_or_else(|| vm.raise("StopIteration", ""))
            })
        }))
    }
}
