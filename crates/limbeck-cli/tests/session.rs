//! Runs a session file.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use libtest_mimic::Failed;
use limbeck_testing::{Mariadb, Postgres};
use regex::Regex;

/// Where a session is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Database {
    Sqlite,
    Postgresql,
    Mariadb,
}

const HEAD: &str = "# databases:";

/// The databases that a session names in its first line.
pub(crate) fn databases(file: &Path) -> Vec<Database> {
    let text = fs::read_to_string(file).expect("session files are text");
    let Some(names) = text.lines().next().and_then(|line| line.strip_prefix(HEAD)) else {
        return vec![Database::Sqlite];
    };
    let database = |name: &str| match name {
        "sqlite" => Database::Sqlite,
        "postgresql" => Database::Postgresql,
        "mariadb" => Database::Mariadb,
        other => panic!("{}: '{other}' is no database", file.display()),
    };
    names.split_whitespace().map(database).collect()
}

/// Runs a session, and compares what it prints.
pub(crate) fn check(file: &Path, database: Database) -> Result<(), Failed> {
    let text = fs::read_to_string(file)?;
    let (files, session) = text
        .split_once("=== session\n")
        .ok_or("the file has no '=== session'")?;
    let directory = tempfile::tempdir()?;
    for part in files.split("=== ").skip(1) {
        let (path, content) = part.split_once('\n').ok_or("a file has no text")?;
        let path = directory.path().join(path.trim());
        fs::create_dir_all(path.parent().ok_or("a file has no directory")?)?;
        fs::write(path, content)?;
    }
    // Dropped, with what is in it, when the session is over.
    let (url, _database) = match database {
        Database::Sqlite => ("sqlite:///app.db".to_owned(), None),
        Database::Postgresql => {
            let database = Postgres::shared().fresh_database();
            (database.url.clone(), Some(database))
        }
        Database::Mariadb => {
            let database = Mariadb::shared().fresh_database();
            (database.url.clone(), Some(database))
        }
    };
    let actual: String = session
        .lines()
        .filter_map(|line| line.strip_prefix("$ "))
        .map(|line| format!("$ {line}\n{}", run(line, directory.path(), &url)))
        .collect();
    if actual == session {
        return Ok(());
    }
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(file, format!("{files}=== session\n{actual}"))?;
        return Ok(());
    }
    Err(format!(
        "{}\n--- expected\n{session}\n--- printed\n{actual}",
        file.display()
    )
    .into())
}

fn run(line: &str, directory: &Path, url: &str) -> String {
    let bin = Path::new(env!("CARGO_BIN_EXE_limbeck"))
        .parent()
        .expect("it is a file in a directory")
        .display();
    let output = Command::new("sh")
        .args(["-c", &format!("exec 2>&1; {line}")])
        .current_dir(directory)
        .env_clear()
        .env(
            "PATH",
            format!("{bin}:{}/usr/local/bin:/usr/bin:/bin", python(line)),
        )
        .env("ROOT", concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
        .env("DATABASE_URL", url)
        .env("USER", "ada")
        .stdin(Stdio::null())
        .output()
        .expect("sh can be started");
    let mut text = normalise(&String::from_utf8_lossy(&output.stdout), directory, url);
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    match output.status.code() {
        Some(0) => text,
        code => format!(
            "{text}[exit {}]\n",
            code.map_or("by a signal".to_owned(), |code| code.to_string())
        ),
    }
}

/// The directory of genuine Alembic and its Python for a line that names it, of a Python with SQLModel (and so SQLAlchemy) for
/// one that says which Python the models want, or of one with Prometheus's parser for a line that names Python only, as a
/// part of PATH.
fn python(line: &str) -> String {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR"));
    static ALEMBIC: OnceLock<PathBuf> = OnceLock::new();
    static PROMETHEUS: OnceLock<PathBuf> = OnceLock::new();
    static SQLMODEL: OnceLock<PathBuf> = OnceLock::new();
    let programs = if line.contains("alembic") {
        ALEMBIC.get_or_init(|| limbeck_testing::alembic(home))
    } else if line.contains("LIMBECK_PYTHON") {
        SQLMODEL.get_or_init(|| limbeck_testing::python(home, "sqlmodel==0.0.50 alembic==1.20.1"))
    } else if line.contains("python ") {
        PROMETHEUS.get_or_init(|| limbeck_testing::python(home, "prometheus_client==0.26.0"))
    } else {
        return String::new();
    };
    format!("{}:", programs.display())
}

/// Replaces what is different in every run.
fn normalise(text: &str, directory: &Path, url: &str) -> String {
    let text = text
        .replace(&directory.display().to_string(), "DIR")
        .replace(url, "URL");
    let patterns = [
        // The names and sizes of backups.
        (
            r"(test_\d+@127\.0\.0\.1\+\d+|app\.db)-\d{8}T\d{6}\.\d{3}Z-(\S+?)\.(dump|sql|db)\b",
            "DATABASE-TIME-$2.END",
        ),
        (r"\b\d+(\.\d)? (B|kB|MB)\b", "SIZE"),
        (r#""size": \d+"#, r#""size": SIZE"#),
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z?", "TIME"),
        (r"ada@\S+ pid \d+", "ada@HOST pid N"),
        (r"\b\d+ ms\b|\b\d+\.\d s\b", "N ms"),
        (r#"("(?:elapsed|retry_in|upgrade|downgrade)_ms": ?)\d+"#, "${1}N"),
        (r#""server": "(\w+) [^"]*""#, r#""server": "$1 N""#),
        (r"on (PostgreSQL|MariaDB|SQLite) \d[^ ]*:", "on $1 N:"),
    ];
    patterns.iter().fold(text, |text, (pattern, with)| {
        Regex::new(pattern)
            .expect("the pattern is right")
            .replace_all(&text, *with)
            .into_owned()
    })
}
