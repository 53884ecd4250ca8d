//! script.py.mako, as far as it is what Alembic's own templates are made of: text, comments and expressions of a new revision's
//! names. What else Mako can do is Python.

use std::collections::HashMap;

use ruff_python_ast::{BoolOp, CmpOp, Expr};
use ruff_python_parser::parse_expression;

use crate::vm::quoted;

/// What a new revision is.
///
/// # Examples
/// ```
/// use limbeck_python::NewRevision;
///
/// let new = NewRevision { id: "002".to_owned(), down_revision: vec!["001".to_owned()], ..NewRevision::default() };
/// let text = new.render("revision = ${repr(up_revision)}\nRevises: ${down_revision | comma,n}\n").unwrap();
/// assert_eq!(text, "revision = '002'\nRevises: 001\n");
/// ```
#[derive(Debug, Clone, Default)]
pub struct NewRevision {
    /// Its id.
    pub id: String,
    /// What it does.
    pub message: String,
    /// The revisions that it follows.
    pub down_revision: Vec<String>,
    /// Names for its branch.
    pub branch_labels: Vec<String>,
    /// What must be applied before it.
    pub depends_on: Vec<String>,
    /// When it was made, as it is to be written.
    pub create_date: String,
    /// Lines of imports.
    pub imports: String,
    /// The body of `upgrade()`, from the second line on with the spaces before it.
    pub upgrades: String,
    /// The body of `downgrade()`.
    pub downgrades: String,
}

/// Something in a template that is more than names and text.
///
/// # Examples
/// ```
/// let new = limbeck_python::NewRevision::default();
/// let unknown = new.render("a\n% if x:\n").unwrap_err();
/// assert_eq!((unknown.line, unknown.what.as_str()), (2, "% if x:"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownTemplate {
    /// Its line, from 1.
    pub line: usize,
    /// Its text.
    pub what: String,
}

/// The template for a directory whose own can't be used.
const GENERIC: &str = include_str!("generic.py.mako");

/// A value in a template.
#[derive(Debug, Clone, PartialEq)]
enum Word {
    None,
    Bool(bool),
    Text(String),
    Tuple(Vec<String>),
    List(Vec<String>),
}

impl NewRevision {
    /// Fills in a template.
    ///
    /// # Errors
    /// [`UnknownTemplate`] for what only Mako can do.
    ///
    /// # Examples
    /// ```
    /// # let new = limbeck_python::NewRevision::default();
    /// assert_eq!(new.render("## a comment\n${upgrades if upgrades else \"pass\"}\n").unwrap(), "pass\n");
    /// ```
    pub fn render(&self, template: &str) -> Result<String, UnknownTemplate> {
        let words = self.words();
        let mut text = String::new();
        let mut rest = template;
        while !rest.is_empty() {
            let before = &template[..template.len() - rest.len()];
            let unknown = |what: &str| UnknownTemplate {
                line: before.matches('\n').count() + 1,
                what: what.lines().next().unwrap_or_default().trim_end().to_owned(),
            };
            if before.is_empty() || before.ends_with('\n') {
                let line = rest.split_inclusive('\n').next().unwrap_or_default();
                let content = line.trim_start();
                if content.starts_with("##") {
                    rest = &rest[line.len()..];
                    continue;
                }
                if let Some(behind) = content.strip_prefix('%') {
                    if !behind.starts_with('%') {
                        return Err(unknown(content));
                    }
                    // Two stand for one.
                    text.push_str(&line[..line.len() - content.len()]);
                    rest = &rest[line.len() - behind.len()..];
                }
            }
            if rest.starts_with("<%") || rest.starts_with("</%") {
                return Err(unknown(rest));
            }
            if let Some(behind) = rest.strip_prefix("${") {
                let end = end_of_expression(behind).ok_or_else(|| unknown(rest))?;
                let value = evaluate(&behind[..end], &words).ok_or_else(|| unknown(&rest[..end + 3]))?;
                text.push_str(&value);
                rest = &behind[end + 1..];
                continue;
            }
            // A backslash takes the end of its line away.
            if let Some(behind) = ["\\\n", "\\\r\n"].iter().find_map(|end| rest.strip_prefix(end)) {
                rest = behind;
                continue;
            }
            let mut chars = rest.chars();
            text.extend(chars.next());
            rest = chars.as_str();
        }
        Ok(text)
    }

    /// Fills in a template of limbeck's own, which genuine Alembic reads.
    ///
    /// # Examples
    /// ```
    /// let new = limbeck_python::NewRevision { id: "001".to_owned(), ..Default::default() };
    /// assert!(new.generic().contains("down_revision = None"));
    /// ```
    pub fn generic(&self) -> String {
        self.render(GENERIC).expect("it has names and text only")
    }

    fn words(&self) -> HashMap<&'static str, Word> {
        let scalar = |list: &[String], several: fn(Vec<String>) -> Word| match list {
            [] => Word::None,
            [one] => Word::Text(one.clone()),
            _ => several(list.to_vec()),
        };
        let labels = match self.branch_labels.as_slice() {
            [] => Word::None,
            labels => Word::Tuple(labels.to_vec()),
        };
        let text = |text: &str| Word::Text(text.to_owned());
        HashMap::from([
            ("message", text(&self.message)),
            ("up_revision", text(&self.id)),
            ("down_revision", scalar(&self.down_revision, Word::Tuple)),
            ("branch_labels", labels),
            ("depends_on", scalar(&self.depends_on, Word::List)),
            ("create_date", text(&self.create_date)),
            ("imports", text(&self.imports)),
            ("upgrades", text(&self.upgrades)),
            ("downgrades", text(&self.downgrades)),
        ])
    }
}

/// Where the `}` is that ends an expression.
fn end_of_expression(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '{') => depth += 1,
            (None, '}') if depth == 0 => return Some(at),
            (None, '}') => depth -= 1,
            _ => {}
        }
    }
    None
}

/// An expression, maybe with filters behind a `|`.
fn evaluate(text: &str, words: &HashMap<&str, Word>) -> Option<String> {
    let (expression, filters) = match text.rsplit_once('|') {
        Some((expression, filters)) => (expression, filters),
        None => (text, ""),
    };
    let filters: Vec<&str> = filters
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .collect();
    if !filters
        .iter()
        .all(|name| ["comma", "n", "str", "unicode", "trim"].contains(name))
    {
        return None;
    }
    let parsed = parse_expression(expression.trim()).ok()?;
    let value = value(parsed.expr(), words)?;
    let text = if filters.contains(&"comma") {
        comma(&value)
    } else {
        display(&value)
    };
    Some(if filters.contains(&"trim") {
        text.trim().to_owned()
    } else {
        text
    })
}

fn value(expression: &Expr, words: &HashMap<&str, Word>) -> Option<Word> {
    match expression {
        Expr::Name(name) => words.get(name.id.as_str()).cloned(),
        Expr::NoneLiteral(_) => Some(Word::None),
        Expr::BooleanLiteral(literal) => Some(Word::Bool(literal.value)),
        Expr::StringLiteral(literal) => Some(Word::Text(literal.value.to_str().to_owned())),
        Expr::If(conditional) if truth(&value(&conditional.test, words)?) => value(&conditional.body, words),
        Expr::If(conditional) => value(&conditional.orelse, words),
        Expr::BoolOp(operation) => {
            let stop = operation.op == BoolOp::Or;
            let values: Vec<Word> = operation
                .values
                .iter()
                .map(|part| value(part, words))
                .collect::<Option<_>>()?;
            let found = values.iter().find(|value| truth(value) == stop);
            found.or(values.last()).cloned()
        }
        Expr::Compare(comparison) => {
            let ([op], [right]) = (&*comparison.ops, &*comparison.comparators) else {
                return None;
            };
            let equal = value(&comparison.left, words)? == value(right, words)?;
            match op {
                CmpOp::Is | CmpOp::Eq => Some(Word::Bool(equal)),
                CmpOp::IsNot | CmpOp::NotEq => Some(Word::Bool(!equal)),
                _ => None,
            }
        }
        Expr::Call(call) => {
            let function = call.func.as_name_expr()?;
            let [argument] = &*call.arguments.args else {
                return None;
            };
            let argument = value(argument, words)?;
            match function.id.as_str() {
                "repr" => Some(Word::Text(repr(&argument))),
                "str" => Some(Word::Text(display(&argument))),
                "comma" => Some(Word::Text(comma(&argument))),
                _ => None,
            }
        }
        _ => None,
    }
}

fn truth(value: &Word) -> bool {
    match value {
        Word::None => false,
        Word::Bool(value) => *value,
        Word::Text(text) => !text.is_empty(),
        Word::Tuple(texts) | Word::List(texts) => !texts.is_empty(),
    }
}

/// Python's `str()`.
fn display(value: &Word) -> String {
    match value {
        Word::Text(text) => text.clone(),
        other => repr(other),
    }
}

/// Python's `repr()`.
fn repr(value: &Word) -> String {
    let all = |texts: &[String]| {
        texts
            .iter()
            .map(|text| quoted(text))
            .collect::<Vec<_>>()
            .join(", ")
    };
    match value {
        Word::None => "None".to_owned(),
        Word::Bool(true) => "True".to_owned(),
        Word::Bool(false) => "False".to_owned(),
        Word::Text(text) => quoted(text),
        Word::Tuple(texts) if texts.len() == 1 => format!("({},)", all(texts)),
        Word::Tuple(texts) => format!("({})", all(texts)),
        Word::List(texts) => format!("[{}]", all(texts)),
    }
}

/// Alembic's filter `comma`.
fn comma(value: &Word) -> String {
    match value {
        Word::None => String::new(),
        Word::Tuple(texts) | Word::List(texts) => texts.join(", "),
        other => display(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::header::{Header, Modules};

    fn new() -> NewRevision {
        NewRevision {
            id: "ae10".to_owned(),
            message: "it's \"new\"".to_owned(),
            down_revision: vec!["a".to_owned(), "b".to_owned()],
            branch_labels: vec!["shop".to_owned()],
            depends_on: vec!["c".to_owned()],
            ..NewRevision::default()
        }
    }

    #[test]
    fn names_are_filled_in_as_mako_does() {
        let is = |template: &str, expected: &str| {
            assert_eq!(new().render(template).as_deref(), Ok(expected), "{template}");
        };
        is("${up_revision} ${repr(up_revision)}", "ae10 'ae10'");
        is(
            "${down_revision | comma,n} ${repr(down_revision)}",
            "a, b ('a', 'b')",
        );
        is("${repr(branch_labels)} ${repr(depends_on)}", "('shop',) 'c'");
        is("${message} ${repr(message)}", "it's \"new\" 'it\\'s \"new\"'");
        is("${imports if imports else \"\"}|${upgrades or '}'}", "|}");
        is("${'x' if depends_on is not None else 'y'}", "x");
        is("a \\\nb\n  ## c\n%% d\n 100%\n", "a b\n% d\n 100%\n");
        is("${repr(up_revision)\n}", "'ae10'");
    }

    #[test]
    fn what_else_mako_can_do_is_named() {
        let what = |template: &str| new().render(template).unwrap_err().what;
        assert_eq!(what("<%!\nimport re\n%>"), "<%!");
        assert_eq!(
            what("${config.get_main_option('x')} y"),
            "${config.get_main_option('x')}"
        );
        assert_eq!(what("${message | h}"), "${message | h}");
        assert_eq!(what("${message"), "${message");
        assert_eq!(what("${}"), "${}");
        assert_eq!(what("  % for x in y:\n"), "% for x in y:");
        assert_eq!(new().render("\n\n${nope}").unwrap_err().line, 3);
    }

    #[test]
    fn the_generic_template_is_read_back() {
        let new = NewRevision {
            message: "add a".to_owned(),
            ..new()
        };
        let header = Header::read("a.py", "a.py", &new.generic(), Modules::new(&[])).unwrap();
        assert_eq!((header.id.as_str(), header.message()), ("ae10", "add a"));
        assert_eq!(header.revises, ["a", "b"]);
        assert_eq!(
            (header.branch_labels, header.depends_on),
            (vec!["shop".to_owned()], vec!["c".to_owned()])
        );
    }
}
