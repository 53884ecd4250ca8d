//! What holds of every revision that is written:
//!
//! - the database that it is applied to is the one that the models make (the judge is the database's own tool);
//! - behind it, there is nothing more to write;
//! - its downgrade gives back what there was;
//! - rows are kept where they should be;
//! - the ops do in memory what their statements do.

use limbeck::database::Connection;
use limbeck::dialect::split;
use limbeck::diff::diff;
use limbeck::{Answer, CompareOptions, Draft, Error, Migrator, SchemaSource};

use super::case::Case;
use super::judge;
use crate::cases::{Database, World};

/// Tries a case on a database, and gives what was written.
pub(super) fn try_on(database: Database, case: &Case) -> Result<String, String> {
    let world = new_world(database, case.section("from", database))?;
    let mut connection = world.connect();
    run(connection.as_mut(), database, case.section("rows", database))?;
    world.write("schema.sql", case.section("to", database).as_bytes());
    let kept = Kept::read(case.section("kept", database));
    let before = (judge::schema(&world), kept.before(connection.as_mut())?);

    let draft = match write(&world, case) {
        Ok(Some(draft)) => draft,
        Ok(None) => return Ok("nothing\n".to_owned()),
        Err(error @ (Error::Models(_) | Error::Renames(_))) => return Ok(format!("error: {error}\n")),
        Err(Error::Unproven(unproven)) => return Err(format!("{unproven}\n{}", unproven.text)),
        Err(error) => return Err(error.to_string()),
    };
    if case.as_models && draft.left_alone.is_empty() && case.options.renames.is_empty() {
        in_memory(&world)?;
    }
    let revision = format!(
        "-- it\n--\n-- Revision ID: 002\n-- Revises: 001\n\n{}",
        Draft::text(std::slice::from_ref(&draft))
    );
    world.write("migrations/002_it.sql", revision.as_bytes());
    let told = |what: &str, error: &Error| format!("{what}: {error}\n{revision}");
    migrator(&world)
        .upgrade("head")
        .map_err(|error| told("the upgrade fails", &error))?;

    let direct = new_world(database, case.section("to", database))?;
    if case.as_models && draft.left_alone.is_empty() {
        same(
            "what is there is not what the models make",
            &judge::schema(&direct),
            &judge::schema(&world),
            &revision,
        )?;
    }
    same(
        "rows are lost",
        &before.1,
        &kept.after(connection.as_mut())?,
        &revision,
    )?;
    match write(&world, case) {
        Ok(None) => {}
        Ok(Some(again)) if again.left_alone == draft.left_alone && again.upgrade.is_empty() => {}
        Ok(Some(again)) => {
            return Err(format!(
                "it is not enough:\n{}\n{revision}",
                Draft::text(&[again])
            ));
        }
        // The renames are done.
        Err(Error::Models(_)) if !case.options.renames.is_empty() => {}
        Err(error) => return Err(told("it can't be compared again", &error)),
    }
    migrator(&world)
        .downgrade("001")
        .map_err(|error| told("the downgrade fails", &error))?;
    same(
        "the downgrade does not restore",
        &before.0,
        &judge::schema(&world),
        &revision,
    )?;
    same(
        "rows are lost on the way back",
        &before.1,
        &kept.before(connection.as_mut())?,
        &revision,
    )?;
    Ok(Draft::text(std::slice::from_ref(&draft)))
}

/// A database that statements made behind a first revision.
fn new_world(database: Database, ddl: &str) -> Result<World, String> {
    let world = World::new(database);
    world.write(
        "migrations/001_base.sql",
        b"-- limbeck:upgrade\n\n-- limbeck:downgrade\n",
    );
    migrator(&world)
        .upgrade("head")
        .map_err(|error| error.to_string())?;
    run(world.connect().as_mut(), database, ddl)?;
    Ok(world)
}

fn migrator(world: &World) -> Migrator {
    Migrator::new(world.path("migrations")).url(&world.url)
}

fn models(world: &World) -> SchemaSource {
    SchemaSource::Sql(world.path("schema.sql"))
}

fn write(world: &World, case: &Case) -> Result<Option<Draft>, Error> {
    migrator(world).autogenerate(&models(world), &case.options, &mut |_| Answer::None)
}

/// Applied in memory, the ops make of the one what the other is.
fn in_memory(world: &World) -> Result<(), String> {
    let options = CompareOptions::default();
    let read = |source: &SchemaSource| {
        migrator(world)
            .schema(source, &options)
            .map_err(|error| error.to_string())
    };
    let (dialect, mut there) = read(&SchemaSource::Database(world.url.clone()))?;
    let (_, mut wanted) = read(&models(world))?;
    if dialect.folds_names() {
        wanted.spell_like(&there);
    }
    let ops = diff(dialect, &there, &wanted);
    ops.iter().for_each(|op| op.apply(&mut there));
    if there.same(&wanted) {
        return Ok(());
    }
    Err(format!(
        "in memory the ops do something else: {:#?}",
        diff(dialect, &there, &wanted)
    ))
}

pub(super) fn run(connection: &mut dyn Connection, database: Database, text: &str) -> Result<(), String> {
    for piece in split(database.dialect(), text).statements() {
        connection
            .execute(piece.sql)
            .map_err(|error| format!("the case itself fails at {}: {error}", piece.sql))?;
    }
    Ok(())
}

pub(super) fn same(what: &str, wanted: &str, found: &str, revision: &str) -> Result<(), String> {
    if wanted == found {
        return Ok(());
    }
    let lacking = |one: &str, other: &str, sign: char| -> String {
        let other: Vec<&str> = other.lines().collect();
        one.lines()
            .filter(|line| !other.contains(line))
            .map(|line| format!("{sign} {line}\n"))
            .collect()
    };
    let (gone, come) = (lacking(wanted, found, '-'), lacking(found, wanted, '+'));
    Err(format!("{what}:\n{gone}{come}{revision}"))
}

/// Queries that give the same all along.
struct Kept(Vec<(String, String)>);

impl Kept {
    fn read(text: &str) -> Self {
        let lines = text.lines().filter(|line| !line.trim().is_empty());
        let pairs = lines.map(|line| line.split_once(" => ").unwrap_or((line, line)));
        Self(
            pairs
                .map(|(before, after)| (before.to_owned(), after.to_owned()))
                .collect(),
        )
    }

    fn before(&self, connection: &mut dyn Connection) -> Result<String, String> {
        self.ask(connection, |(before, _)| before)
    }

    fn after(&self, connection: &mut dyn Connection) -> Result<String, String> {
        self.ask(connection, |(_, after)| after)
    }

    fn ask(
        &self,
        connection: &mut dyn Connection,
        which: impl Fn(&(String, String)) -> &String,
    ) -> Result<String, String> {
        let mut told = String::new();
        for pair in &self.0 {
            let rows = connection
                .query(which(pair))
                .map_err(|error| format!("{}: {error}", which(pair)))?;
            told.push_str(&format!("{}: {rows:?}\n", pair.0));
        }
        Ok(told)
    }
}
