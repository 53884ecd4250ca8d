//! A directory of revisions to try the laws on.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use limbeck::script::Direction;
use limbeck::{Migrator, script::Scripts};

use crate::cases::{Case, Database, World};

pub(super) struct History {
    pub(super) name: String,
    /// Whether the graph is what it is about: all laws are tried on it then, not only with `LIMBECK_LONG`.
    pub(super) shows_the_graph: bool,
    pub(super) databases: Vec<Database>,
    pub(super) files: Vec<(String, Vec<u8>)>,
}

impl History {
    /// The files of a case as they are at its beginning.
    pub(super) fn of(name: &str, case: &Case) -> Self {
        Self {
            name: name.to_owned(),
            shows_the_graph: name.starts_with("graph/"),
            databases: case.databases.clone(),
            files: case
                .history()
                .map(|(path, bytes)| (path.to_owned(), bytes.to_vec()))
                .collect(),
        }
    }

    /// The revisions of `examples/registry-backend`.
    pub(super) fn example() -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/registry-backend/migrations");
        let entries = std::fs::read_dir(folder).expect("the example has revisions");
        let files = entries.map(|entry| {
            let entry = entry.expect("the folder can be read");
            let name = entry
                .file_name()
                .into_string()
                .expect("the example's names are text");
            (
                format!("migrations/{name}"),
                std::fs::read(entry.path()).expect("the file can be read"),
            )
        });
        Self {
            name: "the example".to_owned(),
            shows_the_graph: true,
            databases: Database::ALL.to_vec(),
            files: files.collect(),
        }
    }

    /// An empty database and the files.
    pub(super) fn world(&self, database: Database) -> World {
        let world = World::new(database);
        for (path, bytes) in &self.files {
            world.write(path, bytes);
        }
        world
    }

    pub(super) fn migrator(&self, world: &World) -> Migrator {
        Migrator::new(self.directories(world))
            .url(&world.url)
            .who("tester")
    }

    fn directories(&self, world: &World) -> Vec<PathBuf> {
        let directories: BTreeSet<PathBuf> = self
            .files
            .iter()
            .filter_map(|(path, _)| Some(world.path(path).parent()?.to_owned()))
            .collect();
        directories.into_iter().collect()
    }

    /// A file, and its text with a statement in the middle that fails; `None` where no statement is.
    pub(super) fn disturbed(&self, world: &World) -> Option<(PathBuf, Vec<u8>)> {
        let scripts = Scripts::read(&self.directories(world)).expect("the history was read before");
        let mut places = Vec::new();
        for revision in scripts.graph().iter() {
            let script = scripts
                .script(&revision.id)
                .expect("it can be read")
                .expect("it is there");
            let statements = script
                .statements(Direction::Upgrade, world.database.dialect())
                .expect("they can be read");
            for statement in statements.unwrap_or_default() {
                places.push((revision.id.clone(), statement.offset));
            }
        }
        let (id, offset) = places.get(places.len() / 2)?;
        let path = scripts.path(id)?.to_owned();
        let mut text = std::fs::read_to_string(&path).expect("it was read before");
        text.insert_str(*offset, "SELECT * FROM limbeck_no_such_table;\n");
        Some((path, text.into_bytes()))
    }
}
