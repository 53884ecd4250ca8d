//! Types, collations, and what holds them: schemas and extensions.

use limbeck_core::schema::{Definition, Id, Kind, Name};

use super::cells::{Cells, collected};
use super::{FIRST_ID, OF_USER, Reader, SCHEMA, class, literal, of_no_extension, sql, stored, text};

/// Schemas. Public is always there.
pub(super) fn schemas() -> String {
    let own = of_no_extension("pg_namespace", "n.oid");
    format!(
        "SELECT n.oid, n.nspname FROM pg_namespace n WHERE {OF_USER} AND n.nspname <> 'public' AND n.nspname IS DISTINCT FROM \
         current_schema() AND {own}"
    )
}

/// Extensions, but for the one that every database has.
pub(super) fn extensions() -> String {
    format!(
        "SELECT x.oid, x.extname, {SCHEMA} FROM pg_extension x JOIN pg_namespace n ON n.oid = x.extnamespace WHERE x.extname <> \
         'plpgsql'"
    )
}

pub(super) fn types(version: u32) -> String {
    let labels = collected("l.enumlabel", "l.enumsortorder");
    let own = of_no_extension("pg_type", "t.oid");
    let multirange = if version < 14 {
        "NULL, NULL"
    } else {
        "r.rngmultitypid, r.rngmultitypid::regtype"
    };
    format!(
        "SELECT t.oid, t.typarray, {SCHEMA}, t.typname, t.typtype, l.labels, format_type(t.typbasetype, t.typtypmod), CASE WHEN \
         t.typcollation <> b.typcollation THEN t.typcollation::regcollation END, t.typnotnull, pg_get_expr(t.typdefaultbin, 0), \
         format_type(r.rngsubtype, NULL), CASE WHEN NOT o.opcdefault THEN quote_ident(os.nspname) || '.' || quote_ident(o.opcname) END, \
         CASE WHEN r.rngcollation <> s.typcollation THEN r.rngcollation::regcollation END, CASE WHEN r.rngcanonical <> 0 THEN r.rngcanonical END, CASE \
         WHEN r.rngsubdiff <> 0 THEN r.rngsubdiff END, {multirange} FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace AND {OF_USER} LEFT \
         JOIN pg_type b ON b.oid = t.typbasetype LEFT JOIN (SELECT l.enumtypid, {labels} AS labels FROM pg_enum l GROUP BY l.enumtypid) l ON l.enumtypid = t.oid LEFT JOIN \
         pg_range r ON r.rngtypid = t.oid LEFT JOIN pg_type s ON s.oid = r.rngsubtype LEFT JOIN pg_opclass o ON o.oid = r.rngsubopc LEFT JOIN \
         pg_namespace os ON os.oid = o.opcnamespace WHERE t.oid >= {FIRST_ID} AND t.typtype IN ('e', 'd', 'r') AND {own}"
    )
}

pub(super) fn collations(version: u32) -> String {
    let own = of_no_extension("pg_collation", "c.oid");
    let locale = match version {
        0..=14 => "NULL",
        15 | 16 => "c.colliculocale",
        _ => "c.colllocale",
    };
    let rules = if version < 16 { "NULL" } else { "c.collicurules" };
    format!(
        "SELECT c.oid, {SCHEMA}, c.collname, c.collprovider, {locale}, c.collcollate, c.collctype, c.collisdeterministic, {rules} \
         FROM pg_collation c JOIN pg_namespace n ON n.oid = c.collnamespace AND {OF_USER} WHERE c.oid >= {FIRST_ID} AND {own}"
    )
}

impl Reader {
    pub(super) fn take_schema(&mut self, mut row: Cells) {
        let (oid, name) = (row.id(), Name::new(row.text()));
        let address = format!("SCHEMA {}", sql(&name));
        let id = Id::of(Kind::Schema, name);
        self.object((class::NAMESPACE, oid), id, address, Definition::Schema);
    }

    pub(super) fn take_extension(&mut self, mut row: Cells) {
        let (oid, name, schema) = (row.id(), Name::new(row.text()), row.optional());
        let address = format!("EXTENSION {}", sql(&name));
        let id = Id::of(Kind::Extension, name);
        // Its comment is its maker's.
        self.comments.remove(&(class::EXTENSION, oid, 0));
        let definition = Definition::Extension { schema };
        self.object((class::EXTENSION, oid), id, address, definition);
    }

    pub(super) fn take_type(&mut self, mut row: Cells) {
        let (oid, array) = (row.id(), row.id());
        let name = Name {
            schema: row.optional(),
            name: row.text(),
        };
        let letter = row.letter();
        let labels = row.list();
        let (data_type, collation) = (row.text(), row.optional());
        let (nullable, default) = (!row.flag(), row.optional());
        let (kind, address, definition) = match letter {
            'e' => (
                Kind::Enum,
                format!("TYPE {}", sql(&name)),
                Definition::Enum { labels },
            ),
            'd' => (
                Kind::Domain,
                format!("DOMAIN {}", sql(&name)),
                Definition::Domain {
                    data_type,
                    collation,
                    nullable,
                    default: default.map(text::stable),
                    constraints: self.domain_constraints.remove(&oid).unwrap_or_default(),
                },
            ),
            _ => {
                let Some(create) = self.range(&name, &mut row) else {
                    return;
                };
                let multirange = row.id();
                let id = Id::of(Kind::Range, name.clone());
                self.ids.insert((class::TYPE, multirange), id);
                let create = create + &multirange_clause(&name, &row.text());
                (
                    Kind::Range,
                    format!("TYPE {}", sql(&name)),
                    stored(format!("{create})")),
                )
            }
        };
        let id = Id::of(kind, name);
        self.ids.insert((class::TYPE, array), id.clone());
        self.object((class::TYPE, oid), id.clone(), address, definition);
        if let Some(comments) = self.domain_comments.remove(&oid)
            && let Some(domain) = self.schema.objects.get_mut(&id)
        {
            domain.part_comments = comments;
        }
    }

    /// The statement that makes a range type, as far as its multirange. One with functions of its own is made in several steps,
    /// and not told.
    fn range(&self, name: &Name, row: &mut Cells) -> Option<String> {
        let mut create = format!("CREATE TYPE {} AS RANGE (SUBTYPE = {}", sql(name), row.text());
        if let Some(class) = row.optional() {
            create.push_str(&format!(", SUBTYPE_OPCLASS = {class}"));
        }
        if let Some(collation) = row.optional() {
            create.push_str(&format!(", COLLATION = {collation}"));
        }
        if row.optional().is_some() {
            return None;
        }
        if let Some(function) = row.optional() {
            create.push_str(&format!(", SUBTYPE_DIFF = {function}"));
        }
        Some(create)
    }

    pub(super) fn take_collation(&mut self, mut row: Cells) {
        let oid = row.id();
        let name = Name {
            schema: row.optional(),
            name: row.text(),
        };
        let (provider, locale) = (row.letter(), row.optional());
        let (collate, ctype, deterministic) = (row.text(), row.text(), row.flag());
        let mut parameters = match provider {
            'i' => vec!["provider = icu".to_owned()],
            'b' => vec!["provider = builtin".to_owned()],
            _ => Vec::new(),
        };
        match locale {
            Some(locale) => parameters.push(format!("locale = {}", literal(&locale))),
            None if collate == ctype => parameters.push(format!("locale = {}", literal(&collate))),
            None => {
                parameters.push(format!("lc_collate = {}", literal(&collate)));
                parameters.push(format!("lc_ctype = {}", literal(&ctype)));
            }
        }
        if !deterministic {
            parameters.push("deterministic = false".to_owned());
        }
        if let Some(rules) = row.optional() {
            parameters.push(format!("rules = {}", literal(&rules)));
        }
        let address = format!("COLLATION {}", sql(&name));
        let create = format!("CREATE {address} ({})", parameters.join(", "));
        let id = Id::of(Kind::Collation, name);
        self.object((class::COLLATION, oid), id, address, stored(create));
    }
}

/// The name of a range's multirange, where it is not the one that the server would give.
fn multirange_clause(range: &Name, told: &str) -> String {
    let usual = if range.name.contains("range") {
        range.name.replacen("range", "multirange", 1)
    } else {
        format!("{}_multirange", range.name)
    };
    if told.is_empty() || told == sql(&range.sibling(&usual)) {
        return String::new();
    }
    format!(", MULTIRANGE_TYPE_NAME = {told}")
}
