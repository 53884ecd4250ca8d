//! What a step does to the rows of the version table.
//!
//! The rows are the revisions that are applied and that nothing applied needs: following every
//! parent and dependency down from them gives all that is applied, and none of them can be left
//! out.

use std::fmt;

use super::Graph;

/// Which way a step goes.
///
/// ```
/// # use limbeck_core::revision::{Direction, Graph, Revision};
/// # let graph = Graph::new(vec![
/// #     Revision { id: "001".into(), ..Revision::default() },
/// #     Revision { id: "002".into(), revises: vec!["001".into()], ..Revision::default() },
/// # ])?;
/// assert_eq!(graph.upgrade(&[], "+1")?[0].direction, Direction::Upgrade);
/// assert_eq!(graph.stamp(&[], &["head".into()])?[0].direction, Direction::Stamp);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// A revision is applied.
    Upgrade,
    /// A revision is taken back.
    Downgrade,
    /// Rows change and nothing runs.
    Stamp,
}

/// One statement on the version table.
///
/// ```
/// # use limbeck_core::revision::{Graph, Revision, RowChange};
/// # let revision = |id: &str, revises: &[&str]| Revision {
/// #     id: id.into(), revises: revises.iter().map(|id| id.to_string()).collect(), ..Revision::default()
/// # };
/// # let graph = Graph::new(vec![
/// #     revision("a", &[]), revision("b", &["a"]), revision("c", &["a"]), revision("d", &["b", "c"]),
/// # ])?;
/// // A merge point takes the place of the rows that it follows.
/// let steps = graph.upgrade(&["b".into(), "c".into()], "d")?;
/// let replaced = RowChange::Update { from: "c".into(), to: "d".into() };
/// assert_eq!(steps[0].changes, [RowChange::Delete("b".into()), replaced]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum RowChange {
    /// A row is added.
    Insert(String),
    /// A row is given another id.
    Update {
        /// The id that it has.
        from: String,
        /// The id that it gets.
        to: String,
    },
    /// A row is taken away.
    Delete(String),
}

/// One step of a plan.
///
/// ```
/// # use limbeck_core::revision::{Graph, Revision};
/// # let graph = Graph::new(vec![
/// #     Revision { id: "001".into(), ..Revision::default() },
/// #     Revision { id: "002".into(), revises: vec!["001".into()], ..Revision::default() },
/// # ])?;
/// let step = &graph.upgrade(&["001".into()], "head")?[0];
/// assert_eq!(step.revision.as_deref(), Some("002"));
/// assert_eq!((&step.from, &step.to), (&vec!["001".to_owned()], &vec!["002".to_owned()]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Which way it goes.
    pub direction: Direction,
    /// The revision that runs; none for stamps.
    pub revision: Option<String>,
    /// Where it starts, without dependencies: the left side of Alembic's `Running upgrade a, b -> c`.
    pub from: Vec<String>,
    /// Where it leads, without dependencies.
    pub to: Vec<String>,
    /// What it does to the rows, in this order.
    pub changes: Vec<RowChange>,
}

impl fmt::Display for Step {
    /// Writes the step as Alembic logs it: `upgrade a, b -> c`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let direction = match self.direction {
            Direction::Upgrade => "upgrade",
            Direction::Downgrade => "downgrade",
            Direction::Stamp => "stamp_revision",
        };
        write!(
            f,
            "{direction} {} -> {}",
            self.from.join(", "),
            self.to.join(", ")
        )
    }
}

/// The rows while a plan is made.
pub(super) struct Rows<'a> {
    graph: &'a Graph,
    is_row: Vec<bool>,
    /// How many applied revisions stand directly on each revision.
    above: Vec<usize>,
}

impl<'a> Rows<'a> {
    pub(super) fn new(graph: &'a Graph, rows: &[usize], applied: &[bool]) -> Self {
        let mut is_row = vec![false; graph.len()];
        for &row in rows {
            is_row[row] = true;
        }
        let mut above = vec![0; graph.len()];
        for at in super::graph::marked(applied) {
            for &down in &graph.downs[at] {
                above[down] += 1;
            }
        }
        Self { graph, is_row, above }
    }

    pub(super) fn upgrade(&mut self, at: usize) -> Step {
        let graph = self.graph;
        let mut from = Vec::new();
        for &down in &graph.downs[at] {
            self.above[down] += 1;
            if std::mem::take(&mut self.is_row[down]) {
                from.push(down);
            }
        }
        self.is_row[at] = true;
        Step {
            direction: Direction::Upgrade,
            revision: Some(graph.id(at).to_owned()),
            from: graph.names(graph.parents[at].iter().copied()),
            to: vec![graph.id(at).to_owned()],
            changes: merge(&graph.names(from), graph.id(at)),
        }
    }

    pub(super) fn downgrade(&mut self, at: usize) -> Step {
        let graph = self.graph;
        let mut to = Vec::new();
        for &down in &graph.downs[at] {
            self.above[down] -= 1;
            // What something else still stands on needs no row.
            if self.above[down] == 0 {
                self.is_row[down] = true;
                to.push(down);
            }
        }
        self.is_row[at] = false;
        Step {
            direction: Direction::Downgrade,
            revision: Some(graph.id(at).to_owned()),
            from: vec![graph.id(at).to_owned()],
            to: graph.names(graph.parents[at].iter().copied()),
            changes: split(graph.id(at), &graph.names(to)),
        }
    }
}

/// Replaces several rows by one.
pub(super) fn merge(from: &[String], to: &str) -> Vec<RowChange> {
    let Some((last, others)) = from.split_last() else {
        return vec![RowChange::Insert(to.to_owned())];
    };
    let mut changes: Vec<RowChange> = others.iter().cloned().map(RowChange::Delete).collect();
    changes.push(RowChange::Update {
        from: last.clone(),
        to: to.to_owned(),
    });
    changes
}

/// Replaces one row by several.
fn split(from: &str, to: &[String]) -> Vec<RowChange> {
    let Some((last, others)) = to.split_last() else {
        return vec![RowChange::Delete(from.to_owned())];
    };
    let mut changes: Vec<RowChange> = others.iter().cloned().map(RowChange::Insert).collect();
    changes.push(RowChange::Update {
        from: from.to_owned(),
        to: last.clone(),
    });
    changes
}
