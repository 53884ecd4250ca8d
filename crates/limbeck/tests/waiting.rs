//! Waiting: for a server that comes up late, and for the application's locks.

use std::io;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use limbeck::database::{self, ErrorKind, Options, Url};
use limbeck::{Error, Event, Migrator, Observer, Remains};
use limbeck_testing::{Mariadb, Postgres, free_port};

#[derive(Default)]
struct Tries(Arc<AtomicUsize>);

impl Observer for Tries {
    fn event(&self, event: &Event<'_>) {
        if let Event::Unreachable { .. } | Event::Retrying { .. } = event {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// The URL of a database behind a port where nothing listens yet.
fn behind(port: u16, url: &str) -> String {
    url.replace(&format!(":{}/", Postgres::shared().port()), &format!(":{port}/"))
}

fn migrator(url: String, tries: &Tries) -> Migrator {
    let migrations = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/migrations");
    Migrator::new(migrations)
        .url(url)
        .observer(Tries(Arc::clone(&tries.0)))
}

/// Passes connections on to the server, from the time it is called.
fn open_the_way(port: u16) {
    let listener = TcpListener::bind(("127.0.0.1", port)).expect("the port is free");
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let server =
                TcpStream::connect(("127.0.0.1", Postgres::shared().port())).expect("the server runs");
            for (mut from, mut to) in [(&client, &server), (&server, &client)].map(clone) {
                thread::spawn(move || {
                    drop(io::copy(&mut from, &mut to));
                    drop(to.shutdown(Shutdown::Write));
                });
            }
        }
    });
}

fn clone((from, to): (&TcpStream, &TcpStream)) -> (TcpStream, TcpStream) {
    let clone = |stream: &TcpStream| stream.try_clone().expect("a stream can be cloned");
    (clone(from), clone(to))
}

#[test]
fn a_server_that_comes_up_late_is_waited_for() {
    let database = Postgres::shared().fresh_database();
    let (port, tries) = (free_port(), Tries::default());
    let migrator = migrator(behind(port, &database.url), &tries).connect_wait(Duration::from_secs(60));
    let run = thread::spawn(move || migrator.upgrade("head"));
    while tries.0.load(Ordering::Relaxed) < 2 {
        thread::sleep(Duration::from_millis(10));
    }
    open_the_way(port);
    let outcome = run
        .join()
        .expect("it does not panic")
        .expect("the server is there now");
    assert_eq!(outcome.to, ["002"]);
}

#[test]
fn a_server_that_never_comes_is_given_up() {
    let database = Postgres::shared().fresh_database();
    let tries = Tries::default();
    let migrator = migrator(behind(free_port(), &database.url), &tries);
    let failed = migrator
        .clone()
        .connect_wait(Duration::from_millis(250))
        .upgrade("head");
    assert!(matches!(failed, Err(Error::Connect(error)) if error.kind == ErrorKind::Connect));
    assert!(tries.0.load(Ordering::Relaxed) > 0);
    let tried = tries.0.load(Ordering::Relaxed);
    assert!(migrator.upgrade("head").is_err());
    assert_eq!(tries.0.load(Ordering::Relaxed), tried, "nobody asked for waiting");
}

/// While a reader has the table, a revision that alters it gives way again and again; when the reader has gone, it is done.
fn gives_way_to_a_reader(url: &str) {
    let tries = Tries::default();
    let migrator = migrator(url.to_owned(), &tries).lock_timeout(Some(Duration::from_millis(100)));
    migrator.upgrade("001").expect("nobody is in the way");
    let url = Url::parse(url).expect("the URL of a test database is right");
    let mut reader = database::connect(&url, &Options::default()).expect("the server is there");
    for sql in ["START TRANSACTION", "SELECT * FROM users"] {
        reader.execute(sql).expect("it can be read");
    }
    let failed = migrator.clone().retries(0).upgrade("head");
    let Err(Error::Failed(failure)) = failed else {
        panic!("it can't be done: {failed:?}")
    };
    assert_eq!(failure.source.kind, ErrorKind::LockTimeout);
    assert!(matches!(
        failure.remains,
        Remains::Nothing | Remains::Statements { done: 0, .. }
    ));
    assert_eq!(tries.0.load(Ordering::Relaxed), 0, "no retry was asked for");

    let run = thread::spawn(move || migrator.upgrade("head"));
    while tries.0.load(Ordering::Relaxed) < 2 {
        thread::sleep(Duration::from_millis(10));
    }
    // Others get at the table while the revision pauses.
    reader.execute("SELECT * FROM users").expect("it can be read");
    reader.execute("COMMIT").expect("it can be ended");
    let outcome = run
        .join()
        .expect("it does not panic")
        .expect("the reader has gone");
    assert_eq!(outcome.to, ["002"]);
}

#[test]
fn a_reader_on_postgresql_is_given_way() {
    gives_way_to_a_reader(&Postgres::shared().fresh_database().url);
}

#[test]
fn a_reader_on_mariadb_is_given_way() {
    gives_way_to_a_reader(&Mariadb::shared().fresh_database().url);
}
