//! Names that a module may have although no statement of it binds them.

use std::rc::Rc;

use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_python_ast::{Expr, Stmt};

use super::Vm;
use super::import::Loaded;
use crate::value::{Module, Outcome};

impl Vm<'_> {
    /// What may define a name of a module, where its statements don't: only Python could tell whether there is none.
    pub(super) fn may_define(&mut self, module: &Rc<Module>, name: &str) -> Outcome<Option<String>> {
        let Some(loaded) = self.loaded.get(&module.name).cloned() else {
            return Ok(None);
        };
        let how = loaded.once(name, || self.stars_may_define(&loaded, name))?;
        if how.is_some() {
            return Ok(how);
        }
        let statements = loaded.statements();
        let gets = |stmt: &Stmt| matches!(stmt, Stmt::FunctionDef(function) if function.name.as_str() == "__getattr__");
        if statements.iter().any(gets) {
            return Ok(Some("'__getattr__'".to_owned()));
        }
        let mut finder = Finder { name, how: None };
        finder.visit_body(statements);
        Ok(finder.how.map(|how| format!("'{how}'")))
    }

    fn stars_may_define(&mut self, loaded: &Loaded, name: &str) -> Outcome<Option<String>> {
        for (wanted, beside) in loaded.stars() {
            let how = match self.load(wanted, beside)? {
                Some(from) if from.find.is_none() => self.may_define(&from, name)?,
                // A module that is not there, or that is known in part.
                _ => Some(format!("'from {wanted} import *'")),
            };
            if how.is_some() {
                return Ok(how);
            }
        }
        Ok(None)
    }
}

struct Finder<'n> {
    name: &'n str,
    how: Option<&'static str>,
}

impl<'a> Visitor<'a> for Finder<'_> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::Global(stmt) if stmt.names.iter().any(|name| name.as_str() == self.name) => {
                self.how = Some("global");
            }
            stmt => walk_stmt(self, stmt),
        }
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        if let Expr::Call(call) = expr
            && let Expr::Name(function) = &*call.func
        {
            let known = ["globals", "exec", "setattr", "vars"];
            self.how = known
                .into_iter()
                .find(|known| *known == function.id.as_str())
                .or(self.how);
        }
        walk_expr(self, expr);
    }
}
