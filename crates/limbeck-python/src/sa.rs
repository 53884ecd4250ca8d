//! SQLAlchemy, as far as migrations use it.

mod compiles;
pub(crate) mod ddl;
pub(crate) mod engine;
pub(crate) mod names;
pub(crate) mod orm;
pub(crate) mod quote;
pub(crate) mod schema;
pub(crate) mod sql;
pub(crate) mod take;
pub(crate) mod types;

use crate::value::{Module, Value};

/// A module of SQLAlchemy's.
pub(crate) fn module(name: &str) -> Option<Module> {
    const MODULES: &[&str] = &[
        "sqlalchemy",
        "sqlalchemy.types",
        "sqlalchemy.schema",
        "sqlalchemy.sql",
        "sqlalchemy.sql.sqltypes",
        "sqlalchemy.sql.type_api",
        "sqlalchemy.sql.ddl",
        "sqlalchemy.sql.schema",
        "sqlalchemy.sql.expression",
        "sqlalchemy.sql.functions",
        "sqlalchemy.sql.elements",
        "sqlalchemy.sql.selectable",
        "sqlalchemy.sql.dml",
        "sqlalchemy.future",
        "sqlalchemy.exc",
        "sqlalchemy.ext",
        "sqlalchemy.ext.compiler",
        "sqlalchemy.ext.declarative",
        "sqlalchemy.orm",
        "sqlalchemy.orm.session",
        "sqlalchemy.inspection",
        "sqlalchemy.engine",
        "sqlalchemy.engine.base",
        "sqlalchemy.engine.cursor",
        "sqlalchemy.engine.interfaces",
        "sqlalchemy.engine.reflection",
        "sqlalchemy.engine.result",
        "sqlalchemy.engine.row",
        "sqlalchemy.dialects",
        "sqlalchemy.dialects.postgresql",
        "sqlalchemy.dialects.postgresql.base",
        "sqlalchemy.dialects.postgresql.json",
        "sqlalchemy.dialects.postgresql.array",
        "sqlalchemy.dialects.postgresql.dml",
        "sqlalchemy.dialects.mysql",
        "sqlalchemy.dialects.mysql.base",
        "sqlalchemy.dialects.mysql.dml",
        "sqlalchemy.dialects.mariadb",
        "sqlalchemy.dialects.mysql.types",
        "sqlalchemy.dialects.sqlite",
        "sqlalchemy.dialects.sqlite.base",
        "sqlalchemy.dialects.mssql",
        "sqlalchemy.dialects.oracle",
    ];
    MODULES.contains(&name).then(|| Module::native(name, find))
}

/// A name of one of its modules.
fn find(module: &str, name: &str) -> Option<Value> {
    types::find(module, name)
        .or_else(|| compiles::find(module, name))
        .or_else(|| schema::find(module, name))
        .or_else(|| ddl::find(module, name))
        .or_else(|| sql::find(module, name))
        .or_else(|| engine::find(module, name))
        .or_else(|| orm::find(module, name))
}
