//! What counts as the same answer.

use limbeck_core::revision::Direction;
use limbeck_core::revision::Graph;
use limbeck_core::revision::ResolveError;
use limbeck_core::revision::Revision;
use limbeck_core::revision::Step;
use serde_json::Value;
use serde_json::json;

use super::Query;
use super::deviation::Case;
use super::deviation::explain;
use crate::graph::laws::apply;

pub(super) enum Outcome {
    Agree,
    /// One of the deviations that are meant.
    Deviate(&'static str),
    Differ(String),
}

/// Compares what there is to see without a command.
pub(super) fn graph(graph: &Graph, theirs: &Value) -> Vec<String> {
    let per_id = |what: &dyn Fn(&str) -> Value| -> Value {
        graph
            .iter()
            .map(|r| (r.id.clone(), what(&r.id)))
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    let ours = [
        ("heads", json!(graph.heads())),
        ("real_heads", json!(graph.real_heads())),
        ("bases", json!(graph.bases())),
        ("labels", per_id(&|id| json!(graph.labels(id)))),
        (
            "dependencies",
            per_id(&|id| json!(graph.resolved_dependencies(id))),
        ),
        (
            "branch_points",
            graph
                .iter()
                .filter(|r| graph.is_branch_point(&r.id))
                .map(|r| json!(r.id))
                .collect(),
        ),
    ];
    let differs = ours.into_iter().filter(|(key, ours)| theirs[key] != *ours);
    differs
        .map(|(key, ours)| format!("{key}: {ours} but Alembic {}", theirs[key]))
        .collect()
}

pub(super) fn answer(graph: &Graph, query: &Query, theirs: &Value) -> Outcome {
    let ours = ask(graph, query);
    let same = match (&ours, theirs["error"].as_str()) {
        (Ok(ours), None) => ours == theirs || (query.command == "stamp" && ours["rows"] == theirs["rows"]),
        (Err(ours), Some(theirs)) => kind(ours) == theirs,
        _ => false,
    };
    if same {
        return Outcome::Agree;
    }
    if let Some(reason) = explain(&Case {
        graph,
        query,
        ours: &ours,
        theirs,
    }) {
        return Outcome::Deviate(reason);
    }
    let ours_text = match &ours {
        Ok(ours) => ours.to_string(),
        Err(error) => format!("error: {error}"),
    };
    Outcome::Differ(format!("{query:?}\n  limbeck {ours_text}\n  alembic {theirs}"))
}

fn ask(graph: &Graph, query: &Query) -> Result<Value, ResolveError> {
    let (rows, targets) = (&query.rows, &query.targets);
    let end = |index: usize| Some(targets[index].as_str()).filter(|end| !end.is_empty());
    Ok(match query.command {
        "upgrade" => run(graph.upgrade(rows, &targets[0])?, rows),
        "downgrade" => run(graph.downgrade(rows, &targets[0])?, rows),
        "stamp" => run(graph.stamp(rows, targets)?, rows),
        "resolve" => json!({"ids": ids(&graph.resolve(&targets[0], rows)?)}),
        "history" => json!({"ids": ids(&graph.history(end(0), end(1), rows)?)}),
        _ => {
            let current = graph.current(rows);
            let mut all = [ids(&current.rows), ids(&current.implied)].concat();
            all.sort_unstable();
            json!({"ids": all})
        }
    })
}

fn ids<'a>(revisions: &[&'a Revision]) -> Vec<&'a str> {
    revisions.iter().map(|r| r.id.as_str()).collect()
}

fn run(steps: Vec<Step>, rows: &[String]) -> Value {
    let mut rows = rows.to_vec();
    let mut listed = Vec::new();
    for step in steps {
        apply(&step.changes, &mut rows);
        let direction = if step.direction == Direction::Downgrade {
            "down"
        } else {
            "up"
        };
        listed.push(json!([step.revision, direction, step.from, step.to]));
    }
    rows.sort_unstable();
    json!({"steps": listed, "rows": rows})
}

/// Puts an error under the class that Alembic has for it.
fn kind(error: &ResolveError) -> &'static str {
    match error {
        ResolveError::NotFound { .. }
        | ResolveError::NoSuchBranch { .. }
        | ResolveError::Ambiguous { .. }
        | ResolveError::NotOnBranch { .. } => "not found",
        ResolveError::MultipleHeads { .. } => "multiple heads",
        ResolveError::NotDowngradeTarget { .. } | ResolveError::NotOneLine { .. } => "range",
        _ => "revision",
    }
}
