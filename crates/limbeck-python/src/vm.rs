//! The evaluator.

mod assign;
mod binding;
mod builtins;
mod call;
mod check;
mod class;
mod container;
mod dynamic;
mod exceptions;
mod expr;
mod flow;
mod function;
mod generator;
mod import;
mod iter;
mod look;
mod methods;
mod operators;
mod program;
mod scope;
mod slice;
mod source;
mod stmt;
#[cfg(test)]
mod tests;
mod text;

use std::collections::HashMap;
use std::rc::Rc;

use limbeck_core::Dialect;
use limbeck_core::dialect::{only_reads, split, transaction_control};
use limbeck_core::schema::{self, Schema};
use limbeck_core::script::{Answer, Bind, BindError, BindErrorKind, Depth, Remark};

use crate::value::{Exception, Module, Outcome, Raise, Stop, Value};

pub(crate) use builtins::{TypeObject, type_object};
pub(crate) use function::{Function, Kind};
pub(crate) use generator::Managed;
pub(crate) use import::StandIn;
pub(crate) use iter::Iter;
pub(crate) use operators::{as_float, as_int};
#[cfg(test)]
pub(crate) use program::Recorder;
pub(crate) use program::{Refusal, compile, run};
pub(crate) use slice::Slice;
pub(crate) use source::Source;
pub(crate) use text::{float, quoted};

/// Runs one program.
pub(crate) struct Vm<'a> {
    bind: &'a mut dyn Bind,
    /// The database's dialect.
    pub(crate) dialect: Dialect,
    /// The same by the name that SQLAlchemy has for it.
    pub(crate) called: Dialect,
    /// What the environment (env.py, limbeck's own settings) says.
    pub(crate) settings: Rc<Settings>,
    /// Whether there is no database to ask.
    pub(crate) offline: bool,
    /// Whether what it runs is written into a script: Alembic's offline mode.
    pub(crate) is_script: bool,
    /// What there is to tell: arguments that nobody reads, and without a database what is printed.
    pub(crate) remarks: Vec<Remark>,
    /// What the program has printed.
    #[cfg(test)]
    pub(crate) said: Vec<String>,
    frames: Vec<Frame>,
    exceptions: exceptions::Exceptions,
    modules: HashMap<String, Rc<Module>>,
    /// What is known of those modules that are the project's.
    loaded: HashMap<String, Rc<import::Loaded>>,
    /// The exceptions that are being handled, the innermost last.
    handled: Vec<Exception>,
    /// What the generators that are running have yielded.
    yielded: Vec<generator::Yielded>,
    /// What is in the database, as it was read since the last statement.
    schemas: HashMap<Option<String>, Rc<Schema>>,
    /// Single tables of them, as far as they were read.
    tables: HashMap<(schema::Name, Depth), Option<Rc<schema::Table>>>,
    /// The same of names only.
    relations: HashMap<Option<String>, Rc<[(String, schema::Kind)]>>,
    /// SQLAlchemy's classes that the program writes in a way of its own (`@compiles`).
    pub(crate) rewritten: Vec<String>,
    /// What `op` remembers.
    pub(crate) alembic: crate::alembic::State,
    /// How many statements it has taken.
    steps: u64,
    /// How many savepoints the program has made.
    pub(crate) savepoints: usize,
}

/// What a program may ask of its environment.
#[derive(Debug, Clone, Default)]
pub(crate) struct Settings {
    /// The database's URL.
    pub(crate) url: Option<String>,
    /// `naming_convention` of the target metadata: `ix`, `uq`, `ck`, `fk`, `pk` and their patterns.
    pub(crate) naming_convention: Vec<(String, String)>,
    /// Where modules of the project are looked for.
    pub(crate) search_path: Vec<std::path::PathBuf>,
    /// Environment variables, as `os.environ` has them.
    pub(crate) environment: Vec<(String, String)>,
    /// What was given as `-x`, each as `name=value`.
    pub(crate) x_arguments: Vec<String>,
    /// The keys of alembic.ini's main section.
    pub(crate) main_options: Vec<(String, String)>,
    /// The schema that the version table is in.
    pub(crate) version_table_schema: Option<String>,
    /// The other revisions.
    pub(crate) siblings: crate::revision::Siblings,
}

impl Settings {
    /// What SQLAlchemy calls a database of a kind.
    pub(crate) fn called(&self, server: Dialect) -> Dialect {
        crate::revision::called(self.url.as_deref(), server)
    }
}

/// A place in a source that is being run.
#[derive(Debug)]
struct Frame {
    file: Rc<str>,
    line: usize,
}

impl<'a> Vm<'a> {
    pub(crate) fn new(bind: &'a mut dyn Bind, settings: Rc<Settings>, offline: bool) -> Self {
        let dialect = bind.dialect();
        Self {
            bind,
            dialect,
            called: settings.called(dialect),
            settings,
            offline,
            is_script: false,
            remarks: Vec::new(),
            #[cfg(test)]
            said: Vec::new(),
            frames: Vec::new(),
            exceptions: exceptions::Exceptions::new(),
            modules: HashMap::new(),
            loaded: HashMap::new(),
            handled: Vec::new(),
            yielded: Vec::new(),
            schemas: HashMap::new(),
            tables: HashMap::new(),
            relations: HashMap::new(),
            rewritten: Vec::new(),
            alembic: crate::alembic::State::default(),
            steps: 0,
            savepoints: 0,
        }
    }
}

impl Vm<'_> {
    /// Where the program is: file and line. What the evaluator has in Python is at the place that calls it.
    pub(crate) fn place(&self) -> (Rc<str>, usize) {
        let of_project = |frame: &&Frame| crate::packages::python_module(&frame.file).is_none();
        self.frames
            .iter()
            .rev()
            .find(of_project)
            .map_or_else(|| (Rc::from(""), 1), |frame| (frame.file.clone(), frame.line))
    }

    /// The line of the revision's own file that the program is at, even while it runs a function of another one.
    pub(crate) fn line(&self) -> usize {
        let Some(first) = self.frames.first() else {
            return 1;
        };
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

    /// A class of exceptions, by its name.
    pub(crate) fn exception_class(&self, name: &str) -> Option<Value> {
        self.exceptions.class(name)
    }

    fn enter_frame(&mut self, file: Rc<str>, line: usize) {
        self.frames.push(Frame { file, line });
    }

    fn leave_frame(&mut self) {
        self.frames.pop();
    }

    /// Notes where the program is.
    fn at(&mut self, scope: &scope::Scope, offset: ruff_text_size::TextSize) {
        let line = scope.source.line(offset);
        if let Some(frame) = self.frames.last_mut() {
            frame.line = line;
        }
    }

    /// What the program prints.
    pub(crate) fn say(&mut self, text: String) {
        #[cfg(test)]
        self.said.push(text.clone());
        if self.offline {
            self.remarks.push(Remark::Printed(text));
        } else {
            self.bind.say(&text);
        }
    }

    /// A generator runs before it is asked for its values; what it did to the database would come too early.
    fn outside_of_generators(&self) -> Outcome<()> {
        if !self.is_generating() {
            return Ok(());
        }
        Err(self.unknown("a generator that talks to the database"))
    }

    /// Whether another revision has `word` in quotes.
    pub(crate) fn is_named_elsewhere(&self, word: &str) -> bool {
        let own = self.frames.first().map(|frame| frame.file.to_string());
        let own = own.unwrap_or_default();
        self.settings.siblings.mention(word, std::path::Path::new(&own))
    }

    /// Tells the program's author something.
    pub(crate) fn warn(&mut self, message: impl Into<String>) {
        let line = self.line();
        self.remarks.push(Remark::Doubt {
            line,
            message: message.into(),
        });
    }

    /// Runs statements whose rows nobody wants; one text may hold several.
    pub(crate) fn emit(&mut self, sql: &str) -> Outcome<Option<u64>> {
        self.outside_of_generators()?;
        self.forget_schemas();
        let line = self.line();
        let split = split(self.dialect, sql);
        if let Some(problem) = split.problems.first() {
            return Err(self.unknown(format!("the SQL '{}' ({})", first_words(sql), problem.message)));
        }
        let mut touched = None;
        for piece in split.pieces.iter().filter(|piece| !piece.sql.is_empty()) {
            // A program that ends its transaction itself wants what follows outside of it.
            match transaction_control(self.dialect, piece.sql) {
                Some("COMMIT" | "END") => self.autocommit(true)?,
                Some("BEGIN") => self.autocommit(false)?,
                // What divides a transaction stays in it.
                Some("SAVEPOINT" | "RELEASE SAVEPOINT") => touched = self.send(piece.sql, line)?,
                Some("ROLLBACK") if piece.sql.to_ascii_uppercase().contains(" TO ") => {
                    touched = self.send(piece.sql, line)?;
                }
                Some(other) => return Err(self.unknown(format!("'{other}' in a migration"))),
                None => touched = self.send(piece.sql, line)?,
            }
        }
        Ok(touched)
    }

    fn send(&mut self, sql: &str, line: usize) -> Outcome<Option<u64>> {
        let result = self.bind.execute(sql, line);
        result.map_err(|error| self.database(error, sql))
    }

    /// Runs a statement for its rows; without a database that ends the evaluation.
    pub(crate) fn query(&mut self, sql: &str) -> Outcome<Answer> {
        self.outside_of_generators()?;
        let line = self.line();
        if self.offline {
            return Err(self.needs_database(format!("the rows of {}", first_words(sql))));
        }
        // A query may change something: `SELECT create_hypertable(…)`, or a function of the user's.
        if !only_reads(self.dialect, sql) {
            self.forget_schemas();
        }
        let result = self.bind.query(sql, line);
        result.map_err(|error| self.database(error, sql))
    }

    /// Counts a statement of the program. Now and then it asks whether the run is to stop; without a database, an end that does not come is
    /// waited for when the program is run.
    fn take_step(&mut self) -> Outcome<()> {
        /// How many statements a program may take before it is run.
        const MOST: u64 = 200_000;
        self.steps += 1;
        if !self.steps.is_multiple_of(4096) {
            return Ok(());
        }
        if self.offline && self.steps > MOST {
            return Err(self.needs_database(format!("the end of more than {MOST} statements of Python")));
        }
        match self.bind.stops() {
            Some(error) => Err(self.database(error, "")),
            None => Ok(()),
        }
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
