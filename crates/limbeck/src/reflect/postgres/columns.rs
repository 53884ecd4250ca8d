//! Columns, attributes of types, and what children have from their parents.

use limbeck_core::schema::{Attribute, Column, Definition, Generated, Id, Identity, Kind, Name, Sql};

use super::cells::{Cells, joined};
use super::{Reader, Scope, class, text};

pub(super) fn columns(version: u32, scope: Scope) -> String {
    let (wanted, kinds, schemas) = (
        scope.with_referenced("a.attrelid"),
        scope.kinds(),
        scope.schemas(),
    );
    let compression = if version < 14 { "NULL" } else { "a.attcompression" };
    let options = joined("a.attoptions");
    format!(
        "SELECT a.attrelid, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), CASE WHEN a.attcollation <> \
         t.typcollation THEN a.attcollation::regcollation::text END, a.attnotnull, d.oid, pg_get_expr(d.adbin, d.adrelid), \
         a.attidentity, a.attgenerated, a.attinhcount, CASE WHEN a.attstorage <> t.typstorage THEN a.attstorage END, \
         {compression}, COALESCE(a.attstattarget, -1), {options} FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid AND \
         c.relkind IN ({kinds}) JOIN pg_namespace n ON n.oid = c.relnamespace AND {schemas} JOIN pg_type t ON \
         t.oid = a.atttypid LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum WHERE {wanted} AND a.attnum > 0 AND NOT \
         a.attisdropped ORDER BY a.attrelid, a.attnum"
    )
}

impl Reader {
    pub(super) fn take_column(&mut self, mut row: Cells) {
        let (oid, number, name) = (row.id(), row.number(), row.text());
        let Some(relation) = self.relations.get_mut(&oid) else {
            return;
        };
        relation.columns.insert(number, name.clone());
        let (kind, of) = (relation.kind, relation.name.clone());
        let (data_type, collation) = (row.text(), row.optional());
        match kind {
            'v' | 'm' if !self.is_of_one => {
                let collation = collation
                    .map(|name| format!(" COLLATE {name}"))
                    .unwrap_or_default();
                let shown = format!("{name} {data_type}{collation}");
                self.view_columns.entry(oid).or_default().push(shown);
                let (_, _) = (row.flag(), row.id());
                if let Some(default) = row.optional() {
                    self.view_defaults.insert((oid, number), default);
                }
            }
            'c' => {
                let id = Id::of(Kind::Composite, of);
                let comment = self.comment(class::CLASS, oid, number);
                if let Some(object) = self.schema.objects.get_mut(&id)
                    && let Definition::Composite { attributes } = &mut object.definition
                {
                    object
                        .part_comments
                        .extend(comment.map(|comment| (name.clone(), comment)));
                    attributes.push(Attribute {
                        name,
                        data_type,
                        collation,
                    });
                }
            }
            _ => {
                let column = Column {
                    collation,
                    ..Column::new(name, data_type)
                };
                self.table_column(oid, number, column, row);
            }
        }
    }

    fn table_column(&mut self, oid: u32, number: i32, mut column: Column, mut row: Cells) {
        let Some(relation) = self.relations.get_mut(&oid) else {
            return;
        };
        column.nullable = !row.flag();
        let (default_id, default) = (row.id(), row.optional());
        column.identity = match row.letter() {
            'a' => Some(Identity::Always(String::new())),
            'd' => Some(Identity::ByDefault(String::new())),
            _ => None,
        };
        let generated = row.letter();
        if row.number() > 0 {
            relation.inherited.insert(number);
        }
        let name = relation.name.clone();
        if let Some(expression) = default {
            let kind = if generated == ' ' {
                column.default = Some(text::stable(expression));
                Kind::Default
            } else {
                column.generated = Some(Generated {
                    expression: text::stable(text::bare(&expression)),
                    stored: generated == 's',
                });
                Kind::Column
            };
            let id = Id::part(kind, &name, &column.name);
            self.ids.insert((class::ATTRIBUTE_DEFAULT, default_id), id);
        }
        column.clauses = clauses(&mut row);
        column.comment = self.comment(class::CLASS, oid, number);
        if let Some(table) = self.schema.tables.get_mut(&name) {
            table.columns.push(column);
        }
    }

    /// Leaves out what tables have from their parents and have as their parents do.
    pub(super) fn fold_inherited(&mut self) {
        let mut told_twice: Vec<(Name, Vec<String>)> = Vec::new();
        for (oid, relation) in &self.relations {
            let Some(table) = self.schema.tables.get(&relation.name) else {
                continue;
            };
            let inherited = relation.inherited.iter().filter_map(|number| {
                let name = relation.columns.get(number)?;
                let column = table.column(name)?;
                let above = self.parents(*oid).find_map(|parent| parent.column(name))?;
                let mut column = column.clone();
                // A partition's numbers come from its parent's sequence.
                column.identity.clone_from(&above.identity);
                column
                    .comment
                    .is_none()
                    .then(|| column.comment.clone_from(&above.comment));
                (column == *above).then(|| name.clone())
            });
            told_twice.push((relation.name.clone(), inherited.collect()));
        }
        for (name, columns) in told_twice {
            if let Some(table) = self.schema.tables.get_mut(&name) {
                table.columns.retain(|column| !columns.contains(&column.name));
            }
        }
    }

    fn parents(&self, oid: u32) -> impl Iterator<Item = &limbeck_core::schema::Table> {
        let parents = self
            .relations
            .get(&oid)
            .map(|relation| relation.parents.as_slice());
        let relations = parents
            .unwrap_or_default()
            .iter()
            .filter_map(|parent| self.relations.get(parent));
        relations.filter_map(|relation| self.schema.tables.get(&relation.name))
    }
}

/// What is not as the column's type has it, each as it follows `ALTER COLUMN … SET`.
fn clauses(row: &mut Cells) -> Vec<Sql> {
    let mut clauses = Vec::new();
    match row.letter() {
        'p' => clauses.push("STORAGE plain".to_owned()),
        'e' => clauses.push("STORAGE external".to_owned()),
        'x' => clauses.push("STORAGE extended".to_owned()),
        'm' => clauses.push("STORAGE main".to_owned()),
        _ => {}
    }
    match row.letter() {
        'p' => clauses.push("COMPRESSION pglz".to_owned()),
        'l' => clauses.push("COMPRESSION lz4".to_owned()),
        _ => {}
    }
    let target = row.number();
    if target >= 0 {
        clauses.push(format!("STATISTICS {target}"));
    }
    if let Some(options) = super::relations::with(&row.list(), "") {
        clauses.push(format!("({options})"));
    }
    clauses.sort();
    clauses.into_iter().map(Sql::verbatim).collect()
}
