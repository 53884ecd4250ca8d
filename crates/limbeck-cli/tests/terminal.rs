//! What a terminal shows: limbeck runs in one, and an emulator reads along.

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use libtest_mimic::Failed;
use limbeck_testing::Postgres;

const USERS: &str = "CREATE TABLE users (id INTEGER);
INSERT INTO users SELECT generate_series(1, 2000);
CREATE FUNCTION slow(id INTEGER) RETURNS INTEGER IMMUTABLE LANGUAGE plpgsql AS
$$ BEGIN PERFORM pg_sleep(0.001); RETURN id; END $$;
DO $$ BEGIN PERFORM pg_sleep(0.5); RAISE NOTICE 'so far'; END $$;";
const INDEX: &str = "CREATE INDEX users_slow ON users (slow(id));";

/// Runs a command in a terminal, and gives what was to be seen there: each screen, the last one last.
fn screens(command: &str, revisions: &[(&str, &str)]) -> Result<Vec<String>, Failed> {
    screens_with(command, revisions, "")
}

/// As [`screens`], with somebody who types.
fn screens_with(command: &str, revisions: &[(&str, &str)], typed: &str) -> Result<Vec<String>, Failed> {
    let database = Postgres::shared().fresh_database();
    let directory = tempfile::tempdir()?;
    let migrations = directory.path().join("migrations");
    fs::create_dir(&migrations)?;
    for (name, text) in revisions {
        fs::write(migrations.join(name), text)?;
    }
    let bin = Path::new(env!("CARGO_BIN_EXE_limbeck"))
        .parent()
        .ok_or("no directory")?;
    let mut script = Command::new("script")
        .args(["-qec", &format!("stty rows 24 cols 80; {command}"), "/dev/null"])
        .current_dir(directory.path())
        .env_clear()
        .env("PATH", format!("{}:/usr/bin:/bin", bin.display()))
        .env("DATABASE_URL", &database.url)
        .env("TERM", "xterm")
        // Held open: at its end 'script' would end what runs in the terminal.
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut input = script.stdin.take().ok_or("it is a pipe")?;
    input.write_all(typed.as_bytes())?;
    let mut output = script.stdout.take().ok_or("it is a pipe")?;
    let mut terminal = vt100::Parser::default();
    let (mut screens, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        let length = output.read(&mut buffer)?;
        if length == 0 {
            script.wait()?;
            return Ok(screens);
        }
        terminal.process(&buffer[..length]);
        screens.push(terminal.screen().contents());
    }
}

/// The last screen, without times.
fn last(screens: &[String]) -> String {
    let text = screens.last().map(String::as_str).unwrap_or_default();
    let times = regex::Regex::new(r"\d+ ms|\d+\.\d s").expect("the pattern is right");
    times.replace_all(text.trim_end(), "N").into_owned()
}

fn seen(screens: &[String], pattern: &str) -> Result<(), Failed> {
    let pattern = regex::Regex::new(pattern)?;
    if screens.iter().any(|screen| pattern.is_match(screen)) {
        return Ok(());
    }
    Err(format!("{pattern} was not to be seen: {screens:#?}").into())
}

fn same(found: &str, expected: &str) -> Result<(), Failed> {
    if found == expected {
        return Ok(());
    }
    Err(format!("--- expected\n{expected}\n--- found\n{found}").into())
}

pub(crate) fn shows_a_bar() -> Result<(), Failed> {
    let revisions = [("001_users.sql", USERS), ("002_index.sql", INDEX)];
    let screens = screens("limbeck upgrade head", &revisions)?;
    seen(&screens, r"\n\[1/2\] 001 users  00:00:00")?;
    seen(
        &screens,
        r"\n\[2/2\] 002 index  00:00:01  building index: scanning table, \d+ %",
    )?;
    let expected = "Running upgrade  -> 001, users\n  001: notice: so far\nRunning upgrade 001 -> 002, index\n  took N\n\
                    Now at 002: 2 steps in N.";
    same(&last(&screens), expected)
}

pub(crate) fn leaves_no_bar_behind_a_failure() -> Result<(), Failed> {
    let fails = "SELECT pg_sleep(0.5);\nSELECT * FROM nothing;";
    let screens = screens("limbeck run -- echo never", &[("001_fails.sql", fails)])?;
    seen(&screens, r"\n\[1/1\] 001 fails  00:00:00")?;
    let last = last(&screens);
    let rest = last
        .strip_prefix("Running upgrade  -> 001, fails\n")
        .ok_or(last.clone())?;
    if rest.contains("[1/1]") || !rest.contains("relation \"nothing\" does not exist") {
        return Err(last.into());
    }
    Ok(())
}

pub(crate) fn shows_none_to_nobody() -> Result<(), Failed> {
    let sleeps = "SELECT pg_sleep(0.5);";
    for command in [
        "limbeck upgrade head 2>&1 | cat",
        "limbeck -q upgrade head",
        "limbeck upgrade head --log-format json",
        "CI=true limbeck upgrade head",
        "TERM=dumb limbeck upgrade head",
    ] {
        let screens = screens(command, &[("001_sleeps.sql", sleeps)])?;
        if screens.iter().any(|screen| screen.contains("[1/1]")) {
            return Err(format!("{command} shows a bar: {screens:#?}").into());
        }
        seen(&screens, "Now at 001: 1 step in")?;
    }
    Ok(())
}

/// What may be a rename is asked for, the best guess first, until there is an answer.
pub(crate) fn asks_for_renames() -> Result<(), Failed> {
    let files = [
        (
            "001_users.sql",
            "CREATE TABLE users (id INTEGER PRIMARY KEY, fullname VARCHAR(50), age INTEGER);",
        ),
        (
            "../schema.sql",
            "CREATE TABLE users (id INTEGER PRIMARY KEY, full_name VARCHAR(50), height INTEGER);",
        ),
        ("../limbeck.toml", "[models]\nsql = \"schema.sql\"\n"),
    ];
    let command =
        "limbeck -q upgrade head && limbeck revision --autogenerate -m renamed && tail -n 10 migrations/002*";
    let screens = screens_with(command, &files, "perhaps\n\nn\n")?;
    let last = last(&screens);
    for wanted in [
        "Was users.fullname renamed to users.full_name? [Y/n]",
        "Was users.age renamed to users.height? [Y/n]",
        "~ users.fullname  renamed to users.full_name",
        "+ column users.height",
        "ALTER TABLE users RENAME COLUMN full_name TO fullname;",
    ] {
        if !last.contains(wanted) {
            return Err(format!("{wanted} is missing in:\n{last}").into());
        }
    }
    Ok(())
}
