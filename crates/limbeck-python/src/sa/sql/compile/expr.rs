//! Expressions.

use std::rc::Rc;

use limbeck_core::Dialect;

use crate::value::{Object, Outcome, Value};

use super::super::expr::{Bind, Expr, Function, Node, Text};
use super::super::from::From;
use super::super::function::without_parentheses;
use super::super::kind::{Kind, SqlType};
use super::super::literal::literal;
use super::super::operator::Operator;
use super::super::text::{Piece, pieces};
use super::{Compiler, address};

impl Compiler<'_, '_> {
    /// The text of an expression, outside the list of a query's columns.
    pub(in super::super) fn expr(&mut self, expr: &Rc<Expr>) -> Outcome<String> {
        crate::sa::compiles::refuse_rewritten(self.vm, Object::class_name(&**expr))?;
        match &expr.node {
            Node::Column { name, from } => self.column(name, from.as_ref()),
            Node::Proxy { of, from } => {
                let name = self.made_up(of);
                self.column(&name, from.as_ref())
            }
            Node::Reference(name) => Ok(self.quote(name)),
            Node::Literal(sql) => Ok(sql.to_string()),
            Node::Text(text) => self.text(text),
            Node::Bind(bind) => self.bind(bind),
            Node::Values(values) => self.values(values, expr),
            Node::Null => Ok("NULL".to_owned()),
            Node::Bool(value) => Ok(self.bool(*value).to_owned()),
            Node::Group(inner) => Ok(format!("({})", self.expr(inner)?)),
            Node::Binary { .. } => self.binary(expr),
            Node::List { op, items, .. } => self.operands(op, items),
            Node::Tuple(items) => Ok(format!("({})", self.list(items, ", ")?)),
            Node::Unary { op, operand } => self.unary(op, operand),
            Node::Modifier { op, operand } => {
                let operand = self.expr(operand)?;
                Ok(format!("{operand}{}", op.symbol().unwrap_or_default()))
            }
            Node::AsBool { operand, is } => self.as_bool(operand, *is),
            Node::Function(function) => self.function(function),
            Node::Cast { operand, to } => self.cast(operand, to),
            Node::TypeCoerce(operand) => self.expr(operand),
            Node::Case {
                value,
                whens,
                otherwise,
            } => self.case(value.as_ref(), whens, otherwise.as_ref()),
            Node::Label { operand, .. } => self.expr(operand),
            Node::Extract { field, operand } => self.extract(field, operand),
            Node::Over {
                function,
                partition_by,
                order_by,
                frame,
            } => {
                let mut parts = Vec::new();
                for (word, exprs) in [("PARTITION", partition_by), ("ORDER", order_by)] {
                    if !exprs.is_empty() {
                        parts.push(format!("{word} BY {}", self.list(exprs, ", ")?));
                    }
                }
                parts.extend(frame.clone());
                Ok(format!("{} OVER ({})", self.expr(function)?, parts.join(" ")))
            }
            Node::Filter { function, criterion } => {
                let function = self.expr(function)?;
                Ok(format!("{function} FILTER (WHERE {})", self.expr(criterion)?))
            }
            Node::WithinGroup { function, order_by } => {
                let function = self.expr(function)?;
                Ok(format!(
                    "{function} WITHIN GROUP (ORDER BY {})",
                    self.list(order_by, ", ")?
                ))
            }
            Node::Scalar(query) => Ok(format!("({})", self.subquery(query, false)?)),
            Node::Array(items) => Ok(format!("ARRAY[{}]", self.list(items, ", ")?)),
            Node::Slice(start, stop) => Ok(format!("{}:{}", self.expr(start)?, self.expr(stop)?)),
            Node::NextValue(sequence) => Ok(match self.dialect {
                Dialect::Postgresql => format!("nextval('{}')", sequence.replace('\'', "''")),
                Dialect::Mariadb => format!("nextval({sequence})"),
                _ => return Err(self.vm.raise("CompileError", "This database has no sequences")),
            }),
        }
    }

    /// The text of an expression in DDL.
    pub(in super::super) fn ddl(&mut self, expr: &Rc<Expr>) -> Outcome<String> {
        self.without_tables(|this| this.expr(expr))
    }

    /// The text of a table.
    pub(in super::super) fn table(&mut self, from: &Rc<From>) -> Outcome<String> {
        self.from(from)
    }

    fn column(&mut self, name: &str, from: Option<&Rc<From>>) -> Outcome<String> {
        let name = self.quote(name);
        match from {
            Some(from) if self.with_table && from.is_named() => {
                Ok(format!("{}.{name}", self.table_name(from)))
            }
            _ => Ok(name),
        }
    }

    /// `true`, as the database has it.
    fn bool(&self, value: bool) -> &'static str {
        match (self.dialect, value) {
            (Dialect::Sqlite, true) => "1",
            (Dialect::Sqlite, false) => "0",
            (_, true) => "true",
            (_, false) => "false",
        }
    }

    /// The program's own SQL, with values for its names.
    pub(super) fn text(&mut self, text: &Text) -> Outcome<String> {
        let mut sql = String::new();
        for piece in pieces(&text.sql) {
            match piece {
                Piece::Sql(part) => sql.push_str(part),
                Piece::Name(name) => {
                    let known = text.binds.iter().find(|(own, _)| **own == *name);
                    let bind = known.map_or_else(
                        || Bind {
                            name: Some(Rc::from(name)),
                            value: None,
                            expanding: false,
                            type_: SqlType::NULL,
                        },
                        |(_, bind)| bind.clone(),
                    );
                    sql.push_str(&self.bind(&bind)?);
                }
            }
        }
        Ok(sql)
    }

    /// A value that is given from outside, or with the expression.
    fn bind(&mut self, bind: &Bind) -> Outcome<String> {
        let given = bind.name.as_ref().and_then(|name| {
            let found = self.parameters.iter().find(|(known, _)| known == name);
            found.map(|(_, value)| value.clone())
        });
        let Some(value) = given.or_else(|| bind.value.clone()) else {
            let name = bind.name.as_deref().unwrap_or_default();
            let message = format!(
                "A value is required for bind parameter '{name}'. A colon that is none of a parameter is written '\\:' in text()."
            );
            return Err(self.vm.raise("StatementError", message));
        };
        let type_ = match bind.type_.kind {
            Kind::Null if bind.type_.named.is_none() => match Kind::of_value(&value) {
                // The driver gets it as it is: only an `Interval` is kept otherwise.
                Kind::Interval => Kind::Null.into(),
                kind => kind.into(),
            },
            _ => bind.type_.clone(),
        };
        if bind.expanding {
            let values = self.vm.iterate(&value)?;
            return self.value_list(&values, &type_, None);
        }
        literal(self.vm, &value, &type_)
    }

    /// The values behind `IN`.
    fn values(&mut self, values: &[Value], of: &Rc<Expr>) -> Outcome<String> {
        self.value_list(values, &of.type_, None)
    }

    /// Values in parentheses; none of them as SQLAlchemy writes what is in no set.
    pub(super) fn value_list(
        &mut self,
        values: &[Value],
        type_: &SqlType,
        op: Option<&Operator>,
    ) -> Outcome<String> {
        if values.is_empty() {
            return Ok(format!("({})", self.empty_set(op)));
        }
        let mut items = Vec::new();
        let mut tuples = false;
        for value in values {
            match value {
                Value::Tuple(parts) if type_.kind != Kind::Array => {
                    tuples = true;
                    let parts = parts
                        .iter()
                        .map(|part| literal(self.vm, part, &Kind::of_value(part).into()));
                    items.push(format!("({})", parts.collect::<Outcome<Vec<_>>>()?.join(", ")));
                }
                _ => items.push(literal(self.vm, value, &type_.beside(value))?),
            }
        }
        let keyword = if tuples && self.dialect == Dialect::Sqlite {
            "VALUES "
        } else {
            ""
        };
        Ok(format!("({keyword}{})", items.join(", ")))
    }

    fn empty_set(&self, op: Option<&Operator>) -> &'static str {
        match (self.dialect, op) {
            (Dialect::Sqlite, _) => "SELECT 1 FROM (SELECT 1) WHERE 1!=1",
            (_, Some(Operator::NotIn)) => "NULL) OR (1 = 1",
            _ => "NULL) AND (1 != 1",
        }
    }

    fn unary(&mut self, op: &Operator, operand: &Rc<Expr>) -> Outcome<String> {
        let inner = self.expr(operand)?;
        Ok(format!("{}{inner}", op.symbol().unwrap_or_default()))
    }

    fn as_bool(&mut self, operand: &Rc<Expr>, is: bool) -> Outcome<String> {
        let sql = self.expr(operand)?;
        let native = self.dialect == Dialect::Postgresql || operand.is_implicitly_boolean();
        Ok(match (native, is) {
            (true, true) => sql,
            (true, false) => format!("NOT {sql}"),
            (false, true) => format!("{sql} = 1"),
            (false, false) => format!("{sql} = 0"),
        })
    }

    pub(super) fn function(&mut self, function: &Function) -> Outcome<String> {
        let name = function.name();
        if function.path.len() == 1
            && let Some(special) = self.special_function(function)?
        {
            return Ok(special);
        }
        let path: Vec<String> = function
            .path
            .iter()
            .map(|part| self.function_name(part))
            .collect();
        let mut sql = path.join(".");
        if function.args.is_empty() && function.path.len() == 1 && without_parentheses(name) {
            return Ok(sql.to_ascii_uppercase());
        }
        let args = match &*name.to_ascii_lowercase() {
            "count" if function.args.is_empty() => "*".to_owned(),
            _ => self.list(&function.args, ", ")?,
        };
        sql.push('(');
        sql.push_str(&args);
        if !function.order_by.is_empty() {
            sql.push_str(&format!(" ORDER BY {}", self.list(&function.order_by, ", ")?));
        }
        sql.push(')');
        Ok(sql)
    }

    fn function_name(&self, name: &str) -> String {
        if crate::sa::quote::has_odd_characters(name) {
            crate::sa::quote::always(self.dialect, name)
        } else {
            name.to_owned()
        }
    }

    /// Functions that a database has in another form.
    fn special_function(&mut self, function: &Function) -> Outcome<Option<String>> {
        let args = &function.args;
        Ok(Some(
            match (self.dialect, &*function.name().to_ascii_lowercase()) {
                (Dialect::Sqlite, "now") => "CURRENT_TIMESTAMP".to_owned(),
                (Dialect::Sqlite, "localtimestamp") => "DATETIME(CURRENT_TIMESTAMP, 'localtime')".to_owned(),
                (Dialect::Sqlite, "char_length") => format!("length({})", self.list(args, ", ")?),
                (Dialect::Postgresql, "pow") => format!("power({})", self.list(args, ", ")?),
                (Dialect::Postgresql, "substring") if args.len() == 2 => {
                    format!(
                        "SUBSTRING({} FROM {})",
                        self.expr(&args[0])?,
                        self.expr(&args[1])?
                    )
                }
                (Dialect::Postgresql, "substring") if args.len() == 3 => {
                    let text = self.expr(&args[0])?;
                    format!(
                        "SUBSTRING({text} FROM {} FOR {})",
                        self.expr(&args[1])?,
                        self.expr(&args[2])?
                    )
                }
                (Dialect::Mysql | Dialect::Mariadb, "random") => format!("rand({})", self.list(args, ", ")?),
                (Dialect::Mysql | Dialect::Mariadb, "sysdate") => "SYSDATE()".to_owned(),
                (_, "sysdate") if args.is_empty() => "sysdate".to_owned(),
                _ => return Ok(None),
            },
        ))
    }

    fn case(
        &mut self,
        value: Option<&Rc<Expr>>,
        whens: &[(Rc<Expr>, Rc<Expr>)],
        otherwise: Option<&Rc<Expr>>,
    ) -> Outcome<String> {
        let mut sql = "CASE".to_owned();
        if let Some(value) = value {
            sql.push_str(&format!(" {}", self.expr(value)?));
        }
        for (condition, result) in whens {
            let condition = self.expr(condition)?;
            sql.push_str(&format!(" WHEN {condition} THEN {}", self.expr(result)?));
        }
        if let Some(otherwise) = otherwise {
            sql.push_str(&format!(" ELSE {}", self.expr(otherwise)?));
        }
        sql.push_str(" END");
        Ok(sql)
    }

    fn extract(&mut self, field: &str, operand: &Rc<Expr>) -> Outcome<String> {
        let operand = self.expr(operand)?;
        if self.dialect != Dialect::Sqlite {
            let field = match field {
                "milliseconds" if self.is_mysql() => "millisecond",
                field => field,
            };
            return Ok(format!("EXTRACT({field} FROM {operand})"));
        }
        let format = match field {
            "month" => "%m",
            "day" => "%d",
            "year" => "%Y",
            "second" => "%S",
            "hour" => "%H",
            "doy" => "%j",
            "minute" => "%M",
            "epoch" => "%s",
            "dow" => "%w",
            "week" => "%W",
            _ => {
                let message = format!("{field} is not a valid extract argument.");
                return Err(self.vm.raise("CompileError", message));
            }
        };
        Ok(format!("CAST(STRFTIME('{format}', {operand}) AS INTEGER)"))
    }

    /// What a table is called where its columns are named.
    pub(super) fn table_name(&mut self, from: &Rc<From>) -> String {
        match &**from {
            From::Table(table) => {
                crate::sa::quote::qualified(self.dialect, table.schema.as_deref(), &table.name)
            }
            _ => {
                let name = self.alias_name(from);
                self.quote(&name)
            }
        }
    }

    /// The name of an alias; one is made up where it has none.
    pub(super) fn alias_name(&mut self, from: &Rc<From>) -> String {
        match from.name() {
            Some(name) => name.to_string(),
            None => {
                let base = match &**from {
                    From::Alias { of, .. } => of
                        .name()
                        .map_or_else(|| "anon".to_owned(), |name| name.to_string()),
                    _ => "anon".to_owned(),
                };
                self.anonymous.name(address(from), &base)
            }
        }
    }
}
