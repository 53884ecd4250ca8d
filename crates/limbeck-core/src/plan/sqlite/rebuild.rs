//! A new table that takes the old one's place, by the steps of <https://www.sqlite.org/lang_altertable.html>, section 7. The others of them
//! (foreign keys off, one transaction, foreign keys checked before it commits) are those of any run.

use super::super::missing;
use super::hazards::lost;
use super::table::{create_table, is_autoincrement, is_rowid};
use super::{Planner, SQLITE};
use crate::plan::{Hazard, Statement};
use crate::schema::{Column, Kind, Name, Sql, Table, TableOption};

impl Planner<'_> {
    pub(super) fn rebuild(&mut self, name: &Name, before: &Table, after: &Table) {
        let new = self.free_name(name);
        let [quoted, quoted_new] = [name, &new].map(|name| name.sql(SQLITE));
        let create = Statement::new(create_table(&new, after));
        let create = create.with(Hazard::Rewrite(name.to_string()));
        self.push(create.noted(format!("{name} is rebuilt: {}", self.reasons(name))));
        if is_autoincrement(before) && is_autoincrement(after) {
            let [literal, literal_new] = [name, &new].map(|name| SQLITE.literal(&name.name));
            self.push(Statement::new(format!(
                "INSERT INTO sqlite_sequence (name, seq) SELECT {literal_new}, seq FROM sqlite_sequence WHERE name = {literal}"
            )));
        }
        let copy = self.copy(name, &new, before, after);
        self.statements.extend(copy);
        let drop = Statement::new(format!("DROP TABLE {quoted}"));
        self.push(lost(name, before, after).into_iter().fold(drop, Statement::with));
        // Otherwise RENAME looks at all views and triggers, and those that name the table find none.
        let legacy = self
            .standing
            .iter()
            .any(|(id, _)| id.kind != Kind::Trigger || id.name != *name);
        let set = |value: &str| Statement::new(format!("PRAGMA legacy_alter_table = {value}"));
        self.statements.extend(legacy.then(|| set("ON")));
        self.push(Statement::new(format!(
            "ALTER TABLE {quoted_new} RENAME TO {quoted}"
        )));
        self.statements.extend(legacy.then(|| set("OFF")));
        for (index, definition) in &after.indexes {
            let is_new = before.indexes.get(index) != Some(definition);
            let same = format!("rows of {name} that are the same in {}", definition.definition);
            let hazard = (is_new && definition.unique).then_some(Hazard::MayFail(same));
            self.create_index(name, index, definition, hazard.into_iter().collect());
        }
        self.make_triggers_again(name);
    }

    /// A name that no table and no view has.
    fn free_name(&self, name: &Name) -> Name {
        let mut free = name.sibling(format!("_limbeck_new_{}", name.name));
        let is_taken = |free: &Name| {
            [self.from, &self.end].into_iter().any(|schema| {
                let views = schema.objects.keys().map(|id| &id.name);
                let mut names = schema.tables.keys().chain(views);
                names.any(|known| known.name.eq_ignore_ascii_case(&free.name))
            })
        };
        while is_taken(&free) {
            free.name.push('_');
        }
        free
    }

    /// Copies the rows.
    fn copy(&self, name: &Name, new: &Name, before: &Table, after: &Table) -> Option<Statement> {
        let (mut columns, mut values) = (Vec::new(), Vec::new());
        let mut to_do = Vec::new();
        let number = rowid(before);
        let is_numbered = after.columns.iter().any(|column| is_rowid(after, column));
        if let (Some(old), Some(new), false) = (number, rowid(after), is_numbered) {
            columns.push(new.to_owned());
            values.push(old.to_owned());
        }
        for column in after.columns.iter().filter(|column| column.generated.is_none()) {
            let value = match known(before, column) {
                Some(old) => value(old, column),
                None if is_rowid(after, column) && number.is_some() => number.unwrap_or_default().to_owned(),
                None if needs_value(after, column) => {
                    to_do.push(column.name.as_str());
                    missing::place(name, &column.name)
                }
                None => continue,
            };
            columns.push(SQLITE.quoted(&column.name));
            values.push(value);
        }
        if columns.is_empty() {
            // There are as many rows as before all the same.
            let mut plain = after.columns.iter().filter(|column| column.generated.is_none());
            let column = plain.next()?;
            columns.push(SQLITE.quoted(&column.name));
            values.push(value_of(column).map_or("NULL", Sql::text).to_owned());
        }
        let or = if settles_conflicts(after) { " OR ABORT" } else { "" };
        let mut statement = Statement::new(format!(
            "INSERT{or} INTO {} ({})\nSELECT {}\nFROM {}",
            new.sql(SQLITE),
            columns.join(", "),
            values.join(", "),
            name.sql(SQLITE)
        ));
        statement.to_do = !to_do.is_empty();
        for column in to_do {
            let why = format!("{name} has rows, and nobody has said what their {column} is");
            statement = statement.with(Hazard::MayFail(why));
        }
        statement.hazards.extend(self.may_fail(name, before, after));
        Some(statement)
    }
}

/// The column as it was. Names do not differ in case.
pub(super) fn known<'a>(before: &'a Table, column: &Column) -> Option<&'a Column> {
    let mut columns = before.columns.iter();
    columns.find(|known| known.name.eq_ignore_ascii_case(&column.name))
}

fn has(table: &Table, name: &str) -> bool {
    table
        .columns
        .iter()
        .any(|column| column.name.eq_ignore_ascii_case(name))
}

/// What of the old row a column gets. Its own type converts it, where that loses nothing; CAST would make 0 of what is no number.
fn value(old: &Column, column: &Column) -> String {
    let value = SQLITE.quoted(&old.name);
    match value_of(column) {
        Some(default) if old.nullable && !column.nullable => format!("COALESCE({value}, {default})"),
        _ => value,
    }
}

/// Whether somebody must say what a new column is in the rows that are there.
fn needs_value(after: &Table, column: &Column) -> bool {
    !column.nullable && value_of(column).is_none() && !is_rowid(after, column)
}

/// A column's default that is a value.
pub(super) fn value_of(column: &Column) -> Option<&Sql> {
    let is_value = |default: &&Sql| !default.text().eq_ignore_ascii_case("NULL");
    column.default.as_ref().filter(is_value)
}

/// The name by which the number of a table's rows can be asked for, if they have one.
fn rowid(table: &Table) -> Option<&'static str> {
    let names = ["rowid", "_rowid_", "oid"];
    let is_numbered = !table.options.contains_key(&TableOption::WithoutRowid);
    names.into_iter().find(|name| is_numbered && !has(table, name))
}

/// Whether the table would leave out or replace rows without a word.
fn settles_conflicts(table: &Table) -> bool {
    let settles = |text: &str| text.to_ascii_uppercase().contains(" ON CONFLICT ");
    let mut constraints = table.constraints.values();
    constraints.any(|constraint| settles(constraint.definition.text()))
        || table
            .columns
            .iter()
            .flat_map(|column| &column.clauses)
            .any(|clause| settles(clause.text()))
}
