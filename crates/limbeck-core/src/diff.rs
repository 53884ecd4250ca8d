//! What makes one schema of another.
use crate::op::Op;
use crate::schema::Schema;

/// The ops that make `to` of `from`, in an order in which they can be done.
pub fn diff(_from: &Schema, _to: &Schema) -> Vec<Op> {
    Vec::new()
}
