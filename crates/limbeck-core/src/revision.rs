//! Revisions, the graph they make, targets in it, and the steps from one state to another.
//!
//! Everything here is pure: it knows no files' contents, no databases and no SQL. Wherever
//! Alembic's answer hangs on the order of a Python set, the load order decides here, so that the
//! same revisions and rows always give the same answer.

mod build;
mod error;
mod graph;
mod history;
mod label;
mod nearest;
mod order;
mod resolve;
mod rows;
mod stamp;
mod steps;
mod target;

pub use error::GraphError;
pub use error::Place;
pub use error::ResolveError;
pub use graph::Graph;
pub use history::Current;
pub use rows::Direction;
pub use rows::RowChange;
pub use rows::Step;
pub use target::Range;

/// What one revision says of itself, as far as the graph is concerned.
///
/// ```
/// use limbeck_core::revision::Revision;
///
/// let revision = Revision {
///     id: "003".to_owned(),
///     revises: vec!["002".to_owned()],
///     message: "add user variables".to_owned(),
///     ..Revision::default()
/// };
/// assert!(revision.branch_labels.is_empty());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Revision {
    /// Its id, unique in the graph.
    pub id: String,
    /// The ids it follows: none for a base, several for a merge point.
    pub revises: Vec<String>,
    /// Ids or branch labels that must be applied before it, without being its parents.
    pub depends_on: Vec<String>,
    /// Names for the branch it is on.
    pub branch_labels: Vec<String>,
    /// Its first line or paragraph of documentation.
    pub message: String,
    /// The file it was read from, for messages; empty where there is none.
    pub file: String,
}
