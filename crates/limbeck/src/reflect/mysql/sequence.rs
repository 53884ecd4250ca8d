//! MariaDB's sequences.

use limbeck_core::schema::{Definition, Id, Kind, Name, Object, Sequence};

use super::rest::Rest;
use super::{Reading, values};

impl Reading<'_> {
    pub(super) fn sequences(&mut self, rest: &Rest) {
        let rows = rest.sequences.iter().cloned();
        for [name, comment, start, minimum, maximum, increment, cache, cycle] in rows.filter_map(values) {
            let clauses = clauses(&start, &minimum, &maximum, &increment, &cache, cycle == "1");
            let sequence = Sequence {
                data_type: None,
                clauses,
                owned_by: None,
            };
            let id = Id::of(Kind::Sequence, Name::new(name.as_str()));
            let address = format!("SEQUENCE {}", self.server.dialect.quoted(&name));
            let object = Object {
                comment: (!comment.is_empty()).then_some(comment),
                ..Object::new(address, Definition::Sequence(sequence))
            };
            self.schema.objects.insert(id, object);
        }
    }
}

/// The clauses that say something else than nothing would.
fn clauses(
    start: &str,
    minimum: &str,
    maximum: &str,
    increment: &str,
    cache: &str,
    cycle: bool,
) -> Vec<String> {
    let descends = increment.starts_with('-');
    let (least, most) = if descends {
        ("-9223372036854775807", "-1")
    } else {
        ("1", "9223372036854775806")
    };
    let first = if descends { maximum } else { minimum };
    let mut clauses = Vec::new();
    if start != first {
        clauses.push(format!("START WITH {start}"));
    }
    if minimum != least {
        clauses.push(format!("MINVALUE {minimum}"));
    }
    if maximum != most {
        clauses.push(format!("MAXVALUE {maximum}"));
    }
    if increment != "1" {
        clauses.push(format!("INCREMENT BY {increment}"));
    }
    if cache != "1000" {
        clauses.push(match cache {
            "0" => "NOCACHE".to_owned(),
            _ => format!("CACHE {cache}"),
        });
    }
    if cycle {
        clauses.push("CYCLE".to_owned());
    }
    clauses
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_usual_is_not_said() {
        assert!(clauses("1", "1", "9223372036854775806", "1", "1000", false).is_empty());
        assert_eq!(
            clauses("-1", "-9223372036854775807", "-1", "-2", "0", true),
            ["INCREMENT BY -2", "NOCACHE", "CYCLE"]
        );
        assert_eq!(
            clauses("5", "1", "10", "1", "3", false),
            ["START WITH 5", "MAXVALUE 10", "CACHE 3"]
        );
    }
}
