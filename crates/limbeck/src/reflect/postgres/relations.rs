//! Tables, views, and what has columns like them.

use limbeck_core::schema::{Definition, Id, Kind, Name, Replace, Table, TableOption};

use super::cells::{Cells, joined};
use super::{
    OF_USER, Reader, Relation, SCHEMA, Scope, class, completed, literal, of_no_extension, quoted, sql, text,
};

/// Tables, views and composite types.
pub(super) fn relations(scope: Scope) -> String {
    let (wanted, kinds, schemas) = (scope.with_referenced("c.oid"), scope.kinds(), scope.schemas());
    let (options, toast) = (joined("c.reloptions"), joined("tc.reloptions"));
    let kept = scope.kept();
    format!(
        "SELECT c.oid, {SCHEMA}, c.relname, c.relkind, rt.oid, rt.typarray, c.relispartition, c.relpersistence, {options}, {toast}, am.amname, \
         sp.spcname, c.relrowsecurity, c.relforcerowsecurity, CASE c.relkind WHEN 'p' THEN pg_get_partkeydef(c.oid) END, CASE \
         WHEN c.relispartition THEN pg_get_expr(c.relpartbound, c.oid) END FROM pg_class c JOIN pg_namespace n ON n.oid = \
         c.relnamespace AND {schemas} LEFT JOIN pg_class tc ON tc.oid = c.reltoastrelid LEFT JOIN pg_am am ON am.oid = c.relam \
         AND am.amname <> 'heap' LEFT JOIN pg_tablespace sp ON sp.oid = c.reltablespace LEFT JOIN pg_type rt ON rt.oid = \
         c.reltype WHERE {wanted} AND c.relkind IN ({kinds}) AND {kept} ORDER BY c.oid"
    )
}

pub(super) const INHERITS: &str =
    "SELECT i.inhrelid, i.inhparent FROM pg_inherits i ORDER BY i.inhrelid, i.inhseqno";

/// What views show.
pub(super) fn views() -> String {
    let options = joined("c.reloptions");
    let own = of_no_extension("pg_class", "c.oid");
    format!(
        "SELECT c.oid, pg_get_viewdef(c.oid), {options}, am.amname, sp.spcname FROM pg_class c JOIN pg_namespace n ON n.oid = \
         c.relnamespace AND {OF_USER} LEFT JOIN pg_am am ON am.oid = c.relam AND am.amname <> 'heap' LEFT JOIN pg_tablespace sp \
         ON sp.oid = c.reltablespace WHERE c.relkind IN ('v', 'm') AND {own}"
    )
}

impl Reader {
    pub(super) fn take_relation(&mut self, mut row: Cells) {
        let oid = row.id();
        let name = Name {
            schema: row.optional(),
            name: row.text(),
        };
        if self.own.contains(&name.name) {
            return;
        }
        let kind = row.letter();
        let (row_type, array_type) = (row.id(), row.id());
        let id = match kind {
            'v' => Id::of(Kind::View, name.clone()),
            'm' => Id::of(Kind::MaterializedView, name.clone()),
            'c' => Id::of(Kind::Composite, name.clone()),
            _ => Id::table(&name),
        };
        for key in [
            (class::CLASS, oid),
            (class::TYPE, row_type),
            (class::TYPE, array_type),
        ] {
            self.ids.insert(key, id.clone());
        }
        let is_partition = row.flag();
        let relation = Relation {
            name: name.clone(),
            kind,
            columns: Default::default(),
            inherited: Default::default(),
            parents: Vec::new(),
            is_partition,
        };
        self.relations.insert(oid, relation);
        match kind {
            _ if self.is_of_one => {
                let table = Table {
                    comment: self.comment(class::CLASS, oid, 0),
                    ..Table::default()
                };
                self.schema.tables.insert(name, table);
            }
            'r' | 'p' => {
                let table = Table {
                    options: table_options(&mut row),
                    comment: self.comment(class::CLASS, oid, 0),
                    ..Table::default()
                };
                self.schema.tables.insert(name, table);
            }
            'c' => {
                let definition = Definition::Composite {
                    attributes: Vec::new(),
                };
                let address = format!("TYPE {}", sql(&name));
                self.object((class::TYPE, row_type), id, address, definition);
            }
            _ => {}
        }
    }

    pub(super) fn take_inheritance(&mut self, mut row: Cells) {
        let (child, parent) = (row.id(), row.id());
        let Some(above) = self.relations.get(&parent).map(|relation| relation.name.clone()) else {
            return;
        };
        let Some(relation) = self.relations.get_mut(&child) else {
            return;
        };
        relation.parents.push(parent);
        let (name, is_partition) = (relation.name.clone(), relation.is_partition);
        self.schema.depends(Id::table(&name), Id::table(&above));
        let Some(table) = self.schema.tables.get_mut(&name) else {
            return;
        };
        let above = sql(&above);
        if is_partition {
            if let Some(bound) = table.options.get_mut(&TableOption::PartitionOf) {
                *bound = format!("{above} {bound}");
            }
        } else {
            let parents = table.options.entry(TableOption::Inherits).or_default();
            if !parents.is_empty() {
                parents.push_str(", ");
            }
            parents.push_str(&above);
        }
    }

    pub(super) fn take_view(&mut self, mut row: Cells) {
        let oid = row.id();
        let Some(relation) = self.relations.get(&oid) else {
            return;
        };
        let (name, kind) = (relation.name.clone(), relation.kind);
        let query = row.text();
        let query = query.trim_end().trim_end_matches(';');
        let options = with(&row.list(), "");
        let mut clauses = String::new();
        if let Some(method) = row.optional() {
            clauses.push_str(&format!(" USING {}", quoted(&method)));
        }
        if let Some(options) = options {
            clauses.push_str(&format!(" WITH ({options})"));
        }
        if let Some(space) = row.optional() {
            clauses.push_str(&format!(" TABLESPACE {}", quoted(&space)));
        }
        let view = sql(&name);
        let extra = self.of_view_columns(oid, &view);
        if kind == 'm' {
            let create = format!("CREATE MATERIALIZED VIEW {view}{clauses} AS\n{query}");
            let address = format!("MATERIALIZED VIEW {view}");
            let id = Id::of(Kind::MaterializedView, name);
            self.object((class::CLASS, oid), id, address, completed(create, &extra));
            return;
        }
        let create = format!("VIEW {view}{clauses} AS\n{query}{extra}");
        let definition = Definition::Stored {
            create: text::stable(format!("CREATE {create}")),
            replace: Some(Replace {
                statement: text::stable(format!("CREATE OR REPLACE {create}")),
                signature: self.view_columns.remove(&oid).unwrap_or_default(),
            }),
        };
        let id = Id::of(Kind::View, name);
        self.object((class::CLASS, oid), id, format!("VIEW {view}"), definition);
    }

    /// The statements for what views have beside their query: comments and defaults of columns.
    fn of_view_columns(&self, oid: u32, view: &str) -> String {
        let Some(relation) = self.relations.get(&oid) else {
            return String::new();
        };
        let mut statements = String::new();
        for (number, column) in &relation.columns {
            let column = quoted(column);
            if let Some(default) = self.view_defaults.get(&(oid, *number)) {
                statements.push_str(&format!(
                    ";\nALTER VIEW {view} ALTER COLUMN {column} SET DEFAULT {default}"
                ));
            }
            if let Some(comment) = self.comment(class::CLASS, oid, *number) {
                let comment = literal(&comment);
                statements.push_str(&format!(";\nCOMMENT ON COLUMN {view}.{column} IS {comment}"));
            }
        }
        statements
    }
}

fn table_options(row: &mut Cells) -> std::collections::BTreeMap<TableOption, String> {
    let mut options = std::collections::BTreeMap::new();
    let mut set = |option, value: Option<String>| {
        if let Some(value) = value {
            options.insert(option, value);
        }
    };
    set(TableOption::Unlogged, (row.letter() == 'u').then(String::new));
    let (own, toast) = (row.list(), row.list());
    let parameters = [with(&own, ""), with(&toast, "toast.")];
    let parameters: Vec<String> = parameters.into_iter().flatten().collect();
    set(
        TableOption::With,
        (!parameters.is_empty()).then(|| parameters.join(", ")),
    );
    set(TableOption::Using, row.optional().map(|name| quoted(&name)));
    set(TableOption::Tablespace, row.optional().map(|name| quoted(&name)));
    set(TableOption::RowSecurity, row.flag().then(|| "ENABLE".to_owned()));
    set(
        TableOption::ForceRowSecurity,
        row.flag().then(|| "FORCE".to_owned()),
    );
    set(TableOption::PartitionBy, row.optional());
    set(TableOption::PartitionOf, row.optional());
    options
}

/// Storage parameters as they stand in `WITH (…)`.
pub(super) fn with(parameters: &[String], prefix: &str) -> Option<String> {
    let plain = |value: &str| {
        !value.is_empty()
            && value
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'))
            && (value.starts_with(|c: char| c.is_ascii_digit() || c == '-')
                || quoted(value) == value
                || matches!(value, "true" | "false" | "on"))
    };
    let mut written: Vec<String> = Vec::new();
    for parameter in parameters {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        let value = if plain(value) {
            value.to_owned()
        } else {
            literal(value)
        };
        written.push(format!("{prefix}{}={value}", quoted(name)));
    }
    (!written.is_empty()).then(|| written.join(", "))
}
