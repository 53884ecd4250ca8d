//! What is said when a server can't be reached: the same words for every kind of server.

use std::io;
use std::time::Duration;

use super::DatabaseError;
use super::ErrorKind;

pub(super) const LOGIN_HINT: &str = "check the user and the password in the URL (characters such as '@', '/' and '%' are written %40, %2F and %25)";

/// How a host and its port are shown.
pub(super) fn place(host: &str, port: u16) -> String {
    if host.contains(':') {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    }
}

/// The server did not answer in time.
pub(super) fn too_late(place: &str, product: &str, wait: Duration) -> DatabaseError {
    DatabaseError::new(
        ErrorKind::Connect,
        format!(
            "can't reach {product} at {place}: no answer within {} s",
            wait.as_secs_f64()
        ),
    )
    .with_hint("check the host and the port in the URL, and firewalls on the way")
}

/// The system could not make the connection.
pub(super) fn failure(place: &str, product: &str, error: &io::Error) -> DatabaseError {
    let text = error.to_string();
    let (what, hint) = match error.kind() {
        io::ErrorKind::ConnectionRefused => (
            "nothing accepts connections there".to_owned(),
            "start the server, or correct the host and the port in the URL",
        ),
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => (
            "no answer in time".to_owned(),
            "check the host and the port in the URL, and firewalls on the way",
        ),
        io::ErrorKind::NotFound => (
            "there is no such socket".to_owned(),
            "start the server, or correct the path of the socket in the URL",
        ),
        io::ErrorKind::PermissionDenied => (
            "this user may not use it".to_owned(),
            "check the rights of the socket and its directory",
        ),
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => (
            "there is no way to that host".to_owned(),
            "check the host in the URL, and this machine's network",
        ),
        io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => (
            "the connection was closed at once".to_owned(),
            "check that the right kind of server listens there, and look into its log",
        ),
        _ if text.contains("lookup address") || text.contains("resolve") => (
            "the name of the host is not known".to_owned(),
            "correct the host in the URL, or wait until its name is known",
        ),
        _ => (text, "check the host and the port in the URL"),
    };
    DatabaseError::new(
        ErrorKind::Connect,
        format!("can't reach {product} at {place}: {what}"),
    )
    .with_hint(hint)
}
