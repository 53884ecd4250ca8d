//! The files of backups: their names, their directory, and how they get there whole or not at all.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;

use limbeck_core::Dialect;
use tempfile::NamedTempFile;

use super::Backup;
use crate::database::Url;
use crate::database::backup::{BackupError, ending};
use crate::run::Session;

/// The ending of a backup that is not finished.
const PARTIAL: &str = ".partial";
/// The length of a time in a name: `20261123T101200.123Z`.
const TIME: usize = 20;

/// What the names of a database's backups begin with: `registry@db.internal`, `app.db`. Databases of one name on
/// two servers are not to be taken for one another.
pub(super) fn database_name(url: &Url, session: &mut Session) -> Result<String, BackupError> {
    let sql = match session.dialect() {
        Dialect::Sqlite => {
            let path = Path::new(url.database().unwrap_or_default());
            let name = path.file_name().unwrap_or_default();
            return Ok(encode(&name.to_string_lossy()));
        }
        Dialect::Postgresql => "SELECT pg_catalog.current_database()",
        Dialect::Mysql | Dialect::Mariadb => "SELECT DATABASE()",
    };
    let rows = session.connection.query(sql)?;
    let name = rows.into_iter().flatten().flatten().next().unwrap_or_default();
    let host = url
        .host()
        .filter(|host| !host.starts_with('/'))
        .unwrap_or("localhost");
    let port = match (session.dialect(), url.port()) {
        (_, None) | (Dialect::Postgresql, Some(5432)) | (Dialect::Mysql | Dialect::Mariadb, Some(3306)) => {
            String::new()
        }
        (_, Some(port)) => format!("+{port}"),
    };
    Ok(encode(&name) + "@" + &encode(host) + &port)
}

/// Writes a name so that no two are the same and none leads elsewhere.
fn encode(name: &str) -> String {
    let mut encoded = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"._-".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// `registry@db-20261123T101200.123Z-before-002.dump`
pub(super) fn file_name(database: &str, made_at: &str, label: &str, dialect: Dialect) -> String {
    let time: String = made_at.chars().filter(|c| !matches!(c, '-' | ':')).collect();
    format!("{database}-{time}-{}.{}", encode(label), ending(dialect))
}

/// Reads such a name: when the backup was made, and what for.
fn read_name(database: &str, name: &str) -> Option<(String, String)> {
    let rest = name.strip_prefix(database)?.strip_prefix('-')?;
    let (time, rest) = (rest.get(..TIME)?, rest.get(TIME..)?);
    let label = rest.strip_prefix('-')?.rsplit_once('.')?.0;
    let shape = time.char_indices().all(|(at, c)| match at {
        8 => c == 'T',
        15 => c == '.',
        19 => c == 'Z',
        _ => c.is_ascii_digit(),
    });
    let made_at = || {
        format!(
            "{}-{}-{}T{}:{}:{}",
            &time[..4],
            &time[4..6],
            &time[6..8],
            &time[9..11],
            &time[11..13],
            &time[13..]
        )
    };
    shape.then(|| (made_at(), label.to_owned()))
}

/// The backups of a database, newest first. A directory that is not there has none.
pub(super) fn list(directory: &Path, database: &str) -> Result<Vec<Backup>, BackupError> {
    let unreadable = |source| BackupError::Directory {
        path: directory.to_owned(),
        source,
    };
    let entries = match fs::read_dir(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(unreadable)?,
    };
    let mut backups = Vec::new();
    for entry in entries {
        let entry = entry.map_err(unreadable)?;
        let name = entry.file_name();
        if let Some((made_at, label)) = read_name(database, &name.to_string_lossy()) {
            let data = entry.metadata().map_err(unreadable)?;
            backups.push(Backup {
                file: entry.path(),
                size: data.len(),
                made_at,
                label,
            });
        }
    }
    backups.sort_by(|one, other| other.made_at.cmp(&one.made_at));
    Ok(backups)
}

/// Makes the directory where it is missing; what is in it is for its owner only.
pub(super) fn prepare(directory: &Path) -> Result<(), BackupError> {
    if directory.as_os_str().is_empty() || directory.is_dir() {
        return Ok(());
    }
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)
        .map_err(|source| BackupError::Directory {
            path: directory.to_owned(),
            source,
        })
}

/// Whether a path that a person gave is meant as a directory.
pub(super) fn is_directory(path: &Path) -> bool {
    path.is_dir() || path.as_os_str().to_string_lossy().ends_with('/')
}

pub(super) fn check_room(directory: &Path, needed: u64) -> Result<(), BackupError> {
    let path = here(directory);
    let space = rustix::fs::statvfs(path).map_err(|error| BackupError::Directory {
        path: path.to_owned(),
        source: error.into(),
    })?;
    let free = space.f_bavail.saturating_mul(space.f_frsize);
    if free < needed {
        return Err(BackupError::NoRoom {
            path: path.to_owned(),
            free,
            needed,
        });
    }
    Ok(())
}

/// A new file that its owner alone can read, which goes away unless it is finished. What an earlier process left, which
/// was killed, goes away first: this one has the lock.
pub(super) fn partial(directory: &Path, database: &str) -> Result<NamedTempFile, BackupError> {
    let directory = here(directory);
    let (start, failed) = (format!(".{database}-"), |source| BackupError::Directory {
        path: directory.to_owned(),
        source,
    });
    for entry in fs::read_dir(directory).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(&start) && name.ends_with(PARTIAL) {
            fs::remove_file(entry.path()).map_err(failed)?;
        }
    }
    tempfile::Builder::new()
        .prefix(&start)
        .suffix(PARTIAL)
        .tempfile_in(directory)
        .map_err(failed)
}

/// Gives a backup its name when it is on the disk, and returns its size.
pub(super) fn finish(partial: NamedTempFile, file: &Path) -> Result<u64, BackupError> {
    let failed = |doing| {
        move |source| BackupError::File {
            doing,
            path: file.to_owned(),
            source,
        }
    };
    partial.as_file().sync_all().map_err(failed("write"))?;
    let size = partial.as_file().metadata().map_err(failed("read"))?.len();
    partial
        .persist_noclobber(file)
        .map_err(|error| failed("name the backup")(error.error))?;
    // The name is an entry of the directory, and lost with it after a fall of the power.
    let directory = here(file.parent().unwrap_or(Path::new("")));
    File::open(directory)
        .and_then(|directory| directory.sync_all())
        .map_err(failed("keep the name of"))?;
    Ok(size)
}

/// Removes the oldest of the backups that runs made; those made by hand are for people to remove.
pub(super) fn keep(directory: &Path, database: &str, count: usize) -> Result<(), BackupError> {
    let own = list(directory, database)?.into_iter();
    let automatic = own.filter(|backup| backup.label.starts_with("before-"));
    for backup in automatic.skip(count.max(1)) {
        fs::remove_file(&backup.file).map_err(|source| BackupError::File {
            doing: "remove the old backup",
            path: backup.file,
            source,
        })?;
    }
    Ok(())
}

/// The path of a directory whose name may be empty.
fn here(directory: &Path) -> &Path {
    if directory.as_os_str().is_empty() {
        Path::new(".")
    } else {
        directory
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_little_room_is_seen_before() {
        let directory = tempfile::tempdir().expect("there is room for a directory");
        check_room(directory.path(), 1).expect("there is room for a byte");
        let error = check_room(directory.path(), u64::MAX).expect_err("no disk is so large");
        assert!(matches!(error, BackupError::NoRoom { needed: u64::MAX, free, .. } if free > 0));
    }

    #[test]
    fn names_can_be_read_again() {
        let made_at = "2026-11-23T10:12:00.123Z";
        for database in ["app.db", "a@b+5433", &encode("../odd name@x")] {
            let name = file_name(database, made_at, "before-ab/c d", Dialect::Sqlite);
            assert!(!name.contains(['/', ' ']), "{name}");
            let read = read_name(database, &name);
            assert_eq!(read, Some((made_at.to_owned(), "before-ab%2Fc%20d".to_owned())));
        }
        assert_eq!(read_name("app", "app-2026é123T101200.123Z-by-hand.db"), None);
    }
}
