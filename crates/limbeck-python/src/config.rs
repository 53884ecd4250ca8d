//! What alembic.ini and pyproject.toml say.

mod error;
mod hook;
mod ini;
#[cfg(test)]
mod oracle;
mod paths;
pub(crate) mod percent;
mod pyproject;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

pub use error::ConfigError;
pub use hook::Hook;
use ini::Ini;
use pyproject::Pyproject;

/// The files of a configuration. Either may be missing; where both have a key, alembic.ini has the word.
///
/// # Examples
/// ```
/// use limbeck_python::ConfigFiles;
///
/// let files = ConfigFiles { ini: Some("alembic.ini".into()), ..ConfigFiles::default() };
/// assert_eq!(files.section, "alembic");
/// ```
#[derive(Debug, Clone)]
pub struct ConfigFiles {
    /// alembic.ini.
    pub ini: Option<PathBuf>,
    /// pyproject.toml.
    pub pyproject: Option<PathBuf>,
    /// The section of alembic.ini: `alembic`, or what `-n` names.
    pub section: String,
}

impl Default for ConfigFiles {
    fn default() -> Self {
        Self {
            ini: None,
            pyproject: None,
            section: "alembic".to_owned(),
        }
    }
}

/// The configuration of an Alembic directory.
///
/// # Examples
/// ```
/// # let dir = tempfile::tempdir().unwrap();
/// # let ini = dir.path().join("alembic.ini");
/// # std::fs::create_dir(dir.path().join("migrations")).unwrap();
/// std::fs::write(&ini, "[alembic]\nscript_location = %(here)s/migrations\nsqlalchemy.url = sqlite:///app.db\n").unwrap();
///
/// let files = limbeck_python::ConfigFiles { ini: Some(ini), ..Default::default() };
/// let config = limbeck_python::Config::read(&files, &[])?;
/// assert_eq!(config.version_locations, [dir.path().join("migrations/versions")]);
/// assert_eq!(config.url.as_deref(), Some("sqlite:///app.db"));
/// # Ok::<(), limbeck_python::ConfigError>(())
/// ```
#[derive(Debug)]
pub struct Config {
    /// The directory of env.py and script.py.mako.
    pub script_location: PathBuf,
    /// The directories of the revisions.
    pub version_locations: Vec<PathBuf>,
    /// Whether the directories below those count too.
    pub recursive: bool,
    /// Whether revisions without their source count.
    pub sourceless: bool,
    /// How files of new revisions are named.
    pub file_template: String,
    /// How long the message in such a name may be.
    pub truncate_slug_length: usize,
    /// The time zone of a new revision's date; local time without it.
    pub timezone: Option<String>,
    /// The encoding of new files.
    pub output_encoding: String,
    /// Where Python looks for modules: `prepend_sys_path`, and what was given to [`Config::read`].
    pub search_path: Vec<PathBuf>,
    /// `prepend_sys_path` alone, and where the package of `script_location` is.
    pub(crate) prepended: Vec<PathBuf>,
    /// What is run on new files.
    pub hooks: Vec<Hook>,
    /// `sqlalchemy.url`.
    pub url: Option<String>,
    ini: Ini,
    pyproject: Pyproject,
    section: String,
    /// Where it was read.
    pub files: ConfigFiles,
}

impl Config {
    /// Reads the files. A package that `script_location` names is looked for where `prepend_sys_path` says, and then in
    /// `search_path`.
    ///
    /// # Errors
    /// [`ConfigError`] when a file can't be read or understood, or the directory that it names is missing.
    ///
    /// # Examples
    /// ```
    /// # use limbeck_python::{Config, ConfigFiles};
    /// let files = ConfigFiles { ini: Some("no/alembic.ini".into()), ..ConfigFiles::default() };
    /// let error = Config::read(&files, &[]).unwrap_err().to_string();
    /// assert!(error.contains("No config file 'no/alembic.ini' found"));
    /// ```
    pub fn read(files: &ConfigFiles, search_path: &[PathBuf]) -> Result<Self, ConfigError> {
        let ini = read_ini(files)?;
        let pyproject = match &files.pyproject {
            Some(file) => Pyproject::read(file)?,
            None => Pyproject::default(),
        };
        let source = Source {
            ini: &ini,
            pyproject: &pyproject,
            section: &files.section,
        };
        let Some(location) = source.text("script_location")? else {
            return Err(no_location(files, &source));
        };
        let mut python_path: Vec<PathBuf> = source
            .list("prepend_sys_path")?
            .iter()
            .flatten()
            .map(PathBuf::from)
            .collect();
        let mut prepended = python_path.clone();
        python_path.extend_from_slice(search_path);
        let script_location = paths::located(&location, "script_location", &python_path)?;
        python_path.extend(paths::package_root(&script_location));
        prepended.extend(paths::package_root(&script_location));
        if !script_location.is_dir() {
            return Err(ConfigError::new(format!(
                "Path doesn't exist: {}.  Please use the 'init' command to create a new scripts folder, or correct \
                 script_location",
                script_location.display()
            )));
        }
        let version_locations = match source.list("version_locations")? {
            Some(list) if !list.is_empty() => list
                .iter()
                .map(|path| paths::located(path, "version_locations", &python_path))
                .collect::<Result<_, _>>()?,
            _ => vec![script_location.join("versions")],
        };
        Ok(Self {
            script_location,
            version_locations,
            recursive: source.boolean("recursive_version_locations")?,
            sourceless: source.boolean("sourceless")?,
            file_template: source
                .text("file_template")?
                .unwrap_or_else(|| "%(rev)s_%(slug)s".to_owned()),
            truncate_slug_length: source
                .number("truncate_slug_length")?
                .filter(|length| *length > 0)
                .unwrap_or(40),
            timezone: source.text("timezone")?.filter(|name| !name.is_empty()),
            output_encoding: source
                .text("output_encoding")?
                .unwrap_or_else(|| "utf-8".to_owned()),
            search_path: python_path,
            prepended,
            hooks: hook::read(&ini, &pyproject)?,
            url: source.text("sqlalchemy.url")?,
            section: files.section.clone(),
            files: files.clone(),
            ini,
            pyproject,
        })
    }

    /// The keys of the ini file's main section, as far as they can be expanded.
    pub(crate) fn main_options(&self) -> Vec<(String, String)> {
        let value = |name: &str| {
            let value = self.ini.get(&self.section, name).ok()??;
            Some((name.to_owned(), value))
        };
        self.ini.names(&self.section).filter_map(value).collect()
    }

    /// Returns a value of the main section, or of `[tool.alembic]`: what `get_main_option` and `get_alembic_option` give to env.py.
    ///
    /// # Errors
    /// [`ConfigError`] when it can't be read as a text.
    ///
    /// # Examples
    /// ```
    /// # fn show(config: &limbeck_python::Config) -> Result<(), limbeck_python::ConfigError> {
    /// let schema = config.option("my_schema")?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn option(&self, name: &str) -> Result<Option<String>, ConfigError> {
        let source = Source {
            ini: &self.ini,
            pyproject: &self.pyproject,
            section: &self.section,
        };
        source.text(name)
    }

    /// Returns a value of another section of alembic.ini: what `get_section_option` gives to env.py.
    ///
    /// # Errors
    /// [`ConfigError`] when a name in it stands for nothing.
    ///
    /// # Examples
    /// ```
    /// # fn show(config: &limbeck_python::Config) -> Result<(), limbeck_python::ConfigError> {
    /// let url = config.section_option("engine1", "sqlalchemy.url")?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn section_option(&self, section: &str, name: &str) -> Result<Option<String>, ConfigError> {
        self.ini.get(section, name)
    }

    pub(crate) fn section(&self) -> &str {
        &self.section
    }

    /// Tells whether a pyproject.toml has `[tool.alembic]`.
    ///
    /// # Errors
    /// [`ConfigError`] when the file can't be read.
    ///
    /// # Examples
    /// ```
    /// assert!(!limbeck_python::Config::is_in("no/pyproject.toml".as_ref())?);
    /// # Ok::<(), limbeck_python::ConfigError>(())
    /// ```
    pub fn is_in(pyproject: &Path) -> Result<bool, ConfigError> {
        Ok(!Pyproject::read(pyproject)?.is_empty())
    }
}

fn read_ini(files: &ConfigFiles) -> Result<Ini, ConfigError> {
    let Some(file) = &files.ini else {
        return Ok(Ini::default());
    };
    match fs::read_to_string(file) {
        Ok(text) => {
            let mut ini = Ini::parse(file, &text)?;
            ini.set_default("here", &here(file));
            Ok(ini)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Ini::default()),
        Err(error) => Err(ConfigError::of_file(file, format!("can't be read: {error}"))),
    }
}

/// The directory of a file, as `%(here)s` has it.
fn here(file: &Path) -> String {
    let file = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
    file.parent()
        .map(|path| path.display().to_string())
        .unwrap_or_default()
}

fn no_location(files: &ConfigFiles, source: &Source<'_>) -> ConfigError {
    let hint = "Write script_location = %(here)s/alembic, with the directory of env.py";
    match &files.ini {
        Some(ini) if !source.ini.has_section(source.section) && source.pyproject.is_empty() => {
            ConfigError::new(format!(
                "No config file '{}' found, or file has no '[{}]' section",
                ini.display(),
                source.section
            ))
        }
        _ => ConfigError::new(format!(
            "No 'script_location' key found in configuration.  {hint}"
        )),
    }
}

/// Both files, alembic.ini first.
struct Source<'a> {
    ini: &'a Ini,
    pyproject: &'a Pyproject,
    section: &'a str,
}

impl Source<'_> {
    fn text(&self, name: &str) -> Result<Option<String>, ConfigError> {
        match self.ini.get(self.section, name)? {
            Some(text) => Ok(Some(text)),
            None => self.pyproject.text(name),
        }
    }

    /// Only the word `true` counts in alembic.ini, as it does for Alembic.
    fn boolean(&self, name: &str) -> Result<bool, ConfigError> {
        match self.ini.get(self.section, name)? {
            Some(text) => Ok(text == "true"),
            None => self.pyproject.boolean(name),
        }
    }

    fn number(&self, name: &str) -> Result<Option<usize>, ConfigError> {
        let Some(text) = self.text(name)? else {
            return Ok(None);
        };
        let number = text.trim().parse();
        number.map(Some).map_err(|_| {
            let message = format!("{name}: '{text}' is no number");
            match self.ini.line(self.section, name) {
                Some(line) => self.ini.error(line, message),
                None => self.pyproject.error(message),
            }
        })
    }

    fn list(&self, name: &str) -> Result<Option<Vec<String>>, ConfigError> {
        match paths::list(self.ini, self.section, name)? {
            Some(list) => Ok(Some(list)),
            None => self.pyproject.list(name),
        }
    }
}
