//! Revisions from models, in Python.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use limbeck::script::Scripts;
use limbeck::{Draft, Error, RevisionWriter};
use limbeck_python::{Body, Config, ConfigFiles, NewRevision, Python, Surroundings, Writing};

/// Writes drafts as Alembic's directives.
#[derive(Debug, Clone)]
pub(crate) struct Writer {
    batch: bool,
    surroundings: Surroundings,
}

impl Writer {
    pub(super) fn new(batch: bool, surroundings: &Surroundings) -> Self {
        Self {
            batch,
            surroundings: Surroundings {
                // What limbeck writes it runs itself.
                python: Python::Never,
                ..surroundings.clone()
            },
        }
    }

    /// Puts what a draft does into a revision.
    pub(super) fn fill(&self, revision: &mut NewRevision, draft: &Draft) {
        let writing = Writing {
            dialect: self.surroundings.called(draft.dialect),
            batch: self.batch,
            enums: draft.enums.clone(),
        };
        let [mut up, down] = [&draft.upgrade, &draft.downgrade].map(|statements| writing.body(statements));
        let notes: Vec<String> = draft.notes().iter().map(|note| format!("# {note}")).collect();
        if !notes.is_empty() {
            let nothing = up.lines.is_empty().then(|| "pass".to_owned());
            up.lines.splice(0..0, notes.into_iter().chain(nothing));
        }
        let imports: Vec<String> = up.imports.union(&down.imports).cloned().collect();
        revision.imports = imports.join("\n");
        [revision.upgrades, revision.downgrades] = [up, down].map(|body: Body| body.indented());
    }
}

impl RevisionWriter for Writer {
    fn write(&self, id: &str, draft: &Draft, directory: &Path) -> Result<(String, Arc<Scripts>), Error> {
        let mut revision = NewRevision {
            id: id.to_owned(),
            ..NewRevision::default()
        };
        self.fill(&mut revision, draft);
        let text = revision.generic();
        let ini = directory.join("alembic.ini");
        let write = |path: &Path, text: &str| {
            let failed = |error| Error::Models(format!("can't write '{}': {error}", path.display()));
            fs::write(path, text).map_err(failed)
        };
        write(
            &ini,
            "[alembic]\nscript_location = %(here)s\nversion_locations = %(here)s\n",
        )?;
        write(&directory.join(format!("{id}.py")), &text)?;
        let files = ConfigFiles {
            ini: Some(ini),
            ..ConfigFiles::default()
        };
        let config = Config::read(&files, &[]).map_err(|error| Error::Models(error.to_string()))?;
        let scripts = limbeck_python::scripts(&config, &self.surroundings)?;
        Ok((text, Arc::new(scripts)))
    }
}
