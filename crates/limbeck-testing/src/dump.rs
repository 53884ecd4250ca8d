//! What a database's own tools say its schema is, without what differs from run to run.

use std::path::Path;

use crate::postgres;
use crate::server::program;
use crate::server::run;

/// limbeck's table of the lease: whether it is there tells how runs were kept apart, and nothing of the schema.
const LEASE: &str = "limbeck_lease";

/// The schema at `url`, as `pg_dump`, `mariadb-dump` or SQLite's schema table tell it, without limbeck's lease.
///
/// The URL is one that this crate made, or `sqlite:///path`.
///
/// # Panics
/// Panics when the tool is not installed or can't read the database.
pub fn dump_schema(url: &str) -> String {
    match url.split_once(':').map(|(scheme, _)| scheme) {
        Some("postgresql") => postgres_schema(url),
        Some("mysql" | "mariadb") => mariadb_schema(url),
        Some("sqlite") => {
            let path = url
                .strip_prefix("sqlite:///")
                .expect("tests write sqlite:///path");
            sqlite_schema(Path::new(path))
        }
        _ => panic!("{url} is not a URL that tests use"),
    }
}

/// What an application has at `url`: the schema without the tables of limbeck's and the version table, line by line, in an order of
/// its own; on SQLite what its pragmas tell, since its schema table keeps statements as somebody wrote them.
///
/// # Panics
/// As [`dump_schema`].
pub fn application_schema(url: &str) -> String {
    let text = match url.split_once(':').map(|(scheme, _)| scheme) {
        Some("sqlite") => sqlite_pragmas(Path::new(url.trim_start_matches("sqlite:///"))),
        Some("postgresql") => postgres_dump(url, &["limbeck_*", "alembic_version"]),
        _ => without_own_tables(&mariadb_schema(url)),
    };
    let mut lines: Vec<&str> = text.lines().map(|line| line.trim_end_matches(',')).collect();
    lines.sort_unstable();
    lines.join("\n")
}

/// What SQLite's pragmas tell of tables, columns, keys and indexes, and the texts of what they don't tell of.
const PRAGMAS: [&str; 6] = [
    "SELECT 'table', lower(name), wr, strict FROM pragma_table_list WHERE schema = 'main'",
    "SELECT 'column', lower(l.name), lower(c.name), replace(upper(c.type), ' ', ''), c.\"notnull\", c.dflt_value, c.pk, c.hidden \
     FROM pragma_table_list l JOIN pragma_table_xinfo(l.name) c WHERE l.schema = 'main'",
    "SELECT 'key', lower(l.name), lower(f.\"table\"), lower(f.\"from\"), lower(f.\"to\"), f.on_update, f.on_delete, f.seq FROM \
     pragma_table_list l JOIN pragma_foreign_key_list(l.name) f WHERE l.schema = 'main'",
    "SELECT 'index', lower(l.name), CASE i.origin WHEN 'c' THEN lower(i.name) END, i.\"unique\", i.origin, i.partial, \
     group_concat(coalesce(lower(x.name), '()') || ' ' || x.\"desc\" || ' ' || lower(x.coll), ', ') FROM pragma_table_list l JOIN \
     pragma_index_list(l.name) i JOIN pragma_index_xinfo(i.name) x WHERE l.schema = 'main' AND x.key GROUP BY l.name, i.name",
    "SELECT type, lower(name), lower(tbl_name), lower(replace(replace(replace(replace(sql, '\"', ''), char(10), ''), ' ', ''), ';', \
     '')) FROM sqlite_schema WHERE type IN ('view', 'trigger') OR type = 'index' AND sql LIKE '%WHERE%'",
    "SELECT 'check', lower(name), (length(upper(sql)) - length(replace(upper(sql), 'CHECK', ''))) / 5 FROM sqlite_schema WHERE type = \
     'table'",
];

fn sqlite_pragmas(path: &Path) -> String {
    let connection = rusqlite::Connection::open(path).expect("the file can be opened");
    let mut text = String::new();
    for query in PRAGMAS {
        let mut statement = connection.prepare(query).expect("SQLite has its pragmas");
        let count = statement.column_count();
        let mut rows = statement.query([]).expect("the pragmas can be read");
        while let Some(row) = rows.next().expect("the pragmas can be read") {
            let value = |at: usize| match row.get_ref(at).expect("the column is there") {
                rusqlite::types::ValueRef::Null => "NULL".to_owned(),
                rusqlite::types::ValueRef::Integer(number) => number.to_string(),
                rusqlite::types::ValueRef::Real(number) => number.to_string(),
                rusqlite::types::ValueRef::Text(text) | rusqlite::types::ValueRef::Blob(text) => {
                    String::from_utf8_lossy(text).into_owned()
                }
            };
            let table = value(1);
            let own = ["limbeck_", "alembic_version", "sqlite_"]
                .iter()
                .any(|own| table.starts_with(own));
            if !own {
                text.push_str(&((0..count).map(value).collect::<Vec<_>>().join(" | ") + "\n"));
            }
        }
    }
    text
}

fn postgres_schema(url: &str) -> String {
    postgres_dump(url, &[LEASE])
}

fn postgres_dump(url: &str, without: &[&str]) -> String {
    let pg_dump = program("pg_dump", &postgres::installed(), "postgresql-client");
    let mut words = vec![pg_dump, "-s".into(), "--no-owner".into()];
    words.extend(without.iter().map(|table| format!("--exclude-table=*.{table}")));
    words.push(format!("--dbname={url}"));
    let dump = run(&words);
    kept(&dump, |line| {
        // Newer versions guard the file with a random key.
        !(line.starts_with("--") || line.starts_with("\\restrict") || line.starts_with("\\unrestrict"))
    })
}

fn mariadb_schema(url: &str) -> String {
    let dump = program("mariadb-dump", &[], "mariadb-client");
    let mut words = vec![
        dump,
        "--no-defaults".to_owned(),
        "--no-data".into(),
        "--skip-comments".into(),
        "--skip-dump-date".into(),
        "--routines".into(),
        "--events".into(),
        "--triggers".into(),
    ];
    let arguments = mariadb_arguments(url);
    let database = arguments.last().expect("the database comes last");
    words.push(format!("--ignore-table={database}.{LEASE}"));
    words.extend(arguments);
    let dump = run(&words);
    let lines = kept(&dump, |line| {
        !line.starts_with("/*M!") && !line.starts_with("--") && !line.contains("SET @saved_cs_client")
    });
    lines.lines().map(without_counter).collect::<Vec<_>>().join("\n") + "\n"
}

/// The statements of mariadb-dump's that make no table of limbeck's, nor the version table.
fn without_own_tables(dump: &str) -> String {
    let mut text = String::new();
    let mut is_own = false;
    for line in dump.lines() {
        if line.starts_with("CREATE TABLE `") || line.starts_with("DROP TABLE") {
            is_own = line.contains("`limbeck_") || line.contains("`alembic_version`");
        }
        // The settings of the dump.
        let is_setting = line.starts_with("/*!40");
        if !is_own && !is_setting {
            text.push_str(line);
            text.push('\n');
        }
        is_own &= !line.ends_with(';');
    }
    text
}

/// The next number of a table depends on the rows that it once had.
fn without_counter(line: &str) -> String {
    match line.split_once(" AUTO_INCREMENT=") {
        Some((before, after)) => {
            let after = after.trim_start_matches(|c: char| c.is_ascii_digit());
            format!("{before}{after}")
        }
        None => line.to_owned(),
    }
}

fn mariadb_arguments(url: &str) -> Vec<String> {
    let rest = url.split_once("://").expect("URLs have it").1;
    let (login, rest) = rest.split_once('@').expect("URLs of tests name a user");
    let (place, rest) = rest.split_once('/').expect("URLs of tests name a database");
    let (database, query) = rest.split_once('?').unwrap_or((rest, ""));
    let user = login.split(':').next().unwrap_or(login);
    let mut arguments = vec![format!("--user={user}")];
    if let Some(socket) = query
        .split('&')
        .find_map(|pair| pair.strip_prefix("unix_socket="))
    {
        arguments.push(format!("--socket={socket}"));
    } else {
        let (host, port) = place.split_once(':').unwrap_or((place, "3306"));
        arguments.extend([
            format!("--host={host}"),
            format!("--port={port}"),
            "--protocol=tcp".into(),
        ]);
    }
    arguments.push(database.to_owned());
    arguments
}

/// The schema of an SQLite file: what its schema table holds, sorted.
///
/// # Panics
/// Panics when the file can't be read.
pub fn sqlite_schema(path: &Path) -> String {
    let connection = rusqlite::Connection::open(path).expect("the file can be opened");
    let mut statement = connection
        .prepare(&format!(
            "SELECT type || ' ' || name || ' on ' || tbl_name || char(10) || coalesce(sql, '') FROM sqlite_schema \
             WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND tbl_name <> '{LEASE}' ORDER BY type, name"
        ))
        .expect("every database has its schema table");
    let rows: Vec<String> = statement
        .query_map([], |row| row.get(0))
        .and_then(Iterator::collect)
        .expect("the schema table can be read");
    rows.iter().map(|row| format!("{row}\n")).collect()
}

fn kept(dump: &str, keep: impl Fn(&str) -> bool) -> String {
    dump.lines()
        .filter(|line| !line.trim().is_empty() && keep(line))
        .map(|line| format!("{line}\n"))
        .collect()
}
