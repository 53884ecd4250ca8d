use std::fmt;
use std::rc::Rc;

use ruff_python_ast::{ModModule, Stmt};
use ruff_source_file::LineIndex;
use ruff_text_size::TextSize;

/// A file of Python, parsed.
pub(crate) struct Source {
    /// Its path, for messages.
    pub(crate) file: Rc<str>,
    pub(crate) module: ModModule,
    lines: LineIndex,
}

/// Why a file is no Python.
#[derive(Debug)]
pub(crate) struct SyntaxError {
    pub(crate) line: usize,
    pub(crate) message: String,
}

impl Source {
    pub(crate) fn parse(file: &str, text: &str) -> Result<Self, SyntaxError> {
        let lines = LineIndex::from_source_text(text);
        match ruff_python_parser::parse_module(text) {
            Ok(parsed) => Ok(Self {
                file: Rc::from(file),
                module: parsed.into_syntax(),
                lines,
            }),
            Err(error) => Err(SyntaxError {
                line: lines.line_index(error.location.start()).get(),
                message: error.error.to_string(),
            }),
        }
    }

    pub(crate) fn statements(&self) -> &[Stmt] {
        &self.module.body
    }

    /// The line of a place, from 1.
    pub(crate) fn line(&self, offset: TextSize) -> usize {
        self.lines.line_index(offset).get()
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<source {}>", self.file)
    }
}
