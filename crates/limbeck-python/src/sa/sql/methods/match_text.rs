//! Methods that look at texts: `LIKE` and its relatives.

use std::rc::Rc;

use crate::value::{Args, Outcome, Value};
use crate::vm::Vm;

use super::{Expr, Kind, Method, Modifiers, Operator, Part, coerce};

pub(super) const METHODS: &[(&str, Method)] = &[
    ("like", |vm, this, args| like(vm, this, Operator::Like, args)),
    ("not_like", |vm, this, args| {
        like(vm, this, Operator::NotLike, args)
    }),
    ("notlike", |vm, this, args| {
        like(vm, this, Operator::NotLike, args)
    }),
    ("ilike", |vm, this, args| like(vm, this, Operator::Ilike, args)),
    ("not_ilike", |vm, this, args| {
        like(vm, this, Operator::NotIlike, args)
    }),
    ("notilike", |vm, this, args| {
        like(vm, this, Operator::NotIlike, args)
    }),
    ("startswith", |vm, this, args| {
        part(vm, this, Part::Start, false, args)
    }),
    ("endswith", |vm, this, args| {
        part(vm, this, Part::End, false, args)
    }),
    ("contains", |vm, this, args| {
        part(vm, this, Part::Within, false, args)
    }),
    ("istartswith", |vm, this, args| {
        part(vm, this, Part::Start, true, args)
    }),
    ("iendswith", |vm, this, args| {
        part(vm, this, Part::End, true, args)
    }),
    ("icontains", |vm, this, args| {
        part(vm, this, Part::Within, true, args)
    }),
    ("match", |vm, this, mut args| {
        let other = args.need(vm, "other")?;
        if let Some((name, _)) = args.keywords.first() {
            return Err(vm.unknown(format!("match() with '{name}'")));
        }
        coerce::compare(vm, this, Operator::Match, &other).map(|made| Value::Object(made))
    }),
    ("regexp_match", |vm, this, mut args| {
        let pattern = args.need(vm, "pattern")?;
        let right = coerce::operand(vm, &pattern, &this.type_)?;
        let modifiers = flags(vm, args, "regexp_match")?;
        let op = Operator::RegexpMatch;
        let made = Expr::modified(
            this,
            op.clone(),
            &right,
            Kind::Boolean.into(),
            op.negated(),
            modifiers,
        );
        Ok(Value::Object(made))
    }),
    ("regexp_replace", |vm, this, mut args| {
        let pattern = args.need(vm, "pattern")?;
        let replacement = args.need(vm, "replacement")?;
        let items = vec![
            coerce::operand(vm, &pattern, &this.type_)?,
            coerce::operand(vm, &replacement, &this.type_)?,
        ];
        let modifiers = flags(vm, args, "regexp_replace")?;
        let node = super::Node::List {
            op: Operator::Comma,
            items,
            group: false,
        };
        let right = Expr::new(node, super::SqlType::NULL);
        let op = Operator::RegexpReplace;
        Ok(Value::Object(Expr::modified(
            this,
            op,
            &right,
            this.type_.clone(),
            None,
            modifiers,
        )))
    }),
];

fn flags(vm: &Vm<'_>, mut args: Args, function: &str) -> Outcome<Modifiers> {
    let flags = args.take("flags").filter(|flags| !flags.is_none());
    args.finish(vm, function)?;
    let flags = flags.map(|flags| coerce::name(vm, &flags)).transpose()?;
    Ok(Modifiers {
        flags: flags.map(|flags| flags.to_string()),
        ..Modifiers::default()
    })
}

fn like(vm: &mut Vm<'_>, this: &Rc<Expr>, op: Operator, mut args: Args) -> Outcome<Value> {
    let other = args.need(vm, "other")?;
    let escape = escape(vm, &mut args)?;
    args.finish(vm, "like")?;
    let right = coerce::operand(vm, &other, &this.type_)?;
    let modifiers = Modifiers {
        escape,
        ..Modifiers::default()
    };
    let not = op.negated();
    Ok(Value::Object(Expr::modified(
        this,
        op,
        &right,
        Kind::Boolean.into(),
        not,
        modifiers,
    )))
}

fn escape(vm: &Vm<'_>, args: &mut Args) -> Outcome<Option<String>> {
    let escape = args.take("escape").filter(|escape| !escape.is_none());
    let escape = escape.map(|escape| coerce::name(vm, &escape)).transpose()?;
    Ok(escape.map(|escape| escape.to_string()))
}

/// A text that begins with, ends with or has in it.
fn part(vm: &mut Vm<'_>, this: &Rc<Expr>, part: Part, fold: bool, mut args: Args) -> Outcome<Value> {
    let mut other = args.need(vm, "other")?;
    let mut mark = escape(vm, &mut args)?;
    let auto = args.keyword("autoescape");
    args.finish(vm, "startswith")?;
    if auto.is_some_and(|auto| matches!(auto, Value::Bool(true))) {
        let Value::Str(text) = &other else {
            return Err(vm.type_error("String value expected when autoescape=True"));
        };
        let escape = mark.get_or_insert_with(|| "/".to_owned());
        let mut text = text.to_string();
        if escape != "%" && escape != "_" {
            text = text.replace(&*escape, &escape.repeat(2));
        }
        let text = text
            .replace('%', &format!("{escape}%"))
            .replace('_', &format!("{escape}_"));
        other = Value::str(text);
    }
    let right = coerce::operand(vm, &other, &this.type_)?;
    let op = Operator::Part(part, fold, false);
    let modifiers = Modifiers {
        escape: mark,
        ..Modifiers::default()
    };
    let not = op.negated();
    Ok(Value::Object(Expr::modified(
        this,
        op,
        &right,
        Kind::Boolean.into(),
        not,
        modifiers,
    )))
}
