//! What only PostgreSQL does.

use limbeck::database;
use limbeck::database::ErrorKind;
use limbeck::database::Options;
use limbeck::database::Severity;
use limbeck::database::Url;
use limbeck_testing::Postgres;
use limbeck_testing::free_port;

use super::connect;
use super::refused;

#[test]
fn notices_reach_the_caller() {
    let database = Postgres::shared().fresh_database();
    let mut connection = connect(&database.url);
    assert!(connection.take_notices().is_empty(), "connecting says nothing");
    connection
        .execute(
            "DO $$ BEGIN RAISE NOTICE 'Grüße'; \
             RAISE WARNING 'careful' USING DETAIL = 'more', HINT = 'do less', ERRCODE = '01P01'; END $$",
        )
        .expect("the block is right");
    let notices = connection.take_notices();
    assert_eq!(notices.len(), 2, "{notices:?}");
    assert_eq!(
        (notices[0].severity, notices[0].message.as_str()),
        (Severity::Notice, "Grüße")
    );
    assert_eq!(notices[0].code, None);
    let last = &notices[1];
    assert_eq!(
        (last.severity, last.message.as_str()),
        (Severity::Warning, "careful")
    );
    assert_eq!(last.code.as_deref(), Some("01P01"));
    assert_eq!(
        (last.detail.as_deref(), last.hint.as_deref()),
        (Some("more"), Some("do less"))
    );
    assert!(connection.take_notices().is_empty(), "they are taken once");
    connection
        .execute("CREATE TABLE IF NOT EXISTS t (i int)")
        .expect("new");
    connection
        .execute("CREATE TABLE IF NOT EXISTS t (i int)")
        .expect("it is there");
    assert_eq!(connection.take_notices().len(), 1);
}

#[test]
fn errors_name_their_objects_and_context() {
    let database = Postgres::shared().fresh_database();
    let mut connection = connect(&database.url);
    connection
        .execute_many(&[
            "CREATE TABLE t (i int CONSTRAINT small CHECK (i < 10))",
            "INSERT INTO t VALUES (1)",
        ])
        .expect("new");
    let error = connection.execute("INSERT INTO t VALUES (11)").unwrap_err();
    assert_eq!(error.object.table.as_deref(), Some("t"));
    assert_eq!(error.object.constraint.as_deref(), Some("small"));
    assert_eq!(error.detail.as_deref(), Some("Failing row contains (11)."));
    let error = connection
        .execute("DO $$ BEGIN EXECUTE 'SELEC 1'; END $$")
        .unwrap_err();
    assert_eq!(error.position, None, "the spot is not in this text");
    let context = error.context.as_deref().expect("a block has one");
    assert!(context.starts_with("inner statement: SELEC 1\n"), "{context}");
    let error = connection.execute("COPY t FROM STDIN").unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unsupported);
}

#[test]
fn read_only_sessions_are_told_apart() {
    let database = Postgres::shared().fresh_database();
    let url = format!("{}?options=-c%20default_transaction_read_only%3Don", database.url);
    let error = connect(&url).execute("CREATE TABLE t (i int)").unwrap_err();
    assert_eq!(
        (error.kind, error.code.as_deref()),
        (ErrorKind::ReadOnly, Some("25006"))
    );
    let error = refused(&format!("{url}&target_session_attrs=read-write"));
    assert_eq!(error.kind, ErrorKind::ReadOnly, "{error}");
    connect(&format!("{}?target_session_attrs=read-write", database.url));
}

#[test]
fn settings_go_with_the_log_in() {
    let database = Postgres::shared().fresh_database();
    let url = Url::parse(&format!("{}?options=-c%20work_mem%3D8MB", database.url)).expect("it is right");
    let options = Options {
        search_path: Some("\"my schema\", public".to_owned()),
        application_name: "limbeck's tests".to_owned(),
        ..Options::default()
    };
    let mut connection = database::connect(&url, &options).expect("the server is there");
    let sql = "SELECT current_setting('search_path'), current_setting('application_name'), current_setting('work_mem')";
    let rows = connection.query(sql).expect("the query is right");
    let values: Vec<&str> = rows[0].iter().flatten().map(String::as_str).collect();
    assert_eq!(values, ["\"my schema\", public", "limbeck's tests", "8MB"]);
}

#[test]
fn sockets_and_several_hosts_are_found() {
    let server = Postgres::shared();
    let database = server.fresh_database();
    let mut connection = connect(&server.socket_url(&database.name));
    let sql = "SELECT inet_server_addr() IS NULL, current_database()";
    let rows = connection.query(sql).expect("the query is right");
    assert_eq!(rows, [[Some("t".to_owned()), Some(database.name.clone())]]);
    let encoded = server
        .socket_directory()
        .to_str()
        .expect("UTF-8")
        .replace('/', "%2F");
    connect(&format!(
        "postgresql://postgres@{encoded}:{}/{}",
        server.port(),
        database.name
    ));

    let (dead, port, name) = (free_port(), server.port(), &database.name);
    connect(&format!(
        "postgresql://postgres@127.0.0.1:{dead},127.0.0.1:{port}/{name}"
    ));
    connect(&format!(
        "postgresql:///{name}?user=postgres&host=127.0.0.1,127.0.0.1&port={dead},{port}"
    ));
    // A wrong password is the same on every host.
    let error = refused(&format!(
        "postgresql://guarded:x@127.0.0.1:{port},127.0.0.1:{dead}/{name}"
    ));
    assert_eq!(error.kind, ErrorKind::Authentication);
}

#[test]
fn an_async_caller_is_served_too() {
    let database = Postgres::shared().fresh_database();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("threads can be had");
    let rows = runtime.block_on(async {
        let mut connection = connect(&database.url);
        connection.query("SELECT 1").expect("the query is right")
    });
    assert_eq!(rows.len(), 1);
}

#[test]
fn a_session_ends_with_its_connection() {
    let server = Postgres::shared();
    let database = server.fresh_database();
    drop(connect(&database.url));
    // Without FORCE, which fails while a session is open.
    let sql = format!("DROP DATABASE {}", database.name);
    server.psql("postgres", &sql);
}
