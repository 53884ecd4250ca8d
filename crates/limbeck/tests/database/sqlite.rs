//! SQLite files: which are created, which are refused, and why.

use std::fs;
use std::path::Path;
use std::time::Duration;
use std::time::Instant;

use expect_test::expect;
use limbeck::database;
use limbeck::database::ErrorKind;
use limbeck::database::Options;
use limbeck::database::Url;

use super::connect;
use super::refused;
use super::told;

fn url(path: &Path) -> String {
    format!("sqlite:///{}", path.display())
}

#[test]
fn files_that_are_no_databases_are_refused() {
    let directory = tempfile::tempdir().expect("a directory");
    let here = directory.path();
    fs::write(
        here.join("notes.txt"),
        "not a database at all, but long enough to have a header\n".repeat(9),
    )
    .expect("the directory is ours");
    let urls = [
        url(&here.join("missing/a.db")),
        url(here),
        url(&here.join("notes.txt")),
        format!("{}?mode=ro", url(&here.join("new.db"))),
        format!("{}?mode=rw", url(&here.join("new.db"))),
        format!(
            "sqlite:///{}/a.db",
            here.display().to_string().trim_start_matches('/')
        ),
    ];
    let got: String = urls.iter().map(|url| told(&refused(url))).collect();
    assert!(!here.join("new.db").exists(), "nothing is created for a reader");
    let shown = here.display().to_string();
    let got = got
        .replace(&shown, "/HERE")
        .replace(shown.trim_start_matches('/'), "HERE");
    expect![[r#"
        File: can't open the SQLite database /HERE/missing/a.db: there is no directory /HERE/missing
        hint: create /HERE/missing, or correct the path
        File: /HERE is a directory, not an SQLite database
        hint: name a file in it
        File: the file /HERE/notes.txt is not an SQLite database
        hint: check the path; an encrypted database can't be opened either
        File: there is no SQLite database /HERE/new.db
        hint: take 'mode' out of the URL, or use mode=rwc, to create it
        File: there is no SQLite database /HERE/new.db
        hint: take 'mode' out of the URL, or use mode=rwc, to create it
        File: can't open the SQLite database HERE/a.db: there is no directory HERE
        hint: for the absolute path write four slashes: sqlite:////HERE/a.db
    "#]]
    .assert_eq(&got);
}

#[test]
fn files_are_created_and_read() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("Grüße & 100%?.db");
    let escaped = path.display().to_string().replace('%', "%25").replace('?', "%3F");
    let url = format!("sqlite:///{escaped}");
    connect(&url).execute("CREATE TABLE t (i INTEGER)").expect("new");
    assert!(path.exists());
    let mut reader = connect(&format!("{url}?mode=ro"));
    assert_eq!(
        reader.query("SELECT count(*) FROM t").expect("it is there")[0][0].as_deref(),
        Some("0")
    );
    let error = reader.execute("INSERT INTO t VALUES (1)").unwrap_err();
    assert_eq!(
        (error.kind, error.code.as_deref()),
        (ErrorKind::ReadOnly, Some("SQLITE_READONLY"))
    );
    let mut reader = connect(&format!("{url}?immutable=1&mode=ro"));
    assert_eq!(
        reader.query("SELECT count(*) FROM t").expect("it is there").len(),
        1
    );
}

#[test]
fn one_text_is_one_statement() {
    let mut connection = connect("sqlite::memory:");
    let error = connection.execute("SELECT 1; SELECT 2").unwrap_err();
    assert_eq!(error.kind, ErrorKind::Statement);
    connection
        .execute("SELECT 1; -- and a comment\n")
        .expect("it is one");
}

#[test]
fn constraints_have_names_for_codes() {
    let mut connection = connect("sqlite::memory:");
    connection
        .execute_many(&[
            "CREATE TABLE t (i INTEGER UNIQUE NOT NULL)",
            "INSERT INTO t VALUES (1)",
        ])
        .expect("new");
    let codes: Vec<String> = ["INSERT INTO t VALUES (1)", "INSERT INTO t VALUES (NULL)"]
        .iter()
        .map(|sql| {
            connection
                .execute(sql)
                .unwrap_err()
                .code
                .clone()
                .expect("SQLite has codes")
        })
        .collect();
    assert_eq!(codes, ["SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_NOTNULL"]);
}

#[test]
fn a_file_is_not_created_for_who_only_looks() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("a.db");
    let looking = Options {
        create_file: false,
        ..Options::default()
    };
    let url = Url::parse(&url(&path)).expect("it is right");
    let error = database::connect(&url, &looking).err().expect("it is not there");
    assert_eq!(error.kind, ErrorKind::UnknownDatabase);
    assert!(!path.exists());
    let mut holder = database::connect(&url, &Options::default()).expect("it is created");
    holder.execute("BEGIN EXCLUSIVE").expect("nobody else is there");
    let start = Instant::now();
    database::connect(&url, &looking).expect("it is there now");
    assert!(
        start.elapsed() < Duration::from_secs(1),
        "connecting waits for no lock"
    );
}
