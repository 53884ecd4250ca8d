//! Graphs of 100,000 revisions, in the shapes that cost most.

use std::time::Duration;
use std::time::Instant;

use limbeck_core::revision::Graph;
use limbeck_core::revision::Revision;

const SIZE: usize = 100_000;

/// Plans up and down again; an unoptimised build takes well under the limit, a quadratic algorithm minutes.
fn plan(shape: &str, revises: impl Fn(usize) -> Vec<usize>, depends_on: impl Fn(usize) -> Vec<usize>) {
    let ids = |all: Vec<usize>| all.into_iter().map(|at| at.to_string()).collect();
    let revision = |at| Revision {
        id: format!("{at}"),
        revises: ids(revises(at)),
        depends_on: ids(depends_on(at)),
        ..Revision::default()
    };
    let revisions: Vec<Revision> = (0..SIZE).map(revision).collect();
    let start = Instant::now();
    let graph = Graph::new(revisions).expect("a shape is a graph");
    let up = graph.upgrade(&[], "heads").expect("it can be planned");
    let took = start.elapsed();
    assert_eq!(up.len(), SIZE);
    let heads: Vec<String> = graph.real_heads().into_iter().map(str::to_owned).collect();
    assert_eq!(
        graph.downgrade(&heads, "base").expect("it can be planned").len(),
        SIZE
    );
    println!(
        "{shape}: graph and upgrade {took:?}, with downgrade {:?}",
        start.elapsed()
    );
    assert!(
        start.elapsed() < Duration::from_secs(20),
        "{shape} took {:?}",
        start.elapsed()
    );
}

fn none(_: usize) -> Vec<usize> {
    Vec::new()
}

fn line(at: usize) -> Vec<usize> {
    at.checked_sub(1).into_iter().collect()
}

#[test]
fn line_of_revisions() {
    plan("line", line, none);
}

#[test]
fn line_that_depends_on_its_base() {
    plan("line with dependencies", line, |at| {
        if at > 1 { vec![0, at / 2] } else { vec![] }
    });
}

#[test]
fn heads_on_one_base() {
    plan("star", |at| if at > 0 { vec![0] } else { vec![] }, none);
}

#[test]
fn heads_on_one_line() {
    plan(
        "comb",
        |at| if at == 0 { vec![] } else { vec![(at - 1) / 2 * 2] },
        none,
    );
}

#[test]
fn ladder_of_merges() {
    plan(
        "ladder",
        |at| match at {
            0 => vec![],
            1 => vec![0],
            at if at % 3 == 0 => vec![at - 1, at - 2],
            at => vec![at / 3 * 3],
        },
        none,
    );
}

#[test]
fn two_lines_that_depend_on_each_other() {
    plan(
        "two lines",
        |at| at.checked_sub(2).into_iter().collect(),
        |at| if at % 7 == 0 { line(at) } else { vec![] },
    );
}

#[test]
fn branches_with_one_merge() {
    let width = 10_000;
    plan(
        "fan",
        |at| match at {
            0 => vec![],
            at if at == SIZE - 1 => (SIZE - 1 - width..SIZE - 1).collect(),
            at => vec![at.saturating_sub(width)],
        },
        none,
    );
}
