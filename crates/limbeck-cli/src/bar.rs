//! The line at the foot of a terminal that shows what is run, and for how long.

use std::env;
use std::io::{self, IsTerminal};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// How much of a name is shown: more would leave no room for how it goes.
const NAME_WIDTH: usize = 40;

/// A bar while there is something to show; never one where nobody would see it.
#[derive(Debug, Default)]
pub(crate) struct Bar {
    is_seen: bool,
    current: Mutex<Option<ProgressBar>>,
}

impl Bar {
    /// A bar for a terminal with somebody before it.
    pub(crate) fn on_terminal() -> Self {
        let in_ci = env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false");
        Self {
            is_seen: io::stderr().is_terminal() && !in_ci,
            current: Mutex::default(),
        }
    }

    /// Shows the start of something: number `of` of `total`.
    pub(crate) fn start(&self, of: usize, total: usize, what: &str) {
        if !self.is_seen {
            return;
        }
        let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        let style = ProgressStyle::with_template("[{pos}/{len}] {prefix}  {elapsed_precise}  {wide_msg}");
        let bar = ProgressBar::new(number(total))
            .with_position(number(of))
            .with_prefix(what.chars().take(NAME_WIDTH).collect::<String>())
            .with_style(style.expect("the template is right"));
        bar.enable_steady_tick(Duration::from_millis(200));
        self.replace(Some(bar));
    }

    /// Shows how it goes.
    pub(crate) fn tell(&self, message: String) {
        if let Some(bar) = self.current() {
            bar.set_message(message);
        }
    }

    /// Takes the bar away.
    pub(crate) fn clear(&self) {
        self.replace(None);
    }

    /// Writes something above the bar.
    pub(crate) fn above(&self, write: impl FnOnce()) {
        match self.current() {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }

    fn current(&self) -> Option<ProgressBar> {
        let current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        current.clone()
    }

    fn replace(&self, bar: Option<ProgressBar>) {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(before) = std::mem::replace(&mut *current, bar) {
            before.finish_and_clear();
        }
    }
}
