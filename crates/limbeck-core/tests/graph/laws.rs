//! What holds for every graph and every state of a database.

use std::collections::BTreeSet;

use limbeck_core::revision::Direction;
use limbeck_core::revision::Graph;
use limbeck_core::revision::RowChange;
use limbeck_core::revision::Step;
use proptest::prelude::*;

use crate::oracle::generate;
use crate::oracle::generate::Random;

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn laws(seed in any::<u64>(), size in 1_usize..25) {
        let mut random = Random(seed);
        let revisions = generate::of_size(&mut random, size);
        let rows = generate::rows(&mut random, &revisions);
        let graph = Graph::new(revisions).expect("the generator makes graphs");
        hold(&graph, &rows).map_err(TestCaseError::fail)?;
    }
}

/// Does to rows what a database would do, as strictly.
pub(crate) fn apply(changes: &[RowChange], rows: &mut Vec<String>) {
    for change in changes {
        let (gone, new) = match change {
            RowChange::Insert(new) => (None, Some(new)),
            RowChange::Update { from, to } => (Some(from), Some(to)),
            RowChange::Delete(gone) => (Some(gone), None),
        };
        if let Some(gone) = gone {
            let at = rows.iter().position(|row| row == gone);
            rows.remove(at.unwrap_or_else(|| panic!("{change:?} finds no row in {rows:?}")));
        }
        if let Some(new) = new {
            assert!(!rows.contains(new), "{change:?} doubles a row of {rows:?}");
            rows.push(new.clone());
        }
    }
}

/// Checks all laws; rows that no upgrade leads to are left alone.
pub(super) fn hold(graph: &Graph, rows: &[String]) -> Result<(), String> {
    if !graph.current(rows).unknown.is_empty() || tops(graph, &applied(graph, rows)) != sorted(rows) {
        return Ok(());
    }
    let up = graph.upgrade(rows, "heads").map_err(|e| e.to_string())?;
    let top = follow(graph, rows, &up)?;
    expect(
        "the rows after an upgrade are the real heads",
        &sorted(&top),
        &sorted(&graph.real_heads()),
    )?;
    let pending: Vec<&str> = graph.pending(rows).iter().map(|r| r.id.as_str()).collect();
    expect("pending is what an upgrade applies", &pending, &runs(&up))?;
    let down = graph.downgrade(&top, "base").map_err(|e| e.to_string())?;
    expect(
        "a downgrade to the base leaves no rows",
        &follow(graph, &top, &down)?,
        &vec![],
    )?;
    expect(
        "a downgrade to the base takes all back",
        &down.len(),
        &graph.len(),
    )?;
    step_by_step(graph, rows, &up)?;
    remaining(graph, rows, &up)?;
    remaining(graph, &top, &down)?;
    there_and_back(graph, rows)?;
    stamps(graph, rows)?;
    let mut history: Vec<&str> = graph
        .history(None, None, &[])
        .map_err(|e| e.to_string())?
        .iter()
        .map(|r| r.id.as_str())
        .collect();
    history.reverse();
    let all = graph.upgrade(&[], "heads").map_err(|e| e.to_string())?;
    expect("a history is an upgrade read backwards", &history, &runs(&all))
}

/// An upgrade that is cut off anywhere goes on with the rest.
fn step_by_step(graph: &Graph, rows: &[String], up: &[Step]) -> Result<(), String> {
    let mut rows = rows.to_vec();
    for (index, step) in up.iter().enumerate() {
        apply(&step.changes, &mut rows);
        let rest = graph.upgrade(&rows, "heads").map_err(|e| e.to_string())?;
        let set = |steps: &[Step]| -> BTreeSet<String> {
            steps.iter().filter_map(|s| s.revision.clone()).collect()
        };
        expect(
            "an upgrade goes on where it was cut off",
            &set(&rest),
            &set(&up[index + 1..]),
        )?;
    }
    Ok(())
}

/// Wherever a plan is left, what remains of it is what was not done.
fn remaining(graph: &Graph, rows: &[String], plan: &[Step]) -> Result<(), String> {
    let mut rows = rows.to_vec();
    for (index, step) in plan.iter().enumerate() {
        apply(&step.changes, &mut rows);
        let rest = graph.remaining(&rows, plan).map_err(|e| e.to_string())?;
        let mut runs_left = runs(&rest);
        let mut runs_wanted = runs(&plan[index + 1..]);
        runs_left.sort_unstable();
        runs_wanted.sort_unstable();
        expect(
            "what remains of a plan is what was not done",
            &runs_left,
            &runs_wanted,
        )?;
        follow(graph, &rows, &rest)?;
    }
    Ok(())
}

/// Going down to any revision and up to each row again leads back.
fn there_and_back(graph: &Graph, rows: &[String]) -> Result<(), String> {
    for id in applied(graph, rows) {
        let Ok(down) = graph.downgrade(rows, &id) else {
            continue;
        };
        let mut lower = follow(graph, rows, &down)?;
        expect(
            "a downgrade to a revision keeps it",
            &applied(graph, &lower).contains(&id),
            &true,
        )?;
        for row in rows {
            let up = graph.upgrade(&lower, row).map_err(|e| e.to_string())?;
            lower = follow(graph, &lower, &up)?;
        }
        expect("down and up again leads back", &sorted(&lower), &sorted(rows))?;
    }
    Ok(())
}

fn stamps(graph: &Graph, rows: &[String]) -> Result<(), String> {
    let stamp = |target: &str| -> Result<Vec<String>, String> {
        let mut rows = rows.to_vec();
        for step in graph
            .stamp(&rows, &[target.to_owned()])
            .map_err(|e| e.to_string())?
        {
            apply(&step.changes, &mut rows);
        }
        Ok(sorted(&rows))
    };
    expect(
        "a stamp to the heads leads there",
        &stamp("heads")?,
        &sorted(&graph.real_heads()),
    )?;
    expect("a stamp to the base leaves no rows", &stamp("base")?, &vec![])?;
    for revision in graph.iter() {
        let stamped = stamp(&revision.id)?;
        expect(
            "a stamp keeps the rows minimal",
            &tops(graph, &applied(graph, &stamped)),
            &stamped,
        )?;
    }
    Ok(())
}

/// Applies steps, checking after each that nothing is done too early and that the rows are right.
fn follow(graph: &Graph, rows: &[String], steps: &[Step]) -> Result<Vec<String>, String> {
    let mut rows = rows.to_vec();
    let mut done = applied(graph, &rows);
    for step in steps {
        let id = step.revision.clone().ok_or("a step runs nothing")?;
        let changed = match step.direction {
            Direction::Upgrade => done.insert(id.clone()),
            Direction::Downgrade | Direction::Stamp => done.remove(&id),
        };
        expect("a step changes what is applied", &changed, &true)?;
        apply(&step.changes, &mut rows);
        expect(
            "the rows stand for all that is applied",
            &applied(graph, &rows),
            &done,
        )?;
        expect("no row can be left out", &tops(graph, &done), &sorted(&rows))?;
    }
    Ok(rows)
}

fn applied(graph: &Graph, rows: &[String]) -> BTreeSet<String> {
    graph.applied(rows).iter().map(|r| r.id.clone()).collect()
}

/// Lists what nothing else in a set revises or depends on, found without the graph's own edges.
fn tops(graph: &Graph, set: &BTreeSet<String>) -> Vec<String> {
    let needs =
        |r: &limbeck_core::revision::Revision| [r.revises.clone(), dependencies(graph, &r.id)].concat();
    let below: BTreeSet<String> = graph
        .iter()
        .filter(|r| set.contains(&r.id))
        .flat_map(needs)
        .collect();
    set.difference(&below).cloned().collect()
}

fn dependencies(graph: &Graph, id: &str) -> Vec<String> {
    graph
        .resolved_dependencies(id)
        .into_iter()
        .map(str::to_owned)
        .collect()
}

fn runs(steps: &[Step]) -> Vec<&str> {
    steps.iter().filter_map(|step| step.revision.as_deref()).collect()
}

fn sorted(ids: &[impl ToString]) -> Vec<String> {
    let mut ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    ids.sort_unstable();
    ids
}

fn expect<T: PartialEq + std::fmt::Debug>(law: &str, actual: &T, expected: &T) -> Result<(), String> {
    if actual == expected {
        Ok(())
    } else {
        Err(format!("{law}: {actual:?}, not {expected:?}"))
    }
}
