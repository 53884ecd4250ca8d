use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::commands;
use crate::log::{Level, LogFormat};

/// Creates, applies, inspects and steps back schema migrations on SQLite, PostgreSQL, MariaDB and MySQL.
#[derive(Debug, Parser)]
#[command(
    name = "limbeck",
    version,
    infer_long_args = true,
    arg_required_else_help = true,
    max_term_width = 110
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Args)]
pub(crate) struct Global {
    /// The configuration file: limbeck.toml, or alembic.ini and pyproject.toml, which may both be given [default: LIMBECK_CONFIG,
    /// limbeck.toml if there is one, or what Alembic reads].
    #[arg(short, long, value_name = "FILE")]
    pub(crate) config: Vec<PathBuf>,
    /// Read [section.NAME] of the configuration over the rest of it, or this section of alembic.ini instead of [alembic].
    #[arg(short, long, value_name = "SECTION")]
    pub(crate) name: Option<String>,
    /// A value for ${KEY} in the configuration, and for what env.py asks -x for; may be given several times.
    #[arg(short = 'x', value_name = "KEY=VALUE")]
    pub(crate) x: Vec<String>,
    /// The database [default: LIMBECK_URL, DATABASE_URL, [database] url, or sqlalchemy.url].
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) url: Option<String>,
    /// The directory of the revisions [default: [migrations] dir, or ./migrations].
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) dir: Vec<PathBuf>,
    /// How results are printed.
    #[arg(long, global = true, value_name = "FORMAT", default_value = "human")]
    pub(crate) format: Format,
    /// How messages beside the result are printed: as lines to read, or as one JSON object a line [default:
    /// LIMBECK_LOG_FORMAT, or human].
    #[arg(long, global = true, value_name = "FORMAT")]
    pub(crate) log_format: Option<LogFormat>,
    /// From which weight on messages are printed; debug prints the statements, with the values in them [default:
    /// LIMBECK_LOG_LEVEL, or info].
    #[arg(long, global = true, value_name = "LEVEL")]
    pub(crate) log_level: Option<Level>,
    /// Print nothing but results and errors.
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Lines to read.
    Human,
    /// One JSON value.
    Json,
    /// Metrics for a scrape or a textfile collector: 'status' only.
    Prometheus,
    /// DDL: 'schema' only, and its default.
    Sql,
    /// An entity-relationship diagram as text for Mermaid: 'schema' only.
    Mermaid,
    /// An entity-relationship diagram as a picture: 'schema' only.
    Svg,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Init(commands::init::Init),
    #[command(alias = "list_templates")]
    ListTemplates(commands::list_templates::ListTemplates),
    Revision(commands::revision::Revision),
    Run(commands::run::Run),
    Wait(commands::wait::Wait),
    Upgrade(commands::upgrade::Upgrade),
    Downgrade(commands::downgrade::Downgrade),
    Current(commands::current::Current),
    History(commands::history::History),
    Heads(commands::heads::Heads),
    Branches(commands::branches::Branches),
    Show(commands::show::Show),
    Stamp(commands::stamp::Stamp),
    Merge(commands::merge::Merge),
    Edit(commands::edit::Edit),
    #[command(alias = "ensure_version")]
    EnsureVersion(commands::ensure_version::EnsureVersion),
    Status(commands::status::Status),
    Log(commands::log::Log),
    Plan(commands::plan::Plan),
    Check(commands::check::Check),
    Diff(commands::diff::Diff),
    Schema(commands::schema::Schema),
    Test(commands::test::Test),
    Rebase(commands::rebase::Rebase),
    Convert(commands::convert::Convert),
    Repair(commands::repair::Repair),
    Backup(commands::backup::Backup),
    Restore(commands::restore::Restore),
    Completions(commands::completions::Completions),
}
