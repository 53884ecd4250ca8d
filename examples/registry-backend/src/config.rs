//! What the environment says.

use std::env;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// How the service is set up.
#[derive(Debug)]
pub(crate) struct Config {
    /// `DATABASE_URL`; an SQLite file in the working directory otherwise.
    pub(crate) database_url: String,
    /// `HOST` and `PORT`; port 8080 of the loopback interface otherwise.
    pub(crate) address: SocketAddr,
}

/// A variable of the environment that can't be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    /// It is not UTF-8.
    #[error("{0} is not UTF-8")]
    NotUtf8(&'static str),
    /// It is no port.
    #[error("PORT is a number from 0 (any free port) to 65535, not '{0}'")]
    Port(String),
    /// It is no address.
    #[error("HOST is an IP address to listen on, such as 127.0.0.1 or 0.0.0.0, not '{0}'")]
    Host(String),
}

impl Config {
    pub(crate) fn from_environment() -> Result<Self, ConfigError> {
        let port = match variable("PORT")? {
            Some(text) => text.parse().map_err(|_| ConfigError::Port(text))?,
            None => 8080,
        };
        let host = match variable("HOST")? {
            Some(text) => text.parse().map_err(|_| ConfigError::Host(text))?,
            None => IpAddr::V4(Ipv4Addr::LOCALHOST),
        };
        Ok(Self {
            database_url: variable("DATABASE_URL")?.unwrap_or_else(|| "sqlite:///registry.db".to_owned()),
            address: SocketAddr::new(host, port),
        })
    }
}

/// A variable that is set to something.
fn variable(name: &'static str) -> Result<Option<String>, ConfigError> {
    match env::var(name) {
        Ok(text) => Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty())),
        Err(env::VarError::NotPresent) => Ok(None),
        Err(env::VarError::NotUnicode(_)) => Err(ConfigError::NotUtf8(name)),
    }
}
