//! Triggers and events.

use limbeck_core::schema::{Id, Kind, Name};

use super::{Reading, values};
use crate::database::Row;

impl Reading<'_> {
    /// The rows come in the order in which the triggers of one moment fire.
    pub(super) fn triggers(&mut self, rows: Vec<Row>) {
        let dialect = self.server.dialect;
        let rows: Vec<[String; 6]> = rows.into_iter().filter_map(values).collect();
        for moment in rows.chunk_by(|a, b| a[0] == b[0] && a[2] == b[2] && a[3] == b[3]) {
            let mut before: Option<&String> = None;
            for [table, name, timing, event, body, sql_mode] in moment {
                if self.own.contains(&table.as_str()) {
                    continue;
                }
                let on = Name::new(table.as_str());
                let id = Id::part(Kind::Trigger, &on, name.as_str());
                let follows = before.map(|before| format!("FOLLOWS {}\n", dialect.quoted(before)));
                let create = format!(
                    "CREATE TRIGGER {} {timing} {event} ON {} FOR EACH ROW\n{}{body}",
                    dialect.quoted(name),
                    on.sql(dialect),
                    follows.unwrap_or_default()
                );
                if let Some(before) = before.replace(name) {
                    self.schema
                        .depends(id.clone(), Id::part(Kind::Trigger, &on, before.as_str()));
                }
                self.dependencies.add(id.clone(), body);
                // One that is replaced fires last.
                let alone = moment.len() == 1;
                self.stored(
                    id,
                    format!("TRIGGER {}", dialect.quoted(name)),
                    sql_mode,
                    create,
                    alone,
                );
            }
        }
    }

    pub(super) fn events(&mut self, rows: Vec<Row>) {
        let dialect = self.server.dialect;
        for row in rows.into_iter().filter_map(values) {
            let [
                name,
                kind,
                at,
                interval,
                unit,
                starts,
                ends,
                status,
                completion,
                comment,
                body,
                sql_mode,
                created,
                altered,
            ] = row;
            let mut create = format!("CREATE EVENT {}\n    ON SCHEDULE ", dialect.quoted(&name));
            if kind == "ONE TIME" {
                create += &format!("AT {}", dialect.literal(&at));
            } else {
                create += &format!("EVERY {interval} {unit}");
                // An event starts at once when nobody says otherwise.
                if !starts.is_empty() && starts != created && starts != altered {
                    create += &format!(" STARTS {}", dialect.literal(&starts));
                }
                if !ends.is_empty() {
                    create += &format!(" ENDS {}", dialect.literal(&ends));
                }
            }
            if completion == "PRESERVE" {
                create += "\n    ON COMPLETION PRESERVE";
            }
            create += match status.as_str() {
                "DISABLED" => "\n    DISABLE",
                "SLAVESIDE_DISABLED" => "\n    DISABLE ON SLAVE",
                _ => "",
            };
            if !comment.is_empty() {
                create += &format!("\n    COMMENT {}", dialect.plain_literal(&comment));
            }
            create += &format!("\n    DO {body}");
            let id = Id::of(Kind::Event, Name::new(name.as_str()));
            self.dependencies.add(id.clone(), &body);
            self.stored(
                id,
                format!("EVENT {}", dialect.quoted(&name)),
                &sql_mode,
                create,
                true,
            );
        }
    }
}
