//! What ALTER TABLE does itself (<https://www.sqlite.org/lang_altertable.html>): it adds columns, and drops those that nothing names.

use super::rebuild::value_of;
use super::table::{column_definition, named};
use super::{Planner, SQLITE, mentions};
use crate::dialect::TokenKind;
use crate::dialect::sqlite::{plain, significant};
use crate::op::Op;
use crate::plan::{Hazard, Statement, mark};
use crate::schema::{Column, Constraint, ConstraintKind, Definition, Kind, Name, Object, Table};

impl Planner<'_> {
    /// Whether the ops of a table that is on both sides need a new table.
    pub(super) fn is_rebuilt(&self, table: &Name) -> bool {
        let Some(before) = self.from.tables.get(table) else {
            return false;
        };
        self.ops_of(table).any(|op| match op {
            Op::AddColumn { column, .. } => !self.can_add(before, column),
            Op::DropColumn { column, .. } => !self.can_drop(table, before, column),
            Op::AddConstraint { constraint, .. } => self.carrier(table, constraint).is_none(),
            Op::AlterTable { .. }
            | Op::AlterColumn { .. }
            | Op::DropConstraint { .. }
            | Op::RenameConstraint { .. } => true,
            Op::CreateTable { .. }
            | Op::DropTable { .. }
            | Op::RenameTable { .. }
            | Op::RenameColumn { .. }
            // What it says is the same.
            | Op::AlterConstraint { .. }
            | Op::CreateIndex { .. }
            | Op::DropIndex { .. }
            | Op::AlterIndex { .. }
            | Op::RenameIndex { .. }
            | Op::CreateObject { .. }
            | Op::DropObject { .. }
            | Op::AlterObject { .. } => false,
        })
    }

    pub(super) fn alter_in_place(&mut self, name: &Name, after: &Table) {
        let ops: Vec<&Op> = self.ops_of(name).collect();
        for op in &ops {
            if let Op::AddColumn { column, .. } = op {
                let statement = self.add_column(name, after, column);
                let mut carried = vec![(*op).clone()];
                carried.extend(
                    ops.iter()
                        .filter(|op| self.is_carried(op, column))
                        .map(|op| (*op).clone()),
                );
                self.push_for(&carried, statement);
            }
        }
        for op in &ops {
            if let Op::DropColumn { column, .. } = op {
                let sql = format!(
                    "ALTER TABLE {} DROP COLUMN {}",
                    name.sql(SQLITE),
                    SQLITE.quoted(&column.name)
                );
                let mut statement = Statement::new(sql);
                if column.generated.is_none() {
                    let loss = format!("the values of {name}.{}", column.name);
                    statement = statement.with(Hazard::DataLoss(loss));
                }
                self.push_for(
                    std::slice::from_ref(*op),
                    statement.with(Hazard::Rewrite(name.to_string())),
                );
            }
        }
        for op in &ops {
            if let Op::CreateIndex {
                name: called, index, ..
            }
            | Op::RenameIndex {
                to: called, index, ..
            } = op
            {
                let mut hazards = vec![Hazard::Scan(name.to_string())];
                if index.unique {
                    hazards.push(Hazard::MayFail(format!(
                        "rows of {name} that are the same in {}",
                        index.definition
                    )));
                }
                let (now, last) = (self.statements.len(), self.last.len());
                self.create_index(name, called, index, hazards);
                let ops = std::slice::from_ref(*op).into();
                mark(&mut self.statements[now..], &ops);
                mark(&mut self.last[last..], &ops);
            }
        }
    }

    /// Whether an op adds a constraint that comes with a column that is added.
    fn is_carried(&self, op: &Op, column: &Column) -> bool {
        matches!(op, Op::AddConstraint { table, constraint, .. }
            if self.carrier(table, constraint) == Some(column.name.as_str()))
    }

    /// `ADD COLUMN` with the constraints that come with the column.
    fn add_column(&self, table: &Name, after: &Table, column: &Column) -> Statement {
        let mut definition = column_definition(after, column);
        let mut hazards = Vec::new();
        for op in self.ops_of(table) {
            let Op::AddConstraint { name, constraint, .. } = op else {
                continue;
            };
            if self.carrier(table, constraint) != Some(column.name.as_str()) {
                continue;
            }
            let text = constraint.definition.text();
            let text = match constraint.kind {
                ConstraintKind::ForeignKey => references(text),
                _ => {
                    hazards.push(Hazard::MayFail(format!(
                        "rows of {table} that are not as {text} wants them"
                    )));
                    text
                }
            };
            definition.push_str(&format!(" {}", named(name, constraint, text)));
        }
        let mut statement = Statement::new(format!(
            "ALTER TABLE {} ADD COLUMN {definition}",
            table.sql(SQLITE)
        ));
        if column.generated.is_some() && !column.nullable {
            hazards.push(Hazard::MayFail(format!(
                "rows of {table} for which {} is NULL",
                column.name
            )));
        }
        if !hazards.is_empty() {
            statement = statement.with(Hazard::Scan(table.to_string()));
        }
        statement.hazards.extend(hazards);
        statement
    }

    /// The column that is added with the constraint in its definition: the last of those that the constraint needs.
    fn carrier(&self, table: &Name, constraint: &Constraint) -> Option<&str> {
        let can_be_carried = match constraint.kind {
            ConstraintKind::Check => true,
            ConstraintKind::ForeignKey => constraint.columns.len() == 1,
            ConstraintKind::PrimaryKey | ConstraintKind::Unique | ConstraintKind::Exclude => false,
        };
        let added = self.ops_of(table).rev().filter_map(|op| match op {
            Op::AddColumn { column, .. } => Some(&**column),
            _ => None,
        });
        let needs = |column: &&Column| {
            constraint.columns.contains(&column.name)
                // Where foreign keys are on, rows can't get a value that leads somewhere.
                && (constraint.kind != ConstraintKind::ForeignKey || value_of(column).is_none())
        };
        let mut carriers = added.filter(needs);
        carriers
            .next()
            .filter(|_| can_be_carried)
            .map(|column| column.name.as_str())
    }

    /// Whether `ADD COLUMN` can add it to a table that has rows.
    fn can_add(&self, before: &Table, column: &Column) -> bool {
        let has_same_name = |known: &Column| known.name.eq_ignore_ascii_case(&column.name);
        if before.columns.iter().any(has_same_name) {
            return false;
        }
        match (&column.generated, &column.default) {
            (Some(generated), _) => !generated.stored,
            (None, None) => column.nullable,
            (None, Some(default)) => {
                is_constant(default.text()) && (column.nullable || value_of(column).is_some())
            }
        }
    }

    /// Whether nothing names the column, so that `DROP COLUMN` can drop it.
    fn can_drop(&self, table: &Name, before: &Table, column: &Column) -> bool {
        let called = &column.name;
        let has = |columns: &[String]| columns.iter().any(|known| known.eq_ignore_ascii_case(called));
        let in_constraint = before
            .constraints
            .values()
            .any(|constraint| has(&constraint.columns));
        let in_index = before
            .indexes
            .iter()
            .any(|(name, index)| has(&index.columns) && !self.drops_index(table, name));
        let in_column = before.columns.iter().filter_map(|other| other.generated.as_ref());
        let in_column = in_column
            .into_iter()
            .any(|generated| mentions(generated.expression.text(), called));
        let comes_back = |op: &Op| match op {
            Op::AddColumn { column, .. } => column.name.eq_ignore_ascii_case(called),
            _ => false,
        };
        let readers = self.readers(table);
        let in_object = self.standing.iter().any(|(id, object)| {
            let sql = statement(object);
            let about = readers
                .iter()
                .any(|name| id.name.name == *name || mentions(sql, name));
            about && mentions(sql, called) || self.names_what_is_missing(sql)
        });
        !(in_constraint || in_index || in_column || in_object || self.ops_of(table).any(comes_back))
    }

    /// The table, and the views that read it, or read what reads it.
    fn readers<'b>(&'b self, table: &'b Name) -> Vec<&'b str> {
        let mut readers = vec![table.name.as_str()];
        let mut at = 0;
        // Each of them may have readers of its own.
        while let Some(read) = readers.get(at).copied() {
            for (id, object) in &self.standing {
                let name = id.name.name.as_str();
                if id.kind == Kind::View && !readers.contains(&name) && mentions(statement(object), read) {
                    readers.push(name);
                }
            }
            at += 1;
        }
        readers
    }

    /// Whether a view or trigger reads or writes what is not there, be it for the moment: `DROP COLUMN` fails then, whatever it drops.
    fn names_what_is_missing(&self, sql: &str) -> bool {
        let tokens = significant(sql);
        let word = |at: usize| tokens.get(at).map(plain).unwrap_or_default();
        let is_there = |called: &str| {
            let tables = self.from.tables.keys().filter(|name| !self.is_dropped(name));
            let views = self.standing.iter().filter(|(id, _)| id.kind == Kind::View);
            let views = views.map(|(id, _)| &id.name);
            let mut names = tables.chain(views);
            names.any(|name| name.name.eq_ignore_ascii_case(called))
        };
        // `WITH name AS (…)`, `WITH name (a, b) AS (…)`; so does a function look that gives rows.
        let is_made = |called: &str| {
            let follows = |at: usize| word(at + 1) == "(" || word(at + 1) == "as" && word(at + 2) != "select";
            (0..tokens.len()).any(|at| word(at) == called && follows(at))
        };
        let reads = |at: usize| matches!(word(at).as_str(), "from" | "join" | "into" | "update");
        let names = (0..tokens.len()).filter(|at| reads(*at)).map(|at| at + 1);
        let names = names.filter(|at| {
            let is_name = tokens
                .get(*at)
                .is_some_and(|token| matches!(token.kind, TokenKind::Word | TokenKind::Name));
            is_name && !matches!(word(*at).as_str(), "of" | "on" | "or") && word(*at + 1) != "."
        });
        names
            .map(word)
            .any(|called| !is_there(&called) && !is_made(&called))
    }

    fn drops_index(&self, table: &Name, called: &str) -> bool {
        self.ops_of(table).any(|op| match op {
            Op::DropIndex { name, .. } | Op::RenameIndex { from: name, .. } => name == called,
            _ => false,
        })
    }
}

fn statement(object: &Object) -> &str {
    match &object.definition {
        Definition::Stored { create, .. } => create.text(),
        _ => "",
    }
}

/// Whether a default is the same at any time.
fn is_constant(default: &str) -> bool {
    let tokens = significant(default);
    match tokens.as_slice() {
        [only] => match only.kind {
            TokenKind::Number | TokenKind::String => true,
            _ => matches!(plain(only).as_str(), "null" | "true" | "false"),
        },
        [sign, number] => matches!(sign.text, "+" | "-") && number.kind == TokenKind::Number,
        _ => false,
    }
}

/// What of `FOREIGN KEY (…) REFERENCES …` stands in a column's definition.
fn references(definition: &str) -> &str {
    let tokens = significant(definition);
    let start = tokens
        .iter()
        .find(|token| token.kind == TokenKind::Word && plain(token) == "references");
    start.map_or(definition, |start| &definition[start.offset..])
}
