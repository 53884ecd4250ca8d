//! What needs what: as the server says it, and for the bodies of functions, as their words say it.

use std::collections::{BTreeSet, HashMap};

use limbeck_core::Dialect;
use limbeck_core::dialect::{TokenKind, tokens};
use limbeck_core::schema::{Id, Kind, Schema};

use super::cells::Cells;
use super::{Reader, Row, class};

/// The types of rows and arrays are told with what they are of.
pub(super) const QUERY: &str = "SELECT d.classid, d.objid, d.objsubid, d.refclassid, d.refobjid, d.refobjsubid, d.deptype FROM \
    pg_depend d WHERE d.objid >= 16384 AND d.refobjid >= 16384 AND d.deptype IN ('n', 'a', 'i', 'e') AND NOT (d.deptype = 'i' \
    AND d.classid = 'pg_type'::regclass)";

/// One thing as pg_depend names it.
struct Address {
    class: u32,
    oid: u32,
    column: i32,
}

impl Address {
    fn read(row: &mut Cells) -> Self {
        Self {
            class: row.id(),
            oid: row.id(),
            column: row.number(),
        }
    }
}

impl Reader {
    pub(super) fn take_dependencies(&mut self, rows: Vec<Row>) {
        let mut pairs = Vec::with_capacity(rows.len());
        for row in rows {
            let mut row = Cells::new(row);
            let (one, other) = (Address::read(&mut row), Address::read(&mut row));
            if row.letter() == 'e' {
                if let Some(extension) = self.ids.get(&(other.class, other.oid)).cloned() {
                    self.ids.insert((one.class, one.oid), extension);
                }
            } else {
                pairs.push((one, other));
            }
        }
        for (constraint, domain) in std::mem::take(&mut self.domain_constraint_ids) {
            if let Some(domain) = self.ids.get(&(class::TYPE, domain)).cloned() {
                self.ids.insert((class::CONSTRAINT, constraint), domain);
            }
        }
        for (one, other) in &pairs {
            self.take_pair(one, other);
        }
        self.take_bodies();
    }

    fn take_pair(&mut self, one: &Address, other: &Address) {
        let (Some(id), Some(needed)) = (self.id(one), self.id(other)) else {
            return;
        };
        let in_one = one.class == class::CLASS && other.class == class::CLASS && one.oid == other.oid;
        if in_one && (one.column == 0 || other.column == 0) || !self.is_told(&id) {
            return;
        }
        let is_stated = match id.kind {
            Kind::Column => needed.kind == Kind::Table,
            Kind::Constraint | Kind::Index | Kind::Default => {
                matches!(needed.kind, Kind::Table | Kind::Column)
            }
            // A sequence goes with a column, but is there before it.
            Kind::Sequence => return self.sequence_needs(id, needed),
            _ => false,
        };
        if is_stated && needed.name == id.name {
            if id.kind == Kind::Index {
                self.index_needs(&id, &needed);
            }
            return;
        }
        self.schema.depends(id, needed);
    }

    fn sequence_needs(&mut self, id: Id, needed: Id) {
        if !matches!(needed.kind, Kind::Table | Kind::Column) {
            self.schema.depends(id, needed);
        }
    }

    /// Whether a part of a table is told there, and not with the table's parent.
    fn is_told(&self, id: &Id) -> bool {
        let (Some(part), Some(table)) = (&id.part, self.schema.tables.get(&id.name)) else {
            return true;
        };
        match id.kind {
            Kind::Column | Kind::Default => table.column(part).is_some(),
            Kind::Constraint => table.constraints.contains_key(part),
            _ => true,
        }
    }

    /// An index over an expression is about its columns too.
    fn index_needs(&mut self, index: &Id, column: &Id) {
        let (Some(index_name), Some(column)) = (&index.part, &column.part) else {
            return;
        };
        let table = self.schema.tables.get_mut(&index.name);
        if let Some(index) = table.and_then(|table| table.indexes.get_mut(index_name))
            && !index.columns.contains(column)
        {
            index.columns.push(column.clone());
        }
    }

    /// What an address stands for. A column that a table has from its parent is the parent's.
    fn id(&self, address: &Address) -> Option<Id> {
        let id = self.ids.get(&(address.class, address.oid))?;
        if address.class != class::CLASS || address.column == 0 || id.kind != Kind::Table {
            return Some(id.clone());
        }
        let mut relation = self.relations.get(&address.oid)?;
        let column = relation.columns.get(&address.column)?;
        while let Some(table) = self.schema.tables.get(&relation.name) {
            if table.column(column).is_some() {
                break;
            }
            let mut parents = relation
                .parents
                .iter()
                .filter_map(|parent| self.relations.get(parent));
            let has = |parent: &&super::Relation| parent.columns.values().any(|name| name == column);
            match parents.find(has) {
                Some(parent) => relation = parent,
                None => break,
            }
        }
        Some(Id::column(&relation.name, column.clone()))
    }

    /// The server does not look into a body that is text, but wants what stands in it: in SQL everything, in PL/pgSQL the types
    /// of variables.
    fn take_bodies(&mut self) {
        let mut known: HashMap<String, Vec<Id>> = HashMap::new();
        let is_type = |kind| matches!(kind, Kind::Enum | Kind::Domain | Kind::Composite | Kind::Range);
        for id in self.schema.objects.keys() {
            let in_sql = matches!(
                id.kind,
                Kind::View
                    | Kind::MaterializedView
                    | Kind::Function
                    | Kind::Procedure
                    | Kind::Aggregate
                    | Kind::Sequence
            );
            if in_sql || is_type(id.kind) {
                let name = id.name.name.split('(').next().unwrap_or_default();
                known.entry(name.to_owned()).or_default().push(id.clone());
            }
        }
        for name in self.schema.tables.keys() {
            known.entry(name.name.clone()).or_default().push(Id::table(name));
        }
        for body in std::mem::take(&mut self.bodies) {
            let in_sql = match body.language.as_str() {
                "sql" => true,
                "plpgsql" => false,
                _ => continue,
            };
            let mut needed = BTreeSet::new();
            let words = tokens(Dialect::Postgresql, &body.text);
            let words: Vec<_> = words.iter().filter(|token| token.is_significant()).collect();
            for (at, word) in words.iter().enumerate() {
                let name = match word.kind {
                    TokenKind::Word => word.text.to_lowercase(),
                    TokenKind::Name => word.text.trim_matches('"').replace("\"\"", "\""),
                    _ => continue,
                };
                // users%ROWTYPE, users.name%TYPE
                let of_row = words[at + 1..].iter().take(3).any(|token| token.text == "%");
                let ids = known.get(&name).into_iter().flatten();
                needed
                    .extend(ids.filter(|id| in_sql || is_type(id.kind) || of_row && id.kind == Kind::Table));
            }
            for id in needed {
                // What the server says goes before what words say.
                if !needs(&self.schema, id, &body.function) {
                    self.schema.depends(body.function.clone(), id.clone());
                }
            }
        }
    }
}

/// Whether a thing, or what is a part of it, can only be there when the other is.
fn needs(schema: &Schema, id: &Id, other: &Id) -> bool {
    let mut seen = BTreeSet::new();
    let mut open = vec![id.clone()];
    while let Some(id) = open.pop() {
        if id == *other {
            return true;
        }
        if !seen.insert(id.clone()) {
            continue;
        }
        open.extend(schema.dependencies.get(&id).into_iter().flatten().cloned());
        let name = &id.name;
        if id.kind == Kind::Column {
            open.push(Id::table(name));
        }
        if id.kind != Kind::Table {
            continue;
        }
        // What stands in the statement that makes a table.
        if let Some(table) = schema.tables.get(name) {
            for column in &table.columns {
                open.extend([Kind::Column, Kind::Default].map(|kind| Id::part(kind, name, &column.name)));
            }
            let constraints = table.constraints.keys();
            open.extend(constraints.map(|constraint| Id::part(Kind::Constraint, name, constraint)));
        }
    }
    false
}
