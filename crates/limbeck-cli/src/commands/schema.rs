use std::process::ExitCode;

use clap::Args;
use limbeck::diagram::{mermaid, svg};
use limbeck::diff::diff as changes;
use limbeck::plan::{Change, plan};
use limbeck::{Dialect, schema};

use super::{diff, differences};
use crate::cli::Format;
use crate::context::Context;
use crate::report::CliError;
use crate::schema_json;

/// Print a schema: as DDL, as JSON, or as a picture.
///
/// --format sql (the default) prints statements that make it; json prints tables with columns, constraints and indexes, and what there is besides;
/// mermaid and svg draw the tables and how they reference each other. limbeck's own tables are left out, and so are names of [models]
/// ignore.
#[derive(Debug, Args)]
pub(crate) struct Schema {
    /// As for 'diff': a URL, a file or directory, 'models', 'revisions' or 'database'.
    #[arg(value_name = "SCHEMA", default_value = "database")]
    source: String,
    #[command(flatten)]
    scratch: differences::Scratch,
}

pub(crate) fn run(args: &Schema, context: &Context<'_>) -> Result<ExitCode, CliError> {
    let source = diff::schema(&args.source, context)?;
    let (dialect, schema) = context
        .migrator()?
        .schema(&source, &args.scratch.options(context))?;
    let ui = context.ui;
    match ui.format() {
        Format::Json => ui.json(&schema_json::schema(dialect, &schema)),
        Format::Mermaid => ui.text(&mermaid(&schema)),
        Format::Svg => ui.text(&svg(&schema)),
        Format::Human | Format::Sql | Format::Prometheus => ui.text(&sql(dialect, &schema)),
    }
    Ok(ExitCode::SUCCESS)
}

/// The statements that make a schema.
fn sql(dialect: Dialect, schema: &schema::Schema) -> String {
    let nothing = schema::Schema::default();
    let change = Change {
        dialect,
        from: &nothing,
        to: schema,
        online: false,
    };
    let statements = plan(&change, &changes(dialect, &nothing, schema));
    let statements = statements.iter().map(|statement| format!("{};\n", statement.sql));
    statements.collect::<Vec<_>>().join("\n")
}
