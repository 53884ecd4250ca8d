use super::*;
use limbeck_core::schema::{ConstraintKind, Table, TableOption};

fn read(statements: &[(&str, &str, &str, &str)]) -> Schema {
    let row = |(kind, name, table, sql): &(&str, &str, &str, &str)| {
        [kind, name, table, sql].map(|text| (*text).to_owned())
    };
    schema(&statements.iter().map(row).collect::<Vec<_>>())
}

fn table(sql: &str) -> Table {
    let schema = read(&[("table", "t", "t", sql)]);
    schema.tables[&Name::new("t")].clone()
}

#[test]
fn a_column_has_its_parts() {
    let table = table(
        "create table t (a varchar ( 50 ) collate nocase not null default (upper( 'x' )), b dec(10,2) as (a+1) stored, c int not null \
         on conflict ignore, d)",
    );
    let [a, b, c, d] = table.columns.as_slice() else {
        panic!("{table:?}");
    };
    assert_eq!(
        (a.data_type.as_str(), a.nullable, a.collation.as_deref()),
        ("VARCHAR(50)", false, Some("NOCASE"))
    );
    assert_eq!(a.default.as_ref().unwrap().text(), "(upper('x'))");
    let generated = b.generated.as_ref().unwrap();
    assert_eq!(
        (
            b.data_type.as_str(),
            generated.expression.text(),
            generated.stored
        ),
        ("DEC(10, 2)", "a+1", true)
    );
    assert_eq!(
        (c.nullable, c.clauses[0].text()),
        (false, "NOT NULL ON CONFLICT IGNORE")
    );
    assert_eq!((d.data_type.as_str(), d.nullable), ("", true));
}

#[test]
fn constraints_are_written_in_one_way() {
    let table = table(
        "create table t (id integer primary key autoincrement, \"A b\" text unique collate nocase references U on delete cascade, \
         constraint c check (id>0), foreign key (id,\"A b\") references \"u\" (x, Y) deferrable initially deferred) strict",
    );
    let text: Vec<&str> = table
        .constraints
        .values()
        .map(|known| known.definition.text())
        .collect();
    assert_eq!(
        text,
        [
            "CHECK (id>0)",
            "FOREIGN KEY (\"A b\") REFERENCES U ON DELETE CASCADE",
            "FOREIGN KEY (id, \"A b\") REFERENCES u (x, Y) DEFERRABLE INITIALLY DEFERRED",
            "PRIMARY KEY (id AUTOINCREMENT)",
            "UNIQUE (\"A b\")",
        ]
    );
    let check = &table.constraints["c"];
    assert_eq!(
        (check.kind, check.named, check.columns.as_slice()),
        (ConstraintKind::Check, true, &["id".to_owned()][..])
    );
    assert!(!table.constraints["unique (a b)"].named);
    assert!(!table.columns[0].nullable && table.options.contains_key(&TableOption::Strict));
}

#[test]
fn neither_case_nor_quotes_count() {
    let one = table("CREATE TABLE t (a TEXT DEFAULT 'x' CHECK (\"a\" > 'X'), UNIQUE (\"a\"))");
    let other = table("create table \"t\" (a text UNIQUE check ( A>'X' ) default ('x'))");
    assert_eq!(one, other);
    let different = table("CREATE TABLE t (a TEXT DEFAULT 'X' CHECK (a > 'X'), UNIQUE (a))");
    assert_ne!(one, different);
    let one = table("CREATE TABLE t (a TEXT CHECK (\"A\" > \"X\"))");
    assert_eq!(one, table("CREATE TABLE t (a TEXT CHECK (a > 'X'))"));
    let different = table("CREATE TABLE t (a TEXT CHECK (a > \"x\"))");
    assert_ne!(one, different);
}

#[test]
fn names_are_as_where_they_are_made() {
    let schema = read(&[
        (
            "table",
            "Users",
            "Users",
            "CREATE TABLE Users (Id INTEGER PRIMARY KEY)",
        ),
        (
            "table",
            "t",
            "t",
            "CREATE TABLE t (A INT, FOREIGN KEY (a) REFERENCES users, CHECK (T.a > 0))",
        ),
        (
            "index",
            "i",
            "t",
            "CREATE UNIQUE INDEX i ON T(a DESC) WHERE t.a > 0",
        ),
        ("view", "v", "v", "CREATE VIEW v AS SELECT id FROM USERS"),
        (
            "trigger",
            "g",
            "V",
            "CREATE TRIGGER g INSTEAD OF INSERT ON V BEGIN DELETE FROM T; END",
        ),
    ]);
    let t = &schema.tables[&Name::new("t")];
    let key = &t.constraints["foreign key (a) references users"];
    let reference = key.references.as_ref().unwrap();
    assert_eq!(
        (
            reference.table.name.as_str(),
            reference.columns[0].as_str(),
            key.columns[0].as_str()
        ),
        ("Users", "Id", "A")
    );
    assert_eq!(t.constraints["check (a > 0)"].definition.text(), "CHECK (a > 0)");
    let index = &t.indexes["i"];
    assert_eq!(
        (index.unique, index.definition.text(), index.columns[0].as_str()),
        (true, "(a DESC) WHERE t.a > 0", "A")
    );
    let view = Id::of(Kind::View, Name::new("v"));
    let trigger = Id::part(Kind::Trigger, &Name::new("v"), "g");
    assert_eq!(schema.objects[&trigger].address, "TRIGGER g");
    let needs = |id: &Id| {
        schema.dependencies[id]
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
    };
    assert_eq!(needs(&view), ["table Users"]);
    assert_eq!(needs(&trigger), ["table t", "view v"]);
}

#[test]
fn a_virtual_table_is_its_statement() {
    let schema = read(&[(
        "table",
        "F",
        "F",
        "CREATE VIRTUAL TABLE F using fts5( a,b ,  tokenize='porter  ascii')",
    )]);
    let table = &schema.tables[&Name::new("F")];
    assert_eq!(
        table.options[&TableOption::Virtual],
        "CREATE VIRTUAL TABLE F USING fts5(a, b, tokenize='porter  ascii')"
    );
    assert!(table.columns.is_empty());
}

#[test]
fn a_generated_column_needs_what_it_is_computed_from() {
    let schema = read(&[(
        "table",
        "t",
        "t",
        "CREATE TABLE t (a INT, b INT AS (abs(A)), abs INT)",
    )]);
    let b = Id::column(&Name::new("t"), "b");
    assert_eq!(
        schema.dependencies[&b]
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>(),
        ["column t.a"]
    );
}
