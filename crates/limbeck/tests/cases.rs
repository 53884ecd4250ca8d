//! Runs `cases/<area>/<behaviour>.txt`: what limbeck does with a directory of revisions and a real database.
//!
//! A case has a head and sections. The head has `key: value` lines: `only` names the databases it is for (all
//! three otherwise), `about` says what it is about, and `laws: no` takes it out of the laws. The sections are worked
//! through in order:
//!
//! - `=== file PATH` writes a file, `=== file PATH escaped` one with `\xNN`, `\r`, `\u{…}` and `\\` in it;
//! - `=== run` has verbs, a line each; a line that is indented goes on with the one before. They are listed in
//!   [`world`].
//!
//! What the verbs say is expected below `=== expect`, or below `=== expect mariadb` and the like where databases
//! differ. `UPDATE_EXPECT=1` rewrites the expectations. Times, passing paths and names are put into capitals.

mod file;
mod show;
pub(crate) mod world;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

pub(crate) use file::Case;
pub(crate) use world::{Database, World};

#[test]
fn cases() {
    let root = root();
    let files = files();
    let update = std::env::var_os("UPDATE_EXPECT").is_some();
    let only = std::env::var("LIMBECK_CASE").unwrap_or_default();
    let files: Vec<_> = files
        .into_iter()
        .filter(|file| file.display().to_string().contains(&only))
        .collect();
    let failures = in_parallel(&files, |file| {
        let name = file
            .strip_prefix(&root)
            .expect("it was found there")
            .display()
            .to_string();
        let text = std::fs::read_to_string(file).expect("a case is text");
        let case = match Case::parse(&text) {
            Ok(case) => case,
            Err(message) => return vec![format!("{name}: {message}")],
        };
        let told: BTreeMap<Database, String> = case
            .databases
            .iter()
            .map(|database| (*database, World::new(*database).play(&case)))
            .collect();
        let wanted = case.text_with(&told);
        if wanted == text {
            return Vec::new();
        }
        if update {
            std::fs::write(file, wanted).expect("the case can be written");
            return Vec::new();
        }
        vec![format!("{name}: {}", case.difference(&told))]
    });
    assert!(
        !only.is_empty() || files.len() >= 60,
        "only {} cases were found in {}",
        files.len(),
        root.display()
    );
    assert!(
        failures.is_empty(),
        "{} failures in {} cases:\n{}",
        failures.len(),
        files.len(),
        failures.join("\n")
    );
}

/// The directory of the cases.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases")
}

/// The cases, sorted by path.
pub(crate) fn files() -> Vec<PathBuf> {
    let list = |folder: &Path| -> Vec<PathBuf> {
        let entries = std::fs::read_dir(folder).expect("the cases are there");
        entries
            .map(|entry| entry.expect("the folder can be read").path())
            .collect()
    };
    let areas = list(&root()).into_iter().filter(|path| path.is_dir());
    let mut files: Vec<_> = areas.flat_map(|area| list(&area)).collect();
    files.sort();
    files
}

/// Does `work` for each item, on a few threads, because most of the time is spent waiting for servers.
pub(crate) fn in_parallel<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> Vec<R> + Sync) -> Vec<R> {
    const THREADS: usize = 4;
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while let Some((at, item)) = Some(next.fetch_add(1, Ordering::Relaxed))
                    .and_then(|at| items.get(at).map(|item| (at, item)))
                {
                    let found = work(item);
                    results
                        .lock()
                        .expect("no thread panics with it")
                        .push((at, found));
                }
            });
        }
    });
    let mut results = results.into_inner().expect("no thread panics with it");
    results.sort_by_key(|(at, _)| *at);
    results.into_iter().flat_map(|(_, found)| found).collect()
}
