//! Tells on standard error what a run does, in the words of Alembic's log.

mod event;

use limbeck::{Event, Observer};

use crate::ui::Ui;

/// An observer that writes the log.
pub(crate) struct Progress {
    ui: Ui,
}

impl Progress {
    pub(crate) fn new(ui: &Ui) -> Self {
        Self { ui: ui.clone() }
    }
}

impl Observer for Progress {
    fn event(&self, event: &Event<'_>) {
        if let Some(line) = event::line(event) {
            self.ui.log(&line, || event::words(event));
        }
    }
}
