//! Queries.

use std::rc::Rc;

use limbeck_core::Dialect;

use crate::value::Outcome;

use super::super::expr::{Expr, Node};
use super::super::from::From;
use super::super::query::{Compound, Distinct, Lock, Query, Select, Tail};
use super::Compiler;

impl Compiler<'_, '_> {
    /// A query that is the whole statement.
    pub(in super::super) fn statement(&mut self, query: &Query) -> Outcome<String> {
        let sql = self.query(query, false)?;
        Ok(self.with_ctes(sql))
    }

    /// A query that stands in another: behind its `FROM`, or in an expression.
    pub(super) fn subquery(&mut self, query: &Query, in_from: bool) -> Outcome<String> {
        self.query(query, in_from)
    }

    pub(super) fn query(&mut self, query: &Query, in_from: bool) -> Outcome<String> {
        match query {
            Query::Select(select) => self.select(select, in_from),
            Query::Compound(compound) => self.compound(compound, in_from),
            Query::Text(text, _) => self.text(text),
        }
    }

    fn select(&mut self, select: &Select, in_from: bool) -> Outcome<String> {
        let froms = self.visible(select, in_from);
        let with_table = std::mem::replace(&mut self.with_table, true);
        let sql = self.inside(froms.clone(), |this| this.select_body(select, &froms, in_from));
        self.with_table = with_table;
        sql
    }

    /// The tables that the query has to name itself: an enclosing one may have them already.
    fn visible(&mut self, select: &Select, in_from: bool) -> Vec<Rc<From>> {
        let mut froms = select.froms();
        let Some(outer) = self.stack.last() else {
            return froms;
        };
        let has = |list: &[Rc<From>], from: &Rc<From>| list.iter().any(|other| other.same(from));
        match &select.correlate {
            Some(correlated) => {
                let (all, own) = (&outer.all, &outer.own);
                froms.retain(|from| {
                    let outside = has(all, from) && !(in_from && has(own, from));
                    !(outside && has(correlated, from))
                });
            }
            None if !in_from && froms.len() > 1 => {
                let rest: Vec<_> = froms
                    .iter()
                    .filter(|from| !has(&outer.own, from))
                    .cloned()
                    .collect();
                if !rest.is_empty() {
                    froms = rest;
                }
            }
            None => {}
        }
        froms
    }

    fn select_body(&mut self, select: &Select, froms: &[Rc<From>], in_from: bool) -> Outcome<String> {
        let mut sql = "SELECT ".to_owned();
        for prefix in &select.prefixes {
            sql.push_str(prefix);
            sql.push(' ');
        }
        match &select.distinct {
            Distinct::No => {}
            Distinct::On(on) if self.dialect == Dialect::Postgresql => {
                let on = on.iter().map(|expr| self.ordering(expr, select, false));
                let on = on.collect::<Outcome<Vec<_>>>()?.join(", ");
                sql.push_str(&format!("DISTINCT ON ({on}) "));
            }
            Distinct::Yes | Distinct::On(_) => sql.push_str("DISTINCT "),
        }
        sql.push_str(&self.columns(&select.columns, in_from)?);
        if !froms.is_empty() {
            sql.truncate(sql.trim_end().len());
            sql.push_str(&format!("\nFROM {}", self.froms(froms)?));
        } else if self.is_mysql() && !select.filters.is_empty() {
            sql.push_str(" FROM DUAL");
        }
        if let Some(condition) = self.conditions(&select.filters)? {
            sql.push_str(&format!("\nWHERE {condition}"));
        }
        if !select.group_by.is_empty() {
            let groups = select
                .group_by
                .iter()
                .map(|expr| self.ordering(expr, select, false));
            let groups = groups.collect::<Outcome<Vec<_>>>()?.join(", ");
            sql.push_str(&format!(" GROUP BY {groups}"));
        }
        if let Some(condition) = self.conditions(&select.having)? {
            sql.push_str(&format!("\nHAVING {condition}"));
        }
        if !select.tail.order_by.is_empty() {
            let order = select
                .tail
                .order_by
                .iter()
                .map(|expr| self.ordering(expr, select, true));
            let order = order.collect::<Outcome<Vec<_>>>()?.join(", ");
            sql.push_str(&format!(" ORDER BY {order}"));
        }
        self.tail(&mut sql, &select.tail)?;
        Ok(sql)
    }

    /// What stands behind `ORDER BY` or `GROUP BY`: a column that has a label is called by it.
    fn ordering(&mut self, expr: &Rc<Expr>, select: &Select, labels: bool) -> Outcome<String> {
        match &expr.node {
            Node::Modifier { op, operand } => {
                let operand = self.ordering(operand, select, labels)?;
                Ok(format!("{operand}{}", op.symbol().unwrap_or_default()))
            }
            Node::Label { name: Some(name), .. } if labels && is_selected(select, name) => {
                Ok(self.quote(name))
            }
            Node::Reference(name) => self.reference(name, select),
            _ => self.expr(expr),
        }
    }

    /// A column or label that is named by a text.
    fn reference(&mut self, name: &Rc<str>, select: &Select) -> Outcome<String> {
        if is_selected(select, name) {
            return Ok(self.quote(name));
        }
        let columns = select.columns.iter().cloned();
        let of_tables = select
            .froms()
            .into_iter()
            .flat_map(|from| from.columns())
            .map(|(_, column)| column);
        let mut named = columns
            .chain(of_tables)
            .filter(|column| matches!(&column.node, Node::Column { .. }));
        if let Some(column) = named.find(|column| column.name().as_ref() == Some(name)) {
            return self.expr(&column);
        }
        let message = format!(
            "Can't resolve label reference for ORDER BY / GROUP BY / DISTINCT etc. Textual SQL expression '{name}' should be \
             explicitly declared as text('{name}')"
        );
        Err(self.vm.raise("CompileError", message))
    }

    fn compound(&mut self, compound: &Compound, in_from: bool) -> Outcome<String> {
        let mut parts = Vec::new();
        for query in &compound.queries {
            let sql = self.query(query, in_from)?;
            let tail = query.tail();
            let own_end = tail.is_some_and(|tail| {
                !tail.order_by.is_empty()
                    || tail.limit.is_some()
                    || tail.offset.is_some()
                    || tail.lock.is_some()
            });
            let nested = matches!(&**query, Query::Compound(_)) || own_end;
            parts.push(if nested { format!("({sql})") } else { sql });
        }
        let mut sql = parts.join(compound.keyword);
        if !compound.tail.order_by.is_empty() {
            let first = match compound.queries.first().map(|query| &**query) {
                Some(Query::Select(select)) => select.clone(),
                _ => Select::default(),
            };
            let order = compound
                .tail
                .order_by
                .iter()
                .map(|expr| self.compound_ordering(expr, &first));
            let order = order.collect::<Outcome<Vec<_>>>()?.join(", ");
            sql.push_str(&format!(" ORDER BY {order}"));
        }
        self.tail(&mut sql, &compound.tail)?;
        Ok(sql)
    }

    /// Behind several queries columns have no table.
    fn compound_ordering(&mut self, expr: &Rc<Expr>, first: &Select) -> Outcome<String> {
        self.without_tables(|this| match &expr.node {
            Node::Reference(name) => Ok(this.quote(name)),
            _ => this.ordering(expr, first, true),
        })
    }

    fn tail(&mut self, sql: &mut String, tail: &Tail) -> Outcome<()> {
        let limit = tail.limit.as_ref().map(|limit| self.expr(limit)).transpose()?;
        let offset = tail.offset.as_ref().map(|offset| self.expr(offset)).transpose()?;
        match (self.dialect, limit, offset) {
            (_, None, None) => {}
            (Dialect::Sqlite, limit, offset) => {
                let limit = limit.unwrap_or_else(|| "-1".to_owned());
                let offset = offset.unwrap_or_else(|| "0".to_owned());
                sql.push_str(&format!("\n LIMIT {limit} OFFSET {offset}"));
            }
            (Dialect::Postgresql, limit, offset) => {
                let limit = limit.unwrap_or_else(|| "ALL".to_owned());
                sql.push_str(&format!("\n LIMIT {limit}"));
                if let Some(offset) = offset {
                    sql.push_str(&format!(" OFFSET {offset}"));
                }
            }
            (_, Some(limit), None) => sql.push_str(&format!("\n LIMIT {limit}")),
            (_, limit, Some(offset)) => {
                // MySQL's manual says how to leave the limit out.
                let limit = limit.unwrap_or_else(|| "18446744073709551615".to_owned());
                sql.push_str(&format!("\n LIMIT {offset}, {limit}"));
            }
        }
        if let Some(lock) = &tail.lock {
            sql.push_str(&self.lock(lock));
        }
        Ok(())
    }

    fn lock(&self, lock: &Lock) -> String {
        let mut sql = match (self.dialect, lock.read, lock.key_share) {
            (Dialect::Sqlite, ..) => return String::new(),
            (Dialect::Postgresql, true, true) => " FOR KEY SHARE",
            (Dialect::Postgresql, true, false) => " FOR SHARE",
            (Dialect::Postgresql, false, true) => " FOR NO KEY UPDATE",
            (_, true, _) => " LOCK IN SHARE MODE",
            _ => " FOR UPDATE",
        }
        .to_owned();
        if lock.nowait {
            sql.push_str(" NOWAIT");
        }
        if lock.skip_locked {
            sql.push_str(" SKIP LOCKED");
        }
        sql
    }
}

/// Whether a column has that label.
fn is_selected(select: &Select, label: &Rc<str>) -> bool {
    let mut columns = select.columns.iter();
    columns.any(|column| matches!(&column.node, Node::Label { name: Some(name), .. } if name == label))
}
