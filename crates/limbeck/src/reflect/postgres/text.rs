//! The server's SQL, brought into one shape where it has two for the same.

use limbeck_core::schema::Sql;

/// A text of the server's, so written that the server tells it the same way again, and compared by what it means.
///
/// `a IN ('x', 'y')` over a `varchar` is told as `(ARRAY['x'::character varying, …])::text[]`. When that is read, the cast
/// goes to the elements, and `ARRAY[('x'::character varying)::text, …]` is told from then on, as it is after each dump and
/// restore. With a cast of its own the array keeps its shape.
pub(super) fn stable(text: impl Into<String>) -> Sql {
    let text = text.into();
    let (mut written, mut key) = (String::new(), String::new());
    let mut rest = text.as_str();
    while let Some(at) = find_array(rest) {
        let (before, array) = rest.split_at(at);
        written.push_str(before);
        key.push_str(before);
        let Some(cast) = Cast::read(array) else {
            written.push('(');
            key.push('(');
            rest = &array[1..];
            continue;
        };
        written.push_str(&format!(
            "(ARRAY[{}]::{}[])::{}[]",
            cast.elements.join(", "),
            cast.inner,
            cast.outer
        ));
        let elements = cast
            .elements
            .iter()
            .map(|element| format!("({element})::{}", cast.outer));
        key.push_str(&format!("ARRAY[{}]", elements.collect::<Vec<_>>().join(", ")));
        rest = cast.rest;
    }
    if written.is_empty() {
        return Sql::verbatim(text);
    }
    written.push_str(rest);
    key.push_str(rest);
    Sql::keyed(written, key)
}

/// Where an array in parentheses begins.
fn find_array(text: &str) -> Option<usize> {
    let mut places = Outside::new(text);
    places
        .find(|(at, c)| *c == '(' && text[*at..].starts_with("(ARRAY["))
        .map(|(at, _)| at)
}

/// `(ARRAY['x'::character varying, …])::text[]`.
struct Cast<'a> {
    elements: Vec<&'a str>,
    /// The type of its elements.
    inner: &'a str,
    /// The type that the elements get.
    outer: &'a str,
    rest: &'a str,
}

impl<'a> Cast<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let inside = text.strip_prefix("(ARRAY[")?;
        let end = closing(inside)?;
        let elements = separated(&inside[..end]);
        let rest = inside[end..].strip_prefix("])::")?;
        let length = type_name(rest);
        let outer = &rest[..length];
        let rest = rest[length..].strip_prefix("[]")?;
        let inner = elements.iter().find_map(|element| literal_type(element))?;
        Some(Self {
            elements,
            inner,
            outer,
            rest,
        })
    }
}

/// The type of a literal with a cast, `'x'::character varying`.
fn literal_type(text: &str) -> Option<&str> {
    let mut outside = Outside::new(text);
    let (at, _) = outside.find(|(at, c)| *c == ':' && text[*at..].starts_with("::"))?;
    let name = &text[at + 2..];
    (text.starts_with('\'') && type_name(name) == name.len()).then_some(name)
}

/// How long the name of a type is that stands first.
fn type_name(text: &str) -> usize {
    let mut quoted = false;
    let end = text.find(|c: char| {
        quoted ^= c == '"';
        !(quoted || c.is_alphanumeric() || matches!(c, '_' | ' ' | '.' | '"'))
    });
    end.unwrap_or(text.len())
}

/// Where the bracket is closed that was opened before the text.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, c) in Outside::new(text) {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' if depth == 0 => return Some(at),
            ')' | ']' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// The parts of a list between commas.
pub(super) fn separated(text: &str) -> Vec<&str> {
    let (mut depth, mut start) = (0_usize, 0);
    let mut parts = Vec::new();
    for (at, c) in Outside::new(text) {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.push(text[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(text[start..].trim());
    parts
}

/// An expression without the parentheses that stand around all of it.
pub(super) fn bare(text: &str) -> &str {
    let inside = text.strip_prefix('(').and_then(|text| text.strip_suffix(')'));
    match inside {
        Some(inside) if closing(&text[1..]) == Some(text.len() - 2) => inside,
        _ => text,
    }
}

/// The characters of a text that do not stand in quotes, with their places; of quotes, the opening one.
struct Outside<'a> {
    characters: std::str::CharIndices<'a>,
}

impl<'a> Outside<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            characters: text.char_indices(),
        }
    }
}

impl Iterator for Outside<'_> {
    type Item = (usize, char);

    fn next(&mut self) -> Option<Self::Item> {
        let (at, c) = self.characters.next()?;
        if matches!(c, '\'' | '"') {
            // One that is doubled ends a piece and begins the next.
            self.characters.find(|(_, other)| *other == c);
        }
        Some((at, c))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_array_keeps_its_shape_and_is_equal_in_both() {
        let told = "CHECK (((a)::text = ANY ((ARRAY['x'::character varying, 'it''s]'::character varying])::text[])))";
        let again = "CHECK (((a)::text = ANY (ARRAY[('x'::character varying)::text, ('it''s]'::character varying)::text])))";
        assert_eq!(stable(told), stable(again));
        assert_eq!(
            stable(told).text(),
            "CHECK (((a)::text = ANY ((ARRAY['x'::character varying, 'it''s]'::character varying]::character varying[])::text[])))"
        );
        assert_eq!(stable(again).text(), again);
    }

    #[test]
    fn what_is_no_such_array_stays() {
        for text in [
            "(ARRAY[a, b])::text[]",
            "'(ARRAY[''x''::text])::a[]'",
            "(ARRAY[",
            "(ARRAY['x'::text])::",
            "",
        ] {
            assert_eq!(stable(text).text(), text);
            assert_ne!(stable(text), stable(format!("{text} ")));
        }
    }

    #[test]
    fn only_parentheses_around_all_are_taken_away() {
        assert_eq!(bare("(a + 1)"), "a + 1");
        assert_eq!(bare("(a) + (b)"), "(a) + (b)");
        assert_eq!(bare("(a || ')')"), "a || ')'");
        assert_eq!(bare(")("), ")(");
    }
}
