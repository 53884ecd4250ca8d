//! What is no table: made, dropped, and changed in its place.

use super::enums::{self, Domain};
use super::{ACCESS_EXCLUSIVE, Planner, SHARE_ROW_EXCLUSIVE, alone, comment_on, quoted, sql};
use crate::Dialect;
use crate::dialect::split;
use crate::op::Op;
use crate::plan::{Hazard, Statement};
use crate::schema::{Definition, Id, Kind, Object};

impl Planner<'_> {
    pub(super) fn create_object(&mut self, id: &Id, object: &Object) {
        let name = sql(&id.name);
        match &object.definition {
            Definition::Schema => self.push(Statement::new(format!("CREATE SCHEMA {name}"))),
            Definition::Extension { schema } => {
                let schema = schema
                    .as_ref()
                    .map(|schema| format!(" SCHEMA {}", quoted(schema)));
                let schema = schema.unwrap_or_default();
                self.push(Statement::new(format!(
                    "CREATE EXTENSION IF NOT EXISTS {name}{schema}"
                )));
            }
            Definition::Enum { labels } => self.push(Statement::new(enums::create_enum(&id.name, labels))),
            Definition::Domain { .. } => {
                if let Some(domain) = Domain::of(&object.definition) {
                    self.create_domain(&id.name, &domain);
                }
            }
            Definition::Composite { attributes } => {
                self.push(Statement::new(enums::create_composite(&id.name, attributes)));
            }
            Definition::Sequence(sequence) => self.create_sequence(&id.name, sequence),
            Definition::Stored { create, .. } if self.is_on_view_in_use(id) => {
                let text = create.text().replacen(" INDEX ", " INDEX CONCURRENTLY ", 1);
                self.apart.push(alone(Statement::new(text)));
                let comment = object.comment.as_deref();
                let comment = comment.map(|comment| comment_on(&object.address, Some(comment)));
                self.last.extend(comment);
                return;
            }
            Definition::Stored { create, .. } => self.create_stored(id, create.text()),
        }
        self.comment_on_object(id, object);
    }

    /// Pushes the statements of a text: the one that makes the object, and those that complete it.
    fn create_stored(&mut self, id: &Id, text: &str) {
        for part in split(Dialect::Postgresql, text).statements() {
            let statement = self.locking_by_kind(id, Statement::new(part.sql));
            self.push(statement);
        }
    }

    /// The lock that a trigger or the like needs on its table.
    fn locking_by_kind(&self, id: &Id, statement: Statement) -> Statement {
        match id.kind {
            Kind::Trigger => self.locking(statement, &id.name, SHARE_ROW_EXCLUSIVE),
            Kind::Rule | Kind::Policy => self.locking(statement, &id.name, ACCESS_EXCLUSIVE),
            _ => statement,
        }
    }

    /// Whether an object is an index on a materialized view that is in use.
    fn is_on_view_in_use(&self, id: &Id) -> bool {
        let view = Id::of(Kind::MaterializedView, id.name.clone());
        let is_new = self.ops.iter().any(|op| match op {
            Op::CreateObject { id, .. } => *id == view,
            _ => false,
        });
        id.kind == Kind::Index && self.change.online && !is_new && self.now.objects.contains_key(&view)
    }

    pub(super) fn drop_object(&mut self, id: &Id, object: &Object) {
        let mut statement = Statement::new(format!("DROP {}", object.address));
        if matches!(object.definition, Definition::Sequence(_)) {
            statement = statement.with(Hazard::DataLoss(format!(
                "the number that {} has reached",
                id.name
            )));
        }
        if matches!(id.kind, Kind::Trigger | Kind::Rule | Kind::Policy) {
            statement = self.locking(statement, &id.name, ACCESS_EXCLUSIVE);
        }
        self.push(statement);
    }

    pub(super) fn alter_object(&mut self, id: &Id, from: &Object, to: &Object) {
        let before = self.statements.len();
        match (&from.definition, &to.definition) {
            (Definition::Enum { labels }, Definition::Enum { labels: wanted }) if labels != wanted => {
                self.alter_enum(id, labels, wanted);
            }
            (Definition::Domain { .. }, Definition::Domain { .. }) => self.alter_domain(id, from, to),
            (Definition::Composite { attributes }, Definition::Composite { attributes: wanted }) => {
                self.alter_composite(id, attributes, wanted);
            }
            (Definition::Sequence(sequence), Definition::Sequence(wanted)) => {
                self.alter_sequence(&id.name, sequence, wanted);
            }
            (
                Definition::Stored { create, .. },
                Definition::Stored {
                    create: wanted,
                    replace,
                },
            ) if create != wanted => {
                let replace = replace.as_ref().map_or(wanted, |replace| &replace.statement);
                self.replace_stored(id, create.text(), wanted.text(), replace.text());
            }
            _ => {}
        }
        if self.is_made(id, before) {
            self.comment_on_object(id, to);
        } else {
            self.alter_object_comments(id, from, to);
        }
    }

    /// Whether one of the statements from a place on makes a type.
    fn is_made(&self, id: &Id, from: usize) -> bool {
        let name = sql(&id.name);
        let starts = ["TYPE", "DOMAIN"].map(|word| format!("CREATE {word} {name} AS "));
        let mut statements = self.statements[from..].iter();
        statements.any(|statement| starts.iter().any(|start| statement.sql.starts_with(start)))
    }

    /// Replaces an object, unless it stays as it is but for what completes it: comments on its parts, and whether it is enabled.
    /// What completed the old one and is not said of the new one is taken back.
    fn replace_stored(&mut self, id: &Id, from: &str, to: &str, replace: &str) {
        let parts = |text| -> Vec<String> {
            let split = split(Dialect::Postgresql, text);
            split.statements().map(|part| part.sql.to_owned()).collect()
        };
        let (before, after) = (parts(from), parts(to));
        if before.first() == after.first() {
            for part in after.iter().filter(|part| !before.contains(part)) {
                let statement = self.locking_by_kind(id, Statement::new(part));
                self.push(statement);
            }
        } else {
            self.create_stored(id, replace);
        }
        for part in before.iter().skip(1).filter_map(|part| undo(part, &after)) {
            let statement = self.locking_by_kind(id, Statement::new(part));
            self.push(statement);
        }
    }
}

/// The statement that takes back what completed an object, unless it is said again, or something else instead.
fn undo(statement: &str, after: &[String]) -> Option<String> {
    let is_said = |start: &str| after.iter().any(|other| other.starts_with(start));
    for (word, back) in [
        (" IS ", "IS NULL"),
        (" SET DEFAULT ", "DROP DEFAULT"),
        (" SET STATISTICS ", "SET STATISTICS -1"),
    ] {
        if let Some((start, _)) = statement.split_once(word) {
            return (!is_said(&format!("{start}{word}"))).then(|| format!("{start} {back}"));
        }
    }
    for words in [" DISABLE", " ENABLE REPLICA", " ENABLE ALWAYS"] {
        if let Some((start, what)) = statement.split_once(words) {
            let is_otherwise = after
                .iter()
                .skip(1)
                .any(|other| other.starts_with(&format!("{start} ")));
            return (!is_otherwise).then(|| format!("{start} ENABLE{what}"));
        }
    }
    None
}
