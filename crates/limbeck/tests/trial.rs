//! `test`: what it says of small histories, each with one thing to be found.

mod catalog;
mod histories;
mod scratch;

use std::fmt::Write as _;

use limbeck::{TestOptions, TestReport};

use crate::cases::{Database, World};

/// A history of sections, an upgrade and a downgrade each.
fn history(world: &World, revisions: &[(&str, &str)]) {
    for (index, (up, down)) in revisions.iter().enumerate() {
        let down = if down.is_empty() {
            String::new()
        } else {
            format!("-- limbeck:downgrade\n{down}\n")
        };
        let text = format!("-- limbeck:upgrade\n{up}\n{down}");
        world.write(&format!("migrations/{:03}_r.sql", index + 1), text.as_bytes());
    }
}

fn test(world: &World, options: &TestOptions) -> TestReport {
    world.migrator().test(options).expect("it can be tested")
}

/// The report in lines: what failed, and notes.
fn lines(report: &TestReport) -> String {
    let mut text = String::new();
    let all = report
        .revisions
        .iter()
        .map(|tested| (tested.revision.as_str(), &tested.findings));
    for (name, findings) in all.chain([("all", &report.findings)]) {
        for finding in findings {
            let word = if finding.failed { "FAIL" } else { "note" };
            let line = finding.line.map(|line| format!(":{line}")).unwrap_or_default();
            writeln!(
                text,
                "{word} {name}{line} {}: {}",
                finding.check.name(),
                finding.message
            )
            .expect("a String takes everything");
            for difference in &finding.differences {
                writeln!(text, "  {difference}").expect("a String takes everything");
            }
        }
    }
    text
}

/// Tests a history on a database, and compares what is said.
fn check_on(database: Database, revisions: &[(&str, &str)], expected: &str) {
    let world = World::new(database);
    history(&world, revisions);
    let said = lines(&test(&world, &TestOptions::default()));
    assert_eq!(said, expected, "on {}:\n{said}", database.name());
}

fn check(revisions: &[(&str, &str)], expected: &str) {
    for database in Database::ALL {
        check_on(database, revisions, expected);
    }
}

const USERS: (&str, &str) = (
    "CREATE TABLE users (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(50) NOT NULL, email VARCHAR(50));",
    "DROP TABLE users;",
);

#[test]
fn a_good_history_passes() {
    check(
        &[
            USERS,
            (
                "CREATE TABLE posts (id INTEGER NOT NULL PRIMARY KEY, author INTEGER NOT NULL, at TIMESTAMP NULL, price \
                 NUMERIC(6, 2) NOT NULL DEFAULT 0, FOREIGN KEY (author) REFERENCES users (id));",
                "DROP TABLE posts;",
            ),
            (
                "ALTER TABLE users ADD COLUMN age INTEGER;\nCREATE VIEW adults AS SELECT name FROM users WHERE age > 17;",
                "DROP VIEW adults;\nALTER TABLE users DROP COLUMN age;",
            ),
            (
                "ALTER TABLE users ADD COLUMN place VARCHAR(20) NOT NULL DEFAULT 'here';\nUPDATE users SET place = 'there' WHERE \
                 id < 5;",
                "ALTER TABLE users DROP COLUMN place;",
            ),
        ],
        "",
    );
}

#[test]
fn every_table_is_filled() {
    for database in Database::ALL {
        let world = World::new(database);
        let money = if database == Database::Postgresql {
            "JSONB"
        } else {
            "TEXT"
        };
        history(
            &world,
            &[
                (
                    &format!(
                        "CREATE TABLE a (id INTEGER PRIMARY KEY, state VARCHAR(8) NOT NULL CHECK (state IN ('new', 'done')), up \
                         INTEGER REFERENCES a (id), j {money}, d DATE NOT NULL, b BOOLEAN NOT NULL, f DOUBLE PRECISION NOT NULL);\n\
                         CREATE TABLE b (a INTEGER NOT NULL REFERENCES a (id), x INTEGER NOT NULL REFERENCES a (id), PRIMARY KEY \
                         (a, x));"
                    ),
                    "DROP TABLE b;\nDROP TABLE a;",
                ),
                (
                    "CREATE TABLE c (id INTEGER NOT NULL CHECK (id < 0 AND id > 0));",
                    "DROP TABLE c;",
                ),
                // A column that may not be empty meets rows in a and b, and no rows in c.
                (
                    "ALTER TABLE c ADD COLUMN n INTEGER;",
                    "ALTER TABLE c DROP COLUMN n;",
                ),
            ],
        );
        let said = lines(&test(&world, &TestOptions::default()));
        let notes: Vec<&str> = said.lines().collect();
        assert!(
            notes
                .iter()
                .all(|note| note.starts_with("note") && note.contains("c was not filled with rows: ")),
            "{}: {said}",
            database.name()
        );
    }
}

#[test]
fn a_column_that_rows_have_no_value_for_fails() {
    for database in [Database::Sqlite, Database::Postgresql] {
        let world = World::new(database);
        history(
            &world,
            &[
                USERS,
                ("ALTER TABLE users ADD COLUMN age INTEGER NOT NULL;", ""),
                USERS,
            ],
        );
        let options = TestOptions::default();
        let said = lines(&test(&world, &options));
        assert!(
            said.starts_with("FAIL 002:2 upgrade: the upgrade failed: "),
            "{said}"
        );
        assert!(
            said.contains("FAIL 003 untested: not tested, because 002 can't be applied"),
            "{said}"
        );
        let without = TestOptions {
            rows: false,
            ..options
        };
        let said = lines(&test(&world, &without));
        assert!(!said.contains("FAIL 002"), "{said}");
    }
}

#[test]
fn a_downgrade_that_forgets_an_index_fails() {
    let add = "ALTER TABLE users ADD COLUMN age INTEGER;\nCREATE INDEX ix_users_name ON users (name);";
    let drop = "ALTER TABLE users DROP COLUMN age;";
    let said = |index: &str| {
        format!(
            "FAIL 002:5 restored: the downgrade does not restore what was there before the upgrade\n  index {index}\n"
        )
    };
    let revisions = [
        USERS,
        (add, drop),
        ("CREATE TABLE later (id INTEGER);", "DROP TABLE later;"),
    ];
    check_on(
        Database::Sqlite,
        &revisions,
        &said("ix_users_name of users: not there before: create index ix_users_name on users (name)"),
    );
    check_on(
        Database::Postgresql,
        &revisions,
        &said(
            "ix_users_name of users: not there before: CREATE INDEX ix_users_name ON public.users USING btree (name)",
        ),
    );
    check_on(
        Database::Mariadb,
        &revisions,
        &said("ix_users_name of users: not there before: BTREE (name)"),
    );
}

#[test]
fn a_downgrade_that_gives_a_column_another_type_fails() {
    let revisions = [
        USERS,
        (
            "ALTER TABLE users DROP COLUMN email;",
            "ALTER TABLE users ADD COLUMN email VARCHAR(40);",
        ),
    ];
    let said = |types: &str| {
        format!(
            "FAIL 002:4 restored: the downgrade does not restore what was there before the upgrade\n  column users.email: \
             {types}\n"
        )
    };
    check_on(
        Database::Sqlite,
        &revisions,
        &said("was: varchar (50); is: varchar (40)"),
    );
    check_on(
        Database::Postgresql,
        &revisions,
        &said("was: character varying(50); is: character varying(40)"),
    );
    let world = World::new(Database::Mariadb);
    history(&world, &revisions);
    // The collation is the server's.
    let said = lines(&test(&world, &TestOptions::default()));
    assert!(
        said.contains("column users.email: was: varchar(50) ") && said.contains("; is: varchar(40) "),
        "{said}"
    );
}

#[test]
fn values_that_a_rebuild_forgets_fail() {
    check_on(
        Database::Sqlite,
        &[
            USERS,
            (
                "CREATE TABLE new (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(50) NOT NULL, email VARCHAR(50), age INTEGER);\n\
                 INSERT INTO new (id, name) SELECT id, name FROM users;\nDROP TABLE users;\nALTER TABLE new RENAME TO users;",
                "ALTER TABLE users DROP COLUMN age;",
            ),
        ],
        "FAIL 002:3 rows: 3 of 3 values of users.email were lost by the upgrade\n",
    );
    for database in [Database::Postgresql, Database::Mariadb] {
        check_on(
            database,
            &[
                USERS,
                (
                    "ALTER TABLE users DROP COLUMN email;\nALTER TABLE users ADD COLUMN email VARCHAR(50);",
                    "SELECT 1;",
                ),
            ],
            "FAIL 002:2 rows: 3 of 3 values of users.email were lost by the upgrade\n",
        );
    }
}

#[test]
fn rows_that_get_lost_fail_unless_they_are_deleted() {
    check_on(
        Database::Sqlite,
        &[
            USERS,
            (
                "CREATE TABLE new AS SELECT * FROM users WHERE id < 0;\nDROP TABLE users;\n\
                 CREATE TABLE users (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(50) NOT NULL, email VARCHAR(50));\n\
                 INSERT INTO users SELECT * FROM new;\nDROP TABLE new;",
                "SELECT 1;",
            ),
        ],
        "FAIL 002:2 rows: 3 of 3 rows of users were lost by the upgrade\n",
    );
    check(
        &[USERS, ("DELETE FROM users WHERE id > 0;", "SELECT 1;")],
        "note 002:2 rows: 3 of 3 rows of users were lost by the upgrade, as line 2 says\n",
    );
}

#[test]
fn values_that_are_updated_are_a_note() {
    check(
        &[USERS, ("UPDATE users SET email = 'x' WHERE id > 0;", "SELECT 1;")],
        "note 002:2 rows: 3 of 3 values of users.email were changed by the upgrade, as line 2 says\n",
    );
}

#[test]
fn a_second_run_that_adds_rows_again_fails() {
    check(
        &[
            ("CREATE TABLE roles (name VARCHAR(20));", "DROP TABLE roles;"),
            (
                "INSERT INTO roles VALUES ('admin');",
                "DELETE FROM roles WHERE name = 'admin';",
            ),
        ],
        "FAIL 002:2 second-run: a second run is not refused, and changes the rows of roles\n\
         note 002:4 rows: 1 of 4 rows of roles were lost by the downgrade, as line 4 says\n",
    );
}

#[test]
fn a_second_run_that_is_refused_or_does_nothing_passes() {
    check(
        &[
            (
                "CREATE TABLE IF NOT EXISTS a (id INTEGER PRIMARY KEY);",
                "DROP TABLE a;",
            ),
            ("INSERT INTO a VALUES (1);", "DELETE FROM a WHERE id = 1;"),
        ],
        "note 002:4 rows: 1 of 4 rows of a were lost by the downgrade, as line 4 says\n",
    );
    check_on(
        Database::Mariadb,
        &[
            ("CREATE TABLE a (id INTEGER);", "DROP TABLE a;"),
            // A second row is committed by the statement that is refused: the database is made anew behind it.
            (
                "INSERT INTO a VALUES (1);\nCREATE TABLE b (id INTEGER);",
                "DROP TABLE b;\nDELETE FROM a WHERE id = 1;",
            ),
        ],
        "note 002:6 rows: 1 of 4 rows of a were lost by the downgrade, as line 6 says\n",
    );
}

#[test]
fn a_second_run_that_changes_the_catalog_fails() {
    check_on(
        Database::Postgresql,
        &[
            USERS,
            (
                "ALTER TABLE users ADD CHECK (id > 0);",
                "ALTER TABLE users DROP CONSTRAINT users_id_check;",
            ),
        ],
        "FAIL 002:2 second-run: a second run is not refused, and changes something\n  constraint users_id_check1 of users: not there \
         before: CHECK ((id > 0))\n",
    );
}

#[test]
fn a_revision_that_cannot_be_stepped_back_is_a_note_or_strictly_a_failure() {
    for database in Database::ALL {
        let world = World::new(database);
        history(&world, &[USERS, ("CREATE TABLE a (id INTEGER);", "")]);
        let options = TestOptions::default();
        let report = test(&world, &options);
        assert!(report.passed());
        assert_eq!(
            lines(&report),
            "note 002 downgrade: can't be stepped back: it has no downgrade section\n"
        );
        let strict = TestOptions {
            strict: true,
            ..options
        };
        assert!(!test(&world, &strict).passed());
    }
}

#[test]
fn a_downgrade_that_fails_is_told_and_the_rest_is_tested() {
    for database in Database::ALL {
        let world = World::new(database);
        let add = "CREATE TABLE a (id INTEGER);";
        history(
            &world,
            &[
                USERS,
                (add, "DROP TABLE a;\nDROP TABLE b;"),
                ("CREATE TABLE c (id INTEGER);", "DROP TABLE c;"),
            ],
        );
        let report = test(&world, &TestOptions::default());
        let said = lines(&report);
        assert!(
            said.starts_with("FAIL 002:5 downgrade: the downgrade failed: "),
            "{said}"
        );
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(report.revisions[2].passed() && report.revisions[2].downgrade.is_some());
    }
}

#[test]
fn several_heads_fail_unless_they_are_allowed() {
    for database in Database::ALL {
        let world = World::new(database);
        for (name, revises) in [("a", "none"), ("b", "a"), ("c", "a")] {
            let text = format!(
                "-- Revision ID: {name}\n-- Revises: {revises}\n\n-- limbeck:upgrade\nCREATE TABLE t{name} (i INTEGER);\n-- \
                 limbeck:downgrade\nDROP TABLE t{name};\n"
            );
            world.write(&format!("migrations/{name}.sql"), text.as_bytes());
        }
        let options = TestOptions::default();
        assert_eq!(
            lines(&test(&world, &options)),
            "FAIL all one-head: there are 2 heads (b, c): join them with 'limbeck merge'\n"
        );
        let heads = TestOptions {
            heads: true,
            ..options.clone()
        };
        assert_eq!(lines(&test(&world, &heads)), "");
        let merge = "-- Revision ID: d\n-- Revises: b, c\n\n-- limbeck:upgrade\nCREATE TABLE td (i INTEGER);\n-- \
                     limbeck:downgrade\nDROP TABLE td;\n";
        world.write("migrations/d.sql", merge.as_bytes());
        let report = test(&world, &options);
        assert_eq!(lines(&report), "");
        assert_eq!(report.revisions.len(), 4);
        let from = TestOptions {
            from: Some("d".to_owned()),
            ..options
        };
        assert_eq!(test(&world, &from).revisions.len(), 1);
    }
}

#[test]
fn autocommit_sections_are_tested() {
    let world = World::new(Database::Postgresql);
    history(&world, &[USERS]);
    world.write(
        "migrations/002_i.sql",
        b"-- limbeck:upgrade autocommit\nCREATE INDEX CONCURRENTLY i ON users (name);\n-- limbeck:downgrade autocommit\nDROP INDEX \
          CONCURRENTLY i;\n",
    );
    world.write(
        "migrations/003_i.sql",
        b"-- limbeck:upgrade autocommit\nCREATE INDEX CONCURRENTLY ON users (email);\n-- limbeck:downgrade autocommit\nDROP INDEX \
          CONCURRENTLY users_email_idx;\n",
    );
    let report = test(&world, &TestOptions::default());
    let said = lines(&report);
    assert_eq!(
        said,
        "FAIL 003:2 second-run: a second run is not refused, and changes something\n  index users_email_idx1 of users: not there before: \
         CREATE INDEX users_email_idx1 ON public.users USING btree (email)\n"
    );
}

#[test]
fn a_history_that_stands_only_one_by_one_fails() {
    let world = World::new(Database::Postgresql);
    history(
        &world,
        &[
            USERS,
            (
                "ALTER TABLE users ALTER COLUMN name DROP NOT NULL;",
                "ALTER TABLE users ALTER COLUMN name SET NOT NULL;",
            ),
            ("UPDATE users SET name = 'x';", "UPDATE users SET name = NULL;"),
        ],
    );
    let report = test(&world, &TestOptions::default());
    assert!(report.revisions.iter().all(limbeck::Tested::passed), "{report:?}");
    let said = lines(&report);
    let last = said.lines().last().expect("something is said");
    assert!(
        last.starts_with("FAIL all whole: the downgrade to the base failed at "),
        "{said}"
    );
    assert!(
        last.ends_with("002_r.sql:4: column \"name\" of relation \"users\" contains null values"),
        "{said}"
    );
}

#[test]
fn autocommit_sections_are_tested_on_sqlite() {
    let world = World::new(Database::Sqlite);
    history(&world, &[USERS]);
    world.write(
        "migrations/002_vacuum.sql",
        b"-- limbeck:upgrade autocommit\nVACUUM;\n-- limbeck:downgrade autocommit\nVACUUM;\n",
    );
    world.write(
        "migrations/003_add.sql",
        b"-- limbeck:upgrade autocommit\nINSERT INTO users VALUES (1, 'a', NULL);\nCREATE TABLE a (id INTEGER);\n-- \
          limbeck:downgrade\nDROP TABLE a;\nDELETE FROM users WHERE id = 1;\n",
    );
    assert_eq!(
        lines(&test(&world, &TestOptions::default())),
        "note 003:6 rows: 1 of 4 rows of users were lost by the downgrade, as line 6 says\n"
    );
}
