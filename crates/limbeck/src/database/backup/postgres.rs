//! PostgreSQL, by pg_dump, pg_restore and psql (PostgreSQL manual, 26.1 "SQL Dump").

mod restore;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use super::tool::{self, Tool, major};
use super::{BackupError, Contents, Place, Progress};
use crate::database::is_pooled;
use crate::database::postgres::local;
use crate::database::url::{ChannelBinding, Host, SessionAttributes, TlsMode};

pub(super) use restore::restore;

const PACKAGE: &str = "postgresql-client";
const PG_DUMP: Tool = Tool {
    program: "pg_dump",
    package: PACKAGE,
};
const PG_RESTORE: Tool = Tool {
    program: "pg_restore",
    package: PACKAGE,
};
const PSQL: Tool = Tool {
    program: "psql",
    package: PACKAGE,
};

/// A tool that is older than the server refuses to work, or can't read what is new in it.
pub(super) fn check_tools(place: &mut Place<'_>) -> Result<(), BackupError> {
    // Its search path is empty, which would be the end of an application that got such a session.
    if is_pooled(place.connection)? {
        return Err(BackupError::Pooled {
            place: place.url.to_string(),
            program: PG_DUMP.program,
        });
    }
    let server = place.connection.server();
    let of_server = server.split_whitespace().nth(1).and_then(major);
    for tool in [PG_DUMP, PG_RESTORE, PSQL] {
        // `pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`
        let text = tool.version()?;
        let version = text
            .split_once("(PostgreSQL) ")
            .map_or(text.as_str(), |(_, rest)| rest);
        if let (Some(own), Some(of_server)) = (major(version), of_server)
            && own < of_server
        {
            return Err(BackupError::OldTool {
                program: tool.program,
                version: version.to_owned(),
                server: server.to_owned(),
                package: PACKAGE,
            });
        }
    }
    Ok(())
}

pub(super) fn dump(
    place: &mut Place<'_>,
    file: &Path,
    progress: &mut Progress<'_>,
) -> Result<(), BackupError> {
    let mut command = PG_DUMP.command();
    reach(&mut command, place);
    command
        .args(["--format=custom", "--no-password"])
        .arg(format!("--lock-wait-timeout={}", place.wait.as_millis()))
        .arg(format!("--exclude-table={}", place.lease))
        .stdin(Stdio::null())
        // A file, so that it can write where each table's rows begin once it knows.
        .stdout(tool::output(file)?);
    PG_DUMP
        .start(&mut command)?
        .finish_writing(file, progress)
        .map_err(|error| tool::with_full_disk(error, file))
}

/// The list of contents stands at the beginning, so that only reading all of it tells whether all of it is there.
pub(super) fn prove(file: &Path, progress: &mut Progress<'_>) -> Result<(), BackupError> {
    let mut command = PG_RESTORE.command();
    command.arg("--file=/dev/null").arg(file).stdin(Stdio::null());
    let done = PG_RESTORE.start(&mut command)?.finish_while(|| progress(0, None));
    done.map_err(|error| unusable(error, file))
}

fn unusable(error: BackupError, file: &Path) -> BackupError {
    match error {
        BackupError::Tool { message, .. } => BackupError::Unusable {
            file: file.to_owned(),
            reason: message.trim_start_matches("pg_restore: error: ").to_owned(),
        },
        other => other,
    }
}

pub(super) fn contents(file: &Path, version: &str, journal: &str) -> Result<Contents, BackupError> {
    let number = |id: &String| id.parse::<i64>().ok();
    let ids = first_column(file, journal)?;
    let mut rows = first_column(file, version)?;
    rows.sort();
    Ok(Contents {
        rows,
        last_attempt: ids.iter().filter_map(number).max().unwrap_or_default(),
    })
}

/// The values in the first column of a table, from the text of its COPY (PostgreSQL manual, COPY, "Text Format").
fn first_column(file: &Path, table: &str) -> Result<Vec<String>, BackupError> {
    // `"public"."limbeck_journal"`; a dump quotes only what must be.
    let plain = |name: &str| name.replace('"', "");
    let table = plain(table);
    let name = table.rsplit('.').next().unwrap_or(&table);
    let mut command = PG_RESTORE.command();
    command
        .args(["--data-only", "--file=-", "--table", name])
        .arg(file)
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    let mut running = PG_RESTORE.start(&mut command)?;
    let output = running.child.stdout.take().expect("it was asked for");
    let (mut values, mut inside) = (Vec::new(), false);
    for line in BufReader::new(output).lines() {
        let line = line.map_err(|source| BackupError::File {
            doing: "read",
            path: file.to_owned(),
            source,
        })?;
        if inside && line == "\\." {
            inside = false;
        } else if inside {
            let value = line.split('\t').next().unwrap_or_default();
            values.push(value.replace("\\\\", "\\"));
        } else if let Some(rest) = line.strip_prefix("COPY ") {
            let named = rest.split(" (").next().unwrap_or_default();
            inside = plain(named) == table;
        }
    }
    running.finish().map_err(|error| unusable(error, file))?;
    Ok(values)
}

/// What libpq reads from the environment (PostgreSQL manual, 34.15 "Environment Variables"): only the URL is to say
/// where to go.
const VARIABLES: [&str; 29] = [
    "PGAPPNAME",
    "PGCHANNELBINDING",
    "PGCLIENTENCODING",
    "PGCLUSTER",
    "PGCONNECT_TIMEOUT",
    "PGDATABASE",
    "PGDATESTYLE",
    "PGGSSENCMODE",
    "PGHOST",
    "PGHOSTADDR",
    "PGLOADBALANCEHOSTS",
    "PGOPTIONS",
    "PGPASSWORD",
    "PGPORT",
    "PGREQUIREAUTH",
    "PGREQUIREPEER",
    "PGREQUIRESSL",
    "PGSERVICE",
    "PGSERVICEFILE",
    "PGSSLCERT",
    "PGSSLCRL",
    "PGSSLKEY",
    "PGSSLMODE",
    "PGSSLNEGOTIATION",
    "PGSSLROOTCERT",
    "PGSSLSNI",
    "PGTARGETSESSIONATTRS",
    "PGTZ",
    "PGUSER",
];

/// Sends a program to the database of the URL.
fn reach(command: &mut Command, place: &Place<'_>) {
    const PORT: u16 = 5432;
    let (url, options, settings) = (place.url, place.options, place.url.settings());
    for name in VARIABLES {
        command.env_remove(name);
    }
    let hosts = if url.hosts().is_empty() {
        vec![local()]
    } else {
        url.hosts().to_vec()
    };
    let host = |host: &Host| match host {
        Host::Tcp(name, _) => name.clone(),
        Host::Socket(directory, _) => directory.display().to_string(),
    };
    let port = |host: &Host| match host {
        Host::Tcp(_, port) | Host::Socket(_, port) => port.unwrap_or(PORT).to_string(),
    };
    let list = |part: &dyn Fn(&Host) -> String| hosts.iter().map(part).collect::<Vec<_>>().join(",");
    let verifies = settings.tls.is_some_and(|mode| mode >= TlsMode::VerifyCa);
    let set = [
        ("PGHOST", Some(list(&host))),
        ("PGPORT", Some(list(&port))),
        ("PGHOSTADDR", settings.hostaddr.clone()),
        ("PGDATABASE", url.database().map(str::to_owned)),
        (
            "PGUSER",
            url.user()
                .map(str::to_owned)
                .or_else(|| options.default_user.clone()),
        ),
        (
            "PGPASSWORD",
            url.password()
                .map(str::to_owned)
                .or_else(|| options.default_password.clone()),
        ),
        ("PGSSLMODE", settings.tls.map(|mode| ssl_mode(mode).to_owned())),
        // libpq looks for a file of its own otherwise, and limbeck trusts the system's authorities.
        (
            "PGSSLROOTCERT",
            settings
                .root_cert
                .clone()
                .or_else(|| verifies.then(|| "system".to_owned())),
        ),
        ("PGSSLCERT", settings.cert.clone()),
        ("PGSSLKEY", settings.key.clone()),
        ("PGOPTIONS", settings.options.clone()),
        (
            "PGCHANNELBINDING",
            Some(
                match settings.channel_binding {
                    ChannelBinding::Disable => "disable",
                    ChannelBinding::Prefer => "prefer",
                    ChannelBinding::Require => "require",
                }
                .to_owned(),
            ),
        ),
        (
            "PGTARGETSESSIONATTRS",
            Some(
                match settings.session_attributes {
                    SessionAttributes::Any => "any",
                    SessionAttributes::ReadWrite => "read-write",
                    SessionAttributes::ReadOnly => "read-only",
                }
                .to_owned(),
            ),
        ),
        (
            "PGCONNECT_TIMEOUT",
            Some(
                settings
                    .connect_timeout
                    .unwrap_or(options.connect_timeout)
                    .as_secs()
                    .to_string(),
            ),
        ),
        ("PGAPPNAME", Some(options.application_name.clone())),
    ];
    for (name, value) in set {
        if let Some(value) = value {
            command.env(name, value);
        }
    }
}

fn ssl_mode(mode: TlsMode) -> &'static str {
    match mode {
        TlsMode::Disable => "disable",
        TlsMode::Allow => "allow",
        TlsMode::Prefer => "prefer",
        TlsMode::Require => "require",
        TlsMode::VerifyCa => "verify-ca",
        TlsMode::VerifyFull => "verify-full",
    }
}
