//! The spans that a program's own subscriber sees.

use std::fmt::Debug;
use std::sync::{Arc, Mutex, OnceLock};

use limbeck::Migrator;
use limbeck::script::EmbeddedFile;
use limbeck_testing::{PASSWORD, PASSWORD_IN_URL, Postgres};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;

/// Collects the spans below a `caller` as lines: level, name, the span they are in, fields.
#[derive(Clone, Default)]
struct Collect(Arc<Mutex<Vec<Seen>>>);

struct Seen {
    id: Id,
    caller: Id,
    level: Level,
    line: String,
}

impl Collect {
    /// One for all threads: what a subscriber of one thread sees depends on what other threads did before.
    fn shared() -> &'static Self {
        static SHARED: OnceLock<Collect> = OnceLock::new();
        SHARED.get_or_init(|| {
            let collect = Self::default();
            let subscriber = tracing_subscriber::registry().with(collect.clone());
            tracing::subscriber::set_global_default(subscriber).expect("nobody else does this");
            collect
        })
    }

    /// Does something, and gives the spans that came of it.
    fn spans(work: impl FnOnce()) -> Vec<(Level, String)> {
        let collect = Self::shared();
        let caller = tracing::info_span!("caller");
        caller.in_scope(work);
        let spans = collect.0.lock().expect("no test panics here");
        let own = spans
            .iter()
            .filter(|seen| Some(&seen.caller) == caller.id().as_ref());
        own.map(|seen| (seen.level, seen.line.clone())).collect()
    }
}

struct Fields<'a>(&'a mut String);

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let value = format!("{value:?}");
        // Times differ in every run.
        let value = if field.name() == "elapsed_ms" { "N" } else { &value };
        self.0.push_str(&format!(" {}={value}", field.name()));
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Collect {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let span = context.span(id).expect("it was made just now");
        let mut line = format!("{} {}", span.metadata().level(), span.name());
        let Some(caller) = span.scope().skip(1).find(|span| span.name() == "caller") else {
            return;
        };
        if let Some(parent) = span.parent().filter(|parent| parent.id() != caller.id()) {
            line.push_str(&format!(" in {}", parent.name()));
        }
        attributes.record(&mut Fields(&mut line));
        let mut spans = self.0.lock().expect("no test panics here");
        spans.push(Seen {
            id: id.clone(),
            caller: caller.id(),
            level: *span.metadata().level(),
            line,
        });
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, _: Context<'_, S>) {
        let mut spans = self.0.lock().expect("no test panics here");
        if let Some(seen) = spans.iter_mut().rfind(|seen| seen.id == *id) {
            values.record(&mut Fields(&mut seen.line));
        }
    }
}

const FILES: &[EmbeddedFile] = &[
    EmbeddedFile {
        name: "001_users.sql",
        text: "CREATE TABLE users (name VARCHAR(40));\n\nINSERT INTO users VALUES ('a secret');",
    },
    EmbeddedFile {
        name: "002_fails.sql",
        text: "ALTER TABLE nothing\n  ADD COLUMN secret INTEGER;",
    },
];

/// Runs an upgrade that fails in its second step.
fn spans(url: &str) -> Vec<(Level, String)> {
    let migrator = Migrator::new(FILES).url(url);
    Collect::spans(|| assert!(migrator.upgrade("head").is_err(), "the second step fails"))
}

fn text(spans: &[(Level, String)], url: &str) -> String {
    let lines = spans.iter().map(|(_, line)| format!("{line}\n"));
    lines.collect::<String>().replace(url, "URL")
}

#[test]
fn on_sqlite() {
    let directory = tempfile::tempdir().expect("there is room");
    let file = directory.path().join("app.db").display().to_string();
    let url = format!("sqlite:///{file}");
    expect_test::expect![[r#"
        INFO connect url=URL elapsed_ms=N error=there is no SQLite database FILE
        INFO connect url=sqlite:// elapsed_ms=N
        INFO connect url=URL elapsed_ms=N
        INFO lock version_table="\"main\".\"alembic_version\"" elapsed_ms=N
        INFO connect in lock url=URL elapsed_ms=N
        INFO step revision="001" direction="upgrade" of=1 total=2 elapsed_ms=N
        DEBUG statement in step file="001_users.sql" line=1 last_line=3 count=2 starts="CREATE TABLE" elapsed_ms=N
        INFO step revision="002" direction="upgrade" of=2 total=2 elapsed_ms=N error=002_fails.sql:1: upgrade of revision 002 failed: near "nothing": syntax error
        DEBUG statement in step file="002_fails.sql" line=1 last_line=1 count=1 starts="ALTER TABLE" elapsed_ms=N error=near "nothing": syntax error
    "#]].assert_eq(&text(&spans(&url), &url).replace(&file, "FILE"));
}

#[test]
fn on_postgresql() {
    let database = Postgres::shared().fresh_database();
    Postgres::shared().psql(&database.name, "GRANT CREATE ON SCHEMA public TO guarded");
    let url = Postgres::shared().url_with_password(&database.name);
    let spans = spans(&url);
    expect_test::expect![[r#"
        INFO connect url=URL elapsed_ms=N
        INFO lock version_table="\"public\".\"alembic_version\"" elapsed_ms=N
        INFO connect in lock url=URL elapsed_ms=N
        INFO step revision="001" direction="upgrade" of=1 total=2 elapsed_ms=N
        DEBUG statement in step file="001_users.sql" line=1 last_line=3 count=2 starts="CREATE TABLE" elapsed_ms=N
        INFO step revision="002" direction="upgrade" of=2 total=2 elapsed_ms=N error=002_fails.sql:1: upgrade of revision 002 failed: relation "nothing" does not exist
        DEBUG statement in step file="002_fails.sql" line=1 last_line=1 count=1 starts="ALTER TABLE" elapsed_ms=N error=relation "nothing" does not exist
    "#]].assert_eq(&text(&spans, &url.replace(PASSWORD_IN_URL, "***")));
    for (level, line) in &spans {
        assert!(
            !line.contains(PASSWORD_IN_URL) && !line.contains(PASSWORD),
            "{line}"
        );
        assert!(!line.contains("a secret"), "{line}");
        assert!(*level == Level::DEBUG || !line.contains("CREATE"), "{line}");
    }
}

#[cfg(feature = "tokio")]
#[test]
fn on_the_thread_of_an_asynchronous_service() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime can be made");
    let migrator = Migrator::new(&FILES[..1]).url("sqlite::memory:");
    let spans = Collect::spans(|| {
        let outcome = runtime.block_on(migrator.upgrade_async("head"));
        outcome.expect("the revision is right");
    });
    assert!(spans.iter().any(|(_, line)| line.starts_with("INFO step")));
}

#[test]
fn of_a_backup() {
    let directory = tempfile::tempdir().expect("there is room");
    let url = format!("sqlite:///{}", directory.path().join("app.db").display());
    let migrator = Migrator::new(&FILES[..1]).url(url);
    migrator.upgrade("head").expect("the revision is right");
    let file = directory.path().join("copy.db");
    let spans = Collect::spans(|| drop(migrator.back_up(&file).expect("there is room")));
    let wanted = format!("INFO backup file={} elapsed_ms=N", file.display());
    assert!(spans.iter().any(|(_, line)| *line == wanted), "{spans:?}");
}
