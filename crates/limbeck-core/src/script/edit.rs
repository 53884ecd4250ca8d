use super::header::{comment_lines, key_value};
use super::lines;

/// Gives the text of a revision file a new id and new parents. Lines of the header that say either are
/// rewritten; what is missing is added below the message.
///
/// # Examples
/// ```
/// let text = "-- add a\n--\n-- Revision ID: 002\n-- Revises: 001\n\nCREATE TABLE a (id int);\n";
/// let moved = limbeck_core::script::set_header(text, "003", &["002".to_owned()]);
/// assert!(moved.contains("-- Revision ID: 003\n-- Revises: 002\n"));
/// ```
pub fn set_header(text: &str, id: &str, revises: &[String]) -> String {
    let revises = if revises.is_empty() {
        "none".to_owned()
    } else {
        revises.join(", ")
    };
    let wanted = [("Revision ID", id), ("Revises", revises.as_str())];
    let header: Vec<(usize, &str)> = comment_lines(text).collect();
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let line_of = |key: &str| {
        header
            .iter()
            .find(|(_, line)| key_value(line).is_some_and(|(k, _)| k == key))
    };

    let mut missing: String = wanted
        .iter()
        .filter(|(key, _)| line_of(key).is_none())
        .map(|(key, value)| format!("-- {key}: {value}{end}"))
        .collect();
    let mut result = String::new();
    let has_words = header.iter().any(|(_, line)| key_value(line).is_some());
    if !has_words {
        // No header at all: it goes on top, apart from any other comment.
        result.push_str(&format!("{}{end}", std::mem::take(&mut missing)));
    }
    for (number, line, range) in lines(text) {
        match wanted
            .iter()
            .find(|(key, _)| line_of(key).is_some_and(|(at, _)| *at == number))
        {
            Some((key, value)) => {
                let line_end = &text[range.start + line.len()..range.end];
                result.push_str(&format!("-- {key}: {value}{line_end}"));
            }
            None => result.push_str(&text[range]),
        }
        let is_word = header
            .iter()
            .any(|(at, line)| *at == number && key_value(line).is_some());
        if is_word && !missing.is_empty() {
            result.push_str(&std::mem::take(&mut missing));
        }
    }
    result
}
