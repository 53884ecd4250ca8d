//! A revision as a program: compiled without a database, or run on one.

use std::path::Path;
use std::rc::Rc;

use limbeck_core::Dialect;
use limbeck_core::schema::Schema;
use limbeck_core::script::{
    Answer, Bind, BindError, BindErrorKind, Compiled, Depends, Direction, On, ProgramError, Remark,
    ScriptError, Statement,
};

use super::{Settings, Source, Vm};
use crate::value::{Args, Exception, Outcome, Raise, Stop, Value};

/// Why a revision can't be compiled.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// It can't be read, is no Python, or fails.
    Wrong(ScriptError),
    /// It has what the evaluator does not know, and Python may.
    Unknown(ScriptError),
}

impl From<ScriptError> for Refusal {
    fn from(error: ScriptError) -> Self {
        Self::Wrong(error)
    }
}

impl From<Refusal> for ScriptError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Wrong(error) | Refusal::Unknown(error) => error,
        }
    }
}

/// Runs the `upgrade()` or `downgrade()` of a file without a database, as far as that goes. `is_script` says that there will be none: what it
/// runs is written into a script.
///
/// # Errors
/// [`Refusal`] when the file can't be read, is no Python, or has what is not understood.
pub(crate) fn compile(
    path: &Path,
    direction: Direction,
    dialect: Dialect,
    is_script: bool,
    settings: &Rc<Settings>,
    remarks: &mut Vec<Remark>,
) -> Result<Compiled, Refusal> {
    let (source, text) = read(path)?;
    let mut recorder = Recorder::new(dialect, &text);
    let mut vm = Vm::new(&mut recorder, settings.clone(), true);
    vm.is_script = is_script;
    let result = vm.run_revision(&source, path, direction);
    let mut is_unknown = matches!(&result, Err(Raise::Stop(stop)) if matches!(**stop, Stop::Unknown { .. }));
    let mut result = result.map_err(|raise| vm.stopped(raise));
    // The rest of it is run only when it is too late to say that it can't be.
    if let Err(Stopped::NeedsDatabase { .. }) = &result
        && let Some(doubt) = vm.first_doubt(&source, path, direction)
    {
        is_unknown = true;
        result = Err(Stopped::Failed(doubt));
    }
    *remarks = std::mem::take(&mut vm.remarks);
    drop(vm);
    match result {
        Ok(true) => Ok(Compiled::Statements(recorder.statements)),
        Ok(false) => Ok(Compiled::Missing),
        Err(Stopped::NeedsDatabase { line, what }) => {
            let on = On::Database(what);
            Ok(Compiled::Depends(Depends { line, on }))
        }
        Err(Stopped::Failed(error)) => {
            let wrong = if is_unknown {
                Refusal::Unknown
            } else {
                Refusal::Wrong
            };
            Err(wrong(ScriptError::Bad {
                file: error.file,
                line: error.line,
                column: 1,
                message: error.message,
            }))
        }
    }
}

/// Runs the `upgrade()` or `downgrade()` of a file on a database.
///
/// # Errors
/// [`ProgramError`] where it stops.
pub(crate) fn run(
    path: &Path,
    direction: Direction,
    bind: &mut dyn Bind,
    settings: &Rc<Settings>,
    remarks: &mut Vec<Remark>,
) -> Result<(), ProgramError> {
    let failed = |message: String| ProgramError {
        file: path.display().to_string(),
        line: 1,
        message,
        sql: None,
        source: None,
    };
    let (source, _) = read(path).map_err(|error| failed(error.to_string()))?;
    let mut vm = Vm::new(bind, settings.clone(), false);
    let result = vm.run_revision(&source, path, direction);
    *remarks = std::mem::take(&mut vm.remarks);
    match result {
        Ok(true) => Ok(()),
        Ok(false) => Err(failed(format!("it has no function '{}'", direction.name()))),
        Err(Raise::Stop(stop)) if matches!(*stop, Stop::Unknown { .. }) => {
            let Stopped::Failed(mut error) = vm.stopped(Raise::Stop(stop)) else {
                unreachable!("it is about what is unknown");
            };
            error
                .message
                .push_str("; with [alembic] python = \"always\" the project's Python runs it");
            Err(error)
        }
        Err(raise) => Err(match vm.stopped(raise) {
            Stopped::Failed(error) => error,
            Stopped::NeedsDatabase { line, what } => ProgramError {
                line,
                ..failed(format!("it asks for {what}, and there is no database"))
            },
        }),
    }
}

fn read(path: &Path) -> Result<(Rc<Source>, String), ScriptError> {
    let file = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|source| ScriptError::Io {
        verb: "read",
        path: path.to_owned(),
        source,
    })?;
    match Source::parse(&file, &text) {
        Ok(source) => Ok((Rc::new(source), text)),
        Err(error) => Err(ScriptError::Bad {
            file,
            line: error.line,
            column: 1,
            message: error.message,
        }),
    }
}

/// Why a program stopped.
enum Stopped {
    NeedsDatabase { line: usize, what: String },
    Failed(ProgramError),
}

impl Vm<'_> {
    /// Calls the function of the direction; whether there is one.
    fn run_revision(&mut self, source: &Rc<Source>, path: &Path, direction: Direction) -> Outcome<bool> {
        let directory = path.parent().unwrap_or(Path::new("")).to_owned();
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let module = self.add_module(&name, source.clone(), directory);
        self.enter_frame(source.file.clone(), 1);
        let Some(function) = self.defined(&module, direction.name())? else {
            return Ok(false);
        };
        self.call(&function, Args::default())?;
        Ok(true)
    }

    /// What the evaluator does not know in the function of the direction, if there is something.
    fn first_doubt(
        &mut self,
        source: &Rc<Source>,
        path: &Path,
        direction: Direction,
    ) -> Option<ProgramError> {
        let name = path.file_stem()?.to_string_lossy();
        let module = self.modules.get(&*name)?.clone();
        self.enter_frame(source.file.clone(), 1);
        let Ok(Some(Value::Function(function))) = self.defined(&module, direction.name()) else {
            return None;
        };
        let doubt = self.doubts(&function).into_iter().next()?;
        Some(ProgramError {
            file: doubt.file.to_string(),
            line: doubt.line,
            message: format!("{} is not understood", doubt.what),
            sql: None,
            source: None,
        })
    }

    /// Runs all of a source, from its first statement to its last.
    #[cfg(test)]
    pub(crate) fn run_module(&mut self, source: &Rc<Source>) -> Outcome<()> {
        let module = self.add_module("__main__", source.clone(), Path::new("").to_owned());
        self.nothing_left(&module);
        self.enter_frame(source.file.clone(), 1);
        let scope = super::scope::Scope::of_module(module, source.clone());
        self.block(source.statements(), &scope).map(drop)
    }

    fn stopped(&mut self, raise: Raise) -> Stopped {
        match raise {
            Raise::Exception(exception) => Stopped::Failed(self.uncaught(exception)),
            Raise::Stop(stop) => match *stop {
                Stop::Unknown { file, line, what } => Stopped::Failed(ProgramError {
                    file: file.to_string(),
                    line,
                    message: format!("{what} is not understood"),
                    sql: None,
                    source: None,
                }),
                Stop::NeedsDatabase { line, what } => Stopped::NeedsDatabase { line, what },
                Stop::Bind { line, error, sql } => Stopped::Failed(ProgramError {
                    file: self
                        .frames
                        .first()
                        .map(|frame| frame.file.to_string())
                        .unwrap_or_default(),
                    line,
                    message: error.message.clone(),
                    sql: (!sql.is_empty()).then_some(sql),
                    source: Some(Box::new(error)),
                }),
            },
        }
    }

    fn uncaught(&mut self, exception: Exception) -> ProgramError {
        let message = exception.headline(self);
        let (file, line) = (exception.file.to_string(), exception.line);
        let (mut sql, mut source) = (None, None);
        // Nobody else has it any more.
        if let Some(database) = exception.database.and_then(Rc::into_inner) {
            sql = Some(database.1).filter(|sql| !sql.is_empty());
            source = Some(Box::new(database.0));
        }
        ProgramError {
            file,
            line,
            message,
            sql,
            source,
        }
    }
}

/// Takes statements down instead of running them.
pub(crate) struct Recorder<'a> {
    dialect: Dialect,
    text: &'a str,
    autocommit: bool,
    statements: Vec<Statement>,
}

impl<'a> Recorder<'a> {
    pub(crate) fn new(dialect: Dialect, text: &'a str) -> Self {
        Self {
            dialect,
            text,
            autocommit: false,
            statements: Vec::new(),
        }
    }
}

impl Bind for Recorder<'_> {
    fn dialect(&self) -> Dialect {
        self.dialect
    }

    fn execute(&mut self, sql: &str, line: usize) -> Result<Option<u64>, BindError> {
        let before: usize = self
            .text
            .split_inclusive('\n')
            .take(line.saturating_sub(1))
            .map(str::len)
            .sum();
        self.statements.push(Statement {
            sql: sql.to_owned(),
            autocommit: self.autocommit,
            hazards: Vec::new(),
            offset: before,
            line,
        });
        Ok(None)
    }

    fn query(&mut self, _sql: &str, _line: usize) -> Result<Answer, BindError> {
        Err(no_database())
    }

    fn autocommit(&mut self, on: bool, _line: usize) -> Result<(), BindError> {
        self.autocommit = on;
        Ok(())
    }

    fn schema(&mut self, _name: Option<&str>) -> Result<Schema, BindError> {
        Err(no_database())
    }
}

fn no_database() -> BindError {
    BindError {
        kind: BindErrorKind::Stop,
        message: "there is no database to ask".to_owned(),
        code: None,
        source: None,
    }
}
