//! Processes that are killed: at every boundary between statements, and at random moments.

use std::thread;
use std::time::Duration;

use limbeck_testing::{Cut, Fault, Moment, Proxy};

use super::outcome::{Outcome, Reached, reached};
use super::slow::Slow;
use super::syscalls::Syscalls;
use super::talk::Talk;
use super::world::{Place, World};
use super::{is_long, random, tell};
use crate::session::Database;

/// When a process is killed.
#[derive(Debug, Clone, Copy)]
enum Point {
    /// At a moment of what it says to the server, and the server to it.
    Talk(Moment),
    /// Before its call of this number that changes a file.
    Call(usize),
    /// After a while.
    Time(Duration),
}

/// Kills processes whose statement goes on at the server: the next run must neither stumble over it nor overtake it.
pub(super) fn at_work(test: &str, database: Database) {
    let kinds = Slow::kinds(database);
    for &slow in kinds {
        let undisturbed = slow.undisturbed(database);
        let world = slow.world(database);
        let held = slow.hold(&world);
        slow.append(&world, 3);
        let mut process = world.start(&mut world.limbeck(&["upgrade", "head"]));
        assert!(process.until(|_| slow.is_running(&world)), "{}", process.said());
        process.kill();
        let release = thread::spawn(move || {
            thread::sleep(Duration::from_secs(2));
            drop(held);
        });
        undisturbed.check_after_rest(&world, &format!("{slow:?} goes on behind a killed process"));
        release.join().expect("it only waits");
    }
    tell(test, &format!("{} kills, all recovered", kinds.len()));
}

pub(super) fn check(test: &str, database: Database) {
    let undisturbed = Outcome::undisturbed(database);
    let mut random = random(test);
    let (mut boundaries, first, longest) = boundaries(database);
    if !is_long() {
        random.shuffle(&mut boundaries);
        boundaries.truncate(9 - first.len());
        boundaries.extend(first);
    }
    let longest = u64::try_from(longest.as_micros()).expect("a run is short");
    // Behind the boundaries come random moments. Some of them are too late.
    let wanted = if is_long() {
        300.max(boundaries.len() + 50)
    } else {
        12
    };
    let mut points = boundaries.into_iter();
    let (mut kills, mut middle) = (0, 0);
    while kills < wanted {
        let point = points
            .next()
            .unwrap_or_else(|| Point::Time(Duration::from_micros(random.u64(..longest))));
        let what = format!("killed at {point:?} (LIMBECK_SEED={})", super::seed());
        let world = World::new(Place::shared(database));
        // What a killed process had on SQLite is waited for.
        world.configure("[run]\nlease = \"1s\"\n");
        kills += usize::from(run_killed(&world, point));
        middle += usize::from(reached(&world) == Reached::Middle);
        undisturbed.check_after_rest(&world, &what);
    }
    tell(test, &format!("{kills} kills, {middle} mid-run, all recovered"));
}

/// The boundaries of an undisturbed run, those that matter most, and how long it takes.
fn boundaries(database: Database) -> (Vec<Point>, Vec<Point>, Duration) {
    let world = World::new(Place::shared(database));
    if database == Database::Sqlite {
        let (count, elapsed) = Syscalls::compiled().count(&world);
        return ((1..=count).map(Point::Call).collect(), Vec::new(), elapsed);
    }
    let talk = Talk::of(&world);
    let points = |moments: Vec<Moment>| moments.into_iter().map(Point::Talk).collect();
    // What commits, before the server has seen it and after it has done it.
    let mut first = talk.boundaries_with("CREATE UNIQUE INDEX");
    first.extend(talk.boundaries_with("COMMIT").into_iter().rev().take(2));
    (points(talk.boundaries()), points(first), talk.elapsed)
}

/// Runs a process that is killed; tells whether it was before it ended by itself.
fn run_killed(world: &World, point: Point) -> bool {
    let mut command = world.limbeck(&["upgrade", "head"]);
    match point {
        Point::Talk(moment) => {
            let proxy = Proxy::start(world.port());
            proxy.at(moment, Fault::Freeze);
            let mut process = world.start(command.env("DATABASE_URL", world.url_by(proxy.port())));
            let killed = process.until(|_| proxy.reached());
            process.kill();
            // What a dead process has sent may still arrive, what it was sent goes nowhere.
            proxy.cut(Cut::Reset);
            killed
        }
        Point::Call(number) => {
            let mut process = world.start(Syscalls::compiled().kill_at(number, &mut command));
            process.end(Duration::from_secs(60)).code().is_none()
        }
        Point::Time(after) => {
            let mut process = world.start(&mut command);
            thread::sleep(after);
            let killed = !process.has_ended();
            process.kill();
            killed
        }
    }
}
