//! What env.py says, read and not run: the arguments of `context.configure(…)`, and where URL and models come from.

mod convention;
mod read;
mod value;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::config::{Config, ConfigError};
use crate::revision::Surroundings;
pub(crate) use convention::of_models;
use read::Reader;
pub(crate) use read::dotted;
use value::Literal;

/// What env.py says.
///
/// # Examples
/// ```
/// # let dir = tempfile::tempdir().unwrap();
/// # let ini = dir.path().join("alembic.ini");
/// # std::fs::write(&ini, "[alembic]\nscript_location = %(here)s\n").unwrap();
/// use limbeck_python::{Config, ConfigFiles, Environment, Surroundings};
///
/// std::fs::write(
///     dir.path().join("env.py"),
///     "from alembic import context\nfrom app.models import Base\n\
///      context.configure(connection=c, target_metadata=Base.metadata, version_table='versions', render_as_batch=True)\n",
/// ).unwrap();
/// let config = Config::read(&ConfigFiles { ini: Some(ini), ..ConfigFiles::default() }, &[])?;
/// let environment = Environment::read(&config, &Surroundings::default())?;
/// assert_eq!(environment.text("version_table"), Ok(Some("versions".to_owned())));
/// assert_eq!(environment.flag("render_as_batch"), Ok(Some(true)));
/// assert_eq!(environment.flag("include_schemas"), Ok(None));
/// assert_eq!(environment.target_metadata, ["app.models:Base.metadata"]);
/// # Ok::<(), limbeck_python::ConfigError>(())
/// ```
#[derive(Debug, Default)]
pub struct Environment {
    /// The file.
    pub file: PathBuf,
    /// Where the models are, as `module:attribute`; none where that is not told by imports.
    pub target_metadata: Vec<String>,
    /// Where the URL of the database comes from.
    pub url: UrlSource,
    /// What is given to `configure` as `**name`, and so has names that are not known.
    pub rest: Option<Computed>,
    arguments: Vec<Argument>,
}

/// An argument of `configure`.
#[derive(Debug)]
struct Argument {
    name: String,
    line: usize,
    value: Literal,
}

/// Where the URL of a database comes from.
///
/// # Examples
/// ```
/// assert_eq!(limbeck_python::UrlSource::default(), limbeck_python::UrlSource::Configuration);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum UrlSource {
    /// From `sqlalchemy.url` of the configuration.
    #[default]
    Configuration,
    /// From env.py, which says it.
    Text(String),
    /// From env.py, which computes it.
    Computed(Computed),
}

/// Something that only Python could tell.
///
/// # Examples
/// ```
/// let computed = limbeck_python::Computed { line: 12, source: "settings.url".to_owned() };
/// assert_eq!(computed.source, "settings.url");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Computed {
    /// Its line in env.py, from 1.
    pub line: usize,
    /// Its source.
    pub source: String,
}

impl Environment {
    /// Reads env.py. Where there is none nothing is said.
    ///
    /// # Errors
    /// [`ConfigError`] when the file can't be read, or is no Python.
    ///
    /// # Examples
    /// ```
    /// # fn show(config: &limbeck_python::Config) -> Result<(), limbeck_python::ConfigError> {
    /// let environment = limbeck_python::Environment::read(config, &limbeck_python::Surroundings::default())?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn read(config: &Config, around: &Surroundings) -> Result<Self, ConfigError> {
        let file = config.script_location.join("env.py");
        let text = match fs::read_to_string(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(ConfigError::of_file(&file, format!("can't be read: {error}"))),
        };
        Self::parse(&file, &text, config, around)
    }

    fn parse(file: &Path, text: &str, config: &Config, around: &Surroundings) -> Result<Self, ConfigError> {
        let parsed = ruff_python_parser::parse_module(text).map_err(|error| {
            let lines = ruff_source_file::LineIndex::from_source_text(text);
            let line = lines.line_index(error.location.start()).get();
            ConfigError::of_file(file, format!("this is no Python: {}", error.error)).at(line)
        })?;
        let reader = Reader::new(text, parsed.suite());
        let scope = value::Scope {
            reader: &reader,
            config,
            around,
        };
        let calls = reader.configure_calls();
        let mut environment = Self {
            file: file.to_owned(),
            url: scope.url(),
            ..Self::default()
        };
        for call in calls {
            environment.take(call, &scope);
        }
        Ok(environment)
    }

    /// Takes the arguments of a call. Where calls contradict each other, what they say is computed.
    fn take(&mut self, call: &ruff_python_ast::ExprCall, scope: &value::Scope<'_>) {
        for keyword in &call.arguments.keywords {
            let line = scope.reader.line(keyword);
            let Some(name) = &keyword.arg else {
                self.take_rest(&keyword.value, line, scope);
                continue;
            };
            if name.as_str() == "target_metadata" {
                self.target_metadata = scope.reader.objects(&keyword.value);
            } else {
                self.set(name.as_str(), line, scope.value(&keyword.value));
            }
        }
    }

    /// Takes what `**value` has.
    fn take_rest(&mut self, value: &ruff_python_ast::Expr, line: usize, scope: &value::Scope<'_>) {
        match scope.keywords(value) {
            Some(keywords) => {
                for (name, value) in keywords {
                    self.set(&name, line, value);
                }
            }
            None => {
                let source = scope.reader.source(value);
                self.rest = Some(Computed { line, source });
            }
        }
    }

    fn set(&mut self, name: &str, line: usize, value: Literal) {
        match self.arguments.iter_mut().find(|argument| argument.name == name) {
            Some(known) if known.value != value => {
                let source = format!("{} on line {}, {} here", known.value, known.line, value);
                known.value = Literal::Computed(source);
                known.line = line;
            }
            Some(_) => {}
            None => self.arguments.push(Argument {
                name: name.to_owned(),
                line,
                value,
            }),
        }
    }

    /// Returns an argument of `configure` that is a text; `None` where it isn't given, or is `None`.
    ///
    /// # Errors
    /// [`Computed`] where only Python could tell.
    ///
    /// # Examples
    /// ```
    /// # fn show(environment: &limbeck_python::Environment) {
    /// match environment.text("version_table") {
    ///     Ok(table) => println!("{}", table.as_deref().unwrap_or("alembic_version")),
    ///     Err(computed) => println!("env.py:{}: {}", computed.line, computed.source),
    /// }
    /// # }
    /// ```
    pub fn text(&self, name: &str) -> Result<Option<String>, Computed> {
        self.argument(name, |value| match value {
            Literal::Text(text) => Some(text.clone()),
            _ => None,
        })
    }

    /// Returns an argument of `configure` that is true or false; `None` where it isn't given, or is `None`.
    ///
    /// # Errors
    /// [`Computed`] where only Python could tell.
    ///
    /// # Examples
    /// ```
    /// # fn show(environment: &limbeck_python::Environment) {
    /// let per_revision = environment.flag("transaction_per_migration") == Ok(Some(true));
    /// # }
    /// ```
    pub fn flag(&self, name: &str) -> Result<Option<bool>, Computed> {
        self.argument(name, Literal::truth)
    }

    fn argument<T>(&self, name: &str, read: impl Fn(&Literal) -> Option<T>) -> Result<Option<T>, Computed> {
        let Some(argument) = self.arguments.iter().find(|argument| argument.name == name) else {
            return Ok(None);
        };
        if argument.value == Literal::None {
            return Ok(None);
        }
        read(&argument.value).map(Some).ok_or_else(|| Computed {
            line: argument.line,
            source: argument.value.to_string(),
        })
    }
}

#[cfg(test)]
mod tests;
