//! What needs what: the server doesn't say, so names are looked for in texts.

use std::collections::{BTreeMap, BTreeSet};

use limbeck_core::Dialect;
use limbeck_core::dialect::{Token, TokenKind, tokens};
use limbeck_core::schema::{Id, Kind, Schema};

use super::Reading;

/// Texts that name things, and what they belong to.
#[derive(Default)]
pub(super) struct Texts {
    bodies: Vec<(Id, String)>,
    queries: Vec<(Id, String)>,
}

impl Texts {
    /// A text that somebody wrote.
    pub(super) fn add(&mut self, id: Id, text: &str) {
        self.bodies.push((id, text.to_owned()));
    }

    /// A query that the server printed, with the database's name before each name.
    pub(super) fn add_query(&mut self, id: Id, text: &str) {
        self.queries.push((id, text.to_owned()));
    }
}

/// What there is, by name.
struct Known {
    /// Tables, views and sequences.
    relations: BTreeMap<String, Id>,
    functions: BTreeMap<String, Id>,
    procedures: BTreeMap<String, Id>,
}

impl Known {
    fn new(schema: &Schema) -> Self {
        let of = |kinds: &[Kind]| {
            let ids = schema.objects.keys().filter(|id| kinds.contains(&id.kind));
            ids.map(|id| (id.name.name.clone(), id.clone()))
                .collect::<BTreeMap<_, _>>()
        };
        let mut relations = of(&[Kind::View, Kind::Sequence]);
        relations.extend(
            schema
                .tables
                .keys()
                .map(|name| (name.name.clone(), Id::table(name))),
        );
        Self {
            relations,
            functions: of(&[Kind::Function]),
            procedures: of(&[Kind::Procedure]),
        }
    }
}

impl Reading<'_> {
    /// Adds the dependencies that texts tell of.
    pub(super) fn connect(&mut self) {
        let known = Known::new(&self.schema);
        let dialect = self.server.dialect;
        for (id, text) in std::mem::take(&mut self.dependencies.queries) {
            let mut needed = in_query(dialect, &self.server.database, &text, &known);
            needed.extend(columns(dialect, &text, &needed, &self.schema));
            for needed in needed {
                self.schema.depends(id.clone(), needed);
            }
        }
        let (routines, others): (Vec<_>, Vec<_>) = std::mem::take(&mut self.dependencies.bodies)
            .into_iter()
            .partition(|(id, _)| matches!(id.kind, Kind::Function | Kind::Procedure));
        for (id, text) in others {
            for needed in in_text(dialect, &id, &text, &known) {
                let is_there = needed.kind != Kind::Column || self.has_column(&needed);
                if is_there {
                    self.schema.depends(id.clone(), needed);
                }
            }
        }
        // A routine finds what it names when it is called, so that two may call each other: what would close a circle is no
        // reason for an order.
        for (id, text) in routines {
            for needed in in_text(dialect, &id, &text, &known) {
                if !leads_to(&self.schema, &needed, &id) {
                    self.schema.depends(id.clone(), needed);
                }
            }
        }
    }

    fn has_column(&self, column: &Id) -> bool {
        let table = self.schema.tables.get(&column.name);
        let part = column.part.as_deref().unwrap_or_default();
        table.is_some_and(|table| table.column(part).is_some())
    }
}

/// Whether `from` needs `to`, directly or not.
fn leads_to(schema: &Schema, from: &Id, to: &Id) -> bool {
    let (mut seen, mut left) = (BTreeSet::new(), vec![from]);
    while let Some(id) = left.pop() {
        if id == to {
            return true;
        }
        if seen.insert(id) {
            left.extend(schema.dependencies.get(id).into_iter().flatten());
        }
    }
    false
}

/// What a query names that the server printed: tables stand behind the database's name, functions before a parenthesis.
fn in_query(dialect: Dialect, database: &str, text: &str, known: &Known) -> BTreeSet<Id> {
    let own = dialect.identifier(database);
    let tokens: Vec<Token<'_>> = significant(dialect, text);
    let mut found = BTreeSet::new();
    for (at, token) in tokens.iter().enumerate() {
        let is_called = tokens.get(at + 1).is_some_and(|next| next.text == "(");
        let is_ours = at >= 2 && tokens[at - 1].text == "." && tokens[at - 2].text == own;
        if is_called {
            found.extend(known.functions.get(&unquoted(token.text)).cloned());
        } else if is_ours {
            found.extend(known.relations.get(&unquoted(token.text)).cloned());
        }
    }
    found
}

/// The columns that a query may name, of the tables that it names: a table can have another name in it, so those of any of them.
fn columns(dialect: Dialect, text: &str, relations: &BTreeSet<Id>, schema: &Schema) -> BTreeSet<Id> {
    let tokens = significant(dialect, text);
    let pairs = tokens.iter().zip(tokens.iter().skip(1));
    let names: BTreeSet<String> = pairs
        .filter(|(before, _)| before.text == ".")
        .map(|(_, token)| unquoted(token.text))
        .collect();
    let tables = relations.iter().filter(|id| id.kind == Kind::Table);
    let columns = tables.flat_map(|id| {
        let table = schema.tables.get(&id.name);
        let columns = table.into_iter().flat_map(|table| &table.columns);
        columns.map(|column| Id::column(&id.name, &column.name))
    });
    columns
        .filter(|id| id.part.as_ref().is_some_and(|part| names.contains(part)))
        .collect()
}

/// What a body names, judged by what stands around each name.
fn in_text(dialect: Dialect, id: &Id, text: &str, known: &Known) -> BTreeSet<Id> {
    let tokens = significant(dialect, text);
    let mut found = BTreeSet::new();
    for (at, token) in tokens.iter().enumerate() {
        if !matches!(token.kind, TokenKind::Word | TokenKind::Name) {
            continue;
        }
        let name = unquoted(token.text);
        let before = at.checked_sub(1).map_or("", |at| tokens[at].text);
        let behind = tokens.get(at + 1).map_or("", |next| next.text);
        let is = |word: &str| before.eq_ignore_ascii_case(word);
        match id.kind {
            // A column's own text names columns of its table, and sequences.
            Kind::Column => {
                found.insert(Id::column(&id.name, name));
                continue;
            }
            Kind::Default => {
                let sequence = known.relations.get(&name).filter(|id| id.kind == Kind::Sequence);
                found.extend(sequence.cloned());
                continue;
            }
            _ => {}
        }
        let row = at.checked_sub(2).map_or("", |at| tokens[at].text);
        let of_row = ["NEW", "OLD"].iter().any(|word| row.eq_ignore_ascii_case(word));
        if id.kind == Kind::Trigger && before == "." && of_row {
            found.insert(Id::column(&id.name, name));
        } else if is("CALL") {
            found.extend(known.procedures.get(&name).cloned());
        } else if RELATION.iter().any(|word| is(word)) {
            found.extend(known.relations.get(&name).cloned());
        } else if behind == "(" {
            found.extend(known.functions.get(&name).cloned());
        } else if before == "(" || is("FOR") {
            let sequence = known.relations.get(&name).filter(|id| id.kind == Kind::Sequence);
            found.extend(sequence.cloned());
        }
    }
    found
}

/// What stands before a table's name.
const RELATION: [&str; 8] = [
    "FROM", "JOIN", "INTO", "UPDATE", "TABLE", "IGNORE", "REPLACE", ",",
];

fn significant(dialect: Dialect, text: &str) -> Vec<Token<'_>> {
    let tokens = tokens(dialect, text);
    tokens.into_iter().filter(Token::is_significant).collect()
}

fn unquoted(name: &str) -> String {
    match name.strip_prefix('`').and_then(|rest| rest.strip_suffix('`')) {
        Some(inner) => inner.replace("``", "`"),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use limbeck_core::schema::{Column, Definition, Name, Object, Sequence, Table};

    use super::*;

    fn known() -> Known {
        let mut schema = Schema::default();
        for name in ["users", "posts"] {
            schema.tables.insert(Name::new(name), Table::default());
        }
        for (kind, name) in [
            (Kind::View, "recent"),
            (Kind::Function, "add"),
            (Kind::Procedure, "tidy"),
        ] {
            let definition = Definition::Sequence(Sequence {
                data_type: None,
                clauses: Vec::new(),
                owned_by: None,
            });
            let object = Object::new(String::new(), definition);
            schema.objects.insert(Id::of(kind, Name::new(name)), object);
        }
        Known::new(&schema)
    }

    #[track_caller]
    fn check(found: BTreeSet<Id>, wanted: &[&str]) {
        let found: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert_eq!(found, wanted);
    }

    #[test]
    fn queries() {
        let text = "select `app`.`posts`.`users` AS `recent`,`app`.`add`(1) AS `x` from (`app`.`posts` join `app`.`recent` `r`)";
        check(
            in_query(Dialect::Mariadb, "app", text, &known()),
            &["table posts", "function add", "view recent"],
        );
    }

    #[test]
    fn columns_of_a_query() {
        let mut schema = Schema::default();
        for (name, column) in [("users", "name"), ("posts", "at"), ("tags", "name")] {
            let table = Table {
                columns: vec![Column::new("id", "int"), Column::new(column, "int")],
                ..Table::default()
            };
            schema.tables.insert(Name::new(name), table);
        }
        let text = "select `u`.`name` AS `at` from (`app`.`posts` join `app`.`users` `u` on(`u`.`id` = 1))";
        let relations = ["users", "posts"].map(|name| Id::table(&Name::new(name)));
        check(
            columns(Dialect::Mariadb, text, &relations.into(), &schema),
            &["column posts.id", "column users.id", "column users.name"],
        );
    }

    #[test]
    fn bodies() {
        let id = Id::part(Kind::Trigger, &Name::new("users"), "t");
        let text = "BEGIN SET NEW.name = add(OLD.x, 'posts'); CALL tidy(); INSERT INTO recent SELECT users FROM `posts`; END";
        check(
            in_text(Dialect::Mariadb, &id, text, &known()),
            &[
                "table posts",
                "column users.name",
                "column users.x",
                "function add",
                "procedure tidy",
                "view recent",
            ],
        );
    }
}
