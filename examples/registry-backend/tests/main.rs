//! The real service on real databases: SQLite, PostgreSQL and MariaDB, driven over HTTP.

mod image;
mod manifests;
mod service;
mod signals;
mod start;

use std::io::{Read, Write};

use limbeck::Migrator;
use limbeck::database::{Options, Url};
use limbeck_testing::dump_schema;
use serde_json::{Value, json};

use crate::service::{Client, Database, Service};

use crate::start::{
    a_failing_migration_keeps_it_from_serving, a_fresh_database_is_migrated_and_then_served,
    three_replicas_start_at_once,
};

/// Runs the scenarios below on each kind of database.
macro_rules! on_every_database {
    ($($scenario:ident),* $(,)?) => {
        mod sqlite {
            $(#[test] fn $scenario() { super::$scenario(&super::Database::sqlite()); })*
        }
        mod postgresql {
            $(#[test] fn $scenario() { super::$scenario(&super::Database::postgresql()); })*
        }
        mod mariadb {
            $(#[test] fn $scenario() { super::$scenario(&super::Database::mariadb()); })*
        }
    };
}

on_every_database!(
    codebundles_are_added_and_read,
    what_is_not_valid_is_refused,
    one_of_two_that_add_a_name_at_once_wins,
    it_is_ready_only_at_the_heads,
    a_restart_keeps_data_and_applies_nothing,
    replicas_that_start_together_all_come_up,
    revision_004_fills_in_what_was_there_before,
    a_failed_migration_keeps_it_from_listening,
    a_newer_database_does_not_stop_an_older_release,
    the_revisions_can_be_reverted,
    urls_of_sqlalchemy_work,
    a_fresh_database_is_migrated_and_then_served,
    three_replicas_start_at_once,
    a_failing_migration_keeps_it_from_serving,
);

fn codebundles_are_added_and_read(database: &Database) {
    let service = Service::start(database);
    let client = service.client();
    assert_eq!(client.get("/health"), (200, json!({ "status": "up" })));
    assert_eq!(client.get("/ready"), (200, ready()));
    assert_eq!(client.get("/codebundles"), (200, json!([])));

    let (status, added) = client.post(
        "/codebundles",
        &json!({
            "name": "k8s-podresources",
            "description": "Prüft Pods 🐳 'quoted' \\ \"too\"",
            "author": "Ada",
            "platform": "kubernetes",
            "support_level": "verified",
            "user_variables": [
                { "name": "NAMESPACE", "default_value": "default" },
                { "name": "KUBECONFIG", "is_secret": true },
            ],
        }),
    );
    assert_eq!(status, 201, "{added}");
    let id = added["id"].as_str().expect("it has an id");
    assert!(uuid::Uuid::parse_str(id).is_ok(), "{id}");
    let created_at = added["created_at"].as_str().expect("it has a time");
    assert!(
        created_at.len() == 20 && created_at.ends_with('Z') && created_at.contains('T'),
        "{created_at}"
    );
    assert_eq!(
        added,
        json!({
            "id": id,
            "name": "k8s-podresources",
            "description": "Prüft Pods 🐳 'quoted' \\ \"too\"",
            "author": "Ada",
            "platform": "kubernetes",
            "support_level": "verified",
            "created_at": created_at,
            "user_variables": [
                { "name": "KUBECONFIG", "default_value": null, "is_secret": true },
                { "name": "NAMESPACE", "default_value": "default", "is_secret": false },
            ],
        })
    );
    assert_eq!(client.get("/codebundles/k8s-podresources"), (200, added.clone()));

    let (status, plain) = client.post("/codebundles", &json!({ "name": "a-plain-one" }));
    assert_eq!(status, 201, "{plain}");
    assert_eq!(
        (&plain["platform"], &plain["support_level"]),
        (&json!("generic"), &json!("community"))
    );
    assert_eq!(
        (&plain["author"], &plain["user_variables"]),
        (&json!(null), &json!([]))
    );

    assert_eq!(client.get("/codebundles"), (200, json!([plain, added])));
    assert_eq!(
        client.get("/codebundles?platform=kubernetes"),
        (200, json!([added]))
    );
    assert_eq!(client.get("/codebundles?platform=generic"), (200, json!([plain])));
    assert_eq!(client.get("/codebundles?platform=aws"), (200, json!([])));

    let taken = json!({ "error": "there is a codebundle 'a-plain-one' already" });
    assert_eq!(
        client.post("/codebundles", &json!({ "name": "a-plain-one" })),
        (409, taken)
    );
    assert_eq!(client.names(), ["a-plain-one", "k8s-podresources"]);
}

fn what_is_not_valid_is_refused(database: &Database) {
    let service = Service::start(database);
    let client = service.client();
    let cases = [
        (
            json!({ "name": "" }),
            "name must be 1 to 200 characters of a-z, 0-9 and -",
        ),
        (json!({ "name": "K8s" }), "name must be"),
        (json!({ "name": "a".repeat(201) }), "name must be"),
        (json!({}), "missing field `name`"),
        (
            json!({ "name": 1 }),
            "name: invalid type: integer `1`, expected a string",
        ),
        (json!({ "name": "a", "colour": "red" }), "unknown field `colour`"),
        (
            json!({ "name": "a", "platform": "a".repeat(51) }),
            "platform must be 1 to 50",
        ),
        (
            json!({ "name": "a", "support_level": "best" }),
            "support_level must be one of community, verified, official",
        ),
        (
            json!({ "name": "a", "author": "é".repeat(201) }),
            "author must be 200 characters at most",
        ),
        (
            json!({ "name": "a", "description": "a\0b" }),
            "description must not contain a zero byte",
        ),
        (
            json!({ "name": "a", "user_variables": [{ "name": "A" }, { "name": "A" }] }),
            "user_variables[1].name: 'A' is there twice",
        ),
        (
            json!({ "name": "a", "user_variables": [{ "name": "a b" }] }),
            "user_variables[0].name must be",
        ),
        (
            json!({ "name": "a", "user_variables": [{ "name": "A", "is_secret": true, "default_value": "x" }] }),
            "user_variables[0]: a secret can have no default_value",
        ),
        (
            json!({ "name": "A", "support_level": "best" }),
            "not beginning with -; support_level must be",
        ),
    ];
    for (body, message) in cases {
        let (status, answer) = client.post("/codebundles", &body);
        assert_eq!(status, 422, "{body}: {answer}");
        assert_error(&answer, message);
    }
    let requests = [
        (
            client.post_text("/codebundles", "application/json", "{"),
            400,
            "Failed to parse",
        ),
        (
            client.post_text("/codebundles", "text/plain", "{}"),
            415,
            "application/json",
        ),
        (client.get("/codebundles?platform=a%20b"), 422, "platform must be"),
        (
            client.get("/codebundles?plattform=aws"),
            400,
            "unknown field `plattform`",
        ),
        (
            client.get("/codebundles/none"),
            404,
            "there is no codebundle 'none'",
        ),
        (
            client.get("/codebundles/it's%20none"),
            404,
            "there is no codebundle 'it's none'",
        ),
        (client.get("/nowhere"), 404, "there is nothing at /nowhere"),
        (
            client.post("/health", &json!({})),
            405,
            "this path has no method POST",
        ),
    ];
    for ((status, answer), expected, message) in requests {
        assert_eq!(status, expected, "{answer}");
        assert_error(&answer, message);
    }
    // As long as can be: the columns hold what validation lets pass.
    let longest = json!({
        "name": "a".repeat(200),
        "platform": "a".repeat(50),
        "author": "🐳".repeat(200),
        "description": "🐳".repeat(10_000),
        "user_variables": [{ "name": "A".repeat(100), "default_value": "🐳".repeat(4_000) }],
    });
    let (status, answer) = client.post("/codebundles", &longest);
    assert_eq!(status, 201, "{answer}");
    let (_, read) = client.get(&format!("/codebundles/{}", "a".repeat(200)));
    assert_eq!(read, answer);
    assert_eq!(client.names().len(), 1);
}

fn one_of_two_that_add_a_name_at_once_wins(database: &Database) {
    let service = Service::start(database);
    let client = service.client();
    let add = |client: Client| {
        client
            .post(
                "/codebundles",
                &json!({ "name": "raced", "user_variables": [{ "name": "A" }] }),
            )
            .0
    };
    let mut answers: Vec<u16> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| add(service.client()))).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().expect("no client panics"))
            .collect()
    });
    answers.sort_unstable();
    assert_eq!(answers, [201, 409, 409, 409, 409, 409, 409, 409]);
    let (_, read) = client.get("/codebundles/raced");
    assert_eq!(read["user_variables"].as_array().map(Vec::len), Some(1));
}

fn it_is_ready_only_at_the_heads(database: &Database) {
    let service = Service::start(database);
    let client = service.client();
    assert_eq!(client.get("/ready"), (200, ready()));
    migrator(database).downgrade("003").expect("004 can be reverted");
    assert_eq!(
        client.get("/ready"),
        (
            503,
            json!({ "ready": false, "revision": "003", "expected": "004" })
        )
    );
    migrator(database).downgrade("base").expect("all can be reverted");
    assert_eq!(
        client.get("/ready"),
        (
            503,
            json!({ "ready": false, "revision": null, "expected": "004" })
        )
    );
    let failed = json!({ "error": "the database failed; the service's log says why" });
    assert_eq!(client.get("/codebundles"), (500, failed));
    // The process is as well as it was.
    assert_eq!(client.get("/health").0, 200);
    migrator(database)
        .upgrade("heads")
        .expect("they can be applied again");
    assert_eq!(client.get("/ready"), (200, ready()));
    assert_eq!(client.get("/codebundles"), (200, json!([])));
}

fn a_restart_keeps_data_and_applies_nothing(database: &Database) {
    let first = Service::start(database);
    assert!(
        first.said("migration 1/4: Running upgrade  -> 001, create codebundles"),
        "{}",
        first.output()
    );
    assert!(first.said("migration 4/4: Running upgrade 003 -> 004, index platform, and fill it in"));
    assert!(first.said("migration: done, the database is at 004"));
    let (_, added) = first
        .client()
        .post("/codebundles", &json!({ "name": "kept", "platform": "aws" }));
    let ended = first.stop("TERM");
    assert!(ended.success, "{}", ended.output);
    let (journal, schema) = (journal(database), dump_schema(&database.url));

    let second = Service::start(database);
    assert!(
        second.said("migration: nothing to do, the database is at 004"),
        "{}",
        second.output()
    );
    assert!(!second.output().contains("Running"), "{}", second.output());
    assert_eq!(second.client().get("/codebundles"), (200, json!([added])));
    let ended = second.stop("INT");
    assert!(ended.success, "{}", ended.output);
    assert_eq!(self::journal(database), journal);
    assert_eq!(dump_schema(&database.url), schema);
}

fn replicas_that_start_together_all_come_up(database: &Database) {
    let replicas: Vec<Service> = (0..3).map(|_| Service::spawn(database)).collect();
    for replica in &replicas {
        replica.wait_until_it_listens();
        assert_eq!(replica.client().get("/ready"), (200, ready()));
    }
    assert_eq!(
        journal(database),
        [
            "001 upgrade done",
            "002 upgrade done",
            "003 upgrade done",
            "004 upgrade done"
        ]
    );
    let steps: usize = replicas
        .iter()
        .map(|replica| replica.output().matches("migration: took").count())
        .sum();
    assert_eq!(steps, 4);
    // They serve one database.
    let (status, _) = replicas[0]
        .client()
        .post("/codebundles", &json!({ "name": "shared" }));
    assert_eq!(status, 201);
    assert_eq!(replicas[2].client().names(), ["shared"]);
}

fn revision_004_fills_in_what_was_there_before(database: &Database) {
    migrator(database)
        .upgrade("003")
        .expect("the revisions can be applied");
    run(
        database,
        &[
            "INSERT INTO codebundles (id, name, created_at) VALUES ('1', 'k8s-old', '2026-11-05T00:00:00Z')",
            "INSERT INTO codebundles (id, name, created_at) VALUES ('2', 'old', '2026-11-05T00:00:00Z')",
            "INSERT INTO codebundles (id, name, created_at, platform) VALUES ('3', 'k8s-on-aws', '2026-11-17T00:00:00Z', 'aws')",
            "INSERT INTO user_variables (codebundle_id, name, default_value) VALUES ('1', 'OLD', 'value')",
        ],
    );
    let service = Service::start(database);
    assert!(service.said("migration 1/1: Running upgrade 003 -> 004, index platform, and fill it in"));
    let (_, all) = service.client().get("/codebundles");
    let platforms: Vec<String> = all
        .as_array()
        .expect("it is a list")
        .iter()
        .map(|one| {
            format!(
                "{}: {}, {}",
                text(one, "name"),
                text(one, "platform"),
                text(one, "support_level")
            )
        })
        .collect();
    assert_eq!(
        platforms,
        [
            "k8s-old: kubernetes, community",
            "k8s-on-aws: aws, community",
            "old: generic, community"
        ]
    );
    assert_eq!(
        all[0]["user_variables"],
        json!([{ "name": "OLD", "default_value": "value", "is_secret": false }])
    );
}

fn a_failed_migration_keeps_it_from_listening(database: &Database) {
    run(database, &["CREATE TABLE codebundles (made_by_hand INTEGER)"]);
    let ended = Service::spawn(database).wait();
    assert_eq!(ended.code, Some(1), "{}", ended.output);
    assert!(!ended.output.contains("listening"), "{}", ended.output);
    assert!(
        ended.output.contains(
            "registry-backend: the migration failed, so nothing was started: 001_create_codebundles.sql:"
        ),
        "{}",
        ended.output
    );
    assert!(ended.output.contains("already exists"), "{}", ended.output);
    assert_eq!(
        migrator(database).current().expect("it can be read"),
        Vec::<String>::new()
    );
    // Nothing more is needed than to remove what is in the way.
    run(database, &["DROP TABLE codebundles"]);
    assert_eq!(Service::start(database).client().get("/ready"), (200, ready()));
}

fn a_newer_database_does_not_stop_an_older_release(database: &Database) {
    let newer = tempfile::tempdir().expect("there is room");
    for entry in std::fs::read_dir(migrations()).expect("the directory is there") {
        let path = entry.expect("it can be read").path();
        std::fs::copy(&path, newer.path().join(path.file_name().expect("it is a file")))
            .expect("there is room");
    }
    std::fs::write(
        newer.path().join("005_add_licence.sql"),
        "ALTER TABLE codebundles ADD COLUMN licence VARCHAR(50);\n",
    )
    .expect("there is room");
    Migrator::new(newer.path().to_owned())
        .url(&database.url)
        .upgrade("heads")
        .expect("005 can be applied");

    let service = Service::start(database);
    assert!(
        service.said("migration: a newer release has applied 005 already"),
        "{}",
        service.output()
    );
    let answer = json!({ "ready": true, "revision": "005", "expected": "004" });
    assert_eq!(service.client().get("/ready"), (200, answer));
    assert_eq!(
        service
            .client()
            .post("/codebundles", &json!({ "name": "works" }))
            .0,
        201
    );
}

fn the_revisions_can_be_reverted(database: &Database) {
    let migrator = migrator(database);
    migrator.upgrade("heads").expect("they can be applied");
    let schema = dump_schema(&database.url);
    for target in ["003", "002", "001", "base"] {
        migrator
            .downgrade(target)
            .unwrap_or_else(|error| panic!("to {target}: {error}"));
        migrator
            .upgrade("heads")
            .unwrap_or_else(|error| panic!("from {target}: {error}"));
        assert_eq!(dump_schema(&database.url), schema, "by way of {target}");
    }
}

fn urls_of_sqlalchemy_work(database: &Database) {
    for url in &database.other_urls {
        let service = Service::start_at(database, url);
        let name = format!("n{}", service.client().names().len());
        assert_eq!(
            service.client().post("/codebundles", &json!({ "name": name })).0,
            201,
            "{url}"
        );
        assert!(!service.output().contains("p%40ss"), "{}", service.output());
    }
    assert_eq!(
        Service::start(database).client().names().len(),
        database.other_urls.len()
    );
}

#[test]
fn the_default_is_a_file_in_the_working_directory() {
    let database = Database::sqlite();
    let ended = Service::spawn_with(&database, &[("PORT", "0")]).stop_when_it_listens();
    assert!(ended.success, "{}", ended.output);
    assert!(
        ended.output.contains("database sqlite:///registry.db\n"),
        "{}",
        ended.output
    );
    assert!(database.directory.path().join("registry.db").is_file());
}

#[test]
fn a_request_that_is_being_answered_is_finished_before_the_end() {
    let database = Database::sqlite();
    let service = Service::start(&database);
    let body = r#"{"name":"in-flight"}"#;
    let (first, rest) = body.split_at(5);
    let mut stream = service.connect();
    write!(
        stream,
        "POST /codebundles HTTP/1.1\r\nHost: registry\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nExpect: 100-continue\r\n\r\n",
        body.len()
    )
    .expect("it reads");
    // The answer to 'Expect' tells that a handler has begun to read the body.
    let mut interim = [0; 25];
    stream.read_exact(&mut interim).expect("it answers");
    assert_eq!(interim, *b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(first.as_bytes()).expect("it reads");
    service.signal("TERM");
    service.wait_until_it_says("stopping");
    assert!(service.refuses_connections());
    stream.write_all(rest.as_bytes()).expect("it reads");
    let mut answer = String::new();
    stream
        .read_to_string(&mut answer)
        .expect("it answers, and closes the connection");
    assert!(answer.starts_with("HTTP/1.1 201 Created\r\n"), "{answer}");
    let ended = service.wait();
    assert!(ended.success, "{}", ended.output);
    assert_eq!(Service::start(&database).client().names(), ["in-flight"]);
}

#[test]
fn settings_that_make_no_sense_are_refused() {
    let database = Database::sqlite();
    let cases = [
        (
            ("PORT", "http"),
            "PORT is a number from 0 (any free port) to 65535, not 'http'",
        ),
        (("HOST", "everywhere"), "HOST is an IP address to listen on"),
        (
            ("DATABASE_URL", "oracle://scott:tiger@host/db"),
            "'oracle' is not a kind of database that limbeck knows",
        ),
        (
            ("DATABASE_URL", "sqlite://"),
            "a database in memory ends with the connection",
        ),
        (
            ("DATABASE_URL", "postgresql://postgres:secret@127.0.0.1:1/none"),
            "127.0.0.1:1",
        ),
    ];
    for (variable, message) in cases {
        let ended = Service::spawn_with(&database, &[("PORT", "0"), variable]).wait();
        assert_eq!(ended.code, Some(1), "{}", ended.output);
        assert!(ended.output.contains(message), "{}", ended.output);
        assert!(!ended.output.contains("listening"), "{}", ended.output);
        assert!(
            !ended.output.contains("tiger") && !ended.output.contains("secret"),
            "{}",
            ended.output
        );
    }
}

fn ready() -> Value {
    json!({ "ready": true, "revision": "004", "expected": "004" })
}

fn migrations() -> &'static str {
    concat!(env!("CARGO_MANIFEST_DIR"), "/migrations")
}

fn migrator(database: &Database) -> Migrator {
    Migrator::new(migrations()).url(&database.url)
}

/// What the journal says, a line an attempt.
fn journal(database: &Database) -> Vec<String> {
    let attempts = migrator(database).log().expect("the journal can be read");
    attempts
        .iter()
        .map(|attempt| format!("{} {} {}", attempt.revision, attempt.direction, attempt.outcome))
        .collect()
}

fn run(database: &Database, statements: &[&str]) {
    let url = Url::parse(&database.url).expect("the URL is right");
    let mut connection =
        limbeck::database::connect(&url, &Options::default()).expect("the database is there");
    connection
        .execute_many(statements)
        .expect("the statements are right");
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or("null")
}

fn assert_error(answer: &Value, message: &str) {
    assert!(
        text(answer, "error").contains(message),
        "{answer} should say: {message}"
    );
}
