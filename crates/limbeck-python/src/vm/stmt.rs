//! Statements.

use std::rc::Rc;

use ruff_python_ast::{
    ExceptHandler, Expr, Stmt, StmtFor, StmtIf, StmtRaise, StmtTry, StmtWhile, StmtWith, WithItem,
};
use ruff_text_size::Ranged;

use super::Vm;
use super::flow::Flow;
use super::generator::{Block, Managed};
use super::scope::Scope;
use crate::value::{Args, Exception, Outcome, Raise, Value};

impl Vm<'_> {
    pub(super) fn block(&mut self, body: &[Stmt], scope: &Rc<Scope>) -> Outcome<Flow> {
        for stmt in body {
            match self.stmt(stmt, scope)? {
                Flow::Next => {}
                flow => return Ok(flow),
            }
        }
        Ok(Flow::Next)
    }

    pub(super) fn stmt(&mut self, stmt: &Stmt, scope: &Rc<Scope>) -> Outcome<Flow> {
        self.at(scope, stmt.start());
        self.take_step()?;
        match stmt {
            Stmt::Expr(stmt) => drop(self.eval(&stmt.value, scope)?),
            Stmt::Assign(stmt) => {
                let value = self.eval_any(&stmt.value, scope)?;
                for target in &stmt.targets {
                    self.assign(target, value.clone(), scope)?;
                }
            }
            Stmt::AnnAssign(stmt) => {
                if let Some(value) = &stmt.value {
                    let value = self.eval(value, scope)?;
                    self.assign(&stmt.target, value, scope)?;
                }
            }
            Stmt::AugAssign(stmt) => self.augmented(stmt, scope)?,
            Stmt::Return(stmt) => {
                let value = stmt.value.as_deref().map(|value| self.eval(value, scope));
                return Ok(Flow::Return(value.transpose()?.unwrap_or(Value::None)));
            }
            Stmt::If(stmt) => return self.if_stmt(stmt, scope),
            Stmt::For(stmt) => return self.for_stmt(stmt, scope),
            Stmt::While(stmt) => return self.while_stmt(stmt, scope),
            Stmt::With(stmt) => return self.with_stmt(stmt, scope),
            Stmt::Try(stmt) => return self.try_stmt(stmt, scope),
            Stmt::Raise(stmt) => return Err(self.raise_stmt(stmt, scope)?),
            Stmt::Assert(stmt) => {
                let test = self.eval(&stmt.test, scope)?;
                if !self.truth(&test)? {
                    let message = stmt.msg.as_deref().map(|message| self.eval(message, scope));
                    let message = message.transpose()?.map(|message| self.text_of(&message));
                    return Err(self.raise("AssertionError", message.transpose()?.unwrap_or_default()));
                }
            }
            Stmt::FunctionDef(definition) => {
                let mut value = self.define(definition, scope)?;
                for decorator in definition.decorator_list.iter().rev() {
                    let decorator = self.eval(&decorator.expression, scope)?;
                    value = self.call(&decorator, Args::of([value]))?;
                }
                scope.set(&definition.name, value);
            }
            Stmt::ClassDef(definition) => {
                let mut value = self.class(definition, scope)?;
                for decorator in definition.decorator_list.iter().rev() {
                    let decorator = self.eval(&decorator.expression, scope)?;
                    value = self.call(&decorator, Args::of([value]))?;
                }
                scope.set(&definition.name, value);
            }
            Stmt::Import(stmt) => self.import(stmt, scope)?,
            Stmt::ImportFrom(stmt) => self.import_from(stmt, scope)?,
            Stmt::Global(stmt) => stmt.names.iter().for_each(|name| scope.send_elsewhere(name)),
            Stmt::Nonlocal(stmt) => stmt.names.iter().for_each(|name| scope.send_elsewhere(name)),
            Stmt::Delete(stmt) => {
                for target in &stmt.targets {
                    self.delete(target, scope)?;
                }
            }
            Stmt::Pass(_) | Stmt::TypeAlias(_) => {}
            Stmt::Break(_) => return Ok(Flow::Break),
            Stmt::Continue(_) => return Ok(Flow::Continue),
            Stmt::Match(_) => return Err(self.unknown("a 'match' statement")),
            Stmt::IpyEscapeCommand(_) => return Err(self.unknown("a notebook's command")),
        }
        Ok(Flow::Next)
    }

    fn if_stmt(&mut self, stmt: &StmtIf, scope: &Rc<Scope>) -> Outcome<Flow> {
        let test = self.eval(&stmt.test, scope)?;
        if self.truth(&test)? {
            return self.block(&stmt.body, scope);
        }
        for clause in &stmt.elif_else_clauses {
            let holds = match &clause.test {
                None => true,
                Some(test) => {
                    self.at(scope, test.start());
                    let test = self.eval(test, scope)?;
                    self.truth(&test)?
                }
            };
            if holds {
                return self.block(&clause.body, scope);
            }
        }
        Ok(Flow::Next)
    }

    fn for_stmt(&mut self, stmt: &StmtFor, scope: &Rc<Scope>) -> Outcome<Flow> {
        if stmt.is_async {
            return Err(self.unknown("'async for'"));
        }
        let values = self.eval(&stmt.iter, scope)?;
        for value in self.iterate(&values)? {
            self.assign(&stmt.target, value, scope)?;
            match self.block(&stmt.body, scope)? {
                Flow::Next | Flow::Continue => {}
                Flow::Break => return Ok(Flow::Next),
                flow @ Flow::Return(_) => return Ok(flow),
            }
        }
        self.block(&stmt.orelse, scope)
    }

    fn while_stmt(&mut self, stmt: &StmtWhile, scope: &Rc<Scope>) -> Outcome<Flow> {
        loop {
            self.at(scope, stmt.start());
            let test = self.eval(&stmt.test, scope)?;
            if !self.truth(&test)? {
                return self.block(&stmt.orelse, scope);
            }
            match self.block(&stmt.body, scope)? {
                Flow::Next | Flow::Continue => {}
                Flow::Break => return Ok(Flow::Next),
                flow @ Flow::Return(_) => return Ok(flow),
            }
        }
    }

    fn with_stmt(&mut self, stmt: &StmtWith, scope: &Rc<Scope>) -> Outcome<Flow> {
        if stmt.is_async {
            return Err(self.unknown("'async with'"));
        }
        self.with_items(&stmt.items, &stmt.body, scope)
    }

    pub(super) fn with_items(
        &mut self,
        items: &[WithItem],
        body: &[Stmt],
        scope: &Rc<Scope>,
    ) -> Outcome<Flow> {
        let Some((item, rest)) = items.split_first() else {
            return self.block(body, scope);
        };
        let manager = self.eval(&item.context_expr, scope)?;
        if let Some(managed) = manager.downcast::<Managed>() {
            let block = Block {
                target: item.optional_vars.as_deref().cloned(),
                rest: rest.to_vec(),
                body: body.to_vec(),
                scope: scope.clone(),
                is_run: false,
                flow: None,
            };
            return self.manage(&managed, block);
        }
        let entered = self.enter(&manager)?;
        if let Some(target) = &item.optional_vars {
            self.assign(target, entered, scope)?;
        }
        match self.with_items(rest, body, scope) {
            Ok(flow) => {
                self.exit(&manager, None)?;
                Ok(flow)
            }
            Err(Raise::Exception(error)) => {
                if self.exit(&manager, Some(&error))? {
                    Ok(Flow::Next)
                } else {
                    Err(Raise::Exception(error))
                }
            }
            // Nothing of the program is run any more.
            Err(stop @ Raise::Stop(_)) => Err(stop),
        }
    }

    fn try_stmt(&mut self, stmt: &StmtTry, scope: &Rc<Scope>) -> Outcome<Flow> {
        let result = match self.block(&stmt.body, scope) {
            Ok(Flow::Next) => self.block(&stmt.orelse, scope),
            Err(Raise::Exception(error)) => self.handle(stmt, error, scope),
            other => other,
        };
        if matches!(result, Err(Raise::Stop(_))) {
            return result;
        }
        match self.block(&stmt.finalbody, scope)? {
            Flow::Next => result,
            flow => Ok(flow),
        }
    }

    fn handle(&mut self, stmt: &StmtTry, error: Exception, scope: &Rc<Scope>) -> Outcome<Flow> {
        if stmt.is_star {
            return Err(self.unknown("'except*'"));
        }
        for ExceptHandler::ExceptHandler(handler) in &stmt.handlers {
            let matches = match &handler.type_ {
                None => true,
                Some(class) => {
                    let class = self.eval(class, scope)?;
                    self.is_instance(&error.value, &class)?
                }
            };
            if matches {
                if let Some(name) = &handler.name {
                    scope.set(name, error.value.clone());
                }
                self.handled.push(error);
                let result = self.block(&handler.body, scope);
                self.handled.pop();
                return result;
            }
        }
        Err(Raise::Exception(error))
    }

    fn raise_stmt(&mut self, stmt: &StmtRaise, scope: &Rc<Scope>) -> Outcome<Raise> {
        let Some(value) = stmt.exc.as_deref() else {
            return Ok(match self.handled.last() {
                Some(error) => Raise::Exception(error.clone()),
                None => self.raise("RuntimeError", "No active exception to reraise"),
            });
        };
        let value = self.eval(value, scope)?;
        let value = match value {
            Value::Class(_) => self.call(&value, Args::default())?,
            value => value,
        };
        if !matches!(value, Value::Instance(_)) {
            return Ok(self.type_error("exceptions must derive from BaseException"));
        }
        // The error of a database that is raised again is still that error.
        let again = self
            .handled
            .iter()
            .rev()
            .find(|error| same_instance(&error.value, &value));
        if let Some(error) = again {
            return Ok(Raise::Exception(error.clone()));
        }
        let (file, line) = self.place();
        Ok(Raise::Exception(Exception {
            value,
            file,
            line,
            database: None,
        }))
    }

    fn delete(&mut self, target: &Expr, scope: &Rc<Scope>) -> Outcome<()> {
        match target {
            Expr::Name(name) => {
                if scope.remove(&name.id) {
                    return Ok(());
                }
                Err(self.raise("NameError", format!("name '{}' is not defined", name.id)))
            }
            Expr::Subscript(subscript) => {
                let container = self.eval(&subscript.value, scope)?;
                let key = self.eval(&subscript.slice, scope)?;
                self.delete_item(&container, &key)
            }
            _ => Err(self.unknown("this kind of 'del'")),
        }
    }
}

fn same_instance(a: &Value, b: &Value) -> bool {
    matches!((a, b), (Value::Instance(a), Value::Instance(b)) if Rc::ptr_eq(a, b))
}
