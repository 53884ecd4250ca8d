//! Comments.

use super::enums::{Domain, is_validated};
use super::{Planner, comment_on, quoted, sql};
use crate::plan::Statement;
use crate::schema::{Constraint, Definition, Id, Name, Object};

/// The statements for the comments that a constraint, and the index that it made, have.
pub(super) fn on_constraint(table: &Name, name: &str, constraint: &Constraint) -> Vec<Statement> {
    let on_it = constraint.comment.as_deref();
    let on_it = on_it.map(|comment| comment_on(&constraint_address(table, name), Some(comment)));
    let on_index = constraint.index_comment.as_deref();
    let on_index = on_index.map(|comment| comment_on(&index_address(table, name), Some(comment)));
    on_it.into_iter().chain(on_index).collect()
}

fn constraint_address(table: &Name, name: &str) -> String {
    format!("CONSTRAINT {} ON {}", quoted(name), sql(table))
}

pub(super) fn index_address(table: &Name, name: &str) -> String {
    format!("INDEX {}", sql(&table.sibling(name)))
}

impl Planner<'_> {
    pub(super) fn comment(&mut self, address: &str, comment: Option<&str>) {
        self.push(comment_on(address, comment));
    }

    pub(super) fn alter_constraint_comments(
        &mut self,
        table: &Name,
        name: &str,
        from: &Constraint,
        to: &Constraint,
    ) {
        if from.comment != to.comment {
            self.comment(&constraint_address(table, name), to.comment.as_deref());
        }
        if from.index_comment != to.index_comment {
            self.comment(&index_address(table, name), to.index_comment.as_deref());
        }
    }

    /// The comments of an object that was just made.
    pub(super) fn comment_on_object(&mut self, id: &Id, object: &Object) {
        if object.comment.is_some() {
            self.comment(&object.address, object.comment.as_deref());
        }
        for (part, comment) in &object.part_comments {
            self.comment(&part_address(id, object, part), Some(comment));
        }
    }

    /// The comments of an object that stays.
    pub(super) fn alter_object_comments(&mut self, id: &Id, from: &Object, to: &Object) {
        if from.comment != to.comment {
            self.comment(&to.address, to.comment.as_deref());
        }
        for (part, comment) in &to.part_comments {
            let is_there = from.part_comments.get(part) == Some(comment);
            if !is_there || !stays(from, to, part) {
                self.comment(&part_address(id, to, part), Some(comment));
            }
        }
        for part in from.part_comments.keys() {
            if !to.part_comments.contains_key(part) && stays(from, to, part) {
                self.comment(&part_address(id, to, part), None);
            }
        }
    }
}

fn part_address(id: &Id, object: &Object, part: &str) -> String {
    let (name, part) = (sql(&id.name), quoted(part));
    match object.definition {
        Definition::Domain { .. } => format!("CONSTRAINT {part} ON DOMAIN {name}"),
        _ => format!("COLUMN {name}.{part}"),
    }
}

/// Whether a part of an object is not made anew, nor dropped.
fn stays(from: &Object, to: &Object, part: &str) -> bool {
    if let (Some(before), Some(after)) = (Domain::of(&from.definition), Domain::of(&to.definition)) {
        let (before, after) = (before.constraints.get(part), after.constraints.get(part));
        return before.is_some_and(|before| after == Some(before) || is_validated(before, after));
    }
    match &to.definition {
        Definition::Composite { attributes } => attributes.iter().any(|attribute| attribute.name == part),
        _ => false,
    }
}
