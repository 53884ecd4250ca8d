//! Calls, attributes and items.

use std::rc::Rc;

use ruff_python_ast::{Expr, ExprCall};

use super::Vm;
use super::function::Kind;
use crate::value::{Args, Class, Dict, Exception, Instance, Outcome, Value};

impl Vm<'_> {
    /// `function(…)`.
    pub(crate) fn call(&mut self, function: &Value, mut args: Args) -> Outcome<Value> {
        match function {
            Value::Function(function) => self.call_function(function, args),
            Value::Method(function, receiver) => {
                args.positional.push_front((**receiver).clone());
                self.call_function(function, args)
            }
            Value::Native(native) => {
                let native = native.clone();
                native.call(self, args)
            }
            Value::Class(class) => self.instantiate(class, args),
            Value::Object(object) => object.clone().call(self, args),
            Value::Instance(instance) => match instance.class.lookup("__call__") {
                Some(Value::Function(function)) => {
                    args.positional.push_front(Value::Instance(instance.clone()));
                    self.call_function(&function, args)
                }
                _ => Err(self.type_error(format!("'{}' object is not callable", instance.class.name))),
            },
            other => Err(self.type_error(format!("'{}' object is not callable", other.type_name()))),
        }
    }

    /// Calls a method of a value.
    pub(crate) fn call_method(&mut self, value: &Value, name: &str, args: Args) -> Outcome<Value> {
        let method = self.attribute(value, name)?;
        self.call(&method, args)
    }

    /// `value.name`.
    pub(crate) fn attribute(&mut self, value: &Value, name: &str) -> Outcome<Value> {
        match self.find_attribute(value, name)? {
            Some(found) => Ok(found),
            None => Err(self.no_attribute(value, name)),
        }
    }

    fn no_attribute(&self, value: &Value, name: &str) -> crate::value::Raise {
        match value {
            // The evaluator's own may lack what Python's have; the program's own don't.
            Value::Instance(instance) => {
                let class = &instance.class.name;
                self.raise(
                    "AttributeError",
                    format!("'{class}' object has no attribute '{name}'"),
                )
            }
            Value::Class(class) => {
                let class = &class.name;
                self.raise(
                    "AttributeError",
                    format!("type object '{class}' has no attribute '{name}'"),
                )
            }
            Value::None => self.raise(
                "AttributeError",
                format!("'NoneType' object has no attribute '{name}'"),
            ),
            value => self.unknown(format!("'{}' of {}", name, value.type_name())),
        }
    }

    /// `value.name`, if there is that.
    pub(crate) fn find_attribute(&mut self, value: &Value, name: &str) -> Outcome<Option<Value>> {
        match value {
            Value::Object(object) => object.clone().attribute(self, name),
            Value::Instance(instance) => self.instance_attribute(instance, name),
            Value::Class(class) => self.class_attribute(class, name),
            Value::Function(function) => Ok(match name {
                "__name__" | "__qualname__" => Some(Value::str(&function.name)),
                "__doc__" => Some(Value::None),
                _ => None,
            }),
            Value::Native(native) if name == "__name__" => Ok(Some(Value::str(native.name))),
            value if name == "__class__" => self.class_of(value).map(Some),
            value => Ok(super::methods::method(value, name)),
        }
    }

    fn instance_attribute(&mut self, instance: &Rc<Instance>, name: &str) -> Outcome<Option<Value>> {
        if let Some(value) = instance.names.borrow().get_str(name) {
            return Ok(Some(value.clone()));
        }
        let this = Value::Instance(instance.clone());
        match name {
            "__class__" => return Ok(Some(Value::Class(instance.class.clone()))),
            "__dict__" => return Ok(Some(Value::dict(instance.names.borrow().clone()))),
            _ => {}
        }
        if let Some(value) = instance.class.lookup(name) {
            return self.bound(value, &this).map(Some);
        }
        if let Some(base) = instance.class.native_base()
            && let Some(value) = base.attribute(self, name)?
        {
            return Ok(Some(value));
        }
        if let Some(Value::Function(getter)) = instance.class.lookup("__getattr__") {
            return self
                .call_function(&getter, Args::of([this, Value::str(name)]))
                .map(Some);
        }
        Ok(super::exceptions::attribute(instance, name))
    }

    fn class_attribute(&mut self, class: &Rc<Class>, name: &str) -> Outcome<Option<Value>> {
        if let Some(value) = class.lookup(name) {
            return Ok(Some(match value {
                Value::Function(function) if function.kind == Kind::OfClass => {
                    Value::Method(function, Box::new(Value::Class(class.clone())))
                }
                value => value,
            }));
        }
        match name {
            "__name__" | "__qualname__" => return Ok(Some(Value::Str(class.name.clone()))),
            "__doc__" => return Ok(Some(Value::None)),
            _ => {}
        }
        match class.native_base() {
            Some(base) => base.attribute(self, name),
            None => Ok(None),
        }
    }

    /// What a class's value is when it is asked for through an object.
    fn bound(&mut self, value: Value, this: &Value) -> Outcome<Value> {
        let Value::Function(function) = value else {
            return Ok(value);
        };
        match function.kind {
            Kind::Plain => Ok(Value::Method(function, Box::new(this.clone()))),
            Kind::Static => Ok(Value::Function(function)),
            Kind::OfClass => match this {
                Value::Instance(instance) => Ok(Value::Method(
                    function,
                    Box::new(Value::Class(instance.class.clone())),
                )),
                class => Ok(Value::Method(function, Box::new(class.clone()))),
            },
            Kind::Property => self.call_function(&function, Args::of([this.clone()])),
        }
    }

    /// A method of the class above the one whose method is running.
    /// `super()`, or `super(Class, self)` in a method of that class.
    pub(super) fn super_of(&mut self, call: &ExprCall, scope: &Rc<super::scope::Scope>) -> Outcome<Value> {
        let this = match &*call.arguments.args {
            [] => scope.local("self").or_else(|| scope.local("cls")),
            [Expr::Name(named), this]
                if scope.class.as_ref().is_some_and(|class| *class.name == *named.id) =>
            {
                Some(self.eval(this, scope)?)
            }
            _ => return Err(self.unknown("'super()' of another class")),
        };
        let (Some(class), Some(this)) = (scope.class.clone(), this) else {
            return Err(self.unknown("'super()' outside of a method with 'self'"));
        };
        Ok(Value::object(super::class::Super { class, this }))
    }

    pub(super) fn set_attribute(&mut self, object: &Value, name: &str, value: Value) -> Outcome<()> {
        match object {
            Value::Instance(instance) => {
                instance.names.borrow_mut().insert_str(name, value);
                Ok(())
            }
            Value::Class(class) => {
                class.names.borrow_mut().insert_str(name, value);
                Ok(())
            }
            Value::Object(target) if target.clone().set_attribute(self, name, &value)? => Ok(()),
            other => Err(self.unknown(format!("setting '{name}' of {}", other.type_name()))),
        }
    }

    /// `with manager`.
    pub(super) fn enter(&mut self, manager: &Value) -> Outcome<Value> {
        match manager {
            Value::Object(object) => object.clone().enter(self),
            Value::Instance(_) => self.call_method(manager, "__enter__", Args::default()),
            other => Err(self.unknown(format!("'with' over {}", other.type_name()))),
        }
    }

    pub(super) fn exit(&mut self, manager: &Value, error: Option<&Exception>) -> Outcome<bool> {
        match manager {
            Value::Object(object) => object.clone().exit(self, error),
            manager => {
                let args = match error {
                    None => [Value::None, Value::None, Value::None],
                    Some(error) => [self.class_of(&error.value)?, error.value.clone(), Value::None],
                };
                let done = self.call_method(manager, "__exit__", Args::of(args))?;
                self.truth(&done)
            }
        }
    }

    /// Keys and values of a mapping.
    pub(crate) fn pairs(&mut self, mapping: &Value) -> Outcome<Vec<(Value, Value)>> {
        match mapping {
            Value::Dict(dict) => {
                let dict: &Dict = &dict.borrow();
                Ok(dict
                    .iter()
                    .map(|(key, value)| (key.clone(), value.clone()))
                    .collect())
            }
            Value::Object(_) => {
                let items = self.call_method(mapping, "items", Args::default())?;
                let items = self.iterate(&items)?;
                items
                    .iter()
                    .map(|item| match self.iterate(item)?.as_slice() {
                        [key, value] => Ok((key.clone(), value.clone())),
                        _ => Err(self.value_error("a mapping's items are pairs")),
                    })
                    .collect()
            }
            other => Err(self.type_error(format!("'{}' object is not a mapping", other.type_name()))),
        }
    }
}
