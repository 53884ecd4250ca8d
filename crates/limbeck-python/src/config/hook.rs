use toml::Value;

use super::ConfigError;
use super::ini::Ini;
use super::pyproject::Pyproject;

/// A program that is run on each revision file that is written: Alembic's post-write hook.
///
/// # Examples
/// ```
/// # let dir = tempfile::tempdir().unwrap();
/// # let ini = dir.path().join("alembic.ini");
/// # std::fs::create_dir(dir.path().join("alembic")).unwrap();
/// std::fs::write(
///     &ini,
///     "[alembic]\nscript_location = %(here)s/alembic\n\
///      [post_write_hooks]\nhooks = ruff\nruff.type = exec\nruff.executable = ruff\nruff.options = format\n",
/// ).unwrap();
/// let files = limbeck_python::ConfigFiles { ini: Some(ini), ..Default::default() };
/// let config = limbeck_python::Config::read(&files, &[])?;
/// assert_eq!(config.hooks[0].name, "ruff");
/// assert_eq!(config.hooks[0].get("executable"), Some("ruff"));
/// # Ok::<(), limbeck_python::ConfigError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hook {
    /// Its name.
    pub name: String,
    options: Vec<(String, String)>,
}

impl Hook {
    /// Returns an option of it: `type`, `executable`, `options` …
    ///
    /// # Examples
    /// ```
    /// # fn show(hook: &limbeck_python::Hook) {
    /// if hook.get("type") == Some("exec") {
    ///     println!("{:?}", hook.get("executable"));
    /// }
    /// # }
    /// ```
    pub fn get(&self, option: &str) -> Option<&str> {
        let found = self.options.iter().find(|(name, _)| name == option);
        found.map(|(_, value)| value.as_str())
    }
}

#[cfg(test)]
impl Hook {
    pub(super) fn options(&self) -> impl Iterator<Item = (&str, &str)> {
        self.options
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

const SECTION: &str = "post_write_hooks";

/// The hooks of alembic.ini; without that section, those of pyproject.toml.
pub(super) fn read(ini: &Ini, pyproject: &Pyproject) -> Result<Vec<Hook>, ConfigError> {
    if !ini.has_section(SECTION) {
        return of_pyproject(pyproject);
    }
    let names = ini.get(SECTION, "hooks")?.unwrap_or_default();
    let names = super::paths::spaces_and_commas(&names);
    let names = names.into_iter().filter(|name| !name.is_empty());
    names.map(|name| of_ini(ini, name)).collect()
}

fn of_ini(ini: &Ini, name: String) -> Result<Hook, ConfigError> {
    let prefix = format!("{}.", name.to_lowercase());
    let mut options = Vec::new();
    for key in ini.names(SECTION) {
        if let Some(option) = key.strip_prefix(&prefix) {
            let value = ini.get(SECTION, key)?.unwrap_or_default();
            options.push((option.to_owned(), value));
        }
    }
    Ok(Hook { name, options })
}

fn of_pyproject(pyproject: &Pyproject) -> Result<Vec<Hook>, ConfigError> {
    let wrong = || {
        pyproject.error(
            "[[tool.alembic.post_write_hooks]] are tables of texts, with a 'name' each, such as name = \"ruff\", type = \"exec\", \
             executable = \"ruff\", options = \"format REVISION_SCRIPT_FILENAME\"",
        )
    };
    let tables = match pyproject.get(SECTION) {
        None => return Ok(Vec::new()),
        Some(Value::Array(tables)) => tables,
        Some(_) => return Err(wrong()),
    };
    let hook = |table: &Value| {
        let mut hook = Hook {
            name: String::new(),
            options: Vec::new(),
        };
        for (key, value) in table.as_table().ok_or_else(wrong)? {
            let value = pyproject.expand(key, value.as_str().ok_or_else(wrong)?)?;
            match key.as_str() {
                "name" => hook.name = value,
                _ => hook.options.push((key.clone(), value)),
            }
        }
        if hook.name.is_empty() {
            Err(wrong())
        } else {
            Ok(hook)
        }
    };
    tables.iter().map(hook).collect()
}
