//! Revisions that are programs, beside files of SQL.

use std::sync::Arc;

use limbeck_core::Dialect;
use limbeck_core::revision::Revision;
use limbeck_core::script::{
    Bind, Compiled, Depends, Direction, On, Program, ProgramEntry, ProgramError, Script, ScriptError,
    Scripts, Statement, entries,
};

/// A program that runs the same always, or asks for a table where there are no statements.
#[derive(Debug)]
struct Static(&'static [(&'static str, bool)]);

impl Program for Static {
    fn documentation(&self) -> Result<String, ScriptError> {
        Ok("What it is for.".to_owned())
    }

    fn checksum(&self) -> Result<String, ScriptError> {
        Ok("f".repeat(64))
    }

    fn compile(&self, _: Direction, _: Dialect) -> Result<Compiled, ScriptError> {
        if self.0.is_empty() {
            let on = On::Database("the tables".to_owned());
            return Ok(Compiled::Depends(Depends { line: 4, on }));
        }
        let statement = |(at, (sql, autocommit)): (usize, &(&str, bool))| Statement {
            sql: (*sql).to_owned(),
            autocommit: *autocommit,
            hazards: Vec::new(),
            offset: 0,
            line: at + 1,
        };
        Ok(Compiled::Statements(
            self.0.iter().enumerate().map(statement).collect(),
        ))
    }

    fn run(&self, _: Direction, _: &mut dyn Bind) -> Result<(), ProgramError> {
        unreachable!("nothing is run here")
    }
}

/// The script of a program behind a file of SQL.
fn script(program: Static) -> Script {
    let directory = tempfile::tempdir().expect("there is room for files");
    std::fs::write(directory.path().join("001_a.sql"), "CREATE TABLE a (id int);")
        .expect("it can be written");
    let directories = vec![directory.path().to_owned()];
    let revision = Revision {
        id: "002".to_owned(),
        revises: vec!["001".to_owned()],
        message: "more".to_owned(),
        file: "002_more.py".to_owned(),
        ..Revision::default()
    };
    let entry = ProgramEntry {
        path: "002_more.py".into(),
        revision,
        program: Arc::new(program),
    };
    let files = entries(&directories).expect("they can be read");
    let scripts = Scripts::from_entries(files, vec![entry], directories).expect("they make a graph");
    assert_eq!(scripts.graph().heads(), ["002"]);
    assert_eq!(scripts.path("002"), Some(std::path::Path::new("002_more.py")));
    scripts
        .script("002")
        .expect("it can be read")
        .expect("it is there")
}

#[test]
fn a_program_is_a_revision_like_others() {
    let script = script(Static(&[("CREATE TABLE b (id int)", false)]));
    assert_eq!(script.file, "002_more.py");
    assert_eq!(script.header.documentation, "What it is for.");
    assert_eq!(script.header.revises, Some(vec!["001".to_owned()]));
    assert_eq!(
        script.checksum(Dialect::Sqlite).expect("it has one"),
        "f".repeat(64)
    );
    let statements = script.statements(Direction::Upgrade, Dialect::Sqlite);
    assert_eq!(
        statements.expect("it is static").expect("it has some")[0].sql,
        "CREATE TABLE b (id int)"
    );
}

#[test]
fn a_downgrade_is_kept_where_its_text_is_read_as_it_is() {
    let kept = |program| script(program).extract(Direction::Downgrade, Dialect::Postgresql);
    assert_eq!(
        kept(Static(&[
            ("DROP TABLE b", false),
            ("VACUUM", true),
            ("DO $$ BEGIN; END $$", false)
        ]))
        .as_deref(),
        Some(
            "-- limbeck:downgrade\nDROP TABLE b;\n\n-- limbeck:downgrade autocommit\nVACUUM;\n\n-- limbeck:downgrade\nDO $$ BEGIN; \
             END $$;\n"
        )
    );
    assert_eq!(
        kept(Static(&[("DROP TABLE b -- gone", false)])),
        None,
        "a comment to the line's end"
    );
    assert_eq!(kept(Static(&[("SELECT 1; SELECT 2", false)])), None, "two in one");
    assert_eq!(kept(Static(&[])), None, "only the database can tell");
}

#[test]
fn what_depends_on_the_database_is_no_list_of_statements() {
    let error = script(Static(&[]))
        .statements(Direction::Upgrade, Dialect::Sqlite)
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "002_more.py:4: this revision depends on the database: it asks for the tables. Only a run with a connection can tell, \
         and no script"
    );
    let ends = script(Static(&[("CREATE TABLE b (id int)", false), ("COMMIT", false)]));
    let compiled = ends
        .compile(Direction::Upgrade, Dialect::Postgresql)
        .expect("it is understood");
    assert!(
        matches!(&compiled, Compiled::Depends(depends) if depends.line == 2 && depends.to_string().contains("COMMIT")),
        "{compiled:?}"
    );
}
