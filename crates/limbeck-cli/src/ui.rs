//! What goes to the terminal, and in which shape.

use std::env;
use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

use anstyle::{AnsiColor, Style};
use serde::Serialize;

use crate::cli::Format;

/// Where results and messages go.
#[derive(Debug)]
pub(crate) struct Ui {
    format: Format,
    quiet: bool,
    color_out: bool,
    color_err: bool,
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
    pub(crate) fn new(format: Format, quiet: bool) -> Self {
        // https://no-color.org: set to anything but nothing.
        let wanted = env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
            && env::var_os("TERM").is_none_or(|term| term != "dumb");
        let (color_out, color_err) = (
            wanted && io::stdout().is_terminal(),
            wanted && io::stderr().is_terminal(),
        );
        Self {
            format,
            quiet,
            color_out,
            color_err,
        }
    }

    pub(crate) fn is_json(&self) -> bool {
        self.format == Format::Json
    }

    pub(crate) fn is_quiet(&self) -> bool {
        self.quiet
    }

    pub(crate) fn colors_errors(&self) -> bool {
        self.color_err
    }

    /// Prints a line of the result.
    pub(crate) fn line(&self, line: impl Display) {
        write(io::stdout().lock(), format_args!("{line}\n"));
    }

    /// Prints text of the result as it is.
    pub(crate) fn text(&self, text: &str) {
        write(io::stdout().lock(), format_args!("{text}"));
    }

    /// Prints the result as JSON.
    pub(crate) fn json(&self, value: &impl Serialize) {
        let text = serde_json::to_string_pretty(value).expect("results have string keys and finite numbers");
        self.line(text);
    }

    /// Prints a message beside the result.
    pub(crate) fn tell(&self, message: impl Display) {
        if !self.quiet {
            self.warn(message);
        }
    }

    /// Prints a message that stands even under `--quiet`.
    pub(crate) fn warn(&self, message: impl Display) {
        write(io::stderr().lock(), format_args!("{message}\n"));
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

/// Writes; a reader that has gone away (`limbeck history | head`) ends the program quietly.
fn write(mut stream: impl Write, text: std::fmt::Arguments<'_>) {
    if let Err(error) = stream.write_fmt(text).and_then(|()| stream.flush())
        && error.kind() == io::ErrorKind::BrokenPipe
    {
        std::process::exit(0);
    }
}
