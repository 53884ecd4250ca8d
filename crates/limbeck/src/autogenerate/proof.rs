//! Runs what was written on a copy of what there is.

use std::fmt;
use std::sync::Arc;

use limbeck_core::plan::Statement;
use limbeck_core::schema::Schema;
use limbeck_core::script::{Direction, Scripts};

use super::writer::{RevisionWriter, SqlWriter, not_written};
use super::{Draft, copy};
use crate::catalog::{Catalog, Difference};
use crate::error::{Error, Failure};
use crate::models::{Bench, Filter, SchemaSource};

/// A revision that does not do what it should: nothing was written.
#[derive(Debug)]
#[non_exhaustive]
pub struct Unproven {
    /// Which way it was run.
    pub direction: Direction,
    /// The sections that were tried.
    pub text: String,
    /// The statement that failed, if one did.
    pub failure: Option<Box<Failure>>,
    /// What is not as it should be, if all statements could be run.
    pub differences: Vec<Difference>,
}

impl fmt::Display for Unproven {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let direction = self.direction.name();
        write!(
            f,
            "the {direction} that was written does not stand the test on a scratch database, so no file was made: "
        )?;
        match &self.failure {
            Some(failure) => write!(f, "{}\n  {}", failure.source, failure.sql.replace('\n', "\n  "))?,
            None => f.write_str("afterwards, these were not as they should be:")?,
        }
        for difference in &self.differences {
            write!(f, "\n  {difference}")?;
        }
        f.write_str(
            "\nWrite this revision by hand, or have it written as it is with --no-verify, and mend it",
        )
    }
}

impl std::error::Error for Unproven {}

/// What a draft is tried on, and what must come out.
pub(super) struct Proof<'a> {
    /// What writes it, where that is not SQL.
    pub(super) writer: Option<&'a dyn RevisionWriter>,
    pub(super) filter: &'a Filter,
    pub(super) sides: [&'a SchemaSource; 2],
    pub(super) before: &'a Schema,
    /// What there is, and what the models gave.
    pub(super) catalogs: [Catalog; 2],
    /// What leads back from another schema than the models'.
    pub(super) back: &'a dyn Fn(&Schema) -> Vec<Statement>,
}

impl Proof<'_> {
    /// Proves a draft; where its words do not do what its SQL would do, without the words.
    ///
    /// # Errors
    /// As [`Proof::run`].
    pub(super) fn prove(&self, bench: &mut Bench<'_>, draft: &mut Draft) -> Result<(), Error> {
        let mut spelled = draft.clone();
        spelled.spell_out();
        match self.writer {
            Some(writer) => match self.run(writer, bench, draft, true) {
                Err(_) if *draft != spelled => {
                    *draft = spelled;
                    self.run(writer, bench, draft, false)
                }
                ran => ran,
            },
            None => self.run(&SqlWriter, bench, draft, true),
        }
    }

    /// Runs the draft there and back. What it does not change is told in it, and its downgrade does not undo that.
    ///
    /// # Errors
    /// [`Error::Unproven`] when it gives anything but what the models gave, or does not give back what there was;
    /// [`Error::NoCopy`] when there is no copy to try it on.
    fn run(
        &self,
        writer: &dyn RevisionWriter,
        bench: &mut Bench<'_>,
        draft: &mut Draft,
        in_words: bool,
    ) -> Result<(), Error> {
        let copied = self.copied(bench)?;
        let [_, wanted] = self.catalogs.clone();
        let up = Trial::new(writer, draft, Direction::Upgrade)?;
        up.run(bench)?;
        let reached = bench.made_catalog()?;
        let differences = self
            .filter
            .differences(self.sides, bench.dialect, [reached, wanted]);
        let (same, others) = differences
            .into_iter()
            .partition(|difference| draft.differences.contains(difference));
        up.must_be_none(others)?;
        draft.left_alone = same;
        if !draft.left_alone.is_empty() {
            draft.downgrade = (self.back)(&bench.made_schema()?);
            if !in_words {
                draft.spell_out();
            }
        }
        let down = Trial::new(writer, draft, Direction::Downgrade)?;
        down.run(bench)?;
        let back = bench.made_catalog()?;
        let one_side = [self.sides[0], self.sides[0]];
        down.must_be_none(self.filter.differences(one_side, bench.dialect, [copied, back]))?;
        draft.verified = true;
        Ok(())
    }

    /// Makes a copy of what there is, and gives what it is there.
    fn copied(&self, bench: &mut Bench<'_>) -> Result<Catalog, Error> {
        let [there, _] = &self.catalogs;
        let one_side = [self.sides[0], self.sides[0]];
        copy::copy(bench, self.before)?;
        let copied = bench.made_catalog()?;
        let both = [there.clone(), copied.clone()];
        let lost = self.filter.differences(one_side, bench.dialect, both);
        if lost.is_empty() {
            Ok(copied)
        } else {
            Err(Error::NoCopy(lost))
        }
    }
}

const REVISION: &str = "autogenerated";

/// A draft as the one revision of a directory, run one way.
struct Trial {
    direction: Direction,
    text: String,
    scripts: Arc<Scripts>,
    _directory: tempfile::TempDir,
}

impl Trial {
    fn new(writer: &dyn RevisionWriter, draft: &Draft, direction: Direction) -> Result<Self, Error> {
        let directory = tempfile::tempdir().map_err(not_written)?;
        let (text, scripts) = writer.write(REVISION, draft, directory.path())?;
        Ok(Self {
            direction,
            text,
            scripts,
            _directory: directory,
        })
    }

    fn run(&self, bench: &mut Bench<'_>) -> Result<(), Error> {
        let ran = bench.run(&self.scripts, &|known, rows| match self.direction {
            Direction::Upgrade => known.graph.upgrade(rows, REVISION),
            Direction::Downgrade => known.graph.downgrade(rows, "base"),
        });
        ran.map_err(|error| match error {
            Error::Failed(failure) => self.unproven(Some(failure), Vec::new()),
            error => error,
        })
    }

    /// Fails when something did not come out as it should.
    fn must_be_none(&self, differences: Vec<Difference>) -> Result<(), Error> {
        if differences.is_empty() {
            Ok(())
        } else {
            Err(self.unproven(None, differences))
        }
    }

    fn unproven(&self, failure: Option<Box<Failure>>, differences: Vec<Difference>) -> Error {
        Error::Unproven(Box::new(Unproven {
            direction: self.direction,
            text: self.text.clone(),
            failure,
            differences,
        }))
    }
}
