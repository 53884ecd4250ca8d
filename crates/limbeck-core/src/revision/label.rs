//! Which branch labels a revision carries.

use super::Graph;

const NONE: usize = usize::MAX;

/// Where to look for the labels of each revision.
///
/// The sets themselves are not stored: in a long line with many labels they would take quadratic
/// space. Each revision instead points to the nearest one that adds anything.
#[derive(Debug, Clone, Default)]
pub(super) struct Labels {
    /// The nearest of itself and its ancestors with a label of its own or several sources.
    below: Vec<usize>,
    /// The nearest of itself and the revisions above it on an unbranched line to a head that has a label of its own.
    above: Vec<usize>,
}

impl Labels {
    /// Finds the sources, given the revisions in an order with parents first.
    pub(super) fn new(graph: &Graph, order: &[usize]) -> Self {
        let mut below = vec![NONE; graph.len()];
        for &at in order {
            let mut sources = graph.parents[at]
                .iter()
                .map(|&parent| below[parent])
                .filter(|&source| source != NONE);
            let first = sources.next();
            let several = first.is_some_and(|first| sources.any(|source| source != first));
            below[at] = if several || has_own(graph, at) {
                at
            } else {
                first.unwrap_or(NONE)
            };
        }
        let mut above = vec![NONE; graph.len()];
        for head in graph.head_indexes() {
            let mut source = NONE;
            let mut at = head;
            // The line ends at a point where what a label means would be shared.
            while graph.ups[at].len() < 2 && graph.parents[at].len() < 2 {
                if has_own(graph, at) {
                    source = at;
                }
                above[at] = source;
                let Some(&parent) = graph.parents[at].first() else {
                    break;
                };
                at = parent;
            }
        }
        Self { below, above }
    }
}

impl Graph {
    pub(super) fn labels_at(&self, at: usize) -> Vec<&str> {
        let mut labels = Vec::new();
        self.labels_below(at, &mut labels);
        let mut source = self.labels.above[at];
        while source != NONE {
            labels.extend(self.own_labels(source));
            source = match self.children[source].first() {
                Some(&child) => self.labels.above[child],
                None => NONE,
            };
        }
        labels.sort_unstable();
        labels.dedup();
        labels
    }

    fn labels_below<'a>(&'a self, at: usize, labels: &mut Vec<&'a str>) {
        let mut todo = vec![self.labels.below[at]];
        let mut seen = std::collections::HashSet::new();
        while let Some(source) = todo.pop() {
            if source != NONE && seen.insert(source) {
                labels.extend(self.own_labels(source));
                todo.extend(
                    self.parents[source]
                        .iter()
                        .map(|&parent| self.labels.below[parent]),
                );
            }
        }
    }

    fn own_labels(&self, at: usize) -> impl Iterator<Item = &str> {
        self.revisions[at].branch_labels.iter().map(String::as_str)
    }
}

fn has_own(graph: &Graph, at: usize) -> bool {
    !graph.revisions[at].branch_labels.is_empty()
}
