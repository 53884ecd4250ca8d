//! SQLAlchemy's models.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use limbeck::{CompareOptions, Error, Migrator, SchemaSource};

use super::lines;
use crate::cases::{Database, World};

const MODELS: &str = r#"
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, MetaData, Numeric, String, UniqueConstraint, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention={"fk": "fk_%(table_name)s_%(column_0_name)s"})


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(50), server_default="it's 5% off")
    price: Mapped[float | None] = mapped_column(Numeric(6, 2))
    __table_args__ = (
        UniqueConstraint("name", name="uq_users_name"),
        CheckConstraint("name NOT LIKE '10%'", name="ck_users_name"),
        Index("ix_users_price", text("price DESC")),
    )


class Post(Base):
    __tablename__ = "posts"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))


other = MetaData()
both = [Base, other]
"#;

/// The same, written by hand.
const SCHEMA: [&str; 3] = [
    "CREATE TABLE users (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(50) DEFAULT 'it''s 5% off' NOT NULL, price NUMERIC(6, 2), \
     CONSTRAINT uq_users_name UNIQUE (name), CONSTRAINT ck_users_name CHECK (name NOT LIKE '10%'))",
    "CREATE INDEX ix_users_price ON users (price DESC)",
    "CREATE TABLE posts (id BIGINT NOT NULL, author_id INTEGER, PRIMARY KEY (id), CONSTRAINT fk_posts_author_id FOREIGN KEY \
     (author_id) REFERENCES users (id) ON DELETE CASCADE)",
];

/// The directory of a Python that has SQLAlchemy.
pub(super) fn python() -> &'static Path {
    static PROGRAMS: OnceLock<PathBuf> = OnceLock::new();
    let home = Path::new(env!("CARGO_TARGET_TMPDIR"));
    PROGRAMS.get_or_init(|| limbeck_testing::python(home, "sqlalchemy==2.0.58"))
}

fn compare(world: &World, object: &str) -> Result<Vec<String>, Error> {
    let models = SchemaSource::Sqlalchemy {
        object: object.to_owned(),
        python: python().join("python"),
        directory: world.directory.path().to_owned(),
    };
    let live = SchemaSource::Database(world.url.clone());
    let differences = Migrator::new("nowhere").compare(&live, &models, &CompareOptions::default())?;
    Ok(lines(&differences))
}

fn world(database: Database, models: &str, schema: &[&str]) -> World {
    let world = World::new(database);
    world.write("app/models.py", models.as_bytes());
    let mut connection = world.connect();
    for sql in schema {
        connection.execute(sql).expect("the server takes it");
    }
    world
}

#[test]
fn models_are_equal_to_what_is_written_by_hand() {
    for database in Database::ALL {
        let world = world(database, MODELS, &SCHEMA);
        for object in ["app.models:Base", "app.models:Base.metadata", "app.models:both"] {
            assert_eq!(
                compare(&world, object).expect("they are good"),
                [""; 0],
                "{object} on {}",
                database.name()
            );
        }
        let mut connection = world.connect();
        let drop = match database {
            Database::Mariadb => "DROP INDEX ix_users_price ON users",
            _ => "DROP INDEX ix_users_price",
        };
        connection.execute(drop).expect("it is there");
        connection
            .execute("ALTER TABLE users ADD COLUMN age INTEGER")
            .expect("it is not there");
        assert_eq!(
            compare(&world, "app.models:Base").expect("they are good"),
            ["- column users.age", "+ index ix_users_price of users"]
        );
    }
}

#[test]
fn what_models_have_no_words_for_is_left_alone() {
    for database in Database::ALL {
        let world = world(database, MODELS, &SCHEMA);
        world
            .connect()
            .execute("CREATE VIEW v AS SELECT name FROM users")
            .expect("it is not there");
        assert_eq!(
            compare(&world, "app.models:Base").expect("they are good"),
            [""; 0]
        );
        // Models that run DDL of their own have words for it.
        let event = "from sqlalchemy import DDL, event\n\nview = 'CREATE VIEW w AS SELECT price FROM users'\n\
                     event.listen(Base.metadata, 'after_create', DDL(view))\n";
        world.write("app/models.py", format!("{MODELS}\n\n{event}").as_bytes());
        assert_eq!(
            compare(&world, "app.models:Base").expect("they are good"),
            ["- view v", "+ view w"]
        );
    }
}

#[test]
fn schemas_and_types_of_postgresql() {
    let models = r#"
from sqlalchemy import Column, Enum, Identity, Integer, MetaData, Table
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

metadata = MetaData()
state = Enum("new", "done", name="state", schema="app")
Table("jobs", metadata, Column("id", Integer, Identity(), primary_key=True), Column("state", state, nullable=False),
      Column("tags", ARRAY(Integer)), Column("data", JSONB, comment="it's data"), schema="app")
"#;
    let schema = [
        "CREATE SCHEMA app",
        "CREATE TYPE app.state AS ENUM ('new', 'done')",
        "CREATE TABLE app.jobs (id INT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, state app.state NOT NULL, tags INT[], data JSONB)",
        "COMMENT ON COLUMN app.jobs.data IS 'it''s data'",
        "ALTER TABLE app.jobs ENABLE ROW LEVEL SECURITY",
        "CREATE POLICY p ON app.jobs USING (id > 0)",
        "CREATE FUNCTION app.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "CREATE TRIGGER g BEFORE INSERT ON app.jobs FOR EACH ROW EXECUTE FUNCTION app.f()",
    ];
    let world = world(Database::Postgresql, models, &schema);
    assert_eq!(
        compare(&world, "app.models:metadata").expect("they are good"),
        [""; 0]
    );
    world
        .connect()
        .execute("ALTER TYPE app.state ADD VALUE 'old'")
        .expect("it is not there");
    assert_eq!(
        compare(&world, "app.models:metadata").expect("they are good"),
        ["~ type app.state"]
    );
}

#[test]
fn a_traceback_is_told_by_its_end() {
    let world = world(Database::Sqlite, &MODELS.replace("String(50)", "Strnig(50)"), &[]);
    let error = compare(&world, "app.models:Base")
        .expect_err("there is no Strnig")
        .to_string();
    assert!(
        error.starts_with("app.models:Base gave no models: it ended with exit status: 1\n"),
        "{error}"
    );
    assert!(error.contains("Strnig") && error.lines().count() <= 9, "{error}");
    let error = compare(&world, "app.nothing:Base")
        .expect_err("there is no such module")
        .to_string();
    assert!(
        error.ends_with("ModuleNotFoundError: No module named 'app.nothing'"),
        "{error}"
    );
}
