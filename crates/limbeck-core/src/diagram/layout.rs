//! Where the tables of a picture stand: in columns, a table to the right of those that it references.

use std::collections::{BTreeMap, BTreeSet};

/// A box, in the picture's units.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Box {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// The space between columns of tables, where the lines run, and between tables of a column.
const GAP: (f64, f64) = (90.0, 28.0);
/// How often the order is improved. It settles after a few rounds.
const ROUNDS: usize = 12;

/// Places boxes of the sizes given; an edge leads from the box that references to the one that is referenced.
pub(super) fn layout(sizes: &[(f64, f64)], edges: &[(usize, usize)]) -> Vec<Box> {
    let edges: BTreeSet<(usize, usize)> = edges.iter().filter(|(from, to)| from != to).copied().collect();
    let mut boxes: Vec<Box> = sizes
        .iter()
        .map(|(width, height)| Box {
            width: *width,
            height: *height,
            ..Box::default()
        })
        .collect();
    let (connected, lonely): (Vec<_>, Vec<_>) = components(sizes.len(), &edges)
        .into_iter()
        .partition(|component| component.len() > 1);
    let mut top = 0.0;
    for component in connected {
        let height = place(&mut boxes, &component, &edges, top);
        top += height + 2.0 * GAP.1;
    }
    let lonely: Vec<usize> = lonely.into_iter().flatten().collect();
    let width = boxes
        .iter()
        .map(|placed| placed.x + placed.width)
        .fold(1100.0, f64::max);
    rows(&mut boxes, &lonely, top, width);
    boxes
}

/// What hangs together, the largest first.
fn components(count: usize, edges: &BTreeSet<(usize, usize)>) -> Vec<Vec<usize>> {
    let mut near: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (from, to) in edges {
        near[*from].push(*to);
        near[*to].push(*from);
    }
    let mut seen = vec![false; count];
    let mut components = Vec::new();
    for start in 0..count {
        let (mut component, mut queue) = (Vec::new(), vec![start]);
        while let Some(next) = queue.pop() {
            if !std::mem::replace(&mut seen[next], true) {
                component.push(next);
                queue.extend(&near[next]);
            }
        }
        if !component.is_empty() {
            component.sort_unstable();
            components.push(component);
        }
    }
    components.sort_by_key(|component| std::cmp::Reverse(component.len()));
    components
}

/// Places what hangs together below `top`, and gives its height.
fn place(boxes: &mut [Box], component: &[usize], edges: &BTreeSet<(usize, usize)>, top: f64) -> f64 {
    let layer = layers(component, edges);
    let count = layer.values().max().map_or(0, |last| last + 1);
    let mut columns: Vec<Vec<usize>> = vec![Vec::new(); count];
    for at in component {
        columns[layer[at]].push(*at);
    }
    let mut near: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (from, to) in edges {
        near.entry(*from).or_default().push(*to);
        near.entry(*to).or_default().push(*from);
    }
    let mut x = 0.0;
    for column in &columns {
        let width = column.iter().map(|at| boxes[*at].width).fold(0.0, f64::max);
        for at in column {
            boxes[*at].x = x;
            boxes[*at].width = width;
        }
        x += width + GAP.0;
        stack(boxes, column, top);
    }
    for round in 0..ROUNDS {
        let mut order: Vec<usize> = (0..columns.len()).collect();
        if round % 2 == 1 {
            order.reverse();
        }
        for at in order {
            settle(boxes, &mut columns[at], &near);
        }
    }
    let first = component
        .iter()
        .map(|at| boxes[*at].y)
        .fold(f64::INFINITY, f64::min);
    for at in component {
        boxes[*at].y += top - first;
    }
    component
        .iter()
        .map(|at| boxes[*at].y + boxes[*at].height)
        .fold(top, f64::max)
        - top
}

/// From each box to its column: behind all that it references, but for what closes a ring.
fn layers(component: &[usize], edges: &BTreeSet<(usize, usize)>) -> BTreeMap<usize, usize> {
    fn visit(
        at: usize,
        edges: &BTreeSet<(usize, usize)>,
        layer: &mut BTreeMap<usize, usize>,
        open: &mut BTreeSet<usize>,
    ) -> usize {
        if let Some(known) = layer.get(&at) {
            return *known;
        }
        open.insert(at);
        let mut own = 0;
        for (_, to) in edges.range((at, 0)..=(at, usize::MAX)) {
            if !open.contains(to) {
                own = own.max(visit(*to, edges, layer, open) + 1);
            }
        }
        open.remove(&at);
        layer.insert(at, own);
        own
    }
    let mut layer = BTreeMap::new();
    for at in component {
        visit(*at, edges, &mut layer, &mut BTreeSet::new());
    }
    layer
}

fn stack(boxes: &mut [Box], column: &[usize], top: f64) {
    let mut y = top;
    for at in column {
        boxes[*at].y = y;
        y += boxes[*at].height + GAP.1;
    }
}

/// Moves each box of a column to the middle of what it is joined to, as far as the others leave room.
fn settle(boxes: &mut [Box], column: &mut [usize], near: &BTreeMap<usize, Vec<usize>>) {
    let middle = |placed: &Box| placed.y + placed.height / 2.0;
    let mut wanted: BTreeMap<usize, f64> = BTreeMap::new();
    for at in column.iter() {
        let joined = near.get(at).map_or(&[][..], Vec::as_slice);
        let sum: f64 = joined.iter().map(|other| middle(&boxes[*other])).sum();
        let place = if joined.is_empty() {
            middle(&boxes[*at])
        } else {
            sum / joined.len() as f64
        };
        wanted.insert(*at, place - boxes[*at].height / 2.0);
    }
    column.sort_by(|one, other| wanted[one].total_cmp(&wanted[other]).then(one.cmp(other)));
    // Boxes that would overlap make one block, which stands where its boxes want to on average.
    let mut blocks: Vec<(Vec<usize>, f64, f64)> = Vec::new();
    for at in column.iter() {
        let mut block = (vec![*at], wanted[at], boxes[*at].height + GAP.1);
        while let Some((before, y, height)) = blocks.last() {
            if y + height <= block.1 {
                break;
            }
            let weight = (before.len() as f64, block.0.len() as f64);
            let start = (y * weight.0 + (block.1 - height) * weight.1) / (weight.0 + weight.1);
            let boxes = before.iter().chain(&block.0).copied().collect();
            block = (boxes, start, height + block.2);
            blocks.pop();
        }
        blocks.push(block);
    }
    for (members, start, _) in blocks {
        stack(boxes, &members, start);
    }
}

/// Places what is joined to nothing in rows.
fn rows(boxes: &mut [Box], lonely: &[usize], top: f64, width: f64) {
    let (mut x, mut y, mut tallest) = (0.0, top, 0.0_f64);
    for at in lonely {
        let placed = &mut boxes[*at];
        if x > 0.0 && x + placed.width > width {
            (x, y, tallest) = (0.0, y + tallest + GAP.1, 0.0);
        }
        (placed.x, placed.y) = (x, y);
        x += placed.width + GAP.1;
        tallest = tallest.max(placed.height);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn overlap(one: &Box, other: &Box) -> bool {
        one.x < other.x + other.width
            && other.x < one.x + one.width
            && one.y < other.y + other.height
            && other.y < one.y + one.height
    }

    #[test]
    fn no_two_boxes_overlap_and_the_referenced_stand_to_the_left() {
        for count in [1, 2, 7, 40] {
            let sizes: Vec<(f64, f64)> = (0..count)
                .map(|at| (100.0 + at as f64, 40.0 + (at * 17 % 90) as f64))
                .collect();
            let edges: Vec<(usize, usize)> = (1..count).map(|at| (at, at * 7 % at.max(1))).collect();
            let boxes = layout(&sizes, &edges);
            for (at, one) in boxes.iter().enumerate() {
                for other in &boxes[at + 1..] {
                    assert!(!overlap(one, other), "{one:?} and {other:?} of {count}");
                }
            }
            for (from, to) in &edges {
                assert!(boxes[*from].x > boxes[*to].x);
            }
        }
    }

    #[test]
    fn rings_are_placed_too() {
        let boxes = layout(&[(100.0, 50.0); 3], &[(0, 1), (1, 2), (2, 0), (1, 1)]);
        assert!(
            !overlap(&boxes[0], &boxes[1])
                && !overlap(&boxes[1], &boxes[2])
                && !overlap(&boxes[0], &boxes[2])
        );
    }
}
