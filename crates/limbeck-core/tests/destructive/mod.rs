//! Which statements may lose data: cases in files, and laws.
//!
//! A file of `cases/destructive/<dialect>` has statements below `==== input`, and below `==== losses` a line for each: `-`
//! where it is safe. `UPDATE_EXPECT=1` rewrites the latter.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use limbeck_core::Dialect;
use limbeck_core::dialect::{TokenKind, loses_data, split, tokens};
use proptest::prelude::*;

fn files(dialect: Dialect) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/destructive");
    let entries = std::fs::read_dir(root.join(dialect.name())).expect("every dialect has cases");
    let mut files: Vec<_> = entries
        .map(|entry| entry.expect("the folder can be read").path())
        .collect();
    files.sort();
    files
}

/// The statements of a case.
fn input(text: &str) -> &str {
    let text = text
        .strip_prefix("==== input\n")
        .expect("a case begins with its input");
    text.split_once("==== losses\n")
        .expect("a case has '==== losses'")
        .0
}

fn told(dialect: Dialect, sql: &str) -> String {
    loses_data(dialect, sql).map_or_else(|| "-".to_owned(), |loss| loss.to_string())
}

#[test]
fn cases() {
    let update = std::env::var_os("UPDATE_EXPECT").is_some();
    let mut count = 0;
    for dialect in Dialect::ALL {
        for file in files(dialect) {
            let text = std::fs::read_to_string(&file).expect("a case is text");
            let input = input(&text);
            let mut found = format!("==== input\n{input}==== losses\n");
            for piece in split(dialect, input).statements() {
                let _ = writeln!(found, "{}", told(dialect, piece.sql));
                count += 1;
            }
            if update {
                std::fs::write(&file, &found).expect("the case can be written");
            } else {
                assert_eq!(found, text, "{}", file.display());
            }
        }
    }
    assert!(count > 150, "only {count} statements were found");
}

/// Comments, white space and the case of letters mean nothing to a server, and so not here.
#[test]
fn comments_and_case_change_nothing() {
    for dialect in Dialect::ALL {
        for file in files(dialect) {
            let text = std::fs::read_to_string(&file).expect("a case is text");
            for piece in split(dialect, input(&text)).statements() {
                let words = tokens(dialect, piece.sql)
                    .into_iter()
                    .filter(|t| t.is_significant());
                let (mut upper, mut lower) = ("-- drop table a\n".to_owned(), String::new());
                for token in words {
                    let is_word = token.kind == TokenKind::Word;
                    let cased = |to: fn(&str) -> String| {
                        if is_word {
                            to(token.text)
                        } else {
                            token.text.to_owned()
                        }
                    };
                    upper += &cased(str::to_ascii_uppercase);
                    // A variable's mark and an executable comment's are not to be torn from what follows.
                    upper += if token.text.starts_with("/*") {
                        "\n"
                    } else {
                        " /* delete */\n"
                    };
                    lower += &cased(str::to_ascii_lowercase);
                    lower += "\t";
                }
                let wanted = told(dialect, piece.sql).to_ascii_lowercase();
                for sql in [upper, lower] {
                    assert_eq!(
                        told(dialect, &sql).to_ascii_lowercase(),
                        wanted,
                        "{dialect}: {sql}"
                    );
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever the text is, there is an answer.
    #[test]
    fn any_text_has_an_answer(words in prop::collection::vec(prop::sample::select(WORDS), 0..12)) {
        for dialect in Dialect::ALL {
            told(dialect, &words.join(" "));
        }
    }
}

const WORDS: &[&str] = &[
    "ALTER",
    "TABLE",
    "DROP",
    "DELETE",
    "UPDATE",
    "FROM",
    "WITH",
    "AS",
    "(",
    ")",
    ",",
    ".",
    "*",
    "::",
    "'x'",
    "a",
    "\"b\"",
    "SELECT",
    "INSERT",
    "INTO",
    "CREATE",
    "OR",
    "REPLACE",
    "EXPLAIN",
    "ANALYZE",
    "COLUMN",
    "TYPE",
    "SET",
    "STATEMENT",
    "FOR",
    "WAIT",
    "IF",
    "EXISTS",
    "COPY",
    ";",
    "CASCADE",
    "TRUNCATE",
    "MERGE",
    "BEGIN",
    "NOT",
    "ATOMIC",
    "END",
];
