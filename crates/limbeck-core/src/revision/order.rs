//! The order of revisions: Alembic's, in about linear time.
//!
//! The walk goes down one line as far as it can, and turns to another where a revision has more
//! above it that is still to come. Alembic keeps the set of ancestors of each line to know; here
//! each line has a number, and each revision knows the least number of the lines above it. That
//! number only ever grows, so it is kept as a lower bound and made exact when it is asked for.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::Graph;

const NONE: usize = usize::MAX;

/// Lists the revisions that are marked, newest first.
///
/// The marks must be convex: what lies between two marked revisions is marked. The walk starts
/// at those of the heads that are marked, in load order.
pub(super) fn newest_first(graph: &Graph, marks: &[bool], heads: &[usize]) -> Vec<usize> {
    let mut walk = Walk::new(&graph.downs, &graph.shape, marks, heads);
    let mut line = if walk.lines.is_empty() { NONE } else { 0 };
    let mut order = Vec::new();
    while line != NONE {
        let at = walk.lines[line].at;
        match walk.least_above(at) {
            NONE => {
                order.push(at);
                line = walk.advance(line);
            }
            other => line = other,
        }
    }
    order
}

/// What tells at once of most pairs of revisions whether one is above the other.
#[derive(Debug, Clone, Default)]
pub(super) struct Shape {
    /// The length of the longest way down.
    level: Vec<usize>,
    /// The place in the tree where each revision hangs on the first one below it.
    enter: Vec<usize>,
    /// How many revisions hang on it in that tree, with itself.
    size: Vec<usize>,
}

impl Shape {
    /// Finds the shape, given the revisions in an order with those below first.
    pub(super) fn new(downs: &[Vec<usize>], order: &[usize]) -> Self {
        let mut level = vec![0; downs.len()];
        let mut size = vec![1; downs.len()];
        for &at in order {
            level[at] = downs[at]
                .iter()
                .map(|&down| level[down] + 1)
                .max()
                .unwrap_or_default();
        }
        for &at in order.iter().rev() {
            if let Some(&below) = downs[at].first() {
                size[below] += size[at];
            }
        }
        let mut enter = vec![0; downs.len()];
        let mut free = vec![0; downs.len()];
        let mut free_root = 0;
        for &at in order {
            let next = downs[at]
                .first()
                .map_or(&mut free_root, |&below| &mut free[below]);
            enter[at] = *next;
            *next += size[at];
            free[at] = enter[at] + 1;
        }
        Self { level, enter, size }
    }

    fn surely_above(&self, upper: usize, lower: usize) -> bool {
        (self.enter[lower]..self.enter[lower] + self.size[lower]).contains(&self.enter[upper])
    }

    fn surely_not_above(&self, upper: usize, lower: usize) -> bool {
        self.level[upper] <= self.level[lower]
    }
}

/// A line of revisions being walked down.
struct Line {
    at: usize,
    before: usize,
    after: usize,
    /// Once it has ended: a line after it such that all between have ended.
    skip: usize,
}

struct Walk<'a> {
    downs: &'a [Vec<usize>],
    shape: &'a Shape,
    /// What is marked and not yet listed.
    todo: Vec<bool>,
    lines: Vec<Line>,
    last: usize,
    /// The line that stands at a revision.
    line_at: Vec<usize>,
    /// The least line above a revision is at least this.
    floor: Vec<usize>,
    /// What is above a revision, by a lower bound of the line that it is on or below.
    above: Vec<BinaryHeap<Reverse<(usize, usize)>>>,
}

impl<'a> Walk<'a> {
    fn new(downs: &'a [Vec<usize>], shape: &'a Shape, marks: &[bool], heads: &[usize]) -> Self {
        let mut above: Vec<BinaryHeap<_>> = vec![BinaryHeap::new(); downs.len()];
        for at in (0..downs.len()).filter(|&at| marks[at]) {
            for &down in downs[at].iter().filter(|&&down| marks[down]) {
                above[down].push(Reverse((0, at)));
            }
        }
        let mut is_head = vec![false; downs.len()];
        for &head in heads {
            is_head[head] = true;
        }
        let starts = (0..downs.len()).filter(|&at| marks[at] && (is_head[at] || above[at].is_empty()));
        let (line_at, floor) = (vec![NONE; downs.len()], vec![0; downs.len()]);
        let starts: Vec<usize> = starts.collect();
        let mut walk = Walk {
            downs,
            shape,
            todo: marks.to_vec(),
            lines: Vec::new(),
            last: NONE,
            line_at,
            floor,
            above,
        };
        for at in starts {
            walk.add_line(at);
        }
        walk
    }

    fn add_line(&mut self, at: usize) {
        let line = self.lines.len();
        self.lines.push(Line {
            at,
            before: self.last,
            after: NONE,
            skip: line + 1,
        });
        if let Some(last) = self.lines.get_mut(self.last) {
            last.after = line;
        }
        self.last = line;
        self.line_at[at] = line;
    }

    /// Lists the revision that a line stands at, and returns the line to go on with.
    fn advance(&mut self, line: usize) -> usize {
        let at = self.lines[line].at;
        self.todo[at] = false;
        self.line_at[at] = NONE;
        let downs = self.downs;
        let mut next = downs[at]
            .iter()
            .copied()
            .filter(|&down| self.todo[down] && self.line_at[down] == NONE);
        let next: Vec<usize> = next.by_ref().collect();
        let Some((&first, rest)) = next.split_first() else {
            return self.remove_line(line);
        };
        self.lines[line].at = first;
        self.line_at[first] = line;
        for &at in rest {
            self.add_line(at);
        }
        line
    }

    fn remove_line(&mut self, line: usize) -> usize {
        let Line { before, after, .. } = self.lines[line];
        if let Some(before) = self.lines.get_mut(before) {
            before.after = after;
        }
        match self.lines.get_mut(after) {
            Some(after) => after.before = before,
            None => self.last = before,
        }
        if before == NONE { after } else { before }
    }

    /// Raises the floor of a revision past the lines that are surely not above it, and tells
    /// whether the line that it stops at surely is.
    fn raise_floor(&mut self, at: usize) -> bool {
        // What is above this one is above those below it too.
        let below = self.downs[at]
            .iter()
            .map(|&down| self.floor[down])
            .filter(|&floor| floor != NONE);
        let mut line = below.chain([self.floor[at]]).max().unwrap_or_default();
        while let Some(&Line { at: head, .. }) = self.lines.get(line) {
            if self.line_at[head] != line {
                line = self.skip_ended(line);
            } else if self.shape.surely_not_above(head, at) {
                line += 1;
            } else {
                break;
            }
        }
        self.floor[at] = line;
        self.lines
            .get(line)
            .is_some_and(|line| self.shape.surely_above(line.at, at))
    }

    /// Finds the next line after one that has ended, and shortens the way for the next time.
    fn skip_ended(&mut self, line: usize) -> usize {
        let mut next = line;
        while let Some(&Line { at, skip, .. }) = self.lines.get(next) {
            if self.line_at[at] == next {
                break;
            }
            next = skip;
        }
        let mut line = line;
        while line < next {
            line = std::mem::replace(&mut self.lines[line].skip, next);
        }
        next
    }

    /// Finds the first line that stands at a revision above this one, or none.
    fn least_above(&mut self, at: usize) -> usize {
        let mut stack = vec![at];
        let mut exact = NONE;
        while let Some(&node) = stack.last() {
            let Some(&Reverse((bound, up))) = self.above[node].peek() else {
                self.floor[node] = NONE;
                exact = node;
                stack.pop();
                continue;
            };
            let own = self.line_at[up];
            let better = own.min(self.floor[up]);
            if !self.todo[up] {
                self.above[node].pop();
            } else if self.raise_floor(node) {
                exact = node;
                stack.pop();
            } else if better > bound {
                self.above[node].pop();
                self.above[node].push(Reverse((better, up)));
            } else if own == bound || exact == up {
                self.floor[node] = bound;
                exact = node;
                stack.pop();
            } else {
                stack.push(up);
            }
        }
        self.floor[at]
    }
}
