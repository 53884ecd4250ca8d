//! What only MariaDB and MySQL do.

use limbeck::database;
use limbeck::database::ErrorKind;
use limbeck::database::Options;
use limbeck::database::Severity;
use limbeck::database::Url;
use limbeck_testing::Mariadb;

use super::connect;

#[test]
fn warnings_reach_the_caller() {
    let database = Mariadb::shared().fresh_database();
    let mut connection = connect(&database.url);
    connection
        .execute("DROP TABLE IF EXISTS nowhere")
        .expect("it is asked for");
    let notices = connection.take_notices();
    assert_eq!(notices.len(), 1, "{notices:?}");
    assert_eq!(notices[0].severity, Severity::Notice);
    assert_eq!(notices[0].code.as_deref(), Some("1051"));
    connection.execute("SET sql_mode = ''").expect("a setting");
    connection.execute("CREATE TABLE t (s VARCHAR(2))").expect("new");
    connection
        .execute("INSERT INTO t VALUES ('Grüße')")
        .expect("it is not strict");
    let notices = connection.take_notices();
    assert_eq!(notices[0].severity, Severity::Warning);
    assert_eq!(notices[0].message, "Data truncated for column 's' at row 1");
    assert!(connection.take_notices().is_empty(), "they are taken once");
    connection.query("SELECT 1 / 0").expect("it is NULL");
    connection.execute("CREATE TABLE u (i INT)").expect("new");
    assert!(
        connection
            .take_notices()
            .iter()
            .all(|notice| notice.message != "Division by 0")
    );
}

#[test]
fn sockets_are_found() {
    let server = Mariadb::shared();
    let database = server.fresh_database();
    let mut connection = connect(&server.socket_url(&database.name));
    let rows = connection.query("SELECT database()").expect("the query is right");
    assert_eq!(rows, [[Some(database.name.clone())]]);
}

#[test]
fn names_with_two_addresses_are_found() {
    let server = Mariadb::shared();
    // The server listens on 127.0.0.1 only, and many systems look at ::1 first.
    connect(&format!("mysql://limbeck@localhost:{}/mysql", server.port()));
}

#[test]
fn procedures_and_many_result_sets_are_one_statement() {
    let database = Mariadb::shared().fresh_database();
    let mut connection = connect(&database.url);
    connection
        .execute("CREATE PROCEDURE p() BEGIN SELECT 1; SELECT 2; END")
        .expect("a body has semicolons, and is sent as it is");
    let rows = connection.query("CALL p()").expect("it is there");
    assert_eq!(rows, [[Some("1".to_owned())]]);
    assert_eq!(
        connection.query("SELECT 3").expect("nothing is left over")[0][0].as_deref(),
        Some("3")
    );
}

#[test]
fn the_session_speaks_utf8_and_bears_its_name() {
    let database = Mariadb::shared().fresh_database();
    let options = Options::default();
    let url = Url::parse(&database.url).expect("it is right");
    let mut connection = database::connect(&url, &options).expect("the server is there");
    let rows = connection
        .query("SELECT @@character_set_client, @@character_set_results, @@character_set_connection")
        .expect("the query is right");
    assert!(
        rows[0].iter().all(|value| value.as_deref() == Some("utf8mb4")),
        "{rows:?}"
    );
}

#[test]
fn big_statements_pass_or_fail_clearly() {
    let database = Mariadb::shared().fresh_database();
    let mut connection = connect(&database.url);
    let sql = format!("SELECT length('{}')", "x".repeat(8 << 20));
    let rows = connection.query(&sql).expect("it is below the server's limit");
    assert_eq!(rows[0][0].as_deref(), Some("8388608"));
    let sql = format!("SELECT length('{}')", "x".repeat(20 << 20));
    let error = connection.query(&sql).unwrap_err();
    assert!(
        matches!(error.kind, ErrorKind::Statement | ErrorKind::ConnectionLost),
        "{:?}",
        *error
    );
}
