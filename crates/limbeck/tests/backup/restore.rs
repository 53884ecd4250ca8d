//! What a backup brings back.

use limbeck::{BackupWhen, LockMode};
use limbeck_testing::dump_schema;

use super::{execute, migrator, rows, world};
use crate::cases::{Database, World};

const USERS: &str = "SELECT * FROM users ORDER BY id";

fn later(world: &World) -> &'static str {
    match world.database {
        Database::Sqlite => include_str!("sqlite-later.sql"),
        Database::Postgresql => include_str!("postgresql-later.sql"),
        Database::Mariadb => include_str!("mariadb-later.sql"),
    }
}

/// A column is dropped after a backup, and much else is changed; restoring brings back the catalog and every row.
fn brings_all_back(database: Database) {
    let world = world(database);
    let migrator = migrator(&world, BackupWhen::Destructive);
    migrator.upgrade("002").expect("they add only");
    execute(&world, "UPDATE users SET email = 'a@b.c' WHERE name = 'ada'");
    let (schema, users) = (dump_schema(&world.url), rows(&world, USERS));

    let outcome = migrator.upgrade("004").expect("nothing is in its way");
    let backup = outcome.backup.expect("003 drops a column");
    assert_eq!(
        (outcome.to, backup.label.as_str()),
        (vec!["004".to_owned()], "before-003")
    );
    execute(&world, later(&world));
    assert_ne!(dump_schema(&world.url), schema);

    let inspection = migrator.inspect_backup(&backup.file).expect("it is whole");
    assert_eq!(inspection.rows, ["002"]);
    assert_eq!(inspection.current, ["004"]);
    let undone: Vec<_> = inspection
        .later
        .iter()
        .map(|attempt| attempt.revision.as_str())
        .collect();
    assert_eq!(undone, ["003", "004"]);

    let restored = migrator.restore(&backup.file).expect("nothing is in its way");
    assert_eq!(
        (restored.from, restored.to),
        (vec!["004".to_owned()], vec!["002".to_owned()])
    );
    assert_eq!(dump_schema(&world.url), schema);
    assert_eq!(rows(&world, USERS), users);
    let log = migrator.log().expect("the journal is back too");
    assert_eq!(log.last().map(|attempt| attempt.revision.as_str()), Some("002"));

    // What was there before is not lost either, and the way forward is open.
    let safety = restored.backup.expect("something was overwritten");
    assert_eq!(safety.label, "before-restore");
    let ahead = migrator.inspect_backup(&safety.file).expect("it is whole");
    assert_eq!((ahead.rows, ahead.later.len()), (vec!["004".to_owned()], 0));
    assert_eq!(migrator.upgrade("heads").expect("the way is open").to, ["004"]);
    migrator.restore(&safety.file).expect("forward again");
    let names = rows(&world, "SELECT name FROM users");
    assert!(names.contains(&vec![Some("later".to_owned())]), "{names:?}");
}

#[test]
fn brings_all_back_on_sqlite() {
    brings_all_back(Database::Sqlite);
}

#[test]
fn brings_all_back_on_postgresql() {
    brings_all_back(Database::Postgresql);
}

#[test]
fn brings_all_back_on_mariadb() {
    brings_all_back(Database::Mariadb);
}

/// The lease that a run holds is in no backup, and outlives a restore: nobody waits for the holder of a time long past, and no
/// token comes a second time.
#[test]
fn a_lease_is_neither_saved_nor_restored() {
    const TOKEN: &str = "SELECT token FROM limbeck_lease WHERE holder IS NULL";
    for database in Database::ALL {
        let world = world(database);
        // Longer than anybody waits for the lock.
        let lease = std::time::Duration::from_secs(600);
        let migrator = migrator(&world, BackupWhen::Destructive)
            .lock(LockMode::Lease)
            .lease(lease);
        migrator.upgrade("002").expect("nothing is in its way");
        let backup = migrator.upgrade("003").expect("nothing is in its way").backup;
        let backup = backup.expect("003 drops a column");
        let token = || {
            let rows = rows(&world, TOKEN);
            let token = rows
                .first()
                .and_then(|row| row[0].clone())
                .expect("nobody holds it");
            token.parse::<i64>().expect("it is a number")
        };
        let before = token();
        let restored = migrator.restore(&backup.file).expect("nothing is in its way");
        assert_eq!(restored.to, ["002"]);
        let after = token();
        assert!(after > before, "{database:?}: {after} follows {before}");
        migrator.upgrade("003").expect("nobody waits for a lease to end");
        assert!(token() > after);
    }
}
