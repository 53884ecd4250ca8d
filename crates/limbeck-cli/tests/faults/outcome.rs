//! What a run leaves in a database.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use limbeck::database::Row;
use limbeck_testing::dump_schema;

use super::process::Process;
use super::world::{Place, World};
use crate::session::Database;

/// The last revision of the history.
const HEAD: &str = "008";

/// How long a run may take that nothing disturbs, and which waits for nobody who is alive.
const SOON: Duration = Duration::from_secs(20);

/// What a run leaves in a database.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Outcome {
    /// What the database's own tool says of the catalog.
    schema: String,
    /// The rows of the history's tables and of the version table, sorted.
    rows: BTreeMap<&'static str, Vec<Row>>,
    /// How often the journal says that a revision was upgraded to its end.
    done: BTreeMap<String, usize>,
    /// The attempts that the journal takes for running.
    running: usize,
}

/// How far a run came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reached {
    Nothing,
    Middle,
    End,
}

impl Outcome {
    /// What a run of the history leaves that nothing disturbs.
    pub(super) fn undisturbed(database: Database) -> Self {
        Self::of(&World::new(Place::shared(database)))
    }

    /// What a run of all that a world has leaves, if nothing disturbs it.
    pub(super) fn of(world: &World) -> Self {
        Self::of_run(world, upgrade)
    }

    /// What one run leaves, if nothing disturbs it.
    pub(super) fn of_run(world: &World, run: impl FnOnce(&World) -> Process) -> Self {
        end(run(world), "undisturbed");
        let outcome = Self::read(world);
        let once = outcome.done.values().all(|&times| times == 1);
        assert!(once && outcome.running == 0, "{outcome:#?}");
        outcome
    }

    fn read(world: &World) -> Self {
        let mut connection = world.connect();
        let mut rows = BTreeMap::new();
        for table in ["accounts", "alembic_version", "audit", "orders", "totals"] {
            let mut all = connection
                .query(&format!("SELECT * FROM {table}"))
                .expect("the history makes the table");
            all.sort();
            rows.insert(table, all);
        }
        let attempts = connection
            .query("SELECT revision, direction, outcome FROM limbeck_journal ORDER BY id")
            .expect("the journal is there");
        let mut done = BTreeMap::new();
        let mut running = 0;
        for attempt in attempts {
            let text = |at: usize| attempt[at].as_deref().unwrap_or_default();
            running += usize::from(text(2) == "running");
            if (text(1), text(2)) == ("upgrade", "done") {
                *done.entry(text(0).to_owned()).or_default() += 1;
            }
        }
        Self {
            schema: dump_schema(world.url.split('?').next().expect("there is a first part")),
            rows,
            done,
            running,
        }
    }

    /// Compares with what is in a database now.
    pub(super) fn check(&self, world: &World, what: &str) {
        let now = Self::read(world);
        assert!(
            now == *self,
            "{what}:\n{}instead of\n{}",
            now.beside(self),
            self.beside(&now)
        );
    }

    /// What is here and not there.
    fn beside(&self, other: &Self) -> String {
        let mut left = other.lines();
        let mut beside = String::new();
        for line in self.lines() {
            match left.iter().position(|other| *other == line) {
                Some(at) => drop(left.swap_remove(at)),
                None => beside.push_str(&format!("  {line}\n")),
            }
        }
        beside
    }

    fn lines(&self) -> Vec<String> {
        let rows = self
            .rows
            .iter()
            .flat_map(|(table, rows)| rows.iter().map(move |row| format!("{table}: {row:?}")));
        let done = self.done.iter().map(|done| format!("done: {done:?}"));
        let running = std::iter::once(format!("running: {}", self.running));
        let schema = self.schema.lines().map(str::to_owned);
        schema.chain(rows).chain(done).chain(running).collect()
    }

    /// Runs what is left to do, and compares what comes out. Returns what the run said.
    pub(super) fn check_after_rest(&self, world: &World, what: &str) -> String {
        let said = finish(world, what);
        self.check(world, what);
        said
    }
}

/// Upgrades to the head, at once. Returns what the run said.
pub(super) fn finish(world: &World, what: &str) -> String {
    end(upgrade(world), what)
}

fn upgrade(world: &World) -> Process {
    world.start(&mut world.limbeck(&["upgrade", "head"]))
}

/// Waits for the end of a run that nothing disturbs. Returns what it said.
fn end(mut process: Process, what: &str) -> String {
    let start = Instant::now();
    let status = process.end(Duration::from_secs(120));
    assert!(status.success(), "{what}: the next run fails: {}", process.said());
    let elapsed = start.elapsed();
    assert!(
        elapsed < SOON,
        "{what}: the next run took {elapsed:?}: {}",
        process.said()
    );
    process.said()
}

/// How far the runs came until now.
pub(super) fn reached(world: &World) -> Reached {
    match (version(world).as_deref(), attempts(world)) {
        (Some(HEAD), _) => Reached::End,
        (None, 0) => Reached::Nothing,
        _ => Reached::Middle,
    }
}

/// The version row.
pub(super) fn version(world: &World) -> Option<String> {
    let rows = world.connect().query("SELECT version_num FROM alembic_version");
    // Without the table nothing was done.
    rows.ok()?.first()?.first()?.clone()
}

fn attempts(world: &World) -> usize {
    let rows = world.connect().query("SELECT revision FROM limbeck_journal");
    rows.map_or(0, |rows| rows.len())
}

/// How many attempts the journal takes for running.
pub(super) fn running(world: &World) -> usize {
    let sql = "SELECT revision FROM limbeck_journal WHERE outcome = 'running'";
    world.connect().query(sql).expect("the journal is there").len()
}
