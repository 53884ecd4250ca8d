//! Imports. A name is imported when it is used, and a module of the project's is run as far as that needs: the statements that bind
//! the name or change it. So what `upgrade()` never touches never fails, and the application is not started.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use ruff_python_ast::{Stmt, StmtImport, StmtImportFrom};

use super::binding::about;
use super::scope::Scope;
use super::{Source, Vm};
use crate::value::{Args, Module, Object, Outcome, Value};

/// A module of the project's: its source, and how much of it was run.
#[derive(Debug)]
pub(super) struct Loaded {
    scope: Rc<Scope>,
    /// The directory that its relative imports start from.
    directory: PathBuf,
    /// The statements that bind or change each name.
    about: HashMap<String, Vec<usize>>,
    /// Those that are run, or being run.
    done: RefCell<HashSet<usize>>,
    /// What `from … import *` stands for.
    stars: Vec<Wanted>,
    /// The names that are being looked for there: modules may have all of each other.
    sought: RefCell<HashSet<String>>,
}

impl Loaded {
    /// The modules of which it has all names, and the directories that they are looked for in.
    pub(super) fn stars(&self) -> impl Iterator<Item = (&str, Option<&Path>)> {
        self.stars
            .iter()
            .map(|star| (&*star.module, star.beside.as_deref()))
    }

    /// Looks for a name, unless that is what is being done.
    pub(super) fn once<T>(
        &self,
        name: &str,
        look: impl FnOnce() -> Outcome<Option<T>>,
    ) -> Outcome<Option<T>> {
        if !self.sought.borrow_mut().insert(name.to_owned()) {
            return Ok(None);
        }
        let found = look();
        self.sought.borrow_mut().remove(name);
        found
    }

    pub(super) fn statements(&self) -> &[Stmt] {
        self.scope.source.statements()
    }
}

/// What an import asks for.
#[derive(Debug, Clone)]
struct Wanted {
    module: String,
    /// Where a relative import starts from, and how many directories above the file that is.
    beside: Option<PathBuf>,
    name: Option<String>,
}

impl Wanted {
    fn path(&self) -> String {
        match &self.name {
            Some(name) if self.module.is_empty() => name.clone(),
            Some(name) => format!("{}.{name}", self.module),
            None => self.module.clone(),
        }
    }
}

/// A name that was imported and not yet used.
#[derive(Debug)]
pub(super) struct Lazy(Wanted);

impl Object for Lazy {
    fn class_name(&self) -> &str {
        "import"
    }
}

/// What is not at hand: a module of the application's that is not there, or a package's. Its use is an error that names it.
#[derive(Debug)]
pub(crate) struct StandIn {
    /// Its dotted name.
    pub(crate) name: String,
}

impl StandIn {
    pub(crate) fn refuse(&self, vm: &Vm<'_>) -> crate::value::Raise {
        vm.unknown(format!("'{}', which is imported from outside,", self.name))
    }
}

impl Object for StandIn {
    fn class_name(&self) -> &str {
        &self.name
    }

    fn attribute(self: Rc<Self>, vm: &mut Vm<'_>, name: &str) -> Outcome<Option<Value>> {
        // Of a package that is not there, a module may be known.
        let name = format!("{}.{name}", self.name);
        Ok(Some(match vm.load(&name, None)? {
            Some(module) => Value::Object(module),
            None => Value::object(Self { name }),
        }))
    }

    // Whoever calls it may have the database changed.
    fn call(self: Rc<Self>, vm: &mut Vm<'_>, _args: Args) -> Outcome<Value> {
        Err(self.refuse(vm))
    }

    fn item(self: Rc<Self>, vm: &mut Vm<'_>, _key: &Value) -> Outcome<Value> {
        Err(self.refuse(vm))
    }

    fn iterate(self: Rc<Self>, vm: &mut Vm<'_>) -> Outcome<Vec<Value>> {
        Err(self.refuse(vm))
    }

    fn truth(self: Rc<Self>, vm: &mut Vm<'_>) -> Outcome<bool> {
        Err(self.refuse(vm))
    }

    fn enter(self: Rc<Self>, vm: &mut Vm<'_>) -> Outcome<Value> {
        Err(self.refuse(vm))
    }

    fn binary(
        self: Rc<Self>,
        vm: &mut Vm<'_>,
        _: crate::value::Binary,
        _: &Value,
        _: bool,
    ) -> Outcome<Option<Value>> {
        Err(self.refuse(vm))
    }

    fn compare(
        self: Rc<Self>,
        vm: &mut Vm<'_>,
        _: crate::value::Compare,
        _: &Value,
        _: bool,
    ) -> Outcome<Option<Value>> {
        Err(self.refuse(vm))
    }

    fn subclass(
        self: Rc<Self>,
        vm: &mut Vm<'_>,
        _: &str,
        _: &[Value],
        _: &crate::value::Dict,
    ) -> Outcome<Option<Value>> {
        Err(self.refuse(vm))
    }

    fn is_class_of(self: Rc<Self>, vm: &mut Vm<'_>, _value: &Value) -> Outcome<Option<bool>> {
        Err(self.refuse(vm))
    }

    fn repr(self: Rc<Self>, vm: &mut Vm<'_>) -> Outcome<String> {
        Err(self.refuse(vm))
    }
}

impl Vm<'_> {
    pub(super) fn import(&mut self, stmt: &StmtImport, scope: &Rc<Scope>) -> Outcome<()> {
        for alias in &stmt.names {
            let path = alias.name.as_str();
            let (bound, module) = match &alias.asname {
                Some(name) => (name.as_str(), path),
                // `import a.b` binds `a`.
                None => {
                    let first = path.split('.').next().unwrap_or(path);
                    (first, first)
                }
            };
            let wanted = Wanted {
                module: module.to_owned(),
                beside: None,
                name: None,
            };
            scope.set(bound, Value::object(Lazy(wanted)));
        }
        Ok(())
    }

    pub(super) fn import_from(&mut self, stmt: &StmtImportFrom, scope: &Rc<Scope>) -> Outcome<()> {
        for alias in stmt.names.iter().filter(|alias| alias.name.as_str() != "*") {
            let wanted = self.wanted(stmt, Some(alias.name.to_string()), scope);
            let bound = alias.asname.as_ref().unwrap_or(&alias.name);
            scope.set(bound, Value::object(Lazy(wanted)));
        }
        Ok(())
    }

    fn wanted(&self, stmt: &StmtImportFrom, name: Option<String>, scope: &Scope) -> Wanted {
        let beside = (stmt.level > 0).then(|| {
            let mut directory = self
                .loaded
                .get(&scope.module.name)
                .map(|loaded| loaded.directory.clone())
                .unwrap_or_default();
            for _ in 1..stmt.level {
                directory.pop();
            }
            directory
        });
        Wanted {
            module: stmt.module.as_ref().map(ToString::to_string).unwrap_or_default(),
            beside,
            name,
        }
    }

    /// A name that the program uses.
    pub(super) fn name(&mut self, name: &str, scope: &Rc<Scope>) -> Outcome<Value> {
        if let Some(value) = scope.local(name) {
            return self.resolved(value);
        }
        let module = scope.module.clone();
        if let Some(value) = self.defined(&module, name)? {
            return Ok(value);
        }
        if let Some(value) = super::builtins::find(self, name) {
            return Ok(value);
        }
        if super::builtins::is_left_out(name) {
            return Err(self.unknown(format!("Python's '{name}'")));
        }
        if let Some(how) = self.may_define(&module, name)? {
            return Err(self.unknown(format!("'{name}', which {how} may define,")));
        }
        Err(self.raise("NameError", format!("name '{name}' is not defined")))
    }

    fn resolved(&mut self, value: Value) -> Outcome<Value> {
        match value.downcast::<Lazy>() {
            Some(lazy) => self.fetch(&lazy.0),
            None => Ok(value),
        }
    }

    /// A module's name, if it defines it.
    pub(super) fn defined(&mut self, module: &Rc<Module>, name: &str) -> Outcome<Option<Value>> {
        if let Some(loaded) = self.loaded.get(&module.name).cloned() {
            for at in loaded.about.get(name).into_iter().flatten() {
                if loaded.done.borrow_mut().insert(*at) {
                    let stmt = &loaded.scope.source.statements()[*at];
                    self.enter_frame(loaded.scope.source.file.clone(), 1);
                    let result = self.stmt(stmt, &loaded.scope);
                    self.leave_frame();
                    result?;
                }
            }
            let is_there = module.names.borrow().contains_key(name);
            if !is_there && let Some(value) = loaded.once(name, || self.of_stars(&loaded, name))? {
                return Ok(Some(value));
            }
        }
        match module.get(name) {
            Some(value) => {
                let resolved = self.resolved(value)?;
                module
                    .names
                    .borrow_mut()
                    .insert(name.to_owned(), resolved.clone());
                Ok(Some(resolved))
            }
            None => Ok(None),
        }
    }

    /// A name out of what a module has by `from … import *`.
    fn of_stars(&mut self, loaded: &Loaded, name: &str) -> Outcome<Option<Value>> {
        for (wanted, beside) in loaded.stars() {
            if let Some(from) = self.load(wanted, beside)?
                && let Some(value) = self.defined(&from, name)?
            {
                return Ok(Some(value));
            }
        }
        Ok(None)
    }

    /// What stands behind the dot of a module: a name, or a module below it.
    pub(crate) fn member(&mut self, module: &Rc<Module>, name: &str) -> Outcome<Option<Value>> {
        if let Some(value) = self.defined(module, name)? {
            return Ok(Some(value));
        }
        if module.name == "sqlalchemy.exc"
            && let Some(class) = self.exception_class(name)
        {
            return Ok(Some(class));
        }
        let below = format!("{}.{name}", module.name);
        if let Some(module) = self.load(&below, None)? {
            return Ok(Some(Value::Object(module)));
        }
        if module.find.is_some() {
            return Err(self.unknown(format!("'{below}'")));
        }
        Ok(None)
    }

    fn fetch(&mut self, wanted: &Wanted) -> Outcome<Value> {
        let Some(name) = &wanted.name else {
            return Ok(match self.load(&wanted.module, wanted.beside.as_deref())? {
                Some(module) => Value::Object(module),
                None => Value::object(StandIn { name: wanted.path() }),
            });
        };
        if !(wanted.module.is_empty() && wanted.beside.is_some())
            && let Some(module) = self.load(&wanted.module, wanted.beside.as_deref())?
            && let Some(value) = self.member(&module, name)?
        {
            return Ok(value);
        }
        let below = if wanted.module.is_empty() {
            name.clone()
        } else {
            format!("{}.{name}", wanted.module)
        };
        Ok(match self.load(&below, wanted.beside.as_deref())? {
            Some(module) => Value::Object(module),
            None => Value::object(StandIn { name: wanted.path() }),
        })
    }

    /// The module of a dotted name: the evaluator's, or the project's. Packages are not run for the modules in them.
    pub(super) fn load(&mut self, name: &str, beside: Option<&Path>) -> Outcome<Option<Rc<Module>>> {
        if beside.is_none() {
            if let Some(module) = self.modules.get(name) {
                return Ok(Some(module.clone()));
            }
            if let Some(module) = crate::modules::find(name) {
                let module = Rc::new(module);
                self.modules.insert(name.to_owned(), module.clone());
                return Ok(Some(module));
            }
            if let Some(known) = crate::packages::python_module(name) {
                let module = match self.modules.get(known.name) {
                    Some(module) => module.clone(),
                    None => self.load_text(known.name, known.name, known.text, PathBuf::new())?,
                };
                self.modules.insert(name.to_owned(), module.clone());
                return Ok(Some(module));
            }
        }
        let below = name.replace('.', "/");
        let places = match beside {
            Some(directory) => vec![directory.to_owned()],
            None => self.settings.search_path.clone(),
        };
        for place in places {
            for (path, directory) in [
                (
                    place.join(format!("{below}.py")),
                    place.join(&below).parent().map(Path::to_owned),
                ),
                (place.join(&below).join("__init__.py"), Some(place.join(&below))),
            ] {
                if path.is_file() {
                    return self
                        .load_file(name, &path, directory.unwrap_or_default())
                        .map(Some);
                }
            }
            // A directory without `__init__.py` is a package too.
            if place.join(&below).is_dir() && !below.is_empty() {
                let module = Rc::new(Module {
                    name: name.to_owned(),
                    names: RefCell::default(),
                    find: None,
                });
                self.modules.insert(name.to_owned(), module.clone());
                return Ok(Some(module));
            }
        }
        Ok(None)
    }

    fn load_file(&mut self, name: &str, path: &Path, directory: PathBuf) -> Outcome<Rc<Module>> {
        let file = path.display().to_string();
        // A module that is found in two ways is one.
        if let Some(module) = self.modules.get(&file) {
            return Ok(module.clone());
        }
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) => return Err(self.unknown(format!("'{file}' ({error})"))),
        };
        let module = self.load_text(name, &file, &text, directory)?;
        self.modules.insert(file, module.clone());
        Ok(module)
    }

    fn load_text(&mut self, name: &str, file: &str, text: &str, directory: PathBuf) -> Outcome<Rc<Module>> {
        match Source::parse(file, text) {
            Ok(source) => Ok(self.add_module(name, Rc::new(source), directory)),
            Err(error) => Err(self.unknown(format!("'{file}', line {} ({}),", error.line, error.message))),
        }
    }

    /// `importlib.import_module(name)`.
    pub(crate) fn import_module(&mut self, name: &str) -> Outcome<Value> {
        self.fetch(&Wanted {
            module: name.to_owned(),
            beside: None,
            name: None,
        })
    }

    /// Takes all statements of a module for done.
    #[cfg(test)]
    pub(super) fn nothing_left(&self, module: &Module) {
        let loaded = &self.loaded[&module.name];
        loaded
            .done
            .borrow_mut()
            .extend(0..loaded.scope.source.statements().len());
    }

    /// Takes a source for a module, of which nothing is run yet.
    pub(super) fn add_module(&mut self, name: &str, source: Rc<Source>, directory: PathBuf) -> Rc<Module> {
        let module = Rc::new(Module {
            name: name.to_owned(),
            names: RefCell::default(),
            find: None,
        });
        module
            .names
            .borrow_mut()
            .insert("__name__".to_owned(), Value::str(name));
        module
            .names
            .borrow_mut()
            .insert("__file__".to_owned(), Value::str(&source.file));
        let scope = Scope::of_module(module.clone(), source.clone());
        let stars = source.statements().iter().filter_map(|stmt| match stmt {
            Stmt::ImportFrom(stmt) if stmt.names.iter().any(|alias| alias.name.as_str() == "*") => Some(stmt),
            _ => None,
        });
        let star_of = |stmt: &StmtImportFrom| Wanted {
            module: stmt.module.as_ref().map(ToString::to_string).unwrap_or_default(),
            beside: (stmt.level > 0).then(|| {
                let mut from = directory.clone();
                (1..stmt.level).for_each(|_| {
                    from.pop();
                });
                from
            }),
            name: None,
        };
        let loaded = Loaded {
            stars: stars.map(star_of).collect(),
            about: about(source.statements()),
            scope,
            directory,
            done: RefCell::default(),
            sought: RefCell::default(),
        };
        self.loaded.insert(name.to_owned(), Rc::new(loaded));
        self.modules.insert(name.to_owned(), module.clone());
        module
    }
}
