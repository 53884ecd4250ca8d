use std::process::ExitCode;

use clap::Args;
use limbeck::Planned;

use crate::context::Context;
use crate::json;
use crate::report::CliError;
use crate::ui::{Tone, Ui};

/// Show what an upgrade (or with --down, a downgrade) would run on the database as it is now.
#[derive(Debug, Args)]
pub(crate) struct Plan {
    /// Where to, as for 'upgrade' or 'downgrade'.
    #[arg(value_name = "TARGET", default_value = "heads", allow_hyphen_values = true)]
    target: String,
    /// Plan a downgrade.
    #[arg(long)]
    down: bool,
}

pub(crate) fn run(args: &Plan, context: &Context<'_>) -> Result<ExitCode, CliError> {
    let migrator = context.migrator()?;
    let steps = if args.down {
        migrator.plan_downgrade(&args.target)?
    } else {
        migrator.plan_upgrade(&args.target)?
    };
    if context.ui.is_json() {
        context
            .ui
            .json(&steps.iter().map(json::planned).collect::<Vec<_>>());
        return Ok(ExitCode::SUCCESS);
    }
    if steps.is_empty() {
        context.ui.line("Nothing to do.");
    }
    for step in &steps {
        print(context.ui, step);
    }
    Ok(ExitCode::SUCCESS)
}

fn print(ui: &Ui, step: &Planned) {
    let message = if step.message.is_empty() {
        String::new()
    } else {
        format!(", {}", step.message)
    };
    ui.line(format_args!(
        "{} {} -> {}{message}",
        step.direction.name(),
        step.from.join(", "),
        step.to.join(", ")
    ));
    ui.line(ui.paint(Tone::Faint, format_args!("  {}", step.file)));
    if let Some(depends) = &step.depends {
        ui.line(format_args!("    -- {depends}; what it runs is known only then"));
    }
    for (index, statement) in step.statements.iter().enumerate() {
        let note = note(step, index);
        let mut lines = statement
            .sql
            .lines()
            .map(|line| format!("    {line}"))
            .collect::<Vec<_>>();
        if let Some(last) = lines.last_mut() {
            last.push(';');
            last.push_str(&note);
        }
        ui.line(lines.join("\n"));
    }
}

/// What is worth knowing about a statement.
fn note(step: &Planned, index: usize) -> String {
    if index < step.done {
        return " -- done by an earlier run".to_owned();
    }
    let autocommit = step.statements[index].autocommit.then(|| "autocommit".to_owned());
    let loss = step.losses[index].as_ref().map(ToString::to_string);
    let notes: Vec<String> = autocommit.into_iter().chain(loss).collect();
    if notes.is_empty() {
        return String::new();
    }
    format!(" -- {}", notes.join("; "))
}
