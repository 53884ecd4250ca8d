//! What 'revision --autogenerate' adds to 'revision'.

use std::collections::HashMap;
use std::io::{self, BufRead, IsTerminal};
use std::path::Path;
use std::sync::Arc;

use clap::Args;
use limbeck::plan::Statement;
use limbeck::{Answer, AutogenerateOptions, CompareOptions, Dialect, Difference, Draft, RevisionWriter};
use serde_json::{Value, json};

use super::differences;
use crate::context::Context;
use crate::json;
use crate::report::CliError;
use crate::ui::{Tone, Ui};

#[derive(Debug, Args)]
pub(super) struct Autogenerate {
    /// Write it from the models.
    #[arg(long)]
    autogenerate: bool,
    /// A table or column that gets another name; may be given several times.
    #[arg(long, value_name = "OLD:NEW", requires = "autogenerate")]
    rename: Vec<String>,
    /// Drop and add what may only have got another name.
    #[arg(long, requires = "autogenerate")]
    allow_drop: bool,
    /// Compare the models with what the revisions make, not with the database.
    #[arg(long, requires = "autogenerate")]
    replay: bool,
    /// Don't run it on a scratch database before.
    #[arg(long, requires = "autogenerate")]
    no_verify: bool,
    #[command(flatten)]
    scratch: differences::Scratch,
}

/// What the models gave.
pub(super) enum Written {
    NotAsked,
    /// There is nothing to write, which was said.
    Nothing,
    /// One for each kind of database.
    Drafts(Vec<Draft>),
}

impl Autogenerate {
    pub(super) fn drafts(&self, context: &Context<'_>) -> Result<Written, CliError> {
        if !self.autogenerate {
            return Ok(Written::NotAsked);
        }
        if context.alembic.is_some() && !context.config.models.dialects.is_empty() {
            return Err(CliError::failed(
                "[models] dialects is for revisions in SQL, which have a section for each database: those of an Alembic directory \
                 are written for the configured one. Leave it away",
            ));
        }
        let models = context.models()?;
        let options = AutogenerateOptions {
            compare: self.scratch.options(context),
            renames: self.rename.clone(),
            allow_drop: self.allow_drop,
            online: context.config.models.online.unwrap_or(true),
            verify: !self.no_verify,
            replay: self.replay,
            writer: context.alembic.as_ref().map(|alembic| {
                let writer: Arc<dyn RevisionWriter> = Arc::new(alembic.writer(context.ui));
                writer
            }),
        };
        let mut answers = Answers::new(context.ui);
        let mut ask = |rename: &str| answers.answer(rename);
        let own = context.migrator()?.autogenerate(&models, &options, &mut ask)?;
        let mut found = vec![own];
        for (dialect, url) in context.other_dialects()? {
            let elsewhere = AutogenerateOptions {
                replay: true,
                compare: CompareOptions {
                    scratch_url: (dialect != Dialect::Sqlite).then(|| url.clone()),
                    ..options.compare.clone()
                },
                ..options.clone()
            };
            found.push(
                context
                    .migrator()?
                    .url(url)
                    .autogenerate(&models, &elsewhere, &mut ask)?,
            );
        }
        if found.iter().all(Option::is_none) {
            nothing(context.ui);
            return Ok(Written::Nothing);
        }
        let dialects = context.dialects()?;
        let drafts = found
            .into_iter()
            .zip(dialects)
            .map(|(draft, dialect)| draft.unwrap_or_else(|| Draft::empty(dialect)));
        let drafts: Vec<Draft> = drafts.collect();
        if drafts.iter().all(|draft| draft.upgrade.is_empty()) {
            let differences = drafts.iter().flat_map(|draft| &draft.left_alone);
            differences.for_each(|difference| left_alone(context.ui, &difference.to_string()));
            return Err(CliError::failed(
                "nothing was written: limbeck can't write what differs. Write it by hand, or leave it out with [models] ignore",
            ));
        }
        Ok(Written::Drafts(drafts))
    }
}

fn nothing(ui: &Ui) {
    if ui.is_json() {
        ui.json(&json!({ "revision": null, "file": null, "drafts": [] }));
    } else {
        ui.line("The database is what the models say: there is nothing to write.");
    }
}

/// What was answered: a question that comes up on several databases is asked once.
struct Answers<'a> {
    ui: &'a Ui,
    known: HashMap<String, Answer>,
}

impl<'a> Answers<'a> {
    fn new(ui: &'a Ui) -> Self {
        Self {
            ui,
            known: HashMap::new(),
        }
    }

    fn answer(&mut self, rename: &str) -> Answer {
        let ui = self.ui;
        *self
            .known
            .entry(rename.to_owned())
            .or_insert_with(|| ask(ui, rename))
    }
}

/// Asks whether something has got another name, where there is somebody to answer.
fn ask(ui: &Ui, rename: &str) -> Answer {
    if !io::stdin().is_terminal() || ui.is_json() {
        return Answer::None;
    }
    let (from, to) = rename.split_once(':').unwrap_or((rename, ""));
    loop {
        ui.ask(&format!("Was {from} renamed to {to}? [Y/n] "));
        let mut answer = String::new();
        match io::stdin().lock().read_line(&mut answer) {
            Ok(0) | Err(_) => return Answer::None,
            Ok(_) => {}
        }
        match answer.trim().to_ascii_lowercase().as_str() {
            "" | "y" | "yes" => return Answer::Renamed,
            "n" | "no" => return Answer::Dropped,
            _ => {}
        }
    }
}

fn left_alone(ui: &Ui, difference: &str) {
    ui.tell(format_args!(
        "left alone, since limbeck can't write it: {difference}"
    ));
}

/// Says what was written, and what of it may hurt.
pub(super) fn report(context: &Context<'_>, path: &Path, id: &str, drafts: &[Draft]) {
    let ui = context.ui;
    if ui.is_json() {
        ui.json(&json!({
            "revision": id,
            "file": path.display().to_string(),
            "drafts": drafts.iter().map(as_json).collect::<Vec<_>>(),
        }));
        return;
    }
    for draft in drafts {
        if drafts.len() > 1 {
            ui.line(format_args!("{}:", draft.dialect));
        }
        changes(ui, draft);
    }
    let proof = if drafts.iter().all(|draft| draft.verified) {
        "run there and back on a scratch database"
    } else {
        "not run before: review it"
    };
    ui.line(format_args!("Generating {} ...  done ({proof})", path.display()));
    let statements = || drafts.iter().flat_map(|draft| &draft.upgrade);
    let hazards = statements().flat_map(|statement| &statement.hazards);
    let mut hazards: Vec<String> = hazards.map(ToString::to_string).collect();
    hazards.sort();
    hazards.dedup();
    for hazard in hazards {
        ui.line(format_args!("  {} {hazard}", ui.paint(Tone::Waiting, "!")));
    }
    if statements().any(|statement| statement.to_do) {
        ui.line(format_args!(
            "  {} a value is missing: look for TODO in the file, and put in what the rows that are there shall have",
            ui.paint(Tone::Bad, "!")
        ));
    }
}

fn changes(ui: &Ui, draft: &Draft) {
    for rename in &draft.renames {
        let (from, to) = rename.split_once(':').unwrap_or((rename, ""));
        ui.line(format_args!(
            "{} {from}  renamed to {to}",
            ui.paint(Tone::Waiting, "~")
        ));
    }
    differences::list(ui, &draft.differences);
    draft
        .left_alone
        .iter()
        .for_each(|difference| left_alone(ui, &difference.to_string()));
}

fn as_json(draft: &Draft) -> Value {
    let statements = |statements: &[Statement]| statements.iter().map(json::written).collect::<Vec<_>>();
    let differences = |found: &[Difference]| found.iter().map(json::difference).collect::<Vec<_>>();
    json!({
        "dialect": draft.dialect.name(),
        "verified": draft.verified,
        "renames": draft.renames,
        "differences": differences(&draft.differences),
        "left_alone": differences(&draft.left_alone),
        "upgrade": statements(&draft.upgrade),
        "downgrade": statements(&draft.downgrade),
    })
}
