//! What a statement does to the transaction around it, told from its first words.

use super::Dialect;
use super::destructive::loses_data;
use super::lex::{Lexer, Token, TokenKind, keyword};

/// Returns the words that `sql` starts with, at most `count`, in capitals. They end at the first token that is not an
/// unquoted word.
///
/// ```
/// use limbeck_core::dialect::{Dialect, first_words};
///
/// let sql = "create /* big */ index concurrently on users (name)";
/// assert_eq!(first_words(Dialect::Postgresql, sql, 3), ["CREATE", "INDEX", "CONCURRENTLY"]);
/// ```
pub fn first_words(dialect: Dialect, sql: &str, count: usize) -> Vec<String> {
    let words = code(dialect, sql).take_while(|token| token.kind == TokenKind::Word);
    words
        .take(count)
        .map(|token| token.text.to_ascii_uppercase())
        .collect()
}

/// Tells what `sql` does to the transaction it runs in, if it is a statement that begins, ends or divides one; the words
/// name it in messages.
///
/// ```
/// use limbeck_core::dialect::{Dialect, transaction_control};
///
/// assert_eq!(transaction_control(Dialect::Sqlite, "end transaction"), Some("END"));
/// assert_eq!(transaction_control(Dialect::Mariadb, "BEGIN NOT ATOMIC SELECT 1; END"), None);
/// ```
pub fn transaction_control(dialect: Dialect, sql: &str) -> Option<&'static str> {
    let words = first_words(dialect, sql, 3);
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    let mysql = matches!(dialect, Dialect::Mysql | Dialect::Mariadb);
    let postgresql = dialect == Dialect::Postgresql;
    Some(match words.as_slice() {
        // A block of statements in MariaDB.
        ["BEGIN", "NOT", "ATOMIC", ..] if mysql => return None,
        ["BEGIN", ..] => "BEGIN",
        ["START", "TRANSACTION", ..] => "START TRANSACTION",
        ["COMMIT", "PREPARED", ..] => "COMMIT PREPARED",
        ["COMMIT", ..] => "COMMIT",
        ["END", ..] if !mysql => "END",
        ["ABORT", ..] if postgresql => "ABORT",
        ["ROLLBACK", "PREPARED", ..] => "ROLLBACK PREPARED",
        ["ROLLBACK", ..] => "ROLLBACK",
        ["SAVEPOINT", ..] => "SAVEPOINT",
        ["RELEASE", ..] => "RELEASE SAVEPOINT",
        ["PREPARE", "TRANSACTION", ..] if postgresql => "PREPARE TRANSACTION",
        ["XA", ..] if mysql => "XA",
        _ => return None,
    })
}

/// Tells why `sql` has to run outside of a transaction, if it has to: the words of the statement that the database
/// refuses, or ignores, inside one.
///
/// For PostgreSQL these are the statements whose page in part VI of its manual says so; for SQLite, VACUUM and what
/// <https://www.sqlite.org/pragma.html> says of its settings.
///
/// ```
/// use limbeck_core::dialect::{Dialect, needs_autocommit};
///
/// let sql = "CREATE UNIQUE INDEX CONCURRENTLY users_name ON users (name)";
/// assert_eq!(needs_autocommit(Dialect::Postgresql, sql), Some("CREATE INDEX CONCURRENTLY"));
/// assert_eq!(needs_autocommit(Dialect::Sqlite, "PRAGMA foreign_keys = OFF"), Some("PRAGMA foreign_keys"));
/// ```
pub fn needs_autocommit(dialect: Dialect, sql: &str) -> Option<&'static str> {
    match dialect {
        Dialect::Postgresql => postgresql_autocommit(sql),
        Dialect::Sqlite => sqlite_autocommit(sql),
        // Transactions are no obstacle: a statement that can't be in one ends it.
        Dialect::Mysql | Dialect::Mariadb => None,
    }
}

/// Tells whether `sql` commits the transaction it runs in, whether asked to or not (MySQL manual, 15.3.3 "Statements That
/// Cause an Implicit Commit"). False where DDL takes part in transactions. What CALL and EXECUTE run is not known here,
/// and they count as not committing.
///
/// ```
/// use limbeck_core::dialect::{Dialect, implicitly_commits};
///
/// assert!(implicitly_commits(Dialect::Mysql, "ALTER TABLE users ADD email TEXT"));
/// assert!(!implicitly_commits(Dialect::Mysql, "CREATE TEMPORARY TABLE t (i INT)"));
/// assert!(!implicitly_commits(Dialect::Postgresql, "ALTER TABLE users ADD email TEXT"));
/// ```
pub fn implicitly_commits(dialect: Dialect, sql: &str) -> bool {
    if !matches!(dialect, Dialect::Mysql | Dialect::Mariadb) {
        return false;
    }
    let words = words_of_statement(dialect, sql);
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["CREATE" | "DROP", "TEMPORARY", "TABLE" | "TABLES", ..]
        | ["CREATE", "OR", "REPLACE", "TEMPORARY", "TABLE", ..] => false,
        ["BEGIN", "NOT", "ATOMIC", ..] | ["RESET", "PERSIST", ..] => false,
        ["ANALYZE", rest @ ..] => ["TABLE", "TABLES"]
            .iter()
            .any(|table| rest.iter().take(2).any(|word| word == table)),
        [
            "START",
            "TRANSACTION" | "SLAVE" | "REPLICA" | "GROUP_REPLICATION" | "ALL",
            ..,
        ]
        | ["STOP", "SLAVE" | "REPLICA" | "GROUP_REPLICATION" | "ALL", ..]
        | ["SET", "PASSWORD", ..]
        | ["SET", "DEFAULT", "ROLE", ..]
        | ["LOAD", "INDEX", ..]
        | ["CHANGE", "MASTER" | "REPLICATION", ..] => true,
        ["SET", "AUTOCOMMIT", "1" | "ON" | "TRUE", ..]
        | ["SET", "SESSION" | "LOCAL", "AUTOCOMMIT", "1" | "ON" | "TRUE", ..] => true,
        [first, ..] => IMPLICIT.contains(first),
        [] => false,
    }
}

/// First words of statements that commit, whatever follows.
const IMPLICIT: [&str; 20] = [
    "ALTER",
    "BACKUP",
    "BEGIN",
    "CACHE",
    "CHECK",
    "CREATE",
    "DROP",
    "FLUSH",
    "GRANT",
    "INSTALL",
    "LOCK",
    "OPTIMIZE",
    "RENAME",
    "REPAIR",
    "RESET",
    "REVOKE",
    "SHUTDOWN",
    "TRUNCATE",
    "UNINSTALL",
    "UNLOCK",
];

/// Tells whether `sql` asks for rows and changes nothing, as far as its words tell: what its functions do is known of the common
/// ones only, and others count as changing something.
///
/// ```
/// use limbeck_core::dialect::{Dialect, only_reads};
///
/// assert!(only_reads(Dialect::Postgresql, "SELECT count(*) FROM users"));
/// assert!(!only_reads(Dialect::Postgresql, "WITH new AS (INSERT INTO users VALUES (1) RETURNING *) SELECT * FROM new"));
/// assert!(!only_reads(Dialect::Postgresql, "SELECT purge(30)"));
/// ```
pub fn only_reads(dialect: Dialect, sql: &str) -> bool {
    const ASK: [&str; 9] = [
        "DESC", "DESCRIBE", "EXPLAIN", "PRAGMA", "SELECT", "SHOW", "TABLE", "VALUES", "WITH",
    ];
    const WRITE: [&str; 5] = ["DELETE", "INSERT", "INTO", "MERGE", "UPDATE"];
    let first = first_words(dialect, sql, 1);
    first.iter().any(|word| ASK.contains(&word.as_str()))
        && loses_data(dialect, sql).is_none()
        && code(dialect, sql).all(|token| word(&token, &WRITE).is_empty())
}

/// Tells whether `sql` only adds a table, index, view or trigger, and touches no row that is there: `CREATE TABLE … AS`
/// does not count, and neither does a replacement of what exists.
///
/// ```
/// use limbeck_core::dialect::{Dialect, creates_only};
///
/// assert!(creates_only(Dialect::Sqlite, "CREATE UNIQUE INDEX users_name ON users (name)"));
/// assert!(!creates_only(Dialect::Sqlite, "CREATE TABLE copies AS SELECT * FROM users"));
/// ```
pub fn creates_only(dialect: Dialect, sql: &str) -> bool {
    let mut tokens = code(dialect, sql);
    if tokens
        .next()
        .is_none_or(|first| word(&first, &["CREATE"]).is_empty())
    {
        return false;
    }
    let mut replaces = false;
    for token in tokens.by_ref() {
        match word(&token, &CREATED) {
            "TABLE" => return !replaces && !holds_select(tokens),
            "INDEX" | "TRIGGER" | "VIEW" => return true,
            "REPLACE" => replaces = true,
            "" => return false,
            _ => {}
        }
    }
    false
}

/// What can stand between CREATE and what is created, and the latter.
const CREATED: [&str; 13] = [
    "GLOBAL",
    "INDEX",
    "LOCAL",
    "OR",
    "RECURSIVE",
    "REPLACE",
    "TABLE",
    "TEMP",
    "TEMPORARY",
    "TRIGGER",
    "UNIQUE",
    "UNLOGGED",
    "VIEW",
];

/// Whether the rest of a CREATE TABLE fills it: AS outside of parentheses (inside them it is a generated column), or
/// a SELECT, for which MySQL needs no AS.
fn holds_select<'a>(tokens: impl Iterator<Item = Token<'a>>) -> bool {
    let mut depth = 0_usize;
    for token in tokens {
        match token.text {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ => match word(&token, &["AS", "SELECT"]) {
                "AS" if depth == 0 => return true,
                "SELECT" => return true,
                _ => {}
            },
        }
    }
    false
}

/// PostgreSQL calls `PreventInTransactionBlock` for these, as each one's page in part VI of the manual says.
fn postgresql_autocommit(sql: &str) -> Option<&'static str> {
    let words = words_of_statement(Dialect::Postgresql, sql);
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    let concurrently = words.iter().take(8).any(|word| *word == "CONCURRENTLY");
    Some(match words.as_slice() {
        ["VACUUM", ..] => "VACUUM",
        ["CREATE", "INDEX", "CONCURRENTLY", ..] | ["CREATE", "UNIQUE", "INDEX", "CONCURRENTLY", ..] => {
            "CREATE INDEX CONCURRENTLY"
        }
        ["DROP", "INDEX", "CONCURRENTLY", ..] => "DROP INDEX CONCURRENTLY",
        ["REINDEX", ..] if concurrently => "REINDEX CONCURRENTLY",
        ["REINDEX", rest @ ..] if reindexed(rest) == "DATABASE" => "REINDEX DATABASE",
        ["REINDEX", rest @ ..] if reindexed(rest) == "SCHEMA" => "REINDEX SCHEMA",
        ["REINDEX", rest @ ..] if reindexed(rest) == "SYSTEM" => "REINDEX SYSTEM",
        ["CLUSTER"] | ["CLUSTER", "VERBOSE"] => "CLUSTER",
        ["CREATE", "DATABASE", ..] => "CREATE DATABASE",
        ["DROP", "DATABASE", ..] => "DROP DATABASE",
        ["ALTER", "DATABASE", rest @ ..] if rest.windows(2).any(|pair| pair == ["SET", "TABLESPACE"]) => {
            "ALTER DATABASE SET TABLESPACE"
        }
        ["CREATE", "TABLESPACE", ..] => "CREATE TABLESPACE",
        ["DROP", "TABLESPACE", ..] => "DROP TABLESPACE",
        ["ALTER", "SYSTEM", ..] => "ALTER SYSTEM",
        ["ALTER", "TABLE", rest @ ..] if detaches_concurrently(rest) => "DETACH PARTITION CONCURRENTLY",
        ["CREATE", "SUBSCRIPTION", rest @ ..] if !is_off(rest, &["CREATE_SLOT", "CONNECT"]) => {
            "CREATE SUBSCRIPTION"
        }
        ["ALTER", "SUBSCRIPTION", rest @ ..] if refreshes(rest) => "ALTER SUBSCRIPTION REFRESH",
        ["DROP", "SUBSCRIPTION", ..] => "DROP SUBSCRIPTION",
        ["DISCARD", "ALL"] => "DISCARD ALL",
        ["COMMIT", "PREPARED", ..] => "COMMIT PREPARED",
        ["ROLLBACK", "PREPARED", ..] => "ROLLBACK PREPARED",
        _ => return None,
    })
}

/// What is indexed anew: REINDEX can have options in parentheses before it.
fn reindexed<'a>(rest: &[&'a str]) -> &'a str {
    let objects = ["INDEX", "TABLE", "SCHEMA", "DATABASE", "SYSTEM"];
    rest.iter()
        .find(|word| objects.contains(word))
        .copied()
        .unwrap_or_default()
}

fn detaches_concurrently(rest: &[&str]) -> bool {
    rest.windows(2).any(|pair| pair == ["DETACH", "PARTITION"]) && rest.last() == Some(&"CONCURRENTLY")
}

/// Whether a change of a subscription also asks the publisher for its tables, which it does unless told not to.
fn refreshes(rest: &[&str]) -> bool {
    match rest {
        [_, "REFRESH", "PUBLICATION", ..] => true,
        [_, "SET" | "ADD" | "DROP", "PUBLICATION", ..] => !is_off(rest, &["REFRESH"]),
        _ => false,
    }
}

/// Whether one of `options` is switched off.
fn is_off(words: &[&str], options: &[&str]) -> bool {
    let off = |value: &str| {
        ["FALSE", "OFF", "0"]
            .iter()
            .any(|off| off.eq_ignore_ascii_case(value.trim_matches('\'')))
    };
    words
        .windows(2)
        .any(|pair| options.contains(&pair[0]) && off(pair[1]))
}

/// VACUUM and some settings are refused inside a transaction, and `PRAGMA foreign_keys` is ignored there without a
/// word (<https://www.sqlite.org/pragma.html>); older releases refuse ATTACH and DETACH too.
fn sqlite_autocommit(sql: &str) -> Option<&'static str> {
    /// What is to be set outside of transactions.
    const PRAGMAS: [&str; 4] = [
        "PRAGMA foreign_keys",
        "PRAGMA journal_mode",
        "PRAGMA synchronous",
        "PRAGMA temp_store",
    ];
    let mut tokens = code(Dialect::Sqlite, sql);
    match word(&tokens.next()?, &["ATTACH", "DETACH", "PRAGMA", "VACUUM"]) {
        "PRAGMA" => {
            let mut name = tokens.next()?;
            let mut next = tokens.next()?;
            if next.text == "." {
                name = tokens.next()?;
                next = tokens.next()?;
            }
            // Without a value it only reads.
            let sets = matches!(next.text, "=" | "(");
            let same = |pragma: &&&str| pragma["PRAGMA ".len()..].eq_ignore_ascii_case(name.text);
            PRAGMAS.iter().find(same).copied().filter(|_| sets)
        }
        "" => None,
        word => Some(word),
    }
}

/// The significant tokens of `sql`, without the marks of MySQL's executable comments.
pub(super) fn code(dialect: Dialect, sql: &str) -> impl Iterator<Item = Token<'_>> {
    let mark = |token: &Token<'_>| {
        token.kind == TokenKind::Symbol && (token.text.starts_with("/*") || token.text == "*/")
    };
    Lexer::new(dialect, sql).filter(move |token| token.is_significant() && !mark(token))
}

/// Which of `words` the token is, or "".
fn word(token: &Token<'_>, words: &[&'static str]) -> &'static str {
    if token.kind == TokenKind::Word {
        keyword(words, token.text)
    } else {
        ""
    }
}

/// The first words of a statement with what stands between them, but no symbols: words in capitals; numbers, strings
/// and quoted names as written, so that they equal no word.
fn words_of_statement(dialect: Dialect, sql: &str) -> Vec<String> {
    /// What decides comes early.
    const ENOUGH: usize = 64;
    let operands = code(dialect, sql).filter(|token| token.kind != TokenKind::Symbol);
    let words = operands.take(ENOUGH).map(|token| match token.kind {
        TokenKind::Word => token.text.to_ascii_uppercase(),
        _ => token.text.to_owned(),
    });
    let mut words: Vec<_> = words.take_while(|word| word != ";").collect();
    // MariaDB's SET STATEMENT name = value FOR statement.
    if dialect == Dialect::Mariadb
        && matches!(words.as_slice(), [set, statement, ..] if set == "SET" && statement == "STATEMENT")
    {
        let from = words
            .iter()
            .position(|word| word == "FOR")
            .map_or(0, |found| found + 1);
        words.drain(..from);
    }
    words
}
