//! Expressions and statements, beside what SQLAlchemy makes of them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::rc::Rc;
use std::sync::{Mutex, PoisonError};

use limbeck_core::Dialect;
use limbeck_core::dialect::tokens;

use crate::value::Raise;
use crate::vm::{Recorder, Settings, Source, Vm};

const MARK: &str = "\n# Cases\n";

/// The texts, which must have the same tokens. A comment behind a case says what is wanted instead, on a database: `#: sqlite SELECT 1`,
/// and why.
#[test]
fn expressions_are_written_as_sqlalchemy_writes_them() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sqlalchemy");
    let files = files(&directory);
    let answers = answers(&directory, &files);
    let mut differences = String::new();
    let mut compared = 0;
    for file in &files {
        let text = std::fs::read_to_string(file).expect("the cases can be read");
        let (before, cases) = text.split_once(MARK).expect("the cases have their mark");
        for dialect in Dialect::ALL
            .into_iter()
            .filter(|dialect| concerns(before, *dialect))
        {
            let key = format!("{} {dialect}", file.display());
            let expected = answers[&key].as_array().expect("the oracle answers a list");
            for (case, expected) in parse(cases).iter().zip(expected) {
                let wanted = case
                    .wanted
                    .get(dialect.name())
                    .cloned()
                    .unwrap_or_else(|| told(expected));
                let got = evaluate(before, case.source, dialect);
                compared += 1;
                if normal(dialect, &wanted) != normal(dialect, &got) {
                    let name = file.file_stem().unwrap_or_default().display();
                    differences.push_str(&format!(
                        "{name}, {dialect}: {}\n  SQLAlchemy  {wanted}\n  limbeck     {got}\n",
                        case.source
                    ));
                }
            }
        }
    }
    assert!(compared > 1000, "only {compared} cases");
    assert!(differences.is_empty(), "\n{differences}");
}

/// Whether the file's cases are of that database: `# Only: postgresql`.
fn concerns(before: &str, dialect: Dialect) -> bool {
    let only = before.lines().find_map(|line| line.strip_prefix("# Only: "));
    only.is_none_or(|names| names.split(' ').any(|name| name == dialect.name()))
}

struct Case<'a> {
    source: &'a str,
    wanted: BTreeMap<String, String>,
}

fn parse(cases: &str) -> Vec<Case<'_>> {
    let mut parsed: Vec<Case<'_>> = Vec::new();
    for line in cases.lines().filter(|line| !line.is_empty()) {
        match line.strip_prefix("#: ") {
            Some(wanted) => {
                let (dialect, sql) = wanted.split_once(' ').expect("a dialect and what is wanted");
                let case = parsed.last_mut().expect("a case comes first");
                case.wanted.insert(dialect.to_owned(), sql.to_owned());
            }
            None if line.starts_with('#') => {}
            None => parsed.push(Case {
                source: line,
                wanted: BTreeMap::new(),
            }),
        }
    }
    parsed
}

/// The programs in a directory.
pub(in crate::sa) fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).expect("the cases are there");
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.expect("the directory can be read").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "py"))
        .collect();
    files.sort();
    files
}

/// What SQLAlchemy makes of all cases, on all databases.
fn answers(directory: &Path, files: &[PathBuf]) -> serde_json::Value {
    oracle(&directory.join("oracles/cases.py"), files)
}

/// What a program says that runs on SQLAlchemy.
pub(in crate::sa) fn oracle(program: &Path, files: &[PathBuf]) -> serde_json::Value {
    static LOCK: Mutex<()> = Mutex::new(());
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tmp/limbeck-python");
    std::fs::create_dir_all(&home).expect("the target directory can be written");
    let programs = {
        // Two that install at once would disturb each other.
        let _lock = LOCK.lock().unwrap_or_else(PoisonError::into_inner);
        limbeck_testing::python(&home, "sqlalchemy==2.1.9")
    };
    let mut oracle = Command::new(programs.join("python"));
    let output = oracle.arg(program).args(files).output().expect("Python runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).expect("the oracle writes JSON")
}

fn told(answer: &serde_json::Value) -> String {
    let text = |key: &str| answer[key].as_str().map(str::to_owned);
    text("sql").unwrap_or_else(|| format!("raises {}", text("error").unwrap_or_default()))
}

fn evaluate(before: &str, case: &str, dialect: Dialect) -> String {
    let text = format!("{before}\nprint(str({case}))\n");
    let source = match Source::parse("case.py", &text) {
        Ok(source) => source,
        Err(error) => return format!("is no Python: {}", error.message),
    };
    let mut recorder = Recorder::new(dialect, &text);
    let mut vm = Vm::new(&mut recorder, Rc::new(Settings::default()), true);
    match vm.run_module(&Rc::new(source)) {
        Ok(()) => vm.said.concat(),
        Err(Raise::Exception(exception)) => {
            let line = exception.headline(&mut vm);
            format!("raises {}", line.split(':').next().unwrap_or_default())
        }
        Err(Raise::Stop(stop)) => format!("{stop:?}"),
    }
}

/// The tokens, with one space between them.
fn normal(dialect: Dialect, sql: &str) -> String {
    let significant = tokens(dialect, sql)
        .into_iter()
        .filter(|token| token.is_significant());
    let texts: Vec<String> = significant.map(|token| token.text.to_owned()).collect();
    texts.join(" ")
}
