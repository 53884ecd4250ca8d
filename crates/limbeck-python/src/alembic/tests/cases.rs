//! The cases and the deviations, as they stand in files.

use std::path::{Path, PathBuf};

use limbeck_core::Dialect;

/// A revision of a few lines.
pub(super) struct Case {
    pub(super) name: String,
    body: String,
    key: String,
    /// SQL that is run before.
    pub(super) setup: String,
}

const PRELUDE: &str = "from alembic import op\nimport sqlalchemy as sa\n\
                       from sqlalchemy.dialects import mssql, mysql, postgresql, sqlite\n";

impl Case {
    pub(super) fn key(&self) -> &str {
        &self.key
    }

    pub(super) fn file(&self) -> String {
        format!("{}.py", self.key)
    }

    pub(super) fn body(&self) -> &str {
        &self.body
    }

    fn is_convention(line: &&str) -> bool {
        line.starts_with("naming_convention")
    }

    /// The file: what is said of the naming convention stands outside.
    pub(super) fn source(&self) -> String {
        let outside: String = self
            .body
            .lines()
            .filter(Self::is_convention)
            .map(|line| format!("{line}\n"))
            .collect();
        let inside = self.body.lines().filter(|line| !Self::is_convention(line));
        let inside: String = inside.map(|line| format!("    {line}\n")).collect();
        format!("{PRELUDE}{outside}\n\ndef upgrade():\n{inside}")
    }

    /// The convention, as the environment tells it.
    pub(super) fn conventions(&self) -> Vec<(String, String)> {
        let Some(line) = self.body.lines().find(Self::is_convention) else {
            return Vec::new();
        };
        let (_, dictionary) = line.split_once('{').expect("it is a dictionary");
        let items = dictionary.trim_end_matches('}').split(", ");
        items
            .map(|item| {
                let (kind, pattern) = item.split_once(": ").expect("it has keys and values");
                (
                    kind.trim_matches('"').to_owned(),
                    pattern.trim_matches('"').to_owned(),
                )
            })
            .collect()
    }
}

/// The directory of cases: those of all databases, or those that are run on SQLite.
pub(super) fn home(kind: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/alembic")
        .join(kind)
}

/// All cases: each begins with a line `-- name`. Lines `= value` behind it make a case each, in which `{}`, or the `{0}` and `{1}`
/// for values with a `|` between them, stands for the value. Lines `| SQL` are run before.
pub(super) fn read(kind: &str) -> Vec<Case> {
    let wanted = std::env::var("LIMBECK_CASE").unwrap_or_default();
    let mut cases = Vec::new();
    let mut files: Vec<PathBuf> = std::fs::read_dir(home(kind))
        .expect("the cases are there")
        .map(|entry| entry.expect("the directory can be read").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "cases"))
        .collect();
    files.sort();
    for file in files {
        let text = std::fs::read_to_string(&file).expect("the file can be read");
        let family = file
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        for block in text.split("-- ").skip(1) {
            expand(&family, block, &mut cases);
        }
    }
    cases.retain(|case: &Case| case.name.contains(&wanted));
    for (at, case) in cases.iter_mut().enumerate() {
        case.key = format!("case_{at:04}");
    }
    cases
}

fn expand(family: &str, block: &str, cases: &mut Vec<Case>) {
    let (name, rest) = block.split_once('\n').expect("a case has a name and a body");
    let (setup, rest): (Vec<&str>, Vec<&str>) = rest.lines().partition(|line| line.starts_with("| "));
    let setup: String = setup.iter().map(|line| line.trim_start_matches("| ")).collect();
    let is_value = |line: &&str| line.starts_with("= ") || *line == "=";
    let (values, body): (Vec<&str>, Vec<&str>) = rest.into_iter().partition(is_value);
    let body = body.join("\n");
    let mut add = |name: String, body: String| {
        cases.push(Case {
            name: format!("{family}: {name}"),
            body,
            key: String::new(),
            setup: setup.clone(),
        });
    };
    if values.is_empty() {
        return add(name.to_owned(), body);
    }
    for value in values {
        let value = value.strip_prefix("= ").unwrap_or_default();
        let mut filled = body.replace("{}", value);
        if body.contains("{0}") {
            for (at, part) in value.split('|').enumerate() {
                filled = filled.replace(&format!("{{{at}}}"), part.trim());
            }
        }
        let shown = value.trim_start_matches(", ");
        add(
            name.replace("{}", if shown.is_empty() { "nothing" } else { shown }),
            filled,
        );
    }
}

/// What limbeck does otherwise, and means to.
#[derive(Default)]
pub(super) struct Deviations(Vec<(String, Dialect, Result<Vec<String>, String>)>);

/// The deviations: a line `-- case [dialects]`, comments that say why, and limbeck's statements, or `error: …`.
pub(super) fn deviations() -> Deviations {
    let text = std::fs::read_to_string(home("").join("deviations.txt")).expect("the deviations are there");
    let mut all = Vec::new();
    for block in text.split("\n-- ").skip(1) {
        let (head, rest) = block.split_once('\n').unwrap_or((block, ""));
        let (name, dialects) = head.rsplit_once(" [").expect("a deviation names its dialects");
        let lines: Vec<String> = rest
            .lines()
            .filter(|line| !line.starts_with('#') && !line.is_empty())
            .map(str::to_owned)
            .collect();
        let outcome = match lines.first().and_then(|line| line.strip_prefix("error: ")) {
            Some(error) => Err(error.to_owned()),
            None => Ok(lines),
        };
        for dialect in dialects.trim_end_matches(']').split(", ") {
            let dialect = dialect.parse().expect("it is a dialect");
            all.push((name.to_owned(), dialect, outcome.clone()));
        }
    }
    Deviations(all)
}

impl Deviations {
    pub(super) fn take(&mut self, name: &str, dialect: Dialect) -> Option<Result<Vec<String>, String>> {
        let at = self
            .0
            .iter()
            .position(|(known, on, _)| known == name && *on == dialect)?;
        Some(self.0.remove(at).2)
    }

    /// Those that no case has asked for, unless only some cases were wanted.
    pub(super) fn rest(self) -> Vec<String> {
        if std::env::var("LIMBECK_CASE").is_ok() {
            return Vec::new();
        }
        self.0
            .into_iter()
            .map(|(name, dialect, _)| format!("{name} [{dialect}]"))
            .collect()
    }
}

/// The cases in which something else is afterwards, and is meant to be: lines `-- case`, with comments that say why.
pub(super) fn other_outcomes() -> Vec<String> {
    let text =
        std::fs::read_to_string(home("sqlite").join("deviations.txt")).expect("the deviations are there");
    text.lines()
        .filter_map(|line| line.strip_prefix("-- "))
        .map(str::to_owned)
        .collect()
}
