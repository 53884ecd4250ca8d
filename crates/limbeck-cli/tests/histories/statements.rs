//! What each revision runs, as far as that needs no database: the same as genuine Alembic writes for it, on all four dialects.

use std::collections::HashMap;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use libtest_mimic::{Failed, Trial};
use limbeck::Dialect;
use limbeck::script::{Compiled, Direction};
use limbeck_python::{Config, ConfigFiles, Surroundings};

use super::packages::{configure, told};
use super::world::Database;
use super::{HISTORIES, History};

/// A revision's file, a dialect and a direction.
type Place = (String, &'static str, &'static str);

pub(super) fn trials(long: bool) -> Vec<Trial> {
    let chosen = HISTORIES.iter().filter(|history| long || history.short);
    let trial = |history: &'static History| {
        Trial::test(format!("histories/statements::{}", history.name), move || {
            check(history)
        })
    };
    chosen.map(trial).collect()
}

fn check(history: &History) -> Result<(), Failed> {
    let (root, programs) = history.got()?;
    let work = tempfile::tempdir()?;
    let configuration = configure(work.path(), &root, &root.join(history.versions))?;
    let mut ours = HashMap::new();
    for dialect in Dialect::ALL {
        // What is for others is no SQL to SQLite.
        if dialect != Dialect::Sqlite || history.databases.contains(&Database::Sqlite) {
            ours.extend(of_limbeck(&configuration, dialect)?);
        }
    }
    let mut files: Vec<&String> = ours.keys().map(|(file, ..)| file).collect();
    files.sort();
    files.dedup();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/histories/statements.py");
    let mut genuine = Command::new(programs.join("python"));
    genuine.env("WEBUI_SECRET_KEY", "none");
    let output = genuine.arg(script).arg(&root).args(files).output()?;
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    told(output)?;

    let (mut same, mut asking, mut wrong) = (0, 0, Vec::new());
    for line in printed.lines() {
        let theirs: serde_json::Value = serde_json::from_str(line)?;
        let text = |key: &str| theirs[key].as_str().unwrap_or_default();
        let known = |names: &[&'static str], name: &str| names.iter().copied().find(|known| *known == name);
        let dialect = known(&Dialect::ALL.map(Dialect::name), text("dialect")).unwrap_or_default();
        let direction = known(&["upgrade", "downgrade"], text("direction")).unwrap_or_default();
        let place: Place = (text("file").to_owned(), dialect, direction);
        let theirs = theirs["statements"].as_array().cloned().unwrap_or_default();
        let theirs: Vec<&str> = theirs.iter().filter_map(serde_json::Value::as_str).collect();
        match ours.get(&place) {
            // alembic_postgresql_enum makes operators to change an enum, which limbeck does without.
            Some(Ours::Runs(_)) if theirs.iter().any(|sql| sql.contains("new_old_equals")) => {}
            None | Some(Ours::Asks) => asking += 1,
            Some(Ours::Refused(_)) if history.python => asking += 1,
            Some(Ours::Refused(why)) => wrong.push(format!("{place:?}: limbeck refuses: {why}")),
            Some(Ours::Runs(ours)) if words(&theirs) == words(ours) => same += 1,
            Some(Ours::Runs(ours)) => {
                wrong.push(format!("{place:?}:\n  Alembic {theirs:#?}\n  limbeck {ours:#?}"));
            }
        }
    }
    let _ = writeln!(
        std::io::stderr(),
        "{}: {same} bodies write the same, {asking} ask",
        history.name
    );
    match wrong.is_empty() && same > 0 {
        true => Ok(()),
        false => Err(format!(
            "{same} are the same, {} are not:\n{}",
            wrong.len(),
            wrong.join("\n")
        )
        .into()),
    }
}

/// What limbeck makes of a revision.
enum Ours {
    Runs(Vec<String>),
    /// The database decides.
    Asks,
    Refused(String),
}

fn of_limbeck(configuration: &Path, dialect: Dialect) -> Result<Vec<(Place, Ours)>, Failed> {
    let files = ConfigFiles {
        ini: Some(configuration.to_owned()),
        ..ConfigFiles::default()
    };
    let config = Config::read(&files, &[])?;
    let scripts = limbeck_python::scripts(&config, &Surroundings::default())?;
    let mut all = Vec::new();
    for revision in scripts.graph().iter() {
        let Some(script) = scripts.script(&revision.id)? else {
            return Err(format!("{} has no script", revision.id).into());
        };
        let Some(program) = script.program() else {
            return Err(format!("{} is no program", revision.id).into());
        };
        for direction in [Direction::Upgrade, Direction::Downgrade] {
            let ours = match program.script(direction, dialect) {
                Ok(Compiled::Statements(statements)) => {
                    Ours::Runs(statements.into_iter().map(|statement| statement.sql).collect())
                }
                Ok(Compiled::Depends(_)) => Ours::Asks,
                // It has no body, or one that raises.
                Ok(Compiled::Missing) => continue,
                Err(error) => Ours::Refused(error.to_string()),
            };
            all.push(((revision.file.clone(), dialect.name(), direction.name()), ours));
        }
    }
    Ok(all)
}

/// Statements without what may differ: spaces, where a transaction ends for statements that can't be in one, the order in which a table's indexes are made (a set's, in SQLAlchemy), and how it is
/// made sure that an enum is not made twice.
fn words<T: AsRef<str>>(statements: &[T]) -> Vec<String> {
    let squeezed = statements.iter().map(|statement| {
        let text: String = statement.as_ref().split_whitespace().collect();
        let text = text.replace(';', "");
        match text.split_once("ISNULLTHEN") {
            Some((before, rest)) if before.starts_with("DO$limbeck$") => {
                rest.trim_end_matches("ENDIFEND$limbeck$").to_owned()
            }
            _ => text,
        }
    });
    let mut words: Vec<String> = squeezed
        .filter(|text| !matches!(text.as_str(), "" | "BEGIN" | "COMMIT"))
        .collect();
    words.sort();
    words
}
