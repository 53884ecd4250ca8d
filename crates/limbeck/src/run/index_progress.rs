//! How far PostgreSQL has come with an index: asked on a connection of its own, while the run's waits for the index.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use limbeck_core::Dialect;
use limbeck_core::dialect::first_words;

use super::Run;
use super::prepare::Prepared;
use crate::database::{self, Connection, Options, Row, Url};
use crate::observer::{Event, Observer};

/// How long a step runs before anybody wants to know, and how often they do then.
const PAUSE: Duration = Duration::from_secs(1);

/// Watches a step until it is dropped; no event comes after that.
///
/// The thread behind it is not waited for: a server that does not answer it must not hold up the run.
pub(super) struct Watch(Arc<Gate>);

impl Drop for Watch {
    fn drop(&mut self) {
        *self.0.over.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.0.ended.notify_all();
    }
}

impl Watch {
    /// Starts to watch a step; `None` where it makes no index, or not on PostgreSQL. A program may make one. Whatever goes wrong here is no
    /// concern of the run's.
    pub(super) fn start(run: &Run<'_>, connection: &dyn Connection, step: &Prepared) -> Option<Self> {
        let makes_index = |sql: &str| {
            let words = first_words(Dialect::Postgresql, sql, 3);
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            matches!(
                words.as_slice(),
                ["CREATE", "INDEX", ..] | ["CREATE", "UNIQUE", "INDEX"] | ["REINDEX", ..]
            )
        };
        if connection.dialect() != Dialect::Postgresql
            || step.program.is_none()
                && !step
                    .statements
                    .iter()
                    .any(|statement| makes_index(&statement.sql))
        {
            return None;
        }
        let watcher = Watcher {
            url: run.url.clone(),
            options: run.options.clone(),
            observer: Arc::clone(run.observer),
            revision: step.revision.id.clone(),
            backend: connection.session_id()?,
            gate: Arc::default(),
        };
        let watch = Self(Arc::clone(&watcher.gate));
        let thread = thread::Builder::new().name("limbeck index progress".to_owned());
        thread.spawn(move || watcher.follow()).ok()?;
        Some(watch)
    }
}

#[derive(Default)]
struct Gate {
    over: Mutex<bool>,
    ended: Condvar,
}

struct Watcher {
    url: Url,
    options: Options,
    observer: Arc<dyn Observer>,
    revision: String,
    /// The process of the server that makes the index. A pooler would make the number up, and nothing be found.
    backend: u64,
    gate: Arc<Gate>,
}

impl Watcher {
    fn follow(&self) -> Option<()> {
        self.pause()?;
        let mut connection = database::connect(&self.url, &self.options).ok()?;
        let sql = format!(
            "SELECT phase, lockers_done, lockers_total, blocks_done, blocks_total, tuples_done, tuples_total FROM \
             pg_catalog.pg_stat_progress_create_index WHERE pid = {}",
            self.backend
        );
        let mut is_making = false;
        loop {
            let rows = connection.query(&sql).ok()?;
            match rows.first() {
                Some(row) => self.tell(row.first()?.as_deref()?, counted(row))?,
                None if is_making => self.tell("done", None)?,
                None => {}
            }
            is_making = !rows.is_empty();
            self.pause()?;
        }
    }

    /// Pauses; `None` when the step is over.
    fn pause(&self) -> Option<()> {
        let over = self.gate.over.lock().ok()?;
        let waited = self.gate.ended.wait_timeout_while(over, PAUSE, |over| !*over);
        (!*waited.ok()?.0).then_some(())
    }

    /// Tells what the server says; `None` when the step is over. It can't end meanwhile.
    fn tell(&self, phase: &str, counted: Option<(u64, u64, &str)>) -> Option<()> {
        let over = self.gate.over.lock().ok()?;
        if *over {
            return None;
        }
        let (done, total, unit) = counted.unwrap_or_default();
        self.observer.event(&Event::IndexProgress {
            revision: &self.revision,
            phase,
            done,
            total,
            unit,
        });
        Some(())
    }
}

/// How much is done, of how much, and what. What is not counted in a phase has a total of nought.
fn counted(row: &Row) -> Option<(u64, u64, &'static str)> {
    let columns = [(1, "transactions"), (3, "blocks"), (5, "rows")];
    columns.into_iter().find_map(|(at, unit)| {
        let total = number(row, at + 1).filter(|total| *total > 0)?;
        Some((number(row, at)?, total, unit))
    })
}

fn number(row: &Row, at: usize) -> Option<u64> {
    row.get(at)?.as_deref()?.parse().ok()
}
