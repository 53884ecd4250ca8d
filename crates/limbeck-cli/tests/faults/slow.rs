//! Statements that take long, in a revision behind the history.

use limbeck::database::Connection;

use super::outcome::{Outcome, finish};
use super::world::{Place, World};
use crate::session::Database;

/// A statement that takes long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slow {
    /// It reads, within a transaction.
    Query,
    /// MariaDB: it makes a table, and commits by itself.
    Table,
    /// PostgreSQL: it makes an index outside a transaction, and waits until nobody writes.
    Index,
}

impl Slow {
    /// Those that a database has.
    pub(super) fn kinds(database: Database) -> &'static [Self] {
        match database {
            Database::Sqlite => &[Self::Query],
            Database::Postgresql => &[Self::Query, Self::Index],
            Database::Mariadb => &[Self::Query, Self::Table],
        }
    }

    /// A world at the end of the history.
    pub(super) fn world(self, database: Database) -> World {
        let world = World::new(Place::shared(database));
        finish(&world, "undisturbed");
        world
    }

    /// What a run leaves in which the statement does not take long.
    pub(super) fn undisturbed(self, database: Database) -> Outcome {
        let world = self.world(database);
        self.append(&world, 0);
        Outcome::of(&world)
    }

    /// Appends a revision whose statement takes about so many seconds, as far as it does not wait for what [`Slow::hold`]
    /// holds.
    pub(super) fn append(self, world: &World, seconds: u32) {
        let steps = u64::from(seconds) * 10_000_000;
        let (mark, statements) = match self {
            Self::Query => (
                "",
                [
                    "-- limbeck:upgrade sqlite".to_owned(),
                    format!(
                        "WITH RECURSIVE slow (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM slow LIMIT {steps}) SELECT count(*) \
                         FROM slow;"
                    ),
                    "-- limbeck:upgrade postgresql".to_owned(),
                    format!("SELECT pg_sleep({seconds}) AS slow;"),
                    "-- limbeck:upgrade mariadb".to_owned(),
                    format!("UPDATE accounts SET balance = balance + 1 + SLEEP({seconds}) WHERE id = 1;"),
                ]
                .join("\n"),
            ),
            Self::Table => ("", format!("CREATE TABLE slow AS SELECT SLEEP({seconds}) AS slept;")),
            Self::Index => (
                " autocommit",
                "CREATE INDEX CONCURRENTLY slow ON accounts (balance);".to_owned(),
            ),
        };
        world.append(&format!(
            "-- limbeck:upgrade all\nINSERT INTO audit VALUES ('009: before');\n-- limbeck:upgrade{mark}{}\n{statements}\n\
             -- limbeck:upgrade all\nINSERT INTO audit VALUES ('009: behind');",
            if self == Self::Query { " mysql" } else { " all" },
        ));
    }

    /// Holds what the statement waits for, until it is dropped.
    pub(super) fn hold(self, world: &World) -> Option<Box<dyn Connection>> {
        (self == Self::Index).then(|| {
            let mut connection = world.connect();
            connection
                .execute_many(&["BEGIN", "UPDATE accounts SET balance = balance WHERE id = 1"])
                .expect("nobody else wants the row");
            connection
        })
    }

    /// Whether the server is at it.
    pub(super) fn is_running(self, world: &World) -> bool {
        let sql = match world.database {
            // Nobody can tell but the process, whose own processor it is.
            Database::Sqlite => return false,
            Database::Postgresql => {
                "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' AND query LIKE \
                 '%slow%' AND pid <> pg_backend_pid()"
            }
            Database::Mariadb => {
                "SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND info LIKE '%SLEEP%' AND id <> \
                 CONNECTION_ID()"
            }
        };
        !world.connect().query(sql).expect("everybody may look").is_empty()
    }
}
