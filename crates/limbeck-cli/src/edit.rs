//! Opening files in the user's editor.

use std::env;
use std::path::PathBuf;
use std::process::Command;

use crate::report::CliError;

/// Opens files in `$EDITOR`, `$VISUAL`, or the system's editor, and waits for it.
pub(crate) fn open(paths: &[PathBuf]) -> Result<(), CliError> {
    let variable = |name| {
        env::var(name)
            .ok()
            .filter(|value: &String| !value.trim().is_empty())
    };
    let editor = variable("EDITOR")
        .or_else(|| variable("VISUAL"))
        .unwrap_or_else(|| "sensible-editor".to_owned());
    let words = shlex::split(&editor).filter(|words| !words.is_empty());
    let Some(words) = words else {
        return Err(CliError::failed(format!(
            "can't read $EDITOR as a command: {editor}"
        )));
    };
    let status = Command::new(&words[0]).args(&words[1..]).args(paths).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(CliError::failed(format!(
            "the editor '{editor}' ended with {status}"
        ))),
        Err(error) => Err(CliError::failed(format!(
            "can't start the editor '{editor}': {error}. Set $EDITOR to one"
        ))),
    }
}
