//! Leases: their holders are killed, stopped and started again, and have clocks that are wrong.

use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use limbeck_testing::{Cut, Fault, Moment, Proxy};

use super::outcome::{Outcome, Reached, reached};
use super::process::Process;
use super::talk::Talk;
use super::world::{Place, World};
use super::{is_long, random, tell};
use crate::session::Database;

/// How long a lease lasts here without a heartbeat.
const LEASE: Duration = Duration::from_secs(2);

/// How long a run may go on, beside what it waits for.
const LIMIT: Duration = Duration::from_secs(30);

fn world(database: Database) -> World {
    let world = World::new(Place::shared(database));
    world.configure("[run]\nlock = \"lease\"\nlease = \"2s\"\nlock_wait = \"8s\"\n");
    world
}

/// Starts a run that comes to a stand at a moment.
fn stand(world: &World, moment: Moment) -> (Proxy, Process) {
    let proxy = Proxy::start(world.port());
    proxy.at(moment, Fault::Freeze);
    let url = world.url_by(proxy.port());
    let mut process = world.start(world.limbeck(&["upgrade", "head"]).env("DATABASE_URL", url));
    process.until(|_| proxy.reached());
    (proxy, process)
}

/// Kills holders: the next run has the lease as soon as it is over.
pub(super) fn killed(test: &str, database: Database) {
    let undisturbed = Outcome::of(&world(database));
    let mut random = random(test);
    let mut moments = Talk::of(&world(database)).boundaries();
    random.shuffle(&mut moments);
    let (mut kills, mut waits) = (0, 0);
    for moment in moments.into_iter().take(if is_long() { 50 } else { 3 }) {
        let what = format!(
            "the holder is killed at {moment:?} (LIMBECK_SEED={})",
            super::seed()
        );
        let world = world(database);
        let (proxy, mut process) = stand(&world, moment);
        process.kill();
        proxy.cut(Cut::Reset);
        kills += usize::from(proxy.reached());
        let start = Instant::now();
        undisturbed.check_after_rest(&world, &what);
        let elapsed = start.elapsed();
        assert!(
            elapsed < LEASE + Duration::from_secs(5),
            "{what}: the next run took {elapsed:?}"
        );
        waits += usize::from(elapsed > LEASE / 2);
    }
    tell(
        test,
        &format!("{kills} holders killed, {waits} waits for the end of a lease, all recovered"),
    );
}

/// Stops holders until somebody else has the lease, and lets them go on. What they have under way by then is on the network,
/// every other time, and arrives too late.
pub(super) fn stopped(test: &str, database: Database) {
    let undisturbed = Outcome::of(&world(database));
    let mut random = random(test);
    let talk = Talk::of(&world(database));
    let mut moments = talk.boundaries();
    random.shuffle(&mut moments);
    let (wanted, mut taken, mut kept) = (if is_long() { 30 } else { 2 }, 0, 0);
    for moment in moments {
        if taken >= wanted {
            break;
        }
        let late = random.bool() && !talk.is_unfenced(moment);
        let what = format!(
            "the holder is stopped at {moment:?}, late: {late} (LIMBECK_SEED={})",
            super::seed()
        );
        let world = world(database);
        let (proxy, mut process) = stand(&world, moment);
        if process.has_ended() {
            continue;
        }
        process.signal("STOP");
        if !late {
            proxy.thaw();
        }
        let before = reached(&world);
        let mut next = world.start(&mut world.limbeck(&["upgrade", "head"]));
        let took_over = next.end(LIMIT).success();
        proxy.thaw();
        process.signal("CONT");
        let status = process.end(LIMIT);
        let said = format!("{}\n{}", process.said(), next.said());
        if took_over {
            // One that had not begun has nothing left to do.
            let expected = if before == Reached::Middle {
                Some(1)
            } else {
                status.code()
            };
            assert_eq!(status.code(), expected, "{what}: {said}");
            undisturbed.check(&world, &what);
            taken += usize::from(before == Reached::Middle);
        } else {
            // Its transaction was open on the server, so that nobody could take the lease, and is committed now.
            assert!(status.success(), "{what}: {said}");
            kept += 1;
        }
        undisturbed.check_after_rest(&world, &what);
    }
    tell(
        test,
        &format!(
            "{taken} holders overtaken while they stood still, {kept} kept the lease, each revision once"
        ),
    );
}

/// Runs together with clocks that are an hour ahead and an hour behind.
pub(super) fn clocks(test: &str, database: Database) {
    assert!(
        clock("+1h") > clock("-1h") + Duration::from_secs(7000),
        "the clocks are the same"
    );
    let undisturbed = Outcome::of(&world(database));
    let rounds = if is_long() { 20 } else { 2 };
    for round in 1..=rounds {
        let world = world(database);
        let mut runs = Vec::new();
        for clock in ["+1h", "-1h", "+0"].repeat(3) {
            let mut command = world.limbeck(&["run"]);
            runs.push(world.start(with_clock(&mut command, clock)));
            thread::sleep(Duration::from_millis(10));
        }
        for run in &mut runs {
            let status = run.end(LIMIT);
            assert!(status.success(), "round {round}: {}", run.said());
        }
        undisturbed.check(&world, &format!("round {round}"));
    }
    tell(
        test,
        &format!("9 processes with three clocks, {rounds} rounds, each revision once, all ended well"),
    );
}

fn with_clock<'a>(command: &'a mut Command, clock: &str) -> &'a mut Command {
    command
        .env("LD_PRELOAD", limbeck_testing::faketime())
        .env("FAKETIME", clock)
        // A wrong clock leaves it as it is, and libfaketime loses its way with it.
        .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
}

/// What the time is to a program with a clock.
fn clock(clock: &str) -> Duration {
    let output = with_clock(Command::new("date").arg("+%s"), clock).output();
    let text = String::from_utf8(output.expect("every system has it").stdout).expect("it is a number");
    Duration::from_secs(text.trim().parse().expect("it is a number"))
}
