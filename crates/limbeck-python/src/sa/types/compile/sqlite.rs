//! SQLite's types.

use super::{Text, Type};

pub(super) fn ddl(this: &Type) -> Option<Text> {
    match this.class.visit {
        word @ ("JSON" | "JSONB") => Some(Ok(word.to_owned())),
        _ => None,
    }
}
