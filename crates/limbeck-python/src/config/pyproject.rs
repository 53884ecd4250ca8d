//! `[tool.alembic]` of pyproject.toml.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::ConfigError;
use super::percent::{self, Word};

/// The table, empty where there is none.
#[derive(Debug, Default)]
pub(crate) struct Pyproject {
    file: PathBuf,
    here: String,
    table: Table,
}

impl Pyproject {
    /// Reads the file. One that isn't there says nothing.
    pub(crate) fn read(file: &Path) -> Result<Self, ConfigError> {
        let text = match fs::read_to_string(file) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(ConfigError::of_file(file, format!("can't be read: {error}"))),
        };
        let mut whole: Table = text
            .parse()
            .map_err(|error: toml::de::Error| ConfigError::of_file(file, error.to_string().trim_end()))?;
        let alembic = match whole.get_mut("tool") {
            Some(Value::Table(tool)) => tool.remove("alembic"),
            _ => None,
        };
        let table = match alembic {
            None => Table::new(),
            Some(Value::Table(table)) => table,
            Some(_) => {
                return Err(ConfigError::of_file(
                    file,
                    "Incorrect TOML format: [tool.alembic] must be a table",
                ));
            }
        };
        Ok(Self {
            file: file.to_owned(),
            here: super::here(file),
            table,
        })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.table.is_empty()
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.table.get(name)
    }

    /// A text, or a number as one.
    pub(crate) fn text(&self, name: &str) -> Result<Option<String>, ConfigError> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => self.expand(name, text).map(Some),
            Some(Value::Integer(number)) => Ok(Some(number.to_string())),
            Some(Value::Boolean(value)) => Ok(Some(value.to_string())),
            Some(_) => Err(self.error(format!(
                "unsupported TOML value type for key: '{name}'; write a text"
            ))),
        }
    }

    pub(crate) fn boolean(&self, name: &str) -> Result<bool, ConfigError> {
        match self.get(name) {
            None => Ok(false),
            Some(Value::Boolean(value)) => Ok(*value),
            Some(_) => Err(self.error(format!(
                "boolean value expected for TOML parameter '{name}': write {name} = true or false"
            ))),
        }
    }

    pub(crate) fn list(&self, name: &str) -> Result<Option<Vec<String>>, ConfigError> {
        let texts = match self.get(name) {
            None => return Ok(None),
            Some(Value::Array(values)) => values.iter().map(Value::as_str).collect::<Option<Vec<_>>>(),
            Some(_) => None,
        };
        let texts = texts.ok_or_else(|| {
            self.error(format!(
                "'{name}' must be a list of texts: write {name} = [\"…\"]"
            ))
        })?;
        let expanded = texts.into_iter().map(|text| self.expand(name, text));
        expanded.collect::<Result<_, _>>().map(Some)
    }

    pub(crate) fn expand(&self, name: &str, text: &str) -> Result<String, ConfigError> {
        let word = |word: &str| (word == "here").then(|| Word::Text(self.here.clone()));
        percent::format(text, word).map_err(|message| self.error(format!("{name}: {message}")))
    }

    pub(crate) fn error(&self, message: impl Into<String>) -> ConfigError {
        ConfigError::of_file(&self.file, message)
    }
}
