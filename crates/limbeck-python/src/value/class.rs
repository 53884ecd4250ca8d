use std::cell::RefCell;
use std::rc::Rc;

use super::{Dict, Value};

/// A class of the program's own, or an exception of Python's.
#[derive(Debug)]
pub(crate) struct Class {
    pub(crate) name: Rc<str>,
    /// What it is derived from.
    pub(crate) bases: Vec<Value>,
    pub(crate) names: RefCell<Dict>,
}

impl Class {
    /// A class of the program's own, whose functions know it.
    pub(crate) fn of_project(name: &str, bases: Vec<Value>, names: &Dict) -> Rc<Self> {
        let class = Rc::new(Self {
            name: Rc::from(name),
            bases,
            names: RefCell::new(names.clone()),
        });
        for (_, value) in names.iter() {
            if let Value::Function(function) = value {
                *function.class.borrow_mut() = Some(class.clone());
            }
        }
        class
    }

    /// A name of the class or of those that it is derived from, in the order in which Python looks (without the finer points of
    /// diamonds).
    pub(crate) fn lookup(&self, name: &str) -> Option<Value> {
        if let Some(value) = self.names.borrow().get_str(name) {
            return Some(value.clone());
        }
        self.bases.iter().find_map(|base| match base {
            Value::Class(base) => base.lookup(name),
            _ => None,
        })
    }

    /// Whether it is `other` or derived from it.
    pub(crate) fn is_subclass(self: &Rc<Self>, other: &Rc<Self>) -> bool {
        Rc::ptr_eq(self, other)
            || self.bases.iter().any(|base| match base {
                Value::Class(base) => base.is_subclass(other),
                _ => false,
            })
    }

    /// The first of its bases, their bases included, that is the evaluator's.
    pub(crate) fn native_base(&self) -> Option<Rc<dyn super::Object>> {
        self.bases.iter().find_map(|base| match base {
            Value::Class(base) => base.native_base(),
            Value::Object(object) => Some(object.clone()),
            _ => None,
        })
    }
}

/// An object of a class of the program's own.
#[derive(Debug)]
pub(crate) struct Instance {
    pub(crate) class: Rc<Class>,
    pub(crate) names: RefCell<Dict>,
}
