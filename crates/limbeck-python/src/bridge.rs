//! Revisions that only Python can run: the project's own runs them, and limbeck every statement of theirs.
//!
//! A helper in Python is started, which gives SQLAlchemy a database driver whose statements travel over a pipe and run on limbeck's
//! own connection, in its transaction and under its lock. The rest is the real Alembic.

mod message;
mod process;
mod session;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use limbeck_core::script::{Bind, Direction, ProgramError};

use crate::vm::Settings;
use message::{Event, Job, Task};
use process::Process;
use session::Session;

/// The project's Python, and what Alembic is told there.
#[derive(Debug, Clone, Default)]
pub(crate) struct Interpreter {
    /// The program.
    pub(crate) program: PathBuf,
    /// alembic.ini.
    pub(crate) ini: Option<PathBuf>,
    /// pyproject.toml, where it has `[tool.alembic]`.
    pub(crate) pyproject: Option<PathBuf>,
    /// The section of alembic.ini.
    pub(crate) section: String,
    /// The directory of env.py, which is not run.
    pub(crate) script_location: Option<PathBuf>,
    /// Where Python looks for modules before all else: `prepend_sys_path`.
    pub(crate) path: Vec<PathBuf>,
}

/// What a Python has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    /// The version of Python itself.
    pub(crate) python: String,
    /// The version of Alembic.
    pub(crate) alembic: String,
    /// The version of SQLAlchemy.
    pub(crate) sqlalchemy: String,
}

impl Interpreter {
    /// Starts Python and looks whether it could run revisions. Nothing of the project is run.
    ///
    /// # Errors
    /// What is missing, and what to do.
    pub(crate) fn look(&self) -> Result<Found, String> {
        let task = Task::Look {
            path: texts(&self.path)?,
        };
        let mut process = Process::start(&self.program, &[], &task)?;
        loop {
            match process.next(None) {
                Event::Found {
                    python,
                    alembic,
                    sqlalchemy,
                } => {
                    return Ok(Found {
                        python,
                        alembic,
                        sqlalchemy,
                    });
                }
                Event::Missing { module } => return Err(self.lacks(&module)),
                Event::Failed(failed) => return Err(self.failed(&failed.message)),
                Event::Gone(last) => return Err(self.failed(&last)),
                _ => {}
            }
        }
    }

    fn lacks(&self, module: &str) -> String {
        format!(
            "'{}' has no module '{module}': install it there (pip install {module}), or set LIMBECK_PYTHON to the project's Python",
            self.program.display()
        )
    }

    fn failed(&self, last: &str) -> String {
        let last = if last.is_empty() { "it said nothing" } else { last };
        format!(
            "'{}' ended before its work was done: {last}",
            self.program.display()
        )
    }
}

/// Runs the `upgrade()` or `downgrade()` of a file with Python.
///
/// # Errors
/// [`ProgramError`] where it stops.
pub(crate) fn run(
    python: &Interpreter,
    path: &Path,
    direction: Direction,
    bind: &mut dyn Bind,
    settings: &Settings,
) -> Result<(), ProgramError> {
    let failed = |message| ProgramError {
        file: path.display().to_string(),
        line: 1,
        message,
        sql: None,
        source: None,
    };
    let task = task(python, path, direction, bind, settings).map_err(failed)?;
    let process = Process::start(&python.program, &settings.environment, &task).map_err(failed)?;
    Session::new(python, path, bind).serve(process)
}

fn task(
    python: &Interpreter,
    path: &Path,
    direction: Direction,
    bind: &dyn Bind,
    settings: &Settings,
) -> Result<Task, String> {
    let of = |path: &Option<PathBuf>| path.as_deref().map(text).transpose();
    Ok(Task::Run(Box::new(Job {
        // Python knows the file by its whole path, too.
        file: text(&std::path::absolute(path).map_err(|error| format!("its path is not known: {error}"))?)?,
        direction: direction.name(),
        dialect: settings.called(bind.dialect()).name(),
        path: texts(&python.path)?,
        ini: of(&python.ini)?,
        pyproject: of(&python.pyproject)?,
        section: python.section.clone(),
        script_location: of(&python.script_location)?,
        x: settings.x_arguments.clone(),
        naming_convention: settings.naming_convention.clone(),
        main_options: settings.main_options.clone(),
        version_table_schema: settings.version_table_schema.clone(),
    })))
}

fn texts(paths: &[PathBuf]) -> Result<Vec<String>, String> {
    paths.iter().map(|path| text(path)).collect()
}

fn text(path: &Path) -> Result<String, String> {
    let text = path.to_str().map(str::to_owned);
    text.ok_or_else(|| {
        format!(
            "the path '{}' is not UTF-8, and can't be given to Python",
            path.display()
        )
    })
}
