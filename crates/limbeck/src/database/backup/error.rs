use std::io;
use std::path::PathBuf;

use crate::database::DatabaseError;

/// Why a backup can't be made, used or restored.
///
/// # Examples
/// ```
/// use limbeck::BackupError;
///
/// let error = BackupError::NoTool { program: "pg_dump", package: "postgresql-client" };
/// assert!(error.to_string().contains("install Debian's package postgresql-client"));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackupError {
    /// A program of the database's is missing.
    #[error(
        "{program} is not in PATH: install Debian's package {package}, or what your system has in its place"
    )]
    NoTool {
        /// The program.
        program: &'static str,
        /// Debian's package that has it.
        package: &'static str,
    },
    /// A program of the database's is older than the server.
    #[error(
        "{program} is of version {version}, and the server is {server}: a program that is older than the server can't read \
         all that is in it. Install {package} of the server's version"
    )]
    OldTool {
        /// The program.
        program: &'static str,
        /// Its version.
        version: String,
        /// The server's product and version.
        server: String,
        /// Debian's package that has it.
        package: &'static str,
    },
    /// A pooler stands before the server.
    #[error(
        "a pooler stands before {place}, and {program} sets things in its session that could stay behind in other people's: name \
         the server itself, for migrations alone in LIMBECK_URL"
    )]
    Pooled {
        /// The URL, without the password.
        place: String,
        /// The program.
        program: &'static str,
    },
    /// A program of the database's failed.
    #[error("{program} failed: {message}")]
    Tool {
        /// The program.
        program: &'static str,
        /// What it said.
        message: String,
    },
    /// The directory can't be made or written to.
    #[error("the directory {} can't take backups: {source}", path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// There is not enough room, which was found before anything was written.
    #[error("{} has room for {free} bytes, and a backup takes {needed} at least: free space, or name another directory", path.display())]
    NoRoom {
        /// The directory.
        path: PathBuf,
        /// The room that there is, in bytes.
        free: u64,
        /// The least that is needed, in bytes.
        needed: u64,
    },
    /// The room ended while the backup was written; what was written is removed.
    #[error("there is no more room in {}: free space, or name another directory", path.display())]
    Full {
        /// The directory.
        path: PathBuf,
    },
    /// A file can't be read or written.
    #[error("can't {doing} {}: {source}", path.display())]
    File {
        /// What was to be done with it.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A backup would overwrite a file.
    #[error("there is a file {} already: name another", file.display())]
    Exists {
        /// The file.
        file: PathBuf,
    },
    /// A file is no backup of this kind of database, or a damaged one.
    #[error("{} can't be restored: {reason}", file.display())]
    Unusable {
        /// The file.
        file: PathBuf,
        /// Why not.
        reason: String,
    },
    /// The database is in memory, where nothing but its own connection can reach it.
    #[error("a database in memory ends with its connection, and can't be backed up or restored")]
    InMemory,
    /// The restored database is not what the backup was.
    #[error(
        "the database is at {found} after it was restored, and the backup was at {wanted}: see 'limbeck status'"
    )]
    NotRestored {
        /// The version rows that were found.
        found: String,
        /// Those of the backup.
        wanted: String,
    },
    /// Restoring was cut off, on a database where that can't be undone.
    #[error(
        "the database is half restored, because {source}: mend that and restore again{}",
        .safety.as_ref().map(|file| format!("; what was there before is in {}", file.display())).unwrap_or_default()
    )]
    HalfRestored {
        /// Why.
        source: Box<Self>,
        /// The backup of what was there before, if there is one.
        safety: Option<PathBuf>,
    },
    /// It was stopped before its end.
    #[error("it was stopped before its end")]
    Stopped,
    /// The database refused something.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}
