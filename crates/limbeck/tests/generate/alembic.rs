//! What genuine Alembic would write for the cases in `generate/alembic`. They claim what it does, so it is asked.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Mutex;

use limbeck::{CompareOptions, Migrator, SchemaSource};
use serde_json::{Value, json};

use super::case::Case;
use super::{judge, laws};
use crate::cases::{Database, World};

/// A process that answers one case after the other: to start Python and SQLAlchemy takes longer than all of them.
pub(super) struct Alembic(Mutex<Process>);

struct Process {
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Alembic {
    pub(super) fn start() -> Self {
        let programs = limbeck_testing::alembic(Path::new(env!("CARGO_TARGET_TMPDIR")));
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/generate/alembic/compare.py");
        let mut child = Command::new(programs.join("python"))
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Python can be started");
        let questions = child.stdin.take().expect("it is piped");
        let answers = BufReader::new(child.stdout.take().expect("it is piped"));
        Self(Mutex::new(Process {
            child,
            questions,
            answers,
        }))
    }

    /// What Alembic would write, a line each. The models that it is given must say what the case's do.
    pub(super) fn try_on(&self, database: Database, case: &Case) -> Result<String, String> {
        let [from, to, made] = [(); 3].map(|()| World::new(database));
        for (world, name) in [(&from, "from"), (&to, "to")] {
            laws::run(world.connect().as_mut(), database, case.section(name, database))?;
        }
        let answer = self.ask(&json!({
            "from": from.url,
            "to": to.url,
            "made": made.url,
            "models": case.section("models", database),
        }))?;
        let told = "Alembic is given other models, so tell them in '=== models'";
        laws::same(told, &judge::schema(&to), &judge::schema(&made), "")?;
        // SQLite's pragmas don't tell checks and collations.
        let [to, made] = [&to, &made].map(|world| SchemaSource::Database(world.url.clone()));
        let differences = Migrator::new("nowhere")
            .compare(&made, &to, &CompareOptions::default())
            .map_err(|error| error.to_string())?;
        if let Some(difference) = differences.first() {
            return Err(format!("{told}: {difference}"));
        }
        let lines: Vec<String> = serde_json::from_value(answer).map_err(|error| error.to_string())?;
        Ok(lines.join("\n") + "\n")
    }

    fn ask(&self, question: &Value) -> Result<Value, String> {
        let mut process = self
            .0
            .lock()
            .map_err(|_| "Alembic has failed at another case".to_owned())?;
        let failed = |error: std::io::Error| format!("Alembic's process has ended: {error}");
        writeln!(process.questions, "{question}").map_err(failed)?;
        let mut answer = String::new();
        process.answers.read_line(&mut answer).map_err(failed)?;
        serde_json::from_str(&answer)
            .map_err(|_| format!("Alembic's process has ended over it, and says why: {question}"))
    }
}

impl Drop for Alembic {
    fn drop(&mut self) {
        if let Ok(process) = self.0.get_mut() {
            drop(process.child.kill());
            drop(process.child.wait());
        }
    }
}
