use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use crate::run::Brake;

/// Stops runs from outside: from the handler of a signal, or when a service is told to shut down.
///
/// The statement that a run waits for is cancelled on the server, what is open is rolled back, the journal is written, and
/// the lock is given back; the verb then returns [`Error::Cancelled`](crate::Error::Cancelled). Clones are one token.
///
/// # Examples
/// ```
/// # #[cfg(feature = "sqlite")] {
/// use limbeck::{CancelToken, Error, Migrator};
///
/// let token = CancelToken::new();
/// let migrator = Migrator::new(limbeck::embed!("tests/migrations")).url("sqlite::memory:").cancel_token(&token);
/// token.cancel();
/// assert!(matches!(migrator.upgrade("head"), Err(Error::Cancelled(None))));
/// # }
/// ```
#[derive(Debug, Clone, Default)]
pub struct CancelToken(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    cancelled: AtomicBool,
    runs: Mutex<Vec<Weak<Brake>>>,
}

impl CancelToken {
    /// Makes a token that was not cancelled yet.
    ///
    /// # Examples
    /// ```
    /// assert!(!limbeck::CancelToken::new().is_cancelled());
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// Stops the runs of all migrators that have this token, and keeps others from starting. Returns at once.
    ///
    /// Tells whether one of them holds the lock and has to come to an end; if not, a process may just as well exit.
    ///
    /// # Examples
    /// ```
    /// let token = limbeck::CancelToken::new();
    /// assert!(!token.cancel(), "nothing is under way");
    /// assert!(token.is_cancelled());
    /// ```
    pub fn cancel(&self) -> bool {
        self.0.cancelled.store(true, Ordering::SeqCst);
        let runs = self.0.runs.lock().unwrap_or_else(PoisonError::into_inner);
        let mut holds = false;
        for brake in runs.iter().filter_map(Weak::upgrade) {
            holds |= brake.cancel();
        }
        holds
    }

    /// Tells whether it was cancelled.
    ///
    /// # Examples
    /// ```
    /// let token = limbeck::CancelToken::new();
    /// token.clone().cancel();
    /// assert!(token.is_cancelled());
    /// ```
    pub fn is_cancelled(&self) -> bool {
        self.0.cancelled.load(Ordering::SeqCst)
    }

    /// The brake of a new run.
    pub(crate) fn brake(&self) -> Arc<Brake> {
        let brake = Arc::new(Brake::default());
        let mut runs = self.0.runs.lock().unwrap_or_else(PoisonError::into_inner);
        runs.retain(|run| run.strong_count() > 0);
        runs.push(Arc::downgrade(&brake));
        drop(runs);
        // Looked at only now, so that a cancellation meanwhile reaches the brake one way or the other.
        if self.is_cancelled() {
            brake.cancel();
        }
        brake
    }
}
