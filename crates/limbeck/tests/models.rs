//! `check` and `compare`: what differs between a database and a schema that is told.

mod autogenerate;
mod cache;
#[cfg(feature = "diesel")]
mod diesel;
mod imported_once;
mod recipes;
mod sources;
mod sqlalchemy;
mod tables;

use std::path::{Path, PathBuf};

use limbeck::{CompareOptions, Difference, Error, Migrator, SchemaSource};

use crate::cases::{Database, World};

/// A database that statements made, and a file with a schema.
struct Sides {
    world: World,
}

impl Sides {
    fn new(database: Database, live: &[&str], models: &str) -> Self {
        let world = World::new(database);
        let mut connection = world.connect();
        for sql in live {
            connection.execute(sql).expect("the server takes it");
        }
        let sides = Self { world };
        sides.models(models);
        sides
    }

    fn models(&self, text: &str) {
        self.world.write("schema.sql", text.as_bytes());
    }

    fn live(&self) -> SchemaSource {
        SchemaSource::Database(self.world.url.clone())
    }

    fn told(&self) -> SchemaSource {
        SchemaSource::Sql(self.file())
    }

    fn file(&self) -> PathBuf {
        self.world.path("schema.sql")
    }

    fn compare_with(&self, options: &CompareOptions) -> Result<Vec<Difference>, Error> {
        Migrator::new("nowhere").compare(&self.live(), &self.told(), options)
    }

    fn compare(&self) -> Vec<String> {
        lines(
            &self
                .compare_with(&CompareOptions::default())
                .expect("they can be compared"),
        )
    }
}

/// What an upgrade would have to do, a line each.
fn lines(differences: &[Difference]) -> Vec<String> {
    let line = |difference: &Difference| {
        let sign = match (&difference.before, &difference.after) {
            (None, _) => '+',
            (_, None) => '-',
            _ => '~',
        };
        format!("{sign} {}", difference.object)
    };
    differences.iter().map(line).collect()
}

const USERS: &str =
    "CREATE TABLE users (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(50) NOT NULL, age INTEGER)";
const POSTS: &str =
    "CREATE TABLE posts (id INTEGER NOT NULL PRIMARY KEY, author INTEGER NOT NULL, title VARCHAR(50))";

/// Compares what two lists of statements make, both ways.
fn check_on(database: Database, live: &[&str], models: &[&str], expected: &[&str]) {
    let sides = Sides::new(database, live, &(models.join(";\n") + ";"));
    assert_eq!(sides.compare(), expected, "on {}: {models:?}", database.name());
    let reverse = Migrator::new("nowhere").compare(&sides.told(), &sides.live(), &CompareOptions::default());
    let reverse = lines(&reverse.expect("they can be compared"));
    let turned: Vec<String> = expected
        .iter()
        .map(|line| match line.split_at(1) {
            ("+", rest) => format!("-{rest}"),
            ("-", rest) => format!("+{rest}"),
            _ => (*line).to_owned(),
        })
        .collect();
    assert_eq!(
        reverse,
        turned,
        "on {}, the other way: {models:?}",
        database.name()
    );
}

fn check(live: &[&str], models: &[&str], expected: &[&str]) {
    for database in Database::ALL {
        check_on(database, live, models, expected);
    }
}

#[test]
fn what_is_written_otherwise_and_means_the_same_is_no_difference() {
    check(
        &[
            USERS,
            "ALTER TABLE users ADD COLUMN email VARCHAR(50) DEFAULT 'a@b' NOT NULL",
            "CREATE UNIQUE INDEX ix_users_email ON users (email)",
        ],
        &[
            "-- the users\ncreate table users (\n  email character varying(50) not null default 'a@b',\n  id int primary key not null,\n \
             name varchar(50) not null, age int)"
                .replace("character varying", "varchar")
                .replace("id int ", "id integer ")
                .replace("age int", "age integer")
                .as_str(),
            "create unique index ix_users_email on users (email)",
        ],
        &[],
    );
    // What the server itself brings into one shape.
    for database in [Database::Postgresql, Database::Mariadb] {
        check_on(
            database,
            &[
                "CREATE TABLE a (id INT PRIMARY KEY, b DECIMAL(6, 2) DEFAULT 1, CONSTRAINT c CHECK (b IN (1, 2)))",
            ],
            &[
                "CREATE TABLE a (b NUMERIC(6,2) DEFAULT 1, id INTEGER NOT NULL, PRIMARY KEY (id), CONSTRAINT c CHECK (b in (1,2)))",
            ],
            &[],
        );
    }
}

#[test]
fn tables() {
    check(&[USERS], &[USERS, POSTS], &["+ table posts"]);
    check(&[USERS, POSTS], &[USERS], &["- table posts"]);
}

#[test]
fn a_table_says_what_belongs_to_it() {
    check(
        &[USERS, POSTS, "CREATE INDEX ix_posts_title ON posts (title)"],
        &[USERS],
        &["- table posts"],
    );
}

#[test]
fn columns() {
    let with = |column: &str| USERS.replace("age INTEGER", column);
    check(
        &[USERS],
        &[&with("age INTEGER, email VARCHAR(50)")],
        &["+ column users.email"],
    );
    check(
        &[USERS],
        &["CREATE TABLE users (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(50) NOT NULL)"],
        &["- column users.age"],
    );
    check(&[USERS], &[&with("age BIGINT")], &["~ column users.age"]);
    check(
        &[USERS],
        &[&with("age INTEGER NOT NULL")],
        &["~ column users.age"],
    );
    check(
        &[USERS],
        &[&with("age INTEGER DEFAULT 7")],
        &["~ column users.age"],
    );
    check(
        &[&with("age INTEGER DEFAULT 7")],
        &[&with("age INTEGER DEFAULT 8")],
        &["~ column users.age"],
    );
    check(
        &[USERS],
        &[&USERS.replace("(50)", "(60)")],
        &["~ column users.name"],
    );
}

#[test]
fn indexes() {
    let index = "CREATE INDEX ix ON users (name)";
    check(&[USERS], &[USERS, index], &["+ index ix of users"]);
    check(&[USERS, index], &[USERS], &["- index ix of users"]);
    check(
        &[USERS, index],
        &[USERS, "CREATE UNIQUE INDEX ix ON users (name)"],
        &["~ index ix of users"],
    );
    check(
        &[USERS, index],
        &[USERS, "CREATE INDEX ix ON users (name, age)"],
        &["~ index ix of users"],
    );
}

#[test]
fn constraints() {
    let with = |constraint: &str| USERS.replace("age INTEGER", &format!("age INTEGER, {constraint}"));
    check(
        &[USERS],
        &[&with("CONSTRAINT ck CHECK (age > 0)")],
        &["+ constraint ck of users"],
    );
    check(
        &[&with("CONSTRAINT ck CHECK (age > 0)")],
        &[&with("CONSTRAINT ck CHECK (age > 1)")],
        &["~ constraint ck of users"],
    );
    for database in Database::ALL {
        // MySQL's unique constraints are indexes.
        let kind = if database == Database::Mariadb {
            "index"
        } else {
            "constraint"
        };
        let line = format!("+ {kind} uq of users");
        check_on(
            database,
            &[USERS],
            &[&with("CONSTRAINT uq UNIQUE (name)")],
            &[&line],
        );
    }
}

#[test]
fn foreign_keys() {
    let with = |action: &str| {
        let key =
            format!("title VARCHAR(50), CONSTRAINT fk FOREIGN KEY (author) REFERENCES users (id){action}");
        POSTS.replace("title VARCHAR(50)", &key)
    };
    for database in Database::ALL {
        let added: &[&str] = match database {
            // The server makes the index that it needs.
            Database::Mariadb => &["+ constraint fk of posts", "+ index fk of posts"],
            _ => &["+ constraint fk of posts"],
        };
        check_on(database, &[USERS, POSTS], &[USERS, &with("")], added);
        check_on(
            database,
            &[USERS, &with("")],
            &[USERS, &with(" ON DELETE CASCADE")],
            &["~ constraint fk of posts"],
        );
    }
}

#[test]
fn views() {
    let view = "CREATE VIEW v AS SELECT name FROM users";
    check(&[USERS], &[USERS, view], &["+ view v"]);
    check(&[USERS, view], &[USERS], &["- view v"]);
    check(
        &[USERS, view],
        &[USERS, "CREATE VIEW v AS SELECT name FROM users WHERE age > 1"],
        &["~ view v"],
    );
}

#[test]
fn triggers() {
    check_on(
        Database::Sqlite,
        &[USERS],
        &[
            USERS,
            "CREATE TRIGGER g AFTER INSERT ON users BEGIN DELETE FROM users WHERE age < 0; END",
        ],
        &["+ trigger g of users"],
    );
    check_on(
        Database::Mariadb,
        &[USERS],
        &[
            USERS,
            "CREATE TRIGGER g BEFORE INSERT ON users FOR EACH ROW SET NEW.age = 1",
        ],
        &["+ trigger g of users"],
    );
    let function = |value: &str| {
        format!(
            "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.age = {value}; RETURN NEW; END'"
        )
    };
    let trigger = "CREATE TRIGGER g BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION f()";
    check_on(
        Database::Postgresql,
        &[USERS, &function("1")],
        &[USERS, &function("2"), trigger],
        &["~ function f()", "+ trigger g of users"],
    );
}

#[test]
fn postgresql_has_more() {
    let statements = [
        "CREATE SCHEMA app",
        "CREATE TYPE app.state AS ENUM ('new', 'done')",
        "CREATE TABLE app.jobs (id BIGSERIAL PRIMARY KEY, state app.state NOT NULL, at TIMESTAMPTZ DEFAULT now())",
        "CREATE TABLE logs (id INT) PARTITION BY RANGE (id)",
        "CREATE TABLE logs_1 PARTITION OF logs FOR VALUES FROM (0) TO (10)",
        "COMMENT ON COLUMN app.jobs.state IS 'where it is'",
    ];
    check_on(Database::Postgresql, &statements, &statements, &[]);
    // Partitions come and go with the data.
    let mut without = statements.to_vec();
    without.remove(4);
    check_on(Database::Postgresql, &statements, &without, &[]);
    let mut other = statements.to_vec();
    other[1] = "CREATE TYPE app.state AS ENUM ('new', 'old', 'done')";
    check_on(Database::Postgresql, &statements, &other, &["~ type app.state"]);
    check_on(
        Database::Postgresql,
        &statements[3..4],
        &statements[..4],
        &["+ schema app", "+ table app.jobs", "+ type app.state"],
    );
}

#[test]
fn row_level_security() {
    let policy = [
        "ALTER TABLE users ENABLE ROW LEVEL SECURITY",
        "CREATE POLICY p ON users USING (age > 0)",
    ];
    check_on(
        Database::Postgresql,
        &[USERS],
        &[USERS, policy[0], policy[1]],
        &["+ policy p of users", "+ row level security of users"],
    );
}

#[test]
fn extensions_are_there_for_the_models_too() {
    let live = [
        "CREATE SCHEMA ext",
        "CREATE EXTENSION pg_trgm SCHEMA ext",
        "CREATE TABLE a (name TEXT)",
        "CREATE INDEX i ON a USING gin (name ext.gin_trgm_ops)",
    ];
    check_on(Database::Postgresql, &live, &live[2..], &[]);
    check_on(Database::Postgresql, &live, &live, &[]);
    check_on(
        Database::Postgresql,
        &live[..0],
        &live[..2],
        &["+ extension pg_trgm", "+ schema ext"],
    );
}

#[test]
fn privileges_and_owners_are_no_matter_of_models() {
    check_on(
        Database::Postgresql,
        &[
            USERS,
            "GRANT SELECT ON users TO PUBLIC",
            "GRANT UPDATE (name) ON users TO PUBLIC",
            "CREATE PUBLICATION p FOR ALL TABLES",
            "ALTER TABLE users REPLICA IDENTITY FULL",
        ],
        &[USERS],
        &[],
    );
    check_on(
        Database::Mariadb,
        &[
            USERS,
            "CREATE DEFINER = 'somebody'@'else' VIEW v AS SELECT name FROM users",
        ],
        &[USERS, "CREATE VIEW v AS SELECT name FROM users"],
        &[],
    );
}

#[test]
fn what_is_ignored_is_not_told() {
    for database in Database::ALL {
        let sides = Sides::new(
            database,
            &[
                USERS,
                "CREATE TABLE legacy_a (id INTEGER)",
                "CREATE TABLE legacy_b (id INTEGER)",
                "CREATE INDEX tmp_1 ON users (age)",
            ],
            &format!("{USERS};\nCREATE TABLE legacy_b (id BIGINT);"),
        );
        let ignore = |patterns: &[&str]| CompareOptions {
            ignore: patterns.iter().map(ToString::to_string).collect(),
            ..CompareOptions::default()
        };
        let told = |patterns: &[&str]| {
            lines(
                &sides
                    .compare_with(&ignore(patterns))
                    .expect("they can be compared"),
            )
        };
        assert_eq!(told(&["legacy_?"]), ["- index tmp_1 of users"]);
        assert_eq!(told(&["legacy_*", "tmp_*"]), [""; 0]);
        assert_eq!(told(&["legacy_[a]", "tmp_*"]), ["~ column legacy_b.id"]);
        let error = sides
            .compare_with(&ignore(&["a[b"]))
            .expect_err("it is no pattern");
        assert!(
            error
                .to_string()
                .starts_with("'a[b' is no pattern of names to ignore: "),
            "{error}"
        );
    }
}

#[test]
fn neither_limbecks_tables_nor_the_scratch_database_are_to_be_seen() {
    for database in Database::ALL {
        let world = World::new(database);
        world.write("migrations/001_users.sql", format!("{USERS};").as_bytes());
        world.write("schema.sql", format!("{USERS};").as_bytes());
        let (migrator, models) = (world.migrator(), SchemaSource::Sql(world.path("schema.sql")));
        let options = CompareOptions::default();
        let error = migrator
            .check(&models, &options)
            .expect_err("there is no revision yet");
        assert!(
            matches!(&error, Error::NotAtHeads { at, heads } if at == "base" && heads == "001"),
            "{error}"
        );
        migrator.upgrade("heads").expect("the revision is good");
        let before = limbeck_testing::dump_schema(&world.url);
        for _ in 0..2 {
            assert_eq!(migrator.check(&models, &options).expect("it is at the heads"), []);
        }
        assert_eq!(
            migrator
                .compare(&SchemaSource::Revisions, &models, &options)
                .expect("they can be compared"),
            []
        );
        assert_eq!(limbeck_testing::dump_schema(&world.url), before);
        world.write("migrations/002_posts.sql", format!("{POSTS};").as_bytes());
        let error = migrator
            .check(&models, &options)
            .expect_err("a revision is missing");
        assert!(
            error
                .to_string()
                .starts_with("the database is not at the heads: it is at 001, and the heads are 002"),
            "{error}"
        );
        let revisions = migrator.compare(&SchemaSource::Revisions, &models, &options);
        assert_eq!(
            lines(&revisions.expect("they can be compared")),
            ["- table posts"]
        );
    }
}

#[test]
fn a_given_scratch_database_is_used_for_both_sides_and_is_empty_again() {
    for database in Database::ALL {
        let (sides, scratch) = (
            Sides::new(database, &[], &format!("{USERS};")),
            World::new(database),
        );
        sides
            .world
            .write("other.sql", format!("{USERS};\n{POSTS};").as_bytes());
        let options = CompareOptions {
            scratch_url: Some(scratch.url.clone()),
            ..CompareOptions::default()
        };
        let other = SchemaSource::Sql(sides.world.path("other.sql"));
        for _ in 0..2 {
            let differences = Migrator::new("nowhere").compare(&sides.told(), &other, &options);
            assert_eq!(
                lines(&differences.expect("they can be compared")),
                ["+ table posts"]
            );
        }
    }
}

#[test]
fn databases_of_different_kinds_are_not_compared() {
    let (one, other) = (World::new(Database::Sqlite), World::new(Database::Postgresql));
    let [one, other] = [one, other].map(|world| (SchemaSource::Database(world.url.clone()), world));
    let error = Migrator::new("nowhere")
        .compare(&one.0, &other.0, &CompareOptions::default())
        .expect_err("they are of different kinds");
    assert!(
        error
            .to_string()
            .contains("only databases of one kind can be compared"),
        "{error}"
    );
}

/// Histories as services have them, against themselves and against what the server's own program tells of them.
#[test]
fn a_history_differs_neither_from_itself_nor_from_its_dump() {
    let histories = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/histories");
    for database in Database::ALL {
        let world = World::new(database);
        let migrator = Migrator::new(histories.join(database.name())).url(&world.url);
        migrator.upgrade("heads").expect("it is a good history");
        let dump = limbeck_testing::dump_schema(&world.url);
        // The dump for tests lacks the line where this is set.
        let dump = dump.lines().filter(|line| !line.contains("@saved_cs_client"));
        world.write("schema.sql", dump.collect::<Vec<_>>().join("\n").as_bytes());
        let options = CompareOptions::default();
        let mut sides = vec![SchemaSource::Revisions];
        if database != Database::Sqlite {
            sides.push(SchemaSource::Sql(world.path("schema.sql")));
        }
        for models in sides {
            let differences = migrator.check(&models, &options).expect("they can be compared");
            assert_eq!(differences, [], "{models} on {}", database.name());
        }
    }
}
