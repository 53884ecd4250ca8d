//! SIGTERM, as an orchestrator sends it when it takes a container away.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use limbeck::database::{self, Options, Url};
use limbeck_testing::free_port;
use serde_json::json;

use crate::image::Image;
use crate::migrator;
use crate::service::{Database, Service};

/// How long the end after a signal may take. It takes much less; a revision that is not cancelled takes longer.
const SOON: Duration = Duration::from_secs(15);

/// SIGTERM while a revision runs. `sleep` keeps the database busy for half a minute.
fn terminated_while_migrating(database: &Database, sleep: &str) {
    let image = Image::new();
    let slow = image.migrations().join("005_slow.sql");
    let revision =
        |sleep: &str| format!("CREATE TABLE slow (id INT);\n{sleep};\nINSERT INTO slow VALUES (1);\n");
    fs::write(&slow, revision(sleep)).expect("there is room");
    let service = image.start(database);
    service.wait_until_it_says("Running upgrade 004 -> 005, slow");
    // Into the statement, and not before it.
    thread::sleep(Duration::from_secs(1));
    let signalled = Instant::now();
    let ended = service.stop("TERM");
    assert!(signalled.elapsed() < SOON, "{:?}", signalled.elapsed());
    assert_eq!(ended.code, Some(143), "{}", ended.output);
    assert!(!ended.output.contains("listening"), "{}", ended.output);
    let current = migrator(database).current().expect("it can be read");
    assert_eq!(current, ["004"], "{}", ended.output);

    // The next start finishes what is left, in no more time than that takes.
    fs::write(&slow, revision("SELECT 1")).expect("there is room");
    let restarted = Instant::now();
    let service = image.start(database);
    service.wait_until_it_listens();
    assert!(
        restarted.elapsed() < SOON,
        "{:?}:\n{}",
        restarted.elapsed(),
        service.output()
    );
    let url = Url::parse(&database.url).expect("the URL is right");
    let mut connection = database::connect(&url, &Options::default()).expect("the database is there");
    let rows = connection
        .query("SELECT id FROM slow")
        .expect("the table is there");
    assert_eq!(rows, [[Some("1".to_owned())]]);
    let answer = json!({ "ready": true, "revision": "005", "expected": "004" });
    assert_eq!(service.client().get("/ready"), (200, answer));
}

#[test]
fn a_migration_on_sqlite_ends_with_sigterm() {
    let numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 2000000000) SELECT count(*) FROM n";
    terminated_while_migrating(&Database::sqlite(), numbers);
}

#[test]
fn a_migration_on_postgresql_ends_with_sigterm() {
    terminated_while_migrating(&Database::postgresql(), "SELECT pg_sleep(30)");
}

#[test]
fn a_migration_on_mariadb_ends_with_sigterm() {
    terminated_while_migrating(&Database::mariadb(), "SELECT SLEEP(30)");
}

#[test]
fn the_services_own_migration_ends_with_sigterm() {
    let database = Database::sqlite();
    let url = Url::parse(&database.url).expect("the URL is right");
    let mut writer = database::connect(&url, &Options::default()).expect("the file can be made");
    writer.execute("BEGIN IMMEDIATE").expect("nobody else writes");
    let service = Service::spawn(&database);
    service.wait_until_it_says("migration: waiting for that of another replica");
    let signalled = Instant::now();
    let ended = service.stop("TERM");
    assert!(signalled.elapsed() < SOON, "{:?}", signalled.elapsed());
    assert_eq!(ended.code, Some(1), "{}", ended.output);
    assert!(ended.output.contains("the run was cancelled"), "{}", ended.output);
    assert!(!ended.output.contains("listening"), "{}", ended.output);
}

/// The process 1 of a container gets no signal that it does not catch: the kernel drops the rest.
#[test]
fn whatever_may_be_process_1_catches_sigterm() {
    let mut nowhere = Database::postgresql();
    nowhere.url = format!("postgresql://postgres@127.0.0.1:{}/none", free_port());
    let empty = Database::postgresql();
    let image = Image::new();
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();

    let run = image.start(&nowhere);
    run.wait_until("wait for the server", || run.output().contains("127.0.0.1"));
    assert!(run.catches_sigterm(), "{}", run.output());

    let wait = Service::spawn_command(&mut image.command(&empty, &words(&["limbeck", "wait"])));
    wait.wait_until_it_says("Waiting for 001, 002, 003, 004");
    assert!(wait.catches_sigterm());

    let service = Service::spawn_command(&mut image.command(&empty, &words(&["registry-backend"])));
    // Its first line; the migration is still to come.
    service.wait_until("say something", || !service.output().is_empty());
    assert!(service.catches_sigterm());
    service.wait_until_it_listens();

    let worker = Service::spawn_command(&mut image.command(&empty, &words(&["registry-backend", "worker"])));
    worker.wait_until_it_says("codebundles: 0 ()");
    assert!(worker.catches_sigterm());
}
