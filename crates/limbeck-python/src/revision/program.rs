//! A revision as a program: run by the evaluator, or by the project's Python.

use std::path::PathBuf;
use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use limbeck_core::Dialect;
use limbeck_core::script::{
    Bind, Compiled, Depends, Direction, On, Program, ProgramError, Remark, ScriptError,
};

use super::{checksum, directory};
use crate::bridge::{self, Interpreter};
use crate::config::Config;
use crate::env::of_models;
use crate::vm::{self, Refusal, Settings};

/// Whether the project's own Python runs revisions; the path is its program.
///
/// # Examples
/// ```
/// use limbeck_python::Python;
///
/// assert_eq!(Python::default(), Python::Never);
/// let where_needed = Python::Auto("python3".into());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Python {
    /// It runs none: what the evaluator doesn't know is refused.
    #[default]
    Never,
    /// It runs those that have what the evaluator doesn't know.
    Auto(PathBuf),
    /// It runs all.
    Always(PathBuf),
}

/// What the revisions of a directory have in common.
#[derive(Debug)]
pub(super) struct Shared {
    given: Settings,
    /// env.py, where the models are named.
    env: PathBuf,
    /// With what the models' source says; read when a revision is first looked into.
    settings: OnceLock<Settings>,
    python: Python,
    interpreter: Interpreter,
    /// Why Python can't run revisions, once it was looked at.
    unfit: OnceLock<Option<String>>,
}

impl Shared {
    pub(super) fn new(config: &Config, settings: Settings, python: &Python) -> Self {
        let program = match python {
            Python::Never => PathBuf::new(),
            Python::Auto(program) | Python::Always(program) => program.clone(),
        };
        Self {
            given: settings,
            env: config.script_location.join("env.py"),
            settings: OnceLock::new(),
            python: python.clone(),
            interpreter: Interpreter {
                program,
                ini: config.files.ini.clone(),
                pyproject: config.files.pyproject.clone(),
                section: config.files.section.clone(),
                script_location: Some(config.script_location.clone()),
                path: config.prepended.clone(),
            },
            unfit: OnceLock::new(),
        }
    }

    fn settings(&self) -> &Settings {
        self.settings.get_or_init(|| {
            let mut settings = self.given.clone();
            if settings.naming_convention.is_empty() {
                settings.naming_convention = of_models(&self.env, &settings.search_path).unwrap_or_default();
            }
            settings
        })
    }

    fn unfit(&self) -> Option<&str> {
        self.unfit
            .get_or_init(|| self.interpreter.look().err())
            .as_deref()
    }
}

/// One revision. Its body is read when it is asked for.
#[derive(Debug)]
pub(super) struct PythonProgram {
    pub(super) path: PathBuf,
    pub(super) documentation: String,
    pub(super) shared: Arc<Shared>,
    /// What was noticed when it was compiled or run last.
    pub(super) remarks: Mutex<Vec<Remark>>,
    /// Whether Python runs it in that direction there, as it was found when it was compiled last.
    pub(super) left_to_python: Mutex<Option<(Direction, Dialect, bool)>>,
}

impl PythonProgram {
    fn noted(&self) -> MutexGuard<'_, Vec<Remark>> {
        unpoisoned(&self.remarks)
    }

    fn settings(&self) -> Rc<Settings> {
        Rc::new(self.shared.settings().clone())
    }

    /// Compiles it with the evaluator; or tells at which line, and why, Python has to run it.
    fn look(&self, direction: Direction, dialect: Dialect, is_script: bool) -> Result<Look, ScriptError> {
        let compiled = vm::compile(
            &self.path,
            direction,
            dialect,
            is_script,
            &self.settings(),
            &mut self.noted(),
        );
        match (compiled, &self.shared.python) {
            (Ok(Compiled::Missing), _) => Ok(Look::Native(Compiled::Missing)),
            (Ok(_) | Err(Refusal::Unknown(_)), Python::Always(_)) => Ok(Look::Python(None)),
            (Err(Refusal::Unknown(error)), Python::Auto(_)) => Ok(Look::Python(Some(error))),
            (Ok(compiled), _) => Ok(Look::Native(compiled)),
            (Err(refusal), _) => Err(refusal.into()),
        }
    }

    fn compiled(
        &self,
        direction: Direction,
        dialect: Dialect,
        is_script: bool,
    ) -> Result<Compiled, ScriptError> {
        let because = match self.look(direction, dialect, is_script)? {
            Look::Native(compiled) => return Ok(compiled),
            Look::Python(because) => because,
        };
        let file = self.path.display().to_string();
        let (line, why) = match because {
            Some(ScriptError::Bad {
                file: at,
                line,
                message,
                ..
            }) if at == file => (line, message),
            // It is in a file that the revision imports.
            Some(error) => (1, error.to_string()),
            None => (1, "all revisions are left to it".to_owned()),
        };
        if let Some(unfit) = self.shared.unfit() {
            return Err(ScriptError::Bad {
                file,
                line,
                column: 1,
                message: format!("Python has to run this ({why}), and can't: {unfit}"),
            });
        }
        Ok(Compiled::Depends(Depends {
            line,
            on: On::Python(why),
        }))
    }
}

/// Who runs a revision.
enum Look {
    Native(Compiled),
    /// Python, because of this where it isn't always.
    Python(Option<ScriptError>),
}

impl Program for PythonProgram {
    fn documentation(&self) -> Result<String, ScriptError> {
        Ok(self.documentation.clone())
    }

    fn checksum(&self) -> Result<String, ScriptError> {
        checksum::checksum(&self.path.display().to_string(), &directory::read(&self.path)?)
    }

    fn remarks(&self) -> Vec<Remark> {
        self.noted().clone()
    }

    fn compile(&self, direction: Direction, dialect: Dialect) -> Result<Compiled, ScriptError> {
        let compiled = self.compiled(direction, dialect, false)?;
        let is_left = matches!(&compiled, Compiled::Depends(depends) if matches!(depends.on, On::Python(_)));
        *unpoisoned(&self.left_to_python) = Some((direction, dialect, is_left));
        Ok(compiled)
    }

    fn script(&self, direction: Direction, dialect: Dialect) -> Result<Compiled, ScriptError> {
        self.compiled(direction, dialect, true)
    }

    fn run(&self, direction: Direction, bind: &mut dyn Bind) -> Result<(), ProgramError> {
        let known = *unpoisoned(&self.left_to_python);
        let is_left = match known {
            Some((known, dialect, is_left)) if known == direction && dialect == bind.dialect() => is_left,
            // What is wrong with it the evaluator tells again, with its place.
            _ => matches!(self.look(direction, bind.dialect(), false), Ok(Look::Python(_))),
        };
        let shared = &self.shared;
        if is_left {
            bridge::run(
                &shared.interpreter,
                &self.path,
                direction,
                bind,
                shared.settings(),
            )
        } else {
            vm::run(&self.path, direction, bind, &self.settings(), &mut self.noted())
        }
    }
}

/// What it holds, whatever became of those who had it before.
fn unpoisoned<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
