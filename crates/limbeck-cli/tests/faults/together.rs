//! Many processes that start at once on an empty database.

use std::time::Duration;

use limbeck_testing::{Pgbouncer, Postgres};

use super::outcome::Outcome;
use super::world::{Place, World};
use super::{is_long, tell};
use crate::session::Database;

/// All of them, one after the other, on a machine that does other things as well.
const LIMIT: Duration = Duration::from_secs(120);

pub(super) fn directly(test: &str, database: Database) {
    rounds(test, database, |world| world.url.clone());
}

pub(super) fn pooled(test: &str, database: Database) {
    let pgbouncer = Pgbouncer::start(Postgres::shared());
    rounds(test, database, |world| pgbouncer.url(&world.name));
}

fn rounds(test: &str, database: Database, url: impl Fn(&World) -> String) {
    let (processes, rounds) = if is_long() { (32, 20) } else { (8, 2) };
    let run = |world: &World| world.start(world.limbeck(&["run"]).env("DATABASE_URL", url(world)));
    let undisturbed = Outcome::of_run(&World::new(Place::shared(database)), run);
    for round in 1..=rounds {
        let world = World::new(Place::shared(database));
        let mut runs: Vec<_> = (0..processes).map(|_| run(&world)).collect();
        for run in &mut runs {
            let status = run.end(LIMIT);
            assert!(status.success(), "round {round}: {}", run.said());
        }
        undisturbed.check(&world, &format!("round {round}"));
    }
    tell(
        test,
        &format!("{processes} processes at once, {rounds} rounds, each revision once, all ended well"),
    );
}
