//! Writes the revision that makes a database what the models say, and proves it.
//!
//! Both sides are read as values; what makes one of the other is found, planned and written as sections of a revision file. Then that text is run on a
//! scratch copy of the schema as it is, and must give what the models gave; its downgrade must give the copy back.

mod copy;
mod draft;
mod proof;
mod renames;
mod writer;

use std::collections::BTreeMap;

use limbeck_core::Dialect;
use limbeck_core::diff::diff;
use limbeck_core::op::Op;
use limbeck_core::plan::{Change, Statement, plan};
use limbeck_core::schema::{Definition, Schema};

pub use draft::{AutogenerateOptions, Draft};
use proof::Proof;
pub use proof::Unproven;
pub use renames::Answer;
pub use writer::RevisionWriter;

use crate::error::Error;
use crate::models::{Filter, SchemaSource, on_bench};
use crate::run::Run;
use renames::Renames;

/// Writes what makes `models` of `from`; nothing when they are the same.
pub(crate) fn autogenerate(
    run: &Run<'_>,
    sides: [&SchemaSource; 2],
    options: &AutogenerateOptions,
    ask: &mut dyn FnMut(&str) -> Answer,
) -> Result<Option<Draft>, Error> {
    let filter = Filter::new(&options.compare.ignore)?;
    on_bench(run, sides, &options.compare, |bench| {
        let catalogs = [bench.catalog(0)?, bench.catalog(1)?];
        let differences = filter.differences(sides, bench.dialect, catalogs.clone());
        if differences.is_empty() {
            return Ok(None);
        }
        // The models are still there, if they were made.
        let (models, before) = (bench.schema(1)?, bench.schema(0)?);
        let dialect = bench.dialect;
        let wanted_of = |there: &Schema| {
            let mut wanted = models.clone();
            if dialect.folds_names() {
                wanted.spell_like(there);
            }
            filter.adopt(dialect, sides, there, &mut wanted)?;
            Ok::<_, Error>(wanted)
        };
        let wanted = wanted_of(&before)?;
        let renames = Renames::settle([&before, &wanted], &bench.hints(1), options, ask)?;
        let [catalog, target] = catalogs;
        let (renamed, wanted, differences) = if renames.is_empty() {
            (before.clone(), wanted, differences)
        } else {
            // What is called otherwise has other definitions too, and the server is the one to tell them; and what the models have no words
            // for stays with it.
            copy::renamed(bench, &before, &renames)?;
            let (renamed, catalogs) = (bench.made_schema()?, [bench.made_catalog()?, target.clone()]);
            let wanted = wanted_of(&renamed)?;
            (renamed, wanted, filter.differences(sides, dialect, catalogs))
        };
        let schemas = [&before, &renamed, &wanted];
        let mut draft = draft(bench.dialect, options, schemas, &renames);
        draft.enums = enums(dialect, [&before, &wanted]);
        draft.differences = differences;
        if options.verify {
            let back = |reached: &Schema| downgrade(dialect, options, [&before, &renamed, reached], &renames);
            let proof = Proof {
                writer: options.writer.as_deref(),
                filter: &filter,
                sides,
                before: &before,
                catalogs: [catalog, target],
                back: &back,
            };
            proof.prove(bench, &mut draft)?;
        }
        Ok(Some(draft))
    })
}

/// The enums of schemas, by their names as they stand in SQL.
fn enums(dialect: Dialect, schemas: [&Schema; 2]) -> BTreeMap<String, Vec<String>> {
    let objects = schemas.into_iter().flat_map(|schema| &schema.objects);
    let labels = objects.filter_map(|(id, object)| match &object.definition {
        Definition::Enum { labels } => Some((id.name.sql(dialect), labels.clone())),
        _ => None,
    });
    labels.collect()
}

fn draft(dialect: Dialect, options: &AutogenerateOptions, schemas: [&Schema; 3], renames: &Renames) -> Draft {
    let [before, renamed, wanted] = schemas;
    let online = options.online;
    let mut upgrade = planned(dialect, online, [before, renamed], &renames.ops());
    upgrade.extend(planned(
        dialect,
        online,
        [renamed, wanted],
        &diff(dialect, renamed, wanted),
    ));
    Draft {
        renames: renames.told(),
        ..Draft::new(dialect, upgrade, downgrade(dialect, options, schemas, renames))
    }
}

fn downgrade(
    dialect: Dialect,
    options: &AutogenerateOptions,
    [before, renamed, reached]: [&Schema; 3],
    renames: &Renames,
) -> Vec<Statement> {
    let online = options.online;
    let mut statements = planned(
        dialect,
        online,
        [reached, renamed],
        &diff(dialect, reached, renamed),
    );
    statements.extend(planned(dialect, online, [renamed, before], &renames.back()));
    statements
}

/// The statements that make a schema of another, with nobody in their way.
fn statements(dialect: Dialect, from: &Schema, to: &Schema) -> Vec<Statement> {
    planned(dialect, false, [from, to], &diff(dialect, from, to))
}

fn planned(dialect: Dialect, online: bool, [from, to]: [&Schema; 2], ops: &[Op]) -> Vec<Statement> {
    let change = Change {
        dialect,
        from,
        to,
        online,
    };
    plan(&change, ops)
}
