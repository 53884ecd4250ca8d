//! Expressions.

use std::rc::Rc;

use ruff_python_ast::{
    BoolOp, CmpOp, Comprehension, ConversionFlag, Expr, ExprCall, ExprCompare, ExprFString, ExprSlice,
    FStringPart, InterpolatedStringElement, InterpolatedStringElements, Number, Operator, UnaryOp,
};
use ruff_text_size::Ranged;

use super::Vm;
use super::iter::Iter;
use super::scope::Scope;
use super::slice::Slice;
use crate::sa::orm::Model;
use crate::value::{Args, Binary, Compare, Dict, Outcome, Unary, Value};

impl Vm<'_> {
    pub(super) fn eval(&mut self, expr: &Expr, scope: &Rc<Scope>) -> Outcome<Value> {
        let value = self.eval_any(expr, scope)?;
        match value.downcast::<Model>() {
            Some(model) => Err(self.unknown(format!("'{}' of the ORM", model.name))),
            None => Ok(value),
        }
    }

    /// The value where a model's class may stand too: it has a name, constants and subclasses, and is not known otherwise.
    pub(super) fn eval_any(&mut self, expr: &Expr, scope: &Rc<Scope>) -> Outcome<Value> {
        const RED_ZONE: usize = 256 * 1024;
        const MORE: usize = 4 * 1024 * 1024;
        stacker::maybe_grow(RED_ZONE, MORE, || self.eval_here(expr, scope))
    }

    fn eval_here(&mut self, expr: &Expr, scope: &Rc<Scope>) -> Outcome<Value> {
        match expr {
            Expr::Name(name) => self.name(&name.id, scope),
            Expr::StringLiteral(text) => Ok(Value::str(text.value.to_str())),
            Expr::BytesLiteral(bytes) => Ok(Value::Bytes(bytes.value.bytes().collect())),
            Expr::NumberLiteral(number) => self.number(&number.value),
            Expr::BooleanLiteral(literal) => Ok(Value::Bool(literal.value)),
            Expr::NoneLiteral(_) => Ok(Value::None),
            Expr::EllipsisLiteral(_) => Ok(Value::Ellipsis),
            Expr::FString(text) => self.f_string(text, scope),
            Expr::Attribute(attribute) => {
                let value = self.eval_any(&attribute.value, scope)?;
                self.attribute(&value, &attribute.attr)
            }
            Expr::Call(call) => self.call_expr(call, scope),
            Expr::Subscript(subscript) => {
                let value = self.eval(&subscript.value, scope)?;
                let key = self.eval(&subscript.slice, scope)?;
                self.item(&value, &key)
            }
            Expr::Slice(slice) => self.slice(slice, scope),
            Expr::List(list) => Ok(Value::list(self.elements(&list.elts, scope)?)),
            Expr::Tuple(tuple) => Ok(Value::tuple(self.elements(&tuple.elts, scope)?)),
            Expr::Set(set) => {
                let elements = self.elements(&set.elts, scope)?;
                self.set_of(elements)
            }
            Expr::Dict(dict) => self.dict(dict, scope),
            Expr::BoolOp(op) => self.bool_op(op.op, &op.values, scope),
            Expr::UnaryOp(op) => {
                let value = self.eval(&op.operand, scope)?;
                match op.op {
                    UnaryOp::Not => Ok(Value::Bool(!self.truth(&value)?)),
                    UnaryOp::USub => self.unary(Unary::Minus, &value),
                    UnaryOp::UAdd => self.unary(Unary::Plus, &value),
                    UnaryOp::Invert => self.unary(Unary::Invert, &value),
                }
            }
            Expr::BinOp(op) => {
                let left = self.eval(&op.left, scope)?;
                let right = self.eval(&op.right, scope)?;
                self.binary(operator(op.op), &left, &right)
            }
            Expr::Compare(compare) => self.comparison(compare, scope),
            Expr::If(choice) => {
                let test = self.eval(&choice.test, scope)?;
                let chosen = if self.truth(&test)? {
                    &choice.body
                } else {
                    &choice.orelse
                };
                self.eval(chosen, scope)
            }
            Expr::Named(named) => {
                let value = self.eval(&named.value, scope)?;
                self.assign(&named.target, value.clone(), &scope.of_walrus())?;
                Ok(value)
            }
            Expr::Lambda(lambda) => self.lambda(lambda, scope),
            Expr::ListComp(list) => Ok(Value::list(self.comprehension(
                &list.elt,
                &list.generators,
                scope,
            )?)),
            Expr::SetComp(set) => {
                let values = self.comprehension(&set.elt, &set.generators, scope)?;
                self.set_of(values)
            }
            Expr::Generator(generator) => {
                let values = self.comprehension(&generator.elt, &generator.generators, scope)?;
                Ok(Value::object(Iter::new(values)))
            }
            Expr::DictComp(comp) => {
                let mut dict = Dict::default();
                let Some(key) = &comp.key else {
                    return Err(self.unknown("this comprehension"));
                };
                let inner = Scope::comprehension(scope);
                self.each(&comp.generators, &inner, &mut |vm, scope| {
                    let key = vm.eval(key, scope)?;
                    let value = vm.eval(&comp.value, scope)?;
                    dict.insert(vm, key, value)
                })?;
                Ok(Value::dict(dict))
            }
            Expr::Yield(expr) => {
                let value = expr.value.as_deref().map(|value| self.eval(value, scope));
                let value = value.transpose()?.unwrap_or(Value::None);
                self.yield_value(value)?;
                Ok(Value::None)
            }
            Expr::YieldFrom(expr) => {
                let values = self.eval(&expr.value, scope)?;
                for value in self.iterate(&values)? {
                    self.yield_value(value)?;
                }
                Ok(Value::None)
            }
            Expr::Await(_) => Err(self.unknown("'await'")),
            Expr::TString(_) => Err(self.unknown("a template string")),
            Expr::Starred(_) => Err(self.unknown("a star here")),
            Expr::IpyEscapeCommand(_) => Err(self.unknown("a notebook's command")),
        }
    }

    fn number(&self, number: &Number) -> Outcome<Value> {
        match number {
            Number::Int(value) => value
                .to_string()
                .parse()
                .map(Value::Int)
                .map_err(|_| self.unknown(format!("so large a number as {value}"))),
            Number::Float(value) => Ok(Value::Float(*value)),
            Number::Complex { .. } => Err(self.unknown("a complex number")),
        }
    }

    fn elements(&mut self, elements: &[Expr], scope: &Rc<Scope>) -> Outcome<Vec<Value>> {
        let mut values = Vec::with_capacity(elements.len());
        for element in elements {
            match element {
                Expr::Starred(starred) => {
                    let several = self.eval(&starred.value, scope)?;
                    values.extend(self.iterate(&several)?);
                }
                element => values.push(self.eval(element, scope)?),
            }
        }
        Ok(values)
    }

    pub(crate) fn set_of(&mut self, values: Vec<Value>) -> Outcome<Value> {
        let mut set = Dict::default();
        for value in values {
            set.insert(self, value, Value::None)?;
        }
        Ok(Value::set(set))
    }

    fn dict(&mut self, expr: &ruff_python_ast::ExprDict, scope: &Rc<Scope>) -> Outcome<Value> {
        let mut dict = Dict::default();
        for item in &expr.items {
            let value = self.eval(&item.value, scope)?;
            match &item.key {
                Some(key) => {
                    let key = self.eval(key, scope)?;
                    dict.insert(self, key, value)?;
                }
                None => {
                    for (key, value) in self.pairs(&value)? {
                        dict.insert(self, key, value)?;
                    }
                }
            }
        }
        Ok(Value::dict(dict))
    }

    fn bool_op(&mut self, op: BoolOp, values: &[Expr], scope: &Rc<Scope>) -> Outcome<Value> {
        let mut last = Value::None;
        for value in values {
            last = self.eval(value, scope)?;
            if self.truth(&last)? != (op == BoolOp::And) {
                break;
            }
        }
        Ok(last)
    }

    fn comparison(&mut self, expr: &ExprCompare, scope: &Rc<Scope>) -> Outcome<Value> {
        let mut left = self.eval(&expr.left, scope)?;
        let mut result = Value::Bool(true);
        for (at, (op, right)) in expr.ops.iter().zip(&expr.comparators).enumerate() {
            let right = self.eval(right, scope)?;
            result = self.compare_one(*op, &left, &right)?;
            if at + 1 < expr.ops.len() && !self.truth(&result)? {
                break;
            }
            left = right;
        }
        Ok(result)
    }

    fn compare_one(&mut self, op: CmpOp, left: &Value, right: &Value) -> Outcome<Value> {
        let op = match op {
            CmpOp::Eq => Compare::Eq,
            CmpOp::NotEq => Compare::NotEq,
            CmpOp::Lt => Compare::Lt,
            CmpOp::LtE => Compare::LtE,
            CmpOp::Gt => Compare::Gt,
            CmpOp::GtE => Compare::GtE,
            CmpOp::Is => return Ok(Value::Bool(self.is_same(left, right)?)),
            CmpOp::IsNot => return Ok(Value::Bool(!self.is_same(left, right)?)),
            CmpOp::In => return Ok(Value::Bool(self.contains(right, left)?)),
            CmpOp::NotIn => return Ok(Value::Bool(!self.contains(right, left)?)),
        };
        self.compare(op, left, right)
    }

    fn call_expr(&mut self, call: &ExprCall, scope: &Rc<Scope>) -> Outcome<Value> {
        if let Expr::Name(name) = &*call.func
            && name.id.as_str() == "super"
        {
            return self.super_of(call, scope);
        }
        let function = self.eval(&call.func, scope)?;
        let mut args = Args {
            positional: self.elements(&call.arguments.args, scope)?.into(),
            keywords: Vec::new(),
        };
        for keyword in &call.arguments.keywords {
            let value = self.eval(&keyword.value, scope)?;
            match &keyword.arg {
                Some(name) => args.keywords.push((name.to_string(), value)),
                None => {
                    for (key, value) in self.pairs(&value)? {
                        let Some(key) = key.as_str() else {
                            return Err(self.type_error("keywords must be strings"));
                        };
                        args.keywords.push((key.to_owned(), value));
                    }
                }
            }
        }
        self.at(scope, call.start());
        self.call(&function, args)
    }

    fn slice(&mut self, slice: &ExprSlice, scope: &Rc<Scope>) -> Outcome<Value> {
        let mut part = |expr: &Option<Box<Expr>>| match expr {
            None => Ok(Value::None),
            Some(expr) => self.eval(expr, scope),
        };
        Ok(Value::object(Slice {
            start: part(&slice.lower)?,
            stop: part(&slice.upper)?,
            step: part(&slice.step)?,
        }))
    }

    fn f_string(&mut self, text: &ExprFString, scope: &Rc<Scope>) -> Outcome<Value> {
        let mut result = String::new();
        for part in &text.value {
            match part {
                FStringPart::Literal(literal) => result.push_str(&literal.value),
                FStringPart::FString(part) => self.interpolate(&part.elements, scope, &mut result)?,
            }
        }
        Ok(Value::str(result))
    }

    fn interpolate(
        &mut self,
        elements: &InterpolatedStringElements,
        scope: &Rc<Scope>,
        result: &mut String,
    ) -> Outcome<()> {
        for element in elements {
            let element = match element {
                InterpolatedStringElement::Literal(literal) => {
                    result.push_str(&literal.value);
                    continue;
                }
                InterpolatedStringElement::Interpolation(element) => element,
            };
            if element.debug_text.is_some() {
                return Err(self.unknown("'=' in an f-string"));
            }
            let value = self.eval(&element.expression, scope)?;
            let value = match element.conversion {
                ConversionFlag::None => value,
                ConversionFlag::Str => Value::str(self.text_of(&value)?),
                ConversionFlag::Repr => Value::str(self.repr(&value)?),
                ConversionFlag::Ascii => return Err(self.unknown("'!a' in an f-string")),
            };
            let mut spec = String::new();
            if let Some(format) = &element.format_spec {
                self.interpolate(&format.elements, scope, &mut spec)?;
            }
            result.push_str(&self.format(&value, &spec)?);
        }
        Ok(())
    }

    fn comprehension(
        &mut self,
        element: &Expr,
        generators: &[Comprehension],
        scope: &Rc<Scope>,
    ) -> Outcome<Vec<Value>> {
        let mut values = Vec::new();
        let inner = Scope::comprehension(scope);
        self.each(generators, &inner, &mut |vm, scope| {
            values.push(vm.eval(element, scope)?);
            Ok(())
        })?;
        Ok(values)
    }

    fn each(
        &mut self,
        generators: &[Comprehension],
        scope: &Rc<Scope>,
        body: &mut dyn FnMut(&mut Self, &Rc<Scope>) -> Outcome<()>,
    ) -> Outcome<()> {
        let Some((generator, rest)) = generators.split_first() else {
            return body(self, scope);
        };
        if generator.is_async {
            return Err(self.unknown("'async for'"));
        }
        let values = self.eval(&generator.iter, scope)?;
        'values: for value in self.iterate(&values)? {
            self.assign(&generator.target, value, scope)?;
            for condition in &generator.ifs {
                let condition = self.eval(condition, scope)?;
                if !self.truth(&condition)? {
                    continue 'values;
                }
            }
            self.each(rest, scope, body)?;
        }
        Ok(())
    }
}

pub(super) fn operator(op: Operator) -> Binary {
    match op {
        Operator::Add => Binary::Add,
        Operator::Sub => Binary::Sub,
        Operator::Mult => Binary::Mul,
        Operator::MatMult => Binary::MatMul,
        Operator::Div => Binary::Div,
        Operator::Mod => Binary::Mod,
        Operator::Pow => Binary::Pow,
        Operator::LShift => Binary::LeftShift,
        Operator::RShift => Binary::RightShift,
        Operator::BitOr => Binary::BitOr,
        Operator::BitXor => Binary::BitXor,
        Operator::BitAnd => Binary::BitAnd,
        Operator::FloorDiv => Binary::FloorDiv,
    }
}
