//! SQLite's catalog: the statements that made it, read so that only what they mean counts.

use limbeck_core::Dialect;
use limbeck_core::dialect::{Token, TokenKind, tokens};

use super::{Catalog, Column, Reference};
use crate::database::{Connection, DatabaseError, Row};

const OBJECTS: &str = "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' \
    ESCAPE '\\' ORDER BY type, name";

/// Shadow tables belong to a virtual one, and nobody writes to them.
const COLUMNS: &str = "SELECT l.name, c.name, c.type, c.\"notnull\" OR c.pk, c.dflt_value IS NOT NULL OR c.pk AND upper(c.type) \
    = 'INTEGER', c.hidden FROM pragma_table_list l JOIN pragma_table_xinfo(l.name) c WHERE l.schema = 'main' AND l.type = \
    'table' AND l.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY l.name, c.cid";

/// The columns of foreign keys, in order. One that does not say where to leads to the primary key.
const REFERENCES: &str = "SELECT l.name, f.id, f.\"from\", f.\"table\", COALESCE(f.\"to\", (SELECT k.name FROM \
    pragma_table_info(f.\"table\") k WHERE k.pk = f.seq + 1)) FROM pragma_table_list l JOIN pragma_foreign_key_list(l.name) f \
    WHERE l.schema = 'main' AND l.type = 'table' ORDER BY l.name, f.id, f.seq";

pub(super) fn read(connection: &mut dyn Connection, own: &[&str]) -> Result<Catalog, DatabaseError> {
    let mut sets = connection
        .query_many(&[OBJECTS, COLUMNS, REFERENCES])?
        .into_iter();
    let mut catalog = Catalog::default();
    let mut checks = Vec::new();
    for row in sets.next().unwrap_or_default() {
        let row: Vec<String> = row.into_iter().map(Option::unwrap_or_default).collect();
        let [kind, name, table, sql] = row.as_slice() else {
            continue;
        };
        if own.contains(&table.as_str()) {
            continue;
        }
        if kind == "table" {
            checks.push((name.clone(), sql.clone()));
            catalog.objects.extend(table_objects(name, sql));
        } else {
            let object = match kind.as_str() {
                "view" => format!("view {name}"),
                _ => format!("{kind} {name} of {table}"),
            };
            catalog.objects.insert(object, normal(&significant(sql)));
        }
    }
    for row in sets.next().unwrap_or_default() {
        add_column(&mut catalog, row, own);
    }
    let mut last = None;
    for row in sets.next().unwrap_or_default() {
        add_reference(&mut catalog, row, &mut last);
    }
    for (name, sql) in checks {
        if let Some(table) = catalog.tables.iter_mut().find(|known| known.name == name) {
            table.checks = checks_of(&sql);
        }
    }
    Ok(catalog)
}

fn add_column(catalog: &mut Catalog, row: Row, own: &[&str]) {
    let row: Vec<String> = row.into_iter().map(Option::unwrap_or_default).collect();
    let [table, name, data_type, not_null, has_default, hidden] = row.as_slice() else {
        return;
    };
    if own.contains(&table.as_str()) {
        return;
    }
    let table = catalog.table_or_new(table, || Dialect::Sqlite.identifier(table));
    table.columns.push(Column {
        name: name.clone(),
        data_type: data_type.to_ascii_lowercase(),
        nullable: not_null == "0",
        has_default: has_default == "1",
        generated: hidden != "0",
        labels: Vec::new(),
    });
}

/// Adds a column of a foreign key; `last` is the key that the last one was of.
fn add_reference(catalog: &mut Catalog, row: Row, last: &mut Option<(String, String)>) {
    let [Some(table), Some(id), Some(from), Some(parent), to] =
        <[Option<String>; 5]>::try_from(row).unwrap_or_default()
    else {
        return;
    };
    let key = Some((table.clone(), id));
    let is_new = std::mem::replace(last, key.clone()) != key;
    let Some(table) = catalog.tables.iter_mut().find(|known| known.name == table) else {
        return;
    };
    if is_new {
        table.references.push(Reference {
            columns: Vec::new(),
            sql: Dialect::Sqlite.identifier(&parent),
            table: parent,
            to: Vec::new(),
        });
    }
    if let Some(reference) = table.references.last_mut() {
        reference.columns.push(from);
        reference.to.extend(to);
    }
}

fn significant(sql: &str) -> Vec<Token<'_>> {
    let tokens = tokens(Dialect::Sqlite, sql).into_iter();
    tokens.filter(Token::is_significant).collect()
}

/// A token as SQLite takes it: names and keywords differ in neither case nor quotes.
fn plain(token: &Token<'_>) -> String {
    match token.kind {
        TokenKind::Word => token.text.to_ascii_lowercase(),
        TokenKind::Name => token.text.trim_matches(['"', '`', '[', ']']).to_ascii_lowercase(),
        _ => token.text.to_owned(),
    }
}

fn normal(tokens: &[Token<'_>]) -> String {
    let mut text = String::new();
    for (index, token) in tokens.iter().enumerate() {
        let tight = matches!(token.text, ")" | "," | "." | ";")
            || index > 0 && matches!(tokens[index - 1].text, "(" | ".")
            || index == 0;
        if !tight {
            text.push(' ');
        }
        text.push_str(&plain(token));
    }
    text
}

/// The columns, constraints and options of a CREATE TABLE.
fn table_objects(name: &str, sql: &str) -> Vec<(String, String)> {
    let tokens = significant(sql);
    let is_virtual = tokens
        .get(1)
        .is_some_and(|token| token.text.eq_ignore_ascii_case("virtual"));
    let (Some(open), Some(close)) = (
        tokens.iter().position(|token| token.text == "("),
        tokens.iter().rposition(|token| token.text == ")"),
    ) else {
        return vec![(format!("table {name}"), normal(&tokens))];
    };
    if is_virtual {
        return vec![(format!("table {name}"), normal(&tokens))];
    }
    let (mut columns, mut constraints) = (Vec::new(), Vec::new());
    for item in items(&tokens[open + 1..close]) {
        let Some((first, rest)) = item.split_first() else {
            continue;
        };
        let starts = first.text.to_ascii_uppercase();
        if first.kind == TokenKind::Word
            && ["CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"].contains(&starts.as_str())
        {
            constraints.push(named(item));
        } else {
            columns.push(column(plain(first), rest, &mut constraints));
        }
    }
    let mut objects = vec![(format!("table {name}"), normal(&tokens[close + 1..]))];
    for (column, mut clauses) in columns {
        // Such a key numbers the rows, and is never NULL.
        let key = format!("primary key ({column})");
        if clauses[0] == "integer" && constraints.iter().any(|(_, text)| text.starts_with(&key)) {
            clauses.retain(|clause| clause != "not null");
        }
        objects.push((
            format!("column {name}.{column}"),
            clauses.join(" ").trim().to_owned(),
        ));
    }
    objects.extend(constraints.into_iter().map(|(constraint, text)| {
        let constraint = constraint.unwrap_or_else(|| text.clone());
        (format!("constraint {constraint} of {name}"), text)
    }));
    objects
}

/// A constraint's name, if it has one, and what it says.
fn named(tokens: &[Token<'_>]) -> (Option<String>, String) {
    match tokens {
        [first, name, rest @ ..] if plain(first) == "constraint" => (Some(plain(name)), normal(rest)),
        _ => (None, normal(tokens)),
    }
}

/// A column's type and clauses. What could as well stand behind all columns is told as a constraint of the table: to SQLite it
/// is the same.
fn column(
    column: String,
    tokens: &[Token<'_>],
    constraints: &mut Vec<(Option<String>, String)>,
) -> (String, Vec<String>) {
    let (data_type, clauses) = clauses(tokens);
    let mut rest = Vec::new();
    for (name, text) in clauses.into_iter().map(named) {
        let word = text.split([' ', '(']).next().unwrap_or_default();
        let constraint = match word {
            "primary" => text.replacen("primary key", &format!("primary key ({column})"), 1),
            "unique" => text.replacen("unique", &format!("unique ({column})"), 1),
            "references" => format!("foreign key ({column}) {text}"),
            "check" => text,
            "null" => continue,
            "default" => {
                rest.push(default(text));
                continue;
            }
            _ => {
                rest.push(text);
                continue;
            }
        };
        constraints.push((name, constraint));
    }
    rest.sort();
    rest.insert(0, normal(data_type));
    (column, rest)
}

/// A default without the parentheses that a single value needs none of.
fn default(text: String) -> String {
    let value = text
        .strip_prefix("default (")
        .and_then(|value| value.strip_suffix(')'));
    match value {
        Some(value) if tokens(Dialect::Sqlite, value).len() == 1 => format!("default {value}"),
        _ => text,
    }
}

/// What stands between the commas that are in no parentheses.
fn items<'a, 't>(tokens: &'a [Token<'t>]) -> Vec<&'a [Token<'t>]> {
    let mut depth = 0_usize;
    tokens
        .split(|token| {
            match token.text {
                "(" => depth += 1,
                ")" => depth = depth.saturating_sub(1),
                _ => {}
            }
            depth == 0 && token.text == ","
        })
        .collect()
}

/// A column's type, and its clauses.
fn clauses<'a, 't>(tokens: &'a [Token<'t>]) -> (&'a [Token<'t>], Vec<&'a [Token<'t>]>) {
    const WORDS: [&str; 11] = [
        "constraint",
        "primary",
        "not",
        "null",
        "unique",
        "check",
        "default",
        "collate",
        "references",
        "generated",
        "as",
    ];
    let mut starts = Vec::new();
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate() {
        match token.text {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ => {}
        }
        let before = index.checked_sub(1).map(|before| plain(&tokens[before]));
        let before = before.as_deref().unwrap_or_default();
        // ON DELETE SET NULL, GENERATED ALWAYS AS, CONSTRAINT name CHECK, NOT DEFERRABLE: all these go on.
        let goes_on = matches!(before, "not" | "set" | "default" | "always")
            || index > 1 && plain(&tokens[index - 2]) == "constraint"
            || tokens
                .get(index + 1)
                .is_some_and(|next| plain(next) == "deferrable");
        let word = plain(token);
        if depth == 0 && token.kind == TokenKind::Word && WORDS.contains(&word.as_str()) && !goes_on {
            starts.push(index);
        }
    }
    let first = starts.first().copied().unwrap_or(tokens.len());
    let ends = starts.iter().skip(1).copied().chain([tokens.len()]);
    let clauses = starts.iter().zip(ends);
    let clauses = clauses.map(|(start, end)| &tokens[*start..end]);
    (&tokens[..first], clauses.collect())
}

/// The conditions of a table's CHECK clauses, each behind the names of the columns in it.
fn checks_of(sql: &str) -> Vec<String> {
    let tokens = significant(sql);
    let is_check =
        |(_, token): &(usize, &Token<'_>)| token.kind == TokenKind::Word && plain(token) == "check";
    let starts = tokens.iter().enumerate().filter(is_check);
    starts
        .map(|(start, _)| {
            let mut depth = 0_usize;
            let end = tokens[start + 1..].iter().position(|token| {
                match token.text {
                    "(" => depth += 1,
                    ")" => depth = depth.saturating_sub(1),
                    _ => {}
                }
                depth == 0
            });
            normal(&tokens[start..end.map_or(tokens.len(), |end| start + 2 + end)])
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(sql: &str) -> Vec<String> {
        let objects = table_objects("t", sql).into_iter();
        objects
            .map(|(object, text)| format!("{object}: {text}"))
            .collect()
    }

    #[test]
    fn a_table_is_its_columns_and_constraints() {
        let sql = "CREATE TABLE \"t\" (id INTEGER PRIMARY KEY, [Name] VARCHAR (50) DEFAULT 'a,b' NOT NULL, -- why\n\
                   up INT CONSTRAINT f REFERENCES t (id) ON DELETE SET NULL, CHECK (id > 0), UNIQUE (name)) STRICT";
        assert_eq!(
            told(sql),
            [
                "table t: strict",
                "column t.id: integer",
                "column t.name: varchar (50) default 'a,b' not null",
                "column t.up: int",
                "constraint primary key (id) of t: primary key (id)",
                "constraint f of t: foreign key (up) references t (id) on delete set null",
                "constraint check (id > 0) of t: check (id > 0)",
                "constraint unique (name) of t: unique (name)",
            ]
        );
        assert_eq!(checks_of(sql), ["check (id > 0)"]);
    }

    #[test]
    fn a_constraint_of_one_column_may_stand_with_it_or_behind_all() {
        let sorted = |sql: &str| {
            let mut told = told(sql);
            told.sort();
            told
        };
        assert_eq!(
            sorted(
                "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT NULL UNIQUE REFERENCES u (a) DEFERRABLE, at TEXT NOT \
                 NULL DEFAULT (CURRENT_TIMESTAMP), b INT CONSTRAINT c CHECK (b > (0)))"
            ),
            sorted(
                "CREATE TABLE t (id INTEGER NOT NULL, a TEXT, at TEXT DEFAULT CURRENT_TIMESTAMP NOT NULL, b INT, PRIMARY KEY (id), \
                 UNIQUE (a), FOREIGN KEY (a) REFERENCES u (a) DEFERRABLE, CONSTRAINT c CHECK (b > (0)))"
            )
        );
        assert_ne!(
            sorted("CREATE TABLE t (id TEXT NOT NULL PRIMARY KEY)"),
            sorted("CREATE TABLE t (id TEXT PRIMARY KEY)")
        );
    }

    #[test]
    fn neither_case_nor_quotes_nor_the_order_of_clauses_count() {
        assert_eq!(
            told("CREATE TABLE t (a text NOT NULL DEFAULT 'x' COLLATE nocase)"),
            told("create table \"t\" (\"A\"  TEXT collate NOCASE default 'x' not null)")
        );
        assert_ne!(
            told("CREATE TABLE t (a text DEFAULT 'x')"),
            told("CREATE TABLE t (a text DEFAULT 'X')")
        );
    }
}
