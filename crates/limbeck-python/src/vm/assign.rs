//! What stands left of `=`.

use std::rc::Rc;

use ruff_python_ast::{Expr, StmtAugAssign};

use super::Vm;
use super::expr::operator;
use super::scope::Scope;
use crate::value::{Binary, Outcome, Value};

impl Vm<'_> {
    pub(super) fn assign(&mut self, target: &Expr, value: Value, scope: &Rc<Scope>) -> Outcome<()> {
        match target {
            Expr::Name(name) => {
                scope.set(&name.id, value);
                Ok(())
            }
            Expr::Tuple(tuple) => self.unpack(&tuple.elts, &value, scope),
            Expr::List(list) => self.unpack(&list.elts, &value, scope),
            Expr::Attribute(attribute) => {
                let object = self.eval(&attribute.value, scope)?;
                self.set_attribute(&object, &attribute.attr, value)
            }
            Expr::Subscript(subscript) => {
                let container = self.eval(&subscript.value, scope)?;
                let key = self.eval(&subscript.slice, scope)?;
                self.set_item(&container, &key, value)
            }
            _ => Err(self.unknown("what stands left of '=' here")),
        }
    }

    fn unpack(&mut self, targets: &[Expr], value: &Value, scope: &Rc<Scope>) -> Outcome<()> {
        let mut values = self.iterate(value)?;
        let star = targets
            .iter()
            .position(|target| matches!(target, Expr::Starred(_)));
        let fits = match star {
            None => values.len() == targets.len(),
            Some(_) => values.len() + 1 >= targets.len(),
        };
        if !fits {
            let (expected, got) = (targets.len() - usize::from(star.is_some()), values.len());
            return Err(self.value_error(if got < expected {
                format!("not enough values to unpack (expected {expected}, got {got})")
            } else {
                format!("too many values to unpack (expected {expected})")
            }));
        }
        if let Some(star) = star {
            let end = values.len() + 1 - (targets.len() - star);
            let middle: Vec<Value> = values.splice(star..end, [Value::None]).collect();
            values[star] = Value::list(middle);
        }
        for (target, value) in targets.iter().zip(values) {
            let target = match target {
                Expr::Starred(starred) => &starred.value,
                target => target,
            };
            self.assign(target, value, scope)?;
        }
        Ok(())
    }

    pub(super) fn augmented(&mut self, stmt: &StmtAugAssign, scope: &Rc<Scope>) -> Outcome<()> {
        let old = self.eval(&stmt.target, scope)?;
        let value = self.eval(&stmt.value, scope)?;
        let op = operator(stmt.op);
        // A list is changed where it is: others that have it see that.
        if let (Value::List(list), Binary::Add) = (&old, op) {
            let more = self.iterate(&value)?;
            list.borrow_mut().extend(more);
            return Ok(());
        }
        if let (Value::Set(_) | Value::Dict(_), Binary::BitOr) = (&old, op) {
            let update = self.attribute(&old, "update")?;
            self.call(&update, crate::value::Args::of([value]))?;
            return Ok(());
        }
        let new = self.binary(op, &old, &value)?;
        self.assign(&stmt.target, new, scope)
    }
}
