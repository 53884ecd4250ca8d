//! `textwrap`.

use crate::value::Value;

pub(super) fn find(_module: &str, name: &str) -> Option<Value> {
    Some(match name {
        "dedent" => Value::native("dedent", |vm, mut args| {
            let text = args.need(vm, "text")?;
            args.finish(vm, "dedent")?;
            Ok(Value::str(dedent(text.as_str().unwrap_or_default())))
        }),
        "indent" => Value::native("indent", |vm, mut args| {
            let (text, prefix) = (args.need(vm, "text")?, args.need(vm, "prefix")?);
            args.finish(vm, "indent")?;
            let prefix = prefix.as_str().unwrap_or_default();
            let lines = text
                .as_str()
                .unwrap_or_default()
                .split_inclusive('\n')
                .map(|line| match line.trim() {
                    "" => line.to_owned(),
                    _ => format!("{prefix}{line}"),
                });
            Ok(Value::str(lines.collect::<String>()))
        }),
        _ => return None,
    })
}

/// Takes away what all lines begin with that is white space; lines of nothing else become empty.
fn dedent(text: &str) -> String {
    let margin_of = |line: &str| line[..line.len() - line.trim_start_matches([' ', '\t']).len()].to_owned();
    let mut margin: Option<String> = None;
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let own = margin_of(line);
        margin = Some(match margin {
            None => own,
            Some(margin) => {
                let common = margin
                    .chars()
                    .zip(own.chars())
                    .take_while(|(a, b)| a == b)
                    .count();
                margin[..common].to_owned()
            }
        });
    }
    let margin = margin.unwrap_or_default();
    let lines: Vec<&str> = text
        .split('\n')
        .map(|line| match line.trim().is_empty() {
            true => "",
            false => line.strip_prefix(margin.as_str()).unwrap_or(line),
        })
        .collect();
    lines.join("\n")
}
