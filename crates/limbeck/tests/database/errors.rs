//! What users are told when no connection can be had, or a statement fails.

use std::time::Duration;
use std::time::Instant;

use expect_test::expect;
use limbeck::database;
use limbeck::database::ErrorKind;
use limbeck::database::Options;
use limbeck::database::Url;
use limbeck_testing::Mariadb;
use limbeck_testing::Postgres;
use limbeck_testing::free_port;

use super::connect;
use super::marked;
use super::refused;
use super::told;

/// Ports and the names of test databases differ from run to run.
fn stable(text: &str, port: u16, name: &str) -> String {
    text.replace(&port.to_string(), "PORT").replace(name, "NAME")
}

#[test]
fn postgres_logins() {
    let server = Postgres::shared();
    let database = server.fresh_database();
    connect(&server.url_with_password(&database.name));
    let urls = [
        server.url_as("guarded:wrong", &database.name),
        server.url_as("guarded", &database.name),
        server.url_as("nobody", &database.name),
        server.url("nowhere"),
    ];
    let got: String = urls.iter().map(|url| told(&refused(url))).collect();
    expect![[r#"
        Authentication: PostgreSQL at 127.0.0.1:PORT does not accept user 'guarded': password authentication failed for user "guarded"
        hint: check the user and the password in the URL (characters such as '@', '/' and '%' are written %40, %2F and %25)
        Authentication: PostgreSQL at 127.0.0.1:PORT asks for the password of user 'guarded', and there is none
        hint: write it into the URL: postgresql://USER:PASSWORD@HOST/DATABASE
        Authentication: PostgreSQL at 127.0.0.1:PORT does not accept user 'nobody': role "nobody" does not exist
        hint: check the user and the password in the URL (characters such as '@', '/' and '%' are written %40, %2F and %25)
        UnknownDatabase: PostgreSQL at 127.0.0.1:PORT has no database 'nowhere'
        hint: create it (createdb nowhere), or correct the name in the URL
    "#]].assert_eq(&stable(&got, server.port(), &database.name));
}

#[test]
fn mariadb_logins() {
    let server = Mariadb::shared();
    let database = server.fresh_database();
    connect(&server.url_with_password(&database.name));
    let urls = [
        server.url_as("guarded:wrong", &database.name),
        server.url_as("nobody", &database.name),
        server.url("nowhere"),
        server.url_with_password("mysql"),
    ];
    let got: String = urls.iter().map(|url| told(&refused(url))).collect();
    expect![[r#"
        Authentication: MariaDB at 127.0.0.1:PORT does not accept user 'guarded': Access denied for user 'guarded'@'127.0.0.1' (using password: YES)
        hint: check the user and the password in the URL (characters such as '@', '/' and '%' are written %40, %2F and %25)
        Authentication: MariaDB at 127.0.0.1:PORT does not accept user 'nobody': Access denied for user 'nobody'@'127.0.0.1' (using password: NO)
        hint: check the user and the password in the URL (characters such as '@', '/' and '%' are written %40, %2F and %25)
        UnknownDatabase: MariaDB at 127.0.0.1:PORT has no database 'nowhere'
        hint: create it (CREATE DATABASE nowhere), or correct the name in the URL
        Permission: MariaDB at 127.0.0.1:PORT does not let user 'guarded' use the database 'mysql': Access denied for user 'guarded'@'%' to database 'mysql'
        hint: grant the user its rights on the database, or correct the name in the URL
    "#]].assert_eq(&stable(&got, server.port(), &database.name));
}

#[test]
fn servers_that_are_not_there() {
    let port = free_port();
    let urls = [
        format!("postgresql://u:secret@127.0.0.1:{port}/d"),
        format!("mysql://u:secret@127.0.0.1:{port}/d"),
        "postgresql://u:secret@no-such-host.invalid/d".to_owned(),
        "mysql://u:secret@no-such-host.invalid/d".to_owned(),
        "postgresql://u:secret@/d?host=/nowhere".to_owned(),
        "mysql://u:secret@localhost/d?unix_socket=/nowhere/sock".to_owned(),
        format!("postgresql://u:secret@127.0.0.1:{port},[::1]:{port}/d"),
    ];
    let mut got = String::new();
    for url in urls {
        let error = refused(&url);
        assert!(error.may_pass(), "{error}");
        assert!(!format!("{error:?}").contains("secret"), "{error:?}");
        got.push_str(&told(&error));
        got.push_str(
            error
                .detail
                .as_ref()
                .map(|detail| format!("{detail}\n"))
                .as_deref()
                .unwrap_or_default(),
        );
    }
    expect![[r#"
        Connect: can't reach PostgreSQL at 127.0.0.1:PORT: nothing accepts connections there
        hint: start the server, or correct the host and the port in the URL
        Connect: can't reach MySQL at 127.0.0.1:PORT: nothing accepts connections there
        hint: start the server, or correct the host and the port in the URL
        Connect: can't reach PostgreSQL at no-such-host.invalid:5432: the name of the host is not known
        hint: correct the host in the URL, or wait until its name is known
        Connect: can't reach MySQL at no-such-host.invalid:3306: the name of the host is not known
        hint: correct the host in the URL, or wait until its name is known
        Connect: can't reach PostgreSQL at the socket /nowhere/.s.PGSQL.5432: there is no such socket
        hint: start the server, or correct the path of the socket in the URL
        Connect: can't reach MySQL at the socket /nowhere/sock: there is no such socket
        hint: start the server, or correct the path of the socket in the URL
        Connect: none of the 2 hosts can be used
        hint: start the server, or correct the host and the port in the URL
        can't reach PostgreSQL at 127.0.0.1:PORT: nothing accepts connections there
        can't reach PostgreSQL at [::1]:PORT: nothing accepts connections there
    "#]]
    .assert_eq(&stable(&got, port, "NAME"));
}

#[test]
fn a_server_that_says_nothing_is_not_waited_for_long() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("the loopback interface is there");
    let port = silent.local_addr().expect("it is bound").port();
    let options = Options {
        connect_timeout: Duration::from_millis(200),
        ..Options::default()
    };
    let start = Instant::now();
    let mut got = String::new();
    for scheme in ["postgresql", "mysql"] {
        let url = Url::parse(&format!("{scheme}://u@127.0.0.1:{port}/d")).expect("it is right");
        let error = database::connect(&url, &options).err().expect("nobody answers");
        got.push_str(&told(&error));
    }
    assert!(start.elapsed() < Duration::from_secs(5));
    expect![[r#"
        Connect: can't reach PostgreSQL at 127.0.0.1:PORT: no answer within 0.2 s
        hint: check the host and the port in the URL, and firewalls on the way
        Connect: can't reach MySQL at 127.0.0.1:PORT: no answer within 0.2 s
        hint: check the host and the port in the URL, and firewalls on the way
    "#]]
    .assert_eq(&stable(&got, port, "NAME"));
}

#[test]
fn one_kind_of_server_behind_the_url_of_another() {
    let (postgres, mariadb) = (Postgres::shared(), Mariadb::shared());
    let options = Options {
        connect_timeout: Duration::from_millis(500),
        ..Options::default()
    };
    for url in [
        format!("mysql://u@127.0.0.1:{}/d", postgres.port()),
        format!("postgresql://u@127.0.0.1:{}/d", mariadb.port()),
    ] {
        let url = Url::parse(&url).expect("it is right");
        let error = database::connect(&url, &options)
            .err()
            .expect("it is another server");
        assert!(
            matches!(error.kind, ErrorKind::Connect | ErrorKind::Tls),
            "{error:?}"
        );
    }
}

const WRONG: &[&str] = &[
    "SELEC 1",
    "SELECT 'Grüße 🦀' FORM x, y",
    "CREATE TABLE t (\n  id INTEGER,\n  \"ü\" INTEGER NOT NUL,\n  b INTEGER)",
    "SELECT (1",
    "SELECT 'ü', nothing",
    "INSERT INTO nowhere VALUES (1)",
];

fn positions(url: &str) -> String {
    let mut connection = connect(url);
    WRONG
        .iter()
        .map(|sql| {
            let error = connection.execute(sql).unwrap_err();
            assert_eq!(error.kind, ErrorKind::Statement);
            format!(
                "{}\n  {} {error}\n",
                marked(sql, &error),
                error.code.as_deref().unwrap_or("-")
            )
        })
        .collect()
}

#[test]
fn postgres_positions() {
    let database = Postgres::shared().fresh_database();
    expect![[r#"
        »SELEC 1
          42601 syntax error at or near "SELEC"
        SELECT 'Grüße 🦀' FORM »x, y
          42601 syntax error at or near "x"
        CREATE TABLE t (
          id INTEGER,
          "ü" INTEGER NOT »NUL,
          b INTEGER)
          42601 syntax error at or near "NUL"
        SELECT (1»
          42601 syntax error at end of input
        SELECT 'ü', »nothing
          42703 column "nothing" does not exist
        INSERT INTO »nowhere VALUES (1)
          42P01 relation "nowhere" does not exist
    "#]]
    .assert_eq(&positions(&database.url));
}

#[test]
fn mariadb_positions() {
    let database = Mariadb::shared().fresh_database();
    let got = positions(&database.url).replace(&database.name, "NAME");
    expect![[r#"
        »SELEC 1
          1064 You have an error in your SQL syntax; check the manual that corresponds to your MariaDB server version for the right syntax to use near 'SELEC 1' at line 1
        SELECT 'Grüße 🦀' FORM »x, y
          1064 You have an error in your SQL syntax; check the manual that corresponds to your MariaDB server version for the right syntax to use near 'x, y' at line 1
        CREATE TABLE t (
          id INTEGER,
          »"ü" INTEGER NOT NUL,
          b INTEGER)
          1064 You have an error in your SQL syntax; check the manual that corresponds to your MariaDB server version for the right syntax to use near '"ü" INTEGER NOT NUL,
          b INTEGER)' at line 3
        SELECT (1»
          1064 You have an error in your SQL syntax; check the manual that corresponds to your MariaDB server version for the right syntax to use near '' at line 1
        SELECT 'ü', nothing
          1054 Unknown column 'nothing' in 'SELECT'
        INSERT INTO nowhere VALUES (1)
          1146 Table 'NAME.nowhere' doesn't exist
    "#]].assert_eq(&got);
}

#[test]
fn sqlite_positions() {
    expect![[r#"
        »SELEC 1
          SQLITE_ERROR near "SELEC": syntax error
        SELECT 'Grüße 🦀' FORM »x, y
          SQLITE_ERROR near "x": syntax error
        CREATE TABLE t (
          id INTEGER,
          "ü" INTEGER NOT »NUL,
          b INTEGER)
          SQLITE_ERROR near "NUL": syntax error
        SELECT (1»
          SQLITE_ERROR incomplete input
        SELECT 'ü', »nothing
          SQLITE_ERROR near "nothing": syntax error
        INSERT INTO nowhere VALUES (1)
          SQLITE_ERROR no such table: nowhere
    "#]]
    .assert_eq(&positions("sqlite::memory:"));
}
