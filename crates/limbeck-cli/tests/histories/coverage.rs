//! Which revisions limbeck runs by itself, as docs/alembic.md says.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use libtest_mimic::{Failed, Trial};
use limbeck::Dialect;
use limbeck::script::{Compiled, Direction};
use limbeck_python::{Config, ConfigFiles, Surroundings};

use super::packages::{alone, configure, unpacked};
use super::world::Database;
use super::{HISTORIES, same};

/// Where the table begins and ends.
const BOUNDS: [&str; 2] = [
    "<!-- coverage: written by a test -->\n",
    "<!-- end of coverage -->",
];

pub(super) fn trials(long: bool) -> Vec<Trial> {
    vec![Trial::test("histories/coverage", move || check(long))]
}

/// What becomes of the upgrades of revisions.
#[derive(Default)]
struct Counts {
    /// All that they do is known from their text.
    known: usize,
    /// They ask the database.
    asking: usize,
    /// Python must run them, for these reasons.
    python: BTreeMap<String, usize>,
}

impl Counts {
    fn of(configuration: &Path, dialect: Dialect) -> Result<Self, Failed> {
        let files = ConfigFiles {
            ini: Some(configuration.to_owned()),
            ..ConfigFiles::default()
        };
        let config = Config::read(&files, &[])?;
        let scripts = limbeck_python::scripts(&config, &Surroundings::default())?;
        let mut counts = Self::default();
        for revision in scripts.graph().iter() {
            let Some(script) = scripts.script(&revision.id)? else {
                return Err(format!("{} has no script", revision.id).into());
            };
            match script.compile(Direction::Upgrade, dialect) {
                Ok(Compiled::Missing | Compiled::Statements(_)) => counts.known += 1,
                Ok(Compiled::Depends(_)) => counts.asking += 1,
                Err(error) => *counts.python.entry(error.to_string()).or_default() += 1,
            }
        }
        Ok(counts)
    }

    fn in_python(&self) -> usize {
        self.python.values().sum()
    }

    fn all(&self) -> usize {
        self.known + self.asking + self.in_python()
    }
}

fn check(long: bool) -> Result<(), Failed> {
    let mut table = "| history | database | revisions | known from its text | asks the database | Python |\n\
                     |---|---|---|---|---|---|\n"
        .to_owned();
    let (mut all, mut python) = (0, 0);
    let mut reasons = String::new();
    for history in HISTORIES.iter().filter(|history| long || history.short) {
        let root = alone(|| unpacked(history.package))?;
        let work = tempfile::tempdir()?;
        let configuration = configure(work.path(), &root, &root.join(history.versions))?;
        for database in history.databases {
            let dialect = match database {
                Database::Sqlite => Dialect::Sqlite,
                Database::Postgresql => Dialect::Postgresql,
                Database::Mariadb => Dialect::Mariadb,
            };
            let counts = Counts::of(&configuration, dialect)?;
            let name = history.package.replace("==", " ");
            writeln!(
                table,
                "| {name}, `{}` | {dialect} | {} | {} | {} | {} |",
                history.versions,
                counts.all(),
                counts.known,
                counts.asking,
                counts.in_python()
            )?;
            all += counts.all();
            python += counts.in_python();
            for reason in counts.python.keys() {
                writeln!(reasons, "{dialect}: {reason}")?;
            }
        }
    }
    if python * 20 > all {
        return Err(format!("{python} of {all} need Python:\n{reasons}").into());
    }
    documented(&table, long)
}

/// The table in the documentation must be this one; of a short run, it must have the lines.
fn documented(table: &str, long: bool) -> Result<(), Failed> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/alembic.md");
    let text = std::fs::read_to_string(&page)?;
    let bounds = text.split_once(BOUNDS[0]).and_then(|(before, rest)| {
        let (there, after) = rest.split_once(BOUNDS[1])?;
        Some((before, there, after))
    });
    let (before, there, after) = bounds.ok_or("docs/alembic.md has no table of coverage")?;
    if !long {
        let missing = table.lines().find(|line| !there.contains(line));
        return missing.map_or(Ok(()), |line| {
            Err(format!("docs/alembic.md does not say {line}").into())
        });
    }
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        let text = [before, BOUNDS[0], table, BOUNDS[1], after].concat();
        return Ok(std::fs::write(&page, text)?);
    }
    same("in docs/alembic.md", there, table)
}
