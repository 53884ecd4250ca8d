//! The way to a MySQL server, and what stood in it.

use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::net::Ipv6Addr;
use std::net::SocketAddr;
use std::net::ToSocketAddrs;
use std::path::Path;
use std::path::PathBuf;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use limbeck_core::Dialect;
use mysql::ClientIdentity;
use mysql::Conn;
use mysql::DriverError;
use mysql::Opts;
use mysql::OptsBuilder;
use mysql::SslOpts;

use super::error;
use crate::database::DatabaseError;
use crate::database::ErrorKind;
use crate::database::Options;
use crate::database::Url;
use crate::database::reach;
use crate::database::tls;
use crate::database::url::Host;
use crate::database::url::TlsMode;

const PORT: u16 = 3306;
/// Where servers put their socket when nobody says otherwise: Debian's place, Red Hat's, upstream's.
const SOCKETS: &[&str] = &[
    "/run/mysqld/mysqld.sock",
    "/var/lib/mysql/mysql.sock",
    "/tmp/mysql.sock",
];
pub(super) const CANCEL_TIMEOUT: Duration = Duration::from_secs(5);
/// The limit is the server's to set; asking for its value would cost a query.
const MAX_PACKET: usize = 1 << 30;

/// A connection that is logged in.
pub(super) struct Opened {
    pub(super) conn: Conn,
    pub(super) opts: Opts,
    pub(super) place: String,
}

/// Connects as the URL says.
pub(super) fn open(url: &Url, options: &Options) -> Result<Opened, DatabaseError> {
    let host = url.hosts().first().cloned().unwrap_or_else(local);
    let settings = url.settings();
    let wait = settings
        .connect_timeout
        .filter(|wait| !wait.is_zero())
        .unwrap_or(options.connect_timeout);
    let builder = builder(url, options, wait);
    let (place, addresses) = match &host {
        Host::Socket(path, _) => (
            format!("the socket {}", path.display()),
            vec![builder.socket(path.to_str())],
        ),
        Host::Tcp(name, port) => {
            let port = port.unwrap_or(PORT);
            let place = reach::place(name, port);
            let addresses = addresses(builder, url, name, port, &place, wait)?;
            (place, addresses)
        }
    };
    let mode = match (&host, settings.tls.unwrap_or_default()) {
        (Host::Socket(..), _) => TlsMode::Disable,
        (_, mode) => mode,
    };
    let mut last = None;
    for builder in addresses {
        match open_one(builder, url, options, mode, &place, wait) {
            Err(error) if error.kind == ErrorKind::Connect => last = Some(error),
            outcome => return outcome,
        }
    }
    Err(last.expect("there is at least one address"))
}

/// What to call the server before it has said what it is.
fn product(url: &Url) -> &'static str {
    if url.dialect() == Dialect::Mariadb {
        "MariaDB"
    } else {
        "MySQL"
    }
}

pub(in crate::database) fn local() -> Host {
    SOCKETS
        .iter()
        .map(PathBuf::from)
        .find(|path| path.exists())
        .map_or_else(
            || Host::Tcp("localhost".to_owned(), None),
            |path| Host::Socket(path, None),
        )
}

fn builder(url: &Url, options: &Options, wait: Duration) -> OptsBuilder {
    let name = url
        .settings()
        .application_name
        .as_ref()
        .unwrap_or(&options.application_name);
    OptsBuilder::new()
        .user(url.user().or(options.default_user.as_deref()))
        .pass(url.password().or(options.default_password.as_deref()))
        .db_name(url.database())
        // The driver would ask a server on this machine for its socket and connect anew.
        .prefer_socket(false)
        .max_allowed_packet(Some(MAX_PACKET))
        .tcp_connect_timeout(Some(wait))
        // A statement may run for hours without a byte; a server that is gone must be noticed all the same.
        .tcp_keepalive_time_ms(Some(60_000))
        .connect_attrs(Some(HashMap::from([("program_name".to_owned(), name.clone())])))
}

/// One set of options for each address that the name has: the driver gives up at the first that refuses,
/// and `localhost` has two where a server often listens on one.
fn addresses(
    builder: OptsBuilder,
    url: &Url,
    name: &str,
    port: u16,
    place: &str,
    wait: Duration,
) -> Result<Vec<OptsBuilder>, DatabaseError> {
    let builder = builder.tcp_port(port);
    let wanted = (name.to_owned(), port);
    let found = within(wait, move || {
        wanted.to_socket_addrs().map(Iterator::collect::<Vec<SocketAddr>>)
    });
    match found {
        None => Err(reach::too_late(place, product(url), wait)),
        Some(Err(error)) => Err(reach::failure(place, product(url), &error).with_source(error)),
        Some(Ok(found)) if url.settings().tls == Some(TlsMode::VerifyFull) => {
            Ok(by_name(&builder.ip_or_hostname(Some(name)), &found))
        }
        Some(Ok(found)) => Ok(found
            .into_iter()
            .map(|address| {
                let ip = match address {
                    SocketAddr::V4(address) => address.ip().to_string(),
                    SocketAddr::V6(address) => format!("[{}]", address.ip()),
                };
                builder.clone().ip_or_hostname(Some(ip))
            })
            .collect()),
    }
}

/// To compare the name in a certificate the driver must be told the name, and looks it up again. Bound to
/// one family of addresses, it tries all of that family.
fn by_name(builder: &OptsBuilder, found: &[SocketAddr]) -> Vec<OptsBuilder> {
    let any: [(bool, SocketAddr); 2] = [
        (true, (Ipv4Addr::UNSPECIFIED, 0).into()),
        (false, (Ipv6Addr::UNSPECIFIED, 0).into()),
    ];
    any.into_iter()
        .filter(|(v4, _)| found.iter().any(|address| address.is_ipv4() == *v4))
        .map(|(_, any)| builder.clone().bind_address(Some(any)))
        .collect()
}

fn open_one(
    builder: OptsBuilder,
    url: &Url,
    options: &Options,
    mode: TlsMode,
    place: &str,
    wait: Duration,
) -> Result<Opened, DatabaseError> {
    let attempts: &[bool] = match mode {
        TlsMode::Disable => &[false],
        TlsMode::Allow => &[false, true],
        TlsMode::Prefer => &[true, false],
        TlsMode::Require | TlsMode::VerifyCa | TlsMode::VerifyFull => &[true],
    };
    let mut first = None;
    for encrypted in attempts {
        let opts = Opts::from(if *encrypted {
            builder.clone().ssl_opts(ssl_opts(url, mode)?)
        } else {
            builder.clone()
        });
        match dial(opts.clone(), wait) {
            Ok(Some(conn)) => {
                return Ok(Opened {
                    conn,
                    opts,
                    place: place.to_owned(),
                });
            }
            Ok(None) => return Err(reach::too_late(place, product(url), wait)),
            Err(error) => {
                let error = failure(error, url, options, place);
                let insists = error.code.as_deref() == Some("3159");
                if error.kind != ErrorKind::Tls && !insists {
                    return Err(error);
                }
                first.get_or_insert(error);
            }
        }
    }
    Err(first.expect("there is at least one attempt"))
}

/// Connects, log-in included, within `wait`: the driver itself bounds only the first step.
pub(super) fn dial(opts: Opts, wait: Duration) -> mysql::Result<Option<Conn>> {
    within(wait, move || Conn::new(opts)).transpose()
}

/// Runs `work` on a thread of its own, and leaves it alone when it takes too long.
fn within<T: Send + 'static>(wait: Duration, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        // Nobody listens any more if the work took too long.
        let _ = sender.send(work());
    });
    receiver.recv_timeout(wait).ok()
}

fn ssl_opts(url: &Url, mode: TlsMode) -> Result<SslOpts, DatabaseError> {
    // The driver asks rustls for the process's provider, which is ambiguous in a program that has two.
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Another thread may have been faster, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
    let settings = url.settings();
    let verify = mode >= TlsMode::VerifyCa;
    let names = mode == TlsMode::VerifyFull && settings.check_host_name != Some(false);
    let mut opts = SslOpts::default()
        .with_danger_accept_invalid_certs(!verify)
        .with_danger_skip_domain_validation(!names);
    // The driver trusts Mozilla's roots beside these in any case. With VERIFY_IDENTITY that is no more than a
    // browser does; VERIFY_CA with a private authority is weaker here than in MySQL's own clients.
    let root = settings
        .root_cert
        .clone()
        .or_else(|| tls::system_roots().map(str::to_owned));
    if let (true, Some(root)) = (verify, root) {
        readable(&root)?;
        opts = opts.with_root_cert_path(Some(PathBuf::from(root)));
    }
    match (&settings.cert, &settings.key) {
        (Some(cert), Some(key)) => {
            readable(cert)?;
            readable(key)?;
            Ok(opts.with_client_identity(Some(ClientIdentity::new(PathBuf::from(cert), PathBuf::from(key)))))
        }
        (None, None) => Ok(opts),
        _ => Err(DatabaseError::new(
            ErrorKind::Tls,
            "a client certificate needs its private key, and the key its certificate",
        )
        .with_hint("give both ssl_cert and ssl_key in the URL")),
    }
}

fn readable(path: &str) -> Result<(), DatabaseError> {
    std::fs::File::open(Path::new(path)).map(drop).map_err(|error| {
        DatabaseError::new(ErrorKind::File, format!("can't read {path}: {error}"))
            .with_hint("check the path in the URL and the rights of the file")
            .with_source(error)
    })
}

/// Says what stood in the way, in terms of the URL.
fn failure(error: mysql::Error, url: &Url, options: &Options, place: &str) -> DatabaseError {
    let user = url.user().or(options.default_user.as_deref());
    let who = user.map_or_else(
        || "a user without a name".to_owned(),
        |user| format!("user '{user}'"),
    );
    let product = product(url);
    if let Some(tls) = error::tls(&error) {
        return tls::failure(place, tls).with_source(error);
    }
    match &error {
        mysql::Error::MySqlError(said) => {
            let (kind, message, hint) = refused(said, url, place, &who);
            let mut failure = DatabaseError::new(kind, message).with_code(said.code.to_string());
            failure.hint = hint;
            failure.with_source(error)
        }
        mysql::Error::DriverError(DriverError::TlsNotSupported) => DatabaseError::new(
            ErrorKind::Tls,
            format!("{product} at {place} has no TLS, and the URL's ssl_mode demands it"),
        )
        .with_hint("switch TLS on in the server, or use ssl_mode=PREFERRED")
        .with_source(error),
        mysql::Error::DriverError(DriverError::UnknownAuthPlugin(plugin)) => DatabaseError::new(
            ErrorKind::Authentication,
            format!("{product} at {place} wants {who} to log in by '{plugin}', which limbeck can't do"),
        )
        .with_hint("give the user a password: ALTER USER … IDENTIFIED BY …")
        .with_source(error),
        mysql::Error::DriverError(DriverError::ConnectTimeout) => {
            let io = std::io::Error::from(std::io::ErrorKind::TimedOut);
            reach::failure(place, product, &io).with_source(error)
        }
        mysql::Error::DriverError(DriverError::CouldNotConnect(Some((_, text, kind)))) => {
            let io = std::io::Error::new(*kind, text.clone());
            reach::failure(place, product, &io).with_source(error)
        }
        other => {
            let message = match error::io(other) {
                Some(io) => return reach::failure(place, product, io).with_source(error),
                None => format!("what listens at {place} does not speak like {product}: {other}"),
            };
            DatabaseError::new(ErrorKind::Connect, message)
                .with_hint("check that it is MySQL or MariaDB, and look into its log")
                .with_source(error)
        }
    }
}

/// What a server means by the number with which it turns a client away.
fn refused(
    said: &mysql::MySqlError,
    url: &Url,
    place: &str,
    who: &str,
) -> (ErrorKind, String, Option<String>) {
    let text = &said.message;
    let database = url.database().unwrap_or_default();
    let product = product(url);
    match said.code {
        1045 | 1698 | 1251 | 1862 | 1820 => (
            ErrorKind::Authentication,
            format!("{product} at {place} does not accept {who}: {text}"),
            Some(reach::LOGIN_HINT.to_owned()),
        ),
        1130 | 1129 => (
            ErrorKind::Authentication,
            format!("{product} at {place} does not accept this machine: {text}"),
            Some("allow the user to connect from this host, or run FLUSH HOSTS".to_owned()),
        ),
        1049 => (
            ErrorKind::UnknownDatabase,
            format!("{product} at {place} has no database '{database}'"),
            Some(format!(
                "create it (CREATE DATABASE {database}), or correct the name in the URL"
            )),
        ),
        1044 => (
            ErrorKind::Permission,
            format!("{product} at {place} does not let {who} use the database '{database}': {text}"),
            Some("grant the user its rights on the database, or correct the name in the URL".to_owned()),
        ),
        1040 | 1203 | 1226 | 1053 | 3159 => (
            ErrorKind::NotReady,
            format!("{product} at {place} takes no connection now: {text}"),
            None,
        ),
        _ => (
            ErrorKind::Connect,
            format!("{product} at {place} refuses the connection: {text}"),
            None,
        ),
    }
}
