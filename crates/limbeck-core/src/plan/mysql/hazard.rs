//! What may hurt: judged by what the servers can do without copying a table, in any version that is in use.

use super::super::Hazard;
use super::convert::charset;
use crate::Dialect;
use crate::dialect::{TokenKind, tokens};
use crate::schema::{Column, Constraint, ConstraintKind, Identity, Index, Name};

pub(super) fn of_new_column(table: &Name, column: &Column) -> Vec<Hazard> {
    let stored = column
        .generated
        .as_ref()
        .is_some_and(|generated| generated.stored);
    let writes = stored || column.identity == Some(Identity::AutoIncrement);
    let checks = column
        .clauses
        .iter()
        .any(|clause| clause.text().starts_with("CHECK "));
    let mut hazards = Vec::new();
    if writes || checks {
        hazards.push(Hazard::Rewrite(table.to_string()));
    }
    hazards
}

pub(super) fn of_new_constraint(table: &Name, name: &str, constraint: &Constraint) -> Vec<Hazard> {
    let columns = constraint.columns.join(", ");
    let rewrite = Hazard::Rewrite(table.to_string());
    let fails = |why: String| Hazard::MayFail(why);
    match constraint.kind {
        ConstraintKind::PrimaryKey => {
            vec![
                rewrite,
                fails(format!("rows of {table} with the same {columns}, or none")),
            ]
        }
        ConstraintKind::Unique => vec![fails(format!("rows of {table} with the same {columns}"))],
        ConstraintKind::Check | ConstraintKind::Exclude => {
            vec![rewrite, fails(format!("rows of {table} that violate {name}"))]
        }
        ConstraintKind::ForeignKey => {
            let to = constraint
                .references
                .as_ref()
                .map_or_else(String::new, |to| to.table.to_string());
            vec![
                rewrite,
                fails(format!("rows of {table} whose {columns} is not in {to}")),
            ]
        }
    }
}

pub(super) fn of_index(table: &Name, index: &Index) -> Vec<Hazard> {
    let definition = index.definition.text();
    let mut hazards = Vec::new();
    if definition.starts_with("FULLTEXT ") || definition.starts_with("SPATIAL ") {
        hazards.push(Hazard::Lock(format!("writers of {table} wait")));
    }
    if index.unique {
        let columns = index.columns.join(", ");
        hazards.push(Hazard::MayFail(format!(
            "rows of {table} with the same {columns}"
        )));
    }
    hazards
}

pub(super) fn of_changed_column(table: &Name, from: &Column, to: &Column) -> Vec<Hazard> {
    let column = format!("{table}.{}", to.name);
    let mut hazards = Vec::new();
    let computed = to.generated.is_some();
    let fit = fit(&from.data_type, &to.data_type);
    // What is no JSON is refused, and not made any.
    if to.data_type == "json" && fit == Fit::Narrower && !computed {
        hazards.push(Hazard::MayFail(format!("values of {column} that are no json")));
    } else if fit == Fit::Narrower && !computed {
        hazards.push(Hazard::DataLoss(format!(
            "values of {column} that are no {}",
            to.data_type
        )));
        hazards.push(Hazard::MayFail(format!(
            "values of {column} that are no {}",
            to.data_type
        )));
    }
    if let (Some(before), Some(after)) = (&from.collation, &to.collation) {
        hazards.extend(of_collation(&column, before, after));
    }
    let stored = to.generated.as_ref().is_some_and(|generated| generated.stored);
    let checks = |column: &Column| {
        let clauses = column.clauses.iter().map(|clause| clause.text().to_owned());
        clauses
            .filter(|clause| clause.starts_with("CHECK "))
            .collect::<Vec<_>>()
    };
    let checked = checks(to) != checks(from);
    if checked && !checks(to).is_empty() {
        hazards.push(Hazard::MayFail(format!(
            "values of {column} that violate its check"
        )));
    }
    let becomes_required = from.nullable && !to.nullable && !computed;
    if becomes_required {
        hazards.push(Hazard::MayFail(format!("rows of {table} without {}", to.name)));
    }
    let rewrites = !matches!(fit, Fit::Same | Fit::Grows)
        || from.collation != to.collation
        || from.nullable != to.nullable
        || from.identity != to.identity
        || checked
        || (stored && from.generated != to.generated);
    if rewrites {
        hazards.push(Hazard::Rewrite(table.to_string()));
    }
    hazards
}

/// What a change of the character set may lose.
pub(super) fn of_collation(what: &str, from: &str, to: &str) -> Vec<Hazard> {
    let [from, to] = [from, to].map(charset);
    let holds = from == to
        || to == "utf8mb4"
        || matches!(from, "ascii" | "")
        || (to.starts_with("utf") && !from.starts_with("utf"));
    if holds {
        return Vec::new();
    }
    let lost = format!("characters of {what} that are not in {to}");
    vec![Hazard::DataLoss(lost.clone()), Hazard::MayFail(lost)]
}

/// How values of one type fit into another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fit {
    Same,
    /// All fit, and are stored as they were.
    Grows,
    /// All fit, and are written anew.
    Wider,
    /// Some may not.
    Narrower,
}

/// A type, as far as it matters what values it holds.
enum Values {
    /// Whole numbers between these.
    Whole(i128, i128),
    /// Digits before and behind the point, and whether there is a sign.
    Decimal(u32, u32, bool),
    /// Binary digits.
    Real(u32),
    /// Characters or bytes, whether as many as that are always there, and how many bytes tell the length.
    Text {
        length: u64,
        fixed: bool,
        binary: bool,
        prefix: u8,
    },
    Listed {
        labels: Vec<String>,
        set: bool,
    },
    /// A time: whether with a date, with a time of the day, and the digits of its seconds.
    Time {
        kind: &'static str,
        digits: u32,
    },
    Other,
}

fn fit(from: &str, to: &str) -> Fit {
    if from.eq_ignore_ascii_case(to) {
        return Fit::Same;
    }
    let wider = |holds: bool| if holds { Fit::Wider } else { Fit::Narrower };
    // MariaDB's is a long text of a certain collation.
    if from.eq_ignore_ascii_case("json") {
        return wider(to.eq_ignore_ascii_case("longtext"));
    }
    match (values(from), values(to)) {
        (Values::Whole(least, most), Values::Whole(to_least, to_most)) => {
            wider(to_least <= least && most <= to_most)
        }
        (Values::Whole(least, most), Values::Decimal(digits, _, signed)) => {
            wider((signed || least >= 0) && most < 10_i128.pow(digits.min(38)))
        }
        (Values::Whole(least, most), Values::Real(digits)) => {
            wider(most.max(-least) <= 1_i128 << digits.min(100))
        }
        (Values::Decimal(before, behind, signed), Values::Decimal(to_before, to_behind, to_signed)) => {
            wider(before <= to_before && behind <= to_behind && (to_signed || !signed))
        }
        (Values::Real(digits), Values::Real(to_digits)) => wider(digits <= to_digits),
        (
            Values::Text {
                length,
                fixed,
                binary,
                prefix,
            },
            Values::Text {
                length: longer,
                fixed: to_fixed,
                binary: to_binary,
                prefix: to_prefix,
            },
        ) => match (
            length <= longer && binary == to_binary,
            fixed == to_fixed && prefix == to_prefix,
        ) {
            (false, _) => Fit::Narrower,
            (true, true) if !fixed => Fit::Grows,
            (true, _) => Fit::Wider,
        },
        (
            Values::Listed { labels, set },
            Values::Listed {
                labels: more,
                set: to_set,
            },
        ) => {
            let holds = set == to_set && labels.iter().all(|label| more.contains(label));
            if holds && more.starts_with(&labels) {
                Fit::Grows
            } else {
                wider(holds)
            }
        }
        (Values::Listed { labels, set: false }, Values::Text { length, .. }) => {
            let longest = labels.iter().map(|label| label.chars().count() as u64).max();
            wider(longest.unwrap_or(0) <= length)
        }
        (Values::Whole(..), Values::Text { length, .. }) => wider(length >= 20),
        (
            Values::Time { kind, digits },
            Values::Time {
                kind: to_kind,
                digits: to_digits,
            },
        ) => {
            let holds = kind == to_kind || (to_kind == "datetime" && matches!(kind, "date" | "timestamp"));
            wider(holds && digits <= to_digits)
        }
        (Values::Time { .. }, Values::Text { length, .. }) => wider(length >= 26),
        _ => Fit::Narrower,
    }
}

fn values(data_type: &str) -> Values {
    let lower = data_type.to_ascii_lowercase();
    let end = lower.find(['(', ' ']).unwrap_or(lower.len());
    let unsigned = lower.contains(" unsigned");
    let numbers = numbers(&lower[end..]);
    let number = |at: usize| numbers.get(at).copied();
    let whole = |bits: u32| {
        if unsigned {
            Values::Whole(0, (1 << bits) - 1)
        } else {
            Values::Whole(-(1 << (bits - 1)), (1 << (bits - 1)) - 1)
        }
    };
    let digits = u32::try_from(number(0).unwrap_or(0)).unwrap_or(0);
    let time = |kind| Values::Time { kind, digits };
    let text = |length, fixed, binary, prefix| Values::Text {
        length,
        fixed,
        binary,
        prefix,
    };
    // A length of up to 255 bytes is told in one byte; a character may take four.
    let prefix = |bytes: u64| if bytes <= 255 { 1 } else { 2 };
    match &lower[..end] {
        "tinyint" => whole(8),
        "smallint" => whole(16),
        "mediumint" => whole(24),
        "int" => whole(32),
        "bigint" => whole(64),
        "year" => Values::Whole(0, 2155),
        "bit" => Values::Whole(0, (1_i128 << number(0).unwrap_or(1).min(64)) - 1),
        "decimal" | "numeric" => {
            let (all, behind) = (number(0).unwrap_or(10), number(1).unwrap_or(0));
            let [before, behind] =
                [all.saturating_sub(behind), behind].map(|digits| u32::try_from(digits).unwrap_or(0));
            Values::Decimal(before, behind, !unsigned)
        }
        "float" if numbers.is_empty() && !unsigned => Values::Real(24),
        "double" if numbers.is_empty() && !unsigned => Values::Real(53),
        "char" => text(number(0).unwrap_or(1), true, false, 0),
        "binary" => text(number(0).unwrap_or(1), true, true, 0),
        "varchar" => {
            let length = number(0).unwrap_or(0);
            text(length, false, false, prefix(length * 4))
        }
        "varbinary" => {
            let length = number(0).unwrap_or(0);
            text(length, false, true, prefix(length))
        }
        // They count bytes.
        "tinytext" => text(255 / 4, false, false, 3),
        "text" => text(65_535 / 4, false, false, 4),
        "mediumtext" => text(16_777_215 / 4, false, false, 5),
        "longtext" => text(4_294_967_295 / 4, false, false, 6),
        "tinyblob" => text(255, false, true, 3),
        "blob" => text(65_535, false, true, 4),
        "mediumblob" => text(16_777_215, false, true, 5),
        "longblob" => text(4_294_967_295, false, true, 6),
        kind @ ("enum" | "set") => Values::Listed {
            labels: labels(data_type),
            set: kind == "set",
        },
        "date" => time("date"),
        "time" => time("time"),
        "datetime" => time("datetime"),
        "timestamp" => time("timestamp"),
        _ => Values::Other,
    }
}

/// The numbers in parentheses: `(10,2) unsigned`.
fn numbers(rest: &str) -> Vec<u64> {
    let inner = rest.strip_prefix('(').and_then(|rest| rest.split_once(')'));
    let inner = inner.map_or("", |(inner, _)| inner);
    inner
        .split(',')
        .filter_map(|number| number.trim().parse().ok())
        .collect()
}

fn labels(data_type: &str) -> Vec<String> {
    let tokens = tokens(Dialect::Mariadb, data_type);
    let strings = tokens.into_iter().filter(|token| token.kind == TokenKind::String);
    strings
        .map(|token| token.text.trim_matches('\'').to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fits() {
        for (from, to, wanted) in [
            ("int", "int", Fit::Same),
            ("int", "bigint", Fit::Wider),
            ("bigint", "int", Fit::Narrower),
            ("int", "int unsigned", Fit::Narrower),
            ("int unsigned", "bigint", Fit::Wider),
            ("tinyint(1)", "tinyint", Fit::Wider),
            ("int", "decimal(10,0)", Fit::Wider),
            ("int", "decimal(10,2)", Fit::Narrower),
            ("int", "double", Fit::Wider),
            ("bigint", "double", Fit::Narrower),
            ("decimal(10,2)", "decimal(12,2)", Fit::Wider),
            ("decimal(10,2)", "decimal(12,4)", Fit::Wider),
            ("decimal(10,2)", "decimal(10,4)", Fit::Narrower),
            ("varchar(20)", "varchar(40)", Fit::Grows),
            ("varchar(20)", "varchar(300)", Fit::Wider),
            ("varchar(40)", "varchar(20)", Fit::Narrower),
            ("varchar(40)", "text", Fit::Wider),
            ("text", "varchar(40)", Fit::Narrower),
            ("text", "longtext", Fit::Wider),
            ("char(3)", "varchar(3)", Fit::Wider),
            ("varbinary(3)", "varchar(3)", Fit::Narrower),
            ("enum('a','b')", "enum('a','b','c')", Fit::Grows),
            ("enum('a','b')", "enum('b','a')", Fit::Wider),
            ("enum('a','b')", "enum('a')", Fit::Narrower),
            ("enum('a','bb')", "varchar(2)", Fit::Wider),
            ("set('a')", "enum('a')", Fit::Narrower),
            ("date", "datetime", Fit::Wider),
            ("datetime(3)", "datetime", Fit::Narrower),
            ("datetime", "timestamp", Fit::Narrower),
            ("int", "varchar(20)", Fit::Wider),
            ("varchar(20)", "int", Fit::Narrower),
            ("uuid", "varchar(36)", Fit::Narrower),
            ("float(7,3)", "double", Fit::Narrower),
            ("json", "longtext", Fit::Wider),
            ("longtext", "json", Fit::Narrower),
        ] {
            assert_eq!(fit(from, to), wanted, "{from} to {to}");
        }
    }

    #[test]
    fn character_sets() {
        let losing = |from, to| of_collation("t", from, to).len();
        assert_eq!(losing("latin1_swedish_ci", "utf8mb4_general_ci"), 0);
        assert_eq!(losing("utf8mb4_general_ci", "utf8mb4_bin"), 0);
        assert_eq!(losing("utf8mb4_bin", "latin1_bin"), 2);
        assert_eq!(losing("utf8mb4_bin", "utf8mb3_bin"), 2);
        assert_eq!(losing("latin1_bin", "utf8mb3_bin"), 0);
    }
}
