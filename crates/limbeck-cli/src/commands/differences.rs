//! What 'check' and 'diff' have in common.

use std::process::ExitCode;

use clap::Args;
use limbeck::{CompareOptions, Difference};
use serde_json::json;

use crate::context::Context;
use crate::json;
use crate::ui::{Tone, Ui};

#[derive(Debug, Args)]
pub(crate) struct Scratch {
    /// An empty database to make schemas on, where none may be created; it is emptied again at the end.
    #[arg(long, value_name = "URL")]
    scratch_url: Option<String>,
}

impl Scratch {
    pub(crate) fn options(&self, context: &Context<'_>) -> CompareOptions {
        CompareOptions {
            scratch_url: self.scratch_url.clone(),
            ignore: context.config.models.ignore.clone(),
            cache: context.cache(),
            environment: Some(std::env::vars_os().collect()),
        }
    }
}

/// Prints differences table by table, and gives the exit code. `words` are for when there are none, and behind their number.
pub(crate) fn print(ui: &Ui, differences: &[Difference], words: [&str; 2]) -> ExitCode {
    if ui.is_json() {
        let differences: Vec<_> = sorted(differences).into_iter().map(json::difference).collect();
        ui.json(&json!({ "equal": differences.is_empty(), "differences": differences }));
    } else {
        list(ui, differences);
        match differences.len() {
            0 => ui.line(words[0]),
            1 => ui.line(format_args!("1 difference: {}", words[1])),
            count => ui.line(format_args!("{count} differences: {}", words[1])),
        }
    }
    if differences.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Prints differences table by table.
pub(super) fn list(ui: &Ui, differences: &[Difference]) {
    sorted(differences)
        .into_iter()
        .for_each(|difference| line(ui, difference));
}

fn sorted(differences: &[Difference]) -> Vec<&Difference> {
    let mut sorted: Vec<&Difference> = differences.iter().collect();
    sorted.sort_by_key(|difference| (difference.table().is_none(), difference.table()));
    sorted
}

fn line(ui: &Ui, difference: &Difference) {
    let (sign, tone) = match (&difference.before, &difference.after) {
        (None, _) => ("+", Tone::Good),
        (_, None) => ("-", Tone::Bad),
        _ => ("~", Tone::Waiting),
    };
    let line = format!(
        "{} {}  {}",
        ui.paint(tone, sign),
        difference.object,
        difference.definition()
    );
    ui.line(line.trim_end());
}
