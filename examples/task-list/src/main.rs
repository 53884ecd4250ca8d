//! A program with all of limbeck's commands: its revisions and its models are in it, so that it needs neither the directory of the
//! revisions nor a limbeck.toml.
//!
//! ```text
//! DATABASE_URL=sqlite:///tasks.db task-list upgrade head
//! DATABASE_URL=sqlite:///tasks.db task-list check
//! ```

use std::process::ExitCode;

/// Something that is to be done.
#[derive(limbeck::Table)]
#[table(name = "tasks", index(done, due))]
#[expect(
    dead_code,
    reason = "the example only migrates; a service reads and writes these"
)]
struct Task {
    #[column(primary_key, identity)]
    id: i64,
    #[column(length = 200)]
    title: String,
    #[column(default = false)]
    done: bool,
    due: Option<jiff::Timestamp>,
}

fn main() -> ExitCode {
    limbeck_cli::main_with(limbeck::embed!("migrations"), limbeck::tables![Task])
}
