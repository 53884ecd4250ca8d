//! Programs from Python's package index, each in a virtual environment of its own.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Returns the directory of the programs of an environment with Alembic in it and what it needs for PostgreSQL and MariaDB, which is made in `home`
/// unless an earlier run did.
///
/// # Panics
/// When Python is missing. A comparison that is left out would look like one that holds.
pub fn alembic(home: &Path) -> PathBuf {
    python(
        home,
        "alembic==1.20.1 sqlalchemy==2.0.58 psycopg[binary]==3.3.9 pymysql==1.1.2",
    )
}

/// The same for any packages: `NAME==VERSION`, with spaces between them. The environment is called as the first.
///
/// # Panics
/// When Python is missing, or a package can't be had.
pub fn python(home: &Path, packages: &str) -> PathBuf {
    let home = home.join(packages.split('=').next().unwrap_or(packages));
    let programs = home.join("bin");
    let done = home.join(packages);
    if !done.exists() {
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&home));
        let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
        let mut pip = Command::new(programs.join("python"));
        run(pip.args(install).args(packages.split(' ')));
        std::fs::write(&done, "").expect("the target directory can be written");
    }
    programs
}

fn run(command: &mut Command) {
    let hint = "some tests need python3 (3.10 or newer) with venv, and pip with a package index";
    match command.output() {
        Ok(output) if output.status.success() => {}
        Ok(output) => panic!(
            "{hint}: {command:?} failed\n{}",
            String::from_utf8_lossy(&output.stderr)
        ),
        Err(error) => panic!("{hint}: {command:?} did not start: {error}"),
    }
}
