//! MariaDB and MySQL, by mariadb-dump and mariadb, or mysqldump and mysql (MariaDB's "mariadb-dump"; MySQL manual,
//! "mysqldump — A Database Backup Program").

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use std::process::{Command, Stdio};

use limbeck_core::Dialect;
use limbeck_core::dialect::{TokenKind, tokens};

use super::tool::{self, Tool, major};
use super::{BackupError, Contents, Place, Progress};
use crate::database::mysql::local;
use crate::database::url::{Host, TlsMode};

const MARIADB: [Tool; 2] = [
    Tool {
        program: "mariadb-dump",
        package: "mariadb-client",
    },
    Tool {
        program: "mariadb",
        package: "mariadb-client",
    },
];
/// What MySQL calls them, and MariaDB did until 10.5.
const MYSQL: [Tool; 2] = [
    Tool {
        program: "mysqldump",
        package: "default-mysql-client",
    },
    Tool {
        program: "mysql",
        package: "default-mysql-client",
    },
];

/// The last line of a dump that was written to its end.
const LAST_LINE: &[u8] = b"-- Dump completed";

/// The programs for a server, and whether they are MariaDB's own.
struct Client {
    dump: Tool,
    shell: Tool,
    is_mariadb: bool,
}

fn client(place: &Place<'_>) -> Result<Client, BackupError> {
    let is_mariadb = place.connection.dialect() == Dialect::Mariadb;
    let choices = if is_mariadb {
        [MARIADB, MYSQL]
    } else {
        [MYSQL, MARIADB]
    };
    let mut first = None;
    for [dump, shell] in choices {
        match dump.version().and_then(|text| shell.version().map(|_| text)) {
            Ok(text) => {
                return Ok(Client {
                    dump,
                    shell,
                    is_mariadb: text.contains("MariaDB"),
                });
            }
            Err(error @ BackupError::NoTool { .. }) => drop(first.get_or_insert(error)),
            Err(error) => return Err(error),
        }
    }
    Err(first.expect("there are two choices"))
}

pub(super) fn check_tools(place: &mut Place<'_>) -> Result<(), BackupError> {
    let client = client(place)?;
    let text = client.dump.version()?;
    let server = place.connection.server();
    let of_server = server.split_whitespace().nth(1).and_then(major);
    // `mariadb-dump  Ver 10.19 Distrib 10.11.19-MariaDB, for …`, `mariadb-dump from 11.4.2-MariaDB, …`, `mysqldump  Ver 8.0.36
    // for …`
    let mut words = text.split([' ', ',']).filter(|word| !word.is_empty());
    let version = if client.is_mariadb {
        words.find(|word| word.contains("-MariaDB"))
    } else {
        words.skip_while(|word| *word != "Ver").nth(1)
    };
    let same_product = client.is_mariadb == (place.connection.dialect() == Dialect::Mariadb);
    if let (true, Some(version), Some(of_server)) = (same_product, version, of_server)
        && major(version).is_some_and(|own| own < of_server)
    {
        return Err(BackupError::OldTool {
            program: client.dump.program,
            version: version.to_owned(),
            server: server.to_owned(),
            package: client.dump.package,
        });
    }
    Ok(())
}

pub(super) fn dump(
    place: &mut Place<'_>,
    file: &Path,
    progress: &mut Progress<'_>,
) -> Result<(), BackupError> {
    let client = client(place)?;
    let mut command = client.dump.command();
    reach(&mut command, place, &client)?;
    command
        .args([
            "--single-transaction",
            "--quick",
            "--routines",
            "--triggers",
            "--events",
            "--hex-blob",
            "--no-tablespaces",
        ])
        .stdin(Stdio::null())
        .stdout(tool::output(file)?);
    if !client.is_mariadb {
        // The restored database is to go on from where it is now.
        command.arg("--set-gtid-purged=OFF");
    }
    let database = name(place)?;
    command.arg(format!("--ignore-table={database}.{}", plain(place.lease)));
    command.arg(database);
    client
        .dump
        .start(&mut command)?
        .finish_writing(file, progress)
        .map_err(|error| tool::with_full_disk(error, file))
}

/// Only the last line tells that nothing is missing.
pub(super) fn prove(file: &Path, _: &mut Progress<'_>) -> Result<(), BackupError> {
    const ENOUGH: u64 = 256;
    let unreadable = |source| BackupError::File {
        doing: "read",
        path: file.to_owned(),
        source,
    };
    let unusable = |reason: &str| BackupError::Unusable {
        file: file.to_owned(),
        reason: reason.to_owned(),
    };
    let mut dump = File::open(file).map_err(unreadable)?;
    let size = dump.metadata().map_err(unreadable)?.len();
    let mut start = Vec::new();
    Read::by_ref(&mut dump)
        .take(ENOUGH)
        .read_to_end(&mut start)
        .map_err(unreadable)?;
    if ![&b"-- MariaDB dump"[..], b"-- MySQL dump"]
        .iter()
        .any(|words| start.windows(words.len()).any(|window| window == *words))
    {
        return Err(unusable("it is no dump of MariaDB or MySQL"));
    }
    let mut end = Vec::new();
    dump.seek(SeekFrom::Start(size.saturating_sub(ENOUGH)))
        .and_then(|_| dump.read_to_end(&mut end))
        .map_err(unreadable)?;
    let last = end.trim_ascii_end().rsplit(|byte| *byte == b'\n').next();
    if !last.is_some_and(|line| line.starts_with(LAST_LINE)) {
        return Err(unusable("its end is missing"));
    }
    Ok(())
}

pub(super) fn contents(file: &Path, version: &str, journal: &str) -> Result<Contents, BackupError> {
    let mut contents = Contents::default();
    // Tables are named without their database in a dump.
    let insert = |table: &str| format!("INSERT INTO `{}` ", plain(table));
    let (version, journal) = (insert(version), insert(journal));
    let unreadable = |source| BackupError::File {
        doing: "read",
        path: file.to_owned(),
        source,
    };
    let mut lines = BufReader::new(File::open(file).map_err(unreadable)?);
    // One of the two tables' statements, which goes on over several lines.
    let mut statement = String::new();
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line).map_err(unreadable)? > 0 {
        let is_start = [&version, &journal]
            .iter()
            .any(|insert| line.starts_with(insert.as_bytes()));
        if is_start || !statement.is_empty() {
            statement.push_str(&String::from_utf8_lossy(&line));
        }
        // Line ends inside of values are escaped.
        if !statement.is_empty() && line.trim_ascii_end().ends_with(b");") {
            let values = first_values(&statement);
            if statement.starts_with(&version) {
                contents.rows.extend(values);
            } else {
                let last = values.iter().filter_map(|id| id.parse().ok()).max();
                contents.last_attempt = contents.last_attempt.max(last.unwrap_or_default());
            }
            statement.clear();
        }
        line.clear();
    }
    contents.rows.sort();
    Ok(contents)
}

/// The name of one of limbeck's tables by itself, of `` `database`.`table` ``.
fn plain(table: &str) -> &str {
    table.rsplit("`.`").next().unwrap_or(table).trim_matches('`')
}

/// The first value of each row of an INSERT.
fn first_values(insert: &str) -> Vec<String> {
    let (mut values, mut depth, mut first) = (Vec::new(), 0_usize, false);
    for token in tokens(Dialect::Mariadb, insert) {
        match (token.kind, token.text) {
            (TokenKind::Symbol, "(") => {
                depth += 1;
                first = depth == 1;
            }
            (TokenKind::Symbol, ")") => depth = depth.saturating_sub(1),
            (TokenKind::String | TokenKind::Number, text) if first => {
                let inner = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
                values.push(inner.unwrap_or(text).replace("\\'", "'").replace("\\\\", "\\"));
                first = false;
            }
            _ => {}
        }
    }
    values
}

/// DDL commits by itself here, so that restoring can't be undone, and is not stopped once it has begun: the file must have
/// been proved, and there should be a backup of what is there now.
pub(super) fn restore(place: &mut Place<'_>, file: &Path, _: &mut Progress<'_>) -> Result<(), BackupError> {
    let client = client(place)?;
    let mut command = client.shell.command();
    reach(&mut command, place, &client)?;
    let dump = File::open(file).map_err(|source| BackupError::File {
        doing: "open",
        path: file.to_owned(),
        source,
    })?;
    command
        .arg("--binary-mode")
        .arg(name(place)?)
        .stdin(dump)
        .stdout(Stdio::null());
    let drops = Drops::new(place)?;
    // In one statement, which waits for all of them before it drops the first.
    drops.tables(place)?;
    let mut rest = || {
        drops.others(place)?;
        client.shell.start(&mut command)?.finish()
    };
    rest().map_err(|source| BackupError::HalfRestored {
        source: Box::new(source),
        safety: None,
    })
}

/// What is in the database, by kind: a dump drops what it makes, but not what was made after it.
struct Drops(Vec<(String, Vec<String>)>);

impl Drops {
    fn new(place: &mut Place<'_>) -> Result<Self, BackupError> {
        let lease = Dialect::Mariadb.literal(plain(place.lease));
        let sql = format!(
            "SELECT CASE WHEN table_type IN ('VIEW', 'SEQUENCE') THEN table_type ELSE 'TABLE' END, table_name FROM \
             information_schema.tables WHERE table_schema = DATABASE() AND table_name <> {lease} UNION ALL SELECT \
             routine_type, routine_name FROM information_schema.routines WHERE routine_schema = DATABASE() UNION ALL SELECT \
             'EVENT', event_name FROM information_schema.events WHERE event_schema = DATABASE()"
        );
        let mut kinds: Vec<(String, Vec<String>)> = Vec::new();
        for row in place.connection.query(&sql)? {
            let [Some(kind), Some(name)] = row.as_slice() else {
                continue;
            };
            let name = Dialect::Mariadb.identifier(name);
            match kinds.iter_mut().find(|(known, _)| known == kind) {
                Some((_, names)) => names.push(name),
                None => kinds.push((kind.clone(), vec![name])),
            }
        }
        Ok(Self(kinds))
    }

    fn tables(&self, place: &mut Place<'_>) -> Result<(), BackupError> {
        let tables = self.0.iter().find(|(kind, _)| kind == "TABLE");
        let mut statements = vec![
            format!("SET SESSION lock_wait_timeout = {}", place.wait.as_secs().max(1)),
            "SET SESSION foreign_key_checks = 0".to_owned(),
        ];
        statements.extend(tables.map(|(_, names)| format!("DROP TABLE {}", names.join(", "))));
        execute(place, &statements)
    }

    fn others(&self, place: &mut Place<'_>) -> Result<(), BackupError> {
        let others = self.0.iter().filter(|(kind, _)| kind != "TABLE");
        let statements: Vec<String> = others
            .flat_map(|(kind, names)| names.iter().map(move |name| format!("DROP {kind} {name}")))
            .chain(["SET SESSION foreign_key_checks = 1".to_owned()])
            .collect();
        execute(place, &statements)
    }
}

fn execute(place: &mut Place<'_>, statements: &[String]) -> Result<(), BackupError> {
    let statements: Vec<&str> = statements.iter().map(String::as_str).collect();
    place.connection.execute_many(&statements)?;
    place.connection.take_notices();
    Ok(())
}

fn name(place: &mut Place<'_>) -> Result<String, BackupError> {
    let rows = place.connection.query("SELECT DATABASE()")?;
    Ok(rows.into_iter().flatten().flatten().next().unwrap_or_default())
}

/// Sends a program to the server of the URL. Options files, which may say otherwise, are not read.
fn reach(command: &mut Command, place: &mut Place<'_>, client: &Client) -> Result<(), BackupError> {
    const PORT: u16 = 3306;
    let (url, options) = (place.url, place.options);
    // It has to be the first.
    command.arg("--no-defaults");
    match url.hosts().first().cloned().unwrap_or_else(local) {
        Host::Socket(path, _) => {
            command.arg("--protocol=socket");
            command.arg("--socket").arg(path);
        }
        Host::Tcp(name, port) => {
            command.args([
                "--protocol=tcp".to_owned(),
                format!("--host={name}"),
                format!("--port={}", port.unwrap_or(PORT)),
            ]);
        }
    }
    if let Some(user) = url.user().or(options.default_user.as_deref()) {
        command.arg(format!("--user={user}"));
    }
    for name in ["MYSQL_PWD", "MYSQL_HOST", "MYSQL_TCP_PORT", "MYSQL_UNIX_PORT"] {
        command.env_remove(name);
    }
    if let Some(password) = url.password().or(options.default_password.as_deref()) {
        command.env("MYSQL_PWD", password);
    }
    command.arg("--default-character-set=utf8mb4");
    let rows = place.connection.query("SHOW STATUS LIKE 'Ssl_cipher'")?;
    let cipher = rows.into_iter().flatten().nth(1).flatten();
    encrypt(
        command,
        place,
        client,
        cipher.is_some_and(|cipher| !cipher.is_empty()),
    );
    Ok(())
}

/// Encrypts as the run's own connection is, and checks as the URL says.
fn encrypt(command: &mut Command, place: &Place<'_>, client: &Client, encrypted: bool) {
    let settings = place.url.settings();
    let mode = settings.tls.unwrap_or_default();
    if client.is_mariadb {
        command.arg(if encrypted { "--ssl" } else { "--skip-ssl" });
        let names = mode == TlsMode::VerifyFull && settings.check_host_name != Some(false);
        command.arg(if encrypted && names {
            "--ssl-verify-server-cert"
        } else {
            "--skip-ssl-verify-server-cert"
        });
    } else {
        command.arg(match mode {
            _ if !encrypted => "--ssl-mode=DISABLED",
            TlsMode::VerifyFull => "--ssl-mode=VERIFY_IDENTITY",
            TlsMode::VerifyCa => "--ssl-mode=VERIFY_CA",
            _ => "--ssl-mode=REQUIRED",
        });
    }
    if !encrypted {
        return;
    }
    let files = [
        ("--ssl-ca", &settings.root_cert),
        ("--ssl-cert", &settings.cert),
        ("--ssl-key", &settings.key),
    ];
    for (option, path) in files {
        if let Some(path) = path {
            command.arg(format!("{option}={path}"));
        }
    }
}
