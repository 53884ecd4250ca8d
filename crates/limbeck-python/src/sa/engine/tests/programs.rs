//! Programs that SQLAlchemy itself runs too, on SQLite: what they print must be the same.

use std::path::Path;
use std::rc::Rc;

use limbeck_core::Dialect;
use limbeck_core::schema::Schema;
use limbeck_core::script::{Answer, Bind, BindError, BindErrorKind, Datum};
use rusqlite::types::ValueRef;

use crate::sa::sql::tests::{files, oracle};
use crate::value::Raise;
use crate::vm::{Settings, Source, Vm};

#[test]
fn programs_print_what_they_print_on_sqlalchemy() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sqlalchemy");
    let files = files(&directory.join("programs"));
    assert!(!files.is_empty(), "there are no programs");
    let expected = oracle(&directory.join("oracles/programs.py"), &files);
    for (at, file) in files.iter().enumerate() {
        let expected = expected[at].as_str().expect("it printed something");
        assert_eq!(printed(file), expected.trim_end(), "{}", file.display());
    }
}

fn printed(file: &Path) -> String {
    let text = std::fs::read_to_string(file).expect("the program can be read");
    let source = Source::parse("program.py", &text).expect("it is Python");
    let mut database = Sqlite(rusqlite::Connection::open_in_memory().expect("SQLite is there"));
    let mut vm = Vm::new(&mut database, Rc::new(Settings::default()), false);
    if let Err(raise) = vm.run_module(&Rc::new(source)) {
        let told = match raise {
            Raise::Exception(exception) => exception.headline(&mut vm),
            Raise::Stop(stop) => format!("{stop:?}"),
        };
        vm.say(told);
    }
    vm.said.join("\n")
}

/// A database in memory.
struct Sqlite(rusqlite::Connection);

fn failed(error: &rusqlite::Error) -> BindError {
    let kind = match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::ConstraintViolation) => BindErrorKind::Integrity,
        _ => BindErrorKind::Operational,
    };
    BindError {
        kind,
        message: error.to_string(),
        code: None,
        source: None,
    }
}

fn datum(value: ValueRef<'_>) -> Datum {
    match value {
        ValueRef::Null => Datum::Null,
        ValueRef::Integer(number) => Datum::Int(number),
        ValueRef::Real(number) => Datum::Float(number),
        ValueRef::Text(text) => Datum::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Datum::Bytes(bytes.to_vec()),
    }
}

impl Sqlite {
    fn answer(&self, sql: &str) -> rusqlite::Result<Answer> {
        let mut statement = self.0.prepare(sql)?;
        let columns: Vec<String> = statement.column_names().into_iter().map(str::to_owned).collect();
        let width = columns.len();
        let rows = statement.query_map([], |row| {
            (0..width)
                .map(|at| row.get_ref(at).map(datum))
                .collect::<rusqlite::Result<Vec<_>>>()
        })?;
        let rows = rows.collect::<rusqlite::Result<Vec<_>>>()?;
        Ok(Answer {
            columns,
            affected: rows.len() as u64,
            rows,
        })
    }
}

impl Bind for Sqlite {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    fn execute(&mut self, sql: &str, _line: usize) -> Result<Option<u64>, BindError> {
        self.0.execute_batch(sql).map_err(|error| failed(&error))?;
        Ok(Some(self.0.changes()))
    }

    fn query(&mut self, sql: &str, _line: usize) -> Result<Answer, BindError> {
        self.answer(sql).map_err(|error| failed(&error))
    }

    fn autocommit(&mut self, _on: bool, _line: usize) -> Result<(), BindError> {
        Ok(())
    }

    fn schema(&mut self, _name: Option<&str>) -> Result<Schema, BindError> {
        Ok(Schema::default())
    }
}
