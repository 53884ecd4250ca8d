//! What the queries are of.

use limbeck_core::Dialect;
use limbeck_core::schema::Name;
use limbeck_core::script::Depth;

use super::{FIRST_ID, OF_USER, of_no_extension};
use crate::database::{Connection, DatabaseError};

/// Everything, or one table, view or foreign table by its id.
#[derive(Clone, Copy)]
pub(super) enum Scope {
    All,
    One(u32, Depth),
}

impl Scope {
    /// The condition that this is the id of the one; `otherwise` is that of everything.
    pub(super) fn only(self, id: &str, otherwise: &str) -> String {
        match self {
            Self::All => otherwise.to_owned(),
            Self::One(one, _) => format!("{id} = {one}"),
        }
    }

    /// The condition for relations; those that foreign keys lead to have to be known too. An array lets the server use its indexes.
    pub(super) fn with_referenced(self, id: &str) -> String {
        match self {
            Self::One(one, Depth::All) => format!(
                "{id} = ANY (ARRAY(SELECT {one}::oid UNION ALL SELECT r.confrelid FROM pg_constraint r WHERE r.conrelid = {one} AND \
                 r.contype = 'f'))"
            ),
            _ => self.only(id, &format!("{id} >= {FIRST_ID}")),
        }
    }

    /// The condition for the schema `n`: one that is asked for may be temporary.
    pub(super) fn schemas(self) -> &'static str {
        match self {
            Self::All => OF_USER,
            Self::One(..) => "true",
        }
    }

    /// The condition for those that limbeck can make, and no extension made; one that is asked for is told anyway.
    pub(super) fn kept(self) -> String {
        match self {
            Self::All => format!("c.reloftype = 0 AND {}", of_no_extension("pg_class", "c.oid")),
            Self::One(..) => "true".to_owned(),
        }
    }

    /// The kinds of relations.
    pub(super) fn kinds(self) -> &'static str {
        match self {
            Self::All => "'r', 'p', 'v', 'm', 'c'",
            Self::One(..) => "'r', 'p', 'v', 'm', 'f'",
        }
    }

    pub(super) fn comments(self) -> String {
        let comments = "SELECT d.classoid, d.objoid, d.objsubid, d.description FROM pg_description d";
        let Self::One(one, depth) = self else {
            return format!(
                "{comments} WHERE d.objoid >= {FIRST_ID} OR d.classoid = 'pg_namespace'::regclass"
            );
        };
        let own = format!("{comments} WHERE d.objoid = {one} AND d.classoid = 'pg_class'::regclass");
        match depth {
            Depth::Columns => own,
            Depth::All => format!(
                "{own} UNION ALL {comments} JOIN pg_constraint k ON k.oid = d.objoid AND k.conrelid = {one} WHERE d.classoid = \
                 'pg_constraint'::regclass"
            ),
        }
    }
}

/// The id of a relation, if there is one. Without a schema it is looked for where a statement would, but not among the system's own.
pub(super) fn id_of(connection: &mut dyn Connection, name: &Name) -> Result<Option<u32>, DatabaseError> {
    let called = Dialect::Postgresql.literal(&name.sql(Dialect::Postgresql));
    let rows = connection.query(&format!(
        "SELECT pg_catalog.to_regclass({called})::pg_catalog.oid"
    ))?;
    let cell = rows.into_iter().flatten().flatten().next();
    let id = cell.and_then(|id| id.parse().ok());
    Ok(id.filter(|id| name.schema.is_some() || *id >= FIRST_ID))
}
