//! The paths of SQLite URLs.

use std::fmt;

use super::UrlError;
use super::decode;
use super::encode;

/// Which SQLite database is meant, and how it is opened.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct SqliteTarget {
    /// The file; empty in memory.
    pub(crate) path: String,
    /// Whether the database is in memory only.
    pub(crate) memory: bool,
    /// How the file is opened.
    pub(crate) mode: Mode,
    /// Parameters that SQLite itself reads from a `file:` URI.
    pub(crate) uri_parameters: Vec<(String, String)>,
}

/// How an SQLite file is opened, in the words of SQLite's own URIs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Mode {
    /// To read only.
    ReadOnly,
    /// To read and write; the file must be there.
    ReadWrite,
    /// To read and write; the file is created if it is not there.
    #[default]
    Create,
}

/// Reads what stands between the scheme and the parameters.
///
/// SQLAlchemy's form rules where forms differ: three slashes are followed by a relative path, four by
/// an absolute one. In `file:` URIs the path is what RFC 8089 says.
pub(super) fn target(scheme: &str, rest: &str) -> Result<SqliteTarget, UrlError> {
    let path = if scheme.eq_ignore_ascii_case("file") {
        file_path(rest)?
    } else if let Some(rest) = rest.strip_prefix("//") {
        match rest.strip_prefix('/') {
            Some(path) => path.to_owned(),
            // sqlx and dbmate write a relative path where other URLs have the host.
            None if rest.contains('@') => return Err(UrlError::SqliteHost),
            None => rest.to_owned(),
        }
    } else {
        rest.to_owned()
    };
    // SQLAlchemy lets a whole `file:` URI stand in the path.
    let path = match path.strip_prefix("file:") {
        Some(inner) => file_path(inner)?,
        None => path,
    };
    let path = decode(&path, "path")?;
    let memory = path.is_empty() || path == ":memory:";
    Ok(SqliteTarget {
        path: if memory { String::new() } else { path },
        memory,
        ..SqliteTarget::default()
    })
}

fn file_path(rest: &str) -> Result<String, UrlError> {
    let Some(rest) = rest.strip_prefix("//") else {
        return Ok(rest.to_owned());
    };
    match rest.split_once('/') {
        Some(("" | "localhost", path)) => Ok(format!("/{path}")),
        _ => Err(UrlError::SqliteHost),
    }
}

/// Writes the URL up to its parameters.
pub(super) fn write(f: &mut fmt::Formatter<'_>, scheme: &str, target: &SqliteTarget) -> fmt::Result {
    if scheme.eq_ignore_ascii_case("file") {
        write!(
            f,
            "file:{}",
            if target.memory {
                ":memory:".into()
            } else {
                encode(&target.path)
            }
        )
    } else if target.memory {
        write!(f, "{scheme}://")
    } else {
        write!(f, "{scheme}:///{}", encode(&target.path))
    }
}
