//! Lists of paths in alembic.ini, and paths that are those of a package.

use std::env;
use std::path::{Path, PathBuf};

use super::ConfigError;
use super::ini::Ini;

/// A list of alembic.ini's, cut as `path_separator` says. Without that key it is cut as Alembic cut it before there was one: at
/// spaces and commas, and `prepend_sys_path` at colons too.
pub(super) fn list(ini: &Ini, section: &str, name: &str) -> Result<Option<Vec<String>>, ConfigError> {
    let Some(text) = ini.get(section, name)?.filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let is_locations = name == "version_locations";
    let keys: &[&str] = if is_locations {
        &["path_separator", "version_path_separator"]
    } else {
        &["path_separator"]
    };
    for key in keys {
        if let Some(word) = ini.get(section, key)? {
            let separator = separator(&word).ok_or_else(|| {
                let line = ini.line(section, key).unwrap_or_default();
                let message = format!(
                    "'{word}' is not a valid value for {key}; expected 'space', 'newline', 'os', ':', ';'"
                );
                ini.error(line, message)
            })?;
            let parts = text.split(separator).filter(|part| !part.is_empty());
            return Ok(Some(parts.map(|part| part.trim().to_owned()).collect()));
        }
    }
    let mut parts = spaces_and_commas(&text);
    if !is_locations {
        parts = parts
            .iter()
            .flat_map(|part| part.split(':'))
            .map(str::to_owned)
            .collect();
    }
    Ok(Some(parts))
}

fn separator(word: &str) -> Option<char> {
    Some(match word {
        "space" => ' ',
        "newline" => '\n',
        "os" if cfg!(windows) => ';',
        "os" | ":" => ':',
        ";" => ';',
        _ => return None,
    })
}

/// Cuts at a comma with the spaces behind it, or at spaces.
pub(super) fn spaces_and_commas(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c == ',' || c == ' ' {
            while chars.next_if_eq(&' ').is_some() {}
            parts.push(String::new());
        } else if let Some(last) = parts.last_mut() {
            last.push(c);
        }
    }
    parts
}

/// A path as it stands, or the one that `package:directory` names, which is looked for where Python would look for the package.
pub(super) fn located(text: &str, key: &str, search_path: &[PathBuf]) -> Result<PathBuf, ConfigError> {
    let path = Path::new(text);
    if path.is_absolute() || !text.contains(':') {
        return Ok(short(path));
    }
    let mut tokens = text.split(':');
    let package = tokens.next().unwrap_or_default();
    let directory: PathBuf = package.split('.').collect();
    let found = search_path
        .iter()
        .map(|path| path.join(&directory))
        .find(|path| path.is_dir());
    let Some(mut path) = found else {
        let places: Vec<String> = search_path
            .iter()
            .map(|path| path.display().to_string())
            .collect();
        return Err(ConfigError::new(format!(
            "the package '{package}' of {key} = {text} is not found (looked in: {}): set PYTHONPATH, or write the path of the \
             directory instead",
            places.join(", ")
        )));
    };
    path.extend(tokens);
    Ok(short(&path))
}

/// A path below the working directory, as people write it.
fn short(path: &Path) -> PathBuf {
    let here = env::current_dir().unwrap_or_default();
    match path.strip_prefix(&here) {
        Ok(below) if !below.as_os_str().is_empty() => below.to_owned(),
        _ => path.to_owned(),
    }
}

/// The directory that the package around a directory is in, so that what the package has can be found.
pub(super) fn package_root(directory: &Path) -> Option<PathBuf> {
    const LEVELS: usize = 8;
    let directory = std::path::absolute(directory).ok()?;
    let packages = directory
        .ancestors()
        .take(LEVELS)
        .filter(|path| path.join("__init__.py").is_file());
    packages.last()?.parent().map(short)
}
