//! Connections of the tests: the usual driver in another Python runs what limbeck would.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use limbeck_core::Dialect;
use limbeck_core::schema::Schema;
use limbeck_core::script::{Answer, Bind, BindError, BindErrorKind, Datum};
use limbeck_testing::{Mariadb, Postgres, TestDatabase};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::file;

/// A database of a test's own.
pub(super) struct Server {
    dialect: Dialect,
    /// As SQLAlchemy has it.
    pub(super) url: String,
    /// What the driver is given.
    place: String,
    _keeps: Kept,
}

/// What goes away with it.
enum Kept {
    Directory { _directory: TempDir },
    Database { _database: TestDatabase },
}

impl Server {
    pub(super) fn sqlite() -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory can be made");
        let place = directory.path().join("a.db").display().to_string();
        Self {
            dialect: Dialect::Sqlite,
            url: format!("sqlite:///{place}"),
            place,
            _keeps: Kept::Directory {
                _directory: directory,
            },
        }
    }

    pub(super) fn postgresql(server: &Postgres) -> Self {
        let database = server.fresh_database();
        let (name, port) = (database.name.clone(), server.port());
        Self {
            dialect: Dialect::Postgresql,
            url: format!("postgresql+psycopg2://postgres@127.0.0.1:{port}/{name}"),
            place: json!({"host": "127.0.0.1", "port": port, "user": "postgres", "dbname": name}).to_string(),
            _keeps: Kept::Database { _database: database },
        }
    }

    pub(super) fn mariadb(server: &Mariadb) -> Self {
        let database = server.fresh_database();
        let (name, port) = (database.name.clone(), server.port());
        Self {
            dialect: Dialect::Mariadb,
            url: format!("mariadb+pymysql://limbeck@127.0.0.1:{port}/{name}?charset=utf8mb4"),
            place: json!({"host": "127.0.0.1", "port": port, "user": "limbeck", "database": name})
                .to_string(),
            _keeps: Kept::Database { _database: database },
        }
    }
}

/// A connection that a program runs on.
pub(super) struct Connection {
    server: Server,
    driver: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    /// The statements that were sent.
    pub(super) sent: Vec<String>,
    /// What the program printed.
    pub(super) said: Vec<String>,
}

impl Connection {
    pub(super) fn new(python: &Path, server: Server) -> Self {
        let mut command = Command::new(python);
        let mut driver = command
            .arg(file("connection.py"))
            .arg(server.dialect.name())
            .arg(&server.place)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Python can be started");
        let mut connection = Self {
            server,
            to: driver.stdin.take().expect("it is piped"),
            from: BufReader::new(driver.stdout.take().expect("it is piped")),
            driver,
            sent: Vec::new(),
            said: Vec::new(),
        };
        connection.transaction(true);
        connection
    }

    fn transaction(&mut self, begins: bool) {
        let sql = match (self.server.dialect, begins) {
            (Dialect::Mysql | Dialect::Mariadb, true) => "SET autocommit = 0",
            (Dialect::Mysql | Dialect::Mariadb, false) => "SET autocommit = 1",
            (_, true) => "BEGIN",
            (_, false) => "COMMIT",
        };
        self.ask(sql).expect("the transaction begins or ends");
    }

    pub(super) fn ask(&mut self, sql: &str) -> Result<Answer, BindError> {
        writeln!(self.to, "{}", json!(sql)).expect("the driver is there");
        let mut line = String::new();
        self.from.read_line(&mut line).expect("the driver answers");
        let answer: Value = serde_json::from_str(&line).expect("it is JSON");
        if let Some(class) = answer["class"].as_str() {
            return Err(refusal(class, &answer));
        }
        let texts = answer["columns"].as_array().into_iter().flatten();
        let rows = answer["rows"].as_array().into_iter().flatten();
        Ok(Answer {
            columns: texts.map(text).collect(),
            rows: rows
                .map(|row| row.as_array().into_iter().flatten().map(datum).collect())
                .collect(),
            affected: answer["affected"].as_u64().unwrap_or_default(),
        })
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

impl Bind for Connection {
    fn dialect(&self) -> Dialect {
        self.server.dialect
    }

    fn execute(&mut self, sql: &str, line: usize) -> Result<Option<u64>, BindError> {
        self.query(sql, line).map(|answer| Some(answer.affected))
    }

    fn query(&mut self, sql: &str, _line: usize) -> Result<Answer, BindError> {
        if sql == "SELECT stop" {
            return Err(stop());
        }
        self.sent.push(sql.to_owned());
        self.ask(sql)
    }

    fn autocommit(&mut self, on: bool, _line: usize) -> Result<(), BindError> {
        self.transaction(!on);
        Ok(())
    }

    fn say(&mut self, line: &str) {
        self.said.push(line.to_owned());
    }

    fn stops(&mut self) -> Option<BindError> {
        self.sent.iter().any(|sql| sql == "SELECT 'busy'").then(stop)
    }

    fn schema(&mut self, _name: Option<&str>) -> Result<Schema, BindError> {
        Err(stop())
    }
}

fn stop() -> BindError {
    BindError {
        kind: BindErrorKind::Stop,
        message: "the run is to stop".to_owned(),
        code: None,
        source: None,
    }
}

fn refusal(class: &str, answer: &Value) -> BindError {
    BindError {
        kind: match class {
            "IntegrityError" => BindErrorKind::Integrity,
            "ProgrammingError" => BindErrorKind::Programming,
            "OperationalError" => BindErrorKind::Operational,
            "DataError" => BindErrorKind::Data,
            _ => BindErrorKind::Database,
        },
        message: text(&answer["message"]),
        code: answer["code"].as_str().map(str::to_owned),
        source: None,
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn datum(cell: &Value) -> Datum {
    match cell {
        Value::Null => Datum::Null,
        Value::Bool(value) => Datum::Bool(*value),
        Value::Number(number) => Datum::Int(number.as_i64().expect("it is a whole number")),
        Value::String(text) => Datum::Text(text.clone()),
        Value::Array(_) => panic!("{cell} is no value"),
        Value::Object(map) => {
            let (kind, content) = map.iter().next().expect("it has a kind");
            match kind.as_str() {
                "float" => Datum::Float(text(content).parse().expect("it is a number")),
                "decimal" => Datum::Decimal(text(content)),
                "bytes" => Datum::Bytes(STANDARD.decode(text(content)).expect("they are encoded")),
                _ => Datum::Other(text(&content[0]), text(&content[1])),
            }
        }
    }
}
