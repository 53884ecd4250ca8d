use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use crate::commands::lock_wait::LockWait;
use crate::context::Context;
use crate::report::CliError;
use crate::ui::size;

/// Back up the database while no migration runs, or list its backups.
#[derive(Debug, Args)]
pub(crate) struct Backup {
    /// The file to write, or the directory [default: [backup] dir, or ./backups].
    #[arg(long, value_name = "PATH")]
    to: Option<PathBuf>,
    /// List the backups of this database, newest first, and make none.
    #[arg(long, conflicts_with = "to")]
    list: bool,
    #[command(flatten)]
    lock: LockWait,
}

pub(crate) fn run(args: &Backup, context: &Context<'_>) -> Result<ExitCode, CliError> {
    let directory = context.backup_policy().dir;
    if args.list {
        return list(context, &context.migrator()?.backups(&directory)?);
    }
    // Its name alone does not tell that it is a directory before it is there.
    let to = args.to.clone().unwrap_or_else(|| directory.join(""));
    let backup = args.lock.set(context.migrator()?).back_up(to)?;
    if context.ui.is_json() {
        context.ui.json(&backup);
    } else {
        context.ui.line(backup.file.display());
    }
    Ok(ExitCode::SUCCESS)
}

fn list(context: &Context<'_>, backups: &[limbeck::Backup]) -> Result<ExitCode, CliError> {
    if context.ui.is_json() {
        context.ui.json(&backups);
        return Ok(ExitCode::SUCCESS);
    }
    for backup in backups {
        let made_at = backup.made_at.get(..19).unwrap_or(&backup.made_at);
        context.ui.line(format_args!(
            "{made_at}  {:>9}  {}  {}",
            size(backup.size),
            backup.label,
            backup.file.display()
        ));
    }
    if backups.is_empty() {
        let directory = context.backup_policy().dir;
        context.ui.line(format_args!(
            "There is no backup of this database in {}.",
            directory.display()
        ));
    }
    Ok(ExitCode::SUCCESS)
}
