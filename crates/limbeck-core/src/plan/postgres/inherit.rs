//! What tables have from their parents. A child's own definition tells only what it has beside that, or otherwise.

use crate::Dialect;
use crate::dialect::{TokenKind, tokens};
use crate::schema::{Column, Name, Schema, Table, TableOption};

/// The tables that a table inherits from, or is a partition of.
pub(super) fn parents(table: &Table) -> Vec<Name> {
    if let Some(text) = table.options.get(&TableOption::PartitionOf) {
        return partition(text).map(|(name, _)| name).into_iter().collect();
    }
    let names = table.options.get(&TableOption::Inherits);
    names.map_or_else(Vec::new, |text| self::names(text))
}

/// The parent of a partition, and which partition it is: `FOR VALUES …`.
pub(super) fn partition(text: &str) -> Option<(Name, &str)> {
    let tokens = tokens(Dialect::Postgresql, text);
    let end = tokens.iter().find(|token| token.kind == TokenKind::Space)?.offset;
    let name = names(&text[..end]).into_iter().next()?;
    Some((name, text[end..].trim_start()))
}

/// The names of a list in SQL.
pub(super) fn names(text: &str) -> Vec<Name> {
    let mut names = Vec::new();
    let mut parts: Vec<String> = Vec::new();
    let mut finish = |parts: &mut Vec<String>| {
        if let Some(name) = parts.pop() {
            let schema = parts.pop();
            names.push(Name { schema, name });
        }
        parts.clear();
    };
    for token in tokens(Dialect::Postgresql, text) {
        match token.kind {
            TokenKind::Word => parts.push(token.text.to_owned()),
            TokenKind::Name => {
                let inside = token
                    .text
                    .strip_prefix('"')
                    .and_then(|text| text.strip_suffix('"'));
                parts.push(inside.unwrap_or(token.text).replace("\"\"", "\""));
            }
            _ if token.text == "," => finish(&mut parts),
            _ => {}
        }
    }
    finish(&mut parts);
    names
}

/// The column that a table has from a parent, as it is told there.
pub(super) fn inherited<'a>(schema: &'a Schema, table: &Name, column: &str) -> Option<&'a Column> {
    let mut open = parents(schema.tables.get(table)?);
    // Nobody inherits through more tables than there are.
    for _ in 0..=schema.tables.len() {
        let name = open.pop()?;
        let Some(parent) = schema.tables.get(&name) else {
            continue;
        };
        if let Some(column) = parent.column(column) {
            return Some(column);
        }
        open.extend(parents(parent));
    }
    None
}

/// The tables that inherit from a table directly, and tell a column otherwise.
pub(super) fn otherwise<'a>(schema: &'a Schema, table: &Name, column: &str) -> Vec<(&'a Name, &'a Column)> {
    let children = schema.tables.iter().filter(|(_, child)| {
        let is_child = [TableOption::PartitionOf, TableOption::Inherits];
        is_child.iter().any(|option| child.options.contains_key(option)) && parents(child).contains(table)
    });
    children
        .filter_map(|(name, child)| Some((name, child.column(column)?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partition_is_told_by_its_parent_and_its_bounds() {
        let name = Name {
            schema: Some("a b".to_owned()),
            name: "c".to_owned(),
        };
        assert_eq!(
            partition("\"a b\".c FOR VALUES IN ('x y')"),
            Some((name, "FOR VALUES IN ('x y')"))
        );
        assert_eq!(
            partition("events DEFAULT"),
            Some((Name::new("events"), "DEFAULT"))
        );
        assert_eq!(partition(""), None);
    }

    #[test]
    fn names_are_read_as_they_are_written() {
        assert_eq!(names("a, \"B\"\"\""), [Name::new("a"), Name::new("B\"")]);
    }
}
