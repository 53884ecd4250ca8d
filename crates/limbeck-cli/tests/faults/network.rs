//! A network that breaks while a run talks to the server.

use std::time::Duration;

use limbeck_testing::{Cut, Fault, Moment, Proxy};

use super::outcome::{Outcome, Reached, reached, version};
use super::talk::Talk;
use super::world::{Place, World};
use super::{is_long, random, tell};
use crate::session::Database;

/// How long a process may go on when its connections are gone.
const LIMIT: Duration = Duration::from_secs(60);

/// One break.
#[derive(Debug, Clone, Copy)]
struct Break {
    at: Moment,
    cut: Cut,
    /// Whether nobody can connect afterwards.
    lasting: bool,
}

pub(super) fn check(test: &str, database: Database) {
    let undisturbed = Outcome::undisturbed(database);
    let (mut cuts, mut middle) = (0, 0);
    for broken in breaks(test, database) {
        let what = format!("{broken:?} (LIMBECK_SEED={})", super::seed());
        let world = World::new(Place::shared(database));
        let proxy = Proxy::start(world.port());
        proxy.at(broken.at, Fault::Cut(broken.cut));
        let url = world.url_by(proxy.port());
        let mut process = world.start(world.limbeck(&["upgrade", "head"]).env("DATABASE_URL", url));
        process.until(|_| proxy.reached());
        proxy.refuse(broken.lasting);
        let status = process.end(LIMIT);
        cuts += usize::from(proxy.reached());
        let before = version(&world);
        middle += usize::from(reached(&world) == Reached::Middle);
        match status.code() {
            Some(0) => undisturbed.check(&world, &what),
            Some(1) => {}
            _ => panic!("{what}: it ended with {status}: {}", process.said()),
        }
        let rest = undisturbed.check_after_rest(&world, &what);
        let words = Words::of(&process.said());
        words.check(before.as_deref(), &rest, &format!("{what}: {}", process.said()));
    }
    tell(
        test,
        &format!("{cuts} cuts, {middle} mid-run, all processes ended, all recovered"),
    );
}

/// Where the network breaks: at commits above all, at other boundaries, and anywhere.
fn breaks(test: &str, database: Database) -> Vec<Break> {
    let mut random = random(test);
    let talk = Talk::of(&World::new(Place::shared(database)));
    let (mut commits, mut boundaries) = (talk.boundaries_with("COMMIT"), talk.boundaries());
    random.shuffle(&mut commits);
    random.shuffle(&mut boundaries);
    let (of_commits, of_boundaries, anywhere) = if is_long() {
        (commits.len(), 80, 100)
    } else {
        (4, 2, 4)
    };
    commits.truncate(of_commits);
    commits.extend(boundaries.into_iter().take(of_boundaries));
    commits.extend((0..anywhere).map(|_| Moment::Byte(random.u64(..talk.bytes))));
    let breaks = commits.into_iter().map(|at| Break {
        at,
        cut: if random.bool() { Cut::Close } else { Cut::Reset },
        // The process tries for a while to connect again.
        lasting: random.u8(..5) == 0,
    });
    breaks.collect()
}

/// What a run said of revisions.
struct Words {
    /// Those that it began.
    begun: Vec<String>,
    /// The one of which it said that nothing was kept.
    undone: Option<String>,
}

impl Words {
    fn of(said: &str) -> Self {
        let begun = begun(said);
        let nothing = [
            "nothing of this revision was kept",
            "none of its statements took effect",
        ];
        // The lines of a message may be broken anywhere.
        let flat = said
            .split_whitespace()
            .filter(|word| *word != "│")
            .collect::<Vec<_>>()
            .join(" ");
        let undone = nothing
            .iter()
            .any(|words| flat.contains(words))
            .then(|| begun.last().cloned())
            .flatten();
        Self { begun, undone }
    }

    /// Holds what was said against what was in the database then, and against what the next run said.
    fn check(&self, version: Option<&str>, rest: &str, what: &str) {
        // Behind the one that was begun last, all are done.
        if let Some(done) = self.begun.iter().rev().nth(1) {
            assert!(version >= Some(done), "{what}: the database is at {version:?}");
        }
        if let Some(undone) = &self.undone {
            assert!(
                begun(rest).contains(undone),
                "{what}: the next run did not run {undone} again: {rest}"
            );
        }
    }
}

/// The revisions of which a run said that it upgrades to them.
fn begun(said: &str) -> Vec<String> {
    let steps = said.lines().filter(|line| line.starts_with("Running upgrade "));
    steps
        .filter_map(|line| line.split_once("-> ")?.1.split(',').next().map(str::to_owned))
        .collect()
}
