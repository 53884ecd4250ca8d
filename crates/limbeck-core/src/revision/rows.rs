//! What a step does to the rows of the version table.
//!
//! The rows are the revisions that are applied and that nothing applied needs: following every
//! parent and dependency down from them gives all that is applied, and none of them can be left
//! out.

use std::fmt;

use super::Graph;

/// Which way a step goes.
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
            Direction::Stamp => "stamp",
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
