//! Expressions.

use std::rc::Rc;

use crate::sa::types::Type;
use crate::value::Value;

use super::from::From;
use super::kind::{Kind, SqlType};
use super::operator::Operator;
use super::query::Query;

/// An expression of SQL, with the parentheses that it needs.
#[derive(Debug)]
pub(crate) struct Expr {
    pub(crate) node: Node,
    pub(crate) type_: SqlType,
}

/// What an expression is.
#[derive(Debug)]
pub(crate) enum Node {
    Column {
        name: Rc<str>,
        from: Option<Rc<From>>,
    },
    /// A column of a subquery that has no name there.
    Proxy {
        of: Rc<Expr>,
        from: Option<Rc<From>>,
    },
    /// The name of a column or label, as a text behind `ORDER BY` has it.
    Reference(Rc<str>),
    /// `literal_column('…')`: SQL that is called a column.
    Literal(Rc<str>),
    Text(Text),
    Bind(Bind),
    /// The values behind `IN`.
    Values(Vec<Value>),
    Null,
    Bool(bool),
    Group(Rc<Expr>),
    Binary {
        left: Rc<Expr>,
        op: Operator,
        right: Rc<Expr>,
        /// What it becomes when it is negated.
        negated: Option<Operator>,
        modifiers: Modifiers,
    },
    /// Operands with the same operator between them.
    List {
        op: Operator,
        items: Vec<Rc<Expr>>,
        /// Whether it can need parentheses.
        group: bool,
    },
    Tuple(Vec<Rc<Expr>>),
    /// An operator before its operand.
    Unary {
        op: Operator,
        operand: Rc<Expr>,
    },
    /// An operator behind its operand.
    Modifier {
        op: Operator,
        operand: Rc<Expr>,
    },
    /// A truth value, or its opposite, on databases that have no type for it too.
    AsBool {
        operand: Rc<Expr>,
        is: bool,
    },
    Function(Function),
    Cast {
        operand: Rc<Expr>,
        to: Rc<Type>,
    },
    TypeCoerce(Rc<Expr>),
    Case {
        value: Option<Rc<Expr>>,
        whens: Vec<(Rc<Expr>, Rc<Expr>)>,
        otherwise: Option<Rc<Expr>>,
    },
    Label {
        /// Without a name, one is made up.
        name: Option<Rc<str>>,
        operand: Rc<Expr>,
    },
    Extract {
        field: String,
        operand: Rc<Expr>,
    },
    Over {
        function: Rc<Expr>,
        partition_by: Vec<Rc<Expr>>,
        order_by: Vec<Rc<Expr>>,
        /// `ROWS BETWEEN … AND …`.
        frame: Option<String>,
    },
    Filter {
        function: Rc<Expr>,
        criterion: Rc<Expr>,
    },
    WithinGroup {
        function: Rc<Expr>,
        order_by: Vec<Rc<Expr>>,
    },
    /// A query that stands for a value: in parentheses.
    Scalar(Rc<Query>),
    /// `postgresql.array([…])`.
    Array(Vec<Rc<Expr>>),
    Slice(Rc<Expr>, Rc<Expr>),
    /// `Sequence.next_value()`: the sequence's name as it stands in SQL.
    NextValue(String),
}

/// `text('…')`, with the values of its `:names` as far as they are given.
#[derive(Debug, Clone)]
pub(crate) struct Text {
    pub(crate) sql: Rc<str>,
    pub(crate) binds: Vec<(Rc<str>, Bind)>,
}

/// A value that is given from outside.
#[derive(Debug, Clone)]
pub(crate) struct Bind {
    /// The name by which parameters of the execution fill it.
    pub(crate) name: Option<Rc<str>>,
    pub(crate) value: Option<Value>,
    /// Whether it stands for a list behind `IN`.
    pub(crate) expanding: bool,
    pub(crate) type_: SqlType,
}

/// A function's call.
#[derive(Debug)]
pub(crate) struct Function {
    /// Its name, and the schemas before it.
    pub(crate) path: Vec<Rc<str>>,
    pub(crate) args: Vec<Rc<Expr>>,
    /// `ORDER BY` behind the arguments.
    pub(crate) order_by: Vec<Rc<Expr>>,
}

impl Function {
    pub(crate) fn name(&self) -> &str {
        self.path.last().map_or("", |name| name)
    }
}

/// What goes with an operator.
#[derive(Debug, Clone, Default)]
pub(crate) struct Modifiers {
    pub(crate) escape: Option<String>,
    pub(crate) flags: Option<String>,
    /// `BETWEEN SYMMETRIC`.
    pub(crate) symmetric: bool,
}

impl Expr {
    pub(crate) fn new(node: Node, type_: impl Into<SqlType>) -> Rc<Self> {
        Rc::new(Self {
            node,
            type_: type_.into(),
        })
    }

    /// A value that is written as a literal.
    pub(crate) fn value(value: Value, type_: SqlType) -> Rc<Self> {
        let bind = Bind {
            name: None,
            value: Some(value),
            expanding: false,
            type_: type_.clone(),
        };
        Self::new(Node::Bind(bind), type_)
    }

    /// SQL as it stands.
    pub(crate) fn literal(sql: &str, type_: impl Into<SqlType>) -> Rc<Self> {
        Self::new(Node::Literal(Rc::from(sql)), type_)
    }

    /// Operands with `op` between them; each in parentheses where it needs them.
    pub(crate) fn list(op: Operator, type_: impl Into<SqlType>, items: Vec<Rc<Self>>) -> Rc<Self> {
        let items = items.iter().map(|item| item.group(Some(&op))).collect();
        Self::new(
            Node::List {
                op,
                items,
                group: true,
            },
            type_,
        )
    }

    /// `left op right`.
    pub(crate) fn operate(
        left: &Rc<Self>,
        op: Operator,
        right: &Rc<Self>,
        type_: impl Into<SqlType>,
    ) -> Rc<Self> {
        let negated = if right.is_collection() { None } else { op.negated() };
        Self::modified(left, op, right, type_.into(), negated, Modifiers::default())
    }

    /// `left op right`, with modifiers.
    pub(crate) fn modified(
        left: &Rc<Self>,
        op: Operator,
        right: &Rc<Self>,
        type_: SqlType,
        negated: Option<Operator>,
        modifiers: Modifiers,
    ) -> Rc<Self> {
        if op.is_associative()
            && let Some(items) = flattened(left, &op, right, &type_)
        {
            return Self::list(op, type_, items);
        }
        let node = Node::Binary {
            left: left.group(Some(&op)),
            right: right.group(Some(&op)),
            op,
            negated,
            modifiers,
        };
        Self::new(node, type_)
    }

    /// `ANY (…)` or `ALL (…)`.
    fn is_collection(&self) -> bool {
        matches!(
            self.node,
            Node::Unary {
                op: Operator::Any | Operator::All,
                ..
            }
        )
    }

    /// Whether every database takes it as a truth value.
    pub(crate) fn is_implicitly_boolean(&self) -> bool {
        match &self.node {
            Node::Binary { op, .. } | Node::List { op, .. } => op.is_boolean(),
            Node::Group(inner) => inner.is_implicitly_boolean(),
            Node::AsBool { .. } => true,
            Node::Unary { op, .. } => op.is_boolean() || *op == Operator::Exists,
            Node::Bool(_) | Node::Null => false,
            _ => false,
        }
    }

    pub(crate) fn is_boolean(&self) -> bool {
        self.type_.kind == Kind::Boolean
    }

    /// The expression as an operand of `against`: in parentheses where it needs them.
    pub(crate) fn group(self: &Rc<Self>, against: Option<&Operator>) -> Rc<Self> {
        match &self.node {
            Node::Binary { op, .. } => self
                .group_if(op.needs_group(against) || (against == Some(&Operator::Not) && !op.is_boolean())),
            Node::List { op, items, group } => {
                let wanted = *group && !items.is_empty() && op.needs_group(against);
                self.group_if(wanted || (against == Some(&Operator::Not) && !op.is_boolean()))
            }
            Node::Unary { op, .. } => self.group_if(op.needs_group(against)),
            Node::Modifier { .. }
            | Node::Group(_)
            | Node::AsBool { .. }
            | Node::Tuple(_)
            | Node::Scalar(_)
            | Node::Slice(..) => self.clone(),
            Node::Text(_) => self.group_if(matches!(against, Some(Operator::In | Operator::NotIn))),
            Node::Filter { .. } => self.group_if(Operator::Filter.needs_group(against)),
            Node::Label { name, operand } => {
                let inner = operand.group(against);
                if Rc::ptr_eq(&inner, operand) {
                    return self.clone();
                }
                let node = Node::Label {
                    name: name.clone(),
                    operand: inner,
                };
                Self::new(node, self.type_.clone())
            }
            Node::TypeCoerce(operand) => {
                let inner = operand.group(against);
                Self::new(Node::TypeCoerce(inner), self.type_.clone())
            }
            Node::Function(_) if against == Some(&Operator::GetItem) && self.type_.kind == Kind::Array => {
                self.group_if(true)
            }
            _ => self.plain_group(against),
        }
    }

    fn plain_group(self: &Rc<Self>, against: Option<&Operator>) -> Rc<Self> {
        match against {
            Some(Operator::And | Operator::Or | Operator::AsBool) if self.is_boolean() => self.as_bool(true),
            Some(Operator::Any | Operator::All) => self.group_if(true),
            _ => self.clone(),
        }
    }

    fn group_if(self: &Rc<Self>, wanted: bool) -> Rc<Self> {
        if wanted {
            Self::new(Node::Group(self.clone()), self.type_.clone())
        } else {
            self.clone()
        }
    }

    fn as_bool(self: &Rc<Self>, is: bool) -> Rc<Self> {
        let operand = self.clone();
        Self::new(Node::AsBool { operand, is }, Kind::Boolean)
    }

    /// `NOT` the expression.
    pub(crate) fn negate(self: &Rc<Self>) -> Rc<Self> {
        let not = |operand| {
            Self::new(
                Node::Unary {
                    op: Operator::Not,
                    operand,
                },
                Kind::Boolean,
            )
        };
        match &self.node {
            Node::Binary {
                left,
                right,
                op,
                negated: Some(negated),
                modifiers,
            } => {
                let node = Node::Binary {
                    left: left.clone(),
                    right: right.clone(),
                    op: negated.clone(),
                    negated: Some(op.clone()),
                    modifiers: modifiers.clone(),
                };
                Self::new(node, self.type_.clone())
            }
            Node::Binary { .. } => self.group(None).negate(),
            Node::List { .. } => not(self.group(Some(&Operator::Not))),
            Node::AsBool { operand, .. } if matches!(operand.node, Node::Bool(_)) => operand.negate(),
            Node::AsBool { operand, is } => operand.as_bool(!is),
            Node::Bool(value) => Self::new(Node::Bool(!value), Kind::Boolean),
            Node::Unary { .. } if self.is_boolean() => not(self.group(Some(&Operator::Not))),
            Node::Label { name, operand } => {
                let node = Node::Label {
                    name: name.clone(),
                    operand: operand.negate(),
                };
                Self::new(node, self.type_.clone())
            }
            _ if self.is_boolean() => self.as_bool(false),
            _ => not(self.group(Some(&Operator::Not))),
        }
    }
}

/// The operands of `left op right` in one list, where one of them has the same operator.
fn flattened(left: &Rc<Expr>, op: &Operator, right: &Rc<Expr>, type_: &SqlType) -> Option<Vec<Rc<Expr>>> {
    let parts = |side: &Rc<Expr>| match &side.node {
        _ if side.type_.kind.affinity() != type_.kind.affinity() => None,
        Node::Binary {
            left, op: own, right, ..
        } if own == op => Some(vec![left.clone(), right.clone()]),
        Node::List { op: own, items, .. } if own == op => Some(items.clone()),
        _ => None,
    };
    match (parts(left), parts(right)) {
        (None, None) => None,
        (l, r) => {
            let mut items = l.unwrap_or_else(|| vec![left.clone()]);
            items.extend(r.unwrap_or_else(|| vec![right.clone()]));
            Some(items)
        }
    }
}
