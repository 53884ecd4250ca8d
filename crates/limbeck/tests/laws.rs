//! Laws that hold for every history, on every database: those of the cases, and the example's.
//!
//! - What was upgraded can be stepped back, and the catalog is as it was before.
//! - A script does what the run does: the same catalog, version rows and journal.
//! - Twice is once, and one revision at a time is all at once.
//! - After a failure somewhere, the next run ends where an undisturbed one does.

mod client;
mod history;
pub(crate) mod random;

use std::sync::OnceLock;

use limbeck::{Error, Transaction};

use crate::cases::{self, Case, Database, World, in_parallel};
use history::History;

/// What a database has come to.
#[derive(Debug, PartialEq, Eq)]
struct Reached {
    catalog: String,
    rows: Vec<String>,
    journal: Vec<String>,
}

#[test]
fn laws() {
    let mut histories = vec![History::example()];
    for file in cases::files() {
        let text = std::fs::read_to_string(&file).expect("a case is text");
        let case = Case::parse(&text).unwrap_or_else(|message| panic!("{}: {message}", file.display()));
        if case.laws {
            let name = file.strip_prefix(cases::root()).expect("it was found there");
            histories.push(History::of(&name.display().to_string(), &case));
        }
    }
    assert!(
        histories.len() >= 30,
        "only {} histories were found",
        histories.len()
    );
    let pairs: Vec<(&History, Database)> = histories
        .iter()
        .enumerate()
        .flat_map(|(at, history)| {
            databases(at, history)
                .into_iter()
                .map(move |database| (history, database))
        })
        .collect();
    let failures = in_parallel(&pairs, |(history, database)| {
        let named = |message: String| format!("{} on {}: {message}", history.name, database.name());
        check(history, *database).err().map(named).into_iter().collect()
    });
    assert!(
        failures.is_empty(),
        "{} of {} failed:\n{}",
        failures.len(),
        pairs.len(),
        failures.join("\n")
    );
}

/// Where to try a history: in the short form, one that is not about the graph takes its turn with one database.
fn databases(at: usize, history: &History) -> Vec<Database> {
    if history.shows_the_graph || is_long() {
        return history.databases.clone();
    }
    vec![history.databases[at % history.databases.len()]]
}

/// Tries all laws on one history and one database.
fn check(history: &History, database: Database) -> Result<(), String> {
    let online = history.world(database);
    let migrator = history.migrator(&online);
    let plan = migrator
        .plan_upgrade("heads")
        .map_err(|error| format!("can't be upgraded, so it needs 'laws: no': {error}"))?;
    migrator
        .upgrade("heads")
        .map_err(|error| format!("upgrade: {error}"))?;
    let reached = reached(history, &online);

    let again = migrator
        .upgrade("heads")
        .map_err(|error| format!("upgrade again: {error}"))?;
    if !again.steps.is_empty() {
        return Err(format!("a second upgrade runs {:?}", again.steps));
    }

    let offline = history.world(database);
    let script = migrator
        .upgrade_sql(database.dialect(), "heads")
        .map_err(|error| error.to_string())?;
    client::feed(&offline, &script).map_err(|error| format!("offline: {error}\n{script}"))?;
    same(
        "the script of an upgrade",
        &self::reached(history, &offline),
        &reached,
    )?;

    if plan.len() > 1 {
        let stepwise = history.world(database);
        for step in &plan {
            let target = &step.revision;
            history
                .migrator(&stepwise)
                .upgrade(target)
                .map_err(|error| format!("upgrade {target}: {error}"))?;
        }
        same(
            "one revision at a time",
            &self::reached(history, &stepwise),
            &reached,
        )?;
    }
    let thorough = history.shows_the_graph || is_long();
    if thorough || database == Database::Mariadb {
        resumes(history, database, &reached)?;
    }
    if thorough {
        stamps(history, database)?;
        whole_run(history, database, &reached)?;
    }
    steps_back(history, &online, &offline, &reached.rows)
}

/// A run as one transaction, and its script, come to the same.
fn whole_run(history: &History, database: Database, reached: &Reached) -> Result<(), String> {
    if database == Database::Mariadb {
        return Ok(());
    }
    let whole = history.world(database);
    let migrator = history.migrator(&whole).transaction(Transaction::WholeRun);
    migrator
        .upgrade("heads")
        .map_err(|error| format!("whole run: {error}"))?;
    same(
        "the whole run as one transaction",
        &self::reached(history, &whole),
        reached,
    )?;
    let scripted = history.world(database);
    let script = migrator
        .upgrade_sql(database.dialect(), "heads")
        .map_err(|error| error.to_string())?;
    client::feed(&scripted, &script).map_err(|error| format!("whole run offline: {error}\n{script}"))?;
    same(
        "the script of a whole run",
        &self::reached(history, &scripted),
        reached,
    )
}

/// A stamp's script writes what the stamp does.
fn stamps(history: &History, database: Database) -> Result<(), String> {
    let targets = ["heads".to_owned()];
    let (online, offline) = (history.world(database), history.world(database));
    let migrator = history.migrator(&online);
    migrator
        .stamp(&targets, false)
        .map_err(|error| format!("stamp: {error}"))?;
    let script = migrator
        .stamp_sql(database.dialect(), &targets)
        .map_err(|error| error.to_string())?;
    client::feed(&offline, &script).map_err(|error| format!("stamp offline: {error}\n{script}"))?;
    same(
        "the script of a stamp",
        &reached(history, &offline),
        &reached(history, &online),
    )
}

/// A statement that fails in the middle, and is then taken out again, makes no difference in the end.
fn resumes(history: &History, database: Database, reached: &Reached) -> Result<(), String> {
    let world = history.world(database);
    let Some((path, text)) = history.disturbed(&world) else {
        return Ok(());
    };
    let original = std::fs::read(&path).map_err(|error| error.to_string())?;
    std::fs::write(&path, text).map_err(|error| error.to_string())?;
    let migrator = history.migrator(&world);
    match migrator.upgrade("heads") {
        Err(Error::Failed(_)) => {}
        other => return Err(format!("the statement that fails did not: {other:?}")),
    }
    std::fs::write(&path, original).map_err(|error| error.to_string())?;
    migrator
        .upgrade("heads")
        .map_err(|error| format!("after a failure: {error}"))?;
    let mut found = self::reached(history, &world);
    // The journal tells of the failure, and that is right.
    found.journal = reached.journal.clone();
    same("a run behind one that failed", &found, reached)
}

/// Both the run and the script take back all that they did.
fn steps_back(history: &History, online: &World, offline: &World, rows: &[String]) -> Result<(), String> {
    let migrator = history.migrator(online);
    match migrator.downgrade("base") {
        Err(Error::Irreversible { .. }) => return Ok(()),
        result => result.map_err(|error| format!("downgrade: {error}"))?,
    };
    let back = reached(history, online);
    same_text(
        "what is left after a downgrade",
        &back.catalog,
        empty(online.database),
    )?;

    let range = format!("{}:base", rows.join(","));
    let script = migrator
        .downgrade_sql(online.database.dialect(), &range)
        .map_err(|error| error.to_string())?;
    client::feed(offline, &script).map_err(|error| format!("downgrade offline: {error}\n{script}"))?;
    same("the script of a downgrade", &reached(history, offline), &back)
}

/// The catalog with nothing in it but limbeck's own tables.
fn empty(database: Database) -> &'static str {
    static CATALOGS: [OnceLock<String>; 3] = [const { OnceLock::new() }; 3];
    CATALOGS[database as usize].get_or_init(|| {
        let world = World::new(database);
        world.write("migrations/README", b"");
        world.migrator().ensure_version().expect("the tables can be made");
        client::catalog(&world)
    })
}

/// Whether everything is to be tried on everything, which takes minutes.
pub(crate) fn is_long() -> bool {
    std::env::var_os("LIMBECK_LONG").is_some()
}

fn reached(history: &History, world: &World) -> Reached {
    let journal = world.connect().query(
        "SELECT id, revision, direction, message, revises, depends_on, branch_labels, checksum, statements_done, \
         statements_total, done_hash, outcome, error, who, tool_version, downgrade_sql FROM limbeck_journal ORDER BY id",
    );
    let line = |row: Vec<Option<String>>| {
        let values: Vec<_> = row
            .into_iter()
            .map(|value| value.unwrap_or_else(|| "NULL".to_owned()))
            .collect();
        values.join(" | ")
    };
    Reached {
        catalog: client::catalog(world),
        rows: history.migrator(world).current().expect("the rows can be read"),
        journal: journal
            .expect("there is a journal")
            .into_iter()
            .map(line)
            .collect(),
    }
}

fn same(what: &str, found: &Reached, wanted: &Reached) -> Result<(), String> {
    same_text(what, &found.catalog, &wanted.catalog)?;
    same_text(what, &found.rows.join("\n"), &wanted.rows.join("\n"))?;
    same_text(what, &found.journal.join("\n"), &wanted.journal.join("\n"))
}

fn same_text(what: &str, found: &str, wanted: &str) -> Result<(), String> {
    if found == wanted {
        return Ok(());
    }
    let only = |a: &str, b: &str, mark: &str| -> String {
        let lines = a.lines().filter(|line| !b.lines().any(|other| other == *line));
        lines.map(|line| format!("{mark} {line}\n")).collect()
    };
    Err(format!(
        "{what} differs:\n{}{}",
        only(found, wanted, "found "),
        only(wanted, found, "wanted")
    ))
}
