//! `sqlalchemy.ext.compiler`: classes of the project's that say by functions how they are written ("Custom SQL Constructs and
//! Compilation Extension" in SQLAlchemy's documentation).

use std::rc::Rc;

use super::sql;
use super::types::{ProjectType, Type, TypeClass};
use crate::value::{Args, Class, Dict, Object, Outcome, Value};
use crate::vm::Vm;

/// Where a class keeps its functions, by the names of dialects.
pub(super) const FUNCTIONS: &str = "_compiler_dispatcher";

/// The function for all databases that have none of their own.
const DEFAULT: &str = "default";

pub(super) fn find(module: &str, name: &str) -> Option<Value> {
    match (module, name) {
        ("sqlalchemy.ext.compiler", "compiles") => Some(Value::native("compiles", compiles)),
        (
            "sqlalchemy.sql.expression"
            | "sqlalchemy.sql.functions"
            | "sqlalchemy.sql.elements"
            | "sqlalchemy.sql"
            | "sqlalchemy.schema"
            | "sqlalchemy.sql.ddl"
            | "sqlalchemy",
            "FunctionElement"
            | "GenericFunction"
            | "ColumnElement"
            | "ClauseElement"
            | "Executable"
            | "DDLElement"
            | "ExecutableDDLElement",
        ) => Some(Value::object(ElementBase(sql::find(module, name)))),
        _ => None,
    }
}

/// `@compiles(class, *dialects)`.
fn compiles(vm: &mut Vm<'_>, mut args: Args) -> Outcome<Value> {
    let of = args.need(vm, "class_")?;
    let dialects = args.rest();
    args.finish(vm, "compiles")?;
    let class = match (of.downcast::<ProjectType>(), of.downcast::<ElementClass>()) {
        (Some(class), _) => class.class.clone(),
        (None, Some(class)) => class.0.clone(),
        (None, None) => {
            rewrites(vm, &of, &dialects)?;
            return Ok(crate::stdlib::identity());
        }
    };
    Ok(Value::native("compiles", move |vm, mut args| {
        let function = args.need(vm, "fn")?;
        let mut names = class.names.borrow_mut();
        let mut known = match names.get_str(FUNCTIONS) {
            Some(Value::Dict(known)) => known.borrow().clone(),
            _ => Dict::default(),
        };
        for dialect in &dialects {
            known.insert_str(dialect.as_str().unwrap_or_default(), function.clone());
        }
        if dialects.is_empty() {
            known.insert_str(DEFAULT, function.clone());
        }
        names.insert_str(FUNCTIONS, Value::dict(known));
        Ok(function)
    }))
}

/// The classes of expressions that are looked at one by one when they are written.
const EXPRESSIONS: [&str; 6] = [
    "BinaryExpression",
    "BindParameter",
    "Cast",
    "ColumnClause",
    "Label",
    "TextClause",
];

/// Remembers that objects of one of SQLAlchemy's classes are written otherwise: they are refused where there are any.
fn rewrites(vm: &mut Vm<'_>, class: &Value, dialects: &[Value]) -> Outcome<()> {
    let called = vm.called.name();
    if !dialects.is_empty() && !dialects.iter().any(|dialect| dialect.as_str() == Some(called)) {
        return Ok(());
    }
    let name = match class {
        Value::Object(class) => class.clone().attribute(vm, "__name__")?.unwrap_or(Value::None),
        _ => Value::None,
    };
    let is_seen = class.downcast::<TypeClass>().is_some()
        || name.as_str().is_some_and(|name| EXPRESSIONS.contains(&name));
    match name.as_str() {
        Some(name) if is_seen => {
            vm.rewritten.push(name.to_owned());
            Ok(())
        }
        name => Err(vm.unknown(format!("'@compiles' of {}", name.unwrap_or("this")))),
    }
}

/// Refuses what the program writes in a way of its own.
pub(super) fn refuse_rewritten(vm: &Vm<'_>, class: &str) -> Outcome<()> {
    match vm.rewritten.iter().any(|rewritten| rewritten == class) {
        true => Err(vm.unknown(format!("'@compiles' of {class}"))),
        false => Ok(()),
    }
}

/// The function that writes objects of a class on the database at hand.
fn function(vm: &Vm<'_>, class: &Class) -> Option<Value> {
    let Some(Value::Dict(known)) = class.lookup(FUNCTIONS) else {
        return None;
    };
    let known = known.borrow();
    let found = known.get_str(vm.called.name()).or_else(|| known.get_str(DEFAULT));
    found.cloned()
}

/// What a class's function writes for an object of it, if it has one for the database at hand.
pub(super) fn written(vm: &mut Vm<'_>, class: &Class, element: Value) -> Outcome<Option<String>> {
    let Some(function) = function(vm, class) else {
        return Ok(None);
    };
    let text = vm.call(&function, Args::of([element, Value::object(Compiler)]))?;
    match text.as_str() {
        Some(text) => Ok(Some(text.to_owned())),
        None => Err(vm.unknown(format!("what '@compiles' of {} returns", class.name))),
    }
}

/// SQLAlchemy's class of expressions or statements, of which projects have their own; with what tells its own objects.
#[derive(Debug)]
struct ElementBase(Option<Value>);

impl Object for ElementBase {
    fn class_name(&self) -> &'static str {
        "type"
    }

    // `ColumnElement[str]`.
    fn item(self: Rc<Self>, _vm: &mut Vm<'_>, _key: &Value) -> Outcome<Value> {
        Ok(Value::Object(self))
    }

    fn is_class_of(self: Rc<Self>, vm: &mut Vm<'_>, value: &Value) -> Outcome<Option<bool>> {
        self.0
            .as_ref()
            .map(|class| vm.is_instance(value, class))
            .transpose()
    }

    fn subclass(
        self: Rc<Self>,
        _vm: &mut Vm<'_>,
        name: &str,
        bases: &[Value],
        namespace: &Dict,
    ) -> Outcome<Option<Value>> {
        Ok(Some(ElementClass::below(name, bases, namespace)))
    }
}

/// A class of the project's.
#[derive(Debug)]
struct ElementClass(Rc<Class>);

impl ElementClass {
    fn below(name: &str, bases: &[Value], namespace: &Dict) -> Value {
        let bases = bases.iter().map(|base| match base.downcast::<Self>() {
            Some(project) => Value::Class(project.0.clone()),
            None => base.clone(),
        });
        Value::object(Self(Class::of_project(name, bases.collect(), namespace)))
    }
}

impl Object for ElementClass {
    fn class_name(&self) -> &'static str {
        "type"
    }

    /// What it writes: as it stands, since the database is known.
    fn call(self: Rc<Self>, vm: &mut Vm<'_>, args: Args) -> Outcome<Value> {
        let (instance, mut given) = vm.object_of(&self.0, args)?;
        let this = Value::Instance(instance.clone());
        let clauses = given.rest();
        given.finish(vm, &self.0.name)?;
        instance
            .names
            .borrow_mut()
            .insert_str("clauses", Value::object(Clauses(clauses)));
        let Some(text) = written(vm, &self.0, this)? else {
            return Err(vm.unknown(format!(
                "{}, which says nothing of {},",
                self.0.name,
                vm.called.name()
            )));
        };
        let type_ = match self.0.lookup("type") {
            Some(type_) => Some(Type::of(vm, &type_)?),
            None => None,
        };
        Ok(sql::verbatim_of_type(&text, type_))
    }

    fn subclass(
        self: Rc<Self>,
        _vm: &mut Vm<'_>,
        name: &str,
        bases: &[Value],
        namespace: &Dict,
    ) -> Outcome<Option<Value>> {
        Ok(Some(Self::below(name, bases, namespace)))
    }
}

/// The expressions that an object was made of.
#[derive(Debug)]
struct Clauses(Vec<Value>);

impl Object for Clauses {
    fn class_name(&self) -> &'static str {
        "ClauseList"
    }

    fn attribute(self: Rc<Self>, _vm: &mut Vm<'_>, name: &str) -> Outcome<Option<Value>> {
        Ok((name == "clauses").then(|| Value::list(self.0.clone())))
    }

    fn iterate(self: Rc<Self>, _vm: &mut Vm<'_>) -> Outcome<Vec<Value>> {
        Ok(self.0.clone())
    }

    fn length(self: Rc<Self>, _vm: &mut Vm<'_>) -> Outcome<Option<usize>> {
        Ok(Some(self.0.len()))
    }
}

/// What a function is given to write what is inside.
#[derive(Debug)]
struct Compiler;

impl Object for Compiler {
    fn class_name(&self) -> &'static str {
        "SQLCompiler"
    }

    fn attribute(self: Rc<Self>, vm: &mut Vm<'_>, name: &str) -> Outcome<Option<Value>> {
        Ok(match name {
            "dialect" => Some(super::engine::dialect(vm)),
            "sql_compiler" | "ddl_compiler" | "type_compiler" => Some(Value::Object(self)),
            "preparer" => vm
                .attribute(&super::engine::dialect(vm), "identifier_preparer")
                .map(Some)?,
            "process" => Some(Value::native("process", |vm, mut args| {
                let element = args.need(vm, "element")?;
                process(vm, &element).map(Value::str)
            })),
            // `visit_…` of SQLAlchemy's own compilers.
            _ => None,
        })
    }
}

fn process(vm: &mut Vm<'_>, element: &Value) -> Outcome<String> {
    if let Some(clauses) = element.downcast::<Clauses>() {
        let texts = clauses.0.iter().map(|clause| sql::compile(vm, clause));
        return texts.collect::<Outcome<Vec<_>>>().map(|texts| texts.join(", "));
    }
    if let Some(type_) = element.downcast::<Type>() {
        return type_.compile(vm);
    }
    sql::compile(vm, element)
}
