//! Revisions are run through the bridge, and by genuine Alembic with the usual driver: both must see the same.

mod connection;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use limbeck_core::script::{BindErrorKind, Direction, ProgramError};
use limbeck_testing::{Mariadb, Postgres};
use tempfile::TempDir;

use super::{Interpreter, run};
use crate::vm::Settings;
use connection::{Connection, Server};

const PACKAGES: &str = "alembic==1.20.1 sqlalchemy==2.1.9 psycopg2-binary==2.9.13 pymysql==1.2.4";

fn python() -> PathBuf {
    static PYTHON: OnceLock<PathBuf> = OnceLock::new();
    let make = || {
        let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/alembic-bridge");
        limbeck_testing::python(&home, PACKAGES).join("python")
    };
    PYTHON.get_or_init(make).clone()
}

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/bridge")
        .join(name)
}

fn interpreter() -> Interpreter {
    Interpreter {
        program: python(),
        section: "alembic".to_owned(),
        ..Interpreter::default()
    }
}

/// Runs a file through the bridge; what it printed, and how it ended.
fn through_limbeck(
    python: &Interpreter,
    connection: &mut Connection,
    file: &Path,
) -> (Vec<String>, Result<(), ProgramError>) {
    let settings = Settings {
        environment: vec![("PYTHONDONTWRITEBYTECODE".to_owned(), "1".to_owned())],
        naming_convention: vec![("uq".to_owned(), "unique_%(table_name)s".to_owned())],
        x_arguments: vec!["tenant=blue".to_owned()],
        main_options: vec![("colour".to_owned(), "50%".to_owned())],
        ..Settings::default()
    };
    let result = run(python, file, Direction::Upgrade, connection, &settings);
    (connection.said.clone(), result)
}

/// Runs a text as a revision on SQLite.
fn run_text(text: &str) -> (Vec<String>, Result<(), ProgramError>, Connection) {
    let directory = tempfile::tempdir().expect("a temporary directory can be made");
    let file = directory.path().join("001_a.py");
    fs::write(&file, text).expect("it can be written");
    let mut connection = Connection::new(&python(), Server::sqlite());
    let (said, result) = through_limbeck(&interpreter(), &mut connection, &file);
    (said, result, connection)
}

fn error_of(text: &str) -> ProgramError {
    run_text(text).1.expect_err("it fails")
}

fn genuine(url: &str, file_: &Path) -> Vec<String> {
    let mut command = Command::new(python());
    let output = command
        .arg(file("genuine.py"))
        .arg(url)
        .arg(file_)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .expect("Python can be started");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(str::to_owned)
        .collect()
}

/// Runs the cases for all databases, and the database's own, both ways.
fn compare(kind: &str, fresh: impl Fn() -> Server) {
    for name in [
        "common/core.py".to_owned(),
        "common/rows.py".to_owned(),
        format!("{kind}/driver.py"),
    ] {
        let case = file(&name);
        let server = fresh();
        let theirs = genuine(&server.url, &case);
        let mut connection = Connection::new(&python(), fresh());
        let (ours, result) = through_limbeck(&interpreter(), &mut connection, &case);
        result.unwrap_or_else(|error| panic!("{name}: {error}\n{:?}", error.sql));
        assert!(!ours.is_empty(), "{name} says nothing");
        for (line, (ours, theirs)) in ours.iter().zip(&theirs).enumerate() {
            assert_eq!(ours, theirs, "{name} on {kind}, line {}", line + 1);
        }
        assert_eq!(ours.len(), theirs.len(), "{name} on {kind}");
    }
}

#[test]
fn programs_see_the_same_on_sqlite() {
    compare("sqlite", Server::sqlite);
}

#[test]
fn programs_see_the_same_on_postgresql() {
    compare("postgresql", || Server::postgresql(Postgres::shared()));
}

#[test]
fn programs_see_the_same_on_mariadb() {
    compare("mariadb", || Server::mariadb(Mariadb::shared()));
}

#[test]
fn what_fails_is_the_databases_own_error() {
    let error = error_of(
        "from alembic import op\n\ndef upgrade():\n    op.execute('INSERT INTO nowhere VALUES (1)')\n",
    );
    assert_eq!(error.line, 4);
    assert_eq!(error.message, "no such table: nowhere");
    assert_eq!(error.sql.as_deref(), Some("INSERT INTO nowhere VALUES (1)"));
    let source = error.source.expect("the database's error is kept");
    assert_eq!(source.kind, BindErrorKind::Operational);
    assert_eq!(source.code.as_deref(), Some("SQLITE_ERROR"));
}

#[test]
fn an_exception_that_comes_of_it_is_told_with_it() {
    let error = error_of(
        "from alembic import op\n\ndef upgrade():\n    try:\n        op.execute('DROP TABLE nowhere')\n    except Exception as error:\n        raise RuntimeError('it was not there') from error\n",
    );
    assert_eq!(
        (error.line, error.message.as_str()),
        (7, "RuntimeError: it was not there")
    );
    assert_eq!(
        error.source.expect("the database's error is kept").message,
        "no such table: nowhere"
    );
}

#[test]
fn exceptions_are_told_with_the_line_and_what_was_called() {
    let error = error_of("import json\n\ndef upgrade():\n    json.loads('{')\n");
    assert_eq!(error.line, 4);
    let lines: Vec<&str> = error.message.lines().collect();
    assert!(
        lines[0].starts_with("json.decoder.JSONDecodeError: Expecting property name"),
        "{lines:?}"
    );
    assert!(
        lines[3].contains("json/decoder.py:") && lines[3].contains(", in raw_decode: "),
        "{lines:?}"
    );

    let error = error_of("def upgrade():\n    import nowhere.at_all\n");
    assert_eq!(error.message, "ModuleNotFoundError: No module named 'nowhere'");
    let error = error_of("\ndef upgrade(:\n    pass\n");
    assert_eq!(
        (error.line, error.message.as_str()),
        (2, "SyntaxError: invalid syntax")
    );
    let error = error_of("import sys\n\ndef upgrade():\n    sys.exit('enough')\n");
    assert_eq!((error.line, error.message.as_str()), (4, "SystemExit: enough"));
}

#[test]
fn alembic_is_told_what_limbeck_knows() {
    let (said, result, mut connection) = run_text(
        "import sqlalchemy as sa\nfrom alembic import context, op\n\ndef upgrade():\n    print(context.get_x_argument(as_dictionary=True), context.config.get_main_option('colour'))\n    op.create_table('t', sa.Column('a', sa.Integer), sa.UniqueConstraint('a'))\n    print('an end without a line', end='')\n",
    );
    result.expect("it runs");
    assert_eq!(said, ["{'tenant': 'blue'} 50%", "an end without a line"]);
    let table = connection.ask("SELECT sql FROM sqlite_schema WHERE name = 't'");
    assert!(
        format!("{table:?}").contains("CONSTRAINT unique_t UNIQUE (a)"),
        "{table:?}"
    );
}

#[test]
fn a_rollback_that_matters_is_refused() {
    let rolls_back = "import sqlalchemy as sa\nfrom alembic import op\nfrom sqlalchemy.orm import Session\n\ndef upgrade():\n    op.execute('CREATE TABLE t (a INTEGER)')\n    session = Session(bind=op.get_bind())\n    session.execute(sa.text('INSERT INTO t VALUES (1)'))\n    session.rollback()\n";
    let error = error_of(rolls_back);
    assert!(error.message.contains("line 9 rolls back"), "{}", error.message);
    let goes_on = format!("{rolls_back}    op.execute('INSERT INTO t VALUES (2)')\n");
    assert_eq!(error_of(&goes_on).line, 10);

    let reads = "import sqlalchemy as sa\nfrom alembic import op\n\ndef upgrade():\n    with op.get_bind().engine.connect() as other:\n        print(other.execute(sa.text('SELECT 1')).scalar())\n    op.execute('CREATE TABLE t (a INTEGER)')\n";
    run_text(reads).1.expect("nothing is taken back");
}

#[test]
fn a_run_that_is_to_stop_ends_the_program() {
    let text = "from alembic import op\n\ndef upgrade():\n    try:\n        op.execute('SELECT stop')\n    except BaseException:\n        pass\n    op.execute('CREATE TABLE t (a INTEGER)')\n";
    let (_, result, connection) = run_text(text);
    let error = result.expect_err("it is stopped");
    assert_eq!(error.source.expect("it is the run's").kind, BindErrorKind::Stop);
    assert!(
        !connection.sent.iter().any(|sql| sql.starts_with("CREATE")),
        "{:?}",
        connection.sent
    );
}

#[test]
fn a_program_that_is_busy_is_stopped_too() {
    let directory = tempfile::tempdir().expect("a temporary directory can be made");
    let file = directory.path().join("001_a.py");
    let text = "import os, time\nfrom alembic import op\n\ndef upgrade():\n    print(os.getpid())\n    op.execute(\"SELECT 'busy'\")\n    time.sleep(600)\n";
    fs::write(&file, text).expect("it can be written");
    let mut connection = Connection::new(&python(), Server::sqlite());
    let began = Instant::now();
    let (said, result) = through_limbeck(&interpreter(), &mut connection, &file);
    let error = result.expect_err("it is stopped");
    assert_eq!(error.source.expect("it is the run's").kind, BindErrorKind::Stop);
    assert!(began.elapsed() < Duration::from_secs(300));
    let process = format!("/proc/{}", said[0]);
    assert!(!Path::new(&process).exists(), "it is still there");
}

#[test]
fn what_is_missing_is_named() {
    let found = interpreter().look().expect("it has what is needed");
    assert_eq!(
        (found.alembic.as_str(), found.sqlalchemy.as_str()),
        ("1.20.1", "2.1.9")
    );

    let none = Interpreter {
        program: "/nowhere/python3".into(),
        ..interpreter()
    };
    let message = none.look().expect_err("there is none");
    assert!(
        message.contains("there is no program '/nowhere/python3': install Python"),
        "{message}"
    );

    let directory = tempfile::tempdir().expect("a temporary directory can be made");
    let bare = Interpreter {
        program: bare(&directory),
        ..interpreter()
    };
    let message = bare.look().expect_err("it has no packages");
    assert!(
        message.contains("has no module 'sqlalchemy': install it there"),
        "{message}"
    );

    let other = Interpreter {
        program: "false".into(),
        ..interpreter()
    };
    let message = other.look().expect_err("it is no Python");
    assert!(
        message.contains("'false' ended before its work was done"),
        "{message}"
    );
}

/// A Python without packages.
fn bare(directory: &TempDir) -> PathBuf {
    let home = directory.path().join("bare");
    let made = Command::new("python3")
        .args(["-m", "venv", "--without-pip"])
        .arg(&home)
        .status();
    assert!(made.is_ok_and(|status| status.success()), "python3 has no venv");
    home.join("bin/python")
}
