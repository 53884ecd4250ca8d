//! `derive(Table)`: what it refuses.

use crate::embed::{compile, placed};

/// What stands in a struct, and what the compiler is to say: where, and what.
const REFUSED: [(&str, &str, &str); 30] = [
    (
        "enum A { B }",
        "2:6",
        "only a struct with named fields is a table",
    ),
    (
        "struct A(i32);",
        "2:8",
        "only a struct with named fields is a table",
    ),
    ("struct A {}", "2:8", "a table has at least one column"),
    (
        "struct A { #[column(skip)] b: i32 }",
        "2:8",
        "a table has at least one column",
    ),
    (
        "#[table(nmae = \"x\")] struct A { b: i32 }",
        "2:9",
        "a table has no `nmae`: write one of name, schema, ",
    ),
    (
        "#[table(name = x)] struct A { b: i32 }",
        "2:16",
        "expected string literal",
    ),
    (
        "#[table(name = \"x\", name = \"y\")] struct A { b: i32 }",
        "2:21",
        "this is there twice",
    ),
    (
        "#[table(index)] struct A { b: i32 }",
        "2:9",
        "of which fields? Write them in parentheses",
    ),
    (
        "#[table(index(c))] struct A { b: i32 }",
        "2:15",
        "there is no column of a field `c`: there is b",
    ),
    (
        "#[table(index(b, nmae = \"x\"))] struct A { b: i32 }",
        "2:18",
        "only its name has a value here",
    ),
    (
        "#[table(unique(b))] struct A { #[column(skip)] b: i32, c: i32 }",
        "2:16",
        "there is no column of a field `b`",
    ),
    ("#[table(check)] struct A { b: i32 }", "2:9", "what is checked?"),
    (
        "#[table(primary_key(b))] struct A { #[column(primary_key)] b: i32 }",
        "2:9",
        "the primary key is told twice",
    ),
    (
        "struct A { #[column(uniqe)] b: i32 }",
        "2:21",
        "a column has no `uniqe`: write one of skip, name, ",
    ),
    (
        "struct A { b: i32, #[column(name = \"b\")] c: i32 }",
        "2:42",
        "there is another column `b`",
    ),
    (
        "struct A { b: Money }",
        "2:15",
        "limbeck does not know what databases call `Money`: say it, as #[column(type =",
    ),
    (
        "struct A { b: Option<(i32, i32)> }",
        "2:22",
        "limbeck does not know what databases call `(i32",
    ),
    (
        "struct A { b: usize }",
        "2:15",
        "limbeck does not know what databases call `usize`",
    ),
    (
        "struct A { #[column(length = 3)] b: i32 }",
        "2:30",
        "only texts and bytes have a length",
    ),
    (
        "struct A { #[column(length = 0)] b: String }",
        "2:30",
        "a length is a number from 1",
    ),
    (
        "struct A { #[column(length = \"3\")] b: String }",
        "2:30",
        "expected integer literal",
    ),
    (
        "struct A { #[column(default = 'x')] b: String }",
        "2:31",
        "a default is SQL in a string",
    ),
    (
        "struct A { #[column(primary_key)] b: Option<i32> }",
        "2:21",
        "a primary key is never NULL: leave Option away",
    ),
    (
        "struct A { #[column(identity)] b: Option<i32> }",
        "2:35",
        "what the database numbers is never NULL",
    ),
    (
        "struct A { #[column(identity)] b: String }",
        "2:21",
        "only an integer can be numbered",
    ),
    (
        "struct A { #[column(identity, default = 1)] b: i32 }",
        "2:21",
        "what the database numbers has no default",
    ),
    (
        "struct A { #[column(auto_increment)] b: i32 }",
        "2:21",
        "auto_increment is for a primary key of this column alone",
    ),
    (
        "struct A { #[column(references = \"users\")] b: i32 }",
        "2:34",
        "write the table and its column",
    ),
    (
        "struct A { #[column(references = \"users.id\", on_delete = \"drop\")] b: i32 }",
        "2:58",
        "a database can't do that: write one of cascade, set null",
    ),
    (
        "struct A { #[column(on_delete = \"cascade\")] b: i32 }",
        "2:33",
        "there is no foreign key that this could be of: add references",
    ),
];

#[test]
fn what_is_no_table_is_not_compiled() {
    let root = tempfile::tempdir().expect("there is room for files");
    for (at, (text, place, wanted)) in REFUSED.into_iter().enumerate() {
        let package = root.path().join(at.to_string());
        std::fs::create_dir(&package).expect("the directory can be made");
        let said = compile(&package, &format!("#[derive(limbeck::Table)]\n{text}")).expect_err(text);
        assert!(said.contains(wanted), "{text}: {wanted:?} is not in\n{said}");
        assert!(said.contains(&placed(place)), "{text}: {place} is not in\n{said}");
    }
}

#[test]
fn what_is_a_table_is_compiled() {
    let package = tempfile::tempdir().expect("there is room for files");
    let program = "mod inner {
            #[derive(limbeck::Table)]
            #[table(name = \"as\", schema = \"s\", comment = \"c\", renamed_from = \"r\", primary_key(r#type, b, name = \"key\"))]
            pub struct A<'a, T: Clone> where T: Send {
                pub r#type: &'a str,
                #[column(name = \"c\", type = \"int8\", unique = \"u\", index = \"i\", default = -1, check = \"c > 0\")]
                pub(crate) b: std::sync::Arc<i64>,
                #[column(on_update = \"set_null\", foreign_key = \"f\", references = \"s.b.id\", on_delete = \"SET NULL\")]
                d: ::std::option::Option<Vec<Box<u8>>>,
                #[column(skip)]
                e: T,
            }
        }
        pub fn ddl() -> limbeck::Tables { limbeck::tables![inner::A<'static, String>,] }";
    compile(package.path(), program).expect("it is a table");
}
