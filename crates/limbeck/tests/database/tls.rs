//! Encrypted connections, as URLs demand them.

use expect_test::expect;
use limbeck::database::ErrorKind;
use limbeck_testing::Mariadb;
use limbeck_testing::Postgres;
use limbeck_testing::Tls;

use super::told;
use super::try_connect;

const PG_ENCRYPTED: &str = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";

/// Whether each URL leads to an encrypted connection, or what stands in the way.
fn outcomes(urls: &[String], query: &str, hide: &[(String, &str)]) -> String {
    urls.iter()
        .map(|url| {
            let shown = url.split_once("://").expect("a URL").1;
            let outcome = match try_connect(url) {
                Ok(mut connection) => {
                    let rows = connection.query(query).expect("the query is right");
                    let value = rows[0].last().expect("a column").clone().unwrap_or_default();
                    let encrypted = !matches!(value.as_str(), "f" | "");
                    if encrypted { "encrypted\n" } else { "plain\n" }.to_owned()
                }
                Err(error) => told(&error),
            };
            let mut line = format!("{shown}\n  {}", outcome.replace("\nhint", "\n  hint"));
            for (what, name) in hide {
                line = line.replace(what, name);
            }
            line
        })
        .collect()
}

fn hidden(port: u16, certificates: &limbeck_testing::Certificates) -> Vec<(String, &'static str)> {
    let directory = certificates.authority.parent().expect("a file in a directory");
    vec![
        (port.to_string(), "PORT"),
        (directory.to_str().expect("UTF-8").to_owned(), "DIR"),
    ]
}

#[test]
fn postgres() {
    let server = Postgres::shared();
    let certificates = server.certificates().expect("the shared server has TLS");
    let file = |path: &std::path::Path| path.to_str().expect("UTF-8").to_owned();
    let ca = file(&certificates.authority);
    let own = file(&certificates.certificate);
    let other_directory = tempfile::tempdir().expect("a directory");
    let other = file(&limbeck_testing::Certificates::create(other_directory.path()).authority);
    let port = server.port();
    let urls: Vec<String> = [
        "postgres@127.0.0.1:PORT/postgres".to_owned(),
        "postgres@127.0.0.1:PORT/postgres?sslmode=disable".to_owned(),
        "postgres@127.0.0.1:PORT/postgres?sslmode=allow".to_owned(),
        "postgres@127.0.0.1:PORT/postgres?sslmode=prefer".to_owned(),
        "postgres@127.0.0.1:PORT/postgres?sslmode=require".to_owned(),
        "only_tls@127.0.0.1:PORT/postgres?sslmode=disable".to_owned(),
        "only_tls@127.0.0.1:PORT/postgres?sslmode=allow".to_owned(),
        "only_plain@127.0.0.1:PORT/postgres?sslmode=prefer".to_owned(),
        "only_plain@127.0.0.1:PORT/postgres?sslmode=require".to_owned(),
        "postgres@127.0.0.1:PORT/postgres?sslmode=verify-ca".to_owned(),
        format!("postgres@127.0.0.1:PORT/postgres?sslmode=verify-ca&sslrootcert={ca}"),
        format!("postgres@127.0.0.1:PORT/postgres?sslmode=verify-full&sslrootcert={ca}"),
        format!("postgres@localhost:PORT/postgres?sslmode=verify-full&sslrootcert={ca}"),
        format!("postgres@localhost:PORT/postgres?sslmode=verify-full&sslrootcert={own}"),
        format!("postgres@127.0.0.1:PORT/postgres?sslmode=verify-full&sslrootcert={own}"),
        format!("postgres@127.0.0.1:PORT/postgres?sslmode=require&sslrootcert={other}"),
        "postgres@127.0.0.1:PORT/postgres?sslmode=verify-ca&sslrootcert=/nowhere/ca.crt".to_owned(),
        "postgres@127.0.0.1:PORT/postgres?sslmode=prefer&sslcert=/nowhere/a.crt&sslkey=/nowhere/a.key"
            .to_owned(),
    ]
    .iter()
    .map(|url| format!("postgresql://{}", url.replace("PORT", &port.to_string())))
    .collect();
    let mut hide = hidden(port, certificates);
    hide.push((file(other_directory.path()), "OTHER"));
    expect![[r#"
        postgres@127.0.0.1:PORT/postgres
          encrypted
        postgres@127.0.0.1:PORT/postgres?sslmode=disable
          plain
        postgres@127.0.0.1:PORT/postgres?sslmode=allow
          plain
        postgres@127.0.0.1:PORT/postgres?sslmode=prefer
          encrypted
        postgres@127.0.0.1:PORT/postgres?sslmode=require
          encrypted
        only_tls@127.0.0.1:PORT/postgres?sslmode=disable
          Authentication: PostgreSQL at 127.0.0.1:PORT does not accept user 'only_tls': pg_hba.conf rejects connection for host "127.0.0.1", user "only_tls", database "postgres", no encryption
          hint: allow this user, database and kind of connection in the server's pg_hba.conf, or change the user or sslmode in the URL
        only_tls@127.0.0.1:PORT/postgres?sslmode=allow
          encrypted
        only_plain@127.0.0.1:PORT/postgres?sslmode=prefer
          plain
        only_plain@127.0.0.1:PORT/postgres?sslmode=require
          Authentication: PostgreSQL at 127.0.0.1:PORT does not accept user 'only_plain': pg_hba.conf rejects connection for host "127.0.0.1", user "only_plain", database "postgres", SSL encryption
          hint: allow this user, database and kind of connection in the server's pg_hba.conf, or change the user or sslmode in the URL
        postgres@127.0.0.1:PORT/postgres?sslmode=verify-ca
          Tls: no secure connection to 127.0.0.1:PORT: its certificate is not signed by an authority that is trusted here
          hint: name the authority's certificate in the URL: sslrootcert=FILE (ssl_ca=FILE on MySQL)
        postgres@127.0.0.1:PORT/postgres?sslmode=verify-ca&sslrootcert=DIR/ca.crt
          encrypted
        postgres@127.0.0.1:PORT/postgres?sslmode=verify-full&sslrootcert=DIR/ca.crt
          Tls: no secure connection to 127.0.0.1:PORT: its certificate is for another host name
          hint: connect by a name that the certificate has, or ask only for verify-ca (VERIFY_CA on MySQL)
        postgres@localhost:PORT/postgres?sslmode=verify-full&sslrootcert=DIR/ca.crt
          encrypted
        postgres@localhost:PORT/postgres?sslmode=verify-full&sslrootcert=DIR/server.crt
          encrypted
        postgres@127.0.0.1:PORT/postgres?sslmode=verify-full&sslrootcert=DIR/server.crt
          Tls: no secure connection to 127.0.0.1:PORT: its certificate is for another host name
          hint: connect by a name that the certificate has, or ask only for verify-ca (VERIFY_CA on MySQL)
        postgres@127.0.0.1:PORT/postgres?sslmode=require&sslrootcert=OTHER/ca.crt
          Tls: no secure connection to 127.0.0.1:PORT: its certificate is not signed by an authority that is trusted here
          hint: name the authority's certificate in the URL: sslrootcert=FILE (ssl_ca=FILE on MySQL)
        postgres@127.0.0.1:PORT/postgres?sslmode=verify-ca&sslrootcert=/nowhere/ca.crt
          File: can't read the certificate in /nowhere/ca.crt: I/O error: No such file or directory (os error 2)
          hint: check the path in the URL and the rights of the file
        postgres@127.0.0.1:PORT/postgres?sslmode=prefer&sslcert=/nowhere/a.crt&sslkey=/nowhere/a.key
          File: can't read the certificate in /nowhere/a.crt: I/O error: No such file or directory (os error 2)
          hint: check the path in the URL and the rights of the file
    "#]].assert_eq(&outcomes(&urls, PG_ENCRYPTED, &hide));
}

#[test]
fn postgres_without_tls() {
    let server = Postgres::start(Tls::Off);
    let url = server.url("postgres");
    let urls = [
        url.clone(),
        format!("{url}?sslmode=allow"),
        format!("{url}?sslmode=require"),
        format!("{url}?sslmode=verify-full"),
    ];
    expect![[r#"
        postgres@127.0.0.1:PORT/postgres
          plain
        postgres@127.0.0.1:PORT/postgres?sslmode=allow
          plain
        postgres@127.0.0.1:PORT/postgres?sslmode=require
          Tls: PostgreSQL at 127.0.0.1:PORT has no TLS, and the URL's sslmode demands it
          hint: switch TLS on in the server (ssl = on), or use sslmode=prefer
        postgres@127.0.0.1:PORT/postgres?sslmode=verify-full
          Tls: PostgreSQL at 127.0.0.1:PORT has no TLS, and the URL's sslmode demands it
          hint: switch TLS on in the server (ssl = on), or use sslmode=prefer
    "#]]
    .assert_eq(&outcomes(
        &urls,
        PG_ENCRYPTED,
        &[(server.port().to_string(), "PORT")],
    ));
}

#[test]
fn mariadb() {
    let server = Mariadb::shared();
    let certificates = server.certificates().expect("the shared server has TLS");
    server.mariadb(
        "mysql",
        "CREATE OR REPLACE USER only_tls@'%' REQUIRE SSL; GRANT ALL ON mysql.* TO only_tls@'%'",
    );
    let ca = certificates.authority.to_str().expect("UTF-8");
    let port = server.port();
    let urls: Vec<String> = [
        "limbeck@127.0.0.1:PORT/mysql".to_owned(),
        "limbeck@127.0.0.1:PORT/mysql?ssl_mode=DISABLED".to_owned(),
        "limbeck@127.0.0.1:PORT/mysql?ssl-mode=PREFERRED".to_owned(),
        "limbeck@127.0.0.1:PORT/mysql?ssl_mode=REQUIRED".to_owned(),
        "only_tls@127.0.0.1:PORT/mysql?ssl_mode=REQUIRED".to_owned(),
        "only_tls@127.0.0.1:PORT/mysql?ssl_mode=DISABLED".to_owned(),
        "limbeck@127.0.0.1:PORT/mysql?ssl_mode=VERIFY_CA".to_owned(),
        format!("limbeck@127.0.0.1:PORT/mysql?ssl_mode=VERIFY_CA&ssl_ca={ca}"),
        format!("limbeck@127.0.0.1:PORT/mysql?ssl_mode=VERIFY_IDENTITY&ssl_ca={ca}"),
        format!("limbeck@localhost:PORT/mysql?ssl_mode=VERIFY_IDENTITY&ssl_ca={ca}"),
        format!("limbeck@127.0.0.1:PORT/mysql?ssl_ca={ca}&ssl_check_hostname=false"),
        "limbeck@127.0.0.1:PORT/mysql?ssl_ca=/nowhere/ca.crt".to_owned(),
        "limbeck@127.0.0.1:PORT/mysql?ssl_verify_identity=true".to_owned(),
    ]
    .iter()
    .map(|url| format!("mariadb://{}", url.replace("PORT", &port.to_string())))
    .collect();
    let got = outcomes(
        &urls,
        "SHOW STATUS LIKE 'Ssl_cipher'",
        &hidden(port, certificates),
    );
    expect![[r#"
        limbeck@127.0.0.1:PORT/mysql
          encrypted
        limbeck@127.0.0.1:PORT/mysql?ssl_mode=DISABLED
          plain
        limbeck@127.0.0.1:PORT/mysql?ssl-mode=PREFERRED
          encrypted
        limbeck@127.0.0.1:PORT/mysql?ssl_mode=REQUIRED
          encrypted
        only_tls@127.0.0.1:PORT/mysql?ssl_mode=REQUIRED
          encrypted
        only_tls@127.0.0.1:PORT/mysql?ssl_mode=DISABLED
          Authentication: MariaDB at 127.0.0.1:PORT does not accept user 'only_tls': Access denied for user 'only_tls'@'127.0.0.1' (using password: NO)
          hint: check the user and the password in the URL (characters such as '@', '/' and '%' are written %40, %2F and %25)
        limbeck@127.0.0.1:PORT/mysql?ssl_mode=VERIFY_CA
          Tls: no secure connection to 127.0.0.1:PORT: its certificate is not signed by an authority that is trusted here
          hint: name the authority's certificate in the URL: sslrootcert=FILE (ssl_ca=FILE on MySQL)
        limbeck@127.0.0.1:PORT/mysql?ssl_mode=VERIFY_CA&ssl_ca=DIR/ca.crt
          encrypted
        limbeck@127.0.0.1:PORT/mysql?ssl_mode=VERIFY_IDENTITY&ssl_ca=DIR/ca.crt
          Tls: no secure connection to 127.0.0.1:PORT: its certificate is for another host name
          hint: connect by a name that the certificate has, or ask only for verify-ca (VERIFY_CA on MySQL)
        limbeck@localhost:PORT/mysql?ssl_mode=VERIFY_IDENTITY&ssl_ca=DIR/ca.crt
          encrypted
        limbeck@127.0.0.1:PORT/mysql?ssl_ca=DIR/ca.crt&ssl_check_hostname=false
          encrypted
        limbeck@127.0.0.1:PORT/mysql?ssl_ca=/nowhere/ca.crt
          File: can't read /nowhere/ca.crt: No such file or directory (os error 2)
          hint: check the path in the URL and the rights of the file
        limbeck@127.0.0.1:PORT/mysql?ssl_verify_identity=true
          Tls: no secure connection to 127.0.0.1:PORT: its certificate is not signed by an authority that is trusted here
          hint: name the authority's certificate in the URL: sslrootcert=FILE (ssl_ca=FILE on MySQL)
    "#]].assert_eq(&got);
}

#[test]
fn mariadb_without_tls() {
    let server = Mariadb::start(Tls::Off);
    let url = server.url("mysql");
    let urls = [url.clone(), format!("{url}?ssl_mode=REQUIRED")];
    let got = outcomes(
        &urls,
        "SHOW STATUS LIKE 'Ssl_cipher'",
        &[(server.port().to_string(), "PORT")],
    );
    expect![[r#"
        limbeck@127.0.0.1:PORT/mysql
          plain
        limbeck@127.0.0.1:PORT/mysql?ssl_mode=REQUIRED
          Tls: MariaDB at 127.0.0.1:PORT has no TLS, and the URL's ssl_mode demands it
          hint: switch TLS on in the server, or use ssl_mode=PREFERRED
    "#]]
    .assert_eq(&got);
    assert_eq!(
        try_connect(&urls[1]).err().map(|error| error.kind),
        Some(ErrorKind::Tls)
    );
}
