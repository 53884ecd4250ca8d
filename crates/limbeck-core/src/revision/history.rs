//! Looking at where a database is, and at how revisions follow each other.

use super::Graph;
use super::ResolveError;
use super::Revision;
use super::graph::closure;
use super::graph::marked;
use super::order::newest_first;
use super::resolve::Overlong;
use super::target::Symbol;
use super::target::Target;

/// What the rows of a version table mean, each list in load order: what `alembic current` shows.
///
/// ```
/// # use limbeck_core::revision::{Current, Graph, Revision};
/// # let graph = Graph::new(vec![
/// #     Revision { id: "001".into(), ..Revision::default() },
/// #     Revision { id: "002".into(), revises: vec!["001".into()], ..Revision::default() },
/// # ])?;
/// let Current { rows, implied, unknown } = graph.current(&["001".into(), "gone".into()]);
/// assert_eq!(rows, [graph.get("001").unwrap()]);
/// assert!(implied.is_empty());
/// assert_eq!(unknown, ["gone"]);
/// # Ok::<(), limbeck_core::revision::GraphError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Current<'a> {
    /// The revisions of the rows.
    pub rows: Vec<&'a Revision>,
    /// The tips of branches that are applied because a row depends on them.
    pub implied: Vec<&'a Revision>,
    /// The rows that are no revision, sorted.
    pub unknown: Vec<String>,
}

impl Graph {
    /// Tells what the rows of a version table mean.
    ///
    /// ```
    /// # use limbeck_core::revision::{Graph, Revision};
    /// let api = Revision { id: "api".into(), ..Revision::default() };
    /// let web = Revision { id: "web".into(), depends_on: vec!["api".into()], ..Revision::default() };
    /// let graph = Graph::new(vec![api, web])?;
    /// let current = graph.current(&["web".into()]);
    /// assert_eq!((current.rows[0].id.as_str(), current.implied[0].id.as_str()), ("web", "api"));
    /// # Ok::<(), limbeck_core::revision::GraphError>(())
    /// ```
    pub fn current(&self, rows: &[String]) -> Current<'_> {
        let (known, unknown) = self.known(rows);
        let implied = self
            .current_indexes(&known)
            .into_iter()
            .filter(|at| !known.contains(at));
        let implied = self.refs(implied);
        Current {
            rows: self.refs(known),
            implied,
            unknown,
        }
    }

    /// Lists all that is applied, oldest first; rows that are no revision count for nothing.
    ///
    /// ```
    /// # use limbeck_core::revision::{Graph, Revision};
    /// # let graph = Graph::new(vec![
    /// #     Revision { id: "001".into(), ..Revision::default() },
    /// #     Revision { id: "002".into(), revises: vec!["001".into()], ..Revision::default() },
    /// # ])?;
    /// let ids: Vec<&str> = graph.applied(&["002".into()]).iter().map(|revision| revision.id.as_str()).collect();
    /// assert_eq!(ids, ["001", "002"]);
    /// # Ok::<(), limbeck_core::revision::GraphError>(())
    /// ```
    pub fn applied(&self, rows: &[String]) -> Vec<&Revision> {
        let (known, _) = self.known(rows);
        self.refs(self.missing(&known, &vec![false; self.len()]))
    }

    /// Lists what is not applied, in the order in which an upgrade to `heads` applies it.
    ///
    /// ```
    /// # use limbeck_core::revision::{Graph, Revision};
    /// # let graph = Graph::new(vec![
    /// #     Revision { id: "001".into(), ..Revision::default() },
    /// #     Revision { id: "002".into(), revises: vec!["001".into()], ..Revision::default() },
    /// # ])?;
    /// assert_eq!(graph.pending(&["001".into()]), [graph.get("002").unwrap()]);
    /// assert!(graph.pending(&["002".into()]).is_empty());
    /// # Ok::<(), limbeck_core::revision::GraphError>(())
    /// ```
    pub fn pending(&self, rows: &[String]) -> Vec<&Revision> {
        let (known, _) = self.known(rows);
        let heads: Vec<usize> = self.real_head_indexes().collect();
        self.refs(self.missing(&heads, &self.ancestors(known)))
    }

    /// Lists the revisions of a range, newest first, both ends included (Alembic's tutorial, "Viewing History Ranges").
    ///
    /// Without a lower end it starts at the base, without an upper one it ends at the heads.
    /// Relative ends that go too far end where the graph does. Rows that are no revision count
    /// for nothing in `current`.
    ///
    /// ```
    /// # use limbeck_core::revision::{Graph, Revision};
    /// # let graph = Graph::new(vec![
    /// #     Revision { id: "001".into(), ..Revision::default() },
    /// #     Revision { id: "002".into(), revises: vec!["001".into()], ..Revision::default() },
    /// # ])?;
    /// let ids = |found: Vec<&Revision>| found.iter().map(|r| r.id.clone()).collect::<Vec<_>>();
    /// assert_eq!(ids(graph.history(None, None, &[])?), ["002", "001"]);
    /// assert_eq!(ids(graph.history(Some("current"), None, &["002".into()])?), ["002"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ResolveError::NotOneLine`] where the upper end is not above the lower one, and as
    /// [`Graph::resolve`].
    pub fn history(
        &self,
        lower: Option<&str>,
        upper: Option<&str>,
        rows: &[String],
    ) -> Result<Vec<&Revision>, ResolveError> {
        let (lower, upper) = (lower.unwrap_or("base"), upper.unwrap_or("heads"));
        let bottom = self.parse(lower)?;
        let starts = self.many(&bottom, rows, Overlong::Clamp)?;
        let top = self.parse(upper)?;
        let mut ends = match top.symbol {
            Some(Symbol::Current) => self.known(rows).0,
            _ => self.upgrade_targets(&starts, &top, Overlong::Clamp)?,
        };
        self.keep_branch(&bottom, &mut ends)?;
        self.refuse_overlap(&ends)?;
        let mut wanted = self.ancestors(ends.iter().copied());
        if starts.iter().any(|&start| !wanted[start]) {
            return Err(ResolveError::NotOneLine {
                lower: lower.to_owned(),
                upper: upper.to_owned(),
            });
        }
        self.refuse_overlap(&starts)?;
        if !starts.is_empty() {
            let above = closure(&self.children, starts);
            for (wanted, above) in wanted.iter_mut().zip(&above) {
                *wanted &= above;
            }
        }
        Ok(self.refs(self.sorted(&wanted, &ends)))
    }

    /// A lower end on a branch leaves only those upper ends that are on it.
    fn keep_branch(&self, bottom: &Target<'_>, ends: &mut Vec<usize>) -> Result<(), ResolveError> {
        let Some(branch) = bottom.branch else {
            return Ok(());
        };
        let at = self.branch(branch)?;
        match self.branch_label(at, branch) {
            Some(label) => ends.retain(|&end| self.labels_at(end).contains(&label)),
            None => {
                let lineage = self.lineage(at);
                ends.retain(|&end| lineage[end]);
            }
        }
        Ok(())
    }

    /// Puts any set of revisions in order, whatever lies between them.
    fn sorted(&self, wanted: &[bool], heads: &[usize]) -> Vec<usize> {
        let mut between = self.ancestors(marked(wanted));
        for (between, above) in between.iter_mut().zip(self.descendants(marked(wanted))) {
            *between &= above;
        }
        let mut order = newest_first(self, &between, heads);
        order.retain(|&at| wanted[at]);
        order
    }

    /// Finds the tips of the branches that are applied, as `alembic current` lists them.
    pub(super) fn current_indexes(&self, rows: &[usize]) -> Vec<usize> {
        let applied = self.ancestors(rows.iter().copied());
        let is_tip = |&at: &usize| !self.children[at].iter().any(|&child| applied[child]);
        marked(&applied).filter(is_tip).collect()
    }
}
