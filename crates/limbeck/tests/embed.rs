//! `embed!`: what it puts into a program, and what it refuses.

use std::path::Path;
use std::process::Command;

use limbeck::script::EmbeddedFile;

use crate::cases::{Database, World};

static FILES: &[EmbeddedFile] = limbeck::embed!("tests/migrations");

#[test]
fn embedded_revisions_are_run() {
    for database in Database::ALL {
        let world = World::new(database);
        let migrator = limbeck::Migrator::new(FILES).url(&world.url);
        let outcome = migrator.upgrade("head").expect("the files are good");
        assert_eq!(outcome.to, ["002"]);
        assert!(
            migrator
                .upgrade("head")
                .expect("nothing is left to do")
                .steps
                .is_empty()
        );
        let status = migrator.status().expect("it can be read");
        assert!(status.is_current());
        assert_eq!(status.revisions[0].file, "001_create_users.sql");
    }
}

#[test]
fn embedded_revisions_are_those_of_the_directory() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/migrations");
    for file in FILES {
        let text = std::fs::read_to_string(directory.join(file.name)).expect("the file is there");
        assert_eq!(file.text, text);
    }
    assert_eq!(
        FILES.len(),
        std::fs::read_dir(directory).expect("it is there").count()
    );
}

/// Names of files, with their text.
type Texts = &'static [(&'static str, &'static str)];

/// The files of a directory, and what the compiler is to say of them.
const REFUSED: [(&str, Texts, &[&str]); 6] = [
    (
        "bad header",
        &[("001_a.sql", "-- Revision ID: 1\n-- Revision ID: 2\nSELECT 1;")],
        &["001_a.sql:2:1", "'Revision ID' twice"],
    ),
    (
        "duplicate id",
        &[
            ("a.sql", "-- Revision ID: x\n-- Revises: none\n\nSELECT 1;"),
            ("b.sql", "-- Revision ID: x\n-- Revises: none\n\nSELECT 1;"),
        ],
        &["a.sql", "b.sql", "more than once"],
    ),
    (
        "unclosed quote",
        &[("001_a.sql", "SELECT 1;\nSELECT 'it;\n")],
        &["001_a.sql:2:8", "never closed"],
    ),
    (
        "section of another tool",
        &[("001_a.sql", "-- migrate:up\nSELECT 1;")],
        &["001_a.sql:1", "dbmate"],
    ),
    (
        "missing parent",
        &[("001_a.sql", "-- Revises: 000\n\nSELECT 1;")],
        &["001_a.sql", "'000'"],
    ),
    ("missing directory", &[], &["doesn't exist"]),
];

/// The compiler is called as Cargo would, with the libraries that Cargo has built for these tests: a project of its own
/// for each would be built for a minute.
#[test]
fn what_cant_be_run_is_not_compiled() {
    let root = tempfile::tempdir().expect("there is room for files");
    for (name, files, wanted) in REFUSED {
        let package = root.path().join(name);
        std::fs::create_dir(&package).expect("the directory can be made");
        if !files.is_empty() {
            std::fs::create_dir(package.join("migrations")).expect("the directory can be made");
        }
        for (file, text) in files {
            std::fs::write(package.join("migrations").join(file), text).expect("the file can be written");
        }
        let said = compile(&package, EMBEDS).expect_err(name);
        for part in wanted {
            assert!(said.contains(part), "{name}: {part:?} is not in\n{said}");
        }
    }
}

#[test]
fn what_can_be_run_is_compiled() {
    let package = tempfile::tempdir().expect("there is room for files");
    let migrations = package.path().join("migrations");
    std::fs::create_dir(&migrations).expect("the directory can be made");
    std::fs::write(migrations.join("001_a b\"c.sql"), "SELECT 1;").expect("the file can be written");
    compile(package.path(), EMBEDS).expect("the files are good");
}

/// A program that embeds `migrations`.
const EMBEDS: &str = "pub static FILES: &[limbeck::script::EmbeddedFile] = limbeck::embed!(\"migrations\");";

/// What the compiler says of a place in a program that [`compile`] refused.
pub(crate) fn placed(place: &str) -> String {
    format!("main.rs:{place}\n")
}

/// Compiles a program, and returns what the compiler says when it refuses.
pub(crate) fn compile(package: &Path, text: &str) -> Result<(), String> {
    let program = package.join("main.rs");
    std::fs::write(&program, text).expect("the program can be written");
    let here = std::env::current_exe().expect("a test is a program");
    let libraries = here.parent().expect("a program is in a directory");
    let limbeck = newest_library(libraries);
    let output = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
        .args([
            "--edition=2024",
            "--crate-type=lib",
            "--emit=metadata",
            "-Adead_code",
        ])
        .arg("--out-dir")
        .arg(package)
        .arg("-L")
        .arg(format!("dependency={}", libraries.display()))
        .arg("--extern")
        .arg(format!("limbeck={}", limbeck.display()))
        .arg(&program)
        .env("CARGO_MANIFEST_DIR", package)
        .output()
        .expect("there is a compiler");
    if output.status.success() {
        Ok(())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

/// The library that was built last: other features leave others beside it.
fn newest_library(directory: &Path) -> std::path::PathBuf {
    let entries = std::fs::read_dir(directory).expect("it can be read");
    let libraries = entries.filter_map(|entry| {
        let path = entry.ok()?.path();
        let name = path.file_name()?.to_str()?;
        let fits = name.starts_with("liblimbeck-") && name.ends_with(".rlib");
        fits.then(|| Some((path.metadata().ok()?.modified().ok()?, path.clone())))?
    });
    libraries.max().expect("the tests are linked with it").1
}
