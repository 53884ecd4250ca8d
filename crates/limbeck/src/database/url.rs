//! Database URLs, as people and other tools write them.

mod error;
mod parameters;
mod settings;
mod sqlite;

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use limbeck_core::Dialect;

pub use error::UrlError;
pub(crate) use settings::ChannelBinding;
pub(crate) use settings::SessionAttributes;
pub(crate) use settings::Settings;
pub(crate) use settings::TlsMode;
pub(crate) use sqlite::Mode;
pub(crate) use sqlite::SqliteTarget;

/// The schemes that are understood, without the `+driver` that SQLAlchemy puts behind some.
const SCHEMES: &[(&str, Dialect)] = &[
    ("sqlite", Dialect::Sqlite),
    ("sqlite3", Dialect::Sqlite),
    ("file", Dialect::Sqlite),
    ("postgresql", Dialect::Postgresql),
    ("postgres", Dialect::Postgresql),
    ("mysql", Dialect::Mysql),
    ("mariadb", Dialect::Mariadb),
];

/// The address of a database.
///
/// URLs of SQLAlchemy ("Database URLs" in its documentation), libpq ("Connection URIs" in the PostgreSQL manual), sqlx and
/// others are understood as they are. The password is never shown:
/// both `Display` and `Debug` write `***` for it.
///
/// ```
/// use limbeck::Dialect;
/// use limbeck::database::Url;
///
/// let url = Url::parse("postgresql+psycopg2://app:p%40ss@db.internal/registry?sslmode=require")?;
/// assert_eq!(url.dialect(), Dialect::Postgresql);
/// assert_eq!(url.database(), Some("registry"));
/// assert_eq!(url.to_string(), "postgresql+psycopg2://app:***@db.internal/registry?sslmode=require");
/// # Ok::<(), limbeck::database::UrlError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Url {
    scheme: String,
    dialect: Dialect,
    user: Option<String>,
    password: Option<String>,
    hosts: Vec<Host>,
    database: Option<String>,
    sqlite: Option<SqliteTarget>,
    settings: Settings,
    /// The parameters as they were written, decoded, to show them again.
    parameters: Vec<(String, String)>,
}

/// A place where a server may listen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Host {
    /// A host name or address, and a port where one was given.
    Tcp(String, Option<u16>),
    /// A unix socket: its directory for PostgreSQL (with the port that names the file in it), the
    /// socket itself for MySQL.
    Socket(PathBuf, Option<u16>),
}

impl Url {
    /// Reads a database URL.
    ///
    /// ```
    /// use limbeck::database::Url;
    ///
    /// assert!(Url::parse("mysql+pymysql://root@localhost:3306/registry?charset=utf8mb4").is_ok());
    /// let error = Url::parse("postgres://localhost/registry?sslmod=require").unwrap_err();
    /// assert!(error.to_string().contains("did you mean 'sslmode'?"));
    /// ```
    ///
    /// # Errors
    /// Fails on a scheme or a parameter that is not known, and on parts that can't be read. No error
    /// repeats a password.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(UrlError::Empty);
        }
        let (scheme, rest) = text.split_once(':').ok_or(UrlError::NoScheme)?;
        let dialect = dialect_of(scheme)?;
        let mut url = Self {
            scheme: scheme.to_owned(),
            dialect,
            user: None,
            password: None,
            hosts: Vec::new(),
            database: None,
            sqlite: None,
            settings: Settings::default(),
            parameters: Vec::new(),
        };
        if dialect == Dialect::Sqlite {
            url.read_sqlite(rest)?;
        } else {
            url.read_server(rest)?;
        }
        Ok(url)
    }

    /// Returns the kind of database that the scheme names.
    ///
    /// A `mysql` URL may turn out to lead to a MariaDB: only the connection knows.
    ///
    /// ```
    /// # use limbeck::database::Url;
    /// assert_eq!(Url::parse("file:app.db?mode=ro")?.dialect(), limbeck::Dialect::Sqlite);
    /// # Ok::<(), limbeck::database::UrlError>(())
    /// ```
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Returns the name of the database, or the path of an SQLite file.
    ///
    /// ```
    /// use limbeck::database::Url;
    ///
    /// let url = Url::parse("mysql://app@[::1]:3307/registry")?;
    /// assert_eq!(url.database(), Some("registry"));
    /// assert_eq!((url.user(), url.host(), url.port()), (Some("app"), Some("::1"), Some(3307)));
    /// # Ok::<(), limbeck::database::UrlError>(())
    /// ```
    pub fn database(&self) -> Option<&str> {
        self.database.as_deref()
    }

    /// Returns the user, where the URL names one.
    ///
    /// ```
    /// # use limbeck::database::Url;
    /// assert_eq!(Url::parse("postgresql://app@db/registry")?.user(), Some("app"));
    /// assert_eq!(Url::parse("postgresql://db/registry")?.user(), None);
    /// # Ok::<(), limbeck::database::UrlError>(())
    /// ```
    pub fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// Returns the first host, or the path of the first unix socket.
    ///
    /// ```
    /// # use limbeck::database::Url;
    /// assert_eq!(Url::parse("postgresql://one,two/registry")?.host(), Some("one"));
    /// assert_eq!(Url::parse("postgresql://%2Frun%2Fpostgresql/registry")?.host(), Some("/run/postgresql"));
    /// # Ok::<(), limbeck::database::UrlError>(())
    /// ```
    pub fn host(&self) -> Option<&str> {
        match self.hosts.first()? {
            Host::Tcp(name, _) => Some(name),
            Host::Socket(path, _) => path.to_str(),
        }
    }

    /// Returns the port of the first host, where the URL has one.
    ///
    /// ```
    /// # use limbeck::database::Url;
    /// assert_eq!(Url::parse("mariadb://db:3307/registry")?.port(), Some(3307));
    /// assert_eq!(Url::parse("mariadb://db/registry")?.port(), None);
    /// # Ok::<(), limbeck::database::UrlError>(())
    /// ```
    pub fn port(&self) -> Option<u16> {
        match self.hosts.first()? {
            Host::Tcp(_, port) | Host::Socket(_, port) => *port,
        }
    }

    /// Tells whether this is SQLite in memory: a database that ends with its connection.
    ///
    /// ```
    /// use limbeck::database::Url;
    ///
    /// assert!(Url::parse("sqlite://").is_ok_and(|url| url.is_in_memory()));
    /// ```
    pub fn is_in_memory(&self) -> bool {
        self.sqlite.as_ref().is_some_and(|target| target.memory)
    }

    /// Whether connecting may create the database: a file of SQLite's, in a directory that is there.
    pub(crate) fn may_create(&self) -> bool {
        let directory = |path: &str| match std::path::Path::new(path).parent() {
            Some(parent) => parent.as_os_str().is_empty() || parent.is_dir(),
            None => false,
        };
        self.sqlite
            .as_ref()
            .is_some_and(|target| matches!(target.mode, Mode::Create) && directory(&target.path))
    }

    /// Makes the URL of the same place with another database.
    ///
    /// ```
    /// use limbeck::database::Url;
    ///
    /// let url = Url::parse("postgresql://app:secret@db/registry")?;
    /// assert_eq!(url.with_database("scratch").to_string(), "postgresql://app:***@db/scratch");
    /// # Ok::<(), limbeck::database::UrlError>(())
    /// ```
    pub fn with_database(&self, name: &str) -> Self {
        let mut url = self.clone();
        url.database = Some(name.to_owned());
        if let Some(target) = &mut url.sqlite {
            *target = SqliteTarget {
                path: name.to_owned(),
                ..SqliteTarget::default()
            };
            url.parameters.clear();
        }
        url
    }

    pub(crate) fn password(&self) -> Option<&str> {
        self.password.as_deref()
    }

    pub(crate) fn hosts(&self) -> &[Host] {
        &self.hosts
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(crate) fn sqlite(&self) -> Option<&SqliteTarget> {
        self.sqlite.as_ref()
    }

    fn read_sqlite(&mut self, rest: &str) -> Result<(), UrlError> {
        let (path, query) = split_query(rest);
        self.parameters = query_pairs(query)?;
        let mut target = sqlite::target(&self.scheme, path)?;
        parameters::sqlite(&self.parameters, &mut target, &mut self.settings)?;
        self.database = Some(if target.memory {
            ":memory:".to_owned()
        } else {
            target.path.clone()
        });
        self.sqlite = Some(target);
        Ok(())
    }

    fn read_server(&mut self, rest: &str) -> Result<(), UrlError> {
        let rest = rest.strip_prefix("//").ok_or(UrlError::NoSlashes {
            scheme: self.scheme.clone(),
        })?;
        let (rest, query) = split_query(rest);
        let (authority, path) = match rest.split_once('/') {
            Some((authority, path)) => (authority, Some(path)),
            None => (rest, None),
        };
        // The last '@' ends the user and password, so that a password with an '@' that nobody escaped
        // still works.
        let (login, hosts) = match authority.rsplit_once('@') {
            Some((login, hosts)) => (Some(login), hosts),
            None => (None, authority),
        };
        if let Some(login) = login {
            let (user, password) = match login.split_once(':') {
                Some((user, password)) => (user, Some(password)),
                None => (login, None),
            };
            if !user.is_empty() {
                self.user = Some(decode(user, "user")?);
            }
            self.password = password
                .map(|password| decode(password, "password"))
                .transpose()?;
        }
        self.hosts = hosts_of(hosts)?;
        if let Some(path) = path.filter(|path| !path.is_empty()) {
            self.database = Some(decode(path, "database")?);
        }
        self.parameters = query_pairs(query)?;
        parameters::server(self)
    }
}

impl FromStr for Url {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        Self::parse(text)
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(target) = &self.sqlite {
            sqlite::write(f, &self.scheme, target)?;
        } else {
            write!(f, "{}://", self.scheme)?;
            write_login(f, self)?;
            let shown: Vec<String> = self.hosts.iter().filter_map(Host::in_authority).collect();
            f.write_str(&shown.join(","))?;
            if let Some(database) = &self.database {
                write!(f, "/{}", encode(database))?;
            }
        }
        let mut mark = '?';
        for (name, value) in &self.parameters {
            if parameters::is_in_front(name) {
                continue;
            }
            let value = if parameters::is_secret(name) {
                "***".to_owned()
            } else {
                encode(value)
            };
            write!(f, "{mark}{}={value}", encode(name))?;
            mark = '&';
        }
        Ok(())
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Url({self})")
    }
}

fn write_login(f: &mut fmt::Formatter<'_>, url: &Url) -> fmt::Result {
    if let Some(user) = &url.user {
        f.write_str(&encode(user).replace(':', "%3A").replace('/', "%2F"))?;
    }
    if url.password.is_some() {
        f.write_str(":***")?;
    }
    if url.user.is_some() || url.password.is_some() {
        f.write_str("@")?;
    }
    Ok(())
}

impl Host {
    /// How the host is written in front of the path; sockets are parameters there.
    fn in_authority(&self) -> Option<String> {
        match self {
            Self::Tcp(name, port) => Some(match (name.contains(':'), port) {
                (true, Some(port)) => format!("[{name}]:{port}"),
                (true, None) => format!("[{name}]"),
                (false, Some(port)) => format!("{name}:{port}"),
                (false, None) => name.clone(),
            }),
            Self::Socket(path, port) => {
                let path = encode(&path.to_string_lossy()).replace('/', "%2F");
                Some(port.map_or_else(|| path.clone(), |port| format!("{path}:{port}")))
            }
        }
    }
}

fn dialect_of(scheme: &str) -> Result<Dialect, UrlError> {
    let base = scheme.split_once('+').map_or(scheme, |(base, _driver)| base);
    let lower = base.to_ascii_lowercase();
    if let Some((_, dialect)) = SCHEMES.iter().find(|(name, _)| *name == lower) {
        return Ok(*dialect);
    }
    // What stands before the first ':' may be anything, a user with a password behind it included.
    if !is_word(scheme) {
        return Err(UrlError::NoScheme);
    }
    Err(UrlError::UnknownScheme {
        scheme: scheme.to_owned(),
        nearest: error::nearest(&lower, SCHEMES.iter().map(|(name, _)| *name)),
    })
}

fn hosts_of(text: &str) -> Result<Vec<Host>, UrlError> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    text.split(',').map(host_of).collect()
}

fn host_of(text: &str) -> Result<Host, UrlError> {
    if let Some(rest) = text.strip_prefix('[') {
        let (name, rest) = rest.split_once(']').ok_or(UrlError::OpenBracket)?;
        let port = match rest.strip_prefix(':') {
            Some(port) => port_of(port)?,
            None if rest.is_empty() => None,
            None => return Err(UrlError::BadPort),
        };
        return Ok(Host::Tcp(name.to_owned(), port));
    }
    let (name, port) = match text.split_once(':') {
        Some((name, port)) => (name, port_of(port)?),
        None => (text, None),
    };
    named_host(decode(name, "host")?, port)
}

/// Tells a path from a host name as libpq does, by its first character.
fn named_host(name: String, port: Option<u16>) -> Result<Host, UrlError> {
    if name.starts_with('/') {
        return Ok(Host::Socket(PathBuf::from(name), port));
    }
    if name
        .chars()
        .any(|c| c.is_whitespace() || c.is_control() || "/\\#?@<>^|\"".contains(c))
    {
        return Err(UrlError::BadHost);
    }
    let name = name.trim_start_matches('[').trim_end_matches(']').to_owned();
    let name = if name.is_empty() {
        "localhost".to_owned()
    } else {
        name
    };
    Ok(Host::Tcp(name, port))
}

fn port_of(text: &str) -> Result<Option<u16>, UrlError> {
    if text.is_empty() {
        return Ok(None);
    }
    match text.parse::<u16>() {
        Ok(port) if port > 0 => Ok(Some(port)),
        _ => Err(UrlError::BadPort),
    }
}

fn split_query(text: &str) -> (&str, &str) {
    text.split_once('?').unwrap_or((text, ""))
}

fn query_pairs(query: &str) -> Result<Vec<(String, String)>, UrlError> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = match pair.split_once('=') {
                Some((name, value)) => (name, value),
                None if is_word(pair) => {
                    return Err(UrlError::NoValue {
                        name: pair.to_owned(),
                    });
                }
                None => return Err(UrlError::BadParameterName),
            };
            let name = decode(name, "parameter name")?;
            if !is_word(&name) {
                return Err(UrlError::BadParameterName);
            }
            Ok((name, decode(value, "parameter value")?))
        })
        .collect()
}

/// Whether `text` can be shown: a short word without anything that a stray password may hold.
fn is_word(text: &str) -> bool {
    (1..=40).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"_-+.".contains(&b))
}

/// Undoes percent-encoding.
fn decode(text: &str, part: &'static str) -> Result<String, UrlError> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] != b'%' {
            out.push(bytes[at]);
            at += 1;
            continue;
        }
        let digits = bytes.get(at + 1..at + 3).ok_or(UrlError::BadEscape { part })?;
        let (Some(high), Some(low)) = (hex(digits[0]), hex(digits[1])) else {
            return Err(UrlError::BadEscape { part });
        };
        out.push(high * 16 + low);
        at += 3;
    }
    let text = String::from_utf8(out).map_err(|_| UrlError::NotUtf8 { part })?;
    if text.contains('\0') {
        return Err(UrlError::Nul { part });
    }
    Ok(text)
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}

/// Percent-encodes what would end a part of a URL.
fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() || " %@?&#[]<>\"".contains(c) {
            let mut buffer = [0; 4];
            for byte in c.encode_utf8(&mut buffer).bytes() {
                out.push_str(&format!("%{byte:02X}"));
            }
        } else {
            out.push(c);
        }
    }
    out
}
