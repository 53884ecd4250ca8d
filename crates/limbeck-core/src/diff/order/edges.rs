//! Which step waits for which.

use std::collections::{BTreeMap, BTreeSet};

use super::apart::can_be_apart;
use super::is_on_table;
use crate::Dialect;
use crate::diff::items::{Needs, owner};
use crate::diff::state::{State, States};
use crate::diff::step::Step;
use crate::op::Op;
use crate::schema::{ConstraintKind, Id, Kind, Name};

/// A step waits for another.
#[derive(Debug)]
pub(super) struct Edge {
    pub(super) first: usize,
    pub(super) second: usize,
    pub(super) reason: Reason,
}

impl Edge {
    pub(super) fn need(first: usize, second: usize) -> Self {
        Self {
            first,
            second,
            reason: Reason::Need,
        }
    }
}

/// Why a step waits.
#[derive(Debug, Clone)]
pub(super) enum Reason {
    /// It can't be done otherwise.
    Need,
    /// For the sake of a part of the table that a step makes or drops: the step, and the part, which could be apart from it.
    Part(usize, Id),
    /// So that nothing is broken in between; the server does not insist.
    Wish,
}

pub(super) fn edges(
    dialect: Dialect,
    steps: &[Step],
    states: &States,
    [needs_from, needs_to]: [&Needs; 2],
) -> Vec<Edge> {
    let mut links = Links::new(steps);
    for (id, other) in pairs(needs_to) {
        links.make(id, other);
    }
    for (id, other) in beneath(needs_to, states) {
        links.make_beneath(id, other);
    }
    for (id, other) in pairs(needs_from) {
        let is_needed_after = needs_to.get(id).is_some_and(|needed| needed.contains(other));
        links.drop(id, other, goes_along(needs_from, id, other));
        if !is_needed_after {
            links.leave(id, other);
        }
    }
    links.replace(states);
    links.names(dialect, states);
    links.primary_keys();
    links.owners();
    links.edges
}

/// Each item with each that it needs.
fn pairs(needs: &Needs) -> impl Iterator<Item = (&Id, &Id)> {
    let pairs = |(id, needed)| std::iter::repeat(id).zip(needed);
    needs.iter().flat_map(pairs)
}

/// What routines and views need by way of others that stay as they are: these do not make way on every database.
fn beneath<'a>(needs: &'a Needs, states: &States) -> Vec<(&'a Id, &'a Id)> {
    let stays = |id: &Id| is_code(id.kind) && states.get(id) == Some(&State::Same);
    let mut pairs = Vec::new();
    for (id, needed) in needs.iter().filter(|(id, _)| is_code(id.kind)) {
        let mut queue: Vec<&Id> = needed.iter().filter(|other| stays(other)).collect();
        let mut seen: BTreeSet<&Id> = queue.iter().copied().collect();
        while let Some(next) = queue.pop() {
            for other in needs.get(next).into_iter().flatten() {
                pairs.push((id, other));
                if stays(other) && seen.insert(other) {
                    queue.push(other);
                }
            }
        }
    }
    pairs
}

/// Whether a default is of the type that its column has: when that changes, it is seen to as the column is.
fn goes_along(needs: &Needs, id: &Id, other: &Id) -> bool {
    let column = id.part.as_ref().filter(|_| id.kind == Kind::Default);
    let column = column.map(|column| Id::column(&id.name, column));
    column
        .and_then(|column| needs.get(&column))
        .is_some_and(|needed| needed.contains(other))
}

/// What makes, drops and alters each item.
struct Links<'a> {
    steps: &'a [Step],
    creating: BTreeMap<&'a Id, usize>,
    dropping: BTreeMap<&'a Id, usize>,
    altering: BTreeMap<&'a Id, Vec<usize>>,
    edges: Vec<Edge>,
}

impl<'a> Links<'a> {
    fn new(steps: &'a [Step]) -> Self {
        let mut links = Self {
            steps,
            creating: BTreeMap::new(),
            dropping: BTreeMap::new(),
            altering: BTreeMap::new(),
            edges: Vec::new(),
        };
        for (at, step) in steps.iter().enumerate() {
            links.creating.extend(step.creates.iter().map(|id| (id, at)));
            links.dropping.extend(step.drops.iter().map(|id| (id, at)));
            for id in &step.alters {
                links.altering.entry(id).or_default().push(at);
            }
        }
        links
    }

    fn edge(&mut self, first: usize, second: usize, reason: Reason) {
        self.edges.push(Edge {
            first,
            second,
            reason,
        });
    }

    fn altered(&self, id: &Id) -> Vec<usize> {
        self.altering.get(id).cloned().unwrap_or_default()
    }

    /// Why a step waits, or is waited for, that makes or drops an item.
    fn reason(&self, at: usize, id: &Id) -> Reason {
        if can_be_apart(&self.steps[at].op, id) {
            Reason::Part(at, id.clone())
        } else {
            Reason::Need
        }
    }

    /// What is made or altered waits for what it needs.
    fn make(&mut self, id: &Id, other: &Id) {
        let (maker, of_other) = (self.creating.get(id).copied(), self.creating.get(other).copied());
        let altered = self.altered(other);
        if let Some(second) = maker {
            let reason = self.reason(second, id);
            // A name can change before what it names is altered, and not before and behind.
            let waits = of_other.is_some() || !self.is_rename(second);
            for first in of_other.iter().chain(&altered).filter(|_| waits) {
                self.edge(*first, second, reason.clone());
            }
        }
        let in_turn = of_other.is_some() || is_object(id) || is_object(other);
        for second in self.altered(id).into_iter().filter(|_| in_turn) {
            for first in of_other.iter().chain(&altered) {
                self.edge(*first, second, Reason::Need);
            }
        }
    }

    /// What is made or altered waits for what must be there beneath what it needs.
    fn make_beneath(&mut self, id: &Id, other: &Id) {
        let Some(first) = self.creating.get(other).copied() else {
            return;
        };
        for second in self.creating.get(id).copied().into_iter().chain(self.altered(id)) {
            self.edge(first, second, Reason::Need);
        }
    }

    /// What is dropped goes before what it needs is dropped, or altered without it.
    fn drop(&mut self, id: &Id, other: &Id, goes_along: bool) {
        let Some(first) = self.dropping.get(id).copied() else {
            return;
        };
        let reason = self.reason(first, id);
        let altered = if goes_along {
            Vec::new()
        } else {
            self.altered(other)
        };
        for second in self.dropping.get(other).copied().into_iter().chain(altered) {
            self.edge(first, second, reason.clone());
        }
    }

    /// What needs something no more is altered before that is dropped. A column is so before its old type changes, too: its rows may
    /// have a value that the type is about to lose.
    fn leave(&mut self, id: &Id, other: &Id) {
        let is_wish = is_code(id.kind);
        for first in self.altered(id) {
            if let Some(second) = self.dropping.get(other).copied() {
                let reason = if is_wish { Reason::Wish } else { Reason::Need };
                self.edge(first, second, reason);
            }
            if id.kind == Kind::Column {
                for second in self.altered(other) {
                    self.edge(first, second, Reason::Wish);
                }
            }
        }
    }

    /// What is made anew is dropped first.
    fn replace(&mut self, states: &States) {
        for (id, _) in states.iter().filter(|(_, state)| **state == State::Replaced) {
            if let (Some(first), Some(second)) = (self.dropping.get(id), self.creating.get(id)) {
                self.edge(*first, *second, Reason::Need);
            }
        }
    }

    /// A name must be free before something else gets it.
    fn names(&mut self, dialect: Dialect, states: &States) {
        let is = |id: &Id, test: fn(State) -> bool| states.get(id).is_some_and(|state| test(*state));
        let mut freed: BTreeMap<(Space, Name), (&Id, usize)> = BTreeMap::new();
        for (id, at) in &self.dropping {
            if is(id, State::is_dropped) {
                freed.extend(name_in_space(dialect, id).map(|name| (name, (*id, *at))));
            }
        }
        for (id, at) in self.creating.clone() {
            if is(id, State::is_created)
                && let Some((gone, first)) = name_in_space(dialect, id).and_then(|name| freed.get(&name))
            {
                self.edge(*first, at, self.reason(*first, gone));
            }
        }
    }

    /// The place of a table's primary key must be free before another gets it.
    fn primary_keys(&mut self) {
        let (mut gone, mut made) = (BTreeMap::new(), Vec::new());
        for (at, step) in self.steps.iter().enumerate() {
            match &step.op {
                Op::DropConstraint {
                    table, constraint, ..
                } if constraint.kind == ConstraintKind::PrimaryKey => {
                    gone.insert(table, at);
                }
                Op::AddConstraint {
                    table, constraint, ..
                } if constraint.kind == ConstraintKind::PrimaryKey => made.push((table, at)),
                _ => {}
            }
        }
        for (table, second) in made {
            if let Some(first) = gone.get(table) {
                self.edge(*first, second, Reason::Need);
            }
        }
    }

    /// A sequence is made before it is altered; it is given to a column when that is there, and taken from it before that goes.
    fn owners(&mut self) {
        for (at, step) in self.steps.iter().enumerate() {
            let Op::AlterObject { id, from, to } = &step.op else {
                continue;
            };
            let (before, after) = (owner(from), owner(to));
            let firsts = [Some(id), after.as_ref()].into_iter().flatten();
            let firsts: Vec<usize> = firsts.filter_map(|id| self.creating.get(id).copied()).collect();
            for first in firsts {
                self.edge(first, at, Reason::Need);
            }
            if let Some(second) = before.and_then(|column| self.dropping.get(&column).copied()) {
                self.edge(at, second, Reason::Need);
            }
        }
    }

    fn is_rename(&self, at: usize) -> bool {
        matches!(
            self.steps[at].op,
            Op::RenameConstraint { .. } | Op::RenameIndex { .. }
        )
    }
}

/// Whether it is neither a table nor one of its columns, constraints and indexes.
fn is_object(id: &Id) -> bool {
    id.part.is_none() && id.kind != Kind::Table || is_on_table(id.kind)
}

/// Whether it is looked at when it is used. Where a server looks earlier, such a thing makes way for what is dropped and is not altered.
fn is_code(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::View | Kind::Function | Kind::Procedure | Kind::Trigger | Kind::Event
    )
}

/// Within which a name is given once in a schema.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Space {
    Relations,
    Triggers,
}

/// The name that nothing else of its space may have.
fn name_in_space(dialect: Dialect, id: &Id) -> Option<(Space, Name)> {
    let space = match id.kind {
        Kind::Table | Kind::View | Kind::MaterializedView | Kind::Sequence => Space::Relations,
        Kind::Constraint | Kind::Index => Space::Relations,
        // PostgreSQL makes a type for each table, and lets each table have a trigger of a name.
        Kind::Enum | Kind::Domain | Kind::Composite | Kind::Range => Space::Relations,
        Kind::Trigger if dialect != Dialect::Postgresql => Space::Triggers,
        _ => return None,
    };
    let part = id.part.as_ref();
    let name = part.map_or_else(|| id.name.clone(), |part| id.name.sibling(part));
    Some((space, name))
}
