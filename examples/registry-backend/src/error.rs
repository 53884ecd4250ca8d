//! What can go wrong: on start-up, and while a request is answered.

use std::net::SocketAddr;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::complain;
use crate::config::ConfigError;
use crate::url::UrlError;

/// Why the service did not start, or did not end well.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    /// The environment can't be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// It was called in a way that means nothing.
    #[error("there is no '{0}': without an argument it serves, with 'worker' it is the worker")]
    Argument(String),
    /// The migration failed.
    #[error("the migration failed, so nothing was started: {}", migration(.0))]
    Migration(#[from] limbeck::Error),
    /// The database's URL is none that the service's own driver can use.
    #[error(transparent)]
    Url(#[from] UrlError),
    /// The database can't be reached.
    #[error("can't connect to the database: {0}")]
    Database(#[from] sqlx::Error),
    /// The port can't be had.
    #[error("can't listen on {address}: {source}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// Signals can't be waited for.
    #[error("can't wait for signals: {0}")]
    Signals(std::io::Error),
    /// The server ended.
    #[error("the server ended: {0}")]
    Serve(std::io::Error),
}

fn migration(error: &limbeck::Error) -> String {
    match error {
        limbeck::Error::Failed(failure) => format!("{failure} ({})", failure.remains),
        error => error.to_string(),
    }
}

/// Why a request was not answered as hoped.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    /// The body or the query can't be read.
    #[error("{message}")]
    Unreadable {
        /// 400, 413, 415 or 422.
        status: StatusCode,
        /// What is wrong with it.
        message: String,
    },
    /// It can be read, and makes no sense.
    #[error("{}", .0.join("; "))]
    Invalid(Vec<String>),
    /// The name is taken.
    #[error("there is a codebundle '{0}' already")]
    Duplicate(String),
    /// There is none of that name.
    #[error("there is no codebundle '{0}'")]
    NotFound(String),
    /// There is nothing at this path.
    #[error("there is nothing at {0}")]
    NoRoute(String),
    /// The path is right, the method is not.
    #[error("this path has no method {0}")]
    NoMethod(String),
    /// The database failed.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
}

impl ApiError {
    fn status(&self) -> StatusCode {
        match self {
            Self::Unreadable { status, .. } => *status,
            Self::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Duplicate(_) => StatusCode::CONFLICT,
            Self::NotFound(_) | Self::NoRoute(_) => StatusCode::NOT_FOUND,
            Self::NoMethod(_) => StatusCode::METHOD_NOT_ALLOWED,
            // Trying again later may help.
            Self::Database(sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Io(_)) => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::Database(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = self.status();
        let message = if status.is_server_error() {
            complain(&self);
            // What the database says is for the log, not for a client.
            "the database failed; the service's log says why".to_owned()
        } else {
            self.to_string()
        };
        (status, Json(json!({ "error": message }))).into_response()
    }
}
