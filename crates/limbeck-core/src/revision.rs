//! Revisions, the graph they make, targets in it, and the steps from one state to another.
//!
//! Everything here is pure: it knows no files' contents, no databases and no SQL.

/// What one revision says of itself, as far as the graph is concerned.
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
