//! Runs the case files: a drawing, rows, and commands with what they must answer.
//!
//! A line `rows: a, b` sets the rows for the commands after it, a line `> command` is followed by
//! its answer, indented, and `#` starts a comment. `UPDATE_EXPECT=1` writes the answers anew.

use std::fmt::Write as _;
use std::path::Path;
use std::path::PathBuf;

use limbeck_core::revision::Graph;
use limbeck_core::revision::GraphError;
use limbeck_core::revision::Range;
use limbeck_core::revision::ResolveError;
use limbeck_core::revision::Revision;
use limbeck_core::revision::RowChange;
use limbeck_core::revision::Step;

use super::drawing;
use super::laws;

#[test]
fn cases() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/graph");
    let mut files = Vec::new();
    collect(&root, &mut files);
    files.sort();
    let update = std::env::var_os("UPDATE_EXPECT").is_some();
    let mut failures = Vec::new();
    let mut answers = 0;
    for file in &files {
        let name = file.strip_prefix(&root).unwrap_or(file).display();
        let text = std::fs::read_to_string(file).expect("a case can be read");
        match run(&text) {
            Ok((_, 0)) => failures.push(format!("{name}: it asks nothing")),
            Ok((actual, _)) if update && actual != text => {
                std::fs::write(file, actual).expect("a case can be written");
            }
            Ok((actual, commands)) => {
                answers += commands;
                if actual != text {
                    failures.push(format!("{name}:\n{}", difference(&text, &actual)));
                }
            }
            Err(error) => failures.push(format!("{name}: {error}")),
        }
    }
    println!("{} cases, {answers} answers", files.len());
    assert!(
        failures.is_empty(),
        "{} of {} cases fail\n{}",
        failures.len(),
        files.len(),
        failures.join("\n")
    );
    assert!(answers > 200 || update, "cases are missing: {answers} answers");
}

fn collect(directory: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).expect("the directory of cases is there") {
        let path = entry.expect("it can be listed").path();
        if path.is_dir() {
            collect(&path, files);
        } else {
            assert!(
                path.extension().is_some_and(|e| e == "txt"),
                "{} is no case",
                path.display()
            );
            files.push(path);
        }
    }
}

/// Writes a case with the answers it gets, and counts them.
fn run(text: &str) -> Result<(String, usize), String> {
    let mut drawn = Vec::new();
    let mut graph: Option<Result<Graph, GraphError>> = None;
    let mut rows: Vec<String> = Vec::new();
    let mut actual = String::new();
    let mut commands = 0;
    for line in text.lines().filter(|line| !line.starts_with("  ")) {
        writeln!(actual, "{line}").expect("a string can be written to");
        if let Some(command) = line.strip_prefix("> ") {
            commands += 1;
            let graph = graph.get_or_insert_with(|| Graph::new(drawn.clone()));
            for line in answer(graph, &rows, command)?.lines() {
                writeln!(actual, "  {line}").expect("a string can be written to");
            }
        } else if let Some(list) = line.strip_prefix("rows:") {
            rows = list
                .split(',')
                .map(|row| row.trim().to_owned())
                .filter(|row| !row.is_empty())
                .collect();
            if let Ok(graph) = graph.get_or_insert_with(|| Graph::new(drawn.clone())) {
                laws::hold(graph, &rows).map_err(|law| format!("rows {rows:?}: {law}"))?;
            }
        } else if !line.is_empty() && !line.starts_with('#') {
            if graph.is_some() {
                return Err(format!("'{line}' comes after the drawing"));
            }
            drawing::draw(line, &mut drawn)?;
        }
    }
    if let Some(Ok(graph)) = &graph {
        laws::hold(graph, &[]).map_err(|law| format!("no rows: {law}"))?;
    }
    Ok((actual, commands))
}

fn answer(graph: &Result<Graph, GraphError>, rows: &[String], command: &str) -> Result<String, String> {
    let (verb, rest) = command.split_once(' ').unwrap_or((command, ""));
    let graph = match graph {
        Ok(_) if verb == "load" => return Ok("ok".to_owned()),
        Err(error) if verb == "load" => return Ok(format!("error: {error}")),
        Ok(graph) => graph,
        Err(error) => return Err(format!("the graph is broken: {error}")),
    };
    Ok(match verb {
        "upgrade" => steps(graph.upgrade(rows, rest), rows),
        "downgrade" => steps(graph.downgrade(rows, rest), rows),
        "stamp" => {
            let targets: Vec<String> = rest.split_whitespace().map(str::to_owned).collect();
            steps(graph.stamp(rows, &targets), rows)
        }
        "resolve" => found(graph.resolve(rest, rows)),
        "one" => found(graph.resolve_one(rest, rows).map(|one| one.into_iter().collect())),
        "start" => graph
            .start_rows(rest)
            .map_or_else(|e| format!("error: {e}"), |rows| list(rows.iter())),
        "history" => found(history(graph, rest, rows)),
        "applied" => revisions(&graph.applied(rows)),
        "pending" => revisions(&graph.pending(rows)),
        "current" => current(graph, rows),
        "heads" => list(graph.heads()),
        "real-heads" => list(graph.real_heads()),
        "bases" => list(graph.bases()),
        "children" => list(graph.children(rest)),
        "labels" => list(graph.labels(rest)),
        "dependencies" => list(graph.resolved_dependencies(rest)),
        "nearest" => list(graph.nearest(rest, 3)),
        "is" => kinds(graph, rest),
        verb => return Err(format!("unknown command '{verb}'")),
    })
}

fn history<'a>(graph: &'a Graph, range: &str, rows: &[String]) -> Result<Vec<&'a Revision>, ResolveError> {
    let range = if range.is_empty() {
        Range::default()
    } else {
        Range::parse(range)?
    };
    graph.history(range.start.as_deref(), range.end.as_deref(), rows)
}

fn current(graph: &Graph, rows: &[String]) -> String {
    let current = graph.current(rows);
    let mut text = format!("rows: {}", revisions(&current.rows));
    if !current.implied.is_empty() {
        write!(text, "\nimplied: {}", revisions(&current.implied)).expect("a string can be written to");
    }
    if !current.unknown.is_empty() {
        write!(text, "\nunknown: {}", list(&current.unknown)).expect("a string can be written to");
    }
    text
}

fn kinds(graph: &Graph, id: &str) -> String {
    let kinds = [
        ("base", graph.is_base(id)),
        ("branch point", graph.is_branch_point(id)),
        ("merge point", graph.is_merge_point(id)),
        ("head", graph.is_head(id)),
        ("real head", graph.is_real_head(id)),
    ];
    list(kinds.iter().filter(|(_, is)| *is).map(|(name, _)| name))
}

/// Writes each step with what it does to the rows, and the rows at the end.
fn steps(steps: Result<Vec<Step>, ResolveError>, rows: &[String]) -> String {
    let steps = match steps {
        Ok(steps) => steps,
        Err(error) => return format!("error: {error}"),
    };
    let mut rows = rows.to_vec();
    let mut text = String::new();
    for step in steps {
        let changes: Vec<String> = step.changes.iter().map(change).collect();
        // A revision's own text names neither its dependencies nor, for a merge, which side it is.
        writeln!(text, "{step} | {}", changes.join(", ")).expect("a string can be written to");
        laws::apply(&step.changes, &mut rows);
    }
    rows.sort_unstable();
    text + &format!("rows: {}", list(rows))
}

fn change(change: &RowChange) -> String {
    match change {
        RowChange::Insert(id) => format!("+{id}"),
        RowChange::Update { from, to } => format!("{from}={to}"),
        RowChange::Delete(id) => format!("-{id}"),
    }
}

fn found(found: Result<Vec<&Revision>, ResolveError>) -> String {
    found.map_or_else(|error| format!("error: {error}"), |found| revisions(&found))
}

fn revisions(revisions: &[&Revision]) -> String {
    list(revisions.iter().map(|r| &r.id))
}

fn list(items: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    let items: Vec<String> = items.into_iter().map(|item| item.as_ref().to_owned()).collect();
    if items.is_empty() {
        "(none)".to_owned()
    } else {
        items.join(", ")
    }
}

/// Shows the commands whose answers differ.
fn difference(expected: &str, actual: &str) -> String {
    let blocks = |text: &str| -> Vec<String> { text.split("\n> ").map(str::to_owned).collect() };
    let pairs = blocks(expected)
        .into_iter()
        .zip(blocks(actual))
        .filter(|(e, a)| e.trim_end() != a.trim_end());
    let shown: Vec<String> = pairs
        .map(|(e, a)| format!("expected > {e}\nactual   > {a}"))
        .collect();
    if shown.is_empty() {
        "white space differs".to_owned()
    } else {
        shown.join("\n")
    }
}
