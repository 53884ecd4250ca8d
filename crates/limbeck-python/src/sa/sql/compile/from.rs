//! What stands behind `FROM`.

use std::rc::Rc;

use crate::value::Outcome;

use super::super::from::{From, JoinKind};
use super::super::query::Query;
use super::{Compiler, Cte};

impl Compiler<'_, '_> {
    pub(super) fn froms(&mut self, froms: &[Rc<From>]) -> Outcome<String> {
        let parts = froms.iter().map(|from| self.from(from));
        Ok(parts.collect::<Outcome<Vec<_>>>()?.join(", "))
    }

    pub(super) fn from(&mut self, from: &Rc<From>) -> Outcome<String> {
        match &**from {
            From::Table(_) => Ok(self.table_name(from)),
            From::Alias { of, .. } => {
                let table = self.from(of)?;
                self.aliased(&table, from)
            }
            From::Subquery { query, lateral, .. } => {
                // The name is made up before those inside, as SQLAlchemy does.
                let query = self.subquery(query, true)?;
                let lateral = if *lateral { "LATERAL " } else { "" };
                self.aliased(&format!("{lateral}({query})"), from)
            }
            From::Cte { query, recursive, .. } => self.cte(from, query, *recursive),
            From::Join(join) => {
                let left = self.from(&join.left)?;
                let right = match &*join.right {
                    From::Join(_) => format!("({})", self.from(&join.right)?),
                    _ => self.from(&join.right)?,
                };
                let on = self.expr(&join.on)?;
                let word = match join.kind {
                    JoinKind::Inner if self.is_mysql() => " INNER JOIN ",
                    kind => kind.sql(),
                };
                Ok(format!("{left}{word}{right} ON {on}"))
            }
            From::Function { function, .. } => {
                let function = self.expr(function)?;
                self.aliased(&function, from)
            }
            From::Text(text) => self.expr(text),
        }
    }

    fn aliased(&mut self, sql: &str, from: &Rc<From>) -> Outcome<String> {
        let name = self.alias_name(from);
        Ok(format!("{sql} AS {}", self.quote(&name)))
    }

    /// A query before the statement: written there once, and named where it stands.
    fn cte(&mut self, from: &Rc<From>, query: &Rc<Query>, recursive: bool) -> Outcome<String> {
        let name = self.table_name(from);
        if let Some(known) = self.ctes.iter().position(|cte| cte.name == name) {
            self.ctes[known].recursive |= recursive;
            return Ok(name);
        }
        // It may name itself; and what it needs comes before it.
        self.ctes.push(Cte {
            name: name.clone(),
            columns: String::new(),
            sql: String::new(),
            recursive,
        });
        let at = self.ctes.len() - 1;
        let stack = std::mem::take(&mut self.stack);
        let sql = self.query(query, true);
        self.stack = stack;
        let mut cte = self.ctes.remove(at);
        cte.sql = sql?;
        if cte.recursive {
            let columns = query.named_columns(from);
            let names: Vec<String> = columns
                .iter()
                .filter_map(|(_, column)| column.name())
                .map(|n| self.quote(&n))
                .collect();
            cte.columns = format!("({})", names.join(", "));
        }
        self.ctes.push(cte);
        Ok(name)
    }
}
