use super::{Edge, edges, keys, tables};
use crate::schema::{Column, Name, Schema, Table};

/// The tables as an entity-relationship diagram of Mermaid's (its documentation, "Entity Relationship Diagrams"), which code forges
/// show as a picture.
///
/// ```
/// use limbeck_core::diagram::mermaid;
/// use limbeck_core::schema::{Column, Name, Schema, Table};
///
/// let mut schema = Schema::default();
/// schema.tables.insert(Name::new("users"), Table { columns: vec![Column::new("id", "integer")], ..Table::default() });
/// assert_eq!(mermaid(&schema), "erDiagram\n    users {\n        integer id\n    }\n");
/// ```
pub fn mermaid(schema: &Schema) -> String {
    let mut text = "erDiagram\n".to_owned();
    for (name, table) in tables(schema) {
        text.push_str(&entity(name, table));
    }
    for edge in edges(schema) {
        text.push_str(&relationship(&edge));
    }
    text
}

fn entity(name: &Name, table: &Table) -> String {
    let attributes = table.columns.iter().map(|column| attribute(table, column));
    format!(
        "    {} {{\n{}    }}\n",
        quoted(&name.to_string()),
        attributes.collect::<String>()
    )
}

/// Mermaid takes letters, digits and few signs in types and names.
fn attribute(table: &Table, column: &Column) -> String {
    let plain = |text: &str| -> String {
        let signs = ['_', '-', '(', ')', '[', ']'];
        let kept = |c: char| {
            if c.is_alphanumeric() || signs.contains(&c) {
                c
            } else {
                '_'
            }
        };
        text.chars().map(kept).collect()
    };
    let keys = keys(table, column).join(", ");
    let comment = column
        .comment
        .as_ref()
        .map(|text| format!("\"{}\"", text.replace('"', "'").replace('\n', " ")));
    let data_type = if column.data_type.is_empty() {
        "any"
    } else {
        &column.data_type
    };
    let words = [
        plain(data_type),
        plain(&column.name),
        keys,
        comment.unwrap_or_default(),
    ];
    let words: Vec<String> = words.into_iter().filter(|word| !word.is_empty()).collect();
    format!("        {}\n", words.join(" "))
}

fn relationship(edge: &Edge<'_>) -> String {
    let parent = if edge.is_optional { "|o" } else { "||" };
    let child = if edge.is_unique { "o|" } else { "o{" };
    let [from, to] = [edge.from, edge.to].map(|name| quoted(&name.to_string()));
    format!(
        "    {to} {parent}--{child} {from} : \"{}\"\n",
        edge.columns.join(", ")
    )
}

fn quoted(name: &str) -> String {
    if name.chars().all(|c| c.is_alphanumeric() || c == '_') {
        name.to_owned()
    } else {
        format!("\"{}\"", name.replace('"', "'"))
    }
}
