//! Revisions on SQLite: what is there afterwards must be the same as behind Alembic.

mod database;

use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;

use limbeck_core::dialect::sqlite::{CreateTable, normal, significant};
use limbeck_core::script::Direction;
use serde_json::Value;

use super::cases::{Case, other_outcomes, read};
use super::{class, oracle};
use crate::vm::Settings;
use database::Database;

#[test]
fn tables_are_those_behind_alembic() {
    let cases = read("sqlite");
    let directory = tempfile::tempdir().expect("a temporary directory can be made");
    for case in &cases {
        let file = directory.path().join(case.file());
        std::fs::write(&file, case.source()).expect("it can be written");
        std::fs::write(file.with_extension("sql"), &case.setup).expect("it can be written");
    }
    let theirs = oracle("sqlite/oracle.py", directory.path());
    let meant = other_outcomes();
    let mut differences = Vec::new();
    for case in &cases {
        let (ours, statements) = ours(case, &directory.path().join(case.file()));
        let theirs = &theirs[case.key()];
        let same = match (&ours, theirs["error"].as_str()) {
            (Ok(ours), None) => normalized(ours) == normalized(theirs),
            (Err(ours), Some(theirs)) => class(ours) == class(theirs),
            _ => false,
        };
        if same == meant.contains(&case.name) {
            differences.push(format!(
                "{}{}:\n{}\n  Alembic {theirs:#}\n  limbeck {ours:#?}\n  by {statements:#?}",
                case.name,
                if same { " (is told as a deviation)" } else { "" },
                case.body()
            ));
        }
    }
    let count = differences.len();
    assert!(
        differences.is_empty(),
        "{count} differences:\n\n{}",
        differences.join("\n\n")
    );
}

/// What Alembic loses when it makes a table anew: AUTOINCREMENT, checks without a name, generated columns, indexes of expressions, triggers;
/// and it fails over views.
#[test]
fn a_new_table_has_all_that_the_old_one_had() {
    let cases = read("sqlite");
    let Some(case) = cases
        .iter()
        .find(|case| case.name.ends_with("what depends on the table stays"))
    else {
        return;
    };
    let directory = tempfile::tempdir().expect("a temporary directory can be made");
    let file = directory.path().join(case.file());
    std::fs::write(&file, case.source()).expect("it can be written");
    let before = Database::new(&case.setup).state();
    let (after, _) = ours(case, &file);
    let after = after.expect("it can be done");
    let (mut expected, rows) = normalized(&before);
    let table = expected.get_mut("table t").expect("the table was there");
    assert_eq!(table[1], "a integer ");
    table[1] = "a integer not null".to_owned();
    assert_eq!(normalized(&after), (expected, rows));
}

/// What is there behind the case, or why it fails; and the statements.
fn ours(case: &Case, file: &Path) -> (Result<Value, String>, Vec<String>) {
    let mut database = Database::new(&case.setup);
    let settings = Settings {
        naming_convention: case.conventions(),
        ..Settings::default()
    };
    let result = crate::vm::run(
        file,
        Direction::Upgrade,
        &mut database,
        &Rc::new(settings),
        &mut Vec::new(),
    );
    let state = match result {
        Ok(()) => Ok(database.state()),
        Err(error) => Err(error.message),
    };
    (state, database.statements)
}

/// Tables by their parts, without what means nothing to SQLite.
fn normalized(state: &Value) -> (BTreeMap<String, Vec<String>>, &Value) {
    let rows = state["schema"].as_array().expect("the schema is a list");
    let parts = rows.iter().map(|row| {
        let [kind, name, sql] = [&row[0], &row[1], &row[3]].map(|value| value.as_str().unwrap_or_default());
        let parts = match CreateTable::parse(sql) {
            Some(table) => parts(&table),
            None => vec![normal(&significant(sql))],
        };
        (format!("{kind} {name}"), parts)
    });
    (parts.collect(), &state["rows"])
}

fn parts(table: &CreateTable<'_>) -> Vec<String> {
    let mut parts = Vec::new();
    for column in &table.columns {
        let mut clauses: Vec<String> = column.clauses.iter().map(|clause| normal(clause)).collect();
        clauses.sort();
        parts.push(format!(
            "{} {} {}",
            column.name,
            normal(&column.data_type),
            clauses.join(" ")
        ));
    }
    let constraint = |constraint: &limbeck_core::dialect::sqlite::ConstraintDefinition<'_>| {
        format!("{:?} {}", constraint.name, normal(&constraint.tokens))
    };
    let mut constraints: Vec<String> = table.constraints.iter().map(constraint).collect();
    constraints.sort();
    parts.extend(constraints);
    parts.extend(table.options.iter().cloned());
    parts
}
