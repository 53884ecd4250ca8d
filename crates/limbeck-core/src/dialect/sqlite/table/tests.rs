use super::super::normal;
use super::*;

/// A table's parts in lines, in no order of their own.
fn told(sql: &str) -> Vec<String> {
    let table = CreateTable::parse(sql).unwrap_or_else(|| panic!("no table: {sql}"));
    let mut lines = vec![format!("table {}: {}", table.name, table.options.join(", "))];
    for column in &table.columns {
        let mut clauses: Vec<String> = column.clauses.iter().map(|clause| normal(clause)).collect();
        clauses.sort();
        let data_type = normal(&column.data_type);
        lines.push(
            format!("{}: {data_type} {}", column.name, clauses.join(" "))
                .trim_end()
                .to_owned(),
        );
    }
    let mut constraints: Vec<String> = table
        .constraints
        .iter()
        .map(|known| {
            format!(
                "{}{}",
                known
                    .name
                    .as_ref()
                    .map(|name| format!("{name}: "))
                    .unwrap_or_default(),
                normal(&known.tokens)
            )
        })
        .collect();
    constraints.sort();
    lines.extend(constraints);
    lines
}

#[track_caller]
fn same(one: &str, other: &str) {
    assert_eq!(told(one), told(other));
}

#[test]
fn a_table_is_its_columns_constraints_and_options() {
    let sql = "CREATE TABLE \"t\" (id INTEGER PRIMARY KEY, [Name] VARCHAR (50) DEFAULT 'a,b' NOT NULL, -- why\n\
               up INT CONSTRAINT f REFERENCES t (id) ON DELETE SET DEFAULT NOT NULL, CHECK (id > 0), UNIQUE (name)) STRICT";
    assert_eq!(
        told(sql),
        [
            "table t: strict",
            "id: integer",
            "Name: varchar (50) default 'a,b' not null",
            "up: int not null",
            "check (id > 0)",
            "f: foreign key (up) references t (id) on delete set default",
            "primary key (id)",
            "unique (name)",
        ]
    );
}

#[test]
fn a_constraint_of_one_column_may_stand_with_it_or_behind_all() {
    same(
        "CREATE TABLE t (id INTEGER CONSTRAINT pk PRIMARY KEY ON CONFLICT FAIL AUTOINCREMENT, a TEXT UNIQUE ON CONFLICT IGNORE)",
        "CREATE TABLE t (id INTEGER, a TEXT, CONSTRAINT pk PRIMARY KEY (id AUTOINCREMENT) ON CONFLICT FAIL, UNIQUE (a) ON CONFLICT \
         IGNORE)",
    );
    same(
        "CREATE TABLE t (a TEXT NULL REFERENCES u (a) NOT DEFERRABLE, b INT CONSTRAINT c CHECK (b > (0)))",
        "CREATE TABLE t (a TEXT, b INT, FOREIGN KEY (a) REFERENCES u (a) NOT DEFERRABLE CONSTRAINT c CHECK (b > (0)))",
    );
}

#[test]
fn what_is_meant_anyway_need_not_be_said() {
    same(
        "CREATE TABLE t (id INTEGER NOT NULL PRIMARY KEY, b INT GENERATED ALWAYS AS (id + 1) VIRTUAL)",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, b INT AS (id + 1))",
    );
    same(
        "CREATE TABLE t (a TEXT NOT NULL, PRIMARY KEY (a)) WITHOUT ROWID",
        "CREATE TABLE t (a TEXT PRIMARY KEY) WITHOUT ROWID",
    );
    same(
        "CREATE TABLE t (a INT CHECK (t.a > 0), UNIQUE (a), UNIQUE (a))",
        "CREATE TABLE t (a INT UNIQUE CHECK (a > 0))",
    );
    // These may be NULL.
    let differ = [
        "CREATE TABLE t (id TEXT NOT NULL PRIMARY KEY)",
        "CREATE TABLE t (id TEXT PRIMARY KEY)",
    ];
    assert_ne!(told(differ[0]), told(differ[1]));
    let differ = [
        "CREATE TABLE t (id INTEGER NOT NULL PRIMARY KEY DESC)",
        "CREATE TABLE t (id INTEGER PRIMARY KEY DESC)",
    ];
    assert_ne!(told(differ[0]), told(differ[1]));
}

#[test]
fn a_default_in_parentheses_is_the_same_value() {
    let default = |value: &str| told(&format!("CREATE TABLE t (a DEFAULT {value})"))[1].clone();
    assert_eq!(default("(CURRENT_TIMESTAMP)"), "a:  default current_timestamp");
    assert_eq!(default("((-1))"), default("-1"));
    assert_eq!(default("abc"), default("'abc'"));
    assert_eq!(default("\"Abc\" NOT NULL"), "a:  default 'Abc' not null");
    assert_eq!(default("null not null"), "a:  default null not null");
    assert_eq!(default("(a  ||  'X')"), "a:  default (a || 'X')");
}

#[test]
fn names_are_no_keywords() {
    assert_eq!(
        told(
            "CREATE TABLE \"a \"\"b\" (\"check\" \"my type\", 'unique' [not], CONSTRAINT \"Foreign\" CONSTRAINT x UNIQUE (\"check\"))"
        ),
        [
            "table a \"b: ",
            "check: my type",
            "unique: not",
            "x: unique (check)"
        ]
    );
}

#[test]
fn what_is_no_table_is_none() {
    for sql in [
        "",
        "CREATE",
        "CREATE TABLE t",
        "CREATE VIEW v (a) AS SELECT 1",
        "CREATE VIRTUAL TABLE f USING fts5 (a)",
        ") TABLE (",
    ] {
        assert_eq!(CreateTable::parse(sql), None, "{sql}");
    }
    for sql in [
        "CREATE TABLE t ()",
        "CREATE TABLE t (,)",
        "CREATE TABLE t (a CONSTRAINT x)",
        "CREATE TABLE t (PRIMARY)",
    ] {
        assert!(CreateTable::parse(sql).is_some(), "{sql}");
    }
}
