//! What the parameters of a URL say, in types.

use std::time::Duration;

/// How a connection to a server is encrypted, in libpq's order from least to most demanding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) enum TlsMode {
    /// Never encrypted.
    Disable,
    /// Only if the server insists.
    Allow,
    /// If the server can.
    #[default]
    Prefer,
    /// Always, whoever the server is.
    Require,
    /// Always, and the server's certificate is signed by a known authority.
    VerifyCa,
    /// Always, and the certificate also names the host.
    VerifyFull,
}

/// What the server must allow for a host to be chosen (PostgreSQL).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum SessionAttributes {
    /// Anything.
    #[default]
    Any,
    /// Writing.
    ReadWrite,
    /// Only reading.
    ReadOnly,
}

/// Whether the log-in is tied to the encrypted connection (PostgreSQL).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum ChannelBinding {
    /// Not.
    Disable,
    /// If the server can.
    #[default]
    Prefer,
    /// Always.
    Require,
}

/// The settings that a URL's parameters make.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Settings {
    pub(crate) tls: Option<TlsMode>,
    pub(crate) root_cert: Option<String>,
    pub(crate) cert: Option<String>,
    pub(crate) key: Option<String>,
    /// MySQL: whether the name in a verified certificate is compared too.
    pub(crate) check_host_name: Option<bool>,
    pub(crate) channel_binding: ChannelBinding,
    pub(crate) connect_timeout: Option<Duration>,
    pub(crate) application_name: Option<String>,
    pub(crate) search_path: Option<String>,
    pub(crate) options: Option<String>,
    pub(crate) session_attributes: SessionAttributes,
    pub(crate) hostaddr: Option<String>,
    pub(crate) busy_timeout: Option<Duration>,
}
