//! What of a catalog is compared.

use glob::Pattern;
use limbeck_core::Dialect;

use super::Schema;
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
pub(super) struct Filter {
    ignore: Vec<Pattern>,
}

impl Filter {
    pub(super) fn new(ignore: &[String]) -> Result<Self, Error> {
        let pattern = |text: &String| {
            Pattern::new(text)
                .map_err(|error| Error::Models(format!("'{text}' is no pattern of names to ignore: {error}")))
        };
        let ignore = ignore.iter().map(pattern).collect::<Result<_, _>>()?;
        Ok(Self { ignore })
    }

    /// Takes away what does not count.
    pub(super) fn apply(&self, mut catalog: Catalog) -> Catalog {
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
        names.into_iter().any(|name| {
            let bare = name.rsplit('.').next().unwrap_or_default();
            self.ignore
                .iter()
                .any(|pattern| pattern.matches(name) || pattern.matches(bare))
        })
    }
}

/// Leaves out on one side what the other has no words for.
pub(super) fn as_told(
    sides: [&Schema; 2],
    dialect: Dialect,
    [mut before, mut after]: [Catalog; 2],
) -> [Catalog; 2] {
    in_words_of(sides[0], dialect, &mut before, &mut after);
    in_words_of(sides[1], dialect, &mut after, &mut before);
    [before, after]
}

/// Brings both into the words that the kind of models has which told the first.
#[cfg_attr(not(feature = "diesel"), allow(unused_variables))]
fn in_words_of(models: &Schema, dialect: Dialect, told: &mut Catalog, other: &mut Catalog) {
    match models {
        Schema::Sqlalchemy { .. } | Schema::Tables(_) => without_words(told, other),
        #[cfg(feature = "diesel")]
        Schema::Diesel(_) => [*told, *other] = super::diesel::words::in_words(dialect, told, other),
        Schema::Database(_) | Schema::Sql(_) | Schema::Command { .. } | Schema::Revisions => {}
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
pub(super) fn is_partition(difference: &Difference) -> bool {
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
