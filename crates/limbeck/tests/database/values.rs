//! Values come back as the server writes them.

use expect_test::expect;
use limbeck::Dialect;
use limbeck::database::Connection;
use limbeck_testing::Mariadb;
use limbeck_testing::Postgres;

use super::connect;

fn line(connection: &mut dyn Connection, sql: &str) -> String {
    let rows = connection.query(sql).expect("the query is right");
    rows.iter()
        .map(|row| {
            let values: Vec<&str> = row
                .iter()
                .map(|value| value.as_deref().unwrap_or("NULL"))
                .collect();
            values.join(" | ")
        })
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn postgres() {
    let database = Postgres::shared().fresh_database();
    let mut connection = connect(&database.url);
    assert_eq!(connection.dialect(), Dialect::Postgresql);
    assert!(
        connection.server().starts_with("PostgreSQL 1"),
        "{}",
        connection.server()
    );
    assert!(!connection.server().contains('('), "{}", connection.server());
    let got = line(
        &mut *connection,
        "SELECT 1, -2::bigint, 1.50::numeric, 0.1::float8, true, NULL, 'Grüße 🦀', ''::text, '\\x00ff'::bytea, \
         '2026-11-23 10:12:00+00'::timestamptz AT TIME ZONE 'UTC', '{\"a\": 1}'::jsonb, ARRAY[1,2], \
         'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid, E'a\\nb', interval '1 day'",
    );
    expect![[r#"
        1 | -2 | 1.50 | 0.1 | t | NULL | Grüße 🦀 |  | \x00ff | 2026-11-23 10:12:00 | {"a": 1} | {1,2} | a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11 | a
        b | 1 day"#]]
    .assert_eq(&got);
    counts(&mut *connection);
    batches(&mut *connection);
}

#[test]
fn mariadb() {
    let database = Mariadb::shared().fresh_database();
    let mut connection = connect(&database.url.replace("mariadb:", "mysql:"));
    assert_eq!(connection.dialect(), Dialect::Mariadb, "whatever the scheme");
    assert!(
        connection.server().starts_with("MariaDB 1"),
        "{}",
        connection.server()
    );
    let got = line(
        &mut *connection,
        "SELECT 1, -2, 1.50, 0.1e0, true, NULL, 'Grüße 🦀', '', x'00ff', \
         cast('2026-11-23 10:12:00' as datetime), json_object('a', 1), 'a\\nb', cast('01:02:03' as time), \
         18446744073709551615",
    );
    expect![[r#"
        1 | -2 | 1.50 | 0.1 | 1 | NULL | Grüße 🦀 |  | \x00ff | 2026-11-23 10:12:00 | {"a": 1} | a
        b | 01:02:03 | 18446744073709551615"#]]
    .assert_eq(&got);
    counts(&mut *connection);
    batches(&mut *connection);
}

#[test]
fn sqlite() {
    let mut connection = connect("sqlite::memory:");
    assert_eq!(connection.dialect(), Dialect::Sqlite);
    assert!(
        connection.server().starts_with("SQLite 3."),
        "{}",
        connection.server()
    );
    let got = line(
        &mut *connection,
        "SELECT 1, -2, 1.50, 1.0, true, NULL, 'Grüße 🦀', '', x'00ff', 'a' || char(10) || 'b'",
    );
    expect![[r#"
        1 | -2 | 1.5 | 1.0 | 1 | NULL | Grüße 🦀 |  | \x00ff | a
        b"#]]
    .assert_eq(&got);
    counts(&mut *connection);
    batches(&mut *connection);
}

fn counts(connection: &mut dyn Connection) {
    assert_eq!(connection.execute("CREATE TABLE n (i INTEGER)").expect("new"), 0);
    assert_eq!(
        connection
            .execute("INSERT INTO n VALUES (1), (2), (3)")
            .expect("it is there"),
        3
    );
    assert_eq!(
        connection
            .execute("UPDATE n SET i = i + 1 WHERE i > 1")
            .expect("it is there"),
        2
    );
    assert_eq!(
        connection.execute("CREATE TABLE m (i INTEGER)").expect("new"),
        0,
        "left over"
    );
    // Rows that nobody asked for must not stay in the way of the next statement.
    connection.execute("SELECT * FROM n").expect("it is there");
    assert_eq!(
        connection
            .query("SELECT i FROM n WHERE i > 9")
            .expect("it is there")
            .len(),
        0
    );
    assert_eq!(
        connection
            .execute("-- nothing but a comment\n")
            .map_err(|error| error.kind)
            .unwrap_or(0),
        0
    );
}

fn batches(connection: &mut dyn Connection) {
    let sets = connection
        .query_many(&["SELECT 1 -- one", "SELECT i FROM n ORDER BY i;", "SELECT 'ü'"])
        .expect("all are right");
    let sets: Vec<Vec<String>> = sets
        .into_iter()
        .map(|rows| {
            rows.into_iter()
                .map(|row| row[0].clone().unwrap_or_default())
                .collect()
        })
        .collect();
    assert_eq!(sets, [vec!["1"], vec!["1", "3", "4"], vec!["ü"]]);

    connection
        .execute_many(&[
            "BEGIN",
            "INSERT INTO m VALUES (1)",
            "INSERT INTO m VALUES (2)",
            "COMMIT",
        ])
        .expect("all are right");
    let sql = [
        "BEGIN",
        "INSERT INTO m VALUES (3)",
        "INSERT INTO nowhere VALUES (1)",
        "COMMIT",
    ];
    let error = connection.execute_many(&sql).unwrap_err();
    assert_eq!(error.statement, Some(2), "{:?}", *error);
    connection
        .execute("ROLLBACK")
        .expect("the transaction is open still");
    let sql = ["SELECT 1", "SELECT 'ü' FROM FROM m", "SELECT 2"];
    let error = connection.query_many(&sql).unwrap_err();
    assert_eq!(
        (error.statement, error.position.is_some()),
        (Some(1), true),
        "{:?}",
        *error
    );
    assert_eq!(
        connection.query("SELECT count(*) FROM m").expect("it is there"),
        [[Some("2".to_owned())]]
    );
    assert!(!connection.is_closed());
}
