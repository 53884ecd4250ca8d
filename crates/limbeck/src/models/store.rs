//! A directory where things are kept from run to run. That something can't be kept is nobody's trouble: it is made anew.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

/// How many entries of a kind stay.
const KEPT: usize = 32;

/// The entries of one kind.
#[derive(Debug)]
pub(super) struct Store {
    directory: PathBuf,
    kind: &'static str,
}

/// A hash of texts, of which each counts by itself.
#[derive(Debug, Clone, Default)]
pub(super) struct Key(Sha256);

impl Key {
    pub(super) fn add(&mut self, text: impl AsRef<[u8]>) {
        let text = text.as_ref();
        self.0.update(text.len().to_le_bytes());
        self.0.update(text);
    }

    pub(super) fn hex(&self) -> String {
        hex(self.0.clone())
    }
}

impl Store {
    pub(super) fn new(directory: &Path, kind: &'static str) -> Self {
        Self {
            directory: directory.to_owned(),
            kind,
        }
    }

    fn path(&self, key: &Key) -> PathBuf {
        self.directory.join(format!("{}-{}.json", self.kind, key.hex()))
    }

    /// What was kept; nothing where that can't be read.
    pub(super) fn get<T: DeserializeOwned>(&self, key: &Key) -> Option<T> {
        let text = fs::read(self.path(key)).ok()?;
        serde_json::from_slice(&text).ok()
    }

    pub(super) fn put<T: Serialize>(&self, key: &Key, value: &T) {
        let Ok(text) = serde_json::to_vec(value) else {
            return;
        };
        let written = fs::create_dir_all(&self.directory)
            .and_then(|()| tempfile::NamedTempFile::new_in(&self.directory))
            .and_then(|file| fs::write(file.path(), text).map(|()| file));
        if let Ok(file) = written
            && file.persist(self.path(key)).is_ok()
        {
            self.forget();
        }
    }

    /// Removes all but the newest entries.
    fn forget(&self) {
        let Ok(entries) = fs::read_dir(&self.directory) else {
            return;
        };
        let own = format!("{}-", self.kind);
        let mut entries: Vec<_> = entries
            .flatten()
            .filter(|entry| entry.file_name().to_string_lossy().starts_with(&own))
            .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
            .collect();
        entries.sort();
        let old = entries.len().saturating_sub(KEPT);
        for (_, path) in entries.into_iter().take(old) {
            drop(fs::remove_file(path));
        }
    }
}

/// A hash in letters.
pub(super) fn hex(hash: Sha256) -> String {
    let bytes = hash.finalize();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
