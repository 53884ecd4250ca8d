//! The parameters that URLs may have, per kind of database.
//!
//! A parameter is honoured, or known to change nothing here, or an error: a typo never passes for a
//! setting that silently does not hold.

use std::path::PathBuf;
use std::time::Duration;

use limbeck_core::Dialect;

use super::ChannelBinding;
use super::Host;
use super::SessionAttributes;
use super::Settings;
use super::TlsMode;
use super::Url;
use super::UrlError;
use super::error::nearest;
use super::named_host;
use super::port_of;
use super::sqlite::Mode;
use super::sqlite::SqliteTarget;

/// What PostgreSQL URLs honour.
const POSTGRES: &[&str] = &[
    "host",
    "hostaddr",
    "port",
    "user",
    "password",
    "dbname",
    "database",
    "sslmode",
    "ssl",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "channel_binding",
    "connect_timeout",
    "application_name",
    "fallback_application_name",
    "options",
    "search_path",
    "schema",
    "target_session_attrs",
    "client_encoding",
    "gssencmode",
];

/// What MySQL and MariaDB URLs honour.
const MYSQL: &[&str] = &[
    "host",
    "port",
    "user",
    "password",
    "database",
    "db",
    "unix_socket",
    "socket",
    "charset",
    "ssl",
    "ssl_mode",
    "sslmode",
    "ssl_ca",
    "ssl_cert",
    "ssl_key",
    "ssl_verify_cert",
    "ssl_verify_identity",
    "ssl_check_hostname",
    "connect_timeout",
];

/// What SQLite URLs honour.
const SQLITE: &[&str] = &[
    "mode",
    "timeout",
    "uri",
    "cache",
    "immutable",
    "nolock",
    "vfs",
    "psow",
];

/// Settings of pools, statement caches and Python objects. They can't change what a migration does, and
/// an application and limbeck often share one URL, so they pass.
const OF_NO_CONCERN: &[&str] = &[
    "async_fallback",
    "cached_statements",
    "check_same_thread",
    "connection_limit",
    "max_connections",
    "min_connections",
    "pgbouncer",
    "pool_timeout",
    "prepared_statement_cache_size",
    "prepared_statement_name_func",
    "statement_cache_capacity",
    "statement_cache_size",
    "use_unicode",
];

/// Settings that would change what happens, and that limbeck does not have.
const UNSUPPORTED: &[(&str, &str)] = &[
    ("autocommit", "limbeck decides about transactions itself"),
    ("detect_types", "values are text here; leave it out"),
    (
        "gsslib",
        "it logs in with a password or a certificate; leave it out",
    ),
    ("init_command", "put the statement into a migration"),
    ("isolation_level", "limbeck decides about transactions itself"),
    (
        "krbsrvname",
        "it logs in with a password or a certificate; leave it out",
    ),
    (
        "load_balance_hosts",
        "hosts are tried in the order in which they are written",
    ),
    ("local_infile", "files are not sent to the server; leave it out"),
    (
        "passfile",
        "write the password into the URL, or into the environment of the command line",
    ),
    ("read_default_file", "write its settings into the URL"),
    ("replication", "it is for replicas; leave it out"),
    ("requirepeer", "leave it out"),
    ("service", "write the service's settings into the URL"),
    ("sslcrl", "revoked certificates are not looked up; leave it out"),
    (
        "sslcrldir",
        "revoked certificates are not looked up; leave it out",
    ),
    ("sslpassword", "use a key without a pass phrase"),
    ("ssl_cipher", "the ciphers are rustls's; leave it out"),
];

/// Whether the value must not be shown.
pub(super) fn is_secret(name: &str) -> bool {
    matches!(flat(name).as_str(), "password" | "sslpassword" | "passwd")
}

/// Whether the value has become a part in front of the parameters.
pub(super) fn is_in_front(name: &str) -> bool {
    matches!(
        flat(name).as_str(),
        "host"
            | "hostaddr"
            | "port"
            | "user"
            | "password"
            | "dbname"
            | "database"
            | "db"
            | "unix_socket"
            | "socket"
    )
}

/// Tools disagree about dashes, underscores and capitals (`ssl-mode`, `sslMode`).
fn flat(name: &str) -> String {
    name.to_ascii_lowercase().replace('-', "_")
}

/// Reads the parameters of a server's URL.
pub(super) fn server(url: &mut Url) -> Result<(), UrlError> {
    let pairs = url.parameters.clone();
    let mut replaced = Replaced::default();
    for (name, value) in &pairs {
        let known = match url.dialect {
            Dialect::Postgresql => {
                common(url, &mut replaced, name, value)? || postgres(&mut url.settings, name, value)?
            }
            Dialect::Mysql | Dialect::Mariadb => {
                common(url, &mut replaced, name, value)? || mysql(url, name, value)?
            }
            Dialect::Sqlite => false,
        };
        if !known {
            unknown(url.dialect, name)?;
        }
    }
    replaced.apply(url)
}

/// Hosts and ports from parameters, which stand in for what the authority leaves out.
#[derive(Default)]
struct Replaced {
    hosts: Option<Vec<String>>,
    ports: Option<Vec<Option<u16>>>,
}

impl Replaced {
    fn apply(self, url: &mut Url) -> Result<(), UrlError> {
        let ports = self.ports.unwrap_or_default();
        if let Some(hosts) = self.hosts {
            url.hosts = hosts
                .into_iter()
                .map(|host| {
                    let (name, port) = split_port(&host)?;
                    named_host(name, port)
                })
                .collect::<Result<_, _>>()?;
        }
        if url.hosts.is_empty() && ports.iter().any(Option::is_some) {
            url.hosts = vec![Host::Tcp("localhost".to_owned(), None)];
        }
        if ports.len() > 1 && ports.len() != url.hosts.len() {
            return Err(UrlError::HostsAndPorts {
                hosts: url.hosts.len(),
                ports: ports.len(),
            });
        }
        for (at, host) in url.hosts.iter_mut().enumerate() {
            let given = ports.get(at).or(ports.first()).copied().flatten();
            match host {
                Host::Tcp(_, port) | Host::Socket(_, port) => *port = port.or(given),
            }
        }
        if url.dialect != Dialect::Postgresql && url.hosts.len() > 1 {
            return Err(UrlError::SeveralHosts {
                dialect: url.dialect.name(),
            });
        }
        Ok(())
    }
}

/// SQLAlchemy writes several hosts as `host=a:5432&host=b:5433`, libpq as `host=a,b&port=5432,5433`.
fn split_port(host: &str) -> Result<(String, Option<u16>), UrlError> {
    match host.rsplit_once(':') {
        Some((name, port)) if !host.starts_with('/') && !name.contains(':') => {
            Ok((name.to_owned(), port_of(port)?))
        }
        _ => Ok((host.to_owned(), None)),
    }
}

fn common(url: &mut Url, replaced: &mut Replaced, name: &str, value: &str) -> Result<bool, UrlError> {
    match flat(name).as_str() {
        "host" => replaced
            .hosts
            .get_or_insert_default()
            .extend(value.split(',').map(str::to_owned)),
        "port" => {
            let ports = value.split(',').map(port_of).collect::<Result<Vec<_>, _>>()?;
            replaced.ports.get_or_insert_default().extend(ports);
        }
        "user" => url.user = Some(value.to_owned()),
        "password" => url.password = Some(value.to_owned()),
        "database" | "dbname" => url.database = Some(value.to_owned()),
        "connect_timeout" => url.settings.connect_timeout = Some(seconds(name, value)?),
        _ => return Ok(false),
    }
    Ok(true)
}

fn postgres(settings: &mut Settings, name: &str, value: &str) -> Result<bool, UrlError> {
    match flat(name).as_str() {
        "hostaddr" => {
            if value.parse::<std::net::IpAddr>().is_err() {
                return Err(bad(name, value, "an IP address"));
            }
            settings.hostaddr = Some(value.to_owned());
        }
        "sslmode" | "ssl_mode" | "ssl" => settings.tls = Some(postgres_tls(name, value)?),
        "sslrootcert" | "ssl_root_cert" | "ssl_ca" => settings.root_cert = Some(value.to_owned()),
        "sslcert" | "ssl_client_cert" | "ssl_cert" => settings.cert = Some(value.to_owned()),
        "sslkey" | "ssl_client_key" | "ssl_key" => settings.key = Some(value.to_owned()),
        "channel_binding" => {
            settings.channel_binding = match value {
                "disable" => ChannelBinding::Disable,
                "prefer" => ChannelBinding::Prefer,
                "require" => ChannelBinding::Require,
                _ => return Err(bad(name, value, "disable, prefer or require")),
            }
        }
        "application_name" => settings.application_name = Some(value.to_owned()),
        "fallback_application_name" => {
            settings.application_name.get_or_insert_with(|| value.to_owned());
        }
        "options" => settings.options = Some(value.to_owned()),
        "search_path" | "schema" | "currentschema" => settings.search_path = Some(value.to_owned()),
        "target_session_attrs" => {
            settings.session_attributes = match value {
                "any" => SessionAttributes::Any,
                "read-write" | "primary" => SessionAttributes::ReadWrite,
                "read-only" | "standby" => SessionAttributes::ReadOnly,
                _ => return Err(bad(name, value, "any, read-write, read-only, primary or standby")),
            }
        }
        "client_encoding" => match flat(value).replace('_', "").as_str() {
            "utf8" | "unicode" | "auto" => {}
            _ => return Err(bad(name, value, "utf8, which limbeck always uses")),
        },
        "gssencmode" => match value {
            "disable" | "prefer" => {}
            _ => return Err(bad(name, value, "disable or prefer: limbeck has no GSSAPI")),
        },
        _ => return Ok(false),
    }
    Ok(true)
}

fn postgres_tls(name: &str, value: &str) -> Result<TlsMode, UrlError> {
    Ok(match value.to_ascii_lowercase().as_str() {
        "disable" | "false" => TlsMode::Disable,
        "allow" => TlsMode::Allow,
        "prefer" => TlsMode::Prefer,
        "require" | "true" => TlsMode::Require,
        "verify-ca" => TlsMode::VerifyCa,
        "verify-full" => TlsMode::VerifyFull,
        _ => {
            return Err(bad(
                name,
                value,
                "disable, allow, prefer, require, verify-ca or verify-full",
            ));
        }
    })
}

fn mysql(url: &mut Url, name: &str, value: &str) -> Result<bool, UrlError> {
    let settings = &mut url.settings;
    match flat(name).as_str() {
        "db" => url.database = Some(value.to_owned()),
        "unix_socket" | "socket" => url.hosts = vec![Host::Socket(PathBuf::from(value), None)],
        "charset" => match value.to_ascii_lowercase().as_str() {
            "utf8mb4" | "utf8" | "utf8mb3" => {}
            _ => return Err(bad(name, value, "utf8mb4, which limbeck always uses")),
        },
        "ssl_mode" | "sslmode" => settings.tls = Some(mysql_tls(name, value)?),
        "ssl" => {
            settings.tls = Some(if truth(name, value)? {
                TlsMode::Require
            } else {
                TlsMode::Disable
            });
        }
        // PyMySQL and mysqlclient verify as soon as they are given an authority.
        "ssl_ca" => {
            settings.root_cert = Some(value.to_owned());
            settings.tls.get_or_insert(TlsMode::VerifyFull);
        }
        "ssl_cert" => settings.cert = Some(value.to_owned()),
        "ssl_key" => settings.key = Some(value.to_owned()),
        "ssl_verify_cert" => {
            settings.tls = Some(if truth(name, value)? {
                TlsMode::VerifyFull
            } else {
                TlsMode::Require
            });
        }
        "ssl_check_hostname" | "ssl_verify_identity" => {
            let check = truth(name, value)?;
            settings.check_host_name = Some(check);
            if check {
                settings.tls = Some(TlsMode::VerifyFull);
            }
        }
        _ => return Ok(false),
    }
    Ok(true)
}

fn mysql_tls(name: &str, value: &str) -> Result<TlsMode, UrlError> {
    Ok(match flat(value).as_str() {
        "disabled" | "disable" => TlsMode::Disable,
        "preferred" | "prefer" => TlsMode::Prefer,
        "required" | "require" => TlsMode::Require,
        "verify_ca" => TlsMode::VerifyCa,
        "verify_identity" | "verify_full" => TlsMode::VerifyFull,
        _ => {
            return Err(bad(
                name,
                value,
                "DISABLED, PREFERRED, REQUIRED, VERIFY_CA or VERIFY_IDENTITY",
            ));
        }
    })
}

/// Reads the parameters of an SQLite URL.
pub(super) fn sqlite(
    pairs: &[(String, String)],
    target: &mut SqliteTarget,
    settings: &mut Settings,
) -> Result<(), UrlError> {
    for (name, value) in pairs {
        match flat(name).as_str() {
            "mode" => match value.as_str() {
                "ro" => target.mode = Mode::ReadOnly,
                "rw" => target.mode = Mode::ReadWrite,
                "rwc" => target.mode = Mode::Create,
                "memory" => target.memory = true,
                _ => return Err(bad(name, value, "ro, rw, rwc or memory")),
            },
            "timeout" => settings.busy_timeout = Some(seconds(name, value)?),
            "uri" => {
                truth(name, value)?;
            }
            "cache" | "immutable" | "nolock" | "vfs" | "psow" => {
                target
                    .uri_parameters
                    .push((name.to_ascii_lowercase(), value.clone()));
            }
            _ => unknown(Dialect::Sqlite, name)?,
        }
    }
    Ok(())
}

fn unknown(dialect: Dialect, name: &str) -> Result<(), UrlError> {
    let plain = flat(name);
    if OF_NO_CONCERN.contains(&plain.as_str()) {
        return Ok(());
    }
    if let Some((_, instead)) = UNSUPPORTED.iter().find(|(known, _)| *known == plain) {
        return Err(UrlError::UnsupportedParameter {
            name: name.to_owned(),
            instead,
        });
    }
    let known = match dialect {
        Dialect::Postgresql => POSTGRES,
        Dialect::Mysql | Dialect::Mariadb => MYSQL,
        Dialect::Sqlite => SQLITE,
    };
    Err(UrlError::UnknownParameter {
        name: name.to_owned(),
        dialect: dialect.name(),
        nearest: nearest(name, known.iter().copied()),
    })
}

fn bad(name: &str, value: &str, expected: &'static str) -> UrlError {
    UrlError::BadValue {
        name: name.to_owned(),
        value: value.to_owned(),
        expected,
    }
}

fn seconds(name: &str, value: &str) -> Result<Duration, UrlError> {
    value
        .parse::<f64>()
        .ok()
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .ok_or_else(|| bad(name, value, "a number of seconds"))
}

fn truth(name: &str, value: &str) -> Result<bool, UrlError> {
    match value.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Ok(true),
        "false" | "0" | "no" | "off" => Ok(false),
        _ => Err(bad(name, value, "true or false")),
    }
}
