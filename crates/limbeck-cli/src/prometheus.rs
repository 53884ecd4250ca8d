//! A database's status in Prometheus's text format
//! (<https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format>).

use std::fmt::Write as _;

use jiff::Timestamp;
use limbeck::{Attempt, Dialect, State, Status};

/// What was looked at.
pub(crate) struct Target {
    /// The database's URL, without its password.
    pub(crate) database: String,
    pub(crate) version_table: String,
    pub(crate) dialect: Dialect,
}

/// The text of all metrics; without a status there is only that it could not be read.
pub(crate) fn metrics(target: &Target, status: Option<&Status>) -> String {
    let mut page = Page {
        text: String::new(),
        common: labels(&[
            ("database", &target.database),
            ("version_table", &target.version_table),
        ]),
    };
    page.one(
        "limbeck_up",
        "Whether the status of the database could be read.",
        status.is_some(),
    );
    let Some(status) = status else {
        return page.text;
    };
    page.metric("limbeck_info", "Which limbeck looked, and at what.");
    let version = env!("CARGO_PKG_VERSION");
    let info = labels(&[("version", version), ("dialect", target.dialect.name())]);
    page.sample("limbeck_info", &info, 1.0);
    page.metric("limbeck_current_info", "The revisions that the database is at.");
    for row in &status.rows {
        page.sample("limbeck_current_info", &labels(&[("revision", row)]), 1.0);
    }
    page.metric("limbeck_revisions", "How many revisions are in a state.");
    for (state, count) in counts(status) {
        page.sample("limbeck_revisions", &labels(&[("state", state)]), count);
    }
    page.one(
        "limbeck_at_heads",
        "Whether all revisions of the checkout are applied.",
        !status.revisions.iter().any(|revision| lacks(revision.state)),
    );
    if let Some(last) = &status.last_attempt {
        page.last(last);
    }
    page.text
}

fn counts(status: &Status) -> Vec<(&'static str, f64)> {
    let count = |name: &str| {
        let revisions = status.revisions.iter();
        revisions.filter(|revision| revision.state.name() == name).count()
    };
    ["applied", "edited", "ahead", "partial", "pending"]
        .map(|name| (name, number(count(name))))
        .into_iter()
        .chain([("unknown", number(status.unknown.len()))])
        .collect()
}

fn lacks(state: State) -> bool {
    matches!(state, State::Pending | State::Partial { .. })
}

fn number(count: usize) -> f64 {
    u32::try_from(count).unwrap_or(u32::MAX).into()
}

/// Labels as they stand in braces, each with a comma behind it.
fn labels(labels: &[(&str, &str)]) -> String {
    let label = |(name, value): &(&str, &str)| {
        let value = value
            .replace('\\', "\\\\")
            .replace('"', "\\\"")
            .replace('\n', "\\n");
        format!("{name}=\"{value}\",")
    };
    labels.iter().map(label).collect()
}

struct Page {
    text: String,
    /// The labels that every sample has.
    common: String,
}

impl Page {
    fn metric(&mut self, name: &str, help: &str) {
        write!(self.text, "# HELP {name} {help}\n# TYPE {name} gauge\n").expect(INFALLIBLE);
    }

    fn sample(&mut self, name: &str, labels: &str, value: f64) {
        let labels = format!("{}{labels}", self.common);
        writeln!(self.text, "{name}{{{}}} {value}", labels.trim_end_matches(',')).expect(INFALLIBLE);
    }

    fn one(&mut self, name: &str, help: &str, value: impl Into<f64>) {
        self.metric(name, help);
        self.sample(name, "", value.into());
    }

    fn last(&mut self, last: &Attempt) {
        let ended = last.finished_at.as_deref().unwrap_or(&last.started_at);
        if let Ok(ended) = ended.parse::<Timestamp>() {
            self.one(
                "limbeck_last_migration_timestamp_seconds",
                "When the last run of a revision ended, by the database's clock.",
                ended.as_duration().as_secs_f64(),
            );
        }
        self.one(
            "limbeck_last_migration_success",
            "Whether the last run of a revision went well.",
            last.outcome == "done",
        );
    }
}

const INFALLIBLE: &str = "writing to a string can't fail";
