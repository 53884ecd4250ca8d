//! Views, routines, triggers, events and sequences.

use std::collections::BTreeMap;

use super::super::{Change, Hazard, Statement};
use crate::dialect::split;
use crate::schema::{Definition, Id, Kind, Object, Schema, Sequence};

pub(super) fn create(change: &Change<'_>, id: &Id, object: &Object, statements: &mut Vec<Statement>) {
    match &object.definition {
        Definition::Sequence(sequence) => {
            let mut sql = format!("CREATE {}", object.address);
            for clause in &sequence.clauses {
                sql += &format!(" {clause}");
            }
            if let Some(comment) = &object.comment {
                sql += &format!(" COMMENT={}", change.dialect.plain_literal(comment));
            }
            statements.push(Statement::new(sql));
        }
        Definition::Stored { create, .. } => {
            let place = place(change, id, create.text());
            stored(change, place.as_deref().unwrap_or(create.text()), statements);
        }
        // PostgreSQL's.
        Definition::Schema
        | Definition::Extension { .. }
        | Definition::Enum { .. }
        | Definition::Domain { .. }
        | Definition::Composite { .. } => {}
    }
}

pub(super) fn drop(id: &Id, object: &Object, statements: &mut Vec<Statement>) {
    let mut drop = Statement::new(format!("DROP {}", object.address));
    if id.kind == Kind::Sequence {
        drop = drop.with(Hazard::DataLoss(format!("the next number of {}", id.name)));
    }
    statements.push(drop);
}

pub(super) fn alter(
    change: &Change<'_>,
    id: &Id,
    from: &Object,
    to: &Object,
    statements: &mut Vec<Statement>,
) {
    match (&from.definition, &to.definition) {
        (Definition::Sequence(before), Definition::Sequence(after)) => {
            alter_sequence(before, after, to, statements);
            if from.comment != to.comment {
                let comment = to.comment.as_deref().unwrap_or_default();
                let comment = change.dialect.plain_literal(comment);
                let name = id.name.sql(change.dialect);
                statements.push(Statement::new(format!("ALTER TABLE {name} COMMENT={comment}")));
            }
        }
        (
            _,
            Definition::Stored {
                replace: Some(replace),
                ..
            },
        ) => {
            stored(change, replace.statement.text(), statements);
        }
        _ => {
            drop(id, from, statements);
            create(change, id, to, statements);
        }
    }
}

/// What makes an object, which may stand between settings for it.
fn stored(change: &Change<'_>, text: &str, statements: &mut Vec<Statement>) {
    let pieces = split(change.dialect, text).pieces;
    let texts = pieces.iter().map(|piece| piece.sql).filter(|sql| !sql.is_empty());
    statements.extend(texts.map(Statement::new));
}

/// The statement for a trigger that fires before others that are there: without a word it would fire behind them.
fn place(change: &Change<'_>, id: &Id, create: &str) -> Option<String> {
    const HEAD: &str = " FOR EACH ROW\n";
    let at = create.find(HEAD)? + HEAD.len();
    if id.kind != Kind::Trigger || create[at..].starts_with("FOLLOWS ") {
        return None;
    }
    let mut next = after(change.to, id)?;
    while change.from.objects.get(next) != change.to.objects.get(next) {
        next = after(change.to, next)?;
    }
    let name = change.dialect.quoted(next.part.as_deref()?);
    Some(format!("{}PRECEDES {name}\n{}", &create[..at], &create[at..]))
}

/// The trigger that fires next.
fn after<'a>(schema: &'a Schema, id: &Id) -> Option<&'a Id> {
    let mut dependencies = schema.dependencies.iter();
    let next = dependencies
        .find(|(other, needed)| other.kind == Kind::Trigger && other.name == id.name && needed.contains(id));
    next.map(|(next, _)| next)
}

fn alter_sequence(from: &Sequence, to: &Sequence, object: &Object, statements: &mut Vec<Statement>) {
    let [before, after] = [from, to].map(|sequence| by_name(&sequence.clauses));
    let mut clauses = Vec::new();
    for name in NAMES {
        if before.get(name) != after.get(name) {
            clauses.push(
                after
                    .get(name)
                    .map_or_else(|| usual(name, &after), ToString::to_string),
            );
        }
    }
    if clauses.is_empty() {
        return;
    }
    let statement = Statement::new(format!("ALTER {} {}", object.address, clauses.join(" ")));
    let bounds = clauses.iter().any(|clause| clause.contains("VALUE"));
    statements.push(if bounds {
        statement.with(Hazard::MayFail("the next number is out of the bounds".to_owned()))
    } else {
        statement
    });
}

/// What a sequence's clauses are about, in the order of the manual.
const NAMES: [&str; 6] = ["START", "MINVALUE", "MAXVALUE", "INCREMENT", "CACHE", "CYCLE"];

fn by_name(clauses: &[String]) -> BTreeMap<&'static str, &String> {
    let name = |clause: &str| match clause {
        "NOCACHE" => Some("CACHE"),
        clause => NAMES.into_iter().find(|name| clause.starts_with(name)),
    };
    clauses
        .iter()
        .filter_map(|clause| Some((name(clause)?, clause)))
        .collect()
}

/// The clause that says what nothing would say in the statement that makes a sequence.
fn usual(name: &str, after: &BTreeMap<&'static str, &String>) -> String {
    let value = |name: &str| after.get(name).and_then(|clause| clause.rsplit(' ').next());
    let descends = value("INCREMENT").is_some_and(|step| step.starts_with('-'));
    match name {
        "START" if descends => format!("START WITH {}", value("MAXVALUE").unwrap_or("-1")),
        "START" => format!("START WITH {}", value("MINVALUE").unwrap_or("1")),
        "INCREMENT" => "INCREMENT BY 1".to_owned(),
        "CACHE" => "CACHE 1000".to_owned(),
        "CYCLE" => "NOCYCLE".to_owned(),
        bound => format!("NO {bound}"),
    }
}
