//! Python's `%` with a mapping on its right: `%(year)d_%(rev)s`.

use std::iter::Peekable;
use std::str::Chars;

/// What stands for a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Word {
    Text(String),
    Number(i64),
}

/// Fills a template in.
///
/// # Errors
/// What of it can't be understood.
pub(crate) fn format(template: &str, word: impl Fn(&str) -> Option<Word>) -> Result<String, String> {
    let mut result = String::new();
    let mut chars = template.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('%', Some('%')) => {
                chars.next();
                result.push('%');
            }
            ('%', Some('(')) => {
                chars.next();
                result.push_str(&conversion(&mut chars, &word)?);
            }
            ('%', next) => {
                let found = next.map_or("nothing".to_owned(), |c| format!("'{c}'"));
                return Err(format!(
                    "a '%' must be followed by '%' or '(NAME)', and here is {found} behind it: write '%%' for a mere '%'"
                ));
            }
            (c, _) => result.push(c),
        }
    }
    Ok(result)
}

/// What stands behind `%(`, and what comes of it.
fn conversion(
    chars: &mut Peekable<Chars<'_>>,
    word: &impl Fn(&str) -> Option<Word>,
) -> Result<String, String> {
    let name: String = chars.by_ref().take_while(|c| *c != ')').collect();
    let flags = run(chars, |c| "#0- +".contains(c));
    let width: usize = run(chars, |c| c.is_ascii_digit()).parse().unwrap_or(0);
    let mut precision = None;
    if chars.next_if_eq(&'.').is_some() {
        precision = Some(run(chars, |c| c.is_ascii_digit()).parse::<usize>().unwrap_or(0));
    }
    let value = word(&name).ok_or_else(|| format!("nothing is known by the name '{name}' in '%({name})'"))?;
    let text = match (chars.next(), value) {
        (Some('s'), Word::Text(text)) => cut(text, precision),
        (Some('s'), Word::Number(number)) => cut(number.to_string(), precision),
        (Some('d' | 'i' | 'u'), Word::Number(number)) => {
            let sign = match () {
                () if number < 0 => "-",
                () if flags.contains('+') => "+",
                () => "",
            };
            let zeros = if flags.contains('0') && !flags.contains('-') {
                width.saturating_sub(sign.len())
            } else {
                0
            };
            let digits = precision.unwrap_or(1).max(zeros);
            format!("{sign}{:0digits$}", number.unsigned_abs())
        }
        (Some(letter), _) => return Err(format!("'%({name}){letter}' can't be made of what '{name}' is")),
        (None, _) => return Err(format!("'%({name})' ends without its letter: write '%({name})s'")),
    };
    Ok(if flags.contains('-') {
        format!("{text:<width$}")
    } else {
        format!("{text:>width$}")
    })
}

fn run(chars: &mut Peekable<Chars<'_>>, is_part: impl Fn(char) -> bool) -> String {
    let mut text = String::new();
    while let Some(c) = chars.next_if(|c| is_part(*c)) {
        text.push(c);
    }
    text
}

fn cut(text: String, length: Option<usize>) -> String {
    match length {
        Some(length) => text.chars().take(length).collect(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(template: &str) -> Result<String, String> {
        format(template, |name| match name {
            "rev" => Some(Word::Text("ae10".to_owned())),
            "month" => Some(Word::Number(5)),
            _ => None,
        })
    }

    #[test]
    fn formats_as_python_does() {
        // Expected: what `template % {"rev": "ae10", "month": 5}` gives.
        let same = |template, expected: &str| assert_eq!(filled(template).as_deref(), Ok(expected));
        same("%(month).2d_%(rev)s", "05_ae10");
        same("%(month)02d|%(month)3d|%(month)-3d|%(month)s", "05|  5|5  |5");
        same("100%%|%(rev).2s|%(rev)6s", "100%|ae|  ae10");
        assert!(filled("%(nope)s").unwrap_err().contains("'nope'"));
        assert!(filled("50% off").unwrap_err().contains("'%%'"));
        assert!(filled("%(rev)d").is_err());
        assert!(filled("%(rev").is_err());
        assert!(filled("%").is_err());
    }
}
