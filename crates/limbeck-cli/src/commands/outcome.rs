//! What is said after a run.

use std::process::ExitCode;
use std::time::Duration;

use limbeck::Outcome;

use serde_json::json;

use crate::context::Context;
use crate::json;
use crate::report::CliError;
use crate::ui::time;

pub(crate) fn print(context: &Context<'_>, outcome: &Outcome) -> Result<ExitCode, CliError> {
    if context.ui.is_json() {
        context.ui.json(&json::outcome(outcome));
        return Ok(ExitCode::SUCCESS);
    }
    let at = if outcome.to.is_empty() {
        "base".to_owned()
    } else {
        outcome.to.join(", ")
    };
    let elapsed: Duration = outcome.steps.iter().map(|step| step.elapsed).sum();
    match outcome.steps.len() {
        0 => context.ui.line(format_args!("Already at {at}: nothing to do.")),
        1 => context
            .ui
            .line(format_args!("Now at {at}: 1 step in {}.", time(elapsed))),
        steps => context
            .ui
            .line(format_args!("Now at {at}: {steps} steps in {}.", time(elapsed))),
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints an offline script.
pub(crate) fn script(context: &Context<'_>, sql: &str) {
    if context.ui.is_json() {
        context.ui.json(&json!({ "sql": sql }));
    } else {
        context.ui.text(sql);
    }
}
