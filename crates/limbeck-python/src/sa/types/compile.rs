//! Types as DDL.

mod mysql;
mod postgresql;
mod sqlite;

use limbeck_core::Dialect;

use super::Type;
use crate::sa::compiles;
use crate::sa::quote::quote;
use crate::value::{Outcome, Value};
use crate::vm::Vm;

/// The text of a type, or why it has none.
type Text = Result<String, String>;

impl Type {
    /// The type as DDL has it.
    pub(crate) fn compile(&self, vm: &mut Vm<'_>) -> Outcome<String> {
        for own in [self.variant(vm.called.name()), self.on(vm.called)] {
            if let Some(text) = own.written_by_project(vm)? {
                return Ok(text);
            }
        }
        let mut part = Some(self.on(vm.called));
        while let Some(type_) = part {
            compiles::refuse_rewritten(vm, type_.class.name)?;
            part = type_.inner.as_ref().map(|inner| inner.on(vm.called));
            if let Some(inner) = part
                && (inner.says(compiles::FUNCTIONS) || inner.says("__visit_name__"))
            {
                return Err(vm.unknown(format!(
                    "'@compiles' of {} inside of another type",
                    inner.class.name
                )));
            }
        }
        let text = self.on(vm.called).ddl(Some(vm.dialect));
        text.map_err(|message| {
            let is_unknown = message.contains("can't render element");
            vm.raise(
                if is_unknown {
                    "UnsupportedCompilationError"
                } else {
                    "CompileError"
                },
                message,
            )
        })
    }

    /// What the project's class says of how it is written (`@compiles`).
    fn written_by_project(&self, vm: &mut Vm<'_>) -> Outcome<Option<String>> {
        let Some(Value::Instance(instance)) = &self.project else {
            return Ok(None);
        };
        if let Some(text) = compiles::written(vm, &instance.class, Value::object(self.clone()))? {
            return Ok(Some(text));
        }
        match instance.class.lookup("__visit_name__") {
            Some(visit) if visit.as_str() != Some(self.class.visit) => {
                Err(vm.unknown(format!("'__visit_name__' of {}", instance.class.name)))
            }
            _ => Ok(None),
        }
    }

    /// What `str()` makes of it: the DDL of no database in particular, or the name of a class that only some have.
    pub(super) fn default_text(&self) -> String {
        match self.class.visit {
            "null" => "NULL".to_owned(),
            _ => self.ddl(None).unwrap_or_else(|_| self.class.name.to_owned()),
        }
    }

    fn ddl(&self, dialect: Option<Dialect>) -> Text {
        if let Some(spec) = &self.spec {
            return Ok(spec.clone());
        }
        let own = match dialect {
            Some(Dialect::Postgresql) => postgresql::ddl(self),
            Some(dialect @ (Dialect::Mysql | Dialect::Mariadb)) => mysql::ddl(self, dialect),
            Some(Dialect::Sqlite) => sqlite::ddl(self),
            None => None,
        };
        own.unwrap_or_else(|| self.common(dialect))
    }

    /// What all databases write, unless they have something of their own.
    fn common(&self, dialect: Option<Dialect>) -> Text {
        let word = match self.class.visit {
            "integer" => "INTEGER",
            "small_integer" => "SMALLINT",
            "big_integer" => "BIGINT",
            "float" => "FLOAT",
            "double" => "DOUBLE",
            "DOUBLE_PRECISION" => "DOUBLE PRECISION",
            "boolean" => "BOOLEAN",
            "date" => "DATE",
            "time" => "TIME",
            "datetime" | "interval" => "DATETIME",
            "large_binary" => "BLOB",
            "string" | "unicode" | "VARCHAR" => return Ok(self.characters("VARCHAR", dialect)),
            "text" | "unicode_text" | "TEXT" => return Ok(self.characters("TEXT", dialect)),
            "CHAR" | "NCHAR" | "NVARCHAR" => return Ok(self.characters(self.class.visit, dialect)),
            "enum" => {
                let length = self.enum_length();
                return Ok(if length == 0 {
                    "VARCHAR".to_owned()
                } else {
                    format!("VARCHAR({length})")
                });
            }
            "numeric" | "NUMERIC" => return Ok(self.numeric("NUMERIC")),
            "DECIMAL" => return Ok(self.numeric("DECIMAL")),
            "uuid" => "CHAR(32)",
            "BINARY" | "VARBINARY" => {
                let length = self.integer("length").filter(|length| *length != 0);
                let length = length.map_or_else(String::new, |length| format!("({length})"));
                return Ok(format!("{}{length}", self.class.visit));
            }
            word @ ("INTEGER" | "SMALLINT" | "BIGINT" | "FLOAT" | "DOUBLE" | "REAL" | "BOOLEAN" | "DATE"
            | "TIME" | "DATETIME" | "TIMESTAMP" | "BLOB" | "CLOB" | "UUID") => word,
            "null" => {
                return Err(
                    "Can't generate DDL for NullType(); did you forget to specify a type on this Column?"
                        .to_owned(),
                );
            }
            _ => return Err(self.unsupported(dialect)),
        };
        Ok(word.to_owned())
    }

    fn unsupported(&self, dialect: Option<Dialect>) -> String {
        let on = dialect.map_or("the default dialect", Dialect::name);
        format!("{on} can't render element of type {}", self.class.name)
    }

    /// A type of characters with its length and collation.
    fn characters(&self, word: &str, dialect: Option<Dialect>) -> String {
        let mut text = word.to_owned();
        if let Some(length) = self.integer("length").filter(|length| *length != 0) {
            text.push_str(&format!("({length})"));
        }
        if let Some(collation) = self.text("collation") {
            let quote = |name: &str| quote(dialect.unwrap_or(Dialect::Postgresql), name);
            text.push_str(" COLLATE ");
            if let Some(schema) = self.text("collation_schema") {
                text.push_str(&format!("{}.", quote(&schema)));
            }
            text.push_str(&quote(&collation));
        }
        text
    }

    fn numeric(&self, word: &str) -> String {
        match (self.integer("precision"), self.integer("scale")) {
            (None, _) => word.to_owned(),
            (Some(precision), None) => format!("{word}({precision})"),
            (Some(precision), Some(scale)) => format!("{word}({precision}, {scale})"),
        }
    }
}
