use std::fmt;

use super::Name;

/// A kind of thing in a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "each is what SQL calls so")]
pub enum Kind {
    Schema,
    Extension,
    Collation,
    Enum,
    Domain,
    Composite,
    Range,
    Sequence,
    Table,
    Column,
    /// A column's default, where it must be told from its column: it may need what needs the column.
    Default,
    Constraint,
    Index,
    Function,
    Procedure,
    Aggregate,
    View,
    MaterializedView,
    Trigger,
    Rule,
    Policy,
    Statistics,
    Event,
    EventTrigger,
}

impl Kind {
    /// The word for it in messages.
    pub fn word(self) -> &'static str {
        match self {
            Self::Schema => "schema",
            Self::Extension => "extension",
            Self::Collation => "collation",
            Self::Enum => "enum",
            Self::Domain => "domain",
            Self::Composite => "composite type",
            Self::Range => "range type",
            Self::Sequence => "sequence",
            Self::Table => "table",
            Self::Column => "column",
            Self::Default => "default",
            Self::Constraint => "constraint",
            Self::Index => "index",
            Self::Function => "function",
            Self::Procedure => "procedure",
            Self::Aggregate => "aggregate",
            Self::View => "view",
            Self::MaterializedView => "materialized view",
            Self::Trigger => "trigger",
            Self::Rule => "rule",
            Self::Policy => "policy",
            Self::Statistics => "statistics",
            Self::Event => "event",
            Self::EventTrigger => "event trigger",
        }
    }
}

/// Names a thing in a schema: by its kind and name, and, for a part of a table (column, index, trigger …), by the table's name and
/// its own.
///
/// ```
/// use limbeck_core::schema::{Id, Kind, Name};
///
/// let users = Name::new("users");
/// assert_eq!(Id::of(Kind::Table, users.clone()).to_string(), "table users");
/// assert_eq!(Id::part(Kind::Column, &users, "email").to_string(), "column users.email");
/// assert_eq!(Id::part(Kind::Index, &users, "ix").to_string(), "index ix of users");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id {
    /// What it is.
    pub kind: Kind,
    /// Its name, or its table's. A function's has its argument types: `add(integer, integer)`.
    pub name: Name,
    /// The name of a part of the table.
    pub part: Option<String>,
}

impl Id {
    /// Names a thing that is no part of a table.
    pub fn of(kind: Kind, name: Name) -> Self {
        Self {
            kind,
            name,
            part: None,
        }
    }

    /// Names a part of a table (or of a view).
    pub fn part(kind: Kind, table: &Name, part: impl Into<String>) -> Self {
        Self {
            kind,
            name: table.clone(),
            part: Some(part.into()),
        }
    }

    /// A table.
    pub fn table(name: &Name) -> Self {
        Self::of(Kind::Table, name.clone())
    }

    /// A column.
    pub fn column(table: &Name, column: impl Into<String>) -> Self {
        Self::part(Kind::Column, table, column)
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (word, name) = (self.kind.word(), &self.name);
        match &self.part {
            None => write!(f, "{word} {name}"),
            Some(part) if matches!(self.kind, Kind::Column | Kind::Default) => {
                write!(f, "{word} {name}.{part}")
            }
            Some(part) => write!(f, "{word} {part} of {name}"),
        }
    }
}
