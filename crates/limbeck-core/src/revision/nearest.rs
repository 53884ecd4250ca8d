//! Spelling suggestions.

use super::Graph;

impl Graph {
    /// Returns up to `n` ids and labels that are spelt like a text, the most alike first.
    ///
    /// ```
    /// # use limbeck_core::revision::{Graph, Revision};
    /// # let graph = Graph::new(vec![
    /// #     Revision { id: "add_users".into(), ..Revision::default() },
    /// #     Revision { id: "add_email".into(), revises: vec!["add_users".into()], ..Revision::default() },
    /// # ])?;
    /// assert_eq!(graph.nearest("ad_user", 3), ["add_users"]);
    /// # Ok::<(), limbeck_core::revision::GraphError>(())
    /// ```
    pub fn nearest(&self, text: &str, n: usize) -> Vec<&str> {
        let keys = self
            .revisions
            .iter()
            .flat_map(|r| std::iter::once(&r.id).chain(&r.branch_labels));
        rank(keys.map(String::as_str), text, n)
    }
}

pub(super) fn nearest<'a>(keys: impl Iterator<Item = &'a str>, text: &str, n: usize) -> Vec<String> {
    rank(keys, text, n).into_iter().map(str::to_owned).collect()
}

fn rank<'a>(keys: impl Iterator<Item = &'a str>, text: &str, n: usize) -> Vec<&'a str> {
    let text: Vec<char> = text.chars().take(MAX_LENGTH).collect();
    // A third of the characters may differ; of a very short text nothing would be left.
    let limit = (text.len() / 3).min(4);
    if limit == 0 {
        return Vec::new();
    }
    let mut row = Vec::new();
    let mut found: Vec<(usize, &str)> = Vec::new();
    for key in keys {
        if let Some(distance) = distance(&text, key, limit, &mut row) {
            found.push((distance, key));
        }
    }
    found.sort_by_key(|&(distance, _)| distance);
    found.truncate(n);
    found.into_iter().map(|(_, key)| key).collect()
}

const MAX_LENGTH: usize = 64;

/// Counts the characters to insert, delete or replace, or gives up beyond the limit.
///
/// It only looks at the band around the diagonal that stays within the limit, so that many ids
/// cost little each.
fn distance(text: &[char], key: &str, limit: usize, row: &mut Vec<usize>) -> Option<usize> {
    let far = limit + 1;
    if key.len() > 4 * (text.len() + limit) {
        return None;
    }
    row.clear();
    row.extend((0..=text.len()).map(|i| i.min(far)));
    let mut length = 0;
    for (i, c) in key.chars().enumerate() {
        length = i + 1;
        let (from, to) = (
            length.saturating_sub(limit).max(1),
            (length + limit).min(text.len()),
        );
        if from > to {
            return None;
        }
        let mut corner = row[from - 1];
        row[from - 1] = if from == 1 { length.min(far) } else { far };
        let mut best = row[from - 1];
        for j in from..=to {
            let above = if j == length + limit { far } else { row[j] };
            let replaced = corner + usize::from(text[j - 1] != c);
            corner = row[j];
            row[j] = replaced.min(above + 1).min(row[j - 1] + 1).min(far);
            best = best.min(row[j]);
        }
        if best > limit {
            return None;
        }
    }
    (length.abs_diff(text.len()) <= limit && row[text.len()] <= limit).then(|| row[text.len()])
}
