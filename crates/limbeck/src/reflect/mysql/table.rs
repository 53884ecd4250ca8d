//! Tables and what holds for the whole of one.

use limbeck_core::Dialect;
use limbeck_core::schema::{Column, Name, Table, TableOption};

use super::{Reading, values};
use crate::database::Row;

impl Reading<'_> {
    pub(super) fn tables(&mut self, rows: Vec<Row>) {
        for [name, kind, engine, collation, options, comment] in rows.into_iter().filter_map(values) {
            if self.own.contains(&name.as_str()) || kind == "SEQUENCE" {
                continue;
            }
            let mut table = Table::default();
            let mut set = |option, value: String| {
                if !value.is_empty() {
                    table.options.insert(option, value);
                }
            };
            set(TableOption::Engine, engine);
            set(TableOption::Collation, collation);
            set(TableOption::Options, self::options(&options));
            if kind == "SYSTEM VERSIONED" {
                // The columns tell a period of theirs.
                table.options.insert(TableOption::SystemVersioning, String::new());
            }
            table.comment = (!comment.is_empty()).then_some(comment);
            self.schema.tables.insert(Name::new(name), table);
        }
    }

    /// Tells of the columns in which a table whose history is kept has the time of its rows.
    pub(super) fn periods(&mut self) {
        let dialect = self.server.dialect;
        for table in self.schema.tables.values_mut() {
            let column = |expression: &str| {
                let mut columns = table.columns.iter();
                let generated = |column: &&Column| {
                    column
                        .generated
                        .as_ref()
                        .is_some_and(|generated| generated.expression.text() == expression)
                };
                Some(dialect.quoted(&columns.find(generated)?.name))
            };
            if let (Some(start), Some(end)) = (column("ROW START"), column("ROW END")) {
                let period = format!("PERIOD FOR SYSTEM_TIME ({start}, {end})");
                table.options.insert(TableOption::SystemVersioning, period);
            }
        }
    }

    /// The table of that name, if it is one that limbeck writes.
    pub(super) fn table(&mut self, name: &str) -> Option<&mut Table> {
        self.schema.tables.get_mut(&Name::new(name))
    }
}

/// The options of a table as they stand in SQL, in an order of their own.
fn options(printed: &str) -> String {
    let mut options = Vec::new();
    let (mut current, mut quoted) = (String::new(), None);
    for c in printed.chars().chain([' ']) {
        match quoted {
            Some(quote) if c == quote => quoted = None,
            None if matches!(c, '\'' | '"' | '`') => quoted = Some(c),
            None if c == ' ' => {
                options.extend(option(&std::mem::take(&mut current)));
                continue;
            }
            Some(_) | None => {}
        }
        current.push(c);
    }
    options.sort_unstable();
    options.join(" ")
}

fn option(printed: &str) -> Option<String> {
    let (name, value) = printed.split_once('=')?;
    let name = name.trim_matches('`');
    let plain = name.chars().all(|c| c.is_ascii_alphabetic() || c == '_');
    let name = if plain {
        name.to_ascii_uppercase()
    } else {
        Dialect::Mariadb.identifier(name)
    };
    Some(format!("{name}={value}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_sorted_and_written_as_people_do() {
        assert_eq!(
            options("row_format=COMPRESSED key_block_size=8"),
            "KEY_BLOCK_SIZE=8 ROW_FORMAT=COMPRESSED"
        );
        assert_eq!(options("partitioned"), "");
        assert_eq!(
            options("max_rows=3 `ENCRYPTED`='NO' partitioned"),
            "ENCRYPTED='NO' MAX_ROWS=3"
        );
        assert_eq!(options("connection='a b=c'"), "CONNECTION='a b=c'");
    }
}
