//! Diesel's SQL types, by the names of `diesel::sql_types` and those that `diesel print-schema` writes.

use std::collections::BTreeMap;

use limbeck_core::Dialect;
use syn::{Attribute, GenericArgument, LitStr, PathArguments, Type, TypePath};

/// The comments of columns by which MySQL's side tells what the file does not say.
pub(super) const ANY_LENGTH: &str = "limbeck: of any length";
pub(super) const ANY_TYPE: &str = "limbeck: of any type";

/// SQLite's: there it is a type, since any word is one.
pub(super) const ANY: &str = "any";

/// What the database calls the type of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SqlType {
    pub(super) name: String,
    pub(super) nullable: bool,
    /// MySQL: what the file does not say of it.
    pub(super) vague: Option<&'static str>,
}

/// `#[diesel(postgres_type(name = "mood"))]` on a struct.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct CustomType {
    postgres: Option<(Option<String>, String)>,
    mysql: Option<String>,
    sqlite: bool,
}

impl CustomType {
    pub(super) fn read(&mut self, attribute: &Attribute) -> syn::Result<()> {
        attribute.parse_nested_meta(|meta| {
            let backend = meta.path.get_ident().map(ToString::to_string);
            let (mut name, mut schema) = (None, None);
            if meta.input.peek(syn::token::Paren) {
                meta.parse_nested_meta(|pair| {
                    if pair.path.is_ident("name") {
                        name = Some(pair.value()?.parse::<LitStr>()?.value());
                    } else if pair.path.is_ident("schema") {
                        schema = Some(pair.value()?.parse::<LitStr>()?.value());
                    } else if pair.input.peek(syn::Token![=]) {
                        pair.value()?.parse::<syn::Lit>()?;
                    }
                    Ok(())
                })?;
            } else if meta.input.peek(syn::Token![=]) {
                meta.value()?.parse::<syn::Expr>()?;
            }
            match (backend.as_deref(), name) {
                (Some("postgres_type"), Some(name)) => self.postgres = Some((schema, name)),
                (Some("mysql_type"), name) => self.mysql = name.or(Some(String::new())),
                (Some("sqlite_type"), _) => self.sqlite = true,
                _ => {}
            }
            Ok(())
        })
    }

    /// PostgreSQL: statements that make a type of that name, unless an extension or the server has it. It has no labels: the file
    /// does not know them.
    pub(super) fn stand_in(&self) -> Option<String> {
        let (schema, _) = self.postgres.as_ref()?;
        let name = self.postgres_name()?;
        let of = Dialect::Postgresql;
        let make_schema = match schema.as_deref() {
            None | Some("public" | "pg_catalog") => String::new(),
            Some(schema) => format!("CREATE SCHEMA IF NOT EXISTS {}; ", of.identifier(schema)),
        };
        Some(format!(
            "DO $limbeck$BEGIN {make_schema}IF to_regtype({}) IS NULL THEN CREATE TYPE {name} AS ENUM (); END IF; END$limbeck$",
            of.literal(&name)
        ))
    }

    fn postgres_name(&self) -> Option<String> {
        let (schema, name) = self.postgres.as_ref()?;
        let name = Dialect::Postgresql.identifier(name);
        Some(match schema {
            Some(schema) => format!("{}.{name}", Dialect::Postgresql.identifier(schema)),
            None => name,
        })
    }

    fn sql_type(&self, dialect: Dialect) -> Option<(String, Option<&'static str>)> {
        match dialect {
            Dialect::Postgresql => self.postgres_name().map(|name| (name, None)),
            Dialect::Sqlite => self.sqlite.then(|| (ANY.to_owned(), None)),
            Dialect::Mysql | Dialect::Mariadb => Some(match self.mysql.as_deref()? {
                "Enum" => ("ENUM('')".to_owned(), None),
                "Set" => ("SET('')".to_owned(), None),
                _ => ("INT".to_owned(), Some(ANY_TYPE)),
            }),
        }
    }
}

impl SqlType {
    /// What a type of `table!` is on a database; the error says what to do.
    pub(super) fn of(
        path: &TypePath,
        dialect: Dialect,
        max_length: Option<u32>,
        types: &BTreeMap<String, CustomType>,
    ) -> Result<Self, String> {
        let Some(last) = path.path.segments.last() else {
            return Err("a type is missing".to_owned());
        };
        let name = last.ident.to_string();
        let inner = match &last.arguments {
            PathArguments::AngleBracketed(arguments) => arguments.args.first(),
            _ => None,
        };
        let inner = match inner {
            Some(GenericArgument::Type(Type::Path(inner))) => {
                Some(Self::of(inner, dialect, max_length, types)?)
            }
            _ => None,
        };
        let Some(inner) = inner else {
            return Self::plain(&name, dialect, max_length, types);
        };
        let mysql = matches!(dialect, Dialect::Mysql | Dialect::Mariadb);
        let name = match name.as_str() {
            "Nullable" => {
                return Ok(Self {
                    nullable: true,
                    ..inner
                });
            }
            "Unsigned" if mysql => format!("{} UNSIGNED", inner.name),
            "Array" if dialect == Dialect::Postgresql => format!("{}[]", inner.name),
            "Range" | "Multirange" if dialect == Dialect::Postgresql => range(&inner.name, &name)?,
            _ => return Err(unknown(&name, dialect)),
        };
        Ok(Self {
            name,
            nullable: false,
            vague: inner.vague,
        })
    }

    fn plain(
        name: &str,
        dialect: Dialect,
        max_length: Option<u32>,
        types: &BTreeMap<String, CustomType>,
    ) -> Result<Self, String> {
        let found = match types.get(name) {
            Some(custom) => custom.sql_type(dialect),
            None => builtin(&name.to_ascii_lowercase(), dialect, max_length),
        };
        let (name, vague) = found.ok_or_else(|| unknown(name, dialect))?;
        Ok(Self {
            name,
            nullable: false,
            vague,
        })
    }
}

fn unknown(name: &str, dialect: Dialect) -> String {
    let backend = match dialect {
        Dialect::Postgresql => "postgres_type(name = \"…\")",
        Dialect::Mysql | Dialect::Mariadb => "mysql_type(name = \"…\")",
        Dialect::Sqlite => "sqlite_type(name = \"…\")",
    };
    format!(
        "{name} is no SQL type that limbeck knows of Diesel's for {dialect}. If it is your own, its struct must have \
         #[diesel({backend})], and stand in this file or in another one that is listed: diesel = [\"src/schema.rs\", \
         \"src/types.rs\"]"
    )
}

fn range(element: &str, kind: &str) -> Result<String, String> {
    let name = match element {
        "INTEGER" => "int4",
        "BIGINT" => "int8",
        "NUMERIC" => "num",
        "TIMESTAMP" => "ts",
        "TIMESTAMPTZ" => "tstz",
        "DATE" => "date",
        _ => {
            return Err(format!(
                "PostgreSQL has no range of {element}: leave the column to a type of your own"
            ));
        }
    };
    Ok(format!("{name}{}", kind.to_ascii_lowercase()))
}

fn builtin(name: &str, dialect: Dialect, length: Option<u32>) -> Option<(String, Option<&'static str>)> {
    let plain = |name: &str| Some((name.to_owned(), None));
    match dialect {
        Dialect::Postgresql => match (name, length) {
            ("varchar", Some(length)) => Some((format!("VARCHAR({length})"), None)),
            ("bpchar" | "char", Some(length)) => Some((format!("CHAR({length})"), None)),
            _ => plain(postgresql(name)?),
        },
        Dialect::Sqlite => match (name, length) {
            ("text" | "varchar" | "char", Some(length)) => Some((format!("VARCHAR({length})"), None)),
            _ => plain(sqlite(name)?),
        },
        Dialect::Mysql | Dialect::Mariadb => {
            let name = mysql(name)?;
            match (name, length) {
                ("VARCHAR" | "CHAR" | "BINARY" | "VARBINARY", Some(length)) => {
                    Some((format!("{name}({length})"), None))
                }
                ("VARCHAR" | "CHAR" | "BINARY" | "VARBINARY", None) => {
                    Some((format!("{name}(255)"), Some(ANY_LENGTH)))
                }
                _ => plain(name),
            }
        }
    }
}

fn postgresql(name: &str) -> Option<&str> {
    Some(match name {
        "bool" => "BOOLEAN",
        "smallint" | "int2" | "smallserial" => "SMALLINT",
        "integer" | "int4" | "serial" => "INTEGER",
        "bigint" | "int8" | "bigserial" => "BIGINT",
        "float" | "float4" => "REAL",
        "double" | "float8" => "DOUBLE PRECISION",
        "numeric" | "decimal" => "NUMERIC",
        "varchar" => "VARCHAR",
        "char" => "BPCHAR",
        "cchar" => "\"char\"",
        "binary" | "blob" | "bytea" => "BYTEA",
        "timestamp" => "TIMESTAMP",
        "timestamptz" => "TIMESTAMPTZ",
        "pglsn" => "PG_LSN",
        // These are called as Diesel, or the crate that has them, calls them.
        "text" | "bpchar" | "date" | "time" | "timetz" | "interval" | "json" | "jsonb" | "uuid" | "money"
        | "inet" | "cidr" | "macaddr" | "macaddr8" | "oid" | "name" | "xml" | "bit" | "varbit" | "citext"
        | "tsvector" | "tsquery" | "ltree" | "lquery" | "ltxtquery" | "hstore" | "geometry" | "geography"
        | "vector" | "halfvec" | "sparsevec" | "int4range" | "int8range" | "numrange" | "tsrange"
        | "tstzrange" | "daterange" | "int4multirange" | "int8multirange" | "nummultirange"
        | "tsmultirange" | "tstzmultirange" | "datemultirange" | "point" | "line" | "lseg" | "box"
        | "path" | "polygon" | "circle" => name,
        _ => return None,
    })
}

fn mysql(name: &str) -> Option<&'static str> {
    Some(match name {
        "bool" => "BOOLEAN",
        "tinyint" => "TINYINT",
        "smallint" | "int2" => "SMALLINT",
        "mediumint" => "MEDIUMINT",
        "integer" | "int4" => "INT",
        "bigint" | "int8" => "BIGINT",
        "float" | "float4" => "FLOAT",
        "double" | "float8" => "DOUBLE",
        "numeric" | "decimal" => "DECIMAL",
        "varchar" => "VARCHAR",
        "char" => "CHAR",
        "text" => "TEXT",
        "tinytext" => "TINYTEXT",
        "mediumtext" => "MEDIUMTEXT",
        "longtext" => "LONGTEXT",
        "binary" => "BINARY",
        "varbinary" => "VARBINARY",
        "blob" => "BLOB",
        "tinyblob" => "TINYBLOB",
        "mediumblob" => "MEDIUMBLOB",
        "longblob" => "LONGBLOB",
        "bit" => "BIT",
        "date" => "DATE",
        "time" => "TIME",
        "datetime" => "DATETIME",
        "timestamp" => "TIMESTAMP",
        "year" => "YEAR",
        "json" => "JSON",
        _ => return None,
    })
}

fn sqlite(name: &str) -> Option<&'static str> {
    Some(match name {
        "bool" => "BOOLEAN",
        "tinyint" => "TINYINT",
        "smallint" | "int2" => "SMALLINT",
        "integer" | "int4" => "INTEGER",
        "bigint" | "int8" => "BIGINT",
        "float" | "float4" => "FLOAT",
        "double" | "float8" => "DOUBLE",
        "numeric" | "decimal" => "NUMERIC",
        "text" | "varchar" | "char" | "tinytext" | "mediumtext" | "longtext" => "TEXT",
        "binary" | "blob" | "tinyblob" | "mediumblob" | "longblob" | "varbinary" => "BLOB",
        "date" => "DATE",
        "time" => "TIME",
        "timestamp" | "datetime" => "TIMESTAMP",
        "timestamptz" | "timestamptzsqlite" => "TIMESTAMPTZ",
        "json" => "JSON",
        "jsonb" => "JSONB",
        _ => return None,
    })
}
