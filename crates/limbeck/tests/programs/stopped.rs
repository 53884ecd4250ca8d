//! Programs that are stopped, held up, or have company.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use super::*;
use limbeck::{CancelToken, Error, Event, LockMode, Observer, Remains};

/// A statement that takes minutes, unless it is cancelled.
fn endless(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => {
            "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n) SELECT count(*) FROM n"
        }
        Dialect::Postgresql => "SELECT pg_sleep(300)",
        Dialect::Mariadb | Dialect::Mysql => "SELECT count(*) FROM seq_1_to_1000000000 JOIN seq_1_to_1000",
    }
}

/// A program that swallows every error does not get past a cancellation.
#[test]
fn a_program_is_cancelled() {
    for database in Database::ALL {
        let world = World::new(database);
        let (token, started) = (CancelToken::new(), Arc::new(AtomicBool::new(false)));
        let flag = Arc::clone(&started);
        let swallows = body(move |on| {
            on.execute(3, "INSERT INTO a VALUES (3)")?;
            flag.store(true, Ordering::SeqCst);
            drop(on.0.query(endless(on.0.dialect()), 4));
            drop(on.0.execute("INSERT INTO a VALUES (4)", 5));
            Ok(())
        });
        let migrator = migrator(&world, swallows).cancel_token(&token);
        let run = thread::spawn({
            let migrator = migrator.clone();
            move || migrator.upgrade("head")
        });
        while !started.load(Ordering::SeqCst) {
            thread::sleep(Duration::from_millis(10));
        }
        thread::sleep(Duration::from_millis(200));
        token.cancel();
        let ended = run.join().expect("it does not panic");
        let Err(Error::Cancelled(Some(failure))) = ended else {
            panic!("{database:?}: {ended:?}")
        };
        assert_eq!((failure.file.as_str(), failure.line), (FILE, 4), "{database:?}");
        let remains = match database {
            Database::Mariadb => Remains::OfProgram { done: 0 },
            _ => Remains::Nothing,
        };
        assert_eq!(failure.remains, remains, "{database:?}");
        assert_eq!(value(world.connect().as_mut(), "SELECT count(*) FROM a"), "2");
        assert!(log(&migrator).iter().all(|line| !line.contains("running")));
    }
}

/// Notes that a revision was tried again, and lets the reader go.
struct Retried(Arc<AtomicBool>);

impl Observer for Retried {
    fn event(&self, event: &Event<'_>) {
        if let Event::Retrying { revision, .. } = event {
            assert_eq!(*revision, "002");
            self.0.store(true, Ordering::SeqCst);
        }
    }
}

#[test]
fn a_program_that_waits_too_long_gives_way_and_comes_back() {
    for database in [Database::Postgresql, Database::Mariadb] {
        let world = World::new(database);
        let swallows = body(|on| {
            on.execute(3, "CREATE TABLE b (id INTEGER)")?;
            drop(on.0.execute("ALTER TABLE a ADD COLUMN more INTEGER", 4));
            Ok(())
        });
        let migrator = migrator(&world, swallows);
        migrator.upgrade("001").expect("nobody is in the way");
        let mut reader = world.connect();
        for sql in ["START TRANSACTION", "SELECT * FROM a"] {
            reader.execute(sql).expect("it can be read");
        }
        let retried = Arc::new(AtomicBool::new(false));
        let migrator = migrator
            .lock_timeout(Some(Duration::from_millis(100)))
            .observer(Retried(Arc::clone(&retried)));
        let run = thread::spawn(move || migrator.upgrade("head"));
        while !retried.load(Ordering::SeqCst) {
            thread::sleep(Duration::from_millis(10));
        }
        reader.execute("COMMIT").expect("it can be ended");
        let outcome = run.join().expect("no panic").expect("the reader has gone");
        assert_eq!(outcome.to, ["003"], "{database:?}");
        assert!(exists(&world, "b"));
        world
            .connect()
            .query("SELECT more FROM a")
            .expect("it was tried again");
    }
}

/// The server ends the session in the middle; whether the step was committed is seen from the version rows.
#[test]
fn a_program_whose_connection_is_lost_leaves_nothing() {
    let world = World::new(Database::Postgresql);
    let ends = body(|on| {
        on.execute(3, "CREATE TABLE b (id INTEGER)")?;
        drop(on.0.query("SELECT pg_terminate_backend(pg_backend_pid())", 4));
        drop(on.0.execute("CREATE TABLE d (id INTEGER)", 5));
        Ok(())
    });
    let migrator = migrator(&world, ends);
    let Err(Error::Failed(failure)) = migrator.upgrade("head") else {
        panic!("the connection was lost")
    };
    assert_eq!((failure.line, failure.remains), (4, Remains::Nothing));
    assert!(!exists(&world, "b") && !exists(&world, "d"));
    assert_eq!(log(&migrator)[1], "upgrade 002 failed 0/0");
}

/// Tells what it hears of statements, and of what the server says to them.
struct Heard(Arc<std::sync::Mutex<Vec<String>>>);

impl Observer for Heard {
    fn event(&self, event: &Event<'_>) {
        let line = match event {
            Event::Statement {
                revision: "002",
                file,
                line,
                sql,
            } => format!("{file}:{line} {sql}"),
            Event::Notice {
                revision: "002",
                notice,
            } => notice.message.clone(),
            _ => return,
        };
        self.0.lock().expect("no thread panics with it").push(line);
    }
}

#[test]
fn statements_and_notices_are_told_as_they_come() {
    let world = World::new(Database::Postgresql);
    let heard = Arc::default();
    let told = Arc::clone(&heard);
    let program = body(move |on| {
        on.execute(3, "CREATE TABLE IF NOT EXISTS a (id INTEGER)")?;
        let before = told_until_now(&told);
        assert_eq!(
            before,
            [
                "versions/002_b.py:3 CREATE TABLE IF NOT EXISTS a (id INTEGER)",
                "relation \"a\" already exists, skipping"
            ]
        );
        on.query(4, "SELECT 1")?;
        assert_eq!(told_until_now(&told)[2..], ["versions/002_b.py:4 SELECT 1"]);
        Ok(())
    });
    let migrator = migrator(&world, program).observer(Heard(heard));
    migrator.upgrade("head").expect("nothing is in the way");
}

fn told_until_now(told: &std::sync::Mutex<Vec<String>>) -> Vec<String> {
    told.lock().expect("no thread panics with it").clone()
}

/// With a lease each transaction of a program begins with its token.
#[test]
fn a_lease_covers_a_program() {
    for database in Database::ALL {
        let world = World::new(database);
        let program = body(|on| {
            on.execute(3, "CREATE TABLE b (id INTEGER)")?;
            on.autocommit(4, true)?;
            on.execute(5, "INSERT INTO b VALUES (1)")?;
            on.autocommit(6, false)?;
            on.execute(7, "INSERT INTO b VALUES (2)")?;
            // Somebody else has taken it meanwhile, as from a process that stood still.
            on.execute(8, "UPDATE limbeck_lease SET token = token + 1")?;
            on.execute(9, "COMMIT")?;
            on.execute(10, "INSERT INTO b VALUES (3)").map(drop)
        });
        let migrator = migrator(&world, program).lock(LockMode::Lease);
        let ended = migrator.upgrade("head");
        assert!(
            matches!(ended, Err(Error::LockLost(_))),
            "{database:?}: {ended:?}"
        );
        assert_eq!(
            value(world.connect().as_mut(), "SELECT count(*) FROM b"),
            "2",
            "{database:?}"
        );
    }
}

/// Several processes that start together run the program once.
#[test]
fn a_program_is_run_once() {
    for database in Database::ALL {
        let world = World::new(database);
        let program = body(|on| {
            on.execute(3, "CREATE TABLE b (id INTEGER)")?;
            on.autocommit(4, true)?;
            on.execute(5, "INSERT INTO b VALUES (1)")?;
            on.autocommit(6, false)
        });
        let migrator = migrator(&world, program);
        let done: usize = thread::scope(|scope| {
            let threads: Vec<_> = (0..3)
                .map(|_| {
                    scope.spawn(|| {
                        migrator
                            .upgrade("head")
                            .expect("it waits for the others")
                            .steps
                            .len()
                    })
                })
                .collect();
            threads
                .into_iter()
                .map(|thread| thread.join().expect("no panic"))
                .sum()
        });
        assert_eq!(done, 3, "{database:?}");
        assert_eq!(
            value(world.connect().as_mut(), "SELECT count(*) FROM b"),
            "1",
            "{database:?}"
        );
    }
}
