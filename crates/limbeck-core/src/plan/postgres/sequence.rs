//! How columns are numbered, and sequences.

use super::table::sequence_of;
use super::{Planner, literal, quoted, sql};
use crate::dialect::generated_name;
use crate::plan::{Hazard, Statement};
use crate::schema::{Column, Identity, Name, Sequence};

impl Planner<'_> {
    /// Takes the numbering from a column.
    pub(super) fn number_no_more(&mut self, table: &Name, column: &Column) {
        let name = quoted(&column.name);
        match &column.identity {
            Some(Identity::Serial) => {
                self.alter(table, &format!("ALTER COLUMN {name} DROP DEFAULT"));
                let sequence = sql(&table.sibling(generated_name(&table.name, &column.name, "seq")));
                self.push(Statement::new(format!("DROP SEQUENCE {sequence}")));
            }
            Some(Identity::Always(_) | Identity::ByDefault(_)) => {
                self.alter(table, &format!("ALTER COLUMN {name} DROP IDENTITY"));
            }
            Some(Identity::AutoIncrement) | None => {}
        }
    }

    /// Numbers a column, behind the numbers that are there.
    pub(super) fn number(&mut self, table: &Name, column: &Column, identity: &Identity) {
        let name = quoted(&column.name);
        match identity {
            Identity::Serial => {
                let sequence = table.sibling(generated_name(&table.name, &column.name, "seq"));
                let sequence = sql(&sequence);
                let as_type = match column.data_type.as_str() {
                    "bigint" => String::new(),
                    data_type => format!(" AS {data_type}"),
                };
                let on = sql(table);
                self.push(Statement::new(format!(
                    "CREATE SEQUENCE {sequence}{as_type} OWNED BY {on}.{name}"
                )));
                let next = format!("nextval({})", literal(&sequence));
                self.alter(table, &format!("ALTER COLUMN {name} SET DEFAULT {next}"));
            }
            Identity::Always(options) | Identity::ByDefault(options) => {
                let words = match identity {
                    Identity::Always(_) => "ALWAYS",
                    _ => "BY DEFAULT",
                };
                let options = if options.is_empty() {
                    String::new()
                } else {
                    format!(" ({options})")
                };
                self.alter(
                    table,
                    &format!("ALTER COLUMN {name} ADD GENERATED {words} AS IDENTITY{options}"),
                );
            }
            Identity::AutoIncrement => return,
        }
        if self.has_rows(table) {
            self.go_on_behind(table, &column.name);
        }
    }

    /// Lets the numbers go on behind those that are there.
    fn go_on_behind(&mut self, table: &Name, column: &str) {
        let (sequence, on, name) = (sequence_of(table, column), sql(table), quoted(column));
        self.push(Statement::new(format!(
            "SELECT setval({sequence}, max({name})) FROM {on} HAVING max({name}) > 0"
        )));
    }

    /// Numbers a column otherwise that is numbered in the same way.
    pub(super) fn renumber(
        &mut self,
        table: &Name,
        column: &Column,
        from: Option<&Identity>,
        to: &Identity,
        is_retyped: bool,
    ) {
        let name = quoted(&column.name);
        let options = |identity: &Identity| match identity {
            Identity::Always(options) | Identity::ByDefault(options) => options.clone(),
            Identity::Serial | Identity::AutoIncrement => String::new(),
        };
        let Some(from) = from else {
            return;
        };
        if *to == Identity::Serial {
            if is_retyped {
                let sequence = sql(&table.sibling(generated_name(&table.name, &column.name, "seq")));
                let data_type = &column.data_type;
                self.push(Statement::new(format!(
                    "ALTER SEQUENCE {sequence} AS {data_type}"
                )));
            }
            return;
        }
        let words = |identity: &Identity| match identity {
            Identity::Always(_) => "ALWAYS",
            _ => "BY DEFAULT",
        };
        if words(from) != words(to) {
            self.alter(table, &format!("ALTER COLUMN {name} SET GENERATED {}", words(to)));
        }
        let (before, after) = (options(from), options(to));
        let usual = sql(&table.sibling(generated_name(&table.name, &column.name, "seq")));
        let [(name_before, before), (name_after, after)] =
            [&before, &after].map(|options| sequence_name(options, &usual));
        if name_before != name_after {
            // It stays in its table's schema.
            let last = super::inherit::names(name_after).pop();
            let last = last.map(|name| quoted(&name.name)).unwrap_or_default();
            self.push(Statement::new(format!(
                "ALTER SEQUENCE {name_before} RENAME TO {last}"
            )));
        }
        let [before, after] = [before, after].map(clauses);
        let changes = changes(&before, &after);
        if !changes.is_empty() {
            let set: Vec<String> = changes.iter().map(|clause| format!("SET {clause}")).collect();
            self.alter(table, &format!("ALTER COLUMN {name} {}", set.join(" ")));
        }
    }

    pub(super) fn create_sequence(&mut self, name: &Name, sequence: &Sequence) {
        let mut text = format!("CREATE SEQUENCE {}", sql(name));
        if let Some(data_type) = &sequence.data_type {
            text.push_str(&format!(" AS {data_type}"));
        }
        for clause in &sequence.clauses {
            text.push_str(&format!(" {clause}"));
        }
        if let Some((table, column)) = &sequence.owned_by {
            text.push_str(&format!(" OWNED BY {}.{}", sql(table), quoted(column)));
        }
        self.push(Statement::new(text));
    }

    pub(super) fn alter_sequence(&mut self, name: &Name, from: &Sequence, to: &Sequence) {
        let mut parts = Vec::new();
        if from.data_type != to.data_type {
            parts.push(format!("AS {}", to.data_type.as_deref().unwrap_or("bigint")));
        }
        parts.extend(changes(&from.clauses, &to.clauses));
        if from.owned_by != to.owned_by {
            let owner = to.owned_by.as_ref().map_or_else(
                || "NONE".to_owned(),
                |(table, column)| format!("{}.{}", sql(table), quoted(column)),
            );
            parts.push(format!("OWNED BY {owner}"));
        }
        if parts.is_empty() {
            return;
        }
        let statement = Statement::new(format!("ALTER SEQUENCE {} {}", sql(name), parts.join(" ")));
        let bounds = |sequence: &Sequence| -> Vec<String> {
            let clauses = sequence.clauses.iter();
            clauses
                .filter(|clause| clause.contains("VALUE "))
                .cloned()
                .collect()
        };
        if from.data_type != to.data_type || bounds(from) != bounds(to) {
            let why = format!("the number that {name} has reached is out of its bounds");
            self.push(statement.with(Hazard::MayFail(why)));
        } else {
            self.push(statement);
        }
    }
}

/// The name of an identity's sequence, and the other options.
fn sequence_name<'a>(options: &'a str, usual: &'a str) -> (&'a str, &'a str) {
    let Some(rest) = options.strip_prefix("SEQUENCE NAME ") else {
        return (usual, options);
    };
    let mut quoted = false;
    let end = rest.find(|c: char| {
        quoted ^= c == '"';
        c == ' ' && !quoted
    });
    let (name, rest) = rest.split_at(end.unwrap_or(rest.len()));
    (name, rest.trim_start())
}

const WORDS: [(&str, &str); 6] = [
    ("INCREMENT BY", "INCREMENT BY 1"),
    ("MINVALUE", "NO MINVALUE"),
    ("MAXVALUE", "NO MAXVALUE"),
    ("START WITH", ""),
    ("CACHE", "CACHE 1"),
    ("CYCLE", "NO CYCLE"),
];

/// The clauses of a sequence's options in one text.
fn clauses(options: &str) -> Vec<String> {
    let mut starts: Vec<usize> = WORDS
        .iter()
        .filter_map(|(words, _)| options.find(words))
        .collect();
    starts.sort_unstable();
    let ends = starts.iter().skip(1).copied().chain([options.len()]);
    let parts = starts
        .iter()
        .zip(ends)
        .map(|(start, end)| options[*start..end].trim());
    parts.map(str::to_owned).collect()
}

/// The clauses that make the one list of the other.
fn changes(from: &[String], to: &[String]) -> Vec<String> {
    let find = |clauses: &[String], words: &str| {
        let mut clauses = clauses.iter();
        clauses.find(|clause| clause.starts_with(words)).cloned()
    };
    let mut changes = Vec::new();
    for (words, usual) in WORDS {
        let (before, after) = (find(from, words), find(to, words));
        if words == "START WITH" {
            // Where none is told, it is the first number, which may have changed.
            let (before, after) = (start(from), start(to));
            if before != after {
                changes.push(format!("START WITH {after}"));
            }
        } else if before != after {
            changes.push(after.unwrap_or_else(|| usual.to_owned()));
        }
    }
    changes
}

/// The number that a sequence starts with.
fn start(clauses: &[String]) -> i64 {
    let number = |words: &str| {
        let mut clauses = clauses.iter();
        clauses.find_map(|clause| clause.strip_prefix(words)?.trim().parse::<i64>().ok())
    };
    let rises = number("INCREMENT BY").is_none_or(|increment| increment > 0);
    let first = if rises {
        number("MINVALUE").unwrap_or(1)
    } else {
        number("MAXVALUE").unwrap_or(-1)
    };
    number("START WITH").unwrap_or(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_changed() {
        let of = |text: &str| clauses(text);
        assert_eq!(
            changes(
                &of("INCREMENT BY 5 START WITH 100 CYCLE"),
                &of("START WITH 100 CACHE 3")
            ),
            ["INCREMENT BY 1", "CACHE 3", "NO CYCLE"]
        );
        assert_eq!(
            changes(&of("MINVALUE 10 MAXVALUE 20"), &of("")),
            ["NO MINVALUE", "NO MAXVALUE", "START WITH 1"]
        );
    }

    #[test]
    fn an_identity_may_name_its_sequence() {
        assert_eq!(
            sequence_name("SEQUENCE NAME \"a b\" CYCLE", "t_id_seq"),
            ("\"a b\"", "CYCLE")
        );
        assert_eq!(sequence_name("CYCLE", "t_id_seq"), ("t_id_seq", "CYCLE"));
    }
}
