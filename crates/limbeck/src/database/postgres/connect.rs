//! The way to a PostgreSQL server: which hosts, with or without TLS, and what stood in the way.

use std::error::Error;
use std::future::Future;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use tokio_postgres::Client;
use tokio_postgres::Config;
use tokio_postgres::NoTls;
use tokio_postgres::Socket;
use tokio_postgres::config;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::PgError;
use super::Wire;
use super::cancel::Target;
use super::error;
use crate::database::DatabaseError;
use crate::database::ErrorKind;
use crate::database::Options;
use crate::database::Url;
use crate::database::reach;
use crate::database::tls;
use crate::database::url::ChannelBinding;
use crate::database::url::Host;
use crate::database::url::SessionAttributes;
use crate::database::url::TlsMode;

/// Where servers put their sockets when nobody says otherwise: Debian's place, then upstream's.
const SOCKET_DIRECTORIES: &[&str] = &["/var/run/postgresql", "/tmp"];
const PORT: u16 = 5432;
const ACCESS_HINT: &str = "allow this user, database and kind of connection in the server's pg_hba.conf, or change the user or \
     sslmode in the URL";

/// A connection that is logged in.
pub(super) struct Opened {
    pub(super) client: Client,
    pub(super) wire: Wire,
    pub(super) server: String,
    pub(super) place: String,
    pub(super) target: Target,
    pub(super) tls: Option<MakeRustlsConnect>,
}

/// How one attempt is encrypted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Attempt {
    Plain,
    /// Encrypted if the server can.
    Offered(TlsMode),
    Encrypted(TlsMode),
}

/// Tries the hosts in order.
pub(super) async fn open(url: &Url, options: &Options) -> Result<Opened, DatabaseError> {
    let hosts = if url.hosts().is_empty() {
        vec![local()]
    } else {
        url.hosts().to_vec()
    };
    let mut failures = Vec::new();
    for host in &hosts {
        match open_host(url, options, host).await {
            Ok(opened) => return Ok(opened),
            // Another host is no cure for a wrong password.
            Err(error) if !(error.may_pass() || error.kind == ErrorKind::ReadOnly) => return Err(error),
            Err(error) => failures.push(error),
        }
    }
    let last = failures.pop().expect("there is at least one host");
    if failures.is_empty() {
        return Err(last);
    }
    let mut error = DatabaseError::new(
        last.kind,
        format!("none of the {} hosts can be used", hosts.len()),
    );
    error.hint = last.hint.clone();
    failures.push(last);
    error.detail = Some(
        failures
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("\n"),
    );
    Err(error)
}

pub(in crate::database) fn local() -> Host {
    SOCKET_DIRECTORIES
        .iter()
        .map(PathBuf::from)
        .find(|directory| directory.join(format!(".s.PGSQL.{PORT}")).exists())
        .map_or_else(
            || Host::Tcp("localhost".to_owned(), None),
            |path| Host::Socket(path, None),
        )
}

async fn open_host(url: &Url, options: &Options, host: &Host) -> Result<Opened, DatabaseError> {
    let settings = url.settings();
    let mut config = configuration(url, options);
    let (place, target) = match host {
        Host::Tcp(name, port) => {
            let port = port.unwrap_or(PORT);
            config.host(name).port(port);
            if let Some(address) = settings.hostaddr.as_deref().and_then(|text| text.parse().ok()) {
                config.hostaddr(address);
            }
            let target = Target::Tcp {
                name: name.clone(),
                address: settings.hostaddr.as_ref().unwrap_or(name).clone(),
                port,
            };
            (reach::place(name, port), target)
        }
        Host::Socket(directory, port) => {
            let port = port.unwrap_or(PORT);
            config.host_path(directory).port(port);
            let path = directory.join(format!(".s.PGSQL.{port}"));
            (format!("the socket {}", path.display()), Target::Socket(path))
        }
    };
    // As in libpq, a certificate to check against is a wish to check.
    let mode = match settings.tls.unwrap_or_default() {
        _ if settings.root_cert.as_deref() == Some("system") => TlsMode::VerifyFull,
        TlsMode::Require if settings.root_cert.is_some() => TlsMode::VerifyCa,
        mode => mode,
    };
    let attempts: &[Attempt] = match (host, mode) {
        (Host::Socket(..), _) | (_, TlsMode::Disable) => &[Attempt::Plain],
        (_, TlsMode::Allow) => &[Attempt::Plain, Attempt::Encrypted(TlsMode::Require)],
        (_, TlsMode::Prefer) => &[Attempt::Offered(TlsMode::Require), Attempt::Plain],
        (_, mode) => &[Attempt::Encrypted(mode)],
    };
    let wait = settings
        .connect_timeout
        .filter(|wait| !wait.is_zero())
        .unwrap_or(options.connect_timeout);
    let mut first = None;
    for attempt in attempts {
        match open_once(url, options, &mut config, *attempt, (&place, &target), wait).await {
            Ok(opened) => return Ok(opened),
            Err(error) => {
                let again = error.kind == ErrorKind::Tls || error.code.as_deref() == Some("28000");
                if !again {
                    return Err(error);
                }
                first.get_or_insert(error);
            }
        }
    }
    Err(first.expect("there is at least one attempt"))
}

fn configuration(url: &Url, options: &Options) -> Config {
    let settings = url.settings();
    let mut config = Config::new();
    if let Some(user) = url.user().or(options.default_user.as_deref()) {
        config.user(user);
    }
    if let Some(password) = url.password().or(options.default_password.as_deref()) {
        config.password(password);
    }
    if let Some(database) = url.database() {
        config.dbname(database);
    }
    config.application_name(
        settings
            .application_name
            .as_deref()
            .unwrap_or(&options.application_name),
    );
    let mut startup = settings.options.clone().unwrap_or_default();
    if let Some(path) = options.search_path.as_ref().or(settings.search_path.as_ref()) {
        let escaped = path.replace('\\', "\\\\").replace(' ', "\\ ");
        startup.push_str(&format!(" -c search_path={escaped}"));
    }
    if !startup.is_empty() {
        config.options(startup.trim_start());
    }
    config.target_session_attrs(match settings.session_attributes {
        SessionAttributes::Any => config::TargetSessionAttrs::Any,
        SessionAttributes::ReadWrite => config::TargetSessionAttrs::ReadWrite,
        SessionAttributes::ReadOnly => config::TargetSessionAttrs::ReadOnly,
    });
    config.channel_binding(match settings.channel_binding {
        ChannelBinding::Disable => config::ChannelBinding::Disable,
        ChannelBinding::Prefer => config::ChannelBinding::Prefer,
        ChannelBinding::Require => config::ChannelBinding::Require,
    });
    // A statement may run for hours without a byte; a server that is gone must be noticed all the same.
    config.keepalives_idle(Duration::from_secs(60));
    config.keepalives_interval(Duration::from_secs(15));
    config.keepalives_retries(4);
    config
}

async fn open_once(
    url: &Url,
    options: &Options,
    config: &mut Config,
    attempt: Attempt,
    (place, target): (&str, &Target),
    wait: Duration,
) -> Result<Opened, DatabaseError> {
    let (ssl_mode, tls) = match attempt {
        Attempt::Plain => (config::SslMode::Disable, None),
        Attempt::Offered(mode) => (config::SslMode::Prefer, Some(mode)),
        Attempt::Encrypted(mode) => (config::SslMode::Require, Some(mode)),
    };
    config.ssl_mode(ssl_mode);
    let tls = tls
        .map(|mode| tls::client_config(mode, url.settings()).map(MakeRustlsConnect::new))
        .transpose()?;
    let opened = async {
        match &tls {
            Some(tls) => split(config.connect(tls.clone())).await,
            None => split(config.connect(NoTls)).await,
        }
    };
    match tokio::time::timeout(wait, opened).await {
        Err(_late) => Err(reach::too_late(place, "PostgreSQL", wait)),
        Ok(Err(error)) => Err(failure(error, url, options, place)),
        Ok(Ok((client, wire, version))) => Ok(Opened {
            client,
            wire,
            server: format!("PostgreSQL {version}"),
            place: place.to_owned(),
            target: target.clone(),
            tls,
        }),
    }
}

/// Hides the stream's type, which depends on how it is encrypted, and keeps the server's version.
async fn split<S>(
    connecting: impl Future<Output = Result<(Client, tokio_postgres::Connection<Socket, S>), PgError>>,
) -> Result<(Client, Wire, String), PgError>
where
    S: tokio_postgres::tls::TlsStream + Unpin + Send + 'static,
{
    let (client, mut connection) = connecting.await?;
    // Packagers add their own words behind the number: `15.18 (Debian 15.18-0+deb12u1)`.
    let version = connection
        .parameter("server_version")
        .unwrap_or("of unknown version");
    let version = version.split(" (").next().unwrap_or(version).to_owned();
    let wire: Wire = Box::new(move |cx| connection.poll_message(cx));
    Ok((client, wire, version))
}

/// Says what stood in the way, in terms of the URL.
fn failure(error: PgError, url: &Url, options: &Options, place: &str) -> DatabaseError {
    let user = url.user().or(options.default_user.as_deref());
    let who = user.map_or_else(
        || "the user of this process".to_owned(),
        |user| format!("user '{user}'"),
    );
    if let Some(db) = error.as_db_error() {
        let mut failure = error::translated(db, place);
        let said = db.message();
        match failure.kind {
            ErrorKind::Authentication => {
                failure.message = format!("PostgreSQL at {place} does not accept {who}: {said}");
                let hint = if said.contains("pg_hba.conf") {
                    ACCESS_HINT
                } else {
                    reach::LOGIN_HINT
                };
                failure.hint = failure.hint.take().or(Some(hint.to_owned()));
            }
            ErrorKind::UnknownDatabase => {
                let name = url.database().or(user).unwrap_or("NAME");
                failure.message = format!("PostgreSQL at {place} has no database '{name}'");
                failure.hint = Some(format!(
                    "create it (createdb {name}), or correct the name in the URL"
                ));
            }
            // A server that starts, stops or is full says so at log-in, and may be better in a moment.
            ErrorKind::ConnectionLost | ErrorKind::NotReady => {
                failure.kind = ErrorKind::NotReady;
                failure.message = format!("PostgreSQL at {place} takes no connection now: {said}");
            }
            _ => failure.message = format!("PostgreSQL at {place} refuses the connection: {said}"),
        }
        return failure.with_source(error);
    }
    let cause = error.source();
    let cause_text = cause.map(ToString::to_string).unwrap_or_default();
    let io = cause.and_then(|cause| cause.downcast_ref::<io::Error>());
    if let Some(tls) = io
        .and_then(io::Error::get_ref)
        .and_then(|inner| inner.downcast_ref::<rustls::Error>())
    {
        return tls::failure(place, tls).with_source(error);
    }
    let text = error.to_string();
    if text.contains("TLS") {
        let failure = if cause_text.contains("does not support TLS") {
            DatabaseError::new(
                ErrorKind::Tls,
                format!("PostgreSQL at {place} has no TLS, and the URL's sslmode demands it"),
            )
            .with_hint("switch TLS on in the server (ssl = on), or use sslmode=prefer")
        } else {
            DatabaseError::new(
                ErrorKind::Tls,
                format!("no secure connection to {place}: {cause_text}"),
            )
        };
        return failure.with_source(error);
    }
    if cause_text == "password missing" {
        return DatabaseError::new(
            ErrorKind::Authentication,
            format!("PostgreSQL at {place} asks for the password of {who}, and there is none"),
        )
        .with_hint("write it into the URL: postgresql://USER:PASSWORD@HOST/DATABASE");
    }
    if text.starts_with("authentication") || text.starts_with("invalid configuration") {
        return DatabaseError::new(
            ErrorKind::Authentication,
            format!("can't log in to PostgreSQL at {place} as {who}: {cause_text}"),
        )
        .with_source(error);
    }
    match io {
        Some(io) if cause_text.contains("does not allow writes") || cause_text.contains("not read only") => {
            let message = format!("PostgreSQL at {place} is not what target_session_attrs asks for: {io}");
            DatabaseError::new(ErrorKind::ReadOnly, message).with_source(error)
        }
        Some(io) => reach::failure(place, "PostgreSQL", io).with_source(error),
        None => DatabaseError::new(
            ErrorKind::Connect,
            format!("what listens at {place} ended the connection at once"),
        )
        .with_hint("check that it is PostgreSQL, and look into its log")
        .with_source(error),
    }
}
