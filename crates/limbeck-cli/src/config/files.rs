//! Which files say how to run: limbeck.toml, or alembic.ini and pyproject.toml as Alembic finds them.

use std::env;
use std::path::{Path, PathBuf};

use crate::report::CliError;

/// The files of a configuration.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Files {
    /// limbeck.toml.
    pub(crate) limbeck: Option<PathBuf>,
    /// alembic.ini.
    pub(crate) ini: Option<PathBuf>,
    pub(crate) pyproject: Option<PathBuf>,
    /// Whether somebody named them.
    pub(crate) named: bool,
}

const INI: &str = "alembic.ini";
const PYPROJECT: &str = "pyproject.toml";

impl Files {
    /// The files that `-c` names, or `LIMBECK_CONFIG`; without those, limbeck.toml if there is one, and else those of Alembic.
    pub(crate) fn find(named: &[PathBuf]) -> Result<Self, CliError> {
        let variable = |name| {
            env::var_os(name)
                .filter(|value| !value.is_empty())
                .map(PathBuf::from)
        };
        let named = match (named, variable("LIMBECK_CONFIG")) {
            ([], Some(file)) => vec![file],
            (named, _) => named.to_vec(),
        };
        if named.is_empty() {
            let limbeck = Path::new("limbeck.toml");
            if limbeck.exists() {
                return Ok(Self {
                    limbeck: Some(limbeck.to_owned()),
                    ..Self::default()
                });
            }
            return Ok(Self::of_alembic(variable("ALEMBIC_CONFIG")));
        }
        let mut files = Self {
            named: true,
            ..Self::default()
        };
        for file in named {
            let (slot, what) = match () {
                () if is_pyproject(&file) => {
                    (&mut files.pyproject, "pyproject.toml indicated more than once")
                }
                () if file.extension().is_some_and(|extension| extension == "toml") => {
                    (&mut files.limbeck, "only one limbeck.toml may be indicated")
                }
                () => (&mut files.ini, "only one ini file may be indicated"),
            };
            if slot.replace(file).is_some() {
                return Err(CliError::usage(what));
            }
        }
        if files.limbeck.is_none() {
            let others = Self::of_alembic(None);
            files.ini = files.ini.or(others.ini);
            files.pyproject = files.pyproject.or(others.pyproject);
        }
        Ok(files)
    }

    /// What Alembic would read here.
    fn of_alembic(variable: Option<PathBuf>) -> Self {
        let there = |name: &str| Some(PathBuf::from(name)).filter(|path| path.exists());
        let (mut ini, mut pyproject) = (there(INI), there(PYPROJECT));
        match variable {
            Some(file) if is_pyproject(&file) => pyproject = Some(file),
            Some(file) => ini = Some(file),
            None => {}
        }
        Self {
            ini,
            pyproject,
            ..Self::default()
        }
    }

    /// Takes those beside limbeck.toml for Alembic's.
    pub(crate) fn take_those_beside(&mut self, here: &Path) {
        let there = |name: &str| Some(here.join(name)).filter(|path| path.exists());
        self.ini = self.ini.take().or_else(|| there(INI));
        self.pyproject = self.pyproject.take().or_else(|| there(PYPROJECT));
    }
}

fn is_pyproject(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == PYPROJECT)
}
