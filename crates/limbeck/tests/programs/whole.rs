//! Programs that stay in their transaction, where the database lets them.

use super::*;
use limbeck::{Error, Remains, Transaction};

/// Looks for a table, makes it, and moves rows one by one.
fn moves_rows() -> Body {
    body(|on| {
        if on.has_table(3, "b")? {
            return Ok(());
        }
        on.execute(4, "CREATE TABLE b (id INTEGER NOT NULL, name VARCHAR(20))")?;
        let rows = on.query(5, "SELECT id FROM a ORDER BY id")?;
        assert_eq!(rows.columns, ["id"]);
        assert_eq!(rows.rows, [[Datum::Int(1)], [Datum::Int(2)]]);
        for row in rows.rows {
            let [Datum::Int(id)] = row.as_slice() else {
                panic!("{row:?}")
            };
            let sql = format!("INSERT INTO b VALUES ({id}, 'row {id}')");
            assert_eq!(on.execute(7, &sql)?, Some(1));
        }
        assert!(on.has_table(8, "b")?, "it is seen at once");
        assert!(on.has_table(9, "alembic_version")?, "as with Alembic");
        assert!(!on.has_table(9, "limbeck_journal")?, "it is nobody's business");
        Ok(())
    })
}

#[test]
fn a_program_is_run_and_journaled_and_stepped_back() {
    for database in Database::ALL {
        let world = World::new(database);
        let down = body(|on| {
            if on.has_table(20, "b")? {
                on.execute(21, "DROP TABLE b")?;
            }
            Ok(())
        });
        let scripts = scripts(&world, moves_rows(), Some(down));
        let migrator = Migrator::new(scripts).url(&world.url).who("tester");
        let outcome = migrator.upgrade("head").expect("nothing is in the way");
        assert_eq!(outcome.to, ["003"], "{database:?}");
        assert_eq!(outcome.steps[1].statements, 3, "{database:?}");
        let done = [
            "upgrade 001 done 2/2",
            "upgrade 002 done 3/3",
            "upgrade 003 done 1/1",
        ];
        assert_eq!(log(&migrator), done, "{database:?}");
        assert_eq!(value(world.connect().as_mut(), "SELECT count(*) FROM b"), "2");
        assert!(migrator.upgrade("head").expect("it is done").steps.is_empty());
        assert!(migrator.status().expect("it can be read").is_current());

        let outcome = migrator.downgrade("001").expect("it has a way back");
        assert_eq!(outcome.to, ["001"], "{database:?}");
        assert!(!exists(&world, "b") && exists(&world, "a"), "{database:?}");
        assert_eq!(log(&migrator)[4], "downgrade 002 done 1/1", "{database:?}");
    }
}

#[test]
fn what_fails_is_rolled_back_or_taken_up() {
    for database in Database::ALL {
        let world = World::new(database);
        let fails = |last: &'static str| {
            body(move |on| {
                on.execute(3, "CREATE TABLE b (id INTEGER NOT NULL)")?;
                on.execute(4, "INSERT INTO b VALUES (1)")?;
                on.query(5, "SELECT * FROM a")?;
                on.execute(6, last)?;
                Ok(())
            })
        };
        let first = migrator(&world, fails("INSERT INTO b VALUES (NULL)"));
        let Err(Error::Failed(failure)) = first.upgrade("head") else {
            panic!("{database:?}: NULL is not allowed")
        };
        assert_eq!((failure.file.as_str(), failure.line), (FILE, 6), "{database:?}");
        assert_eq!(failure.sql, "INSERT INTO b VALUES (NULL)", "{database:?}");
        assert!(
            failure.source.code.is_some(),
            "{database:?}: {:?}",
            failure.source
        );
        let whole = database != Database::Mariadb;
        // The row went with its transaction; CREATE TABLE did not.
        let remains = if whole {
            Remains::Nothing
        } else {
            Remains::OfProgram { done: 1 }
        };
        assert_eq!(failure.remains, remains, "{database:?}");
        assert_eq!(exists(&world, "b"), !whole, "{database:?}");
        let failed = if whole {
            "upgrade 002 failed 0/0"
        } else {
            "upgrade 002 failed 1/0"
        };
        assert_eq!(log(&first)[1], failed, "{database:?}");
        assert_eq!(first.current().expect("it can be read"), ["001"]);

        let second = migrator(&world, fails("INSERT INTO b VALUES (2)"));
        let outcome = second.upgrade("head").expect("it is mended");
        let resumed = if whole { 0 } else { 1 };
        assert_eq!(outcome.steps[0].resumed_behind, resumed, "{database:?}");
        assert_eq!(value(world.connect().as_mut(), "SELECT count(*) FROM b"), "2");
        assert_eq!(log(&second)[2], "upgrade 002 done 3/3", "{database:?}");
    }
}

#[test]
fn an_error_in_a_savepoint_can_be_caught() {
    for database in Database::ALL {
        let world = World::new(database);
        let catches = body(|on| {
            on.execute(3, "INSERT INTO a VALUES (3)")?;
            on.execute(4, "SAVEPOINT before_it")?;
            let error =
                on.0.execute("INSERT INTO a VALUES (NULL)", 5)
                    .expect_err("it is NOT NULL");
            assert_eq!(error.kind, limbeck::script::BindErrorKind::Integrity);
            on.execute(6, "ROLLBACK TO SAVEPOINT before_it")?;
            let rows = on.query(7, "SELECT id FROM a WHERE id > 2")?;
            assert_eq!(rows.rows, [[Datum::Int(3)]]);
            Ok(())
        });
        let outcome = migrator(&world, catches).upgrade("head");
        assert_eq!(outcome.expect("it was caught").to, ["003"], "{database:?}");
        assert_eq!(value(world.connect().as_mut(), "SELECT count(*) FROM a"), "3");
    }
}

/// On PostgreSQL nothing goes on behind an error, and what ended the transaction is told, not what came of it.
#[test]
fn an_error_that_was_ignored_is_told() {
    let world = World::new(Database::Postgresql);
    let ignores = body(|on| {
        drop(on.0.execute("SELECT nothing", 4));
        Ok(())
    });
    let Err(Error::Failed(failure)) = migrator(&world, ignores).upgrade("head") else {
        panic!("the transaction is over")
    };
    assert_eq!((failure.line, failure.sql.as_str()), (4, "SELECT nothing"));
    let hint = failure.source.hint.as_deref().unwrap_or_default();
    assert!(hint.contains("savepoint"), "{hint}");
}

#[test]
fn a_program_that_raises_stops_the_run() {
    for database in Database::ALL {
        let world = World::new(database);
        let raises = body(|on| {
            on.execute(3, "INSERT INTO a VALUES (3)")?;
            Err(ProgramError {
                file: "versions/helpers.py".to_owned(),
                line: 7,
                message: "RuntimeError: it can't go on".to_owned(),
                sql: None,
                source: None,
            })
        });
        let Err(Error::Failed(failure)) = migrator(&world, raises).upgrade("head") else {
            panic!("{database:?}: it raised")
        };
        assert_eq!(
            failure.to_string(),
            "versions/helpers.py:7: upgrade of revision 002 failed: RuntimeError: it can't go on"
        );
        assert_eq!(value(world.connect().as_mut(), "SELECT count(*) FROM a"), "2");
    }
}

#[test]
fn a_whole_run_is_rolled_back_with_its_program() {
    for database in [Database::Sqlite, Database::Postgresql] {
        let world = World::new(database);
        let fails = body(|on| on.execute(3, "SELECT nothing").map(drop));
        let migrator = migrator(&world, fails).transaction(Transaction::WholeRun);
        let Err(Error::Failed(failure)) = migrator.upgrade("head") else {
            panic!("{database:?}: it fails")
        };
        assert_eq!(failure.remains, Remains::NothingOfRun, "{database:?}");
        assert!(!exists(&world, "a"), "{database:?}");
    }
}

/// SQLite looks at foreign keys behind a program as behind any revision.
#[test]
fn rows_that_point_nowhere_fail_on_sqlite() {
    let world = World::new(Database::Sqlite);
    let dangles = body(|on| {
        on.execute(3, "CREATE TABLE b (id INTEGER PRIMARY KEY)")?;
        on.execute(4, "CREATE TABLE b_child (b INTEGER REFERENCES b (id))")?;
        on.execute(5, "INSERT INTO b_child VALUES (7)")?;
        Ok(())
    });
    let Err(Error::Failed(failure)) = migrator(&world, dangles).upgrade("head") else {
        panic!("7 is missing")
    };
    assert_eq!(
        failure.source.code.as_deref(),
        Some("SQLITE_CONSTRAINT_FOREIGNKEY")
    );
    assert!(!exists(&world, "b"));
}

/// Reading a schema sets PostgreSQL's search path, which must not be seen behind it.
#[test]
fn reading_a_schema_leaves_no_trace() {
    let world = World::new(Database::Postgresql);
    let reads = body(|on| {
        on.execute(3, "CREATE SCHEMA other")?;
        on.execute(4, "CREATE TABLE other.d (id INTEGER)")?;
        on.execute(5, "SET LOCAL search_path = public, other")?;
        assert!(!on.has_table(6, "d")?, "it is in another schema");
        let other = on.0.schema(Some("other")).map_err(|error| ended(7, "", error))?;
        let names: Vec<String> = other.tables.keys().map(ToString::to_string).collect();
        assert_eq!(names, ["other.d"]);
        let public = on.0.schema(Some("public")).map_err(|error| ended(8, "", error))?;
        assert!(public.tables.keys().any(|table| table.name == "a"));
        on.execute(9, "INSERT INTO d VALUES (1)")?;
        Ok(())
    });
    let outcome = migrator(&world, reads).upgrade("head");
    assert_eq!(outcome.expect("the path is as it was").to, ["003"]);
}
