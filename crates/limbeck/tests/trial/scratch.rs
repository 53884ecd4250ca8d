//! The database that a history is tested on: whose it is, who else is there, and that nothing is left of it.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Barrier, Mutex};

use limbeck::database::{self, Connection, Options, Url};
use limbeck::{CancelToken, Error, Event, Migrator, Observer, TestOptions};
use limbeck_testing::{Mariadb, Postgres, Tls};

use super::{USERS, history, lines, test};
use crate::cases::{Database, World};

/// A server with nobody else on it.
enum Server {
    Postgresql(Postgres),
    Mariadb(Mariadb),
}

impl Server {
    fn start(database: Database) -> Self {
        match database {
            Database::Postgresql => Self::Postgresql(Postgres::start(Tls::Off)),
            _ => Self::Mariadb(Mariadb::start(Tls::Off)),
        }
    }

    fn url(&self) -> String {
        match self {
            Self::Postgresql(server) => server.url("postgres"),
            Self::Mariadb(server) => server.url("mysql"),
        }
    }
}

fn connect(url: &str) -> Box<dyn Connection> {
    let url = Url::parse(url).expect("tests write good URLs");
    database::connect(&url, &Options::default()).expect("the database is there")
}

/// The scratch databases on a server.
fn scratches(url: &str) -> Vec<String> {
    let sql = if url.starts_with("postgresql") {
        "SELECT datname FROM pg_database WHERE datname LIKE 'limbeck%' ORDER BY 1"
    } else {
        "SELECT schema_name FROM information_schema.schemata WHERE schema_name LIKE 'limbeck%' ORDER BY 1"
    };
    let rows = connect(url).query(sql).expect("databases are listed");
    rows.into_iter().flatten().flatten().collect()
}

/// Notes which scratch databases there are when a revision is done, and panics then if it is to.
struct Look {
    url: String,
    seen: Arc<Mutex<Vec<String>>>,
    panics: bool,
}

impl Observer for Look {
    fn event(&self, event: &Event<'_>) {
        if let Event::Tested { .. } = event {
            *self.seen.lock().expect("nobody panics with it") = scratches(&self.url);
            assert!(!self.panics, "as it was asked to");
        }
    }
}

/// A scratch database is gone afterwards, also after a panic.
fn gone_afterwards(database: Database, url: &str) {
    let world = World::new(database);
    history(&world, &[USERS]);
    for panics in [false, true] {
        let seen = Arc::default();
        let look = Look {
            url: url.to_owned(),
            seen: Arc::clone(&seen),
            panics,
        };
        let migrator = Migrator::new(world.path("migrations")).url(url).observer(look);
        let options = TestOptions::default();
        let result = std::panic::catch_unwind(AssertUnwindSafe(|| migrator.test(&options)));
        assert_eq!(result.is_err(), panics);
        assert_eq!(seen.lock().expect("nobody panics with it").len(), 1);
        assert_eq!(scratches(url), [""; 0]);
    }
}

/// Cancels when a revision is done.
struct Cancel(CancelToken, Arc<Mutex<bool>>);

impl Observer for Cancel {
    fn event(&self, event: &Event<'_>) {
        if let Event::Tested { .. } = event {
            *self.1.lock().expect("nobody panics with it") = self.0.cancel();
        }
    }
}

/// A cancelled test has to come to an end, and leaves nothing.
fn cancelled(database: Database, url: &str) {
    let world = World::new(database);
    history(
        &world,
        &[USERS, ("CREATE TABLE a (id INTEGER);", "DROP TABLE a;")],
    );
    let (token, must_end) = (CancelToken::new(), Arc::default());
    let migrator = Migrator::new(world.path("migrations"))
        .url(url)
        .cancel_token(&token)
        .observer(Cancel(token.clone(), Arc::clone(&must_end)));
    let error = migrator
        .test(&TestOptions::default())
        .expect_err("it was cancelled");
    assert!(matches!(error, Error::Cancelled(None)), "{error}");
    assert!(*must_end.lock().expect("nobody panics with it"));
    assert_eq!(scratches(url), [""; 0]);
}

fn nothing_is_left(database: Database) {
    let server = Server::start(database);
    let url = server.url();
    gone_afterwards(database, &url);
    cancelled(database, &url);
    left_overs(database, &url);
}

#[test]
fn nothing_is_left_on_a_server_postgresql() {
    nothing_is_left(Database::Postgresql);
}

#[test]
fn nothing_is_left_on_a_server_mariadb() {
    nothing_is_left(Database::Mariadb);
}

#[test]
fn the_configured_database_is_not_written() {
    for database in Database::ALL {
        let world = World::new(database);
        history(&world, &[USERS]);
        assert!(test(&world, &TestOptions::default()).passed());
        let before = limbeck_testing::dump_schema(&world.url);
        assert!(
            !before.contains("users") && !before.contains("alembic_version"),
            "{before}"
        );
    }
}

/// What killed tests left behind is removed, and what others have is not.
fn left_overs(database: Database, url: &str) {
    let world = World::new(database);
    history(&world, &[USERS]);
    let mut other = connect(url);
    let id = match database {
        Database::Postgresql => "SELECT pg_backend_pid()",
        _ => "SELECT CONNECTION_ID()",
    };
    let id = other.query(id).expect("a session has an id")[0][0]
        .clone()
        .expect("it is not NULL");
    let owned = format!("limbeck_scratch_{id}_7");
    if database == Database::Mariadb {
        other
            .query(&format!("SELECT GET_LOCK('{owned}', 0)"))
            .expect("nobody has it");
    }
    for name in [owned.as_str(), "limbeck_scratch_1_7", "limbeck_other"] {
        other
            .execute(&format!("CREATE DATABASE {name}"))
            .expect("it is not there");
    }
    let migrator = Migrator::new(world.path("migrations")).url(url);
    assert!(
        migrator
            .test(&TestOptions::default())
            .expect("it can be tested")
            .passed()
    );
    assert_eq!(scratches(url), ["limbeck_other", &owned]);
    drop(other);
    // The server takes a moment to see that a session has ended.
    let gone = (0..50).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(100));
        migrator.test(&TestOptions::default()).expect("it can be tested");
        scratches(url) == ["limbeck_other"]
    });
    assert!(gone, "{:?}", scratches(url));
}

#[test]
fn tests_at_the_same_time_do_not_disturb_each_other() {
    const THREADS: usize = 3;
    for database in Database::ALL {
        let world = World::new(database);
        history(
            &world,
            &[USERS, ("CREATE TABLE a (id INTEGER);", "DROP TABLE a;")],
        );
        let barrier = Barrier::new(THREADS);
        let migrators: Vec<Migrator> = (0..THREADS).map(|_| world.migrator()).collect();
        std::thread::scope(|scope| {
            for migrator in &migrators {
                scope.spawn(|| {
                    barrier.wait();
                    for _ in 0..2 {
                        let report = migrator.test(&TestOptions::default()).expect("it can be tested");
                        assert_eq!(lines(&report), "");
                    }
                });
            }
        });
    }
}

#[test]
fn a_database_that_is_not_there_yet_is_tested_for() {
    for (database, url) in [
        (Database::Postgresql, Postgres::shared().url("not_there_yet")),
        (Database::Mariadb, Mariadb::shared().url("not_there_yet")),
    ] {
        let world = World::new(database);
        history(&world, &[USERS]);
        let migrator = Migrator::new(world.path("migrations")).url(url);
        assert!(
            migrator
                .test(&TestOptions::default())
                .expect("it can be tested")
                .passed()
        );
    }
}

fn refusal(migrator: &Migrator, options: &TestOptions) -> String {
    match migrator.test(options) {
        Err(Error::Scratch(message)) => message,
        other => panic!("it was not refused: {other:?}"),
    }
}

#[test]
fn without_the_right_to_create_a_database_it_is_said_what_to_grant() {
    let postgresql = World::new(Database::Postgresql);
    let name = postgresql.url.rsplit('/').next().expect("it has a name");
    let url = Postgres::shared().url_with_password(name);
    history(&postgresql, &[USERS]);
    let migrator = Migrator::new(postgresql.path("migrations")).url(url);
    assert_eq!(
        refusal(&migrator, &TestOptions::default()),
        "guarded may not create a scratch database (permission denied to create database). Let it (ALTER ROLE \"guarded\" \
         CREATEDB), or name an empty database with --scratch-url"
    );
    let mariadb = World::new(Database::Mariadb);
    let name = mariadb.url.rsplit('/').next().expect("it has a name");
    let url = Mariadb::shared().url_with_password(name);
    history(&mariadb, &[USERS]);
    let migrator = Migrator::new(mariadb.path("migrations")).url(url);
    let message = refusal(&migrator, &TestOptions::default());
    assert!(
        message.starts_with("guarded may not create a scratch database (Access denied"),
        "{message}"
    );
    assert!(
        message.ends_with(
            "Let it (GRANT ALL ON `limbeck\\_scratch\\_%`.* TO 'guarded'@'…'), or name an empty database with --scratch-url"
        ),
        "{message}"
    );
}

#[test]
fn a_given_database_must_be_empty_and_is_so_afterwards() {
    for database in Database::ALL {
        let (world, scratch) = (World::new(database), World::new(database));
        history(
            &world,
            &[
                USERS,
                ("CREATE VIEW v AS SELECT name FROM users;", ""),
                (
                    "CREATE TABLE a (id INTEGER);\nCREATE TABLE b (id INTEGER);",
                    "DROP TABLE a;",
                ),
            ],
        );
        let options = TestOptions {
            scratch_url: Some(scratch.url.clone()),
            ..TestOptions::default()
        };
        // The database that is configured need not even be there.
        let migrator = Migrator::new(world.path("migrations")).url(format!("{}_nowhere", world.url));
        for _ in 0..2 {
            let report = migrator.test(&options).expect("it is empty, and was made so");
            let said = lines(&report);
            assert!(said.contains("FAIL 003:5 restored: "), "{said}");
        }
        scratch
            .connect()
            .execute("CREATE TABLE precious (id INTEGER)")
            .expect("it is empty again");
        let message = refusal(&migrator, &options);
        assert!(
            message.contains("it holds a ") && message.contains("precious"),
            "{message}"
        );
        scratch
            .connect()
            .query("SELECT id FROM precious")
            .expect("it was not touched");
    }
}

#[test]
fn a_revision_that_reaches_beyond_the_scratch_database_is_refused() {
    let world = World::new(Database::Mariadb);
    let name = world.url.rsplit('/').next().expect("it has a name").to_owned();
    history(
        &world,
        &[USERS, (&format!("CREATE TABLE {name}.a (id INTEGER);"), "")],
    );
    let message = refusal(&world.migrator(), &TestOptions::default());
    assert!(
        message.contains(&format!(
            "002_r.sql:2: the database {name} reaches beyond a scratch database"
        )),
        "{message}"
    );
    let world = World::new(Database::Postgresql);
    history(
        &world,
        &[("CREATE ROLE app_of_a_test;", "DROP ROLE app_of_a_test;")],
    );
    let message = refusal(&world.migrator(), &TestOptions::default());
    assert!(
        message.contains("001_r.sql:2: CREATE ROLE reaches beyond"),
        "{message}"
    );
}

#[test]
fn the_schemas_of_the_search_path_are_there_also_when_the_database_was_made_anew() {
    let world = World::new(Database::Postgresql);
    let down = "DROP TABLE a;";
    history(
        &world,
        &[
            USERS,
            (
                "CREATE TABLE a (id INTEGER);\nCREATE TABLE left_behind (id INTEGER);",
                down,
            ),
            (
                "ALTER TABLE app.users ADD COLUMN n INTEGER;",
                "ALTER TABLE app.users DROP COLUMN n;",
            ),
        ],
    );
    let options = Options {
        search_path: Some("app, public".to_owned()),
        ..Options::default()
    };
    let report = world
        .migrator()
        .options(options)
        .test(&TestOptions::default())
        .expect("it can be tested");
    let said = lines(&report);
    assert!(
        said.ends_with("table app.left_behind: not there before\n"),
        "{said}"
    );
    assert!(
        report.revisions[0].passed() && report.revisions[2].passed(),
        "{said}"
    );
}
