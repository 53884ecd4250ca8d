//! Tells on standard error what a run does, in the words of Alembic's log.

mod event;

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use limbeck::{Event, Observer};

use crate::ui::Ui;

/// An observer that writes the log, and moves the bar.
pub(crate) struct Progress {
    ui: Ui,
    pace: Pace,
}

impl Progress {
    pub(crate) fn new(ui: &Ui) -> Self {
        Self {
            ui: ui.clone(),
            pace: Pace::default(),
        }
    }

    fn move_bar(&self, event: &Event<'_>) {
        let bar = self.ui.bar();
        match event {
            Event::StepStarted { step, of, total } => {
                bar.start(*of, *total, &format!("{} {}", step.revision, step.message));
            }
            Event::IndexProgress {
                phase,
                done,
                total,
                unit,
                ..
            } => bar.tell(event::index_progress(phase, *done, *total, unit)),
            _ => {}
        }
    }
}

impl Observer for Progress {
    fn event(&self, event: &Event<'_>) {
        if let Event::StepFinished { .. } | Event::Retrying { .. } | Event::Reconnected { .. } = event {
            self.ui.bar().clear();
        }
        if self.pace.is_due(event)
            && let Some(line) = event::line(event)
        {
            self.ui.log(&line, || event::words(event));
        }
        self.move_bar(event);
    }
}

/// A run that fails says nothing of its end.
impl Drop for Progress {
    fn drop(&mut self) {
        self.ui.bar().clear();
    }
}

/// A log is no display: of an index it tells each phase, and then from time to time how far that is, as of a
/// backup.
#[derive(Default)]
struct Pace(Mutex<Option<(String, Instant)>>);

impl Pace {
    const EVERY: Duration = Duration::from_secs(10);

    fn is_due(&self, event: &Event<'_>) -> bool {
        if let Event::BackupProgress { elapsed, .. } = event {
            // It is told once a second.
            return elapsed.as_secs() % Self::EVERY.as_secs() == 0;
        }
        let Event::IndexProgress { phase, .. } = event else {
            return true;
        };
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = told
            .as_ref()
            .is_none_or(|(known, when)| known != phase || when.elapsed() >= Self::EVERY);
        if is_due {
            *told = Some(((*phase).to_owned(), Instant::now()));
        }
        is_due
    }
}
