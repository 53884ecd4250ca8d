//! The naming convention of the models, where it stands in their source: `MetaData(naming_convention={…})`.

use std::fs;
use std::path::{Path, PathBuf};

use ruff_python_ast::{Expr, Operator, Stmt};

use super::read::{Reader, called, dotted, text_of};

/// `ix`, `uq`, `ck`, `fk`, `pk` and their patterns.
pub(crate) type Patterns = Vec<(String, String)>;

/// How many modules may be looked into behind each other.
const DEPTH: usize = 8;

/// The convention of env.py's `target_metadata`; `None` where it has none, or none that is literal.
pub(crate) fn of_models(env: &Path, search_path: &[PathBuf]) -> Option<Patterns> {
    let text = fs::read_to_string(env).ok()?;
    let place = Place {
        search_path,
        package: String::new(),
        depth: DEPTH,
    };
    place.read(&text, |source| {
        let calls = source.reader.configure_calls();
        let mut metadata = calls
            .iter()
            .filter_map(|call| call.arguments.find_keyword("target_metadata"));
        source.metadata(&metadata.next()?.value)
    })
}

/// Where a module is, and what it may import.
#[derive(Clone)]
struct Place<'a> {
    search_path: &'a [PathBuf],
    /// The package that relative imports begin with.
    package: String,
    depth: usize,
}

impl Place<'_> {
    fn read<T>(&self, text: &str, look: impl FnOnce(Source<'_, '_>) -> Option<T>) -> Option<T> {
        let parsed = ruff_python_parser::parse_module(text).ok()?;
        let reader = Reader::new(text, parsed.suite());
        look(Source {
            place: self,
            reader: &reader,
        })
    }

    /// Looks into another module.
    fn module<T>(&self, module: &str, look: impl FnOnce(Source<'_, '_>) -> Option<T>) -> Option<T> {
        let depth = self.depth.checked_sub(1)?;
        let name = self.absolute(module)?;
        let below: PathBuf = name.split('.').collect();
        for place in self.search_path {
            let package = place.join(&below).join("__init__.py");
            let is_package = package.is_file();
            let file = if is_package {
                package
            } else {
                place.join(&below).with_extension("py")
            };
            let Ok(text) = fs::read_to_string(file) else {
                continue;
            };
            let package = match name.rsplit_once('.') {
                _ if is_package => name.clone(),
                Some((package, _)) => package.to_owned(),
                None => String::new(),
            };
            let place = Place {
                search_path: self.search_path,
                package,
                depth,
            };
            return place.read(&text, look);
        }
        None
    }

    /// A module's name without dots before it.
    fn absolute(&self, module: &str) -> Option<String> {
        let name = module.trim_start_matches('.');
        let level = module.len() - name.len();
        let mut package = self.package.as_str();
        for _ in 1..level {
            package = package.rsplit_once('.')?.0;
        }
        Some(match (level, name) {
            (0, _) => name.to_owned(),
            (_, "") => package.to_owned(),
            _ => format!("{package}.{name}"),
        })
    }
}

/// A module's source.
#[derive(Clone, Copy)]
struct Source<'a, 'b> {
    place: &'a Place<'b>,
    reader: &'a Reader<'a>,
}

impl Source<'_, '_> {
    /// The convention of what an expression makes: a `MetaData`, or something that is given one.
    fn metadata(self, expression: &Expr) -> Option<Patterns> {
        match expression {
            Expr::Call(call) if called(call) == "MetaData" => {
                self.patterns(&call.arguments.find_keyword("naming_convention")?.value)
            }
            Expr::Call(call) => self.metadata(&call.arguments.find_keyword("metadata")?.value),
            Expr::List(list) => list.elts.iter().find_map(|element| self.metadata(element)),
            _ => self.named(&dotted(expression)?),
        }
    }

    /// The convention of a name, or of what stands behind its dots.
    fn named(self, name: &str) -> Option<Patterns> {
        if let Some(patterns) = self.reader.attribute(&format!("{name}.naming_convention")) {
            return self.patterns(patterns);
        }
        let (root, behind) = name.split_once('.').unwrap_or((name, ""));
        if let Some((module, imported)) = self.reader.import(root) {
            return match (imported, behind) {
                (Some(imported), _) => self.imported(module, imported, behind),
                (None, behind) => {
                    // `import a.b` gives the name `a`.
                    let inner = name.strip_prefix(module).and_then(|rest| rest.strip_prefix('.'));
                    self.place
                        .module(module, |source| source.named(inner.unwrap_or(behind)))
                }
            };
        }
        if let Some(class) = self.reader.class(root) {
            return self.class(class, behind);
        }
        let value = self.reader.assigned(root)?;
        match dotted(value) {
            // A name that is set to itself leads nowhere.
            Some(other) if other.split('.').next() != Some(root) => {
                self.named(format!("{other}.{behind}").trim_end_matches('.'))
            }
            Some(_) => None,
            None => self.metadata(value),
        }
    }

    /// What `from module import name` gives: something in the module, or a module below it.
    fn imported(self, module: &str, name: &str, behind: &str) -> Option<Patterns> {
        let inner = format!("{name}.{behind}");
        let found = self
            .place
            .module(module, |source| source.named(inner.trim_end_matches('.')));
        found.or_else(|| {
            let below = match module.ends_with('.') {
                true => format!("{module}{name}"),
                false => format!("{module}.{name}"),
            };
            self.place.module(&below, |source| source.named(behind))
        })
    }

    /// The metadata of a class of models, or of what it inherits from.
    fn class(self, class: &ruff_python_ast::StmtClassDef, behind: &str) -> Option<Patterns> {
        let own = class.body.iter().find_map(|statement| match statement {
            Stmt::Assign(assign) => {
                let is_metadata = |target: &Expr| dotted(target).as_deref() == Some("metadata");
                assign.targets.iter().any(is_metadata).then_some(&*assign.value)
            }
            Stmt::AnnAssign(assign) if dotted(&assign.target).as_deref() == Some("metadata") => {
                assign.value.as_deref()
            }
            _ => None,
        });
        if let Some(own) = own {
            return self.metadata(own);
        }
        let bases = class.arguments.iter().flat_map(|arguments| &arguments.args);
        let names = bases
            .filter_map(dotted)
            .filter(|base| *base != class.name.as_str());
        names
            .map(|base| format!("{base}.{behind}"))
            .find_map(|base| self.named(base.trim_end_matches('.')))
    }

    /// A dictionary of literals, or a name of one.
    fn patterns(self, expression: &Expr) -> Option<Patterns> {
        if let Expr::Dict(dict) = expression {
            let items = dict.items.iter();
            let patterns = items.map(|item| Some((text(item.key.as_ref()?)?, text(&item.value)?)));
            return patterns.collect();
        }
        let name = dotted(expression)?;
        let (root, behind) = name.split_once('.').unwrap_or((&name, ""));
        match self.reader.import(root) {
            Some((module, Some(imported))) if behind.is_empty() => {
                self.place.module(module, |source| source.constant(imported))
            }
            Some((module, Some(imported))) => {
                let module = format!("{module}.{imported}");
                self.place.module(&module, |source| source.constant(behind))
            }
            Some((module, None)) => self.place.module(module, |source| source.constant(behind)),
            None if behind.is_empty() => self.constant(root),
            None => None,
        }
    }

    fn constant(self, name: &str) -> Option<Patterns> {
        match self.reader.assigned(name) {
            Some(value) if dotted(value).as_deref() != Some(name) => self.patterns(value),
            Some(_) => None,
            None => {
                let (module, imported) = self.reader.import(name)?;
                self.place.module(module, |source| source.constant(imported?))
            }
        }
    }
}

/// A text, or several that are put together.
fn text(expression: &Expr) -> Option<String> {
    match expression {
        Expr::BinOp(sum) if sum.op == Operator::Add => Some(text(&sum.left)? + &text(&sum.right)?),
        _ => text_of(expression).map(str::to_owned),
    }
}
