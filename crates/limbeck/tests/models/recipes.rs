//! The recipes of docs/models.md for commands that print DDL.

use std::path::{Path, PathBuf};
use std::process::Command;

use limbeck::{CompareOptions, Migrator, SchemaSource};

use super::lines;
use crate::cases::{Database, World};

/// A recipe as it stands in the documentation: the first block behind a word.
fn recipe(word: &str) -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/models.md");
    let page = std::fs::read_to_string(page).expect("it is in the repository");
    let (_, rest) = page.split_once(word).expect("the recipe is in the page");
    let mut blocks = rest.split("```");
    let block = blocks.nth(1).expect("a block follows");
    let (_, text) = block.split_once('\n').expect("a language stands before it");
    text.to_owned()
}

fn compare(world: &World, command: &[&str]) -> Vec<String> {
    let models = SchemaSource::Command {
        command: command.iter().map(ToString::to_string).collect(),
        directory: world.directory.path().to_owned(),
    };
    let options = CompareOptions {
        ignore: vec!["django_migrations".to_owned()],
        ..CompareOptions::default()
    };
    let live = SchemaSource::Database(world.url.clone());
    let differences = Migrator::new("nowhere").compare(&live, &models, &options);
    lines(&differences.expect("they can be compared"))
}

const DJANGO_SETTINGS: &str = r#"
from urllib.parse import unquote, urlsplit

URL = "@url@"
engine, _, path = URL.partition("://")
url = urlsplit(URL)
if engine == "sqlite":
    database = {"ENGINE": "django.db.backends.sqlite3", "NAME": path[1:]}
elif engine.startswith("postgres"):
    database = {"ENGINE": "django.db.backends.postgresql"}
else:
    import pymysql

    pymysql.install_as_MySQLdb()
    database = {"ENGINE": "django.db.backends.mysql"}
if url.hostname:
    database |= {
        "NAME": url.path[1:],
        "HOST": url.hostname,
        "PORT": url.port or "",
        "USER": url.username or "",
        "PASSWORD": unquote(url.password or ""),
    }
DATABASES = {"default": database}
INSTALLED_APPS = ["blog"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
"#;

const DJANGO_MODELS: &str = r#"
from django.db import models


class User(models.Model):
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=100, default="100%", db_default="5% off")
    price = models.DecimalField(max_digits=6, decimal_places=2, null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=~models.Q(name="10%"), name="ck_user_name")]


class Tag(models.Model):
    label = models.SlugField(db_comment="it's short")


class Post(models.Model):
    author = models.ForeignKey(User, on_delete=models.CASCADE)
    tags = models.ManyToManyField(Tag)
    at = models.DateTimeField(auto_now_add=True)
    data = models.JSONField()

    class Meta:
        indexes = [models.Index(fields=["author", "-at"], name="ix_post_author_at")]


class Report(models.Model):
    class Meta:
        managed = False
"#;

/// What Django's own migrations make is what the recipe says.
#[test]
fn django() {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let programs = limbeck_testing::python(home, "django==5.2.19 psycopg[binary]==3.3.9 pymysql==1.2.4");
    let python = programs.join("python").display().to_string();
    for database in Database::ALL {
        let world = World::new(database);
        world.write("project/__init__.py", b"");
        world.write(
            "project/settings.py",
            DJANGO_SETTINGS.replace("@url@", &world.url).as_bytes(),
        );
        world.write("blog/__init__.py", b"");
        world.write("blog/models.py", DJANGO_MODELS.as_bytes());
        world.write("models_ddl.py", recipe("**Django.**").as_bytes());
        for command in ["makemigrations blog", "migrate"] {
            let mut django = Command::new(&python);
            django.args(["-m", "django"]).args(command.split(' '));
            django.env("DJANGO_SETTINGS_MODULE", "project.settings");
            django.env("PYTHONPATH", world.directory.path());
            let output = django.current_dir(world.directory.path()).output();
            let output = output.expect("Python was just installed");
            assert!(output.status.success(), "{command}: {output:?}");
        }
        let command = [python.as_str(), "models_ddl.py"];
        assert_eq!(compare(&world, &command), [""; 0], "on {}", database.name());
        let models = DJANGO_MODELS.replace("max_length=100", "max_length=120");
        world.write("blog/models.py", models.as_bytes());
        assert_eq!(compare(&world, &command), ["~ column blog_user.name"]);
    }
}

#[test]
fn sea_orm() {
    let example = include_str!("sea_orm_ddl.rs");
    assert!(
        example.contains(&recipe("**SeaORM.**")),
        "the example is not what stands in the page"
    );
    let tests = std::env::current_exe().expect("a test is a program");
    let target = tests.ancestors().nth(2).expect("it is in a directory");
    let program: PathBuf = target.join("examples/sea_orm_ddl");
    assert!(
        program.exists(),
        "{} is missing: 'cargo build -p limbeck --example sea_orm_ddl' makes it, and so does 'cargo test' unless it is told which \
         target to test",
        program.display()
    );
    for database in Database::ALL {
        let world = World::new(database);
        let mut connection = world.connect();
        for sql in sea_orm_by_hand(database) {
            connection.execute(sql).expect("the server takes it");
        }
        let command = program.display().to_string();
        assert_eq!(compare(&world, &[&command]), [""; 0], "on {}", database.name());
    }
}

fn sea_orm_by_hand(database: Database) -> &'static [&'static str] {
    match database {
        Database::Sqlite => &[
            "CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT, email VARCHAR(200) NOT NULL UNIQUE, age INTEGER DEFAULT 7)",
            "CREATE INDEX \"idx-users-age\" ON users (age)",
            "CREATE TABLE posts (id INTEGER PRIMARY KEY, author_id BIGINT NOT NULL, body TEXT NOT NULL, state ENUM_TEXT NOT NULL, \
             FOREIGN KEY (author_id) REFERENCES users (id) ON DELETE CASCADE)",
        ],
        Database::Postgresql => &[
            "CREATE TABLE users (id BIGSERIAL PRIMARY KEY, email VARCHAR(200) NOT NULL UNIQUE, age INT DEFAULT 7)",
            "CREATE INDEX \"idx-users-age\" ON users (age)",
            "CREATE TYPE state AS ENUM ('new', 'done')",
            "CREATE TABLE posts (id INT PRIMARY KEY, author_id BIGINT NOT NULL, body TEXT NOT NULL, state state NOT NULL, CONSTRAINT \
             \"fk-posts-author_id\" FOREIGN KEY (author_id) REFERENCES users (id) ON DELETE CASCADE)",
        ],
        Database::Mariadb => &[
            "CREATE TABLE users (id BIGINT AUTO_INCREMENT PRIMARY KEY, email VARCHAR(200) NOT NULL UNIQUE, age INT DEFAULT 7)",
            "CREATE INDEX `idx-users-age` ON users (age)",
            "CREATE TABLE posts (id INT PRIMARY KEY, author_id BIGINT NOT NULL, body TEXT NOT NULL, state ENUM('new', 'done') NOT NULL, \
             CONSTRAINT `fk-posts-author_id` FOREIGN KEY (author_id) REFERENCES users (id) ON DELETE CASCADE)",
        ],
    }
}
