//! What is told of a program before it is run, and what it must not do on a scratch database.

use super::*;
use limbeck::{BackupPolicy, BackupWhen, Check, Error, State, TestOptions};

fn depends() -> Option<Depends> {
    Some(Depends {
        line: 12,
        on: limbeck::script::On::Database("the tables".to_owned()),
    })
}

#[test]
fn plan_and_status_say_what_is_not_known() {
    for database in Database::ALL {
        let world = World::new(database);
        let migrator = migrator(&world, body(|_| panic!("nobody runs it")));
        let plan = migrator.plan_upgrade("head").expect("it can be told");
        let known: Vec<_> = plan
            .iter()
            .map(|step| (step.statements.len(), step.depends.clone()))
            .collect();
        assert_eq!(known, [(2, None), (0, depends()), (1, None)], "{database:?}");
        migrator.upgrade("001").expect("nothing is in the way");
        let status = migrator.status().expect("it can be told");
        let known: Vec<_> = status
            .revisions
            .iter()
            .map(|revision| (revision.state, revision.depends.clone()))
            .collect();
        let expected = [
            (State::Applied, None),
            (State::Pending, depends()),
            (State::Pending, None),
        ];
        assert_eq!(known, expected, "{database:?}");
    }
}

#[test]
fn a_script_of_it_is_refused() {
    let world = World::new(Database::Sqlite);
    let migrator = migrator(&world, body(|_| panic!("nobody runs it")));
    for dialect in Dialect::ALL {
        let error = migrator
            .upgrade_sql(dialect, "head")
            .expect_err("it can't be told");
        let said = error.to_string();
        assert!(
            said.starts_with("versions/002_b.py:12: this revision depends on the database"),
            "{said}"
        );
        assert!(said.contains("it asks for the tables"), "{said}");
        let behind = migrator.upgrade_sql(dialect, "002:003").expect("that is SQL");
        assert!(behind.contains("CREATE TABLE c"), "{behind}");
    }
    let error = migrator
        .downgrade_sql(Dialect::Sqlite, "003:001")
        .expect_err("there is none");
    assert!(matches!(error, Error::Irreversible { .. }), "{error}");
}

/// What is not known is not known to be safe.
#[test]
fn a_backup_comes_before_it() {
    let world = World::new(Database::Sqlite);
    let migrator = migrator(&world, body(|_| Ok(())));
    migrator.upgrade("001").expect("nothing is in the way");
    let policy = BackupPolicy {
        when: BackupWhen::Destructive,
        dir: world.path("backups"),
        keep: None,
    };
    let outcome = migrator
        .backup(policy)
        .upgrade("head")
        .expect("nothing is in the way");
    assert_eq!(outcome.backup.expect("it was made").label, "before-002");
}

#[test]
fn a_history_with_a_program_is_tested() {
    for database in Database::ALL {
        let world = World::new(database);
        let up = body(|on| {
            if !on.has_table(3, "b")? {
                on.execute(4, "CREATE TABLE b (id INTEGER)")?;
            }
            on.execute(5, "DELETE FROM a WHERE id < 0").map(drop)
        });
        let down = body(|on| on.execute(9, "DROP TABLE b").map(drop));
        let scripts = scripts(&world, up, Some(down));
        let migrator = Migrator::new(scripts).url(&world.url);
        let report = migrator.test(&TestOptions::default()).expect("it can be tested");
        assert!(report.passed(), "{database:?}: {report:#?}");
        let noted = report.revisions[1]
            .findings
            .iter()
            .any(|finding| finding.check == Check::SecondRun);
        assert!(noted, "{database:?}: {report:#?}");
    }
}

#[test]
fn it_does_not_reach_beyond_a_scratch_database() {
    for database in [Database::Postgresql, Database::Mariadb] {
        let world = World::new(database);
        let reaches = body(|on| {
            drop(on.0.execute("CREATE USER reaches_beyond", 4));
            Ok(())
        });
        let error = migrator(&world, reaches)
            .test(&TestOptions::default())
            .expect_err("it is beyond");
        let said = error.to_string();
        assert!(
            said.contains("versions/002_b.py:4: CREATE USER reaches beyond"),
            "{database:?}: {said}"
        );
    }
}
