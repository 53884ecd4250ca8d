//! Python's values, as the evaluator has them.

mod args;
mod class;
mod dict;
mod error;
mod native;
mod object;

use std::cell::RefCell;
use std::rc::Rc;

pub(crate) use args::Args;
pub(crate) use class::{Class, Instance};
pub(crate) use dict::{Dict, Key};
pub(crate) use error::{Exception, Outcome, Raise, Stop};
pub(crate) use native::{Module, Native};
pub(crate) use object::{Binary, Compare, Object, Unary, downcast};

use crate::vm::Function;

/// A value of a program.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    None,
    /// `NotImplemented` and `...` are of no use to a migration, but stand in annotations.
    Ellipsis,
    Bool(bool),
    Int(i128),
    Float(f64),
    Str(Rc<str>),
    Bytes(Rc<[u8]>),
    Tuple(Rc<[Self]>),
    List(Rc<RefCell<Vec<Self>>>),
    Dict(Rc<RefCell<Dict>>),
    /// A set is a dictionary without values; a frozen one is not told from others.
    Set(Rc<RefCell<Dict>>),
    /// A function of the program's own.
    Function(Rc<Function>),
    /// A function of the program's own that belongs to a value.
    Method(Rc<Function>, Box<Self>),
    /// A function of the evaluator's.
    Native(Rc<Native>),
    /// A class of the program's own.
    Class(Rc<Class>),
    /// An object of such a class; exceptions are objects of classes too.
    Instance(Rc<Instance>),
    /// What the evaluator knows by itself: modules, types, columns, dates …
    Object(Rc<dyn Object>),
}

impl Value {
    pub(crate) fn str(text: impl AsRef<str>) -> Self {
        Self::Str(Rc::from(text.as_ref()))
    }

    pub(crate) fn list(values: Vec<Self>) -> Self {
        Self::List(Rc::new(RefCell::new(values)))
    }

    pub(crate) fn tuple(values: Vec<Self>) -> Self {
        Self::Tuple(Rc::from(values))
    }

    pub(crate) fn dict(dict: Dict) -> Self {
        Self::Dict(Rc::new(RefCell::new(dict)))
    }

    pub(crate) fn set(dict: Dict) -> Self {
        Self::Set(Rc::new(RefCell::new(dict)))
    }

    pub(crate) fn object(object: impl Object) -> Self {
        Self::Object(Rc::new(object))
    }

    /// A function of the evaluator's: `call` gets what it is called with.
    pub(crate) fn native(
        name: &'static str,
        call: impl Fn(&mut crate::vm::Vm<'_>, Args) -> Outcome<Self> + 'static,
    ) -> Self {
        Self::Native(Rc::new(Native::new(name, call)))
    }

    pub(crate) fn as_str(&self) -> Option<&str> {
        match self {
            Self::Str(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }

    /// The evaluator's own object of type `T`, if it is one.
    pub(crate) fn downcast<T: Object>(&self) -> Option<Rc<T>> {
        match self {
            Self::Object(object) => downcast(object),
            _ => None,
        }
    }

    /// The name of its class, as in Python's messages.
    pub(crate) fn type_name(&self) -> String {
        match self {
            Self::None => "NoneType".to_owned(),
            Self::Ellipsis => "ellipsis".to_owned(),
            Self::Bool(_) => "bool".to_owned(),
            Self::Int(_) => "int".to_owned(),
            Self::Float(_) => "float".to_owned(),
            Self::Str(_) => "str".to_owned(),
            Self::Bytes(_) => "bytes".to_owned(),
            Self::Tuple(_) => "tuple".to_owned(),
            Self::List(_) => "list".to_owned(),
            Self::Dict(_) => "dict".to_owned(),
            Self::Set(_) => "set".to_owned(),
            Self::Function(_) => "function".to_owned(),
            Self::Method(..) => "method".to_owned(),
            Self::Native(_) => "builtin_function_or_method".to_owned(),
            Self::Class(_) => "type".to_owned(),
            Self::Instance(instance) => instance.class.name.to_string(),
            Self::Object(object) => object.class_name().to_owned(),
        }
    }
}
