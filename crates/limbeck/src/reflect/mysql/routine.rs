//! Functions and procedures.

use std::collections::BTreeMap;

use limbeck_core::dialect::tokens;
use limbeck_core::schema::{Id, Kind, Name};

use super::text::data_type;
use super::{Reading, Server, values};
use crate::database::Row;

/// The modes that change what a statement's text means, or what its expressions give.
const MODES: [&str; 6] = [
    "ANSI_QUOTES",
    "HIGH_NOT_PRECEDENCE",
    "IGNORE_SPACE",
    "NO_BACKSLASH_ESCAPES",
    "NO_UNSIGNED_SUBTRACTION",
    "PIPES_AS_CONCAT",
];

impl Reading<'_> {
    pub(super) fn routines(&mut self, rows: Vec<Row>, parameters: Vec<Row>) {
        let mut of_routines: BTreeMap<(String, String), Vec<[String; 5]>> = BTreeMap::new();
        for [kind, name, position, mode, parameter, data_type, collation] in
            parameters.into_iter().filter_map(values)
        {
            of_routines
                .entry((kind, name))
                .or_default()
                .push([position, mode, parameter, data_type, collation]);
        }
        let dialect = self.server.dialect;
        for row in rows.into_iter().filter_map(values) {
            let [
                kind,
                name,
                body,
                deterministic,
                access,
                security,
                comment,
                sql_mode,
            ] = row;
            // Who may not see a body gets none.
            if body.is_empty() {
                continue;
            }
            let parameters = of_routines
                .remove(&(kind.clone(), name.clone()))
                .unwrap_or_default();
            let aggregate = if is_aggregate(&self.server, &body) {
                "AGGREGATE "
            } else {
                ""
            };
            let mut create = format!(
                "CREATE {aggregate}{kind} {}{}",
                dialect.quoted(&name),
                self.server.parameters(&parameters)
            );
            if deterministic == "YES" {
                create += " DETERMINISTIC";
            }
            if access != "CONTAINS SQL" {
                create += &format!(" {access}");
            }
            if security == "INVOKER" {
                create += " SQL SECURITY INVOKER";
            }
            if !comment.is_empty() {
                create += &format!("\n    COMMENT {}", dialect.plain_literal(&comment));
            }
            create += &format!("\n{body}");
            let of = if kind == "FUNCTION" {
                Kind::Function
            } else {
                Kind::Procedure
            };
            let id = Id::of(of, Name::new(name.as_str()));
            self.dependencies.add(id.clone(), &body);
            self.stored(
                id,
                format!("{kind} {}", dialect.quoted(&name)),
                &sql_mode,
                create,
                true,
            );
        }
    }
}

impl Server {
    /// `(a int, OUT b text) RETURNS int`.
    fn parameters(&self, parameters: &[[String; 5]]) -> String {
        let (mut list, mut returns) = (Vec::new(), String::new());
        for [position, mode, name, printed, collation] in parameters {
            let mut text = data_type(printed);
            if !collation.is_empty() && *collation != self.collation {
                let charset = collation.split('_').next().unwrap_or_default();
                text += &format!(" CHARACTER SET {charset} COLLATE {collation}");
            }
            if position == "0" {
                returns = format!(" RETURNS {text}");
                continue;
            }
            let mode = if matches!(mode.as_str(), "" | "IN") {
                String::new()
            } else {
                format!("{mode} ")
            };
            list.push(format!("{mode}{} {text}", self.dialect.quoted(name)));
        }
        format!("({}){returns}", list.join(", "))
    }

    /// The statement, between such that set the SQL mode where it would mean something else in the session's; `None` where the
    /// mode is another language.
    pub(super) fn in_mode(&self, sql_mode: &str, create: String) -> Option<String> {
        let has = |modes: &str, mode: &str| modes.split(',').any(|known| known == mode);
        if has(sql_mode, "ORACLE") {
            return None;
        }
        if MODES
            .iter()
            .all(|mode| has(sql_mode, mode) == has(&self.sql_mode, mode))
        {
            return Some(create);
        }
        let mode = self.dialect.literal(sql_mode);
        Some(format!(
            "SET SESSION sql_mode = {mode};\n{create};\nSET SESSION sql_mode = DEFAULT"
        ))
    }
}

/// Whether a function is one of MariaDB's over groups: only these fetch rows of one.
fn is_aggregate(server: &Server, body: &str) -> bool {
    let tokens = tokens(server.dialect, body);
    let words: Vec<&str> = tokens
        .iter()
        .filter(|token| token.is_significant())
        .map(|token| token.text)
        .collect();
    words
        .windows(2)
        .any(|pair| pair[0].eq_ignore_ascii_case("FETCH") && pair[1].eq_ignore_ascii_case("GROUP"))
}
