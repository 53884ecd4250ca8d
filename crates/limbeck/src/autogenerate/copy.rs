//! Makes a schema again on the scratch database.

use limbeck_core::plan::{Change, plan};
use limbeck_core::schema::Schema;

use super::renames::Renames;
use super::statements;
use crate::error::Error;
use crate::models::Bench;

/// Makes a copy.
pub(super) fn copy(bench: &mut Bench<'_>, of: &Schema) -> Result<(), Error> {
    bench.scratch()?;
    // What a new database has already, it has.
    let empty = bench.made_schema()?;
    bench.execute("a copy of the schema", &statements(bench.dialect, &empty, of))
}

/// Makes a copy, and does its renames.
pub(super) fn renamed(bench: &mut Bench<'_>, before: &Schema, renames: &Renames) -> Result<(), Error> {
    copy(bench, before)?;
    let change = Change {
        dialect: bench.dialect,
        from: before,
        to: before,
        online: false,
    };
    bench.execute("the renames", &plan(&change, &renames.ops()))
}
