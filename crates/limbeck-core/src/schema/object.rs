use std::collections::BTreeMap;

use super::{Name, Sql};

/// What is in a schema and is no table, nor a column, constraint or index of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// What `DROP` and `COMMENT ON` call it: `VIEW recent_posts`, `FUNCTION add(integer, integer)`, `TRIGGER touch ON users`.
    pub address: String,
    /// What it is.
    pub definition: Definition,
    /// The comment on it; never empty.
    pub comment: Option<String>,
    /// PostgreSQL: the comments on its parts, by their names: a composite type's attributes, a domain's constraints.
    pub part_comments: BTreeMap<String, String>,
}

impl Object {
    /// An object without comments.
    ///
    /// ```
    /// use limbeck_core::schema::{Definition, Object};
    ///
    /// let mood = Object::new("TYPE mood", Definition::Enum { labels: vec!["calm".to_owned()] });
    /// assert!(mood.comment.is_none() && mood.part_comments.is_empty());
    /// ```
    pub fn new(address: impl Into<String>, definition: Definition) -> Self {
        Self {
            address: address.into(),
            definition,
            comment: None,
            part_comments: BTreeMap::new(),
        }
    }
}

/// What an object is. What can only be made and dropped is the statement that makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Definition {
    /// PostgreSQL: a schema.
    Schema,
    /// PostgreSQL: an extension, in a schema. Its version is the server's matter.
    Extension {
        /// The schema that it is in, where that is not the default one.
        schema: Option<String>,
    },
    /// PostgreSQL: an enum.
    Enum {
        /// Its values, in order.
        labels: Vec<String>,
    },
    /// PostgreSQL: a domain.
    Domain {
        /// The type below it.
        data_type: String,
        /// The collation, where it is not the type's.
        collation: Option<String>,
        /// Whether it may be NULL.
        nullable: bool,
        /// What it is when no value is given.
        default: Option<Sql>,
        /// What follows the names of its constraints.
        constraints: BTreeMap<String, Sql>,
    },
    /// PostgreSQL: a composite type.
    Composite {
        /// Its attributes, in order.
        attributes: Vec<Attribute>,
    },
    /// A sequence.
    Sequence(Sequence),
    /// Whatever is made by one statement: a view, a function, a trigger …
    Stored {
        /// The statement that makes it, without a semicolon.
        create: Sql,
        /// How it can be made anew in its place, if it can.
        replace: Option<Replace>,
    },
}

/// A statement that makes an object anew in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replace {
    /// The statement: `CREATE OR REPLACE VIEW …`.
    pub statement: Sql,
    /// What others may rely on: a view's columns, a function's arguments and result. It may only grow at its end.
    pub signature: Vec<String>,
}

impl Replace {
    /// Whether `after` can take this one's place.
    ///
    /// ```
    /// use limbeck_core::schema::{Replace, Sql};
    ///
    /// let view = |columns: &[&str]| Replace {
    ///     statement: Sql::verbatim("CREATE OR REPLACE VIEW …"),
    ///     signature: columns.iter().map(ToString::to_string).collect(),
    /// };
    /// assert!(view(&["id integer"]).allows(&view(&["id integer", "name text"])));
    /// assert!(!view(&["id integer"]).allows(&view(&["name text"])));
    /// ```
    pub fn allows(&self, after: &Self) -> bool {
        after.signature.starts_with(&self.signature)
    }
}

/// A part of a composite type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// Its name.
    pub name: String,
    /// Its type.
    pub data_type: String,
    /// The collation, where it is not the type's.
    pub collation: Option<String>,
}

/// A sequence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sequence {
    /// The type of its numbers, where the database has several.
    pub data_type: Option<String>,
    /// The clauses of its definition, in the order of the manual: `INCREMENT BY 2`, `CYCLE`.
    pub clauses: Vec<String>,
    /// PostgreSQL: the table and column that it goes with.
    pub owned_by: Option<(Name, String)>,
}
