//! SQL's operators as SQLAlchemy knows them: how they are written, how strongly they bind, and what their opposite is.

use std::rc::Rc;

/// An operator between, before or behind expressions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Operator {
    Add,
    Sub,
    Mul,
    TrueDiv,
    FloorDiv,
    Mod,
    Concat,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    Is,
    IsNot,
    IsDistinctFrom,
    IsNotDistinctFrom,
    In,
    NotIn,
    Like,
    NotLike,
    Ilike,
    NotIlike,
    /// A `LIKE` whose pattern is made of a part: where the part stands, whether case counts, whether it is negated.
    Part(Part, bool, bool),
    Between,
    NotBetween,
    Match,
    NotMatch,
    RegexpMatch,
    NotRegexpMatch,
    RegexpReplace,
    And,
    Or,
    BitAnd,
    BitOr,
    BitXor,
    BitNot,
    LeftShift,
    RightShift,
    GetItem,
    JsonItem,
    JsonPath,
    Collate,
    Comma,
    Neg,
    Not,
    Distinct,
    Exists,
    Any,
    All,
    Desc,
    Asc,
    NullsFirst,
    NullsLast,
    /// A `FILTER`, as far as parentheses go.
    Filter,
    /// Where a truth value is wanted, as far as parentheses go.
    AsBool,
    /// `.op('…')`.
    Custom(Rc<Custom>),
}

/// Where the part of a `LIKE` pattern stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Start,
    End,
    Within,
}

/// An operator that the program names by itself.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Custom {
    pub(crate) symbol: String,
    pub(crate) precedence: i32,
    /// Whether its result is a truth value.
    pub(crate) comparison: bool,
    /// Whether it stands in parentheses wherever it is an operand.
    pub(crate) grouped: bool,
    pub(crate) self_precedent: bool,
}

impl Operator {
    /// The operator of a database's own, such as PostgreSQL's `@>`.
    pub(crate) fn native(symbol: &str, precedence: i32, comparison: bool) -> Self {
        Self::Custom(Rc::new(Custom {
            symbol: symbol.to_owned(),
            precedence,
            comparison,
            grouped: false,
            self_precedent: false,
        }))
    }

    /// How it is written, where that is the same on every database.
    pub(crate) fn symbol(&self) -> Option<&str> {
        Some(match self {
            Self::Add => " + ",
            Self::Sub => " - ",
            Self::Mul => " * ",
            Self::TrueDiv => " / ",
            Self::Mod => " % ",
            Self::Concat => " || ",
            Self::Eq => " = ",
            Self::Ne => " != ",
            Self::Lt => " < ",
            Self::Le => " <= ",
            Self::Gt => " > ",
            Self::Ge => " >= ",
            Self::Is => " IS ",
            Self::IsNot => " IS NOT ",
            Self::IsDistinctFrom => " IS DISTINCT FROM ",
            Self::IsNotDistinctFrom => " IS NOT DISTINCT FROM ",
            Self::In => " IN ",
            Self::NotIn => " NOT IN ",
            Self::Like => " LIKE ",
            Self::NotLike => " NOT LIKE ",
            Self::Between => " BETWEEN ",
            Self::NotBetween => " NOT BETWEEN ",
            Self::And => " AND ",
            Self::Or => " OR ",
            Self::BitAnd => " & ",
            Self::BitOr => " | ",
            Self::BitXor => " ^ ",
            Self::BitNot => "~",
            Self::LeftShift => " << ",
            Self::RightShift => " >> ",
            Self::Collate => " COLLATE ",
            Self::Comma => ", ",
            Self::Neg => "-",
            Self::Not => "NOT ",
            Self::Distinct => "DISTINCT ",
            Self::Exists => "EXISTS ",
            Self::Any => "ANY ",
            Self::All => "ALL ",
            Self::Desc => " DESC",
            Self::Asc => " ASC",
            Self::NullsFirst => " NULLS FIRST",
            Self::NullsLast => " NULLS LAST",
            _ => return None,
        })
    }

    /// How strongly it binds; `None` for one that is always put in parentheses.
    fn precedence(&self) -> Option<i32> {
        Some(match self {
            Self::Any | Self::All | Self::GetItem | Self::JsonItem | Self::JsonPath => 15,
            Self::Mul | Self::TrueDiv | Self::FloorDiv | Self::Mod | Self::Neg | Self::BitNot => 8,
            Self::Add | Self::Sub | Self::BitAnd | Self::BitOr | Self::BitXor => 7,
            Self::LeftShift | Self::RightShift => 7,
            Self::Filter => 6,
            Self::Collate => 4,
            Self::And | Self::Desc | Self::Asc => 3,
            Self::Or => 2,
            Self::Exists => 0,
            Self::Comma => -1,
            Self::AsBool => -10,
            Self::Part(..) | Self::NullsFirst | Self::NullsLast => return None,
            Self::Custom(custom) => custom.precedence,
            _ => 5,
        })
    }

    /// Whether `self`, as an operand of `against`, needs parentheses.
    pub(crate) fn needs_group(&self, against: Option<&Self>) -> bool {
        let Some(against) = against else { return true };
        if self == against && self.is_self_precedent() {
            return false;
        }
        self.precedence().unwrap_or(-100) <= against.precedence().unwrap_or(100)
    }

    /// Whether `(a op b) op c` is `a op b op c`.
    pub(crate) fn is_associative(&self) -> bool {
        matches!(self, Self::Add | Self::Mul | Self::Concat | Self::And | Self::Or)
    }

    fn is_self_precedent(&self) -> bool {
        match self {
            Self::GetItem | Self::JsonItem | Self::JsonPath => true,
            Self::Custom(custom) => custom.self_precedent,
            _ => self.is_associative(),
        }
    }

    pub(crate) fn is_comparison(&self) -> bool {
        match self {
            Self::Custom(custom) => custom.comparison,
            Self::Eq | Self::Ne | Self::Lt | Self::Le | Self::Gt | Self::Ge => true,
            Self::Is | Self::IsNot | Self::IsDistinctFrom | Self::IsNotDistinctFrom => true,
            Self::In | Self::NotIn | Self::Between | Self::NotBetween => true,
            Self::Like | Self::NotLike | Self::Ilike | Self::NotIlike | Self::Part(..) => true,
            Self::Match | Self::NotMatch | Self::RegexpMatch | Self::NotRegexpMatch => true,
            _ => false,
        }
    }

    /// Whether its result is a truth value on every database.
    pub(crate) fn is_boolean(&self) -> bool {
        self.is_comparison() || matches!(self, Self::Not | Self::And | Self::Or)
    }

    /// The operator that is true where this one is false.
    pub(crate) fn negated(&self) -> Option<Self> {
        Some(match self {
            Self::Eq => Self::Ne,
            Self::Ne => Self::Eq,
            Self::Lt => Self::Ge,
            Self::Ge => Self::Lt,
            Self::Gt => Self::Le,
            Self::Le => Self::Gt,
            Self::Is => Self::IsNot,
            Self::IsNot => Self::Is,
            Self::IsDistinctFrom => Self::IsNotDistinctFrom,
            Self::IsNotDistinctFrom => Self::IsDistinctFrom,
            Self::In => Self::NotIn,
            Self::NotIn => Self::In,
            Self::Like => Self::NotLike,
            Self::NotLike => Self::Like,
            Self::Ilike => Self::NotIlike,
            Self::NotIlike => Self::Ilike,
            Self::Part(part, fold, not) => Self::Part(*part, *fold, !not),
            Self::Between => Self::NotBetween,
            Self::NotBetween => Self::Between,
            Self::Match => Self::NotMatch,
            Self::NotMatch => Self::Match,
            Self::RegexpMatch => Self::NotRegexpMatch,
            Self::NotRegexpMatch => Self::RegexpMatch,
            _ => return None,
        })
    }
}
