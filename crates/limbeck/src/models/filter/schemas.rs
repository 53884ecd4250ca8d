//! The schemas of PostgreSQL's that models have nothing in: Alembic looks into them with `include_schemas` only ("Autogenerate" in its
//! documentation), since they may be somebody else's.

use std::collections::BTreeSet;

use limbeck_core::Dialect;
use limbeck_core::schema::{Id, Kind, Name, Schema};

use super::{adopt_objects, adopt_tables};
use crate::catalog::{Catalog, kind_and_name, table};
use crate::models::SchemaSource;

/// Where names without a schema are, as a catalog tells it.
const DEFAULT: &str = "public";

/// Whether a source says nothing of schemas that it has nothing in.
pub(super) fn are_some_foreign(models: &SchemaSource, dialect: Dialect) -> bool {
    let includes = matches!(
        models,
        SchemaSource::TargetMetadata {
            include_schemas: false,
            ..
        }
    );
    includes && dialect == Dialect::Postgresql
}

/// Takes the tables and objects of schemas that models have no tables in from what there is.
pub(super) fn adopt_foreign(before: &Schema, after: &mut Schema) {
    let own: BTreeSet<String> = after
        .tables
        .keys()
        .filter_map(|name| name.schema.clone())
        .collect();
    let is_foreign = |schema: &str| schema != DEFAULT && !own.contains(schema);
    let in_foreign = |name: &Name| name.schema.as_deref().is_some_and(is_foreign);
    adopt_tables(before, after, in_foreign);
    adopt_objects(before, after, |id: &Id| match id.kind {
        Kind::Schema => is_foreign(&id.name.name),
        _ => in_foreign(&id.name),
    });
}

/// Leaves out of both sides what is in schemas that the models among them have no tables in.
pub(super) fn without_foreign(
    sides: [&SchemaSource; 2],
    dialect: Dialect,
    mut catalogs: [Catalog; 2],
) -> [Catalog; 2] {
    for (models, side) in sides.into_iter().enumerate() {
        if !are_some_foreign(side, dialect) {
            continue;
        }
        let objects = catalogs[models].objects.keys();
        let tables = objects.filter(|object| kind_and_name(object).0 == "table");
        let own: BTreeSet<String> = tables
            .filter_map(|object| schema_of(object))
            .map(str::to_owned)
            .collect();
        for catalog in &mut catalogs {
            catalog.objects.retain(|object, _| {
                schema_of(object).is_none_or(|schema| schema == DEFAULT || own.contains(schema))
            });
        }
    }
    catalogs
}

/// The schema that an object is in, or is.
fn schema_of(object: &str) -> Option<&str> {
    let (kind, name) = kind_and_name(object);
    let name = match (kind, table(object)) {
        ("schema", _) => return Some(name),
        ("extension", _) => return None,
        // `table column audit.events.at`, `schema audit`
        ("comment on", _) => match name.split_once(' ') {
            Some(("schema", schema)) => return Some(schema),
            Some(("extension", _)) => return None,
            _ => name.rsplit(' ').next()?,
        },
        (_, Some(table)) => table,
        (_, None) => name,
    };
    name.split_once('.').map(|(schema, _)| schema)
}
