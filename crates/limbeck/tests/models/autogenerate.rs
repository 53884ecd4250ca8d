//! Revisions that are written from models which have no words for all that there is.

use limbeck::{Answer, AutogenerateOptions, CompareOptions, Draft, Error, Migrator, SchemaSource};

use super::lines;
use crate::cases::{Database, World};

/// A database that the first revision made.
fn world(database: Database, statements: &[&str]) -> World {
    let world = World::new(database);
    let sql = statements.join(";\n");
    world.write("migrations/001_first.sql", quoted(database, &sql).as_bytes());
    world.migrator().upgrade("heads").expect("the server takes it");
    world
}

fn quoted(database: Database, sql: &str) -> String {
    match database {
        Database::Mariadb => sql.replace('"', "`"),
        _ => sql.to_owned(),
    }
}

fn draft(world: &World, models: &SchemaSource) -> Result<Draft, Error> {
    let options = AutogenerateOptions::default();
    let draft = world
        .migrator()
        .autogenerate(models, &options, &mut |_| Answer::None)?;
    Ok(draft.expect("there is something to do"))
}

/// Applies what is written, and sees that nothing else was touched, there and back.
fn check(database: Database, before: &[&str], models: &SchemaSource, after: &[&str], world: &World) {
    let draft = draft(world, models).unwrap_or_else(|error| panic!("on {}: {error}", database.name()));
    assert!(draft.verified);
    assert_eq!(
        draft.left_alone,
        [],
        "{}",
        Draft::text(std::slice::from_ref(&draft))
    );
    world.write(
        "migrations/002_second.sql",
        Draft::text(std::slice::from_ref(&draft)).as_bytes(),
    );
    let migrator = world.migrator();
    migrator.upgrade("heads").expect("it was tried");
    let options = CompareOptions::default();
    assert_eq!(migrator.check(models, &options).expect("it is at the heads"), []);
    let is = |wanted: &[&str]| {
        let sql = quoted(database, &wanted.join(";\n"));
        world.write("wanted.sql", sql.as_bytes());
        let wanted = SchemaSource::Sql(world.path("wanted.sql"));
        let live = SchemaSource::Database(world.url.clone());
        let differences = Migrator::new("nowhere").compare(&live, &wanted, &options);
        let differences = differences.expect("they can be compared");
        assert_eq!(
            lines(&differences),
            [""; 0],
            "on {}: {}\n{differences:#?}",
            database.name(),
            Draft::text(std::slice::from_ref(&draft))
        );
    };
    is(after);
    migrator.downgrade("-1").expect("it was tried");
    is(before);
}

const BEFORE: [&str; 7] = [
    "CREATE TABLE users (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(50) DEFAULT 'x' NOT NULL, age INTEGER, \"type\" SMALLINT \
     DEFAULT 7 NOT NULL, CONSTRAINT uq UNIQUE (name), CONSTRAINT ck CHECK (age > 0))",
    "CREATE TABLE posts (id INTEGER NOT NULL PRIMARY KEY, author_id INTEGER NOT NULL, up INTEGER, body TEXT NOT NULL, at DATE, \
     CONSTRAINT author FOREIGN KEY (author_id) REFERENCES users (id) ON DELETE CASCADE, CONSTRAINT up FOREIGN KEY (up) REFERENCES \
     posts (id))",
    "CREATE INDEX ix_type ON users (\"type\")",
    "CREATE INDEX ix_at ON posts (at)",
    "CREATE TABLE old (id INTEGER NOT NULL PRIMARY KEY)",
    "CREATE TABLE keyless (id INTEGER)",
    "CREATE VIEW authors AS SELECT DISTINCT author_id FROM posts",
];

#[cfg(feature = "diesel")]
#[test]
fn what_diesel_has_no_words_for_is_not_touched() {
    let text = "
        diesel::table! { users { id -> Integer, #[max_length = 60] name -> Varchar, age -> Integer, #[sql_name = \"type\"]
            kind -> SmallInt } }
        diesel::table! { posts { id -> Integer, author_id -> Integer, up -> Nullable<Integer>, body -> Text,
            #[max_length = 80] title -> Nullable<Varchar>, } }
        diesel::table! { tags (name) { #[max_length = 9] name -> Varchar, post_id -> Integer } }
        diesel::table! { authors (author_id) { author_id -> Integer } }
        diesel::joinable!(posts -> users (author_id));
        diesel::joinable!(tags -> posts (post_id));";
    let mut after = BEFORE.map(str::to_owned).to_vec();
    after[0] = after[0]
        .replace("VARCHAR(50)", "VARCHAR(60)")
        .replace("age INTEGER", "age INTEGER NOT NULL");
    after[1] = after[1].replace("at DATE", "title VARCHAR(80)");
    after[3] = "CREATE TABLE tags (name VARCHAR(9) NOT NULL PRIMARY KEY, post_id INTEGER NOT NULL, CONSTRAINT fk_tags_post_id_posts \
                FOREIGN KEY (post_id) REFERENCES posts (id))"
        .to_owned();
    after.remove(4);
    for database in Database::ALL {
        let mut after = after.clone();
        if database == Database::Postgresql {
            // The name that the derive gives to keys, and that a new table gets.
            after[3] = after[3].replace("PRIMARY KEY,", "CONSTRAINT pk_tags PRIMARY KEY,");
        }
        let after: Vec<&str> = after.iter().map(String::as_str).collect();
        let world = world(database, &BEFORE);
        world.write("schema.rs", text.as_bytes());
        let models = SchemaSource::Diesel(vec![world.path("schema.rs")]);
        check(database, &BEFORE, &models, &after, &world);
    }
}

#[cfg(feature = "diesel")]
#[test]
fn what_diesel_has_no_words_for_goes_with_a_table_that_is_renamed() {
    let text = "diesel::table! { people { id -> Integer, #[max_length = 50] name -> Varchar, age -> Nullable<Integer>,
        #[sql_name = \"type\"] kind -> SmallInt } }";
    for database in Database::ALL {
        let world = world(database, &[BEFORE[0], BEFORE[2]]);
        world.write("schema.rs", text.as_bytes());
        let models = SchemaSource::Diesel(vec![world.path("schema.rs")]);
        let options = AutogenerateOptions {
            renames: vec!["users:people".to_owned()],
            ..AutogenerateOptions::default()
        };
        let migrator = world.migrator();
        let draft = migrator.autogenerate(&models, &options, &mut |_| Answer::None);
        let draft = draft.unwrap_or_else(|error| panic!("on {}: {error}", database.name()));
        let draft = draft.expect("the table is renamed");
        let statements: Vec<&str> = draft
            .upgrade
            .iter()
            .map(|statement| statement.sql.as_str())
            .collect();
        assert_eq!(statements.len(), 1, "on {}: {statements:#?}", database.name());
    }
}

#[cfg(feature = "diesel")]
#[test]
fn a_type_that_diesel_does_not_tell_is_not_made_up() {
    let backends = [
        (Database::Sqlite, "sqlite_type(name = \"Text\")"),
        (Database::Mariadb, "mysql_type(name = \"Enum\")"),
        (Database::Mariadb, "mysql_type(name = \"Bit\")"),
    ];
    for (database, attribute) in backends {
        let world = world(database, &["CREATE TABLE a (id INTEGER NOT NULL PRIMARY KEY)"]);
        let text =
            format!("#[diesel({attribute})] struct Mood; table! {{ a {{ id -> Integer, mood -> Mood }} }}");
        world.write("schema.rs", text.as_bytes());
        let error = draft(&world, &SchemaSource::Diesel(vec![world.path("schema.rs")]));
        let error = error.expect_err("its labels are nowhere").to_string();
        assert!(
            error.starts_with(
                "column a.mood is of a type of your own, of which Diesel's schema.rs does not tell enough"
            ),
            "{error}"
        );
    }
}

#[allow(dead_code)]
#[derive(limbeck::Table)]
#[table(name = "people", renamed_from = "users", check("ck" = "age > 0"))]
struct Person {
    #[column(primary_key = "users_pkey")]
    id: i32,
    #[column(length = 50, default = "'x'", unique = "uq", renamed_from = "name")]
    full_name: String,
    age: Option<i32>,
    #[column(name = "type", type = "SMALLINT", default = 7, index = "ix_type")]
    kind: i16,
}

/// What stands on a table, and is in no model.
fn trigger(database: Database) -> &'static str {
    match database {
        Database::Sqlite => "CREATE TRIGGER touched AFTER UPDATE ON users BEGIN SELECT 1; END",
        Database::Mariadb => "CREATE TRIGGER touched BEFORE UPDATE ON users FOR EACH ROW SET NEW.id = OLD.id",
        Database::Postgresql => {
            "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NEW; END$$;\n\
             CREATE TRIGGER touched BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();\n\
             ALTER TABLE users ENABLE ROW LEVEL SECURITY"
        }
    }
}

#[test]
fn structs_know_their_former_names() {
    for database in Database::ALL {
        let world = world(database, &[BEFORE[0], BEFORE[2], trigger(database)]);
        let draft = draft(&world, &limbeck::tables![Person].into()).expect("it is told what is what");
        assert_eq!(
            draft.renames,
            ["users:people", "users.name:people.full_name"],
            "on {}",
            database.name()
        );
        let text = Draft::text(std::slice::from_ref(&draft));
        let is_told = |word: &str| text.to_lowercase().contains(word);
        assert!(
            !is_told("trigger") && !is_told("row level"),
            "on {}: {text}",
            database.name()
        );
        world.write("migrations/002_second.sql", text.as_bytes());
        let migrator = world.migrator();
        migrator.upgrade("heads").expect("it was tried");
        let models = limbeck::tables![Person].into();
        let differences = migrator.check(&models, &CompareOptions::default());
        assert_eq!(differences.expect("it is at the heads"), []);
    }
}
