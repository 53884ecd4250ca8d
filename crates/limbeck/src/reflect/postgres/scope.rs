//! What the queries are of.

use limbeck_core::Dialect;
use limbeck_core::schema::Name;
use limbeck_core::script::Depth;

use super::FIRST_ID;

/// Everything, or one table, view or foreign table.
#[derive(Clone, Copy)]
pub(super) enum Scope<'a> {
    All,
    One(&'a Name, Depth),
}

impl Scope<'_> {
    /// The condition that this is the id of the one; `otherwise` is that of everything.
    pub(super) fn only(&self, id: &str, otherwise: &str) -> String {
        match self {
            Self::All => otherwise.to_owned(),
            Self::One(name, _) => format!("{id} = {}", id_of(name)),
        }
    }

    /// The condition for relations; those that foreign keys lead to have to be known too. An array lets the server use its indexes.
    pub(super) fn with_referenced(&self, id: &str) -> String {
        match self {
            Self::One(name, Depth::All) => {
                let one = id_of(name);
                format!(
                    "{id} = ANY (ARRAY(SELECT {one}::oid UNION ALL SELECT r.confrelid FROM pg_constraint r WHERE r.conrelid = {one} AND r.contype = \
                     'f'))"
                )
            }
            _ => self.only(id, &format!("{id} >= {FIRST_ID}")),
        }
    }

    /// The kinds of relations.
    pub(super) fn kinds(&self) -> &'static str {
        match self {
            Self::All => "'r', 'p', 'v', 'm', 'c'",
            Self::One(..) => "'r', 'p', 'v', 'm', 'f'",
        }
    }

    pub(super) fn comments(&self) -> String {
        let comments = "SELECT d.classoid, d.objoid, d.objsubid, d.description FROM pg_description d";
        let Self::One(name, depth) = self else {
            return format!(
                "{comments} WHERE d.objoid >= {FIRST_ID} OR d.classoid = 'pg_namespace'::regclass"
            );
        };
        let one = id_of(name);
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

/// The expression for a relation's id, NULL where there is none.
fn id_of(name: &Name) -> String {
    let literal = |text: &String| Dialect::Postgresql.literal(text);
    let schema = name.schema.as_ref().map(literal);
    let schema = schema.as_deref().unwrap_or("current_schema()");
    format!("to_regclass(format('%I.%I', {schema}, {}))", literal(&name.name))
}
