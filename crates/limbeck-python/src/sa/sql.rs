//! SQLAlchemy's expressions and statements.

mod bridge;
mod coerce;
mod collection;
mod compile;
mod construct;
mod dml;
mod expr;
mod from;
mod function;
mod kind;
mod literal;
mod methods;
mod operator;
mod query;
mod select;
mod table;
#[cfg(test)]
pub(super) mod tests;
mod text;

use std::rc::Rc;

use crate::value::{Args, Object, Outcome, Value};
use crate::vm::Vm;

use super::types::Type;

pub(crate) use compile::Parameters;
pub(crate) use expr::Expr;
pub(crate) use kind::{Kind, SqlType};
pub(crate) use query::Query;

use compile::Compiler;
use dml::{Delete, Insert, Update};
use expr::Node;
use from::{From, JoinKind};
use operator::Operator;

/// A column of a table in an expression.
pub(crate) fn column_expr(
    table: Option<&str>,
    schema: Option<&str>,
    name: &str,
    type_: Option<Rc<Type>>,
) -> Rc<Expr> {
    let from = table.map(|table| From::table(schema, table));
    let name = Rc::from(name);
    Expr::new(Node::Column { name, from }, SqlType::optional(type_))
}

/// `text('…')`: SQL with `:names`.
pub(crate) fn text(vm: &mut Vm<'_>, value: &Value) -> Outcome<Value> {
    construct::text(vm, Args::of([value.clone()]))
}

/// SQL that is written as it stands.
pub(crate) fn verbatim(sql: &str) -> Value {
    verbatim_of_type(sql, None)
}

/// The same of a type.
pub(crate) fn verbatim_of_type(sql: &str, type_: Option<Rc<Type>>) -> Value {
    // A colon in it is none of a parameter.
    let sql = sql.replace(':', "\\:");
    Value::Object(construct::text_of(&sql, SqlType::optional(type_)))
}

/// What a program wrote as SQL, where it has no parameters.
pub(crate) fn plain_text(value: &Value) -> Option<String> {
    match &coerce::element(value)?.node {
        Node::Text(text) if text.binds.is_empty() => Some(text.sql.to_string()),
        _ => None,
    }
}

/// The text of an expression or statement, with all values as literals.
pub(crate) fn compile(vm: &mut Vm<'_>, value: &Value) -> Outcome<String> {
    compile_with(vm, value, Parameters::new())
}

/// The same with values for its parameters.
pub(crate) fn compile_with(vm: &mut Vm<'_>, value: &Value, parameters: Parameters) -> Outcome<String> {
    if let Some(insert) = value.downcast::<Insert>() {
        return Compiler::new(vm, parameters).insert(&insert);
    }
    if let Some(update) = value.downcast::<Update>() {
        return Compiler::new(vm, parameters).update(&update);
    }
    if let Some(delete) = value.downcast::<Delete>() {
        return Compiler::new(vm, parameters).delete(&delete);
    }
    if let Some(query) = value.downcast::<Query>() {
        return Compiler::new(vm, parameters).statement(&query);
    }
    if let Some(from) = From::of(value).filter(|_| coerce::element(value).is_none()) {
        return Compiler::new(vm, parameters).table(&from);
    }
    let expr = coerce::expression(vm, value)?;
    Compiler::new(vm, parameters).expr(&expr)
}

/// The text of one execution of a statement: what the parameters say of columns belongs to it.
pub(crate) fn compile_execution(vm: &mut Vm<'_>, value: &Value, parameters: Parameters) -> Outcome<String> {
    if let Some(insert) = value.downcast::<Insert>() {
        if insert.several || insert.select.is_some() {
            return compile_with(vm, value, parameters);
        }
        let mut insert = (*insert).clone();
        insert.add(&parameters);
        return Compiler::new(vm, parameters).insert(&insert);
    }
    if let Some(update) = value.downcast::<Update>() {
        let mut update = (*update).clone();
        update.add(&parameters);
        return Compiler::new(vm, parameters).update(&update);
    }
    compile_with(vm, value, parameters)
}

/// The types of what a statement returns, in order; nothing where that is not known.
pub(crate) fn result_types(value: &Value) -> Vec<SqlType> {
    let types = |columns: &[Rc<Expr>]| columns.iter().map(|column| column.type_.clone()).collect();
    if let Some(query) = value.downcast::<Query>() {
        return types(query.columns());
    }
    if let Some(insert) = value.downcast::<Insert>() {
        return types(&insert.returning);
    }
    if let Some(update) = value.downcast::<Update>() {
        return types(&update.returning);
    }
    value
        .downcast::<Delete>()
        .map_or_else(Vec::new, |delete| types(&delete.returning))
}

/// The text of an expression in DDL: its columns have no table before them.
pub(crate) fn compile_ddl(vm: &mut Vm<'_>, value: &Value) -> Outcome<String> {
    let expr = coerce::expression(vm, value)?;
    Compiler::new(vm, Parameters::new()).ddl(&expr)
}

/// One of Python's values as a literal of SQL.
pub(crate) fn literal(vm: &mut Vm<'_>, value: &Value, type_: Option<&Type>) -> Outcome<String> {
    let type_ = match type_ {
        Some(type_) => SqlType::named(Rc::new(type_.clone())),
        None => Kind::of_value(value).into(),
    };
    literal::literal(vm, value, &type_)
}

/// What stands behind the dot of a table of the program's.
pub(crate) fn table_attribute(_vm: &mut Vm<'_>, value: &Value, name: &str) -> Outcome<Option<Value>> {
    Ok(From::of(value).and_then(|from| table::attribute(&from, name)))
}

/// Whether an expression computes something, other than naming a column.
pub(crate) fn is_computation(value: &Value) -> bool {
    let expr = coerce::element(value);
    expr.is_some_and(|expr| {
        matches!(
            expr.node,
            Node::Binary { .. }
                | Node::List { .. }
                | Node::Unary { .. }
                | Node::Function(_)
                | Node::AsBool { .. }
        )
    })
}

/// The name of the column or label that an expression is.
pub(crate) fn key(value: &Value) -> Option<String> {
    coerce::element(value)?.name().map(|name| name.to_string())
}

/// `statement.compile(…)`.
fn compiled(vm: &mut Vm<'_>, statement: Value, mut args: Args) -> Outcome<Value> {
    let dialect = args.take("bind").or_else(|| args.keyword("dialect"));
    let dialect = dialect.and_then(|dialect| dialect.downcast::<super::engine::Dialect>());
    if dialect.is_some_and(|dialect| dialect.name != vm.called.name()) {
        return Err(vm.unknown("compile() for another database"));
    }
    args.keyword("compile_kwargs");
    args.finish(vm, "compile")?;
    let sql = compile(vm, &statement)?;
    Ok(Value::object(Compiled { sql }))
}

/// A statement's text, as `compile()` returns it.
#[derive(Debug)]
struct Compiled {
    sql: String,
}

impl Object for Compiled {
    fn class_name(&self) -> &'static str {
        "SQLCompiler"
    }

    fn attribute(self: Rc<Self>, _vm: &mut Vm<'_>, name: &str) -> Outcome<Option<Value>> {
        Ok((name == "string").then(|| Value::str(&self.sql)))
    }

    fn to_str(self: Rc<Self>, _vm: &mut Vm<'_>) -> Outcome<String> {
        Ok(self.sql.clone())
    }
}

/// The modules that have the names of expressions and statements.
const MODULES: &[&str] = &[
    "sqlalchemy",
    "sqlalchemy.sql",
    "sqlalchemy.sql.expression",
    "sqlalchemy.sql.functions",
    "sqlalchemy.sql.elements",
    "sqlalchemy.sql.selectable",
    "sqlalchemy.sql.dml",
    "sqlalchemy.future",
];

/// A name of one of SQLAlchemy's modules.
pub(crate) fn find(module: &str, name: &str) -> Option<Value> {
    match (module, name) {
        ("sqlalchemy.dialects.postgresql" | "sqlalchemy.dialects.postgresql.array", "array" | "Array") => {
            return Some(Value::native("array", array));
        }
        (
            "sqlalchemy.dialects.postgresql"
            | "sqlalchemy.dialects.sqlite"
            | "sqlalchemy.dialects.mysql"
            | "sqlalchemy.dialects.postgresql.dml"
            | "sqlalchemy.dialects.mariadb",
            "insert",
        ) => return Some(Value::native("insert", insert)),
        ("sqlalchemy.dialects.postgresql", "aggregate_order_by") => {
            return Some(Value::native("aggregate_order_by", aggregate_order_by));
        }
        _ => {}
    }
    if !MODULES.contains(&module) {
        return None;
    }
    if module == "sqlalchemy.sql.functions" && function::is_known(name) {
        return function::class(name);
    }
    named(name)
        .or_else(|| construct::find(name))
        .or_else(|| class(name))
}

fn named(name: &str) -> Option<Value> {
    let native =
        |name: &'static str, function: fn(&mut Vm<'_>, Args) -> Outcome<Value>| Value::native(name, function);
    Some(match name {
        "func" | "modifier" => Value::object(function::Functions::default()),
        "select" => native("select", |vm, mut args| {
            let given = args.rest();
            args.finish(vm, "select")?;
            select::of(vm, &given).map(|query| Value::Object(query))
        }),
        "table" => native("table", table::table),
        "insert" => native("insert", insert),
        "update" => native("update", |vm, args| {
            one_table(vm, args, |table| Value::object(Update::of(table)))
        }),
        "delete" => native("delete", |vm, args| {
            one_table(vm, args, |table| Value::object(Delete::from(table)))
        }),
        "join" => native("join", |vm, args| table::join(vm, args, JoinKind::Inner)),
        "outerjoin" => native("outerjoin", |vm, args| table::join(vm, args, JoinKind::Left)),
        "alias" => native("alias", table::alias_of),
        "union" => native("union", |vm, args| compound(vm, " UNION ", args)),
        "union_all" => native("union_all", |vm, args| compound(vm, " UNION ALL ", args)),
        "intersect" => native("intersect", |vm, args| compound(vm, " INTERSECT ", args)),
        "except_" => native("except_", |vm, args| compound(vm, " EXCEPT ", args)),
        _ => return None,
    })
}

fn one_table(vm: &mut Vm<'_>, mut args: Args, make: fn(Rc<From>) -> Value) -> Outcome<Value> {
    let table = args.need(vm, "table")?;
    args.finish(vm, "this function")?;
    From::expect(vm, &table).map(make)
}

fn insert(vm: &mut Vm<'_>, args: Args) -> Outcome<Value> {
    one_table(vm, args, |table| Value::object(Insert::into(table)))
}

fn compound(vm: &mut Vm<'_>, keyword: &'static str, mut args: Args) -> Outcome<Value> {
    let given = args.rest();
    args.finish(vm, "union")?;
    select::compound(vm, keyword, &given)
}

/// `postgresql.array([…])`.
fn array(vm: &mut Vm<'_>, mut args: Args) -> Outcome<Value> {
    let clauses = args.need(vm, "clauses")?;
    let type_ = Type::maybe(vm, args.keyword("type_"))?;
    args.finish(vm, "array")?;
    let item = SqlType::optional(type_);
    let mut items = Vec::new();
    for clause in vm.iterate(&clauses)? {
        items.push(coerce::operand(vm, &clause, &item)?);
    }
    Ok(Value::Object(Expr::new(Node::Array(items), Kind::Array)))
}

fn aggregate_order_by(vm: &mut Vm<'_>, mut args: Args) -> Outcome<Value> {
    let target = args.need(vm, "target")?;
    let target = coerce::expression(vm, &target)?;
    let order_by = args.rest();
    args.finish(vm, "aggregate_order_by")?;
    let order_by = order_by
        .iter()
        .map(|value| coerce::named(vm, value))
        .collect::<Outcome<Vec<_>>>()?;
    let list = Node::List {
        op: Operator::Comma,
        items: order_by,
        group: false,
    };
    let node = Node::Binary {
        left: target,
        op: Operator::native("ORDER BY", 0, false),
        right: Expr::new(list, SqlType::NULL),
        negated: None,
        modifiers: expr::Modifiers::default(),
    };
    Ok(Value::Object(Expr::new(node, SqlType::NULL)))
}

/// The classes that programs ask whether something is one of them, with what they are called here.
const CLASSES: &[(&str, &[&str])] = &[
    ("TextClause", &["TextClause"]),
    ("Select", &["Select"]),
    ("Insert", &["Insert"]),
    ("Update", &["Update"]),
    ("Delete", &["Delete"]),
    ("TableClause", &["TableClause", "Table"]),
    ("ColumnClause", &["ColumnClause", "Column"]),
    ("BinaryExpression", &["BinaryExpression"]),
    ("BindParameter", &["BindParameter"]),
    ("Function", &["Function"]),
    ("FunctionElement", &["Function"]),
    ("Label", &["Label"]),
    ("Cast", &["Cast"]),
];

/// A class of expressions or statements.
#[derive(Debug)]
struct ExpressionClass {
    name: &'static str,
    members: &'static [&'static str],
}

fn class(name: &str) -> Option<Value> {
    let (name, members) = CLASSES.iter().find(|(known, _)| *known == name)?;
    Some(Value::object(ExpressionClass { name, members }))
}

impl Object for ExpressionClass {
    fn class_name(&self) -> &'static str {
        "type"
    }

    fn attribute(self: Rc<Self>, _vm: &mut Vm<'_>, name: &str) -> Outcome<Option<Value>> {
        Ok((name == "__name__").then(|| Value::str(self.name)))
    }

    fn call(self: Rc<Self>, vm: &mut Vm<'_>, args: Args) -> Outcome<Value> {
        match self.name {
            "Insert" => insert(vm, args),
            "Update" => one_table(vm, args, |table| Value::object(Update::of(table))),
            "Delete" => one_table(vm, args, |table| Value::object(Delete::from(table))),
            "TextClause" => construct::text(vm, args),
            name => Err(vm.unknown(format!("an object of the class {name} that is made by its class"))),
        }
    }

    fn is_class_of(self: Rc<Self>, _vm: &mut Vm<'_>, value: &Value) -> Outcome<Option<bool>> {
        Ok(Some(match value {
            Value::Object(object) => self.members.contains(&object.class_name()),
            _ => false,
        }))
    }

    fn repr(self: Rc<Self>, _vm: &mut Vm<'_>) -> Outcome<String> {
        Ok(format!("<class 'sqlalchemy.{}'>", self.name))
    }
}
