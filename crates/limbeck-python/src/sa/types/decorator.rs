//! Types of the project's own: classes below `TypeDecorator`, `UserDefinedType` or another type.

use std::rc::Rc;

use super::construct::construct;
use super::{Class, Type, TypeClass};
use crate::value::{Args, Class as ProjectClass, Dict, Object, Outcome, Value};
use crate::vm::Vm;

/// A class of the project's that is a type.
#[derive(Debug)]
pub(crate) struct ProjectType {
    pub(crate) class: Rc<ProjectClass>,
    base: &'static Class,
}

/// `class name(base): …`.
pub(super) fn subclass(
    _vm: &mut Vm<'_>,
    base: &'static Class,
    name: &str,
    bases: &[Value],
    namespace: &Dict,
) -> Outcome<Option<Value>> {
    Ok(Some(define(base, name, bases, namespace)))
}

fn define(base: &'static Class, name: &str, bases: &[Value], namespace: &Dict) -> Value {
    let bases = bases.iter().map(|base| match base.downcast::<ProjectType>() {
        Some(project) => Value::Class(project.class.clone()),
        None => base.clone(),
    });
    let class = ProjectClass::of_project(name, bases.collect(), namespace);
    Value::object(ProjectType { class, base })
}

/// The type that a class of the project's stands for.
pub(super) fn of(vm: &mut Vm<'_>, value: &Value) -> Outcome<Option<Rc<Type>>> {
    match value.downcast::<ProjectType>() {
        Some(class) => class.make(vm, Args::default()).map(|made| Some(Rc::new(made))),
        None => Ok(None),
    }
}

/// Whether a value's class is below `class`, for values that are no types.
pub(super) fn is_below(_vm: &Vm<'_>, value: &Value, class: &Class) -> bool {
    value
        .downcast::<ProjectType>()
        .is_some_and(|project| class.name == "type" && project.base.is(class))
}

impl ProjectType {
    fn make(&self, vm: &mut Vm<'_>, args: Args) -> Outcome<Type> {
        let (instance, own_args) = vm.object_of(&self.class, args)?;
        let this = Value::Instance(instance);
        let mut made = match self.base.visit {
            "type_decorator" | "user_defined" => Type::plain(self.base),
            _ => construct(vm, self.base, own_args.clone())?,
        };
        made.project = Some(this.clone());
        match self.base.visit {
            "user_defined" => made.spec = Some(self.spec(vm, &this)?),
            "type_decorator" => made.inner = Some(self.inner(vm, &this, own_args)?),
            _ => {}
        }
        Ok(made)
    }

    /// What `get_col_spec` says.
    fn spec(&self, vm: &mut Vm<'_>, this: &Value) -> Outcome<String> {
        let Some(function) = self.class.lookup("get_col_spec") else {
            return Err(vm.unknown(format!(
                "the type {}, which has no 'get_col_spec'",
                self.class.name
            )));
        };
        let spec = vm.call(&function, Args::of([this.clone()]))?;
        match spec.as_str() {
            Some(spec) => Ok(spec.to_owned()),
            None => Err(vm.unknown(format!("what 'get_col_spec' of {} returns", self.class.name))),
        }
    }

    /// The type behind a decorator.
    fn inner(&self, vm: &mut Vm<'_>, this: &Value, args: Args) -> Outcome<Rc<Type>> {
        if let Some(load) = self.class.lookup("load_dialect_impl") {
            let loaded = vm.call(&load, Args::of([this.clone(), Value::object(TypeDialect)]))?;
            return Type::of(vm, &loaded);
        }
        if let Value::Instance(instance) = this {
            let own = instance.names.borrow().get_str("impl").cloned();
            if let Some(own) = own {
                return Type::of(vm, &own);
            }
        }
        let Some(own) = self.class.lookup("impl") else {
            let message = format!("the type {}, which has no 'impl'", self.class.name);
            return Err(vm.unknown(message));
        };
        match own.downcast::<TypeClass>() {
            Some(class) => construct(vm, class.0, args).map(Rc::new),
            None => Type::of(vm, &own),
        }
    }
}

impl Object for ProjectType {
    fn class_name(&self) -> &'static str {
        "type"
    }

    fn attribute(self: Rc<Self>, vm: &mut Vm<'_>, name: &str) -> Outcome<Option<Value>> {
        vm.attribute(&Value::Class(self.class.clone()), name).map(Some)
    }

    fn call(self: Rc<Self>, vm: &mut Vm<'_>, args: Args) -> Outcome<Value> {
        self.make(vm, args).map(Value::object)
    }

    fn is_class_of(self: Rc<Self>, _vm: &mut Vm<'_>, value: &Value) -> Outcome<Option<bool>> {
        let instance = value.downcast::<Type>().and_then(|found| found.project.clone());
        Ok(Some(match instance {
            Some(Value::Instance(instance)) => instance.class.is_subclass(&self.class),
            _ => false,
        }))
    }

    fn subclass(
        self: Rc<Self>,
        _vm: &mut Vm<'_>,
        name: &str,
        bases: &[Value],
        namespace: &Dict,
    ) -> Outcome<Option<Value>> {
        Ok(Some(define(self.base, name, bases, namespace)))
    }
}

/// The dialect, as far as a type asks for it.
#[derive(Debug)]
struct TypeDialect;

impl Object for TypeDialect {
    fn class_name(&self) -> &'static str {
        "Dialect"
    }

    fn attribute(self: Rc<Self>, vm: &mut Vm<'_>, name: &str) -> Outcome<Option<Value>> {
        Ok(match name {
            "name" => Some(Value::str(vm.called.name())),
            "type_descriptor" => Some(Value::native("type_descriptor", |vm, mut args| {
                let described = args.need(vm, "typeobj")?;
                args.finish(vm, "type_descriptor")?;
                Type::of(vm, &described).map(|found| Value::Object(found))
            })),
            _ => None,
        })
    }
}

impl Type {
    /// Whether the project's class says something by that name.
    pub(crate) fn says(&self, name: &str) -> bool {
        matches!(&self.project, Some(Value::Instance(instance)) if instance.class.lookup(name).is_some())
    }

    /// What `process_bind_param` or `process_result_value` of the project's class make of a value.
    pub(crate) fn processed(&self, vm: &mut Vm<'_>, method: &str, value: Value) -> Outcome<Value> {
        let Some(Value::Instance(instance)) = &self.project else {
            return Ok(value);
        };
        match instance.class.lookup(method) {
            Some(function) => {
                let this = Value::Instance(instance.clone());
                vm.call(&function, Args::of([this, value, Value::object(TypeDialect)]))
            }
            None => Ok(value),
        }
    }
}
