//! What can be wrong with a set of revisions, and with a target in it.

use std::fmt;

use thiserror::Error;

/// A revision and the file it stands in, as messages name them.
///
/// ```
/// use limbeck_core::revision::Place;
///
/// let place = Place { id: "002".to_owned(), file: "migrations/002_add_email.sql".to_owned() };
/// assert_eq!(place.to_string(), "'002' (migrations/002_add_email.sql)");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The revision's id.
    pub id: String,
    /// Its file; empty where it has none.
    pub file: String,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.file.is_empty() {
            write!(f, "'{}'", self.id)
        } else {
            write!(f, "'{}' ({})", self.id, self.file)
        }
    }
}

/// A set of revisions that is no graph.
///
/// ```
/// use limbeck_core::revision::{Graph, GraphError, Revision};
///
/// let orphan = Revision { id: "002".into(), revises: vec!["001".into()], ..Revision::default() };
/// let error = Graph::new(vec![orphan]).unwrap_err();
/// assert!(matches!(error, GraphError::MissingParent { missing, .. } if missing == "001"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum GraphError {
    /// A revision has no id.
    #[error(
        "a revision has an empty id{}; give it one, or rename the file",
        in_file(file)
    )]
    EmptyId {
        /// The file.
        file: String,
    },
    /// An id has characters that the target grammar needs for itself.
    #[error(
        "character(s) '{characters}' not allowed in revision identifier {at}; rename it, and every file that refers to it"
    )]
    ForbiddenCharacters {
        /// The revision.
        at: Place,
        /// The characters, separated by a comma and a space.
        characters: String,
    },
    /// An id or a label is a word that has a meaning as a target.
    #[error(
        "'{word}' can't name a revision or a branch, because it is a target of its own: rename it in revision {at}"
    )]
    ReservedWord {
        /// The revision that is called so, or has the label.
        at: Place,
        /// The word.
        word: String,
    },
    /// A branch label is empty, or has characters that the target grammar needs for itself.
    #[error(
        "branch label '{label}' of revision {at} can't be used in a target; leave out '@', ':' and white space"
    )]
    BadLabel {
        /// The revision.
        at: Place,
        /// The label.
        label: String,
    },
    /// Two revisions have the same id.
    #[error(
        "revision '{id}' is present more than once: in {} and {}; give one of them another id",
        file_or(first),
        file_or(second)
    )]
    DuplicateId {
        /// The id.
        id: String,
        /// The file that was loaded first.
        first: String,
        /// The file that was loaded second.
        second: String,
    },
    /// Two revisions claim one branch label.
    #[error(
        "branch label '{label}' in revision {second} is already used by revision {first}; a label names one branch, rename one of them"
    )]
    DuplicateLabel {
        /// The label.
        label: String,
        /// The revision that was loaded first.
        first: Place,
        /// The revision that was loaded second.
        second: Place,
    },
    /// A branch label is also the id of a revision.
    #[error("branch label '{label}' in revision {at} is also the id of revision {other}; rename the label")]
    LabelIsId {
        /// The label.
        label: String,
        /// The revision that has the label.
        at: Place,
        /// The revision that has the id.
        other: Place,
    },
    /// A revision follows one that is not there.
    #[error(
        "revision {at} revises '{missing}', which is not present{}; restore the file of '{missing}', or correct the parent in this one",
        suggest(nearest)
    )]
    MissingParent {
        /// The revision.
        at: Place,
        /// The id that it names.
        missing: String,
        /// Ids that are spelt alike.
        nearest: Vec<String>,
    },
    /// A revision depends on an id or label that is not there.
    #[error(
        "revision {at} depends on '{missing}', which is neither a revision nor a branch label{}; a dependency is written in full",
        suggest(nearest)
    )]
    MissingDependency {
        /// The revision.
        at: Place,
        /// The id or label that it names.
        missing: String,
        /// Ids and labels that are spelt alike.
        nearest: Vec<String>,
    },
    /// A revision depends on the beginning of several ids.
    #[error(
        "revision {at} depends on '{name}', which several revisions start with: {}; write one of them in full",
        quoted(candidates)
    )]
    AmbiguousDependency {
        /// The revision.
        at: Place,
        /// What it names.
        name: String,
        /// What it could mean.
        candidates: Vec<String>,
    },
    /// A revision follows itself, or depends on itself.
    #[error("{}elf-loop is detected in revision {at}; it can't come before itself, name another revision", if *.dependency { "dependency s" } else { "s" })]
    SelfLoop {
        /// The revision.
        at: Place,
        /// Whether it is the dependency that names the revision itself.
        dependency: bool,
    },
    /// Revisions follow each other in a ring.
    #[error(
        "cycle is detected in revisions ({}); each of them revises the next, correct one of the parents",
        places(revisions)
    )]
    Cycle {
        /// The ring: each revises the next, the last one the first.
        revisions: Vec<Place>,
    },
    /// Revisions follow or depend on each other in a ring.
    #[error(
        "dependency cycle is detected in revisions ({}); each of them revises or depends on the next, remove one of the dependencies",
        places(revisions)
    )]
    DependencyCycle {
        /// The ring: each revises or depends on the next, the last one on the first.
        revisions: Vec<Place>,
    },
}

/// A target that can't be found, or can't be reached.
///
/// The first words of most messages are Alembic's, so that a search for one finds what was written about it.
///
/// ```
/// use limbeck_core::revision::{Graph, ResolveError, Revision};
///
/// let graph = Graph::new(vec![Revision { id: "create_users".into(), ..Revision::default() }])?;
/// let error = graph.resolve("create_user_s", &[]).unwrap_err();
/// assert!(matches!(&error, ResolveError::NotFound { nearest, .. } if *nearest == ["create_users"]));
/// assert!(error.to_string().starts_with("can't locate revision identified by 'create_user_s'"));
/// # Ok::<(), limbeck_core::revision::GraphError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ResolveError {
    /// The text is not a target, or not one for this command.
    #[error("'{target}' is not a target here: {why}")]
    Syntax {
        /// The text.
        target: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// No revision is called so.
    #[error("can't locate revision identified by '{target}'{}", suggest(nearest))]
    NotFound {
        /// The id, prefix or label.
        target: String,
        /// Ids and labels that are spelt alike.
        nearest: Vec<String>,
    },
    /// No branch is called so.
    #[error("no such branch: '{branch}'{}", suggest(nearest))]
    NoSuchBranch {
        /// The text before the `@`.
        branch: String,
        /// Ids and labels that are spelt alike.
        nearest: Vec<String>,
    },
    /// Several revisions start with the text.
    #[error(
        "multiple revisions start with '{prefix}': {}; add more of its characters",
        quoted(candidates)
    )]
    Ambiguous {
        /// The text.
        prefix: String,
        /// The ids and labels that start with it.
        candidates: Vec<String>,
    },
    /// There are several heads where one is needed.
    #[error(
        "multiple head revisions are present for given argument '{target}': {}; specify one of them, '<branchname>@head' to narrow to a specific head, or 'heads' for all heads",
        list(heads)
    )]
    MultipleHeads {
        /// The target.
        target: String,
        /// The heads.
        heads: Vec<String>,
    },
    /// The revision is there, but not on the branch that was named.
    #[error("revision '{id}' is not a member of branch '{branch}'")]
    NotOnBranch {
        /// The revision.
        id: String,
        /// The branch.
        branch: String,
    },
    /// A relative target passes the end of the graph.
    #[error("relative revision {target} didn't produce {steps} migrations: it walks too far, past {end}")]
    TooFar {
        /// The target.
        target: String,
        /// How many steps were asked for.
        steps: usize,
        /// The last place that was reached: an id, or `base`.
        end: String,
    },
    /// A relative target meets a point with several ways on.
    #[error(
        "ambiguous walk to '{target}': from {at} it could go to {}; name one of them, or a branch as in '<branchname>@+1'",
        list(candidates)
    )]
    AmbiguousWalk {
        /// The target.
        target: String,
        /// Where the ways part: an id, or `base`.
        at: String,
        /// Where they lead.
        candidates: Vec<String>,
    },
    /// `+N` with several rows to start from.
    #[error(
        "ambiguous upgrade from multiple current revisions: {} are all current, and '{target}' could start from each; say which, as in {}",
        list(rows),
        list(instead)
    )]
    AmbiguousUpgrade {
        /// The target.
        target: String,
        /// The rows it could start from.
        rows: Vec<String>,
        /// Targets that say which.
        instead: Vec<String>,
    },
    /// `-N` with several rows to start from.
    #[error(
        "downgrade {target} from multiple current revisions is ambiguous: {} are all current; say which, as in {}",
        list(rows),
        list(instead)
    )]
    AmbiguousDowngrade {
        /// The target.
        target: String,
        /// The rows it could start from.
        rows: Vec<String>,
        /// Targets that say which.
        instead: Vec<String>,
    },
    /// `-N` with no row to start from.
    #[error(
        "relative revision {target} didn't produce {steps} migrations: {}",
        nothing(branch)
    )]
    NothingApplied {
        /// The target.
        target: String,
        /// How many steps were asked for.
        steps: usize,
        /// The branch that was named.
        branch: Option<String>,
    },
    /// `upgrade -N` or `downgrade +N`.
    #[error("relative revision {target} didn't produce {steps} migrations: {why}")]
    WrongDirection {
        /// The target.
        target: String,
        /// How many steps were asked for.
        steps: usize,
        /// What to do instead.
        why: &'static str,
    },
    /// The target of a downgrade is not below any row.
    #[error(
        "destination {target} is not a valid downgrade target from current head(s) {}; it must be one of their ancestors",
        list_or_none(rows)
    )]
    NotDowngradeTarget {
        /// The target.
        target: String,
        /// The rows.
        rows: Vec<String>,
    },
    /// The two ends of a range are not on one line.
    #[error(
        "requested range {lower}:{upper} does not refer to ancestor/descendant revisions along the same branch"
    )]
    NotOneLine {
        /// The start.
        lower: String,
        /// The end.
        upper: String,
    },
    /// Of several targets or rows, one is already part of another.
    #[error(
        "requested revision {id} overlaps with other requested revisions {}: {id} comes after them, so leave them out",
        list(overlaps)
    )]
    Overlap {
        /// The one that contains the others.
        id: String,
        /// The others.
        overlaps: Vec<String>,
    },
    /// The version table has rows that no revision is called.
    #[error(
        "can't locate revision identified by {}, which the database is at; restore the missing file(s), or use the checkout that has them; to give the row(s) up, stamp with --purge",
        quoted(ids)
    )]
    UnknownRow {
        /// The rows.
        ids: Vec<String>,
    },
}

fn in_file(file: &str) -> String {
    if file.is_empty() {
        String::new()
    } else {
        format!(" in {file}")
    }
}

fn file_or(file: &str) -> &str {
    if file.is_empty() {
        "a revision without a file"
    } else {
        file
    }
}

fn suggest(nearest: &[String]) -> String {
    if nearest.is_empty() {
        String::new()
    } else {
        format!("; did you mean {}?", quoted(nearest))
    }
}

fn nothing(branch: &Option<String>) -> String {
    match branch {
        Some(branch) => format!("nothing is applied on branch '{branch}'"),
        None => "nothing is applied".to_owned(),
    }
}

/// Messages stay readable when half of a large graph is to be named.
const SHOWN: usize = 10;

fn join(items: impl ExactSizeIterator<Item = String>) -> String {
    let more = items.len().saturating_sub(SHOWN);
    let mut text = items.take(SHOWN).collect::<Vec<_>>().join(", ");
    if more > 0 {
        text.push_str(&format!(" and {more} more"));
    }
    text
}

fn list(ids: &[String]) -> String {
    join(ids.iter().cloned())
}

fn list_or_none(ids: &[String]) -> String {
    if ids.is_empty() {
        "(none)".to_owned()
    } else {
        list(ids)
    }
}

fn quoted(ids: &[String]) -> String {
    join(ids.iter().map(|id| format!("'{id}'")))
}

fn places(places: &[Place]) -> String {
    join(places.iter().map(Place::to_string))
}
