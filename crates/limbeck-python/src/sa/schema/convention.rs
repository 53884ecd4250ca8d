//! Naming conventions: what constraints and indexes are called that nobody has named.

use std::rc::Rc;

use super::{Column, Constraint, Index, Kind, TableName, Target};
use crate::sa::names::Name;
use crate::value::{Args, Dict, Outcome, Value};
use crate::vm::Vm;

/// The patterns of names: by `ix`, `uq`, `ck`, `fk`, `pk`, and tokens of the project's own.
#[derive(Debug, Clone, Default)]
pub(crate) struct Conventions(Vec<(String, Value)>);

/// What a name is made for.
struct Subject<'a> {
    kind: &'static str,
    table: &'a TableName,
    columns: Vec<Name>,
    targets: &'a [Target],
    given: Option<&'a Name>,
    value: Value,
}

impl Conventions {
    /// SQLAlchemy's own: only indexes of columns have names.
    pub(crate) fn usual() -> Self {
        Self(vec![("ix".to_owned(), Value::str("ix_%(column_0_label)s"))])
    }

    /// The patterns by the kinds of names.
    pub(super) fn patterns(&self) -> Value {
        let mut patterns = Dict::default();
        for (kind, pattern) in &self.0 {
            patterns.insert_str(kind, pattern.clone());
        }
        Value::dict(patterns)
    }

    /// Those of the project's metadata, for what `op` makes.
    pub(crate) fn of_project(vm: &Vm<'_>) -> Self {
        let own = &vm.settings.naming_convention;
        if own.is_empty() {
            return Self::usual();
        }
        Self(
            own.iter()
                .map(|(kind, pattern)| (kind.clone(), Value::str(pattern)))
                .collect(),
        )
    }

    /// `naming_convention={…}`.
    pub(crate) fn of(vm: &mut Vm<'_>, value: &Value) -> Outcome<Self> {
        if value.is_none() {
            return Ok(Self::usual());
        }
        let mut patterns = Vec::new();
        for (key, pattern) in vm.pairs(value)? {
            let kind = match &key {
                Value::Str(kind) => kind.to_string(),
                class => {
                    let name = vm.attribute(class, "__name__")?;
                    abbreviation(name.as_str().unwrap_or_default()).to_owned()
                }
            };
            patterns.push((kind, pattern));
        }
        Ok(if patterns.is_empty() {
            Self::usual()
        } else {
            Self(patterns)
        })
    }

    fn get(&self, kind: &str) -> Option<&Value> {
        self.0
            .iter()
            .find(|(known, _)| known == kind)
            .map(|(_, pattern)| pattern)
    }

    /// The name of a constraint of a table.
    pub(crate) fn constraint(
        &self,
        vm: &mut Vm<'_>,
        table: &TableName,
        constraint: &Rc<Constraint>,
    ) -> Outcome<Option<Name>> {
        let targets: &[Target] = match &constraint.kind {
            Kind::ForeignKey { targets, .. } => targets,
            _ => &[],
        };
        let kind = match &constraint.kind {
            Kind::PrimaryKey => "pk",
            Kind::Unique => "uq",
            Kind::ForeignKey { .. } => "fk",
            Kind::Check { .. } => "ck",
            Kind::Exclude(_) | Kind::Any => return Ok(constraint.name.clone()),
        };
        let subject = Subject {
            kind,
            table,
            columns: constraint.columns.clone(),
            targets,
            given: constraint.name.as_ref(),
            value: Value::Object(constraint.clone()),
        };
        self.name(vm, &subject)
    }

    /// The name of an index of a table.
    pub(crate) fn index(&self, vm: &mut Vm<'_>, table: &TableName, index: &Index) -> Outcome<Option<Name>> {
        let subject = Subject {
            kind: "ix",
            table,
            columns: index.column_names(),
            targets: &[],
            given: index.name.as_ref(),
            value: Value::object(index.clone()),
        };
        self.name(vm, &subject)
    }

    fn name(&self, vm: &mut Vm<'_>, subject: &Subject<'_>) -> Outcome<Option<Name>> {
        let given = subject.given.cloned();
        let Some(Value::Str(pattern)) = self.get(subject.kind).cloned() else {
            return Ok(given);
        };
        let applies = given
            .as_ref()
            .is_none_or(|name| !name.is_final && pattern.contains("constraint_name"));
        if !applies {
            return Ok(given);
        }
        let mut name = String::new();
        let mut rest = &*pattern;
        while let Some(at) = rest.find('%') {
            name.push_str(&rest[..at]);
            let behind = &rest[at + 1..];
            if let Some(behind) = behind.strip_prefix('%') {
                name.push('%');
                rest = behind;
                continue;
            }
            let token = behind.strip_prefix('(').and_then(|token| token.split_once(")s"));
            let Some((token, behind)) = token else {
                return Err(vm.value_error(format!("the naming convention '{pattern}' is not well-formed")));
            };
            name.push_str(&self.token(vm, subject, token)?);
            rest = behind;
        }
        name.push_str(rest);
        Ok(Some(Name::fixed(name)))
    }

    fn token(&self, vm: &mut Vm<'_>, subject: &Subject<'_>, token: &str) -> Outcome<String> {
        if let Some(own) = self.get(token).filter(|own| own.as_str().is_none()).cloned() {
            let args = Args::of([subject.value.clone(), Value::Str(subject.table.name.text.clone())]);
            let made = vm.call(&own, args)?;
            return vm.text_of(&made);
        }
        match token {
            "table_name" => return Ok(subject.table.name.text.to_string()),
            "referred_table_name" => {
                let target = subject.targets.first();
                return Ok(target.map_or_else(String::new, |target| target.table.clone()));
            }
            "constraint_name" => {
                return match subject.given {
                    Some(name) => Ok(name.text.to_string()),
                    None => Err(vm.raise(
                        "InvalidRequestError",
                        "Naming convention including %(constraint_name)s token requires that constraint is explicitly named.",
                    )),
                };
            }
            _ => {}
        }
        match column_token(token) {
            Some(asked) => Ok(asked.text(subject)),
            None => Err(vm.raise("KeyError", token)),
        }
    }
}

fn abbreviation(class: &str) -> &str {
    match class {
        "Index" => "ix",
        "PrimaryKeyConstraint" => "pk",
        "CheckConstraint" => "ck",
        "UniqueConstraint" => "uq",
        "ForeignKeyConstraint" => "fk",
        other => other,
    }
}

/// A token about columns: `column_0_name`, `column_0_N_label`, `referred_column_0N_name` …
struct ColumnToken<'a> {
    referred: bool,
    at: usize,
    /// What stands between the columns' names, where all are meant.
    all: Option<&'static str>,
    what: &'a str,
}

fn column_token(token: &str) -> Option<ColumnToken<'_>> {
    let (referred, rest) = match token.strip_prefix("referred_") {
        Some(rest) => (true, rest),
        None => (false, token),
    };
    let rest = rest.strip_prefix("column_")?;
    let digits = rest.find(|c: char| !c.is_ascii_digit())?;
    let at = rest[..digits].parse().ok()?;
    let (all, what) = match &rest[digits..] {
        rest if rest.starts_with("_N_") => (Some("_"), &rest[3..]),
        rest if rest.starts_with("N_") => (Some(""), &rest[2..]),
        rest => (None, rest.strip_prefix('_')?),
    };
    matches!(what, "name" | "key" | "label").then_some(ColumnToken {
        referred,
        at,
        all,
        what,
    })
}

impl ColumnToken<'_> {
    fn text(&self, subject: &Subject<'_>) -> String {
        let names: Vec<String> = if self.referred {
            let column = |target: &Target| target.column.clone().unwrap_or_default();
            subject.targets.iter().map(column).collect()
        } else {
            subject.columns.iter().map(|name| name.text.to_string()).collect()
        };
        let labelled = |name: &String| match (self.what, &subject.table.schema) {
            ("label", None) => format!("{}_{name}", subject.table.name.text),
            ("label", Some(schema)) => {
                format!("{}_{}_{name}", schema.replace('.', "_"), subject.table.name.text)
            }
            _ => name.clone(),
        };
        match self.all {
            None => names.get(self.at).map_or_else(String::new, labelled),
            Some(between) => names.iter().map(labelled).collect::<Vec<_>>().join(between),
        }
    }
}

/// A column's own constraints with their names.
pub(super) fn named_checks(
    vm: &mut Vm<'_>,
    conventions: &Conventions,
    table: &TableName,
    column: &Column,
) -> Outcome<Vec<Rc<Constraint>>> {
    let mut named = Vec::new();
    for constraint in &column.constraints {
        let mut with_column = (**constraint).clone();
        if with_column.columns.is_empty() {
            with_column.columns.push(column.name.clone());
        }
        let name = conventions.constraint(vm, table, &Rc::new(with_column))?;
        named.push(Rc::new(Constraint {
            name,
            ..(**constraint).clone()
        }));
    }
    Ok(named)
}
