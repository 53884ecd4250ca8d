//! Functions with `yield`. They are run to their end when they are called, which is the same as long as they do nothing but
//! compute; one that talks to the database is refused. What stands around the block of a `with` runs that block where it yields.

use std::rc::Rc;

use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_python_ast::{Expr, Stmt, WithItem};

use super::Vm;
use super::flow::Flow;
use super::function::Function;
use super::iter::Iter;
use super::scope::Scope;
use crate::value::{Args, Object, Outcome, Value};

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

/// What becomes of what a function yields.
#[derive(Debug)]
pub(super) enum Yielded {
    /// It is kept.
    Values(Vec<Value>),
    /// The block of a `with` is run for it, there and then.
    Block(Block),
}

/// The block of a `with` statement whose manager is a function (`@contextlib.contextmanager`).
#[derive(Debug)]
pub(super) struct Block {
    pub(super) target: Option<Expr>,
    /// The managers behind it in the same statement.
    pub(super) rest: Vec<WithItem>,
    pub(super) body: Vec<Stmt>,
    pub(super) scope: Rc<Scope>,
    /// Whether it was run, and how it ended, unless by an exception.
    pub(super) is_run: bool,
    pub(super) flow: Option<Flow>,
}

/// What `@contextlib.contextmanager` makes of a call.
#[derive(Debug)]
pub(crate) struct Managed {
    pub(crate) function: Rc<Function>,
    pub(crate) args: Args,
}

impl Object for Managed {
    fn class_name(&self) -> &'static str {
        "_GeneratorContextManager"
    }

    // `with` knows it; others would need it in two parts.
    fn enter(self: Rc<Self>, vm: &mut Vm<'_>) -> Outcome<Value> {
        Err(vm.unknown("a function as a context manager outside of 'with'"))
    }
}

impl Vm<'_> {
    /// Runs a function with `yield`; gives what it yielded.
    pub(super) fn generate(&mut self, body: &[Stmt], scope: &Rc<Scope>) -> Outcome<Value> {
        self.yielded.push(Yielded::Values(Vec::new()));
        let result = self.block(body, scope);
        let values = match self.yielded.pop() {
            Some(Yielded::Values(values)) => values,
            _ => Vec::new(),
        };
        result?;
        Ok(Value::object(Iter::new(values)))
    }

    /// Runs a function around the block of a `with`, which stands where it yields: so exceptions of the block are raised there.
    pub(super) fn manage(&mut self, managed: &Managed, block: Block) -> Outcome<Flow> {
        self.yielded.push(Yielded::Block(block));
        let result = self.run_function(&managed.function, managed.args.clone(), Self::block_of_function);
        let Some(Yielded::Block(block)) = self.yielded.pop() else {
            return Err(self.unknown("a generator in a context manager"));
        };
        result?;
        match (block.is_run, block.flow) {
            (false, _) => Err(self.raise("RuntimeError", "generator didn't yield")),
            // An exception that the function dealt with.
            (true, None) => Ok(Flow::Next),
            (true, Some(flow)) => Ok(flow),
        }
    }

    pub(super) fn yield_value(&mut self, value: Value) -> Outcome<()> {
        match self.yielded.pop() {
            Some(Yielded::Values(mut values)) if values.len() < MOST => {
                values.push(value);
                self.yielded.push(Yielded::Values(values));
                Ok(())
            }
            Some(Yielded::Block(mut block)) if !block.is_run => {
                block.is_run = true;
                let flow = self.run_block(&block, value);
                let result = match flow {
                    Ok(flow) => {
                        block.flow = Some(flow);
                        Ok(())
                    }
                    Err(raise) => Err(raise),
                };
                self.yielded.push(Yielded::Block(block));
                result
            }
            Some(block @ Yielded::Block(_)) => {
                self.yielded.push(block);
                Err(self.raise("RuntimeError", "generator didn't stop"))
            }
            _ => Err(self.unknown("a generator that goes on for so long")),
        }
    }

    fn run_block(&mut self, block: &Block, value: Value) -> Outcome<Flow> {
        if let Some(target) = &block.target {
            self.assign(target, value, &block.scope)?;
        }
        self.with_items(&block.rest, &block.body, &block.scope)
    }

    /// Whether the generator that is running is to be done before anybody sees what it does.
    pub(super) fn is_generating(&self) -> bool {
        self.yielded
            .iter()
            .any(|yielded| matches!(yielded, Yielded::Values(_)))
    }
}
