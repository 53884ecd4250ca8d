//! Making a graph of revisions, and finding what is wrong with them.

use std::collections::HashMap;
use std::collections::VecDeque;

use super::Graph;
use super::GraphError;
use super::Place;
use super::Revision;
use super::label::Labels;
use super::nearest;
use super::order::Shape;

/// Words that are targets themselves.
const RESERVED: [&str; 4] = ["head", "heads", "base", "current"];

pub(super) fn build(revisions: Vec<Revision>) -> Result<Graph, GraphError> {
    let mut graph = Graph {
        revisions,
        ..Graph::default()
    };
    graph.keys = keys(&graph.revisions)?;
    graph.parents = parents(&graph)?;
    graph.children = reverse(&[&graph.parents]);
    order(&graph.children, &graph.parents, &[]).map_err(|ring| cycle(&graph, ring, false))?;
    graph.deps = dependencies(&graph)?;
    graph.ups = reverse(&[&graph.parents, &graph.deps]);
    let order = order(&graph.ups, &graph.parents, &graph.deps).map_err(|ring| cycle(&graph, ring, true))?;
    graph.downs = normalise(&graph, &order);
    graph.shape = Shape::new(&graph.downs, &order);
    graph.labels = Labels::new(&graph, &order);
    Ok(graph)
}

fn place(revision: &Revision) -> Place {
    Place {
        id: revision.id.clone(),
        file: revision.file.clone(),
    }
}

fn keys(revisions: &[Revision]) -> Result<HashMap<String, usize>, GraphError> {
    let mut keys = HashMap::with_capacity(revisions.len());
    for (at, revision) in revisions.iter().enumerate() {
        check_id(revision)?;
        if let Some(first) = keys.insert(revision.id.clone(), at) {
            let first = revisions[first].file.clone();
            return Err(GraphError::DuplicateId {
                id: revision.id.clone(),
                first,
                second: revision.file.clone(),
            });
        }
    }
    for (at, revision) in revisions.iter().enumerate() {
        for label in &revision.branch_labels {
            check_label(revision, label)?;
            match keys.insert(label.clone(), at) {
                Some(other) if revisions[other].id == *label => {
                    let (at, other) = (place(revision), place(&revisions[other]));
                    return Err(GraphError::LabelIsId {
                        label: label.clone(),
                        at,
                        other,
                    });
                }
                Some(other) if other != at => {
                    let (first, second) = (place(&revisions[other]), place(revision));
                    return Err(GraphError::DuplicateLabel {
                        label: label.clone(),
                        first,
                        second,
                    });
                }
                Some(_) | None => {}
            }
        }
    }
    Ok(keys)
}

fn check_id(revision: &Revision) -> Result<(), GraphError> {
    let id = revision.id.as_str();
    if id.is_empty() {
        return Err(GraphError::EmptyId {
            file: revision.file.clone(),
        });
    }
    let forbidden: Vec<&str> = ["+", "-", ":", "@"]
        .into_iter()
        .filter(|c| id.contains(c))
        .collect();
    if !forbidden.is_empty() {
        return Err(GraphError::ForbiddenCharacters {
            at: place(revision),
            characters: forbidden.join(", "),
        });
    }
    if RESERVED.contains(&id) {
        return Err(GraphError::ReservedWord {
            at: place(revision),
            word: id.to_owned(),
        });
    }
    Ok(())
}

fn check_label(revision: &Revision, label: &str) -> Result<(), GraphError> {
    if RESERVED.contains(&label) {
        return Err(GraphError::ReservedWord {
            at: place(revision),
            word: label.to_owned(),
        });
    }
    if label.is_empty() || label.contains(|c: char| c == '@' || c == ':' || c.is_whitespace()) {
        return Err(GraphError::BadLabel {
            at: place(revision),
            label: label.to_owned(),
        });
    }
    Ok(())
}

fn parents(graph: &Graph) -> Result<Vec<Vec<usize>>, GraphError> {
    let find = |revision: &Revision, parent: &String| {
        if *parent == revision.id {
            return Err(GraphError::SelfLoop {
                at: place(revision),
                dependency: false,
            });
        }
        graph.index(parent).ok_or_else(|| GraphError::MissingParent {
            at: place(revision),
            missing: parent.clone(),
            nearest: nearest::nearest(
                graph
                    .revisions
                    .iter()
                    .map(|r| r.id.as_str())
                    .filter(|id| *id != revision.id),
                parent,
                3,
            ),
        })
    };
    resolve_all(graph, |revision| &revision.revises, find)
}

fn dependencies(graph: &Graph) -> Result<Vec<Vec<usize>>, GraphError> {
    let find = |revision: &Revision, name: &String| match graph.keys.get(name) {
        _ if *name == revision.id => Err(GraphError::SelfLoop {
            at: place(revision),
            dependency: true,
        }),
        Some(&at) => Ok(at),
        None => Err(missing_dependency(graph, revision, name)),
    };
    resolve_all(graph, |revision| &revision.depends_on, find)
}

/// Resolves a list of names of each revision, leaving out repetitions.
fn resolve_all(
    graph: &Graph,
    names: impl Fn(&Revision) -> &[String],
    find: impl Fn(&Revision, &String) -> Result<usize, GraphError>,
) -> Result<Vec<Vec<usize>>, GraphError> {
    let resolve = |revision| {
        let mut found = Vec::new();
        for name in names(revision) {
            let at = find(revision, name)?;
            if !found.contains(&at) {
                found.push(at);
            }
        }
        Ok(found)
    };
    graph.revisions.iter().map(resolve).collect()
}

fn missing_dependency(graph: &Graph, revision: &Revision, name: &str) -> GraphError {
    let keys = || {
        graph
            .revisions
            .iter()
            .flat_map(|r| std::iter::once(&r.id).chain(&r.branch_labels))
    };
    let candidates: Vec<String> = keys().filter(|key| key.starts_with(name)).cloned().collect();
    if candidates.len() > 1 {
        return GraphError::AmbiguousDependency {
            at: place(revision),
            name: name.to_owned(),
            candidates,
        };
    }
    let nearest = nearest::nearest(keys().map(String::as_str), name, 3);
    GraphError::MissingDependency {
        at: place(revision),
        missing: name.to_owned(),
        nearest,
    }
}

/// Turns edges round; the lists come out in load order.
fn reverse(edges: &[&Vec<Vec<usize>>]) -> Vec<Vec<usize>> {
    let len = edges.iter().map(|edges| edges.len()).max().unwrap_or_default();
    let mut reversed: Vec<Vec<usize>> = vec![Vec::new(); len];
    for at in 0..len {
        for &to in edges.iter().flat_map(|edges| &edges[at]) {
            if reversed[to].last() != Some(&at) {
                reversed[to].push(at);
            }
        }
    }
    reversed
}

/// Puts what must come first first, or finds a ring.
fn order(ups: &[Vec<usize>], parents: &[Vec<usize>], deps: &[Vec<usize>]) -> Result<Vec<usize>, Vec<usize>> {
    let mut waiting = vec![0_usize; ups.len()];
    for &up in ups.iter().flatten() {
        waiting[up] += 1;
    }
    let mut ready: VecDeque<usize> = (0..ups.len()).filter(|&at| waiting[at] == 0).collect();
    let mut order = Vec::with_capacity(ups.len());
    while let Some(at) = ready.pop_front() {
        order.push(at);
        for &up in &ups[at] {
            waiting[up] -= 1;
            if waiting[up] == 0 {
                ready.push_back(up);
            }
        }
    }
    if order.len() == ups.len() {
        Ok(order)
    } else {
        Err(ring(&waiting, parents, deps))
    }
}

/// Walks down among what is left over: each of those has one below it that is left over too, so the walk comes round.
fn ring(waiting: &[usize], parents: &[Vec<usize>], deps: &[Vec<usize>]) -> Vec<usize> {
    let mut step = vec![usize::MAX; waiting.len()];
    let mut path = Vec::new();
    let mut at = waiting
        .iter()
        .position(|&n| n > 0)
        .expect("a ring leaves revisions over");
    while step[at] == usize::MAX {
        step[at] = path.len();
        path.push(at);
        let below = parents[at].iter().chain(deps.get(at).into_iter().flatten());
        at = *below
            .into_iter()
            .find(|&&to| waiting[to] > 0)
            .expect("something that waits, waits for another");
    }
    path.split_off(step[at])
}

fn cycle(graph: &Graph, ring: Vec<usize>, dependency: bool) -> GraphError {
    let revisions: Vec<Place> = ring.into_iter().map(|at| place(&graph.revisions[at])).collect();
    match (dependency, revisions.as_slice()) {
        (true, [only]) => GraphError::SelfLoop {
            at: only.clone(),
            dependency: true,
        },
        (true, _) => GraphError::DependencyCycle { revisions },
        (false, _) => GraphError::Cycle { revisions },
    }
}

/// Lists the parents of each revision and those of its dependencies that none of its ancestors by
/// parents has already.
///
/// The question for one dependency is one pass over the revisions above it; 64 are asked at a
/// time, so that a graph where everything depends on something stays quick.
fn normalise(graph: &Graph, order: &[usize]) -> Vec<Vec<usize>> {
    let mut position = vec![0; order.len()];
    for (index, &at) in order.iter().enumerate() {
        position[at] = index;
    }
    let mut dependents: Vec<Vec<usize>> = vec![Vec::new(); graph.len()];
    for &at in order {
        for &dep in &graph.deps[at] {
            dependents[dep].push(position[at]);
        }
    }
    let mut shared: Vec<usize> = (0..graph.len())
        .filter(|&dep| dependents[dep].len() > 1)
        .collect();
    shared.sort_by_key(|&dep| dependents[dep][0]);
    let mut kept = graph.deps.clone();
    let mut passed = vec![0_u64; graph.len()];
    for batch in shared.chunks(64) {
        let first = batch
            .iter()
            .map(|&dep| dependents[dep][0])
            .min()
            .unwrap_or_default();
        let last = batch
            .iter()
            .flat_map(|&dep| dependents[dep].last())
            .max()
            .copied()
            .unwrap_or_default();
        let mut own: HashMap<usize, u64> = HashMap::new();
        for (bit, &dep) in batch.iter().enumerate() {
            for &index in &dependents[dep] {
                *own.entry(order[index]).or_default() |= 1 << bit;
            }
        }
        for &at in &order[first..=last] {
            let below = graph.parents[at]
                .iter()
                .filter(|&&parent| position[parent] >= first);
            let seen = below.fold(0, |seen, &parent| seen | passed[parent]);
            let mine = own.get(&at).copied().unwrap_or_default();
            if mine & seen != 0 {
                let doubled = |dep: &usize| {
                    batch
                        .iter()
                        .position(|d| d == dep)
                        .is_some_and(|bit| mine & seen & (1 << bit) != 0)
                };
                kept[at].retain(|dep| !doubled(dep));
            }
            passed[at] = seen | mine;
        }
    }
    kept.into_iter()
        .zip(&graph.parents)
        .map(|(deps, parents)| joined(parents, &deps))
        .collect()
}

fn joined(parents: &[usize], deps: &[usize]) -> Vec<usize> {
    let mut all = parents.to_vec();
    for &dep in deps {
        if !all.contains(&dep) {
            all.push(dep);
        }
    }
    all
}
