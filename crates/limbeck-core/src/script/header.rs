use std::fmt;

use super::error::ScriptError;
use super::lines;
use super::section::mark_words;

/// What the comment at the top of a revision file says.
///
/// The words are Alembic's. Each may be missing; `None` then means that the file's name and place
/// in the directory tell it.
///
/// # Examples
/// ```
/// use limbeck_core::script::Script;
///
/// let text = "-- add e-mail\n--\n-- Revision ID: 003\n-- Revises: 001, 002\n-- Create Date: 2026-11-23\n";
/// let header = Script::parse("003_add_email.sql", text)?.header;
/// assert_eq!(header.message.as_deref(), Some("add e-mail"));
/// assert_eq!(header.revises, Some(vec!["001".to_owned(), "002".to_owned()]));
/// assert!(header.depends_on.is_empty());
/// # Ok::<(), limbeck_core::script::ScriptError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Header {
    /// `Revision ID`.
    pub id: Option<String>,
    /// `Revises`: empty for `none`.
    pub revises: Option<Vec<String>>,
    /// `Depends on`.
    pub depends_on: Vec<String>,
    /// `Branch labels`.
    pub branch_labels: Vec<String>,
    /// `Create Date`, as written.
    pub create_date: Option<String>,
    /// `Converted from`.
    pub converted: Option<Converted>,
    /// The comment's first paragraph, where it stands above the words.
    pub message: Option<String>,
    /// All of the comment's paragraphs, without the words above.
    pub documentation: String,
}

/// Of which program the SQL was made, and what it was then.
///
/// # Examples
/// ```
/// use limbeck_core::script::Converted;
///
/// let converted = Converted::read("ab12 as cd34, ef56").unwrap();
/// assert_eq!(converted.to_string(), "ab12 as cd34, ef56");
/// assert!(converted.stands_for("ab12", "cd34") && !converted.stands_for("ab12", "0000"));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Converted {
    /// The checksum of the program.
    pub from: String,
    /// The checksums of the SQL, of each database that it was made for.
    pub to: Vec<String>,
}

impl Converted {
    /// Reads what [`Display`](fmt::Display) writes.
    pub fn read(text: &str) -> Option<Self> {
        let (from, to) = text.split_once(" as ")?;
        Some(Self {
            from: from.trim().to_owned(),
            to: ids(to),
        })
    }

    /// Whether SQL with the one checksum does what the program with the other one did.
    pub fn stands_for(&self, program: &str, sql: &str) -> bool {
        self.from == program && self.to.iter().any(|known| known == sql)
    }
}

impl fmt::Display for Converted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} as {}", self.from, self.to.join(", "))
    }
}

const ID: &str = "Revision ID";
const REVISES: &str = "Revises";
const DEPENDS_ON: &str = "Depends on";
const BRANCH_LABELS: &str = "Branch labels";
const CREATE_DATE: &str = "Create Date";
const CONVERTED: &str = "Converted from";
const KEYS: [&str; 6] = [ID, REVISES, DEPENDS_ON, BRANCH_LABELS, CREATE_DATE, CONVERTED];

impl Header {
    pub(super) fn parse(file: &str, text: &str) -> Result<Self, ScriptError> {
        let mut header = Self::default();
        let mut prose: Vec<&str> = Vec::new();
        let mut above = 0;
        let mut seen: Vec<&str> = Vec::new();
        for (line, text) in comment_lines(text) {
            match key_value(text) {
                Some((key, value)) => {
                    if seen.contains(&key) {
                        return Err(bad(
                            file,
                            line,
                            format!("the header says '{key}' twice: keep one of the lines"),
                        ));
                    }
                    if seen.is_empty() {
                        above = prose.len();
                    }
                    seen.push(key);
                    header.set(key, value);
                }
                None => match misspelt_key(text) {
                    Some((written, key)) => {
                        let message = format!("the header has '{written}:': write '{key}:' if that is meant");
                        return Err(bad(file, line, message));
                    }
                    None => prose.push(text),
                },
            }
        }
        header.documentation = prose.join("\n").trim().to_owned();
        // A comment that does not stand above the words may be about anything, a licence for one.
        let paragraph = prose[..above]
            .iter()
            .skip_while(|line| line.is_empty())
            .take_while(|line| !line.is_empty());
        let message = paragraph.copied().collect::<Vec<_>>().join(" ");
        header.message = (!message.is_empty()).then_some(message);
        Ok(header)
    }

    fn set(&mut self, key: &str, value: &str) {
        match key {
            ID => self.id = (!value.is_empty()).then(|| value.to_owned()),
            REVISES => self.revises = Some(ids(value)),
            DEPENDS_ON => self.depends_on = ids(value),
            BRANCH_LABELS => self.branch_labels = ids(value),
            CONVERTED => self.converted = Converted::read(value),
            _ => self.create_date = (!value.is_empty()).then(|| value.to_owned()),
        }
    }
}

fn ids(value: &str) -> Vec<String> {
    let listed = value.split(',').map(str::trim).filter(|id| !id.is_empty());
    match value.to_ascii_lowercase().as_str() {
        "none" | "base" | "<base>" => Vec::new(),
        _ => listed.map(str::to_owned).collect(),
    }
}

/// The lines of the comment at the file's start, without their dashes, up to the first line of SQL
/// or of a section.
pub(super) fn comment_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    lines(text.trim_start_matches('\u{feff}')).map_while(|(number, line, _)| {
        let line = line.trim();
        match line.strip_prefix("--") {
            Some(comment) if mark_words(comment.trim_start()).is_none() => Some((number, comment.trim())),
            None if line.is_empty() => Some((number, "")),
            _ => None,
        }
    })
}

pub(super) fn key_value(line: &str) -> Option<(&'static str, &str)> {
    let (word, value) = line.split_once(':')?;
    let key = KEYS
        .into_iter()
        .find(|key| key.eq_ignore_ascii_case(word.trim()))?;
    Some((key, value.trim()))
}

/// A word before a colon that is nearly one of the header's.
fn misspelt_key(line: &str) -> Option<(&str, &'static str)> {
    let (word, _) = line.split_once(':')?;
    let word = word.trim();
    let near = |key: &&str| strsim::levenshtein(&word.to_lowercase(), &key.to_lowercase()) <= 2;
    KEYS.into_iter().find(near).map(|key| (word, key))
}

fn bad(file: &str, line: usize, message: String) -> ScriptError {
    ScriptError::Bad {
        file: file.to_owned(),
        line,
        column: 1,
        message,
    }
}
