//! A directive of `op`, or of a batch.

use limbeck_core::schema::Name;

use super::code::{quoted, spread};

/// A call of `op.…`, or of `batch_op.…` without the table.
pub(super) struct Directive {
    pub(super) function: &'static str,
    /// Whether it alters a table that is there, and so can be a part of a batch.
    pub(super) alters: bool,
    /// What stands before the table.
    pub(super) before: Vec<String>,
    pub(super) table: Option<Name>,
    /// The keyword for the table, where its place doesn't tell it.
    pub(super) keyword: Option<&'static str>,
    /// What stands behind it.
    pub(super) after: Vec<String>,
    /// The keyword for the table's schema.
    pub(super) schema: &'static str,
    /// Whether each argument has a line of its own.
    pub(super) spread: bool,
}

impl Directive {
    /// One that alters a table.
    pub(super) fn alter(function: &'static str, table: &Name, after: Vec<String>) -> Self {
        Self {
            function,
            alters: true,
            before: Vec::new(),
            table: Some(table.clone()),
            keyword: None,
            after,
            schema: "schema",
            spread: false,
        }
    }

    /// One that has a name before the table's.
    pub(super) fn named(mut self, name: String) -> Self {
        self.before.push(name);
        self
    }

    /// One that can't be a part of a batch.
    pub(super) fn alone(mut self) -> Self {
        self.alters = false;
        self
    }

    pub(super) fn lines(mut self, in_batch: bool) -> Vec<String> {
        let mut arguments = std::mem::take(&mut self.before);
        if in_batch {
            arguments.extend(self.after);
            return spread(&format!("batch_op.{}", self.function), &arguments, self.spread);
        }
        let keyword = self.keyword.map(|keyword| format!("{keyword}="));
        let keyword = keyword.unwrap_or_default();
        arguments.extend(
            self.table
                .as_ref()
                .map(|table| format!("{keyword}{}", quoted(&table.name))),
        );
        arguments.extend(self.after);
        arguments.extend(self.table.as_ref().and_then(|table| schema(table, self.schema)));
        spread(&format!("op.{}", self.function), &arguments, self.spread)
    }
}

/// `schema='app'`.
fn schema(table: &Name, keyword: &str) -> Option<String> {
    let schema = table.schema.as_ref()?;
    Some(format!("{keyword}={}", quoted(schema)))
}

/// The line that begins a batch.
pub(super) fn batch(table: &Name) -> String {
    let schema = table
        .schema
        .as_ref()
        .map_or_else(|| "None".to_owned(), |schema| quoted(schema));
    format!(
        "with op.batch_alter_table({}, schema={schema}) as batch_op:",
        quoted(&table.name)
    )
}
