//! What is printed with `--format json`.

use std::time::Duration;

use limbeck::plan::Hazard;
use limbeck::revision::{Graph, Revision};
use limbeck::script::{Depends, On};
use limbeck::{Difference, Done, Finding, Outcome, Planned, RevisionStatus, Status, TestReport, Tested};
use serde_json::{Value, json};

pub(crate) fn revision(graph: &Graph, revision: &Revision, rows: Option<&[String]>) -> Value {
    let id = revision.id.as_str();
    let mut value = json!({
        "revision": id,
        "message": revision.message,
        "revises": revision.revises,
        "depends_on": graph.resolved_dependencies(id),
        "branch_labels": graph.labels(id),
        "head": graph.is_head(id),
        "branch_point": graph.is_branch_point(id),
        "merge_point": graph.is_merge_point(id),
        "file": revision.file,
    });
    if let Some(rows) = rows {
        value["current"] = json!(rows.iter().any(|row| row == id));
    }
    value
}

pub(crate) fn outcome(outcome: &Outcome) -> Value {
    json!({
        "from": outcome.from,
        "to": outcome.to,
        "steps": outcome.steps.iter().map(done).collect::<Vec<_>>(),
        "ahead": outcome.ahead,
        "backup": outcome.backup,
    })
}

fn done(step: &Done) -> Value {
    json!({
        "direction": step.direction.map_or("stamp", |direction| direction.name()),
        "revision": step.revision,
        "message": step.message,
        "from": step.from,
        "to": step.to,
        "statements": step.statements,
        "resumed_behind": step.resumed_behind,
        "elapsed_ms": milliseconds(step.elapsed),
    })
}

pub(crate) fn planned(step: &Planned) -> Value {
    json!({
        "direction": step.direction.name(),
        "revision": step.revision,
        "message": step.message,
        "file": step.file,
        "from": step.from,
        "to": step.to,
        "statements_done": step.done,
        "depends": step.depends.as_ref().map(depends),
        "statements": step.statements.iter().zip(&step.losses).map(|(statement, loss)| json!({
            "sql": statement.sql,
            "line": statement.line,
            "autocommit": statement.autocommit,
            "loses_data": loss.as_ref().map(ToString::to_string),
            "hazards": hazards(&statement.hazards),
        })).collect::<Vec<_>>(),
    })
}

/// A statement that was written from models.
pub(crate) fn written(statement: &limbeck::plan::Statement) -> Value {
    json!({
        "sql": statement.sql,
        "autocommit": statement.autocommit,
        "hazards": hazards(&statement.hazards),
        "to_do": statement.to_do,
    })
}

fn hazards(hazards: &[Hazard]) -> Vec<Value> {
    let hazard = |hazard: &Hazard| json!({ "kind": hazard.kind(), "message": hazard.to_string() });
    hazards.iter().map(hazard).collect()
}

pub(crate) fn status(status: &Status) -> Value {
    json!({
        "current": status.rows,
        "unknown": status.unknown,
        "up_to_date": status.is_current(),
        "revisions": status.revisions.iter().map(revision_status).collect::<Vec<_>>(),
    })
}

fn revision_status(revision: &RevisionStatus) -> Value {
    json!({
        "revision": revision.revision,
        "message": revision.message,
        "file": revision.file,
        "state": revision.state.name(),
        "applied_at": revision.applied_at,
        "applied_by": revision.applied_by,
        "depends": revision.depends.as_ref().map(depends),
        "trouble": revision.trouble,
    })
}

/// Why it is not known what a revision runs.
fn depends(depends: &Depends) -> Value {
    let (on, what) = match &depends.on {
        On::Database(what) => ("database", what),
        On::Python(why) => ("python", why),
    };
    json!({ "line": depends.line, "on": on, "because": what })
}

pub(crate) fn test(report: &TestReport) -> Value {
    json!({
        "passed": report.passed(),
        "server": report.server,
        "heads": report.heads,
        "revisions": report.revisions.iter().map(tested).collect::<Vec<_>>(),
        "findings": report.findings.iter().map(finding).collect::<Vec<_>>(),
    })
}

fn tested(tested: &Tested) -> Value {
    json!({
        "revision": tested.revision,
        "message": tested.message,
        "file": tested.file,
        "passed": tested.passed(),
        "upgrade_ms": tested.upgrade.map(milliseconds),
        "downgrade_ms": tested.downgrade.map(milliseconds),
        "findings": tested.findings.iter().map(finding).collect::<Vec<_>>(),
    })
}

fn finding(finding: &Finding) -> Value {
    json!({
        "check": finding.check.name(),
        "failed": finding.failed,
        "message": finding.message,
        "line": finding.line,
        "differences": finding.differences.iter().map(difference).collect::<Vec<_>>(),
    })
}

pub(crate) fn difference(difference: &Difference) -> Value {
    json!({
        "object": difference.object,
        "table": difference.table(),
        "before": difference.before,
        "after": difference.after,
    })
}

fn milliseconds(elapsed: Duration) -> u64 {
    u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX)
}
