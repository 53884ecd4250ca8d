//! Ops that make SQL, without a server.

use crate::Dialect;
use crate::op::Op;
use crate::plan::{Change, Statement, plan};
use crate::schema::{
    Column, Constraint, ConstraintKind, Definition, Id, Identity, Index, Kind, Name, Object, Reference,
    Schema, Sql, Table,
};

fn planned(from: &Schema, to: &Schema, online: bool, ops: &[Op]) -> Vec<Statement> {
    let change = Change {
        dialect: Dialect::Postgresql,
        from,
        to,
        online,
    };
    plan(&change, ops)
}

/// The statements, with a mark before those that can't be in a transaction.
fn lines(statements: &[Statement]) -> Vec<String> {
    let line = |statement: &Statement| {
        let mark = if statement.autocommit { "* " } else { "" };
        format!("{mark}{}", statement.sql)
    };
    statements.iter().map(line).collect()
}

fn schema(tables: &[(&str, Table)]) -> Schema {
    let tables = tables
        .iter()
        .map(|(name, table)| (Name::new(*name), table.clone()));
    Schema {
        tables: tables.collect(),
        ..Schema::default()
    }
}

fn table(columns: &[Column]) -> Table {
    Table {
        columns: columns.to_vec(),
        ..Table::default()
    }
}

fn constraint(kind: ConstraintKind, columns: &[&str], definition: &str) -> Constraint {
    Constraint::new(kind, Sql::verbatim(definition), columns.iter().copied())
}

fn users() -> (Name, Table) {
    let id = Column {
        nullable: false,
        identity: Some(Identity::Serial),
        ..Column::new("id", "integer")
    };
    let mut users = table(&[id, Column::new("name", "text")]);
    let key = constraint(ConstraintKind::PrimaryKey, &["id"], "PRIMARY KEY (id)");
    users.constraints.insert("users_pkey".to_owned(), key);
    (Name::new("users"), users)
}

#[test]
fn a_key_stands_with_its_column_only_where_it_gets_the_same_name() {
    let (name, mut users) = users();
    let create = |name: &Name, table: &Table| {
        let op = Op::CreateTable {
            name: name.clone(),
            table: Box::new(table.clone()),
        };
        lines(&planned(&Schema::default(), &schema(&[]), true, &[op]))
    };
    assert_eq!(
        create(&name, &users),
        ["CREATE TABLE users (\n    id serial PRIMARY KEY,\n    name text\n)"]
    );
    let key = users.constraints.remove("users_pkey").expect("it is there");
    users.constraints.insert("pk_users".to_owned(), key);
    assert_eq!(
        create(&name, &users),
        ["CREATE TABLE users (\n    id serial,\n    name text,\n    CONSTRAINT pk_users PRIMARY KEY (id)\n)"]
    );
}

#[test]
fn what_is_not_valid_is_added_behind_its_table() {
    let (name, mut users) = users();
    let check = constraint(ConstraintKind::Check, &["id"], "CHECK ((id > 0)) NOT VALID");
    users.constraints.insert("late".to_owned(), check);
    let op = Op::CreateTable {
        name,
        table: Box::new(users),
    };
    let statements = lines(&planned(&Schema::default(), &Schema::default(), true, &[op]));
    assert_eq!(
        statements[1..],
        ["ALTER TABLE users ADD CONSTRAINT late CHECK ((id > 0)) NOT VALID"]
    );
}

#[test]
fn a_value_for_the_rows_that_are_there_is_left_to_the_user() {
    let (name, users) = users();
    let column = Column {
        nullable: false,
        ..Column::new("team", "integer")
    };
    let add = |from: &Schema| {
        let op = Op::AddColumn {
            table: name.clone(),
            column: Box::new(column.clone()),
        };
        planned(from, from, true, &[op])
    };
    let statements = add(&schema(&[("users", users.clone())]));
    assert_eq!(
        lines(&statements),
        [
            "ALTER TABLE users ADD COLUMN team integer",
            "UPDATE users SET team = NULL /* TODO: the value of users.team for the rows that are there */ WHERE team IS NULL",
            "ALTER TABLE users ALTER COLUMN team SET NOT NULL",
        ]
    );
    let marks: Vec<bool> = statements.iter().map(|statement| statement.to_do).collect();
    assert_eq!(marks, [false, true, false]);
    let hazards: Vec<String> = statements[2].hazards.iter().map(ToString::to_string).collect();
    assert_eq!(
        hazards,
        [
            "lock: ACCESS EXCLUSIVE on users",
            "reads all of users under a lock",
            "may fail: a row of users has no team"
        ]
    );
    // A table of this plan has no rows.
    let create = Op::CreateTable {
        name: name.clone(),
        table: Box::new(users),
    };
    let op = Op::AddColumn {
        table: name.clone(),
        column: Box::new(column),
    };
    let statements = planned(&Schema::default(), &Schema::default(), true, &[create, op]);
    assert_eq!(
        statements[1].sql,
        "ALTER TABLE users ADD COLUMN team integer NOT NULL"
    );
    assert_eq!(statements[1].hazards, []);
}

#[test]
fn what_takes_its_time_comes_behind_the_transaction() {
    let (name, users) = users();
    let from = schema(&[("users", users)]);
    let index = Index {
        unique: false,
        definition: Sql::verbatim("USING btree (name)"),
        columns: vec!["name".to_owned()],
        comment: Some("fast".to_owned()),
    };
    let ops = [
        Op::CreateIndex {
            table: name.clone(),
            name: "ix".to_owned(),
            index: Box::new(index),
        },
        Op::AddConstraint {
            table: name.clone(),
            name: "k".to_owned(),
            constraint: Box::new(constraint(ConstraintKind::Unique, &["name"], "UNIQUE (name)")),
        },
        Op::AlterColumn {
            table: name,
            from: Box::new(Column::new("name", "text")),
            to: Box::new(Column {
                nullable: false,
                ..Column::new("name", "text")
            }),
        },
    ];
    assert_eq!(
        lines(&planned(&from, &from, true, &ops)),
        [
            "ALTER TABLE users ADD CONSTRAINT limbeck_name_not_null CHECK (name IS NOT NULL) NOT VALID",
            "* CREATE INDEX CONCURRENTLY ix ON users (name)",
            "* CREATE UNIQUE INDEX CONCURRENTLY k ON users (name)",
            "* ALTER TABLE users VALIDATE CONSTRAINT limbeck_name_not_null",
            "COMMENT ON INDEX ix IS 'fast'",
            "ALTER TABLE users ADD CONSTRAINT k UNIQUE USING INDEX k",
            "ALTER TABLE users ALTER COLUMN name SET NOT NULL",
            "ALTER TABLE users DROP CONSTRAINT limbeck_name_not_null",
        ]
    );
    assert_eq!(
        lines(&planned(&from, &from, false, &ops)),
        [
            "CREATE INDEX ix ON users (name)",
            "COMMENT ON INDEX ix IS 'fast'",
            "ALTER TABLE users ADD CONSTRAINT k UNIQUE (name)",
            "ALTER TABLE users ALTER COLUMN name SET NOT NULL",
        ]
    );
}

#[test]
fn a_key_that_others_lead_to_is_made_at_once() {
    let (name, users) = users();
    let from = schema(&[("users", users)]);
    let mut to = from.clone();
    let posts = Name::new("posts");
    to.depends(
        Id::part(Kind::Constraint, &posts, "fk"),
        Id::part(Kind::Constraint, &name, "k"),
    );
    let mut key = constraint(
        ConstraintKind::ForeignKey,
        &["author"],
        "FOREIGN KEY (author) REFERENCES users(name)",
    );
    key.references = Some(Reference {
        table: name.clone(),
        columns: vec!["name".to_owned()],
    });
    let mut table = table(&[Column::new("author", "text")]);
    table.constraints.insert("fk".to_owned(), key);
    let ops = [
        Op::AddConstraint {
            table: name,
            name: "k".to_owned(),
            constraint: Box::new(constraint(ConstraintKind::Unique, &["name"], "UNIQUE (name)")),
        },
        Op::CreateTable {
            name: posts,
            table: Box::new(table),
        },
    ];
    let statements = lines(&planned(&from, &to, true, &ops));
    assert_eq!(
        statements[..2],
        [
            "* CREATE UNIQUE INDEX CONCURRENTLY k ON users (name)",
            "ALTER TABLE users ADD CONSTRAINT k UNIQUE USING INDEX k"
        ]
    );
    assert!(statements[2].starts_with("CREATE TABLE posts"), "{statements:?}");
}

#[test]
fn a_value_of_an_enum_that_is_used_is_added_before_all() {
    let labels = |labels: &[&str]| {
        Object::new(
            "TYPE mood".to_owned(),
            Definition::Enum {
                labels: labels.iter().map(ToString::to_string).collect(),
            },
        )
    };
    let alter = Op::AlterObject {
        id: Id::of(Kind::Enum, Name::new("mood")),
        from: Box::new(labels(&["b", "d"])),
        to: Box::new(labels(&["a", "b", "c", "d", "it's"])),
    };
    let column = Column {
        default: Some(Sql::verbatim("'c'::mood")),
        ..Column::new("m", "mood")
    };
    let create = Op::CreateTable {
        name: Name::new("t"),
        table: Box::new(table(&[column])),
    };
    let empty = Schema::default();
    let added = [
        "ALTER TYPE mood ADD VALUE 'a' BEFORE 'b'",
        "ALTER TYPE mood ADD VALUE 'c' BEFORE 'd'",
        "ALTER TYPE mood ADD VALUE 'it''s'",
    ];
    assert_eq!(
        lines(&planned(&empty, &empty, true, std::slice::from_ref(&alter))),
        added
    );
    let used = lines(&planned(&empty, &empty, true, &[create, alter]));
    assert_eq!(used[..3], added.map(|line| format!("* {line}")));
}

#[test]
fn parameters_are_set_in_their_order() {
    let with = |text: &str| {
        let mut table = Table::default();
        if !text.is_empty() {
            table
                .options
                .insert(crate::schema::TableOption::With, text.to_owned());
        }
        table
    };
    let alter = |from: &str, to: &str| {
        let op = Op::AlterTable {
            name: Name::new("t"),
            from: Box::new(with(from)),
            to: Box::new(with(to)),
        };
        lines(&planned(&Schema::default(), &Schema::default(), true, &[op]))
    };
    assert_eq!(alter("a=1, b=2", "a=1, b=3"), ["ALTER TABLE t SET (b=3)"]);
    assert_eq!(alter("a=1", ""), ["ALTER TABLE t RESET (a)"]);
    assert_eq!(
        alter("a=1, b=2", "b=2, a=1"),
        ["ALTER TABLE t RESET (a, b)", "ALTER TABLE t SET (b=2, a=1)"]
    );
}
