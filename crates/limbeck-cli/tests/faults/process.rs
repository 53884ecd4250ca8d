//! A process that is watched.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// A running program. What it says goes to a file, so that it never waits for a reader.
pub(super) struct Process {
    child: Child,
    said: PathBuf,
}

impl Process {
    pub(super) fn start(command: &mut Command, said: PathBuf) -> Self {
        let output = File::create(&said).expect("there is room");
        let errors = output.try_clone().expect("a file can be had twice");
        let child = command
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(errors)
            .spawn()
            .expect("the program is built");
        Self { child, said }
    }

    /// What it said until now.
    pub(super) fn said(&self) -> String {
        fs::read_to_string(&self.said).expect("the program writes text")
    }

    pub(super) fn has_ended(&mut self) -> bool {
        self.child.try_wait().expect("it is a child").is_some()
    }

    /// Waits for something, or for the end of the process; tells whether it was the former.
    pub(super) fn until(&mut self, mut come: impl FnMut(&Self) -> bool) -> bool {
        let start = Instant::now();
        loop {
            if come(self) {
                return true;
            }
            if self.has_ended() {
                return come(self);
            }
            assert!(
                start.elapsed() < Duration::from_secs(60),
                "neither the awaited nor the end came within a minute: {}",
                self.said()
            );
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// Waits for the end.
    ///
    /// # Panics
    /// Panics when it does not come within the limit.
    pub(super) fn end(&mut self, limit: Duration) -> ExitStatus {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("it is a child") {
                return status;
            }
            if start.elapsed() > limit {
                self.kill();
                panic!("the process did not end within {limit:?}: {}", self.said());
            }
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// Sends it a signal: `TERM`, `INT`, `STOP`, `CONT`.
    pub(super) fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let status = Command::new("kill").args(["-s", name, &id]).status();
        assert!(
            status.is_ok_and(|status| status.success()),
            "{name} can't be sent: {}",
            self.said()
        );
    }

    /// Ends it by SIGKILL.
    pub(super) fn kill(&mut self) {
        self.child.kill().expect("it is a child");
        self.child.wait().expect("it is a child");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // A test that fails must not leave it behind.
        if self.child.kill().is_ok() {
            drop(self.child.wait());
        }
    }
}
