//! The columns of a query, and the names that they get.

use std::rc::Rc;

use limbeck_core::Dialect;

use crate::value::{Object, Outcome};

use super::super::expr::{Expr, Node};
use super::super::operator::Operator;
use super::{Compiler, address};

/// The names that stand among the columns already, and whose they are.
type Seen = Vec<(String, Rc<Expr>)>;

impl Compiler<'_, '_> {
    /// The columns of a query. In a subquery each says what it is called.
    pub(super) fn columns(&mut self, columns: &[Rc<Expr>], in_from: bool) -> Outcome<String> {
        let mut seen = Seen::new();
        let mut repeated = 0;
        let mut parts = Vec::new();
        for column in columns {
            let label = self.label(column, &mut seen, &mut repeated);
            let sql = self.expr(column)?;
            let label = match label {
                Wanted::Always(label) => Some(label),
                Wanted::Maybe(label) if self.is_labelled(column, in_from) => Some(label),
                Wanted::Maybe(_) | Wanted::Never => None,
            };
            parts.push(match label {
                Some(label) => format!("{sql} AS {}", self.quote(&label)),
                None => sql,
            });
        }
        Ok(parts.join(", "))
    }

    /// What the column is called, and whether it has to say so.
    fn label(&mut self, column: &Rc<Expr>, seen: &mut Seen, repeated: &mut usize) -> Wanted {
        if matches!(column.node, Node::Text(_)) {
            return Wanted::Never;
        }
        let own = match &column.node {
            Node::Label { name, .. } => {
                let name = name.as_deref().map(str::to_owned);
                Some(name.unwrap_or_else(|| self.made_up(column)))
            }
            Node::Column { name, .. } | Node::Literal(name) => Some(name.to_string()),
            Node::Proxy { of, .. } => Some(self.made_up(of)),
            _ => None,
        };
        if let Some(name) = under_operator(column) {
            let taken = seen.iter().any(|(known, _)| *known == name);
            seen.push((name.clone(), column.clone()));
            return Wanted::Maybe(if taken {
                self.anonymous.name(address(column), &format!("{name}_"))
            } else {
                name
            });
        }
        let wrapped = own.is_none().then(|| wrapped_name(column)).flatten();
        let always = wrapped.is_some() || matches!(column.node, Node::Label { .. });
        let Some(name) = own.or(wrapped) else {
            let name = self.made_up(column);
            seen.push((name.clone(), column.clone()));
            return Wanted::Maybe(name);
        };
        let Some((_, first)) = seen.iter().find(|(known, _)| *known == name) else {
            seen.push((name.clone(), column.clone()));
            return if always {
                Wanted::Always(name)
            } else {
                Wanted::Maybe(name)
            };
        };
        if matches!(column.node, Node::Label { .. }) {
            return Wanted::Always(name);
        }
        if same(first, column) {
            *repeated += 1;
            return Wanted::Always(format!("{name}__{repeated}"));
        }
        let base = if always { format!("{name}_") } else { name };
        Wanted::Always(self.anonymous.name(address(column), &base))
    }

    /// A name for what has none.
    pub(super) fn made_up(&mut self, column: &Rc<Expr>) -> String {
        self.anonymous.name(address(column), column.base_name())
    }

    fn is_labelled(&self, column: &Rc<Expr>, in_from: bool) -> bool {
        match &column.node {
            Node::Column { from, .. } | Node::Proxy { from, .. } => in_from && from.is_some(),
            Node::Literal(_) | Node::Text(_) | Node::Reference(_) => false,
            Node::AsBool { operand, .. } => {
                self.dialect != Dialect::Postgresql || !has_name(operand) || in_from
            }
            Node::Unary { operand, op } => *op == Operator::Exists || !has_name(operand) || in_from,
            Node::Modifier { operand, .. } => !has_name(operand) || in_from,
            _ => true,
        }
    }
}

/// Whether a column says what it is called.
enum Wanted {
    Always(String),
    Maybe(String),
    Never,
}

/// The name of the column that a cast is of.
fn wrapped_name(column: &Rc<Expr>) -> Option<String> {
    match &column.node {
        Node::Cast { operand, .. } | Node::TypeCoerce(operand) => match &operand.node {
            Node::Column { name, .. } | Node::Literal(name) => Some(name.to_string()),
            Node::Label { name, .. } => name.as_deref().map(str::to_owned),
            _ => wrapped_name(operand),
        },
        _ => None,
    }
}

/// The name of the column that an operator stands before.
fn under_operator(column: &Rc<Expr>) -> Option<String> {
    match &column.node {
        Node::AsBool { operand, .. } | Node::Unary { operand, .. } if has_name(operand) => {
            operand.name().map(|name| name.to_string())
        }
        _ => None,
    }
}

fn has_name(expr: &Rc<Expr>) -> bool {
    match &expr.node {
        Node::Group(inner) => has_name(inner),
        Node::Column { .. } | Node::Literal(_) | Node::Label { .. } => true,
        _ => false,
    }
}

fn same(one: &Rc<Expr>, other: &Rc<Expr>) -> bool {
    Rc::ptr_eq(one, other) || (one.key().is_some() && one.key() == other.key())
}
