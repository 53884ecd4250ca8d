//! Planning upgrades and downgrades.

use super::Direction;
use super::Graph;
use super::ResolveError;
use super::Step;
use super::graph::closure;
use super::graph::marked;
use super::order::newest_first;
use super::resolve::Overlong;
use super::rows::Rows;
use super::target::Offset;
use super::target::Symbol;
use super::target::Target;

impl Graph {
    /// Plans the upgrade from these rows to a target.
    ///
    /// Everything that the target needs and that is not applied is applied, dependencies too.
    ///
    /// ```
    /// # use limbeck_core::revision::{Graph, Revision, RowChange};
    /// # let graph = Graph::new(vec![
    /// #     Revision { id: "001".into(), ..Revision::default() },
    /// #     Revision { id: "002".into(), revises: vec!["001".into()], ..Revision::default() },
    /// # ])?;
    /// let steps = graph.upgrade(&["001".into()], "head")?;
    /// assert_eq!(steps[0].to_string(), "upgrade 001 -> 002");
    /// assert_eq!(steps[0].changes, [RowChange::Update { from: "001".into(), to: "002".into() }]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ResolveError::UnknownRow`] where a row is no revision, [`ResolveError::Overlap`] where
    /// rows contain one another, and as [`Graph::resolve`].
    pub fn upgrade(&self, rows: &[String], target: &str) -> Result<Vec<Step>, ResolveError> {
        let rows = self.all_known(rows)?;
        let targets = self.upgrade_targets(&rows, &self.parse(target)?, Overlong::Refuse)?;
        self.refuse_overlap(&targets)?;
        self.refuse_overlap(&rows)?;
        let applied = self.ancestors(rows.iter().copied());
        let order = self.missing(&targets, &applied);
        let mut rows = Rows::new(self, &rows, &applied);
        Ok(order.into_iter().map(|at| rows.upgrade(at)).collect())
    }

    /// Plans the downgrade from these rows to a target.
    ///
    /// What stands on the target's children is taken back, on that branch only where the target
    /// names one; other branches stay unless they depend on it.
    ///
    /// ```
    /// # use limbeck_core::revision::{Graph, Revision, RowChange};
    /// # let graph = Graph::new(vec![
    /// #     Revision { id: "001".into(), ..Revision::default() },
    /// #     Revision { id: "002".into(), revises: vec!["001".into()], ..Revision::default() },
    /// # ])?;
    /// let steps = graph.downgrade(&["002".into()], "base")?;
    /// assert_eq!(steps[0].to_string(), "downgrade 002 -> 001");
    /// assert_eq!(steps[1].changes, [RowChange::Delete("001".into())]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Graph::upgrade`], [`ResolveError::NotDowngradeTarget`] where the target is not below
    /// a row, and [`ResolveError::AmbiguousDowngrade`] for `-N` with several rows.
    pub fn downgrade(&self, rows: &[String], target: &str) -> Result<Vec<Step>, ResolveError> {
        let rows = self.all_known(rows)?;
        let aim = self.downgrade_aim(&rows, &self.parse(target)?)?;
        self.refuse_overlap(&rows)?;
        let not_valid = || ResolveError::NotDowngradeTarget {
            target: target.to_owned(),
            rows: self.names(rows.iter().copied()),
        };
        let mut roots: Vec<usize> = match aim.at {
            Some(at) => self.children[at].clone(),
            None => self.base_indexes().collect(),
        };
        if let Some(branch) = aim.branch.filter(|_| roots.len() > 1) {
            let line = closure(&self.parents, [branch]);
            roots.retain(|&root| line[root]);
            if roots.is_empty() {
                return Err(not_valid());
            }
        }
        let applied = self.ancestors(rows.iter().copied());
        let drop = self.applied_above(roots, &applied);
        if aim.at.is_some_and(|at| !rows.contains(&at)) && !drop.contains(&true) {
            return Err(not_valid());
        }
        let order = newest_first(self, &drop, &rows);
        let mut rows = Rows::new(self, &rows, &applied);
        Ok(order.into_iter().map(|at| rows.downgrade(at)).collect())
    }

    /// Plans what is left of a plan that was made from other rows: a run that was held up goes on with it, whatever was
    /// done meanwhile. A relative target such as `+1` must not be counted a second time.
    ///
    /// ```
    /// # use limbeck_core::revision::{Graph, Revision};
    /// # let graph = Graph::new(vec![
    /// #     Revision { id: "001".into(), ..Revision::default() },
    /// #     Revision { id: "002".into(), revises: vec!["001".into()], ..Revision::default() },
    /// #     Revision { id: "003".into(), revises: vec!["002".into()], ..Revision::default() },
    /// # ])?;
    /// let plan = graph.upgrade(&[], "+2")?;
    /// assert_eq!(graph.remaining(&["001".into()], &plan)?, plan[1..]);
    /// assert_eq!(graph.remaining(&["003".into()], &plan)?, []);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ResolveError::UnknownRow`] where a row is no revision, and [`ResolveError::Overlap`] where rows contain one
    /// another.
    pub fn remaining(&self, rows: &[String], plan: &[Step]) -> Result<Vec<Step>, ResolveError> {
        let rows = self.all_known(rows)?;
        self.refuse_overlap(&rows)?;
        let applied = self.ancestors(rows.iter().copied());
        let of = |direction| {
            let steps = plan.iter().filter(move |step| step.direction == direction);
            steps
                .filter_map(|step| self.keys.get(step.revision.as_deref()?).copied())
                .collect::<Vec<usize>>()
        };
        let up = self.missing(&of(Direction::Upgrade), &applied);
        let down = of(Direction::Downgrade);
        let down = newest_first(self, &self.applied_above(down, &applied), &rows);
        let mut rows = Rows::new(self, &rows, &applied);
        let down: Vec<Step> = down.into_iter().map(|at| rows.downgrade(at)).collect();
        Ok(down
            .into_iter()
            .chain(up.into_iter().map(|at| rows.upgrade(at)))
            .collect())
    }

    /// Marks what is applied of some revisions and of what stands on them.
    fn applied_above(&self, roots: Vec<usize>, applied: &[bool]) -> Vec<bool> {
        let mut above = self.descendants(roots);
        for (above, applied) in above.iter_mut().zip(applied) {
            *above &= applied;
        }
        above
    }

    pub(super) fn all_known(&self, rows: &[String]) -> Result<Vec<usize>, ResolveError> {
        let (known, unknown) = self.known(rows);
        if unknown.is_empty() {
            Ok(known)
        } else {
            Err(ResolveError::UnknownRow { ids: unknown })
        }
    }

    /// Lists what the targets need and what is not applied, oldest first.
    pub(super) fn missing(&self, targets: &[usize], applied: &[bool]) -> Vec<usize> {
        let mut needed = self.ancestors(targets.iter().copied());
        for (needed, applied) in needed.iter_mut().zip(applied) {
            *needed &= !applied;
        }
        let mut order = newest_first(self, &needed, targets);
        order.reverse();
        order
    }

    /// Finds what an upgrade leads to.
    pub(super) fn upgrade_targets(
        &self,
        rows: &[usize],
        target: &Target<'_>,
        overlong: Overlong,
    ) -> Result<Vec<usize>, ResolveError> {
        match (target.symbol, target.offset) {
            (None, Some(Offset::Down(steps))) => {
                let why = "an upgrade goes up; name a revision, as in 'head-1', or use downgrade";
                Err(ResolveError::WrongDirection {
                    target: target.text.to_owned(),
                    steps,
                    why,
                })
            }
            (None, Some(offset)) => {
                let start = self.upgrade_start(rows, target)?;
                Ok(self.walk(target, start, offset, overlong)?.into_iter().collect())
            }
            (Some(Symbol::Name(name)), Some(offset @ Offset::Up(_))) => {
                // The branch chooses the way up; the start may be on another one.
                let start = self.member(name, None)?;
                Ok(self
                    .walk(target, Some(start), offset, overlong)?
                    .into_iter()
                    .collect())
            }
            (Some(Symbol::Current), _) => {
                let why = "'current' is where the database is already; name what to upgrade to";
                Err(ResolveError::Syntax {
                    target: target.text.to_owned(),
                    why,
                })
            }
            (_, _) => self.many(target, &[], overlong),
        }
    }

    /// Finds the revision that `+N` counts from, or none to count from the base.
    fn upgrade_start(&self, rows: &[usize], target: &Target<'_>) -> Result<Option<usize>, ResolveError> {
        let mut starts = rows.to_vec();
        if let Some(branch) = target.branch {
            let lineage = self.lineage(self.branch(branch)?);
            starts.retain(|&row| lineage[row]);
            if starts.is_empty() {
                starts = self.tips_on(rows, &lineage);
            }
        }
        match starts.as_slice() {
            [] => Ok(None),
            &[start] => Ok(Some(start)),
            _ => {
                let offset = target.text.rsplit('@').next().unwrap_or(target.text);
                let (text, rows) = (target.text.to_owned(), self.names(starts.iter().copied()));
                let instead = self.forms(&starts, offset);
                Err(ResolveError::AmbiguousUpgrade {
                    target: text,
                    rows,
                    instead,
                })
            }
        }
    }

    /// Lists ways to say from which row to count: `label@-1` where a label is on that row alone, else `rev-1`.
    fn forms(&self, rows: &[usize], offset: &str) -> Vec<String> {
        let labels: Vec<Vec<&str>> = rows.iter().map(|&row| self.labels_at(row)).collect();
        let form = |(index, &row): (usize, &usize)| {
            let own = |label: &&&str| {
                labels
                    .iter()
                    .enumerate()
                    .all(|(i, all)| i == index || !all.contains(*label))
            };
            match labels[index].iter().find(own) {
                Some(label) => format!("{label}@{offset}"),
                None => format!("{}{offset}", self.id(row)),
            }
        };
        rows.iter().enumerate().map(form).collect()
    }

    /// Finds those applied revisions on a branch on which nothing else applied there stands.
    fn tips_on(&self, rows: &[usize], lineage: &[bool]) -> Vec<usize> {
        let mut applied = self.ancestors(rows.iter().copied());
        for (applied, on_branch) in applied.iter_mut().zip(lineage) {
            *applied &= on_branch;
        }
        let mut tips = applied.clone();
        for at in marked(&applied) {
            for &down in &self.downs[at] {
                tips[down] = false;
            }
        }
        marked(&tips).collect()
    }

    fn downgrade_aim(&self, rows: &[usize], target: &Target<'_>) -> Result<Aim, ResolveError> {
        let branch = target.branch.map(|branch| self.branch(branch)).transpose()?;
        match (target.symbol, target.offset) {
            (None, Some(Offset::Up(steps))) => {
                let why = "a downgrade goes down; name a revision, as in 'base+1', or use upgrade";
                Err(ResolveError::WrongDirection {
                    target: target.text.to_owned(),
                    steps,
                    why,
                })
            }
            (None, Some(offset @ Offset::Down(steps))) => {
                let start = self.downgrade_start(rows, target, branch, steps)?;
                let at = self.walk(target, Some(start), offset, Overlong::Refuse)?;
                Ok(Aim {
                    branch: branch.or(Some(start)),
                    at,
                })
            }
            (Some(Symbol::Name(name)), Some(offset @ Offset::Up(_))) => {
                let start = self.member(name, None)?;
                Ok(Aim {
                    branch,
                    at: self.walk(target, Some(start), offset, Overlong::Refuse)?,
                })
            }
            (Some(_), Some(offset)) => {
                let start = self.one(target)?;
                Ok(Aim {
                    branch,
                    at: self.walk(target, start, offset, Overlong::Refuse)?,
                })
            }
            (_, None) => Ok(Aim {
                branch,
                at: self.one(target)?,
            }),
        }
    }

    /// Finds the row that `-N` counts from.
    fn downgrade_start(
        &self,
        rows: &[usize],
        target: &Target<'_>,
        branch: Option<usize>,
        steps: usize,
    ) -> Result<usize, ResolveError> {
        let mut starts = rows.to_vec();
        if let Some(branch) = branch {
            let lineage = self.lineage(branch);
            starts.retain(|&row| lineage[row]);
            if starts.is_empty() {
                // The branch may be applied only because a row depends on it.
                starts = self
                    .current_indexes(rows)
                    .into_iter()
                    .filter(|&at| lineage[at])
                    .collect();
            }
        }
        let text = target.text.to_owned();
        match starts.as_slice() {
            [] => {
                let branch = target.branch.map(str::to_owned);
                Err(ResolveError::NothingApplied {
                    target: text,
                    steps,
                    branch,
                })
            }
            &[start] => Ok(start),
            _ => {
                let offset = target.text.rsplit('@').next().unwrap_or(target.text);
                let instead = self.forms(&starts, offset);
                Err(ResolveError::AmbiguousDowngrade {
                    target: text,
                    rows: self.names(starts),
                    instead,
                })
            }
        }
    }
}

/// Where a downgrade leads.
struct Aim {
    /// The branch to keep to.
    branch: Option<usize>,
    /// The revision to stop at, or none for the base.
    at: Option<usize>,
}
