use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt;
use std::rc::Rc;

use super::{Args, Object, Outcome, Value};
use crate::vm::Vm;

/// A function of the evaluator's.
pub(crate) struct Native {
    pub(crate) name: &'static str,
    call: Box<NativeCall>,
}

type NativeCall = dyn Fn(&mut Vm<'_>, Args) -> Outcome<Value>;

impl Native {
    pub(crate) fn new(
        name: &'static str,
        call: impl Fn(&mut Vm<'_>, Args) -> Outcome<Value> + 'static,
    ) -> Self {
        Self {
            name,
            call: Box::new(call),
        }
    }

    pub(crate) fn call(&self, vm: &mut Vm<'_>, args: Args) -> Outcome<Value> {
        (self.call)(vm, args)
    }
}

impl fmt::Debug for Native {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<function {}>", self.name)
    }
}

/// A module: of the evaluator's, whose names are found by a function, or of the project's, whose names are those that its source defines.
#[derive(Debug)]
pub(crate) struct Module {
    /// Its dotted name.
    pub(crate) name: String,
    /// What it has defined or what has been found so far.
    pub(crate) names: RefCell<HashMap<String, Value>>,
    /// Finds a name of the evaluator's: `(module, name)`.
    pub(crate) find: Option<fn(&str, &str) -> Option<Value>>,
}

impl Module {
    /// A module of the evaluator's.
    pub(crate) fn native(name: &str, find: fn(&str, &str) -> Option<Value>) -> Self {
        Self {
            name: name.to_owned(),
            names: RefCell::default(),
            find: Some(find),
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<Value> {
        if let Some(value) = self.names.borrow().get(name) {
            return Some(value.clone());
        }
        // Found once, so that a class is the same object each time.
        let value = self.find.and_then(|find| find(&self.name, name))?;
        self.names.borrow_mut().insert(name.to_owned(), value.clone());
        Some(value)
    }
}

impl Object for Module {
    fn class_name(&self) -> &str {
        "module"
    }

    fn attribute(self: Rc<Self>, vm: &mut Vm<'_>, name: &str) -> Outcome<Option<Value>> {
        if let Some(value) = self.get(name) {
            return Ok(Some(value));
        }
        vm.member(&self, name)
    }

    fn repr(self: Rc<Self>, _vm: &mut Vm<'_>) -> Outcome<String> {
        Ok(format!("<module '{}'>", self.name))
    }
}
