use expect_test::{Expect, expect};

use super::super::{Change, plan};
use crate::Dialect;
use crate::diff::diff;
use crate::op::Op;
use crate::schema::{
    Column, Constraint, ConstraintKind, Definition, Generated, Id, Identity, Index, Kind, Name, Object,
    Reference, Schema, Sql, Table, TableOption,
};

/// The statements that make one schema of another.
#[track_caller]
fn check_on(dialect: Dialect, from: &Schema, to: &Schema, wanted: &Expect) {
    let change = Change {
        dialect,
        from,
        to,
        online: true,
    };
    let statements = plan(&change, &diff(dialect, from, to));
    let text: String = statements
        .iter()
        .map(|statement| format!("{};\n", statement.sql))
        .collect();
    wanted.assert_eq(&text);
}

#[track_caller]
fn check(from: &Schema, to: &Schema, wanted: &Expect) {
    check_on(Dialect::Mariadb, from, to, wanted);
}

fn schema(tables: &[(&str, Table)]) -> Schema {
    let mut schema = Schema::default();
    for (name, table) in tables {
        schema.tables.insert(Name::new(*name), table.clone());
    }
    schema
}

fn table(columns: &[Column]) -> Table {
    Table {
        columns: columns.to_vec(),
        ..Table::default()
    }
}

fn required(name: &str, data_type: &str) -> Column {
    Column {
        nullable: false,
        ..Column::new(name, data_type)
    }
}

fn with_key(mut table: Table, column: &str) -> Table {
    let key = Constraint::new(
        ConstraintKind::PrimaryKey,
        Sql::verbatim(format!("PRIMARY KEY ({column})")),
        vec![column.to_owned()],
    );
    table.constraints.insert("PRIMARY".to_owned(), key);
    table
}

fn with_reference(mut table: Table, column: &str, to: &str) -> Table {
    let key = Constraint {
        references: Some(Reference {
            table: Name::new(to),
            columns: vec!["id".to_owned()],
        }),
        ..Constraint::new(
            ConstraintKind::ForeignKey,
            Sql::verbatim(format!("FOREIGN KEY ({column}) REFERENCES {to} (id)")),
            vec![column.to_owned()],
        )
    };
    table.constraints.insert(format!("to_{to}"), key);
    with_index(table, &format!("to_{to}"), &format!("({column})"))
}

fn with_index(mut table: Table, name: &str, definition: &str) -> Table {
    let index = Index {
        unique: false,
        definition: Sql::verbatim(definition),
        columns: Vec::new(),
        comment: None,
    };
    table.indexes.insert(name.to_owned(), index);
    table
}

fn with_option(mut table: Table, option: TableOption, value: &str) -> Table {
    table.options.insert(option, value.to_owned());
    table
}

#[test]
fn a_new_table_holds_its_indexes_and_foreign_keys() {
    let parent = with_key(table(&[required("id", "int")]), "id");
    let child = with_reference(table(&[Column::new("order", "int")]), "`order`", "p");
    let child = with_option(child, TableOption::Engine, "InnoDB");
    let child = with_option(child, TableOption::Collation, "utf8mb4_bin");
    check(
        &Schema::default(),
        &schema(&[("p", parent), ("c", child)]),
        &expect![[r#"
            CREATE TABLE p (
                id int PRIMARY KEY
            );
            CREATE TABLE c (
                `order` int,
                KEY to_p (`order`),
                CONSTRAINT to_p FOREIGN KEY (`order`) REFERENCES p (id)
            ) ENGINE=InnoDB COLLATE=utf8mb4_bin;
        "#]],
    );
}

#[test]
fn foreign_keys_make_way_for_their_columns() {
    let side = |data_type| {
        let parent = with_key(table(&[required("id", data_type)]), "id");
        let child = with_reference(table(&[Column::new("p", data_type)]), "p", "p");
        schema(&[("p", parent), ("c", child)])
    };
    check(
        &side("int"),
        &side("bigint"),
        &expect![[r#"
            ALTER TABLE c
                DROP FOREIGN KEY to_p,
                MODIFY COLUMN p bigint;
            ALTER TABLE p MODIFY COLUMN id bigint NOT NULL;
            ALTER TABLE c ADD CONSTRAINT to_p FOREIGN KEY (p) REFERENCES p (id);
        "#]],
    );
}

#[test]
fn all_that_is_done_to_a_table_is_one_statement() {
    let from = with_index(
        table(&[Column::new("a", "int"), Column::new("b", "int")]),
        "ix",
        "(a)",
    );
    let to = table(&[required("a", "int"), Column::new("c", "varchar(9)")]);
    let to = Table {
        comment: Some(r"it's \".to_owned()),
        ..with_index(to, "ix", "(c)")
    };
    check(
        &schema(&[("t", from)]),
        &schema(&[("t", to)]),
        &expect![[r#"
            ALTER TABLE t
                DROP KEY ix,
                MODIFY COLUMN a int NOT NULL,
                DROP COLUMN b,
                COMMENT='it''s \\',
                ADD COLUMN c varchar(9),
                ADD KEY ix (c);
        "#]],
    );
}

#[test]
fn numbering_needs_its_key_at_once() {
    let id = Column {
        identity: Some(Identity::AutoIncrement),
        ..required("id", "int")
    };
    let other = Column::new("a", "int");
    check(
        &schema(&[("t", table(std::slice::from_ref(&other)))]),
        &schema(&[("t", with_key(table(&[other, id]), "id"))]),
        &expect![[r#"
            ALTER TABLE t
                ADD COLUMN id int NOT NULL AUTO_INCREMENT,
                ADD PRIMARY KEY (id);
        "#]],
    );
}

#[test]
fn a_value_is_filled_in_before_it_is_required() {
    let from = table(&[required("id", "int")]);
    let to = with_index(
        table(&[required("id", "int"), required("email", "varchar(9)")]),
        "ix",
        "(email)",
    );
    let (from, to) = (schema(&[("t", from)]), schema(&[("t", to)]));
    check(
        &from,
        &to,
        &expect![[r#"
            ALTER TABLE t ADD COLUMN email varchar(9);
            UPDATE t SET email = NULL /* TODO: the value of t.email for the rows that are there */ WHERE email IS NULL;
            ALTER TABLE t
                MODIFY COLUMN email varchar(9) NOT NULL,
                ADD KEY ix (email);
        "#]],
    );
    let change = Change {
        dialect: Dialect::Mysql,
        from: &from,
        to: &to,
        online: false,
    };
    let marked: Vec<bool> = plan(&change, &diff(Dialect::Mysql, &from, &to))
        .iter()
        .map(|statement| statement.to_do)
        .collect();
    assert_eq!(marked, [false, true, false]);
}

#[test]
fn hidden_indexes_are_called_otherwise_on_each() {
    let of = |end: &str| {
        let side = with_index(table(&[Column::new("a", "int")]), "ix", &format!("(a){end}"));
        schema(&[("t", side)])
    };
    let hide = expect!["ALTER TABLE t ALTER INDEX ix IGNORED;\n"];
    check_on(Dialect::Mariadb, &of(""), &of(" IGNORED"), &hide);
    let show = expect!["ALTER TABLE t ALTER INDEX ix VISIBLE;\n"];
    check_on(Dialect::Mysql, &of(" INVISIBLE"), &of(""), &show);
}

#[test]
fn what_is_computed_may_be_required_on_mysql() {
    let computed = Column {
        generated: Some(Generated {
            expression: Sql::new("a + 1"),
            stored: true,
        }),
        clauses: vec![Sql::new("SRID 4326")],
        ..required("b", "int")
    };
    let (from, to) = (
        schema(&[("t", Table::default())]),
        schema(&[("t", table(&[computed]))]),
    );
    let mysql =
        expect!["ALTER TABLE t ADD COLUMN b int GENERATED ALWAYS AS (a + 1) STORED NOT NULL SRID 4326;\n"];
    check_on(Dialect::Mysql, &from, &to, &mysql);
    let mariadb = expect!["ALTER TABLE t ADD COLUMN b int GENERATED ALWAYS AS (a + 1) STORED SRID 4326;\n"];
    check_on(Dialect::Mariadb, &from, &to, &mariadb);
}

#[test]
fn history_is_kept_where_a_table_has_one() {
    let side = |column| {
        let side = with_option(table(&[column]), TableOption::SystemVersioning, "");
        schema(&[("t", side)])
    };
    check(
        &side(Column::new("a", "int")),
        &side(Column::new("a", "bigint")),
        &expect![
            "SET STATEMENT system_versioning_alter_history = KEEP FOR ALTER TABLE t MODIFY COLUMN a bigint;\n"
        ],
    );
}

#[test]
fn a_character_set_is_converted_where_that_is_exact() {
    let side = |collation, columns: &[Column]| {
        let side = with_option(table(columns), TableOption::Collation, collation);
        schema(&[("t", side)])
    };
    let plain = [Column::new("a", "varchar(9)"), Column::new("n", "int")];
    check(
        &side("latin1_swedish_ci", &plain),
        &side("utf8mb4_bin", &plain),
        &expect!["ALTER TABLE t CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;\n"],
    );
    let own = Column {
        collation: Some("ascii_bin".to_owned()),
        ..Column::new("o", "char(1)")
    };
    let some = [Column::new("a", "varchar(9)"), own];
    check(
        &side("latin1_swedish_ci", &some),
        &side("utf8mb4_bin", &some),
        &expect![[r#"
            ALTER TABLE t
                DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
                MODIFY COLUMN a varchar(9);
        "#]],
    );
}

#[test]
fn a_check_of_a_column_gets_its_new_name() {
    let checked = Column {
        clauses: vec![Sql::new("CHECK (a > 0)")],
        ..Column::new("a", "int")
    };
    let from = schema(&[("t", table(&[checked, Column::new("b", "int")]))]);
    let rename = |from: &str, to: &str| Op::RenameColumn {
        table: Name::new("t"),
        from: from.to_owned(),
        to: to.to_owned(),
    };
    let change = Change {
        dialect: Dialect::Mariadb,
        from: &from,
        to: &from,
        online: false,
    };
    let statements = plan(&change, &[rename("a", "key"), rename("b", "c")]);
    let statements: Vec<&str> = statements
        .iter()
        .map(|statement| statement.sql.as_str())
        .collect();
    assert_eq!(
        statements,
        [
            "ALTER TABLE t CHANGE COLUMN a `key` int CHECK (`key` > 0)",
            "ALTER TABLE t RENAME COLUMN b TO c"
        ]
    );
}

fn trigger(schema: &mut Schema, name: &str, follows: Option<&str>, body: &str) {
    let on = Name::new("t");
    let id = Id::part(Kind::Trigger, &on, name);
    let place = follows.map_or_else(String::new, |follows| format!("FOLLOWS {follows}\n"));
    if let Some(follows) = follows {
        schema.depends(id.clone(), Id::part(Kind::Trigger, &on, follows));
    }
    let create = format!("CREATE TRIGGER {name} BEFORE INSERT ON t FOR EACH ROW\n{place}{body}");
    let object = Object::new(
        format!("TRIGGER {name}"),
        Definition::Stored {
            create: Sql::verbatim(create),
            replace: None,
        },
    );
    schema.objects.insert(id, object);
}

#[test]
fn triggers_keep_their_order() {
    let side = |body| {
        let mut side = schema(&[("t", table(&[Column::new("a", "int")]))]);
        trigger(&mut side, "first", None, body);
        trigger(&mut side, "second", Some("first"), "SET @b = 1");
        side
    };
    check(
        &side("SET @a = 1"),
        &side("BEGIN SET @a = 1; END"),
        &expect![[r#"
            DROP TRIGGER first;
            CREATE TRIGGER first BEFORE INSERT ON t FOR EACH ROW
            PRECEDES second
            BEGIN SET @a = 1; END;
        "#]],
    );
}

#[test]
fn settings_around_a_statement_are_statements() {
    let mut to = Schema::default();
    let create = "SET SESSION sql_mode = 'ANSI_QUOTES';\nCREATE PROCEDURE p()\nBEGIN SELECT 1; SELECT 2; END;\nSET SESSION sql_mode = DEFAULT";
    let object = Object::new(
        "PROCEDURE p".to_owned(),
        Definition::Stored {
            create: Sql::verbatim(create),
            replace: None,
        },
    );
    to.objects.insert(Id::of(Kind::Procedure, Name::new("p")), object);
    let change = Change {
        dialect: Dialect::Mariadb,
        from: &Schema::default(),
        to: &to,
        online: false,
    };
    let statements = plan(&change, &diff(Dialect::Mariadb, &Schema::default(), &to));
    assert_eq!(statements.len(), 3);
    assert_eq!(
        statements[1].sql,
        "CREATE PROCEDURE p()\nBEGIN SELECT 1; SELECT 2; END"
    );
}
