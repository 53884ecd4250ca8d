//! Tells on standard error what a run does, in the words of Alembic's log.

use std::time::Duration;

use limbeck::{Event, Observer};

use crate::cli::Format;
use crate::ui::Ui;

/// An observer that prints.
pub(crate) struct Progress {
    ui: Ui,
}

impl Progress {
    pub(crate) fn new(ui: &Ui) -> Self {
        Self {
            ui: Ui::new(
                if ui.is_json() { Format::Json } else { Format::Human },
                ui.is_quiet(),
            ),
        }
    }
}

/// From here on it is worth telling how long a step took.
const LONG: Duration = Duration::from_secs(1);

impl Observer for Progress {
    fn event(&self, event: &Event<'_>) {
        match event {
            Event::Unreachable { error, pause } => {
                self.ui.tell(format_args!("{error}; trying again in {:.1} s", pause.as_secs_f64()));
            }
            Event::Retrying { revision, pause } => self.ui.tell(format_args!(
                "  {revision} waited for a lock for too long and gave way; trying again in {:.1} s",
                pause.as_secs_f64()
            )),
            Event::WaitingForLock { holder } => {
                self.ui.tell(format_args!("Waiting for another migration that holds the lock{holder}"));
            }
            Event::Adopted { rows } => self.ui.tell(format_args!(
                "Adopted this database from Alembic at {}: what is applied is in the journal from now on",
                rows.join(", ")
            )),
            Event::Ahead { revisions } => self.ui.tell(format_args!(
                "The database is ahead of this checkout: a newer one applied {}",
                revisions.join(", ")
            )),
            Event::Reconnected { revision, committed } => self.ui.tell(format_args!(
                "  the connection was lost in {revision}, and is back: {}",
                if *committed { "it was committed" } else { "it was not committed" }
            )),
            Event::StepStarted { step, .. } => self.ui.tell(step),
            Event::Resuming { revision, done, total } => self.ui.tell(format_args!(
                "  an earlier run of {revision} was cut off: going on behind its first {done} of {total} statements"
            )),
            Event::DroppingInvalidIndex { index, .. } => self.ui.tell(format_args!(
                "  index {index} was left invalid by an earlier try: dropping it, and making it again"
            )),
            Event::IndexIsThere { index, .. } => self.ui.tell(format_args!(
                "  index {index} is there already, valid and with this definition: nothing to make"
            )),
            Event::Notice { revision, notice } => {
                self.ui.tell(format_args!("  {revision}: {}: {}", notice.severity, notice.message));
                for more in [&notice.detail, &notice.hint].into_iter().flatten() {
                    self.ui.tell(format_args!("    {more}"));
                }
            }
            Event::StepFinished { elapsed, .. } if *elapsed >= LONG => {
                self.ui.tell(format_args!("  took {:.1} s", elapsed.as_secs_f64()));
            }
            _ => {}
        }
    }
}
