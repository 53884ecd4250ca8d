//! Processes that are asked to end, by SIGTERM and SIGINT.

use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;
use std::thread;
use std::time::{Duration, Instant};

use super::outcome::{Outcome, running};
use super::slow::Slow;
use super::world::{Place, World};
use super::{is_long, random, tell};
use crate::session::Database;

/// How long a process may go on that was asked to end: half of the time that an orchestrator gives it before it kills.
const LIMIT: Duration = Duration::from_secs(5);

/// The signals, and what a shell says of a program that they ended.
const SIGNALS: [(&str, i32); 2] = [("TERM", 143), ("INT", 130)];

pub(super) fn check(test: &str, database: Database) {
    let kinds = Slow::kinds(database);
    for &slow in kinds {
        for (signal, code) in SIGNALS {
            at_a_slow_statement(database, slow, signal, code);
        }
    }
    let ended = at_random(test, database);
    tell(
        test,
        &format!(
            "{} signals at a slow statement, {ended} at random moments, all ended in time, all recovered",
            kinds.len() * SIGNALS.len()
        ),
    );
}

fn at_a_slow_statement(database: Database, slow: Slow, signal: &str, code: i32) {
    let what = format!("{signal} at {slow:?}");
    let undisturbed = slow.undisturbed(database);
    let world = slow.world(database);
    let held = slow.hold(&world);
    slow.append(&world, 60);
    let mut process = world.start(&mut world.limbeck(&["upgrade", "head"]));
    let started = process.until(|process| match database {
        Database::Sqlite => process.said().contains("-> 009"),
        _ => slow.is_running(&world),
    });
    assert!(started, "{what}: {}", process.said());
    process.signal(signal);
    let status = process.end(LIMIT);
    assert_eq!(ended(status), Some(code), "{what}: {status}: {}", process.said());
    let start = Instant::now();
    while slow.is_running(&world) {
        assert!(start.elapsed() < LIMIT, "{what}: the server goes on with it");
        thread::sleep(Duration::from_millis(10));
    }
    drop(held);
    assert_eq!(running(&world), 0, "{what}: the journal takes it for running");
    slow.append(&world, 0);
    undisturbed.check_after_rest(&world, &what);
}

/// Ends runs of the history at random moments; tells how many did not end by themselves before.
fn at_random(test: &str, database: Database) -> usize {
    let undisturbed = Outcome::undisturbed(database);
    let mut random = random(test);
    let mut count = 0;
    for _ in 0..if is_long() { 100 } else { 2 } {
        let world = World::new(Place::shared(database));
        let mut process = world.start(&mut world.limbeck(&["upgrade", "head"]));
        let after = Duration::from_micros(random.u64(..400_000));
        let (signal, code) = SIGNALS[random.usize(..SIGNALS.len())];
        let what = format!("{signal} after {after:?} (LIMBECK_SEED={})", super::seed());
        thread::sleep(after);
        if !process.has_ended() {
            process.signal(signal);
        }
        let status = process.end(LIMIT);
        assert!(
            matches!(ended(status), Some(0)) || ended(status) == Some(code),
            "{what}: {status}: {}",
            process.said()
        );
        count += usize::from(ended(status) == Some(code));
        undisturbed.check_after_rest(&world, &what);
    }
    count
}

/// The exit code as a shell has it.
fn ended(status: ExitStatus) -> Option<i32> {
    status.code().or(status.signal().map(|signal| 128 + signal))
}
