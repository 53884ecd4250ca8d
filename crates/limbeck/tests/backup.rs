//! Backups before a run and by hand, and what restoring them brings back.

mod policy;
mod restore;
mod trouble;

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use limbeck::database::Row;
use limbeck::{BackupPolicy, BackupWhen, Event, Migrator, Observer};

use crate::cases::{Database, World};

/// Notes what is told of backups.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<String>>>);

impl Observer for Told {
    fn event(&self, event: &Event<'_>) {
        let line = match event {
            Event::BackupStarted { reason, .. } => format!("started: {reason}"),
            Event::BackupFinished { backup, .. } => format!("finished: {}", backup.label),
            Event::StepStarted { step, .. } => step.to_string(),
            _ => return,
        };
        self.0.lock().expect("no thread panics with it").push(line);
    }
}

impl Told {
    fn lines(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().expect("no thread panics with it"))
    }
}

/// Users, whose e-mail 002 adds, 003 drops, and 004 does not touch.
fn world(database: Database) -> World {
    let world = World::new(database);
    let rich = match database {
        Database::Sqlite => include_str!("backup/sqlite.sql"),
        Database::Postgresql => include_str!("backup/postgresql.sql"),
        Database::Mariadb => include_str!("backup/mariadb.sql"),
    };
    world.write("migrations/001_rich.sql", rich.as_bytes());
    world.write(
        "migrations/002_add_email.sql",
        b"-- limbeck:upgrade\nALTER TABLE users ADD COLUMN email VARCHAR(50);\n\
          -- limbeck:downgrade\nALTER TABLE users DROP COLUMN email;\n",
    );
    world.write(
        "migrations/003_drop_email.sql",
        b"-- limbeck:upgrade\nCREATE TABLE kept (id INTEGER);\n\nALTER TABLE users DROP COLUMN email;\n\
          -- limbeck:downgrade\nDROP TABLE kept;\nALTER TABLE users ADD COLUMN email VARCHAR(50);\n",
    );
    world.write("migrations/004_more.sql", b"CREATE TABLE other (id INTEGER);\n");
    world
}

fn backups(world: &World) -> PathBuf {
    world.path("backups")
}

fn migrator(world: &World, when: BackupWhen) -> Migrator {
    world.migrator().backup(BackupPolicy {
        when,
        dir: backups(world),
        keep: Some(3),
    })
}

/// The names of the files in the directory of backups, with what is different in every run left out.
fn files(world: &World) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(backups(world)) else {
        return Vec::new();
    };
    let mut names: Vec<String> = entries
        .map(|entry| {
            entry
                .expect("it can be read")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    names
}

fn rows(world: &World, sql: &str) -> Vec<Row> {
    world.connect().query(sql).expect("it can be read")
}

fn execute(world: &World, script: &str) {
    let mut connection = world.connect();
    let split = limbeck::dialect::split(world.database.dialect(), script);
    for piece in split.statements() {
        connection
            .execute(piece.sql)
            .unwrap_or_else(|error| panic!("{}: {error}", piece.sql));
    }
}
