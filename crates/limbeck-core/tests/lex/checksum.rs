//! What changes a checksum, and what does not.

use limbeck_core::Dialect;
use limbeck_core::checksum::{Checksum, checksum};

fn of(dialect: Dialect, statements: &[&str]) -> String {
    checksum(dialect, statements.iter().map(|sql| (*sql, false)))
}

#[test]
fn layout_does_not_count() {
    let same = [
        (
            Dialect::Postgresql,
            "SELECT 1, 'a'",
            "  SELECT /* one /* and */ */ 1 -- two\r\n,\t'a' ;",
        ),
        (
            Dialect::Postgresql,
            "SELECT 'a\nb', $$c\nd$$",
            "SELECT 'a\r\nb',$$c\r\nd$$",
        ),
        (Dialect::Postgresql, "SELECT a=-1", "SELECT a = - 1"),
        (Dialect::Mysql, "SELECT 1", "# old\nSELECT 1;;"),
        (
            Dialect::Mysql,
            "/*!50110 SET a = 1 */",
            "/*!50110 SET/* b */a=1*/",
        ),
        (
            Dialect::Mysql,
            "CREATE PROCEDURE p() BEGIN SELECT 1; END",
            "CREATE PROCEDURE p()\nBEGIN\n  SELECT 1;\nEND;",
        ),
        (Dialect::Sqlite, "SELECT [a b]", "SELECT [a b] /* never closed"),
        (Dialect::Sqlite, "SELECT 1", "\u{feff}SELECT 1"),
    ];
    for (dialect, one, other) in same {
        assert_eq!(
            of(dialect, &[one]),
            of(dialect, &[other]),
            "{one:?} and {other:?}"
        );
    }
}

#[test]
fn meaning_counts() {
    let different = [
        (Dialect::Postgresql, "SELECT 1", "SELECT 2"),
        (Dialect::Postgresql, "SELECT ab", "SELECT a b"),
        (Dialect::Postgresql, "SELECT 'a b'", "SELECT 'a  b'"),
        (Dialect::Postgresql, "SELECT 'a' 'b'", "SELECT 'a'' ''b'"),
        (Dialect::Postgresql, "SELECT a<>b", "SELECT a< >b"),
        (Dialect::Postgresql, "SELECT $$-- a$$", "SELECT $$-- b$$"),
        (Dialect::Postgresql, "SELECT name", "SELECT NAME"),
        (Dialect::Postgresql, "SELECT 'a\rb'", "SELECT 'a\nb'"),
        (Dialect::Mysql, "/*!50110 SET a = 1 */", "/*!50110 SET a = 2 */"),
        (Dialect::Mysql, "/*!50110 SET a = 1 */", "/*!80000 SET a = 1 */"),
        (Dialect::Mysql, "/*! SET a = 1 */", "SET a = 1"),
        (Dialect::Mariadb, "/*M! SET a = 1 */ SELECT 1", "SELECT 1"),
        (Dialect::Mysql, "SELECT /*+ BKA(t) */ 1", "SELECT 1"),
        (Dialect::Mysql, "SELECT 1; SELECT 2", "SELECT 1 SELECT 2"),
    ];
    for (dialect, one, other) in different {
        assert_ne!(
            of(dialect, &[one]),
            of(dialect, &[other]),
            "{one:?} and {other:?}"
        );
    }
}

#[test]
fn ends_of_statements_and_autocommit_count() {
    let dialect = Dialect::Sqlite;
    assert_ne!(
        of(dialect, &["SELECT 1", "SELECT 2"]),
        of(dialect, &["SELECT 1 SELECT 2"])
    );
    assert_ne!(of(dialect, &["SELECT", "1"]), of(dialect, &["SELECT 1"]));
    let autocommit = checksum(dialect, [("VACUUM", true)].into_iter());
    assert_ne!(autocommit, of(dialect, &["VACUUM"]));
    assert_eq!(
        of(dialect, &["SELECT 1", "", "-- nothing", ";"]),
        of(dialect, &["SELECT 1"])
    );
}

/// It is kept in databases, so that a new way to compute it would look like an edit of every revision.
#[test]
fn it_stays_what_it_was() {
    let sql = [
        "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT DEFAULT 'it''s')",
        "DROP TABLE t",
    ];
    let known = "ca4a2ea9b8fa3368dc49bc37f747470800cf79f7d96ab9935d8fe6a4d2078340";
    for dialect in Dialect::ALL {
        assert_eq!(of(dialect, &sql), known, "{dialect}");
    }
    let nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(
        of(Dialect::Sqlite, &[]),
        nothing,
        "of no statement: SHA-256 of nothing"
    );
}

#[test]
fn it_grows_statement_by_statement() {
    let statements = ["SELECT 1", "VACUUM", "SELECT 2"];
    let mut growing = Checksum::default();
    for count in 1..=statements.len() {
        growing.add(Dialect::Sqlite, statements[count - 1], count == 2);
        let first = statements[..count]
            .iter()
            .enumerate()
            .map(|(index, sql)| (*sql, index == 1));
        assert_eq!(growing.hex(), checksum(Dialect::Sqlite, first));
    }
}
