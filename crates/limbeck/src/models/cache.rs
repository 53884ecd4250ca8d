//! What models made, kept from run to run.
//!
//! To make a thousand tables takes a server a second or more, and to read them a tenth of that. What a server makes of some statements depends on
//! these, on its version, and on a few settings: where all that is as it was, so is what was made.

use std::path::Path;

use limbeck_core::Dialect;

use super::bench::Extension;
use super::ddl::Ddl;
use super::store::{Key, Store};
use crate::catalog::Catalog;
use crate::database::DatabaseError;
use crate::error::Error;
use crate::run::Session;

pub(super) struct Cache {
    store: Store,
    /// Of all but the statements.
    state: Key,
}

impl Cache {
    /// A cache for what the server of a session makes.
    pub(super) fn open(
        directory: &Path,
        session: &mut Session,
        extensions: &[Extension],
    ) -> Result<Self, Error> {
        let mut state = Key::default();
        let mut add = |text: &str| state.add(text);
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
            store: Store::new(directory, "models"),
            state,
        })
    }

    fn key(&self, told: &[Ddl]) -> Key {
        let mut key = self.state.clone();
        for statement in told.iter().flat_map(|ddl| &ddl.statements) {
            key.add(&statement.sql);
        }
        key
    }

    /// What the statements made; nothing where that is not known, or can't be read.
    pub(super) fn get(&self, told: &[Ddl]) -> Option<Catalog> {
        self.store.get(&self.key(told))
    }

    /// Keeps what the statements made.
    pub(super) fn put(&self, told: &[Ddl], catalog: &Catalog) {
        self.store.put(&self.key(told), catalog);
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
