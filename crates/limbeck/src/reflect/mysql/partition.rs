//! Partitioning clauses.

use limbeck_core::schema::{Name, TableOption};

use super::rest::Rest;
use super::{Reading, Server, by_first, values};
use crate::database::Row;

/// A partition, or a part of one.
struct Part {
    name: String,
    part: String,
    description: String,
    comment: String,
}

/// How a table is partitioned, as the server says it.
struct Printed {
    method: String,
    sub_method: String,
    expression: String,
    sub_expression: String,
    parts: Vec<Part>,
}

impl Reading<'_> {
    pub(super) fn partitions(&mut self, rows: Vec<Row>, rest: &Rest) {
        for (table, rows) in by_first(rows) {
            let Some(printed) = Printed::read(rows) else {
                continue;
            };
            let clause = if printed.method == "SYSTEM_TIME" {
                rest.create(&table)
                    .and_then(|create| self.server.by_system_time(create))
            } else {
                Some(self.server.partitions(&printed))
            };
            if let Some(clause) = clause
                && let Some(there) = self.schema.tables.get_mut(&Name::new(table))
            {
                there.options.insert(TableOption::Partitions, clause);
            }
        }
    }
}

impl Printed {
    fn read(rows: Vec<Row>) -> Option<Self> {
        let mut printed: Option<Self> = None;
        for row in rows {
            let [
                name,
                part,
                method,
                sub_method,
                expression,
                sub_expression,
                description,
                comment,
            ] = values(row)?;
            let printed = printed.get_or_insert_with(|| Self {
                method,
                sub_method,
                expression,
                sub_expression,
                parts: Vec::new(),
            });
            printed.parts.push(Part {
                name,
                part,
                description,
                comment,
            });
        }
        printed
    }

    /// The parts of one partition after another.
    fn partitions(&self) -> Vec<&[Part]> {
        self.parts.chunk_by(|one, other| one.name == other.name).collect()
    }
}

impl Server {
    fn partitions(&self, printed: &Printed) -> String {
        let mut clause = format!(
            "PARTITION BY {} ({})",
            printed.method,
            self.expression(&printed.expression)
        );
        let partitions = printed.partitions();
        let per_partition = partitions.first().map_or(0, |parts| parts.len());
        let ordinary_parts = partitions.iter().all(|parts| {
            let mut numbered = parts.iter().enumerate();
            parts.len() == per_partition
                && numbered
                    .all(|(at, part)| part.part == format!("{}sp{at}", part.name) && part.comment.is_empty())
        });
        let has_parts = !printed.sub_method.is_empty();
        if has_parts {
            clause += &format!(
                "\nSUBPARTITION BY {} ({})",
                printed.sub_method,
                self.expression(&printed.sub_expression)
            );
            if ordinary_parts {
                clause += &format!(" SUBPARTITIONS {per_partition}");
            }
        }
        let hashed = printed.method.ends_with("HASH") || printed.method.ends_with("KEY");
        let mut numbered = partitions.iter().enumerate();
        let ordinary = numbered.all(|(at, parts)| {
            let mut parts = parts.iter();
            parts.all(|part| part.name == format!("p{at}") && part.comment.is_empty())
        });
        if hashed && ordinary {
            return format!("{clause} PARTITIONS {}", partitions.len());
        }
        let list: Vec<String> = partitions
            .iter()
            .map(|parts| self.partition(&printed.method, parts, has_parts && !ordinary_parts))
            .collect();
        format!("{clause} (\n    {}\n)", list.join(",\n    "))
    }

    fn partition(&self, method: &str, parts: &[Part], with_parts: bool) -> String {
        let Some(first) = parts.first() else {
            return String::new();
        };
        let values = match (method, first.description.as_str()) {
            ("RANGE", "MAXVALUE") => " VALUES LESS THAN MAXVALUE".to_owned(),
            (_, description) if method.starts_with("RANGE") => format!(" VALUES LESS THAN ({description})"),
            ("LIST" | "LIST COLUMNS", "MAXVALUE") => " DEFAULT".to_owned(),
            (_, description) if method.starts_with("LIST") => format!(" VALUES IN ({description})"),
            _ => String::new(),
        };
        let mut text = format!("PARTITION {}{values}", self.dialect.quoted(&first.name));
        let comment = |part: &Part| match part.comment.as_str() {
            "" => String::new(),
            comment => format!(" COMMENT = {}", self.dialect.plain_literal(comment)),
        };
        if with_parts {
            let parts: Vec<String> = parts
                .iter()
                .map(|part| {
                    format!(
                        "SUBPARTITION {}{}",
                        self.dialect.quoted(&part.part),
                        comment(part)
                    )
                })
                .collect();
            text += &format!(" ({})", parts.join(", "));
        } else {
            text += &comment(first);
        }
        text
    }

    /// The clause of a table whose history is partitioned, from the statement that makes the table. When its intervals begin is
    /// the time at which it was made, if nobody said another.
    fn by_system_time(&self, create: &str) -> Option<String> {
        let at = create.rfind("PARTITION BY SYSTEM_TIME")?;
        let clause: Vec<&str> = create[at..].lines().map(str::trim).collect();
        let clause = clause.join(" ");
        let mut clause = self
            .expression(clause.trim())
            .text()
            .replace(" ENGINE = InnoDB", "");
        if let Some(start) = clause.find(" STARTS TIMESTAMP'") {
            let quoted = start + " STARTS TIMESTAMP'".len();
            let end = clause[quoted..]
                .find('\'')
                .map_or(clause.len(), |end| quoted + end + 1);
            clause.replace_range(start..end, "");
        }
        Some(clause)
    }
}
