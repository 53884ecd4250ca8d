//! Operators that are not written alike on all databases.

use std::rc::Rc;

use limbeck_core::Dialect;

use crate::sa::types::Type;
use crate::value::Outcome;

use super::super::expr::{Expr, Modifiers, Node};
use super::super::kind::Kind;
use super::super::literal::text_literal;
use super::super::operator::{Operator, Part};
use super::Compiler;

impl Compiler<'_, '_> {
    pub(super) fn binary(&mut self, expr: &Rc<Expr>) -> Outcome<String> {
        let inside = self.in_operator;
        let sql = self.as_operands(|this| this.binary_of(expr, inside))?;
        let Node::Binary { op, .. } = &expr.node else {
            return Ok(sql);
        };
        let eager = match op {
            Operator::JsonItem | Operator::JsonPath => is_arrow(self.dialect, expr),
            Operator::Custom(custom) => custom.grouped,
            _ => false,
        };
        Ok(if inside && eager { format!("({sql})") } else { sql })
    }

    fn binary_of(&mut self, expr: &Rc<Expr>, inside: bool) -> Outcome<String> {
        let Node::Binary {
            left,
            op,
            right,
            modifiers,
            ..
        } = &expr.node
        else {
            return self.expr(expr);
        };
        match op {
            Operator::Concat => self.operands(op, &[left.clone(), right.clone()]),
            Operator::TrueDiv | Operator::FloorDiv => self.division(op, left, right),
            Operator::In | Operator::NotIn => self.membership(op, left, right),
            Operator::Like | Operator::NotLike => self.like(op, left, right, modifiers),
            Operator::Ilike | Operator::NotIlike => {
                self.ilike(op == &Operator::NotIlike, left, right, modifiers)
            }
            Operator::Part(part, fold, not) => self.part(*part, *fold, *not, left, right, modifiers),
            Operator::Between | Operator::NotBetween => {
                let symmetric = if modifiers.symmetric { "SYMMETRIC " } else { "" };
                let symbol = op.symbol().unwrap_or_default();
                Ok(format!(
                    "{}{symbol}{symmetric}{}",
                    self.expr(left)?,
                    self.expr(right)?
                ))
            }
            Operator::Match | Operator::NotMatch => self.full_text(op == &Operator::NotMatch, left, right),
            Operator::RegexpMatch | Operator::NotRegexpMatch => self.regexp(op, left, right, modifiers),
            Operator::RegexpReplace => self.regexp_replace(left, right, modifiers),
            Operator::IsDistinctFrom | Operator::IsNotDistinctFrom => self.distinct_from(op, left, right),
            Operator::BitXor => self.xor(left, right),
            Operator::GetItem => Ok(format!("{}[{}]", self.expr(left)?, self.expr(right)?)),
            Operator::JsonItem | Operator::JsonPath => self.json_item(expr, inside),
            Operator::Custom(custom) => {
                let (l, r) = (self.expr(left)?, self.expr(right)?);
                Ok(format!("{l} {} {r}", custom.symbol))
            }
            _ => {
                let symbol = op.symbol().unwrap_or(" ");
                Ok(format!("{}{symbol}{}", self.expr(left)?, self.expr(right)?))
            }
        }
    }

    /// Operands with the same operator between them.
    pub(super) fn operands(&mut self, op: &Operator, items: &[Rc<Expr>]) -> Outcome<String> {
        if *op == Operator::Concat && self.is_mysql() {
            return Ok(format!("concat({})", self.list(items, ", ")?));
        }
        self.as_operands(|this| this.list(items, op.symbol().unwrap_or(", ")))
    }

    fn division(&mut self, op: &Operator, left: &Rc<Expr>, right: &Rc<Expr>) -> Outcome<String> {
        let (l, r) = (self.expr(left)?, self.expr(right)?);
        if *op == Operator::FloorDiv {
            let whole = left.type_.kind == Kind::Integer && right.type_.kind == Kind::Integer;
            return Ok(match whole && !self.is_mysql() {
                true => format!("{l} / {r}"),
                false => format!("FLOOR({l} / {r})"),
            });
        }
        Ok(match self.dialect {
            Dialect::Sqlite => format!("{l} / ({r} + 0.0)"),
            Dialect::Mysql | Dialect::Mariadb => format!("{l} / {r}"),
            Dialect::Postgresql => {
                let to = match (right.type_.kind.affinity(), &right.type_.named) {
                    (Kind::Numeric, Some(named)) => named.compile(self.vm)?,
                    (Kind::Numeric, None) if right.type_.kind == Kind::Float => "FLOAT".to_owned(),
                    _ => "NUMERIC".to_owned(),
                };
                format!("{l} / CAST({r} AS {to})")
            }
        })
    }

    fn membership(&mut self, op: &Operator, left: &Rc<Expr>, right: &Rc<Expr>) -> Outcome<String> {
        let l = self.expr(left)?;
        let r = match &right.node {
            Node::Values(values) => self.value_list(values, &right.type_, Some(op))?,
            _ => self.expr(right)?,
        };
        Ok(match op {
            Operator::NotIn => format!("({l} NOT IN {r})"),
            _ => format!("{l} IN {r}"),
        })
    }

    fn escape(&self, modifiers: &Modifiers) -> String {
        modifiers.escape.as_ref().map_or_else(String::new, |escape| {
            format!(" ESCAPE {}", text_literal(self.dialect, escape))
        })
    }

    fn like(
        &mut self,
        op: &Operator,
        left: &Rc<Expr>,
        right: &Rc<Expr>,
        modifiers: &Modifiers,
    ) -> Outcome<String> {
        let symbol = op.symbol().unwrap_or_default();
        let (l, r) = (self.expr(left)?, self.expr(right)?);
        Ok(format!("{l}{symbol}{r}{}", self.escape(modifiers)))
    }

    fn ilike(
        &mut self,
        not: bool,
        left: &Rc<Expr>,
        right: &Rc<Expr>,
        modifiers: &Modifiers,
    ) -> Outcome<String> {
        let (l, r) = (self.expr(left)?, self.expr(right)?);
        Ok(self.fold(not, &l, &r, modifiers))
    }

    /// `LIKE` whatever the case.
    fn fold(&self, not: bool, left: &str, right: &str, modifiers: &Modifiers) -> String {
        let not = if not { "NOT " } else { "" };
        let escape = self.escape(modifiers);
        match self.dialect {
            Dialect::Postgresql => format!("{left} {not}ILIKE {right}{escape}"),
            _ => format!("lower({left}) {not}LIKE lower({right}){escape}"),
        }
    }

    fn part(
        &mut self,
        part: Part,
        fold: bool,
        not: bool,
        left: &Rc<Expr>,
        right: &Rc<Expr>,
        modifiers: &Modifiers,
    ) -> Outcome<String> {
        let (mut l, mut r) = (self.expr(left)?, self.expr(right)?);
        if fold && self.dialect != Dialect::Postgresql {
            (l, r) = (format!("lower({l})"), format!("lower({r})"));
        }
        let pieces = match part {
            Part::Start => vec![&*r, "'%'"],
            Part::End => vec!["'%'", &*r],
            Part::Within => vec!["'%'", &*r, "'%'"],
        };
        let pattern = if self.is_mysql() {
            format!("concat({})", pieces.join(", "))
        } else {
            pieces.join(" || ")
        };
        let word = match (fold && self.dialect == Dialect::Postgresql, not) {
            (true, false) => "ILIKE",
            (true, true) => "NOT ILIKE",
            (false, false) => "LIKE",
            (false, true) => "NOT LIKE",
        };
        let escape = self.escape(modifiers);
        Ok(format!("{l} {word} {pattern}{escape}"))
    }

    fn full_text(&mut self, not: bool, left: &Rc<Expr>, right: &Rc<Expr>) -> Outcome<String> {
        let (l, r) = (self.expr(left)?, self.expr(right)?);
        let sql = match self.dialect {
            Dialect::Postgresql => format!("{l} @@ plainto_tsquery({r})"),
            Dialect::Mysql | Dialect::Mariadb => format!("MATCH ({l}) AGAINST ({r} IN BOOLEAN MODE)"),
            Dialect::Sqlite => format!("{l} MATCH {r}"),
        };
        Ok(if not { format!("NOT {sql}") } else { sql })
    }

    fn regexp(
        &mut self,
        op: &Operator,
        left: &Rc<Expr>,
        right: &Rc<Expr>,
        modifiers: &Modifiers,
    ) -> Outcome<String> {
        let not = *op == Operator::NotRegexpMatch;
        let (l, r) = (self.expr(left)?, self.expr(right)?);
        let flags = modifiers.flags.as_deref();
        let word = if not { "NOT REGEXP" } else { "REGEXP" };
        Ok(match (self.dialect, flags) {
            (Dialect::Postgresql, _) => {
                let base = if not { "!~" } else { "~" };
                match flags {
                    None => format!("{l} {base} {r}"),
                    Some("i") => format!("{l} {base}* {r}"),
                    Some(flags) => {
                        let flags = text_literal(self.dialect, flags);
                        format!("{l} {base} CONCAT('(?', {flags}, ')', {r})")
                    }
                }
            }
            (Dialect::Mysql, Some(flags)) => {
                let flags = text_literal(self.dialect, flags);
                let not = if not { "NOT " } else { "" };
                format!("{not}REGEXP_LIKE({l}, {r}, {flags})")
            }
            (Dialect::Mariadb, Some(flags)) => {
                let flags = text_literal(self.dialect, flags);
                format!("{l} {word} CONCAT('(?', {flags}, ')', {r})")
            }
            _ => format!("{l} {word} {r}"),
        })
    }

    fn regexp_replace(
        &mut self,
        left: &Rc<Expr>,
        right: &Rc<Expr>,
        modifiers: &Modifiers,
    ) -> Outcome<String> {
        let l = self.expr(left)?;
        if let (Dialect::Mariadb, Some(flags), Node::List { items, .. }) =
            (self.dialect, modifiers.flags.as_deref(), &right.node)
            && let [pattern, replacement] = &items[..]
        {
            let flags = text_literal(self.dialect, flags);
            let (pattern, replacement) = (self.expr(pattern)?, self.expr(replacement)?);
            return Ok(format!(
                "REGEXP_REPLACE({l}, CONCAT('(?', {flags}, ')', {pattern}), {replacement})"
            ));
        }
        let r = self.expr(right)?;
        match (self.dialect, modifiers.flags.as_deref()) {
            (Dialect::Sqlite, _) => Err(self.vm.raise(
                "CompileError",
                "sqlite dialect does not support regular expression replacements",
            )),
            (_, None) => Ok(format!("REGEXP_REPLACE({l}, {r})")),
            (_, Some(flags)) => Ok(format!(
                "REGEXP_REPLACE({l}, {r}, {})",
                text_literal(self.dialect, flags)
            )),
        }
    }

    fn distinct_from(&mut self, op: &Operator, left: &Rc<Expr>, right: &Rc<Expr>) -> Outcome<String> {
        let (l, r) = (self.expr(left)?, self.expr(right)?);
        let distinct = *op == Operator::IsDistinctFrom;
        Ok(match (self.dialect, distinct) {
            (Dialect::Sqlite, true) => format!("{l} IS NOT {r}"),
            (Dialect::Sqlite, false) => format!("{l} IS {r}"),
            (Dialect::Mysql | Dialect::Mariadb, true) => format!("NOT ({l} <=> {r})"),
            (Dialect::Mysql | Dialect::Mariadb, false) => format!("{l} <=> {r}"),
            (Dialect::Postgresql, _) => format!("{l}{}{r}", op.symbol().unwrap_or_default()),
        })
    }

    fn xor(&mut self, left: &Rc<Expr>, right: &Rc<Expr>) -> Outcome<String> {
        let (l, r) = (self.expr(left)?, self.expr(right)?);
        Ok(match self.dialect {
            Dialect::Postgresql => format!("{l} # {r}"),
            // SQLite has no such operator.
            Dialect::Sqlite => format!("({l} | {r} - {l} & {r})"),
            Dialect::Mysql | Dialect::Mariadb => format!("{l} ^ {r}"),
        })
    }

    /// An item of a JSON value: as JSON, or as a value of another type.
    fn json_item(&mut self, expr: &Rc<Expr>, inside: bool) -> Outcome<String> {
        let Node::Binary { left, op, right, .. } = &expr.node else {
            return self.expr(expr);
        };
        let json = expr.type_.kind.is_json();
        let (l, r) = (self.expr(left)?, self.expr(right)?);
        match self.dialect {
            Dialect::Postgresql => {
                let subscript = json && *op == Operator::JsonItem;
                if subscript && matches!(left.type_.kind, Kind::Jsonb | Kind::Hstore) {
                    let l = match &left.node {
                        Node::Function(_) | Node::Cast { .. } => format!("({l})"),
                        _ => l,
                    };
                    return Ok(format!("{l}[{r}]"));
                }
                let arrow = match (op, json) {
                    (Operator::JsonItem, true) => "->",
                    (Operator::JsonItem, false) => "->>",
                    (_, true) => "#>",
                    (_, false) => "#>>",
                };
                let sql = format!("{l} {arrow} {r}");
                match (&expr.type_.named, json) {
                    (Some(named), false) => {
                        let to = named.compile(self.vm)?;
                        Ok(if inside {
                            format!("CAST(({sql}) AS {to})")
                        } else {
                            format!("CAST({sql} AS {to})")
                        })
                    }
                    _ => Ok(sql),
                }
            }
            Dialect::Sqlite => match (&expr.type_.named, json) {
                (_, true) => Ok(format!("JSON_QUOTE(JSON_EXTRACT({l}, {r}))")),
                (Some(named), false) => {
                    let to = named.compile(self.vm)?;
                    Ok(format!("CAST(JSON_EXTRACT({l}, {r}) AS {to})"))
                }
                (None, false) => Ok(format!("JSON_EXTRACT({l}, {r})")),
            },
            Dialect::Mysql | Dialect::Mariadb => Ok(mysql_item(&l, &r, expr.type_.kind)),
        }
    }

    pub(super) fn cast(&mut self, operand: &Rc<Expr>, to: &Rc<Type>) -> Outcome<String> {
        let to = if self.is_mysql() {
            match self.mysql_cast(to)? {
                Some(to) => to,
                None => {
                    let message = format!(
                        "Datatype {} does not support CAST on MySQL/MariaDb; the CAST will be skipped.",
                        to.class()
                    );
                    self.vm.warn(message);
                    return self.expr(&operand.group(None));
                }
            }
        } else {
            to.compile(self.vm)?
        };
        let operand = self.expr(operand)?;
        // A collation does not belong to what is cast to.
        Ok(match to.find(" COLLATE ") {
            Some(at) if !self.is_mysql() => format!("CAST({operand} AS {}){}", &to[..at], &to[at..]),
            _ => format!("CAST({operand} AS {to})"),
        })
    }

    /// The type as MySQL takes it in `CAST`, if it does.
    fn mysql_cast(&mut self, to: &Rc<Type>) -> Outcome<Option<String>> {
        let on = to.on(self.vm.called).clone();
        let class = on.class();
        let kind = super::super::kind::SqlType::named(Rc::new(on.clone())).kind;
        Ok(match kind {
            Kind::Integer if on.flag("unsigned") == Some(true) => Some("UNSIGNED INTEGER".to_owned()),
            Kind::Integer => Some("SIGNED INTEGER".to_owned()),
            Kind::DateTime if class == "TIMESTAMP" => Some("DATETIME".to_owned()),
            Kind::Date | Kind::Time | Kind::DateTime => Some(on.compile(self.vm)?),
            Kind::Text => Some(match on.integer("length") {
                Some(length) => format!("CHAR({length})"),
                None => "CHAR".to_owned(),
            }),
            Kind::Enum if class == "Enum" => None,
            Kind::Binary => Some("BINARY".to_owned()),
            Kind::Json | Kind::Jsonb => Some("JSON".to_owned()),
            Kind::Numeric => Some(on.compile(self.vm)?.replacen("NUMERIC", "DECIMAL", 1)),
            _ => None,
        })
    }
}

/// Whether an item of JSON is written with an arrow, and nothing around it.
fn is_arrow(dialect: Dialect, expr: &Expr) -> bool {
    let Node::Binary { left, op, .. } = &expr.node else {
        return false;
    };
    let subscript = *op == Operator::JsonItem && matches!(left.type_.kind, Kind::Jsonb | Kind::Hstore);
    dialect == Dialect::Postgresql && expr.type_.kind.is_json() && !subscript
}

/// An item of JSON on MySQL, whose JSON null is none of SQL's.
fn mysql_item(left: &str, right: &str, kind: Kind) -> String {
    let item = format!("JSON_EXTRACT({left}, {right})");
    let rest = match kind.affinity() {
        Kind::Json => return item,
        Kind::Integer => format!("ELSE CAST({item} AS SIGNED INTEGER)"),
        Kind::Numeric => format!("ELSE {item}+0.0000000000000000000000"),
        Kind::Boolean => "WHEN true THEN true ELSE false".to_owned(),
        Kind::Text => format!("ELSE JSON_UNQUOTE({item})"),
        _ => format!("ELSE {item}"),
    };
    format!("CASE {item} WHEN 'null' THEN NULL {rest} END")
}
