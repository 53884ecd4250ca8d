//! Whether a statement may lose data, told from its tokens.
//!
//! What is known to be safe is listed; everything else may lose data.

mod reader;
mod words;

use std::fmt;

use super::Dialect;
use super::classify::code;
use super::lex::{Token, TokenKind};
use reader::{Reader, is};
use words::{ALTERS_NO_DATA, BEFORE_PARENTHESES, DROPS_NO_DATA, HARMLESS, SAFE, TABLE_CHANGES};

/// How a statement may lose data.
///
/// ```
/// use limbeck_core::dialect::{Dialect, Loss, loses_data};
///
/// let loss = loses_data(Dialect::Sqlite, "drop table users");
/// assert_eq!(loss, Some(Loss::Drops { kind: "table", name: "users".to_owned() }));
/// assert_eq!(loss.unwrap().to_string(), "drops table users");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Loss {
    /// It drops something that holds data.
    Drops {
        /// What that is: `table`, `column`, `schema` …
        kind: &'static str,
        /// Its name as written; `table.column` for a column.
        name: String,
    },
    /// It makes something anew that may have held data.
    Replaces {
        /// What that is.
        kind: &'static str,
        /// Its name as written.
        name: String,
    },
    /// It changes the type of a column.
    ChangesType {
        /// `table.column`, as written.
        column: String,
    },
    /// It removes or overwrites rows.
    ChangesRows {
        /// What it does to them: `truncates`, `deletes rows of`, `updates rows of` …
        verb: &'static str,
        /// The table as written; empty where it can't be told.
        table: String,
    },
    /// What it does can't be told from its text.
    Unknown {
        /// The words that it begins with, or the function that it calls.
        what: String,
    },
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Drops { kind, name } => write!(f, "drops {kind} {name}"),
            Self::Replaces { kind, name } => write!(f, "replaces {kind} {name}"),
            Self::ChangesType { column } => write!(f, "changes the type of {column}"),
            Self::ChangesRows { verb, table } if table.is_empty() => write!(f, "{verb} a table"),
            Self::ChangesRows { verb, table } => write!(f, "{verb} {table}"),
            Self::Unknown { what } => write!(f, "runs {what}, which may lose data"),
        }
    }
}

/// Tells how `sql`, one statement, may lose data; `None` where it is known to lose none.
///
/// A statement that is not known to be safe counts as one that loses data: `DO`, `CALL`, `EXECUTE`, and a `SELECT` that
/// calls a function which is not one of the common harmless ones, because a migration selects such a function for what it
/// does. Functions inside INSERT or DDL give values, and count as safe. Definitions (CREATE FUNCTION, CREATE TRIGGER) do
/// nothing yet. What existing triggers and rules do is not known here.
///
/// ```
/// use limbeck_core::dialect::{Dialect, loses_data};
///
/// let why = |sql| loses_data(Dialect::Postgresql, sql).map(|loss| loss.to_string());
/// assert_eq!(why("ALTER TABLE users ADD COLUMN email text"), None);
/// assert_eq!(why("ALTER TABLE users DROP COLUMN email").as_deref(), Some("drops column users.email"));
/// assert_eq!(why("SELECT purge(30)").as_deref(), Some("runs purge(), which may lose data"));
/// ```
pub fn loses_data(dialect: Dialect, sql: &str) -> Option<Loss> {
    let tokens: Vec<Token<'_>> = code(dialect, sql)
        .filter(|token| token.kind != TokenKind::Terminator)
        .collect();
    let mut reader = Reader {
        dialect,
        tokens: &tokens,
    };
    if dialect == Dialect::Mariadb && reader.takes(&["SET", "STATEMENT"]) {
        // SET STATEMENT name = value FOR statement.
        let start = reader.tokens.iter().position(|token| is(token, "FOR"));
        reader.skip(start.map_or(0, |start| start + 1));
    }
    statement(reader)
}

fn statement(mut reader: Reader<'_>) -> Option<Loss> {
    while reader.takes_symbol("(") {}
    let whole = reader;
    let first = reader.word();
    match first.as_str() {
        "" if whole.tokens.is_empty() => None,
        // A block of statements in MariaDB.
        "BEGIN" if reader.starts(&["NOT", "ATOMIC"]) => whole.unknown(),
        "CREATE" => create(reader),
        "DROP" => drop_object(reader),
        "ALTER" => alter(reader),
        "TRUNCATE" => {
            reader.takes(&["TABLE"]);
            reader.takes(&["ONLY"]);
            rows("truncates", reader.names())
        }
        "DELETE" => rows("deletes rows of", delete_target(reader)),
        "UPDATE" => rows("updates rows of", update_target(reader)),
        "REPLACE" => rows("replaces rows of", insert_target(reader)),
        "MERGE" => rows("merges rows into", insert_target(reader)),
        "INSERT" => insert(reader),
        "WITH" => with(reader),
        "SELECT" | "VALUES" | "TABLE" => select(whole),
        "COPY" => written_in_parentheses(whole),
        "EXPLAIN" => explain(reader),
        "IMPORT" if reader.starts(&["FOREIGN", "SCHEMA"]) => None,
        word if SAFE.contains(&word) => None,
        _ => whole.unknown(),
    }
}

fn rows(verb: &'static str, table: String) -> Option<Loss> {
    Some(Loss::ChangesRows { verb, table })
}

/// Creating loses nothing, unless it takes the place of something that held data (MariaDB), or is filled with what a
/// DELETE returns (PostgreSQL).
fn create(mut reader: Reader<'_>) -> Option<Loss> {
    if !reader.takes(&["OR", "REPLACE"]) {
        let fills = reader.tokens.iter().take(3).any(|token| is(token, "TABLE"));
        return if fills {
            written_in_parentheses(reader)
        } else {
            None
        };
    }
    reader.takes(&["TEMPORARY"]);
    let kind = reader.kind(&[
        ("TABLE", "table"),
        ("SEQUENCE", "sequence"),
        ("DATABASE", "database"),
        ("SCHEMA", "schema"),
    ])?;
    Some(Loss::Replaces {
        kind,
        name: reader.names(),
    })
}

fn drop_object(mut reader: Reader<'_>) -> Option<Loss> {
    let whole = reader;
    let kind = reader.kind(&[
        ("TABLE", "table"),
        ("TABLES", "table"),
        ("SCHEMA", "schema"),
        ("DATABASE", "database"),
        ("SEQUENCE", "sequence"),
        ("EXTENSION", "extension"),
    ]);
    if let Some(kind) = kind {
        reader.takes(&["IF", "EXISTS"]);
        return Some(Loss::Drops {
            kind,
            name: reader.names(),
        });
    }
    // A column of a type that goes, goes with it.
    let cascades = reader.tokens.last().is_some_and(|token| is(token, "CASCADE"));
    if DROPS_NO_DATA.contains(&reader.word().as_str()) && !cascades {
        return None;
    }
    Some(Loss::Unknown {
        what: format!("DROP {}", whole.text()),
    })
}

fn alter(mut reader: Reader<'_>) -> Option<Loss> {
    let whole = reader;
    reader.takes(&["ONLINE"]);
    reader.takes(&["FOREIGN"]);
    let what = reader.word();
    match what.as_str() {
        "TABLE" => {
            reader.takes(&["IF", "EXISTS"]);
            reader.takes(&["ONLY"]);
            let table = reader.name();
            // PostgreSQL: with all descendants.
            reader.takes_symbol("*");
            // MariaDB: how long to wait for the table.
            reader.takes(&["NOWAIT"]);
            if reader.takes(&["WAIT"]) {
                reader.skip(1);
            }
            reader
                .parts()
                .into_iter()
                .find_map(|action| alter_table(action, &table))
        }
        "TYPE" => {
            let name = reader.name();
            let attribute = |mut action: Reader<'_>| match action.word().as_str() {
                "DROP" | "ALTER" => Some(Loss::ChangesType { column: name.clone() }),
                _ => None,
            };
            reader.parts().into_iter().find_map(attribute)
        }
        word if ALTERS_NO_DATA.contains(&word) => None,
        _ => Some(Loss::Unknown {
            what: format!("ALTER {}", whole.text()),
        }),
    }
}

fn alter_table(mut action: Reader<'_>, table: &str) -> Option<Loss> {
    let (whole, mysql) = (action, action.is_mysql());
    let column = |name: String| format!("{table}.{name}");
    match action.word().as_str() {
        "DROP" => {
            // These words are reserved in MySQL, and names of columns elsewhere.
            const PARTS: [&str; 6] = ["INDEX", "KEY", "PRIMARY", "FOREIGN", "CHECK", "PERIOD"];
            let (mut next, before) = (action, action);
            let word = next.word();
            if word == "CONSTRAINT" || mysql && PARTS.contains(&word.as_str()) {
                return None;
            }
            if mysql && word == "SYSTEM" && next.starts(&["VERSIONING"]) {
                return Some(Loss::Drops {
                    kind: "the history of",
                    name: table.to_owned(),
                });
            }
            if mysql && word == "PARTITION" {
                let name = column(next.names());
                return Some(Loss::Drops {
                    kind: "partition",
                    name,
                });
            }
            action = if word == "COLUMN" { next } else { before };
            action.takes(&["IF", "EXISTS"]);
            Some(Loss::Drops {
                kind: "column",
                name: column(action.name()),
            })
        }
        "ALTER" => {
            if mysql
                && ["INDEX", "KEY", "CHECK"]
                    .iter()
                    .any(|part| action.starts(&[part]))
            {
                return None;
            }
            if action.takes(&["CONSTRAINT"]) {
                return None;
            }
            action.takes(&["COLUMN"]);
            action.takes(&["IF", "EXISTS"]);
            let name = action.name();
            let safe = action.starts(&["SET"]) && !action.starts(&["SET", "DATA"])
                || ["DROP", "ADD", "RESET", "RESTART"]
                    .iter()
                    .any(|word| action.starts(&[word]));
            (!safe).then(|| Loss::ChangesType { column: column(name) })
        }
        "MODIFY" | "CHANGE" if mysql => {
            action.takes(&["COLUMN"]);
            action.takes(&["IF", "EXISTS"]);
            Some(Loss::ChangesType {
                column: column(action.name()),
            })
        }
        "TRUNCATE" => rows("truncates a partition of", table.to_owned()),
        word if TABLE_CHANGES.contains(&word) => None,
        _ => Some(Loss::Unknown {
            what: format!("ALTER TABLE {table} {}", whole.text()),
        }),
    }
}

/// An INSERT adds, unless it says what becomes of a row that is there.
fn insert(reader: Reader<'_>) -> Option<Loss> {
    let mut next = reader;
    if next.takes(&["OR", "REPLACE"]) {
        return rows("replaces rows of", insert_target(next));
    }
    let overwrites = reader.holds(&["DO", "UPDATE"]) || reader.holds(&["ON", "DUPLICATE", "KEY"]);
    if overwrites {
        return rows("updates rows of", insert_target(reader));
    }
    written_in_parentheses(reader)
}

/// A statement with common table expressions, which can write on PostgreSQL.
fn with(reader: Reader<'_>) -> Option<Loss> {
    const MAIN: [&str; 7] = [
        "SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "REPLACE", "VALUES",
    ];
    let mut depth = 0_usize;
    let mut before = "";
    let start = reader.tokens.iter().position(|token| {
        match token.text {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ => {}
        }
        // An expression may have such a name, but then stands behind WITH or a comma.
        let found = depth == 0 && before == ")" && MAIN.iter().any(|word| is(token, word));
        before = token.text;
        found
    });
    let Some(start) = start else {
        return Some(Loss::Unknown {
            what: "WITH".to_owned(),
        });
    };
    let mut main = reader;
    main.skip(start);
    let reads = main.starts(&["SELECT"]) || main.starts(&["VALUES"]);
    if reads {
        return select(reader);
    }
    written_in_parentheses(reader).or_else(|| statement(main))
}

/// The loss by a statement in parentheses that writes, as an expression of WITH can be.
fn written_in_parentheses(reader: Reader<'_>) -> Option<Loss> {
    const WRITES: [&str; 4] = ["DELETE", "UPDATE", "MERGE", "INSERT"];
    (1..reader.tokens.len())
        .filter(|at| reader.tokens[at - 1].text == "(")
        .find_map(|at| {
            let mut inner = reader;
            inner.skip(at);
            let writes = WRITES.iter().any(|word| inner.starts(&[word]));
            // `(update)` and `(delete, …)` are columns.
            let goes_on = matches!(inner.tokens.get(1), Some(next) if next.kind != TokenKind::Symbol);
            if writes && goes_on { statement(inner) } else { None }
        })
}

fn select(reader: Reader<'_>) -> Option<Loss> {
    written_in_parentheses(reader).or_else(|| called(reader))
}

/// The first function that is called and not known to be harmless.
fn called(reader: Reader<'_>) -> Option<Loss> {
    (1..reader.tokens.len()).find_map(|at| {
        let (token, name) = (&reader.tokens[at], &reader.tokens[at - 1]);
        if token.text != "(" || !matches!(name.kind, TokenKind::Word | TokenKind::Name) {
            return None;
        }
        let upper = name.text.to_ascii_uppercase();
        let before = at.checked_sub(2).map_or("", |at| reader.tokens[at].text);
        let schema = at.checked_sub(3).map_or("", |at| reader.tokens[at].text);
        let built_in = before != "." || schema.eq_ignore_ascii_case("pg_catalog");
        // `AS name (columns)`, `WITH name (columns)`, `CAST(x AS varchar(10))`, `x::numeric(3)`.
        let calls_nothing = BEFORE_PARENTHESES.contains(&upper.as_str())
            || before == "::"
            || ["AS", "WITH", "RECURSIVE"]
                .iter()
                .any(|word| word.eq_ignore_ascii_case(before));
        let known =
            name.kind == TokenKind::Word && (calls_nothing || built_in && HARMLESS.contains(&upper.as_str()));
        (!known).then(|| Loss::Unknown {
            what: format!("{}()", name.text),
        })
    })
}

/// EXPLAIN runs the statement if it is to ANALYZE it.
fn explain(mut reader: Reader<'_>) -> Option<Loss> {
    if !reader.tokens.iter().take(8).any(|token| is(token, "ANALYZE")) {
        return None;
    }
    if reader.takes_symbol("(") {
        let end = reader.tokens.iter().position(|token| token.text == ")");
        reader.skip(end.map_or(0, |end| end + 1));
    } else {
        reader.takes(&["ANALYZE"]);
        reader.takes(&["VERBOSE"]);
    }
    statement(reader)
}

fn delete_target(mut reader: Reader<'_>) -> String {
    for word in ["LOW_PRIORITY", "QUICK", "IGNORE", "FROM", "ONLY"] {
        reader.takes(&[word]);
    }
    reader.name()
}

fn update_target(mut reader: Reader<'_>) -> String {
    if reader.takes(&["OR"]) {
        reader.word();
    }
    for word in ["LOW_PRIORITY", "IGNORE", "ONLY"] {
        reader.takes(&[word]);
    }
    reader.name()
}

fn insert_target(mut reader: Reader<'_>) -> String {
    if reader.takes(&["OR"]) {
        reader.word();
    }
    for word in [
        "LOW_PRIORITY",
        "DELAYED",
        "HIGH_PRIORITY",
        "IGNORE",
        "INTO",
        "ONLY",
    ] {
        reader.takes(&[word]);
    }
    reader.name()
}
