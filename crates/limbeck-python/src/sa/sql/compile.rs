//! Expressions and statements as the text that SQLAlchemy's compilers make of them, with all values as literals.

mod columns;
mod dml;
mod expr;
mod from;
mod operators;
mod select;

use std::collections::HashMap;
use std::rc::Rc;

use limbeck_core::Dialect;

use crate::value::{Outcome, Value};
use crate::vm::Vm;

use super::expr::Expr;
use super::from::From;

/// Values for the names of an execution's parameters.
pub(crate) type Parameters = Vec<(Rc<str>, Value)>;

/// Writes one statement.
pub(super) struct Compiler<'c, 'v> {
    pub(super) vm: &'c mut Vm<'v>,
    dialect: Dialect,
    parameters: Parameters,
    anonymous: Anonymous,
    /// The queries that the one that is written stands in.
    stack: Vec<Level>,
    /// The queries before the statement.
    ctes: Vec<Cte>,
    /// Whether columns have the name of their table before them.
    with_table: bool,
    /// Whether what is written is an operand.
    in_operator: bool,
}

/// A query or statement that others stand in.
#[derive(Debug, Clone, Default)]
struct Level {
    /// Its own tables.
    own: Vec<Rc<From>>,
    /// Those, and the ones of what it stands in.
    all: Vec<Rc<From>>,
}

/// A query before the statement.
struct Cte {
    name: String,
    /// The names of its columns, where they have to be said.
    columns: String,
    sql: String,
    recursive: bool,
}

/// Names that are made up.
#[derive(Default)]
struct Anonymous {
    names: HashMap<(usize, String), String>,
    counters: HashMap<String, usize>,
}

impl Anonymous {
    /// The name of what is at that address: `base_1`, `base_2` …
    fn name(&mut self, address: usize, base: &str) -> String {
        let counters = &mut self.counters;
        let made = self.names.entry((address, base.to_owned())).or_insert_with(|| {
            let counter = counters.entry(base.to_owned()).or_default();
            *counter += 1;
            format!("{base}_{counter}")
        });
        made.clone()
    }
}

impl<'c, 'v> Compiler<'c, 'v> {
    pub(super) fn new(vm: &'c mut Vm<'v>, parameters: Parameters) -> Self {
        Self {
            dialect: vm.dialect,
            vm,
            parameters,
            anonymous: Anonymous::default(),
            stack: Vec::new(),
            ctes: Vec::new(),
            with_table: true,
            in_operator: false,
        }
    }

    fn quote(&self, name: &str) -> String {
        crate::sa::quote::quote(self.dialect, name)
    }

    fn is_mysql(&self) -> bool {
        matches!(self.dialect, Dialect::Mysql | Dialect::Mariadb)
    }

    /// Expressions with `separator` between them.
    fn list(&mut self, exprs: &[Rc<Expr>], separator: &str) -> Outcome<String> {
        let parts = exprs.iter().map(|expr| self.expr(expr));
        Ok(parts.collect::<Outcome<Vec<_>>>()?.join(separator))
    }

    /// Conditions that all have to hold.
    fn conditions(&mut self, clauses: &[Rc<Expr>]) -> Outcome<Option<String>> {
        match super::coerce::conjunction_of(clauses) {
            Some(condition) => self.expr(&condition).map(Some),
            None => Ok(None),
        }
    }

    /// Writes with or without the names of tables before columns.
    fn without_tables<T>(&mut self, write: impl FnOnce(&mut Self) -> Outcome<T>) -> Outcome<T> {
        let before = std::mem::replace(&mut self.with_table, false);
        let result = write(self);
        self.with_table = before;
        result
    }

    /// Writes operands: those of some operators stand in parentheses there.
    fn as_operands<T>(&mut self, write: impl FnOnce(&mut Self) -> Outcome<T>) -> Outcome<T> {
        let before = std::mem::replace(&mut self.in_operator, true);
        let result = write(self);
        self.in_operator = before;
        result
    }

    /// Writes what stands in something that has these tables.
    fn inside<T>(&mut self, own: Vec<Rc<From>>, write: impl FnOnce(&mut Self) -> Outcome<T>) -> Outcome<T> {
        let mut all: Vec<Rc<From>> = own.iter().flat_map(|from| from.objects()).collect();
        let own = all.clone();
        if let Some(outer) = self.stack.last() {
            all.extend(outer.all.iter().cloned());
        }
        self.stack.push(Level { own, all });
        let result = write(self);
        self.stack.pop();
        result
    }

    /// The statement with the queries before it.
    fn with_ctes(&mut self, statement: String) -> String {
        if self.ctes.is_empty() {
            return statement;
        }
        let ctes = std::mem::take(&mut self.ctes);
        let recursive = if ctes.iter().any(|cte| cte.recursive) {
            "RECURSIVE "
        } else {
            ""
        };
        let parts: Vec<String> = ctes
            .iter()
            .map(|cte| format!("{}{} AS \n({})", cte.name, cte.columns, cte.sql))
            .collect();
        format!("WITH {recursive}{}\n{statement}", parts.join(", \n"))
    }
}

/// The address of an expression or a table: what it is known by while a statement is written.
fn address<T>(of: &Rc<T>) -> usize {
    Rc::as_ptr(of).cast::<()>() as usize
}
