//! docs/cli.md is what the program says of itself.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use libtest_mimic::Failed;

const INTRODUCTION: &str = "# The command line\n\n\
    Written by a test from the program's own help; change the help, then run `UPDATE_EXPECT=1 ./test`.\n\n\
    Exit codes: 0 fine, 1 failed or a check found something, 2 the command line makes no sense.\n\n";

pub(crate) fn check() -> Result<(), Failed> {
    let mut page = INTRODUCTION.to_owned();
    section(&mut page, "limbeck", &[])?;
    for command in commands()? {
        section(&mut page, &format!("limbeck {command}"), &[&command])?;
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/cli.md");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::create_dir_all(path.parent().ok_or("docs/ is a directory")?)?;
        fs::write(&path, &page)?;
    }
    if fs::read_to_string(&path).unwrap_or_default() == page {
        return Ok(());
    }
    Err("docs/cli.md is not what the help says: run UPDATE_EXPECT=1 ./test".into())
}

fn section(page: &mut String, title: &str, command: &[&str]) -> Result<(), Failed> {
    let help = help(command)?;
    let lines: Vec<&str> = help.lines().map(str::trim_end).collect();
    writeln!(
        page,
        "## {title}\n\n```text\n{}\n```\n",
        lines.join("\n").trim_end()
    )?;
    Ok(())
}

fn commands() -> Result<Vec<String>, Failed> {
    let help = help(&[])?;
    let list = help
        .split("Commands:\n")
        .nth(1)
        .and_then(|rest| rest.split("\n\n").next())
        .ok_or("no commands")?;
    let names = list
        .lines()
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let names = names
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help");
    Ok(names.map(str::to_owned).collect())
}

fn help(command: &[&str]) -> Result<String, Failed> {
    let output = Command::new(env!("CARGO_BIN_EXE_limbeck"))
        .args(command)
        .arg("--help")
        .env("COLUMNS", "100")
        .output()?;
    Ok(String::from_utf8(output.stdout)?)
}
