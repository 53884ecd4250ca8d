//! What may only have got another name.

use std::fmt;

use strsim::jaro_winkler;

use crate::op::Op;
use crate::schema::{Column, Name, Schema, Table};

/// A table or column that gets another name.
///
/// ```
/// use limbeck_core::diff::Rename;
/// use limbeck_core::schema::{Column, Name, Schema, Table};
///
/// let schema = |column: &str| {
///     let table = Table { columns: vec![Column::new(column, "text")], ..Table::default() };
///     Schema { tables: [(Name::new("users"), table)].into(), ..Schema::default() }
/// };
/// let (from, to) = (schema("fullname"), schema("name"));
/// let rename = Rename::read("users.fullname:users.name", &from, &to)?;
/// assert_eq!(rename.to_string(), "users.fullname:users.name");
/// assert!(Rename::read("users.nick:users.name", &from, &to).is_err());
/// # Ok::<(), String>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rename {
    /// A table.
    Table {
        /// What it is called.
        from: Name,
        /// What it will be called.
        to: Name,
    },
    /// A column.
    Column {
        /// The table, as it is called before.
        table: Name,
        /// The table, as it is called after.
        to_table: Name,
        /// What the column is called.
        from: String,
        /// What it will be called.
        to: String,
    },
}

impl Rename {
    /// Reads `users.fullname:users.name`, or for a table `users:accounts`. What is on the left must be in `from` alone, and what is on
    /// the right in `to` alone.
    ///
    /// # Errors
    /// What is wrong with it, and what would be right.
    pub fn read(text: &str, from: &Schema, to: &Schema) -> Result<Self, String> {
        let sides = text.split_once(':');
        let (before, after) = sides.ok_or_else(|| {
            format!(
                "'{text}' is no rename: write OLD:NEW, as in users.fullname:users.name, or users:accounts"
            )
        })?;
        let tables = (table(from, before), table(to, after));
        if let (Some(from_name), Some(to_name)) = tables {
            free(text, after, from.tables.contains_key(&to_name))?;
            gone(text, before, to.tables.contains_key(&from_name))?;
            return Ok(Self::Table {
                from: from_name,
                to: to_name,
            });
        }
        let (table, column) = find(from, before).ok_or_else(|| missing(text, before, "before"))?;
        let (to_table, to_column) = find(to, after).ok_or_else(|| missing(text, after, "in the models"))?;
        let has = |schema: &Schema, name: &Name, column: &str| {
            schema
                .tables
                .get(name)
                .is_some_and(|table| table.column(column).is_some())
        };
        free(text, after, has(from, &table, &to_column))?;
        gone(text, before, has(to, &to_table, &column))?;
        Ok(Self::Column {
            table,
            to_table,
            from: column,
            to: to_column,
        })
    }

    /// Whether only one of two can be: they give something two names, or two things one name.
    ///
    /// ```
    /// use limbeck_core::diff::Rename;
    /// use limbeck_core::schema::Name;
    ///
    /// let rename = |from: &str, to: &str| Rename::Table { from: Name::new(from), to: Name::new(to) };
    /// assert!(rename("users", "accounts").excludes(&rename("users", "people")));
    /// assert!(!rename("users", "accounts").excludes(&rename("posts", "articles")));
    /// ```
    pub fn excludes(&self, other: &Self) -> bool {
        match (self, other) {
            (
                Self::Table { from, to },
                Self::Table {
                    from: other_from,
                    to: other_to,
                },
            ) => from == other_from || to == other_to,
            (
                Self::Column { table, from, to, .. },
                Self::Column {
                    table: other_table,
                    from: other_from,
                    to: other_to,
                    ..
                },
            ) => table == other_table && (from == other_from || to == other_to),
            _ => false,
        }
    }

    /// What does it.
    pub fn op(&self) -> Op {
        match self {
            Self::Table { from, to } => Op::RenameTable {
                from: from.clone(),
                to: to.clone(),
            },
            // Tables are renamed first.
            Self::Column {
                to_table, from, to, ..
            } => Op::RenameColumn {
                table: to_table.clone(),
                from: from.clone(),
                to: to.clone(),
            },
        }
    }
}

impl fmt::Display for Rename {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Table { from, to } => write!(f, "{from}:{to}"),
            Self::Column {
                table,
                to_table,
                from,
                to,
            } => write!(f, "{table}.{from}:{to_table}.{to}"),
        }
    }
}

fn missing(text: &str, name: &str, place: &str) -> String {
    format!("the rename '{text}' can't be: there is no table and no column '{name}' {place}")
}

fn free(text: &str, name: &str, is_taken: bool) -> Result<(), String> {
    if is_taken {
        return Err(format!("the rename '{text}' can't be: '{name}' is there already"));
    }
    Ok(())
}

fn gone(text: &str, name: &str, is_there: bool) -> Result<(), String> {
    if is_there {
        return Err(format!(
            "the rename '{text}' can't be: the models still have '{name}'"
        ));
    }
    Ok(())
}

fn table(schema: &Schema, text: &str) -> Option<Name> {
    let mut names = schema.tables.keys();
    names.find(|name| name.to_string() == text).cloned()
}

/// The table and column that `users.name` or `audit.users.name` says.
fn find(schema: &Schema, text: &str) -> Option<(Name, String)> {
    let (name, column) = text.rsplit_once('.')?;
    let name = table(schema, name)?;
    schema.tables[&name].column(column)?;
    Some((name, column.to_owned()))
}

/// What may be renames, the best guess first. Each table or column is in one guess at the most.
///
/// Tables are told by the columns that both have, columns by their type and by their names.
pub fn guesses(from: &Schema, to: &Schema) -> Vec<Rename> {
    let mut guesses = best(tables(from, to));
    let mut pairs: Vec<(&Name, &Name)> = from
        .tables
        .keys()
        .filter(|name| to.tables.contains_key(*name))
        .map(|name| (name, name))
        .collect();
    pairs.extend(guesses.iter().filter_map(|(_, rename)| match rename {
        Rename::Table { from, to } => Some((from, to)),
        Rename::Column { .. } => None,
    }));
    let columns = pairs
        .into_iter()
        .flat_map(|(before, after)| columns((before, &from.tables[before]), (after, &to.tables[after])));
    let columns = best(columns.collect());
    guesses.extend(columns);
    guesses.into_iter().map(|(_, rename)| rename).collect()
}

/// Takes the best of what excludes each other.
fn best(mut candidates: Vec<(f64, Rename)>) -> Vec<(f64, Rename)> {
    candidates.sort_by(|(one, left), (other, right)| other.total_cmp(one).then_with(|| left.cmp(right)));
    let mut chosen: Vec<(f64, Rename)> = Vec::new();
    for (score, rename) in candidates {
        let clashes = chosen.iter().any(|(_, other)| rename.excludes(other));
        if !clashes {
            chosen.push((score, rename));
        }
    }
    chosen
}

fn tables(from: &Schema, to: &Schema) -> Vec<(f64, Rename)> {
    let gone = from
        .tables
        .iter()
        .filter(|(name, _)| !to.tables.contains_key(*name));
    let come: Vec<_> = to
        .tables
        .iter()
        .filter(|(name, _)| !from.tables.contains_key(*name))
        .collect();
    let pairs = gone.flat_map(|before| come.iter().map(move |after| (before, *after)));
    pairs
        .filter_map(|((before, table), (after, there))| {
            let shape = likeness(table, there);
            let score = shape + 0.3 * jaro_winkler(&before.name, &after.name);
            let rename = Rename::Table {
                from: before.clone(),
                to: after.clone(),
            };
            (shape >= 0.5).then_some((score, rename))
        })
        .collect()
}

/// The share of columns that both have.
fn likeness(one: &Table, other: &Table) -> f64 {
    let same = |column: &&Column| {
        other
            .column(&column.name)
            .is_some_and(|there| there.data_type == column.data_type)
    };
    let common = one.columns.iter().filter(same).count();
    let all = one.columns.len() + other.columns.len() - common;
    if all == 0 {
        return 0.0;
    }
    common as f64 / all as f64
}

fn columns((before, table): (&Name, &Table), (after, there): (&Name, &Table)) -> Vec<(f64, Rename)> {
    let gone = table
        .columns
        .iter()
        .filter(|column| there.column(&column.name).is_none());
    let come: Vec<&Column> = there
        .columns
        .iter()
        .filter(|column| table.column(&column.name).is_none())
        .collect();
    let pairs = gone.flat_map(|column| come.iter().map(move |other| (column, *other)));
    pairs
        .filter_map(|(column, other)| {
            let names = jaro_winkler(&column.name, &other.name);
            let same_type = column.data_type.eq_ignore_ascii_case(&other.data_type);
            let alike = [
                column.nullable == other.nullable,
                column.default == other.default,
                column.generated == other.generated && column.identity == other.identity,
            ];
            let alike = alike.into_iter().filter(|alike| *alike).count();
            let score = names + if same_type { 0.5 } else { 0.0 } + alike as f64 * 0.1;
            let rename = Rename::Column {
                table: before.clone(),
                to_table: after.clone(),
                from: column.name.clone(),
                to: other.name.clone(),
            };
            let likely = same_type || names > 0.85;
            (likely && column.generated.is_some() == other.generated.is_some()).then_some((score, rename))
        })
        .collect()
}
