//! Histories as services have them: what there is to find in them is found, and nothing else.

use std::path::Path;

use limbeck::{Migrator, TestOptions};

use super::lines;
use crate::cases::{Database, World};

fn check(database: Database, expected: &str) {
    let world = World::new(database);
    let histories = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/histories");
    let migrator = Migrator::new(histories.join(database.name())).url(&world.url);
    let report = migrator.test(&TestOptions::default()).expect("it can be tested");
    assert_eq!(lines(&report), expected);
}

#[test]
fn a_history_on_sqlite_passes() {
    check(Database::Sqlite, "");
}

/// To count the price in cents twice is once too often.
#[test]
fn a_history_on_postgresql_passes_but_for_cents() {
    check(
        Database::Postgresql,
        "note 003:5 rows: 1 of 2 rows of account were lost by the downgrade, as line 5 says\n\
         note 006:3 rows: 2 of 2 values of account.created were changed by the upgrade, as line 3 says\n\
         FAIL 012:2 second-run: a second run is not refused, and changes the rows of account\n",
    );
}

/// MariaDB's JSON has a collation of its own, which the conversion takes away.
#[test]
fn a_history_on_mariadb_passes_but_for_a_collation() {
    check(
        Database::Mariadb,
        "note 002:5 rows: 1 of 4 rows of account were lost by the downgrade, as line 5 says\n\
         FAIL 009:5 restored: the downgrade does not restore what was there before the upgrade\n  column account.meta: was: \
         longtext collate utf8mb4_bin default NULL; is: longtext collate utf8mb4_general_ci default NULL\n",
    );
}
