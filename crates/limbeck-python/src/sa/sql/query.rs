//! Queries: `SELECT`, and several of them together.

use std::rc::Rc;

use super::expr::{Expr, Node, Text};
use super::from::{From, JoinKind};

/// A query.
#[derive(Debug, Clone)]
pub(crate) enum Query {
    Select(Select),
    Compound(Compound),
    /// `text('…').columns(…)`.
    Text(Text, Vec<Rc<Expr>>),
}

/// `SELECT`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Select {
    pub(crate) columns: Vec<Rc<Expr>>,
    /// Tables that the columns' clause names as a whole.
    pub(crate) tables: Vec<Rc<From>>,
    /// `select_from(…)`.
    pub(crate) from: Vec<Rc<From>>,
    pub(crate) joins: Vec<PendingJoin>,
    pub(crate) filters: Vec<Rc<Expr>>,
    pub(crate) group_by: Vec<Rc<Expr>>,
    pub(crate) having: Vec<Rc<Expr>>,
    pub(crate) distinct: Distinct,
    pub(crate) tail: Tail,
    /// `correlate(…)`: the tables that are the enclosing query's.
    pub(crate) correlate: Option<Vec<Rc<From>>>,
    pub(crate) prefixes: Vec<String>,
}

/// A join whose left side is what is there.
#[derive(Debug, Clone)]
pub(crate) struct PendingJoin {
    pub(crate) right: Rc<From>,
    pub(crate) on: Rc<Expr>,
    pub(crate) kind: JoinKind,
    pub(crate) left: Option<Rc<From>>,
}

/// Whether equal rows are shown once.
#[derive(Debug, Clone, Default)]
pub(crate) enum Distinct {
    #[default]
    No,
    Yes,
    /// PostgreSQL: `DISTINCT ON (…)`.
    On(Vec<Rc<Expr>>),
}

/// What stands at the end of a query.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tail {
    pub(crate) order_by: Vec<Rc<Expr>>,
    pub(crate) limit: Option<Rc<Expr>>,
    pub(crate) offset: Option<Rc<Expr>>,
    /// `FOR UPDATE` and what follows.
    pub(crate) lock: Option<Lock>,
}

/// `FOR UPDATE`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lock {
    pub(crate) nowait: bool,
    pub(crate) read: bool,
    pub(crate) skip_locked: bool,
    pub(crate) key_share: bool,
}

/// Queries with `UNION` or the like between them.
#[derive(Debug, Clone)]
pub(crate) struct Compound {
    pub(crate) keyword: &'static str,
    pub(crate) queries: Vec<Rc<Query>>,
    pub(crate) tail: Tail,
}

impl Query {
    /// What is selected.
    pub(crate) fn columns(&self) -> &[Rc<Expr>] {
        match self {
            Self::Select(select) => &select.columns,
            Self::Compound(compound) => compound.queries.first().map_or(&[], |query| query.columns()),
            Self::Text(_, columns) => columns,
        }
    }

    /// The columns as those outside a subquery see them, with what programs call them there.
    pub(crate) fn named_columns(&self, from: &Rc<From>) -> Vec<(Rc<str>, Rc<Expr>)> {
        let mut unnamed = Vec::new();
        let columns = self
            .columns()
            .iter()
            .filter(|column| !matches!(column.node, Node::Text(_)));
        let outside = columns.map(|column| {
            let from = Some(from.clone());
            let (key, node) = match column.result_name() {
                Some(name) => (name.clone(), Node::Column { name, from }),
                None => {
                    let base = column.base_name().to_owned();
                    unnamed.push(base.clone());
                    let count = unnamed.iter().filter(|other| **other == base).count();
                    let of = column.clone();
                    (Rc::from(format!("{base}_{count}")), Node::Proxy { of, from })
                }
            };
            (key, Expr::new(node, column.type_.clone()))
        });
        outside.collect()
    }

    pub(crate) fn tail_mut(&mut self) -> Option<&mut Tail> {
        match self {
            Self::Select(select) => Some(&mut select.tail),
            Self::Compound(compound) => Some(&mut compound.tail),
            Self::Text(..) => None,
        }
    }

    pub(crate) fn tail(&self) -> Option<&Tail> {
        match self {
            Self::Select(select) => Some(&select.tail),
            Self::Compound(compound) => Some(&compound.tail),
            Self::Text(..) => None,
        }
    }
}

impl Expr {
    /// What the made-up name of an expression without a name begins with.
    pub(crate) fn base_name(&self) -> &str {
        match &self.node {
            Node::Function(function) => function.name(),
            Node::Label { operand, .. } => operand.base_name(),
            _ => "anon",
        }
    }

    /// The name that it has in a result without being given one.
    pub(crate) fn result_name(&self) -> Option<Rc<str>> {
        match &self.node {
            Node::Column { name, .. } | Node::Literal(name) | Node::Reference(name) => Some(name.clone()),
            Node::Label { name: Some(name), .. } => Some(name.clone()),
            Node::Cast { operand, .. } | Node::TypeCoerce(operand) | Node::Group(operand) => {
                operand.result_name()
            }
            _ => None,
        }
    }
}

impl Select {
    /// What stands behind `FROM`, before it is seen what an enclosing query has.
    pub(crate) fn froms(&self) -> Vec<Rc<From>> {
        let mut found = Vec::new();
        let mut add = |from: Rc<From>| {
            if !found.iter().any(|other: &Rc<From>| other.same(&from)) {
                found.push(from);
            }
        };
        let start = self.joined();
        start.iter().cloned().for_each(&mut add);
        let mut inner = Vec::new();
        self.columns.iter().for_each(|column| column.froms(&mut inner));
        inner.extend(self.tables.iter().cloned());
        self.filters.iter().for_each(|filter| filter.froms(&mut inner));
        inner.into_iter().for_each(&mut add);
        let hidden: Vec<Rc<From>> = found.iter().flat_map(|from| from.hidden()).collect();
        found.retain(|from| !hidden.iter().any(|other| other.same(from)));
        found
    }

    /// `select_from(…)` with the joins.
    fn joined(&self) -> Vec<Rc<From>> {
        let mut froms = self.from.clone();
        for join in &self.joins {
            let at = self.left_of(join, &froms);
            match at {
                Some(at) => {
                    let left = froms[at].clone();
                    froms[at] = From::join(left, join.right.clone(), &join.on, join.kind);
                }
                None => {
                    let Some(left) = join.left.clone().or_else(|| self.implied_left(join)) else {
                        froms.push(join.right.clone());
                        continue;
                    };
                    froms.push(From::join(left, join.right.clone(), &join.on, join.kind));
                }
            }
        }
        froms
    }

    /// Which of the tables that stand there a join goes on.
    fn left_of(&self, join: &PendingJoin, froms: &[Rc<From>]) -> Option<usize> {
        if let Some(left) = &join.left {
            return froms
                .iter()
                .position(|from| from.objects().iter().any(|o| o.same(left)));
        }
        let mut named = Vec::new();
        join.on.froms(&mut named);
        let about = |from: &Rc<From>| from.objects().iter().any(|o| named.iter().any(|n| n.same(o)));
        froms
            .iter()
            .position(about)
            .or(if froms.is_empty() { None } else { Some(0) })
    }

    /// The table among those of the columns that a join begins with.
    fn implied_left(&self, join: &PendingJoin) -> Option<Rc<From>> {
        let mut own = Vec::new();
        self.columns.iter().for_each(|column| column.froms(&mut own));
        own.extend(self.tables.iter().cloned());
        own.retain(|from| !from.same(&join.right));
        let mut named = Vec::new();
        join.on.froms(&mut named);
        let about = own.iter().find(|from| named.iter().any(|n| n.same(from)));
        about.or(own.first()).cloned()
    }
}
