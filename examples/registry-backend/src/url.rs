//! Database URLs for sqlx.
//!
//! limbeck understands the URLs of other tools, SQLAlchemy's among them; sqlx has its own form. A service that
//! only ever sees one form needs none of this.

use limbeck::Dialect;
use limbeck::database::Url;

/// A database URL that the service can't use.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UrlError {
    /// limbeck can't read it.
    #[error(transparent)]
    Unreadable(#[from] limbeck::database::UrlError),
    /// Each connection would have a database of its own.
    #[error(
        "a database in memory ends with the connection that migrated it: name a file, as in sqlite:///registry.db"
    )]
    InMemory,
    /// A parameter that would be lost, a demand for encryption perhaps.
    #[error("this service can't pass the parameter '{0}' of the database URL on to its driver")]
    Parameter(String),
}

/// A database as sqlx wants it named.
pub(crate) struct Target {
    /// The URL, password included.
    pub(crate) url: String,
    /// What kind of database it is.
    pub(crate) dialect: Dialect,
}

/// Rewrites a URL that limbeck understands to one that sqlx does.
pub(crate) fn for_sqlx(text: &str) -> Result<Target, UrlError> {
    let url = Url::parse(text)?;
    let dialect = url.dialect();
    let url = match dialect {
        Dialect::Sqlite if url.is_in_memory() => return Err(UrlError::InMemory),
        Dialect::Sqlite => format!("sqlite:{}", encode(url.database().unwrap_or_default(), "/")),
        Dialect::Postgresql => server("postgresql", text, &url, 5432, POSTGRES)?,
        Dialect::Mysql | Dialect::Mariadb => server("mysql", text, &url, 3306, MYSQL)?,
    };
    Ok(Target { url, dialect })
}

/// The parameters that are passed on, and their names in sqlx; those without a name change nothing here.
type Parameters = &'static [(&'static str, Option<&'static str>)];

const POSTGRES: Parameters = &[
    ("application_name", Some("application_name")),
    ("client_encoding", None),
    ("connect_timeout", None),
    // limbeck has read these, and they stand in front.
    ("dbname", None),
    ("host", None),
    ("port", None),
    ("options", Some("options")),
    ("sslcert", Some("sslcert")),
    ("sslkey", Some("sslkey")),
    ("sslmode", Some("sslmode")),
    ("sslrootcert", Some("sslrootcert")),
];

const MYSQL: Parameters = &[
    ("charset", None),
    ("connect_timeout", None),
    ("ssl_mode", Some("ssl-mode")),
    ("sslmode", Some("ssl-mode")),
    ("unix_socket", Some("socket")),
    ("socket", Some("socket")),
];

fn server(scheme: &str, text: &str, url: &Url, port: u16, known: Parameters) -> Result<String, UrlError> {
    let (front, query) = text.split_once('?').unwrap_or((text, ""));
    let authority = front.split_once("://").map_or("", |(_, rest)| rest);
    let authority = authority
        .split_once('/')
        .map_or(authority, |(authority, _)| authority);
    // As limbeck reads it: an '@' in a password needs no escape.
    let login = authority.rsplit_once('@').map_or(String::new(), |(login, _)| {
        // What is escaped already stays as it is.
        format!("{}@", encode(login, ":%"))
    });
    let host = url.host().unwrap_or("localhost");
    // sqlx takes the path of MySQL's socket from a parameter only.
    let host = match url.dialect() {
        Dialect::Mysql | Dialect::Mariadb if host.starts_with('/') => "localhost".to_owned(),
        _ if host.contains(':') => format!("[{host}]"),
        _ => encode(host, ""),
    };
    let port = url.port().unwrap_or(port);
    let database = encode(url.database().unwrap_or_default(), "");
    let mut rewritten = format!("{scheme}://{login}{host}:{port}/{database}");
    let mut mark = '?';
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let plain = name.to_ascii_lowercase().replace('-', "_");
        let Some((_, theirs)) = known.iter().find(|(ours, _)| *ours == plain) else {
            return Err(UrlError::Parameter(name.to_owned()));
        };
        if let Some(theirs) = theirs {
            rewritten.push_str(&format!("{mark}{theirs}={}", encode(value, "/%")));
            mark = '&';
        }
    }
    Ok(rewritten)
}

/// Percent-encodes everything but letters, digits, `-._~` and what `keep` holds.
fn encode(text: &str, keep: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        let plain =
            byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || keep.as_bytes().contains(&byte);
        if plain {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::for_sqlx;

    #[test]
    fn urls_of_sqlalchemy_become_those_of_sqlx() {
        let cases = [
            ("sqlite:///registry.db", "sqlite:registry.db"),
            (
                "sqlite:////var/lib/my data/r.db",
                "sqlite:/var/lib/my%20data/r.db",
            ),
            (
                "postgresql+psycopg2://app:p%40ss@db/registry",
                "postgresql://app:p%40ss@db:5432/registry",
            ),
            (
                "postgres://app:p@ss#1@db:6432/r",
                "postgresql://app:p%40ss%231@db:6432/r",
            ),
            (
                "postgresql://db/r?sslmode=require&connect_timeout=3",
                "postgresql://db:5432/r?sslmode=require",
            ),
            (
                "postgresql://app@/r?host=/run/postgresql",
                "postgresql://app@%2Frun%2Fpostgresql:5432/r",
            ),
            ("postgresql://app@[::1]/r", "postgresql://app@[::1]:5432/r"),
            (
                "mysql+pymysql://root@db/r?charset=utf8mb4",
                "mysql://root@db:3306/r",
            ),
            (
                "mariadb://root@localhost/r?unix_socket=/run/m.sock",
                "mysql://root@localhost:3306/r?socket=/run/m.sock",
            ),
        ];
        for (theirs, ours) in cases {
            let target = for_sqlx(theirs).unwrap_or_else(|error| panic!("{theirs}: {error}"));
            assert_eq!(target.url, ours, "{theirs}");
        }
    }

    #[test]
    fn what_would_be_lost_is_refused() {
        for url in [
            "sqlite://",
            "postgresql://db/r?channel_binding=require",
            "mysql://db/r?ssl_ca=/ca.pem",
        ] {
            assert!(for_sqlx(url).is_err(), "{url}");
        }
    }
}
