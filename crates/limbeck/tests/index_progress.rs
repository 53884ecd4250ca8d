//! What PostgreSQL tells of an index while it makes it.

use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use limbeck::database::{self, Options, Url};
use limbeck::script::EmbeddedFile;
use limbeck::{Event, Migrator, Observer};
use limbeck_testing::Postgres;

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn lines(&self) -> Vec<String> {
        self.0.lock().expect("no observer panics").clone()
    }
}

impl Observer for Log {
    fn event(&self, event: &Event<'_>) {
        let line = match event {
            Event::IndexProgress {
                revision,
                phase,
                done,
                total,
                unit,
            } => {
                assert!(done <= total, "{event:?}");
                format!("{revision}: {phase}, {unit}")
            }
            Event::StepStarted { step, .. } => format!("{} starts", step.revision),
            Event::StepFinished { step, .. } => format!("{} ends", step.revision),
            _ => return,
        };
        let mut lines = self.0.lock().expect("no observer panics");
        if lines.last() != Some(&line) {
            lines.push(line);
        }
    }
}

/// Each row of the index takes a millisecond.
const FILES: &[EmbeddedFile] = &[
    EmbeddedFile {
        name: "001_users.sql",
        text: "CREATE TABLE users (id INTEGER);\n\
               INSERT INTO users SELECT generate_series(1, 1500);\n\
               CREATE FUNCTION slow(id INTEGER) RETURNS INTEGER IMMUTABLE LANGUAGE plpgsql AS\n\
               $$ BEGIN PERFORM pg_sleep(0.001); RETURN id; END $$;",
    },
    EmbeddedFile {
        name: "002_index.sql",
        text: "CREATE INDEX users_slow ON users (slow(id)); SELECT pg_sleep(1.5);",
    },
    EmbeddedFile {
        name: "003_sleep.sql",
        text: "SELECT pg_sleep(1.5);",
    },
    EmbeddedFile {
        name: "004_short.sql",
        text: "CREATE UNIQUE INDEX users_id ON users (id);",
    },
];

#[test]
fn is_told_while_the_step_runs() {
    let database = Postgres::shared().fresh_database();
    let log = Log::default();
    let migrator = Migrator::new(FILES).url(&database.url).observer(log.clone());
    migrator.upgrade("head").expect("the revisions are right");
    let expected = [
        "001 starts",
        "001 ends",
        "002 starts",
        "002: building index: scanning table, blocks",
        "002: done, ",
        "002 ends",
        "003 starts",
        "003 ends",
        "004 starts",
        "004 ends",
    ];
    assert_eq!(log.lines(), expected);
    // A thread that was not told of the end would speak up now.
    thread::sleep(Duration::from_millis(1500));
    assert_eq!(log.lines(), expected);
}

const CONCURRENTLY: &[EmbeddedFile] = &[
    EmbeddedFile {
        name: "001_users.sql",
        text: "CREATE TABLE users (id INTEGER);",
    },
    EmbeddedFile {
        name: "002_index.sql",
        text: "-- limbeck:upgrade autocommit\nCREATE INDEX CONCURRENTLY users_id ON users (id);",
    },
];

#[test]
fn tells_that_others_are_waited_for() {
    let database = Postgres::shared().fresh_database();
    let log = Log::default();
    let migrator = Migrator::new(CONCURRENTLY)
        .url(&database.url)
        .observer(log.clone());
    let migrator = migrator.lock_timeout(None);
    migrator.upgrade("001").expect("the revision is right");
    let url = Url::parse(&database.url).expect("the URL of a test database is right");
    let mut writer = database::connect(&url, &Options::default()).expect("the server is there");
    for sql in ["BEGIN", "INSERT INTO users VALUES (1)"] {
        writer.execute(sql).expect("it can be written");
    }
    let run = thread::spawn(move || migrator.upgrade("head"));
    let waits = "002: waiting for writers before build, transactions".to_owned();
    while !log.lines().contains(&waits) && !run.is_finished() {
        thread::sleep(Duration::from_millis(20));
    }
    writer.execute("COMMIT").expect("it can be ended");
    run.join()
        .expect("it does not panic")
        .expect("the writer is gone");
    assert!(log.lines().contains(&waits), "{:?}", log.lines());
}
