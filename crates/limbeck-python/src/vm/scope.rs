use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::Source;
use crate::value::{Class, Module, Value};

/// Where names are looked up: a function's own, then those of the functions around it, then the module's.
#[derive(Debug)]
pub(crate) struct Scope {
    pub(crate) module: Rc<Module>,
    pub(crate) source: Rc<Source>,
    /// `None` for a module's own scope, whose names are the module's.
    names: Option<RefCell<HashMap<String, Value>>>,
    outer: Option<Rc<Self>>,
    /// Names that `global` and `nonlocal` send elsewhere.
    elsewhere: RefCell<HashSet<String>>,
    kind: Kind,
    /// The class whose method this is, for `super()`.
    pub(crate) class: Option<Rc<Class>>,
}

/// What a scope is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Plain,
    /// `:=` looks through it.
    Comprehension,
    /// Functions in it don't see it.
    ClassBody,
}

impl Scope {
    pub(crate) fn of_module(module: Rc<Module>, source: Rc<Source>) -> Rc<Self> {
        Rc::new(Self {
            module,
            source,
            names: None,
            outer: None,
            elsewhere: RefCell::default(),
            kind: Kind::Plain,
            class: None,
        })
    }

    /// A scope inside `outer`.
    pub(crate) fn inside(outer: &Rc<Self>, class: Option<Rc<Class>>) -> Rc<Self> {
        Self::of_kind(Kind::Plain, outer, class)
    }

    /// A comprehension's scope inside `outer`.
    pub(crate) fn comprehension(outer: &Rc<Self>) -> Rc<Self> {
        Self::of_kind(Kind::Comprehension, outer, None)
    }

    /// The scope of a class's body inside `outer`.
    pub(crate) fn class_body(outer: &Rc<Self>) -> Rc<Self> {
        Self::of_kind(Kind::ClassBody, outer, None)
    }

    fn of_kind(kind: Kind, outer: &Rc<Self>, class: Option<Rc<Class>>) -> Rc<Self> {
        Rc::new(Self {
            module: outer.module.clone(),
            source: outer.source.clone(),
            names: Some(RefCell::default()),
            outer: Some(outer.clone()),
            elsewhere: RefCell::default(),
            kind,
            class: class.or_else(|| outer.class.clone()),
        })
    }

    /// What a function that is defined here sees.
    pub(crate) fn of_functions(self: &Rc<Self>) -> Rc<Self> {
        match &self.outer {
            Some(outer) if self.kind == Kind::ClassBody => outer.of_functions(),
            _ => self.clone(),
        }
    }

    /// Where `:=` binds its name.
    pub(crate) fn of_walrus(self: &Rc<Self>) -> Rc<Self> {
        match &self.outer {
            Some(outer) if self.kind == Kind::Comprehension => outer.of_walrus(),
            _ => self.clone(),
        }
    }

    /// A name of this scope or a function's around it; the module's are found otherwise.
    pub(crate) fn local(&self, name: &str) -> Option<Value> {
        let names = self.names.as_ref()?;
        if let Some(value) = names.borrow().get(name) {
            return Some(value.clone());
        }
        self.outer.as_ref()?.local(name)
    }

    pub(crate) fn set(&self, name: &str, value: Value) {
        match &self.names {
            None => drop(self.module.names.borrow_mut().insert(name.to_owned(), value)),
            Some(_) if self.elsewhere.borrow().contains(name) => {
                if let Some(outer) = &self.outer {
                    outer.set_where_it_is(name, value);
                }
            }
            Some(names) => drop(names.borrow_mut().insert(name.to_owned(), value)),
        }
    }

    /// What `nonlocal` and `global` mean: the nearest scope that has the name, or else the module.
    fn set_where_it_is(&self, name: &str, value: Value) {
        match (&self.names, &self.outer) {
            (Some(names), Some(outer)) if !names.borrow().contains_key(name) => {
                outer.set_where_it_is(name, value);
            }
            _ => self.set(name, value),
        }
    }

    pub(crate) fn remove(&self, name: &str) -> bool {
        let names = self.names.as_ref().unwrap_or(&self.module.names);
        names.borrow_mut().remove(name).is_some()
    }

    pub(crate) fn send_elsewhere(&self, name: &str) {
        self.elsewhere.borrow_mut().insert(name.to_owned());
    }

    /// What stands in it, for a class's body.
    pub(crate) fn into_names(self: Rc<Self>) -> HashMap<String, Value> {
        self.names
            .as_ref()
            .map(|names| names.borrow().clone())
            .unwrap_or_default()
    }
}
