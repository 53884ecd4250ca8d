//! The catalog of MariaDB and MySQL: the standard's information schema.

use std::collections::BTreeMap;

use limbeck_core::Dialect;
use limbeck_core::dialect::{TokenKind, tokens};

use super::{Catalog, Column, Reference, SEPARATOR, list};
use crate::database::{Connection, DatabaseError, Row};

/// Queries for (table it belongs to, object, definition).
fn objects(dialect: Dialect, server: &str) -> Vec<String> {
    let mariadb = dialect == Dialect::Mariadb;
    let checks = if mariadb {
        // A column's own check has the column's name, or the one that the column had before it was renamed.
        "SELECT table_name, CONCAT('constraint ', IF(level = 'Column' AND LOCATE(CONCAT('`', constraint_name, '`'), check_clause) = \
         0, SUBSTRING_INDEX(SUBSTRING_INDEX(check_clause, '`', 2), '`', -1), constraint_name), ' of ', table_name), CONCAT('CHECK \
         ', check_clause) FROM information_schema.check_constraints WHERE constraint_schema = DATABASE()"
    } else {
        "SELECT t.table_name, CONCAT('constraint ', c.constraint_name, ' of ', t.table_name), CONCAT('CHECK ', c.check_clause, \
         IF(t.enforced = 'NO', ' NOT ENFORCED', '')) FROM information_schema.check_constraints c JOIN \
         information_schema.table_constraints t USING (constraint_schema, constraint_name) WHERE c.constraint_schema = DATABASE()"
    };
    let (part, hidden) = match (mariadb, knows_ignored(server)) {
        (true, true) => ("column_name", "ignored = 'YES'"),
        (true, false) => ("column_name", "FALSE"),
        (false, _) => (
            "COALESCE(column_name, CONCAT('(', expression, ')'))",
            "is_visible = 'NO'",
        ),
    };
    let indexes = format!(
        "SELECT table_name, CONCAT('index ', index_name, ' of ', table_name), CONCAT(IF(non_unique, '', 'unique '), index_type, ' \
         (', GROUP_CONCAT(CONCAT({part}, COALESCE(CONCAT('(', sub_part, ')'), ''), IF(collation = 'D', ' desc', '')) ORDER BY \
         seq_in_index SEPARATOR ', '), ')', IF({hidden}, ' hidden', ''), IF(index_comment = '', '', CONCAT(' comment ', \
         QUOTE(index_comment)))) FROM information_schema.statistics WHERE table_schema = DATABASE() GROUP BY table_name, \
         index_name, non_unique, index_type, index_comment, {hidden}"
    );
    let algorithm = if mariadb {
        "NULLIF(algorithm, 'UNDEFINED')"
    } else {
        "NULL"
    };
    let views = format!(
        "SELECT table_name, CONCAT('view ', table_name), CONCAT_WS(' ', REPLACE(view_definition, CONCAT('`', DATABASE(), '`.'), \
         ''), security_type, check_option, {algorithm}) FROM information_schema.views WHERE table_schema = DATABASE()"
    );
    let mut queries: Vec<String> = OBJECTS.iter().map(ToString::to_string).collect();
    queries.extend([checks.to_owned(), indexes, views]);
    queries
}

/// Whether the server, `MariaDB 10.11.2`, knows indexes that are ignored: since 10.6.
pub(crate) fn knows_ignored(server: &str) -> bool {
    let version = server.rsplit(' ').next().unwrap_or_default();
    let mut numbers = version.split('.').map(|number| number.parse().unwrap_or(0));
    let number = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    number >= (10, 6)
}

const OBJECTS: [&str; 9] = [
    "SELECT table_name, CONCAT(IF(table_type = 'SEQUENCE', 'sequence ', 'table '), table_name), CONCAT_WS(' ', \
     IF(table_type = 'SYSTEM VERSIONED', 'versioned', NULL), engine, table_collation, NULLIF(create_options, ''), \
     IF(table_comment = '', NULL, CONCAT('comment ', QUOTE(table_comment)))) FROM information_schema.tables WHERE table_schema = \
     DATABASE() AND table_type NOT LIKE '%VIEW'",
    "SELECT table_name, CONCAT('column ', table_name, '.', column_name), CONCAT_WS(' ', column_type, CONCAT('collate ', \
     collation_name), IF(is_nullable = 'NO', 'not null', NULL), CONCAT('default ', REPLACE(column_default, CONCAT('`', \
     DATABASE(), '`.'), '')), NULLIF(extra, ''), CONCAT('as ', NULLIF(generation_expression, '')), IF(column_comment = '', NULL, \
     CONCAT('comment ', QUOTE(column_comment)))) FROM information_schema.columns WHERE table_schema = DATABASE()",
    "SELECT event_object_table, CONCAT('trigger ', trigger_name, ' of ', event_object_table), CONCAT_WS(' ', action_timing, \
     event_manipulation, action_order, action_statement) FROM information_schema.triggers WHERE trigger_schema = DATABASE()",
    "SELECT NULL, CONCAT(LOWER(routine_type), ' ', routine_name), CONCAT_WS(' ', dtd_identifier, routine_definition, \
     security_type, sql_data_access, is_deterministic, IF(routine_comment = '', NULL, CONCAT('comment ', \
     QUOTE(routine_comment)))) FROM information_schema.routines WHERE routine_schema = DATABASE()",
    "SELECT table_name, CONCAT('privileges on ', table_name), CONCAT('definer ', definer) FROM information_schema.views WHERE \
     table_schema = DATABASE()",
    "SELECT NULL, CONCAT('privileges on ', LOWER(routine_type), ' ', routine_name), CONCAT('definer ', definer) FROM \
     information_schema.routines WHERE routine_schema = DATABASE()",
    "SELECT NULL, CONCAT(LOWER(routine_type), ' ', specific_name, ' parameter ', ordinal_position), CONCAT_WS(' ', \
     parameter_mode, parameter_name, dtd_identifier, CONCAT('collate ', collation_name)) FROM information_schema.parameters WHERE \
     specific_schema = DATABASE() AND ordinal_position > 0",
    // An event starts when it is made, or altered, if nobody says otherwise.
    "SELECT NULL, CONCAT('event ', event_name), CONCAT_WS(' ', event_type, execute_at, interval_value, interval_field, \
     CONCAT('starts ', IF(starts IN (created, last_altered), NULL, starts)), CONCAT('ends ', ends), status, on_completion, \
     event_definition, IF(event_comment = '', NULL, CONCAT('comment ', QUOTE(event_comment)))) FROM information_schema.events \
     WHERE event_schema = DATABASE()",
    // The history's partitions follow the time at which they were made.
    "SELECT table_name, CONCAT('partition ', CONCAT_WS(' ', partition_name, subpartition_name), ' of ', table_name), \
     CONCAT_WS(' ', partition_method, partition_expression, IF(partition_method = 'SYSTEM_TIME', NULL, partition_description), \
     subpartition_method, subpartition_expression, NULLIF(partition_comment, '')) FROM information_schema.partitions WHERE \
     table_schema = DATABASE() AND partition_name IS NOT NULL",
];

/// Tables and their columns, in order; those of views and sequences too, since the server can't join what it knows of both in short
/// time.
const COLUMNS: &str = "SELECT table_name, column_name, column_type, is_nullable, column_default IS NOT NULL OR extra LIKE \
    '%auto_increment%', extra LIKE '%GENERATED%' AND extra NOT LIKE '%DEFAULT_GENERATED%' OR extra LIKE '%INVISIBLE%' FROM \
    information_schema.columns WHERE table_schema = DATABASE() ORDER BY table_name, ordinal_position";

/// What foreign keys do when what they lead to changes or goes.
const RULES: &str = "SELECT table_name, constraint_name, CONCAT(' ON UPDATE ', update_rule, ' ON DELETE ', delete_rule) FROM \
    information_schema.referential_constraints WHERE constraint_schema = DATABASE()";

fn references() -> String {
    let names = |column: &str| {
        format!(
            "GROUP_CONCAT({column} ORDER BY ordinal_position SEPARATOR '{}')",
            SEPARATOR
        )
    };
    format!(
        "SELECT table_name, constraint_name, {}, NULLIF(referenced_table_schema, DATABASE()), referenced_table_name, {} FROM \
         information_schema.key_column_usage WHERE table_schema = DATABASE() AND referenced_table_name IS NOT NULL GROUP BY \
         table_name, constraint_name, referenced_table_schema, referenced_table_name ORDER BY table_name, constraint_name",
        names("column_name"),
        names("referenced_column_name")
    )
}

pub(super) fn read(connection: &mut dyn Connection, own: &[&str]) -> Result<Catalog, DatabaseError> {
    let dialect = connection.dialect();
    let (objects, references) = (objects(dialect, connection.server()), references());
    let mut queries: Vec<&str> = objects.iter().map(String::as_str).collect();
    queries.extend([COLUMNS, &references, RULES]);
    let mut sets = connection.query_many(&queries)?.into_iter();
    let mut catalog = Catalog::default();
    for rows in sets.by_ref().take(objects.len()) {
        catalog.add(rows, own);
    }
    for row in sets.next().unwrap_or_default() {
        add_column(&mut catalog, dialect, row);
    }
    let references = sets.next().unwrap_or_default();
    add_references(
        &mut catalog,
        dialect,
        references,
        sets.next().unwrap_or_default(),
        own,
    );
    let mut checks: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (object, text) in catalog
        .objects
        .iter()
        .filter(|(_, text)| text.starts_with("CHECK "))
    {
        let table = super::table(object).unwrap_or_default();
        checks.entry(table).or_default().push(text.clone());
    }
    for table in &mut catalog.tables {
        table.checks = checks.remove(table.name.as_str()).unwrap_or_default();
    }
    add_sequences(connection, &mut catalog)?;
    Ok(catalog)
}

/// MariaDB's sequences are tables of one row, which says what they are.
fn add_sequences(connection: &mut dyn Connection, catalog: &mut Catalog) -> Result<(), DatabaseError> {
    let dialect = connection.dialect();
    let names = catalog
        .objects
        .keys()
        .filter_map(|object| object.strip_prefix("sequence "));
    let selects: Vec<String> = names
        .map(|name| {
            format!(
                "SELECT {}, CONCAT_WS(' ', '', 'start', start_value, 'from', minimum_value, 'to', maximum_value, 'by', increment, \
                 'cache', cache_size, IF(cycle_option, 'cycle', NULL)) FROM {}",
                dialect.literal(&format!("sequence {name}")),
                dialect.identifier(name)
            )
        })
        .collect();
    if selects.is_empty() {
        return Ok(());
    }
    for row in connection.query(&selects.join(" UNION ALL "))? {
        if let [Some(object), Some(definition)] = row.as_slice()
            && let Some(known) = catalog.objects.get_mut(object)
        {
            known.push_str(definition);
        }
    }
    Ok(())
}

fn add_references(
    catalog: &mut Catalog,
    dialect: Dialect,
    references: Vec<Row>,
    rules: Vec<Row>,
    own: &[&str],
) {
    let rules = rules.into_iter().filter_map(|row| {
        let [table, name, rule] = <[Option<String>; 3]>::try_from(row).ok()?;
        Some(((table?, name?), rule?))
    });
    let rules: BTreeMap<(String, String), String> = rules.collect();
    let places = catalog.tables.iter().enumerate();
    let places: BTreeMap<String, usize> = places.map(|(at, table)| (table.name.clone(), at)).collect();
    for row in references {
        let [
            Some(table),
            Some(name),
            Some(columns),
            schema,
            Some(parent),
            Some(to),
        ] = <[Option<String>; 6]>::try_from(row).unwrap_or_default()
        else {
            continue;
        };
        if own.contains(&table.as_str()) {
            continue;
        }
        let (columns, to) = (list(&columns), list(&to));
        let schema = schema.map_or_else(String::new, |schema| format!("{schema}."));
        let rule = rules
            .get(&(table.clone(), name.clone()))
            .map_or("", String::as_str);
        catalog.objects.insert(
            format!("constraint {name} of {table}"),
            format!(
                "FOREIGN KEY ({}) REFERENCES {schema}{parent} ({}){rule}",
                columns.join(", "),
                to.join(", ")
            ),
        );
        if let Some(table) = places.get(&table).and_then(|at| catalog.tables.get_mut(*at)) {
            table.references.push(Reference {
                columns,
                sql: dialect.identifier(&parent),
                table: parent,
                to,
            });
        }
    }
}

fn add_column(catalog: &mut Catalog, dialect: Dialect, row: Row) {
    let row: Vec<String> = row.into_iter().map(Option::unwrap_or_default).collect();
    let [table, name, data_type, nullable, has_default, generated] = row.as_slice() else {
        return;
    };
    // What is no table is not filled, and limbeck's own are none of the catalog.
    if !catalog.objects.contains_key(&format!("table {table}")) {
        return;
    }
    let table = catalog.table_or_new(table, || dialect.identifier(table));
    table.columns.push(Column {
        name: name.clone(),
        data_type: data_type.clone(),
        nullable: nullable == "YES",
        has_default: has_default == "1",
        generated: generated == "1",
        labels: labels(dialect, data_type),
    });
}

/// The values of `enum('a','b')`, and of a set.
fn labels(dialect: Dialect, data_type: &str) -> Vec<String> {
    if !(data_type.starts_with("enum(") || data_type.starts_with("set(")) {
        return Vec::new();
    }
    let strings = tokens(dialect, data_type)
        .into_iter()
        .filter(|token| token.kind == TokenKind::String);
    strings
        .map(|token| token.text.trim_matches('\'').replace("''", "'"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions() {
        assert!(knows_ignored("MariaDB 10.11.19"));
        assert!(knows_ignored("MariaDB 11.4.2"));
        assert!(!knows_ignored("MariaDB 10.5.8"));
        assert!(!knows_ignored("MariaDB of unknown version"));
    }
}
