//! URLs as people write them: what is understood, and what is said about the rest.

use std::fmt::Write;

use expect_test::Expect;
use expect_test::expect;
use limbeck::database::Url;

fn check(urls: &[&str], expected: Expect) {
    let mut got = String::new();
    for text in urls {
        let line = match Url::parse(text) {
            Ok(url) => {
                let shown = url.to_string();
                let again = Url::parse(&shown.replace("***", "x")).expect("what is shown can be read");
                assert_eq!(again.to_string(), shown, "showing {text} twice");
                let parts = [
                    Some(url.dialect().name().to_owned()),
                    url.user().map(|user| format!("user {user}")),
                    url.host().map(|host| format!("host {host}")),
                    url.port().map(|port| format!("port {port}")),
                    url.database().map(|name| format!("database {name}")),
                ];
                let parts: Vec<String> = parts.into_iter().flatten().collect();
                format!("{}\n  {shown}", parts.join(", "))
            }
            Err(error) => format!("error: {error}"),
        };
        // Every password of these tests has this word.
        assert!(!line.contains("secret"), "{line}");
        writeln!(got, "{text}\n  {line}").expect("a String takes everything");
    }
    expected.assert_eq(&got);
}

#[test]
fn sqlite() {
    check(
        &[
            "sqlite://",
            "sqlite:",
            "sqlite:///",
            "sqlite::memory:",
            "sqlite:///:memory:",
            "sqlite://:memory:",
            "sqlite:///relative.db",
            "sqlite:////var/lib/registry.db",
            "sqlite:relative.db",
            "sqlite:./relative.db",
            "sqlite:/var/lib/registry.db",
            "sqlite://registry.db",
            "sqlite://dir/registry.db",
            "sqlite3:registry.db",
            "sqlite+aiosqlite:///registry.db",
            "sqlite+pysqlite:///C:/data/registry.db",
            "SQLite:///registry.db",
            "sqlite:///my%20data.db",
            "sqlite:///registry.db?mode=ro",
            "sqlite:///registry.db?timeout=30&check_same_thread=false",
            "sqlite:///file:registry.db?mode=rw&uri=true",
            "file:registry.db?mode=rwc",
            "file:///var/lib/registry.db",
            "file::memory:?cache=shared",
        ],
        expect![[r#"
            sqlite://
              sqlite, database :memory:
              sqlite://
            sqlite:
              sqlite, database :memory:
              sqlite://
            sqlite:///
              sqlite, database :memory:
              sqlite://
            sqlite::memory:
              sqlite, database :memory:
              sqlite://
            sqlite:///:memory:
              sqlite, database :memory:
              sqlite://
            sqlite://:memory:
              sqlite, database :memory:
              sqlite://
            sqlite:///relative.db
              sqlite, database relative.db
              sqlite:///relative.db
            sqlite:////var/lib/registry.db
              sqlite, database /var/lib/registry.db
              sqlite:////var/lib/registry.db
            sqlite:relative.db
              sqlite, database relative.db
              sqlite:///relative.db
            sqlite:./relative.db
              sqlite, database ./relative.db
              sqlite:///./relative.db
            sqlite:/var/lib/registry.db
              sqlite, database /var/lib/registry.db
              sqlite:////var/lib/registry.db
            sqlite://registry.db
              sqlite, database registry.db
              sqlite:///registry.db
            sqlite://dir/registry.db
              sqlite, database dir/registry.db
              sqlite:///dir/registry.db
            sqlite3:registry.db
              sqlite, database registry.db
              sqlite3:///registry.db
            sqlite+aiosqlite:///registry.db
              sqlite, database registry.db
              sqlite+aiosqlite:///registry.db
            sqlite+pysqlite:///C:/data/registry.db
              sqlite, database C:/data/registry.db
              sqlite+pysqlite:///C:/data/registry.db
            SQLite:///registry.db
              sqlite, database registry.db
              SQLite:///registry.db
            sqlite:///my%20data.db
              sqlite, database my data.db
              sqlite:///my%20data.db
            sqlite:///registry.db?mode=ro
              sqlite, database registry.db
              sqlite:///registry.db?mode=ro
            sqlite:///registry.db?timeout=30&check_same_thread=false
              sqlite, database registry.db
              sqlite:///registry.db?timeout=30&check_same_thread=false
            sqlite:///file:registry.db?mode=rw&uri=true
              sqlite, database registry.db
              sqlite:///registry.db?mode=rw&uri=true
            file:registry.db?mode=rwc
              sqlite, database registry.db
              file:registry.db?mode=rwc
            file:///var/lib/registry.db
              sqlite, database /var/lib/registry.db
              file:/var/lib/registry.db
            file::memory:?cache=shared
              sqlite, database :memory:
              file::memory:?cache=shared
        "#]],
    );
}

#[test]
fn postgres() {
    check(
        &[
            "postgresql://localhost/registry",
            "postgres://app:secret@db.internal:5433/registry",
            "postgresql+psycopg2://app:secret@localhost/registry",
            "postgresql+psycopg://app@localhost/registry",
            "postgresql+asyncpg://app:secret@localhost/registry?ssl=require&prepared_statement_cache_size=0",
            "postgresql+pg8000://app@localhost/registry",
            "postgresql://app:p%40ss-secret%2F%25@localhost/registry",
            "postgresql://app:an@unescaped-secret@localhost/registry",
            "postgresql://app:@localhost/registry",
            "postgresql://us%40er@localhost/na%2Fme",
            "postgresql://[::1]:5432/registry",
            "postgresql://[2001:db8::1]/registry",
            "postgresql:///registry",
            "postgresql://",
            "postgresql:///registry?host=/var/run/postgresql",
            "postgresql:///registry?host=/var/run/postgresql&port=5433&user=app&password=secret",
            "postgresql://%2Fvar%2Frun%2Fpostgresql/registry",
            "postgresql://a,b:5433/registry?target_session_attrs=read-write",
            "postgresql:///registry?host=a,b&port=5432,5433",
            "postgresql:///registry?host=a:5432&host=b:5433",
            "postgresql://localhost?dbname=registry",
            "postgresql://localhost/registry?sslmode=verify-full&sslrootcert=/etc/ca.crt",
            "postgresql://localhost/registry?sslmode=require&application_name=ci&connect_timeout=3&options=-c%20work_mem%3D8MB",
            "postgresql://localhost/registry?schema=app&connection_limit=5&pgbouncer=true",
        ],
        expect![[r#"
            postgresql://localhost/registry
              postgresql, host localhost, database registry
              postgresql://localhost/registry
            postgres://app:secret@db.internal:5433/registry
              postgresql, user app, host db.internal, port 5433, database registry
              postgres://app:***@db.internal:5433/registry
            postgresql+psycopg2://app:secret@localhost/registry
              postgresql, user app, host localhost, database registry
              postgresql+psycopg2://app:***@localhost/registry
            postgresql+psycopg://app@localhost/registry
              postgresql, user app, host localhost, database registry
              postgresql+psycopg://app@localhost/registry
            postgresql+asyncpg://app:secret@localhost/registry?ssl=require&prepared_statement_cache_size=0
              postgresql, user app, host localhost, database registry
              postgresql+asyncpg://app:***@localhost/registry?ssl=require&prepared_statement_cache_size=0
            postgresql+pg8000://app@localhost/registry
              postgresql, user app, host localhost, database registry
              postgresql+pg8000://app@localhost/registry
            postgresql://app:p%40ss-secret%2F%25@localhost/registry
              postgresql, user app, host localhost, database registry
              postgresql://app:***@localhost/registry
            postgresql://app:an@unescaped-secret@localhost/registry
              postgresql, user app, host localhost, database registry
              postgresql://app:***@localhost/registry
            postgresql://app:@localhost/registry
              postgresql, user app, host localhost, database registry
              postgresql://app:***@localhost/registry
            postgresql://us%40er@localhost/na%2Fme
              postgresql, user us@er, host localhost, database na/me
              postgresql://us%40er@localhost/na/me
            postgresql://[::1]:5432/registry
              postgresql, host ::1, port 5432, database registry
              postgresql://[::1]:5432/registry
            postgresql://[2001:db8::1]/registry
              postgresql, host 2001:db8::1, database registry
              postgresql://[2001:db8::1]/registry
            postgresql:///registry
              postgresql, database registry
              postgresql:///registry
            postgresql://
              postgresql
              postgresql://
            postgresql:///registry?host=/var/run/postgresql
              postgresql, host /var/run/postgresql, database registry
              postgresql://%2Fvar%2Frun%2Fpostgresql/registry
            postgresql:///registry?host=/var/run/postgresql&port=5433&user=app&password=secret
              postgresql, user app, host /var/run/postgresql, port 5433, database registry
              postgresql://app:***@%2Fvar%2Frun%2Fpostgresql:5433/registry
            postgresql://%2Fvar%2Frun%2Fpostgresql/registry
              postgresql, host /var/run/postgresql, database registry
              postgresql://%2Fvar%2Frun%2Fpostgresql/registry
            postgresql://a,b:5433/registry?target_session_attrs=read-write
              postgresql, host a, database registry
              postgresql://a,b:5433/registry?target_session_attrs=read-write
            postgresql:///registry?host=a,b&port=5432,5433
              postgresql, host a, port 5432, database registry
              postgresql://a:5432,b:5433/registry
            postgresql:///registry?host=a:5432&host=b:5433
              postgresql, host a, port 5432, database registry
              postgresql://a:5432,b:5433/registry
            postgresql://localhost?dbname=registry
              postgresql, host localhost, database registry
              postgresql://localhost/registry
            postgresql://localhost/registry?sslmode=verify-full&sslrootcert=/etc/ca.crt
              postgresql, host localhost, database registry
              postgresql://localhost/registry?sslmode=verify-full&sslrootcert=/etc/ca.crt
            postgresql://localhost/registry?sslmode=require&application_name=ci&connect_timeout=3&options=-c%20work_mem%3D8MB
              postgresql, host localhost, database registry
              postgresql://localhost/registry?sslmode=require&application_name=ci&connect_timeout=3&options=-c%20work_mem=8MB
            postgresql://localhost/registry?schema=app&connection_limit=5&pgbouncer=true
              postgresql, host localhost, database registry
              postgresql://localhost/registry?schema=app&connection_limit=5&pgbouncer=true
        "#]],
    );
}

#[test]
fn mysql() {
    check(
        &[
            "mysql://root@localhost/registry",
            "mysql+pymysql://app:secret@localhost:3307/registry?charset=utf8mb4",
            "mariadb://app:secret@localhost/registry",
            "mariadb+mariadbconnector://app:secret@127.0.0.1/registry",
            "mysql+aiomysql://app@[::1]/registry",
            "mysql://localhost",
            "mysql://app@localhost/registry?unix_socket=/run/mysqld/mysqld.sock",
            "mysql://app@localhost/registry?socket=/run/mysqld/mysqld.sock",
            "mysql://localhost/registry?ssl-mode=REQUIRED",
            "mysql://localhost/registry?ssl_mode=VERIFY_CA&ssl_ca=/etc/ca.pem",
            "mysql://localhost/registry?ssl=true&ssl_cert=/c.pem&ssl_key=/k.pem",
        ],
        expect![[r#"
            mysql://root@localhost/registry
              mysql, user root, host localhost, database registry
              mysql://root@localhost/registry
            mysql+pymysql://app:secret@localhost:3307/registry?charset=utf8mb4
              mysql, user app, host localhost, port 3307, database registry
              mysql+pymysql://app:***@localhost:3307/registry?charset=utf8mb4
            mariadb://app:secret@localhost/registry
              mariadb, user app, host localhost, database registry
              mariadb://app:***@localhost/registry
            mariadb+mariadbconnector://app:secret@127.0.0.1/registry
              mariadb, user app, host 127.0.0.1, database registry
              mariadb+mariadbconnector://app:***@127.0.0.1/registry
            mysql+aiomysql://app@[::1]/registry
              mysql, user app, host ::1, database registry
              mysql+aiomysql://app@[::1]/registry
            mysql://localhost
              mysql, host localhost
              mysql://localhost
            mysql://app@localhost/registry?unix_socket=/run/mysqld/mysqld.sock
              mysql, user app, host /run/mysqld/mysqld.sock, database registry
              mysql://app@%2Frun%2Fmysqld%2Fmysqld.sock/registry
            mysql://app@localhost/registry?socket=/run/mysqld/mysqld.sock
              mysql, user app, host /run/mysqld/mysqld.sock, database registry
              mysql://app@%2Frun%2Fmysqld%2Fmysqld.sock/registry
            mysql://localhost/registry?ssl-mode=REQUIRED
              mysql, host localhost, database registry
              mysql://localhost/registry?ssl-mode=REQUIRED
            mysql://localhost/registry?ssl_mode=VERIFY_CA&ssl_ca=/etc/ca.pem
              mysql, host localhost, database registry
              mysql://localhost/registry?ssl_mode=VERIFY_CA&ssl_ca=/etc/ca.pem
            mysql://localhost/registry?ssl=true&ssl_cert=/c.pem&ssl_key=/k.pem
              mysql, host localhost, database registry
              mysql://localhost/registry?ssl=true&ssl_cert=/c.pem&ssl_key=/k.pem
        "#]],
    );
}

#[test]
fn refused() {
    check(
        &[
            "",
            "registry.db",
            "oracle://scott:secret@localhost/db",
            "postgrs://localhost/db",
            "mysq://localhost/db",
            "app:secret@localhost/db",
            "user name:secret@localhost/db",
            "postgresql:app:secret@localhost/db",
            "postgresql:/localhost/db",
            "postgresql://localhost:port/db",
            "postgresql://localhost:0/db",
            "postgresql://localhost:65536/db",
            "postgresql://app:pass/secret@localhost/db",
            "postgresql://app:pass?secret@localhost/db",
            "postgresql://app:123?secret@localhost/db",
            "postgresql://app:secret%@localhost/db",
            "postgresql://app:secret%zz@localhost/db",
            "postgresql://app:secret%ff@localhost/db",
            "postgresql://app:secret%00@localhost/db",
            "postgresql://my host/db",
            "postgresql://[::1/db",
            "postgresql://localhost/db?sslmod=require",
            "postgresql://localhost/db?ssl-mode=requires",
            "postgresql://localhost/db?sslmode",
            "postgresql://localhost/db?colour=blue",
            "postgresql://localhost/db?conect_timeout=3",
            "postgresql://localhost/db?connect_timeout=soon",
            "postgresql://localhost/db?service=main",
            "postgresql://localhost/db?sslcrl=/x",
            "postgresql://localhost/db?client_encoding=latin1",
            "postgresql://a,b,c/db?port=1,2",
            "postgresql://localhost/db?target_session_attrs=writable",
            "postgresql://localhost/db?pasword=x",
            "mysql://localhost/db?charset=latin1",
            "mysql://localhost/db?ssl_mode=VERIFY",
            "mysql://localhost/db?sslmod=x",
            "mysql://a,b/db",
            "mysql://localhost/db?read_default_file=~/.my.cnf",
            "mysql://localhost/db?autocommit=true",
            "sqlite:///a.db?mode=readonly",
            "sqlite:///a.db?mod=ro",
            "sqlite:///a.db?timeout=long",
            "sqlite:///100%.db",
            "sqlite://app:secret@localhost/a.db",
            "file://server/share/a.db",
        ],
        expect![[r#"

              error: the database URL is empty: write one such as sqlite:///registry.db or postgresql://user@host/name
            registry.db
              error: the database URL has no scheme: begin it with sqlite:, postgresql://, mysql:// or mariadb:// (a file is sqlite:path)
            oracle://scott:secret@localhost/db
              error: 'oracle' is not a kind of database that limbeck knows: use sqlite, postgresql (or postgres), mysql or mariadb
            postgrs://localhost/db
              error: 'postgrs' is not a kind of database that limbeck knows: use sqlite, postgresql (or postgres), mysql or mariadb; did you mean 'postgres'?
            mysq://localhost/db
              error: 'mysq' is not a kind of database that limbeck knows: use sqlite, postgresql (or postgres), mysql or mariadb; did you mean 'mysql'?
            app:secret@localhost/db
              error: 'app' is not a kind of database that limbeck knows: use sqlite, postgresql (or postgres), mysql or mariadb
            user name:secret@localhost/db
              error: the database URL has no scheme: begin it with sqlite:, postgresql://, mysql:// or mariadb:// (a file is sqlite:path)
            postgresql:app:secret@localhost/db
              error: the database URL needs two slashes: postgresql://user@host/database
            postgresql:/localhost/db
              error: the database URL needs two slashes: postgresql://user@host/database
            postgresql://localhost:port/db
              error: the port in the database URL is not a number from 1 to 65535 (in a password, write '/' as %2F, '?' as %3F and '@' as %40)
            postgresql://localhost:0/db
              error: the port in the database URL is not a number from 1 to 65535 (in a password, write '/' as %2F, '?' as %3F and '@' as %40)
            postgresql://localhost:65536/db
              error: the port in the database URL is not a number from 1 to 65535 (in a password, write '/' as %2F, '?' as %3F and '@' as %40)
            postgresql://app:pass/secret@localhost/db
              error: the port in the database URL is not a number from 1 to 65535 (in a password, write '/' as %2F, '?' as %3F and '@' as %40)
            postgresql://app:pass?secret@localhost/db
              error: the port in the database URL is not a number from 1 to 65535 (in a password, write '/' as %2F, '?' as %3F and '@' as %40)
            postgresql://app:123?secret@localhost/db
              error: the database URL has a parameter whose name is not a word: write parameters as ?name=value&name=value (in a password, write '?' as %3F)
            postgresql://app:secret%@localhost/db
              error: the password in the database URL has a '%' without two hexadecimal digits: write '%' itself as %25
            postgresql://app:secret%zz@localhost/db
              error: the password in the database URL has a '%' without two hexadecimal digits: write '%' itself as %25
            postgresql://app:secret%ff@localhost/db
              error: the password in the database URL is not UTF-8 once its %-escapes are decoded
            postgresql://app:secret%00@localhost/db
              error: the password in the database URL holds a zero byte (%00)
            postgresql://my host/db
              error: the host in the database URL has a character that no host name has (in a password, write '/' as %2F, '?' as %3F and '@' as %40)
            postgresql://[::1/db
              error: the address in the database URL has '[' without ']': write IPv6 as [::1]
            postgresql://localhost/db?sslmod=require
              error: 'sslmod' is not a parameter of postgresql URLs; did you mean 'sslmode'?
            postgresql://localhost/db?ssl-mode=requires
              error: the parameter 'ssl-mode' of the database URL can't be 'requires': it takes disable, allow, prefer, require, verify-ca or verify-full
            postgresql://localhost/db?sslmode
              error: the parameter 'sslmode' of the database URL has no value: write sslmode=value
            postgresql://localhost/db?colour=blue
              error: 'colour' is not a parameter of postgresql URLs
            postgresql://localhost/db?conect_timeout=3
              error: 'conect_timeout' is not a parameter of postgresql URLs; did you mean 'connect_timeout'?
            postgresql://localhost/db?connect_timeout=soon
              error: the parameter 'connect_timeout' of the database URL can't be 'soon': it takes a number of seconds
            postgresql://localhost/db?service=main
              error: limbeck can't honour the parameter 'service' of the database URL: write the service's settings into the URL
            postgresql://localhost/db?sslcrl=/x
              error: limbeck can't honour the parameter 'sslcrl' of the database URL: revoked certificates are not looked up; leave it out
            postgresql://localhost/db?client_encoding=latin1
              error: the parameter 'client_encoding' of the database URL can't be 'latin1': it takes utf8, which limbeck always uses
            postgresql://a,b,c/db?port=1,2
              error: the database URL has 3 hosts and 2 ports: give one port, or one for each host
            postgresql://localhost/db?target_session_attrs=writable
              error: the parameter 'target_session_attrs' of the database URL can't be 'writable': it takes any, read-write, read-only, primary or standby
            postgresql://localhost/db?pasword=x
              error: 'pasword' is not a parameter of postgresql URLs; did you mean 'password'?
            mysql://localhost/db?charset=latin1
              error: the parameter 'charset' of the database URL can't be 'latin1': it takes utf8mb4, which limbeck always uses
            mysql://localhost/db?ssl_mode=VERIFY
              error: the parameter 'ssl_mode' of the database URL can't be 'VERIFY': it takes DISABLED, PREFERRED, REQUIRED, VERIFY_CA or VERIFY_IDENTITY
            mysql://localhost/db?sslmod=x
              error: 'sslmod' is not a parameter of mysql URLs; did you mean 'ssl_mode'?
            mysql://a,b/db
              error: a mysql URL names one host, not several
            mysql://localhost/db?read_default_file=~/.my.cnf
              error: limbeck can't honour the parameter 'read_default_file' of the database URL: write its settings into the URL
            mysql://localhost/db?autocommit=true
              error: limbeck can't honour the parameter 'autocommit' of the database URL: limbeck decides about transactions itself
            sqlite:///a.db?mode=readonly
              error: the parameter 'mode' of the database URL can't be 'readonly': it takes ro, rw, rwc or memory
            sqlite:///a.db?mod=ro
              error: 'mod' is not a parameter of sqlite URLs; did you mean 'mode'?
            sqlite:///a.db?timeout=long
              error: the parameter 'timeout' of the database URL can't be 'long': it takes a number of seconds
            sqlite:///100%.db
              error: the path in the database URL has a '%' without two hexadecimal digits: write '%' itself as %25
            sqlite://app:secret@localhost/a.db
              error: an SQLite URL names no user or host: write sqlite:///relative.db or sqlite:////absolute.db
            file://server/share/a.db
              error: an SQLite URL names no user or host: write sqlite:///relative.db or sqlite:////absolute.db
        "#]],
    );
}
