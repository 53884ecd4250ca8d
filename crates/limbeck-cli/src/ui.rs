//! What goes to the terminal, and in which shape.

use std::env;
use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use clap::ValueEnum;
use serde::Serialize;
use serde_json::json;

use crate::bar::Bar;
use crate::cli::{Format, Global};
use crate::log::{Level, Line, LogFormat};
use crate::report::CliError;

/// Where results and messages go.
#[derive(Debug, Clone)]
pub(crate) struct Ui {
    format: Format,
    log_format: LogFormat,
    log_level: Level,
    color_out: bool,
    color_err: bool,
    bar: Arc<Bar>,
}

/// The meaning that a colour has here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    Good,
    Waiting,
    Bad,
    Faint,
}

impl Ui {
    /// A user interface as the command line and the environment want it.
    pub(crate) fn new(global: &Global) -> Result<Self, CliError> {
        let log_format = global
            .log_format
            .map_or_else(|| variable("LIMBECK_LOG_FORMAT", LogFormat::Human), Ok)?;
        let log_level = global
            .log_level
            .map_or_else(|| variable("LIMBECK_LOG_LEVEL", Level::Info), Ok)?;
        let log_level = if global.quiet { Level::Error } else { log_level };
        let reads_along = log_format == LogFormat::Human && log_level <= Level::Info;
        let bar = if reads_along {
            Bar::on_terminal()
        } else {
            Bar::default()
        };
        Ok(Self {
            log_level,
            bar: Arc::new(bar),
            ..Self::plain(global.format, log_format)
        })
    }

    /// A user interface that says what a run does, neither more nor less.
    pub(crate) fn plain(format: Format, log_format: LogFormat) -> Self {
        // https://no-color.org: set to anything but nothing.
        let wanted = env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
            && env::var_os("TERM").is_none_or(|term| term != "dumb");
        let (color_out, color_err) = (
            wanted && io::stdout().is_terminal(),
            wanted && io::stderr().is_terminal(),
        );
        Self {
            format,
            log_format,
            log_level: Level::Info,
            color_out,
            color_err,
            bar: Arc::default(),
        }
    }

    pub(crate) fn is_json(&self) -> bool {
        self.format == Format::Json
    }

    pub(crate) fn format(&self) -> Format {
        self.format
    }

    pub(crate) fn is_prometheus(&self) -> bool {
        self.format == Format::Prometheus
    }

    /// Whether the log is JSON.
    pub(crate) fn logs_json(&self) -> bool {
        self.log_format == LogFormat::Json
    }

    pub(crate) fn colors_errors(&self) -> bool {
        self.color_err
    }

    /// The bar below what is printed.
    pub(crate) fn bar(&self) -> &Bar {
        &self.bar
    }

    /// Prints a line of the result.
    pub(crate) fn line(&self, line: impl Display) {
        self.bar
            .above(|| write(io::stdout().lock(), format_args!("{line}\n")));
    }

    /// Prints text of the result as it is.
    pub(crate) fn text(&self, text: &str) {
        self.bar
            .above(|| write(io::stdout().lock(), format_args!("{text}")));
    }

    /// Prints the result as JSON.
    pub(crate) fn json(&self, value: &impl Serialize) {
        let text = serde_json::to_string_pretty(value).expect("results have string keys and finite numbers");
        self.line(text);
    }

    /// Says something beside the result.
    pub(crate) fn tell(&self, message: impl Display) {
        let message = message.to_string();
        let line = Line {
            level: Level::Info,
            event: "message",
            fields: json!({}),
            message,
        };
        self.log(&line, || Some(line.message.clone()));
    }

    /// Writes a line of the log; `words` say the same to a person, if it is to be said.
    pub(crate) fn log(&self, line: &Line, words: impl FnOnce() -> Option<String>) {
        if line.level < self.log_level {
            return;
        }
        let text = match self.log_format {
            LogFormat::Human => words(),
            LogFormat::Json => Some(line.to_json()),
        };
        if let Some(text) = text {
            self.bar
                .above(|| write(io::stderr().lock(), format_args!("{text}\n")));
        }
    }

    /// Prints a question, which the answer follows on the same line.
    pub(crate) fn ask(&self, question: &str) {
        write(io::stderr().lock(), format_args!("{question}"));
    }

    /// Colours a part of the result on a terminal.
    pub(crate) fn paint(&self, tone: Tone, text: impl Display) -> String {
        if !self.color_out {
            return text.to_string();
        }
        let style = match tone {
            Tone::Good => AnsiColor::Green.on_default(),
            Tone::Waiting => AnsiColor::Yellow.on_default(),
            Tone::Bad => AnsiColor::Red.on_default().bold(),
            Tone::Faint => Style::new().dimmed(),
        };
        format!("{style}{text}{style:#}")
    }
}

/// Reads a setting from the environment; one that is empty is not set.
fn variable<T: ValueEnum>(name: &str, default: T) -> Result<T, CliError> {
    let Some(value) = env::var_os(name).filter(|value| !value.is_empty()) else {
        return Ok(default);
    };
    let value = value.to_string_lossy();
    T::from_str(&value, true).map_err(|_| {
        let known: Vec<String> = T::value_variants()
            .iter()
            .filter_map(|known| Some(known.to_possible_value()?.get_name().to_owned()))
            .collect();
        CliError::usage(format!("{name} is '{value}': it may be {}", known.join(", ")))
    })
}

/// Writes; a reader that has gone away (`limbeck history | head`) ends the program quietly.
fn write(mut stream: impl Write, text: std::fmt::Arguments<'_>) {
    if let Err(error) = stream.write_fmt(text).and_then(|()| stream.flush())
        && error.kind() == io::ErrorKind::BrokenPipe
    {
        std::process::exit(0);
    }
}

/// A time that something took, as people read it.
pub(crate) fn time(elapsed: Duration) -> String {
    if elapsed < Duration::from_secs(1) {
        format!("{} ms", elapsed.as_millis())
    } else {
        format!("{:.1} s", elapsed.as_secs_f64())
    }
}

/// A size in bytes, as people read it.
pub(crate) fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let mut value = bytes as f64;
    let mut shown = "B";
    for unit in UNITS {
        if value < 1000.0 {
            break;
        }
        (value, shown) = (value / 1000.0, unit);
    }
    format!("{value:.1} {shown}")
}
