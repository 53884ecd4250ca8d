//! What belongs to a table as a whole.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{Change, Hazard};
use crate::schema::{Name, Table, TableOption};

/// Whether the rows that a table once had are kept.
pub(super) fn keeps_history(table: &Table) -> bool {
    table.options.contains_key(&TableOption::SystemVersioning)
}

/// The period of a table whose history is kept, where columns tell it.
pub(super) fn period(table: &Table) -> Option<&str> {
    let period = table.options.get(&TableOption::SystemVersioning)?;
    (!period.is_empty()).then_some(period)
}

/// What stands behind the columns of a new table.
pub(super) fn of_new(change: &Change<'_>, table: &Table) -> String {
    let mut sql = String::new();
    let option = |option| table.options.get(&option);
    if let Some(engine) = option(TableOption::Engine) {
        sql += &format!(" ENGINE={engine}");
    }
    if let Some(collation) = option(TableOption::Collation) {
        sql += &format!(" COLLATE={collation}");
    }
    if let Some(options) = option(TableOption::Options) {
        sql += &format!(" {options}");
    }
    if let Some(comment) = &table.comment {
        sql += &format!(" COMMENT={}", change.dialect.plain_literal(comment));
    }
    if keeps_history(table) {
        sql += " WITH SYSTEM VERSIONING";
    }
    if let Some(partitions) = option(TableOption::Partitions) {
        sql += &format!("\n{partitions}");
    }
    sql
}

/// What an alteration of options says: clauses, and what stands behind all of them.
#[derive(Default)]
pub(super) struct Altered {
    /// A clause that has to be a statement before.
    pub(super) before: Option<&'static str>,
    /// A clause that has to be a statement behind.
    pub(super) after: Option<&'static str>,
    pub(super) clauses: Vec<String>,
    pub(super) partitions: Option<String>,
    pub(super) hazards: Vec<Hazard>,
}

/// The clauses that make one table's options of another's, but for the collation.
pub(super) fn alter(change: &Change<'_>, name: &Name, from: &Table, to: &Table) -> Altered {
    let mut altered = Altered::default();
    let sides = |option| [from.options.get(&option), to.options.get(&option)];
    let engine = sides(TableOption::Engine);
    let changes_engine = engine[0] != engine[1];
    if let [_, Some(engine)] = engine
        && changes_engine
    {
        altered.clauses.push(format!("ENGINE={engine}"));
        altered.hazards.push(Hazard::Rewrite(name.to_string()));
    }
    let [before, after] =
        sides(TableOption::Options).map(|options| parsed(options.map_or("", String::as_str)));
    let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    for key in keys.into_iter().filter(|key| before.get(*key) != after.get(*key)) {
        let value = after.get(key).map_or_else(|| unset(key), String::as_str);
        let clause = format!("{key}={value}");
        // Other engines than Aria keep it, but don't know it.
        if key == "TRANSACTIONAL" && changes_engine && !after.contains_key(key) {
            altered.before = Some("TRANSACTIONAL=DEFAULT");
            continue;
        }
        altered.clauses.push(clause);
        if !key.starts_with("STATS_") {
            altered.hazards.push(Hazard::Rewrite(name.to_string()));
        }
    }
    // Aria gives it to each table, and its tables keep it.
    if changes_engine
        && engine[0].is_some_and(|engine| engine == "Aria")
        && !after.contains_key("PAGE_CHECKSUM")
    {
        altered.after = Some("PAGE_CHECKSUM=DEFAULT");
    }
    if from.comment != to.comment {
        let comment = to.comment.as_deref().unwrap_or_default();
        let comment = change.dialect.plain_literal(comment);
        altered.clauses.push(format!("COMMENT={comment}"));
    }
    match [keeps_history(from), keeps_history(to)] {
        [false, true] => {
            altered
                .clauses
                .extend(period(to).map(|period| format!("ADD {period}")));
            altered.clauses.push("ADD SYSTEM VERSIONING".to_owned());
        }
        [true, false] => {
            altered.clauses.push("DROP SYSTEM VERSIONING".to_owned());
            let history = format!("the history of the rows of {name}");
            altered.hazards.push(Hazard::DataLoss(history));
        }
        [true, true] | [false, false] => {}
    }
    match sides(TableOption::Partitions) {
        [before, Some(after)] if before != Some(after) => {
            altered.partitions = Some(after.clone());
            altered.hazards.push(Hazard::Rewrite(name.to_string()));
            // Where partitions are listed, there may be none for a row.
            if after.contains(" VALUES ") {
                let why = format!("rows of {name} for which there is no partition");
                altered.hazards.push(Hazard::MayFail(why));
            }
        }
        [Some(_), None] => {
            altered.partitions = Some("REMOVE PARTITIONING".to_owned());
            altered.hazards.push(Hazard::Rewrite(name.to_string()));
        }
        _ => {}
    }
    altered
}

/// Options by their names: `A=1 B='x y'`.
fn parsed(options: &str) -> BTreeMap<String, String> {
    let mut result = BTreeMap::new();
    let (mut current, mut quoted) = (String::new(), None);
    for c in options.chars().chain([' ']) {
        match quoted {
            Some(quote) if c == quote => quoted = None,
            None if matches!(c, '\'' | '"' | '`') => quoted = Some(c),
            None if c == ' ' => {
                if let Some((name, value)) = current.split_once('=') {
                    result.insert(name.to_owned(), value.to_owned());
                }
                current.clear();
                continue;
            }
            Some(_) | None => {}
        }
        current.push(c);
    }
    result
}

/// The value that is as good as none.
fn unset(option: &str) -> &'static str {
    match option {
        "KEY_BLOCK_SIZE" | "MAX_ROWS" | "MIN_ROWS" | "AVG_ROW_LENGTH" | "CHECKSUM" | "DELAY_KEY_WRITE" => "0",
        // MySQL's, which know no default.
        "ENCRYPTION" => "'N'",
        "COMPRESSION" => "'NONE'",
        _ => "DEFAULT",
    }
}
