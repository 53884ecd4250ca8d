//! Runs the program where nothing else is: no revisions, no limbeck.toml.

use std::fs;
use std::path::Path;
use std::process::Command;

/// What the program prints, and its exit code.
fn run(directory: &Path, args: &[&str]) -> (String, i32) {
    let output = Command::new(env!("CARGO_BIN_EXE_task-list"))
        .args(args)
        .current_dir(directory)
        .env_clear()
        .env("DATABASE_URL", "sqlite:///tasks.db")
        .output()
        .expect("the program was built");
    let said = [output.stdout, output.stderr].concat();
    let code = output.status.code().expect("it ends by itself");
    (String::from_utf8(said).expect("it prints UTF-8"), code)
}

fn check(directory: &Path, args: &[&str], expected: &str) {
    let (said, code) = run(directory, args);
    assert_eq!(code, 0, "{args:?}: {said}");
    assert!(
        said.contains(expected),
        "{args:?}: {expected:?} is not in\n{said}"
    );
}

fn refuse(directory: &Path, args: &[&str], expected: &str) {
    let (said, code) = run(directory, args);
    assert_eq!(code, 1, "{args:?}: {said}");
    let said = said.replace("\n  │ ", " ");
    assert!(
        said.contains(expected),
        "{args:?}: {expected:?} is not in\n{said}"
    );
}

#[test]
fn revisions_and_models_are_in_the_program() {
    let directory = tempfile::tempdir().expect("there is room for files");
    let here = directory.path();
    check(here, &["--help"], "Usage: task-list ");
    check(here, &["heads"], "001 (head)");
    check(here, &["plan"], "CREATE TABLE tasks");
    check(here, &["upgrade", "head", "-q"], "Now at 001");
    check(here, &["current"], "001 (head)");
    check(here, &["check"], "The database is what the models say.");
    check(here, &["diff", "revisions", "models"], "No differences.");
    check(here, &["test"], "001");
    check(here, &["downgrade", "base", "-q"], "Now at base");
}

/// Copies the revisions, as a checkout has them, with a change.
fn check_out(directory: &Path, change: impl Fn(String) -> String) {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let target = directory.join("migrations");
    fs::create_dir(&target).expect("the directory can be made");
    for entry in fs::read_dir(source).expect("it is there") {
        let path = entry.expect("it can be read").path();
        let text = fs::read_to_string(&path).expect("a revision is text");
        let name = path.file_name().expect("a file has a name");
        fs::write(target.join(name), change(text)).expect("it can be written");
    }
}

#[test]
fn files_count_for_those_who_write_them() {
    let directory = tempfile::tempdir().expect("there is room for files");
    let here = directory.path();
    check_out(here, |text| text);
    check(here, &["revision", "-m", "more"], "migrations/002_more.sql");
    // It is not in the program yet.
    check(here, &["heads"], "001 (head)");
    check(here, &["heads", "--dir", "migrations"], "002 (head)");
}

#[test]
fn revisions_are_written_from_the_tables() {
    let directory = tempfile::tempdir().expect("there is room for files");
    let here = directory.path();
    check_out(here, |text| {
        let (text, _) = text.split_once("CREATE INDEX").expect("there is one");
        text.to_owned()
    });
    check(
        here,
        &["upgrade", "head", "-q", "--dir", "migrations"],
        "Now at 001",
    );
    check(
        here,
        &["revision", "--autogenerate", "-m", "index"],
        "migrations/002_index.sql",
    );
    let text = fs::read_to_string(here.join("migrations/002_index.sql")).expect("it was just written");
    assert!(text.contains("CREATE INDEX ix_tasks_done_due ON tasks"), "{text}");
}

#[test]
fn another_source_of_models_is_refused() {
    let directory = tempfile::tempdir().expect("there is room for files");
    let here = directory.path();
    fs::write(here.join("limbeck.toml"), "[models]\nsql = \"schema.sql\"\n").expect("it can be written");
    refuse(
        here,
        &["check"],
        "[models] in limbeck.toml names a source, and this program has tables of its own",
    );
}
