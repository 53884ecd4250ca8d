use super::{Change, Statement};
use crate::op::Op;

pub(super) fn plan(_change: &Change<'_>, _ops: &[Op]) -> Vec<Statement> {
    Vec::new()
}
