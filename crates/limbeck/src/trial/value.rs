//! Values for columns: always the same for the same column and number.

use limbeck_core::Dialect;

use crate::catalog::Column;

/// A value for a column as it stands in SQL. Numbers start high, so that they stay out of the way of the rows that revisions
/// add; texts are digits, so that a column can become a number.
pub(super) fn value(dialect: Dialect, column: &Column, number: usize) -> String {
    if !column.labels.is_empty() {
        return dialect.literal(&column.labels[number % column.labels.len()]);
    }
    let (base, arguments) = parts(&column.data_type);
    if base.ends_with("[]") {
        return dialect.literal("{}");
    }
    let number = number + 1;
    match base.as_str() {
        "bit" | "bit varying" | "varbit" => return bits(dialect, &arguments, number),
        "blob" if dialect == Dialect::Sqlite => return format!("x'{number:08x}'"),
        _ => {}
    }
    dialect.literal(&text(&base, &arguments, number))
}

/// `numeric(10,2)` is `numeric`, 10 and 2; `timestamp(3) with time zone` is `timestamp with time zone` and 3.
fn parts(data_type: &str) -> (String, Vec<usize>) {
    let lower = data_type.to_ascii_lowercase();
    let Some((base, rest)) = lower.split_once('(') else {
        return (lower.trim().to_owned(), Vec::new());
    };
    let (arguments, behind) = rest.split_once(')').unwrap_or((rest, ""));
    let arguments = arguments
        .split(',')
        .filter_map(|argument| argument.trim().parse().ok());
    (format!("{}{behind}", base.trim()), arguments.collect())
}

fn bits(dialect: Dialect, arguments: &[usize], number: usize) -> String {
    let length = arguments.first().copied().unwrap_or(1).min(20);
    let number = number % (1 << length);
    match dialect {
        Dialect::Mysql | Dialect::Mariadb => number.to_string(),
        _ => format!("B'{number:0length$b}'"),
    }
}

fn text(base: &str, arguments: &[usize], number: usize) -> String {
    let day = number % 28 + 1;
    // Also `int unsigned`, `timestamp with time zone`.
    let word = base.split_whitespace().next().unwrap_or_default();
    match word {
        "boolean" | "bool" => (number % 2).to_string(),
        "tinyint" if arguments == [1] => (number % 2).to_string(),
        "tinyint" => (100 + number % 27).to_string(),
        "smallint" | "int2" => (30_000 + number % 2_000).to_string(),
        "year" => (2000 + number % 100).to_string(),
        "numeric" | "decimal" | "dec" | "fixed" => decimal(arguments, number),
        "real" | "float" | "double" | "float4" | "float8" | "money" => number.to_string(),
        "date" => format!("2024-01-{day:02}"),
        "datetime" | "timestamp" => format!("2024-01-{day:02} 12:00:00"),
        "time" => format!("12:00:{day:02}"),
        "interval" => format!("{number} days"),
        "uuid" => format!("00000000-0000-4000-8000-{number:012}"),
        "json" | "jsonb" => format!("{{\"n\": {number}}}"),
        "bytea" => format!("\\x{number:08x}"),
        "inet" | "inet4" => format!("10.0.{}.{}", number / 250 % 250, number % 250),
        "inet6" => format!("::{number:x}"),
        "cidr" => format!("10.{}.{}.0/24", number / 250 % 250, number % 250),
        "macaddr" => format!("08:00:2b:01:{:02x}:{:02x}", number / 256 % 256, number % 256),
        "point" => format!("({number},{number})"),
        "xml" => format!("<n>{number}</n>"),
        _ if word.ends_with("range") => "empty".to_owned(),
        _ => digits(arguments, number),
    }
}

/// As many digits as there may be before the point.
fn decimal(arguments: &[usize], number: usize) -> String {
    let precision = arguments.first().copied().unwrap_or(10);
    let scale = arguments.get(1).copied().unwrap_or_default();
    match precision.saturating_sub(scale) {
        0 => format!("0.{}", number % 10),
        whole => digits(&[whole], number),
    }
}

fn digits(arguments: &[usize], number: usize) -> String {
    let digits = (1_000_000 + number).to_string();
    let length = arguments.first().copied().unwrap_or(digits.len());
    digits[digits.len().saturating_sub(length)..].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(dialect: Dialect, data_type: &str, expected: &str) {
        let column = Column {
            name: "c".to_owned(),
            data_type: data_type.to_owned(),
            nullable: false,
            has_default: false,
            generated: false,
            labels: Vec::new(),
        };
        assert_eq!(value(dialect, &column, 4), expected, "{data_type}");
    }

    #[test]
    fn a_value_fits_its_type() {
        check(Dialect::Sqlite, "varchar(3)", "'005'");
        check(Dialect::Sqlite, "text", "'1000005'");
        check(Dialect::Sqlite, "blob", "x'00000005'");
        check(Dialect::Postgresql, "numeric(4,2)", "'05'");
        check(Dialect::Postgresql, "numeric(2,2)", "'0.5'");
        check(Dialect::Postgresql, "bit(4)", "B'0101'");
        check(Dialect::Postgresql, "text[]", "'{}'");
        check(
            Dialect::Postgresql,
            "timestamp(3) with time zone",
            "'2024-01-06 12:00:00'",
        );
        check(Dialect::Mariadb, "tinyint(1)", "'1'");
        check(Dialect::Mariadb, "int(11) unsigned", "'1000005'");
        check(Dialect::Mariadb, "bit(2)", "1");
    }
}
