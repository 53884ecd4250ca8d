//! Programs that commit before their end: on MySQL, and behind an autocommit.

use super::*;
use limbeck::{Error, Remains};

/// The checksum of statements, as the journal has it.
fn checksum_of(statements: &[&str]) -> String {
    limbeck_core::checksum::checksum(Dialect::Mariadb, statements.iter().map(|sql| (*sql, false)))
}

#[test]
fn what_stands_in_an_autocommit_stays() {
    for database in Database::ALL {
        let world = World::new(database);
        let program = |last: &'static str| {
            body(move |on| {
                on.execute(3, "CREATE TABLE b (id INTEGER NOT NULL)")?;
                on.autocommit(4, true)?;
                let alone = match on.0.dialect() {
                    Dialect::Mariadb | Dialect::Mysql => "ANALYZE TABLE b",
                    _ => "VACUUM",
                };
                on.execute(5, alone)?;
                on.execute(6, "INSERT INTO b VALUES (1)")?;
                let rows = on.query(7, "SELECT id FROM b")?;
                assert_eq!(rows.rows[0], [Datum::Int(1)]);
                on.autocommit(8, false)?;
                on.execute(9, "INSERT INTO b VALUES (2)")?;
                on.execute(10, last)?;
                Ok(())
            })
        };
        let first = migrator(&world, program("INSERT INTO b VALUES (NULL)"));
        let Err(Error::Failed(failure)) = first.upgrade("head") else {
            panic!("{database:?}: NULL is not allowed")
        };
        assert_eq!(failure.remains, Remains::OfProgram { done: 3 }, "{database:?}");
        assert_eq!(failure.line, 10, "{database:?}");
        assert_eq!(value(world.connect().as_mut(), "SELECT count(*) FROM b"), "1");
        assert_eq!(log(&first)[1], "upgrade 002 failed 3/0", "{database:?}");

        let second = migrator(&world, program("INSERT INTO b VALUES (3)"));
        let outcome = second.upgrade("head").expect("it is mended");
        assert_eq!(outcome.steps[0].resumed_behind, 3, "{database:?}");
        assert_eq!(outcome.steps[0].statements, 2, "{database:?}");
        assert_eq!(value(world.connect().as_mut(), "SELECT count(*) FROM b"), "3");
        assert_eq!(log(&second)[2], "upgrade 002 done 5/5", "{database:?}");
        assert_eq!(outcome.to, ["003"], "{database:?}");
    }
}

/// A whole run that is one transaction ends at an autocommit, and begins again behind the program.
#[test]
fn an_autocommit_ends_a_whole_run() {
    for database in [Database::Sqlite, Database::Postgresql] {
        let world = World::new(database);
        let program = body(|on| {
            on.autocommit(4, true)?;
            on.execute(5, "VACUUM")?;
            on.autocommit(6, false)?;
            on.execute(7, "INSERT INTO a VALUES (3)").map(drop)
        });
        let migrator = migrator(&world, program).transaction(limbeck::Transaction::WholeRun);
        let outcome = migrator.upgrade("head").expect("nothing is in the way");
        assert_eq!(
            (outcome.to.as_slice(), outcome.steps.len()),
            (["003".to_owned()].as_slice(), 3)
        );
        assert_eq!(log(&migrator)[1], "upgrade 002 done 2/2", "{database:?}");
    }
}

/// What `CREATE INDEX CONCURRENTLY` leaves behind where it fails is dropped by the next run, as for any revision.
#[test]
fn an_invalid_index_is_made_again() {
    let world = World::new(Database::Postgresql);
    let program = |duplicates: bool| {
        body(move |on| {
            on.execute(3, "CREATE TABLE b (id INTEGER)")?;
            on.execute(4, "INSERT INTO b VALUES (1), (1)")?;
            on.autocommit(5, true)?;
            if !duplicates {
                // Somebody has mended the rows meanwhile.
                on.query(6, "SELECT count(*) FROM b")?;
            }
            on.execute(7, "CREATE UNIQUE INDEX CONCURRENTLY b_id ON b (id)")?;
            on.autocommit(8, false)
        })
    };
    let Err(Error::Failed(failure)) = migrator(&world, program(true)).upgrade("head") else {
        panic!("there are duplicates")
    };
    assert_eq!(failure.remains, Remains::OfProgram { done: 2 });
    assert_eq!(
        value(
            world.connect().as_mut(),
            "SELECT count(*) FROM pg_index WHERE NOT indisvalid"
        ),
        "1"
    );
    let mend = "DELETE FROM b WHERE ctid = (SELECT max(ctid) FROM b)";
    world.connect().execute(mend).expect("it is there");
    let outcome = migrator(&world, program(false))
        .upgrade("head")
        .expect("it can be made now");
    assert_eq!(outcome.to, ["003"]);
    assert_eq!(
        value(
            world.connect().as_mut(),
            "SELECT count(*) FROM pg_index WHERE NOT indisvalid"
        ),
        "0"
    );
    assert_eq!(
        value(
            world.connect().as_mut(),
            "SELECT count(*) FROM pg_class WHERE relname LIKE 'b\\_id%'"
        ),
        "1"
    );
}

/// Alembic's revisions say `COMMIT` where they want to see a new label of an enum.
#[test]
fn a_commit_commits_and_goes_on() {
    for database in Database::ALL {
        let world = World::new(database);
        let program = |last: &'static str| {
            body(move |on| {
                on.execute(3, "CREATE TABLE b (id INTEGER NOT NULL)")?;
                on.execute(4, "INSERT INTO b VALUES (1)")?;
                on.execute(5, "COMMIT")?;
                on.execute(6, "BEGIN")?;
                on.execute(7, "INSERT INTO b VALUES (2)")?;
                on.execute(8, last).map(drop)
            })
        };
        let first = migrator(&world, program("ROLLBACK"));
        let Err(Error::Failed(failure)) = first.upgrade("head") else {
            panic!("{database:?}: it would take limbeck's own transaction back")
        };
        assert!(
            failure.to_string().contains("ROLLBACK can't stand in a revision"),
            "{failure}"
        );
        assert_eq!(failure.remains, Remains::OfProgram { done: 2 }, "{database:?}");
        let outcome = migrator(&world, program("INSERT INTO b VALUES (3)")).upgrade("head");
        assert_eq!(
            outcome.expect("it is mended").steps[0].resumed_behind,
            2,
            "{database:?}"
        );
        assert_eq!(value(world.connect().as_mut(), "SELECT count(*) FROM b"), "3");
    }
}

#[test]
fn a_program_that_was_killed_is_taken_up() {
    let world = World::new(Database::Mariadb);
    let killed = body(|on| {
        on.execute(3, "CREATE TABLE b (id INTEGER)")?;
        on.execute(4, "ALTER TABLE b ADD INDEX (id)")?;
        on.execute(5, "INSERT INTO b VALUES (1)")?;
        on.execute(6, "KILL CONNECTION CONNECTION_ID()").map(drop)
    });
    let first = migrator(&world, killed);
    let Err(Error::Failed(failure)) = first.upgrade("head") else {
        panic!("it was killed")
    };
    assert_eq!(failure.remains, Remains::OfProgram { done: 2 }, "{failure}");
    assert_eq!(log(&first)[1], "upgrade 002 running 2/0");
    // Killed before the count of the index was written.
    let sql = format!(
        "UPDATE limbeck_journal SET statements_done = 1, done_hash = '{}' WHERE outcome = 'running' AND state_before IS NOT NULL",
        checksum_of(&["CREATE TABLE b (id INTEGER)"])
    );
    assert_eq!(world.connect().execute(&sql).expect("it is there"), 1);
    let mended = body(|on| {
        assert_eq!(on.execute(3, "CREATE TABLE b (id INTEGER)")?, None, "it is done");
        assert!(on.has_table(3, "b")?);
        assert_eq!(
            on.execute(4, "ALTER TABLE b ADD INDEX (id)")?,
            None,
            "it is seen to be done"
        );
        assert_eq!(
            on.execute(5, "INSERT INTO b VALUES (1)")?,
            Some(1),
            "it went with its transaction"
        );
        Ok(())
    });
    let second = migrator(&world, mended);
    let outcome = second.upgrade("head").expect("nothing is in the way");
    assert_eq!(outcome.to, ["003"]);
    assert_eq!(log(&second)[2], "upgrade 002 done 3/3");
    let indexes = "SELECT count(DISTINCT index_name) FROM information_schema.statistics WHERE table_schema = DATABASE() AND \
                   table_name = 'b'";
    assert_eq!(value(world.connect().as_mut(), indexes), "1");
}

/// A program that looks whether its table is there does something else the second time.
#[test]
fn a_program_that_goes_another_way_is_not_guessed_at() {
    let world = World::new(Database::Mariadb);
    let program = |last: &'static str| {
        body(move |on| {
            if !on.has_table(3, "b")? {
                on.execute(4, "CREATE TABLE b (id INTEGER NOT NULL)")?;
            }
            on.execute(5, last).map(drop)
        })
    };
    let first = migrator(&world, program("INSERT INTO b VALUES (NULL)"));
    assert!(matches!(first.upgrade("head"), Err(Error::Failed(_))));
    let second = migrator(&world, program("INSERT INTO b VALUES (1)"));
    let error = second.upgrade("head").expect_err("it is there now");
    let said = error.to_string();
    assert!(
        matches!(error, Error::ProgramDiffers { line: 5, done: 1, .. }),
        "{said}"
    );
    assert!(said.contains("limbeck repair --restart 002"), "{said}");
    assert_eq!(value(world.connect().as_mut(), "SELECT count(*) FROM b"), "0");
    assert_eq!(log(&second)[2], "upgrade 002 failed 1/0");

    second.restart("002").expect("it was cut off");
    let outcome = second.upgrade("head").expect("it looks for itself");
    assert_eq!(
        (outcome.to, outcome.steps[0].statements),
        (vec!["003".to_owned()], 1)
    );
    assert_eq!(value(world.connect().as_mut(), "SELECT count(*) FROM b"), "1");
}

#[test]
fn a_program_that_ends_too_soon_is_not_done() {
    let world = World::new(Database::Mariadb);
    let first = body(|on| {
        on.execute(3, "CREATE TABLE b (id INTEGER NOT NULL)")?;
        on.execute(4, "SELECT nothing").map(drop)
    });
    assert!(matches!(
        migrator(&world, first).upgrade("head"),
        Err(Error::Failed(_))
    ));
    let second = migrator(&world, body(|_| Ok(()))).upgrade("head");
    assert!(
        matches!(second, Err(Error::ProgramDiffers { done: 1, .. })),
        "{second:?}"
    );
}

/// The rows that a statement returned while it changed something are gone with the run.
#[test]
fn rows_that_are_gone_are_not_made_up() {
    let world = World::new(Database::Mariadb);
    let program = |last: &'static str| {
        body(move |on| {
            let new = on.query(3, "INSERT INTO a VALUES (3) RETURNING id")?;
            assert_eq!(new.rows, [[Datum::Int(3)]]);
            on.execute(4, "CREATE TABLE b (id INTEGER)")?;
            on.execute(5, last).map(drop)
        })
    };
    let first = migrator(&world, program("SELECT nothing")).upgrade("head");
    let Err(Error::Failed(failure)) = first else {
        panic!("{first:?}")
    };
    assert_eq!(failure.remains, Remains::OfProgram { done: 2 });
    let second = migrator(&world, program("SELECT 1")).upgrade("head");
    assert!(
        matches!(second, Err(Error::ProgramDiffers { line: 3, done: 2, .. })),
        "{second:?}"
    );
    assert_eq!(value(world.connect().as_mut(), "SELECT count(*) FROM a"), "3");
}
