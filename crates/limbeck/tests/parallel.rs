//! Several migrators at once.

use std::sync::Barrier;

use limbeck::database::{self, Options, Url};
use limbeck::{Error, Event, Migrator, Observer, Outcome};

use crate::cases::{Database, World};

pub(crate) const REVISIONS: usize = 6;
const THREADS: usize = 8;

/// Revisions that fail, or leave a second row, when one is applied twice.
pub(crate) fn world(database: Database) -> World {
    let world = World::new(database);
    for number in 1..=REVISIONS {
        let previous = if number == 1 {
            String::new()
        } else {
            format!("INSERT INTO t1 VALUES ({number});\n")
        };
        let text = format!(
            "-- limbeck:upgrade\nCREATE TABLE t{number} (id INTEGER);\n{previous}-- limbeck:downgrade\nDROP TABLE t{number};\n"
        );
        world.write(&format!("migrations/{number:03}_t{number}.sql"), text.as_bytes());
    }
    world
}

/// Starts all at the same moment, and returns what each did.
pub(crate) fn together(migrators: Vec<Migrator>) -> Vec<Outcome> {
    let barrier = Barrier::new(migrators.len());
    std::thread::scope(|scope| {
        let threads: Vec<_> = migrators
            .iter()
            .map(|migrator| {
                scope.spawn(|| {
                    barrier.wait();
                    migrator.upgrade("head").expect("each of them succeeds")
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().expect("no thread panics"))
            .collect()
    })
}

/// Has eight threads migrate one database, each with its migrator set up, and sees that each revision was applied once.
pub(crate) fn each_once(database: Database, set_up: impl Fn(usize, Migrator) -> Migrator) {
    let world = world(database);
    let outcomes = together(
        (0..THREADS)
            .map(|number| set_up(number, world.migrator()))
            .collect(),
    );
    let steps: usize = outcomes.iter().map(|outcome| outcome.steps.len()).sum();
    assert_eq!(steps, REVISIONS, "{outcomes:?}");
    assert!(
        outcomes.iter().all(|outcome| outcome.to == ["006"]),
        "{outcomes:?}"
    );
    let log = world.migrator().log().expect("the journal can be read");
    let done: Vec<_> = log
        .iter()
        .map(|attempt| (attempt.revision.as_str(), attempt.outcome.as_str()))
        .collect();
    let wanted: Vec<String> = (1..=REVISIONS).map(|number| format!("{number:03}")).collect();
    let wanted: Vec<_> = wanted
        .iter()
        .map(|revision| (revision.as_str(), "done"))
        .collect();
    assert_eq!(done, wanted);
    let rows = world
        .connect()
        .query("SELECT count(*) FROM t1")
        .expect("the table is there");
    assert_eq!(rows, [[Some((REVISIONS - 1).to_string())]]);
}

#[test]
fn eight_threads_apply_each_revision_once_on_sqlite() {
    each_once(Database::Sqlite, |_, migrator| migrator);
}

#[test]
fn eight_threads_apply_each_revision_once_on_postgresql() {
    each_once(Database::Postgresql, |_, migrator| migrator);
}

#[test]
fn eight_threads_apply_each_revision_once_on_mariadb() {
    each_once(Database::Mariadb, |_, migrator| migrator);
}

#[test]
fn migrators_on_different_databases_do_not_disturb_each_other() {
    let worlds: Vec<World> = [Database::ALL, Database::ALL]
        .concat()
        .into_iter()
        .map(world)
        .collect();
    let outcomes = together(worlds.iter().map(World::migrator).collect());
    for outcome in outcomes {
        assert_eq!(
            (outcome.steps.len(), outcome.to),
            (REVISIONS, vec!["006".to_owned()])
        );
    }
}

#[test]
fn a_downgrade_and_upgrades_take_turns() {
    for database in Database::ALL {
        let world = world(database);
        world.migrator().upgrade("head").expect("it is new");
        let (one, other) = (world.migrator(), world.migrator());
        std::thread::scope(|scope| {
            let down = scope.spawn(move || one.downgrade("base"));
            let up = scope.spawn(move || other.upgrade("head"));
            down.join()
                .expect("no thread panics")
                .expect("it is stepped back");
            up.join()
                .expect("no thread panics")
                .expect("it is at the head, or comes to it");
        });
        let log = world.migrator().log().expect("the journal can be read");
        assert!(log.iter().all(|attempt| attempt.outcome == "done"), "{log:?}");
    }
}

#[cfg(feature = "tokio")]
#[test]
fn an_asynchronous_service_migrates_itself() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("there is a runtime");
    for database in Database::ALL {
        let world = world(database);
        let outcome = runtime
            .block_on(world.migrator().upgrade_async("head"))
            .expect("it is new");
        assert_eq!(outcome.steps.len(), REVISIONS);
        let error = runtime
            .block_on(world.migrator().upgrade_async("nowhere"))
            .expect_err("there is no such target");
        assert!(error.to_string().contains("nowhere"), "{error}");
    }
}

/// Ends the session that holds the lock, when the first step starts.
struct LoseTheLock {
    url: String,
    sql: &'static str,
}

impl Observer for LoseTheLock {
    fn event(&self, event: &Event<'_>) {
        if let Event::StepStarted { of: 1, .. } = event {
            let url = Url::parse(&self.url).expect("the URL of a test database is right");
            let mut admin = database::connect(&url, &Options::default()).expect("the server is there");
            let rows = admin.query(self.sql).expect("the holder can be found");
            let statement = rows[0][0].clone().expect("there is a holder");
            admin.execute(&statement).expect("its session can be ended");
        }
    }
}

fn a_lost_lock_stops_the_run(database: Database, sql: &'static str) {
    let world = world(database);
    let url = world.url.clone();
    let failed = world
        .migrator()
        .observer(LoseTheLock { url, sql })
        .upgrade("head");
    assert!(matches!(failed, Err(Error::LockLost(_))), "{failed:?}");
    assert_eq!(world.migrator().current().expect("it can be read"), ["001"]);
    assert_eq!(
        world.migrator().upgrade("head").expect("nobody is in the way").to,
        ["006"]
    );
}

#[test]
fn a_lost_lock_stops_the_run_on_postgresql() {
    // The connection of the lock is made after that of the run.
    let holder = "SELECT 'SELECT pg_terminate_backend(' || pid || ')' FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE \
                  locktype = 'advisory' AND datname = current_database() ORDER BY backend_start DESC";
    a_lost_lock_stops_the_run(Database::Postgresql, holder);
}

#[test]
fn a_lost_lock_stops_the_run_on_mariadb() {
    // The connection of the lock is made after that of the run.
    let holder = "SELECT CONCAT('KILL ', MAX(id)) FROM information_schema.processlist WHERE db = DATABASE() AND id <> \
                  CONNECTION_ID()";
    a_lost_lock_stops_the_run(Database::Mariadb, holder);
}
