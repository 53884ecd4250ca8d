//! The name of a new revision's file.

use std::path::PathBuf;

use crate::config::percent::{self, Word};
use crate::config::{Config, ConfigError};

/// When a revision is made, in the parts that `file_template` may name.
///
/// # Examples
/// ```
/// let date = limbeck_python::CreateDate { year: 2026, month: 5, day: 9, ..Default::default() };
/// assert_eq!(date.epoch, 0);
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct CreateDate {
    /// The seconds since 1970 in UTC.
    pub epoch: i64,
    /// The year.
    pub year: i64,
    /// The month, from 1.
    pub month: i64,
    /// The day, from 1.
    pub day: i64,
    /// The hour.
    pub hour: i64,
    /// The minute.
    pub minute: i64,
    /// The second.
    pub second: i64,
}

impl Config {
    /// Makes the name of a file as `file_template` says; it may lead into a directory.
    ///
    /// # Errors
    /// [`ConfigError`] when the template names something else than Alembic knows.
    ///
    /// # Examples
    /// ```
    /// # let dir = tempfile::tempdir().unwrap();
    /// # let ini = dir.path().join("alembic.ini");
    /// # use limbeck_python::{Config, ConfigFiles, CreateDate};
    /// std::fs::write(&ini, "[alembic]\nscript_location = %(here)s\nfile_template = %%(year)d_%%(rev)s_%%(slug)s\n").unwrap();
    /// let config = Config::read(&ConfigFiles { ini: Some(ini), ..ConfigFiles::default() }, &[])?;
    /// let date = CreateDate { year: 2026, ..CreateDate::default() };
    /// assert_eq!(config.file_name("ae10", "Add a table!", &date)?.to_str(), Some("2026_ae10_add_a_table.py"));
    /// # Ok::<(), limbeck_python::ConfigError>(())
    /// ```
    pub fn file_name(&self, id: &str, message: &str, date: &CreateDate) -> Result<PathBuf, ConfigError> {
        let word = |name: &str| {
            Some(match name {
                "rev" => Word::Text(id.to_owned()),
                "slug" => Word::Text(slug(message, self.truncate_slug_length)),
                "epoch" => Word::Number(date.epoch),
                "year" => Word::Number(date.year),
                "month" => Word::Number(date.month),
                "day" => Word::Number(date.day),
                "hour" => Word::Number(date.hour),
                "minute" => Word::Number(date.minute),
                "second" => Word::Number(date.second),
                _ => return None,
            })
        };
        let name = percent::format(&self.file_template, word).map_err(|message| {
            ConfigError::new(format!("file_template = {}: {message}", self.file_template))
        })?;
        Ok(PathBuf::from(format!("{name}.py")))
    }
}

/// The words of a message, cut behind a word.
fn slug(message: &str, length: usize) -> String {
    let words = message.split(|c: char| !c.is_alphanumeric() && c != '_');
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    let slug = words.join("_").to_lowercase();
    if slug.chars().count() <= length {
        return slug;
    }
    let cut: String = slug.chars().take(length).collect();
    let head = cut.rsplit_once('_').map_or(cut.as_str(), |(head, _)| head);
    format!("{head}_")
}

#[cfg(test)]
mod tests {
    use super::slug;

    #[test]
    fn slugs_are_cut_as_alembic_cuts_them() {
        // Expected: what Alembic 1.20.1 makes of them.
        assert_eq!(slug("Add user's variables!", 40), "add_user_s_variables");
        assert_eq!(slug("Größe", 40), "größe");
        assert_eq!(slug("one two three", 9), "one_two_");
        assert_eq!(slug("onetwothree", 5), "onetw_");
        assert_eq!(slug("", 40), "");
    }
}
