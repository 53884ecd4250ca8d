//! Columns.

use super::super::missing;
use super::{Planner, alone, inherit, quoted, sql, types};
use crate::dialect::generated_name;
use crate::plan::{Hazard, Statement};
use crate::schema::{Column, Definition, Generated, Id, Identity, Name, Sql};

/// A column as it stands in `CREATE TABLE`.
pub(super) fn definition(column: &Column, is_key: bool) -> String {
    let mut text = format!("{} {}", quoted(&column.name), type_name(column));
    if let Some(collation) = &column.collation {
        text.push_str(&format!(" COLLATE {collation}"));
    }
    if let Some(of) = &column.generated {
        text.push_str(&generated(of));
    }
    if let Some(identity) = &column.identity {
        text.push_str(&numbered(identity));
    }
    // A key's columns have values, and those that are numbered.
    if !column.nullable && !is_key && column.identity.is_none() {
        text.push_str(" NOT NULL");
    }
    if let Some(default) = &column.default {
        text.push_str(&format!(" DEFAULT {default}"));
    }
    if is_key {
        text.push_str(" PRIMARY KEY");
    }
    text
}

fn type_name(column: &Column) -> &str {
    match (&column.identity, column.data_type.as_str()) {
        (Some(Identity::Serial), "smallint") => "smallserial",
        (Some(Identity::Serial), "integer") => "serial",
        (Some(Identity::Serial), "bigint") => "bigserial",
        (_, data_type) => data_type,
    }
}

pub(super) fn generated(of: &Generated) -> String {
    let kept = if of.stored { "STORED" } else { "VIRTUAL" };
    format!(" GENERATED ALWAYS AS ({}) {kept}", of.expression)
}

fn numbered(identity: &Identity) -> String {
    let (words, options) = match identity {
        Identity::Always(options) => ("ALWAYS", options),
        Identity::ByDefault(options) => ("BY DEFAULT", options),
        Identity::Serial | Identity::AutoIncrement => return String::new(),
    };
    if options.is_empty() {
        format!(" GENERATED {words} AS IDENTITY")
    } else {
        format!(" GENERATED {words} AS IDENTITY ({options})")
    }
}

/// The parts of a list between commas that stand in no quotes.
pub(super) fn separated(text: &str) -> Vec<&str> {
    let (mut quoted, mut start) = (false, 0);
    let mut parts = Vec::new();
    for (at, c) in text.char_indices() {
        match c {
            '\'' => quoted = !quoted,
            ',' if !quoted => {
                parts.push(text[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(text[start..].trim());
    parts
}

impl Planner<'_> {
    pub(super) fn add_column(&mut self, table: &Name, column: &Column) {
        // A child's that was its parent's only, or is told otherwise there, is there already.
        let above = inherit::inherited(&self.now, table, &column.name)
            .or_else(|| inherit::inherited(self.change.from, table, &column.name))
            .cloned();
        if let Some(above) = above {
            self.alter_column(table, &above, column);
            return;
        }
        let needs_value = self.has_rows(table)
            && !column.nullable
            && column.default.is_none()
            && !column.has_value()
            && !self.has_default(&column.data_type);
        let first = Column {
            nullable: column.nullable || needs_value,
            ..column.clone()
        };
        let action = format!("ADD COLUMN {}", definition(&first, false));
        self.alter(table, &action);
        if self.has_rows(table) && self.fills(column) {
            self.hazard(Hazard::Rewrite(table.to_string()));
        }
        if needs_value {
            self.backfill(table, column);
        }
        self.set_clauses(table, &column.name, &[], &column.clauses);
        if column.comment.is_some() {
            self.comment_on_column(table, column);
        }
    }

    /// Leaves a place for the value of the rows that are there.
    fn backfill(&mut self, table: &Name, column: &Column) {
        let (on, name) = (sql(table), quoted(&column.name));
        let place = missing::place(table, &column.name);
        let mut statement = Statement::new(format!("UPDATE {on} SET {name} = {place} WHERE {name} IS NULL"));
        statement.to_do = true;
        self.push(statement);
        self.alter(table, &format!("ALTER COLUMN {name} SET NOT NULL"));
        self.hazard(Hazard::Scan(table.to_string()));
        self.hazard(Hazard::MayFail(format!(
            "a row of {table} has no {}",
            column.name
        )));
    }

    /// Adds a hazard to the last statement.
    pub(super) fn hazard(&mut self, hazard: Hazard) {
        if let Some(statement) = self.statements.last_mut() {
            statement.hazards.push(hazard);
        }
    }

    fn domain(&self, data_type: &str) -> Option<&Definition> {
        let mut objects = self.now.objects.iter();
        let (_, object) = objects.find(|(id, object)| {
            matches!(object.definition, Definition::Domain { .. }) && sql(&id.name) == data_type
        })?;
        Some(&object.definition)
    }

    fn has_default(&self, data_type: &str) -> bool {
        matches!(
            self.domain(data_type),
            Some(Definition::Domain { default: Some(_), .. })
        )
    }

    /// Whether each row is written anew when the column is added.
    fn fills(&self, column: &Column) -> bool {
        let is_checked = match self.domain(&column.data_type) {
            Some(Definition::Domain {
                nullable,
                constraints,
                ..
            }) => !nullable || !constraints.is_empty(),
            _ => false,
        };
        let default = column.default.as_ref();
        column.identity.is_some()
            || column
                .generated
                .as_ref()
                .is_some_and(|generated| generated.stored)
            || default.is_some_and(|default| types::is_volatile(default.text()))
            || is_checked
    }

    pub(super) fn drop_column(&mut self, table: &Name, column: &Column) {
        if let Some(above) = inherit::inherited(self.change.to, table, &column.name).cloned() {
            // It stays, but as its parent has it.
            if inherit::inherited(&self.now, table, &column.name).is_some() {
                self.alter_column(table, column, &above);
            }
            return;
        }
        if inherit::inherited(self.change.from, table, &column.name).is_some() {
            return;
        }
        self.alter(table, &format!("DROP COLUMN {}", quoted(&column.name)));
        // What is computed is lost where it was to stay.
        let table_after = self.change.to.tables.get(table);
        let after = table_after.and_then(|table| table.column(&column.name));
        if column.generated.is_none() || after.is_some_and(|after| after.generated.is_none()) {
            self.hazard(Hazard::DataLoss(format!("the values of {table}.{}", column.name)));
        }
    }

    pub(super) fn alter_column(&mut self, table: &Name, from: &Column, to: &Column) {
        if to.generated.is_some() && from.generated != to.generated {
            self.drop_column(table, from);
            self.add_column(table, to);
            return;
        }
        let name = quoted(&to.name);
        if from.generated.is_some() && to.generated.is_none() {
            self.alter(table, &format!("ALTER COLUMN {name} DROP EXPRESSION"));
        }
        // What a child inherits gets its type with its parent's.
        let is_inherited = inherit::inherited(self.change.to, table, &to.name).is_some();
        let is_retyped = !is_inherited && (from.data_type != to.data_type || from.collation != to.collation);
        let is_renumbered = !is_same_kind(from.identity.as_ref(), to.identity.as_ref());
        if is_renumbered {
            self.number_no_more(table, from);
        }
        let keeps_default =
            !is_retyped || from.default == to.default && types::keeps_default(&from.data_type, &to.data_type);
        let drops_default = from.default.is_some()
            && (to.default.is_none() || !keeps_default)
            && !self.restored.contains(&Id::column(table, &to.name));
        if drops_default {
            self.alter(table, &format!("ALTER COLUMN {name} DROP DEFAULT"));
        }
        if is_retyped {
            self.free_children(table, from, to);
            if !types::are_comparable(&from.data_type, &to.data_type) {
                self.suspend_foreign_keys(table, &from.name);
            }
            self.change_type(table, from, to);
        }
        if from.nullable && !to.nullable {
            self.set_not_null(table, to);
        }
        match &to.identity {
            Some(identity) if is_renumbered => self.number(table, to, identity),
            Some(identity) => self.renumber(table, to, from.identity.as_ref(), identity, is_retyped),
            None => {}
        }
        let is_set = self.restored.contains(&Id::column(table, &to.name));
        let sets_default = !is_set && (drops_default || from.default != to.default);
        if let Some(default) = to.default.as_ref().filter(|_| sets_default) {
            self.alter(table, &format!("ALTER COLUMN {name} SET DEFAULT {default}"));
        }
        if !from.nullable && to.nullable {
            self.alter(table, &format!("ALTER COLUMN {name} DROP NOT NULL"));
        }
        self.restore_children(table, from, to, is_retyped);
        self.set_clauses(table, &to.name, &from.clauses, &to.clauses);
        if from.comment != to.comment {
            self.comment_on_column(table, to);
        }
    }

    /// The defaults that children have for themselves can be in the way of another type.
    fn free_children(&mut self, table: &Name, from: &Column, to: &Column) {
        if from.default.is_some() || types::keeps_default(&from.data_type, &to.data_type) {
            // They go with their parent's, or stay.
            return;
        }
        let children = inherit::otherwise(&self.now, table, &from.name).into_iter();
        let children: Vec<Name> = children
            .filter(|(_, there)| there.default.is_some())
            .map(|(child, _)| child.clone())
            .collect();
        for child in children {
            self.alter(
                &child,
                &format!("ALTER COLUMN {} DROP DEFAULT", quoted(&from.name)),
            );
        }
    }

    /// A default that is set, or a NOT NULL that is dropped, goes to the children too, and takes the place of their own.
    fn restore_children(&mut self, table: &Name, from: &Column, to: &Column, is_retyped: bool) {
        let children = inherit::otherwise(self.change.to, table, &to.name).into_iter();
        let children: Vec<(Name, Column)> = children
            .filter(|(child, _)| self.now.tables.contains_key(child))
            .map(|(child, there)| (child.clone(), there.clone()))
            .collect();
        let name = quoted(&to.name);
        for (child, there) in children {
            if there.default != to.default && (is_retyped || from.default != to.default) {
                let action = there.default.map_or_else(
                    || "DROP DEFAULT".to_owned(),
                    |default| format!("SET DEFAULT {default}"),
                );
                self.alter(&child, &format!("ALTER COLUMN {name} {action}"));
                self.restored.insert(Id::column(&child, &to.name));
            }
            if !there.nullable && to.nullable && !from.nullable {
                self.alter(&child, &format!("ALTER COLUMN {name} SET NOT NULL"));
            }
        }
    }

    fn change_type(&mut self, table: &Name, from: &Column, to: &Column) {
        let name = quoted(&to.name);
        let mut action = format!("ALTER COLUMN {name} TYPE {}", to.data_type);
        if let Some(collation) = &to.collation {
            action.push_str(&format!(" COLLATE {collation}"));
        }
        let retype = if from.data_type == to.data_type {
            types::Retype::default()
        } else {
            types::retype(&name, &self.below(&from.data_type), &self.below(&to.data_type))
        };
        if let Some(using) = &retype.using {
            let using = using.replace(
                &format!("::{}", self.below(&to.data_type)),
                &format!("::{}", to.data_type),
            );
            action.push_str(&format!(" USING {using}"));
        }
        self.alter(table, &action);
        if !self.has_rows(table) {
            return;
        }
        if retype.rewrites {
            self.hazard(Hazard::Rewrite(table.to_string()));
        }
        if let Some(what) = retype.loses {
            self.hazard(Hazard::DataLoss(format!("{what} in {table}.{}", to.name)));
        }
        if let Some(why) = retype.fails {
            self.hazard(Hazard::MayFail(format!("{why} in {table}.{}", to.name)));
        }
    }

    /// The type below a domain.
    fn below(&self, data_type: &str) -> String {
        match self.domain(data_type) {
            Some(Definition::Domain { data_type, .. }) => data_type.clone(),
            _ => data_type.to_owned(),
        }
    }

    /// With the application at work, the rows are looked at while it goes on: a check that is known to hold saves the server from
    /// looking again under its lock. What is numbered has to be NOT NULL at once.
    fn set_not_null(&mut self, table: &Name, column: &Column) {
        let name = quoted(&column.name);
        let why = format!("a row of {table} has no {}", column.name);
        let action = format!("ALTER COLUMN {name} SET NOT NULL");
        if !self.has_rows(table) || !self.change.online || column.identity.is_some() {
            self.alter(table, &action);
            if self.has_rows(table) {
                self.hazard(Hazard::Scan(table.to_string()));
                self.hazard(Hazard::MayFail(why));
            }
            return;
        }
        let check = quoted(&generated_name("limbeck", &column.name, "not_null"));
        let holds = format!("ADD CONSTRAINT {check} CHECK ({name} IS NOT NULL) NOT VALID");
        self.alter(table, &holds);
        self.validate(table, &check, why);
        let drop = format!("DROP CONSTRAINT {check}");
        let statements = [action, drop].map(|action| self.altering(table, &action));
        self.last.extend(statements);
    }

    /// Makes the clauses of a column what they should be.
    pub(super) fn set_clauses(&mut self, table: &Name, column: &str, from: &[Sql], to: &[Sql]) {
        let name = quoted(column);
        let word = |clause: &Sql| {
            clause
                .text()
                .split([' ', '='])
                .next()
                .unwrap_or_default()
                .to_owned()
        };
        for clause in from.iter().filter(|clause| !to.contains(clause)) {
            let is_set_anew = to.iter().any(|other| word(other) == word(clause));
            let action = match word(clause).as_str() {
                options if options.starts_with('(') => {
                    let options = clause.text().trim_matches(['(', ')']);
                    let names = separated(options);
                    let names = names.iter().filter_map(|option| option.split('=').next());
                    format!("RESET ({})", names.collect::<Vec<_>>().join(", "))
                }
                _ if is_set_anew => continue,
                "STORAGE" => {
                    let there = self.now.tables.get(table).and_then(|table| table.column(column));
                    let data_type = there.map_or("", |column| column.data_type.as_str());
                    format!("SET STORAGE {}", types::usual_storage(data_type))
                }
                "COMPRESSION" => "SET COMPRESSION default".to_owned(),
                "STATISTICS" => "SET STATISTICS -1".to_owned(),
                _ => continue,
            };
            self.alter(table, &format!("ALTER COLUMN {name} {action}"));
        }
        for clause in to.iter().filter(|clause| !from.contains(clause)) {
            self.alter(table, &format!("ALTER COLUMN {name} SET {clause}"));
        }
    }

    fn comment_on_column(&mut self, table: &Name, column: &Column) {
        let address = format!("COLUMN {}.{}", sql(table), quoted(&column.name));
        self.comment(&address, column.comment.as_deref());
    }

    /// Looks at the rows while others read and write: in a transaction of its own, since the one that added the constraint holds
    /// its lock to its end.
    pub(super) fn validate(&mut self, table: &Name, constraint: &str, why: String) {
        let text = format!("ALTER TABLE {} VALIDATE CONSTRAINT {constraint}", sql(table));
        let statement = Statement::new(text).with(Hazard::MayFail(why));
        if self.change.online && self.has_rows(table) {
            self.apart.push(alone(statement));
        } else {
            self.push(statement);
        }
    }
}

/// Whether a column stays numbered, or not numbered, in the same way.
fn is_same_kind(from: Option<&Identity>, to: Option<&Identity>) -> bool {
    let kind = |identity: Option<&Identity>| match identity {
        None => 0,
        Some(Identity::Always(_) | Identity::ByDefault(_)) => 1,
        Some(Identity::Serial) => 2,
        Some(Identity::AutoIncrement) => 3,
    };
    kind(from) == kind(to)
}
