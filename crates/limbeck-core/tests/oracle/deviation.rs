//! Where limbeck means to answer otherwise than Alembic: each with its reason and its condition.

use limbeck_core::revision::Graph;
use limbeck_core::revision::ResolveError;
use serde_json::Value;

use super::Query;

/// One kind of deviation that is meant.
struct Deviation {
    /// What limbeck does, and why.
    reason: &'static str,
    /// Whether a difference is of this kind.
    holds: fn(&Case<'_>) -> bool,
}

/// A difference to explain.
pub(super) struct Case<'a> {
    pub(super) graph: &'a Graph,
    pub(super) query: &'a Query,
    pub(super) ours: &'a Result<Value, ResolveError>,
    pub(super) theirs: &'a Value,
}

/// Finds the reason for a difference, if there is one.
pub(super) fn explain(case: &Case<'_>) -> Option<&'static str> {
    DEVIATIONS
        .iter()
        .find(|deviation| (deviation.holds)(case))
        .map(|deviation| deviation.reason)
}

const DEVIATIONS: [Deviation; 20] = [
    Deviation {
        reason: "both refuse, and Alembic does so with an AssertionError, KeyError or the like",
        holds: |c| c.ours.is_err() && c.their_error() == Some("crash"),
    },
    Deviation {
        reason: "both refuse, and limbeck says that the text is no target there",
        holds: |c| matches!(c.ours, Err(ResolveError::Syntax { .. })) && c.their_error().is_some(),
    },
    Deviation {
        reason: "both refuse in resolve, stamp or history, where limbeck follows rev+N, and label@ in both ends",
        holds: |c| {
            !c.moves() && c.ours.is_err() && c.their_error().is_some() && c.any_target(|t| t.offset || t.at)
        },
    },
    Deviation {
        reason: "both refuse a branch@target, and limbeck takes the branch into account, as in label@head",
        holds: |c| c.moves() && c.ours.is_err() && c.their_error().is_some() && c.any_target(|t| t.at),
    },
    Deviation {
        reason: "stamp: targets that contain one another are refused; Alembic's result depends on their order",
        holds: |c| {
            c.is("stamp") && matches!(c.ours, Err(ResolveError::Overlap { .. })) && c.query.targets.len() > 1
        },
    },
    Deviation {
        reason: "stamp: a target replaces the rows related to it; Alembic loses rows of other targets, and of all the branch of label@rev",
        holds: |c| {
            c.is("stamp")
                && (c.query.targets.len() > 1
                    || c.any_target(|t| t.symbol == "heads" || !t.branch.is_empty()))
                && c.keeps_others()
        },
    },
    Deviation {
        reason: "downgrade: no row is left that another implies; Alembic inserts parents that contain one another",
        holds: |c| c.is("downgrade") && c.same_steps() && c.minimal(&c.theirs["rows"]) == c.our_rows(),
    },
    Deviation {
        reason: "upgrade, downgrade: Alembic dies of a KeyError or AssertionError in the version rows halfway",
        holds: |c| {
            c.crashed(&["KeyError", "AssertionError: Can't do", "AssertionError"])
                && c.moves()
                && c.rows_follow_steps()
        },
    },
    Deviation {
        reason: "resolve, history: a walk may end at the base, and a branch have no label or several; Alembic dies of an AssertionError",
        holds: |c| (c.is("resolve") || c.is("history")) && c.crashed(&["AssertionError"]),
    },
    Deviation {
        reason: "resolve, stamp, history: rev+N and rev-N work as in upgrade; Alembic takes them for ids",
        holds: |c| {
            !c.moves()
                && c.ours.is_ok()
                && c.any_target(|t| t.offset && !t.symbol.is_empty() && t.symbol != "base")
        },
    },
    Deviation {
        reason: "base-N is too far and base+N a revision, everywhere; Alembic comes round from the heads, or takes it for an id",
        holds: |c| c.any_target(|t| t.offset && t.symbol == "base"),
    },
    Deviation {
        reason: "resolve, history: rev@-N counts from the heads above rev; Alembic finds none, because rev is no label",
        holds: |c| {
            (c.is("resolve") || c.is("history"))
                && c.any_target(|t| t.offset && t.symbol.is_empty() && c.no_label(&t.branch))
        },
    },
    Deviation {
        reason: "resolve, history: -N leads to each revision once, and stops at the base in a history",
        holds: |c| {
            (c.is("resolve") || c.is("history"))
                && c.ours.is_ok()
                && c.any_target(|t| t.offset && t.symbol.is_empty())
        },
    },
    Deviation {
        reason: "stamp: -N is refused; Alembic counts from the heads if a revision happens to be called like the text",
        holds: |c| c.is("stamp") && c.any_target(|t| t.offset && t.symbol.is_empty()),
    },
    Deviation {
        reason: "downgrade: -N with several rows is refused; Alembic takes the one that the database returns first",
        holds: |c| c.is("downgrade") && matches!(c.ours, Err(ResolveError::AmbiguousDowngrade { .. })),
    },
    Deviation {
        reason: "label@head means the head of that branch everywhere; Alembic's downgrade ignores the label, and so does +N",
        holds: |c| {
            c.any_target(|t| !t.branch.is_empty() && t.symbol == "head" && (t.offset || c.is("downgrade")))
        },
    },
    Deviation {
        reason: "downgrade: branch@rev is refused where rev is on another branch; Alembic ignores the branch",
        holds: |c| c.is("downgrade") && matches!(c.ours, Err(ResolveError::NotOnBranch { .. })),
    },
    Deviation {
        reason: "before '@' stands a label or a revision; Alembic ignores an empty one, and takes 'heads' for every head",
        holds: |c| {
            matches!(c.ours, Err(ResolveError::Syntax { .. }))
                && c.any_target(|t| t.at && matches!(t.branch.as_str(), "" | "heads"))
        },
    },
    Deviation {
        reason: "history: both ends are wrong, and limbeck reads the lower one first",
        holds: |c| c.is("history") && c.ours.is_err() && c.their_error().is_some(),
    },
    Deviation {
        reason: "history: what is related through revisions outside the range is in order too; Alembic breaks ties without them",
        holds: |c| c.is("history") && c.same_ids_in_order(),
    },
];

/// A target, taken apart in the simplest way.
struct Parts {
    at: bool,
    branch: String,
    symbol: String,
    offset: bool,
}

fn parts(target: &str) -> Parts {
    let (branch, rest) = target.split_once('@').unwrap_or(("", target));
    let sign = rest.find(['+', '-']);
    let symbol = rest[..sign.unwrap_or(rest.len())].to_owned();
    Parts {
        at: target.contains('@'),
        branch: branch.to_owned(),
        symbol,
        offset: sign.is_some(),
    }
}

impl Case<'_> {
    fn is(&self, command: &str) -> bool {
        self.query.command == command
    }

    /// Tells whether revisions run.
    fn moves(&self) -> bool {
        self.is("upgrade") || self.is("downgrade")
    }

    fn their_error(&self) -> Option<&str> {
        self.theirs["error"].as_str()
    }

    fn crashed(&self, messages: &[&str]) -> bool {
        let message = self.theirs["message"].as_str().unwrap_or_default();
        self.ours.is_ok()
            && self.their_error() == Some("crash")
            && messages.iter().any(|m| message.starts_with(m))
    }

    fn any_target(&self, holds: impl Fn(&Parts) -> bool) -> bool {
        self.query.targets.iter().any(|target| holds(&parts(target)))
    }

    fn no_label(&self, branch: &str) -> bool {
        !self
            .graph
            .iter()
            .any(|r| r.branch_labels.iter().any(|label| label == branch))
    }

    fn our_rows(&self) -> Vec<String> {
        self.ours
            .as_ref()
            .map(|ours| strings(&ours["rows"]))
            .unwrap_or_default()
    }

    fn same_steps(&self) -> bool {
        self.ours
            .as_ref()
            .is_ok_and(|ours| ours["steps"] == self.theirs["steps"])
    }

    /// Tells whether one revision is another, or must be applied before it.
    fn below(&self, a: &str, b: &str) -> bool {
        self.graph.applied(&[b.to_owned()]).iter().any(|r| r.id == a)
    }

    /// Tells whether the same revisions are listed, each before all that it needs.
    fn same_ids_in_order(&self) -> bool {
        let sorted =
            |ids: &Value| -> std::collections::BTreeSet<String> { strings(ids).into_iter().collect() };
        let Ok(ours) = self.ours else { return false };
        let ids = strings(&ours["ids"]);
        let in_order = |at: usize| ids[at + 1..].iter().all(|later| !self.below(&ids[at], later));
        sorted(&ours["ids"]) == sorted(&self.theirs["ids"]) && (0..ids.len()).all(in_order)
    }

    fn minimal(&self, rows: &Value) -> Vec<String> {
        let rows = strings(rows);
        let implied = |row: &String| rows.iter().any(|other| other != row && self.below(row, other));
        rows.iter().filter(|row| !implied(row)).cloned().collect()
    }

    /// Tells whether a stamp took away those rows that are above or below a target, and no others.
    fn keeps_others(&self) -> bool {
        if self.ours.is_err() {
            return false;
        }
        let found = self
            .query
            .targets
            .iter()
            .flat_map(|t| self.graph.resolve(t, &[]).expect("it was stamped"));
        let found: Vec<String> = found.map(|r| r.id.clone()).collect();
        let related = |row: &String| found.iter().any(|f| self.below(row, f) || self.below(f, row));
        let mut expected: Vec<String> = self
            .query
            .rows
            .iter()
            .filter(|row| !related(row))
            .cloned()
            .collect();
        expected.extend(found.iter().cloned());
        expected.sort_unstable();
        expected.dedup();
        expected == self.our_rows()
    }

    /// Tells whether the rows at the end stand for what was applied and the steps together.
    fn rows_follow_steps(&self) -> bool {
        let applied = |rows: &[String]| -> std::collections::BTreeSet<String> {
            self.graph.applied(rows).iter().map(|r| r.id.clone()).collect()
        };
        let Ok(ours) = self.ours else { return false };
        let mut expected = applied(&self.query.rows);
        for step in ours["steps"].as_array().into_iter().flatten() {
            let id = step[0].as_str().unwrap_or_default().to_owned();
            let new = if step[1] == "up" {
                expected.insert(id)
            } else {
                expected.remove(&id)
            };
            assert!(new, "{step} runs twice");
        }
        let rows = self.our_rows();
        expected == applied(&rows) && rows == self.minimal(&ours["rows"])
    }
}

fn strings(values: &Value) -> Vec<String> {
    values
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}
