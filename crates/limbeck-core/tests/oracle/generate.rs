//! Random graphs, states and commands, the same for the same seed.

use limbeck_core::revision::Revision;

/// SplitMix64: small, and the same everywhere.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(super) fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % n as u64).expect("it is below a usize")
    }

    pub(super) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

/// Makes up a graph; one in twenty has something wrong with it.
pub(super) fn revisions(random: &mut Random) -> Vec<Revision> {
    let size = if random.chance(10) {
        15 + random.below(30)
    } else {
        1 + random.below(12)
    };
    let mut all = of_size(random, size);
    if random.chance(5) {
        spoil(random, &mut all);
    }
    all
}

/// Makes up a graph with nothing wrong.
pub(crate) fn of_size(random: &mut Random, size: usize) -> Vec<Revision> {
    let mut all: Vec<Revision> = Vec::new();
    let mut labels: Vec<String> = Vec::new();
    for index in 0..size {
        let mut revision = Revision {
            id: id(random, &all),
            ..Revision::default()
        };
        revision.revises = parents(random, &all);
        if index > 0 && random.chance(25) {
            for _ in 0..1 + random.below(2) {
                let name = match labels.is_empty() || random.chance(70) {
                    true => random.pick(&all).id.clone(),
                    false => random.pick(&labels).clone(),
                };
                if !revision.depends_on.contains(&name) {
                    revision.depends_on.push(name);
                }
            }
        }
        if random.chance(15) {
            revision.branch_labels.push(format!("label{}", labels.len()));
            labels.extend(revision.branch_labels.iter().cloned());
        }
        all.push(revision);
    }
    if random.chance(60) {
        for last in (1..all.len()).rev() {
            all.swap(last, random.below(last + 1));
        }
    }
    all
}

/// Few letters, so that ids share beginnings.
fn id(random: &mut Random, all: &[Revision]) -> String {
    loop {
        let id: String = (0..5).map(|_| *random.pick(&['a', 'b', '1', '2'])).collect();
        if all.iter().all(|r| r.id != id) {
            return id;
        }
    }
}

fn parents(random: &mut Random, all: &[Revision]) -> Vec<String> {
    let count = match random.below(100) {
        0..12 => 0,
        12..80 => 1,
        80..96 => 2,
        _ => 3,
    };
    let mut parents: Vec<String> = Vec::new();
    for _ in 0..count.min(all.len()) {
        // Mostly the newest ones, for long lines.
        let window = if random.chance(70) {
            all.len().min(3)
        } else {
            all.len()
        };
        let parent = &all[all.len() - 1 - random.below(window)].id;
        if !parents.contains(parent) {
            parents.push(parent.clone());
        }
    }
    parents
}

fn spoil(random: &mut Random, all: &mut [Revision]) {
    let (at, other) = (random.below(all.len()), random.below(all.len()));
    let id = all[other].id.clone();
    match random.below(5) {
        // A parent that is named twice is one parent here, and two in Alembic.
        0 if all[at].revises.contains(&id) => {}
        0 => all[at].revises.push(id),
        1 => all[at].depends_on.push(id),
        2 => all[at].revises.push("nowhere".to_owned()),
        3 => all[at].depends_on.push("nowhere".to_owned()),
        _ if at == other => {}
        _ => {
            all[at].branch_labels.push("doubled".to_owned());
            all[other].branch_labels.push("doubled".to_owned());
        }
    }
}

/// Makes up a state that upgrades and downgrades could have led to.
pub(crate) fn rows(random: &mut Random, all: &[Revision]) -> Vec<String> {
    let find = |name: &String| {
        all.iter()
            .position(|r| r.id == *name || r.branch_labels.contains(name))
    };
    let downs = |at: usize| -> Vec<usize> {
        all[at]
            .revises
            .iter()
            .chain(&all[at].depends_on)
            .filter_map(find)
            .collect()
    };
    let mut applied = vec![false; all.len()];
    let mut todo: Vec<usize> = (0..random.below(4)).map(|_| random.below(all.len())).collect();
    while let Some(at) = todo.pop() {
        if !std::mem::replace(&mut applied[at], true) {
            todo.extend(downs(at));
        }
    }
    let needed: Vec<usize> = (0..all.len()).filter(|&at| applied[at]).flat_map(downs).collect();
    (0..all.len())
        .filter(|at| applied[*at] && !needed.contains(at))
        .map(|at| all[at].id.clone())
        .collect()
}

/// Makes up a target.
pub(super) fn target(random: &mut Random, all: &[Revision]) -> String {
    let labels: Vec<&String> = all.iter().flat_map(|r| &r.branch_labels).collect();
    let id = random.pick(all).id.clone();
    let other = random.pick(all).id.clone();
    let branch = match labels.is_empty() || random.chance(20) {
        true => random.pick(all).id.clone(),
        false => (*random.pick(&labels)).clone(),
    };
    let steps = 1 + random.below(3);
    match random.below(22) {
        0..4 => id,
        4 => id[..1 + random.below(4)].to_owned(),
        5 => "head".to_owned(),
        6 | 7 => "heads".to_owned(),
        8 => "base".to_owned(),
        9 => format!("+{steps}"),
        10 => format!("-{steps}"),
        11 => format!("{id}+{steps}"),
        12 => format!("{id}-{steps}"),
        13 => format!("{branch}@head"),
        14 => format!("{branch}@base"),
        15 => format!("{branch}@{other}"),
        16 => format!("{branch}@+{steps}"),
        17 => format!("{branch}@-{steps}"),
        18 => format!(
            "{branch}@{}{}{steps}",
            random.pick(&["head", "base", id.as_str()]),
            random.pick(&["+", "-"])
        ),
        19 => branch,
        20 => format!(
            "{}{}{steps}",
            random.pick(&["head", "base", "heads"]),
            random.pick(&["+", "-"])
        ),
        _ => (*random.pick(&["nothing", "branch@head", "+0", "@head", "zz-1", "heads@head"])).to_owned(),
    }
}
