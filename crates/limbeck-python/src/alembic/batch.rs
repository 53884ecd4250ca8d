//! `op.batch_alter_table`.

use crate::value::{Args, Outcome, Value};
use crate::vm::Vm;

pub(super) fn open(vm: &mut Vm<'_>, _args: Args) -> Outcome<Value> {
    Err(vm.unknown("'batch_alter_table'"))
}
