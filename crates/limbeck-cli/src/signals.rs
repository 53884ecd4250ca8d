//! SIGINT and SIGTERM: a run comes to an orderly end, anything else ends at once.

use std::io;
use std::process::{self, ExitCode};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::thread;

use limbeck::CancelToken;
use serde_json::json;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator;

use crate::log::{Level, Line};
use crate::ui::Ui;

/// What has come in so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct Signals {
    token: CancelToken,
    /// The first signal's number; nought before.
    received: Arc<AtomicU8>,
}

impl Signals {
    /// Takes the signals over, from now on to the end of the process.
    pub(crate) fn watch(ui: Ui) -> io::Result<Self> {
        let signals = Self::default();
        let mut incoming = iterator::Signals::new([SIGINT, SIGTERM])?;
        let watcher = signals.clone();
        thread::spawn(move || {
            for signal in incoming.forever() {
                watcher.take(u8::try_from(signal).unwrap_or_default(), &ui);
            }
        });
        Ok(signals)
    }

    fn take(&self, signal: u8, ui: &Ui) {
        let first = self.received.swap(signal, Ordering::SeqCst) == 0;
        let under_way = self.token.cancel();
        if !(first && under_way) {
            ui.bar().clear();
            process::exit(i32::from(code(signal)));
        }
        let line = Line {
            level: Level::Warn,
            event: "stopping",
            message: "Stopping: what runs is cancelled on the server, and the lock given back. A second signal ends this \
                      at once"
                .to_owned(),
            fields: json!({ "signal": signal }),
        };
        ui.log(&line, || Some(line.message.clone()));
    }

    /// Stops the runs of migrators that have it.
    pub(crate) fn token(&self) -> &CancelToken {
        &self.token
    }

    /// The exit code for the signal that came in, if one did.
    pub(crate) fn exit_code(&self) -> Option<ExitCode> {
        let received = self.received.load(Ordering::SeqCst);
        (received != 0).then(|| ExitCode::from(code(received)))
    }
}

/// What a shell says of a program that a signal has ended.
fn code(signal: u8) -> u8 {
    128 + signal
}
