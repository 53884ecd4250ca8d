//! Indexes that are made while the application goes on: on PostgreSQL, with somebody in the way.

use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use limbeck::database::{Connection, ErrorKind};
use limbeck::{CancelToken, Error, Event, LockMode, Migrator, Observer, Outcome, Remains};

use crate::cases::{Database, World};

const LOCK_TIMEOUT: Duration = Duration::from_millis(200);

/// Keeps what is told of retries and of indexes.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<String>>>);

impl Told {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().expect("no thread panics with it"))
    }
}

impl Observer for Told {
    fn event(&self, event: &Event<'_>) {
        let line = match event {
            Event::Retrying { .. } => "retries".to_owned(),
            Event::DroppingInvalidIndex { index, .. } => format!("drops {index}"),
            Event::IndexIsThere { index, .. } => format!("takes {index}"),
            _ => return,
        };
        self.0.lock().expect("no thread panics with it").push(line);
    }
}

/// A table of users, and a second revision to be tried.
struct Setting {
    world: World,
    told: Told,
}

impl Setting {
    fn new(revision: &str) -> Self {
        let world = World::new(Database::Postgresql);
        let table = "CREATE TABLE users (id INTEGER, email TEXT);\nINSERT INTO users VALUES (1, 'a');\n";
        world.write("migrations/001_users.sql", table.as_bytes());
        world.write("migrations/002_second.sql", revision.as_bytes());
        let told = Told::default();
        let this = Self { world, told };
        this.migrator().upgrade("001").expect("nobody is in the way");
        this
    }

    fn migrator(&self) -> Migrator {
        self.world
            .migrator()
            .lock_timeout(Some(LOCK_TIMEOUT))
            .observer(self.told.clone())
    }

    fn start(&self) -> JoinHandle<Result<Outcome, Error>> {
        let migrator = self.migrator();
        thread::spawn(move || migrator.upgrade("head"))
    }

    fn connect(&self) -> Box<dyn Connection> {
        self.world.connect()
    }

    /// Somebody who has read the table in a transaction that stays open.
    fn reader(&self) -> Box<dyn Connection> {
        let mut reader = self.connect();
        for sql in ["BEGIN ISOLATION LEVEL REPEATABLE READ", "SELECT * FROM users"] {
            reader.execute(sql).expect("it can be read");
        }
        reader
    }

    /// The one value that a query has, or nothing.
    fn value(&self, sql: &str) -> String {
        let rows = self.connect().query(sql).expect("it can be asked");
        let value = rows.into_iter().next().and_then(|row| row.into_iter().next());
        value.flatten().unwrap_or_default()
    }

    /// Waits until a session waits for the reader, and gives its pid.
    fn waiting(&self) -> String {
        let sql = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query \
                   LIKE '%CONCURRENTLY%' AND pid <> pg_backend_pid()";
        let start = Instant::now();
        loop {
            let pid = self.value(sql);
            if !pid.is_empty() {
                return pid;
            }
            assert!(start.elapsed() < Duration::from_secs(30), "nobody waits");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// What there is of an index.
    fn index(&self, name: &str) -> String {
        self.value(&format!(
            "SELECT CASE WHEN indisvalid THEN 'valid' ELSE 'invalid' END FROM pg_index WHERE indexrelid = to_regclass('{name}')"
        ))
    }
}

fn join(run: JoinHandle<Result<Outcome, Error>>) -> Result<Outcome, Error> {
    run.join().expect("it does not panic")
}

/// The failure of a statement.
fn failure(result: Result<Outcome, Error>) -> limbeck::Failure {
    match result {
        Err(Error::Failed(failure)) => *failure,
        other => panic!("the revision should have failed: {other:?}"),
    }
}

const INDEX: &str = "-- limbeck:upgrade autocommit\nCREATE INDEX CONCURRENTLY ix ON users (email);\n";

/// A statement waits for a reader for longer than for any lock, is not tried twice, and nobody queues behind it.
fn is_patient(revision: &str) {
    let setting = Setting::new(revision);
    let mut reader = setting.reader();
    let run = setting.start();
    setting.waiting();
    let start = Instant::now();
    let mut application = setting.connect();
    application
        .execute("SET lock_timeout = '100ms'")
        .expect("it can be set");
    while start.elapsed() < LOCK_TIMEOUT * 5 {
        let wrote = application.execute("INSERT INTO users VALUES (2, 'b')");
        wrote.expect("the application has nobody to wait for");
        thread::sleep(Duration::from_millis(20));
    }
    assert!(!run.is_finished(), "the reader is in its way");
    reader.execute("COMMIT").expect("it can be ended");
    let outcome = join(run).expect("the reader has gone");
    assert_eq!(outcome.to, ["002"]);
    assert_eq!(setting.told.take(), [""; 0], "{revision}");
}

#[test]
fn making_an_index_waits_for_a_reader() {
    is_patient(INDEX);
}

#[test]
fn rebuilding_an_index_waits_for_a_reader() {
    is_patient(
        "-- limbeck:upgrade\nCREATE INDEX ix ON users (email);\n-- limbeck:upgrade autocommit\nREINDEX INDEX CONCURRENTLY ix;\n",
    );
}

#[test]
fn dropping_an_index_waits_for_a_reader() {
    is_patient(
        "-- limbeck:upgrade\nCREATE INDEX ix ON users (email);\n-- limbeck:upgrade autocommit\nDROP INDEX CONCURRENTLY ix;\n",
    );
}

/// What the session's limit for locks is before and behind an index.
fn limits_around_an_index(lock: LockMode) -> String {
    let revision = "-- limbeck:upgrade\nCREATE TABLE seen (at TEXT, lock_limit TEXT);\n-- limbeck:upgrade autocommit\n\
                    INSERT INTO seen SELECT 'before', setting FROM pg_settings WHERE name LIKE 'lock_time%';\n\
                    CREATE INDEX CONCURRENTLY ix ON users (email);\n\
                    INSERT INTO seen SELECT 'behind', setting FROM pg_settings WHERE name LIKE 'lock_time%';\n";
    let setting = Setting::new(revision);
    let migrator = setting.migrator().lock(lock);
    migrator.upgrade("head").expect("nobody is in the way");
    setting.value("SELECT string_agg(at || ' ' || lock_limit, ', ' ORDER BY at) FROM seen")
}

#[test]
fn the_time_limit_is_back_behind_an_index() {
    assert_eq!(
        limits_around_an_index(LockMode::Session),
        "before 200, behind 200"
    );
    assert_eq!(limits_around_an_index(LockMode::Lease), "before 200, behind 200");
}

#[test]
fn a_limit_that_the_revision_sets_is_kept_and_what_it_left_is_dropped() {
    let revision = INDEX.replacen('\n', "\nSET lock_timeout = '100ms';\n", 1);
    let setting = Setting::new(&revision);
    let mut reader = setting.reader();
    let failed = failure(setting.migrator().retries(0).upgrade("head"));
    assert_eq!(failed.source.kind, ErrorKind::LockTimeout);
    assert_eq!(failed.remains, Remains::Statements { done: 1, total: 2 });
    assert_eq!(setting.index("ix"), "invalid");
    let run = setting.start();
    let (start, mut told) = (Instant::now(), Vec::new());
    while told.iter().filter(|line| *line == "retries").count() < 2 {
        assert!(start.elapsed() < Duration::from_secs(30), "only {told:?}");
        told.extend(setting.told.take());
        thread::sleep(Duration::from_millis(20));
    }
    reader.execute("COMMIT").expect("it can be ended");
    let outcome = join(run).expect("the reader has gone");
    assert_eq!(outcome.to, ["002"]);
    assert_eq!(setting.index("ix"), "valid");
    told.extend(setting.told.take());
    assert!(told.contains(&"drops public.ix".to_owned()), "{told:?}");
}

/// The run's statement is ended by `end`, with an invalid index left; the next run has to put that right.
fn is_cut_off(end: &str, kind: ErrorKind) {
    let setting = Setting::new(INDEX);
    let mut reader = setting.reader();
    let run = setting.start();
    let pid = setting.waiting();
    setting.value(&format!("SELECT {end}({pid})"));
    assert_eq!(failure(join(run)).source.kind, kind);
    assert_eq!(setting.index("ix"), "invalid");
    reader.execute("COMMIT").expect("it can be ended");
    let outcome = setting.migrator().upgrade("head").expect("nobody is in the way");
    assert_eq!(outcome.to, ["002"]);
    assert_eq!(setting.told.take(), ["drops public.ix"]);
    assert_eq!(setting.index("ix"), "valid");
}

#[test]
fn an_index_that_was_cancelled_is_made_again() {
    is_cut_off("pg_cancel_backend", ErrorKind::Cancelled);
}

#[test]
fn an_index_whose_connection_was_ended_is_made_again() {
    is_cut_off("pg_terminate_backend", ErrorKind::ConnectionLost);
}

#[test]
fn whatever_a_run_waits_for_a_token_cancels_it() {
    let setting = Setting::new(INDEX);
    let mut reader = setting.reader();
    for told in [&[][..], &["drops public.ix"]] {
        let token = CancelToken::new();
        let migrator = setting.migrator().cancel_token(&token);
        let run = thread::spawn(move || migrator.upgrade("head"));
        setting.waiting();
        assert!(token.cancel(), "the run holds the lock");
        let cancelled = join(run);
        assert!(
            matches!(cancelled, Err(Error::Cancelled(Some(_)))),
            "{cancelled:?}"
        );
        assert_eq!(setting.index("ix"), "invalid");
        assert_eq!(setting.told.take(), told);
    }
    reader.execute("COMMIT").expect("it can be ended");
    setting.migrator().upgrade("head").expect("nobody is in the way");
    assert_eq!(setting.index("ix"), "valid");
}

#[test]
fn a_drop_that_was_cancelled_is_done_again() {
    let revision = "-- limbeck:upgrade\nCREATE INDEX ix ON users (email);\n-- limbeck:upgrade autocommit\nDROP INDEX CONCURRENTLY ix;\n";
    let setting = Setting::new(revision);
    let mut reader = setting.reader();
    let run = setting.start();
    setting.value(&format!("SELECT pg_cancel_backend({})", setting.waiting()));
    assert_eq!(failure(join(run)).source.kind, ErrorKind::Cancelled);
    assert_eq!(setting.index("ix"), "invalid");
    reader.execute("COMMIT").expect("it can be ended");
    setting.migrator().upgrade("head").expect("nobody is in the way");
    assert_eq!(setting.index("ix"), "");
}

/// Somebody else makes the index, with `sql`, while a run wants to; it is theirs until they are done, and good for both then.
fn is_left_to_another(setting: &Setting, migrator: &Migrator, sql: &'static str) {
    let mut reader = setting.reader();
    let mut builder = setting.connect();
    let build = thread::spawn(move || builder.execute(sql).map(drop));
    let pid = setting.waiting();
    let failed = failure(migrator.upgrade("head"));
    assert_eq!(
        failed.source.message,
        format!("index public.ix is being built by another session (pid {pid})")
    );
    assert_eq!(failed.remains, Remains::Statements { done: 0, total: 1 });
    reader.execute("COMMIT").expect("it can be ended");
    build
        .join()
        .expect("it does not panic")
        .expect("nobody disturbed it");
    assert_eq!(setting.index("ix"), "valid");
}

#[test]
fn an_index_that_another_session_makes_is_left_to_it() {
    let setting = Setting::new(INDEX);
    is_left_to_another(
        &setting,
        &setting.migrator(),
        "CREATE INDEX CONCURRENTLY ix ON users (email)",
    );
    setting.migrator().upgrade("head").expect("it is there");
    assert_eq!(setting.told.take(), ["takes public.ix"]);
}

#[test]
fn an_index_that_another_session_mends_is_left_to_it() {
    let setting = Setting::new(INDEX);
    let mut reader = setting.reader();
    let mut builder = setting.connect();
    builder
        .execute("SET lock_timeout = '100ms'")
        .expect("it can be set");
    let cut_off = builder.execute("CREATE INDEX CONCURRENTLY ix ON users (email)");
    assert_eq!(cut_off.unwrap_err().kind, ErrorKind::LockTimeout);
    reader.execute("COMMIT").expect("it can be ended");
    is_left_to_another(&setting, &setting.migrator(), "REINDEX INDEX CONCURRENTLY ix");
}

/// Such a user can't see what others build, and can't have a definition compared.
#[test]
fn a_user_with_few_rights_takes_no_index_for_another() {
    let setting = Setting::new(INDEX);
    for sql in [
        "DO $$ BEGIN CREATE ROLE few_rights LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$",
        "DO $$ BEGIN EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database()); END $$",
        "GRANT CREATE ON SCHEMA public TO few_rights",
        "ALTER TABLE users OWNER TO few_rights",
        "ALTER TABLE alembic_version OWNER TO few_rights",
        "ALTER TABLE limbeck_journal OWNER TO few_rights",
    ] {
        setting.connect().execute(sql).expect("the superuser may");
    }
    let url = setting.world.url.replace("//postgres@", "//few_rights@");
    let migrator = setting.migrator().url(url);
    is_left_to_another(
        &setting,
        &migrator,
        "CREATE INDEX CONCURRENTLY ix ON users (email)",
    );
    let failed = failure(migrator.upgrade("head"));
    assert_eq!(failed.source.code.as_deref(), Some("42P07"), "{}", failed.source);
    setting
        .connect()
        .execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ix'::regclass")
        .expect("the superuser may");
    migrator.upgrade("head").expect("what is invalid goes");
    assert_eq!(setting.told.take(), ["drops public.ix"]);
    assert_eq!(setting.index("ix"), "valid");
}
