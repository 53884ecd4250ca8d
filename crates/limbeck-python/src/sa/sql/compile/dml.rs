//! `INSERT`, `UPDATE` and `DELETE`.

use std::rc::Rc;

use limbeck_core::Dialect;

use crate::value::{Outcome, Value};

use super::super::coerce;
use super::super::dml::{Assignment, Conflict, Delete, Insert, Target, Update};
use super::super::expr::Expr;
use super::super::from::From;
use super::super::kind::{Kind, SqlType};
use super::Compiler;

impl Compiler<'_, '_> {
    pub(in super::super) fn insert(&mut self, insert: &Insert) -> Outcome<String> {
        let sql = self.inside(vec![insert.table.clone()], |this| this.insert_body(insert))?;
        Ok(self.with_ctes(sql))
    }

    fn insert_body(&mut self, insert: &Insert) -> Outcome<String> {
        let table = self.table_name(&insert.table);
        let prefixes: String = insert
            .prefixes
            .iter()
            .map(|prefix| format!("{prefix} "))
            .collect();
        let mut sql = format!("INSERT {prefixes}INTO {table}");
        if let Some((keys, query)) = &insert.select {
            let names: Vec<String> = keys
                .iter()
                .map(|key| self.column_name(&insert.table, key))
                .collect();
            let query = self.query(query, false)?;
            sql.push_str(&format!(" ({}) {query}", names.join(", ")));
        } else {
            sql.push_str(&self.rows(insert)?);
        }
        if let Some(conflict) = &insert.conflict {
            sql.push_str(&self.conflict(insert, conflict)?);
        }
        self.returning(&mut sql, &insert.returning)?;
        Ok(sql)
    }

    fn rows(&mut self, insert: &Insert) -> Outcome<String> {
        let rows = if insert.rows.is_empty() {
            &vec![Vec::new()]
        } else {
            &insert.rows
        };
        let mut keys: Vec<Rc<str>> = Vec::new();
        let mut lines = Vec::new();
        for (at, row) in rows.iter().enumerate() {
            let row = self.with_defaults(&insert.table, row)?;
            if at == 0 {
                keys = self.ordered(&insert.table, &row)?;
            }
            let mut values = Vec::new();
            for key in &keys {
                let Some((_, value)) = row.iter().find(|(known, _)| known == key) else {
                    let message =
                        format!("A value is required for bind parameter '{key}', in parameter group {at}");
                    return Err(self.vm.raise("StatementError", message));
                };
                values.push(self.assigned(&insert.table, key, value)?);
            }
            lines.push(format!("({})", values.join(", ")));
        }
        if keys.is_empty() {
            return Ok(match self.is_mysql() {
                true => " () VALUES ()".to_owned(),
                false => " DEFAULT VALUES".to_owned(),
            });
        }
        let names: Vec<String> = keys
            .iter()
            .map(|key| self.column_name(&insert.table, key))
            .collect();
        Ok(format!(" ({}) VALUES {}", names.join(", "), lines.join(", ")))
    }

    /// The row with what Python gives to the columns that it does not name.
    fn with_defaults(&mut self, table: &Rc<From>, row: &[Assignment]) -> Outcome<Vec<Assignment>> {
        let mut row = row.to_vec();
        if let From::Table(known) = &**table {
            for column in &known.columns {
                if let Some(default) = &column.default
                    && !row.iter().any(|(key, _)| *key == column.key)
                {
                    row.push((
                        column.key.clone(),
                        super::super::bridge::default(self.vm, default)?,
                    ));
                }
            }
        }
        Ok(row)
    }

    /// What the row names, in the order of the table.
    fn ordered(&mut self, table: &Rc<From>, row: &[Assignment]) -> Outcome<Vec<Rc<str>>> {
        let columns = table.columns();
        let known = columns.iter().map(|(key, _)| key.clone());
        let keys: Vec<Rc<str>> = known
            .filter(|key| row.iter().any(|(own, _)| own == key))
            .collect();
        let unknown: Vec<&Rc<str>> = row
            .iter()
            .map(|(key, _)| key)
            .filter(|key| !keys.contains(key))
            .collect();
        if !columns.is_empty() && !unknown.is_empty() {
            let names: Vec<&str> = unknown.iter().map(|key| &***key).collect();
            let message = format!("Unconsumed column names: {}", names.join(", "));
            return Err(self.vm.raise("CompileError", message));
        }
        Ok(keys.into_iter().chain(unknown.into_iter().cloned()).collect())
    }

    /// The name of a column that the program calls `key`.
    fn column_name(&self, table: &From, key: &str) -> String {
        let name = table.column_named(key).map_or(key, |column| &column.name);
        self.quote(name)
    }

    /// What a column gets.
    fn assigned(&mut self, table: &Rc<From>, key: &str, value: &Value) -> Outcome<String> {
        let type_ = table
            .column_named(key)
            .map_or(SqlType::NULL, |column| column.type_.clone());
        let expr = self.assigned_expr(value, &type_)?;
        self.expr(&expr)
    }

    fn assigned_expr(&mut self, value: &Value, type_: &SqlType) -> Outcome<Rc<Expr>> {
        match coerce::element(value) {
            Some(_) => Ok(coerce::operand(self.vm, value, type_)?.group(None)),
            None if value.is_none() => Ok(Expr::value(Value::None, type_.clone())),
            None if type_.kind == Kind::Null => coerce::expression(self.vm, value),
            None => coerce::literal(self.vm, value, type_.clone()),
        }
    }

    fn conflict(&mut self, insert: &Insert, conflict: &Conflict) -> Outcome<String> {
        if self.is_mysql() {
            let set = self.conflict_set(insert, &conflict.set)?;
            return Ok(format!(" ON DUPLICATE KEY UPDATE {set}"));
        }
        let mut sql = " ON CONFLICT".to_owned();
        if let Some(constraint) = &conflict.constraint {
            sql.push_str(&format!(" ON CONSTRAINT {}", self.quote(constraint)));
        } else if !conflict.columns.is_empty() {
            let columns = self.without_tables(|this| this.list(&conflict.columns, ", "))?;
            sql.push_str(&format!(" ({columns})"));
            if let Some(filter) = &conflict.filter {
                let filter = self.without_tables(|this| this.expr(filter))?;
                sql.push_str(&format!(" WHERE {filter}"));
            }
        }
        if conflict.set.is_empty() {
            sql.push_str(" DO NOTHING");
            return Ok(sql);
        }
        let set = self.conflict_set(insert, &conflict.set)?;
        sql.push_str(&format!(" DO UPDATE SET {set}"));
        if let Some(filter) = &conflict.set_filter {
            sql.push_str(&format!(" WHERE {}", self.expr(filter)?));
        }
        Ok(sql)
    }

    fn conflict_set(&mut self, insert: &Insert, set: &[Assignment]) -> Outcome<String> {
        let keys = self.ordered(&insert.table, set)?;
        let mut parts = Vec::new();
        for key in keys {
            let Some((_, value)) = set.iter().find(|(known, _)| *known == key) else {
                continue;
            };
            let name = self.column_name(&insert.table, &key);
            let value = self.assigned(&insert.table, &key, value)?;
            parts.push(format!("{name} = {value}"));
        }
        Ok(parts.join(", "))
    }

    fn returning(&mut self, sql: &mut String, columns: &[Rc<Expr>]) -> Outcome<()> {
        if columns.is_empty() {
            return Ok(());
        }
        let columns = match self.dialect {
            Dialect::Sqlite => self.without_tables(|this| this.columns(columns, false))?,
            _ => self.columns(columns, false)?,
        };
        sql.push_str(&format!(" RETURNING {columns}"));
        Ok(())
    }

    pub(in super::super) fn update(&mut self, update: &Update) -> Outcome<String> {
        let extra = self.extra_froms(&update.table, &update.filters, &update.values);
        let mut own = vec![update.table.clone()];
        own.extend(extra.iter().cloned());
        let sql = self.inside(own, |this| this.update_body(update, &extra))?;
        Ok(self.with_ctes(sql))
    }

    fn update_body(&mut self, update: &Update, extra: &[Rc<From>]) -> Outcome<String> {
        let prefixes: String = update
            .prefixes
            .iter()
            .map(|prefix| format!("{prefix} "))
            .collect();
        let mut tables = self.from(&update.table)?;
        if self.is_mysql() && !extra.is_empty() {
            tables = format!("{tables}, {}", self.froms(extra)?);
        }
        let set = self.set(update, !extra.is_empty() && self.is_mysql())?;
        let mut sql = format!("UPDATE {prefixes}{tables} SET {set}");
        if !extra.is_empty() && !self.is_mysql() {
            sql.push_str(&format!(" FROM {}", self.froms(extra)?));
        }
        if let Some(condition) = self.conditions(&update.filters)? {
            sql.push_str(&format!(" WHERE {condition}"));
        }
        self.returning(&mut sql, &update.returning)?;
        Ok(sql)
    }

    /// What is set, in the order of the table.
    fn set(&mut self, update: &Update, with_table: bool) -> Outcome<String> {
        let mut values = update.values.clone();
        if let From::Table(table) = &*update.table {
            for column in &table.columns {
                let named = values.iter().any(|(target, _)| target.is(&column.key));
                if let (Some(value), false) = (&column.on_update, named) {
                    let value = super::super::bridge::default(self.vm, value)?;
                    values.push((Target::Key(column.key.clone()), value));
                }
            }
        }
        let keys: Vec<Rc<str>> = update.table.columns().into_iter().map(|(key, _)| key).collect();
        self.known_targets(&keys, &values)?;
        if !update.ordered {
            let place = |target: &Target| keys.iter().position(|key| target.is(key)).unwrap_or(keys.len());
            values.sort_by_key(|(target, _)| place(target));
        }
        let mut parts = Vec::new();
        for (target, value) in &values {
            let (name, type_) = match target {
                Target::Key(key) => {
                    let column = update.table.column_named(key);
                    (
                        self.column_name(&update.table, key),
                        column.map_or(SqlType::NULL, |c| c.type_.clone()),
                    )
                }
                Target::Column(column) => {
                    let name = self.without_tables(|this| this.expr(column))?;
                    (name, column.type_.clone())
                }
            };
            let name = match with_table {
                true => format!("{}.{name}", self.table_name(&update.table)),
                false => name,
            };
            let value = self.assigned_expr(value, &type_)?;
            parts.push(format!("{name}={}", self.expr(&value)?));
        }
        Ok(parts.join(", "))
    }

    fn known_targets(&mut self, keys: &[Rc<str>], values: &[(Target, Value)]) -> Outcome<()> {
        let unknown: Vec<&str> = values
            .iter()
            .filter_map(|(target, _)| match target {
                Target::Key(key) if !keys.is_empty() && !keys.contains(key) => Some(&**key),
                _ => None,
            })
            .collect();
        if unknown.is_empty() {
            return Ok(());
        }
        let message = format!("Unconsumed column names: {}", unknown.join(", "));
        Err(self.vm.raise("CompileError", message))
    }

    /// Other tables that the conditions are about.
    fn extra_froms(
        &self,
        table: &Rc<From>,
        filters: &[Rc<Expr>],
        values: &[(Target, Value)],
    ) -> Vec<Rc<From>> {
        let mut found = Vec::new();
        for (_, value) in values {
            if let Some(expr) = coerce::element(value) {
                expr.froms(&mut found);
            }
        }
        filters.iter().for_each(|filter| filter.froms(&mut found));
        let own = table.objects();
        found.retain(|from| !own.iter().any(|other| other.same(from)));
        let hidden: Vec<Rc<From>> = found.iter().flat_map(|from| from.hidden()).collect();
        found.retain(|from| !hidden.iter().any(|other| other.same(from)));
        found
    }

    pub(in super::super) fn delete(&mut self, delete: &Delete) -> Outcome<String> {
        let extra = self.extra_froms(&delete.table, &delete.filters, &[]);
        let mut own = vec![delete.table.clone()];
        own.extend(extra.iter().cloned());
        let sql = self.inside(own, |this| this.delete_body(delete, &extra))?;
        Ok(self.with_ctes(sql))
    }

    fn delete_body(&mut self, delete: &Delete, extra: &[Rc<From>]) -> Outcome<String> {
        let prefixes: String = delete
            .prefixes
            .iter()
            .map(|prefix| format!("{prefix} "))
            .collect();
        let mut sql = format!("DELETE {prefixes}FROM {}", self.from(&delete.table)?);
        if !extra.is_empty() {
            match self.dialect {
                Dialect::Postgresql => sql.push_str(&format!(" USING {}", self.froms(extra)?)),
                Dialect::Sqlite => {
                    let message = "This backend does not support multiple-table criteria within DELETE";
                    return Err(self.vm.raise("NotImplementedError", message));
                }
                _ => {
                    let table = self.from(&delete.table)?;
                    sql.push_str(&format!(" USING {table}, {}", self.froms(extra)?));
                }
            }
        }
        if let Some(condition) = self.conditions(&delete.filters)? {
            sql.push_str(&format!(" WHERE {condition}"));
        }
        self.returning(&mut sql, &delete.returning)?;
        Ok(sql)
    }
}

impl Target {
    /// Whether it is the column that the program calls `key`.
    fn is(&self, key: &Rc<str>) -> bool {
        match self {
            Self::Key(own) => own == key,
            Self::Column(column) => column.name().as_ref() == Some(key),
        }
    }
}
