//! Revision files: headers, sections and directories, without a database.

use std::path::PathBuf;

use limbeck_core::Dialect;
use limbeck_core::script::{Direction, Script, Scripts, set_header};
use proptest::prelude::*;

/// The statements of a file, with an `!` before those outside of transactions; or what is wrong with it.
fn read(text: &str, direction: Direction, dialect: Dialect) -> String {
    let statements =
        Script::parse("f.sql", text.to_owned()).and_then(|script| script.statements(direction, dialect));
    match statements {
        Ok(Some(statements)) => {
            let shown = statements.iter().map(|statement| {
                let mark = if statement.autocommit { "!" } else { "" };
                format!("{mark}{}:{}", statement.line, statement.sql)
            });
            shown.collect::<Vec<_>>().join(" ")
        }
        Ok(None) => "none".to_owned(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn sections_are_chosen_by_database() {
    const FILE: &str = "-- limbeck:upgrade\nA;\n-- limbeck:upgrade mysql\nB;\n-- limbeck:upgrade all autocommit\nC;\n\
                        -- limbeck:downgrade sqlite, mariadb\nD;\n";
    for (dialect, up, down) in [
        (Dialect::Sqlite, "2:A !6:C", "8:D"),
        (Dialect::Postgresql, "2:A !6:C", "none"),
        (Dialect::Mysql, "4:B !6:C", "none"),
        (Dialect::Mariadb, "4:B !6:C", "8:D"),
    ] {
        assert_eq!(read(FILE, Direction::Upgrade, dialect), up, "{dialect}");
        assert_eq!(read(FILE, Direction::Downgrade, dialect), down, "{dialect}");
    }
}

#[test]
fn a_mark_is_one_however_it_is_written() {
    for mark in [
        "-- limbeck:downgrade",
        "--limbeck:downgrade",
        "\u{feff}-- limbeck:downgrade",
        "\t --  LIMBECK: Downgrade ",
        "-- limbeck:downgrade\r",
    ] {
        let file = format!("{mark}\nA;\n");
        assert_eq!(
            read(&file, Direction::Downgrade, Dialect::Sqlite),
            "2:A",
            "{mark:?}"
        );
        assert_eq!(
            read(&file, Direction::Upgrade, Dialect::Sqlite),
            "none",
            "{mark:?}"
        );
    }
}

#[test]
fn sql_above_the_first_section_is_refused() {
    let refused = read(
        "-- m\nA;\n-- limbeck:upgrade\nB;\n",
        Direction::Upgrade,
        Dialect::Sqlite,
    );
    assert!(
        refused.starts_with("f.sql:2:1: this stands above the first section"),
        "{refused}"
    );
    for above in ["", "-- m\n\n", "/* licence;\n */\n", " ;\n"] {
        let file = format!("{above}-- limbeck:upgrade\nB;\n");
        assert!(
            read(&file, Direction::Upgrade, Dialect::Sqlite).ends_with(":B"),
            "{above:?}"
        );
    }
}

#[test]
fn what_the_journal_keeps_runs_like_the_file() {
    const FILE: &str = "-- m\n-- limbeck:upgrade\nA;\n-- limbeck:downgrade\nB; -- why\n-- limbeck:downgrade autocommit\nC\n\
                        -- limbeck:downgrade mysql\nD;";
    let script = Script::parse("f.sql", FILE).expect("it is good");
    for dialect in Dialect::ALL {
        let kept = script
            .extract(Direction::Downgrade, dialect)
            .expect("there is a way back");
        let kept_script = Script::parse("kept.sql", kept.clone()).expect("it stays good");
        let run = |script: &Script| -> Vec<(String, bool)> {
            let statements = script
                .statements(Direction::Downgrade, dialect)
                .expect("they can be read");
            let statements = statements.expect("there is a way back").into_iter();
            statements
                .map(|statement| (statement.sql, statement.autocommit))
                .collect()
        };
        assert_eq!(run(&kept_script), run(&script), "{dialect}: {kept}");
        assert_eq!(read(&kept, Direction::Upgrade, dialect), "none");
    }
}

fn directory(files: &[(&str, &str)]) -> (tempfile::TempDir, Vec<PathBuf>) {
    let directory = tempfile::tempdir().expect("there is room for files");
    for (name, text) in files {
        std::fs::write(directory.path().join(name), text).expect("the file can be written");
    }
    let path = directory.path().to_owned();
    (directory, vec![path])
}

#[test]
fn a_long_header_is_read_whole() {
    let header = format!(
        "-- m\n{}-- Revision ID: far\n-- Revises: none\n",
        "-- ü\n".repeat(5_000)
    );
    let body = format!(
        "{header}\n-- limbeck:upgrade\nSELECT 1;\n{}",
        "-- ü\n".repeat(5_000)
    );
    let (_guard, directories) = directory(&[("a.sql", &body)]);
    let scripts = Scripts::read(&directories).expect("it is good");
    assert_eq!(scripts.graph().heads(), ["far"]);
}

#[test]
fn two_files_for_one_revision_are_told_what_to_become() {
    let (_guard, directories) = directory(&[("1_a.up.sql", "A"), ("1_a.down.sql", "B")]);
    let error = Scripts::read(&directories)
        .expect_err("they are no revisions")
        .to_string();
    assert!(
        error.contains("1_a.up.sql") && error.contains("1_a.down.sql"),
        "{error}"
    );
    assert!(error.contains("one revision in two files"), "{error}");
}

#[test]
fn a_parent_that_is_missing_is_not_guessed_to_be_the_child() {
    let (_guard, directories) = directory(&[("a.sql", "-- Revision ID: abc\n-- Revises: abd\n")]);
    let error = Scripts::read(&directories)
        .expect_err("abd is nowhere")
        .to_string();
    assert!(!error.contains("did you mean"), "{error}");
}

proptest! {
    /// No text makes the reader panic, and what it reads is there in the text.
    #[test]
    fn any_text_is_read_or_refused(text in "(-- ?)?(limbeck:|Revis|ion ID: |up|down|grade|autocommit|;|'|\\$\\$|\n|\r\n|[ -~]|ü){0,40}") {
        for dialect in Dialect::ALL {
            if let Ok(script) = Script::parse("f.sql", text.clone())
                && let Ok(Some(statements)) = script.statements(Direction::Upgrade, dialect)
            {
                for statement in statements {
                    prop_assert!(text[statement.offset..].starts_with(&statement.sql));
                    prop_assert_eq!(script.position(statement.offset).0, statement.line);
                }
            }
        }
    }

    /// A new id and parents change nothing else of what a file says.
    #[test]
    fn a_header_is_rewritten_and_nothing_else(
        header in "(-- m\n--\n)?(-- Revision ID: old\n)?(-- Revises: x, y\n)?(-- Depends on: d\n)?\n?",
        body in "(-- limbeck:upgrade\nSELECT 1;\n(-- limbeck:downgrade\nSELECT 2;\n)?|SELECT 1;\n)",
    ) {
        let text = format!("{header}{body}");
        let before = Script::parse("f.sql", text.clone()).expect("it is good");
        let moved = set_header(&text, "new", &["p".to_owned(), "q".to_owned()]);
        let after = Script::parse("f.sql", moved).expect("it stays good");
        prop_assert_eq!(after.header.id.as_deref(), Some("new"));
        prop_assert_eq!(after.header.revises.clone(), Some(vec!["p".to_owned(), "q".to_owned()]));
        prop_assert_eq!(&after.header.depends_on, &before.header.depends_on);
        for dialect in Dialect::ALL {
            prop_assert_eq!(after.checksum(dialect).expect("it can be read"), before.checksum(dialect).expect("it can be read"));
        }
    }
}
