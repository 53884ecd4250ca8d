//! Classes of the program's own, and their objects.

use std::cell::RefCell;
use std::rc::Rc;

use ruff_python_ast::StmtClassDef;

use super::Vm;
use super::flow::Flow;
use super::scope::Scope;
use crate::sa::orm::Model;
use crate::value::{Args, Class, Dict, Instance, Object, Outcome, Value};

impl Vm<'_> {
    pub(super) fn class(&mut self, definition: &StmtClassDef, scope: &Rc<Scope>) -> Outcome<Value> {
        let mut bases = Vec::new();
        for base in definition.bases() {
            bases.push(self.eval_any(base, scope)?);
        }
        if let Some(model) = Model::below(definition, &bases) {
            return Ok(model);
        }
        for keyword in definition.keywords() {
            let name = keyword.arg.as_ref().map_or("**", |name| name.as_str());
            // `ABCMeta` forbids what nobody does here.
            if name != "metaclass" || !crate::stdlib::is_annotation(&self.eval_any(&keyword.value, scope)?) {
                return Err(self.unknown(format!("'{name}' in a class's head")));
            }
        }
        bases.retain(|base| !is_plain_base(base));
        let inner = Scope::class_body(scope);
        match self.block(&definition.body, &inner)? {
            Flow::Next => {}
            _ => return Err(self.unknown("a class's body that ends early")),
        }
        // In the order of the source, which enumerations keep.
        let mut names = Dict::default();
        let found = inner.into_names();
        for name in super::binding::bound_names(&definition.body) {
            if let Some(value) = found.get(&name) {
                names.insert_str(&name, value.clone());
            }
        }
        for base in &bases {
            match base {
                Value::Object(object) => {
                    if let Some(value) = object.clone().subclass(self, &definition.name, &bases, &names)? {
                        return Ok(value);
                    }
                }
                Value::Class(_) => {}
                other => {
                    return Err(self.unknown(format!("a class below {}", other.type_name())));
                }
            }
        }
        Ok(Value::Class(Class::of_project(&definition.name, bases, &names)))
    }

    pub(super) fn instantiate(&mut self, class: &Rc<Class>, args: Args) -> Outcome<Value> {
        if class.lookup("__new__").is_some() {
            return Err(self.unknown(format!("'__new__' of {}", class.name)));
        }
        let instance = Rc::new(Instance {
            class: class.clone(),
            names: RefCell::default(),
        });
        let this = Value::Instance(instance.clone());
        if let Some(Value::Function(init)) = class.lookup("__init__") {
            let mut args = args;
            args.positional.push_front(this.clone());
            self.call_function(&init, args)?;
            return Ok(this);
        }
        if self.exceptions.is_exception(class) {
            let values: Vec<Value> = args.positional.into();
            instance
                .names
                .borrow_mut()
                .insert_str("args", Value::tuple(values));
            return Ok(this);
        }
        if let Some(base) = class.native_base() {
            return Err(self.unknown(format!(
                "an object of {}, a class below {}",
                class.name,
                base.class_name()
            )));
        }
        args.finish(self, &class.name)?;
        Ok(this)
    }

    /// Makes an object of a project's class below one of the evaluator's; gives what is left for that one: what `super().__init__()`
    /// was called with, or else all.
    pub(crate) fn object_of(&mut self, class: &Rc<Class>, mut args: Args) -> Outcome<(Rc<Instance>, Args)> {
        let instance = Rc::new(Instance {
            class: class.clone(),
            names: RefCell::default(),
        });
        if let Some(init) = class.lookup("__init__") {
            args.positional.push_front(Value::Instance(instance.clone()));
            self.call(&init, args)?;
            let passed = |name: &str| instance.names.borrow().get_str(name).cloned();
            args = match passed("args") {
                Some(passed) => Args::of(self.iterate(&passed)?),
                None => Args::default(),
            };
            if let Some(keywords) = passed(KEYWORDS) {
                for (name, value) in self.pairs(&keywords)? {
                    args.keywords
                        .push((name.as_str().unwrap_or_default().to_owned(), value));
                }
            }
        }
        Ok((instance, args))
    }

    /// `type(value)`.
    pub(crate) fn class_of(&mut self, value: &Value) -> Outcome<Value> {
        match value {
            Value::Instance(instance) => Ok(Value::Class(instance.class.clone())),
            Value::Object(object) => match object.clone().attribute(self, "__class__")? {
                Some(class) => Ok(class),
                None => Err(self.unknown(format!("the class of {}", object.class_name()))),
            },
            value => match super::builtins::type_object(&value.type_name()) {
                Some(class) => Ok(class),
                None => Err(self.unknown(format!("the class of {}", value.type_name()))),
            },
        }
    }

    /// `isinstance(value, class)`.
    pub(crate) fn is_instance(&mut self, value: &Value, class: &Value) -> Outcome<bool> {
        match class {
            Value::Tuple(classes) => {
                for class in classes.iter() {
                    if self.is_instance(value, class)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Value::Class(class) => {
                Ok(matches!(value, Value::Instance(instance) if instance.class.is_subclass(class)))
            }
            Value::Object(object) => match object.clone().is_class_of(self, value)? {
                Some(answer) => Ok(answer),
                None => Err(self.unknown(format!("'isinstance' of {}", object.class_name()))),
            },
            other => Err(self.type_error(format!(
                "isinstance() arg 2 must be a type, not {}",
                other.type_name()
            ))),
        }
    }
}

/// `object`, `Generic[T]` and the like say nothing that counts here.
fn is_plain_base(base: &Value) -> bool {
    base.downcast::<super::builtins::TypeObject>()
        .is_some_and(|class| class.name == "object")
}

/// Where an object keeps the keywords that `super().__init__()` was called with, until it is made: no name of a program's.
const KEYWORDS: &str = "super().__init__";

/// `super()`.
#[derive(Debug)]
pub(super) struct Super {
    pub(super) class: Rc<Class>,
    pub(super) this: Value,
}

impl Object for Super {
    fn class_name(&self) -> &str {
        "super"
    }

    fn attribute(self: Rc<Self>, vm: &mut Vm<'_>, name: &str) -> Outcome<Option<Value>> {
        let found = self.class.bases.iter().find_map(|base| match base {
            Value::Class(base) => base.lookup(name),
            _ => None,
        });
        match found {
            Some(Value::Function(function)) => Ok(Some(Value::Method(function, Box::new(self.this.clone())))),
            Some(value) => Ok(Some(value)),
            None if name == "__init__" => {
                let this = self.this.clone();
                Ok(Some(Value::native("__init__", move |vm, args| {
                    // Of a class with nothing above it Python takes no note.
                    if let Value::Instance(instance) = &this
                        && (instance.class.native_base().is_some()
                            || vm.exceptions.is_exception(&instance.class))
                    {
                        let values: Vec<Value> = args.positional.into();
                        let mut keywords = Dict::default();
                        for (name, value) in args.keywords {
                            keywords.insert_str(&name, value);
                        }
                        let mut names = instance.names.borrow_mut();
                        names.insert_str("args", Value::tuple(values));
                        names.insert_str(KEYWORDS, Value::dict(keywords));
                        // A type sets it to that of its class.
                        names.remove(vm, &Value::str("impl"))?;
                    }
                    Ok(Value::None)
                })))
            }
            None => Err(vm.unknown(format!("'super().{name}'"))),
        }
    }
}
