use std::collections::HashSet;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use limbeck::Dialect;
use limbeck::plan::Statement;
use limbeck::revision::Revision;
use limbeck::script::{Compiled, Converted, Direction, Script, Scripts, sections};
use serde_json::json;

use crate::context::Context;
use crate::report::CliError;

/// Rewrite Alembic's revisions as SQL.
///
/// Each gets a file of the same name and with the same id and parents, with what it runs on each database that is named, and its file of Python
/// is removed: no Python is needed for it from then on, nor anything that it imports. What only the database can tell, or the
/// project's Python, can't be written down: such a revision stays as it is, and is named. The rest of the history still runs
/// with it. Databases where a revision was applied before know the SQL as the same.
#[derive(Debug, Args)]
pub(crate) struct Convert {
    /// What to rewrite them as.
    #[arg(long, value_enum)]
    to: Language,
    /// A database to write for, instead of the configured one; may be given several times.
    #[arg(long, value_name = "DIALECT")]
    dialect: Vec<Dialect>,
    /// Only what is not applied to the database yet.
    #[arg(long)]
    pending: bool,
    /// Where to write the files, instead of beside those of Python, which stay then.
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Write nothing unless all of them can be rewritten.
    #[arg(long)]
    strict: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Language {
    Sql,
}

/// A revision in SQL.
struct Rewritten {
    id: String,
    from: PathBuf,
    to: PathBuf,
    text: String,
    /// Why it can't be stepped back, where its downgrade() fails.
    no_downgrade: Option<String>,
}

/// A revision that stays in Python, and why.
struct Staying {
    id: String,
    file: PathBuf,
    why: String,
}

pub(crate) fn run(args: &Convert, context: &Context<'_>) -> Result<ExitCode, CliError> {
    let Language::Sql = args.to;
    if context.alembic.is_none() {
        return Err(CliError::failed(
            "convert rewrites the revisions of an Alembic directory, and those here are in SQL",
        ));
    }
    let scripts = context.scripts()?;
    let dialects = match args.dialect.as_slice() {
        [] => vec![context.own_dialect()?],
        named => named.to_vec(),
    };
    let (mut rewritten, mut staying) = (Vec::new(), Vec::new());
    for revision in chosen(args, context, &scripts)? {
        let from = PathBuf::from(&revision.file);
        match rewrite(&scripts, revision, &dialects)? {
            Ok((text, no_downgrade)) => rewritten.push(Rewritten {
                id: revision.id.clone(),
                to: target(args, &from),
                from,
                text,
                no_downgrade,
            }),
            Err(why) => staying.push(Staying {
                id: revision.id.clone(),
                file: from,
                why,
            }),
        }
    }
    if let Some(first) = staying.first().filter(|_| args.strict) {
        return Err(CliError::failed(format!(
            "nothing was written, since {} of {} revisions can't be rewritten: {}: {}",
            staying.len(),
            staying.len() + rewritten.len(),
            first.file.display(),
            first.why
        )));
    }
    write_all(&rewritten)?;
    if args.output.is_none() {
        for revision in &rewritten {
            fs::remove_file(&revision.from).map_err(|error| failed("remove", &revision.from, &error))?;
        }
    }
    report(context, &dialects, &rewritten, &staying);
    Ok(ExitCode::SUCCESS)
}

/// The revisions in Python that are asked for.
fn chosen<'a>(
    args: &Convert,
    context: &Context<'_>,
    scripts: &'a Scripts,
) -> Result<Vec<&'a Revision>, CliError> {
    let graph = scripts.graph();
    let applied: HashSet<String> = if args.pending {
        let rows = context.migrator()?.current()?;
        graph
            .applied(&rows)
            .into_iter()
            .map(|revision| revision.id.clone())
            .collect()
    } else {
        HashSet::new()
    };
    let is_python = |revision: &&Revision| {
        Path::new(&revision.file)
            .extension()
            .is_some_and(|end| end == "py")
    };
    let wanted = graph
        .iter()
        .filter(|revision| !applied.contains(&revision.id))
        .filter(is_python);
    Ok(wanted.collect())
}

/// The text of a revision in SQL, and why it has no downgrade.
type Text = (String, Option<String>);

/// The text of a revision in SQL; inside, why there is none.
fn rewrite(
    scripts: &Scripts,
    revision: &Revision,
    dialects: &[Dialect],
) -> Result<Result<Text, String>, CliError> {
    let script = scripts.script(&revision.id).map_err(limbeck::Error::from)?;
    let Some(script) = script else {
        return Ok(Err("its file is gone".to_owned()));
    };
    let mut body = Vec::new();
    let mut no_downgrade = None;
    for direction in [Direction::Upgrade, Direction::Downgrade] {
        for dialect in dialects {
            let statements = match script.compile(direction, *dialect) {
                Ok(Compiled::Statements(statements)) => statements,
                Ok(Compiled::Missing) => continue,
                Ok(Compiled::Depends(depends)) => {
                    return Ok(Err(format!("{} {depends}", direction.name())));
                }
                // It can't be stepped back in Python either.
                Err(error) if direction == Direction::Downgrade => {
                    no_downgrade = Some(error.to_string());
                    continue;
                }
                Err(error) => return Ok(Err(error.to_string())),
            };
            let planned: Vec<Statement> = statements
                .iter()
                .map(|statement| Statement {
                    autocommit: statement.autocommit,
                    ..Statement::new(&statement.sql)
                })
                .collect();
            body.push(sections(
                direction,
                &planned,
                (dialects.len() > 1).then_some(*dialect),
            ));
        }
    }
    let body = body.join("\n");
    let draft = Script::parse("", body.clone()).map_err(limbeck::Error::from)?;
    if !is_same(&script, &draft, dialects) {
        return Ok(Err("its SQL would be read otherwise in a file of SQL".to_owned()));
    }
    let sums = dialects.iter().map(|dialect| draft.checksum(*dialect));
    let converted = Converted {
        from: script.checksum(dialects[0]).map_err(limbeck::Error::from)?,
        to: sums.collect::<Result<_, _>>().map_err(limbeck::Error::from)?,
    };
    let text = |prose: &str| format!("{}\n{body}", header(revision, prose, &converted));
    let whole = text(&script.header.documentation);
    // A docstring may have lines that mean something in the header of a file of SQL.
    let reads_back = Script::parse("", whole.clone()).is_ok_and(|read| {
        read.header.id.as_ref() == Some(&revision.id)
            && read.header.revises.as_ref() == Some(&revision.revises)
            && read.header.depends_on == revision.depends_on
            && read.header.branch_labels == revision.branch_labels
    });
    let text = if reads_back {
        whole
    } else {
        text(&revision.message)
    };
    Ok(Ok((text, no_downgrade)))
}

/// Whether both run the same.
fn is_same(script: &Script, draft: &Script, dialects: &[Dialect]) -> bool {
    let statements = |script: &Script, direction, dialect| {
        let statements = script.statements(direction, dialect).ok()??;
        let parts = |statement: limbeck::script::Statement| (statement.sql, statement.autocommit);
        Some(statements.into_iter().map(parts).collect::<Vec<_>>())
    };
    [Direction::Upgrade, Direction::Downgrade]
        .into_iter()
        .all(|direction| {
            dialects.iter().all(|dialect| {
                statements(script, direction, *dialect) == statements(draft, direction, *dialect)
            })
        })
}

/// The comment at the top. What the docstring says beside Alembic's words stays.
fn header(revision: &Revision, documentation: &str, converted: &Converted) -> String {
    let list = |ids: &[String]| match ids {
        [] => "none".to_owned(),
        ids => ids.join(", "),
    };
    let said = |line: &&str| {
        let words = ["Revision ID:", "Revises:", "Create Date:"];
        !words.iter().any(|word| line.starts_with(word))
    };
    let date = documentation
        .lines()
        .find(|line| line.starts_with("Create Date:"));
    let prose: Vec<&str> = documentation.lines().filter(said).collect();
    let prose = prose.join("\n");
    let message = if prose.trim().is_empty() {
        revision.message.as_str()
    } else {
        prose.trim()
    };
    let mut lines: Vec<String> = message
        .lines()
        .map(|line| format!("-- {line}").trim_end().to_owned())
        .collect();
    lines.push("--".to_owned());
    lines.push(format!("-- Revision ID: {}", revision.id));
    lines.push(format!("-- Revises: {}", list(&revision.revises)));
    let optional = [
        ("Depends on", &revision.depends_on),
        ("Branch labels", &revision.branch_labels),
    ];
    let optional = optional.into_iter().filter(|(_, ids)| !ids.is_empty());
    lines.extend(optional.map(|(word, ids)| format!("-- {word}: {}", ids.join(", "))));
    lines.extend(date.map(|date| format!("-- {date}")));
    lines.push(format!("-- Converted from: {converted}"));
    lines.join("\n") + "\n"
}

/// Where a revision's SQL is written to.
fn target(args: &Convert, from: &Path) -> PathBuf {
    let file = from.with_extension("sql");
    match (&args.output, file.file_name()) {
        (Some(directory), Some(name)) => directory.join(name),
        _ => file,
    }
}

/// Writes all files, or none.
fn write_all(files: &[Rewritten]) -> Result<(), CliError> {
    let write = |file: &Rewritten| {
        if let Some(directory) = file.to.parent() {
            fs::create_dir_all(directory)?;
        }
        let mut made = fs::File::create_new(&file.to)?;
        made.write_all(file.text.as_bytes())
    };
    for (at, file) in files.iter().enumerate() {
        if let Err(error) = write(file) {
            let is_there = error.kind() == std::io::ErrorKind::AlreadyExists;
            // The one that was there before is not to go.
            let made = files[..at + usize::from(!is_there)].iter();
            made.for_each(|file| drop(fs::remove_file(&file.to)));
            return Err(failed("write", &file.to, &error));
        }
    }
    Ok(())
}

fn failed(verb: &str, path: &Path, error: &std::io::Error) -> CliError {
    CliError::failed(format!("can't {verb} '{}': {error}", path.display()))
}

fn report(context: &Context<'_>, dialects: &[Dialect], rewritten: &[Rewritten], staying: &[Staying]) {
    let ui = context.ui;
    let names: Vec<String> = dialects.iter().map(ToString::to_string).collect();
    if ui.is_json() {
        let rewritten = rewritten.iter().map(|revision| {
            json!({
                "revision": revision.id,
                "file": revision.to.display().to_string(),
                "was_file": revision.from.display().to_string(),
                "no_downgrade": revision.no_downgrade,
            })
        });
        let staying = staying.iter().map(|revision| {
            json!({ "revision": revision.id, "file": revision.file.display().to_string(), "why": revision.why })
        });
        ui.json(&json!({
            "dialects": names,
            "rewritten": rewritten.collect::<Vec<_>>(),
            "staying": staying.collect::<Vec<_>>(),
        }));
        return;
    }
    for revision in rewritten {
        ui.line(format_args!("{}  {}", revision.id, revision.to.display()));
        if let Some(why) = &revision.no_downgrade {
            ui.tell(format_args!("{} can't be stepped back: {why}", revision.id));
        }
    }
    for revision in staying {
        ui.tell(format_args!(
            "{} stays in Python ({}): {}",
            revision.id,
            revision.file.display(),
            revision.why
        ));
    }
    ui.line(format_args!(
        "{} of {} revisions are SQL for {} now.",
        rewritten.len(),
        rewritten.len() + staying.len(),
        names.join(" and ")
    ));
}
