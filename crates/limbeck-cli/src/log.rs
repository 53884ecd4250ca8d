//! The log: what is said on standard error beside a result, in lines to read or as one JSON object a line.

use clap::ValueEnum;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    Human,
    Json,
}

/// How much weight a line has, from the least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Level {
    Debug,
    Info,
    Warn,
    Error,
}

/// A line of the log.
#[derive(Debug, Serialize)]
pub(crate) struct Line {
    pub(crate) level: Level,
    /// What happened, as a name.
    pub(crate) event: &'static str,
    /// What happened, in words.
    pub(crate) message: String,
    /// To what it happened: a JSON object.
    #[serde(flatten)]
    pub(crate) fields: Value,
}

impl Line {
    /// The line as JSON, with the time that it is now.
    pub(crate) fn to_json(&self) -> String {
        #[derive(Serialize)]
        struct Timed<'a> {
            time: String,
            #[serde(flatten)]
            line: &'a Line,
        }
        let time = format!("{:.3}", Timestamp::now());
        serde_json::to_string(&Timed { time, line: self }).expect("a line has string keys and finite numbers")
    }
}
