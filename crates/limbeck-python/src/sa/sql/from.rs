//! What stands behind `FROM`.

use std::rc::Rc;

use crate::value::{Outcome, Value};
use crate::vm::Vm;

use super::expr::{Expr, Node};
use super::kind::SqlType;
use super::operator::Operator;
use super::query::Query;

/// A table, or what stands for one.
#[derive(Debug)]
pub(crate) enum From {
    Table(Table),
    /// A table under another name; one is made up where there is none.
    Alias {
        name: Option<Rc<str>>,
        of: Rc<Self>,
    },
    Subquery {
        name: Option<Rc<str>>,
        query: Rc<Query>,
        lateral: bool,
    },
    Cte {
        name: Option<Rc<str>>,
        query: Rc<Query>,
        recursive: bool,
    },
    Join(Join),
    /// A function that returns rows: its alias, and the names of its columns.
    Function {
        function: Rc<Expr>,
        name: Option<Rc<str>>,
        columns: Vec<Rc<str>>,
        /// Whether it has one column, which is called as it is.
        scalar: bool,
    },
    /// `text('…')` behind `FROM`.
    Text(Rc<Expr>),
}

/// A table of the database.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) schema: Option<Rc<str>>,
    pub(crate) name: Rc<str>,
    /// Its columns, as far as the program names them.
    pub(crate) columns: Vec<Column>,
    pub(crate) foreign_keys: Vec<ForeignKey>,
}

/// Columns that lead to another table's.
#[derive(Debug)]
pub(crate) struct ForeignKey {
    pub(crate) columns: Vec<Rc<str>>,
    pub(crate) schema: Option<Rc<str>>,
    pub(crate) table: Rc<str>,
    pub(crate) referred: Vec<Rc<str>>,
}

/// A column of a table.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    /// What the program calls it.
    pub(crate) key: Rc<str>,
    pub(crate) name: Rc<str>,
    pub(crate) type_: SqlType,
    /// What Python gives a new row that says nothing of it.
    pub(crate) default: Option<Value>,
    /// What Python gives a changed row that says nothing of it.
    pub(crate) on_update: Option<Value>,
}

/// Two tables side by side.
#[derive(Debug)]
pub(crate) struct Join {
    pub(crate) left: Rc<From>,
    pub(crate) right: Rc<From>,
    pub(crate) on: Rc<Expr>,
    pub(crate) kind: JoinKind,
}

/// Which rows a join keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JoinKind {
    Inner,
    Left,
    Full,
}

impl JoinKind {
    pub(crate) fn sql(self) -> &'static str {
        match self {
            Self::Inner => " JOIN ",
            Self::Left => " LEFT OUTER JOIN ",
            Self::Full => " FULL OUTER JOIN ",
        }
    }
}

impl From {
    /// A table that nothing is known of but its name.
    pub(crate) fn table(schema: Option<&str>, name: &str) -> Rc<Self> {
        Rc::new(Self::Table(Table {
            schema: schema.map(Rc::from),
            name: Rc::from(name),
            columns: Vec::new(),
            foreign_keys: Vec::new(),
        }))
    }

    /// Whether both are one table. A table is the one of its name, however often the program defines it.
    pub(crate) fn same(self: &Rc<Self>, other: &Rc<Self>) -> bool {
        match (&**self, &**other) {
            (Self::Table(a), Self::Table(b)) => a.schema == b.schema && a.name == b.name,
            _ => Rc::ptr_eq(self, other),
        }
    }

    /// Whether columns are written with its name before them.
    pub(crate) fn is_named(&self) -> bool {
        !matches!(
            self,
            Self::Join(_) | Self::Text(_) | Self::Function { scalar: true, .. }
        )
    }

    /// Itself and, for a join, what it joins.
    pub(crate) fn objects(self: &Rc<Self>) -> Vec<Rc<Self>> {
        let mut all = vec![self.clone()];
        all.extend(self.hidden());
        all
    }

    /// What needs not stand behind `FROM` when this does.
    pub(crate) fn hidden(&self) -> Vec<Rc<Self>> {
        match self {
            Self::Join(join) => {
                let mut all = join.left.objects();
                all.extend(join.right.objects());
                all
            }
            _ => Vec::new(),
        }
    }

    /// Its columns, with what the program calls them.
    pub(crate) fn columns(self: &Rc<Self>) -> Vec<(Rc<str>, Rc<Expr>)> {
        let column = |key: Rc<str>, name: Rc<str>, type_: SqlType| {
            let from = Some(self.clone());
            (key, Expr::new(Node::Column { name, from }, type_))
        };
        match &**self {
            Self::Table(table) => table
                .columns
                .iter()
                .map(|c| column(c.key.clone(), c.name.clone(), c.type_.clone()))
                .collect(),
            Self::Alias { of, .. } => of
                .columns()
                .into_iter()
                .map(|(key, expr)| {
                    let name = expr.name().unwrap_or_else(|| key.clone());
                    column(key, name, expr.type_.clone())
                })
                .collect(),
            Self::Subquery { query, .. } | Self::Cte { query, .. } => query.named_columns(self),
            Self::Join(join) => {
                let mut all = join.left.columns();
                all.extend(join.right.columns());
                all
            }
            Self::Function { columns, .. } => columns
                .iter()
                .map(|name| column(name.clone(), name.clone(), SqlType::NULL))
                .collect(),
            Self::Text(_) => Vec::new(),
        }
    }

    /// The column that the program calls `key`.
    pub(crate) fn column(self: &Rc<Self>, key: &str) -> Option<Rc<Expr>> {
        self.columns()
            .into_iter()
            .find(|(own, _)| &**own == key)
            .map(|(_, column)| column)
    }

    /// The table's own name for what the program calls `key`.
    pub(crate) fn column_named(&self, key: &str) -> Option<&Column> {
        match self {
            Self::Table(table) => table.columns.iter().find(|column| &*column.key == key),
            Self::Alias { of, .. } => of.column_named(key),
            _ => None,
        }
    }

    /// What a value of the program's is behind `FROM`.
    pub(crate) fn of(value: &Value) -> Option<Rc<Self>> {
        if let Some(from) = value.downcast::<Self>() {
            return Some(from);
        }
        if let Some(table) = value.downcast::<crate::sa::schema::Table>() {
            return Some(Rc::new(Self::Table(super::bridge::table(&table))));
        }
        if let Some(query) = value.downcast::<Query>() {
            return Some(Rc::new(Self::Subquery {
                name: None,
                query,
                lateral: false,
            }));
        }
        let expr = value.downcast::<Expr>()?;
        match &expr.node {
            Node::Text(_) => Some(Rc::new(Self::Text(expr))),
            Node::Function(_) => Some(Rc::new(Self::Function {
                function: expr,
                name: None,
                columns: Vec::new(),
                scalar: false,
            })),
            _ => None,
        }
    }

    /// The same, where nothing else will do.
    pub(crate) fn expect(vm: &Vm<'_>, value: &Value) -> Outcome<Rc<Self>> {
        Self::of(value).ok_or_else(|| {
            vm.raise(
                "ArgumentError",
                format!(
                    "FROM expression, such as a Table or alias() object expected, got a {}.",
                    value.type_name()
                ),
            )
        })
    }

    pub(crate) fn join(left: Rc<Self>, right: Rc<Self>, on: &Rc<Expr>, kind: JoinKind) -> Rc<Self> {
        Rc::new(Self::Join(Join {
            left,
            right,
            on: on.group(Some(&Operator::AsBool)),
            kind,
        }))
    }
}

impl Expr {
    /// The name of a column.
    pub(crate) fn name(&self) -> Option<Rc<str>> {
        match &self.node {
            Node::Column { name, .. } | Node::Literal(name) | Node::Reference(name) => Some(name.clone()),
            Node::Label { name, .. } => name.clone(),
            _ => None,
        }
    }

    /// The tables that it takes columns of; those of a query inside are the query's own affair.
    pub(crate) fn froms(&self, found: &mut Vec<Rc<From>>) {
        let mut all = |exprs: &[Rc<Self>]| exprs.iter().for_each(|expr| expr.froms(found));
        match &self.node {
            Node::Column { from, .. } | Node::Proxy { from, .. } => {
                for from in from.iter().flat_map(From::objects) {
                    if !found.iter().any(|other| other.same(&from)) {
                        found.push(from);
                    }
                }
            }
            Node::Literal(_)
            | Node::Text(_)
            | Node::Bind(_)
            | Node::Values(_)
            | Node::Null
            | Node::Bool(_) => {}
            Node::Scalar(_) | Node::NextValue(_) | Node::Reference(_) => {}
            Node::Group(inner) | Node::TypeCoerce(inner) => inner.froms(found),
            Node::Unary { operand, .. }
            | Node::Modifier { operand, .. }
            | Node::AsBool { operand, .. }
            | Node::Cast { operand, .. }
            | Node::Label { operand, .. }
            | Node::Extract { operand, .. } => operand.froms(found),
            Node::Binary { left, right, .. } | Node::Slice(left, right) => {
                left.froms(found);
                right.froms(found);
            }
            Node::List { items, .. } | Node::Tuple(items) | Node::Array(items) => all(items),
            Node::Function(function) => {
                all(&function.args);
                all(&function.order_by);
            }
            Node::Case {
                value,
                whens,
                otherwise,
            } => {
                value.iter().for_each(|expr| expr.froms(found));
                for (condition, result) in whens {
                    condition.froms(found);
                    result.froms(found);
                }
                otherwise.iter().for_each(|expr| expr.froms(found));
            }
            Node::Over {
                function,
                partition_by,
                order_by,
                ..
            } => {
                function.froms(found);
                partition_by
                    .iter()
                    .chain(order_by)
                    .for_each(|expr| expr.froms(found));
            }
            Node::Filter { function, criterion } => {
                function.froms(found);
                criterion.froms(found);
            }
            Node::WithinGroup { function, order_by } => {
                function.froms(found);
                order_by.iter().for_each(|expr| expr.froms(found));
            }
        }
    }
}
