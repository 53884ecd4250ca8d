//! Diesel's `schema.rs`.

use std::path::Path;

use limbeck::{CompareOptions, Error, Migrator, SchemaSource};

use super::lines;
use crate::cases::{Database, World};

/// A `schema.rs` as `diesel print-schema` writes it.
const SCHEMA: &str = r#"
// @generated automatically by Diesel CLI.

diesel::table! {
    users (id) {
        id -> INTEGER_,
        #[max_length = 50]
        name -> Varchar,
        age -> Nullable<Integer>,
        #[sql_name = "type"]
        type_ -> SmallInt,
    }
}

diesel::table! {
    posts (id) {
        id -> INTEGER_,
        author_id -> INTEGER_,
        body -> Text,
        at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    likes (user_id, post_id) {
        user_id -> INTEGER_,
        post_id -> INTEGER_,
    }
}

diesel::joinable!(posts -> users (author_id));
diesel::joinable!(likes -> users (user_id));

diesel::allow_tables_to_appear_in_same_query!(likes, posts, users,);
"#;

/// The same, with much that the file has no words for.
const TABLES: [&str; 6] = [
    "CREATE TABLE users (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(50) DEFAULT 'x' NOT NULL, age INTEGER, \"type\" SMALLINT NOT \
     NULL, CONSTRAINT uq UNIQUE (name), CONSTRAINT ck CHECK (age > 0))",
    "CREATE TABLE posts (id INTEGER NOT NULL PRIMARY KEY, author_id INTEGER NOT NULL, body TEXT NOT NULL, at TIMESTAMP NULL, \
     CONSTRAINT author FOREIGN KEY (author_id) REFERENCES users (id) ON DELETE CASCADE)",
    "CREATE TABLE likes (user_id INTEGER NOT NULL, post_id INTEGER NOT NULL, PRIMARY KEY (user_id, post_id), FOREIGN KEY (user_id) \
     REFERENCES users (id))",
    "CREATE INDEX ix ON posts (at)",
    "CREATE VIEW authors AS SELECT DISTINCT author_id FROM posts",
    "CREATE TABLE __diesel_schema_migrations (version VARCHAR(50) NOT NULL PRIMARY KEY)",
];

fn schema() -> String {
    SCHEMA.replace("INTEGER_", "Integer")
}

fn world(database: Database, statements: &[&str]) -> World {
    let world = World::new(database);
    let mut connection = world.connect();
    for sql in statements {
        let sql = match database {
            Database::Mariadb => sql.replace('"', "`"),
            _ => (*sql).to_owned(),
        };
        connection.execute(&sql).expect("the server takes it");
    }
    world
}

fn try_compare(world: &World, text: &str) -> Result<Vec<String>, Error> {
    world.write("src/schema.rs", text.as_bytes());
    let models = SchemaSource::Diesel(vec![world.path("src/schema.rs")]);
    let live = SchemaSource::Database(world.url.clone());
    let migrator = Migrator::new("nowhere");
    let differences = migrator.compare(&live, &models, &CompareOptions::default())?;
    let reverse = migrator.compare(&models, &live, &CompareOptions::default())?;
    assert_eq!(differences.len(), reverse.len(), "{differences:#?}\n{reverse:#?}");
    Ok(lines(&differences))
}

fn compare(world: &World, text: &str) -> Vec<String> {
    try_compare(world, text).expect("they can be compared")
}

/// Compares a table of these columns, as both sides tell them.
fn check_columns(database: Database, live: &[&str], told: &[&str], expected: &[&str]) {
    let world = world(
        database,
        &[&format!(
            "CREATE TABLE a (id INTEGER NOT NULL PRIMARY KEY, {})",
            live.join(", ")
        )],
    );
    let text = format!("table! {{ a {{ id -> Integer, {} }} }}", told.join(", "));
    assert_eq!(
        compare(&world, &text),
        expected,
        "on {}: {told:?}",
        database.name()
    );
}

#[test]
fn a_printed_schema_is_equal_to_its_database() {
    for database in Database::ALL {
        let world = world(database, &TABLES);
        assert_eq!(compare(&world, &schema()), [""; 0], "on {}", database.name());
    }
}

/// What `diesel print-schema` 2.3.14 printed of the histories in `tests/histories`, whole: with limbeck's own tables, and with the
/// tables behind a full text index; without `event` on PostgreSQL, which has no primary key.
#[test]
fn what_diesel_printed_of_a_history_is_no_difference() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    for database in Database::ALL {
        let printed = tests.join(format!("models/print_schema/{}.rs", database.name()));
        let world = World::new(database);
        let migrator = Migrator::new(tests.join("histories").join(database.name())).url(&world.url);
        migrator.upgrade("heads").expect("it is a good history");
        let models = SchemaSource::Diesel(vec![printed]);
        let differences = migrator.check(&models, &CompareOptions::default());
        assert_eq!(
            differences.expect("they can be compared"),
            [],
            "on {}",
            database.name()
        );
    }
}

#[test]
fn what_it_has_words_for_is_told() {
    let cases: [(&str, &str, &[&str]); 9] = [
        ("        age -> Nullable<Integer>,\n", "", &["- column users.age"]),
        (
            "body -> Text,",
            "body -> Text, title -> Text,",
            &["+ column posts.title"],
        ),
        (
            "age -> Nullable<Integer>",
            "age -> Integer",
            &["~ column users.age"],
        ),
        (
            "age -> Nullable<Integer>",
            "age -> Nullable<Bool>",
            &["~ column users.age"],
        ),
        ("body -> Text", "body -> Binary", &["~ column posts.body"]),
        (
            "#[max_length = 50]",
            "#[max_length = 60]",
            &["~ column users.name"],
        ),
        ("#[max_length = 50]", "", &[]),
        (
            "likes (user_id, post_id)",
            "likes (user_id)",
            &["~ constraint primary key of likes"],
        ),
        (
            "diesel::joinable!(likes -> users (user_id));",
            "diesel::joinable!(likes -> posts (post_id));",
            &[
                "+ constraint foreign key (post_id) to posts of likes",
                "- constraint foreign key (user_id) to users of likes",
            ],
        ),
    ];
    for database in Database::ALL {
        let world = world(database, &TABLES);
        for (from, to, expected) in cases {
            assert!(schema().contains(from), "{from}");
            let text = schema().replacen(from, to, 1);
            assert_eq!(compare(&world, &text), expected, "{from} on {}", database.name());
        }
        let more = format!(
            "{} table! {{ tags (name) {{ #[max_length = 9] name -> Varchar }} }}",
            schema()
        );
        assert_eq!(compare(&world, &more), ["+ table tags"]);
        let mut connection = world.connect();
        connection
            .execute("CREATE TABLE tags (name VARCHAR(9) NOT NULL PRIMARY KEY)")
            .expect("it is not there");
        connection
            .execute("CREATE TABLE keyless (id INTEGER)")
            .expect("it is not there");
        assert_eq!(compare(&world, &schema()), ["- table tags"]);
        assert_eq!(compare(&world, &more), [""; 0]);
    }
}

#[test]
fn sqlite_does_not_tell_names_by_their_case() {
    let world = world(
        Database::Sqlite,
        &[
            "CREATE TABLE Users (Id INTEGER PRIMARY KEY ASC, Name TEXT NOT NULL)",
            "CREATE TABLE Posts (Id INTEGER PRIMARY KEY AUTOINCREMENT, Author INTEGER NOT NULL REFERENCES USERS (ID))",
        ],
    );
    let text = r#"
        table! { users { id -> Integer, name -> Text } }
        table! { #[sql_name = "POSTS"] posts { id -> BigInt, author -> Integer } }
        joinable!(posts -> users (author));"#;
    assert_eq!(compare(&world, text), [""; 0]);
    let other = text
        .replace("name -> Text", "name -> Integer")
        .replace("joinable!", "ignored!");
    assert_eq!(
        compare(&world, &other),
        [
            "~ column users.name",
            "- constraint foreign key (author) to users of posts"
        ]
    );
}

/// `diesel print-schema` makes no `joinable!` of a key to the table itself, of one of two between the same tables, or of several
/// columns.
#[test]
fn keys_that_joinable_can_not_tell_are_left_alone() {
    for database in Database::ALL {
        let world = world(
            database,
            &[
                "CREATE TABLE a (id INTEGER NOT NULL PRIMARY KEY, up INTEGER, FOREIGN KEY (up) REFERENCES a (id))",
                "CREATE TABLE b (id INTEGER NOT NULL PRIMARY KEY, one INTEGER, two INTEGER, FOREIGN KEY (one) REFERENCES a (id), \
                 FOREIGN KEY (two) REFERENCES a (id))",
            ],
        );
        let text = "table! { a { id -> Integer, up -> Nullable<Integer> } }
            table! { b { id -> Integer, one -> Nullable<Integer>, two -> Nullable<Integer> } }";
        assert_eq!(compare(&world, text), [""; 0]);
        // One by hand is compared.
        let by_hand = format!("{text} joinable!(b -> a (two));");
        assert_eq!(compare(&world, &by_hand), [""; 0]);
        let wrong = format!("{text} joinable!(b -> a (id));");
        assert_eq!(
            compare(&world, &wrong),
            ["+ constraint foreign key (id) to a of b"],
            "on {}",
            database.name()
        );
    }
}

#[test]
fn a_view_may_be_told_as_a_table() {
    for database in Database::ALL {
        let world = world(database, &TABLES);
        let text = format!(
            "{} table! {{ authors (author_id) {{ author_id -> SmallInt }} }}",
            schema()
        );
        assert_eq!(compare(&world, &text), [""; 0]);
    }
}

#[test]
fn schemas_of_postgresql() {
    let world = world(
        Database::Postgresql,
        &[
            "CREATE SCHEMA app",
            "CREATE TABLE app.\"Users\" (\"Id\" INT PRIMARY KEY)",
            "CREATE TABLE app.posts (id INT PRIMARY KEY, author INT NOT NULL REFERENCES app.\"Users\")",
            "CREATE TABLE events (id INT, at DATE, PRIMARY KEY (id, at)) PARTITION BY RANGE (at)",
            "CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2020-01-01') TO ('2021-01-01')",
            "CREATE SCHEMA audit",
            "CREATE TABLE audit.log (id INT PRIMARY KEY)",
        ],
    );
    let app = r#"pub mod app {
        table! { #[sql_name = "Users"] app.users (id) { #[sql_name = "Id"] id -> Int4 } }
        table! { app.posts (id) { id -> Int4, author -> Int4 } }
        joinable!(posts -> users (author));
    }"#;
    // Of the default schema it says nothing, nor of audit.
    assert_eq!(compare(&world, app), [""; 0]);
    let without = app.replace("joinable!", "ignored!");
    assert_eq!(
        compare(&world, &without),
        ["- constraint foreign key (author) to app.Users of app.posts"]
    );
    // A partition may be told or not.
    let events = "table! { events (id, at) { id -> Int4, at -> Date } }";
    assert_eq!(compare(&world, events), [""; 0]);
    let partition = format!("{events} table! {{ events_1 (id, at) {{ id -> Int4, at -> Date }} }}");
    assert_eq!(compare(&world, &partition), [""; 0]);
}

#[test]
fn types_of_postgresql() {
    let world = world(
        Database::Postgresql,
        &[
            "CREATE SCHEMA ext",
            "CREATE EXTENSION citext",
            "CREATE TYPE mood AS ENUM ('sad', 'happy')",
            "CREATE SCHEMA app",
            "CREATE TYPE app.\"State\" AS ENUM ('new')",
            "CREATE DOMAIN positive AS INTEGER CHECK (VALUE > 0)",
            "CREATE TABLE app.all_types (id BIGSERIAL PRIMARY KEY, a BOOL NOT NULL, b NUMERIC(6, 2) NOT NULL, c TIMESTAMPTZ(3) NOT NULL, \
             d TEXT[], e JSONB, f UUID NOT NULL, g BYTEA NOT NULL, h INET NOT NULL, i CIDR NOT NULL, j MACADDR NOT NULL, k REAL NOT \
             NULL, l FLOAT8 NOT NULL, m mood NOT NULL, n app.\"State\" NOT NULL, o CITEXT NOT NULL, p INT8RANGE NOT NULL, q TSVECTOR \
             NOT NULL, r CHAR(3) NOT NULL, s VARCHAR(7)[], t INTERVAL NOT NULL, u DATE NOT NULL, v TIME NOT NULL, w positive, x \
             mood[], y OID NOT NULL, z \"char\" NOT NULL)",
            "CREATE TABLE public.other (id INTEGER PRIMARY KEY)",
        ],
    );
    let text = r#"
pub mod app {
    pub mod sql_types {
        #[derive(diesel::query_builder::QueryId, Clone, diesel::sql_types::SqlType)]
        #[diesel(postgres_type(name = "mood", schema = "public"))]
        pub struct Mood;

        #[derive(diesel::query_builder::QueryId, Clone, diesel::sql_types::SqlType)]
        #[diesel(postgres_type(name = "State", schema = "app"))]
        pub struct State;

        #[derive(diesel::query_builder::QueryId, Clone, diesel::sql_types::SqlType)]
        #[diesel(postgres_type(name = "tsvector", schema = "pg_catalog"))]
        pub struct Tsvector;
    }

    diesel::table! {
        use diesel::sql_types::*;
        use super::sql_types::{Mood, State};
        use super::sql_types::Tsvector;

        /// All of them.
        app.all_types (id) {
            id -> Int8,
            a -> Bool,
            b -> Numeric,
            c -> Timestamptz,
            d -> Nullable<Array<Nullable<Text>>>,
            e -> Nullable<Jsonb>,
            f -> diesel::sql_types::Uuid,
            g -> Bytea,
            h -> Inet,
            i -> Cidr,
            j -> MacAddr,
            k -> Float4,
            l -> Double,
            m -> Mood,
            n -> State,
            o -> Citext,
            p -> Range<Int8>,
            q -> Tsvector,
            #[max_length = 3]
            r -> Bpchar,
            s -> Nullable<Array<Varchar>>,
            t -> Interval,
            u -> Date,
            v -> Time,
            w -> Nullable<Int4>,
            x -> Nullable<Array<Mood>>,
            y -> Oid,
            z -> CChar,
        }
    }
}
"#;
    assert_eq!(compare(&world, text), [""; 0]);
    let other = text
        .replace("m -> Mood", "m -> State")
        .replace("c -> Timestamptz", "c -> Timestamp")
        .replace(
            "d -> Nullable<Array<Nullable<Text>>>",
            "d -> Nullable<Array<Int4>>",
        );
    assert_eq!(
        compare(&world, &other),
        [
            "~ column app.all_types.c",
            "~ column app.all_types.d",
            "~ column app.all_types.m"
        ]
    );
}

#[test]
fn types_of_mariadb() {
    check_columns(
        Database::Mariadb,
        &[
            "a BOOL NOT NULL",
            "b TINYINT NOT NULL",
            "c INT(9) UNSIGNED NOT NULL",
            "d DATETIME(3) NOT NULL",
            "e DECIMAL(10, 2) NOT NULL",
            "f MEDIUMTEXT",
            "g VARCHAR(20) NOT NULL COMMENT 'g'",
            "h CHAR(2) NOT NULL",
            "i BIGINT UNSIGNED",
            "j DOUBLE NOT NULL",
            "k VARBINARY(20) NOT NULL",
            "l JSON",
            "m TIMESTAMP NOT NULL",
        ],
        &[
            "a -> Bool",
            "b -> TinyInt",
            "c -> Unsigned<Integer>",
            "d -> Datetime",
            "e -> Decimal",
            "f -> Nullable<Mediumtext>",
            "g -> Varchar",
            "#[max_length = 3] h -> Char",
            "i -> Nullable<Unsigned<BigInt>>",
            "j -> Double",
            "#[max_length = 20] k -> Varbinary",
            "l -> Nullable<Json>",
            "m -> Datetime",
        ],
        &["~ column a.h", "~ column a.m"],
    );
    let world = world(
        Database::Mariadb,
        &[
            "CREATE TABLE a (id INT PRIMARY KEY, b ENUM('x', 'y') NOT NULL, c SET('x'), d BIT(3) NOT NULL, e INT)",
        ],
    );
    let text = r#"
pub mod sql_types {
    #[diesel(mysql_type(name = "Enum"))]
    pub struct AB;
    #[derive(diesel::sql_types::SqlType)]
    #[diesel(mysql_type(name = "Set"))]
    pub struct AC;
    #[diesel(mysql_type(name = "Bit"))]
    pub struct AD;
}
table! { a { id -> Integer, b -> AB, c -> Nullable<AC>, d -> AD, e -> Nullable<AB> } }
"#;
    assert_eq!(compare(&world, text), ["~ column a.e"]);
}

#[test]
fn types_of_sqlite() {
    check_columns(
        Database::Sqlite,
        &[
            "a BOOLEAN NOT NULL",
            "b BIGINT NOT NULL",
            "c INTEGER NOT NULL",
            "d DATETIME NOT NULL",
            "e DECIMAL(10, 2) NOT NULL",
            "f CLOB",
            "g VARCHAR(20) NOT NULL",
            "h REAL NOT NULL",
            "i BLOB",
            "j TEXT NOT NULL",
            "k DATE NOT NULL",
            "L TEXT NOT NULL",
            "m TEXT NOT NULL",
        ],
        &[
            "a -> Bool",
            "b -> BigInt",
            "c -> BigInt",
            "d -> Timestamp",
            "e -> Double",
            "f -> Nullable<Text>",
            "#[max_length = 20] g -> Text",
            "h -> Double",
            "i -> Nullable<Binary>",
            "j -> TimestamptzSqlite",
            "k -> Date",
            "#[sql_name = \"L\"] l -> Integer",
            "m -> Json",
        ],
        &["~ column a.l"],
    );
    // A primary key that numbers the rows is BigInt to those who want it.
    let world = world(
        Database::Sqlite,
        &["CREATE TABLE a (id INTEGER PRIMARY KEY AUTOINCREMENT)"],
    );
    assert_eq!(compare(&world, "table! { a { id -> BigInt } }"), [""; 0]);
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let world = world(Database::Postgresql, &[]);
    let refused = |text: &str, expected: &str| {
        let error = try_compare(&world, text).expect_err(text).to_string();
        let error = error
            .split_once("src/schema.rs:")
            .unwrap_or_else(|| panic!("no place: {error}"))
            .1;
        assert!(error.starts_with(expected), "{error}");
    };
    refused(
        "table! {\n    a {\n        id -> Integer,\n        b -> Nullable<Mood>,\n    }\n}\n",
        "4:9: Mood is no SQL type that limbeck knows of Diesel's for postgresql. If it is your own, its struct must have \
         #[diesel(postgres_type(name = \"…\"))]",
    );
    refused(
        "table! { a { id -> Unsigned<Integer> } }",
        "1:14: Unsigned is no SQL type",
    );
    refused(
        "table! { a (b) { id -> Integer } }",
        "1:13: the primary key of a names b, which is no column of it",
    );
    refused(
        "table! { a { id = Integer } }",
        "1:17: this is not Rust as Diesel writes it: expected `->`",
    );
    refused("table! {", "1:8: this is not Rust as Diesel writes it: ");
    refused(
        "table! { a { #[max_length = \"x\"] id -> Text } }",
        "1:29: this is not Rust",
    );
    refused(
        "table! { a { id -> Integer } }\njoinable!(a -> b (id));",
        "2:16: joinable! names b, and there is no table! of that name",
    );
    refused(
        "table! { a { id -> Integer } }\ntable! { b (x, y) { x -> Integer, y -> Integer } }\njoinable!(a -> b (id));",
        "3:16: joinable! leads to a primary key of one column, and that of b has several",
    );
    refused(
        "table! { a { id -> Integer } } joinable!(a -> a (up));",
        "1:50: up is no column of a",
    );
    let error = try_compare(&world, "// nothing").expect_err("there is no table");
    assert!(
        error.to_string().starts_with("there is no statement in what "),
        "{error}"
    );
    // What only the server sees.
    let text =
        "table! { a { id -> Integer } }\n\ntable! { b { id -> Integer, a -> Text } }\njoinable!(b -> a (a));";
    let Err(Error::Refused(refused)) = try_compare(&world, text) else {
        panic!("the types do not fit");
    };
    assert_eq!(refused.line, 3, "{refused}");
}

#[test]
fn several_files_are_one_schema() {
    let world = world(Database::Postgresql, &["CREATE TYPE mood AS ENUM ()"]);
    world.write(
        "a.rs",
        b"table! { use crate::types::*; a { id -> Integer, mood -> Mood } } joinable!(a -> b (id));",
    );
    world.write(
        "b.rs",
        b"table! { b { id -> Integer } } #[diesel(postgres_type(name = \"mood\"))] struct Mood;",
    );
    let models = SchemaSource::Diesel(vec![world.path("a.rs"), world.path("b.rs")]);
    let live = SchemaSource::Database(world.url.clone());
    let differences = Migrator::new("nowhere").compare(&live, &models, &CompareOptions::default());
    assert_eq!(
        lines(&differences.expect("they can be compared")),
        ["+ table a", "+ table b"]
    );
}
