//! Values that stand in a file as they are.

use ruff_python_ast::{Expr, Operator};
use ruff_text_size::Ranged;

use crate::env::dotted;

/// A value of a name that Alembic reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Constant {
    None,
    Text(String),
    /// A tuple, a list or a set of texts.
    List(Vec<String>),
    /// Something that has to be computed: its source.
    Other(String),
    /// It hangs on a condition.
    Conditional,
}

/// The value of an expression; `lookup` knows names and what stands behind their dots.
pub(super) fn constant(expression: &Expr, text: &str, lookup: &dyn Fn(&str) -> Option<Constant>) -> Constant {
    let other = || {
        let source = &text[expression.range()];
        let line = source.lines().next().unwrap_or_default();
        Constant::Other(if line.len() < source.len() {
            format!("{line} …")
        } else {
            line.to_owned()
        })
    };
    match expression {
        Expr::NoneLiteral(_) => Constant::None,
        Expr::StringLiteral(literal) => Constant::Text(literal.value.to_str().to_owned()),
        Expr::Name(_) | Expr::Attribute(_) => dotted(expression)
            .and_then(|name| lookup(&name))
            .unwrap_or_else(other),
        Expr::Tuple(tuple) => list(&tuple.elts, text, lookup).unwrap_or_else(other),
        Expr::List(elements) => list(&elements.elts, text, lookup).unwrap_or_else(other),
        Expr::Set(set) => list(&set.elts, text, lookup).unwrap_or_else(other),
        Expr::BinOp(binary) if binary.op == Operator::Add => {
            match (
                constant(&binary.left, text, lookup),
                constant(&binary.right, text, lookup),
            ) {
                (Constant::Text(left), Constant::Text(right)) => Constant::Text(left + &right),
                _ => other(),
            }
        }
        _ => other(),
    }
}

fn list(elements: &[Expr], text: &str, lookup: &dyn Fn(&str) -> Option<Constant>) -> Option<Constant> {
    let element = |element| match constant(element, text, lookup) {
        Constant::Text(text) => Some(text),
        _ => None,
    };
    elements
        .iter()
        .map(element)
        .collect::<Option<_>>()
        .map(Constant::List)
}
