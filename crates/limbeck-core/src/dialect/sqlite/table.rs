//! SQLite's CREATE TABLE, cut into its parts (<https://www.sqlite.org/lang_createtable.html>).

use super::text::{items, name, normal, parentheses, significant, unqualified, with_strings, word};
use crate::dialect::{Token, TokenKind};

/// A statement that creates a table, cut into its parts.
///
/// What can stand with a column as well as behind all of them is told as if it stood behind them, and what is said in other words
/// only is told in one: so two tables that are the same to SQLite have the same parts.
///
/// ```
/// use limbeck_core::dialect::sqlite::{CreateTable, normal};
///
/// let table = CreateTable::parse("CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, [at] TEXT DEFAULT ('now')) STRICT").unwrap();
/// assert_eq!((table.name.as_str(), table.columns[1].name.as_str()), ("t", "at"));
/// assert_eq!(normal(&table.columns[1].clauses[0]), "default 'now'");
/// assert_eq!(normal(&table.constraints[0].tokens), "primary key (id autoincrement)");
/// assert_eq!(table.options, ["strict"]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateTable<'a> {
    /// Its name.
    pub name: String,
    /// Its columns, in order.
    pub columns: Vec<ColumnDefinition<'a>>,
    /// Its keys, foreign keys and checks.
    pub constraints: Vec<ConstraintDefinition<'a>>,
    /// What stands behind the parentheses, as it is compared, and sorted: `strict`, `without rowid`.
    pub options: Vec<String>,
}

/// A column, as a statement tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnDefinition<'a> {
    /// Its name.
    pub name: String,
    /// Its type, if it has one.
    pub data_type: Vec<Token<'a>>,
    /// `NOT NULL`, `DEFAULT …`, `COLLATE …`, `AS …`, each without a name. A `NOT NULL` that says nothing new is none.
    pub clauses: Vec<Vec<Token<'a>>>,
    /// Whether a `NOT NULL` stands there all the same.
    pub says_not_null: bool,
}

/// A constraint, as a statement tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConstraintDefinition<'a> {
    /// Its name, if it has one that no constraint before it has.
    pub name: Option<String>,
    /// What follows its name.
    pub tokens: Vec<Token<'a>>,
}

impl<'a> CreateTable<'a> {
    /// Reads a statement as `sqlite_schema` tells it; `None` where that creates no table of its own: a virtual one, or a view.
    pub fn parse(sql: &'a str) -> Option<Self> {
        let tokens = significant(sql);
        let open = tokens.iter().position(|token| token.text == "(")?;
        let close = tokens.iter().rposition(|token| token.text == ")")?;
        let [create, .., last] = tokens.get(..open)? else {
            return None;
        };
        let mut words = tokens[1..open]
            .iter()
            .map(word)
            .skip_while(|word| word == "temp" || word == "temporary");
        if word(create) != "create" || words.next()? != "table" {
            return None;
        }
        let mut table = Self {
            name: name(last).into_owned(),
            columns: Vec::new(),
            constraints: Vec::new(),
            options: items(&tokens[close + 1..]).into_iter().map(normal).collect(),
        };
        table.options.retain(|option| !option.is_empty());
        table.options.sort();
        for item in items(tokens.get(open + 1..close)?) {
            table.add(item);
        }
        table.find_strings();
        table.forget_what_is_implied();
        Some(table)
    }

    /// Whether the column is the row's own number: a key that is never NULL.
    pub fn is_rowid(&self, column: &ColumnDefinition<'_>) -> bool {
        let is_integer =
            matches!(column.data_type.as_slice(), [only] if name(only).eq_ignore_ascii_case("integer"));
        is_integer && !self.has_option("without rowid") && {
            let key = self.primary_key();
            matches!(key.as_slice(), [only] if only.eq_ignore_ascii_case(&column.name))
                && !self
                    .constraints
                    .iter()
                    .any(|known| is_descending_key(&known.tokens))
        }
    }

    /// Whether SQLite keeps NULL out of the column without being told to.
    pub fn is_never_null(&self, column: &ColumnDefinition<'_>) -> bool {
        let key = self.primary_key();
        let in_key = key.iter().any(|name| name.eq_ignore_ascii_case(&column.name));
        self.is_rowid(column) || in_key && (self.has_option("without rowid") || self.has_option("strict"))
    }

    fn has_option(&self, option: &str) -> bool {
        self.options.iter().any(|known| known == option)
    }

    /// The columns of the primary key.
    fn primary_key(&self) -> Vec<String> {
        let mut constraints = self.constraints.iter();
        let key =
            constraints.find(|known| known.tokens.first().is_some_and(|first| word(first) == "primary"));
        let list = key.and_then(|key| parentheses(key.tokens.get(2..)?));
        let Some((list, _)) = list else {
            return Vec::new();
        };
        let columns = items(list).into_iter().filter_map(|item| item.first());
        columns.map(|column| name(column).into_owned()).collect()
    }

    /// A column, or constraints of the table: between these there need not be commas.
    fn add(&mut self, item: &[Token<'a>]) {
        const CONSTRAINTS: [&str; 5] = ["constraint", "primary", "unique", "check", "foreign"];
        let Some(first) = item.first() else {
            return;
        };
        if !CONSTRAINTS.contains(&word(first).as_str()) {
            self.add_column(item);
            return;
        }
        let (_, constraints) = clauses(item, &CONSTRAINTS);
        for constraint in constraints {
            let (name, tokens) = named(constraint);
            self.add_constraint(name, tokens.to_vec());
        }
    }

    fn add_column(&mut self, item: &[Token<'a>]) {
        const CLAUSES: [&str; 11] = [
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
        let [column, rest @ ..] = item else {
            return;
        };
        let (data_type, found) = clauses(rest, &CLAUSES);
        let mut kept: Vec<Vec<Token<'a>>> = Vec::new();
        for clause in found {
            let (name, tokens) = named(clause);
            let Some(first) = tokens.first() else {
                continue;
            };
            match word(first).as_str() {
                "primary" => self.add_constraint(name, primary_key(column, data_type, tokens)),
                "unique" => self.add_constraint(name, unique(column, tokens)),
                "references" => self.add_constraint(name, foreign_key(column, tokens)),
                "check" => self.add_constraint(name, tokens.to_vec()),
                "null" => {}
                "default" => kept.push(default(tokens)),
                "generated" | "as" => kept.push(generated(tokens)),
                _ => kept.push(tokens.to_vec()),
            }
        }
        self.columns.push(ColumnDefinition {
            name: name(column).into_owned(),
            data_type: data_type.to_vec(),
            clauses: kept,
            says_not_null: false,
        });
    }

    fn add_constraint(&mut self, name: Option<String>, tokens: Vec<Token<'a>>) {
        if tokens.is_empty() {
            return;
        }
        let is_taken = |name: &String| {
            let mut names = self.constraints.iter().filter_map(|known| known.name.as_ref());
            names.any(|known| known.eq_ignore_ascii_case(name))
        };
        let tokens = unqualified(&self.name, &tokens);
        // One that says the same again is none, as far as rows are concerned.
        let same = |known: &ConstraintDefinition<'_>| normal(&known.tokens) == normal(&tokens);
        if name.is_none()
            && self
                .constraints
                .iter()
                .any(|known| known.name.is_none() && same(known))
        {
            return;
        }
        let name = name.filter(|name| !is_taken(name));
        self.constraints.push(ConstraintDefinition { name, tokens });
    }

    /// In expressions there may be strings in the quotes of names.
    fn find_strings(&mut self) {
        let names: Vec<String> = self.columns.iter().map(|column| column.name.clone()).collect();
        let is_column = |name: &str| names.iter().any(|known| known.eq_ignore_ascii_case(name));
        let constraints = self.constraints.iter_mut().map(|known| &mut known.tokens);
        let clauses = self.columns.iter_mut().flat_map(|column| &mut column.clauses);
        for tokens in constraints.chain(clauses) {
            if tokens
                .first()
                .is_some_and(|first| matches!(word(first).as_str(), "check" | "as"))
            {
                *tokens = with_strings(is_column, tokens);
            }
        }
    }

    /// A key that is never NULL need not say so: it does not count.
    fn forget_what_is_implied(&mut self) {
        let implied: Vec<bool> = self
            .columns
            .iter()
            .map(|column| self.is_never_null(column))
            .collect();
        for (column, implied) in self.columns.iter_mut().zip(implied) {
            let says = |clause: &Vec<Token<'_>>| matches!(clause.as_slice(), [not, _] if word(not) == "not");
            if implied {
                column.says_not_null = column.clauses.iter().any(says);
                column.clauses.retain(|clause| !says(clause));
            }
        }
    }
}

/// Whether it is the `INTEGER PRIMARY KEY DESC` of a column, which by an old mistake of SQLite's is no rowid
/// (<https://www.sqlite.org/lang_createtable.html>, "ROWIDs and the INTEGER PRIMARY KEY"). It can't be said behind the columns.
pub fn is_descending_key(constraint: &[Token<'_>]) -> bool {
    let behind = constraint
        .first()
        .filter(|first| word(first) == "primary")
        .and_then(|_| parentheses(constraint.get(2..)?));
    behind.is_some_and(|(_, rest)| rest.first().is_some_and(|first| word(first) == "desc"))
}

/// A token that stands nowhere in the text.
fn token(text: &'static str) -> Token<'static> {
    let kind = match text {
        "(" | ")" => TokenKind::Symbol,
        _ => TokenKind::Word,
    };
    let offset = usize::MAX;
    Token { kind, text, offset }
}

/// `PRIMARY KEY (id DESC AUTOINCREMENT) ON CONFLICT …` of a column's `PRIMARY KEY DESC ON CONFLICT … AUTOINCREMENT`.
fn primary_key<'a>(column: &Token<'a>, data_type: &[Token<'a>], tokens: &[Token<'a>]) -> Vec<Token<'a>> {
    let rest = tokens.get(2..).unwrap_or_default();
    let is_order = |token: &&Token<'_>| matches!(word(token).as_str(), "asc" | "desc");
    let (order, rest) = rest.split_at(rest.iter().take_while(is_order).count());
    let is_integer = matches!(data_type, [only] if name(only).eq_ignore_ascii_case("integer"));
    let stays_outside = is_integer && order.iter().any(|token| word(token) == "desc");
    let (inside, outside) = if stays_outside {
        (&[][..], order)
    } else {
        (order, &[][..])
    };
    let numbers = |token: &Token<'_>| word(token) == "autoincrement";
    let mut key = vec![token("PRIMARY"), token("KEY"), token("("), *column];
    key.extend(inside);
    key.extend(rest.iter().filter(|token| numbers(token)));
    key.push(token(")"));
    key.extend(outside);
    key.extend(rest.iter().filter(|token| !numbers(token)));
    key
}

fn unique<'a>(column: &Token<'a>, tokens: &[Token<'a>]) -> Vec<Token<'a>> {
    let mut key = vec![token("UNIQUE"), token("("), *column, token(")")];
    key.extend(tokens.iter().skip(1));
    key
}

fn foreign_key<'a>(column: &Token<'a>, tokens: &[Token<'a>]) -> Vec<Token<'a>> {
    let mut key = vec![token("FOREIGN"), token("KEY"), token("("), *column, token(")")];
    key.extend(tokens);
    key
}

/// A default without the parentheses that a single value needs none of. A word or name that is no keyword is a string.
fn default<'a>(tokens: &[Token<'a>]) -> Vec<Token<'a>> {
    const VALUES: [&str; 6] = [
        "null",
        "true",
        "false",
        "current_time",
        "current_date",
        "current_timestamp",
    ];
    let mut value = tokens.get(1..).unwrap_or_default();
    if let [only] = value
        && matches!(only.kind, TokenKind::Word | TokenKind::Name)
        && !VALUES.contains(&word(only).as_str())
    {
        let string = Token {
            kind: TokenKind::String,
            ..*only
        };
        return vec![tokens[0], string];
    }
    while let Some((inside, [])) = parentheses(value) {
        let is_value = match inside {
            [only] => {
                matches!(only.kind, TokenKind::Number | TokenKind::String)
                    || VALUES.contains(&word(only).as_str())
            }
            [sign, number] => matches!(sign.text, "+" | "-") && number.kind == TokenKind::Number,
            _ => parentheses(inside).is_some_and(|(_, rest)| rest.is_empty()),
        };
        if !is_value {
            break;
        }
        value = inside;
    }
    let mut default = vec![tokens[0]];
    default.extend(value);
    default
}

/// `AS (…)` or `AS (…) STORED`: the rest is what is meant anyway.
fn generated<'a>(tokens: &[Token<'a>]) -> Vec<Token<'a>> {
    let start = tokens
        .iter()
        .position(|token| word(token) == "as")
        .unwrap_or_default();
    let tokens = &tokens[start..];
    match tokens {
        [rest @ .., last] if word(last) == "virtual" => rest.to_vec(),
        _ => tokens.to_vec(),
    }
}

/// What of a clause is its name, if it has one, and what follows.
fn named<'a, 't>(tokens: &'a [Token<'t>]) -> (Option<String>, &'a [Token<'t>]) {
    let (mut last, mut rest) = (None, tokens);
    while let [first, called, behind @ ..] = rest
        && word(first) == "constraint"
    {
        last = Some(name(called).into_owned());
        rest = behind;
    }
    (last, rest)
}

/// What stands before the first clause, and the clauses: each starts with one of `words`.
fn clauses<'a, 't>(tokens: &'a [Token<'t>], words: &[&str]) -> (&'a [Token<'t>], Vec<&'a [Token<'t>]>) {
    let mut starts = Vec::new();
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate() {
        match token.text {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ => {}
        }
        let before = |back: usize| {
            index
                .checked_sub(back)
                .map(|at| word(&tokens[at]))
                .unwrap_or_default()
        };
        // ON DELETE SET NULL, DEFAULT NULL, GENERATED ALWAYS AS, CONSTRAINT name CHECK, NOT DEFERRABLE: all these go on.
        let goes_on = match before(1).as_str() {
            "not" | "set" | "always" => true,
            "default" => before(2) != "set",
            _ => false,
        };
        let goes_on = goes_on
            || before(2) == "constraint"
            || tokens
                .get(index + 1)
                .is_some_and(|next| word(next) == "deferrable");
        if depth == 0 && words.contains(&word(token).as_str()) && !goes_on {
            starts.push(index);
        }
    }
    let first = starts.first().copied().unwrap_or(tokens.len());
    let ends = starts.iter().skip(1).copied().chain([tokens.len()]);
    let clauses = starts.iter().zip(ends);
    let clauses = clauses.map(|(start, end)| &tokens[*start..end]);
    (&tokens[..first], clauses.collect())
}

#[cfg(test)]
mod tests;
