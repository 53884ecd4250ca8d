//! Functions with `yield`. They are run to their end when they are called, which is the same as long as they do nothing but
//! compute; one that talks to the database is refused.

use std::rc::Rc;

use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_python_ast::{Expr, Stmt};

use super::Vm;
use super::iter::Iter;
use super::scope::Scope;
use crate::value::{Outcome, Value};

/// Whether a function's body has a `yield` of its own.
pub(super) fn yields(body: &[Stmt]) -> bool {
    let mut finder = Finder(false);
    finder.visit_body(body);
    finder.0
}

struct Finder(bool);

impl<'a> Visitor<'a> for Finder {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        if !matches!(stmt, Stmt::FunctionDef(_) | Stmt::ClassDef(_)) {
            walk_stmt(self, stmt);
        }
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Yield(_) | Expr::YieldFrom(_) => self.0 = true,
            Expr::Lambda(_) => {}
            _ => walk_expr(self, expr),
        }
    }
}

/// More than any migration has use for: a generator without an end is refused rather than waited for.
const MOST: usize = 1_000_000;

impl Vm<'_> {
    pub(super) fn generate(&mut self, body: &[Stmt], scope: &Rc<Scope>) -> Outcome<Value> {
        self.yielded.push(Vec::new());
        let result = self.block(body, scope);
        let values = self.yielded.pop().unwrap_or_default();
        result?;
        Ok(Value::object(Iter::new(values)))
    }

    pub(super) fn yield_value(&mut self, value: Value) -> Outcome<()> {
        match self.yielded.last_mut() {
            Some(values) if values.len() < MOST => {
                values.push(value);
                Ok(())
            }
            _ => Err(self.unknown("a generator that goes on for so long")),
        }
    }
}
