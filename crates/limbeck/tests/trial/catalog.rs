//! What of a database is compared: everything that a downgrade can forget.

use limbeck::TestOptions;

use super::{USERS, history, test};
use crate::cases::{Database, World};

/// The objects that differ when a revision is stepped back by a downgrade that does nothing.
fn forgotten(database: Database, up: &str) -> Vec<String> {
    let world = World::new(database);
    history(&world, &[USERS, (up, "SELECT 1;")]);
    let report = test(&world, &TestOptions::default());
    let findings = &report.revisions[1].findings;
    let differences = findings.iter().flat_map(|finding| &finding.differences);
    let mut objects: Vec<String> = differences.map(|difference| difference.object.clone()).collect();
    objects.dedup();
    assert!(report.revisions[1].upgrade.is_some(), "{findings:?}");
    objects
}

#[test]
fn nothing_that_is_forgotten_goes_unseen_on_sqlite() {
    let up = "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT);\n\
              ALTER TABLE users ADD COLUMN n INTEGER NOT NULL DEFAULT 1 CHECK (n > 0);\n\
              CREATE INDEX i ON users (name);\n\
              CREATE VIEW v AS SELECT 1;\n\
              CREATE TRIGGER g AFTER INSERT ON users BEGIN SELECT 1; END;\n\
              CREATE VIRTUAL TABLE f USING fts5(a);";
    assert_eq!(
        forgotten(Database::Sqlite, up),
        [
            "column users.n",
            "constraint check (n > 0) of users",
            "index i of users",
            "table f",
            "table f_config",
            "table f_content",
            "table f_data",
            "table f_docsize",
            "table f_idx",
            "table t",
            "trigger g of users",
            "view v",
        ]
    );
}

#[test]
fn nothing_that_is_forgotten_goes_unseen_on_postgresql() {
    let up = "CREATE SCHEMA s;\n\
              CREATE TABLE s.t (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY);\n\
              CREATE TABLE p (id INTEGER) PARTITION BY RANGE (id);\n\
              CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);\n\
              ALTER TABLE users ADD COLUMN n INTEGER NOT NULL DEFAULT 1, ADD CONSTRAINT k CHECK (n > 0), ALTER COLUMN email TYPE \
              VARCHAR(60);\n\
              ALTER TABLE users ENABLE ROW LEVEL SECURITY;\n\
              ALTER TABLE users REPLICA IDENTITY FULL;\n\
              CREATE POLICY y ON users USING (true);\n\
              GRANT SELECT ON users TO PUBLIC;\n\
              GRANT UPDATE (name) ON users TO PUBLIC;\n\
              COMMENT ON COLUMN users.name IS 'who it is';\n\
              CREATE INDEX i ON users (lower(name));\n\
              CREATE VIEW v AS SELECT 1 AS one;\n\
              CREATE MATERIALIZED VIEW m AS SELECT 1 AS one;\n\
              CREATE RULE r AS ON DELETE TO v DO INSTEAD NOTHING;\n\
              CREATE SEQUENCE q;\n\
              CREATE TYPE e AS ENUM ('a', 'b');\n\
              CREATE TYPE c AS (a INTEGER, b TEXT);\n\
              CREATE TYPE ra AS RANGE (subtype = INTEGER);\n\
              CREATE DOMAIN d AS INTEGER CHECK (VALUE > 0);\n\
              CREATE FUNCTION f(a INTEGER) RETURNS INTEGER LANGUAGE sql AS 'SELECT 1';\n\
              CREATE PROCEDURE pr() LANGUAGE sql AS 'SELECT 1';\n\
              CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';\n\
              CREATE AGGREGATE ag(INTEGER) (sfunc = int4pl, stype = INTEGER);\n\
              CREATE OPERATOR === (leftarg = INTEGER, rightarg = INTEGER, function = int4eq);\n\
              CREATE TRIGGER g BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION tf();\n\
              CREATE STATISTICS st ON name, email FROM users;\n\
              CREATE COLLATION co (locale = 'C');\n\
              CREATE TEXT SEARCH CONFIGURATION tc (copy = simple);\n\
              CREATE TEXT SEARCH DICTIONARY td (template = simple);\n\
              CREATE EXTENSION pg_trgm;\n\
              CREATE EVENT TRIGGER et ON ddl_command_end WHEN TAG IN ('DROP OWNED') EXECUTE FUNCTION etf();\n\
              CREATE PUBLICATION pu FOR TABLE users;";
    let event =
        "CREATE FUNCTION etf() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';\nCREATE EVENT TRIGGER";
    let up = up.replace("CREATE EVENT TRIGGER", event);
    assert_eq!(
        forgotten(Database::Postgresql, &up),
        [
            "aggregate ag(integer)",
            "collation co",
            "column c.a",
            "column c.b",
            "column users.email",
            "column users.n",
            "comment on table column public.users.name",
            "constraint k of users",
            "event trigger et",
            "extension pg_trgm",
            "function etf()",
            "function f(a integer)",
            "function tf()",
            "index i of users",
            "operator === (integer, integer)",
            "policy y of users",
            "privileges on column users.name",
            "privileges on users",
            "procedure pr()",
            "publication pu",
            "replica identity of users",
            "row level security of users",
            "schema s",
            "sequence q",
            "statistics st of users",
            "table p",
            "table p1",
            "table s.t",
            "text search configuration tc",
            "text search dictionary td",
            "trigger g of users",
            "type c",
            "type d",
            "type e",
            "type ra",
            "view m",
            "view v",
        ]
    );
}

#[test]
fn nothing_that_is_forgotten_goes_unseen_on_mariadb() {
    let up = "CREATE TABLE t (id BIGINT AUTO_INCREMENT PRIMARY KEY);\n\
              CREATE TABLE p (id INTEGER) PARTITION BY RANGE (id) (PARTITION p1 VALUES LESS THAN (10), PARTITION p2 VALUES LESS THAN \
              MAXVALUE);\n\
              ALTER TABLE users ADD COLUMN n INTEGER NOT NULL DEFAULT 1, ADD CONSTRAINT k CHECK (n > 0), MODIFY email VARCHAR(60) \
              COMMENT 'where to';\n\
              ALTER TABLE users ADD COLUMN up INTEGER, ADD CONSTRAINT fk FOREIGN KEY (up) REFERENCES users (id), COMMENT 'people';\n\
              CREATE UNIQUE INDEX i ON users (name);\n\
              CREATE VIEW v AS SELECT id FROM users;\n\
              CREATE SEQUENCE q;\n\
              CREATE FUNCTION f(a INTEGER) RETURNS INTEGER RETURN a;\n\
              CREATE PROCEDURE pr() SELECT 1;\n\
              CREATE TRIGGER g BEFORE INSERT ON users FOR EACH ROW SET NEW.n = NEW.n;\n\
              CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO SELECT 1;";
    assert_eq!(
        forgotten(Database::Mariadb, up),
        [
            "column users.email",
            "column users.n",
            "column users.up",
            "constraint fk of users",
            "constraint k of users",
            "event e",
            "function f",
            "function f parameter 1",
            "index fk of users",
            "index i of users",
            "procedure pr",
            "sequence q",
            "table p",
            "table t",
            "table users",
            "trigger g of users",
            "view v",
        ]
    );
}
