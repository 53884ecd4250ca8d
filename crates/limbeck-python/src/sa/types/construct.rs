//! Making types of what their constructors are given.

use std::rc::Rc;

use super::{Class, Type};
use crate::value::{Args, Outcome, Value};
use crate::vm::Vm;

/// Makes a type of a class.
pub(super) fn construct(vm: &mut Vm<'_>, class: &'static Class, mut args: Args) -> Outcome<Type> {
    let mut made = Type::plain(class);
    for &parameter in class.parameters {
        match parameter {
            "**" => args.keywords.clear(),
            "*args" => drop(args.rest()),
            "*enums" | "*values" => made.members = args.rest(),
            name => {
                if let Some(value) = args.take(name) {
                    made.parameters.push((name, value));
                }
            }
        }
    }
    if class.is_a("Enum") && class.module.is_empty() {
        for (name, _) in std::mem::take(&mut args.keywords) {
            vm.warn(format!("Enum(…) does not know '{name}', and leaves it out"));
        }
    }
    args.finish(vm, class.name)?;
    match class.name {
        "ARRAY" => made.inner = Some(needed_type(vm, &made, "item_type")?),
        "DOMAIN" => made.inner = Some(needed_type(vm, &made, "data_type")?),
        "PickleType" => {
            let given = made.parameter("impl").cloned();
            let usual = || Rc::new(Type::generic("LargeBinary"));
            made.inner = Some(Type::maybe(vm, given)?.unwrap_or_else(usual));
        }
        // A length that is not said is one.
        "BIT"
            if class.module == "postgresql"
                && made.flag("varying") != Some(true)
                && made.parameter("length").is_none() =>
        {
            made.parameters.push(("length", Value::Int(1)));
        }
        "SET" => made.labels = texts(vm, &made.members)?,
        _ if class.is_a("Enum") => enum_values(vm, &mut made)?,
        _ => {}
    }
    Ok(made)
}

fn needed_type(vm: &mut Vm<'_>, made: &Type, name: &str) -> Outcome<Rc<Type>> {
    match made.parameter(name).cloned() {
        Some(value) => Type::of(vm, &value),
        None => Err(vm.type_error(format!("missing a required argument: '{name}'"))),
    }
}

fn texts(vm: &Vm<'_>, values: &[Value]) -> Outcome<Vec<Rc<str>>> {
    let text = |value: &Value| match value {
        Value::Str(text) => Ok(text.clone()),
        _ => Err(vm.type_error(format!(
            "an enum's values are texts, not of type '{}'",
            value.type_name()
        ))),
    };
    values.iter().map(text).collect()
}

/// An enum's values: texts, or what a class of Python's says.
fn enum_values(vm: &mut Vm<'_>, made: &mut Type) -> Outcome<()> {
    let is_text = |value: &Value| value.as_str().is_some();
    if let [class] = made.members.as_slice()
        && !is_text(class)
    {
        let class = class.clone();
        let members = vm.attribute(&class, "__members__")?;
        let names = vm.iterate(&members)?;
        let values = match made.parameter("values_callable").cloned() {
            Some(callable) => {
                let values = vm.call(&callable, Args::of([class.clone()]))?;
                vm.iterate(&values)?
            }
            None => names.clone(),
        };
        made.labels = texts(vm, &values)?;
        let mut objects = Vec::new();
        for name in &names {
            objects.push(vm.item(&members, name)?);
        }
        made.members = objects;
        if made.parameter("name").is_none() {
            let name = vm.attribute(&class, "__name__")?;
            let name = name.as_str().unwrap_or_default().to_lowercase();
            made.parameters.push(("name", Value::str(name)));
        }
    } else {
        made.labels = texts(vm, &made.members)?;
    }
    let longest = made
        .labels
        .iter()
        .map(|label| label.chars().count() as i128)
        .max();
    if let (Some(length), Some(longest)) = (made.integer("length"), longest)
        && length < longest
    {
        return Err(vm.value_error(format!(
            "When provided, length must be larger or equal than the length of the longest enum value. {length} < {longest}"
        )));
    }
    Ok(())
}
