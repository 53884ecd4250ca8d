//! Random pairs of schemas on PostgreSQL and MariaDB: the laws hold of whatever is written for them. `LIMBECK_LONG=1` tries 2,000 pairs on
//! each, `LIMBECK_SEED=7` one, and `LIMBECK_SEED=100-199` some.

use std::fmt::Write as _;
use std::io::Write as _;
use std::ops::RangeInclusive;

use super::case::Case;
use super::laws;
use crate::cases::{Database, in_parallel};
use crate::laws::is_long;
use crate::laws::random::Chance;

#[test]
fn pairs_on_postgresql() {
    pairs(Database::Postgresql, 16);
}

#[test]
fn pairs_on_mariadb() {
    pairs(Database::Mariadb, 16);
}

fn pairs(database: Database, short: u64) {
    try_seeds(short, |seed| {
        let text = pair(seed, database);
        let case = Case::parse(&text).expect("it is a case");
        match laws::try_on(database, &case) {
            Ok(written) if written.starts_with("error: ") => Err(format!("{written}\n{text}")),
            Ok(_) => Ok(()),
            Err(message) => Err(format!("{message}\n{text}")),
        }
    });
}

/// Tries as many seeds as are wanted, 2,000 in the long form, or those that `LIMBECK_SEED` says.
pub(super) fn try_seeds(short: u64, try_one: impl Fn(u64) -> Result<(), String> + Sync) {
    let count = if is_long() { 2_000 } else { short };
    let seeds: Vec<u64> = chosen().unwrap_or(0..=count - 1).collect();
    let failures = in_parallel(&seeds, |seed| {
        let Err(message) = try_one(*seed) else {
            return Vec::new();
        };
        // What a test prints is kept until its end, and a long run may be cut off before.
        let first = message.lines().next().unwrap_or_default();
        let _ = writeln!(std::io::stderr(), "seed {seed}: {first}");
        vec![(*seed, message)]
    });
    let which: Vec<String> = failures.iter().map(|(seed, _)| seed.to_string()).collect();
    let shown = failures.iter().take(3);
    let shown: Vec<String> = shown
        .map(|(seed, message)| format!("seed {seed}: {message}"))
        .collect();
    assert!(
        failures.is_empty(),
        "{} of {} pairs, LIMBECK_SEED is one of {}\n{}",
        failures.len(),
        seeds.len(),
        which.join(", "),
        shown.join("\n\n")
    );
}

/// The seeds that `LIMBECK_SEED` says, as `7` or `100-199`.
fn chosen() -> Option<RangeInclusive<u64>> {
    let text = std::env::var("LIMBECK_SEED").ok()?;
    let (first, last) = text.split_once('-').unwrap_or((&text, &text));
    let number = |text: &str| text.parse().expect("LIMBECK_SEED is as 7 or 100-199");
    Some(number(first)..=number(last))
}

/// A case of two random schemas.
fn pair(seed: u64, database: Database) -> String {
    let mut random = Chance::new(seed);
    let online = if random.chance(50) { "" } else { "online: no\n" };
    let [from, to] = [(); 2].map(|()| Writer::new(&mut random, database).schema());
    format!("about: seed {seed}\nallow-drop: yes\n{online}\n=== from\n{from}\n=== to\n{to}")
}

/// A column that was written, as far as others must know it.
struct Column {
    name: &'static str,
    data_type: &'static str,
}

/// Writes one schema.
struct Writer<'a> {
    random: &'a mut Chance,
    database: Database,
    text: String,
    tables: Vec<(&'static str, Vec<Column>)>,
}

/// A type, a default, and a condition, if it has one.
type Kind = (&'static str, &'static [&'static str], Option<&'static str>);

const POSTGRESQL: &[Kind] = &[
    ("integer", &["0", "-7"], Some("> 0")),
    ("bigint", &["1"], Some("IN (1, 2, 3)")),
    ("text", &["'x'", "'it''s'", "lower('A')"], Some("<> ''")),
    ("varchar(20)", &["''"], Some("IN ('a', 'b')")),
    ("varchar(40)", &["'b'"], None),
    ("numeric(8, 2)", &["1.5"], Some(">= 0")),
    ("boolean", &["true"], None),
    ("timestamptz", &["now()"], None),
    ("jsonb", &["'{}'"], None),
    ("mood", &["'ok'"], Some("<> 'ok'")),
    ("integer[]", &["'{1,2}'"], None),
    ("positive", &["3"], None),
];

const MARIADB: &[Kind] = &[
    ("int", &["0", "-7"], Some("> 0")),
    ("bigint unsigned", &["1"], Some("IN (1, 2, 3)")),
    ("varchar(20)", &["''", "'it''s'"], Some("<> ''")),
    (
        "varchar(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
        &["'b'"],
        None,
    ),
    ("decimal(8, 2)", &["1.5"], Some(">= 0")),
    ("datetime(3)", &["current_timestamp(3)"], None),
    ("enum('a','b')", &["'a'"], None),
    ("enum('a','ok','b')", &["'ok'"], None),
    ("text", &["'x'"], None),
    ("json", &["'{}'"], None),
    ("tinyint(1)", &["1"], None),
];

impl<'a> Writer<'a> {
    fn new(random: &'a mut Chance, database: Database) -> Self {
        Self {
            random,
            database,
            text: String::new(),
            tables: Vec::new(),
        }
    }

    fn is(&self, database: Database) -> bool {
        self.database == database
    }

    fn say(&mut self, statement: &str) {
        let _ = writeln!(self.text, "{statement};");
    }

    fn schema(mut self) -> String {
        if self.is(Database::Postgresql) {
            self.types();
        }
        for table in ["t", "u", "v", "w"] {
            if self.random.chance(75) {
                self.table(table);
            }
        }
        // Models of nothing are refused.
        if self.tables.is_empty() {
            self.table("t");
        }
        for at in 0..self.tables.len() {
            for key in self.foreign_keys(at) {
                let table = self.tables[at].0;
                self.say(&format!("ALTER TABLE {table} ADD {key}"));
            }
        }
        for at in 0..self.tables.len() {
            self.indexes(at);
        }
        self.stored();
        self.text
    }

    fn types(&mut self) {
        let labels = self.random.pick(&[
            "'ok'",
            "'sad', 'ok'",
            "'ok', 'happy'",
            "'sad', 'ok', 'happy'",
            "'happy', 'ok'",
        ]);
        self.say(&format!("CREATE TYPE mood AS ENUM ({labels})"));
        let check = self.random.pick(&["> 0", "> 1", "IS NOT NULL"]);
        self.say(&format!(
            "CREATE DOMAIN positive AS integer CONSTRAINT positive_check CHECK (VALUE {check})"
        ));
        if self.random.chance(30) {
            let step = self.random.pick(&["1", "5"]);
            self.say(&format!("CREATE SEQUENCE numbers INCREMENT BY {step}"));
        }
    }

    fn kinds(&self) -> &'static [Kind] {
        match self.database {
            Database::Postgresql => POSTGRESQL,
            Database::Mariadb | Database::Sqlite => MARIADB,
        }
    }

    fn table(&mut self, table: &'static str) {
        let (id, end) = match self.database {
            Database::Postgresql => {
                let ids = [
                    "id integer PRIMARY KEY",
                    "id serial PRIMARY KEY",
                    "id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
                ];
                (
                    self.random.pick(&ids),
                    self.random.pick(&["", "", " WITH (fillfactor=70)"]),
                )
            }
            Database::Mariadb | Database::Sqlite => {
                let id = self
                    .random
                    .pick(&["id int PRIMARY KEY", "id int AUTO_INCREMENT PRIMARY KEY"]);
                (id, self.random.pick(&["", "", " COMMENT 'told'"]))
            }
        };
        let (mut lines, mut columns) = (
            vec![id.to_owned()],
            vec![Column {
                name: "id",
                data_type: "int",
            }],
        );
        let mut checks = Vec::new();
        for name in ["a", "b", "c", "d"] {
            if self.random.chance(65) {
                let (line, data_type) = self.column(table, name, end.contains("STRICT"));
                let (line, check) = line.split_once(", CONSTRAINT ").unwrap_or((&line, ""));
                lines.push(line.to_owned());
                checks.extend((!check.is_empty()).then(|| format!("CONSTRAINT {check}")));
                columns.push(Column { name, data_type });
            }
        }
        lines.extend(checks);
        let plain: Vec<&str> = columns
            .iter()
            .filter(|column| self.can_be_indexed(column))
            .map(|column| column.name)
            .collect();
        if self.random.chance(30) && plain.len() > 1 {
            let of = plain[1 + self.random.below(plain.len() - 1)];
            lines.push(format!("CONSTRAINT uq_{table}_{of} UNIQUE ({of}, id)"));
        }
        self.tables.push((table, columns));
        self.say(&format!("CREATE TABLE {table} ({}){end}", lines.join(", ")));
        if self.is(Database::Postgresql) && self.random.chance(20) {
            let words = self.random.pick(&["one", "two"]);
            self.say(&format!("COMMENT ON TABLE {table} IS '{words}'"));
        }
    }

    fn column(&mut self, table: &str, name: &'static str, strict: bool) -> (String, &'static str) {
        let kinds = self.kinds();
        let mut kind = kinds[self.random.below(kinds.len())];
        if strict {
            kind = kinds[[0, 1, 4, 5][self.random.below(4)]];
        }
        let (data_type, defaults, condition) = kind;
        let mut line = format!("{name} {data_type}");
        if self.random.chance(12) {
            let number = self.random.pick(&["1", "2"]);
            let (generated, data_type) = match self.database {
                Database::Postgresql => (
                    format!("{name} integer GENERATED ALWAYS AS (id + {number}) STORED"),
                    "integer",
                ),
                Database::Mariadb if self.random.chance(50) => {
                    (format!("{name} int AS (40 + {number}) VIRTUAL"), "int")
                }
                Database::Mariadb | Database::Sqlite => {
                    (format!("{name} int AS (40 + {number}) STORED"), "int")
                }
            };
            return (generated, data_type);
        }
        if self.random.chance(40) {
            let default = self.random.pick(defaults);
            // `'ok'` is the one label that every mood has.
            let _ = write!(line, " DEFAULT {default}");
        }
        if self.random.chance(35) {
            line.push_str(" NOT NULL");
        }
        if self.is(Database::Mariadb) && self.random.chance(15) {
            line.push_str(" COMMENT 'it''s'");
        }
        if let Some(condition) = condition.filter(|_| self.random.chance(25)) {
            let _ = write!(line, ", CONSTRAINT ck_{table}_{name} CHECK ({name} {condition})");
        }
        (line, data_type)
    }

    fn can_be_indexed(&self, column: &Column) -> bool {
        !["json", "text"].contains(&column.data_type) || !self.is(Database::Mariadb)
    }

    fn foreign_keys(&mut self, at: usize) -> Vec<String> {
        let table = self.tables[at].0;
        let others: Vec<&str> = self.tables.iter().map(|(name, _)| *name).collect();
        let mut keys = Vec::new();
        for other in others {
            if self.random.chance(25) {
                let action = self
                    .random
                    .pick(&["", " ON DELETE CASCADE", " ON DELETE RESTRICT"]);
                keys.push(format!(
                    "CONSTRAINT fk_{table}_{other} FOREIGN KEY (id) REFERENCES {other} (id){action}"
                ));
            }
        }
        keys
    }

    fn indexes(&mut self, at: usize) {
        let table = self.tables[at].0;
        let columns: Vec<&str> = self.tables[at]
            .1
            .iter()
            .skip(1)
            .filter(|column| self.can_be_indexed(column))
            .map(|column| column.name)
            .collect();
        for column in columns {
            if !self.random.chance(30) {
                continue;
            }
            let unique = self.random.pick(&["", "", "UNIQUE "]);
            let order = self.random.pick(&["", " DESC"]);
            let partial = match self.database {
                Database::Mariadb => "",
                _ => self.random.pick(&["", "", " WHERE id > 10", " WHERE id > 20"]),
            };
            let second = self.random.pick(&["", ", id"]);
            self.say(&format!(
                "CREATE {unique}INDEX ix_{table}_{column} ON {table} ({column}{order}{second}){partial}"
            ));
        }
    }

    /// Views, functions and triggers.
    fn stored(&mut self) {
        let mut views: Vec<String> = Vec::new();
        for at in 0..self.tables.len() {
            if !self.random.chance(40) {
                continue;
            }
            let (table, columns) = &self.tables[at];
            let column = columns[self.random.below(columns.len())].name;
            let view = format!("{table}_view");
            let statement = format!(
                "CREATE VIEW {view} AS SELECT id, {column} AS it FROM {table} WHERE id > {}",
                self.random.below(2)
            );
            self.say(&statement);
            views.push(view);
        }
        if let [first, .., last] = views.as_slice()
            && self.random.chance(50)
        {
            self.say(&format!(
                "CREATE VIEW both_views AS SELECT a.id, b.it FROM {first} a JOIN {last} b ON a.id = b.id"
            ));
        }
        let Some((table, _)) = self.tables.first() else {
            return;
        };
        if !self.random.chance(40) {
            return;
        }
        let (table, number) = (*table, self.random.below(3));
        match self.database {
            Database::Postgresql => {
                self.say(&format!(
                    "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.id := {number}; RETURN NEW; END$$"
                ));
                self.say(&format!("CREATE TRIGGER touched BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION touch()"));
            }
            Database::Mariadb | Database::Sqlite => self.say(&format!(
                "CREATE TRIGGER touched BEFORE UPDATE ON {table} FOR EACH ROW BEGIN SET NEW.id = {number}; END"
            )),
        }
    }
}
