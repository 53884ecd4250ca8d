//! `alter_column`.

use std::rc::Rc;

use limbeck_core::Dialect;

use crate::sa::ddl;
use crate::sa::names::Name;
use crate::sa::schema::{Identity, ServerDefault, TableName};
use crate::sa::types::Type;
use crate::value::Outcome;
use crate::vm::Vm;

/// What is to become of a column; `None` for what stays.
#[derive(Debug, Clone)]
pub(crate) struct AlterColumn {
    pub(crate) table: TableName,
    pub(crate) column: Name,
    pub(crate) nullable: Option<bool>,
    pub(crate) server_default: Option<Option<ServerDefault>>,
    pub(crate) comment: Option<Option<String>>,
    pub(crate) new_name: Option<Name>,
    pub(crate) type_: Option<Rc<Type>>,
    pub(crate) autoincrement: Option<bool>,
    pub(crate) existing: Existing,
    pub(crate) using: Option<String>,
}

/// What a column is, as far as the revision says.
#[derive(Debug, Clone, Default)]
pub(crate) struct Existing {
    pub(crate) type_: Option<Rc<Type>>,
    pub(crate) server_default: Option<Option<ServerDefault>>,
    pub(crate) nullable: Option<bool>,
    pub(crate) comment: Option<String>,
    pub(crate) autoincrement: Option<bool>,
}

impl AlterColumn {
    /// Does it with the database's own ALTER.
    pub(super) fn run(&self, vm: &mut Vm<'_>) -> Outcome<()> {
        match vm.dialect {
            Dialect::Postgresql => self.postgresql(vm),
            Dialect::Mysql | Dialect::Mariadb => self.mysql(vm),
            Dialect::Sqlite => self.sqlite(vm),
        }
    }

    fn alter_table(&self, dialect: Dialect) -> String {
        format!("ALTER TABLE {}", self.table.sql(dialect))
    }

    fn alter_column(&self, dialect: Dialect) -> String {
        format!(
            "{} ALTER COLUMN {}",
            self.alter_table(dialect),
            self.column.sql(dialect)
        )
    }

    fn postgresql(&self, vm: &mut Vm<'_>) -> Outcome<()> {
        let alter = self.alter_column(vm.dialect);
        if self.using.is_some() && self.type_.is_none() {
            return Err(vm.raise(
                "CommandError",
                "postgresql_using must be used with the type_ parameter",
            ));
        }
        if let Some(type_) = &self.type_ {
            let type_ = type_.compile(vm)?;
            let using = self.using.as_ref().filter(|using| !using.is_empty());
            let using = using.map_or_else(String::new, |using| format!(" USING {using}"));
            vm.emit(&format!("{alter} TYPE {type_}{using}"))?;
        }
        self.warn_of_autoincrement(vm);
        self.alter_nullable(vm, &alter)?;
        self.alter_default(vm, &alter)?;
        if let Some(comment) = &self.comment {
            let comment = match comment {
                Some(comment) => ddl::string(vm, comment)?,
                None => "NULL".to_owned(),
            };
            let statement = format!(
                "COMMENT ON COLUMN {}.{} IS {comment}",
                self.table.sql(vm.dialect),
                self.column.sql(vm.dialect)
            );
            vm.emit(&statement)?;
        }
        if let Some(name) = &self.new_name {
            let statement = format!(
                "{} RENAME {} TO {}",
                self.alter_table(vm.dialect),
                self.column.sql(vm.dialect),
                name.sql(vm.dialect)
            );
            vm.emit(&statement)?;
        }
        Ok(())
    }

    fn warn_of_autoincrement(&self, vm: &mut Vm<'_>) {
        if self.autoincrement.is_some() || self.existing.autoincrement.is_some() {
            vm.warn("autoincrement and existing_autoincrement only make sense for MySQL");
        }
    }

    fn alter_nullable(&self, vm: &mut Vm<'_>, alter: &str) -> Outcome<()> {
        if let Some(nullable) = self.nullable {
            let verb = if nullable { "DROP" } else { "SET" };
            vm.emit(&format!("{alter} {verb} NOT NULL"))?;
        }
        Ok(())
    }

    fn alter_default(&self, vm: &mut Vm<'_>, alter: &str) -> Outcome<()> {
        let Some(default) = &self.server_default else {
            return Ok(());
        };
        self.refuse_computed(vm)?;
        let existing = self.existing.server_default.as_ref().and_then(Option::as_ref);
        let statement = match (default, existing) {
            (Some(ServerDefault::Identity(identity)), Some(ServerDefault::Identity(existing))) => {
                self.only_postgresql(vm)?;
                format!("{alter} {}", identity_changes(identity, existing))
            }
            (Some(ServerDefault::Identity(identity)), _) => {
                self.only_postgresql(vm)?;
                format!("{alter} ADD {}", ddl::identity_clause(identity))
            }
            (None, Some(ServerDefault::Identity(_))) => {
                self.only_postgresql(vm)?;
                format!("{alter} DROP IDENTITY")
            }
            (Some(ServerDefault::Value(value)), _) => {
                let default = ddl::default_text(vm, value)?;
                format!("{alter} SET DEFAULT {default}")
            }
            (None, _) => format!("{alter} DROP DEFAULT"),
            (Some(_), _) => return Err(vm.unknown("a server default of which nothing is known")),
        };
        vm.emit(&statement)?;
        Ok(())
    }

    fn refuse_computed(&self, vm: &Vm<'_>) -> Outcome<()> {
        let is_computed = |default: &Option<Option<ServerDefault>>| {
            matches!(default, Some(Some(ServerDefault::Computed(_))))
        };
        if is_computed(&self.server_default) || is_computed(&self.existing.server_default) {
            return Err(vm.raise(
                "CompileError",
                "Adding or removing a \"computed\" construct, e.g. GENERATED ALWAYS AS, to or from an existing column is not supported.",
            ));
        }
        Ok(())
    }

    fn only_postgresql(&self, vm: &Vm<'_>) -> Outcome<()> {
        if vm.dialect == Dialect::Postgresql {
            return Ok(());
        }
        Err(vm.raise(
            "CompileError",
            "Adding, removing or modifying an \"identity\" construct, e.g. GENERATED AS IDENTITY, to or from an existing \
             column is not supported in this dialect.",
        ))
    }

    /// SQLite has only the last of these; it refuses the others itself.
    fn sqlite(&self, vm: &mut Vm<'_>) -> Outcome<()> {
        let alter = self.alter_column(vm.dialect);
        self.warn_of_autoincrement(vm);
        self.alter_nullable(vm, &alter)?;
        self.alter_default(vm, &alter)?;
        if let Some(type_) = &self.type_ {
            let type_ = type_.compile(vm)?;
            vm.emit(&format!("{alter} TYPE {type_}"))?;
        }
        if self.comment.is_some() {
            return Err(vm.raise("UnsupportedCompilationError", "SQLite has no comments of columns"));
        }
        if let Some(name) = &self.new_name {
            let statement = format!(
                "{} RENAME COLUMN {} TO {}",
                self.alter_table(vm.dialect),
                self.column.sql(vm.dialect),
                name.sql(vm.dialect)
            );
            vm.emit(&statement)?;
        }
        Ok(())
    }

    fn mysql(&self, vm: &mut Vm<'_>) -> Outcome<()> {
        let is_identity = |default: &Option<Option<ServerDefault>>| {
            matches!(default, Some(Some(ServerDefault::Identity(_))))
        };
        if self.server_default.is_some() {
            self.refuse_computed(vm)?;
            if is_identity(&self.server_default) || is_identity(&self.existing.server_default) {
                self.only_postgresql(vm)?;
            }
        }
        let type_ = self.type_.as_ref().or(self.existing.type_.as_ref());
        // A default of such a column may be a function, which SET DEFAULT does not take.
        let is_moment = type_.is_some_and(|type_| type_.affinity(vm.dialect) == "DateTime");
        let default_counts = !matches!(self.server_default, Some(None));
        let alter = self.alter_table(vm.dialect);
        let column = self.column.sql(vm.dialect);
        if self.new_name.is_some() || is_moment && default_counts {
            let name = self.new_name.as_ref().unwrap_or(&self.column).sql(vm.dialect);
            let definition = self.mysql_definition(vm)?;
            vm.emit(&format!("{alter} CHANGE {column} {name} {definition}"))?;
        } else if self.nullable.is_some()
            || self.type_.is_some()
            || self.autoincrement.is_some()
            || self.comment.is_some()
        {
            let definition = self.mysql_definition(vm)?;
            vm.emit(&format!("{alter} MODIFY {column} {definition}"))?;
        } else if let Some(default) = &self.server_default {
            let change = match default {
                Some(default) => match ddl::server_default(vm, default)? {
                    Some(default) => format!("SET DEFAULT {default}"),
                    None => return Err(vm.unknown("a server default of which nothing is known")),
                },
                None => "DROP DEFAULT".to_owned(),
            };
            vm.emit(&format!("{alter} ALTER COLUMN {column} {change}"))?;
        }
        Ok(())
    }

    /// All that MySQL is told of a column; it forgets what it is not told.
    fn mysql_definition(&self, vm: &mut Vm<'_>) -> Outcome<String> {
        let Some(type_) = self.type_.as_ref().or(self.existing.type_.as_ref()) else {
            return Err(vm.raise(
                "CommandError",
                "All MySQL CHANGE/MODIFY COLUMN operations require the existing type.",
            ));
        };
        let nullable = self.nullable.or(self.existing.nullable).unwrap_or(true);
        let mut text = format!(
            "{} {}",
            type_.compile(vm)?,
            if nullable { "NULL" } else { "NOT NULL" }
        );
        if self.autoincrement.or(self.existing.autoincrement) == Some(true) {
            text.push_str(" AUTO_INCREMENT");
        }
        let default = self
            .server_default
            .as_ref()
            .or(self.existing.server_default.as_ref());
        if let Some(Some(default)) = default
            && let Some(default) = ddl::server_default(vm, default)?
        {
            text.push_str(&format!(" DEFAULT {default}"));
        }
        let comment = self
            .comment
            .clone()
            .unwrap_or_else(|| self.existing.comment.clone());
        if let Some(comment) = comment {
            text.push_str(&format!(" COMMENT {}", ddl::string(vm, &comment)?));
        }
        Ok(text)
    }
}

/// `SET …` for each option that differs.
fn identity_changes(identity: &Identity, existing: &Identity) -> String {
    let mut changes = Vec::new();
    if identity.always != existing.always {
        let when = if identity.always { "ALWAYS" } else { "BY DEFAULT" };
        changes.push(("always", format!("SET GENERATED {when}")));
    }
    let before = existing.options.clauses();
    for clause in identity.options.clauses() {
        if !before.contains(&clause) {
            changes.push((clause.0, format!("SET {}", clause.1)));
        }
    }
    changes.sort_by_key(|(name, _)| *name);
    let changes: Vec<String> = changes.into_iter().map(|(_, change)| change).collect();
    changes.join(" ")
}
