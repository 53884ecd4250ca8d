//! Puts steps into an order in which each finds what it needs.
//!
//! Every need is an edge between two steps; among the steps that nothing holds up, the first by [`Place`] comes next. Where steps hold each other
//! up in a ring, a table is made without the foreign key, check or default that closes it, which comes as a step of its own behind.

use std::collections::{BTreeMap, BTreeSet};

use super::items::Needs;
use super::ops::{Step, add_constraint, can_wait, drop_constraint, drop_default, drop_object, set_default};
use super::state::{State, States};
use crate::op::Op;
use crate::schema::{ConstraintKind, Definition, Id, Kind, Name, Schema};

pub(super) fn order(
    steps: Vec<Step>,
    from: &Schema,
    states: &States,
    [needs_from, needs_to]: [&Needs; 2],
) -> Vec<Op> {
    let mut queue = Queue::new(steps, from);
    queue.link(states, needs_from, needs_to);
    queue.run(needs_to)
}

/// Where a step stands among those that could come next: what others rest on first, and what belongs to one table together.
type Place = (u8, Name, u8);

/// What holds a step up.
#[derive(Debug, Default)]
struct Hold {
    /// Whether it can't be helped.
    hard: bool,
    /// The parts of tables that are to blame otherwise: the step of the table, and the part.
    parts: BTreeSet<(usize, Id)>,
}

struct Queue<'a> {
    from: &'a Schema,
    /// A step that is done is taken out.
    steps: Vec<Option<Step>>,
    /// From a step to those that must come before it.
    before: Vec<BTreeMap<usize, Hold>>,
    /// From a step to those that wait for it.
    waiting: Vec<BTreeSet<usize>>,
    creating: BTreeMap<Id, usize>,
    ready: BTreeSet<(Place, usize)>,
}

impl<'a> Queue<'a> {
    fn new(steps: Vec<Step>, from: &'a Schema) -> Self {
        let mut creating = BTreeMap::new();
        for (at, step) in steps.iter().enumerate() {
            creating.extend(step.creates.iter().map(|id| (id.clone(), at)));
        }
        Self {
            from,
            before: steps.iter().map(|_| BTreeMap::new()).collect(),
            waiting: vec![BTreeSet::new(); steps.len()],
            steps: steps.into_iter().map(Some).collect(),
            creating,
            ready: BTreeSet::new(),
        }
    }

    fn step(&self, at: usize) -> Option<&Step> {
        self.steps.get(at).and_then(Option::as_ref)
    }

    /// Lets `second` wait for `first`; `part` is to blame, if it is a part of a table that could be apart from it.
    fn edge(&mut self, first: usize, second: usize, part: Option<(usize, &Id)>) {
        if first == second {
            return;
        }
        let hold = self.before[second].entry(first).or_default();
        match part {
            Some((owner, part)) => {
                hold.parts.insert((owner, part.clone()));
            }
            None => hold.hard = true,
        }
        self.waiting[first].insert(second);
    }

    fn link(&mut self, states: &States, needs_from: &Needs, needs_to: &Needs) {
        let mut dropping: BTreeMap<Id, usize> = BTreeMap::new();
        let mut altering: BTreeMap<Id, Vec<usize>> = BTreeMap::new();
        for (at, step) in self.steps.iter().enumerate() {
            let step = step.as_ref().expect("none is done yet");
            dropping.extend(step.drops.iter().map(|id| (id.clone(), at)));
            for id in &step.alters {
                altering.entry(id.clone()).or_default().push(at);
            }
        }
        let altered = |id: &Id| altering.get(id).cloned().unwrap_or_default();
        let created = self.creating.clone();
        for (id, needed) in needs_to {
            let makes = created.get(id).copied();
            let part = makes.filter(|at| self.can_be_apart(*at, id)).map(|at| (at, id));
            for other in needed {
                let is_object = |id: &Id| id.part.is_none() && id.kind != Kind::Table || is_on_table(id.kind);
                let in_turn = is_object(id) || is_object(other);
                for first in created.get(other).copied().into_iter().chain(altered(other)) {
                    // A name can change before what it names is altered, and not before and behind.
                    let is_free = |at: usize| !created.contains_key(other) && self.is_rename(at);
                    if let Some(second) = makes.filter(|at| !is_free(*at)) {
                        self.edge(first, second, part);
                    }
                    if in_turn || created.contains_key(other) {
                        altered(id)
                            .into_iter()
                            .for_each(|second| self.edge(first, second, None));
                    }
                }
            }
        }
        for (id, needed) in needs_from {
            let drops = dropping.get(id).copied();
            let part = drops.filter(|at| self.can_be_apart(*at, id)).map(|at| (at, id));
            for other in needed {
                if let Some(second) = dropping.get(other).copied() {
                    if let Some(first) = drops {
                        self.edge(first, second, part);
                    }
                    // What is altered needs it no more afterwards.
                    if !needs_to.get(id).is_some_and(|needed| needed.contains(other)) {
                        altered(id)
                            .into_iter()
                            .for_each(|first| self.edge(first, second, None));
                    }
                }
                if let Some(first) = drops {
                    altered(other)
                        .into_iter()
                        .for_each(|second| self.edge(first, second, part));
                }
            }
        }
        for (id, state) in states {
            if *state == State::Replaced
                && let (Some(first), Some(second)) = (dropping.get(id), created.get(id))
            {
                self.edge(*first, *second, None);
            }
        }
        self.link_names(states, &dropping);
        self.link_owners(&dropping);
    }

    /// A name must be free before something else gets it, and so must the place of the primary key.
    fn link_names(&mut self, states: &States, dropping: &BTreeMap<Id, usize>) {
        let name = |id: &Id| {
            let has_name = matches!(
                id.kind,
                Kind::Table
                    | Kind::Constraint
                    | Kind::Index
                    | Kind::View
                    | Kind::MaterializedView
                    | Kind::Sequence
            );
            has_name.then(|| {
                id.part
                    .as_ref()
                    .map_or_else(|| id.name.clone(), |part| id.name.sibling(part))
            })
        };
        let mut freed: BTreeMap<Name, usize> = BTreeMap::new();
        for (id, at) in dropping {
            if states.get(id).is_some_and(|state| state.is_dropped())
                && let Some(name) = name(id)
            {
                freed.insert(name, *at);
            }
        }
        for (id, at) in self.creating.clone() {
            if states.get(&id).is_some_and(|state| state.is_created())
                && let Some(first) = name(&id).and_then(|name| freed.get(&name))
            {
                self.edge(*first, at, None);
            }
        }
        let is_key = |step: &Option<Step>| {
            let (Op::AddConstraint {
                table, constraint, ..
            }
            | Op::DropConstraint {
                table, constraint, ..
            }) = &step.as_ref()?.op
            else {
                return None;
            };
            (constraint.kind == ConstraintKind::PrimaryKey).then(|| table.clone())
        };
        let keys: Vec<(usize, Name, bool)> = self
            .steps
            .iter()
            .enumerate()
            .filter_map(|(at, step)| {
                let drops = matches!(step.as_ref()?.op, Op::DropConstraint { .. });
                Some((at, is_key(step)?, drops))
            })
            .collect();
        for (first, table, _) in keys.iter().filter(|(_, _, drops)| *drops) {
            for (second, _, _) in keys.iter().filter(|(_, other, drops)| !drops && other == table) {
                self.edge(*first, *second, None);
            }
        }
    }

    /// A sequence is given to a column when both are there, and taken from it before the column goes.
    fn link_owners(&mut self, dropping: &BTreeMap<Id, usize>) {
        for at in 0..self.steps.len() {
            let Some(Step {
                op: Op::AlterObject { from, to, .. },
                ..
            }) = self.step(at)
            else {
                continue;
            };
            let [from, to] = [from, to].map(|object| match &object.definition {
                Definition::Sequence(sequence) => sequence
                    .owned_by
                    .as_ref()
                    .map(|(table, column)| Id::column(table, column)),
                _ => None,
            });
            if let Some(first) = to.and_then(|column| self.creating.get(&column).copied()) {
                self.edge(first, at, None);
            }
            if let Some(second) = from.and_then(|column| dropping.get(&column).copied()) {
                self.edge(at, second, None);
            }
        }
        // It is altered behind its making.
        for at in 0..self.steps.len() {
            if let Some(Step {
                op: Op::AlterObject { id, .. },
                ..
            }) = self.step(at)
                && let Some(first) = self.creating.get(id).copied()
            {
                self.edge(first, at, None);
            }
        }
    }

    fn is_rename(&self, at: usize) -> bool {
        let op = self.step(at).map(|step| &step.op);
        matches!(op, Some(Op::RenameConstraint { .. } | Op::RenameIndex { .. }))
    }

    /// Whether a part of the table that a step makes or drops could be made or dropped by another step.
    fn can_be_apart(&self, at: usize, id: &Id) -> bool {
        let (Some(step), Some(part)) = (self.step(at), id.part.as_deref()) else {
            return false;
        };
        match (&step.op, id.kind) {
            (Op::CreateTable { table, .. }, Kind::Constraint) => table
                .constraints
                .get(part)
                .is_some_and(|constraint| constraint.named && can_wait(constraint)),
            (Op::CreateTable { .. }, Kind::Default) => true,
            (Op::DropTable { table, .. }, Kind::Constraint) => table
                .constraints
                .get(part)
                .is_some_and(|constraint| constraint.named && can_wait(constraint)),
            (Op::DropTable { .. }, kind) => kind == Kind::Default || is_on_table(kind),
            _ => false,
        }
    }

    fn run(mut self, needs_to: &Needs) -> Vec<Op> {
        let mut ops = Vec::with_capacity(self.steps.len());
        for at in 0..self.steps.len() {
            self.offer(at);
        }
        let mut left = self.steps.len();
        while left > 0 {
            let at = match self.ready.pop_first() {
                Some((_, at)) => at,
                None => {
                    let (at, more) = self.cut(needs_to);
                    left += more;
                    match at {
                        Some(at) => at,
                        None => continue,
                    }
                }
            };
            if let Some(step) = self.steps[at].take() {
                left -= 1;
                ops.push(step.op);
                for next in std::mem::take(&mut self.waiting[at]) {
                    self.before[next].remove(&at);
                    self.offer(next);
                }
            }
        }
        ops
    }

    /// Makes a step that nothing holds up one of those that may come next.
    fn offer(&mut self, at: usize) {
        if self.before[at].is_empty()
            && let Some(step) = self.step(at)
        {
            self.ready.insert((place(&step.op), at));
        }
    }

    /// Opens a ring of steps that wait for each other where parts of tables close it: these are taken apart. Gives the number of steps that came
    /// by it; or, where nothing can be taken apart, the first step, which comes next as it is: whoever runs it is told what is missing.
    fn cut(&mut self, needs_to: &Needs) -> (Option<usize>, usize) {
        let held = self.steps.iter().enumerate();
        let held = held.filter_map(|(at, step)| Some((place(&step.as_ref()?.op), at)));
        let held: BTreeSet<(Place, usize)> = held.collect();
        for (_, at) in &held {
            let ring: Vec<&Hold> = self.before[*at]
                .iter()
                .filter(|(first, _)| self.waits_for(**first, *at))
                .map(|(_, hold)| hold)
                .collect();
            if ring.is_empty() || ring.iter().any(|hold| hold.hard) {
                continue;
            }
            let parts: BTreeSet<(usize, Id)> = ring.into_iter().flat_map(|hold| hold.parts.clone()).collect();
            let count = parts.len();
            for (owner, part) in parts {
                self.take_apart(owner, &part, needs_to);
            }
            return (None, count);
        }
        (held.first().map(|(_, at)| *at), 0)
    }

    /// Whether a step waits for another, by way of others perhaps.
    fn waits_for(&self, at: usize, other: usize) -> bool {
        let (mut seen, mut queue) = (BTreeSet::from([at]), vec![at]);
        while let Some(next) = queue.pop() {
            if next == other {
                return true;
            }
            queue.extend(
                self.before[next]
                    .keys()
                    .copied()
                    .filter(|first| seen.insert(*first)),
            );
        }
        false
    }

    /// Makes a step of its own of a part of the table that a step makes or drops.
    fn take_apart(&mut self, owner: usize, part: &Id, needs_to: &Needs) {
        let name = part.part.clone().unwrap_or_default();
        let Some(step) = self.steps[owner].as_mut() else {
            return;
        };
        let (apart, is_made) = match &mut step.op {
            Op::CreateTable {
                name: table,
                table: made,
            } if part.kind == Kind::Default => {
                let Some(column) = made.columns.iter_mut().find(|column| column.name == name) else {
                    return;
                };
                let apart = set_default(table, column);
                column.default = None;
                (apart, true)
            }
            Op::CreateTable {
                name: table,
                table: made,
            } => {
                let Some(constraint) = made.constraints.remove(&name) else {
                    return;
                };
                (add_constraint(table, &name, &constraint), true)
            }
            Op::DropTable {
                name: table,
                table: dropped,
            } => match part.kind {
                Kind::Default => {
                    let mut columns = dropped.columns.iter_mut();
                    let Some(column) = columns.find(|column| column.name == name) else {
                        return;
                    };
                    let apart = drop_default(table, column);
                    column.default = None;
                    (apart, false)
                }
                Kind::Constraint => {
                    let Some(constraint) = dropped.constraints.remove(&name) else {
                        return;
                    };
                    (drop_constraint(table, &name, &constraint), false)
                }
                _ => {
                    let Some(object) = self.from.objects.get(part) else {
                        return;
                    };
                    (drop_object(part, object), false)
                }
            },
            _ => return,
        };
        let at = self.steps.len();
        self.steps.push(Some(apart));
        self.before.push(BTreeMap::new());
        self.waiting.push(BTreeSet::new());
        for second in 0..at {
            let blamed = (owner, part.clone());
            if !self.release(second, &blamed) {
                continue;
            }
            if !is_made {
                self.edge(at, second, None);
            }
            self.offer(second);
        }
        if is_made {
            self.edge(owner, at, None);
            let creating = &self.creating;
            let needed = needs_to.get(part).into_iter().flatten();
            let needed: Vec<usize> = needed.filter_map(|id| creating.get(id).copied()).collect();
            for first in needed {
                if self.steps[first].is_some() {
                    self.edge(first, at, None);
                }
            }
        }
        self.offer(at);
    }

    /// Lets a part be no longer to blame for anything that holds a step up; tells whether it was.
    fn release(&mut self, second: usize, blamed: &(usize, Id)) -> bool {
        let (mut free, mut was_to_blame) = (Vec::new(), false);
        for (first, hold) in &mut self.before[second] {
            was_to_blame |= hold.parts.remove(blamed);
            if !hold.hard && hold.parts.is_empty() {
                free.push(*first);
            }
        }
        for first in free {
            self.before[second].remove(&first);
            self.waiting[first].remove(&second);
        }
        was_to_blame
    }
}

fn place(op: &Op) -> Place {
    let rank = |id: &Id| match id.kind {
        Kind::Schema | Kind::Extension => 0,
        Kind::Collation | Kind::Enum | Kind::Domain | Kind::Composite | Kind::Range => 1,
        Kind::Sequence => 3,
        Kind::Table | Kind::Column | Kind::Default | Kind::Constraint | Kind::Index => 5,
        Kind::Function | Kind::Procedure | Kind::Aggregate | Kind::View | Kind::MaterializedView => 6,
        Kind::Trigger | Kind::Rule | Kind::Policy | Kind::Statistics | Kind::Event | Kind::EventTrigger => 7,
    };
    let of_table = |part: u8| (5, op.table().cloned().unwrap_or_default(), part);
    match op {
        Op::RenameTable { from, .. } => (0, from.clone(), 0),
        Op::RenameColumn { table, .. } => (0, table.clone(), 1),
        Op::CreateObject { id, .. } => (rank(id), id.name.clone(), 1),
        Op::AlterObject { id, .. } => (rank(id), id.name.clone(), 2),
        // What others need goes last.
        Op::DropObject { id, .. } if rank(id) < 5 => (12 - rank(id), id.name.clone(), 0),
        Op::DropObject { id, .. } => (2, id.name.clone(), 8 - rank(id)),
        Op::CreateTable { name, .. } => (4, name.clone(), 0),
        Op::DropTable { name, .. } => (8, name.clone(), 0),
        Op::DropConstraint { .. } => of_table(0),
        Op::DropIndex { .. } => of_table(1),
        Op::AlterTable { .. } => of_table(2),
        Op::RenameConstraint { .. } | Op::RenameIndex { .. } => of_table(3),
        Op::AddColumn { .. } => of_table(4),
        Op::AlterColumn { .. } => of_table(5),
        Op::DropColumn { .. } => of_table(6),
        Op::AddConstraint { constraint, .. } if constraint.kind == ConstraintKind::ForeignKey => of_table(9),
        Op::AddConstraint { .. } | Op::AlterConstraint { .. } => of_table(7),
        Op::CreateIndex { .. } | Op::AlterIndex { .. } => of_table(8),
    }
}

/// Whether such a thing is on a table without being a part of its definition.
fn is_on_table(kind: Kind) -> bool {
    matches!(kind, Kind::Trigger | Kind::Rule | Kind::Policy)
}
