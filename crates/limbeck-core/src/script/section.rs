use std::ops::Range;

use super::error::ScriptError;
use super::{Direction, lines, position};
use crate::Dialect;
use crate::dialect::split;

/// A part of a revision file: from one `-- limbeck:` line to the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Section {
    /// Which way it is run.
    pub(super) direction: Direction,
    /// Whether each of its statements commits by itself, outside a transaction.
    pub(super) autocommit: bool,
    /// Where it is run.
    pub(super) databases: Databases,
    /// Its text, as bytes of the file.
    pub(super) range: Range<usize>,
}

/// The databases that a section is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Databases {
    /// `-- limbeck:upgrade`: those for which no section is written.
    Rest,
    /// `-- limbeck:upgrade all`: every one.
    All,
    /// `-- limbeck:upgrade sqlite mariadb`: those.
    Only(Vec<Dialect>),
}

/// Finds the sections. A file without a `-- limbeck:` line is one upgrade.
pub(super) fn find(file: &str, text: &str) -> Result<Vec<Section>, ScriptError> {
    let mut sections: Vec<Section> = Vec::new();
    for (number, line, range) in lines(text) {
        // An editor's byte order mark, indentation or capitals must not turn a mark into a mere comment: what stands
        // below it would become a part of the section above.
        let line = line.trim_start_matches('\u{feff}').trim_start();
        let Some(mark) = line.strip_prefix("--").map(str::trim_start) else {
            continue;
        };
        if let Some(words) = mark_words(mark) {
            if sections.is_empty() {
                above(file, &text[..range.start])?;
            }
            if let Some(last) = sections.last_mut() {
                last.range.end = range.start;
            }
            let section = parse(words, range.end..text.len()).map_err(|message| ScriptError::Bad {
                file: file.to_owned(),
                line: number,
                column: 1,
                message,
            })?;
            sections.push(section);
        } else if let Some(tool) = foreign_tool(mark) {
            let (file, mark) = (file.to_owned(), line.trim().to_owned());
            return Err(ScriptError::Foreign {
                file,
                line: number,
                mark,
                tool,
            });
        }
    }
    if sections.is_empty() {
        let databases = Databases::Rest;
        sections.push(Section {
            direction: Direction::Upgrade,
            autocommit: false,
            databases,
            range: 0..text.len(),
        });
    }
    Ok(sections)
}

/// What stands behind `limbeck:` in a comment.
pub(super) fn mark_words(comment: &str) -> Option<&str> {
    const MARK: &str = "limbeck:";
    let (word, rest) = comment.split_at_checked(MARK.len())?;
    word.eq_ignore_ascii_case(MARK).then_some(rest)
}

/// Refuses SQL above the first section: it belongs to none, so it would never be run.
fn above(file: &str, text: &str) -> Result<(), ScriptError> {
    let mut first = None;
    for dialect in Dialect::ALL {
        let split = split(dialect, text);
        match split.statements().next() {
            Some(piece) => first = Some(piece.offset),
            // What one database takes for a comment may be one.
            None => return Ok(()),
        }
    }
    let Some(offset) = first else { return Ok(()) };
    let (line, column) = position(text, offset);
    let message =
        "this stands above the first section, so it would never be run: put '-- limbeck:upgrade' above it";
    Err(ScriptError::Bad {
        file: file.to_owned(),
        line,
        column,
        message: message.to_owned(),
    })
}

fn parse(words: &str, range: Range<usize>) -> Result<Section, String> {
    let words = words.to_ascii_lowercase();
    let mut words = words.split([' ', '\t', ',']).filter(|word| !word.is_empty());
    let direction = match words.next() {
        Some("upgrade") => Direction::Upgrade,
        Some("downgrade") => Direction::Downgrade,
        other => {
            let written = other.unwrap_or_default();
            return Err(format!(
                "'limbeck:{written}' is no section: write 'limbeck:upgrade' or 'limbeck:downgrade'"
            ));
        }
    };
    let mut section = Section {
        direction,
        autocommit: false,
        databases: Databases::Rest,
        range,
    };
    for word in words {
        match (word, word.parse::<Dialect>()) {
            ("autocommit", _) => section.autocommit = true,
            ("all", _) => section.databases = Databases::All,
            (_, Ok(dialect)) => match &mut section.databases {
                Databases::Only(dialects) => dialects.push(dialect),
                _ => section.databases = Databases::Only(vec![dialect]),
            },
            _ => {
                return Err(format!(
                    "'{word}' says nothing to a section: write 'autocommit', 'all', or a database (sqlite, \
                     postgresql, mysql, mariadb)"
                ));
            }
        }
    }
    Ok(section)
}

/// The tool whose mark this comment is. Without this check its downgrade would be run as a part of
/// the upgrade.
fn foreign_tool(comment: &str) -> Option<&'static str> {
    let comment = comment.trim_end();
    match () {
        () if comment.starts_with("migrate:up") || comment.starts_with("migrate:down") => Some("dbmate"),
        () if comment.starts_with("+goose ") => Some("goose"),
        () if comment.starts_with("+migrate ") => Some("sql-migrate"),
        () => None,
    }
}

/// The sections to run, in file order: those written for this database, or else the unqualified ones;
/// and those for all. MariaDB takes MySQL's sections where it has none of its own. `None` where no section says
/// anything to this database.
pub(super) fn choose(sections: &[Section], direction: Direction, dialect: Dialect) -> Option<Vec<&Section>> {
    let sections: Vec<&Section> = sections
        .iter()
        .filter(|section| section.direction == direction)
        .collect();
    let names = |section: &&&Section, dialect| matches!(&section.databases, Databases::Only(d) if d.contains(&dialect));
    let own = [
        Some(dialect),
        (dialect == Dialect::Mariadb).then_some(Dialect::Mysql),
    ]
    .into_iter()
    .flatten()
    .find(|dialect| sections.iter().any(|section| names(&section, *dialect)));
    let wanted = |section: &&Section| match (&section.databases, own) {
        (Databases::All, _) => true,
        (Databases::Rest, own) => own.is_none(),
        (Databases::Only(dialects), Some(own)) => dialects.contains(&own),
        (Databases::Only(_), None) => false,
    };
    let chosen: Vec<&Section> = sections.into_iter().filter(wanted).collect();
    (!chosen.is_empty()).then_some(chosen)
}

/// The databases that sections of one direction are written for.
pub(super) fn named(sections: &[Section], direction: Direction) -> Vec<Dialect> {
    let of_direction = sections.iter().filter(|section| section.direction == direction);
    let names = of_direction.flat_map(|section| match &section.databases {
        Databases::Only(dialects) => dialects.clone(),
        Databases::Rest | Databases::All => Vec::new(),
    });
    names.collect()
}
