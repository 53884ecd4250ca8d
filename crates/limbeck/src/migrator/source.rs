//! Where revisions are.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use limbeck_core::script::{EmbeddedFile, ScriptError, Scripts};

use crate::error::Error;

/// Where a migrator finds its revisions.
///
/// # Examples
/// ```
/// use limbeck::{Migrator, Source};
/// use limbeck::script::EmbeddedFile;
///
/// const FILES: &[EmbeddedFile] = &[EmbeddedFile { name: "001_a.sql", text: "CREATE TABLE a (id int);" }];
/// assert_eq!(Migrator::new(FILES).scripts()?.graph().heads(), ["001"]);
/// assert!(matches!(Source::from("migrations"), Source::Directories(of) if of.len() == 1));
/// # Ok::<(), limbeck::Error>(())
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Source {
    /// In the program itself: what [`embed!`](crate::embed) gives.
    Embedded(&'static [EmbeddedFile]),
    /// In directories, read whenever a verb needs them.
    Directories(Vec<PathBuf>),
    /// In revisions read before.
    Scripts(Arc<Scripts>),
    /// Where a function finds them whenever a verb needs them: see [`Source::function`].
    Function(Reader),
}

impl Source {
    /// Revisions that a function reads whenever a verb needs them, as those of another format.
    ///
    /// # Examples
    /// ```
    /// use limbeck::script::Scripts;
    /// use limbeck::{Migrator, Source};
    ///
    /// let source = Source::function(|| Scripts::embedded(limbeck::embed!("tests/migrations")));
    /// assert_eq!(Migrator::new(source).scripts()?.graph().len(), 2);
    /// # Ok::<(), limbeck::Error>(())
    /// ```
    pub fn function(read: impl Fn() -> Result<Scripts, ScriptError> + Send + Sync + 'static) -> Self {
        Self::Function(Reader(Arc::new(read)))
    }

    /// Whether files have to be read for them.
    pub(super) fn takes_time(&self) -> bool {
        matches!(self, Self::Directories(_) | Self::Function(_))
    }

    pub(super) fn read(&self) -> Result<Arc<Scripts>, Error> {
        Ok(match self {
            Self::Embedded(files) => Arc::new(Scripts::embedded(files)?),
            Self::Directories(directories) => Arc::new(Scripts::read(directories)?),
            Self::Scripts(scripts) => Arc::clone(scripts),
            Self::Function(Reader(read)) => Arc::new(read()?),
        })
    }
}

/// A function that reads revisions.
#[derive(Clone)]
pub struct Reader(Arc<dyn Fn() -> Result<Scripts, ScriptError> + Send + Sync>);

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reader")
    }
}

impl From<&'static [EmbeddedFile]> for Source {
    fn from(files: &'static [EmbeddedFile]) -> Self {
        Self::Embedded(files)
    }
}

impl From<PathBuf> for Source {
    fn from(directory: PathBuf) -> Self {
        Self::Directories(vec![directory])
    }
}

impl From<&Path> for Source {
    fn from(directory: &Path) -> Self {
        Self::Directories(vec![directory.to_owned()])
    }
}

impl From<String> for Source {
    fn from(directory: String) -> Self {
        Self::Directories(vec![directory.into()])
    }
}

impl From<&str> for Source {
    fn from(directory: &str) -> Self {
        Self::Directories(vec![directory.into()])
    }
}

impl From<Vec<PathBuf>> for Source {
    fn from(directories: Vec<PathBuf>) -> Self {
        Self::Directories(directories)
    }
}

impl From<Arc<Scripts>> for Source {
    fn from(scripts: Arc<Scripts>) -> Self {
        Self::Scripts(scripts)
    }
}
