//! What becomes of each item.

use std::collections::{BTreeMap, BTreeSet};

use super::items::Needs;
use crate::Dialect;
use crate::schema::{Column, Constraint, Definition, Id, Kind, Object, Schema};

/// What becomes of an item that is on either side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Same,
    /// Changed in its place.
    Altered,
    Added,
    Removed,
    /// Dropped, and made anew.
    Replaced,
}

impl State {
    pub(super) fn is_dropped(self) -> bool {
        matches!(self, Self::Removed | Self::Replaced)
    }

    pub(super) fn is_created(self) -> bool {
        matches!(self, Self::Added | Self::Replaced)
    }
}

pub(super) type States = BTreeMap<Id, State>;

pub(super) fn states(
    dialect: Dialect,
    [from, to]: [&Schema; 2],
    [needs_from, needs_to]: [&Needs; 2],
) -> States {
    let ids: BTreeSet<&Id> = needs_from.keys().chain(needs_to.keys()).collect();
    let state = |id: &Id| match (needs_from.contains_key(id), needs_to.contains_key(id)) {
        (true, false) => State::Removed,
        (false, true) => State::Added,
        _ => compared(dialect, from, to, id),
    };
    let mut states: States = ids.into_iter().map(|id| (id.clone(), state(id))).collect();
    propagate(dialect, [from, to], needs_from, &mut states);
    states
}

/// The state of an item that is on both sides.
fn compared(dialect: Dialect, from: &Schema, to: &Schema, id: &Id) -> State {
    let tables = || Some([from.tables.get(&id.name)?, to.tables.get(&id.name)?]);
    let part = id.part.as_deref().unwrap_or_default();
    let state = match id.kind {
        Kind::Table => {
            tables().map(|[from, to]| altered_if(from.options != to.options || from.comment != to.comment))
        }
        Kind::Column => {
            tables().and_then(|[from, to]| Some(column(dialect, from.column(part)?, to.column(part)?)))
        }
        // Its column is altered with it.
        Kind::Default => Some(State::Same),
        Kind::Constraint => tables()
            .and_then(|[from, to]| Some(constraint(from.constraints.get(part)?, to.constraints.get(part)?))),
        Kind::Index if !from.objects.contains_key(id) => tables().and_then(|[from, to]| {
            let (from, to) = (from.indexes.get(part)?, to.indexes.get(part)?);
            let same = (from.unique, &from.definition) == (to.unique, &to.definition);
            Some(if same {
                altered_if(from.comment != to.comment)
            } else {
                State::Replaced
            })
        }),
        _ => from
            .objects
            .get(id)
            .zip(to.objects.get(id))
            .map(|(from, to)| object(from, to)),
    };
    state.unwrap_or(State::Same)
}

fn altered_if(different: bool) -> State {
    if different { State::Altered } else { State::Same }
}

fn column(dialect: Dialect, from: &Column, to: &Column) -> State {
    if from == to {
        return State::Same;
    }
    let kept = |column: &Column| column.generated.as_ref().map(|generated| generated.stored);
    let replaced = match dialect {
        // A new table is made of it, and filled.
        Dialect::Sqlite => false,
        Dialect::Mysql | Dialect::Mariadb => kept(from) != kept(to),
        // What is computed can be kept as it is, but not be computed otherwise.
        Dialect::Postgresql => to.generated.is_some() && from.generated != to.generated,
    };
    if replaced { State::Replaced } else { State::Altered }
}

fn constraint(from: &Constraint, to: &Constraint) -> State {
    if from == to {
        State::Same
    } else if from.definition == to.definition || validated(from, to) {
        State::Altered
    } else {
        State::Replaced
    }
}

/// Whether all that is missing is that the rows are looked at.
fn validated(from: &Constraint, to: &Constraint) -> bool {
    from.definition.text().strip_suffix(" NOT VALID") == Some(to.definition.text())
}

fn object(from: &Object, to: &Object) -> State {
    if from == to {
        return State::Same;
    }
    let in_place = match (&from.definition, &to.definition) {
        (
            Definition::Stored { create, replace },
            Definition::Stored {
                create: create_to,
                replace: replace_to,
            },
        ) => {
            let allowed = || {
                replace
                    .as_ref()
                    .zip(replace_to.as_ref())
                    .is_some_and(|(from, to)| from.allows(to))
            };
            create == create_to || allowed()
        }
        (Definition::Extension { .. }, Definition::Extension { .. }) => from.definition == to.definition,
        _ => true,
    };
    if in_place { State::Altered } else { State::Replaced }
}

/// Lets what needs a thing that goes away go before it, and come back.
fn propagate(dialect: Dialect, [from, to]: [&Schema; 2], needs: &Needs, states: &mut States) {
    let mut needed_by: BTreeMap<&Id, Vec<&Id>> = BTreeMap::new();
    for (id, needed) in needs {
        needed
            .iter()
            .for_each(|other| needed_by.entry(other).or_default().push(id));
    }
    let moves = |id: &Id, state: State| match state {
        State::Removed | State::Replaced => Some(true),
        State::Altered => changes_type(dialect, from, to, id).then_some(false),
        State::Same | State::Added => None,
    };
    let mut queue: Vec<(&Id, bool)> = needs
        .keys()
        .filter_map(|id| moves(id, *states.get(id)?).map(|gone| (id, gone)))
        .collect();
    while let Some((id, gone)) = queue.pop() {
        for dependent in needed_by.get(id).into_iter().flatten() {
            // A column of a type that changes gets the new one; what needs the column has to make way.
            if !gone && id.kind == Kind::Enum && is_kept_column(from, dependent) {
                queue.push((dependent, false));
                continue;
            }
            let state = states.entry((*dependent).clone()).or_insert(State::Same);
            let is_there_after = matches!(state, State::Same | State::Altered);
            if is_there_after && makes_way(dialect, from, id, dependent, gone) {
                *state = State::Replaced;
                queue.push((dependent, true));
            }
        }
    }
}

/// Whether what needs the item can't stay while it is altered.
fn changes_type(dialect: Dialect, from: &Schema, to: &Schema, id: &Id) -> bool {
    if dialect != Dialect::Postgresql {
        return false;
    }
    let part = id.part.as_deref().unwrap_or_default();
    match id.kind {
        Kind::Column => {
            let column = |schema: &Schema| {
                let column = schema.tables.get(&id.name)?.column(part)?;
                Some((column.data_type.clone(), column.collation.clone()))
            };
            column(from) != column(to)
        }
        Kind::Enum => {
            match [from, to].map(|schema| schema.objects.get(id).map(|object| &object.definition)) {
                [
                    Some(Definition::Enum { labels: from }),
                    Some(Definition::Enum { labels: to }),
                ] => !grows(from, to),
                _ => false,
            }
        }
        _ => false,
    }
}

/// Whether all labels stay, in their order.
fn grows(from: &[String], to: &[String]) -> bool {
    let mut to = to.iter();
    from.iter().all(|label| to.any(|other| other == label))
}

/// Whether the item is a column with values of its own, which has to stay.
fn is_kept_column(schema: &Schema, id: &Id) -> bool {
    let column = || schema.tables.get(&id.name)?.column(id.part.as_deref()?);
    id.kind == Kind::Column && column().is_none_or(|column| column.generated.is_none())
}

/// Whether `dependent` has to be dropped before `id` is (`gone`) or changes its type, and made again behind it.
fn makes_way(dialect: Dialect, from: &Schema, id: &Id, dependent: &Id, gone: bool) -> bool {
    let stays = match dependent.kind {
        // They hold data, or what does.
        Kind::Table | Kind::Schema | Kind::Extension | Kind::Sequence => true,
        Kind::Enum | Kind::Domain | Kind::Composite | Kind::Range | Kind::Collation => true,
        Kind::Column => is_kept_column(from, dependent),
        // The server brings them along when a column changes its type.
        Kind::Constraint | Kind::Index | Kind::Statistics => !gone && id.kind == Kind::Column,
        Kind::Default => !gone,
        _ => false,
    };
    let here = match dialect {
        Dialect::Sqlite => false,
        // A routine or view is looked at when it is used.
        Dialect::Mysql | Dialect::Mariadb => {
            matches!(dependent.kind, Kind::Column | Kind::Constraint | Kind::Index)
        }
        Dialect::Postgresql => true,
    };
    here && !stays
}
