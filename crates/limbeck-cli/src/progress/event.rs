//! What an event of a run says: in words for a person, and in fields for a program.

use std::time::Duration;

use limbeck::Event;
use limbeck::database::{Notice, Severity};
use serde_json::{Value, json};

use crate::log::{Level, Line};
use crate::ui::{size, time};

/// From here on it is worth telling a person how long a step took.
const LONG: Duration = Duration::from_secs(1);

/// An event as a line of the log; `None` where it is not for the log.
pub(super) fn line(event: &Event<'_>) -> Option<Line> {
    let (level, name, fields) = fields(event)?;
    let message = match event {
        Event::IndexProgress {
            phase,
            done,
            total,
            unit,
            ..
        } => index_progress(phase, *done, *total, unit),
        Event::StepFinished { step, elapsed } => format!("{step}: done in {} ms", milliseconds(*elapsed)),
        _ => words(event)?.lines().next().unwrap_or_default().trim().to_owned(),
    };
    Some(Line {
        level,
        event: name,
        message,
        fields,
    })
}

/// An event in words, in one line or several; `None` where a person needs none.
pub(super) fn words(event: &Event<'_>) -> Option<String> {
    Some(match event {
        Event::Unreachable { error, pause } => {
            format!("{error}; trying again in {:.1} s", pause.as_secs_f64())
        }
        Event::Retrying { revision, pause } => format!(
            "  {revision} waited for a lock for too long and gave way; trying again in {:.1} s",
            pause.as_secs_f64()
        ),
        Event::WaitingForLock { holder } => {
            format!("Waiting for another migration that holds the lock{holder}")
        }
        Event::Adopted { rows } => format!(
            "Adopted this database from Alembic at {}: what is applied is in the journal from now on",
            rows.join(", ")
        ),
        Event::Ahead { revisions } => format!(
            "The database is ahead of this checkout: a newer one applied {}",
            revisions.join(", ")
        ),
        Event::Reconnected { revision, committed } => format!(
            "  the connection was lost in {revision}, and is back: {}",
            if *committed {
                "it was committed"
            } else {
                "it was not committed"
            }
        ),
        Event::BackupStarted { file, reason } => format!("Backing up to {}: {reason}", file.display()),
        Event::BackupProgress {
            written,
            total,
            elapsed,
        } => {
            let of = total
                .map(|total| format!(" of {}", size(total)))
                .unwrap_or_default();
            format!("  {}{of} after {} s", size(*written), elapsed.as_secs())
        }
        Event::BackupFinished { backup, elapsed } => format!(
            "  {} written and read again in {}",
            size(backup.size),
            time(*elapsed)
        ),
        Event::StepStarted { step, .. } => step.to_string(),
        Event::Resuming {
            revision,
            done,
            total: 0,
        } => format!(
            "  an earlier run of {revision} was cut off: evaluating it again, and going on behind its first {done} statements"
        ),
        Event::Resuming {
            revision,
            done,
            total,
        } => format!(
            "  an earlier run of {revision} was cut off: going on behind its first {done} of {total} statements"
        ),
        Event::DroppingInvalidIndex { index, .. } => {
            format!("  index {index} was left invalid by an earlier try: dropping it, and making it again")
        }
        Event::IndexIsThere { index, .. } => {
            format!("  index {index} is there already, valid and with this definition: nothing to make")
        }
        Event::Statement { file, line, sql, .. } => {
            format!("  {file}:{line}: {}", sql.lines().next().unwrap_or_default())
        }
        Event::Notice { revision, notice } => {
            let mut text = format!("  {revision}: {}: {}", notice.severity, notice.message);
            for more in [&notice.detail, &notice.hint].into_iter().flatten() {
                text.push_str(&format!("\n    {more}"));
            }
            text
        }
        Event::StepFinished { elapsed, .. } if *elapsed >= LONG => {
            format!("  took {:.1} s", elapsed.as_secs_f64())
        }
        _ => return None,
    })
}

/// How far an index is: `building index: scanning table, 43 %`.
pub(super) fn index_progress(phase: &str, done: u64, total: u64, unit: &str) -> String {
    match total {
        _ if phase == "done" => "the index is made".to_owned(),
        0 => phase.to_owned(),
        _ if unit == "transactions" => {
            format!("{phase}, {} of {total} {unit} left", total.saturating_sub(done))
        }
        _ => format!("{phase}, {} %", u128::from(done) * 100 / u128::from(total)),
    }
}

/// An event's weight, name and fields.
fn fields(event: &Event<'_>) -> Option<(Level, &'static str, Value)> {
    Some(match event {
        Event::Unreachable { error, pause } => {
            let fields =
                json!({ "code": error.code, "hint": error.hint, "retry_in_ms": milliseconds(*pause) });
            (Level::Warn, "unreachable", fields)
        }
        Event::Retrying { revision, pause } => {
            let fields = json!({ "revision": revision, "retry_in_ms": milliseconds(*pause) });
            (Level::Warn, "retrying", fields)
        }
        Event::WaitingForLock { holder } => (
            Level::Info,
            "waiting_for_lock",
            json!({ "holder": holder.trim() }),
        ),
        Event::Adopted { rows } => (Level::Info, "adopted", json!({ "revisions": rows })),
        Event::Ahead { revisions } => (Level::Info, "ahead", json!({ "revisions": revisions })),
        Event::Reconnected { revision, committed } => {
            let fields = json!({ "revision": revision, "committed": committed });
            (Level::Warn, "reconnected", fields)
        }
        _ => return fields_of_backup(event).or_else(|| fields_of_step(event)),
    })
}

/// The same for a backup.
fn fields_of_backup(event: &Event<'_>) -> Option<(Level, &'static str, Value)> {
    Some(match event {
        Event::BackupStarted { file, reason } => {
            let fields = json!({ "file": file, "reason": reason });
            (Level::Info, "backup_started", fields)
        }
        Event::BackupProgress {
            written,
            total,
            elapsed,
        } => {
            let fields = json!({ "written": written, "total": total, "elapsed_ms": milliseconds(*elapsed) });
            (Level::Info, "backup_progress", fields)
        }
        Event::BackupFinished { backup, elapsed } => {
            let fields = json!({
                "file": backup.file,
                "size": backup.size,
                "elapsed_ms": milliseconds(*elapsed),
            });
            (Level::Info, "backup_finished", fields)
        }
        _ => return None,
    })
}

/// The same for what happens within a step.
fn fields_of_step(event: &Event<'_>) -> Option<(Level, &'static str, Value)> {
    Some(match event {
        Event::StepStarted { step, of, total } => {
            let fields = json!({
                "revision": step.revision,
                "direction": step.verb,
                "from": step.from,
                "to": step.to,
                "step": of,
                "steps": total,
            });
            (Level::Info, "step_started", fields)
        }
        Event::Resuming {
            revision,
            done,
            total,
        } => {
            let fields = json!({ "revision": revision, "statements_done": done, "statements_total": total });
            (Level::Info, "resuming", fields)
        }
        Event::Statement {
            revision,
            file,
            line,
            sql,
        } => {
            let fields = json!({ "revision": revision, "file": file, "line": line, "sql": sql });
            (Level::Debug, "statement", fields)
        }
        Event::Notice { revision, notice } => (weight(notice), "notice", said(revision, notice)),
        Event::StepFinished { step, elapsed } => {
            let fields = json!({
                "revision": step.revision,
                "direction": step.verb,
                "elapsed_ms": milliseconds(*elapsed),
            });
            (Level::Info, "step_finished", fields)
        }
        _ => return fields_of_index(event),
    })
}

/// The same for what happens to an index.
fn fields_of_index(event: &Event<'_>) -> Option<(Level, &'static str, Value)> {
    Some(match event {
        Event::DroppingInvalidIndex { revision, index } => {
            let fields = json!({ "revision": revision, "index": index });
            (Level::Warn, "dropping_invalid_index", fields)
        }
        Event::IndexIsThere { revision, index } => {
            let fields = json!({ "revision": revision, "index": index });
            (Level::Info, "index_is_there", fields)
        }
        Event::IndexProgress {
            revision,
            phase,
            done,
            total,
            unit,
        } => {
            let fields = json!({
                "revision": revision,
                "phase": phase,
                "done": done,
                "total": total,
                "unit": unit,
            });
            (Level::Info, "index_progress", fields)
        }
        _ => return None,
    })
}

/// A warning of the server is one of the run; whatever else it says is no more than news.
fn weight(notice: &Notice) -> Level {
    if notice.severity >= Severity::Warning {
        Level::Warn
    } else {
        Level::Info
    }
}

fn said(revision: &str, notice: &Notice) -> Value {
    json!({
        "revision": revision,
        "severity": notice.severity.to_string(),
        "code": notice.code,
        "detail": notice.detail,
        "hint": notice.hint,
    })
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use limbeck::StepLine;
    use limbeck::database::{DatabaseError, ErrorKind};

    use super::*;

    /// The row of a table in docs/observability.md whose first column names something.
    fn row(name: &str) -> Option<&'static str> {
        let name = format!("`{name}`");
        let page = include_str!("../../../../docs/observability.md");
        page.lines()
            .filter(|line| line.starts_with('|'))
            .find(|line| line.split('|').nth(1).is_some_and(|cell| cell.contains(&name)))
    }

    fn is_documented(event: &Event<'_>) {
        let line = line(event).expect("it is for the log");
        let row = row(line.event).unwrap_or_else(|| panic!("docs/observability.md has no {}", line.event));
        let level = serde_json::to_value(line.level).expect("a level is a word");
        assert!(row.contains(level.as_str().expect("a level is a word")), "{row}");
        for field in line.fields.as_object().expect("fields are an object").keys() {
            assert!(row.contains(&format!("`{field}`")), "{row} lacks {field}");
        }
        assert!(!line.message.is_empty(), "{event:?}");
    }

    #[test]
    fn every_event_is_documented() {
        let (ids, pause) = (["001".to_owned()], Duration::from_millis(250));
        let (rows, revision) = (ids.as_slice(), "001");
        let step = &StepLine {
            revision,
            verb: "upgrade",
            from: rows,
            to: rows,
            message: "users",
        };
        let error = &DatabaseError::new(ErrorKind::Connect, "nobody answers");
        let notice = &Notice {
            severity: Severity::Notice,
            message: "look".to_owned(),
            code: None,
            detail: None,
            hint: None,
        };
        for event in [
            Event::Unreachable { error, pause },
            Event::WaitingForLock { holder: " (pid 1)" },
            Event::Adopted { rows },
            Event::Ahead { revisions: rows },
            Event::Retrying { revision, pause },
            Event::Reconnected {
                revision,
                committed: true,
            },
            Event::StepStarted {
                step,
                of: 1,
                total: 2,
            },
            Event::Resuming {
                revision,
                done: 1,
                total: 2,
            },
            Event::Statement {
                revision,
                file: "001_users.sql",
                line: 1,
                sql: "SELECT 1",
            },
            Event::Notice { revision, notice },
            Event::StepFinished { step, elapsed: pause },
        ] {
            is_documented(&event);
        }
    }

    #[test]
    fn so_are_those_of_an_index() {
        let (revision, index) = ("001", "public.users_name");
        is_documented(&Event::DroppingInvalidIndex { revision, index });
        is_documented(&Event::IndexIsThere { revision, index });
        is_documented(&Event::IndexProgress {
            revision,
            phase: "building index",
            done: 1,
            total: 2,
            unit: "rows",
        });
    }

    #[test]
    fn so_are_those_of_a_backup() {
        is_documented(&Event::BackupStarted {
            file: "backups/a.db".as_ref(),
            reason: "002.sql:1 drops table users",
        });
        let progress = Event::BackupProgress {
            written: 1_500_000,
            total: Some(3_000_000),
            elapsed: Duration::from_secs(10),
        };
        is_documented(&progress);
        assert_eq!(words(&progress).as_deref(), Some("  1.5 MB of 3.0 MB after 10 s"));
    }

    #[test]
    fn an_index_has_a_share_or_waits_for_others() {
        assert_eq!(index_progress("initializing", 0, 0, ""), "initializing");
        assert_eq!(index_progress("scanning", 43, 99, "blocks"), "scanning, 43 %");
        assert_eq!(
            index_progress("waiting", 1, 3, "transactions"),
            "waiting, 2 of 3 transactions left"
        );
        assert_eq!(index_progress("done", 0, 0, ""), "the index is made");
        assert_eq!(
            index_progress("scanning", u64::MAX, u64::MAX, "rows"),
            "scanning, 100 %"
        );
    }
}
