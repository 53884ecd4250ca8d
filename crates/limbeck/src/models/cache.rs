//! What models made, kept from run to run.
//!
//! To make a thousand tables takes a server a second or more, and to read them a tenth of that. What a server makes of some statements depends on
//! these, on its version, and on a few settings: where all that is as it was, so is what was made.

use std::fs;
use std::path::{Path, PathBuf};

use limbeck_core::Dialect;
use sha2::{Digest, Sha256};

use super::bench::Extension;
use super::ddl::Ddl;
use crate::catalog::Catalog;
use crate::database::DatabaseError;
use crate::error::Error;
use crate::run::Session;

/// How many entries stay in a directory.
const KEPT: usize = 32;

pub(super) struct Cache {
    directory: PathBuf,
    /// Of all but the statements.
    state: Sha256,
}

impl Cache {
    /// A cache for what the server of a session makes.
    pub(super) fn open(
        directory: &Path,
        session: &mut Session,
        extensions: &[Extension],
    ) -> Result<Self, Error> {
        let mut state = Sha256::new();
        let mut add = |text: &str| {
            state.update(text.len().to_le_bytes());
            state.update(text);
        };
        add(env!("CARGO_PKG_VERSION"));
        add(session.connection.server());
        for extension in extensions {
            add(&extension.name);
            add(&extension.version);
        }
        for setting in settings(session).map_err(Error::database("can't read the settings"))? {
            add(&setting.unwrap_or_default());
        }
        Ok(Self {
            directory: directory.to_owned(),
            state,
        })
    }

    fn path(&self, told: &[Ddl]) -> PathBuf {
        let mut hash = self.state.clone();
        for statement in told.iter().flat_map(|ddl| &ddl.statements) {
            hash.update(statement.sql.len().to_le_bytes());
            hash.update(&statement.sql);
        }
        let name: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        self.directory.join(format!("models-{name}.json"))
    }

    /// What the statements made; nothing where that is not known, or can't be read.
    pub(super) fn get(&self, told: &[Ddl]) -> Option<Catalog> {
        let text = fs::read(self.path(told)).ok()?;
        serde_json::from_slice(&text).ok()
    }

    /// Keeps what the statements made. That it can't be kept is nobody's trouble.
    pub(super) fn put(&self, told: &[Ddl], catalog: &Catalog) {
        let path = self.path(told);
        let Ok(text) = serde_json::to_vec(catalog) else {
            return;
        };
        let written = fs::create_dir_all(&self.directory)
            .and_then(|()| tempfile::NamedTempFile::new_in(&self.directory))
            .and_then(|file| fs::write(file.path(), text).map(|()| file));
        if let Ok(file) = written
            && file.persist(path).is_ok()
        {
            self.forget();
        }
    }

    /// Removes all but the newest entries.
    fn forget(&self) {
        let Ok(entries) = fs::read_dir(&self.directory) else {
            return;
        };
        let mut entries: Vec<_> = entries
            .flatten()
            .filter(|entry| entry.file_name().to_string_lossy().starts_with("models-"))
            .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
            .collect();
        entries.sort();
        let old = entries.len().saturating_sub(KEPT);
        for (_, path) in entries.into_iter().take(old) {
            drop(fs::remove_file(path));
        }
    }
}

/// What a server's answer to DDL depends on.
fn settings(session: &mut Session) -> Result<Vec<Option<String>>, DatabaseError> {
    let sql = match session.dialect() {
        Dialect::Sqlite => {
            "SELECT sqlite_source_id(), (SELECT group_concat(compile_options) FROM pragma_compile_options)"
        }
        Dialect::Postgresql => {
            "SELECT pg_encoding_to_char(d.encoding), d.datcollate, d.datctype, current_schema(), current_user, (SELECT \
             string_agg(s.name || '=' || s.setting, ' ' ORDER BY s.name) FROM pg_settings s WHERE s.name IN \
             ('default_table_access_method', 'default_tablespace', 'DateStyle', 'IntervalStyle', 'TimeZone', 'search_path', \
             'bytea_output', 'extra_float_digits', 'default_toast_compression', 'quote_all_identifiers')) FROM pg_database d \
             WHERE d.datname = current_database()"
        }
        Dialect::Mysql | Dialect::Mariadb => {
            "SELECT @@character_set_database, @@collation_database, @@sql_mode, @@default_storage_engine, \
             @@lower_case_table_names, @@explicit_defaults_for_timestamp, @@time_zone, @@innodb_default_row_format, \
             CURRENT_USER()"
        }
    };
    Ok(session.connection.query(sql)?.into_iter().flatten().collect())
}
