//! Where schemas are told: what is wrong with files and programs.

use std::fs;

use limbeck::{CompareOptions, Error, Migrator, SchemaSource};

use super::{Sides, USERS, lines};
use crate::cases::{Database, World};

#[test]
fn a_refused_statement_is_told_with_its_place() {
    for database in Database::ALL {
        let sides = Sides::new(
            database,
            &[],
            &format!("{USERS};\n\nCREATE TABLE v AS\n  SELECT oops FROM users;\n"),
        );
        let Err(Error::Refused(refused)) = sides.compare_with(&CompareOptions::default()) else {
            panic!("there is no such column");
        };
        assert_eq!(refused.file, sides.file().display().to_string());
        // MariaDB does not say where in a statement.
        let line = if database == Database::Mariadb { 3 } else { 4 };
        assert_eq!(refused.line, line, "{refused}");
        // Nothing is in the way of the next.
        sides.models(&format!("{USERS};"));
        assert_eq!(sides.compare(), ["+ table users"]);
    }
}

#[test]
fn what_can_not_be_cut_into_statements_is_told_with_its_place() {
    let sides = Sides::new(
        Database::Sqlite,
        &[],
        &format!("{USERS};\nCREATE TABLE a (b TEXT DEFAULT 'x);\n"),
    );
    let error = sides
        .compare_with(&CompareOptions::default())
        .expect_err("a quote is missing");
    assert!(error.to_string().contains("schema.sql:2:"), "{error}");
    fs::write(sides.file(), b"-- \n-- caf\xe9\n").expect("it can be written");
    let error = sides
        .compare_with(&CompareOptions::default())
        .expect_err("it is no UTF-8");
    assert!(
        error.to_string().contains("schema.sql:2: the file is not UTF-8"),
        "{error}"
    );
}

#[test]
fn an_empty_schema_is_refused() {
    let sides = Sides::new(Database::Sqlite, &[USERS], "-- nothing yet\n");
    let error = sides
        .compare_with(&CompareOptions::default())
        .expect_err("it is empty");
    assert!(
        error.to_string().starts_with("there is no statement in "),
        "{error}"
    );
    fs::remove_file(sides.file()).expect("it is there");
    let error = sides
        .compare_with(&CompareOptions::default())
        .expect_err("it is gone");
    assert!(error.to_string().starts_with("can't read '"), "{error}");
}

#[test]
fn the_files_of_a_directory_are_read_in_natural_order() {
    for database in Database::ALL {
        let sides = Sides::new(database, &[USERS, "CREATE VIEW v AS SELECT name FROM users"], "");
        sides
            .world
            .write("schema/2_users.sql", format!("{USERS};").as_bytes());
        sides
            .world
            .write("schema/10_view.sql", b"CREATE VIEW v AS SELECT name FROM users");
        sides.world.write("schema/README.md", b"no SQL");
        let told = SchemaSource::Sql(sides.world.path("schema"));
        let differences = Migrator::new("nowhere").compare(&sides.live(), &told, &CompareOptions::default());
        assert_eq!(differences.expect("they can be compared"), []);
    }
}

#[test]
fn statements_that_reach_beyond_the_scratch_database_are_refused() {
    let sides = Sides::new(
        Database::Mariadb,
        &[USERS],
        "CREATE TABLE a (id INT);\nUSE mysql;\n",
    );
    let error = sides
        .compare_with(&CompareOptions::default())
        .expect_err("it reaches beyond");
    assert!(
        error
            .to_string()
            .contains("schema.sql:2: USE reaches beyond a scratch database"),
        "{error}"
    );
}

#[test]
fn a_dump_is_a_schema() {
    let sides = Sides::new(
        Database::Postgresql,
        &[USERS, "CREATE INDEX ix ON users (name)"],
        "",
    );
    let dump = limbeck_testing::dump_schema(&sides.world.url);
    // A setting that it leaves behind must not meet the next schema that is made.
    sides.models(&format!(
        "SELECT pg_catalog.set_config('search_path', '', false);\n{dump}"
    ));
    sides.world.write("other.sql", format!("{USERS};").as_bytes());
    assert_eq!(sides.compare(), [""; 0]);
    let options = CompareOptions::default();
    let other = SchemaSource::Sql(sides.world.path("other.sql"));
    let migrator = Migrator::new("nowhere").url(&sides.world.url);
    let differences = migrator.compare(&sides.told(), &other, &options);
    assert_eq!(
        lines(&differences.expect("they can be compared")),
        ["- index ix of users"]
    );
}

fn command(world: &World, words: &[&str]) -> Result<Vec<String>, Error> {
    let models = SchemaSource::Command {
        command: words.iter().map(ToString::to_string).collect(),
        directory: world.directory.path().to_owned(),
    };
    let live = SchemaSource::Database(world.url.clone());
    let differences = Migrator::new("nowhere").compare(&live, &models, &CompareOptions::default())?;
    Ok(lines(&differences))
}

#[test]
fn a_command_prints_the_schema() {
    let world = World::new(Database::Sqlite);
    world.write("a.sql", format!("{USERS};").as_bytes());
    assert_eq!(
        command(&world, &["cat", "a.sql"]).expect("cat prints it"),
        ["+ table users"]
    );
    let error = command(
        &world,
        &["sh", "-c", "echo first >&2; echo 'no models here' >&2; exit 3"],
    );
    let error = error.expect_err("it failed").to_string();
    assert!(
        error.contains("gave no models: it ended with exit status: 3\n  first\n  no models here"),
        "{error}"
    );
    let error = command(&world, &["no-such-program"])
        .expect_err("there is none")
        .to_string();
    assert!(
        error.starts_with("can't run 'no-such-program' for the models"),
        "{error}"
    );
    let error = command(&world, &["true"])
        .expect_err("it prints nothing")
        .to_string();
    assert!(
        error.starts_with("there is no statement in what 'true' says"),
        "{error}"
    );
    let error = command(&world, &["echo", "CREATE TABLE"])
        .expect_err("it is no statement")
        .to_string();
    assert!(error.starts_with("'echo CREATE TABLE':1: "), "{error}");
    assert!(command(&world, &[]).is_err());
}

#[test]
fn without_the_right_to_create_a_database_another_can_be_given() {
    let (world, scratch) = (World::new(Database::Postgresql), World::new(Database::Postgresql));
    world.write("schema.sql", format!("{USERS};").as_bytes());
    let name = world.url.rsplit('/').next().expect("it has a name");
    let live = SchemaSource::Database(limbeck_testing::Postgres::shared().url_with_password(name));
    let models = SchemaSource::Sql(world.path("schema.sql"));
    let compare = |options: &CompareOptions| Migrator::new("nowhere").compare(&live, &models, options);
    let error = compare(&CompareOptions::default()).expect_err("guarded may not create one");
    assert!(
        error.to_string().contains("ALTER ROLE \"guarded\" CREATEDB"),
        "{error}"
    );
    let options = CompareOptions {
        scratch_url: Some(scratch.url.clone()),
        ..CompareOptions::default()
    };
    assert_eq!(
        lines(&compare(&options).expect("there is one")),
        ["+ table users"]
    );
}
