//! Turns errors into what a person or a program reads: the one place that formats them.

use std::fs;
use std::process::ExitCode;

use limbeck::database::DatabaseError;
use limbeck::{Error, Failure, Refused};
use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteDiagnostic, NamedSource, Report};
use serde_json::{Value, json};

use crate::log::{Level, Line};
use crate::ui::Ui;

/// Why a command failed.
#[derive(Debug)]
pub(crate) enum CliError {
    /// The library says why.
    Library(Box<Error>),
    /// The command can't do what it was asked for.
    Failed(String),
    /// The command line makes no sense.
    Usage(String),
}

impl CliError {
    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self::Failed(message.into())
    }

    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::Usage(message.into())
    }
}

impl<E: Into<Error>> From<E> for CliError {
    fn from(error: E) -> Self {
        Self::Library(Box::new(error.into()))
    }
}

/// Prints an error, and gives the exit code for it.
pub(crate) fn print(ui: &Ui, error: &CliError) -> ExitCode {
    let mut fields = as_json(error);
    if ui.is_json() {
        ui.json(&json!({ "error": fields }));
    }
    if !ui.is_json() || ui.logs_json() {
        if let Some(fields) = fields.as_object_mut() {
            fields.remove("message");
        }
        let line = Line {
            level: Level::Error,
            event: "failed",
            message: message(error),
            fields,
        };
        ui.log(&line, || Some(human(ui, error).trim_end().to_owned()));
    }
    ExitCode::from(if matches!(error, CliError::Usage(_)) { 2 } else { 1 })
}

fn message(error: &CliError) -> String {
    match error {
        CliError::Library(error) => error.to_string(),
        CliError::Failed(message) | CliError::Usage(message) => message.clone(),
    }
}

fn as_json(error: &CliError) -> Value {
    let CliError::Library(library) = error else {
        return json!({ "message": message(error) });
    };
    match &**library {
        Error::Failed(failure) | Error::Cancelled(Some(failure)) => json!({
            "message": library.to_string(),
            "revision": failure.revision,
            "direction": failure.direction.name(),
            "file": failure.file,
            "line": failure.line,
            "statement": failure.sql,
            "position": failure.position,
            "code": failure.source.code,
            "detail": failure.source.detail,
            "hint": failure.source.hint,
            "remains": failure.remains.to_string(),
        }),
        Error::Refused(refused) => json!({
            "message": refused.to_string(),
            "file": refused.file,
            "line": refused.line,
            "statement": refused.sql,
            "position": refused.position,
            "code": refused.source.code,
            "detail": refused.source.detail,
            "hint": refused.source.hint,
        }),
        Error::Database { source, .. } | Error::Connect(source) => json!({
            "message": library.to_string(),
            "code": source.code,
            "detail": source.detail,
            "hint": source.hint,
        }),
        Error::Edited(edits) => json!({
            "message": library.to_string(),
            "edited": edits.iter().map(|edit| json!({
                "revision": edit.revision,
                "file": edit.file,
                "applied_at": edit.applied_at,
                "applied_by": edit.applied_by,
            })).collect::<Vec<_>>(),
        }),
        other => json!({ "message": other.to_string() }),
    }
}

fn human(ui: &Ui, error: &CliError) -> String {
    let CliError::Library(library) = error else {
        return render(ui, MietteDiagnostic::new(message(error)).into());
    };
    match &**library {
        Error::Failed(failure) => render(ui, failed(failure)),
        Error::Refused(refused) => render(ui, statement(&Place::refused(refused), None)),
        Error::Database { source, .. } | Error::Connect(source) => {
            let code = source
                .code
                .as_ref()
                .map(|code| format!(" ({code})"))
                .unwrap_or_default();
            let mut diagnostic = MietteDiagnostic::new(format!("{library}{code}"));
            diagnostic.help = help([source.detail.as_deref(), source.hint.as_deref()]);
            render(ui, diagnostic.into())
        }
        _ => render(ui, MietteDiagnostic::new(message(error)).into()),
    }
}

/// A statement that was refused.
struct Place<'a> {
    message: String,
    file: &'a str,
    line: usize,
    sql: &'a str,
    position: Option<usize>,
    source: &'a DatabaseError,
}

impl<'a> Place<'a> {
    fn refused(refused: &'a Refused) -> Self {
        Self {
            message: refused.to_string(),
            file: &refused.file,
            line: refused.line,
            sql: &refused.sql,
            position: refused.position,
            source: &refused.source,
        }
    }
}

fn failed(failure: &Failure) -> Report {
    let place = Place {
        message: failure.to_string(),
        file: &failure.file,
        line: failure.line,
        sql: &failure.sql,
        position: failure.position,
        source: &failure.source,
    };
    statement(&place, Some(&failure.remains.to_string()))
}

/// The statement, with the spot marked where the database tells it.
fn statement(failure: &Place<'_>, remains: Option<&str>) -> Report {
    let source = failure.source;
    let mut diagnostic = MietteDiagnostic::new(&failure.message);
    let context = source.context.as_deref();
    diagnostic.help = help([source.detail.as_deref(), source.hint.as_deref(), context, remains]);
    if failure.sql.is_empty() {
        return diagnostic.into();
    }
    let at = failure.position.unwrap_or_default();
    let (text, start) = source_text(failure, at);
    let spot = failure.sql[at..]
        .split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .next()
        .unwrap_or_default();
    let length = match failure.position {
        Some(_) => spot.len().max(1),
        None => failure.sql.lines().next().unwrap_or_default().len(),
    };
    let label = source.code.as_deref().unwrap_or("here");
    diagnostic.labels = Some(vec![LabeledSpan::at(start + at..start + at + length, label)]);
    Report::from(diagnostic).with_source_code(NamedSource::new(failure.file, text))
}

/// The file's text, and where the statement starts in it. Where the file is not at hand, or was changed meanwhile, it is
/// the statement alone, with empty lines before it to be counted.
fn source_text(failure: &Place<'_>, position: usize) -> (String, usize) {
    let before = failure.sql[..position].matches('\n').count();
    let line = failure.line.saturating_sub(1 + before);
    let text = fs::read_to_string(failure.file).unwrap_or_default();
    let line_start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    match text[line_start..].find(failure.sql) {
        Some(offset) => (text, line_start + offset),
        None => ("\n".repeat(line) + failure.sql, line),
    }
}

fn help<const N: usize>(lines: [Option<&str>; N]) -> Option<String> {
    let lines: Vec<&str> = lines.into_iter().flatten().collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

fn render(ui: &Ui, report: Report) -> String {
    let theme = if ui.colors_errors() {
        GraphicalTheme::unicode()
    } else {
        GraphicalTheme::unicode_nocolor()
    };
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_width(110)
        .with_links(false)
        .with_context_lines(1);
    let mut text = String::new();
    handler
        .render_report(&mut text, report.as_ref())
        .expect("writing to a string can't fail");
    text
}
