//! Tells of each revision of Alembic directories whether limbeck runs it by itself:
//! `coverage postgresql|sqlite|mysql|mariadb DIRECTORY/alembic.ini…`

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;

use limbeck_core::Dialect;
use limbeck_core::script::{Compiled, Direction};
use limbeck_python::{Config, ConfigFiles, Surroundings};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let dialect = arguments.next().unwrap_or_default();
    let Some(dialect) = Dialect::ALL.into_iter().find(|known| known.name() == dialect) else {
        return Err("usage: coverage postgresql|sqlite|mysql|mariadb DIRECTORY/alembic.ini...".into());
    };
    for ini in arguments {
        report(dialect, Path::new(&ini))?;
    }
    Ok(())
}

#[allow(clippy::print_stdout)]
fn report(dialect: Dialect, ini: &Path) -> Result<(), Box<dyn Error>> {
    let files = ConfigFiles {
        ini: Some(ini.to_owned()),
        ..ConfigFiles::default()
    };
    let config = Config::read(&files, &[])?;
    let scripts = limbeck_python::scripts(&config, &Surroundings::default())?;
    for direction in [Direction::Upgrade, Direction::Downgrade] {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        let mut reasons = Vec::new();
        for revision in scripts.graph().iter() {
            let Some(script) = scripts.script(&revision.id)? else {
                continue;
            };
            let kind = match script.compile(direction, dialect) {
                Ok(Compiled::Missing) => "missing",
                Ok(Compiled::Statements(_)) => "native",
                Ok(Compiled::Depends(depends)) => {
                    reasons.push(format!("  {}: {depends}", revision.file));
                    "native, depends on the database"
                }
                Err(error) => {
                    reasons.push(format!("  refused  {error}"));
                    "refused"
                }
            };
            *counts.entry(kind).or_default() += 1;
        }
        println!("{} {dialect} {}: {counts:?}", ini.display(), direction.name());
        reasons.iter().for_each(|reason| println!("{reason}"));
    }
    Ok(())
}
