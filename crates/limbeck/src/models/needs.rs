//! What needs what, where the models do not tell it.

use limbeck_core::schema::{Id, Kind, Schema, Table};

/// Whether a thing is in the models as it was, so that it needs what it needed. What is otherwise there (a column of another type)
/// may need something else, or nothing.
pub(super) fn are_as_before(before: &Schema, after: &Schema, id: &Id) -> bool {
    if let (Some(was), Some(is)) = (before.objects.get(id), after.objects.get(id)) {
        return was.definition == is.definition;
    }
    let (Some(was), Some(is)) = (before.tables.get(&id.name), after.tables.get(&id.name)) else {
        return false;
    };
    let (tables, part) = ([was, is], id.part.as_deref().unwrap_or_default());
    match id.kind {
        Kind::Table => was.options == is.options,
        Kind::Column => same(tables, |table| {
            let column = table.column(part)?;
            Some((&column.data_type, &column.collation, &column.generated))
        }),
        Kind::Default => same(tables, |table| table.column(part)?.default.as_ref()),
        Kind::Constraint => same(tables, |table| {
            let constraint = table.constraints.get(part)?;
            Some(&constraint.definition)
        }),
        Kind::Index => same(tables, |table| Some(&table.indexes.get(part)?.definition)),
        _ => false,
    }
}

/// Whether both tables have a part, and it is the same.
fn same<'a, T: PartialEq>([was, is]: [&'a Table; 2], part: impl Fn(&'a Table) -> Option<T>) -> bool {
    part(was).is_some_and(|was| part(is) == Some(was))
}
