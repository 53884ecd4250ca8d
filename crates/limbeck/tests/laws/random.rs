//! Histories made at random.
//!
//! A seed makes one history; a failure names it. `LIMBECK_LONG=1` makes more and longer ones.

use super::history::History;
use super::{check, is_long};
use crate::cases::{Database, in_parallel};

#[test]
fn random_histories() {
    let (count, revisions) = if is_long() { (60, 24) } else { (3, 7) };
    let histories: Vec<(History, Database)> = (1..=count)
        .flat_map(|seed| Database::ALL.map(|database| (random(seed, revisions, database), database)))
        .collect();
    let failures = in_parallel(&histories, |(history, database)| {
        let named = |message: String| {
            let files: String = history
                .files
                .iter()
                .map(|(path, bytes)| format!("=== file {path}\n{}", String::from_utf8_lossy(bytes)))
                .collect();
            format!("{} on {}: {message}\n{files}", history.name, database.name())
        };
        check(history, *database).err().map(named).into_iter().collect()
    });
    assert!(
        failures.is_empty(),
        "{} of {} failed:\n{}",
        failures.len(),
        histories.len(),
        failures.join("\n")
    );
}

/// A table of the history: how many columns it has besides its key, and whether it has an index.
struct Table {
    name: String,
    columns: usize,
    is_indexed: bool,
}

fn random(seed: u64, revisions: usize, database: Database) -> History {
    let mut chance = Chance::new(seed);
    let mut tables: Vec<Table> = Vec::new();
    let mut files = Vec::new();
    for number in 1..=revisions {
        let mut up = String::new();
        let mut downs = Vec::new();
        for _ in 0..=chance.below(3) {
            let (forth, back) = change(&mut chance, &mut tables, database);
            up.push_str(&forth);
            downs.push(back);
        }
        let down: String = downs.into_iter().rev().collect();
        let text = format!("-- limbeck:upgrade\n{up}\n-- limbeck:downgrade\n{down}");
        files.push((format!("migrations/{number:03}_random.sql"), text.into_bytes()));
    }
    History {
        name: format!("the random history of seed {seed}"),
        shows_the_graph: true,
        databases: vec![database],
        files,
    }
}

/// A change and what takes it back.
fn change(chance: &mut Chance, tables: &mut Vec<Table>, database: Database) -> (String, String) {
    let next = tables.len();
    if tables.is_empty() || chance.below(4) == 0 {
        let name = format!("t{next}");
        tables.push(Table {
            name: name.clone(),
            columns: 0,
            is_indexed: false,
        });
        let forth = format!(
            "CREATE TABLE {name} (id INTEGER NOT NULL PRIMARY KEY, label VARCHAR(40) DEFAULT 'it''s; ü');\n"
        );
        return (forth, format!("DROP TABLE {name};\n"));
    }
    let at = chance.below(tables.len());
    let table = &mut tables[at];
    let name = table.name.clone();
    match chance.below(5) {
        0 if !table.is_indexed => {
            table.is_indexed = true;
            let forth = format!("CREATE INDEX ix_{name} ON {name} (label);\n");
            let of = if database == Database::Mariadb {
                format!(" ON {name}")
            } else {
                String::new()
            };
            (forth, format!("DROP INDEX ix_{name}{of};\n"))
        }
        1 | 2 => {
            let column = format!("c{}", table.columns);
            table.columns += 1;
            (
                format!(
                    "ALTER TABLE {name} ADD COLUMN {column} INTEGER DEFAULT {};\n",
                    chance.below(100)
                ),
                format!("ALTER TABLE {name} DROP COLUMN {column};\n"),
            )
        }
        3 => {
            let id = 1 + chance.next() % 1_000_000_000;
            (
                format!("INSERT INTO {name} (id, label) VALUES ({id}, '-- no comment /* ; */ %s');\n"),
                format!("DELETE FROM {name} WHERE id = {id};\n"),
            )
        }
        _ => {
            let view = format!("v{}_{}", at, chance.next() % 1_000_000_000);
            (
                format!("CREATE VIEW {view} AS SELECT id, label FROM {name};\n"),
                format!("DROP VIEW {view};\n"),
            )
        }
    }
}

/// A small generator (xorshift), so that a seed gives the same history everywhere and always.
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(limit).expect("it is small")).expect("it is small")
    }

    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub(crate) fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }
}
