//! Types that have a name in the database: PostgreSQL's enums and domains.

use limbeck_core::Dialect;

use super::Type;
use crate::sa::names::Name;
use crate::sa::sql;
use crate::value::{Args, Outcome, Value};
use crate::vm::Vm;

impl Type {
    /// The name in the database, with its schema.
    pub(super) fn type_name(&self, kind: &str) -> Result<String, String> {
        let Some(name) = self.text("name") else {
            return Err(format!("PostgreSQL {kind} type requires a name."));
        };
        let name = Name::new(name)
            .with_quote(self.flag("quote"))
            .sql(Dialect::Postgresql);
        Ok(match self.text("schema") {
            Some(schema) => format!("{}.{name}", Name::new(schema).sql(Dialect::Postgresql)),
            None => name,
        })
    }

    /// How long an enum's values are, where it is a VARCHAR.
    pub(crate) fn enum_length(&self) -> i128 {
        let longest = self
            .labels
            .iter()
            .map(|label| label.chars().count() as i128)
            .max();
        match self.parameters.iter().find(|(name, _)| *name == "length") {
            Some(_) => self.integer("length").unwrap_or(0),
            None => longest.unwrap_or(0),
        }
    }

    /// Whether it is a type of its own on the database: PostgreSQL's enum or domain.
    pub(crate) fn is_named(&self, dialect: Dialect) -> bool {
        if dialect != Dialect::Postgresql {
            return false;
        }
        let native = self.class.module == "postgresql" || self.flag("native_enum") != Some(false);
        self.class.name == "DOMAIN" || self.class.visit == "enum" && native
    }

    /// The types of their own that a column of this type needs.
    pub(crate) fn named_types(&self, dialect: Dialect) -> Vec<Self> {
        let on = self.on(dialect);
        if on.is_named(dialect) {
            return vec![on.clone()];
        }
        match &on.inner {
            Some(inner) => inner.named_types(dialect),
            None => Vec::new(),
        }
    }

    /// Whether a table that needs it makes it.
    pub(crate) fn is_created_with_table(&self) -> bool {
        self.flag("create_type") != Some(false)
    }

    /// `CREATE TYPE …`, `CREATE DOMAIN …`.
    pub(crate) fn create_statement(&self, vm: &mut Vm<'_>) -> Outcome<String> {
        let kind = if self.class.name == "DOMAIN" {
            "DOMAIN"
        } else {
            "ENUM"
        };
        let name = self.type_name(kind);
        let name = name.map_err(|message| vm.raise("CompileError", message))?;
        if kind == "ENUM" {
            let mut labels = Vec::new();
            for label in &self.labels {
                labels.push(sql::literal(vm, &Value::Str(label.clone()), None)?);
            }
            return Ok(format!("CREATE TYPE {name} AS ENUM ({})", labels.join(", ")));
        }
        self.create_domain(vm, &name)
    }

    /// The same for a table that needs the type. Alembic makes a type once in a run, however many revisions have tables with it; here
    /// each revision stands for itself. So where another one may have made it, it is made if it is not there.
    pub(crate) fn create_once(&self, vm: &mut Vm<'_>) -> Outcome<String> {
        let statement = self.create_statement(vm)?;
        let (_, name) = self.named_key();
        if !vm.is_named_elsewhere(&name) {
            return Ok(statement);
        }
        let kind = if self.class.name == "DOMAIN" {
            "DOMAIN"
        } else {
            "ENUM"
        };
        let written = self
            .type_name(kind)
            .map_err(|message| vm.raise("CompileError", message))?;
        let written = vm.dialect.literal(&written);
        Ok(format!(
            "DO $limbeck$ BEGIN IF to_regtype({written}) IS NULL THEN {statement}; END IF; END $limbeck$"
        ))
    }

    fn create_domain(&self, vm: &mut Vm<'_>, name: &str) -> Outcome<String> {
        let below = match &self.inner {
            Some(inner) => inner.compile(vm)?,
            None => return Err(vm.unknown("a domain without a type")),
        };
        let mut text = format!("CREATE DOMAIN {name} AS {below} ");
        let mut options = Vec::new();
        if let Some(collation) = self.text("collation") {
            options.push(format!("COLLATE {}", vm.dialect.identifier(&collation)));
        }
        if let Some(default) = self.parameter("default").cloned() {
            options.push(format!("DEFAULT {}", crate::sa::ddl::default_text(vm, &default)?));
        }
        if let Some(name) = self.text("constraint_name") {
            options.push(format!("CONSTRAINT {}", Name::new(name).sql(vm.dialect)));
        }
        if self.flag("not_null") == Some(true) {
            options.push("NOT NULL".to_owned());
        }
        if let Some(check) = self.parameter("check").cloned() {
            options.push(format!("CHECK ({})", crate::sa::ddl::expression(vm, &check)?));
        }
        text.push_str(&options.join(" "));
        Ok(text)
    }

    /// `type.create(bind, checkfirst)`.
    pub(super) fn create_on(&self, vm: &mut Vm<'_>, args: Args) -> Outcome<Value> {
        let check = self.take_check(vm, args, "create")?;
        for named in self.named_types(vm.dialect) {
            if !check || !named.exists(vm)? {
                let statement = named.create_statement(vm)?;
                vm.emit(&statement)?;
            }
        }
        Ok(Value::None)
    }

    /// `type.drop(bind, checkfirst)`.
    pub(super) fn drop_on(&self, vm: &mut Vm<'_>, args: Args) -> Outcome<Value> {
        let check = self.take_check(vm, args, "drop")?;
        for named in self.named_types(vm.dialect) {
            if !check || named.exists(vm)? {
                let (kind, word) = match named.class.name {
                    "DOMAIN" => ("DOMAIN", "DOMAIN"),
                    _ => ("ENUM", "TYPE"),
                };
                let name = named.type_name(kind);
                let name = name.map_err(|message| vm.raise("CompileError", message))?;
                vm.emit(&format!("DROP {word} {name}"))?;
            }
        }
        Ok(Value::None)
    }

    /// Whether the database is looked at first. PostgreSQL's own types do so unless they are told not to; `sa.Enum` the other way
    /// round.
    fn take_check(&self, vm: &mut Vm<'_>, mut args: Args, function: &str) -> Outcome<bool> {
        args.need(vm, "bind")?;
        let check = match args.take("checkfirst") {
            Some(check) => vm.truth(&check)?,
            None => self.class.module == "postgresql",
        };
        args.finish(vm, function)?;
        Ok(check)
    }

    /// Whether the database has a type of that name.
    fn exists(&self, vm: &mut Vm<'_>) -> Outcome<bool> {
        if vm.offline {
            let name = self.text("name").unwrap_or_default();
            return Err(vm.needs_database(format!("whether there is a type '{name}'")));
        }
        let name = sql::literal(vm, &Value::str(self.text("name").unwrap_or_default()), None)?;
        let place = match self.text("schema") {
            Some(schema) => format!("n.nspname = {}", sql::literal(vm, &Value::str(schema), None)?),
            None => "pg_catalog.pg_type_is_visible(t.oid)".to_owned(),
        };
        let answer = vm.query(&format!(
            "SELECT 1 FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace \
             WHERE t.typname = {name} AND {place}"
        ))?;
        Ok(!answer.rows.is_empty())
    }
}

impl Type {
    /// What two types are one by.
    pub(crate) fn named_key(&self) -> (Option<String>, String) {
        (self.text("schema"), self.text("name").unwrap_or_default())
    }
}
