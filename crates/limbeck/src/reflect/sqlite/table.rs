//! A table of SQLite's.

use std::collections::BTreeMap;

use limbeck_core::Dialect;
use limbeck_core::dialect::sqlite::{
    ColumnDefinition, ConstraintDefinition, CreateTable, items, name, normal, parentheses, plain,
    significant, written,
};
use limbeck_core::dialect::{Token, TokenKind};
use limbeck_core::schema::{
    Column, Constraint, ConstraintKind, Generated, Moot, Name, Reference, Table, TableOption,
};

use super::{keyed, named_columns, spelled};

pub(super) fn read(create: &CreateTable<'_>) -> Table {
    let mut table = Table {
        columns: create
            .columns
            .iter()
            .map(|column| read_column(create, column))
            .collect(),
        options: options(&create.options),
        ..Table::default()
    };
    for definition in &create.constraints {
        if let Some(constraint) = constraint(&table.columns, definition) {
            let key = definition
                .name
                .clone()
                .unwrap_or_else(|| normal(&definition.tokens));
            table.constraints.insert(key, constraint);
        }
    }
    table
}

fn options(told: &[String]) -> BTreeMap<TableOption, String> {
    let known = |option: &String| match option.as_str() {
        "strict" => Some(TableOption::Strict),
        "without rowid" => Some(TableOption::WithoutRowid),
        _ => None,
    };
    let options = told.iter().filter_map(known);
    options.map(|option| (option, String::new())).collect()
}

/// A virtual table is its statement: what its module reads can't be told from here. White space between the arguments is none of
/// it.
pub(super) fn read_virtual(called: &str, sql: &str) -> Table {
    let tokens = significant(sql);
    let using = tokens.iter().position(|token| plain(token) == "using");
    let module = using.map_or(&[][..], |using| &tokens[using + 1..]);
    let source = |tokens: &[Token<'_>]| match tokens {
        [first, .., last] => sql[first.offset..last.offset + last.text.len()].to_owned(),
        [only] => only.text.to_owned(),
        [] => String::new(),
    };
    let mut statement = format!("CREATE VIRTUAL TABLE {}", Dialect::Sqlite.quoted(called));
    if let [module, arguments @ ..] = module {
        statement.push_str(&format!(" USING {}", module.text));
        if let Some((arguments, _)) = parentheses(arguments) {
            let arguments: Vec<String> = items(arguments).into_iter().map(source).collect();
            statement.push_str(&format!("({})", arguments.join(", ")));
        }
    }
    Table {
        options: BTreeMap::from([(TableOption::Virtual, statement)]),
        ..Table::default()
    }
}

/// The generated columns, and those that each is computed from.
pub(super) fn dependencies(create: &CreateTable<'_>) -> Vec<(String, String)> {
    let columns: Vec<Column> = create
        .columns
        .iter()
        .map(|column| Column::new(&*column.name, ""))
        .collect();
    let mut found = Vec::new();
    for column in &create.columns {
        let generated = column.clauses.iter().filter(|clause| plain(&clause[0]) == "as");
        for needed in generated.flat_map(|clause| named_columns(&columns, &clause[1..])) {
            found.push((column.name.clone(), needed));
        }
    }
    found
}

fn read_column(create: &CreateTable<'_>, definition: &ColumnDefinition<'_>) -> Column {
    let mut column = Column::new(&*definition.name, data_type(&definition.data_type));
    column.nullable = !create.is_never_null(definition);
    column.says_not_null = Moot(definition.says_not_null);
    for clause in &definition.clauses {
        let [first, rest @ ..] = clause.as_slice() else {
            continue;
        };
        match plain(first).as_str() {
            "not" => {
                column.nullable = false;
                if rest.len() > 1 {
                    column.clauses.push(keyed(clause, upper(clause)));
                }
            }
            "default" => column.default = Some(keyed(rest, written(rest))),
            "collate" => column.collation = rest.first().map(collation),
            "as" => {
                column.generated = parentheses(rest).map(|(expression, kept)| Generated {
                    expression: keyed(expression, written(expression)),
                    stored: kept.first().is_some_and(|word| plain(word) == "stored"),
                });
            }
            _ => column.clauses.push(keyed(clause, written(clause))),
        }
    }
    column.clauses.sort();
    column
}

/// A type, of which neither case nor white space counts.
fn data_type(tokens: &[Token<'_>]) -> String {
    let mut text = String::new();
    for (index, token) in tokens.iter().enumerate() {
        let before = index.checked_sub(1).map_or("(", |before| tokens[before].text);
        if !matches!(token.text, "(" | ")" | ",") && !matches!(before, "(" | "+" | "-") {
            text.push(' ');
        }
        match token.kind {
            TokenKind::Word => text.push_str(&token.text.to_ascii_uppercase()),
            _ => text.push_str(token.text),
        }
    }
    text
}

/// A collation's name, of which the case does not count: those that SQLite brings are written large.
fn collation(token: &Token<'_>) -> String {
    let (called, large) = (name(token), name(token).to_ascii_uppercase());
    match large.as_str() {
        "BINARY" | "NOCASE" | "RTRIM" => large,
        _ => called.to_ascii_lowercase(),
    }
}

fn constraint(columns: &[Column], definition: &ConstraintDefinition<'_>) -> Option<Constraint> {
    let tokens = definition.tokens.as_slice();
    let (kind, rest) = match (plain(tokens.first()?).as_str(), tokens) {
        ("primary", [_, _, rest @ ..]) => (ConstraintKind::PrimaryKey, rest),
        ("foreign", [_, _, rest @ ..]) => (ConstraintKind::ForeignKey, rest),
        ("unique", [_, rest @ ..]) => (ConstraintKind::Unique, rest),
        ("check", [_, rest @ ..]) => (ConstraintKind::Check, rest),
        _ => return None,
    };
    let (inside, behind) = parentheses(rest)?;
    let mut references = None;
    let (text, about) = match kind {
        ConstraintKind::Check => {
            let text = format!("CHECK ({})", written(inside));
            (joined(text, &upper(behind)), named_columns(columns, inside))
        }
        ConstraintKind::ForeignKey => {
            let [_, table, behind @ ..] = behind else {
                return None;
            };
            let (to, behind) = parentheses(behind).unwrap_or((&[], behind));
            references = Some(Reference {
                table: Name::new(name(table)),
                columns: names(to),
            });
            let mut text = format!("FOREIGN KEY ({}) REFERENCES {}", list(inside), quoted(table));
            if !to.is_empty() {
                text.push_str(&format!(" ({})", list(to)));
            }
            (joined(text, &upper(behind)), names(inside))
        }
        ConstraintKind::Unique | ConstraintKind::PrimaryKey | ConstraintKind::Exclude => {
            let word = if kind == ConstraintKind::Unique {
                "UNIQUE"
            } else {
                "PRIMARY KEY"
            };
            (
                joined(format!("{word} ({})", list(inside)), &upper(behind)),
                names(inside),
            )
        }
    };
    Some(Constraint {
        references,
        named: definition.name.is_some(),
        ..Constraint::new(
            kind,
            keyed(tokens, text),
            about.iter().map(|column| spelled(columns, column)),
        )
    })
}

fn joined(text: String, rest: &str) -> String {
    if rest.is_empty() {
        text
    } else {
        format!("{text} {rest}")
    }
}

fn quoted(token: &Token<'_>) -> String {
    Dialect::Sqlite.quoted(&name(token))
}

/// The names of a list of columns.
fn names(list: &[Token<'_>]) -> Vec<String> {
    let first = items(list).into_iter().filter_map(|item| item.first());
    first.map(|column| name(column).into_owned()).collect()
}

/// A list of columns, each with what is said of it: `a, b COLLATE NOCASE DESC`.
fn list(list: &[Token<'_>]) -> String {
    let columns = items(list).into_iter().filter_map(|item| item.split_first());
    let columns: Vec<String> = columns
        .map(|(column, rest)| joined(quoted(column), &upper(rest)))
        .collect();
    columns.join(", ")
}

/// Clauses that are nothing but keywords and names of collations.
fn upper(tokens: &[Token<'_>]) -> String {
    let text = tokens.iter().map(|token| match token.kind {
        TokenKind::Word => token.text.to_ascii_uppercase(),
        _ => token.text.to_owned(),
    });
    text.collect::<Vec<_>>().join(" ")
}
