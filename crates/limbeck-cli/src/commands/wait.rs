use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use clap::Args;
use serde_json::json;

use crate::config::duration;
use crate::context::Context;
use crate::log::{Level, Line};
use crate::report::CliError;

/// Wait until the database is at the heads of this checkout, or ahead of them: for workers and init containers.
///
/// Nothing is written; the right to read the version table suffices.
#[derive(Debug, Args)]
pub(crate) struct Wait {
    /// How long to wait.
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = duration)]
    timeout: Duration,
}

const PAUSE: Duration = Duration::from_millis(500);

pub(crate) fn run(args: &Wait, context: &Context<'_>) -> Result<ExitCode, CliError> {
    let start = Instant::now();
    let mut told = Vec::new();
    loop {
        let left = args.timeout.saturating_sub(start.elapsed());
        let migrator = context.migrator()?.connect_wait(left);
        let missing = migrator.pending()?;
        if missing.is_empty() {
            report(context, &migrator.current()?);
            return Ok(ExitCode::SUCCESS);
        }
        if left.is_zero() {
            return Err(CliError::failed(format!(
                "the database was not migrated within {:?}: it lacks {}. Look at what 'limbeck run' or 'limbeck upgrade' says \
                 where it is run",
                args.timeout,
                missing.join(", ")
            )));
        }
        if missing != told {
            tell(context, &missing);
            told = missing;
        }
        thread::sleep(PAUSE.min(left));
    }
}

fn tell(context: &Context<'_>, missing: &[String]) {
    let line = Line {
        level: Level::Info,
        event: "waiting",
        message: format!("Waiting for {}", missing.join(", ")),
        fields: json!({ "revisions": missing }),
    };
    context.ui.log(&line, || Some(line.message.clone()));
}

fn report(context: &Context<'_>, rows: &[String]) {
    let at = if rows.is_empty() {
        "base".to_owned()
    } else {
        rows.join(", ")
    };
    if context.ui.is_json() {
        context.ui.json(&json!({ "current": rows }));
    } else {
        context.ui.line(format_args!("At {at}."));
    }
}
