//! What a revision file says of itself. A short look at the top of the file tells it nearly always; where that is not sure, the file
//! is parsed. The functions in it are never run for it.

mod constant;
mod parse;
mod scan;

use limbeck_core::script::ScriptError;
use ruff_python_parser::ParseError;
use ruff_source_file::LineIndex;

use constant::Constant;
pub(crate) use parse::Modules;

/// What a revision file says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Header {
    pub(crate) id: String,
    pub(crate) revises: Vec<String>,
    pub(crate) depends_on: Vec<String>,
    pub(crate) branch_labels: Vec<String>,
    /// The module's docstring, without the space around it.
    pub(crate) documentation: String,
}

/// The names that Alembic reads, as [`Found::values`] has them.
pub(crate) const NAMES: [&str; 4] = ["revision", "down_revision", "depends_on", "branch_labels"];
const REVISION: usize = 0;
const DOWN_REVISION: usize = 1;
const DEPENDS_ON: usize = 2;
const BRANCH_LABELS: usize = 3;

/// What stands in a file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Found {
    docstring: Option<String>,
    values: [Option<Assigned>; 4],
}

/// A value, and the line that gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Assigned {
    line: usize,
    value: Constant,
}

impl Header {
    /// Reads the text of a file; `modules` are asked for names that it has from elsewhere. `name` is the file's name, which had the id before Alembic 0.2.
    ///
    /// # Errors
    /// [`ScriptError`] when the text is no Python, or one of the names is missing or no literal.
    pub(crate) fn read(
        file: &str,
        name: &str,
        text: &str,
        modules: Modules<'_>,
    ) -> Result<Self, ScriptError> {
        let text = text.trim_start_matches('\u{feff}');
        let found = match scan::scan(text).filter(Found::is_complete) {
            Some(found) => found,
            None => parse::parse(file, text, modules)?,
        };
        found.header(file, name)
    }

    /// The first paragraph of the docstring.
    pub(crate) fn message(&self) -> &str {
        self.documentation.split("\n\n").next().unwrap_or_default()
    }
}

impl Found {
    /// Whether it has what a revision must have; if not, the file may be no Python at all.
    fn is_complete(&self) -> bool {
        self.values[REVISION].is_some() && self.values[DOWN_REVISION].is_some()
    }

    fn header(&self, file: &str, name: &str) -> Result<Header, ScriptError> {
        let id = match &self.values[REVISION] {
            Some(assigned) => match &assigned.value {
                Constant::Text(id) => id.clone(),
                other => {
                    return Err(not_literal(
                        file,
                        REVISION,
                        assigned.line,
                        other,
                        "a text such as 'ae1027a6acf0'",
                    ));
                }
            },
            None => legacy_id(name).ok_or_else(|| no_revision(file, name))?,
        };
        if self.values[DOWN_REVISION].is_none() {
            let line = self.values[REVISION].as_ref().map_or(1, |assigned| assigned.line);
            let message = format!(
                "revision {id} has no 'down_revision': write down_revision = 'ID' with the revision that it follows, or \
                 down_revision = None if it is the first one"
            );
            return Err(bad(file, line, message));
        }
        Ok(Header {
            id,
            revises: self.list(file, DOWN_REVISION)?,
            depends_on: self.list(file, DEPENDS_ON)?,
            branch_labels: self.list(file, BRANCH_LABELS)?,
            documentation: self.docstring.as_deref().unwrap_or_default().trim().to_owned(),
        })
    }

    fn list(&self, file: &str, name: usize) -> Result<Vec<String>, ScriptError> {
        let Some(assigned) = &self.values[name] else {
            return Ok(Vec::new());
        };
        match &assigned.value {
            Constant::None => Ok(Vec::new()),
            Constant::Text(text) if text.is_empty() => Ok(Vec::new()),
            Constant::Text(text) => Ok(vec![text.clone()]),
            Constant::List(texts) => Ok(texts.clone()),
            other => Err(not_literal(
                file,
                name,
                assigned.line,
                other,
                "None, a text, or a tuple of texts",
            )),
        }
    }
}

fn not_literal(file: &str, name: usize, line: usize, value: &Constant, wanted: &str) -> ScriptError {
    let name = NAMES[name];
    let message = match value {
        Constant::Conditional => format!(
            "'{name}' is set inside of another statement, so only Python could tell it: write it at the top level, as {wanted}"
        ),
        Constant::Other(source) => {
            format!("'{name}' is '{source}', which is no literal: write {wanted}")
        }
        _ => format!("'{name}' must be {wanted}"),
    };
    bad(file, line, message)
}

fn no_revision(file: &str, name: &str) -> ScriptError {
    let message = format!(
        "Could not determine revision id from filename {name}. Be sure the 'revision' variable is declared inside the script; a \
         file that is no revision must stand outside of the directory of the revisions"
    );
    bad(file, 1, message)
}

/// The id in a file name such as `1a2b3c.py`.
fn legacy_id(name: &str) -> Option<String> {
    let id = name.strip_suffix(".py")?;
    let is_digit = |c: char| matches!(c, '0'..='9' | 'a'..='f');
    (!id.is_empty() && id.chars().all(is_digit)).then(|| id.to_owned())
}

fn bad(file: &str, line: usize, message: String) -> ScriptError {
    ScriptError::Bad {
        file: file.to_owned(),
        line,
        column: 1,
        message,
    }
}

/// What a parser says of a text that is no Python.
pub(crate) fn no_python(file: &str, text: &str, error: &ParseError) -> ScriptError {
    let lines = LineIndex::from_source_text(text);
    let line = lines.line_index(error.location.start()).get();
    bad(file, line, format!("this is no Python: {}", error.error))
}

#[cfg(test)]
mod tests;
