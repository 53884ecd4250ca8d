//! Expressions as the server prints them, brought into the shape that people write.

use limbeck_core::Dialect;
use limbeck_core::dialect::{Token, TokenKind, tokens};
use limbeck_core::schema::Sql;

use super::Server;

impl Server {
    /// An expression or a query that the server printed: to be read without the database's own name, without needless quotes and
    /// with keywords in capitals; to be compared as printed, but for the name.
    pub(super) fn expression(&self, text: &str) -> Sql {
        self.expression_in("", text, "")
    }

    /// An expression with something around it.
    pub(super) fn expression_in(&self, before: &str, text: &str, after: &str) -> Sql {
        let text = self.without_database(text);
        let pretty = pretty(self.dialect, &text);
        Sql::keyed(
            format!("{before}{pretty}{after}"),
            format!("{before}{text}{after}"),
        )
    }

    /// The text without the database's own name before other names, so that it holds in a database of any name.
    fn without_database(&self, text: &str) -> String {
        let own = self.dialect.identifier(&self.database);
        let tokens = tokens(self.dialect, text);
        let mut result = String::with_capacity(text.len());
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            let qualifies = token.kind == TokenKind::Name
                && token.text == own
                && tokens.get(at + 1).is_some_and(|next| next.text == ".")
                && !(at > 0 && tokens[at - 1].text == ".");
            if qualifies {
                at += 2;
            } else {
                result.push_str(token.text);
                at += 1;
            }
        }
        result
    }
}

/// Names of which the server's grammar makes something else when they stand in an expression without quotes.
const AMBIGUOUS: [&str; 7] = ["against", "at", "begin", "binary", "end", "escape", "unknown"];

/// Words in expressions that people write in capitals. The server quotes names, so that a word is none.
const KEYWORDS: &str = " all and as asc between by case cast char charset collate convert cross current_timestamp day day_hour \
    day_microsecond day_minute day_second desc distinct div else end escape except exists false for from full group having hour \
    hour_microsecond hour_minute hour_second in inner intersect interval into is join left like limit lock microsecond minute \
    minute_microsecond minute_second mod month natural not null offset on or order outer over partition quarter range recursive \
    regexp right rlike rollup rows second second_microsecond select separator set share signed sounds straight_join table then true \
    union unknown unsigned update using values week when where with xor year year_month ";

/// Clauses of a query, which begin a line.
const CLAUSES: [&str; 9] = [
    "from",
    "where",
    "group",
    "having",
    "order",
    "limit",
    "union",
    "except",
    "intersect",
];

fn pretty(dialect: Dialect, text: &str) -> String {
    let tokens = tokens(dialect, text);
    let query = tokens.first().is_some_and(|first| {
        ["select", "with"]
            .iter()
            .any(|word| first.text.eq_ignore_ascii_case(word))
    });
    let mut result = String::with_capacity(text.len());
    let mut depth = 0_usize;
    let mut known = 0;
    for (at, token) in tokens.iter().enumerate() {
        if at < known {
            continue;
        }
        match token.text {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ => {}
        }
        if query && tells_nothing(&tokens, at) {
            known = at + 4;
            continue;
        }
        match token.kind {
            TokenKind::Word => {
                if query && depth == 0 && CLAUSES.contains(&token.text) && !result.is_empty() {
                    result.truncate(result.trim_end().len());
                    result.push('\n');
                }
                result.push_str(&word(token, &tokens, at));
            }
            TokenKind::Name => result.push_str(&name(dialect, token.text)),
            _ => result.push_str(token.text),
        }
        let next = tokens.get(at + 1);
        if token.text == "," && next.is_some_and(|next| next.kind != TokenKind::Space) {
            result.push(' ');
        }
    }
    result
}

/// Whether ` AS name` begins here behind a column of that name.
fn tells_nothing(tokens: &[Token<'_>], at: usize) -> bool {
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text);
    at >= 2
        && text(at - 2) == "."
        && text(at) == " "
        && text(at + 1).eq_ignore_ascii_case("as")
        && text(at + 2) == " "
        && text(at + 3) == text(at - 1)
}

fn word(token: &Token<'_>, tokens: &[Token<'_>], at: usize) -> String {
    let called = tokens.get(at + 1).is_some_and(|next| next.text == "(");
    let keyword = KEYWORDS.contains(&format!(" {} ", token.text));
    // What is called is a function, but for what can only be a keyword.
    let always = matches!(
        token.text,
        "and"
            | "or"
            | "not"
            | "in"
            | "exists"
            | "on"
            | "using"
            | "as"
            | "over"
            | "values"
            | "interval"
            | "then"
            | "else"
            | "when"
    );
    match keyword && (!called || always) {
        true if called => format!("{} ", token.text.to_ascii_uppercase()),
        true => token.text.to_ascii_uppercase(),
        false => token.text.to_owned(),
    }
}

/// A name without its quotes where it needs none.
fn name(dialect: Dialect, quoted: &str) -> String {
    let Some(inner) = quoted.strip_prefix('`').and_then(|rest| rest.strip_suffix('`')) else {
        return quoted.to_owned();
    };
    if AMBIGUOUS.contains(&inner.to_ascii_lowercase().as_str()) {
        return quoted.to_owned();
    }
    dialect.quoted(&inner.replace("``", "`"))
}

/// A type as people write it: without the widths that integers have when none is given, and without marks around what old
/// servers don't know.
pub(super) fn data_type(printed: &str) -> String {
    const WIDTHS: [(&str, &str, &str); 6] = [
        ("tinyint", "(4)", "(3)"),
        ("smallint", "(6)", "(5)"),
        ("mediumint", "(9)", "(8)"),
        ("int", "(11)", "(10)"),
        ("bigint", "(20)", "(20)"),
        ("year", "(4)", "(4)"),
    ];
    for (name, signed, unsigned) in WIDTHS {
        let Some(rest) = printed.strip_prefix(name) else {
            continue;
        };
        let width = if rest.contains(" unsigned") {
            unsigned
        } else {
            signed
        };
        if let Some(rest) = rest.strip_prefix(width) {
            return format!("{name}{rest}");
        }
    }
    match printed.split_once(" /*") {
        Some((name, mark)) if !printed.contains('\'') => {
            let word = mark.trim_end_matches("*/").trim();
            let word = word.trim_start_matches(|c: char| c == 'M' || c == '!' || c.is_ascii_digit());
            format!("{name} {}", word.trim())
        }
        _ => printed.to_owned(),
    }
}

/// An expression without parentheses around all of it.
pub(super) fn bare(dialect: Dialect, text: &str) -> &str {
    let text = text.trim();
    let tokens = tokens(dialect, text);
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate() {
        match token.text {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 && at + 1 < tokens.len() {
            return text;
        }
    }
    match text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        Some(inner) => bare(dialect, inner),
        None => text,
    }
}

/// MySQL prints expressions with their quotes escaped.
pub(super) fn unescaped(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        match c {
            '\\' => result.extend(characters.next()),
            _ => result.push(c),
        }
    }
    result
}

/// The function for now as people write it.
pub(super) fn now(text: &str) -> String {
    const NOW: &str = "current_timestamp";
    match text.get(..NOW.len()) {
        Some(start) if start.eq_ignore_ascii_case(NOW) => {
            let rest = &text[NOW.len()..];
            let rest = if rest == "()" { "" } else { rest };
            format!("CURRENT_TIMESTAMP{rest}")
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server() -> Server {
        Server {
            dialect: Dialect::Mariadb,
            database: "app".to_owned(),
            collation: "utf8mb4_general_ci".to_owned(),
            sql_mode: String::new(),
        }
    }

    #[track_caller]
    fn check(printed: &str, wanted: &str) {
        assert_eq!(server().expression(printed).text(), wanted);
    }

    #[test]
    fn expressions() {
        check("`q` > 0 and `e` <> 'a`app`.`b'", "q > 0 AND e <> 'a`app`.`b'");
        check("`order` in (1,2)", "`order` IN (1, 2)");
        check(
            "if(`a` is null,`end`,left(`b`,3))",
            "if(a IS NULL, `end`, left(b, 3))",
        );
        check("nextval(`app`.`s`)", "nextval(s)");
        check("`x` in(1,2)", "x IN (1, 2)");
    }

    #[test]
    fn queries() {
        check(
            "select `app`.`p`.`id` AS `id`,`app`.`f`(`app`.`p`.`A B`) AS `x` from `app`.`p` where `app`.`p`.`id` > (select 1 from \
             `app`.`q`)",
            "SELECT p.id, f(p.`A B`) AS x\nFROM p\nWHERE p.id > (SELECT 1 FROM q)",
        );
    }

    #[test]
    fn what_is_printed_counts() {
        assert_ne!(server().expression("`A`"), server().expression("`a`"));
        assert_eq!(server().expression("`app`.`a`"), server().expression("`a`"));
    }

    #[test]
    fn types() {
        for (printed, wanted) in [
            ("int(11)", "int"),
            ("int(10) unsigned", "int unsigned"),
            ("int(5)", "int(5)"),
            ("bigint(20) unsigned zerofill", "bigint unsigned zerofill"),
            ("tinyint(1)", "tinyint(1)"),
            ("text /*M!100301 COMPRESSED*/", "text COMPRESSED"),
            ("enum('a /*','b')", "enum('a /*','b')"),
            ("varchar(9)", "varchar(9)"),
            ("year(4)", "year"),
        ] {
            assert_eq!(data_type(printed), wanted);
        }
    }

    #[test]
    fn parentheses() {
        let bare = |text| bare(Dialect::Mysql, text);
        assert_eq!(bare("((`a` > 1))"), "`a` > 1");
        assert_eq!(bare("(`a`) > (1)"), "(`a`) > (1)");
        assert_eq!(bare("`a`"), "`a`");
        assert_eq!(bare("(')')"), "')'");
        assert_eq!(bare(""), "");
    }

    #[test]
    fn escapes_and_now() {
        assert_eq!(unescaped(r"concat(_utf8mb4\'a\',`b`)"), "concat(_utf8mb4'a',`b`)");
        assert_eq!(now("current_timestamp()"), "CURRENT_TIMESTAMP");
        assert_eq!(now("CURRENT_TIMESTAMP(3)"), "CURRENT_TIMESTAMP(3)");
        assert_eq!(now("curdate()"), "curdate()");
    }
}
