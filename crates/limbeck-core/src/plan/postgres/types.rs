//! Types, and what it takes to make one of another.

/// A type as the server tells it: `timestamp(3) without time zone[]`.
#[derive(Debug, PartialEq, Eq)]
struct Type {
    /// Without modifiers: `timestamp without time zone`.
    base: String,
    modifiers: Vec<i64>,
    is_array: bool,
}

impl Type {
    fn read(text: &str) -> Self {
        let (element, is_array) = match text.strip_suffix("[]") {
            Some(element) => (element, true),
            None => (text, false),
        };
        let plain = |base: &str| Self {
            base: base.to_owned(),
            modifiers: Vec::new(),
            is_array,
        };
        let Some((before, rest)) = element.split_once('(').filter(|_| !element.starts_with('"')) else {
            return plain(element);
        };
        let Some((modifiers, behind)) = rest.split_once(')') else {
            return plain(element);
        };
        let numbers = modifiers.split(',').map(|number| number.trim().parse().ok());
        let Some(modifiers) = numbers.collect::<Option<Vec<i64>>>() else {
            return plain(element);
        };
        Self {
            base: format!("{before}{behind}"),
            modifiers,
            is_array,
        }
    }

    fn family(&self) -> Family {
        match self.base.as_str() {
            "text" | "character varying" | "character" | "citext" => Family::Text,
            "smallint" => Family::Integer(2),
            "integer" => Family::Integer(4),
            "bigint" => Family::Integer(8),
            "numeric" => Family::Numeric,
            "real" => Family::Float(4),
            "double precision" => Family::Float(8),
            "boolean" => Family::Boolean,
            "date" => Family::Date,
            "timestamp without time zone" | "timestamp with time zone" => Family::Timestamp,
            "time without time zone" | "time with time zone" | "interval" => Family::Time,
            "json" | "jsonb" => Family::Json,
            "inet" | "cidr" => Family::Net,
            _ => Family::Other,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    Text,
    Integer(u8),
    Numeric,
    Float(u8),
    Boolean,
    Date,
    Timestamp,
    Time,
    Json,
    Net,
    Other,
}

/// What it takes to give a column another type.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Retype {
    /// The expression that makes the new values, where the server would not find one by itself.
    pub(super) using: Option<String>,
    /// Whether the table is written anew.
    pub(super) rewrites: bool,
    /// What is lost.
    pub(super) loses: Option<&'static str>,
    /// When it fails.
    pub(super) fails: Option<String>,
}

impl Retype {
    fn rewriting() -> Self {
        Self {
            rewrites: true,
            ..Self::default()
        }
    }

    fn losing(mut self, what: &'static str) -> Self {
        self.loses = Some(what);
        self
    }

    fn failing(mut self, why: impl Into<String>) -> Self {
        self.fails = Some(why.into());
        self
    }

    fn using(mut self, expression: String) -> Self {
        self.using = Some(expression);
        self
    }
}

/// What it takes to make `to` of `from`. Where the server has an assignment cast, that is taken: it fails on a text that is too
/// long, where an explicit cast would cut it.
pub(super) fn retype(column: &str, from: &str, to: &str) -> Retype {
    let (one, other) = (Type::read(from), Type::read(to));
    match (one.is_array, other.is_array) {
        (false, false) => scalar(column, &one, &other, to),
        (true, true) => array(column, &one, &other, to),
        (false, true) => {
            let element = format!("{column}{}", through_text(&one, &other));
            let array = format!("CASE WHEN {column} IS NOT NULL THEN ARRAY[{element}]::{to} END");
            Retype::rewriting().using(array)
        }
        (true, false) => Retype::rewriting()
            .using(format!("{column}[1]{}::{to}", through_text(&one, &other)))
            .losing("all elements but the first"),
    }
}

/// Every type can be made of a text, and text of every type.
fn through_text(from: &Type, to: &Type) -> &'static str {
    if from.base == to.base { "" } else { "::text" }
}

fn array(column: &str, from: &Type, to: &Type, sql: &str) -> Retype {
    let element = sql.strip_suffix("[]").unwrap_or(sql);
    let mut retype = scalar(column, from, to, element);
    retype.using = retype.using.map(|expression| {
        if expression.contains("::text::") {
            format!("{column}::text[]::{sql}")
        } else {
            format!("{column}::{sql}")
        }
    });
    retype
}

fn scalar(column: &str, from: &Type, to: &Type, sql: &str) -> Retype {
    use Family::{Boolean, Date, Float, Integer, Json, Net, Numeric, Other, Text, Time, Timestamp};
    if from.base == to.base {
        return modified(from, to);
    }
    let cast = |through: &str| {
        let expression = format!("{column}{through}::{sql}");
        Retype::rewriting()
            .using(expression)
            .failing(format!("a value is no {sql}"))
    };
    let out_of_range = "a number is too big";
    let rounds = "what numbers have behind the point";
    match (from.family(), to.family()) {
        (Text, Text) => texts(from, to),
        (_, Text) if to.modifiers.is_empty() => Retype::rewriting(),
        (_, Text) => Retype::rewriting().failing("a text is too long"),
        (Text, _) => cast(""),
        (Integer(one), Integer(other)) if one < other => Retype::rewriting(),
        (Integer(_), Integer(_)) => Retype::rewriting().failing(out_of_range),
        (Integer(_), Numeric) if to.modifiers.is_empty() => Retype::rewriting(),
        (Integer(_), Numeric) => Retype::rewriting().failing(out_of_range),
        (Integer(8), Float(_)) | (Integer(4), Float(4)) => {
            Retype::rewriting().losing("digits of big numbers")
        }
        (Integer(_), Float(_)) | (Float(4), Float(_)) => Retype::rewriting(),
        (Float(_) | Numeric, Float(_)) => Retype::rewriting().losing("digits of numbers"),
        (Float(_), Numeric) if to.modifiers.is_empty() => Retype::rewriting(),
        (Float(_) | Numeric, Integer(_) | Numeric) => {
            Retype::rewriting().losing(rounds).failing(out_of_range)
        }
        (Integer(4), Boolean) => Retype::rewriting()
            .using(format!("{column}::boolean"))
            .losing("all but whether it is 0"),
        (Integer(_), Boolean) => Retype::rewriting()
            .using(format!("({column} <> 0)"))
            .losing("all but whether it is 0"),
        (Boolean, Integer(4)) => Retype::rewriting().using(format!("{column}::integer")),
        (Boolean, Integer(_) | Numeric | Float(_)) => {
            Retype::rewriting().using(format!("{column}::integer::{sql}"))
        }
        (Date, Timestamp) | (Timestamp, Timestamp) | (Json, Json) => Retype::rewriting(),
        (Timestamp, Date) => Retype::rewriting().losing("the time of day"),
        (Timestamp, Time) if to.base != "interval" => Retype::rewriting().losing("the date"),
        (Net, Net) if to.base == "inet" => Retype::default(),
        (Integer(_) | Numeric | Float(_) | Boolean | Date | Timestamp | Time | Json | Net | Other, _) => {
            cast("::text")
        }
    }
}

/// From a text to another.
fn texts(from: &Type, to: &Type) -> Retype {
    let is_padded = |of: &Type| of.base == "character";
    if !to.modifiers.is_empty() {
        return Retype::rewriting().failing("a text is too long");
    }
    if is_padded(from) || is_padded(to) {
        return Retype::rewriting();
    }
    Retype::default()
}

/// The same type with other modifiers.
fn modified(from: &Type, to: &Type) -> Retype {
    if from.modifiers == to.modifiers || (to.modifiers.is_empty() && from.base != "character") {
        return Retype::default();
    }
    let first = |of: &Type| of.modifiers.first().copied();
    let grows = first(from).is_some_and(|from| first(to).is_some_and(|to| to >= from));
    match from.family() {
        Family::Numeric => {
            let scale = |of: &Type| of.modifiers.get(1).copied().unwrap_or(0);
            let (has_limit, digits) = (!from.modifiers.is_empty(), |of: &Type| {
                first(of).unwrap_or(0) - scale(of)
            });
            if has_limit && grows && scale(from) == scale(to) {
                return Retype::default();
            }
            let mut retype = Retype::rewriting();
            if !has_limit || scale(to) < scale(from) {
                retype = retype.losing("what numbers have behind the point");
            }
            if !has_limit || digits(to) < digits(from) {
                retype = retype.failing("a number is too big");
            }
            retype
        }
        Family::Timestamp | Family::Time if grows => Retype::default(),
        Family::Timestamp | Family::Time => Retype::rewriting().losing("fractions of seconds"),
        _ if grows && from.base == "character" => Retype::rewriting(),
        _ if grows => Retype::default(),
        Family::Text => Retype::rewriting().failing("a text is too long"),
        _ => Retype::rewriting().failing("a value does not fit"),
    }
}

/// Whether a default is worth the same after a change between these types, without being set anew.
pub(super) fn keeps_default(from: &str, to: &str) -> bool {
    let (one, other) = (Type::read(from), Type::read(to));
    let integers = matches!(
        (one.family(), other.family()),
        (Family::Integer(_), Family::Integer(_))
    );
    !one.is_array && !other.is_array && (integers || one.base == other.base)
}

/// Whether a foreign key can lead from the one type to the other.
pub(super) fn are_comparable(from: &str, to: &str) -> bool {
    let (one, other) = (Type::read(from), Type::read(to));
    let families = (one.family(), other.family());
    let are_integers = matches!(families, (Family::Integer(_), Family::Integer(_)));
    let is_plain_text = |of: &Type| matches!(of.base.as_str(), "text" | "character varying");
    one.is_array == other.is_array
        && (are_integers || one.base == other.base || is_plain_text(&one) && is_plain_text(&other))
}

/// Whether an expression may be worth something else for each row. Functions of the user's are taken to be.
pub(super) fn is_volatile(expression: &str) -> bool {
    const STEADY: [&str; 16] = [
        "now",
        "transaction_timestamp",
        "statement_timestamp",
        "current_setting",
        "lower",
        "upper",
        "date_trunc",
        "timezone",
        "to_char",
        "concat",
        "coalesce",
        "md5",
        "abs",
        "round",
        "jsonb_build_object",
        "array",
    ];
    let mut rest = expression;
    let mut outside = String::new();
    // What stands in quotes calls nothing.
    while let Some((before, behind)) = rest.split_once('\'') {
        outside.push_str(before);
        rest = behind.split_once('\'').map_or("", |(_, rest)| rest);
    }
    outside.push_str(rest);
    let calls = outside.match_indices('(');
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '"' | '.');
    let mut names = calls.filter_map(|(at, _)| {
        let before = &outside[..at];
        // `numeric(10,2)` behind a cast calls nothing either.
        let name = before.rsplit(|c: char| !is_name(c)).next().unwrap_or_default();
        let is_cast = before[..before.len() - name.len()].ends_with("::");
        (!name.is_empty() && !is_cast && !name.starts_with(|c: char| c.is_ascii_digit()))
            .then(|| name.to_owned())
    });
    names.any(|name| {
        let of_types = matches!(
            name.as_str(),
            "varying" | "timestamp" | "time" | "numeric" | "character" | "bit"
        );
        !of_types && !STEADY.contains(&name.to_lowercase().as_str())
    })
}

/// How a type's values are stored when nothing is said.
pub(super) fn usual_storage(data_type: &str) -> &'static str {
    let of = Type::read(data_type);
    match of.base.as_str() {
        "numeric" | "inet" | "cidr" | "geometry" | "geography" if !of.is_array => "main",
        _ => "extended",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(from: &str, to: &str) -> String {
        let retype = retype("c", from, to);
        let parts = [
            retype.using.clone(),
            retype.rewrites.then(|| "rewrites".to_owned()),
            retype.loses.map(|what| format!("loses {what}")),
            retype.fails.map(|why| format!("fails if {why}")),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn what_grows_is_not_written_anew() {
        for (from, to) in [
            ("character varying(20)", "character varying(30)"),
            ("character varying(20)", "character varying"),
            ("character varying(20)", "text"),
            ("character varying(20)[]", "text[]"),
            ("text", "character varying"),
            ("numeric(10,2)", "numeric(12,2)"),
            ("numeric(10,2)", "numeric"),
            ("timestamp(3) without time zone", "timestamp without time zone"),
            ("cidr", "inet"),
        ] {
            assert_eq!(told(from, to), "", "{from} to {to}");
        }
    }

    #[test]
    fn what_may_go_wrong_is_said() {
        for (from, to, wanted) in [
            (
                "text",
                "integer",
                "c::integer; rewrites; fails if a value is no integer",
            ),
            (
                "text",
                "character varying(5)",
                "rewrites; fails if a text is too long",
            ),
            ("bigint", "integer", "rewrites; fails if a number is too big"),
            ("integer", "bigint", "rewrites"),
            ("integer", "text", "rewrites"),
            (
                "numeric(10,4)",
                "numeric(10,2)",
                "rewrites; loses what numbers have behind the point",
            ),
            (
                "numeric(10,2)",
                "numeric(8,2)",
                "rewrites; fails if a number is too big",
            ),
            (
                "timestamp with time zone",
                "date",
                "rewrites; loses the time of day",
            ),
            ("boolean", "bigint", "c::integer::bigint; rewrites"),
            (
                "bigint",
                "boolean",
                "(c <> 0); rewrites; loses all but whether it is 0",
            ),
            (
                "uuid",
                "mood",
                "c::text::mood; rewrites; fails if a value is no mood",
            ),
            (
                "uuid[]",
                "mood[]",
                "c::text[]::mood[]; rewrites; fails if a value is no mood",
            ),
            (
                "text[]",
                "integer[]",
                "c::integer[]; rewrites; fails if a value is no integer",
            ),
            (
                "integer",
                "integer[]",
                "CASE WHEN c IS NOT NULL THEN ARRAY[c]::integer[] END; rewrites",
            ),
            ("json", "jsonb", "rewrites"),
        ] {
            assert_eq!(told(from, to), wanted, "{from} to {to}");
        }
    }

    #[test]
    fn only_what_changes_from_row_to_row_is_volatile() {
        for steady in [
            "now()",
            "'a(b)'::text",
            "(0)::numeric(10,2)",
            "CURRENT_TIMESTAMP",
            "'{}'::jsonb",
            "(1 + 2)",
        ] {
            assert!(!is_volatile(steady), "{steady}");
        }
        for volatile in [
            "random()",
            "gen_random_uuid()",
            "app.next_id(1)",
            "nextval('s'::regclass)",
        ] {
            assert!(is_volatile(volatile), "{volatile}");
        }
    }
}
