//! What is attached to tables and views: triggers, rules, policies, statistics; and to the database: event triggers.

use limbeck_core::schema::{Definition, Id, Kind, Name, Replace};

use super::cells::{Cells, collected};
use super::{OF_USER, Reader, class, completed, of_no_extension, quoted, sql, stored, text};

/// Those that constraints have, and that partitions have from their parents, are told with these.
pub(super) fn triggers() -> String {
    format!(
        "SELECT g.oid, g.tgrelid, g.tgname, g.tgenabled, g.tgconstraint <> 0, format('%I.%I', n.nspname, c.relname), \
         pg_get_triggerdef(g.oid) FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid JOIN pg_namespace n ON n.oid = \
         c.relnamespace AND {OF_USER} WHERE NOT g.tgisinternal AND g.tgparentid = 0"
    )
}

pub(super) fn rules() -> String {
    format!(
        "SELECT r.oid, r.ev_class, r.rulename, r.ev_enabled, format('%I.%I', n.nspname, c.relname), CASE WHEN r.rulename <> \
         '_RETURN' THEN pg_get_ruledef(r.oid) END FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class JOIN pg_namespace n \
         ON n.oid = c.relnamespace AND {OF_USER}"
    )
}

pub(super) fn policies() -> String {
    let roles = collected(
        "CASE u.id WHEN 0 THEN 'PUBLIC' ELSE quote_ident(r.rolname) END",
        "r.rolname",
    );
    format!(
        "SELECT p.oid, p.polrelid, p.polname, p.polcmd, p.polpermissive, (SELECT {roles} FROM unnest(p.polroles) u(id) LEFT JOIN \
         pg_roles r ON r.oid = u.id), pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid) FROM pg_policy \
         p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace AND {OF_USER}"
    )
}

pub(super) fn statistics() -> String {
    format!(
        "SELECT s.oid, s.stxrelid, NULLIF(n.nspname, current_schema()), s.stxname, format('%I.%I', n.nspname, s.stxname), \
         pg_get_statisticsobjdef(s.oid), COALESCE(s.stxstattarget, -1) FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace AND {OF_USER}"
    )
}

pub(super) fn event_triggers() -> String {
    format!(
        "SELECT t.oid, t.evtname, t.evtevent, (SELECT string_agg(quote_literal(g), ', ') FROM unnest(t.evttags) g), t.evtfoid::regproc, \
         t.evtenabled FROM pg_event_trigger t WHERE {}",
        of_no_extension("pg_event_trigger", "t.oid")
    )
}

/// The words for when a trigger or rule works, where that is not the usual.
fn enabled(letter: char) -> Option<&'static str> {
    match letter {
        'D' => Some("DISABLE"),
        'R' => Some("ENABLE REPLICA"),
        'A' => Some("ENABLE ALWAYS"),
        _ => None,
    }
}

/// What can be made anew in its place by `CREATE OR REPLACE`, if it can, with what completes it.
fn replaceable(create: String, rest: &str, is_replaceable: bool) -> Definition {
    match create.strip_prefix("CREATE ").filter(|_| is_replaceable) {
        Some(what) => Definition::Stored {
            create: text::stable(format!("{create}{rest}")),
            replace: Some(Replace {
                statement: text::stable(format!("CREATE OR REPLACE {what}{rest}")),
                signature: Vec::new(),
            }),
        },
        None => completed(create, rest),
    }
}

impl Reader {
    pub(super) fn take_trigger(&mut self, mut row: Cells) {
        let (oid, of, name) = (row.id(), row.id(), row.text());
        let Some(relation) = self.relations.get(&of) else {
            return;
        };
        let table = relation.name.clone();
        let (letter, is_constraint) = (row.letter(), row.flag());
        let (told, definition) = (row.text(), row.text());
        let (on, trigger) = (sql(&table), quoted(&name));
        let definition = definition.replacen(&format!(" ON {told} "), &format!(" ON {on} "), 1);
        let state = enabled(letter);
        let state = state.map(|words| format!(";\nALTER TABLE {on} {words} TRIGGER {trigger}"));
        let is_replaceable = self.version >= 14 && !is_constraint;
        let definition = replaceable(definition, &state.unwrap_or_default(), is_replaceable);
        self.attach(
            (class::TRIGGER, oid),
            of,
            Kind::Trigger,
            &name,
            "TRIGGER",
            definition,
        );
    }

    pub(super) fn take_rule(&mut self, mut row: Cells) {
        let (oid, of, name) = (row.id(), row.id(), row.text());
        let Some(relation) = self.relations.get(&of) else {
            return;
        };
        let table = relation.name.clone();
        let (letter, told) = (row.letter(), row.text());
        let Some(definition) = row.optional() else {
            // What a view's query needs, the view needs.
            if let Some(view) = self.ids.get(&(class::CLASS, of)).cloned() {
                self.ids.insert((class::REWRITE, oid), view);
            }
            return;
        };
        let (on, rule) = (sql(&table), quoted(&name));
        let definition = definition.trim_end().trim_end_matches(';');
        let definition = definition.replacen(&format!(" TO {told}"), &format!(" TO {on}"), 1);
        let state = enabled(letter);
        let state = state.map(|words| format!(";\nALTER TABLE {on} {words} RULE {rule}"));
        let definition = replaceable(definition, &state.unwrap_or_default(), true);
        self.attach((class::REWRITE, oid), of, Kind::Rule, &name, "RULE", definition);
    }

    pub(super) fn take_policy(&mut self, mut row: Cells) {
        let (oid, of, name) = (row.id(), row.id(), row.text());
        let Some(relation) = self.relations.get(&of) else {
            return;
        };
        let mut create = format!("CREATE POLICY {} ON {}", quoted(&name), sql(&relation.name));
        let command = match row.letter() {
            'r' => " FOR SELECT",
            'a' => " FOR INSERT",
            'w' => " FOR UPDATE",
            'd' => " FOR DELETE",
            _ => "",
        };
        if !row.flag() {
            create.push_str(" AS RESTRICTIVE");
        }
        create.push_str(command);
        let roles = row.list();
        if roles != ["PUBLIC"] && !roles.is_empty() {
            create.push_str(&format!(" TO {}", roles.join(", ")));
        }
        if let Some(condition) = row.optional() {
            create.push_str(&format!(" USING ({})", text::bare(&condition)));
        }
        if let Some(condition) = row.optional() {
            create.push_str(&format!(" WITH CHECK ({})", text::bare(&condition)));
        }
        self.attach(
            (class::POLICY, oid),
            of,
            Kind::Policy,
            &name,
            "POLICY",
            stored(create),
        );
    }

    pub(super) fn take_statistics(&mut self, mut row: Cells) {
        let (oid, of) = (row.id(), row.id());
        let Some(relation) = self.relations.get(&of) else {
            return;
        };
        let table = relation.name.clone();
        let name = Name {
            schema: row.optional(),
            name: row.text(),
        };
        let (told, definition, target) = (row.text(), row.text(), row.number());
        let address = format!("STATISTICS {}", sql(&name));
        let definition = definition.replacen(
            &format!("CREATE STATISTICS {told}"),
            &format!("CREATE {address}"),
            1,
        );
        let target = (target >= 0).then(|| format!(";\nALTER {address} SET STATISTICS {target}"));
        let part = if name.schema == table.schema {
            name.name.clone()
        } else {
            name.to_string()
        };
        let id = Id::part(Kind::Statistics, &table, part);
        self.schema.depends(id.clone(), Id::table(&table));
        let create = completed(definition, &target.unwrap_or_default());
        self.object((class::STATISTICS, oid), id, address, create);
    }

    pub(super) fn take_event_trigger(&mut self, mut row: Cells) {
        let (oid, name, event) = (row.id(), row.text(), row.text());
        let tags = row.optional().map(|tags| format!(" WHEN TAG IN ({tags})"));
        let (function, letter) = (row.text(), row.letter());
        let address = format!("EVENT TRIGGER {}", quoted(&name));
        let state = enabled(letter).map(|words| format!(";\nALTER {address} {words}"));
        let create = format!(
            "CREATE {address} ON {event}{} EXECUTE FUNCTION {function}()",
            tags.unwrap_or_default()
        );
        let definition = completed(create, &state.unwrap_or_default());
        let id = Id::of(Kind::EventTrigger, Name::new(name));
        self.object((class::EVENT_TRIGGER, oid), id, address, definition);
    }

    /// Takes over what is a part of a table or view.
    fn attach(
        &mut self,
        key: (u32, u32),
        of: u32,
        kind: Kind,
        name: &str,
        word: &str,
        definition: Definition,
    ) {
        let Some(relation) = self.relations.get(&of) else {
            return;
        };
        let id = Id::part(kind, &relation.name, name);
        let address = format!("{word} {} ON {}", quoted(name), sql(&relation.name));
        if let Some(owner) = self.ids.get(&(class::CLASS, of)) {
            self.schema.depends(id.clone(), owner.clone());
        }
        self.object(key, id, address, definition);
    }
}
