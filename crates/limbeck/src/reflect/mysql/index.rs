//! Indexes, and the primary key, which is one of them.

use std::collections::BTreeMap;

use limbeck_core::schema::{Constraint, ConstraintKind, Index, Name, Sql, TableOption};

use super::rest::Rest;
use super::text::{bare, unescaped};
use super::{Reading, Server, by_first, values};
use crate::database::Row;

/// A column of an index, or an expression in its place.
struct Part {
    column: String,
    descends: bool,
    length: String,
    expression: String,
}

/// An index, as the server says it.
struct Printed {
    unique: bool,
    method: String,
    comment: String,
    ignored: bool,
    parts: Vec<Part>,
}

impl Reading<'_> {
    pub(super) fn indexes(&mut self, rows: Vec<Row>, rest: &Rest) {
        for (table, rows) in by_first(rows) {
            if !self.schema.tables.contains_key(&Name::new(table.as_str())) {
                continue;
            }
            for (name, rows) in by_first(rows) {
                if let Some(printed) = Printed::read(rows) {
                    self.index(&table, name, &printed, rest);
                }
            }
        }
    }

    fn index(&mut self, table: &str, name: String, printed: &Printed, rest: &Rest) {
        let dialect = self.server.dialect;
        let parts = self.server.parts(printed);
        let columns = printed.parts.iter().map(|part| part.column.clone());
        let columns: Vec<String> = columns.filter(|column| !column.is_empty()).collect();
        let comment = (!printed.comment.is_empty()).then(|| printed.comment.clone());
        // A key over a period is told in full by the statement only.
        let quoted = dialect.identifier(&name);
        let mut lines = rest.lines(table, "UNIQUE KEY");
        let over_period = lines.find(|line| line.contains(&quoted) && line.contains(" WITHOUT OVERLAPS"));
        let whole_key = over_period.and_then(|line| Some(line[line.find('(')?..].to_owned()));
        let parser = rest
            .lines(table, "FULLTEXT KEY")
            .find(|line| line.contains(&quoted))
            .and_then(parser);
        let server = &self.server;
        let whole_key = whole_key.map(|key| server.expression(&key).text().to_owned());
        let Some(there) = self.table(table) else {
            return;
        };
        let memory = there
            .options
            .get(&TableOption::Engine)
            .is_some_and(|engine| engine == "MEMORY");
        let using = match (printed.method.as_str(), memory) {
            ("HASH", false) => " USING HASH",
            ("BTREE", true) => " USING BTREE",
            _ => "",
        };
        if name == "PRIMARY" {
            let key = Constraint {
                comment,
                ..Constraint::new(
                    ConstraintKind::PrimaryKey,
                    Sql::verbatim(format!("PRIMARY KEY {parts}{using}")),
                    columns,
                )
            };
            there.constraints.insert(name, key);
            return;
        }
        let before = match printed.method.as_str() {
            "FULLTEXT" => "FULLTEXT ",
            "SPATIAL" => "SPATIAL ",
            _ => "",
        };
        let ignored = match (printed.ignored, dialect) {
            (false, _) => "",
            (true, limbeck_core::Dialect::Mariadb) => " IGNORED",
            (true, _) => " INVISIBLE",
        };
        let parser = parser
            .map(|parser| format!(" WITH PARSER {parser}"))
            .unwrap_or_default();
        let parts = whole_key.unwrap_or(parts);
        let index = Index {
            unique: printed.unique,
            definition: Sql::verbatim(format!("{before}{parts}{using}{parser}{ignored}")),
            columns,
            comment,
        };
        there.indexes.insert(name, index);
    }
}

impl Printed {
    /// Reads the rows of one index, a part each.
    fn read(rows: Vec<Row>) -> Option<Self> {
        let mut index: Option<Self> = None;
        for row in rows {
            let [
                not_unique,
                column,
                collation,
                length,
                method,
                comment,
                ignored,
                expression,
            ] = values(row)?;
            let index = index.get_or_insert_with(|| Self {
                unique: not_unique == "0",
                method,
                comment,
                ignored: ignored == "YES",
                parts: Vec::new(),
            });
            index.parts.push(Part {
                column,
                descends: collation == "D",
                length,
                expression,
            });
        }
        index
    }
}

impl Server {
    /// What is indexed, in parentheses.
    fn parts(&self, index: &Printed) -> String {
        let parts: Vec<String> = index
            .parts
            .iter()
            .map(|part| {
                let mut text = if part.expression.is_empty() {
                    self.dialect.quoted(&part.column)
                } else {
                    let expression = unescaped(&part.expression);
                    format!("({})", self.expression(bare(self.dialect, &expression)))
                };
                if !part.length.is_empty() && index.method != "SPATIAL" {
                    text += &format!("({})", part.length);
                }
                if part.descends {
                    text += " DESC";
                }
                text
            })
            .collect();
        format!("({})", parts.join(", "))
    }
}

/// The parser of a full-text index: `` … /*!50100 WITH PARSER `ngram` */ ``.
fn parser(line: &str) -> Option<String> {
    const WORDS: &str = " WITH PARSER `";
    let rest = &line[line.rfind(WORDS)? + WORDS.len()..];
    Some(rest[..rest.find('`')?].to_owned())
}

/// An index that has these columns first, for a foreign key to lead to.
pub(super) fn serves(columns: &[String], wanted: &[String]) -> bool {
    columns.starts_with(wanted)
}

/// The indexes of a table by which a foreign key may lead to it: their names, and whether each is the primary key.
pub(super) fn serving(
    constraints: &BTreeMap<String, Constraint>,
    indexes: &BTreeMap<String, Index>,
    wanted: &[String],
) -> Vec<(String, bool)> {
    let keys = constraints
        .iter()
        .filter(|(_, key)| key.kind == ConstraintKind::PrimaryKey && serves(&key.columns, wanted))
        .map(|(name, _)| (name.clone(), true));
    let indexes = indexes
        .iter()
        .filter(|(_, index)| index.definition.text().starts_with('(') && serves(&index.columns, wanted))
        .map(|(name, _)| (name.clone(), false));
    keys.chain(indexes).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parsers() {
        let line = "FULLTEXT KEY `f` (`a`) COMMENT 'x' /*!50100 WITH PARSER `ngram` */ ";
        assert_eq!(parser(line).as_deref(), Some("ngram"));
        assert_eq!(parser("FULLTEXT KEY `f` (`a`)"), None);
    }
}
