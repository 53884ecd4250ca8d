//! Connections, results and inspectors, on a database that is only made up.

mod programs;

use std::collections::BTreeMap;
use std::rc::Rc;

use limbeck_core::Dialect;
use limbeck_core::schema::{
    Column, Constraint, ConstraintKind, Definition, Id, Index, Kind, Name, Object, Reference, Schema, Sql,
    Table,
};
use limbeck_core::script::{Answer, Bind, BindError, BindErrorKind, Datum};

use crate::value::Raise;
use crate::vm::{Settings, Source, Vm};

/// A database that answers what it was told to.
struct Database {
    dialect: Dialect,
    answers: BTreeMap<&'static str, Answer>,
    /// What was run, in order.
    run: Vec<String>,
}

impl Bind for Database {
    fn dialect(&self) -> Dialect {
        self.dialect
    }

    fn execute(&mut self, sql: &str, _line: usize) -> Result<Option<u64>, BindError> {
        self.run.push(sql.to_owned());
        Ok(Some(2))
    }

    fn query(&mut self, sql: &str, _line: usize) -> Result<Answer, BindError> {
        self.run.push(sql.to_owned());
        self.answers.get(sql).cloned().ok_or_else(|| BindError {
            kind: BindErrorKind::Programming,
            message: format!("no such answer: {sql}"),
            code: None,
            source: None,
        })
    }

    fn autocommit(&mut self, on: bool, _line: usize) -> Result<(), BindError> {
        self.run.push(format!("autocommit {on}"));
        Ok(())
    }

    fn schema(&mut self, name: Option<&str>) -> Result<Schema, BindError> {
        Ok(if name.is_none() {
            schema()
        } else {
            Schema::default()
        })
    }
}

fn constraint(kind: ConstraintKind, definition: &str, columns: &[&str]) -> Constraint {
    Constraint::new(kind, Sql::new(definition), columns.iter().copied())
}

/// A table of users with teams, and a view.
fn schema() -> Schema {
    let mut users = Table {
        columns: vec![
            Column {
                nullable: false,
                default: Some(Sql::new("nextval('users_id_seq'::regclass)")),
                ..Column::new("id", "integer")
            },
            Column {
                default: Some(Sql::new("'x'::character varying")),
                ..Column::new("name", "character varying(20)")
            },
            Column::new("team_id", "integer"),
        ],
        ..Table::default()
    };
    let mut key = constraint(
        ConstraintKind::ForeignKey,
        "FOREIGN KEY (team_id) REFERENCES teams(id) ON DELETE SET NULL",
        &["team_id"],
    );
    key.references = Some(Reference {
        table: Name::new("teams"),
        columns: vec!["id".to_owned()],
    });
    let constraints = [
        (
            "users_pkey",
            constraint(ConstraintKind::PrimaryKey, "PRIMARY KEY (id)", &["id"]),
        ),
        (
            "users_name_key",
            constraint(ConstraintKind::Unique, "UNIQUE (name)", &["name"]),
        ),
        (
            "users_check",
            constraint(ConstraintKind::Check, "CHECK (length(name) > 0)", &["name"]),
        ),
        ("users_team_fk", key),
    ];
    users.constraints = constraints
        .map(|(name, constraint)| (name.to_owned(), constraint))
        .into();
    let index = Index {
        unique: false,
        definition: Sql::new("(team_id)"),
        columns: vec!["team_id".to_owned()],
        comment: None,
    };
    users.indexes.insert("ix_team".to_owned(), index);
    let mut schema = Schema::default();
    schema.tables.insert(Name::new("users"), users);
    let view = Object::new(
        "VIEW active",
        Definition::Stored {
            create: Sql::new("CREATE VIEW active AS SELECT 1"),
            replace: None,
        },
    );
    schema
        .objects
        .insert(Id::of(Kind::View, Name::new("active")), view);
    schema
}

fn answer(columns: &[&str], rows: Vec<Vec<Datum>>) -> Answer {
    Answer {
        columns: columns.iter().map(ToString::to_string).collect(),
        affected: rows.len() as u64,
        rows,
    }
}

/// Runs a program, and returns what it ran and printed.
fn run(dialect: Dialect, answers: &[(&'static str, Answer)], program: &str) -> (Vec<String>, String) {
    let header = "import sqlalchemy as sa\nfrom alembic import op\nbind = op.get_bind()\n";
    let text = format!("{header}{program}");
    let source = Source::parse("program.py", &text).expect("it is Python");
    let mut database = Database {
        dialect,
        answers: answers.iter().cloned().collect(),
        run: Vec::new(),
    };
    let mut vm = Vm::new(&mut database, Rc::new(Settings::default()), false);
    let outcome = vm.run_module(&Rc::new(source));
    if let Err(raise) = outcome {
        let told = match raise {
            Raise::Exception(exception) => exception.headline(&mut vm),
            Raise::Stop(stop) => format!("{stop:?}"),
        };
        vm.say(told);
    }
    let said = vm.said.join("\n");
    (database.run, said)
}

#[test]
fn rows_have_indices_names_and_mappings() {
    let rows = vec![
        vec![Datum::Int(1), Datum::Text("a".to_owned())],
        vec![Datum::Int(2), Datum::Null],
    ];
    let answers = [("SELECT id, name FROM users", answer(&["id", "name"], rows))];
    let program = r#"
def ask():
    return bind.execute(sa.text("SELECT id, name FROM users"))
print([(row[0], row.name, row._mapping["id"], len(row)) for row in ask()])
print(ask().fetchall(), ask().first(), ask().fetchone()[1])
for id, name in ask():
    print(id, name)
print(ask().scalars().all(), ask().scalar(), [m["name"] for m in ask().mappings()])
print(ask().keys(), ask().rowcount, ask().first() == (1, "a"), dict(ask().first()._mapping))
try:
    ask().one()
except sa.exc.MultipleResultsFound as error:
    print(error)
try:
    ask().first().other
except AttributeError as error:
    print(error)
"#;
    let (_, said) = run(Dialect::Postgresql, &answers, program);
    let expected = "\
[(1, 'a', 1, 2), (2, None, 2, 2)]
[(1, 'a'), (2, None)] (1, 'a') a
1 a
2 None
[1, 2] 1 ['a', None]
['id', 'name'] 2 True {'id': 1, 'name': 'a'}
Multiple rows were found when exactly one was required
Could not locate column in row for column 'other'";
    assert_eq!(said, expected);
}

#[test]
fn values_come_back_as_their_types_have_them() {
    let rows = vec![vec![
        Datum::Int(1),
        Datum::Text("{\"a\": [1]}".to_owned()),
        Datum::Text("2020-01-02 03:04:05.000000".to_owned()),
        Datum::Text("12345678123456781234567812345678".to_owned()),
    ]];
    let answers = [(
        "SELECT t.flag, t.doc, t.at, t.uid\nFROM t",
        answer(&["flag", "doc", "at", "uid"], rows),
    )];
    let program = r#"
t = sa.table("t", sa.column("flag", sa.Boolean), sa.column("doc", sa.JSON), sa.column("at", sa.DateTime), sa.column("uid", sa.Uuid))
row = bind.execute(sa.select(t)).one()
print(row.flag, row.doc["a"], row.at.year, str(row.uid))
"#;
    let (_, said) = run(Dialect::Sqlite, &answers, program);
    assert_eq!(said, "True [1] 2020 12345678-1234-5678-1234-567812345678");
}

#[test]
fn statements_take_parameters() {
    let program = r#"
t = sa.table("t", sa.column("id", sa.Integer), sa.column("name", sa.String))
print(bind.execute(sa.text("UPDATE t SET name = :n WHERE id = :id"), {"n": "it's", "id": 5}).rowcount)
bind.execute(t.insert(), [{"id": 1, "name": "a"}, {"id": 2, "name": None}])
bind.execute(t.insert().values(id=3), {"name": "c"})
bind.execute(t.update().where(t.c.id == sa.bindparam("key")), {"key": 7, "name": "x"})
bind.execute(sa.text("DELETE FROM t WHERE id = :id"), [{"id": 1}, {"id": 2}])
with bind.begin_nested():
    bind.execute(sa.delete(t))
try:
    with bind.begin_nested():
        raise ValueError("no")
except ValueError:
    pass
bind.commit()
for wrong in (lambda: bind.execute(sa.text("DELETE FROM t WHERE id = :x")),
              lambda: bind.execute(sa.delete(t)).fetchall()):
    try:
        wrong()
    except Exception as error:
        print(type(error).__name__)
"#;
    let (ran, said) = run(Dialect::Postgresql, &[], program);
    assert_eq!(said, "2\nStatementError\nResourceClosedError");
    let expected = [
        "UPDATE t SET name = 'it''s' WHERE id = 5",
        "INSERT INTO t (id, name) VALUES (1, 'a')",
        "INSERT INTO t (id, name) VALUES (2, NULL)",
        "INSERT INTO t (id, name) VALUES (3, 'c')",
        "UPDATE t SET name='x' WHERE t.id = 7",
        "DELETE FROM t WHERE id = 1",
        "DELETE FROM t WHERE id = 2",
        "SAVEPOINT sa_savepoint_1",
        "DELETE FROM t",
        "RELEASE SAVEPOINT sa_savepoint_1",
        "SAVEPOINT sa_savepoint_2",
        "ROLLBACK TO SAVEPOINT sa_savepoint_2",
        "autocommit true",
        "autocommit false",
        "DELETE FROM t",
    ];
    assert_eq!(ran, expected);
}

#[test]
fn an_inspector_tells_what_is_there() {
    let program = r#"
inspector = sa.inspect(bind)
print(inspector.get_table_names(), inspector.get_view_names(), inspector.has_table("users"), inspector.has_table("active"), inspector.has_table("nothing"))
print([(c["name"], str(c["type"]), c["nullable"], c["default"]) for c in inspector.get_columns("users")])
print([(i["name"], i["unique"], i["column_names"], i.get("duplicates_constraint")) for i in inspector.get_indexes("users")])
print([(u["name"], u["column_names"]) for u in inspector.get_unique_constraints("users")])
print(inspector.get_foreign_keys("users"))
print(inspector.get_pk_constraint("users")["constrained_columns"], inspector.get_check_constraints("users")[0]["sqltext"])
print(inspector.has_index("users", "ix_team"), inspector.has_index("users", "ix_no"), bind.dialect.has_table(bind, "users"))
print(sa.Inspector.from_engine(bind).get_table_names(schema="other"))
try:
    inspector.get_columns("nothing")
except sa.exc.NoSuchTableError as error:
    print("no table", error)
"#;
    let (_, said) = run(Dialect::Postgresql, &[], program);
    let expected = "\
['users'] ['active'] True True False
[('id', 'INTEGER', False, \"nextval('users_id_seq'::regclass)\"), ('name', 'VARCHAR(20)', True, \"'x'::character varying\"), ('team_id', 'INTEGER', True, None)]
[('ix_team', False, ['team_id'], None), ('users_name_key', True, ['name'], 'users_name_key')]
[('users_name_key', ['name'])]
[{'name': 'users_team_fk', 'constrained_columns': ['team_id'], 'referred_schema': None, 'referred_table': 'teams', 'referred_columns': ['id'], 'options': {'ondelete': 'SET NULL'}, 'comment': None}]
['id'] length(name) > 0
True False True
[]
no table nothing";
    assert_eq!(said, expected);
}

#[test]
fn a_dialect_is_known_by_name_class_and_version() {
    let answers = [(
        "SHOW server_version",
        answer(
            &["server_version"],
            vec![vec![Datum::Text("15.4 (Debian)".to_owned())]],
        ),
    )];
    let program = r#"
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.mysql.base import MySQLDialect
print(bind.dialect.name, bind.engine.name, bind.dialect.server_version_info, isinstance(bind.dialect, MySQLDialect))
print(bind.dialect.identifier_preparer.quote("order"), sa.select(sa.func.now()).compile(dialect=postgresql.dialect()))
print(isinstance(bind, sa.Connection), isinstance(sa.text("x"), sa.sql.expression.TextClause))
"#;
    let (_, said) = run(Dialect::Postgresql, &answers, program);
    assert_eq!(
        said,
        "postgresql postgresql (15, 4) False\n\"order\" SELECT now() AS now_1\nTrue True"
    );
}
