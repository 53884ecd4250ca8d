//! What a column's values come from: generated columns, identities, sequences, defaults of the server's.

use std::rc::Rc;

use crate::sa::names::Name;
use crate::sa::take;
use crate::sa::types::Type;
use crate::value::{Args, Object, Outcome, Value};
use crate::vm::Vm;

/// `Computed(sqltext, persisted)`.
#[derive(Debug)]
pub(crate) struct Computed {
    pub(crate) sqltext: Value,
    pub(crate) persisted: Option<bool>,
}

/// The options of a sequence or an identity.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct SequenceOptions {
    pub(crate) start: Option<i128>,
    pub(crate) increment: Option<i128>,
    pub(crate) minvalue: Option<i128>,
    pub(crate) maxvalue: Option<i128>,
    pub(crate) nominvalue: Option<bool>,
    pub(crate) nomaxvalue: Option<bool>,
    pub(crate) cycle: Option<bool>,
    pub(crate) cache: Option<i128>,
}

/// `Identity(always, …)`.
#[derive(Debug)]
pub(crate) struct Identity {
    pub(crate) always: bool,
    pub(crate) options: SequenceOptions,
}

/// `Sequence(name, …)`.
#[derive(Debug)]
pub(crate) struct Sequence {
    pub(crate) name: Name,
    pub(crate) schema: Option<String>,
    pub(crate) options: SequenceOptions,
    pub(crate) data_type: Option<Rc<Type>>,
    pub(crate) optional: bool,
}

/// `FetchedValue()`: the server has a default of which nothing is known.
#[derive(Debug)]
pub(crate) struct FetchedValue;

/// `DefaultClause(arg)`.
#[derive(Debug)]
pub(crate) struct DefaultClause(pub(crate) Value);

pub(super) fn make_computed(vm: &mut Vm<'_>, mut args: Args) -> Outcome<Value> {
    let computed = Computed {
        sqltext: args.need(vm, "sqltext")?,
        persisted: take::flag(vm, args.take("persisted"))?,
    };
    args.finish(vm, "Computed")?;
    Ok(Value::object(computed))
}

pub(super) fn make_identity(vm: &mut Vm<'_>, mut args: Args) -> Outcome<Value> {
    let always = take::is_set(vm, args.take("always"))?;
    if args.take("on_null").is_some_and(|value| !value.is_none()) {
        vm.warn("Identity(on_null=…) means something on Oracle only, and is left out");
    }
    let options = SequenceOptions::take(vm, &mut args)?;
    args.keyword("order");
    let identity = Identity { always, options };
    args.finish(vm, "Identity")?;
    Ok(Value::object(identity))
}

pub(super) fn make_sequence(vm: &mut Vm<'_>, mut args: Args) -> Outcome<Value> {
    let name = args.need(vm, "name")?;
    let name = Name::of(vm, &name)?;
    let data_type = args.keyword("data_type");
    let sequence = Sequence {
        name: name.with_quote(take::flag(vm, args.keyword("quote"))?),
        schema: take::schema(vm, args.keyword("schema"))?,
        data_type: Type::maybe(vm, data_type)?,
        optional: take::is_set(vm, args.keyword("optional"))?,
        options: SequenceOptions::take(vm, &mut args)?,
    };
    for name in ["metadata", "order", "for_update", "quote_schema"] {
        args.keyword(name);
    }
    args.finish(vm, "Sequence")?;
    Ok(Value::object(sequence))
}

pub(super) fn make_fetched(vm: &mut Vm<'_>, mut args: Args) -> Outcome<Value> {
    args.take("for_update");
    args.finish(vm, "FetchedValue")?;
    Ok(Value::object(FetchedValue))
}

pub(super) fn make_clause(vm: &mut Vm<'_>, mut args: Args) -> Outcome<Value> {
    let clause = args.need(vm, "arg")?;
    args.take("for_update");
    args.finish(vm, "DefaultClause")?;
    Ok(Value::object(DefaultClause(clause)))
}

impl SequenceOptions {
    fn take(vm: &mut Vm<'_>, args: &mut Args) -> Outcome<Self> {
        Ok(Self {
            start: take::whole(vm, args.take("start"))?,
            increment: take::whole(vm, args.take("increment"))?,
            minvalue: take::whole(vm, args.take("minvalue"))?,
            maxvalue: take::whole(vm, args.take("maxvalue"))?,
            nominvalue: take::flag(vm, args.take("nominvalue"))?,
            nomaxvalue: take::flag(vm, args.take("nomaxvalue"))?,
            cycle: take::flag(vm, args.take("cycle"))?,
            cache: take::whole(vm, args.keyword("cache"))?,
        })
    }

    /// The options that are given, each as SQL, by their names.
    pub(crate) fn clauses(&self) -> Vec<(&'static str, String)> {
        let number =
            |name, word: &str, value: Option<i128>| value.map(|value| (name, format!("{word} {value}")));
        [
            number("increment", "INCREMENT BY", self.increment),
            number("start", "START WITH", self.start),
            number("minvalue", "MINVALUE", self.minvalue),
            number("maxvalue", "MAXVALUE", self.maxvalue),
            self.nominvalue.map(|_| ("nominvalue", "NO MINVALUE".to_owned())),
            self.nomaxvalue.map(|_| ("nomaxvalue", "NO MAXVALUE".to_owned())),
            number("cache", "CACHE", self.cache),
            self.cycle
                .map(|cycle| ("cycle", if cycle { "CYCLE" } else { "NO CYCLE" }.to_owned())),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// The options as they stand in SQL.
    pub(crate) fn sql(&self) -> String {
        let clauses: Vec<String> = self.clauses().into_iter().map(|(_, clause)| clause).collect();
        clauses.join(" ")
    }
}

impl Object for Computed {
    fn class_name(&self) -> &'static str {
        "Computed"
    }

    fn attribute(self: Rc<Self>, _vm: &mut Vm<'_>, name: &str) -> Outcome<Option<Value>> {
        Ok(match name {
            "sqltext" => Some(self.sqltext.clone()),
            "persisted" => Some(self.persisted.map_or(Value::None, Value::Bool)),
            _ => None,
        })
    }
}

impl Object for Identity {
    fn class_name(&self) -> &'static str {
        "Identity"
    }
}

impl Object for FetchedValue {
    fn class_name(&self) -> &'static str {
        "FetchedValue"
    }
}

impl Object for DefaultClause {
    fn class_name(&self) -> &'static str {
        "DefaultClause"
    }

    fn attribute(self: Rc<Self>, _vm: &mut Vm<'_>, name: &str) -> Outcome<Option<Value>> {
        Ok((name == "arg").then(|| self.0.clone()))
    }
}

impl Object for Sequence {
    fn class_name(&self) -> &'static str {
        "Sequence"
    }

    fn attribute(self: Rc<Self>, _vm: &mut Vm<'_>, name: &str) -> Outcome<Option<Value>> {
        let own = self.clone();
        Ok(match name {
            "name" => Some(Value::Str(self.name.text.clone())),
            "schema" => Some(self.schema.clone().map_or(Value::None, Value::str)),
            "create" => Some(Value::native("create", move |vm, args| {
                crate::sa::ddl::create_sequence(vm, &own, args)
            })),
            "drop" => Some(Value::native("drop", move |vm, args| {
                crate::sa::ddl::drop_sequence(vm, &own, args)
            })),
            _ => None,
        })
    }
}
