//! Columns.

use std::collections::BTreeMap;

use limbeck_core::Dialect;
use limbeck_core::schema::{Column, Generated, Id, Identity, Kind, Name, Sql, TableOption};

use super::rest::Rest;
use super::text::{bare, data_type, now, unescaped};
use super::{Reading, Server, values};
use crate::database::Row;

/// What a column is, as the server says it.
struct Printed {
    default: Option<String>,
    nullable: bool,
    collation: String,
    /// Whether the collation is the table's.
    inherits: bool,
    data_type: String,
    extra: String,
    expression: String,
    srid: String,
    check: Option<String>,
}

impl Reading<'_> {
    pub(super) fn columns(&mut self, rows: Vec<Row>, checks: &[Row], rest: &Rest) {
        let checks = column_checks(checks);
        for row in rows {
            // No default and the empty text are not the same.
            let default = row.get(2).cloned().flatten();
            let Some(
                [
                    table,
                    name,
                    _,
                    nullable,
                    collation,
                    data_type,
                    extra,
                    expression,
                    comment,
                    srid,
                ],
            ) = values(row)
            else {
                continue;
            };
            let Some(there) = self.schema.tables.get(&Name::new(table.as_str())) else {
                continue;
            };
            let inherits = there.options.get(&TableOption::Collation) == Some(&collation);
            let printed = Printed {
                default,
                nullable: nullable == "YES",
                collation,
                inherits,
                data_type,
                extra,
                expression,
                srid: rest.srid(&table, &name).map_or(srid, str::to_owned),
                check: checks
                    .get(&(table.as_str(), name.as_str()))
                    .copied()
                    .or_else(|| self.server.old_check(rest, &table, &name))
                    .map(str::to_owned),
            };
            let mut column = self.server.column(&name, printed);
            column.comment = (!comment.is_empty()).then_some(comment);
            let table = Name::new(table);
            if let Some(default) = &column.default {
                self.dependencies
                    .add(Id::part(Kind::Default, &table, &*name), default.text());
            }
            if let Some(generated) = &column.generated {
                self.dependencies
                    .add(Id::column(&table, &*name), generated.expression.text());
            }
            if let Some(there) = self.schema.tables.get_mut(&table) {
                there.columns.push(column);
            }
        }
    }
}

/// MariaDB's checks of columns, which have the column's name, by table and column.
fn column_checks(rows: &[Row]) -> BTreeMap<(&str, &str), &str> {
    let checks = rows.iter().filter_map(|row| match row.as_slice() {
        [Some(table), Some(name), Some(level), Some(check)] if level == "Column" => {
            Some(((table.as_str(), name.as_str()), check.as_str()))
        }
        _ => None,
    });
    checks.collect()
}

impl Server {
    fn column(&self, name: &str, printed: Printed) -> Column {
        let mut column = Column::new(name, data_type(&printed.data_type));
        let has = |word: &str| printed.extra.to_ascii_uppercase().contains(word);
        column.nullable = printed.nullable;
        let inherits = printed.inherits || printed.collation.is_empty();
        column.collation = (!inherits).then(|| printed.collation.clone());
        column.invisible = has("INVISIBLE");
        column.identity = has("AUTO_INCREMENT").then_some(Identity::AutoIncrement);
        column.on_update = on_update(&printed.extra);
        let generated = !printed.expression.is_empty();
        if generated {
            column.generated = Some(Generated {
                expression: self.generation(&printed.expression),
                stored: has("STORED") || has("PERSISTENT"),
            });
        } else {
            column.default = self.default(&printed);
        }
        if has("WITHOUT SYSTEM VERSIONING") {
            column.clauses.push(Sql::new("WITHOUT SYSTEM VERSIONING"));
        }
        if !matches!(printed.srid.as_str(), "" | "0") {
            match self.dialect {
                Dialect::Mariadb => column.data_type += &format!(" REF_SYSTEM_ID={}", printed.srid),
                _ => column.clauses.push(Sql::new(format!("SRID {}", printed.srid))),
            }
        }
        if let Some(check) = &printed.check {
            if is_json(&printed, name, check) {
                "json".clone_into(&mut column.data_type);
                column.collation = None;
            } else {
                column.clauses.push(self.expression_in("CHECK (", check, ")"));
            }
        }
        column.clauses.sort();
        column
    }

    /// The check of a column that was renamed, which has the old name.
    fn old_check<'a>(&self, rest: &'a Rest, table: &str, column: &str) -> Option<&'a str> {
        let create = rest.create(table)?;
        let name = format!("{} ", self.dialect.identifier(column));
        let mut lines = create.lines().map(|line| line.trim().trim_end_matches(','));
        let line = lines.find(|line| line.starts_with(&name))?;
        line.rsplit_once(" CHECK (")?.1.strip_suffix(')')
    }

    /// What a generated column is computed from.
    fn generation(&self, printed: &str) -> Sql {
        match self.dialect {
            Dialect::Mariadb => self.expression(printed),
            _ => self.expression(bare(self.dialect, &unescaped(printed))),
        }
    }

    fn default(&self, printed: &Printed) -> Option<Sql> {
        let default = printed.default.as_deref()?;
        if self.dialect == Dialect::Mariadb {
            // What has none but may be NULL has this one.
            return (default != "NULL").then(|| self.value(default));
        }
        let expression = printed.extra.contains("DEFAULT_GENERATED");
        Some(match (expression, now(default)) {
            (true, now) if now != default || default.starts_with("CURRENT_TIMESTAMP") => Sql::new(now),
            (true, _) => self.expression_in("(", bare(self.dialect, &unescaped(default)), ")"),
            (false, _) => Sql::verbatim(self.constant(default, &printed.data_type)),
        })
    }

    /// MariaDB prints a default as it stands in SQL.
    fn value(&self, printed: &str) -> Sql {
        let now = now(printed);
        if now == printed {
            self.expression(printed)
        } else {
            Sql::keyed(now, printed)
        }
    }

    /// MySQL prints a constant without its quotes.
    fn constant(&self, printed: &str, data_type: &str) -> String {
        const NUMBERS: [&str; 11] = [
            "tinyint",
            "smallint",
            "mediumint",
            "int",
            "bigint",
            "decimal",
            "float",
            "double",
            "bit",
            "year",
            "numeric",
        ];
        if NUMBERS.iter().any(|number| data_type.starts_with(number)) {
            printed.to_owned()
        } else {
            self.dialect.literal(printed)
        }
    }
}

/// Whether a column was declared as JSON, which MariaDB makes a text with a check.
fn is_json(printed: &Printed, name: &str, check: &str) -> bool {
    printed.data_type == "longtext"
        && printed.collation == "utf8mb4_bin"
        && check == format!("json_valid({})", Dialect::Mariadb.identifier(name))
}

fn on_update(extra: &str) -> Option<String> {
    const WORDS: &str = "on update ";
    let at = extra.to_ascii_lowercase().find(WORDS)? + WORDS.len();
    let rest = &extra[at..];
    let end = rest.find([' ', ',']).unwrap_or(rest.len());
    Some(now(&rest[..end]))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A column as MySQL prints it.
    fn mysql(data_type: &str, default: Option<&str>, extra: &str) -> Printed {
        Printed {
            default: default.map(str::to_owned),
            nullable: true,
            collation: String::new(),
            inherits: true,
            data_type: data_type.to_owned(),
            extra: extra.to_owned(),
            expression: String::new(),
            srid: String::new(),
            check: None,
        }
    }

    fn read(dialect: Dialect, printed: Printed) -> Column {
        let server = Server {
            dialect,
            database: "app".to_owned(),
            collation: "utf8mb4_0900_ai_ci".to_owned(),
            sql_mode: String::new(),
        };
        server.column("a", printed)
    }

    #[test]
    fn defaults_of_mysql() {
        for (data_type, default, extra, wanted) in [
            ("int", Some("5"), "", Some("5")),
            ("varchar(9)", Some("it's"), "", Some("'it''s'")),
            ("varchar(9)", Some("NULL"), "", Some("'NULL'")),
            ("varchar(9)", Some(""), "", Some("''")),
            ("bit(3)", Some("b'101'"), "", Some("b'101'")),
            (
                "datetime(3)",
                Some("CURRENT_TIMESTAMP(3)"),
                "DEFAULT_GENERATED",
                Some("CURRENT_TIMESTAMP(3)"),
            ),
            (
                "varchar(9)",
                Some(r"concat(_utf8mb4\'a\',`b`)"),
                "DEFAULT_GENERATED",
                Some("(concat(_utf8mb4'a', b))"),
            ),
            ("int", None, "", None),
        ] {
            let column = read(Dialect::Mysql, mysql(data_type, default, extra));
            assert_eq!(
                column.default.as_ref().map(Sql::text),
                wanted,
                "{default:?} of {data_type}"
            );
        }
    }

    #[test]
    fn extras() {
        let extra = "DEFAULT_GENERATED on update CURRENT_TIMESTAMP(3) INVISIBLE";
        let column = read(
            Dialect::Mysql,
            mysql("timestamp(3)", Some("CURRENT_TIMESTAMP(3)"), extra),
        );
        assert_eq!(column.on_update.as_deref(), Some("CURRENT_TIMESTAMP(3)"));
        assert!(column.invisible && column.generated.is_none());
        let numbered = read(Dialect::Mysql, mysql("int", None, "auto_increment"));
        assert_eq!(numbered.identity, Some(Identity::AutoIncrement));
        let computed = Printed {
            expression: r"(`b` + json_value(`c`,\'$.a\'))".to_owned(),
            ..mysql("int", None, "STORED GENERATED")
        };
        let generated = read(Dialect::Mysql, computed).generated.unwrap();
        assert!(generated.stored);
        assert_eq!(generated.expression.text(), "b + json_value(c, '$.a')");
        let spatial = Printed {
            srid: "4326".to_owned(),
            ..mysql("point", None, "")
        };
        assert_eq!(read(Dialect::Mysql, spatial).clauses, [Sql::new("SRID 4326")]);
    }

    #[test]
    fn json_of_mariadb() {
        let json = |check: &str| Printed {
            collation: "utf8mb4_bin".to_owned(),
            inherits: false,
            check: Some(check.to_owned()),
            ..mysql("longtext", Some("NULL"), "")
        };
        let column = read(Dialect::Mariadb, json("json_valid(`a`)"));
        assert_eq!(
            (column.data_type.as_str(), column.collation, column.clauses.len()),
            ("json", None, 0)
        );
        let column = read(Dialect::Mariadb, json("json_length(`a`) > 1"));
        assert_eq!(column.data_type, "longtext");
        assert_eq!(column.clauses[0].text(), "CHECK (json_length(a) > 1)");
    }
}
