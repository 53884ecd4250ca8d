//! Functions, procedures and aggregates.

use limbeck_core::schema::{Definition, Id, Kind, Name, Replace, Sql};

use super::cells::Cells;
use super::{Body, FIRST_ID, OF_USER, Reader, SCHEMA, class, literal, of_no_extension, sql, stored};

/// What is no part of another, like a range's functions.
fn of_user() -> String {
    format!(
        "pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace AND {OF_USER} WHERE p.oid >= {FIRST_ID} AND {} AND NOT EXISTS (SELECT FROM pg_depend e \
         WHERE e.classid = 'pg_proc'::regclass AND e.objid = p.oid AND e.deptype = 'i')",
        of_no_extension("pg_proc", "p.oid")
    )
}

pub(super) fn routines(version: u32) -> String {
    let body = if version < 14 {
        "p.prosrc"
    } else {
        "CASE WHEN p.prosqlbody IS NULL THEN p.prosrc END"
    };
    format!(
        "SELECT p.oid, {SCHEMA}, p.proname, p.prokind, oidvectortypes(p.proargtypes), format('%I.%I', n.nspname, p.proname), \
         pg_get_functiondef(p.oid), concat_ws(', ', pg_get_function_identity_arguments(p.oid), p.proargnames::text, \
         p.proargmodes::text, (SELECT string_agg(format_type(u.type, NULL), ', ' ORDER BY u.at) FROM unnest(p.proallargtypes) \
         WITH ORDINALITY u(type, at))), pg_get_function_result(p.oid), p.pronargdefaults, \
         (SELECT l.lanname FROM pg_language l WHERE l.oid = p.prolang), {body} FROM {} AND p.prokind <> 'a'",
        of_user()
    )
}

/// Plain aggregates without a moving state; the others are not told.
pub(super) fn aggregates() -> String {
    let function = |column: &str| format!("NULLIF(a.{column}::text, '-')");
    format!(
        "SELECT p.oid, {SCHEMA}, p.proname, oidvectortypes(p.proargtypes), pg_get_function_arguments(p.oid), a.aggtransfn, \
         format_type(a.aggtranstype, NULL), NULLIF(a.aggtransspace, 0), {}, a.aggfinalextra, a.aggfinalmodify, {}, {}, {}, \
         a.agginitval, p.proparallel FROM pg_aggregate a JOIN {} AND a.aggkind = 'n' AND a.aggmtransfn = 0 AND a.aggsortop = 0",
        function("aggfinalfn"),
        function("aggcombinefn"),
        function("aggserialfn"),
        function("aggdeserialfn"),
        of_user().replacen("pg_proc p", "pg_proc p ON p.oid = a.aggfnoid", 1)
    )
}

impl Reader {
    pub(super) fn take_routine(&mut self, mut row: Cells) {
        let oid = row.id();
        let name = Name {
            schema: row.optional(),
            name: row.text(),
        };
        let (kind, word) = match row.letter() {
            'p' => (Kind::Procedure, "PROCEDURE"),
            _ => (Kind::Function, "FUNCTION"),
        };
        let types = row.text();
        let (told, definition) = (row.text(), row.text());
        let head = format!("CREATE OR REPLACE {word} {told}");
        let Some(rest) = definition.strip_prefix(&head) else {
            return;
        };
        let (name_sql, rest) = (sql(&name), rest.trim_end());
        let mut signature = vec![row.text(), row.text()];
        let defaults = row.number();
        signature.extend((0..defaults).map(|_| "DEFAULT".to_owned()));
        let definition = Definition::Stored {
            create: Sql::verbatim(format!("CREATE {word} {name_sql}{rest}")),
            replace: Some(Replace {
                statement: Sql::verbatim(format!("CREATE OR REPLACE {word} {name_sql}{rest}")),
                signature,
            }),
        };
        let address = format!("{word} {name_sql}({types})");
        let id = Id::of(kind, name.sibling(format!("{}({types})", name.name)));
        let language = row.text();
        if let Some(text) = row.optional() {
            self.bodies.push(Body {
                function: id.clone(),
                language,
                text,
            });
        }
        self.object((class::PROCEDURE, oid), id, address, definition);
    }

    pub(super) fn take_aggregate(&mut self, mut row: Cells) {
        let oid = row.id();
        let name = Name {
            schema: row.optional(),
            name: row.text(),
        };
        let types = row.text();
        let or_all = |text: String| if text.is_empty() { "*".to_owned() } else { text };
        let (name_sql, arguments) = (sql(&name), or_all(row.text()));
        let mut parameters = vec![
            format!("SFUNC = {}", row.text()),
            format!("STYPE = {}", row.text()),
        ];
        let mut add = |word: &str, value: Option<String>| {
            parameters.extend(value.map(|value| format!("{word} = {value}")));
        };
        add("SSPACE", row.optional());
        let last = row.optional();
        let (extra, modify) = (row.flag(), row.letter());
        if last.is_some() {
            add("FINALFUNC", last);
            let modifies = match modify {
                's' => Some("SHAREABLE"),
                'w' => Some("READ_WRITE"),
                _ => None,
            };
            add("FINALFUNC_MODIFY", modifies.map(str::to_owned));
        }
        add("COMBINEFUNC", row.optional());
        add("SERIALFUNC", row.optional());
        add("DESERIALFUNC", row.optional());
        add("INITCOND", row.optional().map(|value| literal(&value)));
        let parallel = match row.letter() {
            's' => Some("SAFE"),
            'r' => Some("RESTRICTED"),
            _ => None,
        };
        add("PARALLEL", parallel.map(str::to_owned));
        if extra {
            parameters.push("FINALFUNC_EXTRA".to_owned());
        }
        let create = format!(
            "CREATE AGGREGATE {name_sql}({arguments}) (\n    {}\n)",
            parameters.join(",\n    ")
        );
        let address = format!("AGGREGATE {name_sql}({})", or_all(types.clone()));
        let id = Id::of(Kind::Aggregate, name.sibling(format!("{}({types})", name.name)));
        self.object((class::PROCEDURE, oid), id, address, stored(create));
    }
}
