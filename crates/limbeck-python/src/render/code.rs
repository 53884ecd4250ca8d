//! Pieces of Python.

pub(super) use crate::vm::quoted;

/// How long a line may be.
const WIDTH: usize = 96;

/// A text in quotes: in triple ones where it has several lines.
pub(super) fn text(text: &str) -> String {
    if text.contains('\n') {
        block(text)
    } else {
        quoted(text)
    }
}

/// A text in triple quotes.
pub(super) fn block(text: &str) -> String {
    let escaped = text
        .replace('\\', "\\\\")
        .replace("\"\"\"", "\\\"\\\"\\\"")
        .replace('\r', "\\r");
    // The quotes would take one at the end with them.
    match escaped.strip_suffix('"') {
        Some(start) => format!("\"\"\"{start}\\\"\"\"\""),
        None => format!("\"\"\"{escaped}\"\"\""),
    }
}

/// `sa.text('…')`.
pub(super) fn sql(expression: &str) -> String {
    format!("sa.text({})", text(&super::escaped(expression)))
}

/// `['a', 'b']`.
pub(super) fn list<'a>(texts: impl IntoIterator<Item = &'a String>) -> String {
    let texts: Vec<String> = texts.into_iter().map(|text| quoted(text)).collect();
    format!("[{}]", texts.join(", "))
}

/// The name of something that no naming convention is to change.
pub(super) fn as_it_is(name: &str) -> String {
    format!("op.f({})", quoted(name))
}

pub(super) fn truth(value: bool) -> &'static str {
    if value { "True" } else { "False" }
}

/// A call on one line.
pub(super) fn call(function: &str, arguments: &[String]) -> String {
    format!("{function}({})", arguments.join(", "))
}

/// A call, with an argument a line where that is asked for or one line is too short.
pub(super) fn spread(function: &str, arguments: &[String], always: bool) -> Vec<String> {
    let line = call(function, arguments);
    if line.chars().count() <= WIDTH && !always || arguments.len() < 2 {
        return vec![line];
    }
    let arguments = arguments.iter().map(|argument| format!("    {argument},"));
    let start = std::iter::once(format!("{function}("));
    start.chain(arguments).chain([")".to_owned()]).collect()
}
