//! Revisions in Python: which files they are, and what each is to the engine.

mod checksum;
mod directory;
mod file_name;
mod program;
mod siblings;
mod template;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use limbeck_core::Dialect;
use limbeck_core::revision::Revision;
use limbeck_core::script::{ProgramEntry, ScriptError, Scripts, sql_entry};

pub use file_name::CreateDate;
pub use program::Python;
pub(crate) use siblings::Siblings;
pub use template::{NewRevision, UnknownTemplate};

use crate::config::Config;
use crate::header::{Header, Modules};
use crate::vm::Settings;
use program::{PythonProgram, Shared};

/// What is around an Alembic directory, and env.py and the revisions may ask for.
///
/// # Examples
/// ```
/// let surroundings = limbeck_python::Surroundings {
///     environment: std::env::vars().collect(),
///     ..Default::default()
/// };
/// assert!(surroundings.naming_convention.is_empty());
/// ```
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// The database's URL, which revisions may ask for: a MariaDB is called `mysql` or `mariadb` after its scheme.
    pub url: Option<String>,
    /// `-x`, as it was given.
    pub x: Vec<String>,
    /// The environment's variables, as `os.environ` has them.
    pub environment: Vec<(String, String)>,
    /// The naming convention of the models' metadata: `ix`, `uq`, `ck`, `fk`, `pk` and their patterns.
    pub naming_convention: Vec<(String, String)>,
    /// The schema that the version table is in, which revisions may ask of their context.
    pub version_table_schema: Option<String>,
    /// Whether the project's Python runs revisions.
    pub python: Python,
}

impl Surroundings {
    /// What SQLAlchemy calls a database of a kind ("MariaDB-Only Mode" in its documentation): a MariaDB is `mysql` where the URL
    /// says so, and what revisions give for `mysql` only, such as `mysql_charset`, counts for it.
    ///
    /// # Examples
    /// ```
    /// use limbeck_core::Dialect;
    ///
    /// let mut surroundings = limbeck_python::Surroundings::default();
    /// assert_eq!(surroundings.called(Dialect::Mariadb), Dialect::Mariadb);
    /// surroundings.url = Some("mysql+pymysql://db/app".to_owned());
    /// assert_eq!(surroundings.called(Dialect::Mariadb), Dialect::Mysql);
    /// ```
    #[must_use]
    pub fn called(&self, server: Dialect) -> Dialect {
        called(self.url.as_deref(), server)
    }
}

pub(crate) fn called(url: Option<&str>, server: Dialect) -> Dialect {
    let is_mysql = url.is_some_and(|url| url.split([':', '+']).next() == Some("mysql"));
    match server {
        Dialect::Mariadb if is_mysql => Dialect::Mysql,
        _ => server,
    }
}

/// Reads what the revisions of a directory say of themselves; nothing of them is run. Revisions in SQL may stand among them.
///
/// # Errors
/// [`ScriptError`] when a file can't be read or understood, or the revisions make no graph.
///
/// # Examples
/// ```
/// # let dir = tempfile::tempdir().unwrap();
/// # let ini = dir.path().join("alembic.ini");
/// # std::fs::write(&ini, "[alembic]\nscript_location = %(here)s\n").unwrap();
/// # std::fs::create_dir(dir.path().join("versions")).unwrap();
/// use limbeck_python::{Config, ConfigFiles, Surroundings};
///
/// std::fs::write(
///     dir.path().join("versions/001_create_users.py"),
///     "\"\"\"create users\"\"\"\nrevision = '001'\ndown_revision = None\n",
/// ).unwrap();
/// let config = Config::read(&ConfigFiles { ini: Some(ini), ..ConfigFiles::default() }, &[])?;
/// let scripts = limbeck_python::scripts(&config, &Surroundings::default())?;
/// assert_eq!(scripts.graph().get("001").unwrap().message, "create users");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn scripts(config: &Config, surroundings: &Surroundings) -> Result<Scripts, ScriptError> {
    let files = directory::files(config)?;
    let (sql, python): (Vec<PathBuf>, Vec<PathBuf>) = files.into_iter().partition(|path| is_sql(path));
    let settings = Settings {
        url: surroundings.url.clone(),
        siblings: Siblings::new(&python),
        naming_convention: surroundings.naming_convention.clone(),
        search_path: config.search_path.clone(),
        environment: surroundings.environment.clone(),
        x_arguments: surroundings.x.clone(),
        main_options: config.main_options(),
        version_table_schema: surroundings.version_table_schema.clone(),
    };
    let shared = Arc::new(Shared::new(config, settings, &surroundings.python));
    let sql = sql.iter().map(|path| sql_entry(path)).collect::<Result<_, _>>()?;
    let headers = directory::headers(&python, Modules::new(&config.search_path))?;
    let programs = python
        .into_iter()
        .zip(headers)
        .map(|(path, header)| ProgramEntry {
            revision: revision(&path, &header),
            program: Arc::new(PythonProgram {
                path: path.clone(),
                documentation: header.documentation,
                shared: shared.clone(),
                remarks: Mutex::default(),
                left_to_python: Mutex::default(),
            }),
            path,
        });
    Scripts::from_entries(sql, programs.collect(), config.version_locations.clone())
}

fn is_sql(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "sql")
}

fn revision(path: &Path, header: &Header) -> Revision {
    Revision {
        id: header.id.clone(),
        revises: header.revises.clone(),
        depends_on: header.depends_on.clone(),
        branch_labels: header.branch_labels.clone(),
        message: header.message().to_owned(),
        file: path.display().to_string(),
    }
}
