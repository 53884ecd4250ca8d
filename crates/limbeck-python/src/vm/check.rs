//! Looks through what a function may run, before it is run: for what the evaluator does not know. What stands in a branch that is
//! never taken is found too; so a finding is a doubt, and no proof.

use std::collections::HashSet;
use std::rc::Rc;

use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_python_ast::{Expr, ExprContext, Stmt};
use ruff_text_size::{Ranged, TextSize};

use super::scope::Scope;
use super::{Function, StandIn, Vm, binding};
use crate::sa::orm::Model;
use crate::value::{Module, Raise, Stop, Value};

/// Something in a program that the evaluator does not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Doubt {
    pub(crate) file: Rc<str>,
    pub(crate) line: usize,
    pub(crate) what: String,
}

impl Vm<'_> {
    /// What the evaluator does not know in `function`, and in the functions of the project's that it calls.
    pub(super) fn doubts(&mut self, function: &Rc<Function>) -> Vec<Doubt> {
        let mut doubts = Vec::new();
        let mut seen = HashSet::new();
        let mut open = vec![function.clone()];
        while let Some(function) = open.pop() {
            if seen.insert(Rc::as_ptr(&function) as usize) {
                self.doubts_of(&function, &mut doubts, &mut open);
            }
        }
        doubts.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
        doubts.dedup();
        doubts
    }

    fn doubts_of(&mut self, function: &Rc<Function>, doubts: &mut Vec<Doubt>, open: &mut Vec<Rc<Function>>) {
        let body = function.statements();
        let mut uses = Uses::default();
        uses.visit_body(body);
        let mut own: HashSet<String> = binding::bound_names(body).into_iter().collect();
        own.extend(function.parameter_names());
        own.extend(uses.bound.iter().cloned());
        let scope = function.scope();
        for (path, at) in uses.paths {
            if own.contains(&path[0]) {
                continue;
            }
            match self.follow(&path, scope) {
                Ok(Some(Value::Function(called))) => open.push(called),
                Ok(_) => {}
                Err(what) => doubts.push(Doubt {
                    file: scope.source.file.clone(),
                    line: scope.source.line(at),
                    what,
                }),
            }
        }
        for (what, at) in uses.unknown {
            doubts.push(Doubt {
                file: scope.source.file.clone(),
                line: scope.source.line(at),
                what: what.to_owned(),
            });
        }
    }

    /// The value of `a.b.c`, as far as it is a module's; or what is not known about it.
    fn follow(&mut self, path: &[String], scope: &Rc<Scope>) -> Result<Option<Value>, String> {
        let mut value = match self.name(&path[0], scope) {
            Ok(value) => value,
            Err(raise) => return doubt(raise),
        };
        for name in &path[1..] {
            let known = value.downcast::<Module>().is_some()
                || value.downcast::<StandIn>().is_some()
                || value.downcast::<Model>().is_some();
            if !known {
                return Ok(None);
            }
            value = match self.attribute(&value, name) {
                Ok(value) => value,
                Err(raise) => return doubt(raise),
            };
        }
        if let Some(model) = value.downcast::<Model>() {
            return Err(format!("'{}' of the ORM", model.name));
        }
        match value.downcast::<StandIn>() {
            Some(outside) => Err(format!("'{}', which is imported from outside,", outside.name)),
            None => Ok(Some(value)),
        }
    }
}

/// An exception is the program's own affair.
fn doubt(raise: Raise) -> Result<Option<Value>, String> {
    match raise {
        Raise::Stop(stop) => match *stop {
            Stop::Unknown { what, .. } => Err(what),
            Stop::NeedsDatabase { .. } | Stop::Bind { .. } => Ok(None),
        },
        Raise::Exception(_) => Ok(None),
    }
}

/// What a body uses: dotted names, and constructs that are not known.
#[derive(Default)]
struct Uses {
    paths: Vec<(Vec<String>, TextSize)>,
    /// Names that comprehensions, inner functions and the like bind.
    bound: Vec<String>,
    unknown: Vec<(&'static str, TextSize)>,
}

impl<'a> Visitor<'a> for Uses {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::Match(_) => self.unknown.push(("a 'match' statement", stmt.start())),
            Stmt::FunctionDef(definition) => {
                if definition.is_async {
                    self.unknown.push(("'async def'", stmt.start()));
                }
                let parameters = definition
                    .parameters
                    .iter()
                    .map(|parameter| parameter.name().to_string());
                self.bound.extend(parameters);
                self.bound.extend(binding::bound_names(&definition.body));
                self.visit_body(&definition.body);
                return;
            }
            Stmt::ClassDef(definition) => {
                self.bound.extend(binding::bound_names(&definition.body));
                definition.bases().iter().for_each(|base| self.visit_expr(base));
                return;
            }
            // What is not known there is an error either way.
            Stmt::Raise(_) => return,
            // Annotations say nothing.
            Stmt::AnnAssign(assign) => {
                assign.value.iter().for_each(|value| self.visit_expr(value));
                return;
            }
            _ => {}
        }
        walk_stmt(self, stmt);
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        if let Some(path) = path(expr) {
            self.paths.push((path, expr.start()));
            return;
        }
        match expr {
            Expr::Await(_) => self.unknown.push(("'await'", expr.start())),
            Expr::Name(name) if name.ctx == ExprContext::Store => self.bound.push(name.id.to_string()),
            Expr::Lambda(lambda) => {
                let parameters = lambda.parameters.iter().flat_map(|parameters| parameters.iter());
                self.bound
                    .extend(parameters.map(|parameter| parameter.name().to_string()));
            }
            _ => {}
        }
        walk_expr(self, expr);
    }
}

/// `a.b.c` as its names.
fn path(expr: &Expr) -> Option<Vec<String>> {
    match expr {
        Expr::Name(name) if name.ctx == ExprContext::Load => Some(vec![name.id.to_string()]),
        Expr::Attribute(attribute) => {
            let mut names = path(&attribute.value)?;
            names.push(attribute.attr.to_string());
            Some(names)
        }
        _ => None,
    }
}
