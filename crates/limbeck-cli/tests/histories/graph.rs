//! The graphs of histories, as genuine Alembic tells them.

use std::path::Path;
use std::process::Command;

use libtest_mimic::{Failed, Trial};
use limbeck_testing::python;

use super::packages::{alone, configure, home, told, unpacked};
use super::{HISTORIES, PACKAGES, same};

/// Large histories whose revisions load only where their application is installed, and where their revisions are.
const LARGE: [(&str, &str, &str); 3] = [
    (
        "airflow",
        "apache-airflow-core==3.3.2",
        "airflow/migrations/versions",
    ),
    ("indico", "indico==3.3.14", "indico/migrations/versions"),
    (
        "neutron",
        "neutron==29.0.0",
        "neutron/db/migration/alembic_migrations/versions",
    ),
];

pub(super) fn trials(long: bool) -> Vec<Trial> {
    let known = HISTORIES.iter().filter(|history| long || history.short);
    let known = known.map(|history| (history.name, history.package, history.versions));
    let large = LARGE.into_iter().filter(|_| long);
    let trial = |(name, package, versions): (&'static str, &'static str, &'static str)| {
        Trial::test(format!("histories/graph::{name}"), move || {
            compare(package, versions)
        })
    };
    known.chain(large).map(trial).collect()
}

fn compare(package: &str, versions: &str) -> Result<(), Failed> {
    let (root, programs) =
        alone(|| -> Result<_, Failed> { Ok((unpacked(package)?, python(&home(), PACKAGES))) })?;
    let work = tempfile::tempdir()?;
    let ours = configure(work.path(), &root, &root.join(versions))?;
    let bare = work.path().join("bare");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/histories/bare.py");
    let mut strip = Command::new("python3");
    told(
        strip
            .arg(script)
            .arg(&root)
            .arg(root.join(versions))
            .arg(&bare)
            .output()?,
    )?;
    std::fs::write(bare.join("env.py"), "")?;
    let theirs = configure(&bare, &bare, &bare.join("versions"))?;
    for command in ["heads", "branches", "history"] {
        let printed = |program: &Path, configuration: &Path| -> Result<String, Failed> {
            let output = Command::new(program)
                .arg("-c")
                .arg(configuration)
                .arg(command)
                .output()?;
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            told(output)?;
            let mut lines: Vec<String> = text.lines().map(words).collect();
            if command == "branches" {
                // Alembic tells them in the order of the directory.
                lines.sort();
            }
            Ok(lines.join("\n"))
        };
        let ours = printed(Path::new(env!("CARGO_BIN_EXE_limbeck")), &ours)?;
        same(command, &printed(&programs.join("alembic"), &theirs)?, &ours)?;
    }
    Ok(())
}

/// A line's words in the order of the alphabet: Alembic tells labels in any order, and has a comma before a message that is empty.
fn words(line: &str) -> String {
    let mut words: Vec<&str> = line
        .split([' ', ',', '(', ')'])
        .filter(|word| !word.is_empty())
        .collect();
    words.sort_unstable();
    words.join(" ")
}
