//! Tests a history of revisions on a scratch database: each one up, down and up again.

mod fill;
mod finding;
mod revision;
mod rows;
mod value;

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use limbeck_core::revision::Step;
use limbeck_core::script::{Compiled, Direction, Script, Statement};

pub use finding::{Check, Finding, TestOptions, TestReport, Tested};

use crate::catalog::Catalog;
use crate::database::Connection;
use crate::error::Error;
use crate::observer::{Event, Observer};
use crate::run::{Early, Outcome, Plan, Run, Tables, Transaction};
use crate::scratch::{self, Scratch, cant_read};
use fill::Filler;
use rows::State;

/// A history, and the database that it is tested on.
struct Trial<'a> {
    /// A run on the scratch database.
    run: &'a Run<'a>,
    scratch: &'a mut Scratch,
    options: &'a TestOptions,
    /// All steps from the base to the heads.
    steps: &'a [Step],
    /// limbeck's own tables.
    own: &'a [&'a str],
    filler: Filler,
    recorder: Arc<Recorder>,
}

/// Notes the statements that a step runs: those of a program are known only then.
#[derive(Default)]
struct Recorder(Mutex<Vec<Statement>>);

impl Recorder {
    fn take(&self) -> Vec<Statement> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Observer for Recorder {
    fn event(&self, event: &Event<'_>) {
        if let Event::Statement { line, sql, .. } = event {
            let mut statements = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            statements.push(Statement {
                sql: (*sql).to_owned(),
                autocommit: false,
                hazards: Vec::new(),
                offset: 0,
                line: *line,
            });
        }
    }
}

/// Tests the revisions of a run, whose database is the one to be configured, or, if there is a scratch URL, the scratch database.
pub(crate) fn test(run: &Run<'_>, options: &TestOptions) -> Result<TestReport, Error> {
    let graph = run.scripts.graph();
    let steps = graph.upgrade(&[], "heads")?;
    let chosen: HashSet<&str> = graph
        .history(options.from.as_deref(), None, &[])?
        .into_iter()
        .map(|revision| revision.id.as_str())
        .collect();
    let mut scratch = if options.scratch_url.is_some() {
        Scratch::given(run)?
    } else {
        let scratch = Scratch::create(run)?;
        scratch::check_reach(run, &steps, scratch.connection.dialect())?;
        scratch
    };
    let url = scratch.url.clone();
    let recorder = Arc::new(Recorder::default());
    let observer: Arc<dyn Observer> = Arc::clone(&recorder) as _;
    let on_scratch = Run {
        url: &url,
        // Where the tables are is no matter here; on MySQL a schema would be another database.
        schema: None,
        observer: &observer,
        transaction: Transaction::PerRevision,
        early: Early::default(),
        brake: Arc::clone(&run.brake),
        beside: options.scratch_url.is_none().then_some(run.url),
        ..*run
    };
    let tables = Tables::new(scratch.connection.dialect(), None, run.version_table);
    let mut trial = Trial {
        run: &on_scratch,
        scratch: &mut scratch,
        options,
        steps: &steps,
        own: &tables.names(),
        filler: Filler::default(),
        recorder,
    };
    run.brake.holds(true);
    let report = trial.history(&chosen, run.observer.as_ref());
    drop(scratch);
    run.brake.holds(false);
    report
}

impl Trial<'_> {
    fn history(&mut self, chosen: &HashSet<&str>, observer: &dyn Observer) -> Result<TestReport, Error> {
        let graph = self.run.scripts.graph();
        let mut report = TestReport {
            server: self.scratch.connection.server().to_owned(),
            heads: graph.heads().iter().map(ToString::to_string).collect(),
            revisions: Vec::new(),
            findings: Vec::new(),
        };
        if report.heads.len() > 1 && !self.options.heads {
            let heads = report.heads.join(", ");
            report.findings.push(Finding::failed(
                Check::OneHead,
                format!(
                    "there are {} heads ({heads}): join them with 'limbeck merge'",
                    report.heads.len()
                ),
            ));
        }
        let base = self.state()?;
        let base_catalog = base.catalog.clone();
        let mut state = Some(base);
        let mut in_the_way = "";
        for (at, step) in self.steps.iter().enumerate() {
            self.run.brake.check()?;
            let id = step.revision.as_deref().unwrap_or_default();
            let Some(before) = state.take() else {
                let tested = self.untested(id, in_the_way);
                observer.event(&Event::Tested { tested: &tested });
                report.revisions.push(tested);
                continue;
            };
            if !chosen.contains(id) {
                self.execute(step)?;
                state = Some(self.state()?);
                continue;
            }
            let (tested, after) = self.revision(at, before)?;
            observer.event(&Event::Tested { tested: &tested });
            report.revisions.push(tested);
            state = after;
            in_the_way = id;
        }
        if let Some(state) = state {
            report
                .findings
                .extend(self.whole(&base_catalog, &state.catalog, &report)?);
        }
        Ok(report)
    }

    fn untested(&self, id: &str, in_the_way: &str) -> Tested {
        let finding = Finding::failed(
            Check::Untested,
            format!("not tested, because {in_the_way} can't be applied"),
        );
        Tested {
            findings: vec![finding],
            ..self.blank(id)
        }
    }

    fn blank(&self, id: &str) -> Tested {
        let revision = self.run.scripts.graph().get(id).cloned().unwrap_or_default();
        Tested {
            revision: id.to_owned(),
            message: revision.message,
            file: revision.file,
            upgrade: None,
            downgrade: None,
            findings: Vec::new(),
        }
    }

    /// Steps the whole history back and forth, by the graph's own way.
    fn whole(&mut self, base: &Catalog, heads: &Catalog, report: &TestReport) -> Result<Vec<Finding>, Error> {
        let irreversible = |tested: &Tested| tested.downgrade.is_none();
        if self.options.from.is_some()
            || report
                .revisions
                .iter()
                .any(|tested| !tested.passed() || irreversible(tested))
        {
            return Ok(Vec::new());
        }
        let down = self.follow(&|known, rows| known.graph.downgrade(rows, "base"));
        if let Some(finding) = failure(Check::Whole, "the downgrade to the base", down)?.1 {
            return Ok(vec![finding]);
        }
        let mut findings = Vec::new();
        let differences = base.differences(&self.state()?.catalog);
        if !differences.is_empty() {
            let message =
                "the base is not as empty as before all revisions, when they are stepped back together";
            findings.push(Finding::failed(Check::Whole, message).with(differences));
        }
        let up = self.follow(&|known, rows| known.graph.upgrade(rows, "heads"));
        if let Some(finding) = failure(Check::Whole, "the upgrade from the base, all together", up)?.1 {
            findings.push(finding);
            return Ok(findings);
        }
        let differences = heads.differences(&self.state()?.catalog);
        if !differences.is_empty() {
            let message = "the heads are not what they were before, when all revisions are applied together";
            findings.push(Finding::failed(Check::Whole, message).with(differences));
        }
        Ok(findings)
    }

    fn execute(&self, step: &Step) -> Result<Outcome, Error> {
        self.recorder.take();
        self.follow(&|_, _| Ok(vec![step.clone()]))
    }

    /// Does what a plan says. The run that is cancelled has to come to an end, also when no lock is held: there is a database to
    /// be dropped.
    fn follow(&self, plan: &Plan<'_>) -> Result<Outcome, Error> {
        let outcome = self.run.execute(plan);
        self.run.brake.holds(true);
        outcome
    }

    fn state(&mut self) -> Result<State, Error> {
        State::read(self.scratch.connection.as_mut(), self.own).map_err(cant_read)
    }

    /// Fills the tables, and returns what is there then.
    fn fill(&mut self, mut state: State, findings: &mut Vec<Finding>) -> Result<State, Error> {
        if !self.options.rows {
            return Ok(state);
        }
        let connection: &mut dyn Connection = self.scratch.connection.as_mut();
        for (table, reason) in self.filler.fill(connection, &state.catalog, &state.rows) {
            let message = format!("{table} was not filled with rows: {reason}");
            findings.push(Finding::note(Check::Filled, message));
        }
        state.rows = rows::rows(connection, &state.catalog).map_err(cant_read)?;
        Ok(state)
    }

    /// Makes the database anew, as it is behind a step.
    fn rebuild(&mut self, at: usize) -> Result<State, Error> {
        self.scratch.reset()?;
        self.filler = Filler::default();
        for step in &self.steps[..=at] {
            self.execute(step)?;
        }
        self.state()
    }

    /// What a revision runs, as far as that is known beforehand.
    fn compiled(&self, id: &str, direction: Direction) -> Result<Compiled, Error> {
        let script: Option<Script> = self.run.scripts.script(id)?;
        let dialect = self.scratch.connection.dialect();
        match script {
            Some(script) => Ok(script.compile(direction, dialect)?),
            None => Ok(Compiled::Missing),
        }
    }

    /// The statements of the step that was just executed.
    fn statements(&self, compiled: Compiled) -> Vec<Statement> {
        match compiled {
            Compiled::Missing => Vec::new(),
            Compiled::Statements(statements) => statements,
            Compiled::Depends(_) => self.recorder.take(),
        }
    }
}

/// Tells a revision that can't be run, which is a finding, from a run that can't be made.
fn failure<T>(
    check: Check,
    doing: &str,
    result: Result<T, Error>,
) -> Result<(Option<T>, Option<Finding>), Error> {
    let finding = match result {
        Ok(done) => return Ok((Some(done), None)),
        Err(Error::Failed(failure)) if check == Check::Whole => Finding::failed(
            check,
            format!(
                "{doing} failed at {}:{}: {}",
                failure.file, failure.line, failure.source
            ),
        ),
        Err(Error::Failed(failure)) => {
            Finding::failed(check, format!("{doing} failed: {}", failure.source)).at(Some(failure.line))
        }
        Err(error @ Error::NoSection { .. }) => Finding::failed(check, error.to_string()),
        Err(error) => return Err(error),
    };
    Ok((None, Some(finding)))
}
