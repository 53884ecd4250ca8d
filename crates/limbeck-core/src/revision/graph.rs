//! The graph itself: what is there, and what is next to what.

use std::collections::HashMap;

use super::GraphError;
use super::Revision;
use super::build;
use super::label::Labels;
use super::order::Shape;

/// An immutable graph of revisions.
///
/// The order in which the revisions are given is the load order: it breaks every tie, as the
/// order of the files does in Alembic.
///
/// ```
/// use limbeck_core::revision::{Graph, Revision};
///
/// let graph = Graph::new(vec![
///     Revision { id: "001".into(), ..Revision::default() },
///     Revision { id: "002".into(), revises: vec!["001".into()], ..Revision::default() },
/// ])?;
/// assert_eq!(graph.heads(), ["002"]);
/// # Ok::<(), limbeck_core::revision::GraphError>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Graph {
    pub(super) revisions: Vec<Revision>,
    /// Ids and branch labels.
    pub(super) keys: HashMap<String, usize>,
    /// `revises`.
    pub(super) parents: Vec<Vec<usize>>,
    /// `depends_on`, resolved.
    pub(super) deps: Vec<Vec<usize>>,
    /// Parents, then those dependencies that no ancestor has already.
    pub(super) downs: Vec<Vec<usize>>,
    /// The reverse of `parents`.
    pub(super) children: Vec<Vec<usize>>,
    /// The reverse of `parents` and `deps` together.
    pub(super) ups: Vec<Vec<usize>>,
    pub(super) labels: Labels,
    pub(super) shape: Shape,
}

impl Graph {
    /// Builds the graph of these revisions, in load order.
    ///
    /// ```
    /// # use limbeck_core::revision::{Graph, Revision};
    /// let same = Revision { id: "001".into(), ..Revision::default() };
    /// assert!(Graph::new(vec![same.clone()]).is_ok());
    /// assert!(Graph::new(vec![same.clone(), same]).is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// Any [`GraphError`]: an id that is used twice, a parent that is missing, a cycle.
    pub fn new(revisions: Vec<Revision>) -> Result<Self, GraphError> {
        build::build(revisions)
    }

    /// Returns how many revisions there are.
    ///
    /// ```
    /// # use limbeck_core::revision::{Graph, Revision};
    /// # let graph = Graph::new(vec![
    /// #     Revision { id: "001".into(), ..Revision::default() },
    /// #     Revision { id: "002".into(), revises: vec!["001".into()], ..Revision::default() },
    /// # ])?;
    /// assert_eq!(graph.len(), 2);
    /// # Ok::<(), limbeck_core::revision::GraphError>(())
    /// ```
    pub fn len(&self) -> usize {
        self.revisions.len()
    }

    /// Tells whether there are no revisions.
    ///
    /// ```
    /// # use limbeck_core::revision::{Graph, Revision};
    /// assert!(Graph::default().is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.revisions.is_empty()
    }

    /// Goes through the revisions in load order.
    ///
    /// ```
    /// # use limbeck_core::revision::{Graph, Revision};
    /// # let graph = Graph::new(vec![
    /// #     Revision { id: "001".into(), ..Revision::default() },
    /// #     Revision { id: "002".into(), revises: vec!["001".into()], ..Revision::default() },
    /// # ])?;
    /// let ids: Vec<&str> = graph.iter().map(|revision| revision.id.as_str()).collect();
    /// assert_eq!(ids, ["001", "002"]);
    /// # Ok::<(), limbeck_core::revision::GraphError>(())
    /// ```
    pub fn iter(&self) -> impl Iterator<Item = &Revision> {
        self.revisions.iter()
    }

    /// Returns the revision with exactly this id.
    ///
    /// ```
    /// # use limbeck_core::revision::{Graph, Revision};
    /// # let graph = Graph::new(vec![
    /// #     Revision { id: "001".into(), ..Revision::default() },
    /// #     Revision { id: "002".into(), revises: vec!["001".into()], ..Revision::default() },
    /// # ])?;
    /// assert_eq!(graph.get("002").map(|revision| revision.revises.len()), Some(1));
    /// assert!(graph.get("00").is_none());
    /// # Ok::<(), limbeck_core::revision::GraphError>(())
    /// ```
    pub fn get(&self, id: &str) -> Option<&Revision> {
        self.index(id).map(|at| &self.revisions[at])
    }

    /// Returns the revisions that none revises.
    ///
    /// ```
    /// # use limbeck_core::revision::{Graph, Revision};
    /// # let revision = |id: &str, revises: &[&str]| Revision {
    /// #     id: id.into(), revises: revises.iter().map(|id| id.to_string()).collect(), ..Revision::default()
    /// # };
    /// let graph = Graph::new(vec![revision("a", &[]), revision("b", &["a"]), revision("c", &["a"])])?;
    /// assert_eq!(graph.heads(), ["b", "c"]);
    /// # Ok::<(), limbeck_core::revision::GraphError>(())
    /// ```
    pub fn heads(&self) -> Vec<&str> {
        self.ids(self.head_indexes())
    }

    /// Returns the revisions that none revises or depends on: the rows after an upgrade to `heads`.
    ///
    /// ```
    /// # use limbeck_core::revision::{Graph, Revision};
    /// let api = Revision { id: "api".into(), ..Revision::default() };
    /// let web = Revision { id: "web".into(), depends_on: vec!["api".into()], ..Revision::default() };
    /// let graph = Graph::new(vec![api, web])?;
    /// assert_eq!(graph.heads(), ["api", "web"]);
    /// assert_eq!(graph.real_heads(), ["web"]);
    /// # Ok::<(), limbeck_core::revision::GraphError>(())
    /// ```
    pub fn real_heads(&self) -> Vec<&str> {
        self.ids(self.real_head_indexes())
    }

    /// Returns the revisions that revise none.
    ///
    /// ```
    /// # use limbeck_core::revision::{Graph, Revision};
    /// let api = Revision { id: "api".into(), ..Revision::default() };
    /// let web = Revision { id: "web".into(), depends_on: vec!["api".into()], ..Revision::default() };
    /// let graph = Graph::new(vec![api, web])?;
    /// assert_eq!(graph.bases(), ["api", "web"]);
    /// # Ok::<(), limbeck_core::revision::GraphError>(())
    /// ```
    pub fn bases(&self) -> Vec<&str> {
        self.ids(self.base_indexes())
    }

    /// Returns the revisions that revise this one, in load order.
    ///
    /// ```
    /// # use limbeck_core::revision::{Graph, Revision};
    /// # let revision = |id: &str, revises: &[&str]| Revision {
    /// #     id: id.into(), revises: revises.iter().map(|id| id.to_string()).collect(), ..Revision::default()
    /// # };
    /// let graph = Graph::new(vec![revision("a", &[]), revision("b", &["a"]), revision("c", &["a"])])?;
    /// assert_eq!(graph.children("a"), ["b", "c"]);
    /// # Ok::<(), limbeck_core::revision::GraphError>(())
    /// ```
    pub fn children(&self, id: &str) -> Vec<&str> {
        self.index(id)
            .map(|at| self.ids(self.children[at].iter().copied()))
            .unwrap_or_default()
    }

    /// Returns the names of the branches that this revision is on, sorted.
    ///
    /// A label counts for every descendant, and downwards as long as the line has no branch point
    /// and no merge point (Alembic's "Working with Branches", "Working with Branch Labels").
    ///
    /// ```
    /// # use limbeck_core::revision::{Graph, Revision};
    /// let graph = Graph::new(vec![
    ///     Revision { id: "001".into(), ..Revision::default() },
    ///     Revision {
    ///         id: "002".into(), revises: vec!["001".into()], branch_labels: vec!["billing".into()],
    ///         ..Revision::default()
    ///     },
    /// ])?;
    /// assert_eq!((graph.labels("001"), graph.labels("002")), (vec!["billing"], vec!["billing"]));
    /// # Ok::<(), limbeck_core::revision::GraphError>(())
    /// ```
    pub fn labels(&self, id: &str) -> Vec<&str> {
        self.index(id).map(|at| self.labels_at(at)).unwrap_or_default()
    }

    /// Tells whether nothing revises this revision.
    ///
    /// ```
    /// # use limbeck_core::revision::{Graph, Revision};
    /// # let graph = Graph::new(vec![
    /// #     Revision { id: "001".into(), ..Revision::default() },
    /// #     Revision { id: "002".into(), revises: vec!["001".into()], ..Revision::default() },
    /// # ])?;
    /// assert!(graph.is_head("002") && !graph.is_head("001"));
    /// # Ok::<(), limbeck_core::revision::GraphError>(())
    /// ```
    pub fn is_head(&self, id: &str) -> bool {
        self.index(id).is_some_and(|at| self.children[at].is_empty())
    }

    /// Tells whether nothing revises this revision or depends on it.
    ///
    /// ```
    /// # use limbeck_core::revision::{Graph, Revision};
    /// let api = Revision { id: "api".into(), ..Revision::default() };
    /// let web = Revision { id: "web".into(), depends_on: vec!["api".into()], ..Revision::default() };
    /// let graph = Graph::new(vec![api, web])?;
    /// assert!(graph.is_head("api") && !graph.is_real_head("api"));
    /// # Ok::<(), limbeck_core::revision::GraphError>(())
    /// ```
    pub fn is_real_head(&self, id: &str) -> bool {
        self.index(id).is_some_and(|at| self.ups[at].is_empty())
    }

    /// Tells whether several revisions revise this one.
    ///
    /// ```
    /// # use limbeck_core::revision::{Graph, Revision};
    /// # let revision = |id: &str, revises: &[&str]| Revision {
    /// #     id: id.into(), revises: revises.iter().map(|id| id.to_string()).collect(), ..Revision::default()
    /// # };
    /// let graph = Graph::new(vec![revision("a", &[]), revision("b", &["a"]), revision("c", &["a"])])?;
    /// assert!(graph.is_branch_point("a") && !graph.is_branch_point("b"));
    /// # Ok::<(), limbeck_core::revision::GraphError>(())
    /// ```
    pub fn is_branch_point(&self, id: &str) -> bool {
        self.index(id).is_some_and(|at| self.children[at].len() > 1)
    }

    /// Tells whether this revision revises several others.
    ///
    /// ```
    /// # use limbeck_core::revision::{Graph, Revision};
    /// # let revision = |id: &str, revises: &[&str]| Revision {
    /// #     id: id.into(), revises: revises.iter().map(|id| id.to_string()).collect(), ..Revision::default()
    /// # };
    /// let graph = Graph::new(vec![
    ///     revision("a", &[]), revision("b", &["a"]), revision("c", &["a"]), revision("d", &["b", "c"]),
    /// ])?;
    /// assert!(graph.is_merge_point("d") && !graph.is_merge_point("b"));
    /// # Ok::<(), limbeck_core::revision::GraphError>(())
    /// ```
    pub fn is_merge_point(&self, id: &str) -> bool {
        self.index(id).is_some_and(|at| self.parents[at].len() > 1)
    }

    /// Tells whether this revision revises none.
    ///
    /// ```
    /// # use limbeck_core::revision::{Graph, Revision};
    /// # let graph = Graph::new(vec![
    /// #     Revision { id: "001".into(), ..Revision::default() },
    /// #     Revision { id: "002".into(), revises: vec!["001".into()], ..Revision::default() },
    /// # ])?;
    /// assert!(graph.is_base("001") && !graph.is_base("002"));
    /// # Ok::<(), limbeck_core::revision::GraphError>(())
    /// ```
    pub fn is_base(&self, id: &str) -> bool {
        self.index(id).is_some_and(|at| self.parents[at].is_empty())
    }

    /// Returns the ids that this revision depends on, labels replaced by the ids they stand for.
    ///
    /// ```
    /// # use limbeck_core::revision::{Graph, Revision};
    /// let api = Revision { id: "001".into(), branch_labels: vec!["api".into()], ..Revision::default() };
    /// let web = Revision { id: "002".into(), depends_on: vec!["api".into()], ..Revision::default() };
    /// let graph = Graph::new(vec![api, web])?;
    /// assert_eq!(graph.resolved_dependencies("002"), ["001"]);
    /// # Ok::<(), limbeck_core::revision::GraphError>(())
    /// ```
    pub fn resolved_dependencies(&self, id: &str) -> Vec<&str> {
        self.index(id)
            .map(|at| self.ids(self.deps[at].iter().copied()))
            .unwrap_or_default()
    }

    /// Finds an id, and no label.
    pub(super) fn index(&self, id: &str) -> Option<usize> {
        self.keys
            .get(id)
            .copied()
            .filter(|&at| self.revisions[at].id == id)
    }

    pub(super) fn id(&self, at: usize) -> &str {
        &self.revisions[at].id
    }

    pub(super) fn ids(&self, at: impl IntoIterator<Item = usize>) -> Vec<&str> {
        at.into_iter().map(|at| self.id(at)).collect()
    }

    pub(super) fn names(&self, at: impl IntoIterator<Item = usize>) -> Vec<String> {
        at.into_iter().map(|at| self.id(at).to_owned()).collect()
    }

    pub(super) fn refs(&self, at: impl IntoIterator<Item = usize>) -> Vec<&Revision> {
        at.into_iter().map(|at| &self.revisions[at]).collect()
    }

    pub(super) fn head_indexes(&self) -> impl Iterator<Item = usize> {
        (0..self.len()).filter(|&at| self.children[at].is_empty())
    }

    pub(super) fn real_head_indexes(&self) -> impl Iterator<Item = usize> {
        (0..self.len()).filter(|&at| self.ups[at].is_empty())
    }

    pub(super) fn base_indexes(&self) -> impl Iterator<Item = usize> {
        (0..self.len()).filter(|&at| self.parents[at].is_empty())
    }

    /// Marks these revisions and all that must be applied before them.
    pub(super) fn ancestors(&self, from: impl IntoIterator<Item = usize>) -> Vec<bool> {
        closure(&self.downs, from)
    }

    /// Marks these revisions and all that need them.
    pub(super) fn descendants(&self, from: impl IntoIterator<Item = usize>) -> Vec<bool> {
        closure(&self.ups, from)
    }

    /// Marks the ancestors and descendants of a revision, and itself, without dependencies: its branch.
    pub(super) fn lineage(&self, at: usize) -> Vec<bool> {
        union(closure(&self.parents, [at]), &closure(&self.children, [at]))
    }

    /// Marks the ancestors and descendants of a revision, and itself, with dependencies.
    pub(super) fn wide_lineage(&self, at: usize) -> Vec<bool> {
        union(self.ancestors([at]), &self.descendants([at]))
    }
}

/// Marks everything that can be reached from some revisions, and those themselves.
pub(super) fn closure(edges: &[Vec<usize>], from: impl IntoIterator<Item = usize>) -> Vec<bool> {
    let mut marks = vec![false; edges.len()];
    let mut todo = Vec::new();
    for start in from {
        if !marks[start] {
            marks[start] = true;
            todo.push(start);
        }
    }
    while let Some(at) = todo.pop() {
        for &next in &edges[at] {
            if !marks[next] {
                marks[next] = true;
                todo.push(next);
            }
        }
    }
    marks
}

fn union(mut a: Vec<bool>, b: &[bool]) -> Vec<bool> {
    for (a, b) in a.iter_mut().zip(b) {
        *a |= b;
    }
    a
}

/// Lists what is marked, in load order.
pub(super) fn marked(marks: &[bool]) -> impl Iterator<Item = usize> {
    marks
        .iter()
        .enumerate()
        .filter(|(_, mark)| **mark)
        .map(|(at, _)| at)
}
