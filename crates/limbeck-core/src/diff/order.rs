//! Puts steps into an order in which each finds what it needs.
//!
//! Every need is an edge between two steps; among the steps that nothing holds up, the first by [`Place`] comes next. Where steps hold each other
//! up in a ring, a wish is let go; or a table is made without the foreign key, check or default that closes it, which comes as a step of its own
//! behind.

mod apart;
mod edges;

use std::collections::{BTreeMap, BTreeSet};

use super::items::Needs;
use super::state::States;
use super::step::Step;
use crate::Dialect;
use crate::op::Op;
use crate::schema::{ConstraintKind, Id, Kind, Name, Schema};
use apart::take_apart;
use edges::{Edge, Reason, edges};

pub(super) fn order(
    dialect: Dialect,
    steps: Vec<Step>,
    from: &Schema,
    states: &States,
    needs: [&Needs; 2],
) -> Vec<Op> {
    let edges = edges(dialect, &steps, states, needs);
    let [_, needs_to] = needs;
    let mut queue = Queue::new(steps, from, needs_to);
    for edge in edges {
        queue.hold(edge);
    }
    queue.run()
}

/// Where a step stands among those that could come next: what others rest on first, and what belongs to one table together.
type Place = (u8, Name, u8);

/// What holds a step up. Where it is neither a need nor for a part, it is a wish.
#[derive(Debug, Default)]
struct Hold {
    is_need: bool,
    /// The parts of tables that are to blame otherwise: the step of the table, and the part.
    parts: BTreeSet<(usize, Id)>,
}

impl Hold {
    fn is_wish(&self) -> bool {
        !self.is_need && self.parts.is_empty()
    }
}

struct Queue<'a> {
    from: &'a Schema,
    needs_to: &'a Needs,
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
    fn new(steps: Vec<Step>, from: &'a Schema, needs_to: &'a Needs) -> Self {
        let mut creating = BTreeMap::new();
        for (at, step) in steps.iter().enumerate() {
            creating.extend(step.creates.iter().map(|id| (id.clone(), at)));
        }
        Self {
            from,
            needs_to,
            before: steps.iter().map(|_| BTreeMap::new()).collect(),
            waiting: vec![BTreeSet::new(); steps.len()],
            steps: steps.into_iter().map(Some).collect(),
            creating,
            ready: BTreeSet::new(),
        }
    }

    /// Lets a step wait for another.
    fn hold(&mut self, edge: Edge) {
        let Edge {
            first,
            second,
            reason,
        } = edge;
        if first == second {
            return;
        }
        let hold = self.before[second].entry(first).or_default();
        match reason {
            Reason::Need => hold.is_need = true,
            Reason::Part(owner, part) => {
                hold.parts.insert((owner, part));
            }
            Reason::Wish => {}
        }
        self.waiting[first].insert(second);
    }

    fn run(mut self) -> Vec<Op> {
        let mut ops = Vec::with_capacity(self.steps.len());
        for at in 0..self.steps.len() {
            self.offer(at);
        }
        while let Some(at) = self.next() {
            ops.extend(self.steps[at].take().map(|step| step.op));
            for next in std::mem::take(&mut self.waiting[at]) {
                self.before[next].remove(&at);
                self.offer(next);
            }
        }
        ops
    }

    /// Makes a step that nothing holds up one of those that may come next.
    fn offer(&mut self, at: usize) {
        if self.before[at].is_empty()
            && let Some(step) = &self.steps[at]
        {
            self.ready.insert((place(&step.op), at));
        }
    }

    /// The step that comes next. Where nothing opens a ring, it is the first step as it is: whoever runs it is told what is missing.
    fn next(&mut self) -> Option<usize> {
        loop {
            if let Some((_, at)) = self.ready.pop_first() {
                return Some(at);
            }
            let held = self.held();
            if !self.forgo(&held) && !self.cut(&held) {
                return held.first().copied();
            }
        }
    }

    /// The steps that are not done, by their places.
    fn held(&self) -> Vec<usize> {
        let held = self.steps.iter().enumerate();
        let held = held.filter_map(|(at, step)| Some((place(&step.as_ref()?.op), at)));
        let held: BTreeSet<(Place, usize)> = held.collect();
        held.into_iter().map(|(_, at)| at).collect()
    }

    /// Lets go a wish that closes a ring; tells whether there was one.
    fn forgo(&mut self, held: &[usize]) -> bool {
        for at in held {
            let mut wishes = self.before[*at].iter().filter(|(_, hold)| hold.is_wish());
            let Some(first) = wishes.find_map(|(first, _)| self.waits_for(*first, *at).then_some(*first))
            else {
                continue;
            };
            self.before[*at].remove(&first);
            self.waiting[first].remove(at);
            self.offer(*at);
            return true;
        }
        false
    }

    /// Takes apart the parts of tables that close a ring; tells whether there was one.
    fn cut(&mut self, held: &[usize]) -> bool {
        for at in held {
            let ring: Vec<&Hold> = self.before[*at]
                .iter()
                .filter(|(first, _)| self.waits_for(**first, *at))
                .map(|(_, hold)| hold)
                .collect();
            if ring.is_empty() || ring.iter().any(|hold| hold.is_need) {
                continue;
            }
            let parts: BTreeSet<(usize, Id)> = ring.into_iter().flat_map(|hold| hold.parts.clone()).collect();
            for (owner, part) in parts {
                self.set_apart(owner, part);
            }
            return true;
        }
        false
    }

    /// Whether a step waits for another, by way of others perhaps.
    fn waits_for(&self, at: usize, other: usize) -> bool {
        let (mut seen, mut queue) = (BTreeSet::from([at]), vec![at]);
        while let Some(next) = queue.pop() {
            if next == other {
                return true;
            }
            let firsts = self.before[next].keys().copied();
            queue.extend(firsts.filter(|first| seen.insert(*first)));
        }
        false
    }

    /// Makes a step of its own of a part of the table that a step makes or drops.
    fn set_apart(&mut self, owner: usize, part: Id) {
        let blamed = (owner, part);
        let released: Vec<usize> = (0..self.steps.len())
            .filter(|second| self.release(*second, &blamed))
            .collect();
        let part = &blamed.1;
        let step = self.steps[owner].as_mut();
        let apart = step.and_then(|step| take_apart(&mut step.op, part, self.from));
        if let Some(apart) = apart {
            let (at, is_made) = (self.steps.len(), !apart.creates.is_empty());
            self.steps.push(Some(apart));
            self.before.push(BTreeMap::new());
            self.waiting.push(BTreeSet::new());
            if is_made {
                let needed = self.needs_to.get(part).into_iter().flatten();
                let makers = needed.filter_map(|id| self.creating.get(id).copied());
                let firsts: Vec<usize> = makers.filter(|first| self.steps[*first].is_some()).collect();
                for first in firsts {
                    self.hold(Edge::need(first, at));
                }
                self.hold(Edge::need(owner, at));
            } else {
                for second in released.iter().copied().chain([owner]) {
                    self.hold(Edge::need(at, second));
                }
            }
            self.offer(at);
        }
        for second in released {
            self.offer(second);
        }
    }

    /// Lets a part be no longer to blame for anything that holds a step up; tells whether it was.
    fn release(&mut self, second: usize, blamed: &(usize, Id)) -> bool {
        let (mut free, mut was_to_blame) = (Vec::new(), false);
        for (first, hold) in &mut self.before[second] {
            if hold.parts.remove(blamed) {
                was_to_blame = true;
                free.extend(hold.is_wish().then_some(*first));
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
