//! What is in the database, as it was read since the last statement.

use std::rc::Rc;

use limbeck_core::Dialect;
use limbeck_core::schema::{self, Schema};
use limbeck_core::script::{Depth, find, relations};

use super::Vm;
use crate::value::Outcome;

impl Vm<'_> {
    /// What is in the database: in the connection's own schema for `None`.
    pub(crate) fn schema(&mut self, name: Option<&str>) -> Outcome<Rc<Schema>> {
        if self.offline {
            return Err(self.needs_database("what is in the database".to_owned()));
        }
        let key = name.map(str::to_owned);
        if let Some(schema) = self.schemas.get(&key) {
            return Ok(schema.clone());
        }
        let result = self.bind.schema(name);
        let schema = Rc::new(result.map_err(|error| self.database(error, ""))?);
        self.schemas.insert(key, schema.clone());
        Ok(schema)
    }

    /// The names of tables and views.
    pub(crate) fn relations(&mut self, name: Option<&str>) -> Outcome<Rc<[(String, schema::Kind)]>> {
        let key = name.map(str::to_owned);
        if let Some(known) = self.relations.get(&key) {
            return Ok(known.clone());
        }
        // PostgreSQL's are those of the whole search path.
        let read = self
            .schemas
            .get(&key)
            .filter(|_| self.dialect != Dialect::Postgresql);
        let there = match read {
            Some(schema) => relations(schema),
            None if self.offline => return Err(self.needs_database("what is in the database".to_owned())),
            None => {
                let result = self.bind.relations(name);
                result.map_err(|error| self.database(error, ""))?
            }
        };
        let there: Rc<[(String, schema::Kind)]> = there.into();
        self.relations.insert(key, there.clone());
        Ok(there)
    }

    /// A table, or the columns of a view; no less of it than `depth` says. For `None` it is looked for in the connection's own schema, on
    /// PostgreSQL along the search path. PostgreSQL's have what they inherit, which the schema tells once.
    pub(crate) fn table(
        &mut self,
        schema: Option<&str>,
        name: &str,
        depth: Depth,
    ) -> Outcome<Option<Rc<schema::Table>>> {
        if self.offline {
            return Err(self.needs_database("what is in the database".to_owned()));
        }
        let name = schema::Name {
            schema: schema.map(str::to_owned),
            name: name.to_owned(),
        };
        let known = [Depth::All, depth].map(|depth| self.tables.get(&(name.clone(), depth)));
        if let Some(table) = known.into_iter().flatten().next() {
            return Ok(table.clone());
        }
        let by_itself = match self.dialect {
            Dialect::Postgresql => true,
            Dialect::Sqlite => depth == Depth::Columns && !self.schemas.contains_key(&name.schema),
            Dialect::Mysql | Dialect::Mariadb => false,
        };
        let table = if by_itself {
            let result = self.bind.table(&name, depth);
            result.map_err(|error| self.database(error, ""))?
        } else {
            let there = self.schema(schema)?;
            find(self.dialect, &there, &name.name).map(|known| there.tables[known].clone())
        };
        let table = table.map(Rc::new);
        self.tables.insert((name, depth), table.clone());
        Ok(table)
    }

    pub(super) fn forget_schemas(&mut self) {
        self.tables.clear();
        self.schemas.clear();
        self.relations.clear();
    }
}
