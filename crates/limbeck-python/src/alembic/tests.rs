//! Revisions of a few lines, each on every database: their statements must be those that Alembic writes offline, token by
//! token, but for the deviations that are meant.

mod cases;
mod sqlite;

use std::path::Path;
use std::process::Command;
use std::rc::Rc;

use limbeck_core::Dialect;
use limbeck_core::dialect::{TokenKind, tokens};
use limbeck_core::script::{Compiled, Direction, ScriptError};

use crate::vm::Settings;
use cases::{Case, deviations, read};

const PACKAGES: &str = "alembic==1.20.1 sqlalchemy==2.1.9";

#[test]
fn statements_are_those_of_alembic() {
    let cases = read("");
    let directory = tempfile::tempdir().expect("a temporary directory can be made");
    for case in &cases {
        std::fs::write(directory.path().join(case.file()), case.source()).expect("it can be written");
    }
    let theirs = oracle("oracle.py", directory.path());
    let mut deviations = deviations();
    let mut differences = Vec::new();
    for case in &cases {
        for dialect in Dialect::ALL {
            let ours = ours(case, &directory.path().join(case.file()), dialect);
            let theirs = &theirs[case.key()][dialect.name()];
            let meant = deviations.take(&case.name, dialect);
            let known = meant.is_some();
            if let Err(why) = compare(dialect, &ours, theirs, meant) {
                let known = if known { " (a deviation is told)" } else { "" };
                differences.push(format!(
                    "{} on {dialect}{known}:\n{}\n{why}",
                    case.name,
                    case.body()
                ));
            }
        }
    }
    let unused = deviations.rest();
    assert!(unused.is_empty(), "there are no such cases any more: {unused:?}");
    let count = differences.len();
    assert!(
        differences.is_empty(),
        "{count} differences:\n\n{}",
        differences.join("\n\n")
    );
}

/// What Alembic does with each file: `{file: {dialect: {"statements": […]} or {"error": …}}}`.
fn oracle(script: &str, directory: &Path) -> serde_json::Value {
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/alembic-oracle");
    let programs = limbeck_testing::python(&home, PACKAGES);
    let output = Command::new(programs.join("python"))
        .arg(cases::home(script))
        .arg(directory)
        .args(Dialect::ALL.map(Dialect::name))
        .output()
        .expect("Python can be started");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).expect("the oracle prints JSON")
}

/// The statements of a case, or why it fails.
fn ours(case: &Case, file: &Path, dialect: Dialect) -> Result<Vec<String>, String> {
    let settings = Settings {
        naming_convention: case.conventions(),
        ..Settings::default()
    };
    let compiled = crate::vm::compile(
        file,
        Direction::Upgrade,
        dialect,
        false,
        &Rc::new(settings),
        &mut Vec::new(),
    );
    match compiled.map_err(ScriptError::from) {
        Ok(Compiled::Statements(statements)) => {
            Ok(statements.into_iter().map(|statement| statement.sql).collect())
        }
        Ok(Compiled::Missing) => Err("there is no upgrade()".to_owned()),
        Ok(Compiled::Depends(depends)) => Err(format!("it {depends}")),
        Err(ScriptError::Bad { message, .. }) => Err(message),
        Err(error) => Err(error.to_string()),
    }
}

fn compare(
    dialect: Dialect,
    ours: &Result<Vec<String>, String>,
    theirs: &serde_json::Value,
    meant: Option<Result<Vec<String>, String>>,
) -> Result<(), String> {
    let expected = match theirs["error"].as_str() {
        Some(error) => Err(error.to_owned()),
        None => Ok(theirs["statements"]
            .as_array()
            .expect("statements are a list")
            .iter()
            .map(|statement| statement.as_str().unwrap_or_default().to_owned())
            // The transaction of an offline run is no matter of the revision's.
            .filter(|statement| !matches!(statement.as_str(), "BEGIN" | "COMMIT"))
            .collect()),
    };
    let same = agree(dialect, ours, &expected);
    let Some(meant) = meant else {
        return if same {
            Ok(())
        } else {
            Err(format!("  Alembic {expected:#?}\n  limbeck {ours:#?}"))
        };
    };
    if same {
        return Err("  they agree, so there is no deviation to tell".to_owned());
    }
    if agree(dialect, ours, &meant) {
        return Ok(());
    }
    Err(format!("  told    {meant:#?}\n  limbeck {ours:#?}"))
}

fn agree(dialect: Dialect, ours: &Result<Vec<String>, String>, theirs: &Result<Vec<String>, String>) -> bool {
    match (ours, theirs) {
        (Ok(ours), Ok(theirs)) => {
            let words = |sql: &String| {
                let tokens = tokens(dialect, sql).into_iter();
                let counts = |kind: TokenKind| !matches!(kind, TokenKind::Space | TokenKind::Comment);
                let tokens = tokens
                    .filter(|token| counts(token.kind))
                    .map(|token| token.text.to_owned());
                tokens.collect::<Vec<String>>()
            };
            ours.iter().map(words).eq(theirs.iter().map(words))
        }
        // The class of the exception is what a program may catch. An argument that is not known may be one of another version's.
        (Err(ours), Err(theirs)) => {
            class(ours) == class(theirs)
                || ours.starts_with("the argument ") && theirs.contains("unexpected keyword argument")
        }
        _ => false,
    }
}

fn class(error: &str) -> &str {
    match error.split([':', ' ']).next().unwrap_or(error) {
        // It is the one above it, with another message.
        "UnsupportedCompilationError" => "CompileError",
        class => class,
    }
}
