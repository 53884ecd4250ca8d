//! What stops a run: its user's wish, or the loss of its lock.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::database::Cancel;
use crate::error::Error;

/// How soon a statement is cancelled again that goes on: the first request may have come before the statement did.
const AGAIN: Duration = Duration::from_millis(250);

/// One run's brake.
#[derive(Default)]
pub(crate) struct Brake {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    stopped: Option<Why>,
    /// Whether the run holds the lock, so that it has to come to an end.
    holds: bool,
    /// Cancels what the run has sent and waits for.
    in_flight: Option<Box<dyn Cancel>>,
}

/// Why a run is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Why {
    Cancelled,
    LockLost,
}

impl Why {
    fn error(self) -> Error {
        match self {
            Self::Cancelled => Error::Cancelled(None),
            Self::LockLost => Error::LockLost(None),
        }
    }
}

impl Brake {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stops the run because its user wants it, and tells whether it holds the lock.
    pub(crate) fn cancel(self: &Arc<Self>) -> bool {
        self.stop(Why::Cancelled);
        self.state().holds
    }

    /// Stops the run. What it waits for is cancelled until it ends.
    pub(crate) fn stop(self: &Arc<Self>, why: Why) {
        let mut state = self.state();
        let first = state.stopped.is_none();
        state.stopped.get_or_insert(why);
        self.changed.notify_all();
        if first && state.in_flight.is_some() {
            let brake = Arc::clone(self);
            thread::spawn(move || brake.cancel_in_flight());
        }
    }

    fn cancel_in_flight(&self) {
        loop {
            let state = self.state();
            let Some(in_flight) = &state.in_flight else { return };
            // That it can't be asked for now is no reason to give up; the server may end the statement by itself.
            drop(in_flight.cancel());
            drop(state);
            thread::sleep(AGAIN);
        }
    }

    /// Why the run is stopped, if it is.
    pub(crate) fn why(&self) -> Option<Why> {
        self.state().stopped
    }

    /// # Errors
    /// [`Error::Cancelled`] or [`Error::LockLost`], once the run is stopped.
    pub(crate) fn check(&self) -> Result<(), Error> {
        self.why().map_or(Ok(()), |why| Err(why.error()))
    }

    /// Notes that the run holds the lock from now on, or no longer.
    pub(crate) fn holds(&self, holds: bool) {
        self.state().holds = holds;
    }

    /// Waits, and ends at once when the run is stopped.
    pub(crate) fn pause(&self, length: Duration) -> Result<(), Error> {
        let end = Instant::now() + length;
        let mut state = self.state();
        while state.stopped.is_none() {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            (state, _) = self
                .changed
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner);
        }
        drop(state);
        self.check()
    }

    /// Notes what cancels the statements that are sent now, until the guard is dropped.
    pub(crate) fn sending(&self, cancel: Box<dyn Cancel>) -> Result<Sending<'_>, Error> {
        let mut state = self.state();
        if let Some(why) = state.stopped {
            return Err(why.error());
        }
        state.in_flight = Some(cancel);
        Ok(Sending(self))
    }
}

/// Statements are on their way. Dropping it waits for a request to cancel that is on its way too, lest that hits what comes next.
pub(crate) struct Sending<'a>(&'a Brake);

impl Drop for Sending<'_> {
    fn drop(&mut self) {
        self.0.state().in_flight = None;
    }
}

impl std::fmt::Debug for Brake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let state = self.state();
        f.debug_struct("Brake")
            .field("stopped", &state.stopped)
            .field("holds", &state.holds)
            .finish_non_exhaustive()
    }
}
