use std::process::ExitCode;

use clap::Args;
use limbeck::{Error, Event, Finding, Observer, TestOptions, TestReport, Tested};

use crate::context::Context;
use crate::json;
use crate::progress::Progress;
use crate::report::CliError;
use crate::ui::{Tone, Ui, time};

/// Test every revision on a scratch database: up, once more, down, and up again.
///
/// The configured database is not written: the scratch database is created on its server, and dropped at the end; for SQLite it
/// is in memory. Its tables are filled with generated rows. A revision fails when it can't be applied or stepped back, when its
/// downgrade does not restore what was there before, when a second run of its upgrade is not refused and changes something, and
/// when rows or values get lost that no DELETE or UPDATE of its own accounts for.
#[derive(Debug, Args)]
pub(crate) struct Test {
    /// Test this revision and those above it; those below are only applied.
    #[arg(value_name = "FROM")]
    from: Option<String>,
    /// An empty database to test on; it is emptied again at the end.
    #[arg(long, value_name = "URL")]
    scratch_url: Option<String>,
    /// Leave the tables as empty as the revisions do.
    #[arg(long)]
    no_rows: bool,
    /// Fail when a revision can't be stepped back.
    #[arg(long)]
    strict: bool,
    /// Don't fail when there are several heads.
    #[arg(long)]
    allow_heads: bool,
}

pub(crate) fn run(args: &Test, context: &Context<'_>) -> Result<ExitCode, CliError> {
    let scripts = context.scripts()?;
    let lines = Lines {
        ui: context.ui.clone(),
        progress: Progress::new(context.ui),
        widths: widths(&scripts),
    };
    let options = TestOptions {
        scratch_url: args.scratch_url.clone(),
        from: args.from.clone(),
        rows: !args.no_rows,
        strict: args.strict,
        heads: args.allow_heads,
    };
    let report = context.migrator_of(scripts)?.observer(lines).test(&options);
    let report = match report {
        Err(Error::NoUrl) => {
            return Err(CliError::failed(
                "a test must know for which database the revisions are: name the one that is migrated with --url, in \
                 DATABASE_URL, or as [database] url in limbeck.toml (it is not written), or name an empty one with --scratch-url \
                 (for SQLite, --scratch-url sqlite::memory:)",
            ));
        }
        report => report?,
    };
    let code = if report.passed() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    };
    if context.ui.is_json() {
        context.ui.json(&json::test(&report));
    } else {
        summary(context.ui, &report);
    }
    Ok(code)
}

/// Prints a line a revision, as each is done.
struct Lines {
    ui: Ui,
    progress: Progress,
    widths: (usize, usize),
}

impl Observer for Lines {
    fn event(&self, event: &Event<'_>) {
        match event {
            Event::Tested { tested } if !self.ui.is_json() => self.line(tested),
            event => self.progress.event(event),
        }
    }
}

impl Lines {
    fn line(&self, tested: &Tested) {
        let (id_width, message_width) = self.widths;
        let times = [("up", tested.upgrade), ("down", tested.downgrade)];
        let times: Vec<String> = times
            .into_iter()
            .filter_map(|(name, elapsed)| Some(format!("{name} {}", time(elapsed?))))
            .collect();
        let line = format!(
            "{}  {:id_width$}  {:message_width$}  {}",
            word(&self.ui, tested.passed()),
            tested.revision,
            tested.message,
            self.ui.paint(Tone::Faint, times.join(", "))
        );
        self.ui.line(line.trim_end());
        for finding in &tested.findings {
            let place = finding.line.map_or_else(
                || format!("{}: ", tested.file),
                |line| format!("{}:{line}: ", tested.file),
            );
            print(&self.ui, finding, &place);
        }
    }
}

/// How wide ids and messages are.
fn widths(scripts: &limbeck::script::Scripts) -> (usize, usize) {
    let revisions = || scripts.graph().iter();
    let ids = revisions().map(|revision| revision.id.chars().count());
    let messages = revisions().map(|revision| revision.message.chars().count());
    (
        ids.max().unwrap_or_default(),
        messages.max().unwrap_or_default().min(50),
    )
}

fn word(ui: &Ui, passed: bool) -> String {
    if passed {
        ui.paint(Tone::Good, "ok  ")
    } else {
        ui.paint(Tone::Bad, "FAIL")
    }
}

fn print(ui: &Ui, finding: &Finding, place: &str) {
    let note = if finding.failed { "" } else { "note: " };
    ui.line(format_args!("      {place}{note}{}", finding.message));
    for difference in &finding.differences {
        ui.line(format_args!("        {difference}"));
    }
}

fn summary(ui: &Ui, report: &TestReport) {
    if !report.findings.is_empty() {
        ui.line(format_args!(
            "{}  all revisions together",
            word(ui, report.passed())
        ));
    }
    for finding in &report.findings {
        print(ui, finding, "");
    }
    let count = report.revisions.len();
    if count == 0 {
        return ui.line("No revisions to test.");
    }
    let revisions = if count == 1 { "revision" } else { "revisions" };
    let failed = report.revisions.iter().filter(|tested| !tested.passed()).count();
    let verdict = match failed {
        0 if report.passed() => "all passed".to_owned(),
        0 => "each passed, but not all together".to_owned(),
        failed => format!("{failed} failed"),
    };
    ui.line(format_args!(
        "{count} {revisions} tested on {}: {verdict}.",
        report.server
    ));
}
