//! Restores a dump of PostgreSQL's into the database that it is of.
//!
//! All of it is one transaction: everything that is in the database is dropped, then the dump is run. `pg_restore --clean`
//! would leave what was made after the backup, and a new database that is renamed into place of the old one would
//! need the right to make databases, would have to throw everybody out, and would lose what belongs to the database
//! itself: its settings, its privileges, and limbeck's lock on it.

use std::io::{self, Write};
use std::path::Path;
use std::process::{ChildStdin, Stdio};
use std::thread;

use limbeck_core::Dialect;
use tempfile::NamedTempFile;

use super::super::tool::Running;
use super::{BackupError, PG_RESTORE, PSQL, Place, Progress, reach, unusable};

pub(in crate::database::backup) fn restore(
    place: &mut Place<'_>,
    file: &Path,
    progress: &mut Progress<'_>,
) -> Result<(), BackupError> {
    let list = list(file)?;
    let kept = Kept::new(&list, place.lease);
    let chosen = choose(&kept.wanted(&list, &kept.schemas(place)?), file)?;
    let mut command = PSQL.command();
    reach(&mut command, place);
    command
        .args(["--no-psqlrc", "--quiet", "--no-password", "--set=ON_ERROR_STOP=1"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null());
    let mut psql = PSQL.start(&mut command)?;
    let mut command = PG_RESTORE.command();
    command
        .args(["--file=-", "--use-list"])
        .arg(chosen.path())
        .arg(file)
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    let script = PG_RESTORE.start(&mut command)?;
    let input = psql.child.stdin.take().expect("it was asked for");
    let before = kept.before(place);
    let feeder = thread::spawn(move || feed(input, &before, script));
    psql.finish_while(|| progress(0, None))?;
    // If it could not be fed to the end, psql has rolled back and ended without an error.
    let fed = feeder.join().expect("feeding does not panic");
    fed.map_err(|error| unusable(error, file))
}

/// Writes the transaction to psql. Only a dump that was read to its end is to be kept: psql rolls back when its
/// input just ends.
fn feed(mut input: ChildStdin, before: &str, mut script: Running) -> Result<(), BackupError> {
    let ended = |error: io::Error| BackupError::Tool {
        program: PSQL.program,
        message: error.to_string(),
    };
    let mut output = script.child.stdout.take().expect("it was asked for");
    writeln!(input, "{before}").map_err(ended)?;
    io::copy(&mut output, &mut input).map_err(ended)?;
    script.finish()?;
    writeln!(input, "\nCOMMIT;").map_err(ended)
}

/// Writes the list of what is to be restored.
fn choose(wanted: &str, file: &Path) -> Result<NamedTempFile, BackupError> {
    let failed = |source| BackupError::File {
        doing: "write a list beside",
        path: file.to_owned(),
        source,
    };
    let directory = file
        .parent()
        .filter(|directory| !directory.as_os_str().is_empty());
    let mut chosen = NamedTempFile::new_in(directory.unwrap_or(Path::new("."))).map_err(failed)?;
    chosen.write_all(wanted.as_bytes()).map_err(failed)?;
    Ok(chosen)
}

/// The dump's list of contents.
fn list(file: &Path) -> Result<String, BackupError> {
    let mut command = PG_RESTORE.command();
    command
        .arg("--list")
        .arg(file)
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    let mut running = PG_RESTORE.start(&mut command)?;
    let mut text = String::new();
    let mut output = running.child.stdout.take().expect("it was asked for");
    io::Read::read_to_string(&mut output, &mut text).map_err(|source| BackupError::File {
        doing: "read",
        path: file.to_owned(),
        source,
    })?;
    running.finish().map_err(|error| unusable(error, file))?;
    Ok(text)
}

/// What a line of the list is about: `EXTENSION - hstore` in `2; 3079 16385 EXTENSION - hstore `.
fn entry(line: &str) -> Option<&str> {
    if line.starts_with(';') {
        return None;
    }
    line.splitn(4, ' ').nth(3)
}

/// What stays in the database: the extensions that are in the dump too, because making one anew can need more rights than its
/// user has, and limbeck's lease; and the schemas that hold these, and `public`, which is the database's own.
struct Kept {
    extensions: Vec<String>,
    /// As SQL: the names of the extensions, and the lease.
    names: String,
    lease: String,
}

impl Kept {
    fn new(list: &str, lease: &str) -> Self {
        let extension = |line| entry(line)?.strip_prefix("EXTENSION - ");
        let extensions: Vec<String> = list
            .lines()
            .filter_map(extension)
            .map(|name| name.trim_end().to_owned())
            .collect();
        let literal = |text: &str| Dialect::Postgresql.literal(text);
        let names = extensions.iter().map(|name| format!(", {}", literal(name)));
        Self {
            names: format!("''{}", names.collect::<String>()),
            lease: literal(lease),
            extensions,
        }
    }

    /// The schemas that stay, as a condition on `pg_namespace n`.
    fn condition(&self) -> String {
        let Self { names, lease, .. } = self;
        format!(
            "(n.nspname = 'public' OR n.oid IN (SELECT e.extnamespace FROM pg_catalog.pg_extension e WHERE e.extname IN \
             ({names})) OR n.oid IN (SELECT d.objid FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_extension e ON e.oid = \
             d.refobjid WHERE d.classid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND d.deptype = 'e' AND e.extname \
             IN ({names})) OR EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.relnamespace = n.oid AND c.oid = \
             pg_catalog.to_regclass({lease})))"
        )
    }

    fn schemas(&self, place: &mut Place<'_>) -> Result<Vec<String>, BackupError> {
        let sql = format!(
            "SELECT n.nspname FROM pg_catalog.pg_namespace n WHERE {}",
            self.condition()
        );
        let rows = place.connection.query(&sql)?;
        Ok(rows.into_iter().flatten().flatten().collect())
    }

    /// The list without what stays in the database, and without subscriptions, which would begin to copy.
    fn wanted(&self, list: &str, schemas: &[String]) -> String {
        let is_wanted = |line: &str| {
            let Some(entry) = entry(line) else { return true };
            let stays = |prefix: &str, names: &[String]| {
                entry.strip_prefix(prefix).is_some_and(|rest| {
                    names
                        .iter()
                        .any(|name| rest == name || rest.starts_with(&format!("{name} ")))
                })
            };
            !(stays("SCHEMA - ", schemas)
                || stays("COMMENT - EXTENSION ", &self.extensions)
                || entry.starts_with("SUBSCRIPTION "))
        };
        let lines = list.lines().filter(|line| is_wanted(line));
        lines.map(|line| format!("{line}\n")).collect()
    }

    /// Opens the transaction, and drops all that is in the database.
    fn before(&self, place: &Place<'_>) -> String {
        format!(
            "BEGIN;\nSET LOCAL lock_timeout = {};\nSET LOCAL client_min_messages = warning;\n{}",
            place.wait.as_millis(),
            DROP_ALL
                .replace("KEPT_SCHEMA", &self.condition())
                .replace("KEPT_EXTENSIONS", &self.names)
                .replace("KEPT_LEASE", &self.lease)
        )
    }
}

/// `pg_identify_object` names the kind and the object as DROP wants them. What has an oid below 16384 came with the
/// server (PostgreSQL manual, 56 "System Catalog Declarations and Initial Contents"), what depends on an extension goes or
/// stays with that, and the rest that is left out goes with what it belongs to.
const DROP_ALL: &str = r#"DO $limbeck$
DECLARE
    extension name;
    command text;
    commands text[];
BEGIN
    FOR extension IN SELECT extname FROM pg_catalog.pg_extension WHERE oid >= 16384 AND extname NOT IN (KEPT_EXTENSIONS) LOOP
        EXECUTE pg_catalog.format('DROP EXTENSION IF EXISTS %I CASCADE', extension);
    END LOOP;
    -- All are named before the first is dropped, because one takes others with it.
    commands := ARRAY(
        WITH schemas AS (
            SELECT n.oid, KEPT_SCHEMA AS kept FROM pg_catalog.pg_namespace n
            WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
        ), inside AS (
            SELECT oid FROM schemas WHERE kept
        ), objects AS (
            SELECT 'pg_catalog.pg_event_trigger'::regclass AS class, oid FROM pg_catalog.pg_event_trigger
            UNION ALL SELECT 'pg_catalog.pg_publication'::regclass, oid FROM pg_catalog.pg_publication
            UNION ALL SELECT 'pg_catalog.pg_namespace'::regclass, oid FROM schemas WHERE NOT kept
            UNION ALL SELECT 'pg_catalog.pg_class'::regclass, oid FROM pg_catalog.pg_class
                WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND relnamespace IN (TABLE inside)
                    AND oid IS DISTINCT FROM pg_catalog.to_regclass(KEPT_LEASE)
            UNION ALL SELECT 'pg_catalog.pg_proc'::regclass, oid FROM pg_catalog.pg_proc WHERE pronamespace IN (TABLE inside)
            UNION ALL SELECT 'pg_catalog.pg_type'::regclass, t.oid FROM pg_catalog.pg_type t
                LEFT JOIN pg_catalog.pg_class c ON c.oid = t.typrelid
                WHERE t.typnamespace IN (TABLE inside) AND t.typtype IN ('b', 'c', 'd', 'e', 'r')
                    AND t.typcategory <> 'A' AND COALESCE(c.relkind, 'c') = 'c'
            UNION ALL SELECT 'pg_catalog.pg_operator'::regclass, oid FROM pg_catalog.pg_operator
                WHERE oprnamespace IN (TABLE inside)
            UNION ALL SELECT 'pg_catalog.pg_opfamily'::regclass, oid FROM pg_catalog.pg_opfamily
                WHERE opfnamespace IN (TABLE inside)
            UNION ALL SELECT 'pg_catalog.pg_collation'::regclass, oid FROM pg_catalog.pg_collation
                WHERE collnamespace IN (TABLE inside)
            UNION ALL SELECT 'pg_catalog.pg_conversion'::regclass, oid FROM pg_catalog.pg_conversion
                WHERE connamespace IN (TABLE inside)
            UNION ALL SELECT 'pg_catalog.pg_ts_config'::regclass, oid FROM pg_catalog.pg_ts_config
                WHERE cfgnamespace IN (TABLE inside)
            UNION ALL SELECT 'pg_catalog.pg_ts_dict'::regclass, oid FROM pg_catalog.pg_ts_dict
                WHERE dictnamespace IN (TABLE inside)
            UNION ALL SELECT 'pg_catalog.pg_ts_parser'::regclass, oid FROM pg_catalog.pg_ts_parser
                WHERE prsnamespace IN (TABLE inside)
            UNION ALL SELECT 'pg_catalog.pg_ts_template'::regclass, oid FROM pg_catalog.pg_ts_template
                WHERE tmplnamespace IN (TABLE inside)
            UNION ALL SELECT 'pg_catalog.pg_statistic_ext'::regclass, oid FROM pg_catalog.pg_statistic_ext
                WHERE stxnamespace IN (TABLE inside)
            UNION ALL SELECT 'pg_catalog.pg_cast'::regclass, oid FROM pg_catalog.pg_cast
            UNION ALL SELECT 'pg_catalog.pg_foreign_server'::regclass, oid FROM pg_catalog.pg_foreign_server
            UNION ALL SELECT 'pg_catalog.pg_foreign_data_wrapper'::regclass, oid FROM pg_catalog.pg_foreign_data_wrapper
            UNION ALL SELECT 'pg_catalog.pg_language'::regclass, oid FROM pg_catalog.pg_language
        )
        SELECT pg_catalog.format(
            'DROP %s IF EXISTS %s CASCADE',
            pg_catalog.replace(pg_catalog.replace(i.type, '-', ' '), ' object', ''),
            i.identity
        )
        FROM objects o, LATERAL pg_catalog.pg_identify_object(o.class, o.oid, 0) i
        WHERE o.oid >= 16384 AND NOT EXISTS (
            SELECT FROM pg_catalog.pg_depend d
            WHERE d.classid = o.class AND d.objid = o.oid AND d.objsubid = 0 AND d.deptype IN ('e', 'i')
        )
    );
    FOREACH command IN ARRAY commands LOOP
        EXECUTE command;
    END LOOP;
    PERFORM pg_catalog.lo_unlink(oid) FROM pg_catalog.pg_largeobject_metadata;
END
$limbeck$;
"#;
