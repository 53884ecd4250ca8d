//! Telling limbeck that something is right although it does not look so. Each is a row in the journal.

use limbeck_core::revision::Revision;

use super::Run;
use super::actions::adopted;
use super::journal::{self, Record};
use super::known::Known;
use super::prepare::kept;
use super::session::Session;
use crate::error::Error;
use crate::observer::Event;

/// Accepts the present text of an applied revision.
pub(crate) fn accept(run: &Run<'_>, target: &str) -> Result<String, Error> {
    with_lock(run, target, |session, known, rows, revision| {
        if !known
            .graph
            .applied(rows)
            .iter()
            .any(|applied| applied.id == revision.id)
        {
            let message = format!(
                "revision {} is not applied here, so there is no edit to accept: see 'limbeck status'",
                revision.id
            );
            return Err(Error::Repair(message));
        }
        let Some(script) = known.scripts.script(&revision.id)? else {
            let message = format!(
                "revision {} is not in this checkout, so there is no text of it to accept: use the checkout that has it",
                revision.id
            );
            return Err(Error::Repair(message));
        };
        let (checksum, downgrade) = kept(known, Some(&script), &revision.id, session.dialect())?;
        let record = adopted(revision, checksum.as_deref(), downgrade.as_deref(), run.who);
        Ok(vec![journal::insert(
            &session.tables,
            &Record {
                direction: "accept",
                ..record
            },
        )])
    })
}

/// Forgets the statements that an interrupted run has finished, because they were undone by hand.
pub(crate) fn restart(run: &Run<'_>, target: &str) -> Result<String, Error> {
    with_lock(run, target, |session, _, _, revision| {
        let attempts = session.attempts()?;
        let unfinished = ["upgrade", "downgrade"]
            .into_iter()
            .any(|direction| journal::unfinished(&attempts, &revision.id, direction).is_some());
        if !unfinished {
            let message = format!(
                "no run of revision {} was cut off here, so it starts at its beginning anyway",
                revision.id
            );
            return Err(Error::Repair(message));
        }
        let close = journal::finish(
            &session.tables,
            &revision.id,
            "failed",
            Some("cut off before its end"),
        );
        let record = Record {
            direction: "restart",
            ..adopted(revision, None, None, run.who)
        };
        Ok(vec![close, journal::insert(&session.tables, &record)])
    })
}

fn with_lock(
    run: &Run<'_>,
    target: &str,
    statements: impl FnOnce(&mut Session, &Known<'_>, &[String], &Revision) -> Result<Vec<String>, Error>,
) -> Result<String, Error> {
    let mut session = run.session()?;
    let _lock = run.lock(&mut session, false)?;
    let rows = session.rows()?;
    let known = session.known(run.scripts, &rows)?;
    let found = known.graph.resolve(target, &rows)?;
    let [revision] = found.as_slice() else {
        return Err(Error::Repair(format!(
            "'{target}' must name one revision, but names {}",
            found.len()
        )));
    };
    let revision = (*revision).clone();
    if session.claim(&known, &rows, run.who)? {
        run.observer.event(&Event::Adopted { rows: &rows });
    }
    let statements = statements(&mut session, &known, &rows, &revision)?;
    session.run_own(&statements, "can't write the journal")?;
    Ok(revision.id)
}
