//! What of a catalog is compared.

mod schemas;

use std::collections::BTreeSet;

use glob::{MatchOptions, Pattern};
use limbeck_core::Dialect;
use limbeck_core::schema::{Definition, Id, Kind, Name, Schema, Table, TableOption};

use super::{SchemaSource, needs};
use crate::catalog::{Catalog, Difference, kind_and_name, table};
use crate::error::Error;

/// What models in a program have no words for. Where they make none of a kind (SQLAlchemy's with an event that runs DDL, a
/// program's tables with a statement before them), those that the other side has were made by revisions, and nobody wants them gone.
const BEYOND_PROGRAMS: [&str; 15] = [
    "aggregate",
    "collation",
    "event",
    "event trigger",
    "function",
    "operator",
    "policy",
    "procedure",
    "row level security",
    "rule",
    "statistics",
    "text search configuration",
    "text search dictionary",
    "trigger",
    "view",
];

/// Who may do what, and what is replicated to where, is decided where a database is run, and not in models.
const BEYOND_MODELS: [&str; 3] = ["privileges on", "publication", "replica identity"];

/// The names that the user wants nothing to be said of.
pub(crate) struct Filter {
    ignore: Vec<Pattern>,
}

impl Filter {
    pub(crate) fn new(ignore: &[String]) -> Result<Self, Error> {
        let pattern = |text: &String| {
            Pattern::new(text)
                .map_err(|error| Error::Models(format!("'{text}' is no pattern of names to ignore: {error}")))
        };
        let ignore = ignore.iter().map(pattern).collect::<Result<_, _>>()?;
        Ok(Self { ignore })
    }

    /// What differs between two sides, of what counts.
    pub(crate) fn differences(
        &self,
        sides: [&SchemaSource; 2],
        dialect: Dialect,
        catalogs: [Catalog; 2],
    ) -> Vec<Difference> {
        let catalogs = catalogs.map(|catalog| self.apply(catalog));
        let catalogs = schemas::without_foreign(sides, dialect, catalogs);
        let [before, after] = as_told(sides, dialect, catalogs);
        let mut differences = before.differences(&after);
        differences.retain(|difference| !is_partition(difference));
        differences
    }

    /// Takes what does not count from what there is, so that nothing becomes of it.
    #[cfg_attr(not(feature = "diesel"), allow(unused_variables))]
    pub(crate) fn adopt(
        &self,
        dialect: Dialect,
        sides: [&SchemaSource; 2],
        before: &Schema,
        after: &mut Schema,
    ) -> Result<(), Error> {
        self.adopt_ignored(before, after);
        if schemas::are_some_foreign(sides[1], dialect) {
            schemas::adopt_foreign(before, after);
        }
        adopt_partitions(before, after);
        adopt_partition_lists(before, after);
        match sides[1] {
            SchemaSource::Sqlalchemy { .. }
            | SchemaSource::TargetMetadata { .. }
            | SchemaSource::Tables(_) => adopt_beyond(before, after),
            #[cfg(feature = "diesel")]
            SchemaSource::Diesel(_) => super::diesel::adopt(dialect, before, after)?,
            SchemaSource::Database(_)
            | SchemaSource::Sql(_)
            | SchemaSource::Command { .. }
            | SchemaSource::Revisions => {}
        }
        // A schema that holds nothing may be there for limbeck's own tables; what is ignored in one is none of ours.
        let [held_before, held_after] = [before, &*after].map(|schema| self.held_schemas(schema));
        let wanted: BTreeSet<Id> = after.objects.keys().cloned().collect();
        adopt_objects(before, after, |id| {
            let is_on_both_sides = before.objects.contains_key(id) && wanted.contains(id);
            id.kind == Kind::Schema
                && !is_on_both_sides
                && !held_before.contains(&id.name.name)
                && !held_after.contains(&id.name.name)
        });
        for (id, needed) in &before.dependencies {
            if !after.dependencies.contains_key(id) && needs::are_as_before(before, after, id) {
                after.dependencies.insert(id.clone(), needed.clone());
            }
        }
        Ok(())
    }

    /// Takes what is ignored from what there is.
    pub(super) fn adopt_ignored(&self, before: &Schema, after: &mut Schema) {
        let ignored = |name: &Name| self.ignores_name(&name.to_string());
        adopt_tables(before, after, ignored);
        adopt_objects(before, after, |id| {
            ignored(&id.name) || id.part.as_ref().is_some_and(|part| self.ignores_name(part))
        });
        for (name, table) in &mut after.tables {
            let there = before.tables.get(name);
            let keep = |part: &String| !self.ignores_name(part);
            table.constraints.retain(|part, _| keep(part));
            table.indexes.retain(|part, _| keep(part));
            if let Some(there) = there {
                let parts = there.constraints.iter().filter(|(part, _)| !keep(part));
                table
                    .constraints
                    .extend(parts.map(|(part, there)| (part.clone(), there.clone())));
                let parts = there.indexes.iter().filter(|(part, _)| !keep(part));
                table
                    .indexes
                    .extend(parts.map(|(part, there)| (part.clone(), there.clone())));
            }
        }
    }

    /// The schemas that something is in.
    fn held_schemas(&self, schema: &Schema) -> BTreeSet<String> {
        let names = schema
            .tables
            .keys()
            .chain(schema.objects.keys().map(|id| &id.name));
        let of_names = names
            .filter(|name| !self.ignores_name(&name.to_string()))
            .filter_map(|name| name.schema.clone());
        let of_extensions = schema
            .objects
            .values()
            .filter_map(|object| match &object.definition {
                Definition::Extension { schema } => schema.clone(),
                _ => None,
            });
        of_names.chain(of_extensions).collect()
    }

    fn ignores_name(&self, name: &str) -> bool {
        // SQLite's names are told in lower case.
        const OPTIONS: MatchOptions = MatchOptions {
            case_sensitive: false,
            require_literal_separator: false,
            require_literal_leading_dot: false,
        };
        let bare = name.rsplit('.').next().unwrap_or_default();
        self.ignore.iter().any(|pattern| {
            let names = [name, bare];
            names.iter().any(|name| pattern.matches_with(name, OPTIONS))
        })
    }

    /// Takes away what does not count.
    fn apply(&self, mut catalog: Catalog) -> Catalog {
        catalog
            .objects
            .retain(|object, _| !BEYOND_MODELS.contains(&kind_and_name(object).0) && !self.ignores(object));
        for (object, definition) in &mut catalog.objects {
            // An extension's version is that of the server's packages; a scratch database has the newest.
            if kind_and_name(object).0 == "extension"
                && let Some((_, schema)) = definition.rsplit_once(" in ")
            {
                *definition = format!("in {schema}");
            }
        }
        let objects = catalog.objects.clone();
        catalog.objects.retain(|object, _| match kind_and_name(object) {
            // One that holds nothing may be there for limbeck's own tables.
            ("schema", name) => objects.iter().any(|(object, definition)| {
                object.contains(&format!(" {name}.")) || *definition == format!("in {name}")
            }),
            _ => true,
        });
        catalog
    }

    fn ignores(&self, object: &str) -> bool {
        let (kind, name) = kind_and_name(object);
        let own = name.split(" of ").next().unwrap_or_default();
        let mut names = vec![own, table(object).unwrap_or_default()];
        if kind == "comment on" {
            // `table column public.users.name`
            names.extend(name.rsplit(' ').next().unwrap_or_default().split('.'));
        }
        names.into_iter().any(|name| self.ignores_name(name))
    }
}

/// Leaves out on one side what the other has no words for.
fn as_told(
    sides: [&SchemaSource; 2],
    dialect: Dialect,
    [mut before, mut after]: [Catalog; 2],
) -> [Catalog; 2] {
    in_words_of(sides[0], dialect, &mut before, &mut after);
    in_words_of(sides[1], dialect, &mut after, &mut before);
    [before, after]
}

/// Brings both into the words that the kind of models has which told the first.
#[cfg_attr(not(feature = "diesel"), allow(unused_variables))]
fn in_words_of(models: &SchemaSource, dialect: Dialect, told: &mut Catalog, other: &mut Catalog) {
    match models {
        SchemaSource::Sqlalchemy { .. } | SchemaSource::TargetMetadata { .. } | SchemaSource::Tables(_) => {
            without_words(told, other);
        }
        #[cfg(feature = "diesel")]
        SchemaSource::Diesel(_) => [*told, *other] = super::diesel::words::in_words(dialect, told, other),
        SchemaSource::Database(_)
        | SchemaSource::Sql(_)
        | SchemaSource::Command { .. }
        | SchemaSource::Revisions => {}
    }
}

fn without_words(models: &Catalog, other: &mut Catalog) {
    for beyond in BEYOND_PROGRAMS {
        if models
            .objects
            .keys()
            .any(|object| kind_and_name(object).0 == beyond)
        {
            continue;
        }
        let is_beyond = |object: &String| kind_and_name(object).0 == beyond;
        let gone: Vec<String> = other
            .objects
            .keys()
            .filter(|object| is_beyond(object))
            .cloned()
            .collect();
        // A view has columns.
        let views: Vec<&str> = gone
            .iter()
            .filter(|_| beyond == "view")
            .filter_map(|object| table(object))
            .collect();
        other.objects.retain(|object, _| {
            !is_beyond(object) && !table(object).is_some_and(|name| views.contains(&name))
        });
    }
}

/// Whether a difference is a partition that only one side has: partitions come and go with the data.
fn is_partition(difference: &Difference) -> bool {
    let ((None, Some(definition)) | (Some(definition), None)) = (&difference.before, &difference.after)
    else {
        return false;
    };
    match kind_and_name(&difference.object).0 {
        "partition" => true,
        "table" => {
            let of = definition.trim_start_matches("unlogged ");
            of.starts_with("of ") && (of.contains(" FOR VALUES ") || of.contains(" DEFAULT"))
        }
        _ => false,
    }
}

/// Takes the tables for which that holds from what there is.
fn adopt_tables(before: &Schema, after: &mut Schema, holds: impl Fn(&Name) -> bool) {
    after.tables.retain(|name, _| !holds(name));
    let tables = before.tables.iter().filter(|(name, _)| holds(name));
    after
        .tables
        .extend(tables.map(|(name, table)| (name.clone(), table.clone())));
}

/// Takes the objects for which that holds from what there is.
fn adopt_objects(before: &Schema, after: &mut Schema, holds: impl Fn(&Id) -> bool) {
    after.objects.retain(|id, _| !holds(id));
    let objects = before.objects.iter().filter(|(id, _)| holds(id));
    after
        .objects
        .extend(objects.map(|(id, object)| (id.clone(), object.clone())));
}

/// Lets the partitions of MySQL's be that only one side has: they come and go with the data.
fn adopt_partition_lists(before: &Schema, after: &mut Schema) {
    let parts = |clause: &str| -> Option<(String, Vec<(String, String)>)> {
        let (head, list) = clause.split_once(" (\n")?;
        let lines = list.lines().map(|line| line.trim().trim_end_matches(','));
        let parts = lines.filter_map(|line| {
            let name = line.strip_prefix("PARTITION ")?.split(' ').next()?;
            Some((name.to_owned(), line.to_owned()))
        });
        Some((head.to_owned(), parts.collect()))
    };
    for (name, table) in &mut after.tables {
        let there = before
            .tables
            .get(name)
            .and_then(|there| there.options.get(&TableOption::Partitions));
        let (Some(there), Some(here)) = (there, table.options.get_mut(&TableOption::Partitions)) else {
            continue;
        };
        let (Some((head, parts_there)), Some((head_here, parts_here))) = (parts(there), parts(here)) else {
            continue;
        };
        let is_other = |(name, line): &(String, String)| {
            parts_here
                .iter()
                .any(|(other, definition)| other == name && definition != line)
        };
        if head == head_here && !parts_there.iter().any(is_other) {
            here.clone_from(there);
        }
    }
}

/// Lets the partitions be that only one side has, of tables that both have.
fn adopt_partitions(before: &Schema, after: &mut Schema) {
    let parent = |table: &Table| {
        let of = table.options.get(&TableOption::PartitionOf)?;
        Some(
            of.split(" FOR VALUES ")
                .next()?
                .trim_end_matches(" DEFAULT")
                .to_owned(),
        )
    };
    let known = |schema: &Schema, parent: &str| {
        schema
            .tables
            .keys()
            .any(|name| name.sql(Dialect::Postgresql) == parent)
    };
    after.tables.retain(|name, table| {
        before.tables.contains_key(name) || parent(table).is_none_or(|parent| !known(before, &parent))
    });
    for (name, table) in &before.tables {
        if !after.tables.contains_key(name) && parent(table).is_some_and(|parent| known(after, &parent)) {
            after.tables.insert(name.clone(), table.clone());
        }
    }
}

/// Lets be what the models have no words for.
fn adopt_beyond(before: &Schema, after: &mut Schema) {
    for beyond in BEYOND_PROGRAMS {
        let is_beyond = |id: &Id| id.kind.word().trim_start_matches("materialized ") == beyond;
        if !after.objects.keys().any(is_beyond) {
            adopt_objects(before, after, is_beyond);
        }
    }
    let security = [TableOption::RowSecurity, TableOption::ForceRowSecurity];
    for (name, table) in &mut after.tables {
        if let Some(there) = before.tables.get(name) {
            table.options.retain(|option, _| !security.contains(option));
            let there = there
                .options
                .iter()
                .filter(|(option, _)| security.contains(option));
            table
                .options
                .extend(there.map(|(option, value)| (*option, value.clone())));
        }
    }
}
