use expect_test::{Expect, expect};

use super::*;
use crate::diff::diff;
use crate::schema::{Constraint, ConstraintKind, Generated, Reference, Sql};

fn column(name: &str, data_type: &str) -> Column {
    Column::new(name, data_type)
}

fn table(columns: &[Column]) -> Table {
    let columns = columns.to_vec();
    Table {
        columns,
        ..Table::default()
    }
}

/// The table with a constraint; one without a name is called by its definition.
fn with(mut table: Table, name: &str, kind: ConstraintKind, definition: &str, columns: &[&str]) -> Table {
    let reference = definition.split_once(" REFERENCES ").map(|(_, there)| Reference {
        table: Name::new(there.split(' ').next().unwrap_or_default()),
        columns: vec!["id".to_owned()],
    });
    let constraint = Constraint {
        references: reference,
        named: !name.is_empty(),
        ..Constraint::new(kind, Sql::new(definition), columns.iter().copied())
    };
    let key = if name.is_empty() {
        definition.to_lowercase()
    } else {
        name.to_owned()
    };
    table.constraints.insert(key, constraint);
    table
}

fn schema(tables: &[(&str, &Table)]) -> Schema {
    let mut schema = Schema::default();
    for (name, table) in tables {
        schema.tables.insert(Name::new(*name), (*table).clone());
    }
    schema
}

fn add_object(schema: &mut Schema, id: Id, create: &str) {
    let object = Object::new(
        id.to_string(),
        Definition::Stored {
            create: Sql::new(create),
            replace: None,
        },
    );
    schema.objects.insert(id, object);
}

fn statements(from: &Schema, to: &Schema) -> Vec<Statement> {
    let change = Change {
        dialect: SQLITE,
        from,
        to,
        online: false,
    };
    plan(&change, &diff(SQLITE, from, to))
}

#[track_caller]
fn check(from: &Schema, to: &Schema, expect: &Expect) {
    let sql: Vec<String> = statements(from, to)
        .into_iter()
        .map(|statement| statement.sql + ";\n")
        .collect();
    expect.assert_eq(&sql.concat());
}

#[test]
fn a_table_is_created_as_a_reviewer_reads_it() {
    let mut name = column("Name", "TEXT");
    name.collation = Some("NOCASE".to_owned());
    name.nullable = false;
    name.default = Some(Sql::new("'x'"));
    let mut kept = column("order", "INT");
    kept.generated = Some(Generated {
        expression: Sql::new("id + 1"),
        stored: true,
    });
    let mut id = column("id", "INTEGER");
    id.nullable = false;
    let mut users = table(&[id, name, kept, column("any thing", "")]);
    users = with(
        users,
        "",
        ConstraintKind::PrimaryKey,
        "PRIMARY KEY (id AUTOINCREMENT) ON CONFLICT FAIL",
        &["id"],
    );
    users = with(
        users,
        "",
        ConstraintKind::ForeignKey,
        "FOREIGN KEY (id) REFERENCES users (id)",
        &["id"],
    );
    users = with(users, "uq", ConstraintKind::Unique, "UNIQUE (Name)", &["Name"]);
    users.options.insert(TableOption::Strict, String::new());
    check(
        &Schema::default(),
        &schema(&[("users", &users)]),
        &expect![[r#"
            CREATE TABLE users (
                id INTEGER PRIMARY KEY ON CONFLICT FAIL AUTOINCREMENT,
                Name TEXT COLLATE NOCASE NOT NULL DEFAULT 'x',
                "order" INT GENERATED ALWAYS AS (id + 1) STORED,
                "any thing",
                CONSTRAINT uq UNIQUE (Name),
                FOREIGN KEY (id) REFERENCES users (id)
            ) STRICT;
        "#]],
    );
}

#[test]
fn a_key_that_says_not_null_says_it_again() {
    let mut id = column("id", "INTEGER");
    (id.nullable, id.says_not_null) = (false, crate::schema::Moot(true));
    let t = with(
        table(&[id]),
        "",
        ConstraintKind::PrimaryKey,
        "PRIMARY KEY (id)",
        &["id"],
    );
    let sql = &statements(&Schema::default(), &schema(&[("t", &t)]))[0].sql;
    assert!(sql.contains("id INTEGER NOT NULL PRIMARY KEY"), "{sql}");
}

#[test]
fn a_key_stands_in_its_column_only_where_it_means_the_same_there() {
    let keyed = |name: &str, definition: &str| {
        let t = table(&[column("a", "INTEGER"), column("b", "TEXT")]);
        let t = with(t, name, ConstraintKind::PrimaryKey, definition, &["a"]);
        statements(&Schema::default(), &schema(&[("t", &t)]))[0]
            .sql
            .lines()
            .filter(|line| line.contains("PRIMARY"))
            .map(|line| line.trim().trim_end_matches(',').to_owned())
            .collect::<String>()
    };
    assert_eq!(keyed("", "PRIMARY KEY (a)"), "a INTEGER PRIMARY KEY");
    assert_eq!(keyed("", "PRIMARY KEY (a) DESC"), "a INTEGER PRIMARY KEY DESC");
    assert_eq!(
        keyed("pk", "PRIMARY KEY (a) DESC"),
        "a INTEGER CONSTRAINT pk PRIMARY KEY DESC"
    );
    assert_eq!(
        keyed("pk", "PRIMARY KEY (a AUTOINCREMENT)"),
        "CONSTRAINT pk PRIMARY KEY (a AUTOINCREMENT)"
    );
    assert_eq!(keyed("", "PRIMARY KEY (a DESC)"), "PRIMARY KEY (a DESC)");
    assert_eq!(
        keyed("", "PRIMARY KEY (a COLLATE NOCASE)"),
        "PRIMARY KEY (a COLLATE NOCASE)"
    );
}

#[test]
fn alter_table_adds_what_it_can() {
    let before = table(&[column("id", "INTEGER")]);
    let is_native = |change: &dyn Fn(&mut Column), constraint: Option<(ConstraintKind, &str)>| {
        let mut added = column("c", "INT");
        change(&mut added);
        let mut after = table(&[column("id", "INTEGER"), added]);
        if let Some((kind, definition)) = constraint {
            after = with(after, "", kind, definition, &["c"]);
        }
        let (from, to) = (schema(&[("t", &before)]), schema(&[("t", &after)]));
        statements(&from, &to)[0]
            .sql
            .starts_with("ALTER TABLE t ADD COLUMN c")
    };
    let default = |value: &'static str| move |column: &mut Column| column.default = Some(Sql::new(value));
    let not_null = |value: &'static str| {
        move |column: &mut Column| {
            column.nullable = false;
            column.default = (!value.is_empty()).then(|| Sql::new(value));
        }
    };
    let nothing = |_: &mut Column| {};
    for value in ["1", "-1", "'it''s'", "x'00'", "TRUE", "NULL"] {
        assert!(is_native(&default(value), None), "{value}");
    }
    for value in ["CURRENT_TIMESTAMP", "(1 + 1)", "(random())", "current_date"] {
        assert!(!is_native(&default(value), None), "{value}");
    }
    assert!(is_native(&not_null("0"), None));
    assert!(!is_native(&not_null("NULL"), None) && !is_native(&not_null(""), None));
    let references = Some((ConstraintKind::ForeignKey, "FOREIGN KEY (c) REFERENCES t (id)"));
    assert!(is_native(&nothing, references));
    assert!(
        !is_native(&default("1"), references),
        "with foreign keys on, SQLite refuses it"
    );
    assert!(is_native(
        &default("1"),
        Some((ConstraintKind::Check, "CHECK (c > id)"))
    ));
    assert!(!is_native(&nothing, Some((ConstraintKind::Unique, "UNIQUE (c)"))));
    let generated = |stored: bool| {
        move |column: &mut Column| {
            let expression = Sql::new("id");
            column.generated = Some(Generated { expression, stored });
        }
    };
    assert!(is_native(&generated(false), None) && !is_native(&generated(true), None));
}

#[test]
fn alter_table_drops_what_nothing_names() {
    let is_native = |change: &dyn Fn(&mut Schema)| {
        let mut before = schema(&[("t", &table(&[column("id", "INTEGER"), column("c", "INT")]))]);
        change(&mut before);
        let mut after = before.clone();
        after.tables.values_mut().for_each(|table| {
            table.columns.retain(|column| column.name != "c");
            table.constraints.clear();
        });
        let statements = statements(&before, &after);
        statements
            .iter()
            .any(|statement| statement.sql == "ALTER TABLE t DROP COLUMN c")
    };
    let view = |create: &'static str| {
        move |schema: &mut Schema| add_object(schema, Id::of(Kind::View, Name::new("v")), create)
    };
    assert!(is_native(&|_| {}));
    assert!(is_native(&view("CREATE VIEW v AS SELECT id FROM t")));
    assert!(is_native(&view(
        "CREATE VIEW v AS WITH w AS (SELECT 1) SELECT * FROM w JOIN json_each('[]')"
    )));
    assert!(!is_native(&view("CREATE VIEW v AS SELECT \"C\" FROM t")));
    assert!(!is_native(&|schema| {
        let id = Id::of(Kind::View, Name::new("w"));
        view("CREATE VIEW v AS SELECT * FROM t")(schema);
        add_object(schema, id, "CREATE VIEW w AS SELECT c FROM v");
    }));
    assert!(
        !is_native(&view("CREATE VIEW v AS SELECT * FROM nowhere")),
        "DROP COLUMN stumbles over it"
    );
    assert!(!is_native(&|schema| {
        let id = Id::part(Kind::Trigger, &Name::new("t"), "g");
        add_object(
            schema,
            id,
            "CREATE TRIGGER g UPDATE OF c ON t BEGIN SELECT 1; END",
        );
    }));
    assert!(!is_native(&|schema| {
        let t = schema.tables.values_mut().next().unwrap();
        *t = with(t.clone(), "", ConstraintKind::Check, "CHECK (c > 0)", &["c"]);
    }));
}

#[test]
fn a_rebuild_says_why_and_what_it_may_hurt() {
    let mut from = column("n", "TEXT");
    from.nullable = true;
    let mut to = column("n", "INTEGER");
    to.nullable = false;
    let (from, to) = (
        table(&[column("id", "INT"), from, column("x", "INT")]),
        table(&[column("id", "INT"), to]),
    );
    let to = with(to, "u", ConstraintKind::Unique, "UNIQUE (n)", &["n"]);
    let statements = statements(&schema(&[("t", &from)]), &schema(&[("t", &to)]));
    let told = |statement: &Statement| {
        let first = statement.sql.lines().next().unwrap_or_default().to_owned();
        let hazards = statement.hazards.iter().map(ToString::to_string);
        let notes = statement.note.iter().cloned().chain(hazards);
        let notes: Vec<String> = notes.map(|note| format!("-- {note}\n")).collect();
        format!("{}{first}\n", notes.concat())
    };
    expect![[r#"
        -- t is rebuilt: n becomes INTEGER, n becomes NOT NULL, x is dropped, u is added
        -- rewrites t
        CREATE TABLE _limbeck_new_t (
        -- may fail: NULL in t.n
        -- may fail: rows of t that are the same in n
        INSERT INTO _limbeck_new_t (rowid, id, n)
        -- data loss: the zeros of texts that look like numbers (007, 1.50) in t.n
        -- data loss: the values of t.x
        DROP TABLE t
        ALTER TABLE _limbeck_new_t RENAME TO t
    "#]]
    .assert_eq(&statements.iter().map(told).collect::<String>());
}
