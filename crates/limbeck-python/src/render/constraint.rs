//! Constraints.

use limbeck_core::Dialect;
use limbeck_core::schema::{Constraint, ConstraintKind, Name, Reference};

use super::code::{as_it_is, call, list, quoted, text};
use super::directive::Directive;
use super::scan::{parenthesised, without_parentheses};
use super::{Writing, escaped};

impl Writing {
    /// A constraint among the arguments of `op.create_table`; `None` where there are no words for it.
    pub(super) fn constraint(&self, name: &str, constraint: &Constraint) -> Option<String> {
        let words = Words::of(constraint)?;
        let named = constraint.named && !self.has_no_name(constraint);
        let name = named.then(|| format!("name={}", as_it_is(name)));
        let columns = constraint.columns.iter().map(|column| quoted(column));
        let (function, mut arguments) = match constraint.kind {
            ConstraintKind::PrimaryKey => ("sa.PrimaryKeyConstraint", columns.collect()),
            ConstraintKind::Unique => ("sa.UniqueConstraint", columns.collect()),
            ConstraintKind::Check => ("sa.CheckConstraint", vec![words.condition()?]),
            ConstraintKind::ForeignKey => {
                let to = targets(constraint.references.as_ref()?)?;
                (
                    "sa.ForeignKeyConstraint",
                    vec![list(&constraint.columns), list(&to)],
                )
            }
            ConstraintKind::Exclude => return None,
        };
        arguments.extend(name);
        arguments.extend(words.options);
        Some(call(function, &arguments))
    }

    pub(super) fn add_constraint(
        &self,
        table: &Name,
        name: &str,
        constraint: &Constraint,
        not_valid: bool,
    ) -> Option<Directive> {
        let mut words = Words::of(constraint)?;
        let is_said = words.options.iter().any(|option| option == NOT_VALID);
        if not_valid && !is_said {
            words.options.push(NOT_VALID.to_owned());
        }
        let is_foreign = constraint.kind == ConstraintKind::ForeignKey;
        let name = match (constraint.named, self.has_no_name(constraint)) {
            (true, false) => as_it_is(name),
            // Alembic can't find another one without a name again.
            (false, _) if !is_foreign => return None,
            _ => "None".to_owned(),
        };
        let columns = list(&constraint.columns);
        let (function, mut arguments) = match constraint.kind {
            ConstraintKind::PrimaryKey => ("create_primary_key", vec![columns]),
            ConstraintKind::Unique => ("create_unique_constraint", vec![columns]),
            ConstraintKind::Check => ("create_check_constraint", vec![words.condition()?]),
            ConstraintKind::ForeignKey => {
                let to = constraint.references.as_ref()?;
                if to.columns.is_empty() {
                    return None;
                }
                let schema = to.table.schema.as_ref();
                words
                    .options
                    .extend(schema.map(|schema| format!("referent_schema={}", quoted(schema))));
                let arguments = vec![quoted(&to.table.name), columns, list(&to.columns)];
                ("create_foreign_key", arguments)
            }
            ConstraintKind::Exclude => return None,
        };
        arguments.append(&mut words.options);
        let mut directive = Directive::alter(function, table, arguments).named(name);
        if is_foreign {
            directive.schema = "source_schema";
        }
        Some(directive)
    }

    pub(super) fn drop_constraint(
        &self,
        table: &Name,
        name: &str,
        constraint: &Constraint,
    ) -> Option<Directive> {
        let kind = match constraint.kind {
            ConstraintKind::PrimaryKey => "type_='primary'",
            ConstraintKind::Unique => "type_='unique'",
            ConstraintKind::Check => "type_='check'",
            ConstraintKind::ForeignKey => "type_='foreignkey'",
            ConstraintKind::Exclude => return None,
        };
        let directive = Directive::alter("drop_constraint", table, vec![kind.to_owned()]);
        constraint.named.then(|| directive.named(as_it_is(name)))
    }

    /// MySQL's primary keys are all called PRIMARY.
    fn has_no_name(&self, constraint: &Constraint) -> bool {
        constraint.kind == ConstraintKind::PrimaryKey
            && matches!(self.dialect, Dialect::Mysql | Dialect::Mariadb)
    }
}

const NOT_VALID: &str = "postgresql_not_valid=True";

/// `['teams.id']`.
fn targets(to: &Reference) -> Option<Vec<String>> {
    let has_dot = |name: &String| name.contains('.');
    let schema = to.table.schema.as_ref();
    if to.columns.is_empty()
        || has_dot(&to.table.name)
        || schema.is_some_and(has_dot)
        || to.columns.iter().any(has_dot)
    {
        return None;
    }
    let target = |column: &String| format!("{}.{column}", to.table);
    Some(to.columns.iter().map(target).collect())
}

/// A definition, taken apart.
struct Words<'a> {
    /// What stands in the parentheses of a check.
    condition: Option<&'a str>,
    options: Vec<String>,
}

impl<'a> Words<'a> {
    /// `None` where something is in it that SQLAlchemy has no word for.
    fn of(constraint: &'a Constraint) -> Option<Self> {
        if constraint.comment.is_some() || constraint.index_comment.is_some() {
            return None;
        }
        let text = constraint.definition.text().trim();
        let (start, options) = match constraint.kind {
            ConstraintKind::PrimaryKey => ("PRIMARY KEY", Vec::new()),
            ConstraintKind::Unique if behind(text, "UNIQUE NULLS NOT DISTINCT").is_some() => (
                "UNIQUE NULLS NOT DISTINCT",
                vec!["postgresql_nulls_not_distinct=True".to_owned()],
            ),
            ConstraintKind::Unique => ("UNIQUE", Vec::new()),
            ConstraintKind::Check => ("CHECK", Vec::new()),
            ConstraintKind::ForeignKey => ("FOREIGN KEY", Vec::new()),
            ConstraintKind::Exclude => return None,
        };
        let (inside, rest) = parenthesised(behind(text, start)?)?;
        let mut words = Self {
            condition: None,
            options,
        };
        let rest = match constraint.kind {
            ConstraintKind::Check => {
                words.condition = Some(without_parentheses(inside));
                rest
            }
            _ if !are_columns(inside, &constraint.columns) => return None,
            ConstraintKind::ForeignKey => {
                let to = behind(rest, "REFERENCES")?;
                parenthesised(&to[to.find('(')?..])?.1
            }
            _ => rest,
        };
        words.take_rest(rest)?;
        Some(words)
    }

    fn condition(&self) -> Option<String> {
        self.condition.map(|condition| text(&escaped(condition)))
    }

    /// What stands behind the columns.
    fn take_rest(&mut self, mut rest: &str) -> Option<()> {
        const ACTIONS: [&str; 5] = ["CASCADE", "RESTRICT", "SET NULL", "SET DEFAULT", "NO ACTION"];
        const PLAIN: [(&str, &str); 6] = [
            ("NOT DEFERRABLE", "deferrable=False"),
            ("DEFERRABLE", "deferrable=True"),
            ("INITIALLY DEFERRED", "initially='DEFERRED'"),
            ("INITIALLY IMMEDIATE", "initially='IMMEDIATE'"),
            ("MATCH FULL", "match='FULL'"),
            ("NOT VALID", NOT_VALID),
        ];
        'rest: while !rest.trim_start().is_empty() {
            for (words, option) in PLAIN {
                if let Some(after) = behind(rest, words) {
                    self.options.push(option.to_owned());
                    rest = after;
                    continue 'rest;
                }
            }
            for (words, keyword) in [("ON UPDATE", "onupdate"), ("ON DELETE", "ondelete")] {
                let Some(after) = behind(rest, words) else {
                    continue;
                };
                let (action, after) = ACTIONS
                    .iter()
                    .find_map(|action| Some((action, behind(after, action)?)))?;
                self.options.push(format!("{keyword}='{action}'"));
                rest = after;
                continue 'rest;
            }
            return None;
        }
        Some(())
    }
}

/// What stands behind words, in any case and with white space before them.
fn behind<'a>(text: &'a str, words: &str) -> Option<&'a str> {
    let text = text.trim_start();
    let start = text.get(..words.len())?;
    let rest = &text[words.len()..];
    let ends = !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_');
    (start.eq_ignore_ascii_case(words) && ends).then_some(rest)
}

/// Whether a list is of these columns, and says nothing else of them.
fn are_columns(list: &str, columns: &[String]) -> bool {
    let plain = |name: &str| {
        let name = name.trim();
        let quoted = name.len() > 1 && name.starts_with(['"', '`']) && name.ends_with(['"', '`']);
        if quoted {
            name[1..name.len() - 1].to_owned()
        } else {
            name.to_owned()
        }
    };
    let parts: Vec<String> = list.split(',').map(plain).collect();
    let same = |(part, column): (&String, &String)| part.eq_ignore_ascii_case(column);
    parts.len() == columns.len() && parts.iter().zip(columns).all(same)
}
