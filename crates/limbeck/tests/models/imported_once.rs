//! SQLAlchemy's models are imported again when something has changed that they read, and only then.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, SystemTime};

use limbeck::{CompareOptions, Error, Migrator, SchemaSource};
use tempfile::TempDir;

use super::lines;
use super::sqlalchemy::python;
use crate::cases::{Database, World};

/// Notes each import in a file.
const MODELS: &str = r#"
import os
from sqlalchemy import Column, Integer, MetaData, Table
from .part import name

metadata = MetaData()
Table(name, metadata, Column("id", Integer, primary_key=True))
Table(os.environ.get("TABLE", "users"), metadata, Column("id", Integer, primary_key=True))
print("imported", file=open(os.environ["IMPORTS"], "a"))
"#;

/// A project, and a place beside it.
struct Project {
    world: World,
    beside: TempDir,
    python: PathBuf,
    environment: Vec<(OsString, OsString)>,
    cached: bool,
}

impl Project {
    fn new(models: &str) -> Self {
        let mut project = Self {
            world: World::new(Database::Sqlite),
            beside: TempDir::new().expect("there is room"),
            python: settled(python()).join("python"),
            environment: std::env::vars_os().collect(),
            cached: true,
        };
        project.write("app/models.py", models);
        project.write("app/part.py", "name = 'posts'\n");
        // The database's file is there from the first look on.
        drop(project.world.connect());
        let imports = project.beside.path().join("imports");
        project.set("IMPORTS", imports.as_os_str().to_owned());
        project
    }

    fn set(&mut self, name: &str, value: impl Into<OsString>) {
        self.environment.retain(|(known, _)| known != name);
        self.environment.push((name.into(), value.into()));
    }

    /// Writes a file as it was written an hour ago: what is new is read again each time.
    fn write(&self, name: &str, text: &str) {
        self.world.write(name, text.as_bytes());
        let file = fs::File::options().append(true).open(self.world.path(name));
        file.and_then(|file| file.set_modified(SystemTime::now() - Duration::from_secs(3600)))
            .expect("its time can be set");
    }

    fn compare(&self) -> Vec<String> {
        self.try_compare().expect("they are good")
    }

    fn try_compare(&self) -> Result<Vec<String>, Error> {
        let models = SchemaSource::Sqlalchemy {
            object: "app.models:metadata".to_owned(),
            python: self.python.clone(),
            directory: self.world.directory.path().to_owned(),
        };
        let options = CompareOptions {
            cache: self.cached.then(|| self.beside.path().join("cache")),
            environment: Some(self.environment.clone()),
            ..CompareOptions::default()
        };
        let live = SchemaSource::Database(self.world.url.clone());
        let differences = Migrator::new("nowhere").compare(&live, &models, &options)?;
        Ok(lines(&differences))
    }

    /// How often the models were imported.
    fn imports(&self) -> usize {
        let text = fs::read_to_string(self.beside.path().join("imports"));
        text.expect("they were imported").lines().count()
    }
}

/// Waits until an environment was not made a moment ago: what is as new as that may change again, so it is not relied on.
fn settled(programs: &Path) -> &Path {
    let age = || {
        let installed = fs::metadata(programs.join("..")).and_then(|found| found.modified());
        installed.ok()?.elapsed().ok()
    };
    while age().is_none_or(|age| age < Duration::from_secs(3)) {
        thread::sleep(Duration::from_millis(100));
    }
    programs
}

#[test]
fn models_are_imported_again_when_something_changed() {
    let mut project = Project::new(MODELS);
    for _ in 0..3 {
        assert_eq!(project.compare(), ["+ table posts", "+ table users"]);
        assert_eq!(project.imports(), 1);
    }
    project.write("app/part.py", "name = 'texts'\n");
    for _ in 0..2 {
        assert_eq!(project.compare(), ["+ table texts", "+ table users"]);
        assert_eq!(project.imports(), 2);
    }
    project.set("TABLE", "people");
    for shell in ["7", "8"] {
        project.set("SHLVL", shell);
        assert_eq!(project.compare(), ["+ table people", "+ table texts"]);
        assert_eq!(project.imports(), 3);
    }
    // A module that is found first.
    project.write(
        "sqlalchemy.py",
        "raise SystemExit('this is another SQLAlchemy')\n",
    );
    let error = project.try_compare().expect_err("it is found first").to_string();
    assert!(error.contains("this is another SQLAlchemy"), "{error}");
    fs::remove_file(project.world.path("sqlalchemy.py")).expect("it is there");
    assert_eq!(project.compare(), ["+ table people", "+ table texts"]);
    assert_eq!(project.imports(), 3);
}

#[test]
fn without_a_cache_models_are_imported_each_time() {
    let mut project = Project::new(MODELS);
    project.cached = false;
    for times in 1..=2 {
        assert_eq!(project.compare(), ["+ table posts", "+ table users"]);
        assert_eq!(project.imports(), times);
    }
}

#[test]
fn models_that_ask_a_database_are_imported_each_time() {
    let asks = "\nfrom sqlalchemy import create_engine\ncreate_engine('sqlite://').connect()\n";
    let project = Project::new(&format!("{MODELS}{asks}"));
    for times in 1..=2 {
        assert_eq!(project.compare(), ["+ table posts", "+ table users"]);
        assert_eq!(project.imports(), times);
    }
}

/// What chooses a Python, such as pyenv, may choose another one next time.
#[test]
fn models_are_imported_each_time_by_a_python_that_another_program_chose() {
    let mut project = Project::new(MODELS);
    let chooser = project.beside.path().join("python");
    let script = format!("#!/bin/sh\nexec '{}' \"$@\"\n", project.python.display());
    fs::write(&chooser, script).expect("it can be written");
    fs::set_permissions(&chooser, fs::Permissions::from_mode(0o755)).expect("it is there");
    project.python = chooser;
    for times in 1..=2 {
        assert_eq!(project.compare(), ["+ table posts", "+ table users"]);
        assert_eq!(project.imports(), times);
    }
}
