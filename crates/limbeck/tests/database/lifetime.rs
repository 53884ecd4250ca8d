//! Statements that are cancelled or wait, connections that end, and servers that must not outlive tests.

use std::env;
use std::process::Command;
use std::process::Stdio;
use std::sync::mpsc;
use std::sync::mpsc::RecvTimeoutError;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use limbeck::database::Connection;
use limbeck::database::ErrorKind;
use limbeck_testing::Mariadb;
use limbeck_testing::Postgres;

use super::connect;

fn cancelled(connection: &mut dyn Connection, slow: &str) {
    let canceller = connection.canceller();
    let start = Instant::now();
    let (done, end) = mpsc::channel::<()>();
    let error = thread::scope(|scope| {
        scope.spawn(move || {
            // Repeated, because a request that comes before the statement is lost.
            while end.recv_timeout(Duration::from_millis(200)) == Err(RecvTimeoutError::Timeout) {
                canceller.cancel().expect("the server can be asked");
            }
        });
        let outcome = connection.execute(slow);
        drop(done);
        outcome.expect_err("it is cancelled")
    });
    assert_eq!(error.kind, ErrorKind::Cancelled, "{:?}", *error);
    assert!(start.elapsed() < Duration::from_secs(20));
    // A request on its way when the statement ended may hit this one.
    let again = connection
        .query("SELECT 1")
        .or_else(|_| connection.query("SELECT 1"));
    assert_eq!(again.expect("the connection lives").len(), 1);
}

#[test]
fn a_running_statement_is_cancelled() {
    let database = Postgres::shared().fresh_database();
    cancelled(&mut *connect(&database.url), "SELECT pg_sleep(60)");
    let database = Mariadb::shared().fresh_database();
    cancelled(
        &mut *connect(&database.url),
        "SELECT count(md5(seq)) FROM seq_1_to_10000000000",
    );
    cancelled(
        &mut *connect("sqlite::memory:"),
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
    );
}

fn lost(mut connection: Box<dyn Connection>, end: impl Fn(&str), id: &str) {
    let rows = connection.query(id).expect("the query is right");
    end(rows[0][0].as_deref().expect("every session has one"));
    thread::sleep(Duration::from_millis(100));
    let error = connection.execute("SELECT 1").unwrap_err();
    assert_eq!(error.kind, ErrorKind::ConnectionLost, "{:?}", *error);
    assert!(error.message.contains("the connection to 127.0.0.1:"), "{error}");
    assert!(connection.is_closed());
    let error = connection.execute("SELECT 1").unwrap_err();
    assert_eq!(error.kind, ErrorKind::ConnectionLost, "{:?}", *error);
}

#[test]
fn a_connection_that_the_server_ends_is_lost() {
    let server = Postgres::shared();
    let database = server.fresh_database();
    let end = |id: &str| {
        server.psql("postgres", &format!("SELECT pg_terminate_backend({id})"));
    };
    lost(connect(&database.url), end, "SELECT pg_backend_pid()");

    let server = Mariadb::shared();
    let database = server.fresh_database();
    let end = |id: &str| {
        server.mariadb("mysql", &format!("KILL {id}"));
    };
    lost(connect(&database.url), end, "SELECT connection_id()");
}

#[test]
fn a_connection_that_ends_under_a_statement_says_why() {
    let server = Postgres::shared();
    let database = server.fresh_database();
    let mut connection = connect(&database.url);
    let error = connection
        .execute("SELECT pg_terminate_backend(pg_backend_pid())")
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::ConnectionLost);
    assert_eq!(error.code.as_deref(), Some("57P01"), "{:?}", *error);
}

#[test]
fn a_lock_that_another_session_holds_is_waited_for_in_bounds() {
    let database = Postgres::shared().fresh_database();
    let (mut one, mut two) = (connect(&database.url), connect(&database.url));
    one.execute("CREATE TABLE t (i int)").expect("new");
    one.execute_many(&["BEGIN", "LOCK TABLE t"])
        .expect("nobody else is there");
    two.execute("SET lock_timeout = '50ms'").expect("a setting");
    let error = two.execute("ALTER TABLE t ADD COLUMN j int").unwrap_err();
    assert_eq!(
        (error.kind, error.code.as_deref()),
        (ErrorKind::LockTimeout, Some("55P03"))
    );
    two.execute("SET statement_timeout = '50ms'; SET lock_timeout = 0")
        .expect("settings");
    let error = two.execute("ALTER TABLE t ADD COLUMN j int").unwrap_err();
    assert_eq!(error.kind, ErrorKind::Cancelled);

    let database = Mariadb::shared().fresh_database();
    let (mut one, mut two) = (connect(&database.url), connect(&database.url));
    one.execute_many(&["CREATE TABLE t (i int)", "BEGIN", "SELECT * FROM t"])
        .expect("nobody else is there");
    two.execute("SET lock_wait_timeout = 0").expect("a setting");
    let error = two.execute("ALTER TABLE t ADD COLUMN j int").unwrap_err();
    assert_eq!(
        (error.kind, error.code.as_deref()),
        (ErrorKind::LockTimeout, Some("1205"))
    );

    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("a.db");
    let url = format!("sqlite:///{}?timeout=0.05", path.display());
    let (mut one, mut two) = (connect(&url), connect(&url));
    one.execute("BEGIN EXCLUSIVE").expect("nobody else is there");
    let error = two.execute("CREATE TABLE t (i int)").unwrap_err();
    assert_eq!(
        (error.kind, error.code.as_deref()),
        (ErrorKind::LockTimeout, Some("SQLITE_BUSY"))
    );
    // Connecting asks for no lock.
    connect(&url);
}

/// What the test below runs as a process of its own, to kill it.
#[test]
#[ignore = "it is run by another test"]
fn holds_a_server() {
    if env::var_os("LIMBECK_TEST_HOLD").is_none() {
        return;
    }
    let server = Postgres::start(limbeck_testing::Tls::Off);
    let note = env::var("LIMBECK_TEST_HOLD").expect("it was there above");
    std::fs::write(&note, server.socket_directory().to_str().expect("UTF-8"))
        .expect("the directory is there");
    thread::sleep(Duration::from_secs(60));
}

#[test]
fn a_server_ends_with_the_process_that_started_it() {
    let directory = tempfile::tempdir().expect("a directory");
    let note = directory.path().join("note");
    let mut child = Command::new(env::current_exe().expect("it runs"))
        .args(["--ignored", "--exact", "database::lifetime::holds_a_server"])
        .env("LIMBECK_TEST_HOLD", &note)
        .stdout(Stdio::null())
        .spawn()
        .expect("it runs already");
    let soon = |what: &str, happened: &dyn Fn() -> bool| {
        let start = Instant::now();
        while !happened() {
            assert!(start.elapsed() < Duration::from_secs(30), "{what}");
            thread::sleep(Duration::from_millis(20));
        }
    };
    soon("the server starts", &|| {
        note.metadata().is_ok_and(|note| note.len() > 0)
    });
    let place = std::path::PathBuf::from(std::fs::read_to_string(&note).expect("it was written"));
    assert!(place.join("data/postmaster.pid").exists());
    child.kill().expect("it is our own");
    child.wait().expect("it is our own");
    soon("the server's directory goes", &|| !place.exists());
}
