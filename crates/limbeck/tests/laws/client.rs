//! The databases' own clients: they read scripts as they stand, and say what a catalog holds.

use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::cases::{Database, World};

/// Gives a script to the database's own client.
pub(super) fn feed(world: &World, script: &str) -> Result<(), String> {
    let mut command = match world.database {
        Database::Sqlite => {
            let mut command = Command::new("sqlite3");
            command
                .args(["-init", "/dev/null", "-batch"])
                .arg(world.path("app.db"));
            command
        }
        Database::Postgresql => {
            let mut command = Command::new("psql");
            command.args(["-X", "-q", "-f", "-", &world.url]);
            command
        }
        Database::Mariadb => {
            let rest = world.url.split_once('@').expect("the URL names a user").1;
            let (host, rest) = rest.split_once(':').expect("the URL names a port");
            let (port, name) = rest.split_once('/').expect("the URL names a database");
            let mut command = Command::new("mariadb");
            command.args([
                "--no-defaults",
                // Without it the client leaves out the comments in routines' bodies.
                "--comments",
                "--protocol=tcp",
                "--user=limbeck",
                "--host",
                host,
                "--port",
                port,
                name,
            ]);
            command
        }
    };
    // A terminal's encoding must not matter.
    command
        .env("LC_ALL", "C")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command
        .spawn()
        .map_err(|error| format!("can't start the client {command:?}: {error}"))?;
    let mut input = child.stdin.take().expect("it was asked for");
    let script = script.to_owned();
    // On a thread of its own: a client that writes much before it has read all would wait for ever.
    let writer = std::thread::spawn(move || drop(input.write_all(script.as_bytes())));
    let output = child.wait_with_output().map_err(|error| error.to_string())?;
    drop(writer.join());
    if output.status.success() {
        return Ok(());
    }
    Err(format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    ))
}

/// The catalog, without the name that differs from database to database.
pub(super) fn catalog(world: &World) -> String {
    limbeck_testing::dump_schema(&world.url)
}
