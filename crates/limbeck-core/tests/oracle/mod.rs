//! The comparison with genuine Alembic, on random graphs.

mod compare;
mod deviation;
pub(crate) mod generate;
mod python;

use std::collections::BTreeMap;

use limbeck_core::revision::Graph;
use limbeck_core::revision::GraphError;
use limbeck_core::revision::Place;
use limbeck_core::revision::Revision;
use serde_json::Value;
use serde_json::json;

use compare::Outcome;
use generate::Random;
use python::Python;

/// One command on a graph.
#[derive(Debug, Clone)]
struct Query {
    command: &'static str,
    rows: Vec<String>,
    /// For a history both ends, for stamps all targets, else one.
    targets: Vec<String>,
}

impl Query {
    fn json(&self) -> Value {
        let at = |index: usize| self.targets.get(index).cloned().unwrap_or_default();
        json!({"command": self.command, "rows": self.rows, "target": at(0), "targets": self.targets,
            "lower": at(0), "upper": at(1)})
    }
}

#[test]
fn agrees_with_alembic() {
    let graphs: u64 = if std::env::var_os("LIMBECK_LONG").is_some() {
        10_000
    } else {
        1_000
    };
    let mut python = Python::start();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut failures = Vec::new();
    let (mut commands, mut broken) = (0, 0);
    for seed in 0..graphs {
        let mut random = Random(seed);
        let revisions = generate::revisions(&mut random);
        let queries = queries(&mut random, &revisions);
        if seed > 0 && seed % 1_000 == 0 {
            println!("{seed} graphs so far, {} differences", failures.len());
        }
        let graph = Graph::new(revisions.clone());
        // On a ring that it overlooks, Alembic walks for ever.
        let asked = if graph.is_ok() { queries.as_slice() } else { &[] };
        let request = json!({
            "revisions": revisions.iter().map(revision_json).collect::<Vec<_>>(),
            "queries": asked.iter().map(Query::json).collect::<Vec<_>>(),
        });
        let reply = python.ask(&request);
        let graph = match (graph, reply["error"].as_str()) {
            (Ok(graph), None) => graph,
            (Err(_), Some(_)) => {
                broken += 1;
                continue;
            }
            (
                Err(GraphError::Cycle { revisions: ring } | GraphError::DependencyCycle { revisions: ring }),
                None,
            ) if is_ring(&revisions, &ring) => {
                *counts
                    .entry("a ring between a base and a head is refused; Alembic overlooks it")
                    .or_default() += 1;
                continue;
            }
            (ours, theirs) => {
                failures.push(format!(
                    "seed {seed}: {:?} but Alembic {theirs:?}\n{}",
                    ours.err(),
                    reply["message"]
                ));
                continue;
            }
        };
        failures.extend(
            compare::graph(&graph, &reply)
                .into_iter()
                .map(|what| report(seed, &revisions, &what)),
        );
        for (query, theirs) in queries
            .iter()
            .zip(reply["answers"].as_array().expect("a list of answers"))
        {
            commands += 1;
            match compare::answer(&graph, query, theirs) {
                Outcome::Agree => *counts.entry("agreements").or_default() += 1,
                Outcome::Deviate(kind) => *counts.entry(kind).or_default() += 1,
                Outcome::Differ(what) => failures.push(report(seed, &revisions, &what)),
            }
        }
    }
    println!("{graphs} graphs ({broken} refused by both), {commands} commands");
    for (kind, count) in counts {
        println!("{count:8} {kind}");
    }
    let shown: Vec<String> = failures.iter().take(20).cloned().collect();
    assert!(
        failures.is_empty(),
        "{} differences\n{}",
        failures.len(),
        shown.join("\n")
    );
}

/// Checks that each place needs the next one, and the last the first.
fn is_ring(all: &[Revision], ring: &[Place]) -> bool {
    let needs = |upper: &str, lower: &str| {
        let names = |r: &Revision| {
            [r.id.clone()]
                .into_iter()
                .chain(r.branch_labels.clone())
                .collect::<Vec<_>>()
        };
        let lower = all.iter().find(|r| r.id == lower).map(names).unwrap_or_default();
        all.iter().any(|r| {
            r.id == upper
                && r.revises
                    .iter()
                    .chain(&r.depends_on)
                    .any(|name| lower.contains(name))
        })
    };
    (0..ring.len()).all(|at| needs(&ring[at].id, &ring[(at + 1) % ring.len()].id))
}

fn revision_json(r: &Revision) -> Value {
    json!({"id": r.id, "revises": r.revises, "depends_on": r.depends_on, "labels": r.branch_labels})
}

fn report(seed: u64, revisions: &[Revision], what: &str) -> String {
    let line = |r: &Revision| {
        format!(
            "    {} <- {:?} deps {:?} labels {:?}\n",
            r.id, r.revises, r.depends_on, r.branch_labels
        )
    };
    format!(
        "seed {seed}: {what}\n{}",
        revisions.iter().map(line).collect::<String>()
    )
}

fn queries(random: &mut Random, all: &[Revision]) -> Vec<Query> {
    let mut queries = Vec::new();
    for _ in 0..4 {
        let rows = generate::rows(random, all);
        queries.push(Query {
            command: "current",
            rows: rows.clone(),
            targets: vec![],
        });
        for command in ["upgrade", "upgrade", "downgrade", "downgrade", "stamp", "resolve"] {
            let targets = vec![generate::target(random, all)];
            queries.push(Query {
                command,
                rows: rows.clone(),
                targets,
            });
        }
        let mut end = || match random.below(4) {
            0 => String::new(),
            1 => "current".to_owned(),
            _ => generate::target(random, all),
        };
        let (lower, upper) = (end(), end());
        queries.push(Query {
            command: "history",
            rows: rows.clone(),
            targets: vec![lower, upper],
        });
        let targets = (0..2).map(|_| all[random.below(all.len())].id.clone()).collect();
        queries.push(Query {
            command: "stamp",
            rows,
            targets,
        });
    }
    queries
}
