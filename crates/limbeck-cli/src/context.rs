//! What a command needs: the configuration, the revisions, the database.

use std::env;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use limbeck::database::{Options, Url};
use limbeck::script::{EmbeddedFile, Naming, Scripts};
use limbeck::{
    BackupPolicy, BackupWhen, Dialect, Error, Migrator, SchemaSource, Source, Tables, Transaction,
};

use crate::Program;
use crate::alembic::Alembic;
use crate::cli::Global;
use crate::config::{self, Config, Loaded, TransactionSetting, WhenSetting};
use crate::progress::Progress;
use crate::report::CliError;
use crate::signals::Signals;
use crate::ui::Ui;

/// What a command needs.
pub(crate) struct Context<'a> {
    pub(crate) ui: &'a Ui,
    pub(crate) signals: &'a Signals,
    pub(crate) config: Config,
    pub(crate) naming: Naming,
    /// The directories of the revisions; at least one.
    pub(crate) directories: Vec<PathBuf>,
    /// The revisions that are in the program, where they are those that are meant.
    embedded: Option<&'static [EmbeddedFile]>,
    /// The models that are in the program.
    tables: Option<Tables>,
    /// The Alembic directory, where the revisions are those of one.
    pub(crate) alembic: Option<Alembic>,
    here: PathBuf,
    url: Option<String>,
}

impl<'a> Context<'a> {
    pub(crate) fn new(
        global: &Global,
        program: Option<Program>,
        ui: &'a Ui,
        signals: &'a Signals,
    ) -> Result<Self, CliError> {
        let Loaded {
            config,
            here,
            alembic,
        } = config::load(&global.config, global.name.as_deref(), &global.x)?;
        // A program's own revisions, and a directory that is named, are in SQL.
        let alembic = alembic.filter(|_| program.is_none() && global.dir.is_empty());
        let alembic = alembic.map(|mut files| {
            if let Some(name) = &global.name {
                files.section.clone_from(name);
            }
            Alembic::read(&files, &config, &global.x)
        });
        let mut alembic = alembic.transpose()?;
        let naming = config
            .migrations
            .naming
            .as_deref()
            .map(str::parse)
            .transpose()
            .map_err(|message: String| CliError::failed(format!("[migrations] naming: {message}")))?;
        let variable = |name| env::var(name).ok().filter(|value| !value.is_empty());
        let url = global
            .url
            .clone()
            .or_else(|| variable("LIMBECK_URL"))
            .or_else(|| variable("DATABASE_URL"));
        let url = url
            .or_else(|| config.database.url.clone())
            .or_else(|| alembic.as_ref().and_then(Alembic::url));
        if let (Some(alembic), Some(url)) = (&mut alembic, &url) {
            alembic.is_at(url);
        }
        let directories = match &alembic {
            Some(alembic) => alembic.config.version_locations.clone(),
            None => directories(global, &config, &here),
        };
        let own_naming = match alembic {
            Some(_) => Naming::Hash,
            None => Naming::default(),
        };
        let embedded = program.as_ref().map(|program| program.revisions);
        let tables = program.map(|program| program.tables);
        Ok(Self {
            ui,
            signals,
            naming: naming.unwrap_or(own_naming),
            directories,
            embedded: embedded.filter(|_| global.dir.is_empty()),
            tables: tables.filter(|tables| !tables.tables.is_empty()),
            alembic,
            here,
            url,
            config,
        })
    }

    /// Lets the files count, not what was embedded of them.
    pub(crate) fn take_revisions_from_files(&mut self) {
        self.embedded = None;
    }

    /// Where the revisions are.
    fn source(&self) -> Source {
        match (self.embedded, &self.alembic) {
            (Some(files), _) => files.into(),
            (None, Some(alembic)) => alembic.source(),
            (None, None) => self.directories.clone().into(),
        }
    }

    /// A path of the configuration, which is relative to its file.
    pub(crate) fn path(&self, path: &Path) -> PathBuf {
        self.here.join(path)
    }

    /// The version table, with its schema where one is configured.
    pub(crate) fn version_table(&self) -> Result<String, CliError> {
        let (schema, table) = self.version_table_parts()?;
        let table = table.unwrap_or_else(|| "alembic_version".to_owned());
        Ok(match schema {
            Some(schema) => format!("{schema}.{table}"),
            None => table,
        })
    }

    /// The schema and the name of the version table, as limbeck's configuration says, or else env.py.
    fn version_table_parts(&self) -> Result<(Option<String>, Option<String>), CliError> {
        let database = &self.config.database;
        let said = |configured: &Option<String>, name| match (configured, &self.alembic) {
            (Some(value), _) => Ok(Some(value.clone())),
            (None, Some(alembic)) => alembic.text(name),
            (None, None) => Ok(None),
        };
        let schema = said(&database.version_table_schema, "version_table_schema")?;
        Ok((schema, said(&database.version_table, "version_table")?))
    }

    /// Where the models are.
    pub(crate) fn models(&self) -> Result<SchemaSource, CliError> {
        let models = &self.config.models;
        let sources = [
            models.sql.as_ref().map(|path| SchemaSource::Sql(self.path(path))),
            models.command.as_ref().map(|command| SchemaSource::Command {
                command: command.clone(),
                directory: self.here.clone(),
            }),
            models.sqlalchemy.as_ref().map(|object| SchemaSource::Sqlalchemy {
                object: object.clone(),
                python: python(),
                directory: self.here.clone(),
            }),
            models
                .diesel
                .as_ref()
                .map(|paths| SchemaSource::Diesel(paths.iter().map(|path| self.path(path)).collect())),
            self.tables.clone().map(SchemaSource::Tables),
        ];
        let mut sources = sources.into_iter().flatten();
        match (sources.next(), sources.next()) {
            (Some(source), None) => Ok(source),
            (None, _) if let Some(alembic) = &self.alembic => Ok(alembic.models(self.ui)),
            (Some(_), Some(_)) if self.tables.is_some() => Err(CliError::failed(
                "[models] in limbeck.toml names a source, and this program has tables of its own: leave that of limbeck.toml away",
            )),
            (Some(_), Some(_)) => Err(CliError::failed(
                "[models] in limbeck.toml has several sources: leave one of sql, sqlalchemy, diesel and command",
            )),
            (None, _) => Err(CliError::failed(
                "there are no models to compare with: say where they are in limbeck.toml, under [models], as sql = \
                 \"schema.sql\", sqlalchemy = \"app.models:Base\", diesel = \"src/schema.rs\", or command = [\"PROGRAM\", …]",
            )),
        }
    }

    /// Where it is kept what models made, if it is (XDG Base Directory Specification).
    pub(crate) fn cache(&self) -> Option<PathBuf> {
        if self.config.models.cache == Some(false) {
            return None;
        }
        let directory = |name| {
            env::var_os(name)
                .map(PathBuf::from)
                .filter(|path| path.is_absolute())
        };
        let base = directory("XDG_CACHE_HOME").or_else(|| Some(directory("HOME")?.join(".cache")))?;
        Some(base.join("limbeck"))
    }

    /// The kind of the configured database.
    pub(crate) fn own_dialect(&self) -> Result<Dialect, CliError> {
        Ok(Url::parse(self.url()?).map_err(Error::from)?.dialect())
    }

    /// The kinds of databases that revisions are written for, that of the configured one first.
    pub(crate) fn dialects(&self) -> Result<Vec<Dialect>, CliError> {
        let mut dialects = vec![self.own_dialect()?];
        for name in &self.config.models.dialects {
            let dialect: Dialect = name
                .parse()
                .map_err(|error| CliError::failed(format!("[models] dialects: {error}")))?;
            if !dialects.iter().any(|known| same_kind(*known, dialect)) {
                dialects.push(dialect);
            }
        }
        Ok(dialects)
    }

    /// The kinds that the configured database is not of, each with a database to try revisions on.
    pub(crate) fn other_dialects(&self) -> Result<Vec<(Dialect, String)>, CliError> {
        let url = |dialect: Dialect| match self.config.models.scratch.get(dialect.name()) {
            Some(url) => match Url::parse(url).map_err(Error::from)?.dialect() {
                there if same_kind(there, dialect) => Ok((dialect, url.clone())),
                there => Err(CliError::failed(format!(
                    "[models.scratch] {dialect} leads to a database of another kind: {there}"
                ))),
            },
            None if dialect == Dialect::Sqlite => Ok((dialect, "sqlite::memory:".to_owned())),
            None => Err(CliError::failed(format!(
                "[models] dialects has {dialect}, which the configured database is not: name an empty database to write for, as \
                 {dialect} = \"URL\" under [models.scratch]"
            ))),
        };
        self.dialects()?.into_iter().skip(1).map(url).collect()
    }

    /// The database that is configured.
    pub(crate) fn database(&self) -> Result<SchemaSource, CliError> {
        Ok(SchemaSource::Database(self.url()?.to_owned()))
    }

    fn url(&self) -> Result<&str, CliError> {
        match (&self.url, &self.alembic) {
            (Some(url), _) => Ok(url),
            (None, Some(alembic)) => Err(alembic.no_url()),
            (None, None) => Err(Error::NoUrl.into()),
        }
    }

    /// Reads the revisions.
    pub(crate) fn scripts(&self) -> Result<Arc<Scripts>, CliError> {
        Ok(Migrator::new(self.source()).scripts()?)
    }

    /// A migrator for the database.
    pub(crate) fn migrator(&self) -> Result<Migrator, CliError> {
        self.migrator_of(self.source())
    }

    /// A migrator for revisions that were read already.
    pub(crate) fn migrator_of(&self, source: impl Into<limbeck::Source>) -> Result<Migrator, CliError> {
        let database = &self.config.database;
        if let (None, Some(alembic)) = (&self.url, &self.alembic) {
            return Err(alembic.no_url());
        }
        let (schema, table) = self.version_table_parts()?;
        let mut options = Options {
            search_path: database.search_path.clone(),
            default_user: env::var("USER").ok(),
            application_name: format!("limbeck {}", who()),
            ..Options::default()
        };
        if let Some(limit) = database.connect_timeout {
            options.connect_timeout = limit.0;
        }
        let mut migrator = Migrator::new(source)
            .options(options)
            .version_table_schema(schema)
            .who(who())
            .cancel_token(self.signals.token())
            .observer(Progress::new(self.ui));
        if let Some(url) = &self.url {
            migrator = migrator.url(url);
        }
        if let Some(table) = table {
            migrator = migrator.version_table(table);
        }
        if let Some(limit) = self.config.run.lock_wait {
            migrator = migrator.lock_wait(limit.0);
        }
        if let Some(mode) = self.config.run.lock {
            migrator = migrator.lock(mode.0);
        }
        if let Some(length) = self.config.run.lease {
            migrator = migrator.lease(length.0);
        }
        // Nought is no limit, as it is to PostgreSQL.
        let limit = |limit: config::Seconds| Some(limit.0).filter(|limit| !limit.is_zero());
        if let Some(timeout) = self.config.run.lock_timeout {
            migrator = migrator.lock_timeout(limit(timeout));
        }
        if let Some(timeout) = self.config.run.statement_timeout {
            migrator = migrator.statement_timeout(limit(timeout));
        }
        if let Some(count) = self.config.run.retries {
            migrator = migrator.retries(count);
        }
        Ok(migrator.transaction(self.transaction()))
    }

    /// Whether a revision or a whole run is one transaction.
    fn transaction(&self) -> Transaction {
        match (self.config.migrations.transaction, &self.alembic) {
            (Some(TransactionSetting::WholeRun), _) => Transaction::WholeRun,
            (Some(TransactionSetting::PerRevision), _) | (None, None) => Transaction::default(),
            (None, Some(alembic)) => {
                alembic.tell_of_rest(self.ui);
                // Only where env.py says so: Alembic's own default would hold every lock until the last revision is done.
                match alembic.transaction_per_migration(self.ui) {
                    Some(false) => Transaction::WholeRun,
                    Some(true) | None => Transaction::default(),
                }
            }
        }
    }

    /// When to back up, where to, and how many backups to keep.
    pub(crate) fn backup_policy(&self) -> BackupPolicy {
        let backup = &self.config.backup;
        BackupPolicy {
            when: match backup.when {
                Some(WhenSetting::Never) => BackupWhen::Never,
                Some(WhenSetting::Always) => BackupWhen::Always,
                Some(WhenSetting::Destructive) | None => BackupWhen::Destructive,
            },
            dir: self.path(backup.dir.as_deref().unwrap_or(Path::new("backups"))),
            // Nought would be an order to keep none.
            keep: Some(backup.keep.unwrap_or(5)).filter(|keep| *keep > 0),
        }
    }

    /// A migrator that backs up as the configuration says, unless it is told not to.
    pub(crate) fn migrator_with_backup(&self, no_backup: bool) -> Result<Migrator, CliError> {
        let migrator = self.migrator()?;
        Ok(if no_backup {
            migrator
        } else {
            migrator.backup(self.backup_policy())
        })
    }

    /// The version rows, where a target speaks of them.
    pub(crate) fn rows_for(&self, targets: &[&str]) -> Result<Vec<String>, CliError> {
        let speaks = |target: &&str| target.split([':', '@']).any(|part| part == "current");
        if targets.iter().any(speaks) {
            Ok(self.migrator()?.current()?)
        } else {
            Ok(Vec::new())
        }
    }
}

/// Whether a URL can't tell them apart.
fn same_kind(one: Dialect, other: Dialect) -> bool {
    let mysql = |dialect| matches!(dialect, Dialect::Mysql | Dialect::Mariadb);
    one == other || mysql(one) && mysql(other)
}

fn directories(global: &Global, config: &Config, here: &Path) -> Vec<PathBuf> {
    if !global.dir.is_empty() {
        return global.dir.clone();
    }
    let configured: Vec<PathBuf> = config
        .migrations
        .dir
        .iter()
        .chain(&config.migrations.dirs)
        .map(|dir| here.join(dir))
        .collect();
    if configured.is_empty() {
        vec![here.join("migrations")]
    } else {
        configured
    }
}

/// The project's Python.
pub(crate) fn python() -> PathBuf {
    let named = env::var_os("LIMBECK_PYTHON").filter(|value| !value.is_empty());
    let python = PathBuf::from(named.unwrap_or_else(|| "python3".into()));
    // A path is one from here; the models may be run elsewhere. A mere name is looked for in PATH.
    if python.components().count() > 1 {
        std::path::absolute(&python).unwrap_or(python)
    } else {
        python
    }
}

/// Who runs this, for the journal: `ada@laptop pid 4711`.
fn who() -> String {
    let user = env::var("USER")
        .or_else(|_| env::var("LOGNAME"))
        .unwrap_or_else(|_| "unknown".to_owned());
    format!(
        "{user}@{} pid {}",
        gethostname::gethostname().to_string_lossy(),
        std::process::id()
    )
}
