//! What a connection executes.

use std::rc::Rc;

use limbeck_core::dialect::tokens;

use crate::sa::ddl;
use crate::sa::sql::{self, Parameters, SqlType};
use crate::value::{Args, Outcome, Value};
use crate::vm::Vm;

use super::result;

/// `connection.execute(statement, parameters)`.
pub(super) fn execute(vm: &mut Vm<'_>, mut args: Args, function: &str) -> Outcome<Value> {
    let statement = args.need(vm, "statement")?;
    let parameters = args.take("parameters").filter(|given| !given.is_none());
    args.keyword("execution_options");
    args.finish(vm, function)?;
    // Only SQLAlchemy 1.4, which the project's Python may have, took a text as it is.
    if matches!(statement, Value::Str(_)) {
        return Err(vm.unknown(format!("'{function}' of a text that is not in sa.text('…')")));
    }
    if let Some(text) = ddl::element_text(&statement) {
        return run(vm, &text, Vec::new());
    }
    let groups = groups(vm, parameters)?;
    let types = sql::result_types(&statement);
    let several = groups.len() > 1;
    let mut touched = Some(0);
    for group in &groups {
        let text = sql::compile_execution(vm, &statement, group.clone())?;
        if !several {
            return run(vm, &text, types);
        }
        if returns_rows(vm, &text) {
            return Err(vm.unknown("several executions whose rows are wanted"));
        }
        let one = vm.emit(&text)?;
        touched = touched.zip(one).map(|(all, one)| all + one);
    }
    Ok(result::closed(touched))
}

/// The parameters of each execution: none, one dictionary, or several.
fn groups(vm: &mut Vm<'_>, parameters: Option<Value>) -> Outcome<Vec<Parameters>> {
    let Some(parameters) = parameters else {
        return Ok(vec![Parameters::new()]);
    };
    match &parameters {
        Value::Dict(_) => Ok(vec![group(vm, &parameters)?]),
        Value::List(_) | Value::Tuple(_) => {
            let rows = vm.iterate(&parameters)?;
            if rows.is_empty() {
                return Ok(vec![Parameters::new()]);
            }
            rows.iter().map(|row| group(vm, row)).collect()
        }
        Value::Object(object) if object.class_name() == "RowMapping" => Ok(vec![group(vm, &parameters)?]),
        _ => Err(bad_parameters(vm)),
    }
}

fn group(vm: &mut Vm<'_>, row: &Value) -> Outcome<Parameters> {
    if !matches!(row, Value::Dict(_) | Value::Object(_)) {
        return Err(bad_parameters(vm));
    }
    let mut parameters = Parameters::new();
    for (name, value) in vm.pairs(row)? {
        match sql::key(&name)
            .map(Rc::from)
            .or_else(|| name.as_str().map(Rc::from))
        {
            Some(name) => parameters.push((name, value)),
            None => return Err(bad_parameters(vm)),
        }
    }
    Ok(parameters)
}

fn bad_parameters(vm: &Vm<'_>) -> crate::value::Raise {
    vm.raise("ArgumentError", "List argument must consist only of dictionaries")
}

/// Runs a statement: for its rows, if it is one that has them.
pub(super) fn run(vm: &mut Vm<'_>, sql: &str, types: Vec<SqlType>) -> Outcome<Value> {
    if !returns_rows(vm, sql) {
        return vm.emit(sql).map(result::closed);
    }
    let answer = vm.query(sql)?;
    result::of_answer(vm, answer, &types)
}

/// Whether a statement has rows: by its first word, or because it says so.
fn returns_rows(vm: &Vm<'_>, sql: &str) -> bool {
    let tokens = tokens(vm.dialect, sql);
    let significant = tokens.iter().filter(|token| token.is_significant());
    let words: Vec<String> = significant.map(|token| token.text.to_ascii_uppercase()).collect();
    let has = |word: &str| words.iter().any(|token| token == word);
    let mut behind = words.iter().skip_while(|word| *word == "(");
    match behind.next().map_or("", |word| word.as_str()) {
        "SELECT" | "SHOW" | "VALUES" | "EXPLAIN" | "DESCRIBE" | "DESC" | "TABLE" | "CALL" => true,
        // One that sets something has none.
        "PRAGMA" => !has("="),
        "WITH" => main_word(&words) == Some("SELECT") || has("RETURNING"),
        _ => has("RETURNING"),
    }
}

/// The word that a statement behind `WITH …` begins with: the first of its kind outside parentheses.
fn main_word(words: &[String]) -> Option<&str> {
    let mut depth = 0;
    words.iter().map(String::as_str).find(|word| {
        match *word {
            "(" => depth += 1,
            ")" => depth -= 1,
            _ => {}
        }
        depth == 0 && matches!(*word, "SELECT" | "INSERT" | "UPDATE" | "DELETE" | "VALUES")
    })
}
