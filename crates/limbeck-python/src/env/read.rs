//! The parts of env.py that count, found in its tree.

use std::collections::HashMap;

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{Expr, ExprCall, Parameter, Stmt, StmtClassDef, StmtFunctionDef};
use ruff_source_file::LineIndex;
use ruff_text_size::Ranged;

/// What was found.
pub(super) struct Reader<'a> {
    text: &'a str,
    lines: LineIndex,
    /// What each name is set to, anywhere in the file; `None` for what is more than a plain assignment.
    assigned: HashMap<&'a str, Vec<Option<&'a Expr>>>,
    functions: HashMap<&'a str, &'a StmtFunctionDef>,
    classes: HashMap<&'a str, &'a StmtClassDef>,
    /// What attributes are set to, by their names with dots.
    attributes: HashMap<String, &'a Expr>,
    /// What an imported name stands for: a module (with a dot before it for each level that it is relative to), and what of it, if that
    /// is not all.
    imports: HashMap<&'a str, (String, Option<&'a str>)>,
    calls: Vec<&'a ExprCall>,
    /// What `sqlalchemy.url` is set to, with the tests that it hangs on.
    pub(super) urls: Vec<Setting<'a>>,
    /// Whether `sqlalchemy.url` of the configuration is used.
    pub(super) asks_configuration: bool,
    tests: Vec<Test<'a>>,
}

/// A value that is set if some tests hold.
pub(super) struct Setting<'a> {
    pub(super) value: &'a Expr,
    pub(super) tests: Vec<Test<'a>>,
}

/// A condition, and what has to come of it; no condition where none could be told.
#[derive(Clone, Copy)]
pub(super) struct Test<'a> {
    pub(super) condition: Option<&'a Expr>,
    pub(super) wanted: bool,
}

pub(super) const URL: &str = "sqlalchemy.url";

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str, body: &'a [Stmt]) -> Self {
        let mut reader = Self {
            text,
            lines: LineIndex::from_source_text(text),
            assigned: HashMap::new(),
            functions: HashMap::new(),
            classes: HashMap::new(),
            attributes: HashMap::new(),
            imports: HashMap::new(),
            calls: Vec::new(),
            urls: Vec::new(),
            asks_configuration: false,
            tests: Vec::new(),
        };
        reader.visit_body(body);
        reader
    }

    pub(super) fn line(&self, node: &impl Ranged) -> usize {
        self.lines.line_index(node.range().start()).get()
    }

    /// The source of something, in one line.
    pub(super) fn source(&self, node: &impl Ranged) -> String {
        let words = self.text[node.range()].split_whitespace();
        words.collect::<Vec<_>>().join(" ")
    }

    /// The one expression that a name is set to.
    pub(super) fn assigned(&self, name: &str) -> Option<&'a Expr> {
        match self.assigned.get(name)?.as_slice() {
            [only] => *only,
            _ => None,
        }
    }

    pub(super) fn class(&self, name: &str) -> Option<&'a StmtClassDef> {
        self.classes.get(name).copied()
    }

    /// What an attribute is set to.
    pub(super) fn attribute(&self, dotted: &str) -> Option<&'a Expr> {
        self.attributes.get(dotted).copied()
    }

    /// The module that an imported name is from, and what of it, if that is not all.
    pub(super) fn import(&self, name: &str) -> Option<(&str, Option<&'a str>)> {
        let (module, name) = self.imports.get(name)?;
        Some((module, *name))
    }

    /// What a function returns, where that is one expression.
    pub(super) fn returned(&self, name: &str) -> Option<&'a Expr> {
        let function = self.functions.get(name)?;
        let mut returns = Returns(Vec::new());
        returns.visit_body(&function.body);
        match returns.0.as_slice() {
            [only] => *only,
            _ => None,
        }
    }

    /// The calls of `configure` that are meant for a run on a database; all, where none has a connection.
    pub(super) fn configure_calls(&self) -> Vec<&'a ExprCall> {
        let is_configure = |call: &&&ExprCall| match &*call.func {
            Expr::Attribute(attribute) => {
                attribute.attr.as_str() == "configure" && self.source(&*attribute.value).ends_with("context")
            }
            _ => false,
        };
        let calls: Vec<&'a ExprCall> = self.calls.iter().filter(is_configure).copied().collect();
        let has_connection = |call: &&&ExprCall| call.arguments.find_keyword("connection").is_some();
        let online: Vec<&'a ExprCall> = calls.iter().filter(has_connection).copied().collect();
        if online.is_empty() { calls } else { online }
    }

    /// What engines are made for: the first argument of `create_engine` and its like.
    pub(super) fn engine_urls(&self) -> impl Iterator<Item = &'a Expr> {
        let calls = self.calls.iter().filter(|call| {
            let name = called(call);
            name == "create_engine" || name == "create_async_engine"
        });
        calls.filter_map(|call| call.arguments.find_argument_value("url", 0))
    }

    /// Where an object, or a list of them, is imported from: `module:attribute`.
    pub(super) fn objects(&self, expression: &Expr) -> Vec<String> {
        let elements = match expression {
            Expr::List(list) => &*list.elts,
            Expr::Tuple(tuple) => &*tuple.elts,
            Expr::Name(name) if !self.imports.contains_key(name.id.as_str()) => {
                return self.objects_of_name(name.id.as_str());
            }
            other => std::slice::from_ref(other),
        };
        let objects = elements.iter().map(|element| self.object(element));
        objects.collect::<Option<_>>().unwrap_or_default()
    }

    /// A name that is set to `None` first, and to the models behind it, is common.
    fn objects_of_name(&self, name: &str) -> Vec<String> {
        let values = self.assigned.get(name).into_iter().flatten();
        let values: Vec<&Option<&Expr>> = values
            .filter(|value| !value.is_some_and(Expr::is_none_literal_expr))
            .collect();
        match values.as_slice() {
            // A name that is set to itself leads nowhere.
            [Some(only)]
                if !only.is_name_expr()
                    || dotted(only).is_some_and(|other| self.imports.contains_key(other.as_str())) =>
            {
                self.objects(only)
            }
            _ => Vec::new(),
        }
    }

    fn object(&self, expression: &Expr) -> Option<String> {
        let dotted = dotted(expression)?;
        let (root, rest) = dotted.split_once('.').unwrap_or((&dotted, ""));
        match self.imports.get(root)? {
            (module, Some(name)) if rest.is_empty() => Some(format!("{module}:{name}")),
            (module, Some(name)) => Some(format!("{module}:{name}.{rest}")),
            // `import a.b` gives the name `a`: what of the dots belongs to the module is told by the import.
            (module, None) => {
                let behind = dotted
                    .strip_prefix(module.as_str())
                    .and_then(|rest| rest.strip_prefix('.'));
                Some(format!("{module}:{}", behind.unwrap_or(rest)))
            }
        }
    }

    fn assign(&mut self, target: &'a Expr, value: Option<&'a Expr>) {
        match target {
            Expr::Name(name) => self.assigned.entry(name.id.as_str()).or_default().push(value),
            Expr::Tuple(tuple) => tuple.elts.iter().for_each(|element| self.assign(element, None)),
            Expr::Attribute(_) => {
                if let Some((name, value)) = dotted(target).zip(value) {
                    self.attributes.insert(name, value);
                }
            }
            Expr::Subscript(subscript) => {
                let is_url = text_of(&subscript.slice) == Some(URL);
                if let Some(value) = value.filter(|_| is_url) {
                    self.set_url(value);
                }
            }
            _ => {}
        }
    }

    fn set_url(&mut self, value: &'a Expr) {
        self.urls.push(Setting {
            value,
            tests: self.tests.clone(),
        });
    }

    fn under(&mut self, test: Test<'a>, body: &'a [Stmt]) {
        self.tests.push(test);
        self.visit_body(body);
        self.tests.pop();
    }

    fn take_import(&mut self, statement: &'a Stmt) {
        match statement {
            Stmt::Import(import) => {
                for alias in &import.names {
                    let module = alias.name.as_str();
                    let name = match &alias.asname {
                        Some(name) => name.as_str(),
                        None => module.split('.').next().unwrap_or(module),
                    };
                    self.imports.insert(name, (module.to_owned(), None));
                }
            }
            Stmt::ImportFrom(import) => {
                let module = import.module.as_ref().map_or("", |module| module.as_str());
                let module = format!("{}{module}", ".".repeat(import.level as usize));
                for alias in &import.names {
                    let name = alias.asname.as_ref().unwrap_or(&alias.name);
                    let imported = (module.clone(), Some(alias.name.as_str()));
                    self.imports.insert(name.as_str(), imported);
                }
            }
            _ => {}
        }
    }

    fn if_statement(&mut self, statement: &'a ruff_python_ast::StmtIf) {
        let test = |condition: &'a Expr, wanted| Test {
            condition: Some(condition),
            wanted,
        };
        self.visit_expr(&statement.test);
        self.under(test(&statement.test, true), &statement.body);
        let before = self.tests.len();
        self.tests.push(test(&statement.test, false));
        for clause in &statement.elif_else_clauses {
            match &clause.test {
                Some(condition) => {
                    self.visit_expr(condition);
                    self.under(test(condition, true), &clause.body);
                    self.tests.push(test(condition, false));
                }
                None => self.visit_body(&clause.body),
            }
        }
        self.tests.truncate(before);
    }
}

impl<'a> Visitor<'a> for Reader<'a> {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        match statement {
            Stmt::Assign(assign) => {
                for target in &assign.targets {
                    self.assign(target, Some(&assign.value));
                }
            }
            Stmt::AnnAssign(assign) if assign.value.is_some() => {
                self.assign(&assign.target, assign.value.as_deref());
            }
            Stmt::AugAssign(assign) => self.assign(&assign.target, None),
            Stmt::For(statement) => self.assign(&statement.target, None),
            Stmt::FunctionDef(function) => {
                self.functions.insert(function.name.as_str(), function);
            }
            Stmt::ClassDef(class) => {
                self.classes.insert(class.name.as_str(), class);
            }
            Stmt::Import(_) | Stmt::ImportFrom(_) => self.take_import(statement),
            Stmt::If(statement) => return self.if_statement(statement),
            _ => {}
        }
        // What may be run or not, or several times, is under a test that nobody can tell.
        let unknown = matches!(statement, Stmt::Try(_) | Stmt::For(_) | Stmt::While(_));
        if unknown {
            self.tests.push(Test {
                condition: None,
                wanted: true,
            });
        }
        visitor::walk_stmt(self, statement);
        if unknown {
            self.tests.pop();
        }
    }

    fn visit_parameter(&mut self, parameter: &'a Parameter) {
        self.assigned
            .entry(parameter.name.as_str())
            .or_default()
            .push(None);
    }

    fn visit_expr(&mut self, expression: &'a Expr) {
        match expression {
            Expr::Call(call) => {
                self.calls.push(call);
                match (called(call), &*call.arguments.args) {
                    ("set_main_option", [key, value]) if text_of(key) == Some(URL) => {
                        self.set_url(value);
                        // The key itself is no question.
                        return self.visit_expr(value);
                    }
                    ("engine_from_config" | "async_engine_from_config", _) => self.asks_configuration = true,
                    _ => {}
                }
            }
            Expr::StringLiteral(_) => self.asks_configuration |= text_of(expression) == Some(URL),
            Expr::Named(named) => self.assign(&named.target, Some(&named.value)),
            _ => {}
        }
        visitor::walk_expr(self, expression);
    }
}

/// What a function returns.
struct Returns<'a>(Vec<Option<&'a Expr>>);

impl<'a> Visitor<'a> for Returns<'a> {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        match statement {
            Stmt::Return(statement) => self.0.push(statement.value.as_deref()),
            Stmt::FunctionDef(_) | Stmt::ClassDef(_) => {}
            _ => visitor::walk_stmt(self, statement),
        }
    }
}

/// The name of what is called, without what stands before its last dot.
pub(super) fn called(call: &ExprCall) -> &str {
    match &*call.func {
        Expr::Name(name) => name.id.as_str(),
        Expr::Attribute(attribute) => attribute.attr.as_str(),
        _ => "",
    }
}

pub(super) fn text_of(expression: &Expr) -> Option<&str> {
    expression
        .as_string_literal_expr()
        .map(|literal| literal.value.to_str())
}

/// `a.b.c`, as a text.
pub(crate) fn dotted(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Name(name) => Some(name.id.to_string()),
        Expr::Attribute(attribute) => Some(format!("{}.{}", dotted(&attribute.value)?, attribute.attr)),
        _ => None,
    }
}
