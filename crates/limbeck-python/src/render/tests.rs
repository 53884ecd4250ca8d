//! What is written for ops, as text. That it does what the plan does is shown where databases are.

use limbeck_core::op::Op;
use limbeck_core::plan::{Change, plan};
use limbeck_core::schema::{Column, Constraint, ConstraintKind, Index, Name, Reference, Schema, Sql, Table};

use super::*;

/// The body for ops on tables that are there.
fn body(writing: &Writing, there: &[&str], ops: &[Op]) -> String {
    let mut from = Schema::default();
    for name in there {
        let table = Table {
            columns: vec![Column::new("id", "integer"), Column::new("name", "text")],
            ..Table::default()
        };
        from.tables.insert(Name::new(*name), table);
    }
    let mut to = from.clone();
    ops.iter().for_each(|op| op.apply(&mut to));
    let change = Change {
        dialect: writing.dialect,
        from: &from,
        to: &to,
        online: true,
    };
    writing.body(&plan(&change, ops)).lines.join("\n")
}

fn postgresql() -> Writing {
    Writing {
        dialect: Dialect::Postgresql,
        ..Writing::default()
    }
}

fn constraint(kind: ConstraintKind, definition: &str, columns: &[&str]) -> Constraint {
    Constraint::new(kind, Sql::new(definition), columns.iter().copied())
}

#[test]
fn a_table_is_made_with_all_that_belongs_to_it() {
    let columns = vec![
        Column {
            nullable: false,
            identity: Some(limbeck_core::schema::Identity::Serial),
            ..Column::new("id", "integer")
        },
        Column {
            default: Some(Sql::new("now()")),
            ..Column::new("at", "timestamp with time zone")
        },
        Column {
            comment: Some("it's a team".to_owned()),
            ..Column::new("team_id", "bigint")
        },
    ];
    let mut table = Table {
        columns,
        ..Table::default()
    };
    let key = constraint(ConstraintKind::PrimaryKey, "PRIMARY KEY (id)", &["id"]);
    table.constraints.insert("users_pkey".to_owned(), key);
    let mut to_teams = constraint(
        ConstraintKind::ForeignKey,
        "FOREIGN KEY (team_id) REFERENCES teams(id) ON DELETE SET NULL",
        &["team_id"],
    );
    to_teams.references = Some(Reference {
        table: Name::new("teams"),
        columns: vec!["id".to_owned()],
    });
    table.constraints.insert("users_team".to_owned(), to_teams);
    let index = Index {
        unique: false,
        definition: Sql::new("USING btree (lower(name), at DESC) WHERE (team_id > 0)"),
        columns: vec!["at".to_owned()],
        comment: None,
    };
    table.indexes.insert("ix_users".to_owned(), index);
    let create = Op::CreateTable {
        name: Name::new("users"),
        table: Box::new(table),
    };
    assert_eq!(
        body(&postgresql(), &["teams"], &[create]),
        "\
# lock: SHARE ROW EXCLUSIVE on teams
op.create_table(
    'users',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=True),
    sa.Column('team_id', sa.BigInteger(), nullable=True, comment=\"it's a team\"),
    sa.ForeignKeyConstraint(['team_id'], ['teams.id'], name=op.f('users_team'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('users_pkey')),
)

op.create_index(
    op.f('ix_users'),
    'users',
    [sa.text('lower(name)'), sa.text('at DESC')],
    unique=False,
    postgresql_where=sa.text('team_id > 0'),
)"
    );
}

#[test]
fn what_is_in_no_transaction_stands_in_a_block_of_its_own() {
    let index = |column: &str| Index {
        unique: true,
        definition: Sql::new(format!("USING btree ({column})")),
        columns: vec![column.to_owned()],
        comment: None,
    };
    let create = |column: &str| Op::CreateIndex {
        table: Name::new("users"),
        name: format!("ix_{column}"),
        index: Box::new(index(column)),
    };
    assert_eq!(
        body(&postgresql(), &["users"], &[create("id"), create("name")]),
        "\
with op.get_context().autocommit_block():
    # may fail: two rows of users have the same id
    op.create_index(op.f('ix_id'), 'users', ['id'], unique=True, postgresql_concurrently=True)

    # may fail: two rows of users have the same name
    op.create_index(op.f('ix_name'), 'users', ['name'], unique=True, postgresql_concurrently=True)"
    );
}

#[test]
fn what_has_no_words_is_sql() {
    let column = Column {
        clauses: vec![Sql::new("STORAGE external")],
        ..Column::new("note", "text")
    };
    let add = |column: Column| Op::AddColumn {
        table: Name::new("users"),
        column: Box::new(column),
    };
    let written = body(&postgresql(), &["users"], &[add(column)]);
    assert!(
        written.contains("op.execute('ALTER TABLE users ADD COLUMN note text')"),
        "{written}"
    );
    let odd = body(
        &postgresql(),
        &["users"],
        &[add(Column::new("shape", "geometry(Point,4326)"))],
    );
    assert!(
        odd.ends_with("op.execute('ALTER TABLE users ADD COLUMN shape geometry(Point,4326)')"),
        "{odd}"
    );
}

#[test]
fn a_value_that_is_missing_is_asked_for_in_sql() {
    let column = Column {
        nullable: false,
        ..Column::new("email", "text")
    };
    let add = Op::AddColumn {
        table: Name::new("users"),
        column: Box::new(column),
    };
    let written = body(&postgresql(), &["users"], &[add]);
    assert!(
        written.contains("TODO") && written.contains("SET NOT NULL"),
        "{written}"
    );
}

#[test]
fn a_batch_has_all_that_is_done_to_a_table() {
    let batch = Writing {
        batch: true,
        ..Writing::default()
    };
    let table = Name::new("users");
    let ops = [
        Op::AlterColumn {
            table: table.clone(),
            from: Box::new(Column::new("name", "TEXT")),
            to: Box::new(Column {
                nullable: false,
                ..Column::new("name", "TEXT")
            }),
        },
        Op::AddColumn {
            table,
            column: Box::new(Column::new("email", "VARCHAR(200)")),
        },
    ];
    let written = body(&batch, &["users"], &ops);
    let code: Vec<&str> = written
        .lines()
        .filter(|line| !line.trim_start().starts_with('#') && !line.is_empty())
        .collect();
    assert_eq!(
        code,
        [
            "with op.batch_alter_table('users', schema=None) as batch_op:",
            "    batch_op.alter_column('name', existing_type=sa.Text(), nullable=False)",
            "    batch_op.add_column(sa.Column('email', sa.String(length=200), nullable=True))",
        ]
    );
}

#[test]
fn a_colon_is_no_parameter() {
    for (sql, wanted) in [
        ("SELECT ':a', a::text", "SELECT '\\:a', a::text"),
        ("SELECT '10:30'", "SELECT '10:30'"),
        ("SELECT ': x', '\\:x'", "SELECT ': x', '\\\\:x'"),
    ] {
        assert_eq!(escaped(sql), wanted);
    }
}

#[test]
fn types_are_those_that_say_exactly_that() {
    let of = |dialect: Dialect, told: &str| {
        let writing = Writing {
            dialect,
            enums: BTreeMap::from([("mood".to_owned(), vec!["it's".to_owned(), "b".to_owned()])]),
            ..Writing::default()
        };
        writing.data_type(told, None, &mut BTreeSet::new())
    };
    for (dialect, told, wanted) in [
        (
            Dialect::Postgresql,
            "character varying(50)",
            "sa.String(length=50)",
        ),
        (
            Dialect::Postgresql,
            "numeric(10,2)",
            "sa.Numeric(precision=10, scale=2)",
        ),
        (
            Dialect::Postgresql,
            "timestamp(3) with time zone",
            "postgresql.TIMESTAMP(timezone=True, precision=3)",
        ),
        (
            Dialect::Postgresql,
            "character varying(5)[]",
            "postgresql.ARRAY(sa.String(length=5))",
        ),
        (
            Dialect::Postgresql,
            "mood",
            "postgresql.ENUM(\"it's\", 'b', name='mood', create_type=False)",
        ),
        (
            Dialect::Mariadb,
            "int(10) unsigned",
            "mysql.INTEGER(unsigned=True)",
        ),
        (Dialect::Mariadb, "tinyint(1)", "sa.Boolean()"),
        (Dialect::Mariadb, "enum('a','it''s')", "sa.Enum('a', \"it's\")"),
        (Dialect::Mysql, "datetime(6)", "mysql.DATETIME(fsp=6)"),
        (
            Dialect::Sqlite,
            "NUMERIC(10, 2)",
            "sa.Numeric(precision=10, scale=2)",
        ),
    ] {
        assert_eq!(of(dialect, told).as_deref(), Some(wanted), "{told}");
    }
    for (dialect, told) in [
        (Dialect::Postgresql, "geometry"),
        (Dialect::Mariadb, "int(5)"),
        (Dialect::Sqlite, "varchar(50)"),
        (Dialect::Sqlite, "VARCHAR(50, 3)"),
    ] {
        assert_eq!(of(dialect, told), None, "{told}");
    }
}

#[test]
fn a_directive_does_not_stand_for_some_of_its_statements() {
    let from = Column::new("id", "integer");
    let to = Column {
        nullable: false,
        ..Column::new("id", "bigint")
    };
    let alter = Op::AlterColumn {
        table: Name::new("users"),
        from: Box::new(from),
        to: Box::new(to),
    };
    let text = body(&postgresql(), &["users"], &[alter]);
    assert!(!text.contains("op.alter_column"), "{text}");
    let places = ["VALIDATE CONSTRAINT", "SET NOT NULL"].map(|words| text.find(words));
    assert!(places[0].is_some() && places[0] < places[1], "{text}");
}
