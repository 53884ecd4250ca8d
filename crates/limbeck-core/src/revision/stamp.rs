//! Planning stamps.

use std::collections::HashSet;

use super::Direction;
use super::Graph;
use super::ResolveError;
use super::RowChange;
use super::Step;
use super::resolve::Overlong;
use super::rows::merge;
use super::target::Symbol;
use super::target::Target;

impl Graph {
    /// Plans how to set the rows to targets without running anything.
    ///
    /// Each target takes the place of the rows that are above or below it, dependencies included,
    /// and leaves all others alone; `label@base` takes away the rows of that branch. `base`, or no
    /// target at all, takes away every row. A row that is no revision stays, unless the target is `base`.
    ///
    /// ```
    /// # use limbeck_core::revision::{Graph, Revision, RowChange};
    /// # let graph = Graph::new(vec![Revision { id: "001".into(), ..Revision::default() }])?;
    /// let steps = graph.stamp(&[], &["head".into()])?;
    /// assert_eq!(steps[0].changes, [RowChange::Insert("001".into())]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ResolveError::Overlap`] where targets contain one another, and as [`Graph::resolve`].
    pub fn stamp(&self, rows: &[String], targets: &[String]) -> Result<Vec<Step>, ResolveError> {
        let (mut rows, mut unknown) = self.known(rows);
        let base = ["base".to_owned()];
        let targets = if targets.is_empty() { &base } else { targets };
        let mut steps = Vec::new();
        let mut wanted: Vec<usize> = Vec::new();
        for text in targets {
            let target = self.parse(text)?;
            let found = self.stamp_targets(&target)?;
            if found.is_empty() && target.branch.is_none() {
                let gone = std::mem::take(&mut unknown)
                    .into_iter()
                    .chain(self.names(rows.drain(..)));
                steps.extend(gone.map(forget));
            } else if found.is_empty() {
                let branch = target.branch.map(|branch| self.branch(branch)).transpose()?;
                let lineage = branch.map(|at| self.wide_lineage(at)).unwrap_or_default();
                let (gone, kept) = rows.into_iter().partition::<Vec<_>, _>(|&row| lineage[row]);
                rows = kept;
                steps.extend(self.names(gone).into_iter().map(forget));
            }
            wanted.extend(found);
        }
        let mut seen = HashSet::new();
        wanted.retain(|&at| seen.insert(at));
        self.refuse_overlap(&wanted)?;
        for at in wanted {
            steps.extend(self.stamp_at(&mut rows, at));
        }
        Ok(steps)
    }

    fn stamp_targets(&self, target: &Target<'_>) -> Result<Vec<usize>, ResolveError> {
        let wrong = |why| ResolveError::Syntax {
            target: target.text.to_owned(),
            why,
        };
        match target.symbol {
            None => Err(wrong(
                "a stamp takes no steps from where the database is; name a revision, as in 'head-1'",
            )),
            Some(Symbol::Current) => Err(wrong("a stamp to 'current' would change nothing")),
            Some(_) => self.many(target, &[], Overlong::Refuse),
        }
    }

    fn stamp_at(&self, rows: &mut Vec<usize>, at: usize) -> Option<Step> {
        let related = self.wide_lineage(at);
        let (mut gone, kept) = std::mem::take(rows)
            .into_iter()
            .partition::<Vec<_>, _>(|&row| related[row]);
        *rows = kept;
        rows.push(at);
        rows.sort_unstable();
        let there = gone.contains(&at);
        gone.retain(|&row| row != at);
        if there && gone.is_empty() {
            return None;
        }
        let from = self.names(gone);
        let changes = match there {
            true => from.iter().cloned().map(RowChange::Delete).collect(),
            false => merge(&from, self.id(at)),
        };
        let to = vec![self.id(at).to_owned()];
        Some(Step {
            direction: Direction::Stamp,
            revision: None,
            from,
            to,
            changes,
        })
    }
}

fn forget(row: String) -> Step {
    let changes = vec![RowChange::Delete(row.clone())];
    Step {
        direction: Direction::Stamp,
        revision: None,
        from: vec![row],
        to: Vec::new(),
        changes,
    }
}
