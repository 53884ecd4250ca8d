//! What kind of values an expression has, as far as that decides how others are written beside it.

use std::rc::Rc;

use crate::sa::types::Type;
use crate::stdlib::{self, Member, Plain};
use crate::value::{Outcome, Value};
use crate::vm::Vm;

use super::operator::Operator;

/// A kind of values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Not known.
    Null,
    Boolean,
    Integer,
    Numeric,
    Float,
    Text,
    Enum,
    Binary,
    Date,
    Time,
    DateTime,
    Interval,
    Json,
    Jsonb,
    Array,
    Uuid,
    Hstore,
    /// Any other type that the program names.
    Other,
}

/// The type of an expression: its kind, and the type that the program named, where it named one.
#[derive(Debug, Clone)]
pub(crate) struct SqlType {
    pub(crate) kind: Kind,
    pub(crate) named: Option<Rc<Type>>,
}

impl From<Kind> for SqlType {
    fn from(kind: Kind) -> Self {
        Self { kind, named: None }
    }
}

impl SqlType {
    pub(crate) const NULL: Self = Self {
        kind: Kind::Null,
        named: None,
    };

    pub(crate) fn named(type_: Rc<Type>) -> Self {
        let kind = Kind::of_type(&type_);
        Self {
            kind,
            named: Some(type_),
        }
    }

    pub(crate) fn optional(type_: Option<Rc<Type>>) -> Self {
        type_.map_or(Self::NULL, Self::named)
    }

    /// The type that a Python value gets beside an expression of this type: its own, unless that is of the same kind or not
    /// known.
    pub(crate) fn beside(&self, value: &Value) -> Self {
        let own = Kind::of_value(value);
        if own == Kind::Null || own.affinity() == self.kind.affinity() || self.is_decorator() {
            self.clone()
        } else {
            own.into()
        }
    }

    /// Refuses operators of the project's own.
    pub(crate) fn refuse_own_operators(&self, vm: &Vm<'_>) -> Outcome<()> {
        match &self.named {
            Some(named) if named.says("comparator_factory") => {
                Err(vm.unknown(format!("'comparator_factory' of {}", named.class())))
            }
            _ => Ok(()),
        }
    }

    /// A `TypeDecorator` takes every value, since it converts them by itself.
    fn is_decorator(&self) -> bool {
        self.named.as_ref().is_some_and(|type_| type_.is_decorator())
    }

    /// What `left op right` is: `+` between texts is a concatenation.
    pub(crate) fn combine(op: Operator, left: &Self, right: &Self) -> (Operator, Self) {
        if op.is_comparison() {
            return (op, Kind::Boolean.into());
        }
        let commutes = matches!(op, Operator::Add | Operator::Mul);
        match (left.kind, right.kind) {
            (Kind::Null, Kind::Null) => (op, left.clone()),
            (Kind::Null, _) if commutes => Self::combine(op, right, left),
            (Kind::Null, _) => (op, left.clone()),
            (l, r)
                if op == Operator::Add && l.is_concatenable() && (r.is_concatenable() || r == Kind::Null) =>
            {
                (Operator::Concat, left.clone())
            }
            (l, r) => match l.arithmetic(&op, r) {
                Some(kind) if kind == r => (op, right.clone()),
                Some(kind) if kind != l => (op, kind.into()),
                _ => (op, left.clone()),
            },
        }
    }
}

impl Kind {
    /// The kind of a Python value.
    pub(crate) fn of_value(value: &Value) -> Self {
        match value {
            Value::Bool(_) => Self::Boolean,
            Value::Int(_) => Self::Integer,
            Value::Float(_) => Self::Float,
            Value::Str(_) => Self::Text,
            Value::Bytes(_) => Self::Binary,
            Value::Object(_) => match stdlib::plain(value) {
                Some(Plain::DateTime(_)) => Self::DateTime,
                Some(Plain::Date(_)) => Self::Date,
                Some(Plain::Time(_)) => Self::Time,
                Some(Plain::Interval { .. }) => Self::Interval,
                Some(Plain::Number(_)) => Self::Numeric,
                Some(Plain::Uuid(_)) => Self::Uuid,
                None => match value.downcast::<Member>() {
                    Some(member) if member.is_plain() => Self::of_value(&member.value),
                    _ => Self::Null,
                },
            },
            _ => Self::Null,
        }
    }

    /// Kinds of one family take each other's values.
    pub(crate) fn affinity(self) -> Self {
        match self {
            Self::Enum => Self::Text,
            Self::Jsonb => Self::Json,
            Self::Float => Self::Numeric,
            kind => kind,
        }
    }

    pub(crate) fn is_json(self) -> bool {
        self.affinity() == Self::Json
    }

    fn is_concatenable(self) -> bool {
        matches!(self.affinity(), Self::Text | Self::Array)
    }

    /// What arithmetic makes of two kinds, where it is not the first.
    fn arithmetic(self, op: &Operator, other: Self) -> Option<Self> {
        use Kind::{Date, DateTime, Float, Integer, Interval, Numeric, Time};
        Some(match (self, op, other) {
            (Integer, Operator::TrueDiv, Integer) => Numeric,
            (Integer, _, Numeric) => Numeric,
            (Integer | Numeric, _, Float) => Float,
            (Integer, Operator::Add, Date) => Date,
            (Integer | Numeric | Float, Operator::Mul, Interval) => Interval,
            (Date, Operator::Sub, Date) => Integer,
            (Date, Operator::Add, Time) => DateTime,
            (Date, Operator::Add | Operator::Sub, Interval) => DateTime,
            (DateTime, Operator::Sub, DateTime) => Interval,
            (Time, Operator::Sub, Time) => Interval,
            (Interval, Operator::Add, Date) => DateTime,
            (Interval, Operator::Add, DateTime | Time) => other,
            _ => return None,
        })
    }

    /// The kind of a type's values.
    fn of_type(type_: &Type) -> Self {
        match &type_.inner {
            Some(inner) if type_.is_decorator() => Self::of_type(inner),
            _ => Self::of_class(type_.class()),
        }
    }

    /// The kind of the values of a class of SQLAlchemy's.
    fn of_class(class: &str) -> Self {
        match class {
            "NullType" => Self::Null,
            "Boolean" | "BOOLEAN" | "BOOL" => Self::Boolean,
            "Integer" | "SmallInteger" | "BigInteger" | "INTEGER" | "INT" | "SMALLINT" | "BIGINT"
            | "TINYINT" | "MEDIUMINT" | "YEAR" => Self::Integer,
            "Numeric" | "NUMERIC" | "DECIMAL" => Self::Numeric,
            "Float" | "Double" | "FLOAT" | "DOUBLE" | "DOUBLE_PRECISION" | "REAL" => Self::Float,
            "String" | "Text" | "Unicode" | "UnicodeText" | "VARCHAR" | "NVARCHAR" | "CHAR" | "NCHAR"
            | "TEXT" | "CLOB" | "LONGTEXT" | "MEDIUMTEXT" | "TINYTEXT" | "CITEXT" => Self::Text,
            "Enum" | "ENUM" => Self::Enum,
            "LargeBinary" | "BLOB" | "BYTEA" | "BINARY" | "VARBINARY" | "LONGBLOB" | "MEDIUMBLOB"
            | "TINYBLOB" | "PickleType" => Self::Binary,
            "Date" | "DATE" => Self::Date,
            "Time" | "TIME" => Self::Time,
            "DateTime" | "DATETIME" | "TIMESTAMP" => Self::DateTime,
            "Interval" | "INTERVAL" => Self::Interval,
            "JSON" => Self::Json,
            "JSONB" => Self::Jsonb,
            "ARRAY" => Self::Array,
            "Uuid" | "UUID" => Self::Uuid,
            "HSTORE" => Self::Hstore,
            _ => Self::Other,
        }
    }
}
