//! start.sh: what a container of the image does from its start to its end.
//!
//! Each test runs the real script with the real programs on a real database, in a directory laid out by the Dockerfile.

use std::fs;
use std::io;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;
use std::thread;
use std::time::Duration;

use limbeck_testing::{Postgres, free_port};
use serde_json::json;

use crate::image::Image;
use crate::manifests::user;
use crate::service::{Database, Ended, Service};
use crate::{journal, migrator, ready};

pub(crate) fn a_fresh_database_is_migrated_and_then_served(database: &Database) {
    let image = Image::new();
    let service = image.start(database);
    service.wait_until_it_listens();
    let output = service.output();
    for step in [
        "Running upgrade  -> 001, create codebundles",
        "Running upgrade 003 -> 004, index platform, and fill it in",
        // The service looks too.
        "migration: nothing to do, the database is at 004",
    ] {
        assert!(service.said(step), "'{step}' in:\n{output}");
    }
    assert_eq!(service.client().get("/ready"), (200, ready()));
    let (status, added) = service
        .client()
        .post("/codebundles", &json!({ "name": "shipped" }));
    assert_eq!(status, 201, "{added}");
    let ended = service.stop("TERM");
    assert_eq!(ended.code, Some(0), "{}", ended.output);

    // The second start finds its data, and nothing to do.
    let before = journal(database);
    let service = image.start(database);
    service.wait_until_it_listens();
    assert!(!service.output().contains("Running"), "{}", service.output());
    assert_eq!(service.client().get("/codebundles"), (200, json!([added])));
    assert_eq!(service.stop("TERM").code, Some(0));
    assert_eq!(journal(database), before);
}

pub(crate) fn three_replicas_start_at_once(database: &Database) {
    let image = Image::new();
    let replicas: Vec<Service> = (0..3).map(|_| image.start(database)).collect();
    for replica in &replicas {
        replica.wait_until_it_listens();
        assert_eq!(replica.client().get("/ready"), (200, ready()));
    }
    let once = [
        "001 upgrade done",
        "002 upgrade done",
        "003 upgrade done",
        "004 upgrade done",
    ];
    assert_eq!(journal(database), once);
    for replica in replicas {
        assert_eq!(replica.stop("TERM").code, Some(0));
    }
}

pub(crate) fn a_failing_migration_keeps_it_from_serving(database: &Database) {
    let image = Image::new();
    let broken = image.migrations().join("005_break.sql");
    fs::write(
        &broken,
        "CREATE TABLE a (id INT);\n\nINSERT INTO nowhere VALUES (1);\n",
    )
    .expect("there is room");
    let ended = image.start(database).wait();
    assert_eq!(ended.code, Some(1), "{}", ended.output);
    assert!(!ended.output.contains("listening"), "{}", ended.output);
    for said in ["migrations/005_break.sql:3", "INSERT INTO nowhere VALUES (1)"] {
        assert!(ended.output.contains(said), "'{said}' in:\n{}", ended.output);
    }
    // The release without it can be started again.
    fs::remove_file(&broken).expect("it is there");
    let service = image.start(database);
    service.wait_until_it_listens();
    assert_eq!(service.client().get("/ready"), (200, ready()));
}

#[test]
fn a_database_that_comes_up_late_is_waited_for() {
    let mut database = Database::postgresql();
    let port = free_port();
    let server = Postgres::shared().port();
    database.url = database.url.replace(&format!(":{server}/"), &format!(":{port}/"));
    let image = Image::new();
    let service = image.start(&database);
    thread::sleep(Duration::from_secs(3));
    assert!(!service.output().contains("Running"), "{}", service.output());
    open_the_way(port, server);
    service.wait_until_it_listens();
    assert_eq!(service.client().get("/ready"), (200, ready()));
}

/// Passes connections on to the server, from the time it is called.
fn open_the_way(port: u16, server: u16) {
    let listener = TcpListener::bind(("127.0.0.1", port)).expect("the port is free");
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let server = TcpStream::connect(("127.0.0.1", server)).expect("the server runs");
            for (from, to) in [(&client, &server), (&server, &client)] {
                let clone = |stream: &TcpStream| stream.try_clone().expect("a stream can be cloned");
                let (mut from, mut to) = (clone(from), clone(to));
                thread::spawn(move || {
                    drop(io::copy(&mut from, &mut to));
                    drop(to.shutdown(Shutdown::Write));
                });
            }
        }
    });
}

#[test]
fn a_database_that_never_comes_is_given_up() {
    let mut database = Database::postgresql();
    database.url = format!("postgresql://postgres@127.0.0.1:{}/none", free_port());
    let image = Image::new();
    let ended = Service::spawn_command(image.entry_point(&database).env("DATABASE_WAIT", "1s")).wait();
    assert_eq!(ended.code, Some(1), "{}", ended.output);
    assert!(ended.output.contains("127.0.0.1"), "{}", ended.output);
    assert!(!ended.output.contains("listening"), "{}", ended.output);
}

#[test]
fn it_may_migrate_as_another_user_than_it_serves() {
    let database = Database::postgresql();
    let url = as_another(&database, "SELECT, INSERT, UPDATE, DELETE");
    let image = Image::new();
    let start = |as_owner: bool| {
        let mut command = image.entry_point(&database);
        command.env("DATABASE_URL", &url);
        if as_owner {
            command.env("LIMBECK_URL", &database.url);
        }
        command
    };
    let ended = Service::spawn_command(&mut start(false)).wait();
    assert_eq!(ended.code, Some(1), "{}", ended.output);
    assert!(ended.output.contains("permission denied"), "{}", ended.output);

    let service = Service::spawn_command(&mut start(true));
    service.wait_until_it_listens();
    let (status, added) = service
        .client()
        .post("/codebundles", &json!({ "name": "served" }));
    assert_eq!(status, 201, "{added}");
    assert_eq!(service.stop("TERM").code, Some(0));
    // With nothing to do the rights to read suffice.
    let service = Service::spawn_command(&mut start(false));
    service.wait_until_it_listens();
    assert_eq!(service.client().get("/ready"), (200, ready()));
}

/// The URL of a PostgreSQL database for a user who owns nothing, and has these rights on the tables that are still to come.
fn as_another(database: &Database, rights: &str) -> String {
    let (_, name) = database.url.rsplit_once('/').expect("the URL names it");
    let user = format!("{name}_user");
    // It goes with the server, as the users of all tests do.
    Postgres::shared().psql(
        name,
        &format!("CREATE ROLE {user} LOGIN; ALTER DEFAULT PRIVILEGES GRANT {rights} ON TABLES TO {user}"),
    );
    Postgres::shared().url_as(&user, name)
}

#[test]
fn a_url_that_is_missing_is_asked_for() {
    let database = Database::sqlite();
    let image = Image::new();
    let ended: Ended = Service::spawn_command(image.entry_point(&database).env_remove("DATABASE_URL")).wait();
    assert!(ended.code.is_some_and(|code| code != 0), "{}", ended.output);
    assert!(
        ended.output.contains("DATABASE_URL: must be set"),
        "{}",
        ended.output
    );
}

#[test]
fn the_image_needs_no_root_and_no_place_to_write() {
    let database = Database::postgresql();
    let image = Image::new();
    let start = image.entry_point(&database);
    let (user, group) = user();
    let mut command = Command::new("sh");
    // As root, it becomes the image's user; others can't, but can't write into what they may only read either.
    let drop = format!(
        "[ \"$(id -u)\" != 0 ] || set -- setpriv --reuid={user} --regid={group} --clear-groups \"$@\"; exec \"$@\""
    );
    command
        .args(["-c", &drop, "sh"])
        .arg(start.get_program())
        .args(start.get_args())
        .env_clear()
        .current_dir(image.root().join("app"));
    for (name, value) in start.get_envs() {
        command.env(name, value.unwrap_or_default());
    }
    set_mode(&image, 0o555);
    let service = Service::spawn_command(&mut command);
    service.wait_until_it_listens();
    assert_eq!(service.client().get("/ready"), (200, ready()));
    assert_eq!(service.stop("TERM").code, Some(0));
    set_mode(&image, 0o755);
    let attempts = migrator(&database).log().expect("the journal can be read");
    assert!(
        attempts[0].who.starts_with("registry-backend@"),
        "{}",
        attempts[0].who
    );
}

/// Sets the mode of the image's directories.
fn set_mode(image: &Image, mode: u32) {
    for directory in ["", "app", "app/migrations", "usr/local/bin"] {
        let directory = image.root().join(directory);
        fs::set_permissions(directory, fs::Permissions::from_mode(mode))
            .expect("they are this process's own");
    }
}

#[test]
fn the_worker_comes_after_the_migration_and_only_reads() {
    let database = Database::postgresql();
    let url = as_another(&database, "SELECT");
    let image = Image::new();
    let worker = |words: &[&str]| {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let mut command = image.command(&database, &words);
        command.env("DATABASE_URL", &url);
        command
    };
    let waiting = Service::spawn_command(&mut worker(&["limbeck", "wait", "--timeout", "60s"]));
    waiting.wait_until_it_says("Waiting for 001, 002, 003, 004");
    let service = image.start(&database);
    service.wait_until_it_listens();
    let waited = waiting.wait();
    assert_eq!(waited.code, Some(0), "{}", waited.output);
    service
        .client()
        .post("/codebundles", &json!({ "name": "counted", "platform": "aws" }));
    let worker = Service::spawn_command(&mut worker(&["registry-backend", "worker"]));
    worker.wait_until_it_says("codebundles: 1 (1 for aws)");
    assert_eq!(worker.stop("TERM").code, Some(0));
}
