//! Finding the revisions that a target means.

use super::Graph;
use super::ResolveError;
use super::Revision;
use super::target::Offset;
use super::target::Symbol;
use super::target::Target;

/// How a walk ends that passes the end of the graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Overlong {
    /// With an error.
    Refuse,
    /// At the last place, as in a history.
    Clamp,
}

impl Graph {
    /// Finds the revisions that a target means: none for `base`, several for `heads`.
    ///
    /// `current` means those rows that are known. `-N` and `label@-N` count from the heads, not
    /// from the rows, as in Alembic's `show` and `history`. What else a target can be is told in Alembic's tutorial, "Partial
    /// Revision Identifiers" and "Relative Migration Identifiers".
    ///
    /// ```
    /// # use limbeck_core::revision::{Graph, Revision};
    /// # let graph = Graph::new(vec![
    /// #     Revision { id: "ae1027a6acf".into(), ..Revision::default() },
    /// # ])?;
    /// let found = graph.resolve("ae10", &[])?;
    /// assert_eq!(found[0].id, "ae1027a6acf");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Any [`ResolveError`] about a single target.
    pub fn resolve(&self, target: &str, rows: &[String]) -> Result<Vec<&Revision>, ResolveError> {
        let target = self.parse(target)?;
        Ok(self.refs(self.many(&target, rows, Overlong::Refuse)?))
    }

    /// Finds the one revision that a target means, or none for `base`.
    ///
    /// ```
    /// # use limbeck_core::revision::{Graph, Revision};
    /// # let graph = Graph::new(vec![
    /// #     Revision { id: "001".into(), ..Revision::default() },
    /// #     Revision { id: "002".into(), revises: vec!["001".into()], ..Revision::default() },
    /// # ])?;
    /// assert_eq!(graph.resolve_one("head-1", &[])?, graph.get("001"));
    /// assert_eq!(graph.resolve_one("base", &[])?, None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ResolveError::MultipleHeads`] where the target means several, and as [`Graph::resolve`].
    pub fn resolve_one(&self, target: &str, rows: &[String]) -> Result<Option<&Revision>, ResolveError> {
        let found = self.resolve(target, rows)?;
        match found.as_slice() {
            [] => Ok(None),
            [one] => Ok(Some(one)),
            several => {
                let heads = several.iter().map(|r| r.id.clone()).collect();
                Err(ResolveError::MultipleHeads {
                    target: target.to_owned(),
                    heads,
                })
            }
        }
    }

    /// Finds the rows that an offline run starts from: the targets before the colon, separated by commas.
    ///
    /// ```
    /// # use limbeck_core::revision::{Graph, Revision};
    /// # let revision = |id: &str, revises: &[&str]| Revision {
    /// #     id: id.into(), revises: revises.iter().map(|id| id.to_string()).collect(), ..Revision::default()
    /// # };
    /// let graph = Graph::new(vec![revision("a", &[]), revision("b", &["a"]), revision("c", &["a"])])?;
    /// assert_eq!(graph.start_rows("b, c")?, ["b", "c"]);
    /// assert!(graph.start_rows("base")?.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Graph::resolve`], and [`ResolveError::Overlap`] where one of them comes after another.
    pub fn start_rows(&self, start: &str) -> Result<Vec<String>, ResolveError> {
        let mut rows = Vec::new();
        for part in start.split(',') {
            let target = self.parse(part.trim())?;
            if target.symbol == Some(Symbol::Current) {
                let why = "an offline run asks no database; name the revisions it starts from";
                return Err(ResolveError::Syntax {
                    target: start.to_owned(),
                    why,
                });
            }
            rows.extend(self.many(&target, &[], Overlong::Refuse)?);
        }
        self.refuse_overlap(&rows)?;
        rows.sort_unstable();
        rows.dedup();
        Ok(self.names(rows))
    }

    pub(super) fn parse<'a>(&self, text: &'a str) -> Result<Target<'a>, ResolveError> {
        let is_name = |text: &str| self.keys.contains_key(text);
        if is_name(text) {
            return Ok(Target {
                text,
                branch: None,
                symbol: Some(Symbol::Name(text)),
                offset: None,
            });
        }
        Target::parse(text, is_name)
    }

    /// Finds what a target means on its own, apart from any upgrade or downgrade.
    pub(super) fn many(
        &self,
        target: &Target<'_>,
        rows: &[String],
        overlong: Overlong,
    ) -> Result<Vec<usize>, ResolveError> {
        match (target.symbol, target.offset) {
            (Some(Symbol::Current), _) => Ok(self.known(rows).0),
            (Some(Symbol::Heads), None) => self.all_heads(target),
            (Some(_), None) => Ok(self.one(target)?.into_iter().collect()),
            (Some(_), Some(offset)) => {
                let start = self.one(target)?;
                Ok(self.walk(target, start, offset, overlong)?.into_iter().collect())
            }
            (None, Some(offset @ Offset::Down(_))) => self.below_heads(target, offset, overlong),
            (None, _) => Err(ResolveError::Syntax {
                target: target.text.to_owned(),
                why: "'+N' alone counts from the rows of a database, in an upgrade; name a revision, as in 'base+1'",
            }),
        }
    }

    fn all_heads(&self, target: &Target<'_>) -> Result<Vec<usize>, ResolveError> {
        match target.branch {
            Some(branch) => self.branch_heads(branch),
            None => Ok(self.real_head_indexes().collect()),
        }
    }

    fn branch_heads(&self, branch: &str) -> Result<Vec<usize>, ResolveError> {
        let lineage = self.lineage(self.branch(branch)?);
        Ok(self.head_indexes().filter(|&head| lineage[head]).collect())
    }

    fn below_heads(
        &self,
        target: &Target<'_>,
        offset: Offset,
        overlong: Overlong,
    ) -> Result<Vec<usize>, ResolveError> {
        let mut heads: Vec<usize> = self.real_head_indexes().collect();
        if let Some(branch) = target.branch {
            let at = self.branch(branch)?;
            let label = self.branch_label(at, branch);
            let lineage = self.lineage(at);
            heads.retain(|&head| match label {
                Some(label) => self.labels_at(head).contains(&label),
                None => lineage[head],
            });
        }
        let mut found = Vec::new();
        for head in heads {
            found.extend(self.walk(target, Some(head), offset, overlong)?);
        }
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }

    /// Finds the label that a branch goes by: the one that was named, or the only one of the revision that was named.
    pub(super) fn branch_label<'a>(&'a self, at: usize, name: &'a str) -> Option<&'a str> {
        let labels = self.labels_at(at);
        match labels.as_slice() {
            _ if labels.contains(&name) => Some(name),
            [only] => Some(only),
            _ => None,
        }
    }

    /// Finds the one revision that the name in a target means, or none for `base`, leaving its offset aside.
    pub(super) fn one(&self, target: &Target<'_>) -> Result<Option<usize>, ResolveError> {
        let heads = match target.symbol {
            Some(Symbol::Head) => match target.branch {
                Some(branch) => self.branch_heads(branch)?,
                None => self.head_indexes().collect(),
            },
            Some(Symbol::Heads) => self.all_heads(target)?,
            Some(Symbol::Base) | None => {
                if let Some(branch) = target.branch {
                    self.branch(branch)?;
                }
                return Ok(None);
            }
            Some(Symbol::Name(name)) => return self.member(name, target.branch).map(Some),
            Some(Symbol::Current) => {
                let why = "'current' names what the database is at, in 'show', 'edit' and 'history' only";
                return Err(ResolveError::Syntax {
                    target: target.text.to_owned(),
                    why,
                });
            }
        };
        match heads.as_slice() {
            [] => Ok(None),
            &[head] => Ok(Some(head)),
            _ => {
                let heads = self.names(heads);
                Err(ResolveError::MultipleHeads {
                    target: target.text.to_owned(),
                    heads,
                })
            }
        }
    }

    /// Finds an id, a prefix or a label, on a branch if one is named.
    pub(super) fn member(&self, name: &str, branch: Option<&str>) -> Result<usize, ResolveError> {
        let Some(branch) = branch else {
            return self.name(name, None);
        };
        let lineage = self.lineage(self.branch(branch)?);
        let at = self.name(name, Some(&lineage))?;
        if lineage[at] {
            Ok(at)
        } else {
            Err(ResolveError::NotOnBranch {
                id: self.id(at).to_owned(),
                branch: branch.to_owned(),
            })
        }
    }

    /// Finds the revision that the part before an `@` means.
    pub(super) fn branch(&self, branch: &str) -> Result<usize, ResolveError> {
        self.name(branch, None).map_err(|error| match error {
            ResolveError::NotFound { target, nearest } => ResolveError::NoSuchBranch {
                branch: target,
                nearest,
            },
            other => other,
        })
    }

    /// Finds an id or label, or else the only revision with one that starts so.
    fn name(&self, name: &str, among: Option<&[bool]>) -> Result<usize, ResolveError> {
        if let Some(&at) = self.keys.get(name) {
            return Ok(at);
        }
        let mut found = Vec::new();
        for (at, revision) in self.revisions.iter().enumerate() {
            if among.is_none_or(|marks| marks[at]) {
                let keys = std::iter::once(&revision.id).chain(&revision.branch_labels);
                // Two names of one revision are no ambiguity.
                found.extend(
                    keys.into_iter()
                        .find(|key| key.starts_with(name))
                        .map(|key| (at, key)),
                );
            }
        }
        match found.as_slice() {
            &[(at, _)] => Ok(at),
            [] => {
                let nearest = self.nearest(name, 3).into_iter().map(str::to_owned).collect();
                Err(ResolveError::NotFound {
                    target: name.to_owned(),
                    nearest,
                })
            }
            _ => {
                let candidates = found.into_iter().map(|(_, key)| key.clone()).collect();
                Err(ResolveError::Ambiguous {
                    prefix: name.to_owned(),
                    candidates,
                })
            }
        }
    }

    /// Goes up or down from a revision, or from below all of them.
    pub(super) fn walk(
        &self,
        target: &Target<'_>,
        start: Option<usize>,
        offset: Offset,
        overlong: Overlong,
    ) -> Result<Option<usize>, ResolveError> {
        match offset {
            Offset::Up(steps) => self.walk_up(target, start, steps, overlong),
            Offset::Down(steps) => self.walk_down(target, start, steps, overlong),
        }
    }

    fn walk_up(
        &self,
        target: &Target<'_>,
        start: Option<usize>,
        steps: usize,
        overlong: Overlong,
    ) -> Result<Option<usize>, ResolveError> {
        let lineage = target
            .branch
            .map(|branch| self.branch(branch).map(|at| self.lineage(at)))
            .transpose()?;
        let mut at = start;
        for _ in 0..steps {
            let mut next: Vec<usize> = match at {
                Some(at) => self.children[at].clone(),
                None => self.base_indexes().collect(),
            };
            next.retain(|&next| lineage.as_ref().is_none_or(|lineage| lineage[next]));
            match next.as_slice() {
                [] if overlong == Overlong::Clamp => return Ok(at),
                [] => return Err(self.too_far(target, steps, at)),
                &[only] => at = Some(only),
                _ => return Err(self.ambiguous_walk(target, at, next)),
            }
        }
        Ok(at)
    }

    fn walk_down(
        &self,
        target: &Target<'_>,
        start: Option<usize>,
        steps: usize,
        overlong: Overlong,
    ) -> Result<Option<usize>, ResolveError> {
        let mut at = start;
        for _ in 0..steps {
            let Some(from) = at else {
                let clamp = overlong == Overlong::Clamp;
                return if clamp {
                    Ok(None)
                } else {
                    Err(self.too_far(target, steps, None))
                };
            };
            match self.parents[from].as_slice() {
                [] => at = None,
                &[only] => at = Some(only),
                several => return Err(self.ambiguous_walk(target, at, several.to_vec())),
            }
        }
        Ok(at)
    }

    fn too_far(&self, target: &Target<'_>, steps: usize, end: Option<usize>) -> ResolveError {
        ResolveError::TooFar {
            target: target.text.to_owned(),
            steps,
            end: self.id_or_base(end),
        }
    }

    fn ambiguous_walk(&self, target: &Target<'_>, at: Option<usize>, next: Vec<usize>) -> ResolveError {
        let (at, candidates) = (self.id_or_base(at), self.names(next));
        ResolveError::AmbiguousWalk {
            target: target.text.to_owned(),
            at,
            candidates,
        }
    }

    pub(super) fn id_or_base(&self, at: Option<usize>) -> String {
        at.map_or("base", |at| self.id(at)).to_owned()
    }

    /// Finds the rows that are ids, in load order, and those that are not.
    pub(super) fn known(&self, rows: &[String]) -> (Vec<usize>, Vec<String>) {
        let mut known = Vec::new();
        let mut unknown = Vec::new();
        for row in rows {
            match self.index(row) {
                Some(at) => known.push(at),
                None => unknown.push(row.clone()),
            }
        }
        known.sort_unstable();
        known.dedup();
        unknown.sort_unstable();
        unknown.dedup();
        (known, unknown)
    }

    /// Refuses targets or rows that contain one another.
    pub(super) fn refuse_overlap(&self, targets: &[usize]) -> Result<(), ResolveError> {
        if targets.len() < 2 {
            return Ok(());
        }
        let below = self.ancestors(targets.iter().flat_map(|&at| &self.downs[at]).copied());
        if !targets.iter().any(|&at| below[at]) {
            return Ok(());
        }
        for &target in targets {
            let mine = self.ancestors(self.downs[target].iter().copied());
            let overlaps: Vec<usize> = targets.iter().copied().filter(|&other| mine[other]).collect();
            if !overlaps.is_empty() {
                let (id, overlaps) = (self.id(target).to_owned(), self.names(overlaps));
                return Err(ResolveError::Overlap { id, overlaps });
            }
        }
        Ok(())
    }
}
