//! Servers that are killed while a run is under way, and started again.

use std::thread;
use std::time::Duration;

use limbeck_testing::{Fault, Mariadb, Moment, Postgres, Proxy, Tls};

use super::outcome::Outcome;
use super::talk::Talk;
use super::world::{Place, World};
use super::{is_long, random, tell};
use crate::session::Database;

/// How long a process may go on when its server is gone.
const LIMIT: Duration = Duration::from_secs(60);

/// A server of the test's own.
enum Server {
    Postgres(Postgres),
    Mariadb(Mariadb),
}

impl Server {
    fn start(database: Database) -> Self {
        match database {
            Database::Sqlite => unreachable!("it has no server"),
            Database::Postgresql => Self::Postgres(Postgres::start(Tls::Off)),
            Database::Mariadb => Self::Mariadb(Mariadb::start(Tls::Off)),
        }
    }

    fn place(&self) -> Place<'_> {
        match self {
            Self::Postgres(server) => Place::Postgres(server),
            Self::Mariadb(server) => Place::Mariadb(server),
        }
    }

    fn kill(&self) {
        match self {
            Self::Postgres(server) => server.kill(),
            Self::Mariadb(server) => server.kill(),
        }
    }

    fn start_again(&self) {
        match self {
            Self::Postgres(server) => server.start_again(),
            Self::Mariadb(server) => server.start_again(),
        }
    }
}

pub(super) fn check(test: &str, database: Database) {
    let undisturbed = Outcome::undisturbed(database);
    let server = Server::start(database);
    let mut random = random(test);
    let talk = Talk::of(&World::new(server.place()));
    let (kills, mut middle) = (if is_long() { 50 } else { 2 }, 0);
    let mut boundaries = talk.boundaries();
    for number in 1..=kills {
        let world = World::new(server.place());
        let proxy = Proxy::start(world.port());
        // Every other time at once, the server having just been asked or just about to answer; then somewhere in its work.
        let moment = if number % 2 == 0 {
            random.shuffle(&mut boundaries);
            boundaries[0]
        } else {
            Moment::Byte(random.u64(talk.bytes / 4..talk.bytes))
        };
        let what = format!("server killed at {moment:?} (LIMBECK_SEED={})", super::seed());
        proxy.at(moment, Fault::Freeze);
        let url = world.url_by(proxy.port());
        let mut process = world.start(world.limbeck(&["upgrade", "head"]).env("DATABASE_URL", url));
        process.until(|_| proxy.reached());
        // What stands still at the proxy arrives, so that the server dies at work.
        proxy.thaw();
        thread::sleep(Duration::from_micros(random.u64(..3000)));
        server.kill();
        let status = process.end(LIMIT);
        assert!(
            matches!(status.code(), Some(0 | 1)),
            "{what}: it ended with {status}: {}",
            process.said()
        );
        // It starts while nobody answers yet.
        let mut next = world.start(&mut world.limbeck(&["run", "--wait", "60s"]));
        thread::sleep(Duration::from_millis(random.u64(..300)));
        server.start_again();
        let ended = next.end(LIMIT);
        assert!(ended.success(), "{what}: {}", next.said());
        undisturbed.check(&world, &what);
        middle += usize::from(status.code() == Some(1));
    }
    tell(
        test,
        &format!("{kills} kills, {middle} mid-run, all processes ended, all recovered"),
    );
}
