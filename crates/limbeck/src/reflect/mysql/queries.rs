//! The questions that are asked of every database: each once for all tables.

use limbeck_core::Dialect;

use super::{Server, values};
use crate::catalog::knows_ignored;
use crate::database::{Connection, DatabaseError, Row};

/// What the information schema says, as it says it.
#[derive(Default)]
pub(super) struct Answers {
    /// Table, type, engine, collation, options, comment.
    pub(super) tables: Vec<Row>,
    /// Table, column, default, nullable, collation, type, extra, expression, comment, SRID.
    pub(super) columns: Vec<Row>,
    /// Table, name, level, condition.
    pub(super) checks: Vec<Row>,
    /// Table, index, not unique, column, collation, length, type, comment, ignored, expression.
    pub(super) indexes: Vec<Row>,
    /// Table, constraint, column, schema, table and column that it leads to.
    pub(super) references: Vec<Row>,
    /// Table, constraint, update rule, delete rule.
    pub(super) rules: Vec<Row>,
    /// Table, partition, part of it, method, method of the parts, expression, expression of the parts, description, comment.
    pub(super) partitions: Vec<Row>,
    /// Table, trigger, timing, event, body, SQL mode.
    pub(super) triggers: Vec<Row>,
    /// View, definition, check option, security, algorithm.
    pub(super) views: Vec<Row>,
    /// Type, name, body, deterministic, data access, security, comment, SQL mode.
    pub(super) routines: Vec<Row>,
    /// Type of the routine, its name, position, mode, name, type, collation.
    pub(super) parameters: Vec<Row>,
    /// Name, type, time, interval, its unit, start, end, status, completion, comment, body, SQL mode, created, altered.
    pub(super) events: Vec<Row>,
}

impl Answers {
    /// Asks, in two round trips; `None` where no database is chosen.
    pub(super) fn ask(connection: &mut dyn Connection) -> Result<Option<(Server, Self)>, DatabaseError> {
        let dialect = connection.dialect();
        let ignored = knows_ignored(connection.server());
        let queries = queries(dialect, ignored);
        let queries: Vec<&str> = queries.iter().map(String::as_str).collect();
        let mut answers = connection.query_many(&queries)?.into_iter();
        let mut next = || answers.next().unwrap_or_default();
        let settings = next().into_iter().next().and_then(values);
        let Some([database, collation, sql_mode]) = settings else {
            return Ok(None);
        };
        if database.is_empty() {
            return Ok(None);
        }
        let server = Server {
            dialect,
            database,
            collation,
            sql_mode,
        };
        let answers = Self {
            tables: next(),
            columns: next(),
            checks: next(),
            indexes: next(),
            references: next(),
            rules: next(),
            partitions: next(),
            triggers: next(),
            views: next(),
            routines: next(),
            parameters: next(),
            events: next(),
        };
        Ok(Some((server, answers)))
    }
}

fn queries(dialect: Dialect, ignored: bool) -> Vec<String> {
    let mariadb = dialect == Dialect::Mariadb;
    let srid = if mariadb { "NULL" } else { "srs_id" };
    let ignored = match (mariadb, ignored) {
        (true, true) => "ignored, NULL",
        (true, false) => "'NO', NULL",
        (false, _) => "IF(is_visible = 'NO', 'YES', 'NO'), expression",
    };
    let checks = if mariadb {
        "SELECT table_name, constraint_name, level, check_clause FROM information_schema.check_constraints WHERE \
         constraint_schema = DATABASE()"
    } else {
        "SELECT t.table_name, c.constraint_name, IF(t.enforced = 'NO', 'Unenforced', 'Table'), c.check_clause FROM \
         information_schema.check_constraints c JOIN information_schema.table_constraints t USING (constraint_schema, \
         constraint_name) WHERE c.constraint_schema = DATABASE()"
    };
    let algorithm = if mariadb { "algorithm" } else { "''" };
    let mut queries = vec![
        "SELECT DATABASE(), @@collation_database, @@sql_mode".to_owned(),
        "SELECT table_name, table_type, engine, table_collation, create_options, table_comment FROM information_schema.tables \
         WHERE table_schema = DATABASE() AND table_type NOT LIKE '%VIEW'"
            .to_owned(),
        format!(
            "SELECT table_name, column_name, column_default, is_nullable, collation_name, column_type, extra, \
             generation_expression, column_comment, {srid} FROM information_schema.columns WHERE table_schema = DATABASE() ORDER \
             BY table_name, ordinal_position"
        ),
        checks.to_owned(),
        format!(
            "SELECT table_name, index_name, non_unique, column_name, collation, sub_part, index_type, index_comment, {ignored} \
             FROM information_schema.statistics WHERE table_schema = DATABASE() ORDER BY table_name, index_name, seq_in_index"
        ),
    ];
    queries.extend(OF_ALL.map(str::to_owned));
    queries.insert(
        9,
        format!(
            "SELECT table_name, view_definition, check_option, security_type, {algorithm} FROM information_schema.views WHERE \
             table_schema = DATABASE()"
        ),
    );
    queries
}

/// What is asked of every server in the same words.
const OF_ALL: [&str; 7] = [
    "SELECT table_name, constraint_name, column_name, referenced_table_schema, referenced_table_name, referenced_column_name FROM \
     information_schema.key_column_usage WHERE table_schema = DATABASE() AND referenced_table_name IS NOT NULL ORDER BY \
     table_name, constraint_name, ordinal_position",
    "SELECT table_name, constraint_name, update_rule, delete_rule FROM information_schema.referential_constraints WHERE \
     constraint_schema = DATABASE()",
    "SELECT table_name, partition_name, subpartition_name, partition_method, subpartition_method, partition_expression, \
     subpartition_expression, partition_description, partition_comment FROM information_schema.partitions WHERE table_schema = \
     DATABASE() AND partition_name IS NOT NULL ORDER BY table_name, partition_ordinal_position, subpartition_ordinal_position",
    "SELECT event_object_table, trigger_name, action_timing, event_manipulation, action_statement, sql_mode FROM \
     information_schema.triggers WHERE trigger_schema = DATABASE() ORDER BY event_object_table, action_timing, \
     event_manipulation, action_order",
    "SELECT routine_type, routine_name, routine_definition, is_deterministic, sql_data_access, security_type, routine_comment, \
     sql_mode FROM information_schema.routines WHERE routine_schema = DATABASE() AND routine_type IN ('FUNCTION', 'PROCEDURE')",
    "SELECT routine_type, specific_name, ordinal_position, parameter_mode, parameter_name, dtd_identifier, collation_name FROM \
     information_schema.parameters WHERE specific_schema = DATABASE() ORDER BY routine_type, specific_name, ordinal_position",
    "SELECT event_name, event_type, execute_at, interval_value, interval_field, starts, ends, status, on_completion, \
     event_comment, event_definition, sql_mode, created, last_altered FROM information_schema.events WHERE event_schema = \
     DATABASE()",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_an_answer_for_each_question() {
        for dialect in [Dialect::Mysql, Dialect::Mariadb] {
            let queries = queries(dialect, true);
            assert_eq!(queries.len(), 13);
            assert!(queries[9].contains("information_schema.views"), "{}", queries[9]);
        }
    }
}
