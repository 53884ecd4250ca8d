//! The migrations of this service, and their run on start-up.

use std::pin::pin;
use std::time::Duration;

use limbeck::database::Options;
use limbeck::{CancelToken, Error, Event, Migrator, Observer, State};
use serde::Serialize;

use crate::say;
use crate::stop::Stop;

/// The revisions of this service, embedded in it, for the database at `url`.
///
/// They are checked when the service is compiled: revisions that make no graph do not build.
pub(crate) fn migrator(url: &str) -> Migrator {
    Migrator::new(limbeck::embed!("migrations"))
        .url(url)
        .who(format!("registry-backend, pid {}", std::process::id()))
        .observer(Console)
}

/// Applies what the database lacks.
///
/// Any number of replicas may do this at the same time: each revision is applied once, and the others wait. Asked to
/// stop, it has the database give up the statement that runs, and what is then half done is undone or journalled.
pub(crate) async fn upgrade(migrator: &Migrator, stop: &mut Stop) -> Result<(), Error> {
    say(format_args!("database {}", migrator.display_url()?));
    let token = CancelToken::new();
    let migrator = migrator.clone().cancel_token(&token);
    let mut upgrade = pin!(migrator.upgrade_async("heads"));
    let outcome = tokio::select! {
        outcome = &mut upgrade => outcome?,
        () = stop.asked() => {
            token.cancel();
            upgrade.await?
        }
    };
    let revision = outcome.to.join(", ");
    if outcome.steps.is_empty() {
        say(format_args!(
            "migration: nothing to do, the database is at {revision}"
        ));
    } else {
        say(format_args!("migration: done, the database is at {revision}"));
    }
    Ok(())
}

/// Prints what a migration does.
struct Console;

impl Observer for Console {
    fn event(&self, event: &Event<'_>) {
        match event {
            Event::WaitingForLock { holder } => {
                say(format_args!(
                    "migration: waiting for that of another replica{holder}"
                ));
            }
            Event::Adopted { rows } => say(format_args!(
                "migration: took over from Alembic at {}",
                rows.join(", ")
            )),
            Event::Ahead { revisions } => say(format_args!(
                "migration: a newer release has applied {} already",
                revisions.join(", ")
            )),
            Event::StepStarted { step, of, total } => say(format_args!("migration {of}/{total}: {step}")),
            Event::Resuming { done, total, .. } => say(format_args!(
                "migration: going on behind the first {done} of {total} statements, which an earlier run has done"
            )),
            Event::Notice { notice, .. } => {
                say(format_args!("migration: {}: {}", notice.severity, notice.message));
            }
            Event::StepFinished { elapsed, .. } => {
                say(format_args!("migration: took {} ms", elapsed.as_millis()));
            }
            // The statements themselves, and what later versions of limbeck tell.
            _ => {}
        }
    }
}

/// How the database stands to the revisions in this program.
#[derive(Debug, Serialize)]
pub(crate) struct Readiness {
    /// Whether every revision in this program is applied.
    ready: bool,
    /// The revision that the database is at.
    revision: Option<String>,
    /// The newest revision in this program.
    expected: String,
    /// Why the database could not be asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl Readiness {
    fn unknown(expected: String, error: &dyn std::error::Error) -> Self {
        Self {
            ready: false,
            revision: None,
            expected,
            error: Some(error.to_string()),
        }
    }

    pub(crate) fn is_ready(&self) -> bool {
        self.ready
    }
}

/// Asks the database which revision it is at. Writes nothing.
///
/// A database that a newer release has migrated further is fine: that is what a rolling deployment looks like to
/// the replicas that are still of the old release.
pub(crate) async fn readiness(migrator: &Migrator) -> Readiness {
    // A probe that hangs tells less than one that fails.
    let limit = Duration::from_secs(2);
    let options = Options {
        connect_timeout: limit,
        ..Options::default()
    };
    let migrator = migrator.clone().lock_wait(limit).options(options);
    // limbeck blocks, so that it needs a thread on which it may.
    match tokio::task::spawn_blocking(move || ask(&migrator)).await {
        Ok(readiness) => readiness,
        Err(error) => Readiness::unknown(String::new(), &error),
    }
}

fn ask(migrator: &Migrator) -> Readiness {
    let expected = match migrator.scripts() {
        Ok(scripts) => scripts.graph().heads().join(", "),
        Err(error) => return Readiness::unknown(String::new(), &error),
    };
    let status = match migrator.status() {
        Ok(status) => status,
        Err(error) => return Readiness::unknown(expected, &error),
    };
    let missing = |state| matches!(state, State::Pending | State::Partial { .. });
    Readiness {
        ready: status.unknown.is_empty() && !status.revisions.iter().any(|revision| missing(revision.state)),
        revision: (!status.rows.is_empty()).then(|| status.rows.join(", ")),
        expected,
        error: None,
    }
}
