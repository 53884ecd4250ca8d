//! Runs that are stopped, held up or cut off, and what the next one makes of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use limbeck::database::{self, Connection, Options, Url};
use limbeck::{CancelToken, Error, Event, Observer, Remains};

use crate::cases::{Database, World};

/// A statement that takes minutes, unless it is cancelled.
fn endless(database: Database) -> &'static str {
    match database {
        Database::Sqlite => {
            "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n) SELECT count(*) FROM n"
        }
        Database::Postgresql => "SELECT pg_sleep(300)",
        Database::Mariadb => "SELECT count(*) FROM seq_1_to_1000000000 JOIN seq_1_to_1000",
    }
}

fn world(database: Database, second: &str) -> World {
    let world = World::new(database);
    world.write("migrations/001_a.sql", b"CREATE TABLE a (id INTEGER);");
    let second = format!("CREATE TABLE b (id INTEGER);\nINSERT INTO b VALUES (1);\n{second};\n");
    world.write("migrations/002_b.sql", second.as_bytes());
    world.write("migrations/003_c.sql", b"CREATE TABLE c (id INTEGER);");
    world
}

/// Notes that a step has started.
struct Started(usize, Arc<AtomicBool>);

impl Observer for Started {
    fn event(&self, event: &Event<'_>) {
        if let Event::StepStarted { of, .. } = event {
            self.1.fetch_or(*of == self.0, Ordering::SeqCst);
        }
    }
}

fn wait_for(what: impl Fn() -> bool) {
    let start = Instant::now();
    while !what() {
        assert!(start.elapsed() < Duration::from_secs(30), "it does not come");
        thread::sleep(Duration::from_millis(10));
    }
}

fn connect(world: &World) -> Box<dyn Connection> {
    let url = Url::parse(&world.url).expect("the URL of a test database is right");
    database::connect(&url, &Options::default()).expect("the database is there")
}

#[test]
fn a_running_statement_is_cancelled() {
    for database in Database::ALL {
        let world = world(database, endless(database));
        let (token, started) = (CancelToken::new(), Arc::new(AtomicBool::new(false)));
        let observer = Started(2, Arc::clone(&started));
        let migrator = world.migrator().cancel_token(&token).observer(observer);
        let run = thread::spawn(move || migrator.upgrade("head"));
        wait_for(|| started.load(Ordering::SeqCst));
        // It may be on its way, or not yet.
        thread::sleep(Duration::from_millis(300));
        let asked = Instant::now();
        assert!(token.cancel(), "{database:?}: the run holds the lock");
        let ended = run.join().expect("it does not panic");
        assert!(asked.elapsed() < Duration::from_secs(10), "{:?}", asked.elapsed());
        let Err(Error::Cancelled(Some(failure))) = ended else {
            panic!("{database:?}: {ended:?}")
        };
        assert_eq!(
            (failure.revision.as_str(), failure.line),
            ("002", 3),
            "{database:?}"
        );
        let kept = match database {
            Database::Mariadb => Remains::Statements { done: 2, total: 3 },
            _ => Remains::Nothing,
        };
        assert_eq!(failure.remains, kept, "{database:?}");
        let log = world.migrator().log().expect("it can be read");
        assert!(log.iter().all(|attempt| attempt.outcome != "running"), "{log:?}");
        assert_eq!(world.migrator().current().expect("it can be read"), ["001"]);

        let short = format!(
            "CREATE TABLE b (id INTEGER);\nINSERT INTO b VALUES (1);\n{};\n",
            "SELECT 1"
        );
        world.write("migrations/002_b.sql", short.as_bytes());
        let again = world
            .migrator()
            .upgrade("head")
            .expect("the lock is free, and nothing is half done");
        assert_eq!(again.to, ["003"], "{database:?}");
        let rows = connect(&world)
            .query("SELECT count(*) FROM b")
            .expect("it is there");
        assert_eq!(rows, [[Some("1".to_owned())]], "{database:?}");
    }
}

/// Cancels its token when a step starts.
struct CancelAt(usize, CancelToken);

impl Observer for CancelAt {
    fn event(&self, event: &Event<'_>) {
        if let Event::StepStarted { of, .. } = event
            && *of == self.0
        {
            self.1.cancel();
        }
    }
}

#[test]
fn a_statement_that_was_not_sent_yet_is_not_sent_any_more() {
    for database in Database::ALL {
        let world = world(database, "SELECT 1");
        let token = CancelToken::new();
        let migrator = world
            .migrator()
            .cancel_token(&token)
            .observer(CancelAt(2, token.clone()));
        let ended = migrator.upgrade("head");
        assert!(
            matches!(ended, Err(Error::Cancelled(_))),
            "{database:?}: {ended:?}"
        );
        assert_eq!(world.migrator().current().expect("it can be read"), ["001"]);
        assert_eq!(world.migrator().upgrade("head").expect("it goes on").to, ["003"]);
    }
}

#[test]
fn waiting_is_cancelled() {
    for database in Database::ALL {
        let world = world(database, "SELECT 1");
        world.migrator().upgrade("001").expect("nobody is in the way");
        let mut holder = connect(&world);
        let hold = match database {
            Database::Sqlite => "BEGIN IMMEDIATE".to_owned(),
            _ => {
                // Whatever the lock is called, the row of a lease is in the way too.
                let migrator = world.migrator().lock(limbeck::LockMode::Lease);
                migrator.upgrade("002").expect("nobody is in the way");
                "UPDATE limbeck_lease SET holder = 'somebody', duration = 600000".to_owned()
            }
        };
        holder.execute(&hold).expect("nobody is in the way");
        let token = CancelToken::new();
        let migrator = world.migrator().cancel_token(&token);
        let run = thread::spawn(move || migrator.upgrade("head"));
        thread::sleep(Duration::from_millis(300));
        let asked = Instant::now();
        assert!(!token.cancel(), "{database:?}: nothing is held");
        let ended = run.join().expect("it does not panic");
        assert!(
            matches!(ended, Err(Error::Cancelled(None))),
            "{database:?}: {ended:?}"
        );
        assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
    }
}

/// Counts how often a revision was tried again.
struct Retried(Arc<AtomicBool>);

impl Observer for Retried {
    fn event(&self, event: &Event<'_>) {
        if let Event::Retrying { .. } = event {
            self.0.store(true, Ordering::SeqCst);
        }
    }
}

/// `+2` means two revisions, also when the second has to be tried again.
#[test]
fn a_relative_target_is_counted_once() {
    for database in [Database::Postgresql, Database::Mariadb] {
        let world = World::new(database);
        world.write("migrations/001_a.sql", b"CREATE TABLE a (id INTEGER);");
        world.write("migrations/002_b.sql", b"CREATE TABLE b (id INTEGER);");
        world.write("migrations/003_c.sql", b"ALTER TABLE a ADD COLUMN more INTEGER;");
        world.write("migrations/004_d.sql", b"CREATE TABLE d (id INTEGER);");
        world.migrator().upgrade("001").expect("nobody is in the way");
        let mut reader = connect(&world);
        for sql in ["START TRANSACTION", "SELECT * FROM a"] {
            reader.execute(sql).expect("it can be read");
        }
        let retried = Arc::new(AtomicBool::new(false));
        let migrator = world
            .migrator()
            .lock_timeout(Some(Duration::from_millis(100)))
            .observer(Retried(Arc::clone(&retried)));
        let run = thread::spawn(move || migrator.upgrade("+2"));
        wait_for(|| retried.load(Ordering::SeqCst));
        reader.execute("COMMIT").expect("it can be ended");
        let outcome = run.join().expect("no panic").expect("the reader has gone");
        assert_eq!(outcome.to, ["003"], "{database:?}");
    }
}

/// A server that ends between a statement of DDL and its count leaves the statement done and the journal one behind.
#[test]
fn ddl_that_was_not_counted_is_recognised() {
    let world = world(Database::Mariadb, endless(Database::Mariadb));
    let short =
        b"CREATE TABLE b (id INTEGER);\nALTER TABLE b ADD INDEX (id);\nINSERT INTO missing VALUES (1);\n";
    world.write("migrations/002_b.sql", short);
    let failed = world.migrator().upgrade("head");
    assert!(matches!(failed, Err(Error::Failed(_))), "{failed:?}");
    // As it would be, had the server ended behind the second statement.
    let mut connection = connect(&world);
    let one = checksum_of(&["CREATE TABLE b (id INTEGER)"]);
    let uncounted = format!(
        "UPDATE limbeck_journal SET outcome = 'running', finished_at = NULL, error = NULL, statements_done = 1, done_hash = \
         '{one}' WHERE revision = '002' AND state_before IS NOT NULL"
    );
    assert_eq!(connection.execute(&uncounted).expect("it is there"), 1);
    let mended = b"CREATE TABLE b (id INTEGER);\nALTER TABLE b ADD INDEX (id);\nINSERT INTO b VALUES (1);\n";
    world.write("migrations/002_b.sql", mended);
    let outcome = world
        .migrator()
        .upgrade("002")
        .expect("the index is there already");
    assert_eq!(
        (outcome.to, outcome.steps[0].resumed_behind),
        (vec!["002".to_owned()], 2)
    );
    let rows = connection
        .query("SELECT DISTINCT index_name FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = 'b'")
        .expect("the catalog can be read");
    assert_eq!(
        rows,
        [[Some("id".to_owned())]],
        "a second index would be called id_2"
    );
}

/// The checksum of statements, as the journal has it.
fn checksum_of(statements: &[&str]) -> String {
    let mut checksum = limbeck_core::checksum::Checksum::default();
    for sql in statements {
        checksum.add(limbeck::Dialect::Mariadb, sql, false);
    }
    checksum.hex()
}
