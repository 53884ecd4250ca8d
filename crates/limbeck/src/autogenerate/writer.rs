//! How drafts become revision files.

use std::fmt;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use limbeck_core::script::Scripts;

use super::Draft;
use crate::error::Error;

/// Writes drafts as revisions in another language than SQL.
pub trait RevisionWriter: fmt::Debug + Send + Sync {
    /// Writes a draft as the only revision of an empty directory, and reads it back as a run would; gives its text too.
    ///
    /// # Errors
    /// Any, when the files can't be written or read. The draft is tried in plain SQL then.
    fn write(&self, id: &str, draft: &Draft, directory: &Path) -> Result<(String, Arc<Scripts>), Error>;
}

/// Writes drafts in SQL.
#[derive(Debug)]
pub(super) struct SqlWriter;

impl RevisionWriter for SqlWriter {
    fn write(&self, id: &str, draft: &Draft, directory: &Path) -> Result<(String, Arc<Scripts>), Error> {
        let text = Draft::text(std::slice::from_ref(draft));
        let text = format!("-- Revision ID: {id}\n\n{text}");
        fs::write(directory.join(format!("{id}.sql")), &text).map_err(not_written)?;
        let scripts = Scripts::read(&[directory.to_owned()])?;
        Ok((text, Arc::new(scripts)))
    }
}

/// That there was no place to try a revision.
pub(super) fn not_written(error: std::io::Error) -> Error {
    Error::Models(format!("can't write the revision to try it: {error}"))
}
