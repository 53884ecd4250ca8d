//! What a database holds, as text that two moments can be compared by.

#[cfg(feature = "mysql")]
mod mysql;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use limbeck_core::Dialect;
use serde::{Deserialize, Serialize};

use crate::database::{Connection, DatabaseError, Row};
#[cfg(feature = "mysql")]
pub(crate) use mysql::knows_ignored;

/// Everything in a database but limbeck's own tables.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Catalog {
    /// From an object (`table users`, `column users.name`) to its definition. The order of a table's columns is no part of it: a
    /// column that is added again stands last, and nothing but a rebuild could put it back.
    pub(crate) objects: BTreeMap<String, String>,
    pub(crate) tables: Vec<Table>,
}

/// A table, as far as it must be known to fill it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Table {
    pub(crate) name: String,
    /// The name as it stands in SQL.
    pub(crate) sql: String,
    pub(crate) columns: Vec<Column>,
    pub(crate) references: Vec<Reference>,
    /// The conditions that its rows must meet.
    pub(crate) checks: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) data_type: String,
    pub(crate) nullable: bool,
    /// Whether the database has a value for it when none is given.
    pub(crate) has_default: bool,
    /// Whether no value can be given.
    pub(crate) generated: bool,
    /// The values that it may have, if they are listed.
    pub(crate) labels: Vec<String>,
}

/// A foreign key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Reference {
    pub(crate) columns: Vec<String>,
    pub(crate) table: String,
    /// That table as it stands in SQL.
    pub(crate) sql: String,
    pub(crate) to: Vec<String>,
}

/// One object that is not the same at two moments.
///
/// ```
/// use limbeck::Difference;
///
/// let left = Difference { object: "index ix_users_name".into(), before: None, after: Some("users (name)".into()) };
/// assert_eq!(left.to_string(), "index ix_users_name: not there before: users (name)");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What it is, and its name: `column users.email`.
    pub object: String,
    /// Its definition before, if it was there.
    pub before: Option<String>,
    /// Its definition after, if it is there.
    pub after: Option<String>,
}

impl Difference {
    /// The table or view that the object is, or belongs to.
    ///
    /// ```
    /// # use limbeck::Difference;
    /// let added = Difference { object: "column users.email".into(), before: None, after: Some("text".into()) };
    /// assert_eq!(added.table(), Some("users"));
    /// ```
    pub fn table(&self) -> Option<&str> {
        table(&self.object)
    }

    /// The definition in one line: the one that there is, or where both are, what was and what is. Of long ones, the part around
    /// the first difference.
    ///
    /// ```
    /// # use limbeck::Difference;
    /// let changed = Difference { object: "column a.b".into(), before: Some("int".into()), after: Some("text".into()) };
    /// assert_eq!(changed.definition(), "was: int; is: text");
    /// ```
    pub fn definition(&self) -> String {
        match (&self.before, &self.after) {
            (Some(before), Some(after)) => {
                let same = common(before, after);
                format!("was: {}; is: {}", excerpt(before, same), excerpt(after, same))
            }
            (one, other) => excerpt(one.as_ref().or(other.as_ref()).map_or("", String::as_str), 0),
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let definition = self.definition();
        let colon = if definition.is_empty() { "" } else { ": " };
        let words = match (&self.before, &self.after) {
            (None, Some(_)) => format!("not there before{colon}"),
            (Some(_), None) => format!("gone{colon}"),
            _ => String::new(),
        };
        write!(f, "{}: {words}{definition}", self.object)
    }
}

/// How many bytes two texts start with in common.
fn common(one: &str, other: &str) -> usize {
    let pairs = one.char_indices().zip(other.chars());
    let mut equal = pairs.take_while(|((_, a), b)| a == b);
    equal.by_ref().last().map_or(0, |((at, c), _)| at + c.len_utf8())
}

/// One line of a definition; of a long one, what is around the first difference.
fn excerpt(text: &str, same: usize) -> String {
    const LONGEST: usize = 120;
    const BEFORE: usize = 30;
    let line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() <= LONGEST {
        return line(text);
    }
    let start = text[..same]
        .char_indices()
        .rev()
        .nth(BEFORE)
        .map_or(0, |(at, _)| at);
    let shown: String = text[start..].chars().take(LONGEST).collect();
    let (head, tail) = (
        if start > 0 { "…" } else { "" },
        if start + shown.len() < text.len() {
            "…"
        } else {
            ""
        },
    );
    format!("{head}{}{tail}", line(&shown))
}

impl Catalog {
    /// Reads what is in the database, without the tables of the names given.
    pub(crate) fn read(connection: &mut dyn Connection, own: &[&str]) -> Result<Self, DatabaseError> {
        match connection.dialect() {
            #[cfg(feature = "sqlite")]
            Dialect::Sqlite => sqlite::read(connection, own),
            #[cfg(feature = "postgres")]
            Dialect::Postgresql => postgres::read(connection, own),
            #[cfg(feature = "mysql")]
            Dialect::Mysql | Dialect::Mariadb => mysql::read(connection, own),
            #[cfg(not(all(feature = "sqlite", feature = "postgres", feature = "mysql")))]
            dialect => unreachable!("there is no driver for {dialect}, and so no connection"),
        }
    }

    /// What is not the same in another catalog, which is that of a later moment. A table or view that is only in one is one
    /// difference, its columns and the like are none.
    pub(crate) fn differences(&self, after: &Self) -> Vec<Difference> {
        let objects: BTreeSet<&String> = self.objects.keys().chain(after.objects.keys()).collect();
        let in_one =
            |object: &&&String| self.objects.contains_key(**object) != after.objects.contains_key(**object);
        let (mut whole, mut with_privileges) = (BTreeSet::new(), BTreeSet::new());
        for object in objects.iter().filter(in_one) {
            let (kind, name) = kind_and_name(object);
            if HAS_PARTS.contains(&kind) {
                whole.insert(name);
            }
            if kind != PRIVILEGES {
                // Privileges have a name with its kind where they need to.
                let end = name.find(" of ").unwrap_or(name.len());
                with_privileges.insert(&name[..end]);
                with_privileges.insert(&object[..object.len() - name.len() + end]);
            }
        }
        let is_part = |object: &str| match kind_and_name(object) {
            (PRIVILEGES, name) => with_privileges.contains(name),
            (_, name) => table(object).is_some_and(|table| table != name && whole.contains(table)),
        };
        let difference = |object: &String| Difference {
            object: object.clone(),
            before: self.objects.get(object).cloned(),
            after: after.objects.get(object).cloned(),
        };
        objects
            .into_iter()
            .map(difference)
            .filter(|difference| difference.before != difference.after && !is_part(&difference.object))
            .collect()
    }

    pub(crate) fn table(&self, name: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.name == name)
    }

    /// The table of the columns that are read now, which come table by table.
    fn table_or_new(&mut self, name: &str, sql: impl FnOnce() -> String) -> &mut Table {
        if self.tables.last().is_none_or(|last| last.name != name) {
            self.tables.push(Table {
                name: name.to_owned(),
                sql: sql(),
                columns: Vec::new(),
                references: Vec::new(),
                checks: Vec::new(),
            });
        }
        self.tables.last_mut().expect("it is there, or was just added")
    }

    /// Takes over rows of (the table it belongs to, object, definition).
    fn add(&mut self, rows: Vec<Row>, own: &[&str]) {
        for row in rows {
            let [relation, Some(object), definition] =
                <[Option<String>; 3]>::try_from(row).unwrap_or_default()
            else {
                continue;
            };
            if !relation.is_some_and(|relation| own.contains(&relation.as_str())) {
                self.objects.insert(object, definition.unwrap_or_default());
            }
        }
    }
}

/// An object's kind, and its name with what it is of.
pub(crate) fn kind_and_name(object: &str) -> (&str, &str) {
    const OF_SEVERAL_WORDS: [&str; 8] = [
        "comment on",
        "event trigger",
        "foreign server",
        "privileges on",
        "replica identity",
        "row level security",
        "text search configuration",
        "text search dictionary",
    ];
    let mut several = OF_SEVERAL_WORDS.iter();
    let kind = several.find(|kind| {
        object
            .strip_prefix(**kind)
            .is_some_and(|rest| rest.starts_with(' '))
    });
    let first = || object.find(' ').unwrap_or(object.len());
    let end = kind.map_or_else(first, |kind| kind.len());
    (&object[..end], object[end..].trim_start())
}

/// The table (or view) that an object is, or belongs to.
pub(crate) fn table(object: &str) -> Option<&str> {
    let (kind, name) = kind_and_name(object);
    match kind {
        "table" | "view" => Some(name),
        "column" => name.rsplit_once('.').map(|(table, _)| table),
        "replica identity" | "row level security" => name.strip_prefix("of "),
        "constraint" | "index" | "partition" | "policy" | "rule" | "sequence" | "statistics" | "trigger" => {
            name.rsplit_once(" of ").map(|(_, table)| table)
        }
        _ => None,
    }
}

/// The kind of privileges and owners. Their name is that of what they are on, with its kind where it could be mistaken.
const PRIVILEGES: &str = "privileges on";

/// The kinds that have columns and the like: to MariaDB, sequences are tables.
const HAS_PARTS: [&str; 3] = ["table", "view", "sequence"];

/// What servers put between the names of a list.
const SEPARATOR: char = '\u{1f}';

fn list(text: &str) -> Vec<String> {
    let names = text.split(SEPARATOR).filter(|name| !name.is_empty());
    names.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(before: &str, after: &str) -> String {
        let (before, after) = (Some(before.to_owned()), Some(after.to_owned()));
        let object = "view v".to_owned();
        Difference {
            object,
            before,
            after,
        }
        .to_string()
    }

    #[test]
    fn a_long_definition_is_cut_around_the_difference() {
        let long = |word: &str| format!("SELECT {} {word} {}", "a, ".repeat(60), "b, ".repeat(60));
        let line = changed(&long("old"), &long("new"));
        assert!(line.contains("old b,") && line.contains("new b,"), "{line}");
        assert!(line.chars().count() < 300, "{line}");
    }

    #[test]
    fn a_definition_is_one_line() {
        assert_eq!(
            changed("SELECT\n  1", "SELECT\n  2"),
            "view v: was: SELECT 1; is: SELECT 2"
        );
    }
}
