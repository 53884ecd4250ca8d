//! Tables.

use std::collections::BTreeSet;

use limbeck_core::Dialect;
use limbeck_core::schema::{Name, Table, TableOption};

use super::Writing;
use super::code::quoted;
use super::directive::Directive;

impl Writing {
    /// `op.create_table(…)` and its indexes; `None` where there are no words for something of it.
    pub(super) fn create_table(
        &self,
        name: &Name,
        table: &Table,
        imports: &mut BTreeSet<String>,
    ) -> Option<Vec<Directive>> {
        let columns = table.columns.iter();
        let mut arguments: Vec<String> = columns
            .map(|column| self.column(column, Some(table), imports))
            .collect::<Option<_>>()?;
        let constraints = table.constraints.iter();
        let mut constraints: Vec<String> = constraints
            .map(|(name, constraint)| self.constraint(name, constraint))
            .collect::<Option<_>>()?;
        constraints.sort();
        arguments.append(&mut constraints);
        for (option, value) in &table.options {
            arguments.extend(self.option(*option, value)?);
        }
        let comment = table.comment.as_ref();
        arguments.extend(comment.map(|comment| format!("comment={}", quoted(comment))));
        let mut create = Directive::alter("create_table", name, arguments).alone();
        create.spread = true;
        let indexes = table.indexes.iter();
        let indexes = indexes.map(|(index, definition)| self.create_index(name, index, definition, false));
        let indexes = indexes.map(|directive| directive.map(Directive::alone));
        std::iter::once(Some(create)).chain(indexes).collect()
    }

    /// A keyword for what else a database knows of a table.
    fn option(&self, option: TableOption, value: &str) -> Option<Vec<String>> {
        let prefix = match self.dialect {
            Dialect::Mariadb => "mariadb",
            _ => "mysql",
        };
        match option {
            TableOption::Engine => Some(vec![format!("{prefix}_engine={}", quoted(value))]),
            TableOption::Collation => {
                let charset = value.split('_').next().unwrap_or_default();
                Some(vec![
                    format!("{prefix}_default_charset={}", quoted(charset)),
                    format!("{prefix}_collate={}", quoted(value)),
                ])
            }
            TableOption::Strict => Some(vec!["sqlite_strict=True".to_owned()]),
            TableOption::WithoutRowid => Some(vec!["sqlite_with_rowid=False".to_owned()]),
            _ => None,
        }
    }
}
