//! Pairs of SQLite's schemas made at random, with rows in them: the laws hold for what is written for any of them.
//!
//! A seed makes one pair; a failure names it. `LIMBECK_LONG=1` tries 2,000 pairs, `LIMBECK_SEED` those that it says.

use limbeck::database::{self, Connection, Options, Url};

use super::case::Case;
use super::laws;
use super::random::try_seeds;
use crate::cases::Database;
use crate::laws::random::Chance;

#[test]
fn random_schemas_of_sqlite() {
    try_seeds(60, |seed| {
        let text = case(seed);
        let case = Case::parse(&text).expect("it is a case");
        match laws::try_on(Database::Sqlite, &case) {
            Err(message) if !may_be(&message) => Err(format!("{message}\n{text}")),
            _ => Ok(()),
        }
    });
}

/// Whether rows do not fit, there or back: then nothing is changed, and that is right.
fn may_be(message: &str) -> bool {
    let first = message.lines().next().unwrap_or_default();
    let why = ["constraint failed", "cannot store", "datatype mismatch"];
    first.contains("grade fails: ") && why.iter().any(|why| first.contains(why))
}

fn case(seed: u64) -> String {
    let mut chance = Chance::new(seed);
    let from = Maker::new(&mut chance, Vec::new()).schema();
    // Half of the statements stay, so that most of a table or view is the same.
    let kept = from.iter().filter(|_| chance.below(2) == 0).cloned().collect();
    let to = Maker::new(&mut chance, kept).schema();
    let rows = rows(&mut chance, &from);
    let tables = |ddl: &[String]| {
        let mut connection = made(ddl);
        let sql =
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name";
        values(connection.as_mut(), sql)
    };
    let there = tables(&to);
    let both = tables(&from).into_iter().filter(|table| there.contains(table));
    let kept: Vec<String> = both
        .map(|table| format!("SELECT count(*) FROM \"{table}\""))
        .collect();
    let section = |name: &str, statements: &[String]| format!("=== {name}\n{};\n\n", statements.join(";\n"));
    format!(
        "only: sqlite\nallow-drop: yes\n\n{}{}{}=== kept\n{}\n",
        section("from", &from),
        section("to", &to),
        section("rows", &rows),
        kept.join("\n")
    )
}

/// A database in memory that statements made.
fn made(ddl: &[String]) -> Box<dyn Connection> {
    let url = Url::parse("sqlite://").expect("it is a URL");
    let mut connection = database::connect(&url, &Options::default()).expect("there is memory");
    connection
        .execute("PRAGMA foreign_keys = OFF")
        .expect("it can be set");
    for statement in ddl {
        connection.execute(statement).expect("it was tried");
    }
    connection
}

fn values(connection: &mut dyn Connection, sql: &str) -> Vec<String> {
    let rows = connection.query(sql).expect("it can be asked");
    rows.into_iter().flatten().flatten().collect()
}

/// Statements that fill the tables, as far as random values fit.
fn rows(chance: &mut Chance, ddl: &[String]) -> Vec<String> {
    let mut connection = made(ddl);
    let tables = "SELECT l.name, group_concat('\"' || c.name || '\"'), count(*) FROM pragma_table_list l JOIN \
                  pragma_table_xinfo(l.name) c WHERE l.schema = 'main' AND l.type = 'table' AND l.name NOT LIKE 'sqlite%' AND \
                  c.hidden = 0 GROUP BY l.name";
    let mut rows = vec!["PRAGMA foreign_keys = OFF".to_owned()];
    for table in connection.query(tables).expect("they can be asked") {
        let [Some(table), Some(columns), Some(count)] =
            <[Option<String>; 3]>::try_from(table).unwrap_or_default()
        else {
            continue;
        };
        for _ in 0..3 {
            let values: Vec<&str> = (0..count.parse().unwrap_or_default())
                .map(|_| chance.pick(&["NULL", "1", "2", "3.5", "'x'", "'12'", "x'41'", "'Abc '"]))
                .collect();
            let row = format!(
                "INSERT OR IGNORE INTO \"{table}\" ({columns}) VALUES ({})",
                values.join(", ")
            );
            if connection.execute(&row).is_ok() {
                rows.push(row);
            }
        }
    }
    rows
}

/// Makes a schema, statement by statement: what SQLite takes is in it.
struct Maker<'a> {
    chance: &'a mut Chance,
    connection: Box<dyn Connection>,
    taken: Vec<String>,
}

const COLUMNS: [&str; 5] = ["a", "b", "c", "d", "\"e f\""];

impl<'a> Maker<'a> {
    fn new(chance: &'a mut Chance, kept: Vec<String>) -> Self {
        let mut maker = Self {
            chance,
            connection: made(&[]),
            taken: Vec::new(),
        };
        kept.into_iter().for_each(|statement| maker.take(statement));
        maker
    }

    fn take(&mut self, statement: String) {
        if self.connection.execute(&statement).is_ok() {
            self.taken.push(statement);
        }
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.chance.below(count) == 0
    }

    fn pick<'b>(&mut self, choices: &[&'b str]) -> &'b str {
        self.chance.pick(choices)
    }

    /// What SQLite takes, but for what can't be read or altered then.
    fn schema(mut self) -> Vec<String> {
        for table in ["alpha", "beta", "\"order\""] {
            if !self.one_in(4) {
                let statement = self.table(table);
                self.take(statement);
            }
        }
        for index in ["i1", "i2", "i3"] {
            let (table, column) = (self.pick(&["alpha", "beta", "\"order\""]), self.pick(&COLUMNS));
            let what = self
                .pick(&["{}", "{} DESC", "lower({})", "{} COLLATE NOCASE"])
                .replace("{}", column);
            let unique = self.pick(&["", "UNIQUE "]);
            let end = self
                .pick(&["", "", " WHERE {} IS NOT NULL"])
                .replace("{}", column);
            self.take(format!("CREATE {unique}INDEX {index} ON {table} ({what}){end}"));
        }
        for view in ["v1", "v2"] {
            let (of, column) = (self.pick(&["alpha", "beta", "v1"]), self.pick(&["a", "b", "*"]));
            self.take(format!("CREATE VIEW {view} AS SELECT {column} FROM {of}"));
        }
        for trigger in ["g1", "g2"] {
            let (of, other) = (self.pick(&["alpha", "beta"]), self.pick(&["alpha", "\"order\""]));
            let (when, column) = (
                self.pick(&["INSERT", "DELETE", "UPDATE OF a"]),
                self.pick(&COLUMNS),
            );
            self.take(format!(
                "CREATE TRIGGER {trigger} AFTER {when} ON {of} BEGIN DELETE FROM {other} WHERE {column} = 1; END"
            ));
        }
        let number = self.pick(&["1", "2"]);
        self.take(format!(
            "CREATE TRIGGER gv INSTEAD OF INSERT ON v1 BEGIN SELECT {number}; END"
        ));
        self.sound()
    }

    /// The statements without views and triggers, where one of those names what is not there.
    fn sound(self) -> Vec<String> {
        let mut connection = made(&self.taken);
        connection
            .execute("CREATE TABLE probe (a, b)")
            .expect("the name is free");
        // It looks at all of them.
        if connection.execute("ALTER TABLE probe DROP COLUMN b").is_ok() {
            return self.taken;
        }
        let is_object = |statement: &String| {
            statement.starts_with("CREATE VIEW") || statement.starts_with("CREATE TRIGGER")
        };
        self.taken
            .into_iter()
            .filter(|statement| !is_object(statement))
            .collect()
    }

    fn table(&mut self, name: &str) -> String {
        let count = 1 + self.chance.below(COLUMNS.len());
        let first = self.chance.below(COLUMNS.len());
        let columns: Vec<&str> = (0..count)
            .map(|at| COLUMNS[(first + at) % COLUMNS.len()])
            .collect();
        let strict = self.one_in(5);
        let mut lines = Vec::new();
        for (at, column) in columns.iter().enumerate() {
            let line = self.column(column, (at > 0).then(|| columns[at - 1]), strict);
            lines.push(line);
        }
        let (one, other) = (columns[0], columns[count - 1]);
        if self.one_in(3) {
            lines.push(format!(
                "{}PRIMARY KEY ({one}, {other})",
                self.pick(&["", "CONSTRAINT pk "])
            ));
        }
        if self.one_in(3) {
            lines.push(format!(
                "{}UNIQUE ({other}, {one})",
                self.pick(&["", "CONSTRAINT u "])
            ));
        }
        if self.one_in(3) {
            let value = self.pick(&["0", "1"]);
            lines.push(format!(
                "{}CHECK ({one} IS NOT {value})",
                self.pick(&["", "CONSTRAINT ck "])
            ));
        }
        let options = match (strict, self.one_in(4)) {
            (true, true) => " STRICT, WITHOUT ROWID",
            (true, false) => " STRICT",
            (false, true) => " WITHOUT ROWID",
            (false, false) => "",
        };
        format!("CREATE TABLE {name} ({}){options}", lines.join(", "))
    }

    fn column(&mut self, name: &str, before: Option<&str>, strict: bool) -> String {
        let data_type = if strict {
            self.pick(&["INT", "INTEGER", "TEXT", "REAL", "BLOB", "ANY"])
        } else {
            self.pick(&[
                "INT",
                "INTEGER",
                "TEXT",
                "VARCHAR(20)",
                "REAL",
                "NUMERIC(10,2)",
                "",
            ])
        };
        let mut text = format!("{name} {data_type}");
        let mut add = |chance: usize, choices: &[&str]| {
            if self.chance.below(chance) == 0 {
                text.push(' ');
                text.push_str(self.chance.pick(choices));
            }
        };
        add(
            8,
            &[
                "PRIMARY KEY",
                "CONSTRAINT pk PRIMARY KEY",
                "PRIMARY KEY AUTOINCREMENT",
                "PRIMARY KEY DESC",
            ],
        );
        add(3, &["NOT NULL", "NOT NULL ON CONFLICT IGNORE"]);
        add(4, &["COLLATE NOCASE", "COLLATE RTRIM"]);
        add(6, &["UNIQUE", "UNIQUE ON CONFLICT REPLACE"]);
        add(
            6,
            &[
                "REFERENCES alpha ON DELETE CASCADE",
                "REFERENCES beta (a) ON DELETE SET NULL",
            ],
        );
        match before {
            Some(before) if self.one_in(6) => {
                let kept = self.pick(&["STORED", "VIRTUAL", ""]);
                text.push_str(&format!(" AS ({before} || 'x') {kept}"));
            }
            _ if self.one_in(3) => {
                let value = self.pick(&["1", "'x'", "(1 + 1)", "NULL", "-2.5", "CURRENT_TIMESTAMP"]);
                text.push_str(&format!(" DEFAULT {value}"));
            }
            _ => {}
        }
        text
    }
}
