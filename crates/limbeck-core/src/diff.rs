//! What makes one schema of another.
//!
//! Both are taken apart into items (tables, columns, constraints, indexes, objects) that need others. An item is added, removed,
//! altered, or made anew; what needs an item that goes must go before, and comes back behind. The changes become ops, and the ops are put into an order
//! in which each finds what it needs.

mod items;
#[cfg(test)]
mod laws;
mod ops;
mod order;
mod rename;
mod state;
mod step;

use crate::Dialect;
use crate::op::Op;
use crate::schema::Schema;

pub(crate) use ops::goes_with;
pub use rename::{Rename, guesses};

/// The ops that make `to` of `from`, in an order in which they can be done. There are none when both are the same.
///
/// The order of columns is no difference. What has another name is something else: a [`Rename`] has to be done before.
///
/// ```
/// use limbeck_core::Dialect;
/// use limbeck_core::diff::diff;
/// use limbeck_core::schema::{Column, Name, Schema, Table};
///
/// let mut to = Schema::default();
/// to.tables.insert(Name::new("users"), Table { columns: vec![Column::new("id", "integer")], ..Table::default() });
/// let ops = diff(Dialect::Sqlite, &Schema::default(), &to);
/// let mut made = Schema::default();
/// ops.iter().for_each(|op| op.apply(&mut made));
/// assert!(made.same(&to));
/// assert_eq!(diff(Dialect::Sqlite, &to, &to), []);
/// ```
pub fn diff(dialect: Dialect, from: &Schema, to: &Schema) -> Vec<Op> {
    let [needs_from, needs_to] = [from, to].map(items::needs);
    let states = state::states(dialect, [from, to], [&needs_from, &needs_to]);
    let steps = ops::steps(dialect, [from, to], &needs_from, &states);
    order::order(dialect, steps, from, &states, [&needs_from, &needs_to])
}
