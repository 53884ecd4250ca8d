//! One Python process with genuine Alembic in a virtual environment of its own.

use std::io::BufRead;
use std::io::BufReader;
use std::io::Write;
use std::path::Path;
use std::process::Child;
use std::process::ChildStdin;
use std::process::ChildStdout;
use std::process::Command;
use std::process::Stdio;

use limbeck_testing::alembic;
use serde_json::Value;

pub(super) struct Python {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Python {
    /// Starts the process, installing Alembic first if no earlier run did.
    pub(super) fn start() -> Self {
        let python = alembic(Path::new(env!("CARGO_TARGET_TMPDIR"))).join("python");
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracle/oracle.py");
        let mut child = Command::new(python)
            .arg(script)
            .env("PYTHONHASHSEED", "0")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the interpreter of the environment starts");
        let input = child.stdin.take().expect("it was piped");
        let output = BufReader::new(child.stdout.take().expect("it was piped"));
        Self { child, input, output }
    }

    pub(super) fn ask(&mut self, request: &Value) -> Value {
        writeln!(self.input, "{request}").expect("the oracle reads");
        let mut line = String::new();
        self.output
            .read_line(&mut line)
            .expect("the oracle answers in UTF-8");
        serde_json::from_str(&line).unwrap_or_else(|e| panic!("the oracle died on {request}: {e}"))
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
