//! An Alembic directory: where its revisions are, and what its configuration and env.py say.

pub(crate) mod hooks;
pub(crate) mod new_file;
mod writer;

use std::cell::RefCell;
use std::collections::HashSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use limbeck::{SchemaSource, Source};
use limbeck_python::{Computed, Config, ConfigFiles, Environment, Python, Surroundings, UrlSource};
use serde_json::json;

use crate::config;
use crate::context;
use crate::log::{Level, Line};
use crate::report::CliError;
use crate::ui::Ui;
pub(crate) use writer::Writer;

/// An Alembic directory.
pub(crate) struct Alembic {
    pub(crate) config: Arc<Config>,
    environment: Environment,
    surroundings: Surroundings,
    /// What limbeck's configuration says instead of env.py.
    render_as_batch: Option<bool>,
    include_schemas: Option<bool>,
    /// Whether limbeck's configuration says what is not compared.
    ignores: bool,
    /// What of env.py was said not to be known.
    told: RefCell<HashSet<String>>,
}

/// What Alembic writes into a new alembic.ini, and is no database.
const PLACEHOLDER: &str = "driver://user:pass@localhost/dbname";

impl Alembic {
    pub(crate) fn read(
        files: &ConfigFiles,
        settings: &config::Config,
        x: &[String],
    ) -> Result<Self, CliError> {
        let failed = |error: limbeck_python::ConfigError| CliError::failed(error.to_string());
        let version_table_schema = settings.database.version_table_schema.clone();
        let ignores = !settings.models.ignore.is_empty();
        let settings = settings.alembic.as_ref();
        let config = Config::read(files, &python_path()).map_err(failed)?;
        let environment: Vec<(String, String)> = env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        let conventions = settings.map(|settings| settings.naming_convention.clone());
        let python = match settings.map(|settings| settings.python).unwrap_or_default() {
            config::Python::Never => Python::Never,
            config::Python::Auto => Python::Auto(context::python()),
            config::Python::Always => Python::Always(context::python()),
        };
        let mut surroundings = Surroundings {
            url: None,
            x: x.to_vec(),
            environment,
            naming_convention: conventions.unwrap_or_default().into_iter().collect(),
            python,
            version_table_schema: None,
        };
        let environment = Environment::read(&config, &surroundings).map_err(failed)?;
        // Where it is computed, whoever needs it is told which key says it.
        surroundings.version_table_schema =
            version_table_schema.or_else(|| environment.text("version_table_schema").unwrap_or_default());
        Ok(Self {
            environment,
            surroundings,
            config: Arc::new(config),
            render_as_batch: settings.and_then(|settings| settings.render_as_batch),
            include_schemas: settings.and_then(|settings| settings.include_schemas),
            ignores,
            told: RefCell::default(),
        })
    }

    /// Says which URL the database has.
    pub(crate) fn is_at(&mut self, url: &str) {
        self.surroundings.url = Some(url.to_owned());
    }

    /// Where the revisions are.
    pub(crate) fn source(&self) -> Source {
        let (config, surroundings) = (Arc::clone(&self.config), self.surroundings.clone());
        Source::function(move || limbeck_python::scripts(&config, &surroundings))
    }

    /// The database, where configuration and env.py tell it.
    pub(crate) fn url(&self) -> Option<String> {
        match &self.environment.url {
            UrlSource::Configuration => self
                .config
                .url
                .clone()
                .filter(|url| url != PLACEHOLDER && !url.is_empty()),
            UrlSource::Text(url) => Some(url.clone()),
            UrlSource::Computed(_) => None,
        }
    }

    /// The models that env.py has.
    pub(crate) fn models(&self, ui: &Ui) -> SchemaSource {
        for hook in ["include_object", "include_name"] {
            if let Err(computed) = self.environment.flag(hook)
                && !self.ignores
            {
                self.tell(ui, &computed, hook, "[models] ignore");
            }
        }
        let include_schemas = self.flag(
            ui,
            self.include_schemas,
            "include_schemas",
            "[alembic] include_schemas",
        );
        let files = &self.config.files;
        // Python is run here, as Alembic would be.
        let absolute = |path: &PathBuf| std::path::absolute(path).unwrap_or_else(|_| path.clone());
        SchemaSource::TargetMetadata {
            ini: files.ini.as_ref().map(absolute),
            pyproject: files.pyproject.as_ref().map(absolute),
            section: files.section.clone(),
            x: self.surroundings.x.clone(),
            python: context::python(),
            directory: PathBuf::new(),
            include_schemas,
        }
    }

    /// What env.py says of one of its flags, unless limbeck's configuration says it, under `[alembic]`.
    fn flag(&self, ui: &Ui, configured: Option<bool>, name: &'static str, key: &str) -> bool {
        let said = configured.or_else(|| {
            self.environment.flag(name).unwrap_or_else(|computed| {
                self.tell(ui, &computed, name, key);
                None
            })
        });
        said.unwrap_or(false)
    }

    /// What writes revisions from models.
    pub(crate) fn writer(&self, ui: &Ui) -> Writer {
        let batch = self.flag(
            ui,
            self.render_as_batch,
            "render_as_batch",
            "[alembic] render_as_batch",
        );
        Writer::new(batch, &self.surroundings)
    }

    /// Why no database is known.
    pub(crate) fn no_url(&self) -> CliError {
        let UrlSource::Computed(computed) = &self.environment.url else {
            return CliError::failed(
                "no database was named: give its URL with --url, in DATABASE_URL, or as sqlalchemy.url in alembic.ini",
            );
        };
        CliError::failed(format!(
            "{} takes the database from {}, and limbeck does not run env.py: give its URL with --url, or in DATABASE_URL",
            self.place(computed),
            computed.source
        ))
    }

    /// A text that env.py gives to `configure`.
    pub(crate) fn text(&self, name: &str) -> Result<Option<String>, CliError> {
        self.environment.text(name).map_err(|computed| {
            CliError::failed(format!(
                "{}: {name} is {}, and limbeck does not run env.py: say it under [tool.limbeck.database] in pyproject.toml, or \
                 under [database] in a limbeck.toml that has [alembic] too, as {name} = \"…\"",
                self.place(&computed),
                computed.source
            ))
        })
    }

    /// Whether env.py says that each revision, or all of a run, is one transaction.
    pub(crate) fn transaction_per_migration(&self, ui: &Ui) -> Option<bool> {
        match self.environment.flag("transaction_per_migration") {
            Ok(flag) => flag,
            Err(computed) => {
                self.tell(
                    ui,
                    &computed,
                    "transaction_per_migration",
                    "[migrations] transaction",
                );
                None
            }
        }
    }

    /// Says once which arguments are not known at all.
    pub(crate) fn tell_of_rest(&self, ui: &Ui) {
        if let Some(computed) = &self.environment.rest {
            self.tell(
                ui,
                computed,
                "what else is given to configure()",
                "[database] version_table, version_table_schema and [migrations] transaction",
            );
        }
    }

    fn tell(&self, ui: &Ui, computed: &Computed, what: &str, keys: &str) {
        let message = format!(
            "{}: {what} is {}, which limbeck does not run: if it matters, set {keys} of limbeck's configuration",
            self.place(computed),
            computed.source
        );
        if !self.told.borrow_mut().insert(message.clone()) {
            return;
        }
        let line = Line {
            level: Level::Warn,
            event: "env_not_known",
            fields: json!({ "file": self.environment.file.display().to_string(), "line": computed.line }),
            message,
        };
        ui.log(&line, || Some(format!("warning: {}", line.message)));
    }

    fn place(&self, computed: &Computed) -> String {
        format!("{}:{}", self.environment.file.display(), computed.line)
    }
}

/// Where the project's Python would look for modules: what `PYTHONPATH` says, the site-packages of its environment, and here.
fn python_path() -> Vec<PathBuf> {
    let variable = env::var_os("PYTHONPATH").unwrap_or_default();
    let mut path: Vec<PathBuf> = env::split_paths(&variable)
        .filter(|path| !path.as_os_str().is_empty())
        .collect();
    let active = env::var_os("VIRTUAL_ENV")
        .filter(|value| !value.is_empty())
        .map(PathBuf::from);
    let homes = active
        .into_iter()
        .chain([PathBuf::from(".venv"), PathBuf::from("venv")]);
    path.extend(homes.flat_map(|home| site_packages(&home)));
    path.push(PathBuf::from("."));
    path
}

fn site_packages(home: &Path) -> Vec<PathBuf> {
    let versions = fs::read_dir(home.join("lib")).into_iter().flatten().flatten();
    let directories = versions.map(|version| version.path().join("site-packages"));
    directories.filter(|path| path.is_dir()).collect()
}
