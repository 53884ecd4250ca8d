//! The tests of the command line: sessions in files, each a test of its own, the reference in docs/, and the faults that a
//! run survives.
//!
//! A session file has files (`=== path`, then the text) and then the session itself (`=== session`): lines that begin with
//! `$ ` are run by `sh` in an empty directory with those files, and what follows is what they print, on both streams.
//! `[exit N]` ends the output of one that fails. `UPDATE_EXPECT=1` writes what was printed into the files.
//!
//! `$ROOT` is the root of this repository. A line that names alembic finds genuine Alembic, and its Python; one with
//! `LIMBECK_PYTHON`, a Python that has SQLModel and Alembic; one that names python only, a Python that has Prometheus's parser.
//!
//! `# databases:` in the first line names where it is run; without it, on SQLite only.

mod directives;
mod faults;
mod histories;
mod reference;
mod session;
mod terminal;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sessions");
    let mut trials = vec![
        Trial::test("reference", reference::check),
        Trial::test("terminal/bar", terminal::shows_a_bar),
        Trial::test("terminal/failure", terminal::leaves_no_bar_behind_a_failure),
        Trial::test("terminal/nobody", terminal::shows_none_to_nobody),
        Trial::test("terminal/renames", terminal::asks_for_renames),
    ];
    for file in files(&root) {
        let name = file
            .strip_prefix(&root)
            .expect("it was found there")
            .with_extension("")
            .display()
            .to_string();
        for database in session::databases(&file) {
            let file = file.clone();
            let name = format!("{name}::{database:?}").to_lowercase();
            trials.push(Trial::test(name, move || session::check(&file, database)));
        }
    }
    trials.extend(directives::trials());
    trials.extend(faults::trials());
    trials.extend(histories::trials());
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).expect("the sessions are in the package");
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.expect("it can be read").path())
        .collect();
    paths.sort();
    paths
        .into_iter()
        .flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] })
        .collect()
}
