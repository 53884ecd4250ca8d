use std::process::ExitCode;

use clap::Args;
use limbeck::{RevisionStatus, State};

use crate::context::Context;
use crate::json;
use crate::prometheus;
use crate::report::CliError;
use crate::ui::{Tone, Ui};

/// Show what is applied, pending, edited or cut off.
#[derive(Debug, Args)]
pub(crate) struct Status {
    /// Fail unless the database is at the heads and nothing is wrong.
    #[arg(long)]
    check: bool,
}

pub(crate) fn run(args: &Status, context: &Context<'_>) -> Result<ExitCode, CliError> {
    let migrator = context.migrator()?;
    let status = migrator.status();
    if context.ui.is_prometheus() {
        // Also a database that can't be reached is a result: a collector is to hear of it.
        let target = prometheus::Target {
            database: migrator.display_url()?,
            version_table: context.version_table()?,
            dialect: migrator.dialect()?,
        };
        let metrics = prometheus::metrics(&target, status.as_ref().ok());
        context.ui.text(&metrics);
    }
    let status = status?;
    let code = if args.check && !status.is_current() {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    };
    if context.ui.is_json() {
        context.ui.json(&json::status(&status));
    } else if !context.ui.is_prometheus() {
        print(context.ui, &status);
    }
    Ok(code)
}

fn print(ui: &Ui, status: &limbeck::Status) {
    let width =
        |value: fn(&RevisionStatus) -> usize| status.revisions.iter().map(value).max().unwrap_or_default();
    let (id_width, message_width) = (
        width(|r| r.revision.chars().count()),
        width(|r| r.message.chars().count()).min(50),
    );
    for revision in &status.revisions {
        let word = format!("{:<8}", revision.state.name());
        let applied = match (&revision.applied_at, &revision.applied_by) {
            (Some(at), Some(by)) => ui.paint(
                Tone::Faint,
                format_args!("  {} by {by}", at.get(..19).unwrap_or(at)),
            ),
            _ => String::new(),
        };
        let line = format!(
            "{}  {:id_width$}  {:message_width$}{applied}{}",
            ui.paint(tone(revision.state), word),
            revision.revision,
            revision.message,
            note(revision)
        );
        ui.line(line.trim_end());
    }
    for row in &status.unknown {
        ui.line(format_args!(
            "{}  {row}  in the version table, but neither in this checkout nor in the journal",
            ui.paint(Tone::Bad, "unknown ")
        ));
    }
    summary(ui, status);
}

fn tone(state: State) -> Tone {
    match state {
        State::Applied => Tone::Good,
        State::Edited | State::Partial { .. } => Tone::Bad,
        _ => Tone::Waiting,
    }
}

fn note(revision: &RevisionStatus) -> String {
    match revision.state {
        State::Edited => format!("  edited since: {}", revision.file),
        State::Ahead => "  not in this checkout".to_owned(),
        // A program's statements are not known before its end.
        State::Partial { done, total: 0 } => format!("  cut off behind {done} statements"),
        State::Partial { done, total } => format!("  cut off: {done} of {total} statements done"),
        _ => match (&revision.depends, &revision.trouble) {
            (Some(depends), _) => format!("  {depends}"),
            (None, Some(trouble)) => format!("  can't be run: {trouble}"),
            (None, None) => String::new(),
        },
    }
}

fn summary(ui: &Ui, status: &limbeck::Status) {
    let count = |name: &str| {
        status
            .revisions
            .iter()
            .filter(|revision| revision.state.name() == name)
            .count()
    };
    let at = if status.rows.is_empty() {
        "base".to_owned()
    } else {
        status.rows.join(", ")
    };
    let counts: Vec<String> = ["applied", "edited", "ahead", "partial", "pending"]
        .into_iter()
        .filter(|name| count(name) > 0)
        .map(|name| format!("{} {name}", count(name)))
        .collect();
    let counts = if counts.is_empty() {
        "no revisions".to_owned()
    } else {
        counts.join(", ")
    };
    ui.line(format_args!("At {at}: {counts}."));
}
