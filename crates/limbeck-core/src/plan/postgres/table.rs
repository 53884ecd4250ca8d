//! Tables: made, dropped, renamed, and their options.

use super::comment::on_constraint;
use super::{
    ACCESS_EXCLUSIVE, Planner, SHARE_ROW_EXCLUSIVE, column, constraint, inherit, literal, quoted, sql,
};
use crate::dialect::generated_name;
use crate::plan::{Hazard, Statement};
use crate::schema::{Column, Constraint, ConstraintKind, Identity, Name, Table, TableOption};

impl Planner<'_> {
    pub(super) fn create_table(&mut self, name: &Name, table: &Table) {
        let later = |constraint: &Constraint| constraint::is_not_valid(constraint);
        let inline = inline_key(name, table);
        let mut lines: Vec<String> = Vec::new();
        for column in &table.columns {
            let is_key = inline.is_some_and(|(_, constraint)| constraint.columns[0] == column.name);
            lines.push(self.column_of_new(name, table, column, is_key));
        }
        let constraints = table.constraints.iter();
        let mut constraints: Vec<_> = constraints
            .filter(|(part, constraint)| !later(constraint) && inline.is_none_or(|(key, _)| key != *part))
            .collect();
        constraints.sort_by_key(|(part, constraint)| (constraint.kind, *part));
        for (part, constraint) in constraints {
            lines.push(format!("CONSTRAINT {} {}", quoted(part), constraint.definition));
        }
        let mut statement = Statement::new(create(name, table, &lines));
        let references = table
            .constraints
            .values()
            .filter_map(|constraint| constraint.references.as_ref());
        let mut referenced: Vec<&Name> = references.map(|reference| &reference.table).collect();
        referenced.sort();
        referenced.dedup();
        for other in referenced {
            statement = self.locking(statement, other, SHARE_ROW_EXCLUSIVE);
        }
        if let Some(parent) = inherit::parents(table).first() {
            statement = self.locking(statement, parent, ACCESS_EXCLUSIVE);
        }
        self.push(statement);
        self.made.insert(name.clone());
        self.behind_new(name, table);
        for (part, constraint) in table
            .constraints
            .iter()
            .filter(|(_, constraint)| later(constraint))
        {
            self.add_constraint(name, part, constraint);
        }
        for (part, index) in &table.indexes {
            self.create_index(name, part, index);
        }
    }

    /// What has no place in the statement that makes a table.
    fn behind_new(&mut self, name: &Name, table: &Table) {
        for (option, on) in [
            (TableOption::RowSecurity, "ENABLE"),
            (TableOption::ForceRowSecurity, "FORCE"),
        ] {
            if table.options.contains_key(&option) {
                self.alter(name, &format!("{on} ROW LEVEL SECURITY"));
            }
        }
        for column in &table.columns {
            let of_parent = inherit::inherited(self.change.to, name, &column.name);
            if column.default.is_none() && of_parent.is_some_and(|above| above.default.is_some()) {
                self.alter(
                    name,
                    &format!("ALTER COLUMN {} DROP DEFAULT", quoted(&column.name)),
                );
            }
            self.set_clauses(name, &column.name, &[], &column.clauses);
        }
        if let Some(comment) = &table.comment {
            self.comment(&format!("TABLE {}", sql(name)), Some(comment));
        }
        for column in &table.columns {
            if let Some(comment) = &column.comment {
                let column = quoted(&column.name);
                self.comment(&format!("COLUMN {}.{column}", sql(name)), Some(comment));
            }
        }
        for (part, constraint) in &table.constraints {
            // One that is not valid comes behind the table, with its comment.
            if !constraint::is_not_valid(constraint) {
                self.statements.extend(on_constraint(name, part, constraint));
            }
        }
    }

    /// A column in the statement that makes its table. A partition has the types of its parent.
    fn column_of_new(&self, name: &Name, table: &Table, column: &Column, is_key: bool) -> String {
        let above = inherit::inherited(self.change.to, name, &column.name);
        let Some(above) = above.filter(|_| table.options.contains_key(&TableOption::PartitionOf)) else {
            return column::definition(column, is_key);
        };
        let mut text = quoted(&column.name);
        if !column.nullable && above.nullable {
            text.push_str(" NOT NULL");
        }
        if let Some(default) = column
            .default
            .as_ref()
            .filter(|_| column.default != above.default)
        {
            text.push_str(&format!(" DEFAULT {default}"));
        }
        if let Some(generated) = column
            .generated
            .as_ref()
            .filter(|_| column.generated != above.generated)
        {
            text.push_str(&column::generated(generated));
        }
        text
    }

    pub(super) fn drop_table(&mut self, name: &Name) {
        let statement = Statement::new(format!("DROP TABLE {}", sql(name)));
        let statement = statement.with(Hazard::DataLoss(format!("the rows of {name}")));
        let statement = self.locking(statement, name, ACCESS_EXCLUSIVE);
        self.push(statement);
    }

    pub(super) fn rename_table(&mut self, from: &Name, to: &Name) {
        if let Some(schema) = to.schema.as_ref().filter(|_| from.schema != to.schema) {
            self.alter(from, &format!("SET SCHEMA {}", quoted(schema)));
        }
        let there = to.sibling(&from.name);
        if from.name != to.name {
            let statement = Statement::new(format!(
                "ALTER TABLE {} RENAME TO {}",
                sql(&there),
                quoted(&to.name)
            ));
            let statement = self.locking(statement, from, ACCESS_EXCLUSIVE);
            self.push(statement);
        }
        let columns = self.now.tables.get(from).map(|table| table.columns.clone());
        for column in columns.unwrap_or_default() {
            self.rename_sequence(&column, [&there, to], [&column.name, &column.name]);
        }
    }

    pub(super) fn rename_column(&mut self, table: &Name, from: &str, to: &str) {
        self.alter(
            table,
            &format!("RENAME COLUMN {} TO {}", quoted(from), quoted(to)),
        );
        let columns = self.now.tables.get(table);
        if let Some(column) = columns.and_then(|table| table.column(from)).cloned() {
            self.rename_sequence(&column, [table, table], [from, to]);
        }
    }

    /// Lets a sequence be called as it would be if its column had always been called so.
    fn rename_sequence(&mut self, column: &Column, tables: [&Name; 2], columns: [&str; 2]) {
        let is_usual = match &column.identity {
            Some(Identity::Always(options) | Identity::ByDefault(options)) => {
                !options.starts_with("SEQUENCE NAME ")
            }
            Some(Identity::Serial) => true,
            Some(Identity::AutoIncrement) | None => false,
        };
        let from = generated_name(&tables[0].name, columns[0], "seq");
        let to = generated_name(&tables[1].name, columns[1], "seq");
        if is_usual && from != to {
            let from = sql(&tables[0].sibling(from));
            self.push(Statement::new(format!(
                "ALTER SEQUENCE {from} RENAME TO {}",
                quoted(&to)
            )));
        }
    }

    pub(super) fn alter_table(&mut self, name: &Name, from: &Table, to: &Table) {
        let changed = |option: TableOption| {
            let (before, after) = (from.options.get(&option), to.options.get(&option));
            (before != after).then_some((before, after))
        };
        self.alter_parents(name, from, to);
        if let Some((_, after)) = changed(TableOption::Unlogged) {
            let logged = if after.is_some() { "UNLOGGED" } else { "LOGGED" };
            self.rewriting(name, &format!("SET {logged}"));
        }
        if let Some((before, after)) = changed(TableOption::With) {
            self.alter_parameters(name, before, after);
        }
        if let Some((_, after)) = changed(TableOption::Tablespace) {
            let space = after.map_or("pg_default", String::as_str);
            self.rewriting(name, &format!("SET TABLESPACE {space}"));
        }
        if let Some((_, after)) = changed(TableOption::Using) {
            let method = after.map_or("heap", String::as_str);
            self.rewriting(name, &format!("SET ACCESS METHOD {method}"));
        }
        if let Some((_, after)) = changed(TableOption::RowSecurity) {
            let on = if after.is_some() { "ENABLE" } else { "DISABLE" };
            self.alter(name, &format!("{on} ROW LEVEL SECURITY"));
        }
        if let Some((_, after)) = changed(TableOption::ForceRowSecurity) {
            let on = if after.is_some() { "FORCE" } else { "NO FORCE" };
            self.alter(name, &format!("{on} ROW LEVEL SECURITY"));
        }
        if from.comment != to.comment {
            self.comment(&format!("TABLE {}", sql(name)), to.comment.as_deref());
        }
    }

    fn rewriting(&mut self, name: &Name, action: &str) {
        self.alter(name, action);
        if self.has_rows(name)
            && let Some(statement) = self.statements.last_mut()
        {
            statement.hazards.push(Hazard::Rewrite(name.to_string()));
        }
    }

    /// Takes a table from its parents, and gives it to others.
    fn alter_parents(&mut self, name: &Name, from: &Table, to: &Table) {
        let option = TableOption::PartitionOf;
        let (before, after) = (from.options.get(&option), to.options.get(&option));
        if before != after {
            if let Some((parent, _)) = before.and_then(|text| inherit::partition(text)) {
                self.alter(&parent, &format!("DETACH PARTITION {}", sql(name)));
            }
            if let Some((parent, bound)) = after.and_then(|text| inherit::partition(text)) {
                self.alter(&parent, &format!("ATTACH PARTITION {} {bound}", sql(name)));
                if self.has_rows(name)
                    && let Some(statement) = self.statements.last_mut()
                {
                    statement.hazards.push(Hazard::Scan(name.to_string()));
                    let why = format!("a row of {name} is none of the partition's");
                    statement.hazards.push(Hazard::MayFail(why));
                }
            }
        }
        let names = |table: &Table| {
            let text = table.options.get(&TableOption::Inherits);
            text.map(|text| inherit::names(text)).unwrap_or_default()
        };
        let (before, after) = (names(from), names(to));
        for parent in before.iter().filter(|parent| !after.contains(parent)) {
            self.alter(name, &format!("NO INHERIT {}", sql(parent)));
        }
        for parent in after.iter().filter(|parent| !before.contains(parent)) {
            self.alter(name, &format!("INHERIT {}", sql(parent)));
        }
    }

    fn alter_parameters(&mut self, name: &Name, before: Option<&String>, after: Option<&String>) {
        let list = |text: Option<&String>| -> Vec<(String, String)> {
            let parts = text.map(|text| column::separated(text)).unwrap_or_default();
            let pairs = parts.iter().filter_map(|part| part.split_once('='));
            pairs
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect()
        };
        let (before, after) = (list(before), list(after));
        let is_kept = |(name, _): &&(String, String)| after.iter().any(|(other, _)| other == name);
        // What is set anew goes behind what stays as it is; where that is not the order wanted, all are set anew.
        let stays = |pair: &&(String, String)| after.contains(pair);
        let mut order: Vec<_> = before.iter().filter(stays).collect();
        order.extend(after.iter().filter(|pair| !before.contains(pair)));
        let is_right = order.into_iter().eq(after.iter());
        let gone = before.iter().filter(|pair| !is_right || !is_kept(pair));
        let gone: Vec<&str> = gone.map(|(name, _)| name.as_str()).collect();
        if !gone.is_empty() {
            self.alter(name, &format!("RESET ({})", gone.join(", ")));
        }
        let set = after.iter().filter(|pair| !is_right || !before.contains(pair));
        let set: Vec<String> = set.map(|(name, value)| format!("{name}={value}")).collect();
        if !set.is_empty() {
            self.alter(name, &format!("SET ({})", set.join(", ")));
        }
    }
}

/// The primary key that its column can tell: that gives it the same name.
fn inline_key<'a>(name: &Name, table: &'a Table) -> Option<(&'a String, &'a Constraint)> {
    let mut constraints = table.constraints.iter();
    let (part, key) = constraints.find(|(_, constraint)| constraint.kind == ConstraintKind::PrimaryKey)?;
    let [column] = key.columns.as_slice() else {
        return None;
    };
    let is_usual = *part == generated_name(&name.name, "", "pkey")
        && key.definition.text() == format!("PRIMARY KEY ({})", quoted(column));
    let is_told = table.column(column).is_some();
    let is_partition = table.options.contains_key(&TableOption::PartitionOf);
    (is_usual && is_told && !is_partition).then_some((part, key))
}

fn create(name: &Name, table: &Table, lines: &[String]) -> String {
    let option = |option: TableOption| table.options.get(&option);
    let unlogged = if option(TableOption::Unlogged).is_some() {
        "UNLOGGED "
    } else {
        ""
    };
    let mut text = format!("CREATE {unlogged}TABLE {}", sql(name));
    let partition = option(TableOption::PartitionOf).and_then(|text| inherit::partition(text));
    if let Some((parent, _)) = &partition {
        text.push_str(&format!(" PARTITION OF {}", sql(parent)));
    }
    if !lines.is_empty() {
        text.push_str(&format!(" (\n    {}\n)", lines.join(",\n    ")));
    } else if partition.is_none() {
        text.push_str(" ()");
    }
    if let Some((_, bound)) = partition {
        text.push_str(&format!(" {bound}"));
    }
    for (words, value) in [
        ("INHERITS", option(TableOption::Inherits)),
        ("PARTITION BY", option(TableOption::PartitionBy)),
        ("USING", option(TableOption::Using)),
        ("WITH", option(TableOption::With)),
        ("TABLESPACE", option(TableOption::Tablespace)),
    ] {
        match value {
            Some(value) if matches!(words, "INHERITS" | "WITH") => {
                text.push_str(&format!(" {words} ({value})"));
            }
            Some(value) => text.push_str(&format!(" {words} {value}")),
            None => {}
        }
    }
    text
}

/// A text that names a sequence of a column's to the server.
pub(super) fn sequence_of(table: &Name, column: &str) -> String {
    format!(
        "pg_get_serial_sequence({}, {})",
        literal(&sql(table)),
        literal(column)
    )
}
