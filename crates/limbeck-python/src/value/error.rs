use std::rc::Rc;

use limbeck_core::script::BindError;

use super::{Instance, Value};

/// What comes of evaluating something.
pub(crate) type Outcome<T> = Result<T, Raise>;

/// Why an evaluation did not come to its end.
#[derive(Debug)]
pub(crate) enum Raise {
    /// An exception, which the program may catch.
    Exception(Exception),
    /// What ends the program whatever it says.
    Stop(Box<Stop>),
}

/// An exception.
#[derive(Debug, Clone)]
pub(crate) struct Exception {
    /// The exception object.
    pub(crate) value: Value,
    /// Where it was raised: file and line.
    pub(crate) file: Rc<str>,
    pub(crate) line: usize,
    /// What the database said, where it did, and the statement.
    pub(crate) database: Option<Rc<(BindError, String)>>,
}

impl Exception {
    pub(crate) fn instance(&self) -> Option<&Rc<Instance>> {
        match &self.value {
            Value::Instance(instance) => Some(instance),
            _ => None,
        }
    }
}

/// What ends a program that a program can't catch.
#[derive(Debug)]
pub(crate) enum Stop {
    /// Something that the evaluator does not know: the project's Python has to run the revision.
    Unknown {
        file: Rc<str>,
        line: usize,
        what: String,
    },
    /// The database is asked, and there is none.
    NeedsDatabase { line: usize, what: String },
    /// The run is to stop.
    Bind {
        line: usize,
        error: BindError,
        sql: String,
    },
}
