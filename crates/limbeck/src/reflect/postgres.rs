use limbeck_core::schema::Schema;

use crate::database::{Connection, DatabaseError};

pub(super) fn read(_connection: &mut dyn Connection, _own: &[&str]) -> Result<Schema, DatabaseError> {
    Ok(Schema::default())
}
