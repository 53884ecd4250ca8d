//! Faults: processes that are killed, servers that die, networks that break, and many runs at once. Whatever happened, the
//! next run ends as one that nothing disturbed.
//!
//! The tests take a few of the moments at which each fault can come; with `LIMBECK_LONG` they take all, or hundreds.
//! `LIMBECK_SEED` repeats the choice of an earlier run. Each test tells what it did.

mod lease;
mod network;
mod outcome;
mod process;
mod servers;
mod sigkill;
mod signals;
mod slow;
mod syscalls;
mod talk;
mod together;
mod world;

use std::io::Write as _;
use std::sync::OnceLock;

use fastrand::Rng;
use libtest_mimic::Trial;

use crate::session::Database;

/// One kind of fault on one database.
type Test = fn(&str, Database);

const ALL: [Database; 3] = [Database::Sqlite, Database::Postgresql, Database::Mariadb];
const SERVERS: [Database; 2] = [Database::Postgresql, Database::Mariadb];

pub(crate) fn trials() -> Vec<Trial> {
    let tests: [(&str, &[Database], Test); 10] = [
        ("together", &ALL, together::directly),
        (
            "together through pgbouncer",
            &[Database::Postgresql],
            together::pooled,
        ),
        ("sigkill", &ALL, sigkill::check),
        ("sigkill at work", &SERVERS, sigkill::at_work),
        ("signals", &ALL, signals::check),
        ("network", &SERVERS, network::check),
        ("server killed", &SERVERS, servers::check),
        ("holder killed", &SERVERS, lease::killed),
        ("holder stopped", &SERVERS, lease::stopped),
        ("clocks", &SERVERS, lease::clocks),
    ];
    let mut trials = Vec::new();
    for (name, databases, test) in tests {
        for &database in databases {
            let name = format!("faults/{name}::{database:?}").to_lowercase();
            trials.push(Trial::test(name.clone(), move || {
                test(&name, database);
                Ok(())
            }));
        }
    }
    trials
}

/// Whether all is to be tried.
fn is_long() -> bool {
    std::env::var_os("LIMBECK_LONG").is_some()
}

/// The seed of this run.
fn seed() -> u64 {
    static SEED: OnceLock<u64> = OnceLock::new();
    *SEED.get_or_init(|| match std::env::var("LIMBECK_SEED") {
        Ok(seed) => seed.parse().expect("LIMBECK_SEED is a number"),
        Err(_) => fastrand::u64(..1_000_000),
    })
}

/// A test's own random numbers, which do not depend on what other tests draw.
fn random(test: &str) -> Rng {
    let name = test.bytes().fold(0_u64, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(u64::from(byte))
    });
    Rng::with_seed(seed() ^ name)
}

/// Tells what a test did.
fn tell(test: &str, done: &str) {
    let line = format!("{test}: {done} (LIMBECK_SEED={})\n", seed());
    // That nobody reads it is no failure.
    let _ = std::io::stderr().write_all(line.as_bytes());
}
