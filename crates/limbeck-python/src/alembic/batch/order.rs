//! The order of a table's columns.

use std::collections::BTreeSet;

/// Sorts names so that the first of each pair stands before the second; apart from that, they stay as they are. Pairs that
/// contradict each other are left out.
pub(super) fn sorted(names: &[String], pairs: &[(String, String)]) -> Vec<String> {
    let mut rest: Vec<&String> = names.iter().collect();
    let mut sorted = Vec::new();
    while !rest.is_empty() {
        let waiting: BTreeSet<&String> = rest.iter().copied().collect();
        let is_free = |name: &&String| {
            !pairs
                .iter()
                .any(|(before, after)| after == *name && before != after && waiting.contains(before))
        };
        let next = rest.iter().position(is_free).unwrap_or(0);
        sorted.push(rest.remove(next).clone());
    }
    sorted
}

#[cfg(test)]
mod tests {
    use super::sorted;

    #[test]
    fn pairs_decide_and_nothing_else_moves() {
        let names = ["a", "b", "c", "d"].map(str::to_owned);
        let pair = |before: &str, after: &str| (before.to_owned(), after.to_owned());
        assert_eq!(sorted(&names, &[]), names);
        assert_eq!(sorted(&names, &[pair("d", "b")]), ["a", "c", "d", "b"]);
        assert_eq!(sorted(&names, &[pair("a", "b"), pair("b", "a")]).len(), 4);
    }
}
