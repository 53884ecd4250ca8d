//! What limbeck and the helper say to each other: a line of JSON each.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use limbeck_core::script::Datum;
use serde::ser::{SerializeMap, Serializer};
use serde::{Deserialize, Serialize};

/// What the helper is to do.
#[derive(Debug, Serialize)]
#[serde(tag = "do", rename_all = "lowercase")]
pub(super) enum Task {
    Look { path: Vec<String> },
    Run(Box<Job>),
}

/// A revision that is to be run.
#[derive(Debug, Serialize)]
pub(super) struct Job {
    pub(super) file: String,
    pub(super) direction: &'static str,
    pub(super) dialect: &'static str,
    pub(super) path: Vec<String>,
    /// As Alembic calls the argument.
    #[serde(rename = "file_")]
    pub(super) ini: Option<String>,
    #[serde(rename = "toml_file")]
    pub(super) pyproject: Option<String>,
    pub(super) section: String,
    pub(super) script_location: Option<String>,
    pub(super) x: Vec<String>,
    pub(super) naming_convention: Vec<(String, String)>,
    pub(super) main_options: Vec<(String, String)>,
    pub(super) version_table_schema: Option<String>,
}

/// What the helper says.
#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(super) enum Event {
    /// It wants statements to be run.
    Run { sql: Vec<String>, line: usize },
    /// It leaves the transaction, or wants another.
    Autocommit { on: bool, line: usize },
    /// The program prints a line.
    Say { text: String },
    /// What there is.
    Found {
        python: String,
        alembic: String,
        sqlalchemy: String,
    },
    /// A module that it can't do without is not installed.
    Missing { module: String },
    /// The program came to its end.
    Done,
    /// The program stopped.
    Failed(Failed),
    /// The last that it says.
    End,
    /// The process has ended; the last lines that it wrote.
    #[serde(skip)]
    Gone(String),
    /// Nothing, for a while.
    #[serde(skip)]
    Quiet,
}

/// Why a program stopped.
#[derive(Debug, Deserialize)]
pub(super) struct Failed {
    /// The revision's line, where it was in there.
    pub(super) line: Option<usize>,
    /// The exception.
    pub(super) message: String,
    /// What the revision had called, and what that had: `FILE:LINE, in NAME: SOURCE`.
    pub(super) frames: Vec<String>,
    /// Which of the database's errors it comes of.
    pub(super) failure: Option<usize>,
    /// Whether it is that error itself.
    pub(super) is_database: bool,
}

/// What came of statements.
#[derive(Debug, Default, Serialize)]
pub(super) struct Answer {
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<Vec<Cell>>,
    /// How many rows were touched, or returned.
    pub(super) affected: Option<u64>,
    /// Whether nothing can have been changed.
    pub(super) reads: bool,
}

/// What the database did not like.
#[derive(Debug, Serialize)]
pub(super) struct Refusal {
    /// Its number among the database's errors.
    pub(super) failure: usize,
    /// The class of exceptions (PEP 249).
    pub(super) class: &'static str,
    pub(super) message: String,
    /// The database's own code.
    pub(super) code: Option<String>,
}

/// A value. What JSON has no word for is a map of its kind and text.
#[derive(Debug)]
pub(super) struct Cell(pub(super) Datum);

impl Serialize for Cell {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Datum::Null => serializer.serialize_unit(),
            Datum::Bool(value) => serializer.serialize_bool(*value),
            Datum::Int(number) => serializer.serialize_i64(*number),
            Datum::Float(number) if number.is_finite() => serializer.serialize_f64(*number),
            Datum::Float(number) => kind(serializer, "float", &number.to_string()),
            Datum::Decimal(text) => kind(serializer, "decimal", text),
            Datum::Text(text) => serializer.serialize_str(text),
            Datum::Bytes(bytes) => kind(serializer, "bytes", &STANDARD.encode(bytes)),
            Datum::Other(text, name) => kind(serializer, "other", &(text, name)),
        }
    }
}

fn kind<S: Serializer, T: Serialize + ?Sized>(
    serializer: S,
    kind: &str,
    content: &T,
) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(1))?;
    map.serialize_entry(kind, content)?;
    map.end()
}
