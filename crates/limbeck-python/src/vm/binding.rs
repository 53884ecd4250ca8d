//! Which names the statements of a module bind or change.

use std::collections::{HashMap, HashSet};

use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_python_ast::{Expr, ExprContext, Stmt};

/// The statements that bind or change each name.
pub(super) fn about(statements: &[Stmt]) -> HashMap<String, Vec<usize>> {
    let mut about: HashMap<String, Vec<usize>> = HashMap::new();
    // What a module does not bind is not its own to change: a built-in function, say.
    let own: HashSet<String> = bound_names(statements).into_iter().collect();
    let modules: HashSet<String> = statements
        .iter()
        .filter(|stmt| matches!(stmt, Stmt::Import(_)))
        .flat_map(|stmt| bound_names(std::slice::from_ref(stmt)))
        .collect();
    for (at, stmt) in statements.iter().enumerate() {
        let mut names = bound_names(std::slice::from_ref(stmt));
        if let Stmt::FunctionDef(definition) = stmt {
            let mut mentioned = Mentioned(Vec::new());
            for decorator in definition
                .decorator_list
                .iter()
                .filter(|decorator| compiles(decorator))
            {
                mentioned.visit_expr(&decorator.expression);
            }
            names.extend(
                mentioned
                    .0
                    .into_iter()
                    .filter(|name| own.contains(name) && name != "compiles"),
            );
        }
        if changes(stmt) {
            let mut mentioned = Mentioned(Vec::new());
            mentioned.visit_stmt(stmt);
            // A module is not changed by those who take something of it.
            let is_own = |name: &String| own.contains(name) && !modules.contains(name);
            names.extend(mentioned.0.into_iter().filter(is_own));
        }
        names.sort();
        names.dedup();
        for name in names {
            about.entry(name).or_default().push(at);
        }
    }
    about
}

/// `@compiles(Type, "postgresql")` says how a class is written.
fn compiles(decorator: &ruff_python_ast::Decorator) -> bool {
    let Expr::Call(call) = &decorator.expression else {
        return false;
    };
    match &*call.func {
        Expr::Name(name) => name.id == "compiles",
        Expr::Attribute(attribute) => attribute.attr.as_str() == "compiles",
        _ => false,
    }
}

/// Whether a statement may change what it only mentions.
fn changes(stmt: &Stmt) -> bool {
    match stmt {
        Stmt::Assign(stmt) => stmt
            .targets
            .iter()
            .any(|target| matches!(target, Expr::Subscript(_) | Expr::Attribute(_))),
        Stmt::Expr(_)
        | Stmt::AugAssign(_)
        | Stmt::For(_)
        | Stmt::While(_)
        | Stmt::With(_)
        | Stmt::Delete(_) => true,
        Stmt::If(stmt) => {
            stmt.body.iter().any(changes)
                || stmt
                    .elif_else_clauses
                    .iter()
                    .any(|clause| clause.body.iter().any(changes))
        }
        Stmt::Try(stmt) => stmt
            .body
            .iter()
            .chain(&stmt.orelse)
            .chain(&stmt.finalbody)
            .any(changes),
        _ => false,
    }
}

/// The names that statements bind, in the order of the source.
pub(super) fn bound_names(statements: &[Stmt]) -> Vec<String> {
    let mut bound = Bound(Vec::new());
    bound.visit_body(statements);
    let mut seen = HashSet::new();
    bound.0.retain(|name| seen.insert(name.clone()));
    bound.0
}

struct Bound(Vec<String>);

impl<'a> Visitor<'a> for Bound {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::FunctionDef(definition) => self.0.push(definition.name.to_string()),
            Stmt::ClassDef(definition) => self.0.push(definition.name.to_string()),
            Stmt::Import(stmt) => {
                for alias in &stmt.names {
                    let first = alias.name.split('.').next().unwrap_or_default();
                    self.0.push(
                        alias
                            .asname
                            .as_ref()
                            .map_or(first.to_owned(), ToString::to_string),
                    );
                }
            }
            Stmt::ImportFrom(stmt) => {
                for alias in &stmt.names {
                    self.0
                        .push(alias.asname.as_ref().unwrap_or(&alias.name).to_string());
                }
            }
            stmt => walk_stmt(self, stmt),
        }
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Name(name) if name.ctx == ExprContext::Store => self.0.push(name.id.to_string()),
            Expr::Lambda(_)
            | Expr::ListComp(_)
            | Expr::SetComp(_)
            | Expr::DictComp(_)
            | Expr::Generator(_) => {}
            expr => walk_expr(self, expr),
        }
    }
}

struct Mentioned(Vec<String>);

impl<'a> Visitor<'a> for Mentioned {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        if !matches!(stmt, Stmt::FunctionDef(_) | Stmt::ClassDef(_)) {
            walk_stmt(self, stmt);
        }
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        if let Expr::Name(name) = expr {
            self.0.push(name.id.to_string());
        }
        walk_expr(self, expr);
    }
}
