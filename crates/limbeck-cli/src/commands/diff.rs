use std::path::Path;
use std::process::ExitCode;

use clap::Args;
use limbeck::SchemaSource;

use super::differences;
use crate::context::Context;
use crate::report::CliError;

/// Compare two schemas, and tell what would make the second of the first.
///
/// A schema is a database's URL, a SQL file or a directory of them, 'models' (those of [models] in limbeck.toml), 'revisions'
/// (all of them, applied to an empty database), or 'database' (the configured one). What is no database yet is made on a scratch
/// database. Ends with 1 when something differs.
#[derive(Debug, Args)]
pub(crate) struct Diff {
    /// What there is.
    #[arg(value_name = "A")]
    before: String,
    /// What it would be.
    #[arg(value_name = "B", default_value = "database")]
    after: String,
    #[command(flatten)]
    scratch: differences::Scratch,
}

pub(crate) fn run(args: &Diff, context: &Context<'_>) -> Result<ExitCode, CliError> {
    let (before, after) = (schema(&args.before, context)?, schema(&args.after, context)?);
    let options = args.scratch.options(context);
    let found = context.migrator()?.compare(&before, &after, &options)?;
    let different = format!("this would make {after} of {before}.");
    Ok(differences::print(
        context.ui,
        &found,
        ["No differences.", &different],
    ))
}

/// What an argument names.
pub(super) fn schema(text: &str, context: &Context<'_>) -> Result<SchemaSource, CliError> {
    match text {
        "models" => context.models(),
        "revisions" => Ok(SchemaSource::Revisions),
        "database" => context.database(),
        url if url.contains("://") || url.starts_with("sqlite:") || url.starts_with("file:") => {
            Ok(SchemaSource::Database(url.to_owned()))
        }
        path if Path::new(path).exists() => Ok(SchemaSource::Sql(path.into())),
        other => Err(CliError::failed(format!(
            "'{other}' is no schema: there is no such file or directory, and it is neither a URL nor 'models', 'revisions' or \
             'database'"
        ))),
    }
}
