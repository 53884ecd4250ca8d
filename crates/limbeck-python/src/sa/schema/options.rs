//! Arguments for one database only: `postgresql_using`, `mysql_engine`, `sqlite_autoincrement` …

use limbeck_core::Dialect;

use crate::value::{Args, Outcome, Value};
use crate::vm::Vm;

/// What takes such arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Construct {
    Table,
    Column,
    Index,
    PrimaryKey,
    ForeignKey,
    Unique,
    Check,
    Exclude,
}

/// Arguments for one database only, in their order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Options(Vec<(String, Value)>);

impl Options {
    /// Takes all arguments that are left.
    pub(crate) fn take(vm: &mut Vm<'_>, args: &mut Args, construct: Construct) -> Outcome<Self> {
        let mut options = Vec::new();
        for (name, value) in std::mem::take(&mut args.keywords) {
            let Some((dialect, argument)) = name.split_once('_').filter(|(dialect, _)| !dialect.is_empty())
            else {
                return Err(vm.type_error(format!(
                    "Additional arguments should be named <dialectname>_<argument>, got '{name}'"
                )));
            };
            match accepted(construct, dialect) {
                // SQLAlchemy says so too, and goes on.
                None => vm.warn(format!(
                    "the argument '{name}' is not known, and left out: there is no database '{dialect}'"
                )),
                Some(known) if known == ["*"] || known.contains(&argument) => options.push((name, value)),
                Some(_) => {
                    return Err(vm.raise(
                        "ArgumentError",
                        format!("Argument '{name}' is not accepted by dialect '{dialect}' on behalf of {construct:?}"),
                    ));
                }
            }
        }
        Ok(Self(options))
    }

    /// The value for a database, unless it is None.
    pub(crate) fn get(&self, dialect: &str, argument: &str) -> Option<&Value> {
        let is_it = |name: &str| {
            name.strip_prefix(dialect)
                .and_then(|rest| rest.strip_prefix('_'))
                .is_some_and(|rest| rest == argument)
        };
        let found = self.0.iter().rev().find(|(name, _)| is_it(name));
        found.map(|(_, value)| value).filter(|value| !value.is_none())
    }

    /// MySQL's arguments hold for MariaDB where it has none of its own.
    pub(crate) fn mysql(&self, dialect: Dialect, argument: &str) -> Option<&Value> {
        let own = self.get(dialect.name(), argument);
        own.or_else(|| self.get("mysql", argument))
    }

    /// All arguments for a database, without its name before them.
    pub(crate) fn of<'a>(&'a self, dialect: &'a str) -> impl Iterator<Item = (&'a str, &'a Value)> {
        self.0.iter().filter_map(move |(name, value)| {
            let argument = name.strip_prefix(dialect)?.strip_prefix('_')?;
            Some((argument, value))
        })
    }
}

/// The arguments that a database has for a construct; `*` for any.
fn accepted(construct: Construct, dialect: &str) -> Option<&'static [&'static str]> {
    Some(match (dialect, construct) {
        ("mssql" | "oracle", _) => &["*"],
        ("mysql" | "mariadb", Construct::Table) => &["*"],
        ("mysql" | "mariadb", Construct::PrimaryKey) => &["using"],
        ("mysql" | "mariadb", Construct::Index) => &["using", "length", "prefix", "with_parser"],
        ("postgresql", Construct::Index) => &[
            "using",
            "include",
            "where",
            "ops",
            "concurrently",
            "with",
            "tablespace",
            "nulls_not_distinct",
        ],
        ("postgresql", Construct::Table) => &[
            "ignore_search_path",
            "tablespace",
            "partition_by",
            "with_oids",
            "with",
            "on_commit",
            "inherits",
            "using",
        ],
        ("postgresql", Construct::Check | Construct::ForeignKey) => &["not_valid"],
        ("postgresql", Construct::PrimaryKey) => &["include"],
        ("postgresql", Construct::Unique) => &["include", "nulls_not_distinct"],
        ("sqlite", Construct::Table) => &["autoincrement", "with_rowid", "strict"],
        ("sqlite", Construct::Index) => &["where"],
        ("sqlite", Construct::Column) => &[
            "on_conflict_primary_key",
            "on_conflict_not_null",
            "on_conflict_unique",
        ],
        ("sqlite", Construct::PrimaryKey | Construct::Unique | Construct::Check) => &["on_conflict"],
        ("postgresql" | "sqlite" | "mysql" | "mariadb", _) => &[],
        _ => return None,
    })
}
