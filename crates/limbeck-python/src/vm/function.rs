use std::fmt;
use std::rc::Rc;

use ruff_python_ast::{Expr, Parameters, Stmt, StmtFunctionDef};

use super::flow::Flow;
use super::scope::Scope;
use super::{Vm, generator};
use crate::value::{Args, Class, Dict, Outcome, Value};

/// A function of the program's own.
pub(crate) struct Function {
    pub(crate) name: String,
    parameters: Rc<Parameters>,
    /// The values of the parameters that have a default, evaluated where the function was defined.
    defaults: Vec<(String, Value)>,
    body: Body,
    scope: Rc<Scope>,
    /// The class that it was defined in.
    pub(crate) class: std::cell::RefCell<Option<Rc<Class>>>,
    pub(crate) kind: Kind,
    generator: bool,
}

/// What a decorator makes of a function in a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Plain,
    Static,
    OfClass,
    Property,
}

#[derive(Clone)]
enum Body {
    Block(Rc<[Stmt]>),
    Expression(Rc<Expr>),
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<function {}>", self.name)
    }
}

impl Function {
    /// Its body; none for a lambda.
    pub(super) fn statements(&self) -> &[Stmt] {
        match &self.body {
            Body::Block(body) => body,
            Body::Expression(_) => &[],
        }
    }

    /// Where it was defined.
    pub(super) fn scope(&self) -> &Rc<Scope> {
        &self.scope
    }

    pub(super) fn parameter_names(&self) -> impl Iterator<Item = String> + '_ {
        self.parameters
            .iter()
            .map(|parameter| parameter.name().to_string())
    }

    /// Whether it can't be called without arguments.
    pub(crate) fn wants_arguments(&self) -> bool {
        let positional = self.parameters.posonlyargs.iter().chain(&self.parameters.args);
        positional.clone().any(|parameter| parameter.default.is_none())
    }

    /// The same function with another kind.
    pub(crate) fn with_kind(&self, kind: Kind) -> Self {
        Self {
            name: self.name.clone(),
            parameters: self.parameters.clone(),
            defaults: self.defaults.clone(),
            body: self.body.clone(),
            scope: self.scope.clone(),
            class: self.class.clone(),
            kind,
            generator: self.generator,
        }
    }
}

impl Vm<'_> {
    pub(super) fn define(&mut self, definition: &StmtFunctionDef, scope: &Rc<Scope>) -> Outcome<Value> {
        if definition.is_async {
            return Err(self.unknown("'async def'"));
        }
        let function = Function {
            name: definition.name.to_string(),
            parameters: Rc::new((*definition.parameters).clone()),
            defaults: self.defaults(&definition.parameters, scope)?,
            body: Body::Block(definition.body.iter().cloned().collect()),
            scope: scope.of_functions(),
            class: std::cell::RefCell::default(),
            kind: Kind::Plain,
            generator: generator::yields(&definition.body),
        };
        Ok(Value::Function(Rc::new(function)))
    }

    pub(super) fn lambda(
        &mut self,
        lambda: &ruff_python_ast::ExprLambda,
        scope: &Rc<Scope>,
    ) -> Outcome<Value> {
        let parameters = lambda.parameters.as_deref().cloned().unwrap_or_default();
        let function = Function {
            name: "<lambda>".to_owned(),
            defaults: self.defaults(&parameters, scope)?,
            parameters: Rc::new(parameters),
            body: Body::Expression(Rc::new((*lambda.body).clone())),
            scope: scope.of_functions(),
            class: std::cell::RefCell::default(),
            kind: Kind::Plain,
            generator: false,
        };
        Ok(Value::Function(Rc::new(function)))
    }

    fn defaults(&mut self, parameters: &Parameters, scope: &Rc<Scope>) -> Outcome<Vec<(String, Value)>> {
        let all = parameters.iter_non_variadic_params();
        let with_default = all.filter_map(|parameter| Some((parameter, parameter.default.as_deref()?)));
        with_default
            .map(|(parameter, default)| Ok((parameter.name().to_string(), self.eval(default, scope)?)))
            .collect()
    }

    pub(super) fn call_function(&mut self, function: &Rc<Function>, args: Args) -> Outcome<Value> {
        let run = match function.generator {
            true => Self::generate,
            false => Self::block_of_function,
        };
        self.run_function(function, args, run)
    }

    /// Calls a function whose statements are run by `run`.
    pub(super) fn run_function(
        &mut self,
        function: &Rc<Function>,
        args: Args,
        run: fn(&mut Self, &[Stmt], &Rc<Scope>) -> Outcome<Value>,
    ) -> Outcome<Value> {
        const DEEPEST: usize = 200;
        if self.frames.len() > DEEPEST {
            return Err(self.raise("RecursionError", "maximum recursion depth exceeded"));
        }
        let scope = Scope::inside(&function.scope, function.class.borrow().clone());
        self.bind_parameters(function, args, &scope)?;
        let line = self.place().1;
        self.enter_frame(scope.source.file.clone(), line);
        let result = match &function.body {
            Body::Expression(body) => self.eval(body, &scope),
            Body::Block(body) => run(self, body, &scope),
        };
        self.leave_frame();
        result
    }

    /// Runs the statements of a function; gives what it returns.
    pub(super) fn block_of_function(&mut self, body: &[Stmt], scope: &Rc<Scope>) -> Outcome<Value> {
        Ok(match self.block(body, scope)? {
            Flow::Return(value) => value,
            Flow::Next | Flow::Break | Flow::Continue => Value::None,
        })
    }

    fn bind_parameters(&mut self, function: &Rc<Function>, mut args: Args, scope: &Scope) -> Outcome<()> {
        let parameters = function.parameters.clone();
        let wrong = |vm: &Self, message: String| vm.type_error(format!("{}() {message}", function.name));
        for parameter in parameters.posonlyargs.iter().chain(&parameters.args) {
            let name = parameter.name().as_str();
            let value = args.positional.pop_front();
            let named = args.keyword(name);
            if value.is_some() && named.is_some() {
                return Err(wrong(self, format!("got multiple values for argument '{name}'")));
            }
            let value = value.or(named).or_else(|| default(function, name));
            let value = value.ok_or_else(|| wrong(self, format!("missing a required argument: '{name}'")))?;
            scope.set(name, value);
        }
        match &parameters.vararg {
            Some(rest) => scope.set(rest.name.as_str(), Value::tuple(args.rest())),
            None if args.positional.is_empty() => {}
            None => return Err(wrong(self, "takes fewer arguments than it is given".to_owned())),
        }
        for parameter in &parameters.kwonlyargs {
            let name = parameter.name().as_str();
            let value = args.keyword(name).or_else(|| default(function, name));
            let value = value.ok_or_else(|| wrong(self, format!("missing a required argument: '{name}'")))?;
            scope.set(name, value);
        }
        match (&parameters.kwarg, args.keywords.first()) {
            (Some(rest), _) => {
                let mut dict = Dict::default();
                for (name, value) in args.keywords {
                    dict.insert_str(&name, value);
                }
                scope.set(rest.name.as_str(), Value::dict(dict));
                Ok(())
            }
            (None, Some((name, _))) => Err(wrong(
                self,
                format!("got an unexpected keyword argument '{name}'"),
            )),
            (None, None) => Ok(()),
        }
    }
}

fn default(function: &Function, name: &str) -> Option<Value> {
    let found = function.defaults.iter().find(|(parameter, _)| parameter == name);
    found.map(|(_, value)| value.clone())
}
