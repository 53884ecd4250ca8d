//! The order of revisions: Alembic's, in about linear time.
//!
//! The walk goes down one line as far as it can, and turns to another where a revision has more
//! above it that is still to come. Alembic keeps the set of ancestors of each line to know; here
//! each line has a number, and each revision knows the least number of the lines above it. That
//! number only ever grows, so it is kept as a lower bound and made exact when it is asked for.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

const NONE: usize = usize::MAX;

/// Lists the revisions that are marked, newest first.
///
/// The marks must be convex: what lies between two marked revisions is marked. The walk starts
/// at those of the heads that are marked, in load order.
pub(super) fn newest_first(downs: &[Vec<usize>], marks: &[bool], heads: &[usize]) -> Vec<usize> {
    let mut walk = Walk::new(downs, marks, heads);
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

/// A line of revisions being walked down.
struct Line {
    at: usize,
    before: usize,
    after: usize,
}

struct Walk<'a> {
    downs: &'a [Vec<usize>],
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
    fn new(downs: &'a [Vec<usize>], marks: &[bool], heads: &[usize]) -> Self {
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
