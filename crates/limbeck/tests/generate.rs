//! Runs `generate/<area>/<name>.txt`: what is written for a database that is one thing, and models that say another, and whether it
//! does that.
//!
//! A case has a head and sections. The head has `key: value` lines: `only` names the databases it is for (all three
//! otherwise), `about` says what it is about, `rename` and `ignore` have one value each and may stand several times, `allow-drop: yes`, `online: no`, `as-models: no`. The
//! sections:
//!
//! - `=== from`, `=== to`: the DDL of both sides; `=== from mariadb` and the like takes its place on that database;
//! - `=== rows`: statements that fill the database before it is changed;
//! - `=== kept`: queries, a line each, that give the same before, behind the upgrade, and behind the downgrade; in one with `=>` the
//!   second half is what is asked behind the upgrade;
//! - `=== written`: the sections of the revision, or `=== written mariadb` and the like. `UPDATE_EXPECT=1` writes them. It is `error: …` where nothing can be
//!   written.
//!
//! A case in `alembic` has also:
//!
//! - `=== alembic`: what genuine Alembic would write, a line each. `UPDATE_EXPECT=1` writes them;
//! - `=== models`: SQLAlchemy code for what `=== to` says, where SQLAlchemy can't read all of that from a database.
//!
//! On every case the laws of [`laws`] are tried.

mod alembic;
mod case;
mod judge;
mod laws;
mod random;
mod random_sqlite;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::cases::in_parallel;
use alembic::Alembic;
use case::Case;

#[test]
fn generated() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/generate");
    let only = std::env::var("LIMBECK_CASE").unwrap_or_default();
    let update = std::env::var_os("UPDATE_EXPECT").is_some();
    let files: Vec<PathBuf> = files(&root)
        .into_iter()
        .filter(|file| file.display().to_string().contains(&only))
        .collect();
    let alembic = OnceLock::new();
    let failures = in_parallel(&files, |file| {
        let name = file.strip_prefix(&root).expect("it was found there");
        let told = |message: String| format!("{}: {message}", name.display());
        let text = std::fs::read_to_string(file).expect("a case is text");
        let asked = name
            .starts_with("alembic")
            .then(|| alembic.get_or_init(Alembic::start));
        let wanted = match now(&text, asked) {
            Ok(wanted) => wanted,
            Err(failures) => return failures.into_iter().map(told).collect(),
        };
        if wanted == text {
            return Vec::new();
        }
        if update {
            std::fs::write(file, wanted).expect("the case can be written");
            return Vec::new();
        }
        vec![told(format!("this is written now:\n{wanted}"))]
    });
    assert!(!files.is_empty(), "no case was found in {}", root.display());
    assert!(
        failures.is_empty(),
        "{} failures:\n{}",
        failures.len(),
        failures.join("\n\n")
    );
}

/// A case with what is written for it now, and with what Alembic says if it is asked.
fn now(text: &str, alembic: Option<&Alembic>) -> Result<String, Vec<String>> {
    let case = Case::parse(text).map_err(|message| vec![message])?;
    let (mut failures, mut written) = (Vec::new(), Vec::new());
    for database in &case.databases {
        match laws::try_on(*database, &case) {
            Ok(text) => written.push((*database, text)),
            Err(message) => failures.push(format!("on {}: {message}", database.name())),
        }
    }
    let alembic = alembic.map(|alembic| alembic.try_on(case.databases[0], &case));
    let alembic = alembic
        .transpose()
        .map_err(|message| failures.push(format!("Alembic: {message}")));
    match alembic {
        Ok(alembic) if failures.is_empty() => Ok(case.text_with(&written, alembic.as_deref())),
        _ => Err(failures),
    }
}

/// The list of cases in the documentation.
#[test]
fn documented() {
    const MARK: &str = "<!-- cases -->\n";
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let document = root.join("../../docs/autogenerate.md");
    let text = std::fs::read_to_string(&document).expect("it is text");
    let (before, _) = text.split_once(MARK).expect("the list has its place");
    let mut wanted = format!("{before}{MARK}\n");
    let root = root.join("tests/generate");
    let mut area = String::new();
    for file in files(&root) {
        let case = Case::parse(&std::fs::read_to_string(&file).expect("a case is text"))
            .expect("it was read before");
        let folder = file
            .strip_prefix(&root)
            .expect("it was found there")
            .parent()
            .expect("it is in a folder");
        if *folder != *area {
            area = folder.display().to_string();
            wanted.push_str(&format!(
                "\n**{area}**\n\n| | SQLite | PostgreSQL | MariaDB |\n|---|---|---|---|\n"
            ));
        }
        let marks = crate::cases::Database::ALL.map(|database| {
            if case.databases.contains(&database) {
                "x"
            } else {
                ""
            }
        });
        wanted.push_str(&format!("| {} | {} |\n", case.about, marks.join(" | ")));
    }
    if wanted == text {
        return;
    }
    assert!(
        std::env::var_os("UPDATE_EXPECT").is_some(),
        "the list of cases in {} is old: UPDATE_EXPECT=1 writes it anew",
        document.display()
    );
    std::fs::write(&document, wanted).expect("the document can be written");
}

/// The cases, sorted by path.
fn files(root: &Path) -> Vec<PathBuf> {
    let list = |folder: &Path| -> Vec<PathBuf> {
        let entries = std::fs::read_dir(folder).expect("the cases are there");
        entries
            .map(|entry| entry.expect("the folder can be read").path())
            .collect()
    };
    let areas = list(root).into_iter().filter(|path| path.is_dir());
    let files = areas.flat_map(|area| list(&area));
    let mut files: Vec<_> = files
        .filter(|path| path.extension().is_some_and(|ending| ending == "txt"))
        .collect();
    files.sort();
    files
}
