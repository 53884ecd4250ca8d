//! A process on SQLite changes files, and between two changes the files are as they are: killing it before each of them
//! shows every state in which a killed process can leave them.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use super::world::World;

/// A library that is loaded into a process before others.
pub(super) struct Syscalls {
    library: PathBuf,
}

impl Syscalls {
    /// Compiles it.
    pub(super) fn compiled() -> &'static Self {
        static COMPILED: OnceLock<Syscalls> = OnceLock::new();
        COMPILED.get_or_init(|| {
            let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults/syscalls.c");
            let library = Path::new(env!("CARGO_TARGET_TMPDIR")).join("syscalls.so");
            let status = Command::new("gcc")
                .args(["-shared", "-fPIC", "-O1", "-o"])
                .args([&library, &source])
                .status();
            let compiled = status.expect("the tests need gcc: install it with `apt-get install gcc`");
            assert!(compiled.success(), "gcc says why");
            Self { library }
        })
    }

    /// How many calls an undisturbed run makes that change files, and how long it takes.
    pub(super) fn count(&self, world: &World) -> (usize, Duration) {
        let counted = world.path("calls");
        let mut command = world.limbeck(&["upgrade", "head"]);
        command
            .env("LD_PRELOAD", &self.library)
            .env("LIMBECK_COUNT_CALLS", &counted);
        let start = Instant::now();
        let mut process = world.start(&mut command);
        let status = process.end(Duration::from_secs(60));
        assert!(status.success(), "{}", process.said());
        let elapsed = start.elapsed();
        let count = std::fs::read_to_string(counted).expect("the library is loaded");
        (count.trim().parse().expect("it is a number"), elapsed)
    }

    /// Has the process killed before its call of this number.
    pub(super) fn kill_at<'a>(&self, number: usize, command: &'a mut Command) -> &'a mut Command {
        command
            .env("LD_PRELOAD", &self.library)
            .env("LIMBECK_KILL_AT_CALL", number.to_string())
    }
}
