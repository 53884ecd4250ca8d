//! The kinds of lock, alone and beside each other.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use limbeck::database::{self, Options, Url};
use limbeck::{Error, Event, LockMode, Migrator, Observer};

use crate::cases::{Database, World};
use crate::parallel::{REVISIONS, each_once, world};

const SERVERS: [Database; 2] = [Database::Postgresql, Database::Mariadb];

/// Remembers who was waited for.
#[derive(Clone, Default)]
struct Holders(Arc<Mutex<Vec<String>>>);

impl Holders {
    fn last(&self) -> Option<String> {
        self.0.lock().expect("no test panics with it").last().cloned()
    }

    fn wait(&self) -> String {
        let start = Instant::now();
        loop {
            if let Some(holder) = self.last() {
                return holder;
            }
            assert!(start.elapsed() < Duration::from_secs(20), "nobody was waited for");
            thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Observer for Holders {
    fn event(&self, event: &Event<'_>) {
        if let Event::WaitingForLock { holder } = event {
            let mut holders = self.0.lock().expect("no test panics with it");
            holders.push((*holder).to_owned());
        }
    }
}

/// Calls a function when a step starts.
struct AtStep<F>(usize, F);

impl<F: Fn() + Send + Sync> Observer for AtStep<F> {
    fn event(&self, event: &Event<'_>) {
        if let Event::StepStarted { of, .. } = event
            && *of == self.0
        {
            (self.1)();
        }
    }
}

fn execute(url: &str, sql: &str) {
    let url = Url::parse(url).expect("the URL of a test database is right");
    let mut connection = database::connect(&url, &Options::default()).expect("the database is there");
    connection.execute(sql).expect("the statement is right");
}

#[test]
fn a_lease_keeps_runs_apart() {
    for database in Database::ALL {
        each_once(database, |_, migrator| migrator.lock(LockMode::Lease));
    }
}

#[test]
fn leases_and_session_locks_keep_each_other_apart() {
    for database in SERVERS {
        each_once(database, |number, migrator| {
            migrator.lock(if number % 2 == 0 {
                LockMode::Lease
            } else {
                LockMode::Session
            })
        });
    }
}

/// Somebody takes the lease over before the second step: nothing more is written.
#[test]
fn a_lost_lease_stops_the_run() {
    for database in Database::ALL {
        let world = world(database);
        let url = world.url.clone();
        let steal = AtStep(2, move || {
            execute(
                &url,
                "UPDATE limbeck_lease SET token = token + 1, holder = 'a thief', heartbeat = 0",
            );
        });
        let failed = world
            .migrator()
            .lock(LockMode::Lease)
            .observer(steal)
            .upgrade("head");
        assert!(
            matches!(failed, Err(Error::LockLost(_))),
            "{database:?}: {failed:?}"
        );
        let current = world.migrator().current().expect("it can be read");
        assert_eq!(current, ["001"], "{database:?}");
        let outcome = world.migrator().lock(LockMode::Lease).upgrade("head");
        assert_eq!(outcome.expect("the thief's lease is over").to, ["006"]);
    }
}

/// What can't be rolled back is not begun either.
#[test]
fn a_lost_lease_stops_an_autocommit_section() {
    for database in Database::ALL {
        let world = World::new(database);
        let text = "-- limbeck:upgrade autocommit\nCREATE TABLE a (id INTEGER);\n";
        world.write("migrations/001_a.sql", text.as_bytes());
        let url = world.url.clone();
        let steal = AtStep(1, move || {
            execute(&url, "UPDATE limbeck_lease SET token = token + 1");
        });
        let failed = world
            .migrator()
            .lock(LockMode::Lease)
            .observer(steal)
            .upgrade("head");
        assert!(
            matches!(failed, Err(Error::LockLost(_))),
            "{database:?}: {failed:?}"
        );
        let url = Url::parse(&world.url).expect("the URL of a test database is right");
        let mut connection = database::connect(&url, &Options::default()).expect("the database is there");
        assert!(connection.query("SELECT * FROM a").is_err(), "{database:?}");
    }
}

/// A holder that is gone is waited for until its lease is over, and is named meanwhile.
#[test]
fn a_dead_holders_lease_ends() {
    for database in Database::ALL {
        let world = world(database);
        let run = |holders: &Holders| {
            let migrator = world.migrator().lock(LockMode::Lease).observer(holders.clone());
            migrator.lease(Duration::from_secs(2))
        };
        run(&Holders::default())
            .upgrade("001")
            .expect("nobody is in the way");
        let now = match database {
            Database::Sqlite => "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)",
            Database::Postgresql => "CAST(EXTRACT(epoch FROM clock_timestamp()) * 1000 AS BIGINT)",
            Database::Mariadb => "TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(3)) DIV 1000",
        };
        // So long that it can't end before it is met, however slow the machine is.
        execute(
            &world.url,
            &format!(
                "UPDATE limbeck_lease SET token = token + 1, holder = 'ada@gone pid 7', since = 'noon', running = '002', duration = \
                 600000, heartbeat = {now}"
            ),
        );
        let failed = run(&Holders::default())
            .lock_wait(Duration::from_millis(100))
            .upgrade("head");
        let Err(Error::Locked { holder, .. }) = failed else {
            panic!("{database:?}: {failed:?}")
        };
        assert_eq!(holder, " (ada@gone pid 7, since noon, running 002)");

        let holders = Holders::default();
        let waiter = run(&holders);
        thread::scope(|scope| {
            let waiter = scope.spawn(move || waiter.upgrade("head"));
            holders.wait();
            execute(
                &world.url,
                &format!("UPDATE limbeck_lease SET duration = 1000, heartbeat = {now}"),
            );
            let outcome = waiter.join().expect("no panic").expect("the lease ends");
            assert_eq!(outcome.to, ["006"]);
        });
        assert_eq!(holders.last(), Some(holder));
        let url = Url::parse(&world.url).expect("the URL of a test database is right");
        let mut connection = database::connect(&url, &Options::default()).expect("the database is there");
        let rows = connection
            .query("SELECT holder FROM limbeck_lease")
            .expect("it is there");
        assert_eq!(rows, [[None]], "{database:?}: it is given back");
    }
}

/// SQLite: whoever commits keeps everybody else out of the file, for a moment that can be any of those in which the lock is taken.
#[test]
fn commits_of_the_application_are_waited_for() {
    let world = world(Database::Sqlite);
    // A lease that was taken once is looked for ever after.
    let migrator = world.migrator().lock(LockMode::Lease);
    migrator.upgrade("005").expect("nobody is in the way");
    let (mut application, done) = (world.connect(), AtomicBool::new(false));
    let done = &done;
    thread::scope(|scope| {
        scope.spawn(move || {
            // Without the time that the disk takes there are more commits, and gaps between them.
            application
                .execute("PRAGMA synchronous = OFF")
                .expect("it can be set");
            while !done.load(Ordering::Relaxed) {
                application
                    .execute("UPDATE t1 SET id = id")
                    .expect("it waits, too");
                thread::sleep(Duration::from_micros(50));
            }
        });
        let runs = (0..100).map(|run| {
            let migrator = world.migrator();
            if run % 2 == 0 {
                migrator.upgrade("006")
            } else {
                migrator.downgrade("005")
            }
        });
        let failed: Vec<_> = runs.filter_map(Result::err).collect();
        done.store(true, Ordering::Relaxed);
        assert!(failed.is_empty(), "{} failed: {failed:?}", failed.len());
    });
}

/// SQLite: a transaction that changes more than fits into memory keeps readers out of the file until it ends, so that not even
/// the lease can be read.
#[test]
fn a_long_transaction_of_the_application_is_waited_for() {
    /// Longer than a statement on the lease waits by itself, twice.
    const LONG: Duration = Duration::from_secs(6);
    for taken_before in [true, false] {
        let world = world(Database::Sqlite);
        let (migrator, holders) = (world.migrator().lock(LockMode::Lease), Holders::default());
        if taken_before {
            migrator.upgrade("001").expect("nobody is in the way");
        }
        let mut application = world.connect();
        application.execute("BEGIN IMMEDIATE").expect("it is alone");
        thread::scope(|scope| {
            let run = scope.spawn(|| migrator.observer(holders.clone()).upgrade("head"));
            // Its first questions could still be answered.
            holders.wait();
            let grow = [
                "PRAGMA cache_size = 1",
                "CREATE TABLE large AS SELECT zeroblob(1000000)",
            ];
            application.execute_many(&grow).expect("nobody else writes");
            thread::sleep(LONG);
            assert!(!run.is_finished(), "{:?}", run.join());
            application.execute("COMMIT").expect("nobody reads any more");
            let outcome = run
                .join()
                .expect("it does not panic")
                .expect("the transaction has ended");
            assert_eq!(outcome.to, ["006"]);
        });
    }
}

/// Revisions of which the second ends when the lock that [`hold`] took is given back.
fn slow_world(database: Database) -> World {
    let world = World::new(database);
    world.write("migrations/001_a.sql", b"CREATE TABLE a (id INTEGER);");
    let wait = match database {
        Database::Mariadb => "DO GET_LOCK('a slow revision', 60);",
        _ => "SELECT pg_advisory_xact_lock(4711);",
    };
    world.write("migrations/002_slow.sql", wait.as_bytes());
    world
}

/// Has the second revision of [`slow_world`] wait, and returns what ends that.
fn hold(world: &World) -> impl FnOnce() + use<> {
    let (lock, unlock) = match world.database {
        Database::Mariadb => (
            // A session that was just closed still has it for a moment.
            "SELECT GET_LOCK('a slow revision', 20)",
            "SELECT RELEASE_LOCK('a slow revision')",
        ),
        _ => ("SELECT pg_advisory_lock(4711)", "SELECT pg_advisory_unlock(4711)"),
    };
    let mut connection = world.connect();
    connection.query(lock).expect("nobody has it");
    move || drop(connection.query(unlock).expect("it is held"))
}

#[test]
fn waiters_are_told_who_runs_what() {
    for database in SERVERS {
        for mode in [LockMode::Session, LockMode::Lease] {
            let world = slow_world(database);
            let release = hold(&world);
            let migrator = |who: &str| {
                let options = Options {
                    application_name: format!("limbeck {who}"),
                    ..Options::default()
                };
                let migrator = world.migrator().lock(mode).options(options).who(who);
                migrator.lock_timeout(None)
            };
            let (first, holders) = (migrator("the first"), Holders::default());
            let second = migrator("the second").observer(holders.clone());
            thread::scope(|scope| {
                let run = scope.spawn(move || first.upgrade("head"));
                while world.migrator().current().expect("it can be read") != ["001"] {
                    thread::sleep(Duration::from_millis(10));
                }
                let wait = scope.spawn(move || second.upgrade("head"));
                let start = Instant::now();
                // The first may have been between its steps when it was asked for.
                while !holders.wait().contains("running 002") && start.elapsed() < Duration::from_secs(20) {
                    thread::sleep(Duration::from_millis(10));
                }
                let told = holders.wait();
                assert!(told.contains("running 002"), "{database:?}, {mode:?}: {told}");
                if (database, mode) != (Database::Mariadb, LockMode::Session) {
                    assert!(told.contains("the first"), "{database:?}, {mode:?}: {told}");
                }
                release();
                run.join().expect("no panic").expect("nobody is in the way");
                let second = wait.join().expect("no panic").expect("the first ends");
                assert_eq!(second.steps, []);
            });
        }
    }
}

/// A waiter that *blocks* holds a snapshot, which `CREATE INDEX CONCURRENTLY` waits for while it is waited for. Those that poll
/// hold none.
#[test]
fn waiters_do_not_hold_up_an_index_that_is_built_concurrently() {
    for mode in [LockMode::Session, LockMode::Lease] {
        let world = World::new(Database::Postgresql);
        world.write("migrations/001_a.sql", b"CREATE TABLE a (id INTEGER);");
        world.write("migrations/002_slow.sql", b"SELECT pg_sleep(1);");
        let index = "-- limbeck:upgrade autocommit\nCREATE INDEX CONCURRENTLY a_id ON a (id);\n";
        world.write("migrations/003_index.sql", index.as_bytes());
        let migrators: Vec<Migrator> = (0..6).map(|_| world.migrator().lock(mode)).collect();
        let start = Instant::now();
        let outcomes = crate::parallel::together(migrators);
        assert_eq!(
            outcomes.iter().map(|outcome| outcome.steps.len()).sum::<usize>(),
            3
        );
        assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
    }
}

/// The number that a session was given is the server's own, with TLS and without.
#[test]
fn sessions_know_their_number() {
    let postgres = limbeck_testing::Postgres::shared();
    let mariadb = limbeck_testing::Mariadb::shared();
    let (of_postgres, of_mariadb) = (postgres.fresh_database(), mariadb.fresh_database());
    let pid = "SELECT pg_backend_pid()";
    let urls = [
        (format!("{}?sslmode=disable", of_postgres.url), pid),
        (format!("{}?sslmode=prefer", of_postgres.url), pid),
        (of_mariadb.url.clone(), "SELECT CONNECTION_ID()"),
    ];
    for (url, sql) in urls {
        let url = Url::parse(&url).expect("the URL of a test database is right");
        let mut connection = database::connect(&url, &Options::default()).expect("the server is there");
        let rows = connection.query(sql).expect("the server tells it");
        assert_eq!(
            rows[0][0],
            connection.session_id().map(|id| id.to_string()),
            "{url}"
        );
    }
    assert_eq!(REVISIONS, 6, "the names of revisions in this file");
}

#[test]
fn a_standby_is_refused_and_can_be_waited_at() {
    let primary = limbeck_testing::Postgres::start(limbeck_testing::Tls::Off);
    let database = primary.fresh_database();
    let world = world(Database::Postgresql);
    let at = |url: String| world.migrator().url(url);
    at(database.url.clone())
        .upgrade("005")
        .expect("it is the primary");
    let standby = primary.standby();
    let url = standby.url(&database.name);
    let failed = at(url.clone()).upgrade("head");
    let Err(Error::ReadOnly { why, .. }) = &failed else {
        panic!("{failed:?}")
    };
    assert_eq!(why, "it is a standby");
    assert_eq!(at(url.clone()).pending().expect("it can be read"), ["006"]);
    assert_eq!(at(url).upgrade("005").expect("there is nothing to do").steps, []);
}

/// On a cluster `GET_LOCK` is each node's own, so the lease is taken there without being asked for.
#[test]
fn a_galera_cluster_gets_a_lease() {
    let server = limbeck_testing::Mariadb::start_galera();
    let database = server.fresh_database();
    let world = world(Database::Mariadb);
    let migrators = (0..4).map(|_| world.migrator().url(&database.url)).collect();
    let outcomes = crate::parallel::together(migrators);
    assert_eq!(
        outcomes.iter().map(|outcome| outcome.steps.len()).sum::<usize>(),
        REVISIONS
    );
    let lease = server.mariadb(
        &database.name,
        "SELECT holder IS NULL, token > 0 FROM limbeck_lease",
    );
    assert_eq!(lease.trim(), "1\t1");
    let plain = crate::parallel::world(Database::Mariadb);
    plain.migrator().upgrade("head").expect("nobody is in the way");
    let url = Url::parse(&plain.url).expect("the URL of a test database is right");
    let mut connection = database::connect(&url, &Options::default()).expect("the database is there");
    assert!(
        connection.query("SELECT 1 FROM limbeck_lease").is_err(),
        "elsewhere there is none"
    );
}

/// The start of a replica on most days: one connection, and one question.
#[test]
fn with_nothing_to_do_little_is_asked() {
    for (database, port) in [
        (Database::Postgresql, limbeck_testing::Postgres::shared().port()),
        (Database::Mariadb, limbeck_testing::Mariadb::shared().port()),
    ] {
        let world = world(database);
        world.migrator().upgrade("head").expect("nobody is in the way");
        let requests = |run: &dyn Fn(&str)| {
            let proxy = limbeck_testing::Proxy::start(port);
            let url = world
                .url
                .replace(&format!(":{port}/"), &format!(":{}/", proxy.port()));
            let plain = if database == Database::Postgresql {
                "?sslmode=disable"
            } else {
                "?ssl_mode=disabled"
            };
            run(&(url + plain));
            proxy.requests()
        };
        let connecting = requests(&|url| {
            let url = Url::parse(url).expect("the URL of a test database is right");
            drop(database::connect(&url, &Options::default()).expect("the server is there"));
        });
        let idle = requests(&|url| {
            let outcome = world
                .migrator()
                .url(url)
                .upgrade("head")
                .expect("there is nothing to do");
            assert_eq!(outcome.steps, []);
        });
        let more: Vec<_> = idle.iter().skip(connecting.len()).collect();
        assert!(idle.len() <= connecting.len() + 2, "{database:?}: {more:?}");
        assert!(
            idle.concat().contains("alembic_version"),
            "{database:?}: {idle:?}"
        );
        for word in ["advisory", "GET_LOCK", "INSERT", "UPDATE", "CREATE"] {
            assert!(!idle.concat().contains(word), "{database:?}: {idle:?}");
        }
    }
}

#[test]
fn a_database_that_can_only_be_read_is_refused() {
    let world = world(Database::Postgresql);
    execute(
        &world.url,
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', current_database()); END $$",
    );
    let failed = world.migrator().upgrade("head");
    let Err(Error::ReadOnly { why, .. }) = &failed else {
        panic!("{failed:?}")
    };
    assert_eq!(why, "default_transaction_read_only is on for it");

    let server = limbeck_testing::Mariadb::start(limbeck_testing::Tls::Off);
    let database = server.fresh_database();
    server.mariadb("mysql", "SET GLOBAL read_only = 1");
    let failed = world.migrator().url(&database.url).upgrade("head");
    assert!(matches!(failed, Err(Error::ReadOnly { .. })), "{failed:?}");
    assert_eq!(
        world
            .migrator()
            .url(&database.url)
            .current()
            .expect("it can be read"),
        [""; 0]
    );
}
