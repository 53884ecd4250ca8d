//! What a DDL statement of MySQL's is about.

use super::super::Dialect;
use super::super::lex::{Lexer, Token, TokenKind};

/// An object that a statement makes, changes or drops.
///
/// ```
/// use limbeck_core::dialect::{Dialect, ddl_targets};
///
/// let targets = ddl_targets(Dialect::Mariadb, "CREATE UNIQUE INDEX users_name ON `app`.users (name)");
/// assert_eq!((targets[0].kind, targets[0].name.as_str()), ("TABLE", "`app`.users"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DdlTarget {
    /// Its kind, as `SHOW CREATE` wants it.
    pub kind: &'static str,
    /// Its name as the statement writes it, with the schema where that is written.
    pub name: String,
}

/// Lists what `sql` makes, changes or drops, where `SHOW CREATE` can tell of it (MySQL manual, 15.7.7). It is empty for
/// other databases, whose DDL takes part in transactions, and for statements that are not DDL.
///
/// ```
/// use limbeck_core::dialect::{Dialect, ddl_targets};
///
/// let names = |sql| ddl_targets(Dialect::Mariadb, sql).into_iter().map(|target| target.name).collect::<Vec<_>>();
/// assert_eq!(names("RENAME TABLE a TO b, c TO a"), ["a", "b", "c", "a"]);
/// assert!(names("INSERT INTO a VALUES (1)").is_empty());
/// ```
pub fn ddl_targets(dialect: Dialect, sql: &str) -> Vec<DdlTarget> {
    if !matches!(dialect, Dialect::Mysql | Dialect::Mariadb) {
        return Vec::new();
    }
    let tokens: Vec<Token<'_>> = Lexer::new(dialect, sql).filter(Token::is_significant).collect();
    let is = |at: usize, words: &[&str]| tokens.get(at).is_some_and(|token| is_word(token, words));
    if !is(0, &["CREATE", "ALTER", "DROP", "RENAME"]) {
        return Vec::new();
    }
    // A DEFINER and other attributes may stand before the kind, a body behind it.
    let found = tokens
        .iter()
        .enumerate()
        .skip(1)
        .take(24)
        .find_map(|(at, token)| {
            let kind = KINDS.iter().find(|(word, _)| is_word(token, &[word]))?;
            Some((at, kind.0, kind.1))
        });
    let Some((at, word, kind)) = found else {
        return Vec::new();
    };
    let mut at = at + 1;
    if word == "INDEX" {
        match (at..tokens.len()).find(|at| is(*at, &["ON"])) {
            Some(on) => at = on + 1,
            None => return Vec::new(),
        }
    }
    let mut targets = Vec::new();
    while at < tokens.len() {
        while is(at, &["IF", "NOT", "EXISTS"]) {
            at += 1;
        }
        let (name, behind) = qualified(&tokens, at);
        if name.is_empty() {
            break;
        }
        targets.push(DdlTarget { kind, name });
        let lists = is(0, &["DROP", "RENAME"]);
        let goes_on = tokens.get(behind).is_some_and(|token| token.text == ",") || is(behind, &["TO"]);
        if !(lists && goes_on) {
            break;
        }
        at = behind + 1;
    }
    targets
}

/// Words for kinds of objects, and what `SHOW CREATE` calls them.
const KINDS: [(&str, &str); 10] = [
    ("TABLE", "TABLE"),
    ("TABLES", "TABLE"),
    ("INDEX", "TABLE"),
    ("VIEW", "TABLE"),
    ("SEQUENCE", "TABLE"),
    ("TRIGGER", "TRIGGER"),
    ("PROCEDURE", "PROCEDURE"),
    ("FUNCTION", "FUNCTION"),
    ("EVENT", "EVENT"),
    ("DATABASE", "DATABASE"),
];

fn is_word(token: &Token<'_>, words: &[&str]) -> bool {
    token.kind == TokenKind::Word && words.iter().any(|word| word.eq_ignore_ascii_case(token.text))
}

/// The name at a place, with its schema, and where it ends.
fn qualified(tokens: &[Token<'_>], at: usize) -> (String, usize) {
    let part = |at: usize| {
        let token = tokens.get(at)?;
        matches!(token.kind, TokenKind::Word | TokenKind::Name).then_some(token.text)
    };
    let Some(first) = part(at) else {
        return (String::new(), at);
    };
    let dotted = tokens.get(at + 1).is_some_and(|token| token.text == ".");
    match part(at + 2).filter(|_| dotted) {
        Some(second) => (format!("{first}.{second}"), at + 3),
        None => (first.to_owned(), at + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(sql: &str, wanted: &[&str]) {
        let targets = ddl_targets(Dialect::Mariadb, sql);
        let found: Vec<String> = targets
            .iter()
            .map(|target| format!("{} {}", target.kind, target.name))
            .collect();
        assert_eq!(found, wanted, "{sql}");
    }

    #[test]
    fn targets() {
        check("create table if not exists Users (id int)", &["TABLE Users"]);
        check("CREATE OR REPLACE TEMPORARY TABLE t AS SELECT 1", &["TABLE t"]);
        check("ALTER ONLINE TABLE `a b` ADD COLUMN c int", &["TABLE `a b`"]);
        check("ALTER TABLE app . t RENAME TO u", &["TABLE app.t"]);
        check("DROP TABLE IF EXISTS a, `b`.c", &["TABLE a", "TABLE `b`.c"]);
        check("DROP INDEX i ON t", &["TABLE t"]);
        check("CREATE INDEX IF NOT EXISTS i ON t (a)", &["TABLE t"]);
        check(
            "CREATE DEFINER=`root`@`%` TRIGGER tr BEFORE INSERT ON t FOR EACH ROW SET @a = 1",
            &["TRIGGER tr"],
        );
        check(
            "CREATE DEFINER = CURRENT_USER PROCEDURE p() SELECT 1",
            &["PROCEDURE p"],
        );
        check(
            "CREATE OR REPLACE ALGORITHM=MERGE VIEW v AS SELECT 1",
            &["TABLE v"],
        );
        check("ALTER DATABASE CHARACTER SET utf8mb4", &["DATABASE CHARACTER"]);
        check("CREATE USER u", &[]);
        check("TRUNCATE TABLE t", &[]);
        check("CREATE", &[]);
        check("CREATE TABLE", &[]);
        check("DROP TABLE a,", &["TABLE a"]);
    }
}
