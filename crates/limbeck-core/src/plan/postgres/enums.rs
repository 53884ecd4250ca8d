//! Types that tables are made of, changed: enums, domains and composite types.

use std::collections::{BTreeMap, BTreeSet};

use super::{Planner, alone, literal, quoted, sql};
use crate::dialect::generated_name;
use crate::op::Op;
use crate::plan::{Hazard, Statement};
use crate::schema::{Attribute, Column, Definition, Id, Kind, Name, Object, Sql, TableOption};

/// The statement that makes an enum.
pub(super) fn create_enum(name: &Name, labels: &[String]) -> String {
    let labels: Vec<String> = labels.iter().map(|label| literal(label)).collect();
    format!("CREATE TYPE {} AS ENUM ({})", sql(name), labels.join(", "))
}

pub(super) fn create_composite(name: &Name, attributes: &[Attribute]) -> String {
    let attributes: Vec<String> = attributes.iter().map(attribute).collect();
    if attributes.is_empty() {
        return format!("CREATE TYPE {} AS ()", sql(name));
    }
    format!(
        "CREATE TYPE {} AS (\n    {}\n)",
        sql(name),
        attributes.join(",\n    ")
    )
}

fn attribute(attribute: &Attribute) -> String {
    let collation = attribute.collation.as_ref();
    let collation = collation
        .map(|collation| format!(" COLLATE {collation}"))
        .unwrap_or_default();
    format!("{} {}{collation}", quoted(&attribute.name), attribute.data_type)
}

/// A domain's definition, taken apart.
pub(super) struct Domain<'a> {
    pub(super) data_type: &'a str,
    pub(super) collation: Option<&'a str>,
    pub(super) nullable: bool,
    pub(super) default: Option<&'a Sql>,
    pub(super) constraints: &'a BTreeMap<String, Sql>,
}

impl<'a> Domain<'a> {
    pub(super) fn of(definition: &'a Definition) -> Option<Self> {
        match definition {
            Definition::Domain {
                data_type,
                collation,
                nullable,
                default,
                constraints,
            } => Some(Self {
                data_type,
                collation: collation.as_deref(),
                nullable: *nullable,
                default: default.as_ref(),
                constraints,
            }),
            _ => None,
        }
    }

    pub(super) fn create(&self, name: &Name) -> String {
        let mut text = format!("CREATE DOMAIN {} AS {}", sql(name), self.data_type);
        if let Some(collation) = self.collation {
            text.push_str(&format!(" COLLATE {collation}"));
        }
        if let Some(default) = self.default {
            text.push_str(&format!(" DEFAULT {default}"));
        }
        if !self.nullable {
            text.push_str(" NOT NULL");
        }
        for (name, constraint) in self
            .constraints
            .iter()
            .filter(|(_, constraint)| !is_not_valid(constraint))
        {
            text.push_str(&format!("\n    CONSTRAINT {} {constraint}", quoted(name)));
        }
        text
    }
}

fn is_not_valid(constraint: &Sql) -> bool {
    constraint.text().ends_with(" NOT VALID")
}

impl Planner<'_> {
    pub(super) fn create_domain(&mut self, name: &Name, domain: &Domain<'_>) {
        self.push(Statement::new(domain.create(name)));
        for (part, constraint) in domain
            .constraints
            .iter()
            .filter(|(_, constraint)| is_not_valid(constraint))
        {
            let part = quoted(part);
            self.push(Statement::new(format!(
                "ALTER DOMAIN {} ADD CONSTRAINT {part} {constraint}",
                sql(name)
            )));
        }
    }

    pub(super) fn alter_enum(&mut self, id: &Id, from: &[String], to: &[String]) {
        let mut rest = to.iter();
        if !from.iter().all(|label| rest.any(|other| other == label)) {
            let lost: Vec<&str> = from
                .iter()
                .filter(|label| !to.contains(label))
                .map(String::as_str)
                .collect();
            let hazard = (!lost.is_empty()).then(|| format!("a row still has {}", lost.join(" or ")));
            let create = |planner: &mut Self| planner.push(Statement::new(create_enum(&id.name, to)));
            self.replace_type(id, "TYPE", hazard, create);
            return;
        }
        let added: Vec<&String> = to.iter().filter(|label| !from.contains(label)).collect();
        // A value can't be used in the transaction that adds it.
        let is_used = |label: &&String| self.ops.iter().any(|op| mentions(op, &literal(label)));
        let is_any_used = added.iter().any(is_used) || self.ops.iter().any(|op| gives_type(op, &id.name));
        let mut there: Vec<&String> = from.iter().collect();
        for label in added {
            let next = to.iter().skip_while(|other| *other != label).skip(1);
            let next = next.into_iter().find(|other| there.contains(other));
            let place = next
                .map(|other| format!(" BEFORE {}", literal(other)))
                .unwrap_or_default();
            let at = next.and_then(|next| there.iter().position(|other| *other == next));
            there.insert(at.unwrap_or(there.len()), label);
            let (name, label) = (sql(&id.name), literal(label));
            let statement = Statement::new(format!("ALTER TYPE {name} ADD VALUE {label}{place}"));
            if is_any_used {
                self.first.push(alone(statement));
            } else {
                self.push(statement);
            }
        }
    }

    pub(super) fn alter_domain(&mut self, id: &Id, from: &Object, to: &Object) {
        let (Some(before), Some(after)) = (Domain::of(&from.definition), Domain::of(&to.definition)) else {
            return;
        };
        if (before.data_type, before.collation) != (after.data_type, after.collation) {
            let hazard = format!("a value is no {}", after.data_type);
            let create = |planner: &mut Self| planner.create_domain(&id.name, &after);
            self.replace_type(id, "DOMAIN", Some(hazard), create);
            return;
        }
        let name = sql(&id.name);
        let alter = |action: String| Statement::new(format!("ALTER DOMAIN {name} {action}"));
        let fails = |why: String| Hazard::MayFail(format!("a value of {} {why}", id.name));
        if before.default != after.default {
            let action = after.default.map_or_else(
                || "DROP DEFAULT".to_owned(),
                |default| format!("SET DEFAULT {default}"),
            );
            self.push(alter(action));
        }
        match (before.nullable, after.nullable) {
            (true, false) => self.push(alter("SET NOT NULL".to_owned()).with(fails("is NULL".to_owned()))),
            (false, true) => self.push(alter("DROP NOT NULL".to_owned())),
            _ => {}
        }
        for (part, constraint) in before.constraints {
            if after.constraints.get(part) != Some(constraint)
                && !is_validated(constraint, after.constraints.get(part))
            {
                self.push(alter(format!("DROP CONSTRAINT {}", quoted(part))));
            }
        }
        for (part, constraint) in after.constraints {
            let there = before.constraints.get(part);
            let why = || fails(format!("is not as {part} wants it"));
            if there.is_some_and(|there| is_validated(there, Some(constraint))) {
                self.push(alter(format!("VALIDATE CONSTRAINT {}", quoted(part))).with(why()));
            } else if there != Some(constraint) {
                let statement = alter(format!("ADD CONSTRAINT {} {constraint}", quoted(part)));
                let is_checked = !is_not_valid(constraint);
                self.push(if is_checked {
                    statement.with(why())
                } else {
                    statement
                });
            }
        }
    }

    pub(super) fn alter_composite(&mut self, id: &Id, from: &[Attribute], to: &[Attribute]) {
        let name = sql(&id.name);
        let there = |attributes: &[Attribute], name: &str| {
            let mut attributes = attributes.iter();
            attributes.find(|attribute| attribute.name == name).cloned()
        };
        let mut order: Vec<&str> = from.iter().map(|attribute| attribute.name.as_str()).collect();
        order.retain(|name| there(to, name).is_some());
        let added = to
            .iter()
            .filter(|attribute| there(from, &attribute.name).is_none());
        order.extend(added.map(|attribute| attribute.name.as_str()));
        if !order
            .into_iter()
            .eq(to.iter().map(|attribute| attribute.name.as_str()))
            && self.columns_of(&id.name).is_empty()
        {
            // Nobody has values of it, and attributes are only added at the end.
            self.push(Statement::new(format!("DROP TYPE {name}")));
            self.push(Statement::new(create_composite(&id.name, to)));
            return;
        }
        let mut actions: Vec<(String, Option<String>)> = Vec::new();
        for old in from.iter().filter(|old| there(to, &old.name).is_none()) {
            let loss = format!("{} of the values of {}", old.name, id.name);
            actions.push((
                format!("DROP ATTRIBUTE {} CASCADE", quoted(&old.name)),
                Some(loss),
            ));
        }
        for new in to {
            match there(from, &new.name) {
                None => actions.push((format!("ADD ATTRIBUTE {} CASCADE", attribute(new)), None)),
                // The server refuses it where values of it are kept.
                Some(old) if old != *new && self.columns_of(&id.name).is_empty() => {
                    let name = quoted(&new.name);
                    let definition = attribute(new);
                    let data_type = definition[name.len()..].trim_start();
                    actions.push((format!("ALTER ATTRIBUTE {name} TYPE {data_type} CASCADE"), None));
                }
                Some(_) => {}
            }
        }
        for (action, loss) in actions {
            let statement = Statement::new(format!("ALTER TYPE {name} {action}"));
            self.push(match loss {
                Some(what) => statement.with(Hazard::DataLoss(what)),
                None => statement,
            });
        }
    }

    /// The columns that have a type, or lists of it.
    fn columns_of(&self, name: &Name) -> Vec<(Name, Column)> {
        let (one, list) = (sql(name), format!("{}[]", sql(name)));
        let has = |column: &&Column| column.data_type == one || column.data_type == list;
        let columns = self.now.tables.iter().flat_map(|(table, there)| {
            let columns = there.columns.iter().filter(has);
            columns.map(|column| (table.clone(), column.clone()))
        });
        // What is computed is dropped and made again.
        columns.filter(|(_, column)| column.generated.is_none()).collect()
    }

    /// Makes a type anew, and gives it to the columns that have it. What can't be brought along (a type over it, a partition's
    /// key) leaves it as it is.
    fn replace_type(&mut self, id: &Id, word: &str, hazard: Option<String>, create: impl FnOnce(&mut Self)) {
        let columns = self.columns_of(&id.name);
        if self.is_held(id, &columns)
            || self.is_below_a_type(&id.name)
            || columns.iter().any(|(table, column)| self.parts_by(table, column))
        {
            return;
        }
        let name = sql(&id.name);
        if columns.is_empty() {
            self.push(Statement::new(format!("DROP {word} {name}")));
            create(self);
        } else {
            let old = id.name.sibling(generated_name(&id.name.name, "", "old"));
            self.push(Statement::new(format!(
                "ALTER {word} {name} RENAME TO {}",
                quoted(&old.name)
            )));
            create(self);
            for (table, column) in &columns {
                self.give_type(table, column, hazard.as_deref());
            }
            self.push(Statement::new(format!("DROP {word} {}", sql(&old))));
        }
    }

    fn give_type(&mut self, table: &Name, column: &Column, hazard: Option<&str>) {
        let name = quoted(&column.name);
        let data_type = &column.data_type;
        if column.default.is_some() {
            self.alter(table, &format!("ALTER COLUMN {name} DROP DEFAULT"));
        }
        let text = if data_type.ends_with("[]") {
            "text[]"
        } else {
            "text"
        };
        self.alter(
            table,
            &format!("ALTER COLUMN {name} TYPE {data_type} USING {name}::{text}::{data_type}"),
        );
        if self.has_rows(table) {
            self.hazard(Hazard::Rewrite(table.to_string()));
            if let Some(why) = hazard {
                self.hazard(Hazard::MayFail(format!("{why} in {table}.{}", column.name)));
            }
        }
        // The default that is wanted: the old one may be gone with its value.
        let wanted = self
            .change
            .to
            .tables
            .get(table)
            .and_then(|table| table.column(&column.name));
        let wanted = wanted.filter(|wanted| wanted.data_type == *data_type);
        if let Some(wanted) = wanted.filter(|_| column.default.is_some()) {
            if let Some(default) = wanted.default.clone() {
                self.alter(table, &format!("ALTER COLUMN {name} SET DEFAULT {default}"));
            }
            self.restored.insert(Id::column(table, &column.name));
        }
    }

    /// Whether a view, a function or the like rests on the type or the columns, and was not dropped before.
    fn is_held(&self, id: &Id, columns: &[(Name, Column)]) -> bool {
        let mut held: BTreeSet<Id> = columns
            .iter()
            .map(|(table, column)| Id::column(table, &column.name))
            .collect();
        held.insert(id.clone());
        self.now.objects.iter().any(|(other, there)| {
            let is_type = matches!(
                other.kind,
                Kind::Enum | Kind::Domain | Kind::Composite | Kind::Range
            );
            // What was made anew needs other things.
            let is_as_before = self.change.from.objects.get(other) == Some(there);
            let schema = if is_as_before {
                self.change.from
            } else {
                self.change.to
            };
            let mut needed = schema.dependencies.get(other).into_iter().flatten();
            !is_type && needed.any(|needed| held.contains(needed))
        })
    }

    fn is_below_a_type(&self, name: &Name) -> bool {
        let (one, list) = (sql(name), format!("{}[]", sql(name)));
        let is_it = |data_type: &String| *data_type == one || *data_type == list;
        self.now.objects.values().any(|object| match &object.definition {
            Definition::Domain { data_type, .. } => is_it(data_type),
            Definition::Composite { attributes } => {
                attributes.iter().any(|attribute| is_it(&attribute.data_type))
            }
            _ => false,
        })
    }

    /// Whether a table's rows go to partitions by a column.
    fn parts_by(&self, table: &Name, column: &Column) -> bool {
        let key = self
            .now
            .tables
            .get(table)
            .and_then(|table| table.options.get(&TableOption::PartitionBy));
        key.is_some_and(|key| {
            let name = quoted(&column.name);
            let mut words = key.split(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '"')));
            words.any(|word| word == name)
        })
    }
}

pub(super) fn is_validated(from: &Sql, to: Option<&Sql>) -> bool {
    to.is_some_and(|to| from.text().strip_suffix(" NOT VALID") == Some(to.text()))
}

/// Whether an op gives a type to a column of another: a value in its rows may be any of the type's.
fn gives_type(op: &Op, name: &Name) -> bool {
    let has = |column: &Column| column.data_type.trim_end_matches("[]") == sql(name);
    matches!(op, Op::AlterColumn { from, to, .. } if has(to) && !has(from))
}

/// Whether an op makes something with a text in it.
fn mentions(op: &Op, text: &str) -> bool {
    let has = |sql: &Sql| sql.text().contains(text);
    let column = |column: &Column| {
        column.default.as_ref().is_some_and(has)
            || column
                .generated
                .as_ref()
                .is_some_and(|generated| has(&generated.expression))
    };
    match op {
        Op::CreateTable { table, .. } => {
            table.columns.iter().any(column)
                || table
                    .constraints
                    .values()
                    .any(|constraint| has(&constraint.definition))
                || table.indexes.values().any(|index| has(&index.definition))
                || table.options.values().any(|option| option.contains(text))
        }
        Op::AlterTable { to, .. } => to.options.values().any(|option| option.contains(text)),
        Op::AddColumn { column: new, .. } | Op::AlterColumn { to: new, .. } => column(new),
        Op::AddConstraint { constraint, .. } => has(&constraint.definition),
        Op::CreateIndex { index, .. } => has(&index.definition),
        Op::CreateObject { object, .. } | Op::AlterObject { to: object, .. } => match &object.definition {
            Definition::Stored { create, .. } => has(create),
            Definition::Domain {
                default, constraints, ..
            } => default.as_ref().is_some_and(has) || constraints.values().any(has),
            Definition::Schema
            | Definition::Extension { .. }
            | Definition::Enum { .. }
            | Definition::Composite { .. }
            | Definition::Sequence(_) => false,
        },
        Op::DropTable { .. }
        | Op::RenameTable { .. }
        | Op::DropColumn { .. }
        | Op::RenameColumn { .. }
        | Op::DropConstraint { .. }
        | Op::AlterConstraint { .. }
        | Op::RenameConstraint { .. }
        | Op::DropIndex { .. }
        | Op::AlterIndex { .. }
        | Op::RenameIndex { .. }
        | Op::DropObject { .. } => false,
    }
}
