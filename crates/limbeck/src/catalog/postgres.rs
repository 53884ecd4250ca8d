//! PostgreSQL's catalog.

use super::{Catalog, Column, Reference, SEPARATOR, list};
use crate::database::postgres::NO_JIT;
use crate::database::{Connection, DatabaseError, Row};

/// Names come out with their schema, whatever the session's search path is: until the end of the transaction that these queries
/// are, or stand in.
const QUALIFY: &str = "SELECT pg_catalog.set_config('search_path', 'pg_catalog', true)";

/// What stands before a name for people; public is the schema that needs no naming.
const SCHEMA: &str = "CASE n.nspname WHEN 'public' THEN '' ELSE n.nspname || '.' END";

/// A relation's name for people.
const NAME: &str = "CASE n.nspname WHEN 'public' THEN '' ELSE n.nspname || '.' END || c.relname";

/// The table that a sequence belongs to, and every other relation to itself.
const OWNER: &str = "COALESCE((SELECT t.relname FROM pg_depend d JOIN pg_class t ON t.oid = d.refobjid WHERE c.relkind = \
    'S' AND d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.refclassid = 'pg_class'::regclass AND d.deptype IN \
    ('a', 'i') LIMIT 1), c.relname)";

/// The name for people of the table whose column a sequence is for, if it is.
const OWNING: &str = "(SELECT CASE tn.nspname WHEN 'public' THEN '' ELSE tn.nspname || '.' END || t.relname FROM pg_depend d \
    JOIN pg_class t ON t.oid = d.refobjid JOIN pg_namespace tn ON tn.oid = t.relnamespace WHERE d.classid = \
    'pg_class'::regclass AND d.objid = c.oid AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i') LIMIT 1)";

/// Relations of the user's.
const RELATIONS: &str = "pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname !~ '^pg_' AND n.nspname <> \
    'information_schema' AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid \
    AND e.deptype = 'e')";

/// What else is the user's: objects `o` in schemas `n`, but not what is a part of another, like a range's functions. The first
/// id that a server does not give to itself is 16384.
fn of_user(table: &str, namespace: &str) -> String {
    format!(
        "{table} o JOIN pg_namespace n ON n.oid = o.{namespace} WHERE o.oid >= 16384 AND n.nspname !~ '^pg_' AND n.nspname <> \
         'information_schema' AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = '{table}'::regclass AND e.objid = o.oid \
         AND e.deptype IN ('e', 'i'))"
    )
}

/// Queries for (table it belongs to, object, definition).
fn objects() -> Vec<String> {
    let mut queries = relations();
    queries.extend(of_tables());
    queries.extend(in_schemas());
    queries.extend(OTHERS.iter().map(ToString::to_string));
    queries
}

fn relations() -> Vec<String> {
    vec![
        format!(
            "SELECT c.relname, 'table ' || {NAME}, concat_ws(' ', CASE c.relpersistence WHEN 'u' THEN 'unlogged' END, CASE \
             c.relkind WHEN 'p' THEN 'partitioned by ' || pg_get_partkeydef(c.oid) WHEN 'f' THEN 'foreign' END, \
             (SELECT string_agg('of ' || i.inhparent::regclass::text, ' ' ORDER BY i.inhseqno) FROM pg_inherits i WHERE \
             i.inhrelid = c.oid), pg_get_expr(c.relpartbound, c.oid), 'with (' || array_to_string(c.reloptions, ', ') || ')') \
             FROM {RELATIONS} WHERE c.relkind IN ('r', 'p', 'f')"
        ),
        format!(
            "SELECT c.relname, 'row level security of ' || {NAME}, CASE WHEN c.relforcerowsecurity THEN 'forced' END FROM \
             {RELATIONS} WHERE c.relrowsecurity"
        ),
        format!(
            "SELECT c.relname, 'replica identity of ' || {NAME}, c.relreplident FROM {RELATIONS} WHERE c.relkind IN ('r', 'p') AND \
             c.relreplident <> 'd'"
        ),
        format!(
            "SELECT {OWNER}, 'privileges on ' || {NAME}, 'owner ' || pg_get_userbyid(c.relowner) || ', ' || (SELECT \
             string_agg(a::text, ', ' ORDER BY a::text) FROM unnest(COALESCE(c.relacl, acldefault(CASE c.relkind WHEN 'S' THEN \
             's'::\"char\" ELSE 'r'::\"char\" END, c.relowner))) a) FROM {RELATIONS} WHERE c.relkind IN ('r', 'p', 'f', 'v', \
             'm', 'S')"
        ),
        format!(
            "SELECT c.relname, 'view ' || {NAME}, concat_ws(' ', CASE c.relkind WHEN 'm' THEN 'materialized' END, 'with (' || \
             array_to_string(c.reloptions, ', ') || ')', pg_get_viewdef(c.oid)) FROM {RELATIONS} WHERE c.relkind IN ('v', 'm')"
        ),
        format!(
            "SELECT {OWNER}, 'sequence ' || {NAME} || COALESCE(' of ' || {OWNING}, ''), format('%s start %s increment %s from %s to %s cache %s%s', \
             format_type(s.seqtypid, NULL), s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache, CASE WHEN s.seqcycle \
             THEN ' cycle' END) || COALESCE((SELECT ' owned by ' || d.refobjid::regclass || '.' || a.attname FROM pg_depend d \
             JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid WHERE d.classid = \
             'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'a' LIMIT 1), '') FROM {RELATIONS} JOIN pg_sequence s ON \
             s.seqrelid = c.oid"
        ),
    ]
}

/// What belongs to a table, or to what has columns like one.
fn of_tables() -> Vec<String> {
    vec![
        format!(
            "SELECT c.relname, 'column ' || {NAME} || '.' || a.attname, concat_ws(' ', format_type(a.atttypid, a.atttypmod), \
             CASE WHEN a.attcollation <> t.typcollation THEN 'collate ' || a.attcollation::regcollation END, CASE WHEN \
             a.attnotnull THEN 'not null' END, CASE a.attidentity WHEN 'a' THEN 'generated always as identity' WHEN 'd' THEN \
             'generated by default as identity' END, CASE a.attgenerated WHEN '' THEN 'default ' ELSE 'generated ' END || \
             pg_get_expr(d.adbin, d.adrelid)) FROM {RELATIONS} JOIN pg_attribute a ON \
             a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN \
             pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum WHERE c.relkind IN ('r', 'p', 'f', 'c')"
        ),
        format!(
            "SELECT c.relname, 'privileges on column ' || {NAME} || '.' || a.attname, a.attacl::text FROM {RELATIONS} JOIN \
             pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped WHERE a.attacl IS NOT NULL"
        ),
        // Those of constraints are told with these.
        format!(
            "SELECT c.relname, 'index ' || x.relname || ' of ' || {NAME}, pg_get_indexdef(i.indexrelid) || CASE WHEN i.indisvalid THEN \
             '' ELSE ' (invalid)' END || CASE WHEN i.indisclustered THEN ' (clustered)' ELSE '' END FROM {RELATIONS} JOIN \
             pg_index i ON i.indrelid = c.oid JOIN pg_class x ON x.oid = i.indexrelid WHERE NOT EXISTS (SELECT FROM \
             pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x')) AND c.relkind <> 't'"
        ),
        // PostgreSQL 18 has a constraint for each NOT NULL, which is the column's.
        format!(
            "SELECT c.relname, 'constraint ' || k.conname || ' of ' || {NAME}, pg_get_constraintdef(k.oid) FROM {RELATIONS} \
             JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype NOT IN ('n', 't')"
        ),
        format!(
            "SELECT c.relname, 'trigger ' || g.tgname || ' of ' || {NAME}, pg_get_triggerdef(g.oid) || CASE g.tgenabled WHEN \
             'O' THEN '' ELSE ' enabled ' || g.tgenabled::text END FROM {RELATIONS} JOIN pg_trigger g ON g.tgrelid = c.oid AND \
             NOT g.tgisinternal"
        ),
        format!(
            "SELECT c.relname, 'rule ' || r.rulename || ' of ' || {NAME}, pg_get_ruledef(r.oid) FROM {RELATIONS} JOIN \
             pg_rewrite r ON r.ev_class = c.oid AND r.rulename <> '_RETURN'"
        ),
        format!(
            "SELECT c.relname, 'policy ' || p.polname || ' of ' || {NAME}, concat_ws(' ', p.polcmd, CASE WHEN p.polpermissive \
             THEN 'permissive' ELSE 'restrictive' END, p.polroles::regrole[]::text, 'using ' || pg_get_expr(p.polqual, \
             p.polrelid), 'check ' || pg_get_expr(p.polwithcheck, p.polrelid)) FROM {RELATIONS} JOIN pg_policy p ON p.polrelid = \
             c.oid"
        ),
        format!(
            "SELECT c.relname, 'statistics ' || s.stxname || ' of ' || {NAME}, pg_get_statisticsobjdef(s.oid) FROM {RELATIONS} JOIN \
             pg_statistic_ext s ON s.stxrelid = c.oid"
        ),
    ]
}

/// What stands in schemas beside relations.
fn in_schemas() -> Vec<String> {
    let named = |name: &str| format!("{SCHEMA} || o.{name}");
    vec![
        format!(
            "SELECT NULL, 'type ' || {}, CASE o.typtype WHEN 'e' THEN 'enum ' || (SELECT string_agg(quote_literal(l.enumlabel), \
             ', ' ORDER BY l.enumsortorder) FROM pg_enum l WHERE l.enumtypid = o.oid) WHEN 'd' THEN concat_ws(' ', 'domain', \
             format_type(o.typbasetype, o.typtypmod), CASE WHEN o.typnotnull THEN 'not null' END, 'default ' || o.typdefault, \
             (SELECT string_agg(k.conname || ' ' || pg_get_constraintdef(k.oid), ' ' ORDER BY k.conname) FROM pg_constraint k \
             WHERE k.contypid = o.oid AND k.contype <> 'n')) WHEN 'r' THEN 'range of ' || (SELECT format_type(r.rngsubtype, \
             NULL) FROM pg_range r WHERE r.rngtypid = o.oid) ELSE 'type ' || o.typtype::text END FROM {} AND (o.typtype IN ('e', \
             'd', 'r') OR o.typtype = 'b' AND o.typelem = 0 OR o.typtype = 'c' AND EXISTS (SELECT FROM pg_class c WHERE c.oid \
             = o.typrelid AND c.relkind = 'c'))",
            named("typname"),
            of_user("pg_type", "typnamespace")
        ),
        format!(
            "SELECT NULL, CASE o.prokind WHEN 'p' THEN 'procedure ' WHEN 'a' THEN 'aggregate ' ELSE 'function ' END || {} || \
             '(' || pg_get_function_identity_arguments(o.oid) || ')', CASE WHEN o.prokind = 'a' THEN (SELECT \
             concat_ws(' ', a.aggtransfn, a.aggfinalfn, format_type(a.aggtranstype, NULL), a.agginitval) FROM pg_aggregate a \
             WHERE a.aggfnoid = o.oid) ELSE pg_get_functiondef(o.oid) END FROM {}",
            named("proname"),
            of_user("pg_proc", "pronamespace")
        ),
        format!(
            "SELECT NULL, 'privileges on ' || {} || '(' || pg_get_function_identity_arguments(o.oid) || ')', o.proacl::text FROM \
             {} AND o.proacl IS NOT NULL",
            named("proname"),
            of_user("pg_proc", "pronamespace")
        ),
        format!(
            "SELECT NULL, 'operator ' || {} || ' (' || format_type(o.oprleft, NULL) || ', ' || format_type(o.oprright, NULL) || \
             ')', o.oprcode::text FROM {}",
            named("oprname"),
            of_user("pg_operator", "oprnamespace")
        ),
        format!(
            "SELECT NULL, 'collation ' || {}, concat_ws(' ', o.collprovider, o.collcollate, o.collctype) FROM {}",
            named("collname"),
            of_user("pg_collation", "collnamespace")
        ),
        format!(
            "SELECT NULL, 'text search configuration ' || {}, o.cfgparser::text FROM {}",
            named("cfgname"),
            of_user("pg_ts_config", "cfgnamespace")
        ),
        format!(
            "SELECT NULL, 'text search dictionary ' || {}, concat_ws(' ', o.dicttemplate, o.dictinitoption) FROM {}",
            named("dictname"),
            of_user("pg_ts_dict", "dictnamespace")
        ),
    ]
}

/// What stands in no schema.
const OTHERS: [&str; 7] = [
    "SELECT NULL, 'schema ' || n.nspname, NULL FROM pg_namespace n WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN \
     ('public', 'information_schema')",
    "SELECT NULL, 'privileges on schema ' || n.nspname, 'owner ' || pg_get_userbyid(n.nspowner) || COALESCE(', ' || n.nspacl::text, '') \
     FROM pg_namespace n WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'",
    "SELECT NULL, 'extension ' || x.extname, x.extversion || ' in ' || n.nspname FROM pg_extension x JOIN pg_namespace n ON \
     n.oid = x.extnamespace",
    "SELECT NULL, 'event trigger ' || t.evtname, concat_ws(' ', t.evtevent, t.evtfoid::regproc, t.evttags::text, \
     t.evtenabled) FROM pg_event_trigger t",
    "SELECT NULL, 'publication ' || p.pubname, concat_ws(' ', CASE WHEN p.puballtables THEN 'all tables' END, (SELECT \
     string_agg(r.prrelid::regclass::text, ', ' ORDER BY 1) FROM pg_publication_rel r WHERE r.prpubid = p.oid)) FROM \
     pg_publication p",
    "SELECT NULL, 'foreign server ' || s.srvname, concat_ws(' ', w.fdwname, s.srvtype, s.srvversion, s.srvoptions::text) \
     FROM pg_foreign_server s JOIN pg_foreign_data_wrapper w ON w.oid = s.srvfdw",
    "SELECT NULL, 'comment on ' || i.type || ' ' || i.identity, d.description FROM pg_description d, \
     pg_identify_object(d.classoid, d.objoid, d.objsubid) i WHERE d.objoid >= 16384 AND d.classoid <> \
     'pg_extension'::regclass AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = d.classoid AND e.objid = \
     d.objoid AND e.deptype = 'e')",
];

/// Tables and their columns, in order.
fn columns() -> String {
    let labels = format!(
        "(SELECT string_agg(l.enumlabel, chr({}) ORDER BY l.enumsortorder) FROM pg_enum l WHERE l.enumtypid = t.oid)",
        u32::from(SEPARATOR)
    );
    format!(
        "SELECT c.relname, {NAME}, format('%I.%I', n.nspname, c.relname), a.attname, CASE t.typtype WHEN 'd' THEN \
         format_type(t.typbasetype, t.typtypmod) ELSE format_type(a.atttypid, a.atttypmod) END, NOT (a.attnotnull OR \
         t.typnotnull), a.atthasdef OR a.attidentity <> '' OR t.typdefault IS NOT NULL, a.attgenerated <> '' OR a.attidentity = \
         'a', {labels} FROM {RELATIONS} JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped JOIN \
         pg_type t ON t.oid = a.atttypid WHERE c.relkind = 'p' OR c.relkind = 'r' AND NOT c.relispartition ORDER BY 2, a.attnum"
    )
}

fn checks() -> String {
    format!(
        "SELECT {NAME}, pg_get_constraintdef(k.oid) FROM {RELATIONS} JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype = \
         'c' UNION ALL SELECT {NAME}, quote_ident(a.attname) || ' ' || pg_get_constraintdef(k.oid) FROM {RELATIONS} JOIN \
         pg_attribute a ON a.attrelid = c.oid JOIN pg_constraint k ON k.contypid = a.atttypid AND k.contype = 'c' ORDER BY 1, 2"
    )
}

fn references() -> String {
    let names = |table: &str, key: &str| {
        format!(
            "(SELECT string_agg(a.attname, chr({}) ORDER BY u.at) FROM unnest(k.{key}) WITH ORDINALITY u(number, at) JOIN \
             pg_attribute a ON a.attrelid = k.{table} AND a.attnum = u.number)",
            u32::from(SEPARATOR)
        )
    };
    let (from, to) = (names("conrelid", "conkey"), names("confrelid", "confkey"));
    let parent = NAME
        .replace("n.nspname", "pn.nspname")
        .replace("c.relname", "pc.relname");
    format!(
        "SELECT {NAME}, {from}, {parent}, format('%I.%I', pn.nspname, pc.relname), {to} FROM {RELATIONS} JOIN \
         pg_constraint k ON k.conrelid = c.oid AND k.contype = 'f' JOIN pg_class pc ON pc.oid = k.confrelid JOIN pg_namespace pn ON pn.oid = pc.relnamespace ORDER BY 1, k.conname"
    )
}

pub(super) fn read(connection: &mut dyn Connection, own: &[&str]) -> Result<Catalog, DatabaseError> {
    let objects = objects();
    let (columns, references, checks) = (columns(), references(), checks());
    let settings = [NO_JIT, QUALIFY];
    let mut queries = settings.to_vec();
    queries.extend(objects.iter().map(String::as_str));
    queries.extend([columns.as_str(), references.as_str(), checks.as_str()]);
    let mut sets = connection.query_many(&queries)?.into_iter().skip(settings.len());
    let mut catalog = Catalog::default();
    for rows in sets.by_ref().take(objects.len()) {
        catalog.add(rows, own);
    }
    for row in sets.next().unwrap_or_default() {
        add_column(&mut catalog, row, own);
    }
    for row in sets.next().unwrap_or_default() {
        add_reference(&mut catalog, row);
    }
    for row in sets.next().unwrap_or_default() {
        let [Some(table), Some(check)] = <[Option<String>; 2]>::try_from(row).unwrap_or_default() else {
            continue;
        };
        if let Some(table) = catalog.tables.iter_mut().find(|known| known.name == table) {
            table.checks.push(check);
        }
    }
    Ok(catalog)
}

fn add_column(catalog: &mut Catalog, row: Row, own: &[&str]) {
    let row: Vec<String> = row.into_iter().map(Option::unwrap_or_default).collect();
    let [
        relation,
        table,
        sql,
        name,
        data_type,
        nullable,
        has_default,
        generated,
        labels,
    ] = row.as_slice()
    else {
        return;
    };
    if own.contains(&relation.as_str()) {
        return;
    }
    let table = catalog.table_or_new(table, || sql.clone());
    table.columns.push(Column {
        name: name.clone(),
        data_type: data_type.clone(),
        nullable: nullable == "t",
        has_default: has_default == "t",
        generated: generated == "t",
        labels: list(labels),
    });
}

fn add_reference(catalog: &mut Catalog, row: Row) {
    let [Some(table), Some(columns), Some(parent), Some(sql), Some(to)] =
        <[Option<String>; 5]>::try_from(row).unwrap_or_default()
    else {
        return;
    };
    if let Some(table) = catalog.tables.iter_mut().find(|known| known.name == table) {
        table.references.push(Reference {
            columns: list(&columns),
            table: parent,
            sql,
            to: list(&to),
        });
    }
}
