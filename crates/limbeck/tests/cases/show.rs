//! What a case shows of the library's results.

use std::fmt::Write as _;

use limbeck::database::{DatabaseError, Row};
use limbeck::{Attempt, Error, Event, Outcome, Planned, State, Status};

/// An event in one line; `None` for those that the outcome tells anyway.
pub(crate) fn event(event: &Event<'_>) -> Option<String> {
    Some(match event {
        Event::WaitingForLock { holder } => format!("waits for the lock{holder}"),
        Event::Adopted { rows } => format!("adopts {}", rows.join(", ")),
        Event::Ahead { revisions } => format!("ahead: {}", revisions.join(", ")),
        Event::StepStarted { step, .. } => step.to_string(),
        Event::Resuming {
            revision,
            done,
            total,
        } => format!("  resumes {revision} behind {done} of {total}"),
        Event::DroppingInvalidIndex { revision, index } => format!("  drops invalid {index} in {revision}"),
        Event::IndexIsThere { revision, index } => format!("  takes {index} as it is in {revision}"),
        Event::Notice { revision, notice } => {
            let code = notice.code.as_deref().unwrap_or("-");
            format!("  {} {code} in {revision}: {}", notice.severity, notice.message)
        }
        _ => return None,
    })
}

pub(crate) fn result<T>(result: Result<T, Error>, show: impl FnOnce(T) -> String) -> String {
    match result {
        Ok(value) => show(value),
        Err(error) => self::error(&error),
    }
}

fn error(error: &Error) -> String {
    let mut text = format!("error: {error}\n");
    if let Error::Irreversible { dialect, .. } | Error::NoSection { dialect, .. } = error {
        // So that the databases say the same where they do the same.
        text = text
            .replace(&format!("on {dialect}"), "on DIALECT")
            .replace(&format!(" {dialect}"), " DIALECT");
    }
    match error {
        Error::Failed(failure) => {
            let at = failure.position.unwrap_or_default();
            let mark = failure.position.map_or("", |_| "»");
            let _ = writeln!(text, "  in: {}{mark}{}", &failure.sql[..at], &failure.sql[at..]);
            text.push_str(&more(&failure.source));
            let _ = writeln!(text, "  {}", failure.remains);
        }
        Error::Database { source, .. } => text.push_str(&more(source)),
        _ => {}
    }
    text
}

fn more(error: &DatabaseError) -> String {
    let mut text = String::new();
    for (name, value) in [
        ("code", &error.code),
        ("detail", &error.detail),
        ("hint", &error.hint),
    ] {
        if let Some(value) = value {
            let _ = writeln!(text, "  {name}: {value}");
        }
    }
    text
}

pub(crate) fn outcome(outcome: Outcome) -> String {
    let mut text = String::new();
    for step in outcome.steps.iter().filter(|step| step.resumed_behind > 0) {
        let _ = writeln!(
            text,
            "  {} ran {} statements behind {}",
            step.revision, step.statements, step.resumed_behind
        );
    }
    let _ = writeln!(text, "= {}", outcome.to.join(" "));
    text
}

pub(crate) fn status(status: Status) -> String {
    let mut text = format!("= {}\n", status.rows.join(" "));
    for revision in &status.revisions {
        let _ = write!(text, "  {} {}", revision.revision, revision.state.name());
        if let State::Partial { done, total } = revision.state {
            let _ = write!(text, " {done} of {total}");
        }
        if let (Some(at), Some(by)) = (&revision.applied_at, &revision.applied_by) {
            let _ = write!(text, " {at} by {by}");
        }
        text.push('\n');
    }
    if !status.unknown.is_empty() {
        let _ = writeln!(text, "  unknown: {}", status.unknown.join(" "));
    }
    let _ = writeln!(
        text,
        "  {}",
        if status.is_current() {
            "current"
        } else {
            "not current"
        }
    );
    text
}

pub(crate) fn log(attempts: &[Attempt]) -> String {
    let mut text = String::new();
    // PostgreSQL leaves numbers out where something was rolled back.
    for (at, attempt) in attempts.iter().enumerate() {
        let _ = write!(
            text,
            "  {} {} {} {} {}/{}",
            at + 1,
            attempt.direction,
            attempt.revision,
            attempt.outcome,
            attempt.statements_done,
            attempt.statements_total
        );
        if let Some(error) = &attempt.error {
            let _ = write!(text, ": {error}");
        }
        text.push('\n');
    }
    text
}

pub(crate) fn plan(plan: &[Planned]) -> String {
    let mut text = String::new();
    for step in plan {
        let _ = writeln!(
            text,
            "  {} {} {}",
            step.direction.name(),
            step.revision,
            step.message
        );
        for (at, statement) in step.statements.iter().enumerate() {
            let done = if at < step.done { "done " } else { "" };
            let autocommit = if statement.autocommit { "autocommit " } else { "" };
            let _ = writeln!(
                text,
                "    {}: {done}{autocommit}{}",
                statement.line, statement.sql
            );
        }
    }
    text
}

pub(crate) fn script(script: &str) -> String {
    // What is written into the journal has tests of its own.
    let statements = script
        .split("\n\n")
        .filter(|text| !text.contains("limbeck_journal"));
    let lines = statements.flat_map(str::lines).filter(|line| !line.is_empty());
    lines.map(|line| format!("| {line}\n")).collect()
}

pub(crate) fn sql(result: Result<Vec<Row>, DatabaseError>) -> String {
    match result {
        Ok(rows) => rows
            .into_iter()
            .map(|row| {
                let values: Vec<_> = row
                    .into_iter()
                    .map(|value| value.unwrap_or_else(|| "NULL".to_owned()))
                    .collect();
                format!("  {}\n", values.join(" | "))
            })
            .collect(),
        Err(error) => format!("  refused: {error}\n"),
    }
}

/// Puts a word in the place of what differs from run to run.
pub(crate) fn normalise(text: &str, directory: &str, database: Option<&str>) -> String {
    let mut text = text.replace(directory, "DIR");
    if let Some(database) = database {
        // `test_1` must not be found in `test_12`.
        text = replace_word(&text, database, "DATABASE");
    }
    times(&text)
}

fn replace_word(text: &str, word: &str, by: &str) -> String {
    let mut result = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(word) {
        result.push_str(before);
        let whole = !after.starts_with(|c: char| c.is_ascii_digit());
        result.push_str(if whole { by } else { word });
        rest = after;
    }
    result + rest
}

/// `2026-11-23T10:12:00.123Z` becomes TIME.
fn times(text: &str) -> String {
    const SHAPE: &[u8] = b"0000-00-00T00:00:00.000Z";
    let bytes = text.as_bytes();
    let fits = |at: usize| {
        bytes.get(at..at + SHAPE.len()).is_some_and(|slice| {
            slice.iter().zip(SHAPE).all(|(byte, shape)| {
                if *shape == b'0' {
                    byte.is_ascii_digit()
                } else {
                    byte == shape
                }
            })
        })
    };
    let (mut result, mut at) = (String::new(), 0);
    while at < text.len() {
        if fits(at) {
            result.push_str("TIME");
            at += SHAPE.len();
        } else {
            let char = text[at..].chars().next().expect("there is more");
            result.push(char);
            at += char.len_utf8();
        }
    }
    result
}
