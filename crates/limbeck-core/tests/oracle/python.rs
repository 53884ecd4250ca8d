//! One Python process with genuine Alembic in a virtual environment of its own.

use std::io::BufRead;
use std::io::BufReader;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::ChildStdin;
use std::process::ChildStdout;
use std::process::Command;
use std::process::Stdio;

use serde_json::Value;

const ALEMBIC: &str = "alembic==1.20.1";

pub(super) struct Python {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Python {
    /// Starts the process, installing Alembic first if no earlier run did.
    pub(super) fn start() -> Self {
        let python = environment();
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

/// Returns the interpreter of an environment with Alembic in it.
///
/// There is no way round it when Python is missing: a comparison that is left out would look like one that holds.
fn environment() -> PathBuf {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("oracle");
    let python = home.join("bin").join("python");
    let done = home.join(ALEMBIC);
    if !done.exists() {
        run(Command::new("python3")
            .arg("-m")
            .arg("venv")
            .arg("--clear")
            .arg(&home));
        run(Command::new(&python).args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            ALEMBIC,
        ]));
        std::fs::write(&done, "").expect("the target directory can be written");
    }
    python
}

fn run(command: &mut Command) {
    let hint =
        "the comparison with Alembic needs python3 (3.10 or newer) with venv, and pip with a package index";
    match command.output() {
        Ok(output) if output.status.success() => {}
        Ok(output) => panic!(
            "{hint}: {command:?} failed\n{}",
            String::from_utf8_lossy(&output.stderr)
        ),
        Err(error) => panic!("{hint}: {command:?} did not start: {error}"),
    }
}
