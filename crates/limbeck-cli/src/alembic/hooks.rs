//! Post-write hooks: programs that are run on a new file.

use std::path::Path;
use std::process::{Command, Stdio};

use limbeck_python::Hook;

use crate::context::python;
use crate::report::CliError;
use crate::ui::Ui;

/// What stands for the file in a hook's options.
const FILE: &str = "REVISION_SCRIPT_FILENAME";

/// Starts a console script by its name, as the package that brings it along says.
const CONSOLE_SCRIPT: &str = "import sys; from importlib.metadata import entry_points; name = sys.argv.pop(1); \
                              found = [e for e in entry_points(group='console_scripts') if e.name == name]; \
                              sys.exit(found[0].load()() if found else \
                              f'Could not find entrypoint console_scripts.{name}')";

/// Runs the hooks on a file. As with Alembic, one that fails is told of, and the file stays.
pub(crate) fn run(hooks: &[Hook], file: &Path, ui: &Ui) -> Result<(), CliError> {
    let kept = |error| match error {
        CliError::Failed(message) => {
            CliError::failed(format!("{message}; {} is written all the same", file.display()))
        }
        other => other,
    };
    hooks
        .iter()
        .try_for_each(|hook| run_one(hook, file, ui).map_err(kept))
}

fn run_one(hook: &Hook, file: &Path, ui: &Ui) -> Result<(), CliError> {
    let mut command = command(hook)?;
    command.args(options(hook, file)?).stdin(Stdio::null());
    if let Some(directory) = hook.get("cwd") {
        command.current_dir(directory);
    }
    let output = command.output().map_err(|error| {
        CliError::failed(format!(
            "the post write hook '{}' can't be run: {error}",
            hook.name
        ))
    })?;
    for stream in [&output.stdout, &output.stderr] {
        let said = String::from_utf8_lossy(stream);
        if !said.trim().is_empty() {
            ui.tell(said.trim_end());
        }
    }
    if output.status.success() {
        ui.tell(format_args!("Running post write hook '{}' ...  done", hook.name));
    } else {
        ui.tell(format_args!(
            "The post write hook '{}' ended with {}",
            hook.name, output.status
        ));
    }
    Ok(())
}

fn command(hook: &Hook) -> Result<Command, CliError> {
    let needed = |option: &str| {
        hook.get(option).ok_or_else(|| {
            CliError::failed(format!(
                "Key {0}.{option} is required for post write hook '{0}'",
                hook.name
            ))
        })
    };
    let Some(kind) = hook.get("type") else {
        return Err(CliError::failed(format!(
            "Key '{0}.type' (or 'type' in toml) is required for post write hook '{0}'",
            hook.name
        )));
    };
    match kind {
        "exec" => Ok(Command::new(needed("executable")?)),
        "module" => {
            let mut command = Command::new(python());
            command.args(["-m", needed("module")?]);
            Ok(command)
        }
        "console_scripts" => {
            let mut command = Command::new(python());
            command.args(["-c", CONSOLE_SCRIPT, needed("entrypoint")?]);
            Ok(command)
        }
        other => Err(CliError::failed(format!(
            "No formatter with name '{other}' registered: limbeck knows console_scripts, module and exec"
        ))),
    }
}

/// The options, with the file in its place, or in front of them.
fn options(hook: &Hook, file: &Path) -> Result<Vec<String>, CliError> {
    let mut options = hook.get("options").unwrap_or_default().to_owned();
    if !options.contains(FILE) {
        options = format!("{FILE} {options}");
    }
    let words = shlex::split(&options).ok_or_else(|| {
        CliError::failed(format!(
            "the options of the post write hook '{}' have a quote too many or too few: {options}",
            hook.name
        ))
    })?;
    // A hook may be run elsewhere.
    let path = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
    let path = path.display().to_string();
    Ok(words.into_iter().map(|word| word.replace(FILE, &path)).collect())
}
