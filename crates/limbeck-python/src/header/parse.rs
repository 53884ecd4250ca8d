//! The whole file, by a real parser: where the quick look is not sure.

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;

use limbeck_core::script::ScriptError;
use ruff_python_ast::{Expr, Stmt};
use ruff_source_file::LineIndex;
use ruff_text_size::Ranged;

use super::constant::{Constant, constant};
use super::{Assigned, Found, NAMES, no_python};

pub(super) fn parse(file: &str, text: &str, modules: Modules<'_>) -> Result<Found, ScriptError> {
    let parsed = ruff_python_parser::parse_module(text).map_err(|error| no_python(file, text, &error))?;
    let body = parsed.suite();
    let mut reader = Reader::new(text, modules);
    reader.read(body, false);
    reader.found.docstring = docstring(body);
    Ok(reader.found)
}

/// Where modules of the project are, whose constants a revision may have its labels from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Modules<'a> {
    search_path: &'a [PathBuf],
    /// How many modules may be asked behind each other.
    depth: usize,
}

impl<'a> Modules<'a> {
    pub(crate) fn new(search_path: &'a [PathBuf]) -> Self {
        Self {
            search_path,
            depth: 4,
        }
    }

    /// The value of `module.name`, where that is a constant in the source of the module.
    fn constant(self, dotted: &str) -> Option<Constant> {
        let depth = self.depth.checked_sub(1)?;
        let (module, name) = dotted.rsplit_once('.')?;
        let below: PathBuf = module.split('.').collect();
        let files = self.search_path.iter().flat_map(|place| {
            let module = place.join(&below);
            [module.with_extension("py"), module.join("__init__.py")]
        });
        let text = files.into_iter().find_map(|file| fs::read_to_string(file).ok())?;
        let parsed = ruff_python_parser::parse_module(&text).ok()?;
        let mut reader = Reader::new(&text, Self { depth, ..self });
        reader.read(parsed.suite(), false);
        reader.lookup(name)
    }
}

fn docstring(body: &[Stmt]) -> Option<String> {
    match body.first()? {
        Stmt::Expr(statement) => {
            let literal = statement.value.as_string_literal_expr()?;
            Some(literal.value.to_str().replace("\r\n", "\n"))
        }
        _ => None,
    }
}

struct Reader<'a> {
    text: &'a str,
    lines: LineIndex,
    names: HashMap<&'a str, Constant>,
    /// What imported names stand for, with dots.
    imports: HashMap<&'a str, String>,
    modules: Modules<'a>,
    found: Found,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str, modules: Modules<'a>) -> Self {
        Self {
            text,
            lines: LineIndex::from_source_text(text),
            names: HashMap::new(),
            imports: HashMap::new(),
            modules,
            found: Found::default(),
        }
    }

    /// The value of a name, or of what stands behind its dots.
    fn lookup(&self, dotted: &str) -> Option<Constant> {
        if let Some(value) = self.names.get(dotted) {
            return Some(value.clone());
        }
        let (root, behind) = dotted.split_once('.').unwrap_or((dotted, ""));
        let origin = self.imports.get(root)?;
        self.modules
            .constant(format!("{origin}.{behind}").trim_end_matches('.'))
    }

    fn import(&mut self, statement: &'a Stmt) {
        match statement {
            Stmt::Import(import) => {
                for alias in &import.names {
                    let module = alias.name.as_str();
                    let root = module.split('.').next().unwrap_or(module);
                    let (name, origin) = match &alias.asname {
                        Some(name) => (name.as_str(), module),
                        None => (root, root),
                    };
                    self.imports.insert(name, origin.to_owned());
                }
            }
            Stmt::ImportFrom(import) if import.level == 0 => {
                let module = import.module.as_ref().map_or("", |module| module.as_str());
                for alias in &import.names {
                    let name = alias.asname.as_ref().unwrap_or(&alias.name);
                    self.imports
                        .insert(name.as_str(), format!("{module}.{}", alias.name));
                }
            }
            _ => {}
        }
    }

    /// Reads statements; `conditional` inside of a statement that may not run them, or more than once.
    fn read(&mut self, body: &'a [Stmt], conditional: bool) {
        for statement in body {
            match statement {
                Stmt::Assign(assign) => {
                    let names = assign.targets.iter().flat_map(names_in);
                    for (name, alone) in names.collect::<Vec<_>>() {
                        self.set(name, statement, (alone && !conditional).then_some(&*assign.value));
                    }
                }
                Stmt::AnnAssign(assign) => {
                    if let (Expr::Name(name), Some(value)) = (&*assign.target, &assign.value) {
                        self.set(&name.id, statement, (!conditional).then_some(&**value));
                    }
                }
                Stmt::AugAssign(assign) => {
                    if let Expr::Name(name) = &*assign.target {
                        self.set(&name.id, statement, None);
                    }
                }
                Stmt::If(statement) => {
                    self.read(&statement.body, true);
                    for clause in &statement.elif_else_clauses {
                        self.read(&clause.body, true);
                    }
                }
                Stmt::Try(statement) => {
                    for part in [&statement.body, &statement.orelse, &statement.finalbody] {
                        self.read(part, true);
                    }
                    for handler in &statement.handlers {
                        let ruff_python_ast::ExceptHandler::ExceptHandler(handler) = handler;
                        self.read(&handler.body, true);
                    }
                }
                Stmt::Import(_) | Stmt::ImportFrom(_) => self.import(statement),
                Stmt::With(statement) => self.read(&statement.body, true),
                Stmt::For(statement) => self.read(&statement.body, true),
                Stmt::While(statement) => self.read(&statement.body, true),
                _ => {}
            }
        }
    }

    /// Takes down what a statement sets a name to; `None` for what only Python could tell.
    fn set(&mut self, name: &'a str, statement: &Stmt, value: Option<&Expr>) {
        let value = match value {
            Some(value) => constant(value, self.text, &|name| self.lookup(name)),
            None => Constant::Conditional,
        };
        if let Some(at) = NAMES.iter().position(|known| *known == name) {
            let line = self.lines.line_index(statement.range().start()).get();
            self.found.values[at] = Some(Assigned {
                line,
                value: value.clone(),
            });
        }
        self.names.insert(name, value);
    }
}

/// The names that a target sets, and whether it is that name alone.
fn names_in(target: &Expr) -> Vec<(&str, bool)> {
    match target {
        Expr::Name(name) => vec![(name.id.as_str(), true)],
        Expr::Tuple(tuple) => tuple
            .elts
            .iter()
            .flat_map(names_in)
            .map(|(name, _)| (name, false))
            .collect(),
        Expr::List(list) => list
            .elts
            .iter()
            .flat_map(names_in)
            .map(|(name, _)| (name, false))
            .collect(),
        _ => Vec::new(),
    }
}
