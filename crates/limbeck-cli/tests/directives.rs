//! The cases of autogenerate once more, in an Alembic directory: what is written is Alembic's directives, and brings a database there and
//! back.
//!
//! `LIMBECK_LONG=1` takes all cases, and lets genuine Alembic run what was written.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use libtest_mimic::{Failed, Trial};
use limbeck_testing::{Mariadb, Postgres, TestDatabase};

use super::files;
use super::session::Database;

/// Where cases are tried, whether with batches, and how many of the directives must have words, in percent: fewer say that words were
/// given up. SQLite's cases are about tables that are rebuilt, for which there are none.
const WORDS: [(Database, bool, usize); 4] = [
    (Database::Sqlite, false, 0),
    (Database::Sqlite, true, 0),
    (Database::Postgresql, false, 25),
    (Database::Mariadb, false, 25),
];

pub(crate) fn trials() -> Vec<Trial> {
    let trial = |(database, batch, least): (Database, bool, usize)| {
        let batches = if batch { "_batch" } else { "" };
        let name = format!("directives::{database:?}{batches}").to_lowercase();
        Trial::test(name, move || check(database, batch, least))
    };
    WORDS.into_iter().map(trial).collect()
}

fn is_long() -> bool {
    std::env::var_os("LIMBECK_LONG").is_some()
}

/// Tries the cases of a database, and counts what was written for them.
fn check(database: Database, batch: bool, least: usize) -> Result<(), Failed> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../limbeck/tests/generate");
    let all = files(&root);
    let cases = all.iter().filter_map(|file| Case::read(file, database));
    let every = if is_long() { 1 } else { 6 };
    let (mut words, mut sql, mut failures) = (0, 0, Vec::new());
    for case in cases.step_by(every) {
        match case.run(database, batch) {
            Ok(Some(text)) => {
                let calls = |start: &str| {
                    text.lines()
                        .filter(|line| line.trim_start().starts_with(start))
                        .count()
                };
                let executed = calls("op.execute(");
                sql += executed;
                words += calls("op.") + calls("batch_op.") - executed;
            }
            Ok(None) => {}
            Err(failure) => failures.push(format!("{}: {failure}", case.file.display())),
        }
    }
    let share = 100 * words / (words + sql).max(1);
    let _ = writeln!(
        std::io::stderr(),
        "{database:?}, batch {batch}: {words} directives in words, {sql} in SQL, {} failures",
        failures.len()
    );
    if !failures.is_empty() {
        return Err(failures.join("\n\n").into());
    }
    if share < least {
        return Err(format!("{share} % of the directives are words, and {least} % were").into());
    }
    Ok(())
}

/// A case of autogenerate.
struct Case {
    file: PathBuf,
    from: String,
    to: String,
    renames: Vec<String>,
}

impl Case {
    /// `None` where it is not for that database, or about something else than DDL.
    fn read(file: &Path, database: Database) -> Option<Self> {
        let text = fs::read_to_string(file).ok()?;
        let (head, rest) = text.split_once("=== ")?;
        let said = |word: &'static str| head.lines().filter_map(move |line| line.strip_prefix(word));
        let name = format!("{database:?}").to_lowercase();
        let is_for = said("only:").all(|only| {
            only.split_whitespace()
                .any(|known| known.trim_matches(',') == name)
        });
        let is_plain = ["ignore:", "error:", "crashes:", "warns:", "online:"]
            .into_iter()
            .all(|word| said(word).next().is_none());
        let mut from = None;
        let mut to = None;
        for part in rest.split("\n=== ") {
            let (title, body) = part.split_once('\n')?;
            match title {
                "from" => from = Some(body.to_owned()),
                "to" => to = Some(body.to_owned()),
                "models" => return None,
                _ => {}
            }
        }
        let renames = said("rename:").map(|rename| rename.trim().to_owned()).collect();
        (is_for && is_plain).then_some(Self {
            file: file.to_owned(),
            from: from?,
            to: to?,
            renames,
        })
    }

    /// What was written; nothing where there is nothing to write, or limbeck can't.
    fn run(&self, database: Database, batch: bool) -> Result<Option<String>, String> {
        let directory = tempfile::tempdir().map_err(|error| error.to_string())?;
        let project = Project::new(directory.path(), database, batch);
        let first = format!(
            "-- Revision ID: 000\n-- Revises: none\n\n-- limbeck:upgrade\n{}\n",
            self.from
        );
        project.write("versions/000_from.sql", &first);
        project.write("to.sql", &self.to);
        project.limbeck(&["upgrade", "head"])?;
        let mut arguments = vec![
            "revision",
            "--autogenerate",
            "-m",
            "to",
            "--rev-id",
            "001",
            "--allow-drop",
        ];
        arguments.extend(
            self.renames
                .iter()
                .flat_map(|rename| ["--rename", rename.as_str()]),
        );
        let said = match project.limbeck(&arguments) {
            Err(said) if said.contains("nothing was written: limbeck can't write") => return Ok(None),
            said => said?,
        };
        let Ok(text) = fs::read_to_string(directory.path().join("versions/001_to.py")) else {
            return Ok(None);
        };
        project.limbeck(&["upgrade", "head"])?;
        let again = project.limbeck(&["revision", "--autogenerate", "-m", "again", "--allow-drop"]);
        let is_left_alone = said.contains("left alone")
            || again
                .as_ref()
                .is_err_and(|said| said.contains("limbeck can't write"));
        if !is_left_alone && !again?.contains("there is nothing to write") {
            return Err(format!("the second run writes something\n{text}"));
        }
        project.limbeck(&["downgrade", "000"])?;
        // Alembic's own batches lose generated columns, and fail over views.
        if is_long() && !batch {
            // A revision in SQL is nothing to Alembic.
            let text = text.replace("= '000'", "= None");
            project.write("versions/001_to.py", &text);
            project.limbeck(&["stamp", "base", "--purge"])?;
            project
                .alembic(&["upgrade", "head"])
                .map_err(|said| format!("{said}\n{text}"))?;
            project
                .alembic(&["downgrade", "base"])
                .map_err(|said| format!("{said}\n{text}"))?;
        }
        Ok(Some(text))
    }
}

/// An Alembic directory, and a database that goes with it.
struct Project<'a> {
    directory: &'a Path,
    url: String,
    _database: Option<TestDatabase>,
}

const ENV_PY: &str = r#"from os import environ

from alembic import context
from sqlalchemy import create_engine

kind, rest = environ["DATABASE_URL"].split("://", 1)
drivers = {"sqlite": "", "postgresql": "+psycopg"}
url = kind + drivers.get(kind, "+pymysql") + "://" + rest
with create_engine(url).connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
"#;

impl<'a> Project<'a> {
    fn new(directory: &'a Path, database: Database, batch: bool) -> Self {
        let database = match database {
            Database::Sqlite => None,
            Database::Postgresql => Some(Postgres::shared().fresh_database()),
            Database::Mariadb => Some(Mariadb::shared().fresh_database()),
        };
        let url = database.as_ref().map(|database| database.url.clone());
        let project = Self {
            directory,
            url: url.unwrap_or_else(|| "sqlite:///app.db".to_owned()),
            _database: database,
        };
        project.write("alembic.ini", "[alembic]\nscript_location = %(here)s\n");
        project.write("env.py", ENV_PY);
        let settings = format!(
            "[tool.limbeck.models]\nsql = \"to.sql\"\n[tool.limbeck.alembic]\nrender_as_batch = {batch}\n[tool.limbeck.backup]\nwhen = \"never\"\n"
        );
        project.write("pyproject.toml", &settings);
        project
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.directory.join(name);
        fs::create_dir_all(path.parent().expect("it has one")).expect("there is room");
        fs::write(path, text).expect("there is room");
    }

    fn limbeck(&self, arguments: &[&str]) -> Result<String, String> {
        self.run(Path::new(env!("CARGO_BIN_EXE_limbeck")), arguments)
    }

    /// Genuine Alembic.
    fn alembic(&self, arguments: &[&str]) -> Result<String, String> {
        static PROGRAMS: OnceLock<PathBuf> = OnceLock::new();
        let home = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let programs = PROGRAMS.get_or_init(|| limbeck_testing::alembic(home));
        self.run(&programs.join("alembic"), arguments)
    }

    fn run(&self, program: &Path, arguments: &[&str]) -> Result<String, String> {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(self.directory)
            .env("XDG_CACHE_HOME", self.directory.join("cache"))
            .env("DATABASE_URL", &self.url);
        let output = command.output().expect("it can be started");
        let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        if output.status.success() {
            Ok(said.into_owned())
        } else {
            Err(format!("{} failed\n{said}", arguments.join(" ")))
        }
    }
}
