//! The two tables that limbeck keeps in the user's database, and the SQL that writes them.
//!
//! The same texts are executed online and printed offline; values stand in them as literals.

use limbeck_core::Dialect;
use limbeck_core::revision::RowChange;

/// How long an id may be in a version table that limbeck makes. Alembic's own takes 32 characters.
pub(crate) const ID_LENGTH: usize = 255;

/// The names of the tables, and the dialect that their SQL is written in.
#[derive(Debug, Clone)]
pub(crate) struct Tables {
    pub(crate) dialect: Dialect,
    /// The schema as it stands in SQL, quoted; `None` where the server is to find the tables itself.
    schema: Option<String>,
    version: String,
    journal: String,
}

impl Tables {
    /// Names the tables. A version table of another name has a journal of its own, so that two services can
    /// share one database.
    pub(crate) fn new(dialect: Dialect, schema: Option<&str>, version: &str) -> Self {
        let journal = if version == "alembic_version" {
            "limbeck_journal".to_owned()
        } else {
            format!("{version}_journal")
        };
        Self {
            dialect,
            schema: schema.map(|schema| dialect.identifier(schema)),
            version: version.to_owned(),
            journal,
        }
    }

    /// The version table in SQL.
    pub(crate) fn version(&self) -> String {
        self.qualified(&self.version)
    }

    /// The journal in SQL.
    pub(crate) fn journal(&self) -> String {
        self.qualified(&self.journal)
    }

    /// The version table's own name.
    pub(crate) fn version_name(&self) -> &str {
        &self.version
    }

    fn qualified(&self, name: &str) -> String {
        let name = self.dialect.identifier(name);
        self.schema
            .as_ref()
            .map_or_else(|| name.clone(), |schema| format!("{schema}.{name}"))
    }

    pub(crate) fn create_version(&self) -> String {
        // MySQL has no name for a primary key, and MariaDB warns of one.
        let key = match self.dialect {
            Dialect::Mysql | Dialect::Mariadb => String::new(),
            Dialect::Sqlite | Dialect::Postgresql => {
                format!(
                    "CONSTRAINT {} ",
                    self.dialect.identifier(&format!("{}_pkc", self.version))
                )
            }
        };
        format!(
            "CREATE TABLE IF NOT EXISTS {} (version_num VARCHAR({ID_LENGTH}) NOT NULL, {key}PRIMARY KEY (version_num)){}",
            self.version(),
            self.table_options()
        )
    }

    pub(crate) fn create_journal(&self) -> String {
        let text = match self.dialect {
            Dialect::Mysql | Dialect::Mariadb => "LONGTEXT",
            Dialect::Sqlite | Dialect::Postgresql => "TEXT",
        };
        format!(
            "CREATE TABLE IF NOT EXISTS {} (id BIGINT NOT NULL PRIMARY KEY, revision VARCHAR({ID_LENGTH}) NOT NULL, \
             direction VARCHAR(16) NOT NULL, message {text} NOT NULL, revises {text} NOT NULL, depends_on {text} NOT NULL, \
             branch_labels {text} NOT NULL, checksum VARCHAR(64), statements_done INTEGER NOT NULL, statements_total \
             INTEGER NOT NULL, done_hash VARCHAR(64), started_at VARCHAR(32) NOT NULL, finished_at VARCHAR(32), outcome \
             VARCHAR(16) NOT NULL, error {text}, who VARCHAR(255) NOT NULL, tool_version VARCHAR(64) NOT NULL, \
             downgrade_sql {text}){}",
            self.journal(),
            self.table_options()
        )
    }

    /// Progress and the user's rows must commit together, and ids differ by case.
    fn table_options(&self) -> &'static str {
        match self.dialect {
            Dialect::Mysql | Dialect::Mariadb => " ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin",
            Dialect::Sqlite | Dialect::Postgresql => "",
        }
    }

    pub(crate) fn change(&self, change: &RowChange) -> String {
        let table = self.version();
        let quote = |id: &str| self.dialect.literal(id);
        match change {
            RowChange::Insert(id) => format!("INSERT INTO {table} (version_num) VALUES ({})", quote(id)),
            RowChange::Update { from, to } => {
                format!(
                    "UPDATE {table} SET version_num = {} WHERE version_num = {}",
                    quote(to),
                    quote(from)
                )
            }
            RowChange::Delete(id) => format!("DELETE FROM {table} WHERE version_num = {}", quote(id)),
        }
    }

    pub(crate) fn select_rows(&self) -> String {
        format!("SELECT version_num FROM {} ORDER BY version_num", self.version())
    }

    /// The server's time in UTC, to the millisecond, as text.
    pub(crate) fn now(&self) -> &'static str {
        match self.dialect {
            Dialect::Sqlite => "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')",
            Dialect::Postgresql => {
                "to_char(pg_catalog.clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')"
            }
            Dialect::Mysql | Dialect::Mariadb => {
                "CONCAT(LEFT(DATE_FORMAT(UTC_TIMESTAMP(3), '%Y-%m-%dT%H:%i:%s.%f'), 23), 'Z')"
            }
        }
    }
}
