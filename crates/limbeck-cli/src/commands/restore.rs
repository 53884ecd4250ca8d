use std::io::{self, BufRead, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use limbeck::{BackupPolicy, BackupWhen, Inspection};

use crate::commands::lock_wait::LockWait;
use crate::context::Context;
use crate::report::CliError;

/// Make the database what it was when a backup was made; what was written since is lost.
#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// The backup [default: the newest of this database in [backup] dir].
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// Do not ask.
    #[arg(short, long)]
    yes: bool,
    /// Do not back up first what is there now.
    #[arg(long)]
    no_backup: bool,
    #[command(flatten)]
    lock: LockWait,
}

pub(crate) fn run(args: &Restore, context: &Context<'_>) -> Result<ExitCode, CliError> {
    let policy = context.backup_policy();
    let migrator = args.lock.set(context.migrator()?);
    let file = match &args.file {
        Some(file) => file.clone(),
        None => newest(context, &policy.dir)?,
    };
    let inspection = migrator.inspect_backup(&file)?;
    describe(context, &file, &inspection);
    if !args.yes && !asked(context)? {
        return Err(CliError::failed("nothing was restored"));
    }
    let migrator = if args.no_backup {
        migrator
    } else {
        // What is about to be overwritten is worth a backup whatever is said of migrations.
        migrator.backup(BackupPolicy {
            when: BackupWhen::Always,
            ..policy
        })
    };
    let restored = migrator.restore(&file)?;
    if context.ui.is_json() {
        context.ui.json(&restored);
    } else {
        context
            .ui
            .line(format_args!("Restored: now at {}.", at(&restored.to)));
    }
    Ok(ExitCode::SUCCESS)
}

/// The newest backup, beside those that restoring itself made: to restore twice is not to go back and forth.
fn newest(context: &Context<'_>, directory: &Path) -> Result<PathBuf, CliError> {
    let backups = context.migrator()?.backups(directory)?;
    let newest = backups
        .into_iter()
        .find(|backup| backup.label != "before-restore");
    newest.map(|backup| backup.file).ok_or_else(|| {
        CliError::failed(format!(
            "there is no backup of this database in {}: name the file",
            directory.display()
        ))
    })
}

/// Says what is in the backup, and what came after it.
fn describe(context: &Context<'_>, file: &Path, inspection: &Inspection) {
    let ui = context.ui;
    ui.tell(format_args!(
        "{} is whole: it has the database at {}, which is at {} now.",
        file.display(),
        at(&inspection.rows),
        at(&inspection.current)
    ));
    for attempt in &inspection.later {
        ui.tell(format_args!(
            "  undoes {} of {} ({}), {} by {}",
            attempt.direction,
            attempt.revision,
            attempt.outcome,
            attempt.started_at.get(..19).unwrap_or(&attempt.started_at),
            attempt.who
        ));
    }
    ui.tell("Restoring it loses every row that was written since.");
}

fn at(rows: &[String]) -> String {
    if rows.is_empty() {
        "base".to_owned()
    } else {
        rows.join(", ")
    }
}

/// Asks whether to go on, where there is somebody to answer.
fn asked(context: &Context<'_>) -> Result<bool, CliError> {
    if !io::stdin().is_terminal() {
        return Err(CliError::usage(
            "nothing was restored: there is no terminal to ask on, so say --yes",
        ));
    }
    context.ui.ask("Restore? [y/N] ");
    let mut answer = String::new();
    io::stdin()
        .lock()
        .read_line(&mut answer)
        .map_err(|error| CliError::failed(format!("can't read the answer: {error}")))?;
    Ok(["y", "yes"]
        .iter()
        .any(|yes| answer.trim().eq_ignore_ascii_case(yes)))
}
