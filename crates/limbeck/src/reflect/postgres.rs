//! PostgreSQL's schema.
//!
//! Each thing has a query, and what its rows are made into; what one needs of another was read before it. Ids of the server
//! lead from one to the other: names are put together once.

mod attached;
mod cells;
mod columns;
mod dependencies;
mod keys;
mod relations;
mod routines;
mod scope;
mod sequences;
mod text;
mod types;

use std::collections::{BTreeMap, HashMap, HashSet};

use limbeck_core::Dialect;
use limbeck_core::schema::{Definition, Id, Name, Object, Replace, Schema, Sql, Table};
use limbeck_core::script::Depth;

use super::Extent;
use crate::database::postgres::NO_JIT;
use crate::database::{Connection, DatabaseError, Row};
use cells::Cells;
use scope::Scope;

/// Lets the server name what is in the default schema without it, and everything else with its schema, until the end of the
/// transaction that these queries are, or stand in.
const SEARCH_PATH: &str = "SELECT pg_catalog.set_config('search_path', COALESCE(pg_catalog.quote_ident(pg_catalog.current_schema()), \
    'pg_catalog'), true)";

/// Makes the planner join tables as the queries name them, until then too: it would think longer than these queries take.
const AS_WRITTEN: &str = "SELECT pg_catalog.set_config('join_collapse_limit', '1', true)";

/// The schema `n`, unless it is the default one.
const SCHEMA: &str = "NULLIF(n.nspname, current_schema())";

/// The least id of what users make; those of the system's own things are below (`FirstNormalObjectId`).
const FIRST_ID: u32 = 16384;

/// That the schema `n` is the user's. Temporary ones have names of the server's.
const OF_USER: &str = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'";

/// The ids of the system's own tables, which are the same on every server.
mod class {
    pub(super) const TYPE: u32 = 1247;
    pub(super) const ATTRIBUTE_DEFAULT: u32 = 2604;
    pub(super) const CLASS: u32 = 1259;
    pub(super) const COLLATION: u32 = 3456;
    pub(super) const CONSTRAINT: u32 = 2606;
    pub(super) const EVENT_TRIGGER: u32 = 3466;
    pub(super) const EXTENSION: u32 = 3079;
    pub(super) const NAMESPACE: u32 = 2615;
    pub(super) const POLICY: u32 = 3256;
    pub(super) const PROCEDURE: u32 = 1255;
    pub(super) const REWRITE: u32 = 2618;
    pub(super) const STATISTICS: u32 = 3381;
    pub(super) const TRIGGER: u32 = 2620;
}

/// The condition that no extension made the thing of this class and id.
fn of_no_extension(class: &str, id: &str) -> String {
    format!(
        "NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = '{class}'::regclass AND e.objid = {id} AND e.deptype = 'e')"
    )
}

/// Reads everything that limbeck can make. What it can't (foreign tables, operators, typed tables …) is not told, and so never
/// dropped; nor are indexes that are not valid, as those that `CREATE INDEX CONCURRENTLY` leaves when it fails: nobody can rely
/// on one.
pub(super) fn read(
    connection: &mut dyn Connection,
    own: &[&str],
    extent: Extent,
) -> Result<Schema, DatabaseError> {
    let (version, scope) = (version(connection.server()), Scope::All);
    let mut parts: Vec<(String, Take)> = vec![
        (scope.comments(), Reader::take_comment),
        (relations::relations(scope), Reader::take_relation),
        (relations::INHERITS.to_owned(), Reader::take_inheritance),
        (columns::columns(version, scope), Reader::take_column),
        (relations::views(), Reader::take_view),
        (sequences::sequences(), Reader::take_sequence),
        (keys::constraints(scope), Reader::take_constraint),
        (keys::indexes(scope), Reader::take_index),
        (types::types(version), Reader::take_type),
    ];
    let beside: [(String, Take); 10] = [
        (types::schemas(), Reader::take_schema),
        (types::extensions(), Reader::take_extension),
        (types::collations(version), Reader::take_collation),
        (routines::routines(version), Reader::take_routine),
        (routines::aggregates(), Reader::take_aggregate),
        (attached::triggers(), Reader::take_trigger),
        (attached::rules(), Reader::take_rule),
        (attached::policies(), Reader::take_policy),
        (attached::statistics(), Reader::take_statistics),
        (attached::event_triggers(), Reader::take_event_trigger),
    ];
    let mut queries = match extent {
        Extent::All => vec![NO_JIT, SEARCH_PATH],
        Extent::Tables => vec![NO_JIT, SEARCH_PATH, AS_WRITTEN],
    };
    let settings = queries.len();
    if extent == Extent::All {
        parts.extend(beside);
    }
    queries.extend(parts.iter().map(|(query, _)| query.as_str()));
    if extent == Extent::All {
        queries.push(dependencies::QUERY);
    }
    let mut sets = connection.query_many(&queries)?.into_iter().skip(settings);
    let mut reader = Reader::new(version, own);
    reader.take(&parts, sets.by_ref());
    reader.fold_inherited();
    reader.take_dependencies(sets.next().unwrap_or_default());
    Ok(reader.schema)
}

/// Reads a table by itself, with everything that it inherits; of a view or a foreign table what a table has.
pub(super) fn read_table(
    connection: &mut dyn Connection,
    own: &[&str],
    name: &Name,
    depth: Depth,
) -> Result<Option<Table>, DatabaseError> {
    let Some(id) = scope::id_of(connection, name)? else {
        return Ok(None);
    };
    let (version, scope) = (version(connection.server()), Scope::One(id, depth));
    let mut parts: Vec<(String, Take)> = vec![
        (scope.comments(), Reader::take_comment),
        (relations::relations(scope), Reader::take_relation),
        (columns::columns(version, scope), Reader::take_column),
    ];
    if depth == Depth::All {
        parts.push((keys::constraints(scope), Reader::take_constraint));
        parts.push((keys::indexes(scope), Reader::take_index));
    }
    let settings = [SEARCH_PATH, AS_WRITTEN];
    let queries = parts.iter().map(|(query, _)| query.as_str());
    let queries: Vec<&str> = settings.into_iter().chain(queries).collect();
    let sets = connection.query_many(&queries)?.into_iter().skip(settings.len());
    let mut reader = Reader {
        is_of_one: true,
        ..Reader::new(version, own)
    };
    reader.take(&parts, sets);
    let known = reader.relations.get(&id).map(|relation| relation.name.clone());
    Ok(known.and_then(|known| reader.schema.tables.remove(&known)))
}

/// The major version, of `PostgreSQL 15.18`.
fn version(server: &str) -> u32 {
    let digits = server.split(|c: char| !c.is_ascii_digit());
    let mut numbers = digits.filter_map(|digits| digits.parse().ok());
    numbers.next().unwrap_or(0)
}

/// Takes a row of a query over.
type Take = fn(&mut Reader, Cells);

/// What was read so far.
struct Reader {
    version: u32,
    /// Whether one table is read, and so all that it has, wherever it has that from.
    is_of_one: bool,
    own: Vec<String>,
    schema: Schema,
    relations: HashMap<u32, Relation>,
    /// From a class and an id to what it is, or is a part of.
    ids: HashMap<(u32, u32), Id>,
    comments: HashMap<(u32, u32, i32), String>,
    /// The defaults of views' columns, by the view and the column's number.
    view_defaults: HashMap<(u32, i32), String>,
    /// The columns of views, with their types.
    view_columns: HashMap<u32, Vec<String>>,
    /// The constraints of domains, by the domains' ids.
    domain_constraints: HashMap<u32, BTreeMap<String, Sql>>,
    /// The comments on those constraints.
    domain_comments: HashMap<u32, BTreeMap<String, String>>,
    /// The ids of those constraints, and of the domains.
    domain_constraint_ids: Vec<(u32, u32)>,
    /// The bodies of functions that the server does not look into.
    bodies: Vec<Body>,
}

/// A table, view or composite type.
struct Relation {
    name: Name,
    kind: char,
    /// From the number of a column to its name.
    columns: BTreeMap<i32, String>,
    /// Columns that it has from its parents.
    inherited: HashSet<i32>,
    /// What it inherits from, or is a partition of.
    parents: Vec<u32>,
    is_partition: bool,
}

/// What a function does, as text.
struct Body {
    function: Id,
    language: String,
    text: String,
}

impl Reader {
    fn new(version: u32, own: &[&str]) -> Self {
        Self {
            version,
            is_of_one: false,
            own: own.iter().map(ToString::to_string).collect(),
            schema: Schema::default(),
            relations: HashMap::new(),
            ids: HashMap::new(),
            comments: HashMap::new(),
            view_defaults: HashMap::new(),
            view_columns: HashMap::new(),
            domain_constraints: HashMap::new(),
            domain_comments: HashMap::new(),
            domain_constraint_ids: Vec::new(),
            bodies: Vec::new(),
        }
    }

    /// Takes the rows of the queries over.
    fn take(&mut self, parts: &[(String, Take)], sets: impl Iterator<Item = Vec<Row>>) {
        for ((_, take), rows) in parts.iter().zip(sets) {
            for row in rows {
                take(self, Cells::new(row));
            }
        }
    }

    fn take_comment(&mut self, mut row: Cells) {
        let key = (row.id(), row.id(), row.number());
        self.comments.insert(key, row.text());
    }

    /// The comment on a thing, or on a column of it.
    fn comment(&self, class: u32, id: u32, column: i32) -> Option<String> {
        self.comments
            .get(&(class, id, column))
            .filter(|text| !text.is_empty())
            .cloned()
    }

    /// Takes an object over that stands for the server's thing of that class and id.
    fn object(&mut self, (class, oid): (u32, u32), id: Id, address: String, definition: Definition) {
        let comment = self.comment(class, oid, 0);
        self.ids.insert((class, oid), id.clone());
        self.schema.objects.insert(
            id,
            Object {
                comment,
                ..Object::new(address, definition)
            },
        );
    }

    /// A relation's table, if it is one.
    fn table(&mut self, oid: u32) -> Option<&mut Table> {
        let relation = self.relations.get(&oid)?;
        self.schema.tables.get_mut(&relation.name)
    }

    /// The names of columns by their numbers; those that are no columns, but expressions, have none.
    fn column_names(&self, oid: u32, numbers: &[i32]) -> Vec<String> {
        let columns = self.relations.get(&oid).map(|relation| &relation.columns);
        let names = numbers.iter().filter_map(|number| columns?.get(number));
        names.cloned().collect()
    }
}

/// A statement that can only be run as it stands.
fn stored(create: impl Into<String>) -> Definition {
    Definition::Stored {
        create: text::stable(create),
        replace: None,
    }
}

/// What can only be made by a statement; what completes it (comments on parts, `ALTER … DISABLE`), each with a `;` before it, can be
/// changed while it is there.
fn completed(statement: String, rest: &str) -> Definition {
    let create = text::stable(format!("{statement}{rest}"));
    Definition::Stored {
        create: create.clone(),
        replace: Some(Replace {
            statement: create,
            signature: vec![statement],
        }),
    }
}

/// A name as it stands in SQL.
fn sql(name: &Name) -> String {
    name.sql(Dialect::Postgresql)
}

fn quoted(name: &str) -> String {
    Dialect::Postgresql.quoted(name)
}

fn literal(text: &str) -> String {
    Dialect::Postgresql.literal(text)
}
