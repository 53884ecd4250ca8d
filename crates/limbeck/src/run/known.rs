//! The revisions that a run knows: those of the checkout, and those that only the database's journal
//! remembers, because a newer checkout applied them.

use std::borrow::Cow;
use std::collections::HashSet;

use limbeck_core::revision::{Graph, Revision};
use limbeck_core::script::Scripts;

use super::journal::{self, Attempt};

/// The checkout's revisions, with those added that are applied and only the journal remembers.
#[derive(Debug)]
pub(crate) struct Known<'a> {
    pub(crate) scripts: &'a Scripts,
    pub(crate) graph: Cow<'a, Graph>,
    /// Revisions of the journal, in the order in which they were applied.
    pub(crate) remembered: Vec<String>,
}

impl<'a> Known<'a> {
    /// Knows the checkout only.
    pub(crate) fn new(scripts: &'a Scripts) -> Self {
        Self {
            scripts,
            graph: Cow::Borrowed(scripts.graph()),
            remembered: Vec::new(),
        }
    }

    /// Adds what the journal remembers of `rows` that are not in the checkout.
    pub(crate) fn with_journal(scripts: &'a Scripts, rows: &[String], attempts: &[Attempt]) -> Self {
        let files = scripts.graph();
        if rows.iter().all(|row| files.get(row).is_some()) {
            return Self::new(scripts);
        }
        let applied = journal::applied(attempts);
        let mut remembered: Vec<Attempt> = applied
            .into_values()
            .filter(|attempt| files.get(&attempt.revision).is_none())
            .collect();
        remembered.sort_by_key(|attempt| attempt.id);
        drop_rootless(files, &mut remembered);
        drop_unapplied(rows, &mut remembered);
        let mut revisions: Vec<Revision> = files.iter().cloned().collect();
        revisions.extend(remembered.iter().map(revision));
        // What the journal says need not fit to files that were changed since; they come first.
        match Graph::new(revisions) {
            Ok(graph) => Self {
                scripts,
                graph: Cow::Owned(graph),
                remembered: remembered
                    .iter()
                    .map(|attempt| attempt.revision.clone())
                    .collect(),
            },
            Err(_) => Self::new(scripts),
        }
    }

    /// The target in the graph with the remembered revisions in it. `head` means the checkout's head: that
    /// a newer checkout has other heads does not make the word ambiguous.
    pub(crate) fn target<'t>(&self, target: &'t str) -> &'t str {
        let one_head = self.scripts.graph().heads().len() == 1;
        if target == "head" && !self.remembered.is_empty() && one_head {
            "heads"
        } else {
            target
        }
    }

    pub(crate) fn has_file(&self, id: &str) -> bool {
        self.scripts.graph().get(id).is_some()
    }

    /// The revision; for an id that nobody knows, only the id.
    pub(crate) fn revision(&self, id: &str) -> Revision {
        self.graph.get(id).cloned().unwrap_or_else(|| Revision {
            id: id.to_owned(),
            ..Revision::default()
        })
    }
}

/// Leaves out what hangs on a revision that neither the checkout nor the journal has.
fn drop_rootless(files: &Graph, remembered: &mut Vec<Attempt>) {
    loop {
        let ids: HashSet<String> = remembered
            .iter()
            .map(|attempt| attempt.revision.clone())
            .collect();
        let count = remembered.len();
        let known = |id: &String| files.get(id).is_some() || ids.contains(id);
        remembered.retain(|attempt| attempt.revises.iter().chain(&attempt.depends_on).all(known));
        if remembered.len() == count {
            return;
        }
    }
}

/// Leaves out what is behind none of the version rows: a stamp to an older revision takes those above it back
/// without a word about each in the journal.
fn drop_unapplied(rows: &[String], remembered: &mut Vec<Attempt>) {
    let mut applied: HashSet<String> = HashSet::new();
    let mut open = rows.to_vec();
    while let Some(id) = open.pop() {
        let Some(attempt) = remembered.iter().find(|attempt| attempt.revision == id) else {
            continue;
        };
        if applied.insert(id) {
            open.extend(attempt.revises.iter().chain(&attempt.depends_on).cloned());
        }
    }
    remembered.retain(|attempt| applied.contains(&attempt.revision));
}

fn revision(attempt: &Attempt) -> Revision {
    Revision {
        id: attempt.revision.clone(),
        revises: attempt.revises.clone(),
        depends_on: attempt.depends_on.clone(),
        // A label that the checkout has too would be claimed twice.
        branch_labels: Vec::new(),
        message: attempt.message.clone(),
        file: format!("{} in the journal", attempt.revision),
    }
}
