//! Views.

use limbeck_core::Dialect;
use limbeck_core::schema::{Definition, Id, Kind, Name, Object, Replace, Sql};

use super::rest::Rest;
use super::{Reading, values};
use crate::database::Row;

impl Reading<'_> {
    pub(super) fn views(&mut self, rows: Vec<Row>, rest: &Rest) {
        let dialect = self.server.dialect;
        for [name, query, check, security, algorithm] in rows.into_iter().filter_map(values) {
            // Who may not see a view's definition gets none.
            if query.is_empty() {
                continue;
            }
            let algorithm = match dialect {
                Dialect::Mariadb => algorithm,
                _ => rest.create(&name).map(algorithm_of).unwrap_or_default(),
            };
            let mut head = String::new();
            if !matches!(algorithm.as_str(), "" | "UNDEFINED") {
                head += &format!("ALGORITHM = {algorithm} ");
            }
            if security == "INVOKER" {
                head += "SQL SECURITY INVOKER ";
            }
            let head = format!("{head}VIEW {} AS\n", dialect.quoted(&name));
            let end = match check.as_str() {
                "" | "NONE" => String::new(),
                check => format!("\nWITH {check} CHECK OPTION"),
            };
            let statement = |create: &str| {
                self.server
                    .expression_in(&format!("{create} {head}"), &query, &end)
            };
            let definition = Definition::Stored {
                create: statement("CREATE"),
                replace: Some(Replace {
                    statement: statement("CREATE OR REPLACE"),
                    signature: Vec::new(),
                }),
            };
            let id = Id::of(Kind::View, Name::new(name.as_str()));
            self.dependencies.add_query(id.clone(), &query);
            let object = Object::new(format!("VIEW {}", dialect.quoted(&name)), definition);
            self.schema.objects.insert(id, object);
        }
    }

    /// Adds what is made by one statement and has a body. Replaced in its place it can only be where a server knows that.
    pub(super) fn stored(
        &mut self,
        id: Id,
        address: String,
        sql_mode: &str,
        create: String,
        replaceable: bool,
    ) {
        let Some(create) = self.server.in_mode(sql_mode, create) else {
            return;
        };
        let replace = replaceable && self.server.dialect == Dialect::Mariadb;
        let replace = replace.then(|| Replace {
            statement: Sql::verbatim(create.replacen("CREATE ", "CREATE OR REPLACE ", 1)),
            signature: Vec::new(),
        });
        let object = Object::new(
            address,
            Definition::Stored {
                create: Sql::verbatim(create),
                replace,
            },
        );
        self.schema.objects.insert(id, object);
    }
}

/// The algorithm in the statement that MySQL shows.
fn algorithm_of(create: &str) -> String {
    let word = create.split_once("ALGORITHM=").map_or("", |(_, rest)| rest);
    word.split(' ').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn algorithms() {
        let create = "CREATE ALGORITHM=TEMPTABLE DEFINER=`a`@`%` SQL SECURITY DEFINER VIEW `v` AS select 1";
        assert_eq!(algorithm_of(create), "TEMPTABLE");
        assert_eq!(algorithm_of("CREATE VIEW `v`"), "");
    }
}
