//! The grammar of targets.

use super::ResolveError;

/// A target taken apart: `branch@symbol+offset`, each of them optional, but not all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target<'a> {
    pub(super) text: &'a str,
    pub(super) branch: Option<&'a str>,
    pub(super) symbol: Option<Symbol<'a>>,
    pub(super) offset: Option<Offset>,
}

/// What a target names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Symbol<'a> {
    Head,
    Heads,
    Base,
    Current,
    /// An id, a prefix of one, or a label.
    Name(&'a str),
}

/// How far a target is from what it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Offset {
    Up(usize),
    Down(usize),
}

impl<'a> Target<'a> {
    /// Takes a target apart; `is_name` knows ids and labels, because a label may contain a `-`.
    pub(super) fn parse(text: &'a str, is_name: impl Fn(&str) -> bool) -> Result<Self, ResolveError> {
        let wrong = |why| ResolveError::Syntax {
            target: text.to_owned(),
            why,
        };
        let (branch, rest) = match text.split_once('@') {
            Some((branch, rest)) => (Some(branch), rest),
            None => (None, text),
        };
        match branch {
            Some("") => return Err(wrong("the branch before '@' is missing")),
            Some("head" | "heads" | "base" | "current") => {
                return Err(wrong(
                    "before '@' stands a branch label or a revision, as in 'label@head'",
                ));
            }
            Some(_) | None => {}
        }
        if rest.contains('@') {
            return Err(wrong("it has more than one '@'"));
        }
        if is_name(rest) {
            return Ok(Self {
                text,
                branch,
                symbol: Some(Symbol::Name(rest)),
                offset: None,
            });
        }
        // The last sign counts, because a label may have others before it.
        let (name, offset) = match rest.rfind(['+', '-']) {
            Some(sign) => (&rest[..sign], Some(offset(&rest[sign..]).map_err(wrong)?)),
            None => (rest, None),
        };
        if name.contains(['+', '-']) && !is_name(name) {
            return Err(wrong(ONE_NUMBER));
        }
        if name.contains(':') {
            return Err(wrong("a range 'a:b' has no meaning here"));
        }
        let symbol = match name {
            "" if offset.is_some() => None,
            "" => return Err(wrong("it names no revision; try 'head', 'base' or an id")),
            "head" => Some(Symbol::Head),
            "heads" => Some(Symbol::Heads),
            "base" => Some(Symbol::Base),
            "current" => Some(Symbol::Current),
            name => Some(Symbol::Name(name)),
        };
        if symbol == Some(Symbol::Current) && (branch.is_some() || offset.is_some()) {
            return Err(wrong(
                "'current' stands alone; steps from there are '+1' and '-1'",
            ));
        }
        Ok(Self {
            text,
            branch,
            symbol,
            offset,
        })
    }
}

const ONE_NUMBER: &str = "after '+' or '-' stands a number and nothing else";

fn offset(text: &str) -> Result<Offset, &'static str> {
    let (sign, digits) = text.split_at(1);
    if digits.is_empty() || !digits.bytes().all(|c| c.is_ascii_digit()) {
        return Err(ONE_NUMBER);
    }
    // What doesn't fit is further than any graph goes.
    match (sign, digits.parse().unwrap_or(usize::MAX)) {
        (_, 0) => Err("a relative revision of 0 steps goes nowhere; leave it out"),
        ("+", steps) => Ok(Offset::Up(steps)),
        (_, steps) => Ok(Offset::Down(steps)),
    }
}

/// A range `a:b` of an offline run or a history, with either side possibly left out (Alembic's tutorial, "Viewing History
/// Ranges").
///
/// ```
/// use limbeck_core::revision::Range;
///
/// let range = Range::parse(":head")?;
/// assert_eq!(range, Range { start: None, end: Some("head".to_owned()) });
/// # Ok::<(), limbeck_core::revision::ResolveError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Range {
    /// The target before the colon.
    pub start: Option<String>,
    /// The target after the colon.
    pub end: Option<String>,
}

impl Range {
    /// Splits a range at its colon.
    ///
    /// ```
    /// use limbeck_core::revision::Range;
    ///
    /// let range = Range::parse("ae10:")?;
    /// assert_eq!((range.start.as_deref(), range.end), (Some("ae10"), None));
    /// # Ok::<(), limbeck_core::revision::ResolveError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ResolveError::Syntax`] where there is not exactly one colon.
    pub fn parse(text: &str) -> Result<Self, ResolveError> {
        let wrong = |why| ResolveError::Syntax {
            target: text.to_owned(),
            why,
        };
        let Some((start, end)) = text.trim().split_once(':') else {
            return Err(wrong("a range requires [start]:[end], [start]:, or :[end]"));
        };
        if end.contains(':') {
            return Err(wrong("a range has one ':', as in [start]:[end]"));
        }
        let side = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        Ok(Self {
            start: side(start),
            end: side(end),
        })
    }
}
