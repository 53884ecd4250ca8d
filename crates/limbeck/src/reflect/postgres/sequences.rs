//! Sequences, and the columns that they number.

use limbeck_core::dialect::generated_name;
use limbeck_core::schema::{Definition, Id, Identity, Kind, Name, Sequence};

use super::cells::Cells;
use super::{OF_USER, Reader, SCHEMA, class, of_no_extension, sql};

pub(super) fn sequences() -> String {
    let own = of_no_extension("pg_class", "c.oid");
    format!(
        "SELECT c.oid, {SCHEMA}, c.relname, c.oid::regclass, format_type(s.seqtypid, NULL), s.seqstart, s.seqincrement, s.seqmin, s.seqmax, \
         s.seqcache, s.seqcycle, d.refobjid, d.refobjsubid, d.deptype, c.relpersistence FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN \
         pg_namespace n ON n.oid = c.relnamespace AND {OF_USER} LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid \
         AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i') WHERE {own}"
    )
}

/// What a sequence is numbered by.
struct Numbers {
    start: i64,
    increment: i64,
    least: i64,
    greatest: i64,
    cache: i64,
    cycle: bool,
}

impl Numbers {
    fn read(row: &mut Cells) -> Self {
        Self {
            start: row.big(),
            increment: row.big(),
            least: row.big(),
            greatest: row.big(),
            cache: row.big(),
            cycle: row.flag(),
        }
    }

    /// The clauses for what is not as it would be without them.
    fn clauses(&self, data_type: &str) -> Vec<String> {
        let (low, high) = match data_type {
            "smallint" => (i64::from(i16::MIN), i64::from(i16::MAX)),
            "integer" => (i64::from(i32::MIN), i64::from(i32::MAX)),
            _ => (i64::MIN, i64::MAX),
        };
        let rises = self.increment > 0;
        let (least, greatest) = if rises { (1, high) } else { (low, -1) };
        let start = if rises { self.least } else { self.greatest };
        let numbers = [
            ("INCREMENT BY", self.increment, 1),
            ("MINVALUE", self.least, least),
            ("MAXVALUE", self.greatest, greatest),
            ("START WITH", self.start, start),
            ("CACHE", self.cache, 1),
        ];
        let told = numbers.iter().filter(|(_, value, usual)| value != usual);
        let mut clauses: Vec<String> = told.map(|(words, value, _)| format!("{words} {value}")).collect();
        if self.cycle {
            clauses.push("CYCLE".to_owned());
        }
        clauses
    }
}

impl Reader {
    pub(super) fn take_sequence(&mut self, mut row: Cells) {
        let oid = row.id();
        let name = Name {
            schema: row.optional(),
            name: row.text(),
        };
        let (told, data_type) = (row.text(), row.text());
        let clauses = Numbers::read(&mut row).clauses(&data_type);
        let (table, number, how) = (row.id(), row.number(), row.letter());
        let id = Id::of(Kind::Sequence, name.clone());
        if table == 0 {
            self.sequence(oid, id, data_type, clauses, None);
            return;
        }
        // A sequence of limbeck's own tables is limbeck's.
        let Some(relation) = self.relations.get(&table) else {
            return;
        };
        let of = relation.name.clone();
        let Some(column_name) = relation.columns.get(&number).cloned() else {
            return;
        };
        let usual = of.sibling(generated_name(&of.name, &column_name, "seq"));
        let is_commented = self.comment(class::CLASS, oid, 0).is_some();
        let columns = self.table(table).map(|table| table.columns.iter_mut());
        let column = columns.and_then(|mut columns| columns.find(|column| column.name == column_name));
        let Some(column) = column else {
            return;
        };
        if how == 'i' {
            let mut options = clauses;
            if name != usual {
                options.insert(0, format!("SEQUENCE NAME {}", sql(&name)));
            }
            if let Some(Identity::Always(told) | Identity::ByDefault(told)) = &mut column.identity {
                *told = options.join(" ");
            }
            self.ids.insert((class::CLASS, oid), Id::column(&of, column_name));
            return;
        }
        let next = format!("nextval({}::regclass)", super::literal(&told));
        let is_serial = name == usual
            && !is_commented
            && !column.nullable
            && clauses.is_empty()
            && data_type == column.data_type
            && column
                .default
                .as_ref()
                .is_some_and(|default| default.text() == next);
        if is_serial {
            column.default = None;
            column.identity = Some(Identity::Serial);
            self.ids.insert((class::CLASS, oid), Id::column(&of, column_name));
        } else {
            self.sequence(oid, id, data_type, clauses, Some((of, column_name)));
        }
    }

    fn sequence(
        &mut self,
        oid: u32,
        id: Id,
        data_type: String,
        clauses: Vec<String>,
        owned_by: Option<(Name, String)>,
    ) {
        let address = format!("SEQUENCE {}", sql(&id.name));
        let definition = Definition::Sequence(Sequence {
            data_type: (data_type != "bigint").then_some(data_type),
            clauses,
            owned_by,
        });
        self.object((class::CLASS, oid), id, address, definition);
    }
}
