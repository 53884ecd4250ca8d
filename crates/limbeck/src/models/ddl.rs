//! The statements that tell a schema: from files, or from programs that print them.

use std::ffi::OsStr;
use std::fmt::Display;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use limbeck_core::Dialect;
use limbeck_core::dialect::{TokenKind, split, tokens};
use limbeck_core::script::{ScriptError, natural_order};

use super::{CompareOptions, SchemaSource, sqlalchemy};
use crate::error::Error;

/// The statements of a file, or of what a program printed.
#[derive(Debug)]
pub(super) struct Ddl {
    /// The file, or what to call the program.
    pub(super) file: String,
    pub(super) statements: Vec<Statement>,
}

#[derive(Debug)]
pub(super) struct Statement {
    pub(super) sql: String,
    /// The line that it starts on, from 1.
    pub(super) line: usize,
}

/// Reads a schema that is told in statements; `None` for any other.
pub(super) fn read(
    source: &SchemaSource,
    dialect: Dialect,
    options: &CompareOptions,
) -> Result<Option<Vec<Ddl>>, Error> {
    let texts = match source {
        SchemaSource::Database(_) | SchemaSource::Revisions => return Ok(None),
        SchemaSource::Sql(path) => files(path)?,
        SchemaSource::Command { command, directory } => {
            let Some((program, arguments)) = command.split_first() else {
                return Err(Error::Models("the command of the models is empty".to_owned()));
            };
            let mut command = program_in(options, program.as_ref());
            command.args(arguments).env("LIMBECK_DIALECT", dialect.name());
            let text = output(&mut command, directory, source, "")?;
            vec![(source.to_string(), text)]
        }
        #[cfg(feature = "diesel")]
        SchemaSource::Diesel(paths) => {
            let ddl = super::diesel::read(paths, dialect)?;
            return some_statement(ddl, source);
        }
        SchemaSource::Tables(tables) => vec![(source.to_string(), tables.ddl(dialect)?)],
        SchemaSource::Sqlalchemy {
            object,
            python,
            directory,
        } => {
            let models = sqlalchemy::Models {
                source,
                spec: object,
                python,
                directory,
                dialect,
            };
            vec![(object.clone(), models.ddl(options)?)]
        }
        SchemaSource::TargetMetadata {
            ini,
            pyproject,
            section,
            x,
            python,
            directory,
            include_schemas: _,
        } => {
            let spec = serde_json::json!({ "ini": ini, "pyproject": pyproject, "section": section, "x": x });
            let models = sqlalchemy::Models {
                source,
                spec: &spec.to_string(),
                python,
                directory,
                dialect,
            };
            vec![(source.to_string(), models.ddl(options)?)]
        }
    };
    let ddl = texts.into_iter().map(|(file, text)| parse(file, &text, dialect));
    let checked = ddl.map(|ddl| ddl.and_then(|ddl| check_names(dialect, &ddl).map(|()| ddl)));
    some_statement(checked.collect::<Result<Vec<Ddl>, Error>>()?, source)
}

/// Refuses names that PostgreSQL would cut (its manual, 4.1.1), so that they would be other names than the models say. Other servers
/// refuse them by themselves.
fn check_names(dialect: Dialect, ddl: &Ddl) -> Result<(), Error> {
    const LONGEST: usize = 63;
    if dialect != Dialect::Postgresql {
        return Ok(());
    }
    for statement in &ddl.statements {
        let tokens = tokens(dialect, &statement.sql).into_iter();
        let mut names = tokens.filter(|token| matches!(token.kind, TokenKind::Word | TokenKind::Name));
        let too_long = names.find(|token| token.text.trim_matches('"').len() > LONGEST);
        if let Some(token) = too_long {
            let line = statement.line + statement.sql[..token.offset].matches('\n').count();
            let name = token.text.trim_matches('"');
            return Err(Error::Models(format!(
                "{}:{line}: the name '{name}' has {} bytes, and PostgreSQL takes {LONGEST}: it would cut it. Give a shorter name",
                ddl.file,
                name.len()
            )));
        }
    }
    Ok(())
}

/// Refuses models that say nothing.
fn some_statement(ddl: Vec<Ddl>, source: &SchemaSource) -> Result<Option<Vec<Ddl>>, Error> {
    if ddl.iter().all(|ddl| ddl.statements.is_empty()) {
        return Err(Error::Models(format!(
            "there is no statement in what {source} says: compared with it, everything would have to be dropped"
        )));
    }
    Ok(Some(ddl))
}

/// The text of a file, or those of a directory's files.
fn files(path: &Path) -> Result<Vec<(String, String)>, Error> {
    let mut paths = vec![path.to_owned()];
    if path.is_dir() {
        let entries = fs::read_dir(path).map_err(|error| unread(path, error))?;
        let entries = entries.map(|entry| entry.map(|entry| entry.path()));
        let entries: Vec<PathBuf> = entries
            .collect::<Result<_, _>>()
            .map_err(|error| unread(path, error))?;
        paths = entries;
        paths.retain(|path| path.extension() == Some(OsStr::new("sql")));
        let name = |path: &PathBuf| {
            path.file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned()
        };
        paths.sort_by(|left, right| natural_order(&name(left), &name(right)));
    }
    let read = |path: PathBuf| Ok((path.display().to_string(), read_file(&path)?));
    paths.into_iter().map(read).collect()
}

/// A file's text.
pub(super) fn read_file(path: &Path) -> Result<String, Error> {
    let bytes = fs::read(path).map_err(|error| unread(path, error))?;
    utf8(&path.display().to_string(), bytes)
}

fn unread(path: &Path, source: std::io::Error) -> ScriptError {
    ScriptError::Io {
        verb: "read",
        path: path.to_owned(),
        source,
    }
}

fn utf8(file: &str, bytes: Vec<u8>) -> Result<String, Error> {
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let bytes = error.as_bytes();
        Error::Script(ScriptError::NotUtf8 {
            file: file.to_owned(),
            line: bytes[..at].iter().filter(|byte| **byte == b'\n').count() + 1,
            byte: bytes[at],
        })
    })
}

/// A program in the environment that models are to have.
pub(super) fn program_in(options: &CompareOptions, program: &OsStr) -> Command {
    let mut command = Command::new(program);
    if let Some(environment) = &options.environment {
        let environment = environment.iter().map(|(name, value)| (name, value));
        command.env_clear().envs(environment);
    }
    command
}

/// What a program prints.
pub(super) fn output(
    command: &mut Command,
    directory: &Path,
    source: &dyn Display,
    hint: &str,
) -> Result<String, Error> {
    if !directory.as_os_str().is_empty() {
        command.current_dir(directory);
    }
    let output = command
        .stdin(std::process::Stdio::null())
        .output()
        .map_err(|error| {
            let program = command.get_program().display();
            Error::Models(format!(
                "can't run '{program}' for the models in {source}: {error}{hint}"
            ))
        })?;
    if output.status.success() {
        return utf8(&source.to_string(), output.stdout);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(Error::Models(format!(
        "{source} gave no models: it ended with {}{}",
        output.status,
        last_lines(&said)
    )))
}

/// The end of what a program said before it failed, a line each.
fn last_lines(text: &str) -> String {
    const LINES: usize = 8;
    let lines: Vec<&str> = text.trim_end().lines().collect();
    let start = lines.len().saturating_sub(LINES);
    let lines = lines[start..].iter();
    lines.map(|line| format!("\n  {}", line.trim_end())).collect()
}

fn parse(file: String, text: &str, dialect: Dialect) -> Result<Ddl, Error> {
    let split = split(dialect, text);
    let line_of = |offset: usize| text[..offset].matches('\n').count() + 1;
    if let Some(problem) = split.problems.first() {
        let start = text[..problem.offset].rfind('\n').map_or(0, |at| at + 1);
        return Err(Error::Script(ScriptError::Bad {
            line: line_of(problem.offset),
            column: text[start..problem.offset].chars().count() + 1,
            message: problem.message.clone(),
            file,
        }));
    }
    let (mut line, mut counted) = (1, 0);
    let statements = split.statements().map(|piece| {
        line += text[counted..piece.offset].matches('\n').count();
        counted = piece.offset;
        Statement {
            sql: piece.sql.to_owned(),
            line,
        }
    });
    let statements = statements.collect();
    Ok(Ddl { file, statements })
}

/// The extension that a statement creates, if it does.
pub(super) fn created_extension(sql: &str) -> Option<String> {
    let tokens = tokens(Dialect::Postgresql, sql).into_iter();
    let mut words = tokens.filter(|token| token.is_significant());
    let mut is = |word: &str| {
        words
            .next()
            .is_some_and(|token| token.text.eq_ignore_ascii_case(word))
    };
    if !(is("create") && is("extension")) {
        return None;
    }
    let mut name = words.next()?;
    if name.text.eq_ignore_ascii_case("if") {
        name = words.nth(2)?;
    }
    Some(match name.kind {
        TokenKind::Name => name.text.trim_matches('"').to_owned(),
        _ => name.text.to_ascii_lowercase(),
    })
}
