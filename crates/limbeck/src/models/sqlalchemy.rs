//! SQLAlchemy's models: Python prints their DDL, and is not asked again while nothing that it read has changed.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use limbeck_core::Dialect;
use serde::{Deserialize, Serialize};

use super::store::{Key, Store};
use super::trace::{self, Trace};
use super::{CompareOptions, SchemaSource, ddl};
use crate::error::Error;

/// Prints the DDL of SQLAlchemy models.
const PROGRAM: &str = concat!(include_str!("trace.py"), "\n\n", include_str!("sqlalchemy.py"));

/// What changes from one terminal to the next, and means nothing to models. The directory is told by itself.
const NO_MATTER: [&str; 17] = [
    "COLORTERM",
    "COLUMNS",
    "LINES",
    "OLDPWD",
    "PWD",
    "SHLVL",
    "SSH_CLIENT",
    "SSH_CONNECTION",
    "SSH_TTY",
    "STY",
    "TERM",
    "TERM_PROGRAM",
    "TERM_SESSION_ID",
    "TMUX",
    "TMUX_PANE",
    "WINDOWID",
    "_",
];

type Environment = [(OsString, OsString)];

/// What Python printed, and what it had read for that.
#[derive(Serialize, Deserialize)]
struct Printed {
    ddl: String,
    trace: Trace,
}

/// Models, and who tells them.
pub(super) struct Models<'a> {
    /// Who tells them, for people.
    pub(super) source: &'a SchemaSource,
    /// What the program is told of them.
    pub(super) spec: &'a str,
    pub(super) python: &'a Path,
    pub(super) directory: &'a Path,
    pub(super) dialect: Dialect,
}

impl Models<'_> {
    /// Their DDL: what was printed before, if Python would print the same.
    pub(super) fn ddl(&self, options: &CompareOptions) -> Result<String, Error> {
        let environment = options.environment.as_deref();
        let program = environment.and_then(|environment| found(self.python, environment));
        let (Some(cache), Some(environment), Some(program)) = (&options.cache, environment, program) else {
            return self.print(options, self.python, false);
        };
        let Some(key) = self.key(&program, environment) else {
            return self.print(options, self.python, false);
        };
        let store = Store::new(cache, "sqlalchemy");
        if let Some(printed) = store.get::<Printed>(&key)
            && printed.trace.holds()
        {
            return Ok(printed.ddl);
        }
        let (ddl, trace) = trace::cut(self.print(options, &program, true)?);
        let Some(trace) = trace.filter(Trace::is_whole) else {
            return Ok(ddl);
        };
        let printed = Printed { ddl, trace };
        store.put(&key, &printed);
        Ok(printed.ddl)
    }

    fn print(&self, options: &CompareOptions, program: &Path, traced: bool) -> Result<String, Error> {
        let mut command = ddl::program_in(options, program.as_os_str());
        command.args(["-c", PROGRAM, self.spec, self.dialect.name()]);
        if traced {
            command.arg(program);
        }
        let hint = ". Another Python is named with LIMBECK_PYTHON";
        ddl::output(&mut command, self.directory, self.source, hint)
    }

    /// A hash of what the run depends on, beside what it reads.
    fn key(&self, program: &Path, environment: &Environment) -> Option<Key> {
        let directory = match self.directory.as_os_str().is_empty() {
            true => Path::new("."),
            false => self.directory,
        };
        let mut key = Key::default();
        key.add(PROGRAM);
        key.add(self.spec);
        key.add(self.dialect.name());
        key.add(program.as_os_str().as_bytes());
        key.add(std::path::absolute(directory).ok()?.as_os_str().as_bytes());
        let matters = |name: &OsStr| !NO_MATTER.iter().any(|other| name == *other);
        let mut environment: Vec<_> = environment.iter().filter(|(name, _)| matters(name)).collect();
        environment.sort();
        for (name, value) in environment {
            key.add(name.as_bytes());
            key.add(value.as_bytes());
        }
        Some(key)
    }
}

/// The program that would be started, if that can be told.
fn found(python: &Path, environment: &Environment) -> Option<PathBuf> {
    if python.components().count() > 1 {
        return python.is_absolute().then(|| python.to_owned());
    }
    let (_, path) = environment.iter().find(|(name, _)| name == "PATH")?;
    let mut places = std::env::split_paths(path).map(|place| place.join(python));
    places.find(|place| {
        let found = place.metadata();
        found.is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key of models in an environment.
    fn key(change: impl FnOnce(&mut Models<'_>), environment: &[(&str, &str)]) -> String {
        let mut models = Models {
            source: &SchemaSource::Revisions,
            spec: "app.models:Base",
            python: Path::new("python3"),
            directory: Path::new("/srv/app"),
            dialect: Dialect::Sqlite,
        };
        change(&mut models);
        let environment: Vec<_> = environment
            .iter()
            .map(|(name, value)| (OsString::from(name), OsString::from(value)))
            .collect();
        let key = models.key(Path::new("/usr/bin/python3"), &environment);
        key.expect("the directory is known").hex()
    }

    #[test]
    fn everything_counts_that_models_are_asked_with() {
        let same = |_: &mut Models<'_>| {};
        let first = key(same, &[("A", "1"), ("B", "2")]);
        assert_eq!(first, key(same, &[("B", "2"), ("A", "1")]));
        assert_eq!(
            first,
            key(same, &[("A", "1"), ("B", "2"), ("SHLVL", "3"), ("_", "x")])
        );
        let others = [
            key(same, &[("A", "1")]),
            key(same, &[("A", "1"), ("B", "3")]),
            key(same, &[("A", "1B"), ("", "2")]),
            key(
                |models| models.spec = "app.models:Other",
                &[("A", "1"), ("B", "2")],
            ),
            key(
                |models| models.directory = Path::new("/srv/other"),
                &[("A", "1"), ("B", "2")],
            ),
            key(
                |models| models.directory = Path::new(""),
                &[("A", "1"), ("B", "2")],
            ),
            key(
                |models| models.dialect = Dialect::Postgresql,
                &[("A", "1"), ("B", "2")],
            ),
        ];
        assert!(!others.contains(&first));
    }

    #[test]
    fn a_name_is_looked_for_in_the_path() {
        let directory = tempfile::TempDir::new().expect("there is room");
        for (place, mode) in [("a", 0o644), ("b", 0o755), ("c", 0o755)] {
            let program = directory.path().join(place).join("python3");
            std::fs::create_dir(program.parent().expect("it has one")).expect("it is not there");
            std::fs::write(&program, "").expect("it can be written");
            std::fs::set_permissions(&program, PermissionsExt::from_mode(mode)).expect("it is there");
        }
        let places = ["none", "a", "b", "c"].map(|place| directory.path().join(place));
        let path = std::env::join_paths(&places).expect("they can be joined");
        let environment = [(OsString::from("PATH"), path)];
        let found = |python: &str| found(Path::new(python), &environment);
        assert_eq!(found("python3"), Some(places[2].join("python3")));
        assert_eq!(found("python4"), None);
        assert_eq!(found("/usr/bin/python3"), Some("/usr/bin/python3".into()));
        // Where that leads is decided behind a change of the directory.
        assert_eq!(found(".venv/bin/python"), None);
    }
}
