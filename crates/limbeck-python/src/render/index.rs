//! Indexes.

use limbeck_core::Dialect;
use limbeck_core::schema::{Index, Name};

use super::Writing;
use super::code::{as_it_is, list, quoted, sql, truth};
use super::directive::Directive;
use super::scan::{parenthesised, split, without_parentheses};

impl Writing {
    /// `op.create_index(…)`; `None` where there are no words for it.
    pub(super) fn create_index(
        &self,
        table: &Name,
        name: &str,
        index: &Index,
        concurrently: bool,
    ) -> Option<Directive> {
        let mut arguments = self.index(index)?;
        arguments.extend(concurrently.then(|| CONCURRENTLY.to_owned()));
        Some(Directive::alter("create_index", table, arguments).named(as_it_is(name)))
    }

    pub(super) fn drop_index(&self, table: &Name, name: &str, concurrently: bool) -> Directive {
        let arguments = concurrently.then(|| CONCURRENTLY.to_owned());
        let mut directive = Directive::alter("drop_index", table, arguments.into_iter().collect());
        directive = directive.named(as_it_is(name));
        directive.keyword = Some("table_name");
        directive
    }

    /// What is indexed, and how.
    fn index(&self, index: &Index) -> Option<Vec<String>> {
        if index.comment.is_some() {
            return None;
        }
        let mut rest = index.definition.text().trim();
        let mut method = None;
        if self.dialect == Dialect::Postgresql {
            let (word, behind) = rest.strip_prefix("USING ")?.split_once(' ')?;
            method = Some(word).filter(|word| *word != "btree");
            rest = behind;
        }
        let (inside, mut rest) = parenthesised(rest)?;
        let elements: Vec<String> = split(inside)
            .into_iter()
            .map(|element| self.element(element))
            .collect();
        let mut arguments = vec![
            format!("[{}]", elements.join(", ")),
            format!("unique={}", truth(index.unique)),
        ];
        arguments.extend(method.map(|method| format!("postgresql_using={}", quoted(method))));
        while !rest.trim().is_empty() {
            let text = rest.trim_start();
            if let Some(behind) = text.strip_prefix("NULLS NOT DISTINCT") {
                arguments.push("postgresql_nulls_not_distinct=True".to_owned());
                rest = behind;
            } else if let Some(behind) = text.strip_prefix("INCLUDE ") {
                let (columns, behind) = parenthesised(behind)?;
                let columns: Option<Vec<String>> = split(columns).into_iter().map(column).collect();
                arguments.push(format!("postgresql_include={}", list(&columns?)));
                rest = behind;
            } else if let Some(behind) = text.strip_prefix("WITH ") {
                let (parameters, behind) = parenthesised(behind)?;
                arguments.push(format!("postgresql_with={}", with(parameters)?));
                rest = behind;
            } else if let Some(condition) = text.strip_prefix("WHERE ") {
                let keyword = match self.dialect {
                    Dialect::Sqlite => "sqlite_where",
                    Dialect::Postgresql => "postgresql_where",
                    Dialect::Mysql | Dialect::Mariadb => return None,
                };
                arguments.push(format!(
                    "{keyword}={}",
                    sql(without_parentheses(condition.trim()))
                ));
                rest = "";
            } else {
                return None;
            }
        }
        Some(arguments)
    }

    /// A column by its name, and everything else as SQL.
    fn element(&self, element: &str) -> String {
        match column(element) {
            Some(name) => quoted(&name),
            None => sql(element),
        }
    }
}

const CONCURRENTLY: &str = "postgresql_concurrently=True";

/// The name of a column that stands alone.
fn column(element: &str) -> Option<String> {
    let is_plain = |text: &str| {
        let mut characters = text.chars();
        let starts = characters.next().is_some_and(|c| c.is_alphabetic() || c == '_');
        starts && characters.all(|c| c.is_alphanumeric() || c == '_')
    };
    if is_plain(element) {
        return Some(element.to_owned());
    }
    let inside = element
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .or_else(|| element.strip_prefix('`').and_then(|rest| rest.strip_suffix('`')));
    inside
        .filter(|inside| !inside.contains(['"', '`']))
        .map(str::to_owned)
}

/// Storage parameters as a dictionary.
fn with(parameters: &str) -> Option<String> {
    let pair = |parameter: &str| {
        let (name, value) = parameter.split_once('=')?;
        let value = value.trim().trim_matches('\'');
        Some(format!("{}: {}", quoted(name.trim()), quoted(value)))
    };
    let pairs: Option<Vec<String>> = split(parameters).into_iter().map(pair).collect();
    Some(format!("{{{}}}", pairs?.join(", ")))
}
