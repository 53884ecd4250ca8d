use std::collections::BTreeMap;
use std::sync::Arc;

use limbeck_core::Dialect;
use limbeck_core::plan::Statement;
use limbeck_core::script::{Direction, sections};

use super::RevisionWriter;
use crate::catalog::Difference;
use crate::models::CompareOptions;

/// How a revision is written from models.
///
/// ```
/// use limbeck::AutogenerateOptions;
///
/// let options = AutogenerateOptions { renames: vec!["users.fullname:users.name".to_owned()], ..AutogenerateOptions::default() };
/// assert!(options.verify && options.online && !options.allow_drop);
/// ```
#[derive(Debug, Clone)]
pub struct AutogenerateOptions {
    /// How schemas are read and compared.
    pub compare: CompareOptions,
    /// Tables and columns that get another name: `users.fullname:users.name`, `users:accounts`.
    pub renames: Vec<String>,
    /// Whether what may only have got another name is dropped and added.
    pub allow_drop: bool,
    /// Whether the application goes on while the revision runs: then PostgreSQL makes indexes concurrently, and validates constraints apart.
    pub online: bool,
    /// Whether what is written is run on a scratch database first.
    pub verify: bool,
    /// Whether the models are compared with what the revisions make, and not with the database.
    pub replay: bool,
    /// What the revision is written by, where that is not to be in SQL.
    pub writer: Option<Arc<dyn RevisionWriter>>,
}

impl Default for AutogenerateOptions {
    fn default() -> Self {
        Self {
            compare: CompareOptions::default(),
            renames: Vec::new(),
            allow_drop: false,
            online: true,
            verify: true,
            replay: false,
            writer: None,
        }
    }
}

/// A revision that was written from models.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Draft {
    /// The database that it is for.
    pub dialect: Dialect,
    /// What makes the database what the models say.
    pub upgrade: Vec<Statement>,
    /// What makes it what it was.
    pub downgrade: Vec<Statement>,
    /// PostgreSQL: the enums of both sides, by their names as they stand in SQL, with their values.
    pub enums: BTreeMap<String, Vec<String>>,
    /// What gets another name, as `users.fullname:users.name`.
    pub renames: Vec<String>,
    /// What differs between the database and the models, beside what only gets another name.
    pub differences: Vec<Difference>,
    /// What differs and is not changed, because limbeck can't write it.
    pub left_alone: Vec<Difference>,
    /// Whether it was run on a scratch database, there and back.
    pub verified: bool,
}

impl Draft {
    pub(super) fn new(dialect: Dialect, upgrade: Vec<Statement>, downgrade: Vec<Statement>) -> Self {
        Self {
            dialect,
            upgrade,
            downgrade,
            enums: BTreeMap::new(),
            renames: Vec::new(),
            differences: Vec::new(),
            left_alone: Vec::new(),
            verified: false,
        }
    }

    /// A draft that does nothing on a kind of database.
    pub fn empty(dialect: Dialect) -> Self {
        Self {
            verified: true,
            ..Self::new(dialect, Vec::new(), Vec::new())
        }
    }

    /// Forgets what its statements are for, so that it can be written as SQL only.
    pub(super) fn spell_out(&mut self) {
        for statement in self.upgrade.iter_mut().chain(&mut self.downgrade) {
            statement.ops = Arc::default();
        }
    }

    /// What a reviewer must know, in lines.
    pub fn notes(&self) -> Vec<String> {
        let unverified = (!self.verified)
            .then(|| "Not verified: this was not run on a scratch database. Review it.".to_owned());
        let left_alone = self.left_alone.iter();
        let left_alone = left_alone.map(|what| format!("Left alone, since limbeck can't write it: {what}"));
        unverified.into_iter().chain(left_alone).collect()
    }

    /// The sections of the revision file, and above them what a reviewer must know. Several drafts have sections of their own for
    /// each kind of database.
    ///
    /// ```
    /// use limbeck::{Dialect, Draft};
    ///
    /// let one = [Draft::empty(Dialect::Sqlite)];
    /// assert_eq!(Draft::text(&one), "-- limbeck:upgrade\n\n-- limbeck:downgrade\n");
    /// let two = [Draft::empty(Dialect::Sqlite), Draft::empty(Dialect::Postgresql)];
    /// assert!(Draft::text(&two).starts_with("-- limbeck:upgrade sqlite\n\n-- limbeck:upgrade postgresql\n"));
    /// ```
    pub fn text(drafts: &[Self]) -> String {
        let mut notes = String::new();
        for draft in drafts {
            for note in draft.notes() {
                let note = if drafts.len() > 1 {
                    format!("On {}: {note}", draft.dialect)
                } else {
                    note
                };
                notes.push_str(&format!("-- {note}\n"));
            }
        }
        if !notes.is_empty() {
            notes.push('\n');
        }
        let written = |direction: Direction| {
            drafts.iter().map(move |draft| {
                let statements = match direction {
                    Direction::Upgrade => &draft.upgrade,
                    Direction::Downgrade => &draft.downgrade,
                };
                sections(direction, statements, (drafts.len() > 1).then_some(draft.dialect))
            })
        };
        let all: Vec<String> = written(Direction::Upgrade)
            .chain(written(Direction::Downgrade))
            .collect();
        notes + &all.join("\n")
    }
}
