//! An option of all commands that take the lock.

use std::time::Duration;

use clap::Args;
use limbeck::Migrator;

use crate::config::duration;

#[derive(Debug, Args)]
pub(crate) struct LockWait {
    /// How long to wait for another run's lock.
    ///
    /// Without it [run] lock_wait, or a minute.
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    lock_wait: Option<Duration>,
}

impl LockWait {
    pub(crate) fn set(&self, migrator: Migrator) -> Migrator {
        match self.lock_wait {
            Some(limit) => migrator.lock_wait(limit),
            None => migrator,
        }
    }
}
