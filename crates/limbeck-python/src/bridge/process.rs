//! The helper's process.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use serde::Serialize;

use super::message::{Event, Task};

/// The helper's modules, each behind those that it wants.
const MODULES: [(&str, &str); 7] = [
    ("wire", include_str!("wire.py")),
    ("literal", include_str!("literal.py")),
    ("value", include_str!("value.py")),
    ("dbapi", include_str!("dbapi.py")),
    ("dialect", include_str!("dialect.py")),
    ("revision", include_str!("revision.py")),
    ("main", include_str!("main.py")),
];

/// What starts them.
const BOOTSTRAP: &str = include_str!("bootstrap.py");

/// How many of the last lines tell why a process has ended.
const LAST_LINES: usize = 10;

/// How long what a process has written is waited for once it said that it ends: its children may have its streams still.
const GRACE: Duration = Duration::from_millis(200);

/// A helper that is running. It doesn't outlive this.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    to: ChildStdin,
    from: Receiver<Heard>,
    /// How many of its two streams are open.
    open: usize,
    last: Vec<String>,
}

/// What was heard of a process.
#[derive(Debug)]
enum Heard {
    Message(String),
    /// A line where errors go.
    Line(String),
    /// A stream came to its end.
    End,
}

#[derive(Serialize)]
struct First<'a> {
    modules: [(&'static str, &'static str); MODULES.len()],
    task: &'a Task,
}

impl Process {
    /// Starts a helper on a task.
    pub(super) fn start(
        program: &Path,
        environment: &[(String, String)],
        task: &Task,
    ) -> Result<Self, String> {
        let mut command = Command::new(program);
        command
            .args(["-c", BOOTSTRAP])
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .env("PYTHONIOENCODING", "utf-8:backslashreplace")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|error| cant_start(program, &error))?;
        let (sender, from) = sync_channel(64);
        let (to, out, err) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(to), Some(out), Some(err)) = (to, out, err) else {
            return Err(format!("'{}' has no pipes", program.display()));
        };
        listen(out, sender.clone(), Heard::Message);
        listen(err, sender, Heard::Line);
        let mut process = Self {
            child,
            to,
            from,
            open: 2,
            last: Vec::new(),
        };
        let modules = MODULES;
        // One that has ended already tells why when it is heard.
        process.send(&First { modules, task });
        Ok(process)
    }

    /// Sends a line. Whether somebody has read it, the next event tells.
    pub(super) fn send(&mut self, message: &impl Serialize) {
        let Ok(mut line) = serde_json::to_vec(message) else {
            return;
        };
        line.push(b'\n');
        if self.to.write_all(&line).is_ok() {
            let _ = self.to.flush();
        }
    }

    /// Waits for what it says next, for the given time where one is given.
    pub(super) fn next(&mut self, wait: Option<Duration>) -> Event {
        while self.open > 0 {
            match self.hear(wait) {
                Some(Heard::Message(text)) => match serde_json::from_str(&text) {
                    Ok(event) => return event,
                    Err(_) => {
                        return Event::Gone(format!("its word '{}' is not understood", text.trim_end()));
                    }
                },
                Some(Heard::Line(text)) => {
                    self.keep(&text);
                    return Event::Say { text };
                }
                Some(Heard::End) => self.open -= 1,
                None => return Event::Quiet,
            }
        }
        Event::Gone(self.last.join("\n"))
    }

    /// The lines that it has written by now, once its work is done.
    pub(super) fn rest(&mut self) -> Vec<String> {
        let mut lines = Vec::new();
        while self.open > 0 {
            match self.hear(Some(GRACE)) {
                Some(Heard::Line(text)) => lines.push(text),
                Some(Heard::Message(text)) => {
                    if let Ok(Event::Say { text }) = serde_json::from_str(&text) {
                        lines.push(text);
                    }
                }
                Some(Heard::End) => self.open -= 1,
                None => break,
            }
        }
        lines
    }

    fn hear(&mut self, wait: Option<Duration>) -> Option<Heard> {
        let heard = match wait {
            Some(wait) => self.from.recv_timeout(wait),
            None => self.from.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        match heard {
            Ok(heard) => Some(heard),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => Some(Heard::End),
        }
    }

    fn keep(&mut self, line: &str) {
        if self.last.len() == LAST_LINES {
            self.last.remove(0);
        }
        self.last.push(line.to_owned());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn cant_start(program: &Path, error: &std::io::Error) -> String {
    let program = program.display();
    if error.kind() == ErrorKind::NotFound {
        return format!(
            "there is no program '{program}': install Python, or set LIMBECK_PYTHON to the project's Python"
        );
    }
    format!("'{program}' can't be started ({error}): set LIMBECK_PYTHON to the project's Python")
}

/// Reads a stream to its end.
fn listen(stream: impl Read + Send + 'static, sender: SyncSender<Heard>, what: fn(String) -> Heard) {
    thread::spawn(move || {
        let mut stream = BufReader::new(stream);
        let mut line = Vec::new();
        while stream.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
            let text = String::from_utf8_lossy(&line).trim_end().to_owned();
            line.clear();
            if sender.send(what(text)).is_err() {
                return;
            }
        }
        let _ = sender.send(Heard::End);
    });
}
