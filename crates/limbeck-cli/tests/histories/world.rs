//! A database that one of the two migrates.

use std::path::Path;
use std::process::Command;

use libtest_mimic::Failed;
use limbeck_testing::{Mariadb, Postgres, TestDatabase, application_schema};

/// Where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Database {
    Sqlite,
    Postgresql,
    Mariadb,
}

/// A database of one of the two sides.
pub(super) struct World {
    pub(super) url: String,
    _kept: Option<TestDatabase>,
}

impl World {
    pub(super) fn new(database: Database, directory: &Path, name: &str) -> Self {
        match database {
            Database::Sqlite => Self {
                url: format!(
                    "sqlite:///{}",
                    directory.join(name).with_extension("db").display()
                ),
                _kept: None,
            },
            Database::Postgresql => Self::kept(Postgres::shared().fresh_database()),
            Database::Mariadb => Self::kept(Mariadb::shared().fresh_database()),
        }
    }

    fn kept(fresh: TestDatabase) -> Self {
        Self {
            // As most people write it; MariaDB is called `mysql` then.
            url: fresh.url.replacen("mariadb://", "mysql://", 1),
            _kept: Some(fresh),
        }
    }

    /// The URL as SQLAlchemy takes it.
    pub(super) fn driver_url(&self) -> String {
        let url = self.url.replacen("postgresql://", "postgresql+psycopg2://", 1);
        url.replacen("mysql://", "mysql+pymysql://", 1)
    }

    /// What is there, but for the lines that have something of `lost` on SQLite.
    pub(super) fn schema(&self, lost: &[&str]) -> String {
        let schema = application_schema(&self.url);
        if !self.url.starts_with("sqlite:") {
            return schema;
        }
        let kept = schema
            .lines()
            .filter(|line| !lost.iter().any(|lost| line.contains(lost)));
        kept.collect::<Vec<_>>().join("\n")
    }

    /// The version rows, as limbeck reads them.
    pub(super) fn rows(&self, configuration: &Path) -> Result<String, Failed> {
        let mut limbeck = Command::new(env!("CARGO_BIN_EXE_limbeck"));
        let output = limbeck
            .arg("-c")
            .arg(configuration)
            .args(["current", "--url", &self.url])
            .output()?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}
