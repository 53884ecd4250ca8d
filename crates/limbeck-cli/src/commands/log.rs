use std::process::ExitCode;

use clap::Args;
use limbeck::Attempt;

use crate::context::Context;
use crate::report::CliError;
use crate::ui::Tone;

/// Show the journal: every attempt to run a revision, newest first.
#[derive(Debug, Args)]
pub(crate) struct Log {
    /// Show this many at most.
    #[arg(short = 'n', long, value_name = "COUNT")]
    limit: Option<usize>,
}

pub(crate) fn run(args: &Log, context: &Context<'_>) -> Result<ExitCode, CliError> {
    let mut attempts = context.migrator()?.log()?;
    attempts.reverse();
    attempts.truncate(args.limit.unwrap_or(usize::MAX));
    if context.ui.is_json() {
        context.ui.json(&attempts);
        return Ok(ExitCode::SUCCESS);
    }
    for attempt in &attempts {
        context.ui.line(line(attempt, context));
        if let Some(error) = &attempt.error {
            context.ui.line(format_args!("    {error}"));
        }
    }
    if attempts.is_empty() {
        context.ui.line("The journal is empty: limbeck has not run here.");
    }
    Ok(ExitCode::SUCCESS)
}

fn line(attempt: &Attempt, context: &Context<'_>) -> String {
    let tone = match attempt.outcome.as_str() {
        "done" => Tone::Good,
        "failed" => Tone::Bad,
        _ => Tone::Waiting,
    };
    let started = attempt.started_at.get(..19).unwrap_or(&attempt.started_at);
    let statements = match (attempt.outcome.as_str(), attempt.statements_total) {
        (_, 0) if attempt.statements_done == 0 => String::new(),
        // Of a program that was cut off.
        (_, 0) => format!("  {} statements", attempt.statements_done),
        ("done", 1) => "  1 statement".to_owned(),
        ("done", total) => format!("  {total} statements"),
        (_, total) => format!("  {} of {total} statements", attempt.statements_done),
    };
    format!(
        "{started}  {:9}  {}  {}{}{statements}  {}",
        attempt.direction,
        context.ui.paint(tone, format_args!("{:7}", attempt.outcome)),
        attempt.revision,
        if attempt.message.is_empty() {
            String::new()
        } else {
            format!(", {}", attempt.message)
        },
        context.ui.paint(Tone::Faint, format_args!("by {}", attempt.who))
    )
}
