//! The ORM's models, as far as revisions may ask them without mapping anything: the constants that stand in their classes, such as
//! `__tablename__`.

use std::rc::Rc;

use ruff_python_ast::{Expr, Stmt, StmtClassDef};

use crate::value::{Object, Outcome, Value};
use crate::vm::Vm;

/// The bases of models, and what makes them.
pub(super) fn find(module: &str, name: &str) -> Option<Value> {
    match (module, name) {
        ("sqlalchemy.orm" | "sqlalchemy.ext.declarative", "declarative_base") => {
            Some(Value::native("declarative_base", |_, _| {
                Ok(Value::object(Model::base("Base")))
            }))
        }
        ("sqlalchemy.orm", "DeclarativeBase" | "DeclarativeBaseNoMeta") => {
            Some(Value::object(Model::base(name)))
        }
        _ => None,
    }
}

/// A model's class. Its body is not run.
#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) name: String,
    bases: Vec<Value>,
    constants: Vec<(String, Value)>,
}

impl Model {
    fn base(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            bases: Vec::new(),
            constants: Vec::new(),
        }
    }

    /// The class that a definition makes, where one of its bases is a model's.
    pub(crate) fn below(definition: &StmtClassDef, bases: &[Value]) -> Option<Value> {
        let is_model = |base: &Value| base.downcast::<Self>().is_some();
        if !bases.iter().any(is_model) {
            return None;
        }
        Some(Value::object(Self {
            name: definition.name.to_string(),
            bases: bases.to_vec(),
            constants: definition.body.iter().filter_map(constant).collect(),
        }))
    }
}

/// `NAME = "text"`.
fn constant(statement: &Stmt) -> Option<(String, Value)> {
    let (target, value) = match statement {
        Stmt::Assign(assign) => match assign.targets.as_slice() {
            [target] => (target, &*assign.value),
            _ => return None,
        },
        Stmt::AnnAssign(assign) => (&*assign.target, assign.value.as_deref()?),
        _ => return None,
    };
    let value = match value {
        Expr::StringLiteral(literal) => Value::str(literal.value.to_str()),
        Expr::BooleanLiteral(literal) => Value::Bool(literal.value),
        Expr::NoneLiteral(_) => Value::None,
        _ => return None,
    };
    Some((target.as_name_expr()?.id.to_string(), value))
}

impl Object for Model {
    fn class_name(&self) -> &str {
        &self.name
    }

    fn attribute(self: Rc<Self>, vm: &mut Vm<'_>, name: &str) -> Outcome<Option<Value>> {
        if name == "__name__" {
            return Ok(Some(Value::str(&self.name)));
        }
        if let Some((_, value)) = self.constants.iter().find(|(known, _)| known == name) {
            return Ok(Some(value.clone()));
        }
        // A table's name is each model's own.
        let inherited = self.bases.iter().filter(|_| name != "__tablename__");
        for base in inherited {
            if let Some(model) = base.downcast::<Self>()
                && model.constants.iter().any(|(known, _)| known == name)
            {
                return vm.attribute(base, name).map(Some);
            }
        }
        Err(vm.unknown(format!("'{}.{name}' of the ORM", self.name)))
    }
}
