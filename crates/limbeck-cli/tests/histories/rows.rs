//! Each revision on tables that have rows: the rows must be the same afterwards.

use std::path::Path;
use std::process::Command;

use libtest_mimic::{Failed, Trial};

use super::packages::configure;
use super::world::Database;
use super::{HISTORIES, History};

pub(super) fn trials(long: bool) -> Vec<Trial> {
    let chosen = HISTORIES.iter().filter(|history| {
        history.databases.contains(&Database::Sqlite) && history.baseline.is_none() && (long || history.short)
    });
    let trial = |history: &'static History| {
        Trial::test(format!("histories/rows::{}", history.name), move || {
            check(history)
        })
    };
    chosen.map(trial).collect()
}

fn check(history: &History) -> Result<(), Failed> {
    let (root, programs) = history.got()?;
    let work = tempfile::tempdir()?;
    let configuration = configure(work.path(), &root, &root.join(history.versions))?;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/histories/rows.py");
    let mut compare = Command::new(programs.join("python"));
    compare.arg(script).arg(&root).arg(history.versions);
    compare
        .arg(env!("CARGO_BIN_EXE_limbeck"))
        .arg(configuration)
        .arg(work.path());
    compare
        .env("WEBUI_SECRET_KEY", "none")
        .env("LIMBECK_PYTHON", "none");
    let output = compare.output()?;
    let printed = String::from_utf8_lossy(&output.stdout);
    let told = String::from_utf8_lossy(&output.stderr);
    let mut lines = printed.lines();
    let counts = lines.find_map(|line| line.strip_prefix("revisions: "));
    let counts: Vec<usize> = counts
        .unwrap_or_default()
        .split(' ')
        .filter_map(|count| count.parse().ok())
        .collect();
    let [revisions, on_rows] = counts[..] else {
        return Err(format!("it was not run to the end: {told}").into());
    };
    let is_known = |line: &&str| history.lost_rows.iter().any(|lost| line.contains(lost));
    let wrong: Vec<&str> = lines.filter(|line| !is_known(line)).collect();
    if !wrong.is_empty() {
        return Err(wrong.join("\n").into());
    }
    // The first has nothing to run on, and some can't be run on rows at all.
    if on_rows + 1 < revisions && on_rows * 10 < revisions * 8 {
        return Err(format!("only {on_rows} of {revisions} revisions were run on rows: {told}").into());
    }
    Ok(())
}
