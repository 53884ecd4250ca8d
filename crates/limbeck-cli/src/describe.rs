//! Alembic's one-line and verbose formats of a revision.

use std::collections::HashSet;

use limbeck::revision::{Graph, Revision};
use limbeck::script::Scripts;

use crate::report::CliError;

/// Which parts a line has.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Parts {
    pub(crate) parents: bool,
    pub(crate) labels: bool,
    pub(crate) tree: bool,
    pub(crate) doc: bool,
}

/// Describes revisions of a graph.
pub(crate) struct Describe<'a> {
    pub(crate) graph: &'a Graph,
    /// The version rows, where they are to be marked.
    pub(crate) current: HashSet<String>,
}

impl<'a> Describe<'a> {
    pub(crate) fn new(graph: &'a Graph) -> Self {
        Self {
            graph,
            current: HashSet::new(),
        }
    }

    /// A revision in one line of these parts, or in full.
    pub(crate) fn entry(
        &self,
        revision: &Revision,
        scripts: &Scripts,
        verbose: bool,
        parts: Parts,
    ) -> Result<String, CliError> {
        if verbose {
            self.verbose(revision, scripts)
        } else {
            Ok(self.line(revision, parts))
        }
    }

    /// `001, 002 -> 003 (label) (head) (current) (branchpoint) (mergepoint), message`
    pub(crate) fn line(&self, revision: &Revision, parts: Parts) -> String {
        let mut line = String::new();
        if parts.parents {
            line.push_str(&format!("{} -> ", self.parents(revision)));
        }
        line.push_str(&revision.id);
        let labels = self.graph.labels(&revision.id);
        if parts.labels && !labels.is_empty() {
            line.push_str(&format!(" ({})", labels.join(", ")));
        }
        match (
            self.graph.is_head(&revision.id),
            self.graph.is_real_head(&revision.id),
        ) {
            (true, true) => line.push_str(" (head)"),
            (true, false) => line.push_str(" (effective head)"),
            (false, _) => {}
        }
        if self.current.contains(&revision.id) {
            line.push_str(" (current)");
        }
        if parts.tree && self.graph.is_branch_point(&revision.id) {
            line.push_str(" (branchpoint)");
        }
        if parts.tree && self.graph.is_merge_point(&revision.id) {
            line.push_str(" (mergepoint)");
        }
        if parts.doc && !revision.message.is_empty() {
            line.push_str(&format!(", {}", revision.message));
        }
        line
    }

    fn parents(&self, revision: &Revision) -> String {
        let parents = if revision.revises.is_empty() {
            "<base>".to_owned()
        } else {
            revision.revises.join(", ")
        };
        let depends_on = self.graph.resolved_dependencies(&revision.id);
        if depends_on.is_empty() {
            parents
        } else {
            format!("{parents} ({})", depends_on.join(", "))
        }
    }

    /// Alembic's verbose entry, several lines.
    pub(crate) fn verbose(&self, revision: &Revision, scripts: &Scripts) -> Result<String, CliError> {
        let id = revision.id.as_str();
        let marks = [
            (self.graph.is_head(id), " (head)"),
            (self.graph.is_branch_point(id), " (branchpoint)"),
            (self.graph.is_merge_point(id), " (mergepoint)"),
            (self.current.contains(id), " (current)"),
        ];
        let marks: String = marks
            .into_iter()
            .filter(|(is, _)| *is)
            .map(|(_, mark)| mark)
            .collect();
        let mut lines = vec![format!("Rev: {id}{marks}")];
        lines.push(match revision.revises.as_slice() {
            [] => "Parent: <base>".to_owned(),
            [parent] => format!("Parent: {parent}"),
            parents => format!("Merges: {}", parents.join(", ")),
        });
        let children = if self.graph.is_branch_point(id) {
            self.graph.children(id)
        } else {
            Vec::new()
        };
        let lists = [
            ("Also depends on", self.graph.resolved_dependencies(id)),
            ("Branches into", children),
            ("Branch names", self.graph.labels(id)),
        ];
        lines.extend(
            lists
                .iter()
                .filter(|(_, list)| !list.is_empty())
                .map(|(name, list)| format!("{name}: {}", list.join(", "))),
        );
        lines.push(format!("Path: {}", revision.file));
        lines.push(String::new());
        let script = scripts.script(id)?;
        let documentation = script
            .map(|script| script.header.documentation)
            .unwrap_or_default();
        let text = if documentation.is_empty() {
            &revision.message
        } else {
            &documentation
        };
        lines.extend(text.lines().map(|line| {
            if line.is_empty() {
                String::new()
            } else {
                format!("    {line}")
            }
        }));
        lines.push(String::new());
        Ok(lines.join("\n"))
    }
}
