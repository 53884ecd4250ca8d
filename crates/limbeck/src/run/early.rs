//! A connection that is made while the revisions are read.

use std::sync::{Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use limbeck_core::Dialect;

use crate::database::{self, Connection, DatabaseError, Options, Url};

type Connected = Result<Box<dyn Connection>, DatabaseError>;

/// The connection, until it is taken.
#[derive(Default)]
pub(crate) struct Early(Mutex<Option<JoinHandle<Connected>>>);

impl Early {
    /// Begins to connect to a server. SQLite's file is there at once, or is not to be made before the revisions are known to be right.
    pub(crate) fn connect(url: &Url, options: &Options) -> Self {
        if url.dialect() == Dialect::Sqlite {
            return Self::default();
        }
        let (url, options) = (url.clone(), options.clone());
        let thread = thread::Builder::new().name("limbeck-connect".to_owned());
        let connecting = thread.spawn(move || database::connect(&url, &options));
        // Without a thread it is connected when the connection is wanted.
        Self(Mutex::new(connecting.ok()))
    }

    /// What came of it; `None` where it was not begun, or was taken.
    pub(crate) fn take(&self) -> Option<Connected> {
        let connecting = self.0.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        match connecting.join() {
            Ok(connected) => Some(connected),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }
}
