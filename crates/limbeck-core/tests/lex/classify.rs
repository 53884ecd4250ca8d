//! What statements do to transactions.

use limbeck_core::Dialect::{self, Mariadb, Mysql, Postgresql, Sqlite};
use limbeck_core::dialect::{
    creates_only, first_words, implicitly_commits, needs_autocommit, transaction_control,
};

#[test]
fn words() {
    let cases: [(Dialect, &str, &[&str]); 7] = [
        (
            Postgresql,
            "create /* x */ index\nCONCURRENTLY on t (a)",
            &["CREATE", "INDEX", "CONCURRENTLY"],
        ),
        (
            Postgresql,
            "CREATE INDEX \"concurrently\" ON t (a)",
            &["CREATE", "INDEX"],
        ),
        (Postgresql, "(SELECT 1)", &[]),
        (
            Mysql,
            "/*!50003 CREATE*/ /*!50003 TRIGGER t */",
            &["CREATE", "TRIGGER", "T"],
        ),
        (Mariadb, "/*M!100100 alter*/ table t", &["ALTER", "TABLE", "T"]),
        (Sqlite, "-- nothing", &[]),
        (Sqlite, "", &[]),
    ];
    for (dialect, sql, words) in cases {
        assert_eq!(first_words(dialect, sql, 3), words, "{sql}");
    }
}

#[test]
fn transactions() {
    let cases = [
        (Postgresql, "BEGIN", Some("BEGIN")),
        (Postgresql, "begin isolation level serializable", Some("BEGIN")),
        (
            Postgresql,
            "START TRANSACTION READ ONLY",
            Some("START TRANSACTION"),
        ),
        (Postgresql, "/* done */ commit;", Some("COMMIT")),
        (Postgresql, "END", Some("END")),
        (Postgresql, "ABORT", Some("ABORT")),
        (Postgresql, "ROLLBACK TO SAVEPOINT a", Some("ROLLBACK")),
        (Postgresql, "SAVEPOINT a", Some("SAVEPOINT")),
        (Postgresql, "RELEASE a", Some("RELEASE SAVEPOINT")),
        (Postgresql, "PREPARE TRANSACTION 'a'", Some("PREPARE TRANSACTION")),
        (Postgresql, "COMMIT PREPARED 'a'", Some("COMMIT PREPARED")),
        (Postgresql, "PREPARE a AS SELECT 1", None),
        (Postgresql, "SELECT 'BEGIN'", None),
        (Postgresql, "DO $$ BEGIN END $$", None),
        (Mysql, "BEGIN WORK", Some("BEGIN")),
        (Mysql, "XA BEGIN 'x'", Some("XA")),
        (Mysql, "END", None),
        (Mysql, "/*!40000 COMMIT */", Some("COMMIT")),
        (Mysql, "START REPLICA", None),
        (Mariadb, "BEGIN NOT ATOMIC SELECT 1; END", None),
        (Sqlite, "BEGIN IMMEDIATE", Some("BEGIN")),
        (Sqlite, "END TRANSACTION", Some("END")),
        (Sqlite, "", None),
    ];
    for (dialect, sql, wanted) in cases {
        assert_eq!(transaction_control(dialect, sql), wanted, "{dialect}: {sql}");
    }
}

#[test]
fn autocommit() {
    let cases = [
        (
            Postgresql,
            "CREATE INDEX CONCURRENTLY ON t (a)",
            Some("CREATE INDEX CONCURRENTLY"),
        ),
        (
            Postgresql,
            "create unique index concurrently i ON t (a)",
            Some("CREATE INDEX CONCURRENTLY"),
        ),
        (Postgresql, "CREATE INDEX \"concurrently\" ON t (a)", None),
        (Postgresql, "CREATE INDEX i ON t (a)", None),
        (
            Postgresql,
            "DROP INDEX CONCURRENTLY IF EXISTS i",
            Some("DROP INDEX CONCURRENTLY"),
        ),
        (
            Postgresql,
            "REINDEX TABLE CONCURRENTLY t",
            Some("REINDEX CONCURRENTLY"),
        ),
        (
            Postgresql,
            "REINDEX (CONCURRENTLY, VERBOSE) INDEX i",
            Some("REINDEX CONCURRENTLY"),
        ),
        (Postgresql, "REINDEX (VERBOSE) DATABASE", Some("REINDEX DATABASE")),
        (Postgresql, "REINDEX SCHEMA s", Some("REINDEX SCHEMA")),
        (Postgresql, "REINDEX TABLE database", None),
        (Postgresql, "VACUUM (FULL) t", Some("VACUUM")),
        (Postgresql, "CLUSTER", Some("CLUSTER")),
        (Postgresql, "CLUSTER \"t\"", None),
        (Postgresql, "CLUSTER t USING i", None),
        (Postgresql, "CREATE DATABASE a", Some("CREATE DATABASE")),
        (
            Postgresql,
            "ALTER DATABASE a SET TABLESPACE b",
            Some("ALTER DATABASE SET TABLESPACE"),
        ),
        (Postgresql, "ALTER DATABASE a SET timezone = 'UTC'", None),
        (Postgresql, "DROP DATABASE a", Some("DROP DATABASE")),
        (
            Postgresql,
            "CREATE TABLESPACE a LOCATION '/a'",
            Some("CREATE TABLESPACE"),
        ),
        (Postgresql, "DROP TABLESPACE a", Some("DROP TABLESPACE")),
        (
            Postgresql,
            "ALTER SYSTEM SET work_mem = '4MB'",
            Some("ALTER SYSTEM"),
        ),
        (
            Postgresql,
            "ALTER TABLE t DETACH PARTITION p CONCURRENTLY",
            Some("DETACH PARTITION CONCURRENTLY"),
        ),
        (
            Postgresql,
            "ALTER TABLE \"t\" DETACH PARTITION \"p\" CONCURRENTLY;",
            Some("DETACH PARTITION CONCURRENTLY"),
        ),
        (Postgresql, "ALTER TABLE t DETACH PARTITION p", None),
        (
            Postgresql,
            "CREATE SUBSCRIPTION s CONNECTION 'c' PUBLICATION p",
            Some("CREATE SUBSCRIPTION"),
        ),
        (
            Postgresql,
            "CREATE SUBSCRIPTION s CONNECTION 'c' PUBLICATION p WITH (connect = false)",
            None,
        ),
        (
            Postgresql,
            "CREATE SUBSCRIPTION s CONNECTION 'c' PUBLICATION p WITH (create_slot = 'off')",
            None,
        ),
        (
            Postgresql,
            "ALTER SUBSCRIPTION s REFRESH PUBLICATION",
            Some("ALTER SUBSCRIPTION REFRESH"),
        ),
        (
            Postgresql,
            "ALTER SUBSCRIPTION s SET PUBLICATION p",
            Some("ALTER SUBSCRIPTION REFRESH"),
        ),
        (
            Postgresql,
            "ALTER SUBSCRIPTION s SET PUBLICATION p WITH (refresh = false)",
            None,
        ),
        (Postgresql, "ALTER SUBSCRIPTION s DISABLE", None),
        (Postgresql, "DROP SUBSCRIPTION s", Some("DROP SUBSCRIPTION")),
        (Postgresql, "DISCARD ALL;", Some("DISCARD ALL")),
        (Postgresql, "DISCARD TEMP", None),
        (Sqlite, "VACUUM INTO 'a.db'", Some("VACUUM")),
        (Sqlite, "PRAGMA journal_mode = wal", Some("PRAGMA journal_mode")),
        (
            Sqlite,
            "pragma main.JOURNAL_MODE(wal)",
            Some("PRAGMA journal_mode"),
        ),
        (Sqlite, "PRAGMA journal_mode", None),
        (Sqlite, "PRAGMA foreign_keys=ON", Some("PRAGMA foreign_keys")),
        (Sqlite, "PRAGMA foreign_keys", None),
        (Sqlite, "PRAGMA foreign_key_check(t)", None),
        (Sqlite, "PRAGMA synchronous = OFF", Some("PRAGMA synchronous")),
        (Sqlite, "PRAGMA user_version = 3", None),
        (Sqlite, "ATTACH 'a.db' AS a", Some("ATTACH")),
        (Sqlite, "DETACH a", Some("DETACH")),
        (Sqlite, "CREATE TABLE vacuum (a)", None),
        (Mysql, "CREATE DATABASE a", None),
    ];
    for (dialect, sql, wanted) in cases {
        assert_eq!(needs_autocommit(dialect, sql), wanted, "{dialect}: {sql}");
    }
}

#[test]
fn implicit_commits() {
    let yes = [
        "CREATE TABLE t (a INT)",
        "create or replace view v as select 1",
        "ALTER TABLE t ADD b INT",
        "/*!40000 ALTER TABLE t DISABLE KEYS */",
        "CREATE INDEX i ON t (a)",
        "DROP TABLE t",
        "RENAME TABLE t TO u",
        "TRUNCATE t",
        "GRANT SELECT ON *.* TO u",
        "REVOKE ALL ON *.* FROM u",
        "LOCK TABLES t WRITE",
        "UNLOCK TABLES",
        "ANALYZE TABLE t",
        "ANALYZE LOCAL TABLE t",
        "OPTIMIZE TABLE t",
        "BEGIN",
        "START TRANSACTION",
        "SET autocommit = 1",
        "SET @@session.autocommit = ON",
        "SET PASSWORD = 'x'",
        "LOAD INDEX INTO CACHE t",
        "CHANGE REPLICATION SOURCE TO SOURCE_HOST = 'h'",
    ];
    let no = [
        "INSERT INTO t VALUES (1)",
        "CREATE TEMPORARY TABLE t (a INT)",
        "DROP TEMPORARY TABLE t",
        "SELECT 'DROP TABLE t'",
        "SET autocommit = 0",
        "SET a = 1",
        "COMMIT",
        "SAVEPOINT a",
        "CALL p()",
        "LOAD DATA INFILE 'f' INTO TABLE t",
        "",
    ];
    for dialect in [Mysql, Mariadb] {
        for sql in yes {
            assert!(implicitly_commits(dialect, sql), "{dialect}: {sql}");
        }
        for sql in no {
            assert!(!implicitly_commits(dialect, sql), "{dialect}: {sql}");
        }
    }
    assert!(!implicitly_commits(Postgresql, yes[0]) && !implicitly_commits(Sqlite, yes[0]));
    assert!(!implicitly_commits(Mariadb, "BEGIN NOT ATOMIC SELECT 1; END"));
    assert!(!implicitly_commits(
        Mariadb,
        "CREATE OR REPLACE TEMPORARY TABLE t (a INT)"
    ));
    assert!(implicitly_commits(Mariadb, "CREATE TEMPORARY SEQUENCE s"));
    assert!(implicitly_commits(Mariadb, "BACKUP STAGE START"));
    assert!(implicitly_commits(Mariadb, "SET DEFAULT ROLE NONE"));
    assert!(!implicitly_commits(Mariadb, "ANALYZE FORMAT=JSON SELECT 1"));
    assert!(implicitly_commits(
        Mariadb,
        "SET STATEMENT max_statement_time = 9 FOR ALTER TABLE t ADD b INT"
    ));
    assert!(!implicitly_commits(
        Mariadb,
        "SET STATEMENT max_statement_time = 9 FOR SELECT 1"
    ));
}

#[test]
fn creations() {
    let yes = [
        "CREATE TABLE t (a INTEGER)",
        "create temp table if not exists main.t (a, b AS (a + 1) STORED)",
        "CREATE UNIQUE INDEX i ON t (a)",
        "CREATE VIEW v AS SELECT 1",
        "CREATE TRIGGER g AFTER INSERT ON t BEGIN DELETE FROM u; END",
    ];
    let no = [
        "CREATE TABLE t AS SELECT 1",
        "CREATE TABLE IF NOT EXISTS t AS VALUES (1)",
        "CREATE TABLE \"t\" AS SELECT 1",
        "CREATE VIRTUAL TABLE t USING fts5(a)",
        "CREATE OR REPLACE TABLE t (a INT)",
        "DROP TABLE t",
        "ALTER TABLE t ADD b",
        "SELECT 1",
        "CREATE",
        "",
    ];
    for dialect in Dialect::ALL {
        for sql in yes {
            assert!(creates_only(dialect, sql), "{dialect}: {sql}");
        }
        for sql in no {
            assert!(!creates_only(dialect, sql), "{dialect}: {sql}");
        }
    }
    assert!(!creates_only(Mysql, "CREATE TABLE t (a INT) SELECT 1 AS a"));
}
