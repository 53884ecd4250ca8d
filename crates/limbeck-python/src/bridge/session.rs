//! A conversation with the helper: its statements are run, and answered.

use std::path::Path;
use std::time::Duration;

use limbeck_core::Dialect;
use limbeck_core::dialect::{TokenKind, first_words, split, tokens, transaction_control};
use limbeck_core::script::{Bind, BindError, BindErrorKind, ProgramError};

use super::Interpreter;
use super::message::{Answer, Cell, Event, Failed, Refusal};
use super::process::Process;

/// How often a program that is busy with itself is looked after.
const PATIENCE: Duration = Duration::from_millis(100);

/// A conversation about one revision.
pub(super) struct Session<'a> {
    python: &'a Interpreter,
    path: &'a Path,
    bind: &'a mut dyn Bind,
    /// What the database did not like, by the numbers that Python knows.
    failures: Vec<Failure>,
    /// The last line that is known.
    line: usize,
}

struct Failure {
    line: usize,
    sql: String,
    error: BindError,
}

/// What is between statements and their answer.
enum Stopped {
    /// The program is told, and may go on.
    Refused(Refusal),
    /// It is over.
    Over(ProgramError),
}

impl<'a> Session<'a> {
    pub(super) fn new(python: &'a Interpreter, path: &'a Path, bind: &'a mut dyn Bind) -> Self {
        Self {
            python,
            path,
            bind,
            failures: Vec::new(),
            line: 1,
        }
    }

    /// Serves a program until it ends. Whatever ends it ends the process.
    pub(super) fn serve(mut self, mut process: Process) -> Result<(), ProgramError> {
        loop {
            match process.next(Some(PATIENCE)) {
                Event::Run { sql, line } => {
                    self.line = line;
                    let answer = self.run(&sql);
                    send(&mut process, answer)?;
                }
                Event::Autocommit { on, line } => {
                    self.line = line;
                    let answer = self.autocommit(on);
                    send(&mut process, answer)?;
                }
                Event::Say { text } => self.bind.say(&text),
                Event::Done => return self.end(&mut process, Ok(())),
                Event::Failed(failed) => {
                    let error = self.failed(failed);
                    return self.end(&mut process, Err(error));
                }
                Event::Missing { module } => return Err(self.error(self.python.lacks(&module))),
                Event::Gone(last) => return Err(self.error(self.python.failed(&last))),
                Event::Quiet => {
                    if let Some(error) = self.bind.stops() {
                        return Err(self.over(error, ""));
                    }
                }
                Event::Found { .. } | Event::End => {}
            }
        }
    }

    /// What the program has printed is told before it is over.
    fn end(self, process: &mut Process, result: Result<(), ProgramError>) -> Result<(), ProgramError> {
        for line in process.rest() {
            self.bind.say(&line);
        }
        result
    }

    /// Runs texts, of which each may hold several statements. The last one's rows count.
    fn run(&mut self, texts: &[String]) -> Result<Answer, Stopped> {
        let dialect = self.bind.dialect();
        let mut whole = Answer {
            reads: true,
            affected: Some(0),
            ..Answer::default()
        };
        for text in texts {
            let split = split(dialect, text);
            // The database says best what is wrong with a text.
            let is_one = !split.problems.is_empty() || split.statements().count() == 0;
            let statements: Vec<&str> = if is_one {
                vec![text]
            } else {
                split.statements().map(|piece| piece.sql).collect()
            };
            for sql in statements {
                let answer = self.statement(dialect, sql)?;
                let affected = whole.affected.zip(answer.affected).map(|(sum, more)| sum + more);
                let reads = whole.reads && answer.reads;
                whole = Answer {
                    affected,
                    reads,
                    ..answer
                };
            }
        }
        Ok(whole)
    }

    fn statement(&mut self, dialect: Dialect, sql: &str) -> Result<Answer, Stopped> {
        match transaction_control(dialect, sql) {
            // A program that ends its transaction itself wants what follows outside of it.
            Some("COMMIT" | "END") => return self.autocommit(true),
            Some("BEGIN" | "START TRANSACTION") => return self.autocommit(false),
            _ => {}
        }
        let rows = Rows::of(dialect, sql);
        if rows == Rows::None {
            let result = self.bind.execute(sql, self.line);
            let affected = result.map_err(|error| self.refuse(error, sql))?;
            return Ok(Answer {
                affected,
                ..Answer::default()
            });
        }
        let result = self.bind.query(sql, self.line);
        let answer = result.map_err(|error| self.refuse(error, sql))?;
        let cells = |row: Vec<_>| row.into_iter().map(Cell).collect();
        Ok(Answer {
            columns: answer.columns,
            rows: answer.rows.into_iter().map(cells).collect(),
            affected: Some(answer.affected),
            reads: rows == Rows::Read,
        })
    }

    fn autocommit(&mut self, on: bool) -> Result<Answer, Stopped> {
        let result = self.bind.autocommit(on, self.line);
        result.map_err(|error| self.refuse(error, ""))?;
        Ok(Answer {
            reads: true,
            ..Answer::default()
        })
    }

    fn refuse(&mut self, error: BindError, sql: &str) -> Stopped {
        let class = match error.kind {
            BindErrorKind::Integrity => "IntegrityError",
            BindErrorKind::Programming => "ProgrammingError",
            BindErrorKind::Operational => "OperationalError",
            BindErrorKind::Data => "DataError",
            BindErrorKind::Database => "DatabaseError",
            BindErrorKind::Stop => return Stopped::Over(self.over(error, sql)),
        };
        let refusal = Refusal {
            failure: self.failures.len(),
            class,
            message: error.message.clone(),
            code: error.code.clone(),
        };
        self.failures.push(Failure {
            line: self.line,
            sql: sql.to_owned(),
            error,
        });
        Stopped::Refused(refusal)
    }

    /// What a program means that has stopped: the database's own error, where it is one.
    fn failed(&mut self, failed: Failed) -> ProgramError {
        let line = failed.line.unwrap_or(self.line);
        let known = failed.failure.filter(|at| *at < self.failures.len());
        let Some(failure) = known.map(|at| self.failures.swap_remove(at)) else {
            let lines = [failed.message].into_iter().chain(failed.frames);
            return ProgramError {
                line,
                ..self.error(lines.collect::<Vec<_>>().join("\n  "))
            };
        };
        if failed.is_database {
            return ProgramError {
                line: failure.line,
                ..self.over(failure.error, &failure.sql)
            };
        }
        ProgramError {
            line,
            message: failed.message,
            ..self.over(failure.error, &failure.sql)
        }
    }

    fn over(&self, error: BindError, sql: &str) -> ProgramError {
        ProgramError {
            sql: (!sql.is_empty()).then(|| sql.to_owned()),
            message: error.message.clone(),
            source: Some(Box::new(error)),
            ..self.error(String::new())
        }
    }

    fn error(&self, message: String) -> ProgramError {
        ProgramError {
            file: self.path.display().to_string(),
            line: self.line,
            message,
            sql: None,
            source: None,
        }
    }
}

fn send(process: &mut Process, answer: Result<Answer, Stopped>) -> Result<(), ProgramError> {
    match answer {
        Ok(answer) => process.send(&answer),
        Err(Stopped::Refused(refusal)) => process.send(&refusal),
        Err(Stopped::Over(error)) => return Err(error),
    }
    Ok(())
}

/// Which rows a statement returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rows {
    None,
    /// Those that are there; nothing is changed.
    Read,
    /// Those that it has changed, or may have.
    Changed,
}

impl Rows {
    fn of(dialect: Dialect, sql: &str) -> Self {
        const ASK: [&str; 10] = [
            "CALL", "DESC", "DESCRIBE", "EXPLAIN", "PRAGMA", "SELECT", "SHOW", "TABLE", "VALUES", "WITH",
        ];
        const CHANGE: [&str; 3] = ["DELETE", "INSERT", "UPDATE"];
        let holds = |words: &[&str]| {
            let tokens = tokens(dialect, sql);
            let mut of_code = tokens.iter().filter(|token| token.kind == TokenKind::Word);
            of_code.any(|token| words.iter().any(|word| token.text.eq_ignore_ascii_case(word)))
        };
        let first = first_words(dialect, sql, 1);
        match first.first().map(String::as_str) {
            Some("CALL") => Self::Changed,
            Some(word) if ASK.contains(&word) && holds(&CHANGE) => Self::Changed,
            Some(word) if ASK.contains(&word) => Self::Read,
            Some("DELETE" | "INSERT" | "MERGE" | "REPLACE" | "UPDATE") if holds(&["RETURNING"]) => {
                Self::Changed
            }
            // '(SELECT 1) UNION (SELECT 2)'
            None if sql.trim_start().starts_with('(') => Self::Read,
            _ => Self::None,
        }
    }
}
