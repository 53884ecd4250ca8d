//! limbeck.toml, or `[tool.limbeck]` of pyproject.toml.

mod files;

use std::collections::{BTreeMap, HashMap};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use limbeck::LockMode;
use limbeck_python::ConfigFiles;
use serde::Deserialize;
use toml::{Table, Value};

use crate::report::CliError;
use files::Files;

/// What the configuration says, with its variables filled in.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Config {
    pub(crate) database: Database,
    pub(crate) migrations: Migrations,
    pub(crate) run: Run,
    pub(crate) backup: Backup,
    pub(crate) models: Models,
    /// Says that the revisions are those of an Alembic directory.
    pub(crate) alembic: Option<Alembic>,
    /// `[section.NAME]`: tables of the same kind, which `-n NAME` puts over the others.
    pub(crate) section: HashMap<String, Section>,
}

/// What an Alembic directory does not say where it can be read.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Alembic {
    /// alembic.ini, pyproject.toml, or both; otherwise those beside this file.
    config: Option<Paths>,
    /// The naming convention of the models' metadata.
    pub(crate) naming_convention: BTreeMap<String, String>,
    /// Which revisions the project's Python runs.
    pub(crate) python: Python,
    /// Whether changes of tables are written as batches.
    pub(crate) render_as_batch: Option<bool>,
    pub(crate) include_schemas: Option<bool>,
}

/// Which revisions the project's Python runs.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Python {
    Never,
    /// Those that limbeck doesn't understand.
    #[default]
    Auto,
    Always,
}

/// What `-n` chooses from.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Sections {
    section: HashMap<String, Section>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Section {
    database: Table,
    migrations: Table,
    run: Table,
    backup: Table,
    models: Table,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Database {
    pub(crate) url: Option<String>,
    pub(crate) version_table: Option<String>,
    pub(crate) version_table_schema: Option<String>,
    pub(crate) search_path: Option<String>,
    pub(crate) connect_timeout: Option<Seconds>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Migrations {
    pub(crate) dir: Option<PathBuf>,
    pub(crate) dirs: Vec<PathBuf>,
    pub(crate) naming: Option<String>,
    pub(crate) template: Option<PathBuf>,
    pub(crate) transaction: Option<TransactionSetting>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum TransactionSetting {
    PerRevision,
    WholeRun,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Run {
    pub(crate) wait: Option<Seconds>,
    pub(crate) lock: Option<Lock>,
    pub(crate) lease: Option<Seconds>,
    pub(crate) lock_wait: Option<Seconds>,
    pub(crate) lock_timeout: Option<Seconds>,
    pub(crate) statement_timeout: Option<Seconds>,
    pub(crate) retries: Option<u32>,
}

/// Where the schema that is wanted is told: by one of these, if at all.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Models {
    pub(crate) sql: Option<PathBuf>,
    pub(crate) command: Option<Vec<String>>,
    pub(crate) sqlalchemy: Option<String>,
    pub(crate) diesel: Option<Paths>,
    /// Patterns of names that nothing is said of.
    pub(crate) ignore: Vec<String>,
    /// Whether what is written lets the application go on.
    pub(crate) online: Option<bool>,
    /// The kinds of databases that revisions are written for; without it, that of the configured one.
    pub(crate) dialects: Vec<String>,
    /// Empty databases of the other kinds, to try revisions on.
    pub(crate) scratch: HashMap<String, String>,
    /// Whether it is kept what models made.
    pub(crate) cache: Option<bool>,
}

/// A path, or several.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged, expecting = "this is a path, or a list of paths")]
pub(crate) enum Paths {
    One(PathBuf),
    Several(Vec<PathBuf>),
}

impl Paths {
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Path> {
        let paths = match self {
            Self::One(path) => std::slice::from_ref(path),
            Self::Several(paths) => paths,
        };
        paths.iter().map(PathBuf::as_path)
    }
}

/// How runs are kept apart: `auto`, `session` or `lease`.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Lock(pub(crate) LockMode);

impl TryFrom<String> for Lock {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse().map(Self)
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Backup {
    pub(crate) when: Option<WhenSetting>,
    pub(crate) dir: Option<PathBuf>,
    pub(crate) keep: Option<usize>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum WhenSetting {
    Never,
    Destructive,
    Always,
}

/// A duration: a number of seconds, or a text such as `500ms`, `30s`, `5m`.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "Value")]
pub(crate) struct Seconds(pub(crate) Duration);

impl TryFrom<Value> for Seconds {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, String> {
        let text = match value {
            Value::Integer(seconds) => format!("{seconds}s"),
            Value::String(text) => text,
            other => {
                return Err(format!(
                    "{other} is no duration: write a number of seconds, or \"500ms\", \"30s\", \"5m\""
                ));
            }
        };
        duration(&text).map(Self)
    }
}

/// Reads `500ms`, `30s`, `5m`, or a plain number of seconds.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let split = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    match (number.parse::<u64>(), unit.trim()) {
        (Ok(number), "ms") => Ok(Duration::from_millis(number)),
        (Ok(number), "" | "s") => Ok(Duration::from_secs(number)),
        (Ok(number), "m" | "min") => Ok(Duration::from_secs(number.saturating_mul(60))),
        _ => Err(format!(
            "'{text}' is no duration: write a number of seconds, or 500ms, 30s, 5m"
        )),
    }
}

/// Where the configuration was found.
#[derive(Debug, Default)]
pub(crate) struct Loaded {
    pub(crate) config: Config,
    /// The directory that relative paths in it start from.
    pub(crate) here: PathBuf,
    /// The configuration of an Alembic directory, where that is what is worked on.
    pub(crate) alembic: Option<ConfigFiles>,
}

/// Loads the configuration: the files named, or those of the directory.
pub(crate) fn load(named: &[PathBuf], section: Option<&str>, x: &[String]) -> Result<Loaded, CliError> {
    let mut files = Files::find(named)?;
    let path = files.limbeck.clone().or_else(|| files.pyproject.clone());
    let here = path
        .as_ref()
        .or(files.ini.as_ref())
        .and_then(|path| path.parent());
    let here = here.map(Path::to_owned).unwrap_or_default();
    let mut file = match &path {
        Some(path) => File::read(path, files.limbeck.is_none())?,
        None => File::default(),
    };
    let has_own = !file.table.is_empty();
    let of_alembic = match files.limbeck {
        Some(_) => file.table.contains_key("alembic"),
        None => files.ini.is_some() || has_alembic(files.pyproject.as_deref())?,
    };
    if !of_alembic && files.limbeck.is_none() && !has_own {
        nothing_found(&files, section)?;
    }
    // In an Alembic directory the name may be one of alembic.ini's alone.
    let section = section.filter(|name| !of_alembic || file.has_section(name));
    let variables = Variables { here: &here, x };
    let config = file.config(section, &variables)?;
    if of_alembic {
        if files.limbeck.is_some() {
            add_named(&mut files, &config, &here)?;
            files.take_those_beside(&here);
        }
        if config.migrations.dir.is_some() || !config.migrations.dirs.is_empty() {
            return Err(file.failed(
                "[migrations] dir says nothing about an Alembic directory: leave it away, since script_location and \
                 version_locations of its configuration say where the revisions are",
            ));
        }
    }
    let alembic = of_alembic.then_some(files);
    Ok(Loaded {
        config,
        here,
        alembic: alembic.map(|files| ConfigFiles {
            ini: files.ini,
            pyproject: files.pyproject,
            ..ConfigFiles::default()
        }),
    })
}

/// Whether a pyproject.toml has `[tool.alembic]`.
fn has_alembic(pyproject: Option<&Path>) -> Result<bool, CliError> {
    let Some(path) = pyproject else { return Ok(false) };
    limbeck_python::Config::is_in(path).map_err(|error| CliError::failed(error.to_string()))
}

/// There is no configuration, which is fine unless something of it was named.
fn nothing_found(files: &Files, section: Option<&str>) -> Result<(), CliError> {
    if let Some(path) = files.pyproject.as_ref().filter(|_| files.named) {
        return Err(CliError::failed(format!(
            "{} has neither [tool.alembic] nor [tool.limbeck]",
            path.display()
        )));
    }
    match section {
        Some(section) => Err(CliError::usage(format!(
            "there is no limbeck.toml here, so -n {section} names nothing"
        ))),
        None => Ok(()),
    }
}

/// Adds the files that `[alembic] config` names.
fn add_named(files: &mut Files, config: &Config, here: &Path) -> Result<(), CliError> {
    let named = config
        .alembic
        .as_ref()
        .and_then(|alembic| alembic.config.as_ref());
    let named: Vec<PathBuf> = named
        .iter()
        .flat_map(|paths| paths.iter())
        .map(|path| here.join(path))
        .collect();
    if !named.is_empty() {
        let named = Files::find(&named)?;
        files.ini = files.ini.take().or(named.ini);
        files.pyproject = files.pyproject.take().or(named.pyproject);
    }
    Ok(())
}

/// A file, and what of it is limbeck's.
#[derive(Debug, Default)]
struct File {
    path: PathBuf,
    /// Its text, where that is limbeck's alone.
    text: Option<String>,
    table: Table,
}

impl File {
    fn read(path: &Path, is_pyproject: bool) -> Result<Self, CliError> {
        let text = fs::read_to_string(path).map_err(|error| {
            CliError::failed(format!(
                "can't read the configuration '{}': {error}",
                path.display()
            ))
        })?;
        let mut file = Self {
            path: path.to_owned(),
            ..Self::default()
        };
        // Read as it stands first: positions in messages are those of the file. What waits for variables is read behind that.
        if !is_pyproject
            && let Err(error) = toml::from_str::<Config>(&text)
            && !text.contains("${")
        {
            return Err(file.failed(with_suggestion(&error)));
        }
        let table: Table =
            toml::from_str(&text).map_err(|error: toml::de::Error| file.failed(error.to_string()))?;
        file.table = if is_pyproject { of_limbeck(table) } else { table };
        file.text = Some(text).filter(|_| !is_pyproject);
        Ok(file)
    }

    fn failed(&self, message: impl AsRef<str>) -> CliError {
        CliError::failed(format!("{}: {}", self.path.display(), message.as_ref()))
    }

    fn has_section(&self, name: &str) -> bool {
        let sections = self.table.get("section").and_then(Value::as_table);
        sections.is_some_and(|sections| sections.contains_key(name))
    }

    /// What it says, with a section over the rest and its variables filled in.
    fn config(&mut self, section: Option<&str>, variables: &Variables<'_>) -> Result<Config, CliError> {
        if let Some(name) = section {
            let sections = match &self.text {
                Some(text) => toml::from_str(text),
                None => self.table.clone().try_into(),
            };
            let Sections { section: sections } =
                sections.map_err(|error| self.failed(with_suggestion(&error)))?;
            let Some(section) = sections.get(name) else {
                let mut known: Vec<&str> = sections.keys().map(String::as_str).collect();
                known.sort_unstable();
                let known = if known.is_empty() {
                    "none".to_owned()
                } else {
                    known.join(", ")
                };
                return Err(self.failed(format!("there is no [section.{name}] (there is: {known})")));
            };
            overlay(&mut self.table, section);
        }
        let mut table = self.table.clone();
        table.remove("section");
        let mut value = Value::Table(table);
        variables
            .fill(&mut value)
            .map_err(|message| self.failed(message))?;
        value
            .try_into()
            .map_err(|error: toml::de::Error| self.failed(with_suggestion(&error)))
    }
}

/// `[tool.limbeck]`.
fn of_limbeck(mut pyproject: Table) -> Table {
    match pyproject.remove("tool") {
        Some(Value::Table(mut tool)) => match tool.remove("limbeck") {
            Some(Value::Table(table)) => table,
            _ => Table::new(),
        },
        _ => Table::new(),
    }
}

fn overlay(table: &mut Table, section: &Section) {
    for (name, values) in [
        ("database", &section.database),
        ("migrations", &section.migrations),
        ("run", &section.run),
        ("backup", &section.backup),
        ("models", &section.models),
    ] {
        let under = table.entry(name).or_insert_with(|| Value::Table(Table::new()));
        if let Value::Table(under) = under {
            under.extend(values.clone());
        }
    }
}

/// The values of `${NAME}`: `-x` first, then the environment. `${here}` is the directory of the file.
struct Variables<'a> {
    here: &'a Path,
    x: &'a [String],
}

impl Variables<'_> {
    fn fill(&self, value: &mut Value) -> Result<(), String> {
        match value {
            Value::String(text) => *text = self.expand(text)?,
            Value::Array(values) => values.iter_mut().try_for_each(|value| self.fill(value))?,
            Value::Table(table) => table.iter_mut().try_for_each(|(_, value)| self.fill(value))?,
            Value::Integer(_) | Value::Float(_) | Value::Boolean(_) | Value::Datetime(_) => {}
        }
        Ok(())
    }

    fn expand(&self, text: &str) -> Result<String, String> {
        let mut result = String::new();
        let mut rest = text;
        while let Some(start) = rest.find("${") {
            let (before, after) = (&rest[..start], &rest[start + 2..]);
            let end = after
                .find('}')
                .ok_or_else(|| format!("'{text}' has a ${{ without its }}"))?;
            let (name, default) = match after[..end].split_once(":-") {
                Some((name, default)) => (name, Some(default)),
                None => (&after[..end], None),
            };
            result.push_str(before);
            // As in a shell, a default stands in for what is empty too.
            let value = self
                .get(name)
                .filter(|value| default.is_none() || !value.is_empty());
            match value.or_else(|| default.map(str::to_owned)) {
                Some(value) => result.push_str(&value),
                None => {
                    return Err(format!(
                        "${{{name}}} is not set: set it in the environment or with -x {name}=VALUE, or write a default: \
                         ${{{name}:-VALUE}}"
                    ));
                }
            }
            rest = &after[end + 1..];
        }
        Ok(result + rest)
    }

    fn get(&self, name: &str) -> Option<String> {
        if name == "here" {
            let here = self.here.display().to_string();
            return Some(if here.is_empty() { ".".to_owned() } else { here });
        }
        let given = self.x.iter().rev().find_map(|pair| match pair.split_once('=') {
            Some((key, value)) => (key == name).then(|| value.to_owned()),
            None => (pair == name).then(String::new),
        });
        given.or_else(|| env::var(name).ok())
    }
}

/// The error, with the nearest known key where a key is unknown.
fn with_suggestion(error: &toml::de::Error) -> String {
    let text = error.to_string().trim_end().to_owned();
    let mut quoted = error.message().split('`').skip(1).step_by(2);
    if !error.message().starts_with("unknown field") {
        return text;
    }
    let Some(written) = quoted.next() else { return text };
    let nearest = quoted.map(|key| (strsim::levenshtein(written, key), key)).min();
    match nearest {
        Some((distance, key)) if distance <= written.len().max(3) / 2 => {
            format!("{text}\nhelp: did you mean '{key}'?")
        }
        _ => text,
    }
}
