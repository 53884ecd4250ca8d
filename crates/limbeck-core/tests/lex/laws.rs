//! Laws that hold for any input, tried on made-up ones. `LIMBECK_LONG=1` tries many more.

use limbeck_core::Dialect;
use limbeck_core::checksum::checksum;
use limbeck_core::dialect::{Token, TokenKind, split, tokens};
use proptest::prelude::*;
use proptest::sample::select;

fn is_long() -> bool {
    std::env::var_os("LIMBECK_LONG").is_some_and(|value| value == "1")
}

fn config() -> ProptestConfig {
    let long = std::env::var_os("LIMBECK_LONG").is_some_and(|value| value == "1");
    ProptestConfig {
        cases: if long { 100_000 } else { 256 },
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// Text that lexers trip over.
const NASTY: &[&str] = &[
    "'",
    "''",
    "\"",
    "`",
    "[",
    "]",
    "$",
    "$$",
    "$a$",
    "$b$",
    "a$b$",
    "$1",
    "E'",
    "e'\\'",
    "U&'",
    "N'",
    "x'",
    "b'",
    "\\",
    "\\'",
    "\\.",
    "\\\n",
    "--",
    "-- ",
    "-- c\n",
    "#",
    "# c\n",
    "/*",
    "*/",
    "/**/",
    "/*!",
    "/*!50110 ",
    "/*M!",
    "/*+",
    "*",
    "/",
    ";",
    ";;",
    ";\n",
    "//",
    "$$\n",
    "\n",
    "\r\n",
    "\r",
    " ",
    "\t",
    "\u{b}",
    "\u{feff}",
    "\0",
    "\u{a0}",
    "é",
    "𝕏",
    "(",
    ")",
    ",",
    ".",
    ".5",
    "1..2",
    "1e5",
    "0x1F",
    "1a",
    "@",
    "@a",
    ":",
    ":=",
    ":a",
    "=",
    "<>",
    "+-+",
    "->>",
    "||",
    "\nDELIMITER //\n",
    "\ndelimiter ;\n",
    "DELIMITER $$\n",
    "DELIMITER",
    "DELIMITER end\n",
    "DELIMITER \\\n",
    "\nDELIMITER ;;",
    "CREATE",
    "OR REPLACE",
    "PROCEDURE p()",
    "FUNCTION f() RETURNS INT",
    "TRIGGER t",
    "FOR EACH ROW",
    "EVENT e ON SCHEDULE EVERY 1 DAY DO",
    "DEFINER=u@h",
    "TEMP",
    "BEGIN",
    "BEGIN ATOMIC",
    "BEGIN NOT ATOMIC",
    "END",
    "END IF",
    "END CASE",
    "END LOOP",
    "CASE",
    "WHEN a THEN",
    "ELSE",
    "IF",
    "IF(",
    "IF a THEN",
    "ELSEIF",
    "LOOP",
    "WHILE a DO",
    "REPEAT",
    "UNTIL a",
    "DECLARE EXIT HANDLER FOR NOT FOUND",
    "l:",
    "RETURN",
    "SELECT",
    "SET",
    "AS",
    "COPY t FROM STDIN",
    "\\copy t from stdin\n",
    "\n\\.\n",
    "\n.import",
    ".a",
    "\\G",
    "\\N",
    "SOURCE a",
];

fn nasty() -> impl Strategy<Value = String> {
    let fragment = (select(NASTY), select(&["", " ", "\n"][..]));
    prop::collection::vec(fragment, 0..40)
        .prop_map(|parts| parts.into_iter().flat_map(|(a, b)| [a, b]).collect())
}

fn any_text() -> impl Strategy<Value = String> {
    let unicode = prop::collection::vec(any::<char>(), 0..60).prop_map(String::from_iter);
    let bytes = prop::collection::vec(any::<u8>(), 0..60);
    prop_oneof![2 => nasty(), 1 => unicode, 1 => bytes.prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned())]
}

fn any_dialect() -> impl Strategy<Value = Dialect> {
    select(&Dialect::ALL[..])
}

fn significant(dialect: Dialect, sql: &str) -> Vec<Token<'_>> {
    tokens(dialect, sql)
        .into_iter()
        .filter(Token::is_significant)
        .collect()
}

fn hash(dialect: Dialect, sql: &str) -> String {
    checksum(dialect, std::iter::once((sql, false)))
}

/// `DELIMITER` lines change what ends a statement, so that a piece by itself is read differently.
fn has_delimiter(sql: &str) -> bool {
    sql.to_ascii_lowercase().contains("delimiter")
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn nothing_is_lost(dialect in any_dialect(), sql in any_text()) {
        let found = split(dialect, &sql);
        let joined: String = found.pieces.iter().flat_map(|piece| [piece.before, piece.sql, piece.after]).collect();
        prop_assert_eq!(&joined, &sql);
        let tokens = tokens(dialect, &sql);
        let joined: String = tokens.iter().map(|token| token.text).collect();
        prop_assert_eq!(&joined, &sql);
        prop_assert!(tokens.iter().all(|token| !token.text.is_empty()));
        for token in &tokens {
            prop_assert_eq!(&sql[token.offset..][..token.text.len()], token.text);
        }
        for piece in &found.pieces {
            prop_assert_eq!(&sql[piece.offset..][..piece.sql.len()], piece.sql);
        }
        prop_assert!(found.problems.iter().all(|problem| sql.is_char_boundary(problem.offset)));
        prop_assert!(found.problems.is_sorted_by_key(|problem| problem.offset));
    }

    #[test]
    fn statements_are_bare(dialect in any_dialect(), sql in any_text()) {
        if has_delimiter(&sql) {
            return Ok(());
        }
        for piece in split(dialect, &sql).pieces {
            let tokens = tokens(dialect, piece.sql);
            for token in tokens.first().into_iter().chain(tokens.last()) {
                prop_assert!(ends_with_dashes(dialect, piece.sql) || token.is_significant(), "{:?}", piece);
            }
        }
    }

    #[test]
    fn a_statement_by_itself_is_that_statement(dialect in any_dialect(), sql in any_text()) {
        if has_delimiter(&sql) {
            return Ok(());
        }
        for piece in split(dialect, &sql).statements() {
            if ends_with_dashes(dialect, piece.sql) {
                continue;
            }
            let again = split(dialect, piece.sql);
            prop_assert_eq!(again.pieces.len(), 1, "{:?}", &again);
            prop_assert_eq!(again.pieces[0].sql, piece.sql);
        }
    }

    #[test]
    fn layout_does_not_change_the_checksum(
        dialect in any_dialect(),
        sql in nasty(),
        fillers in prop::collection::vec(select(&[" ", "\n", "\r\n\t", " /* ; ' */ ", " -- ; '\n"][..]), 1..8),
    ) {
        if has_delimiter(&sql) {
            return Ok(());
        }
        for piece in split(dialect, &sql).statements() {
            let found = tokens(dialect, piece.sql);
            let mut spread = String::new();
            let mut fillers = fillers.iter().cycle();
            let mut last_string = false;
            for token in &found {
                // What stands between two strings decides whether they are one, in PostgreSQL.
                if token.is_significant() {
                    if !last_string || token.kind != TokenKind::String {
                        spread.push_str(fillers.next().expect("there is at least one, and they go round"));
                    }
                    last_string = token.kind == TokenKind::String;
                }
                spread.push_str(token.text);
            }
            prop_assert_eq!(hash(dialect, &spread), hash(dialect, piece.sql), "{:?} and {:?}", spread, piece.sql);
        }
    }

    #[test]
    fn every_token_counts(dialect in any_dialect(), sql in nasty(), pick in any::<prop::sample::Index>()) {
        if has_delimiter(&sql) {
            return Ok(());
        }
        let whole = split(dialect, &sql);
        let statements: Vec<_> = whole.statements().collect();
        if statements.is_empty() {
            return Ok(());
        }
        let sql = statements[pick.index(statements.len())].sql;
        let found = significant(dialect, sql);
        let token = found[pick.index(found.len())];
        let (before, after) = (&sql[..token.offset], &sql[token.offset + token.text.len()..]);
        for other in ["zz", ""] {
            let changed = format!("{before} {other} {after}");
            let texts = |sql| significant(dialect, sql).iter().map(|token| token.text.to_owned()).collect::<Vec<_>>();
            // A token may have been a mark on which the rest depends, or the same as its neighbour.
            if texts(&changed) != texts(sql) && !changed.contains(';') {
                prop_assert_ne!(hash(dialect, &changed), hash(dialect, sql), "{:?} and {:?}", changed, sql);
            }
        }
    }
}

/// Two dashes are a comment in MySQL at the end of the text, but not before a `;`.
fn ends_with_dashes(dialect: Dialect, sql: &str) -> bool {
    matches!(dialect, Dialect::Mysql | Dialect::Mariadb) && sql.ends_with("--")
}

/// The long run gives each input two megabytes, and would not end in a day if a mark that finds no end made a lexer
/// start over.
#[test]
fn time_is_linear() {
    let marks = [
        "$a$",
        "$a",
        "$",
        "$a$b",
        "/*",
        "*/",
        "/*/",
        "'",
        "\"",
        "`",
        "[",
        "\\",
        "E'\\",
        "--",
        "- ",
        "+",
        "+-",
        "<+",
        "(",
        ")",
        ";",
        ".",
        "1.",
        "1e",
        "1e+",
        "@",
        "\n",
        " ",
        "\r",
        "#",
        "/*!",
        "/*!*/",
        "a",
        "é",
        "\u{feff}",
        "BEGIN ",
        "CASE ",
        "END ",
        "IF ",
        "l:",
        "DELIMITER //\n",
        "DELIMITER ;\n",
        " DELIMITER ;\n",
        "a \n DELIMITER ;\n",
        "COPY t FROM STDIN;\n",
        "\\.\n",
        "\n.",
        "E'a'\n'b'",
        "AS $a",
    ];
    let heads = [
        "",
        "$b$",
        "'",
        "(",
        "CREATE FUNCTION f() BEGIN ATOMIC ",
        "CREATE PROCEDURE p() BEGIN ",
        "CREATE TRIGGER t BEGIN ",
        "DELIMITER aaaaaaaaaaaaaab\n",
        "DELIMITER a\n/*! ",
        "COPY t FROM STDIN;\n",
        "/*! ",
    ];
    let size = if is_long() { 2 << 20 } else { 16 << 10 };
    for mark in marks {
        for head in heads {
            let sql = format!("{head}{}", mark.repeat(size / mark.len()));
            for dialect in Dialect::ALL {
                let found = split(dialect, &sql);
                let length: usize = found
                    .pieces
                    .iter()
                    .map(|piece| piece.before.len() + piece.sql.len() + piece.after.len())
                    .sum();
                assert_eq!(length, sql.len());
            }
        }
    }
}
