//! Runs a database's own programs.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::{BackupError, Progress};

/// A program, and where Debian has it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tool {
    pub(super) program: &'static str,
    pub(super) package: &'static str,
}

impl Tool {
    /// What it says of its version.
    pub(super) fn version(self) -> Result<String, BackupError> {
        let mut command = self.command();
        let output = command
            .arg("--version")
            .stdin(Stdio::null())
            .output()
            .map_err(|error| self.not_started(error))?;
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// A command that says in English what is wrong.
    pub(super) fn command(self) -> Command {
        let mut command = Command::new(self.program);
        command.env("LC_ALL", "C");
        command
    }

    pub(super) fn start(self, command: &mut Command) -> Result<Running, BackupError> {
        let mut child = command
            .stderr(Stdio::piped())
            // Ctrl-C at the terminal is for limbeck to heed: it knows what may be cut off, and when.
            .process_group(0)
            .spawn()
            .map_err(|error| self.not_started(error))?;
        let said = child.stderr.take().map(listen);
        Ok(Running {
            tool: self,
            child,
            said,
        })
    }

    fn not_started(self, error: io::Error) -> BackupError {
        let Self { program, package } = self;
        if error.kind() == io::ErrorKind::NotFound {
            return BackupError::NoTool { program, package };
        }
        BackupError::Tool {
            program,
            message: error.to_string(),
        }
    }
}

/// A program that runs; it is killed when this is dropped.
pub(super) struct Running {
    tool: Tool,
    pub(super) child: Child,
    said: Option<JoinHandle<String>>,
}

impl Running {
    /// Waits for its end.
    ///
    /// # Errors
    /// [`BackupError::Tool`] with what it said, unless it ended well.
    pub(super) fn finish(self) -> Result<(), BackupError> {
        self.finish_while(|| true)
    }

    /// Waits for its end, and tells meanwhile how large `file` is.
    ///
    /// # Errors
    /// As [`Running::finish`]; [`BackupError::Stopped`] when `progress` does not want to go on.
    pub(super) fn finish_writing(self, file: &Path, progress: &mut Progress<'_>) -> Result<(), BackupError> {
        let size = || file.metadata().map_or(0, |data| data.len());
        self.finish_while(|| progress(size(), None))
    }

    /// Waits for its end, as long as that is wanted.
    pub(super) fn finish_while(mut self, mut goes_on: impl FnMut() -> bool) -> Result<(), BackupError> {
        const LONGEST_PAUSE: Duration = Duration::from_millis(200);
        let mut pause = Duration::from_millis(5);
        loop {
            if let Some(status) = self.child.try_wait().map_err(|error| self.lost(&error))? {
                return self.judge(status);
            }
            if !goes_on() {
                return Err(BackupError::Stopped);
            }
            thread::sleep(pause);
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    fn lost(&self, error: &io::Error) -> BackupError {
        BackupError::Tool {
            program: self.tool.program,
            message: error.to_string(),
        }
    }

    fn judge(&mut self, status: ExitStatus) -> Result<(), BackupError> {
        let said = self.said.take().and_then(|thread| thread.join().ok());
        if status.success() {
            return Ok(());
        }
        let said = said.unwrap_or_default();
        let message = match said.trim() {
            "" => status.to_string(),
            said => said.to_owned(),
        };
        Err(BackupError::Tool {
            program: self.tool.program,
            message,
        })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It has ended, unless something else went wrong meanwhile.
        if let Ok(None) = self.child.try_wait() {
            drop(self.child.kill());
            drop(self.child.wait());
        }
    }
}

/// Reads what a program says while it runs: it would stop at a full pipe.
fn listen(mut stream: ChildStderr) -> JoinHandle<String> {
    /// Some programs say the same for every row.
    const ENOUGH: usize = 4096;
    thread::spawn(move || {
        let (mut said, mut buffer) = (Vec::new(), [0; 1024]);
        while let Ok(count @ 1..) = stream.read(&mut buffer) {
            said.extend_from_slice(&buffer[..count.min(ENOUGH.saturating_sub(said.len()))]);
        }
        String::from_utf8_lossy(&said).into_owned()
    })
}

/// Opens the file that a program is to write to.
pub(super) fn output(path: &Path) -> Result<File, BackupError> {
    File::options()
        .write(true)
        .open(path)
        .map_err(|source| BackupError::File {
            doing: "write",
            path: path.to_owned(),
            source,
        })
}

/// How programs say that the disk is full, or that a file may not grow any more (`ulimit -f`).
const NO_ROOM: [&str; 6] = [
    "No space left on device",
    "errno 28",
    "Errcode: 28",
    "File too large",
    "errno 27",
    "Errcode: 27",
];

/// The error that a program's words mean.
pub(super) fn with_full_disk(error: BackupError, file: &Path) -> BackupError {
    match &error {
        BackupError::Tool { message, .. } if NO_ROOM.iter().any(|words| message.contains(words)) => {
            BackupError::Full {
                path: file.parent().unwrap_or(Path::new("")).to_owned(),
            }
        }
        _ => error,
    }
}

/// The first number of a version.
pub(super) fn major(version: &str) -> Option<u32> {
    let end = version
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(version.len());
    version[..end].parse().ok()
}
