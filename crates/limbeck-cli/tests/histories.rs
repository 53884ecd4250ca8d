//! Histories that packages on Python's index ship, run by genuine Alembic and by limbeck: what is in the database afterwards must be
//! the same; and what is in its rows, where tables have some before each revision. `LIMBECK_LONG=1` takes all of them.

mod coverage;
mod graph;
mod packages;
mod rows;
mod statements;
mod world;

use std::path::{Path, PathBuf};
use std::process::Command;

use libtest_mimic::{Failed, Trial};
use limbeck_testing::python;

use packages::{alone, configure, home, told, unpacked};
use world::{Database, World};

/// A history.
struct History {
    name: &'static str,
    /// `name==version`.
    package: &'static str,
    /// Where its revisions are in the wheel.
    versions: &'static str,
    databases: &'static [Database],
    /// What genuine Alembic needs besides to load them.
    needs: &'static str,
    /// The models whose tables must be there before the first of them: `module:Base`.
    baseline: Option<&'static str>,
    /// Whether some of them are run by Python.
    python: bool,
    /// Whether genuine Alembic can take all of it back.
    down: bool,
    /// Whether it is so small that every run tries it.
    short: bool,
    /// What SQLite is to tell differently afterwards, because Alembic's batch mode loses something: each is in a line.
    lost: &'static [&'static str],
    /// The same of its rows.
    lost_rows: &'static [&'static str],
}

use Database::{Mariadb, Postgresql, Sqlite};

/// One that needs nothing, and loses nothing.
const PLAIN: History = History {
    name: "",
    package: "",
    versions: "",
    databases: &[],
    needs: "",
    baseline: None,
    python: false,
    down: false,
    short: false,
    lost: &[],
    lost_rows: &[],
};

const HISTORIES: &[History] = &[
    History {
        name: "argilla-server",
        package: "argilla-server==2.8.0",
        versions: "argilla_server/alembic/versions",
        databases: &[Sqlite, Postgresql],
        down: true,
        short: true,
        ..PLAIN
    },
    History {
        name: "mage-ai",
        package: "mage-ai==0.9.80",
        versions: "mage_ai/orchestration/db/migrations/versions",
        databases: &[Sqlite, Postgresql],
        down: true,
        ..PLAIN
    },
    History {
        name: "dstack",
        package: "dstack==0.22.5",
        versions: "dstack/_internal/server/migrations/versions",
        databases: &[Sqlite, Postgresql],
        needs: "dstack==0.22.5",
        down: true,
        // The order of an index's columns.
        lost: &["_pipeline_fetch_q | ", "| ix_submitted_at_id |"],
        ..PLAIN
    },
    History {
        name: "open-webui",
        package: "open-webui==0.12.4",
        versions: "open_webui/migrations/versions",
        databases: &[Sqlite, Postgresql],
        needs: "greenlet==3.5.6 aiosqlite==0.22.1 asyncpg==0.32.0",
        // Texts that are no numbers, in what becomes a column of numbers: a cast leaves the year.
        lost_rows: &["folder.created_at", "folder.updated_at"],
        ..PLAIN
    },
    History {
        name: "glance",
        package: "glance==33.0.0",
        versions: "glance/db/sqlalchemy/alembic_migrations/versions",
        databases: &[Sqlite, Postgresql, Mariadb],
        needs: "glance==33.0.0",
        // Unnamed conditions.
        lost: &["check | images |"],
        ..PLAIN
    },
    History {
        name: "mlflow",
        package: "mlflow==3.18.0",
        versions: "mlflow/server/auth/db/migrations/versions",
        databases: &[Sqlite, Postgresql],
        needs: "mlflow-skinny==3.17.2",
        ..PLAIN
    },
    History {
        name: "mlflow-store",
        package: "mlflow==3.18.0",
        versions: "mlflow/store/db_migrations/versions",
        databases: &[Sqlite, Postgresql],
        needs: "mlflow-skinny==3.17.2",
        baseline: Some("mlflow.store.tracking.dbmodels.initial_models:Base"),
        // Objects of the ORM are moved.
        python: true,
        ..PLAIN
    },
    History {
        name: "zuul",
        package: "zuul==14.3.0",
        versions: "zuul/driver/sql/alembic/versions",
        databases: &[Postgresql, Mariadb],
        ..PLAIN
    },
    History {
        name: "ckan",
        package: "ckan==2.12.0",
        versions: "ckan/migration/versions",
        databases: &[Postgresql],
        ..PLAIN
    },
    History {
        name: "heat",
        package: "openstack-heat==27.0.1",
        versions: "heat/db/migrations/versions",
        databases: &[Sqlite, Postgresql, Mariadb],
        needs: "openstack-heat==27.0.1",
        ..PLAIN
    },
    History {
        name: "taskflow",
        package: "taskflow==6.5.0",
        versions: "taskflow/persistence/backends/sqlalchemy/alembic/versions",
        databases: &[Sqlite, Postgresql, Mariadb],
        needs: "taskflow==6.5.0",
        ..PLAIN
    },
    History {
        name: "masakari",
        package: "masakari==22.0.0",
        versions: "masakari/db/sqlalchemy/migrations/versions",
        databases: &[Sqlite, Postgresql, Mariadb],
        needs: "oslo.db==18.1.1 oslo.log==8.3.2 oslo.serialization==5.11.0",
        ..PLAIN
    },
    History {
        name: "solum",
        package: "solum==15.0.0",
        versions: "solum/objects/sqlalchemy/migration/alembic_migrations/versions",
        databases: &[Mariadb],
        needs: "oslo.db==18.1.1 oslo.log==8.3.2 oslo.serialization==5.11.0",
        ..PLAIN
    },
    History {
        name: "aim",
        package: "aim==3.29.1",
        versions: "aim/storage/migrations/versions",
        databases: &[Sqlite, Postgresql, Mariadb],
        ..PLAIN
    },
    History {
        name: "cornflow",
        package: "cornflow==1.3.9",
        versions: "cornflow/migrations/versions",
        databases: &[Sqlite, Postgresql],
        ..PLAIN
    },
];

/// What genuine Alembic is run with.
const PACKAGES: &str = "alembic==1.20.1 sqlalchemy==2.1.9 psycopg2-binary==2.9.11 pymysql==1.2.4 sqlalchemy-utils==0.43.0 alembic-postgresql-enum==1.11.0";

impl History {
    /// Its files, and the programs of a Python that has what genuine Alembic needs for them.
    fn got(&self) -> Result<(PathBuf, PathBuf), Failed> {
        alone(|| {
            let packages = format!("{} {PACKAGES}", self.needs);
            Ok((unpacked(self.package)?, python(&home(), packages.trim())))
        })
    }
}

pub(crate) fn trials() -> Vec<Trial> {
    let long = std::env::var_os("LIMBECK_LONG").is_some();
    let histories = HISTORIES.iter().filter(|history| long || history.short);
    histories
        .flat_map(|history| {
            history.databases.iter().map(move |database| {
                let name = format!("histories/{}::{database:?}", history.name).to_lowercase();
                Trial::test(name, move || compare(history, *database))
            })
        })
        .chain(coverage::trials(long))
        .chain(graph::trials(long))
        .chain(rows::trials(long))
        .chain(statements::trials(long))
        .collect()
}

fn compare(history: &History, database: Database) -> Result<(), Failed> {
    let (root, programs) = history.got()?;
    let work = tempfile::tempdir()?;
    let [theirs, ours, converted] =
        ["theirs", "ours", "converted"].map(|name| World::new(database, work.path(), name));
    let configuration = configure(work.path(), &root, &root.join(history.versions))?;
    let interpreter = programs.join("python");
    let reference = |url: &str, verb: &str, target: &str| -> Result<(), Failed> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/histories/reference.py");
        let mut python = Command::new(&interpreter);
        python.arg(script).arg(&root).arg(history.versions);
        // open-webui does not load without it.
        python.env("WEBUI_SECRET_KEY", "none");
        told(python.args([url, verb, target]).output()?)
    };
    if let Some(models) = history.baseline {
        for world in [&theirs, &ours, &converted] {
            reference(&world.driver_url(), "baseline", models)?;
        }
    }
    let genuine = |verb: &str, target: &str| reference(&theirs.driver_url(), verb, target);
    let limbeck = |configuration: &Path, world: &World| {
        let mut limbeck = Command::new(env!("CARGO_BIN_EXE_limbeck"));
        // Without Python, what it runs it runs by itself.
        let python = if history.python {
            interpreter.as_path()
        } else {
            Path::new("none")
        };
        limbeck.env("LIMBECK_PYTHON", python).arg("-c").arg(configuration);
        limbeck.args(["--url", &world.url]);
        limbeck
    };
    genuine("upgrade", "heads")?;
    told(
        limbeck(&configuration, &ours)
            .args(["upgrade", "heads"])
            .output()?,
    )?;
    let is_same = |when: &str, ours: &World| {
        same(when, &theirs.schema(history.lost), &ours.schema(history.lost))?;
        same(when, &theirs.rows(&configuration)?, &ours.rows(&configuration)?)
    };
    is_same("after the upgrade", &ours)?;

    let in_sql = converted_copy(history, &root, work.path())?;
    told(
        limbeck(&in_sql, &converted)
            .args(["convert", "--to", "sql"])
            .output()?,
    )?;
    told(limbeck(&in_sql, &converted).args(["upgrade", "heads"]).output()?)?;
    is_same("after the upgrade of what was converted", &converted)?;
    if history.down {
        genuine("downgrade", "base")?;
        for (configuration, world) in [(&configuration, &ours), (&in_sql, &converted)] {
            told(
                limbeck(configuration, world)
                    .args(["downgrade", "base"])
                    .output()?,
            )?;
            same("after the downgrade", &theirs.schema(&[]), &world.schema(&[]))?;
        }
    }
    Ok(())
}

/// The revisions in a directory that may be written to; gives its alembic.ini.
fn converted_copy(history: &History, root: &Path, work: &Path) -> Result<PathBuf, Failed> {
    let directory = work.join("sql");
    std::fs::create_dir(&directory)?;
    let mut copy = Command::new("cp");
    let versions = directory.join("versions");
    told(
        copy.arg("-r")
            .arg(root.join(history.versions))
            .arg(&versions)
            .output()?,
    )?;
    configure(&directory, root, &versions)
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
    if let Some((theirs, ours)) = theirs.iter().zip(&ours).find(|(theirs, ours)| theirs != ours) {
        told.push_str(&format!("  Alembic first {theirs}\n  limbeck first {ours}\n"));
    }
    Err(told.into())
}
