//! The values of expressions in env.py, as far as they hang on nothing but the configuration, `-x` and the environment.

use std::fmt;

use ruff_python_ast::{
    BoolOp, CmpOp, Expr, ExprAttribute, ExprCall, ExprFString, InterpolatedStringElement, Operator, UnaryOp,
};

use super::read::{Reader, Setting, Test, called, dotted, text_of};
use super::{Computed, UrlSource};
use crate::config::Config;
use crate::revision::Surroundings;

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Literal {
    None,
    Bool(bool),
    Text(String),
    Number(i64),
    /// Only Python could tell: its source.
    Computed(String),
}

impl Literal {
    /// Whether Python takes it for true.
    pub(super) fn truth(&self) -> Option<bool> {
        match self {
            Self::None => Some(false),
            Self::Bool(value) => Some(*value),
            Self::Text(text) => Some(!text.is_empty()),
            Self::Number(number) => Some(*number != 0),
            Self::Computed(_) => None,
        }
    }

    fn text(self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::Bool(true) => f.write_str("True"),
            Self::Bool(false) => f.write_str("False"),
            Self::Text(text) => write!(f, "'{text}'"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Computed(source) => f.write_str(source),
        }
    }
}

/// Where values are looked up.
pub(super) struct Scope<'a> {
    pub(super) reader: &'a Reader<'a>,
    pub(super) config: &'a Config,
    pub(super) around: &'a Surroundings,
}

/// How deep names may stand for names: one may stand for itself.
const DEPTH: usize = 32;

impl Scope<'_> {
    pub(super) fn value(&self, expression: &Expr) -> Literal {
        self.evaluate(expression, DEPTH)
            .unwrap_or_else(|| Literal::Computed(self.reader.source(expression)))
    }

    /// Where the URL comes from.
    pub(super) fn url(&self) -> UrlSource {
        let computed = |expression: &Expr, source: String| {
            UrlSource::Computed(Computed {
                line: self.reader.line(expression),
                source,
            })
        };
        let mut set = None;
        for setting in &self.reader.urls {
            match self.holds(setting) {
                Some(false) => {}
                Some(true) => set = Some(setting.value),
                None => return computed(setting.value, self.reader.source(setting.value)),
            }
        }
        if let Some(value) = set {
            return match self.value(value) {
                // As ConfigParser has it: what was set is read with its names filled in.
                Literal::Text(text) => UrlSource::Text(text.replace("%%", "%")),
                other => computed(value, other.to_string()),
            };
        }
        if let Some(value) = self.reader.engine_urls().next() {
            return match self.value(value) {
                Literal::Text(text) => UrlSource::Text(text),
                other => computed(value, other.to_string()),
            };
        }
        match self.reader.configure_calls().first() {
            Some(call) if !self.reader.asks_configuration => UrlSource::Computed(Computed {
                line: self.reader.line(*call),
                source: "a connection that is made elsewhere".to_owned(),
            }),
            _ => UrlSource::Configuration,
        }
    }

    /// Whether all tests of a setting come out as it needs them.
    fn holds(&self, setting: &Setting<'_>) -> Option<bool> {
        let mut all = Some(true);
        for Test { condition, wanted } in &setting.tests {
            let outcome = condition.and_then(|condition| self.value(condition).truth());
            match outcome {
                Some(outcome) if outcome != *wanted => return Some(false),
                Some(_) => {}
                None => all = None,
            }
        }
        all
    }

    /// The names and values of a dictionary that is given as keywords.
    pub(super) fn keywords(&self, expression: &Expr) -> Option<Vec<(String, Literal)>> {
        match expression {
            Expr::Name(name) => match self.reader.assigned(name.id.as_str())? {
                Expr::Name(_) => None,
                value => self.keywords(value),
            },
            Expr::Dict(dict) => {
                let entry = |item: &ruff_python_ast::DictItem| {
                    Some((text_of(item.key.as_ref()?)?.to_owned(), self.value(&item.value)))
                };
                dict.items.iter().map(entry).collect()
            }
            Expr::Call(call) if called(call) == "dict" && call.arguments.args.is_empty() => {
                let entry = |keyword: &ruff_python_ast::Keyword| {
                    Some((keyword.arg.as_ref()?.to_string(), self.value(&keyword.value)))
                };
                call.arguments.keywords.iter().map(entry).collect()
            }
            _ => None,
        }
    }

    fn evaluate(&self, expression: &Expr, depth: usize) -> Option<Literal> {
        let depth = depth.checked_sub(1)?;
        let value = |expression| self.evaluate(expression, depth);
        Some(match expression {
            Expr::NoneLiteral(_) => Literal::None,
            Expr::BooleanLiteral(literal) => Literal::Bool(literal.value),
            Expr::StringLiteral(literal) => Literal::Text(literal.value.to_str().to_owned()),
            Expr::NumberLiteral(literal) => Literal::Number(literal.value.as_int()?.as_i64()?),
            Expr::Name(name) => value(self.reader.assigned(name.id.as_str())?)?,
            Expr::Named(named) => value(&named.value)?,
            Expr::BoolOp(operation) => self.either(operation, depth)?,
            Expr::UnaryOp(operation) if operation.op == UnaryOp::Not => {
                Literal::Bool(!value(&operation.operand)?.truth()?)
            }
            Expr::If(conditional) if value(&conditional.test)?.truth()? => value(&conditional.body)?,
            Expr::If(conditional) => value(&conditional.orelse)?,
            Expr::BinOp(operation) if operation.op == Operator::Add => {
                Literal::Text(value(&operation.left)?.text()? + &value(&operation.right)?.text()?)
            }
            Expr::Compare(comparison) => {
                let ([op], [right]) = (&*comparison.ops, &*comparison.comparators) else {
                    return None;
                };
                let equal = value(&comparison.left)? == value(right)?;
                match op {
                    CmpOp::Eq | CmpOp::Is => Literal::Bool(equal),
                    CmpOp::NotEq | CmpOp::IsNot => Literal::Bool(!equal),
                    _ => return None,
                }
            }
            Expr::FString(string) => Literal::Text(self.formatted(string, depth)?),
            Expr::Subscript(subscript) if is_environ(&subscript.value) => {
                Literal::Text(self.variable(text_of(&subscript.slice)?)?)
            }
            Expr::Attribute(attribute) if attribute.attr.as_str() == "config_ini_section" => {
                Literal::Text(self.config.section().to_owned())
            }
            Expr::Call(call) => self.call(call, depth)?,
            _ => return None,
        })
    }

    /// `a or b`, `a and b`.
    fn either(&self, operation: &ruff_python_ast::ExprBoolOp, depth: usize) -> Option<Literal> {
        let stop = operation.op == BoolOp::Or;
        let mut last = None;
        for operand in &operation.values {
            let operand = self.evaluate(operand, depth)?;
            if operand.truth()? == stop {
                return Some(operand);
            }
            last = Some(operand);
        }
        last
    }

    fn formatted(&self, string: &ExprFString, depth: usize) -> Option<String> {
        let mut text = String::new();
        for part in string.value.iter() {
            let elements = match part {
                ruff_python_ast::FStringPart::Literal(literal) => {
                    text.push_str(&literal.value);
                    continue;
                }
                ruff_python_ast::FStringPart::FString(string) => &string.elements,
            };
            for element in elements {
                match element {
                    InterpolatedStringElement::Literal(literal) => text.push_str(&literal.value),
                    InterpolatedStringElement::Interpolation(part)
                        if part.format_spec.is_none() && part.debug_text.is_none() =>
                    {
                        match self.evaluate(&part.expression, depth)? {
                            Literal::Text(part) => text.push_str(&part),
                            other => text.push_str(&other.to_string()),
                        }
                    }
                    InterpolatedStringElement::Interpolation(_) => return None,
                }
            }
        }
        Some(text)
    }

    /// What a call gives: of the configuration, of the environment, of `-x`, or of a function in the file.
    fn call(&self, call: &ExprCall, depth: usize) -> Option<Literal> {
        let arguments = &*call.arguments.args;
        let text = |at: usize| self.evaluate(arguments.get(at)?, depth)?.text();
        let or = |found: Option<String>, at: usize| match found {
            Some(found) => Some(Literal::Text(found)),
            None => self.default(call, at, depth),
        };
        match (called(call), &*call.func) {
            ("get_main_option" | "get_alembic_option", _) => or(self.config.option(&text(0)?).ok()?, 1),
            ("get_section_option", _) => {
                let (section, name) = (text(0)?, text(1)?);
                or(self.config.section_option(&section, &name).ok()?, 2)
            }
            ("getenv", _) => or(self.variable(&text(0)?), 1),
            ("str", _) => Some(Literal::Text(text(0)?)),
            ("bool", _) => Some(Literal::Bool(self.evaluate(arguments.first()?, depth)?.truth()?)),
            ("get", Expr::Attribute(of)) if is_environ(&of.value) => or(self.variable(&text(0)?), 1),
            // On the command line nobody gives any.
            ("get", Expr::Attribute(of))
                if dotted(&of.value).is_some_and(|name| name.ends_with(".attributes")) =>
            {
                self.default(call, 1, depth)
            }
            ("get", Expr::Attribute(of)) if self.is_x(&of.value) => or(self.x(&text(0)?), 1),
            (name, Expr::Attribute(of)) => self.method(name, of, arguments, depth),
            (name, Expr::Name(_)) if call.arguments.is_empty() => {
                self.evaluate(self.reader.returned(name)?, depth)
            }
            _ => None,
        }
    }

    /// What a call gives where nothing is found.
    fn default(&self, call: &ExprCall, at: usize, depth: usize) -> Option<Literal> {
        match call.arguments.find_argument_value("default", at) {
            Some(default) => self.evaluate(default, depth),
            None => Some(Literal::None),
        }
    }

    /// A method of a text.
    fn method(&self, name: &str, of: &ExprAttribute, arguments: &[Expr], depth: usize) -> Option<Literal> {
        if !matches!(name, "replace" | "lower" | "strip") {
            return None;
        }
        let text = |expression| self.evaluate(expression, depth)?.text();
        let whole = text(&of.value)?;
        Some(Literal::Text(match (name, arguments) {
            ("replace", [from, to]) => whole.replace(&text(from)?, &text(to)?),
            ("lower", []) => whole.to_lowercase(),
            ("strip", []) => whole.trim().to_owned(),
            _ => return None,
        }))
    }

    fn variable(&self, name: &str) -> Option<String> {
        let found = self
            .around
            .environment
            .iter()
            .find(|(variable, _)| variable == name);
        found.map(|(_, value)| value.clone())
    }

    /// Whether an expression is `get_x_argument(as_dictionary=True)`, or a name for it.
    fn is_x(&self, expression: &Expr) -> bool {
        let is_call = |expression: &Expr| {
            let Expr::Call(call) = expression else {
                return false;
            };
            called(call) == "get_x_argument"
                && call.arguments.find_argument_value("as_dictionary", 0).is_some()
        };
        match expression {
            Expr::Name(name) => self.reader.assigned(name.id.as_str()).is_some_and(is_call),
            other => is_call(other),
        }
    }

    fn x(&self, name: &str) -> Option<String> {
        self.around.x.iter().rev().find_map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (key == name).then(|| value.to_owned())
        })
    }
}

/// Whether an expression is `os.environ`.
fn is_environ(expression: &Expr) -> bool {
    dotted(expression).is_some_and(|name| name == "environ" || name.ends_with(".environ"))
}
