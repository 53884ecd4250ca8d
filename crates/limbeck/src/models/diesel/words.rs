//! A database in the words of Diesel's `schema.rs`: tables, columns with type and NULL, primary keys, and the foreign keys that
//! `joinable!` can tell. Of all else the file says nothing, so nothing is said of it.

use std::collections::{BTreeMap, BTreeSet};

use limbeck_core::Dialect;

use super::sql_type::{ANY, ANY_LENGTH, ANY_TYPE};
use crate::catalog::{Catalog, Reference, Table, kind_and_name, table};

/// Diesel's own table.
pub(super) const MIGRATIONS: &str = "__diesel_schema_migrations";

/// What `schema.rs` told, and another schema, as far as the file has words.
pub(crate) fn in_words(dialect: Dialect, told: &Catalog, other: &Catalog) -> [Catalog; 2] {
    let (mut told_words, mut other_words) = (reduced(dialect, told), reduced(dialect, other));
    leave_out_what_is_no_table(dialect, &mut told_words, &mut other_words, other);
    leave_out_tables(&told_words, &mut other_words);
    leave_out_foreign_keys(dialect, &told_words, &mut other_words, other);
    for (object, definition) in &mut other_words.objects {
        let Some(wanted) = told_words.objects.get(object) else {
            continue;
        };
        if kind_and_name(object).0 == "column" && same_column(dialect, told, object, wanted, definition) {
            definition.clone_from(wanted);
        }
    }
    [told_words, other_words]
}

fn reduced(dialect: Dialect, catalog: &Catalog) -> Catalog {
    let mut objects = BTreeMap::new();
    let plain = |name: &str| is_plain(dialect, catalog, name);
    for (object, definition) in &catalog.objects {
        let (kind, name) = kind_and_name(object);
        match kind {
            "table" | "view" => {
                let definition = if plain(name) { "" } else { definition };
                objects.insert(object.clone(), definition.to_owned());
            }
            "constraint" | "index" => {
                if let (Some(key), Some(table)) = (primary_key(dialect, object, definition), table(object)) {
                    objects.insert(format!("constraint primary key of {table}"), key);
                }
            }
            _ => {}
        }
    }
    for table in &catalog.tables {
        let name = folded(dialect, &table.name);
        if !objects.contains_key(&format!("table {name}")) {
            continue;
        }
        for column in &table.columns {
            let object = format!("column {name}.{}", folded(dialect, &column.name));
            if catalog.objects.contains_key(&object) {
                let not_null = if column.nullable { "" } else { " not null" };
                objects.insert(object, format!("{}{not_null}", column.data_type));
            }
        }
        for reference in &table.references {
            let (object, definition) = foreign_key(dialect, &name, reference);
            objects.insert(object, definition);
        }
    }
    Catalog {
        objects,
        tables: Vec::new(),
    }
}

/// Whether a table is no more than that: no view, partition or virtual table.
fn is_plain(dialect: Dialect, catalog: &Catalog, name: &str) -> bool {
    catalog
        .tables
        .iter()
        .any(|table| folded(dialect, &table.name) == name)
}

/// A name as the database compares it, and as objects are told by.
fn folded(dialect: Dialect, name: &str) -> String {
    match dialect {
        Dialect::Sqlite => name.to_ascii_lowercase(),
        _ => name.to_owned(),
    }
}

/// `primary key (a, b)`, if it is one.
fn primary_key(dialect: Dialect, object: &str, definition: &str) -> Option<String> {
    let mysql = matches!(dialect, Dialect::Mysql | Dialect::Mariadb);
    let is_key = if mysql {
        object.starts_with("index PRIMARY of ")
    } else {
        let start = definition.get(.."primary key".len())?;
        start.eq_ignore_ascii_case("primary key")
    };
    let columns = definition.split_once('(')?.1.rsplit_once(')')?.0;
    // How SQLite numbers rows is nothing that the file tells.
    let bare = |column: &str| {
        let column = column.strip_suffix(" autoincrement").unwrap_or(column);
        column.strip_suffix(" asc").unwrap_or(column).to_owned()
    };
    let columns: Vec<String> = columns.split(", ").map(bare).collect();
    is_key.then(|| format!("primary key ({})", columns.join(", ")))
}

fn foreign_key(dialect: Dialect, table: &str, reference: &Reference) -> (String, String) {
    let columns = folded(dialect, &reference.columns.join(", "));
    let to = folded(dialect, &reference.to.join(", "));
    let parent = folded(dialect, &reference.table);
    (
        format!("constraint foreign key ({columns}) to {parent} of {table}"),
        format!("foreign key ({columns}) references {parent} ({to})"),
    )
}

/// Views, which people tell as tables too, partitions and foreign tables: their columns are those of something else.
fn leave_out_what_is_no_table(dialect: Dialect, told: &mut Catalog, other: &mut Catalog, catalog: &Catalog) {
    let is_other = |object: &String| {
        let (kind, name) = kind_and_name(object);
        (kind == "table" && !is_plain(dialect, catalog, name) || kind == "view").then(|| name.to_owned())
    };
    let names: BTreeSet<String> = other.objects.keys().filter_map(is_other).collect();
    let tables: BTreeSet<String> = names
        .into_iter()
        .filter(|name| told.objects.contains_key(&format!("table {name}")))
        .collect();
    for side in [told, other] {
        leave_out(side, &tables);
        side.objects.retain(|object, _| kind_and_name(object).0 != "view");
    }
}

fn leave_out(catalog: &mut Catalog, tables: &BTreeSet<String>) {
    catalog
        .objects
        .retain(|object, _| !table(object).is_some_and(|name| tables.contains(name)));
}

/// Tables that the file can't tell, or is not there to tell: without a primary key, of schemas that it names no table of, and
/// Diesel's own.
fn leave_out_tables(told: &Catalog, other: &mut Catalog) {
    let schema = |name: &str| name.split_once('.').map(|(schema, _)| schema.to_owned());
    let tables = |catalog: &Catalog| -> BTreeSet<String> {
        let names = catalog.objects.keys().map(|object| kind_and_name(object));
        let names = names.filter(|(kind, _)| *kind == "table");
        names.map(|(_, name)| name.to_owned()).collect()
    };
    let told_tables = tables(told);
    let schemas: BTreeSet<Option<String>> = told_tables.iter().map(|name| schema(name)).collect();
    let mut unsaid = tables(other);
    unsaid.retain(|name| {
        let has_key = other
            .objects
            .contains_key(&format!("constraint primary key of {name}"));
        !told_tables.contains(name) && (!has_key || !schemas.contains(&schema(name)) || name == MIGRATIONS)
    });
    leave_out(other, &unsaid);
}

/// Foreign keys that `diesel print-schema` makes no `joinable!` of, where the file has none by hand.
fn leave_out_foreign_keys(dialect: Dialect, told: &Catalog, other: &mut Catalog, catalog: &Catalog) {
    let pair = |child: &str, reference: &Reference| {
        let mut pair = [child.to_owned(), reference.table.clone()];
        pair.sort();
        pair
    };
    let of_table = |table: &'_ Table| {
        let name = |name: &str| folded(dialect, name);
        let key = |key: &Reference| Reference {
            columns: key.columns.iter().map(|column| name(column)).collect(),
            table: name(&key.table),
            sql: key.sql.clone(),
            to: key.to.iter().map(|column| name(column)).collect(),
        };
        let keys = table.references.iter().map(key);
        keys.map(|key| (name(&table.name), key)).collect::<Vec<_>>()
    };
    let keys: Vec<(String, Reference)> = catalog.tables.iter().flat_map(of_table).collect();
    let mut pairs: BTreeMap<[String; 2], usize> = BTreeMap::new();
    for (child, key) in &keys {
        *pairs.entry(pair(child, key)).or_default() += 1;
    }
    let sayable = |(child, key): &&(String, Reference)| {
        let parent = &key.table;
        let primary = other.objects.get(&format!("constraint primary key of {parent}"));
        let leads_to_it = |primary: &String| {
            let to = format!("primary key ({})", key.to.join(", "));
            primary.replace('"', "").eq_ignore_ascii_case(&to)
        };
        key.columns.len() == 1
            && parent != child
            && primary.is_some_and(leads_to_it)
            && pairs.get(&pair(child, key)) == Some(&1)
            && told.objects.contains_key(&format!("table {parent}"))
    };
    let sayable = keys.iter().filter(sayable);
    let sayable: BTreeSet<String> = sayable
        .map(|(child, key)| foreign_key(dialect, child, key).0)
        .collect();
    other.objects.retain(|object, _| {
        !object.starts_with("constraint foreign key (")
            || told.objects.contains_key(object)
            || sayable.contains(object)
    });
}

/// Whether a column is what the file says, as far as it says it.
fn same_column(dialect: Dialect, told: &Catalog, object: &str, wanted: &str, definition: &str) -> bool {
    let split = |text: &str| match text.strip_suffix(" not null") {
        Some(data_type) => (data_type.to_owned(), false),
        None => (text.to_owned(), true),
    };
    let ((wanted, wanted_null), (there, null)) = (split(wanted), split(definition));
    let vague = told.objects.get(object).map_or("", String::as_str);
    wanted_null == null && same_type(dialect, vague, &wanted, &there)
}

/// Whether a type is the one that the file means; `vague` has the marks of what it does not say.
pub(super) fn same_type(dialect: Dialect, vague: &str, wanted: &str, there: &str) -> bool {
    match dialect {
        Dialect::Postgresql => same_postgresql(wanted, there),
        Dialect::Sqlite => same_sqlite(wanted, there),
        Dialect::Mysql | Dialect::Mariadb => {
            let any_length = vague.contains(ANY_LENGTH);
            vague.contains(ANY_TYPE) || mysql(wanted, any_length) == mysql(there, any_length)
        }
    }
}

/// A type without what stands in parentheses.
fn bare(data_type: &str) -> String {
    let mut depth = 0_usize;
    let outside = data_type.chars().filter(|c| {
        match c {
            '(' => depth += 1,
            ')' => {
                depth = depth.saturating_sub(1);
                return false;
            }
            _ => {}
        }
        depth == 0
    });
    outside.collect()
}

/// A length that is not said is not compared, nor is a precision, which can't be said. Diesel takes `text` and a `varchar` without
/// a length for the same.
fn same_postgresql(wanted: &str, there: &str) -> bool {
    let text = |data_type: &str| data_type.replace("character varying", "text");
    if wanted.contains('(') {
        return wanted == there;
    }
    wanted == bare(there) || text(wanted) == text(there)
}

/// As `diesel print-schema` reads the words of SQLite's types; how wide a number is to Rust is nothing to SQLite.
fn same_sqlite(wanted: &str, there: &str) -> bool {
    let class = |data_type: &str| {
        let has = |part: &str| data_type.contains(part);
        let class = if ["boolean", "bool"].contains(&data_type) || has("tiny") && has("int") {
            "boolean"
        } else if has("int") {
            "integer"
        } else if has("char") || has("clob") || has("text") {
            "text"
        } else if has("blob") || has("binary") || data_type.is_empty() {
            "blob"
        } else if has("float") || has("real") || has("double") || has("num") || has("dec") {
            "double"
        } else if data_type.starts_with("datetime") || data_type.starts_with("timestamp") {
            "timestamp"
        } else {
            data_type
        };
        class.to_owned()
    };
    let length = |data_type: &str| data_type.split_once('(').map(|(_, length)| length.to_owned());
    let same_length = length(wanted).is_none_or(|wanted| length(there) == Some(wanted));
    let stored = match wanted {
        "json" | "timestamptz" => "text",
        "jsonb" => "blob",
        other => other,
    };
    wanted == ANY || same_length && [class(wanted), class(stored)].contains(&class(there))
}

/// A type of MySQL's without what Diesel does not tell: widths, precisions, labels.
fn mysql(data_type: &str, any_length: bool) -> String {
    let base = data_type.split(['(', ' ']).next().unwrap_or_default();
    let sized = ["char", "varchar", "binary", "varbinary"].contains(&base) && !any_length;
    if sized || data_type == "tinyint(1)" {
        return data_type.to_owned();
    }
    let bare = bare(data_type);
    bare.split(' ')
        .filter(|word| *word != "zerofill")
        .collect::<Vec<_>>()
        .join(" ")
}
