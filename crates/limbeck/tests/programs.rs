//! Revisions that are programs, and ask the database what to do.

mod pieces;
mod stopped;
mod told;
mod whole;

use std::fmt;
use std::sync::Arc;

use limbeck::database::Connection;
use limbeck::revision::Revision;
use limbeck::script::{
    Answer, Bind, BindError, Compiled, Datum, Depends, Direction, Program, ProgramEntry, ProgramError,
    ScriptError, Scripts, entries,
};
use limbeck::{Dialect, Migrator};

use crate::cases::{Database, World};

const FILE: &str = "versions/002_b.py";

/// What a program does with its connection.
type Body = Arc<dyn Fn(&mut On<'_>) -> Result<(), ProgramError> + Send + Sync>;

/// A program whose statements only the database tells.
struct Fake {
    up: Body,
    down: Option<Body>,
}

impl fmt::Debug for Fake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fake")
    }
}

impl Program for Fake {
    fn checksum(&self) -> Result<String, ScriptError> {
        Ok("0".repeat(64))
    }

    fn compile(&self, direction: Direction, _: Dialect) -> Result<Compiled, ScriptError> {
        if direction == Direction::Downgrade && self.down.is_none() {
            return Ok(Compiled::Missing);
        }
        let on = limbeck::script::On::Database("the tables".to_owned());
        Ok(Compiled::Depends(Depends { line: 12, on }))
    }

    fn run(&self, direction: Direction, bind: &mut dyn Bind) -> Result<(), ProgramError> {
        let body = match direction {
            Direction::Upgrade => &self.up,
            Direction::Downgrade => self.down.as_ref().expect("it was missing before"),
        };
        body(&mut On(bind))
    }
}

/// The connection of a program, whose errors end it.
struct On<'a>(&'a mut dyn Bind);

impl On<'_> {
    fn execute(&mut self, line: usize, sql: &str) -> Result<Option<u64>, ProgramError> {
        self.0.execute(sql, line).map_err(|error| ended(line, sql, error))
    }

    fn query(&mut self, line: usize, sql: &str) -> Result<Answer, ProgramError> {
        self.0.query(sql, line).map_err(|error| ended(line, sql, error))
    }

    fn autocommit(&mut self, line: usize, on: bool) -> Result<(), ProgramError> {
        self.0
            .autocommit(on, line)
            .map_err(|error| ended(line, "", error))
    }

    fn has_table(&mut self, line: usize, name: &str) -> Result<bool, ProgramError> {
        let schema = self.0.schema(None).map_err(|error| ended(line, "", error))?;
        Ok(schema.tables.keys().any(|table| table.name == name))
    }
}

fn ended(line: usize, sql: &str, error: BindError) -> ProgramError {
    ProgramError {
        sql: Some(sql.to_owned()),
        ..ProgramError::of(FILE, line, error)
    }
}

fn body(run: impl Fn(&mut On<'_>) -> Result<(), ProgramError> + Send + Sync + 'static) -> Body {
    Arc::new(run)
}

/// The revisions: 001 makes table `a` with two rows, 002 is the program, 003 makes table `c`.
fn scripts(world: &World, up: Body, down: Option<Body>) -> Arc<Scripts> {
    world.write(
        "migrations/001_a.sql",
        b"-- limbeck:upgrade\nCREATE TABLE a (id INTEGER NOT NULL);\nINSERT INTO a VALUES (1), (2);\n-- limbeck:downgrade\nDROP TABLE a;\n",
    );
    world.write(
        "migrations/003_c.sql",
        b"-- Revises: 002\n\n-- limbeck:upgrade\nCREATE TABLE c (id INTEGER);\n-- limbeck:downgrade\nDROP TABLE c;\n",
    );
    let directories = vec![world.path("migrations")];
    let revision = Revision {
        id: "002".to_owned(),
        revises: vec!["001".to_owned()],
        message: "move rows".to_owned(),
        file: FILE.to_owned(),
        ..Revision::default()
    };
    let program = ProgramEntry {
        path: FILE.into(),
        revision,
        program: Arc::new(Fake { up, down }),
    };
    let files = entries(&directories).expect("they can be read");
    Arc::new(Scripts::from_entries(files, vec![program], directories).expect("they make a graph"))
}

fn migrator(world: &World, up: Body) -> Migrator {
    Migrator::new(scripts(world, up, None))
        .url(&world.url)
        .who("tester")
}

/// The attempts in the journal: `upgrade 002 done 3/3`.
fn log(migrator: &Migrator) -> Vec<String> {
    let attempts = migrator.log().expect("it can be read");
    let line = |attempt: &limbeck::Attempt| {
        format!(
            "{} {} {} {}/{}",
            attempt.direction,
            attempt.revision,
            attempt.outcome,
            attempt.statements_done,
            attempt.statements_total
        )
    };
    attempts.iter().map(line).collect()
}

fn value(connection: &mut dyn Connection, sql: &str) -> String {
    let rows = connection.query(sql).expect("it is there");
    rows.into_iter().flatten().flatten().next().unwrap_or_default()
}

fn exists(world: &World, table: &str) -> bool {
    world.connect().query(&format!("SELECT * FROM {table}")).is_ok()
}
