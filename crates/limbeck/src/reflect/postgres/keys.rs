//! Constraints and indexes.

use limbeck_core::schema::{Constraint, ConstraintKind, Id, Index, Kind, Name, Reference};

use super::cells::{Cells, joined};
use super::{Reader, Scope, class, quoted, sql, stored, text};
use limbeck_core::schema::Definition;

/// Those of tables and of domains. Each `NOT NULL` of PostgreSQL 18 is its column's.
pub(super) fn constraints(scope: Scope) -> String {
    let (wanted, schemas) = (scope.only("k.conrelid", "true"), scope.schemas());
    let options = joined("x.reloptions");
    format!(
        "SELECT k.oid, k.conrelid, k.contypid, k.conname, k.contype, pg_get_constraintdef(k.oid), k.conkey, k.confrelid, \
         k.confkey, k.coninhcount, k.conislocal, k.conindid, {options} FROM pg_constraint k JOIN pg_namespace n ON n.oid = k.connamespace AND {schemas} \
         LEFT JOIN pg_class x ON x.oid = k.conindid AND k.contype <> 'f' WHERE {wanted} AND k.contype IN ('p', 'u', 'x', 'c', 'f')"
    )
}

/// Those that no constraint made, nor a partitioned index, unless it is asked for one table.
pub(super) fn indexes(scope: Scope) -> String {
    let (wanted, schemas) = (scope.only("i.indrelid", "NOT x.relispartition"), scope.schemas());
    format!(
        "SELECT i.indexrelid, i.indrelid, x.relname, i.indisunique, substr(pg_get_indexdef(i.indexrelid), length(format('CREATE %sINDEX \
         %I ON %s%I.%I ', CASE WHEN i.indisunique THEN 'UNIQUE ' END, x.relname, CASE c.relkind WHEN 'p' THEN 'ONLY ' END, n.nspname, \
         c.relname)) + 1), i.indkey FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_class \
         c ON c.oid = i.indrelid AND c.relkind IN ('r', 'p', 'm') JOIN pg_namespace n ON n.oid = c.relnamespace AND {schemas} \
         WHERE {wanted} AND i.indisvalid AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', \
         'u', 'x'))"
    )
}

impl Reader {
    pub(super) fn take_constraint(&mut self, mut row: Cells) {
        let (oid, table, domain, name) = (row.id(), row.id(), row.id(), row.text());
        let (letter, told) = (row.letter(), row.text());
        if domain != 0 {
            if let Some(comment) = self.comment(class::CONSTRAINT, oid, 0) {
                let comments = self.domain_comments.entry(domain).or_default();
                comments.insert(name.clone(), comment);
            }
            self.domain_constraints
                .entry(domain)
                .or_default()
                .insert(name, text::stable(told));
            self.domain_constraint_ids.push((oid, domain));
            return;
        }
        let Some(relation) = self.relations.get(&table) else {
            return;
        };
        let of = relation.name.clone();
        let is_partition = relation.is_partition;
        let columns = row.numbers();
        let (foreign, foreign_columns) = (row.id(), row.numbers());
        let (ancestors, is_local, index) = (row.number(), row.flag(), row.id());
        let parameters = super::relations::with(&row.list(), "");
        let id = Id::part(Kind::Constraint, &of, &name);
        self.ids.insert((class::CONSTRAINT, oid), id.clone());
        let kind = match letter {
            'p' => ConstraintKind::PrimaryKey,
            'u' => ConstraintKind::Unique,
            'x' => ConstraintKind::Exclude,
            'f' => ConstraintKind::ForeignKey,
            _ => ConstraintKind::Check,
        };
        if index != 0 && kind != ConstraintKind::ForeignKey {
            self.ids.insert((class::CLASS, index), id);
        }
        // What comes from a parent is the parent's.
        if !self.is_of_one && ancestors > 0 && (is_partition || !is_local) {
            return;
        }
        let references = self.relations.get(&foreign).map(|relation| relation.name.clone());
        let references = references.map(|table| Reference {
            table,
            columns: self.column_names(foreign, &foreign_columns),
        });
        let constraint = Constraint {
            kind,
            definition: text::stable(with_parameters(&told, parameters)),
            columns: self.column_names(table, &columns),
            references,
            named: true,
            comment: self.comment(class::CONSTRAINT, oid, 0),
            index_comment: self
                .comment(class::CLASS, index, 0)
                .filter(|_| kind != ConstraintKind::ForeignKey),
        };
        if let Some(table) = self.schema.tables.get_mut(&of) {
            table.constraints.insert(name, constraint);
        }
    }

    pub(super) fn take_index(&mut self, mut row: Cells) {
        let (oid, of) = (row.id(), row.id());
        let Some(relation) = self.relations.get(&of) else {
            return;
        };
        let (table, is_view) = (relation.name.clone(), relation.kind == 'm' && !self.is_of_one);
        let (name, unique, definition, columns) = (row.text(), row.flag(), row.text(), row.numbers());
        let id = Id::part(Kind::Index, &table, &name);
        if is_view {
            self.view_index(oid, &table, id, &name, unique, &definition);
            return;
        }
        self.ids.insert((class::CLASS, oid), id);
        let index = Index {
            unique,
            definition: text::stable(definition),
            columns: self.column_names(of, &columns),
            comment: self.comment(class::CLASS, oid, 0),
        };
        if let Some(table) = self.schema.tables.get_mut(&table) {
            table.indexes.insert(name, index);
        }
    }

    fn view_index(&mut self, oid: u32, view: &Name, id: Id, name: &str, unique: bool, definition: &str) {
        let unique = if unique { "UNIQUE " } else { "" };
        let definition = definition.strip_prefix("USING btree ").unwrap_or(definition);
        let create = format!(
            "CREATE {unique}INDEX {} ON {} {definition}",
            quoted(name),
            sql(view)
        );
        let address = format!("INDEX {}", sql(&view.sibling(name)));
        self.schema
            .depends(id.clone(), Id::of(Kind::MaterializedView, view.clone()));
        let definition: Definition = stored(create);
        self.object((class::CLASS, oid), id, address, definition);
    }
}

/// A key's definition with the parameters of its index, which the server leaves out.
fn with_parameters(told: &str, parameters: Option<String>) -> String {
    let Some(parameters) = parameters else {
        return told.to_owned();
    };
    let end = [" WHERE (", " DEFERRABLE"]
        .iter()
        .filter_map(|word| told.find(word))
        .min()
        .unwrap_or(told.len());
    format!("{} WITH ({parameters}){}", &told[..end], &told[end..])
}
