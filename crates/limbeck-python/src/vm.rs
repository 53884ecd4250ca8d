//! The evaluator.

mod source;

use std::collections::HashMap;
use std::rc::Rc;

use limbeck_core::Dialect;
use limbeck_core::schema::Schema;
use limbeck_core::script::{Answer, Bind, BindError, BindErrorKind};

use crate::value::{Exception, Module, Outcome, Raise, Stop, Value};

pub(crate) use function::Function;
pub(crate) use source::Source;

/// Runs one program.
pub(crate) struct Vm<'a> {
    bind: &'a mut dyn Bind,
    /// The database's dialect.
    pub(crate) dialect: Dialect,
    /// What the environment (env.py, limbeck's own settings) says.
    pub(crate) settings: Rc<Settings>,
    /// What the program should be told that it was not: arguments that nobody reads.
    pub(crate) warnings: Vec<Warning>,
    frames: Vec<Frame>,
    exceptions: exceptions::Exceptions,
    modules: HashMap<String, Rc<Module>>,
    /// What is in the database, as it was read since the last statement.
    schemas: HashMap<Option<String>, Rc<Schema>>,
}

/// What a program may ask of its environment.
#[derive(Debug, Clone, Default)]
pub(crate) struct Settings {
    /// `naming_convention` of the target metadata: `ix`, `uq`, `ck`, `fk`, `pk` and their patterns.
    pub(crate) naming_convention: Vec<(String, String)>,
    /// Where modules of the project are looked for.
    pub(crate) search_path: Vec<std::path::PathBuf>,
    /// Environment variables, as `os.environ` has them.
    pub(crate) environment: Vec<(String, String)>,
    /// The default schema (`version_table_schema` is not it).
    pub(crate) offline: bool,
}

/// Something that is not as the program's author meant it.
#[derive(Debug, Clone)]
pub(crate) struct Warning {
    pub(crate) line: usize,
    pub(crate) message: String,
}

/// A place in a source that is being run.
#[derive(Debug)]
struct Frame {
    file: Rc<str>,
    line: usize,
}

impl Vm<'_> {
    /// Where the program is: file and line.
    pub(crate) fn place(&self) -> (Rc<str>, usize) {
        self.frames
            .last()
            .map_or_else(|| (Rc::from(""), 1), |frame| (frame.file.clone(), frame.line))
    }

    /// The line of the revision's own file that the program is at, even while it runs a function of another one.
    pub(crate) fn line(&self) -> usize {
        let Some(first) = self.frames.first() else { return 1 };
        let own = self.frames.iter().rev().find(|frame| frame.file == first.file);
        own.map_or(1, |frame| frame.line)
    }

    /// What the evaluator does not know; `what` goes on from "… is not understood".
    pub(crate) fn unknown(&self, what: impl Into<String>) -> Raise {
        let (file, line) = self.place();
        Raise::Stop(Box::new(Stop::Unknown {
            file,
            line,
            what: what.into(),
        }))
    }

    /// An exception of Python's or SQLAlchemy's, by its name.
    pub(crate) fn raise(&self, class: &str, message: impl AsRef<str>) -> Raise {
        let (file, line) = self.place();
        Raise::Exception(Exception {
            value: self.exceptions.instance(class, message.as_ref()),
            file,
            line,
            database: None,
        })
    }

    pub(crate) fn type_error(&self, message: impl AsRef<str>) -> Raise {
        self.raise("TypeError", message)
    }

    pub(crate) fn value_error(&self, message: impl AsRef<str>) -> Raise {
        self.raise("ValueError", message)
    }

    /// Tells the program's author something.
    pub(crate) fn warn(&mut self, message: impl Into<String>) {
        let line = self.line();
        self.warnings.push(Warning {
            line,
            message: message.into(),
        });
    }

    /// Runs a statement whose rows nobody wants.
    pub(crate) fn emit(&mut self, sql: &str) -> Outcome<Option<u64>> {
        self.schemas.clear();
        let line = self.line();
        let result = self.bind.execute(sql, line);
        result.map_err(|error| self.database(error, sql))
    }

    /// Runs a statement for its rows; without a database that ends the evaluation.
    pub(crate) fn query(&mut self, sql: &str) -> Outcome<Answer> {
        let line = self.line();
        if self.settings.offline {
            return Err(self.needs_database(format!("the rows of {}", first_words(sql))));
        }
        // A query may change something: `SELECT create_hypertable(…)`, or a function of the user's.
        self.schemas.clear();
        let result = self.bind.query(sql, line);
        result.map_err(|error| self.database(error, sql))
    }

    /// What is in the database: in the connection's own schema for `None`.
    pub(crate) fn schema(&mut self, name: Option<&str>) -> Outcome<Rc<Schema>> {
        if self.settings.offline {
            return Err(self.needs_database("what is in the database".to_owned()));
        }
        let key = name.map(str::to_owned);
        if let Some(schema) = self.schemas.get(&key) {
            return Ok(schema.clone());
        }
        let result = self.bind.schema(name);
        let schema = Rc::new(result.map_err(|error| self.database(error, ""))?);
        self.schemas.insert(key, schema.clone());
        Ok(schema)
    }

    /// Leaves the transaction, or begins another.
    pub(crate) fn autocommit(&mut self, on: bool) -> Outcome<()> {
        let line = self.line();
        let result = self.bind.autocommit(on, line);
        result.map_err(|error| self.database(error, ""))
    }

    /// Ends the evaluation without a database, because it depends on `what`.
    pub(crate) fn needs_database(&self, what: String) -> Raise {
        Raise::Stop(Box::new(Stop::NeedsDatabase {
            line: self.line(),
            what,
        }))
    }

    fn database(&self, error: BindError, sql: &str) -> Raise {
        let class = match error.kind {
            BindErrorKind::Integrity => "IntegrityError",
            BindErrorKind::Programming => "ProgrammingError",
            BindErrorKind::Operational => "OperationalError",
            BindErrorKind::Data => "DataError",
            BindErrorKind::Database => "DatabaseError",
            BindErrorKind::Stop => {
                return Raise::Stop(Box::new(Stop::Bind {
                    line: self.line(),
                    error,
                    sql: sql.to_owned(),
                }));
            }
        };
        let (file, line) = self.place();
        Raise::Exception(Exception {
            value: self.exceptions.instance(class, &error.message),
            file,
            line,
            database: Some(Rc::new((error, sql.to_owned()))),
        })
    }
}

fn first_words(sql: &str) -> String {
    let words: Vec<&str> = sql.split_whitespace().take(4).collect();
    format!("'{} …'", words.join(" "))
}
