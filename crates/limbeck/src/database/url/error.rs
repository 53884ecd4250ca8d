//! What can be wrong with a URL. Nothing here may hold a part of a URL that could be a password.

use std::fmt;

/// A URL that can't be used.
///
/// ```
/// use limbeck::database::{Url, UrlError};
///
/// let error = Url::parse("oracle://scott@host/db").unwrap_err();
/// assert!(matches!(error, UrlError::UnknownScheme { .. }));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UrlError {
    /// There is no text.
    #[error(
        "the database URL is empty: write one such as sqlite:///registry.db or postgresql://user@host/name"
    )]
    Empty,
    /// The text does not begin with a scheme.
    #[error(
        "the database URL has no scheme: begin it with sqlite:, postgresql://, mysql:// or mariadb:// (a file is sqlite:path)"
    )]
    NoScheme,
    /// The scheme is of no database that limbeck knows.
    #[error(
        "'{scheme}' is not a kind of database that limbeck knows: use sqlite, postgresql (or postgres), mysql or mariadb{}",
        Maybe(nearest)
    )]
    UnknownScheme {
        /// What was written.
        scheme: String,
        /// The scheme that looks most like it.
        nearest: Option<&'static str>,
    },
    /// `//` is missing behind the scheme.
    #[error("the database URL needs two slashes: {scheme}://user@host/database")]
    NoSlashes {
        /// The scheme.
        scheme: String,
    },
    /// The port is no number.
    #[error(
        "the port in the database URL is not a number from 1 to 65535 (in a password, write '/' as %2F, '?' as %3F and '@' as %40)"
    )]
    BadPort,
    /// The host has characters that no host has.
    #[error(
        "the host in the database URL has a character that no host name has (in a password, write '/' as %2F, '?' as %3F and '@' as %40)"
    )]
    BadHost,
    /// A `[` has no `]`.
    #[error("the address in the database URL has '[' without ']': write IPv6 as [::1]")]
    OpenBracket,
    /// A `%` is not followed by two hexadecimal digits.
    #[error(
        "the {part} in the database URL has a '%' without two hexadecimal digits: write '%' itself as %25"
    )]
    BadEscape {
        /// The part of the URL.
        part: &'static str,
    },
    /// The decoded bytes are no text.
    #[error("the {part} in the database URL is not UTF-8 once its %-escapes are decoded")]
    NotUtf8 {
        /// The part of the URL.
        part: &'static str,
    },
    /// A part holds a zero byte.
    #[error("the {part} in the database URL holds a zero byte (%00)")]
    Nul {
        /// The part of the URL.
        part: &'static str,
    },
    /// The name of a parameter has characters that no parameter's has.
    #[error(
        "the database URL has a parameter whose name is not a word: write parameters as ?name=value&name=value (in a password, write '?' as %3F)"
    )]
    BadParameterName,
    /// A parameter has no value.
    #[error("the parameter '{name}' of the database URL has no value: write {name}=value")]
    NoValue {
        /// The parameter.
        name: String,
    },
    /// The parameter is not known.
    #[error("'{name}' is not a parameter of {dialect} URLs{}", Maybe(nearest))]
    UnknownParameter {
        /// What was written.
        name: String,
        /// The scheme's dialect.
        dialect: &'static str,
        /// The parameter that looks most like it.
        nearest: Option<&'static str>,
    },
    /// The value of a parameter is none that it can have.
    #[error("the parameter '{name}' of the database URL can't be '{value}': it takes {expected}")]
    BadValue {
        /// The parameter.
        name: String,
        /// What was written.
        value: String,
        /// What it takes.
        expected: &'static str,
    },
    /// The parameter is one of another tool or driver that limbeck can't honour.
    #[error("limbeck can't honour the parameter '{name}' of the database URL: {instead}")]
    UnsupportedParameter {
        /// The parameter.
        name: String,
        /// What to do instead.
        instead: &'static str,
    },
    /// Several hosts and several ports that do not pair up.
    #[error("the database URL has {hosts} hosts and {ports} ports: give one port, or one for each host")]
    HostsAndPorts {
        /// The number of hosts.
        hosts: usize,
        /// The number of ports.
        ports: usize,
    },
    /// MySQL connects to one host.
    #[error("a {dialect} URL names one host, not several")]
    SeveralHosts {
        /// The scheme's dialect.
        dialect: &'static str,
    },
    /// An SQLite URL names a host.
    #[error("an SQLite URL names no user or host: write sqlite:///relative.db or sqlite:////absolute.db")]
    SqliteHost,
}

/// A suggestion, if there is one.
struct Maybe<'a>(&'a Option<&'static str>);

impl fmt::Display for Maybe<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(nearest) => write!(f, "; did you mean '{nearest}'?"),
            None => Ok(()),
        }
    }
}

/// The candidate that a typo of `word` most likely meant.
pub(super) fn nearest(
    word: &str,
    candidates: impl IntoIterator<Item = &'static str>,
) -> Option<&'static str> {
    let flat = |text: &str| text.to_ascii_lowercase().replace(['-', '_'], "");
    let word = flat(word);
    let limit = (word.len() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (strsim::osa_distance(&word, &flat(candidate)), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}
