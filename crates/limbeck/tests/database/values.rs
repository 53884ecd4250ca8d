//! Values come back as the server writes them.

use expect_test::expect;
use limbeck::Dialect;
use limbeck::database::{Connection, ErrorKind};
use limbeck::script::Datum;
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

/// The values of one row with their types, one a line.
fn typed(connection: &mut dyn Connection, sql: &str) -> String {
    let answer = connection.query_typed(sql).expect("the query is right");
    assert_eq!((answer.rows.len(), answer.affected), (1, 1));
    let values: Vec<String> = answer
        .columns
        .iter()
        .zip(&answer.rows[0])
        .map(|(column, value)| format!("{column}: {value:?}"))
        .collect();
    values.join("\n")
}

/// What all databases have in common: columns without rows, rows that are touched, errors with their place.
fn typed_answers(connection: &mut dyn Connection) {
    connection.execute("CREATE TABLE typed (i INTEGER)").expect("new");
    let none = connection
        .query_typed("SELECT i FROM typed")
        .expect("it is there");
    assert_eq!(
        (none.columns, none.rows, none.affected),
        (vec!["i".to_owned()], vec![], 0)
    );
    let touched = connection
        .query_typed("INSERT INTO typed VALUES (1), (2), (NULL)")
        .expect("it is there");
    assert_eq!((touched.columns.len(), touched.affected), (0, 3));
    let returned = connection
        .query_typed("DELETE FROM typed WHERE i > 1 RETURNING i")
        .expect("it is there");
    assert_eq!((returned.rows, returned.affected), (vec![vec![Datum::Int(2)]], 1));
    let error = connection.query_typed("SELECT nothing").unwrap_err();
    assert_eq!(error.kind, ErrorKind::Statement);
    let left = connection
        .query_typed("SELECT i FROM typed ORDER BY i")
        .expect("it is as it was");
    assert_eq!(left.rows.len(), 2);
}

#[test]
fn postgres_types() {
    let database = Postgres::shared().fresh_database();
    let mut connection = connect(&database.url);
    connection
        .execute_many(&[
            "CREATE TYPE mood AS ENUM ('sad', 'glad')",
            "CREATE DOMAIN age AS integer CHECK (VALUE >= 0)",
            "SET TimeZone = 'UTC'",
        ])
        .expect("they are new");
    let got = typed(
        &mut *connection,
        "SELECT 1::smallint AS int2, -2 AS int4, 9223372036854775807 AS int8, 0.1::real AS real, 'NaN'::float8 AS nan, 1.50 AS \
         numeric, true AS yes, NULL AS nothing, NULL::integer AS no_int, 'Grüße' AS unknown, 'x'::varchar(3) AS varchar, \
         'x'::char(3) AS bpchar, '\\x00ff'::bytea AS bytea, '2026-11-23 10:12:00.5'::timestamp AS ts, '2026-11-23 \
         10:12:00+00'::timestamptz AS tz, date '2026-11-23' AS date, time \
         '10:12' AS time, interval '1 day' AS interval, '{\"a\": 1}'::json AS json, '{\"a\": 1}'::jsonb AS jsonb, \
         'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid AS uuid, ARRAY[1,2] AS ints, ARRAY['a','b']::varchar[] AS texts, \
         'glad'::mood AS mood, 3::age AS age, '10.0.0.1'::inet AS inet, 'users'::name AS name, 1::oid AS oid, '1 2'::int2vector AS vector",
    );
    expect![[r#"
        int2: Int(1)
        int4: Int(-2)
        int8: Int(9223372036854775807)
        real: Float(0.1)
        nan: Float(NaN)
        numeric: Decimal("1.50")
        yes: Bool(true)
        nothing: Null
        no_int: Null
        unknown: Text("Grüße")
        varchar: Text("x")
        bpchar: Text("x  ")
        bytea: Bytes([0, 255])
        ts: Other("2026-11-23 10:12:00.5", "timestamp")
        tz: Other("2026-11-23 10:12:00+00", "timestamp with time zone")
        date: Other("2026-11-23", "date")
        time: Other("10:12:00", "time")
        interval: Other("1 day", "interval")
        json: Other("{\"a\": 1}", "json")
        jsonb: Other("{\"a\": 1}", "jsonb")
        uuid: Other("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "uuid")
        ints: Other("{1,2}", "integer[]")
        texts: Other("{a,b}", "character varying[]")
        mood: Text("glad")
        age: Int(3)
        inet: Other("10.0.0.1", "inet")
        name: Text("users")
        oid: Int(1)
        vector: Other("1 2", "int2vector")"#]]
    .assert_eq(&got);
    connection
        .execute("SET bytea_output = 'escape'")
        .expect("it can be set");
    let got = typed(&mut *connection, "SELECT '\\x00ff5c61'::bytea AS bytea");
    expect!["bytea: Bytes([0, 255, 92, 97])"].assert_eq(&got);
    typed_answers(&mut *connection);
}

#[test]
fn mariadb_types() {
    let database = Mariadb::shared().fresh_database();
    let mut connection = connect(&database.url);
    connection
        .execute_many(&[
            "CREATE TABLE t (tiny TINYINT(1), big BIGINT UNSIGNED, year YEAR, dec_ DECIMAL(5,2), flt FLOAT, dbl DOUBLE, bit_ BIT(8), \
             d DATE, ti TIME, dt DATETIME, ts TIMESTAMP NULL, js JSON, vc VARCHAR(9), tx TEXT, bn BINARY(2), bl BLOB, en ENUM('x','y'), \
             se SET('x','y'), no INTEGER)",
            "INSERT INTO t VALUES (1, 18446744073709551615, 2026, 1.50, 0.5, 0.1, b'101', '2026-11-23', '-01:02:03', '2026-11-23 \
             10:12:00', '2026-11-23 10:12:00', '{\"a\": 1}', 'Grüße', '', x'00ff', x'61', 'y', 'x,y', NULL)",
        ])
        .expect("it is new");
    let got = typed(
        &mut *connection,
        "SELECT t.*, 1 = 1 AS yes, count(*) AS n, sum(tiny) AS s FROM t",
    );
    expect![[r#"
        tiny: Int(1)
        big: Decimal("18446744073709551615")
        year: Int(2026)
        dec_: Decimal("1.50")
        flt: Float(0.5)
        dbl: Float(0.1)
        bit_: Bytes([5])
        d: Other("2026-11-23", "date")
        ti: Other("-01:02:03", "time")
        dt: Other("2026-11-23 10:12:00", "datetime")
        ts: Other("2026-11-23 10:12:00", "timestamp")
        js: Text("{\"a\": 1}")
        vc: Text("Grüße")
        tx: Text("")
        bn: Bytes([0, 255])
        bl: Bytes([97])
        en: Text("y")
        se: Text("x,y")
        no: Null
        yes: Int(1)
        n: Int(1)
        s: Decimal("1")"#]]
    .assert_eq(&got);
    typed_answers(&mut *connection);
}

#[test]
fn sqlite_types() {
    let mut connection = connect("sqlite::memory:");
    let got = typed(
        &mut *connection,
        "SELECT 1 AS int, 1.0 AS real, 'Grüße' AS text, x'00ff' AS blob, NULL AS none, true AS yes, CAST('1.50' AS NUMERIC) AS \
         numeric, date('2026-11-23') AS date",
    );
    expect![[r#"
        int: Int(1)
        real: Float(1.0)
        text: Text("Grüße")
        blob: Bytes([0, 255])
        none: Null
        yes: Int(1)
        numeric: Float(1.5)
        date: Text("2026-11-23")"#]]
    .assert_eq(&got);
    typed_answers(&mut *connection);
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
