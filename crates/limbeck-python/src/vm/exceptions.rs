//! Python's exceptions, and those of SQLAlchemy and Alembic.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use crate::value::{Class, Dict, Exception, Instance, Value};

/// Each class and the one that it is derived from.
const CLASSES: &[(&str, &str)] = &[
    ("BaseException", ""),
    ("Exception", "BaseException"),
    ("GeneratorExit", "BaseException"),
    ("KeyboardInterrupt", "BaseException"),
    ("SystemExit", "BaseException"),
    ("ArithmeticError", "Exception"),
    ("FloatingPointError", "ArithmeticError"),
    ("OverflowError", "ArithmeticError"),
    ("ZeroDivisionError", "ArithmeticError"),
    ("AssertionError", "Exception"),
    ("AttributeError", "Exception"),
    ("BufferError", "Exception"),
    ("EOFError", "Exception"),
    ("ImportError", "Exception"),
    ("ModuleNotFoundError", "ImportError"),
    ("LookupError", "Exception"),
    ("IndexError", "LookupError"),
    ("KeyError", "LookupError"),
    ("MemoryError", "Exception"),
    ("NameError", "Exception"),
    ("UnboundLocalError", "NameError"),
    ("OSError", "Exception"),
    ("BlockingIOError", "OSError"),
    ("ChildProcessError", "OSError"),
    ("ConnectionError", "OSError"),
    ("BrokenPipeError", "ConnectionError"),
    ("ConnectionAbortedError", "ConnectionError"),
    ("ConnectionRefusedError", "ConnectionError"),
    ("ConnectionResetError", "ConnectionError"),
    ("FileExistsError", "OSError"),
    ("FileNotFoundError", "OSError"),
    ("InterruptedError", "OSError"),
    ("IsADirectoryError", "OSError"),
    ("NotADirectoryError", "OSError"),
    ("PermissionError", "OSError"),
    ("ProcessLookupError", "OSError"),
    ("TimeoutError", "OSError"),
    ("ReferenceError", "Exception"),
    ("RuntimeError", "Exception"),
    ("NotImplementedError", "RuntimeError"),
    ("RecursionError", "RuntimeError"),
    ("StopIteration", "Exception"),
    ("SyntaxError", "Exception"),
    ("IndentationError", "SyntaxError"),
    ("TabError", "IndentationError"),
    ("SystemError", "Exception"),
    ("TypeError", "Exception"),
    ("ValueError", "Exception"),
    ("UnicodeError", "ValueError"),
    ("UnicodeDecodeError", "UnicodeError"),
    ("UnicodeEncodeError", "UnicodeError"),
    ("UnicodeTranslateError", "UnicodeError"),
    ("JSONDecodeError", "ValueError"),
    ("Warning", "Exception"),
    ("BytesWarning", "Warning"),
    ("DeprecationWarning", "Warning"),
    ("FutureWarning", "Warning"),
    ("ImportWarning", "Warning"),
    ("PendingDeprecationWarning", "Warning"),
    ("ResourceWarning", "Warning"),
    ("SyntaxWarning", "Warning"),
    ("UnicodeWarning", "Warning"),
    ("UserWarning", "Warning"),
    ("RuntimeWarning", "Warning"),
    ("SQLAlchemyError", "Exception"),
    ("ArgumentError", "SQLAlchemyError"),
    ("CompileError", "SQLAlchemyError"),
    ("UnsupportedCompilationError", "CompileError"),
    ("ConstraintColumnNotFoundError", "ArgumentError"),
    ("DuplicateColumnError", "ArgumentError"),
    ("IdentifierError", "SQLAlchemyError"),
    ("InvalidRequestError", "SQLAlchemyError"),
    ("NoInspectionAvailable", "InvalidRequestError"),
    ("NoSuchTableError", "InvalidRequestError"),
    ("NoSuchColumnError", "InvalidRequestError"),
    ("NoResultFound", "InvalidRequestError"),
    ("MultipleResultsFound", "InvalidRequestError"),
    ("UnreflectableTableError", "InvalidRequestError"),
    ("ResourceClosedError", "InvalidRequestError"),
    ("ObjectNotExecutableError", "ArgumentError"),
    ("StatementError", "SQLAlchemyError"),
    ("DBAPIError", "StatementError"),
    ("InterfaceError", "DBAPIError"),
    ("DatabaseError", "DBAPIError"),
    ("DataError", "DatabaseError"),
    ("OperationalError", "DatabaseError"),
    ("IntegrityError", "DatabaseError"),
    ("InternalError", "DatabaseError"),
    ("ProgrammingError", "DatabaseError"),
    ("NotSupportedError", "DatabaseError"),
    ("CommandError", "Exception"),
];

/// The classes, each there once.
#[derive(Debug)]
pub(super) struct Exceptions(HashMap<&'static str, Rc<Class>>);

impl Exceptions {
    pub(super) fn new() -> Self {
        let mut classes: HashMap<&'static str, Rc<Class>> = HashMap::new();
        for (name, base) in CLASSES {
            let bases = classes.get(base).cloned().map(Value::Class).into_iter().collect();
            let class = Class {
                name: Rc::from(*name),
                bases,
                names: RefCell::default(),
            };
            classes.insert(name, Rc::new(class));
        }
        Self(classes)
    }

    pub(super) fn class(&self, name: &str) -> Option<Value> {
        self.0.get(name).cloned().map(Value::Class)
    }

    /// An exception object with a message. What has no class here is a plain `Exception`.
    pub(super) fn instance(&self, class: &str, message: &str) -> Value {
        let class = self.0.get(class).unwrap_or(&self.0["Exception"]).clone();
        let mut names = Dict::default();
        let args = if message.is_empty() {
            Vec::new()
        } else {
            vec![Value::str(message)]
        };
        names.insert_str("args", Value::tuple(args));
        Value::Instance(Rc::new(Instance {
            class,
            names: RefCell::new(names),
        }))
    }

    pub(super) fn is_exception(&self, class: &Rc<Class>) -> bool {
        class.is_subclass(&self.0["BaseException"])
    }
}

impl super::Vm<'_> {
    /// A `KeyError` shows its key as it would be written.
    pub(super) fn is_key_error(&self, instance: &Instance) -> bool {
        instance.class.is_subclass(&self.exceptions.0["KeyError"])
    }
}

/// Whether it is one of Python's own.
pub(super) fn is_builtin(name: &str) -> bool {
    let own = CLASSES.iter().position(|(known, _)| *known == "SQLAlchemyError");
    let at = CLASSES.iter().position(|(known, _)| *known == name);
    at.is_some_and(|at| at < own.unwrap_or(0)) && name != "JSONDecodeError"
}

/// Attributes that the database's exceptions have beside their message.
pub(super) fn attribute(instance: &Rc<Instance>, name: &str) -> Option<Value> {
    match name {
        // The driver's own exception: what is asked of it is its text.
        "orig" => Some(Value::Instance(instance.clone())),
        _ => None,
    }
}

/// The message of an exception, as `str()` gives it.
pub(crate) fn message(instance: &Instance) -> Option<Vec<Value>> {
    match instance.names.borrow().get_str("args") {
        Some(Value::Tuple(args)) => Some(args.to_vec()),
        _ => None,
    }
}

impl Exception {
    /// `ValueError: what it says`, as the last line of a traceback.
    pub(crate) fn headline(&self, vm: &mut super::Vm<'_>) -> String {
        let class = self.value.type_name();
        let text = vm.text_of(&self.value).unwrap_or_default();
        if text.is_empty() {
            class
        } else {
            format!("{class}: {text}")
        }
    }
}
