//! What a plan does as Alembic's directives: `op.create_table(…)` where they have words for it, and `op.execute(…)` of the plan's own SQL for
//! everything else.

mod alter;
mod code;
mod column;
mod constraint;
mod data_type;
mod directive;
mod index;
mod ops;
mod scan;
mod table;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use limbeck_core::Dialect;
use limbeck_core::op::Op;
use limbeck_core::plan::Statement;
use limbeck_core::schema::Name;

use code::{block, text};
use directive::{Directive, batch};

/// How directives are written.
///
/// # Examples
/// ```
/// use limbeck_core::Dialect;
/// use limbeck_core::op::Op;
/// use limbeck_core::plan::{Change, plan};
/// use limbeck_core::schema::{Column, Name, Schema};
/// use limbeck_python::Writing;
///
/// let column = Box::new(Column::new("email", "character varying(200)"));
/// let ops = [Op::AddColumn { table: Name::new("users"), column }];
/// let nothing = Schema::default();
/// let change = Change { dialect: Dialect::Postgresql, from: &nothing, to: &nothing, online: true };
/// let writing = Writing { dialect: Dialect::Postgresql, ..Writing::default() };
/// assert_eq!(
///     writing.body(&plan(&change, &ops)).lines,
///     ["op.add_column('users', sa.Column('email', sa.String(length=200), nullable=True))"]
/// );
/// ```
#[derive(Debug, Clone)]
pub struct Writing {
    /// The database that the plan is for.
    pub dialect: Dialect,
    /// Whether what is done to a table that is there is written as a batch (`render_as_batch`).
    pub batch: bool,
    /// PostgreSQL: the enums that there are, by their names as they stand in SQL, with their values.
    pub enums: BTreeMap<String, Vec<String>>,
}

impl Default for Writing {
    fn default() -> Self {
        Self {
            dialect: Dialect::Sqlite,
            batch: false,
            enums: BTreeMap::new(),
        }
    }
}

/// The body of `upgrade()` or `downgrade()`.
///
/// # Examples
/// ```
/// let body = limbeck_python::Writing::default().body(&[]);
/// assert_eq!(body.indented(), "pass");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Body {
    /// Its lines, without the spaces before them.
    pub lines: Vec<String>,
    /// The lines of imports that it needs, beside those of `op` and `sa`.
    pub imports: BTreeSet<String>,
}

impl Body {
    /// Its text, with four spaces before every line but the first. A text in triple quotes is as it is.
    ///
    /// # Examples
    /// ```
    /// let lines = ["with x:".to_owned(), "    op.execute(\"\"\"a\nb\"\"\")".to_owned()].into();
    /// let body = limbeck_python::Body { lines, ..Default::default() };
    /// assert_eq!(body.indented(), "with x:\n        op.execute(\"\"\"a\nb\"\"\")");
    /// ```
    pub fn indented(&self) -> String {
        if self.lines.is_empty() {
            return "pass".to_owned();
        }
        let mut text = String::new();
        for (at, line) in self.lines.iter().enumerate() {
            match (at, line.is_empty()) {
                (0, _) => {}
                (_, true) => text.push('\n'),
                (_, false) => text.push_str("\n    "),
            }
            text.push_str(line);
        }
        text
    }
}

/// Directives that belong together, with what stands above them.
struct Part {
    /// Whether they are in no transaction.
    autocommit: bool,
    /// The table that is altered by a batch, if it is one.
    batch: Option<Name>,
    comments: Vec<String>,
    lines: Vec<String>,
}

impl Part {
    fn is_with(&self, other: &Self) -> bool {
        self.autocommit == other.autocommit && self.batch == other.batch
    }
}

impl Writing {
    /// Writes statements of a plan.
    pub fn body(&self, statements: &[Statement]) -> Body {
        let mut imports = BTreeSet::new();
        let mut all: HashMap<*const Op, usize> = HashMap::new();
        for statement in statements {
            *all.entry(statement.ops.as_ptr()).or_default() += 1;
        }
        let parts: Vec<Part> = statements
            .chunk_by(Statement::is_of)
            .flat_map(|together| {
                let is_all = all[&together[0].ops.as_ptr()] == together.len();
                self.parts(together, is_all, &mut imports)
            })
            .collect();
        let mut lines = Vec::new();
        for block in parts.chunk_by(Part::is_with) {
            if !lines.is_empty() {
                lines.push(String::new());
            }
            let mut depth = 0;
            if block[0].autocommit {
                lines.push("with op.get_context().autocommit_block():".to_owned());
                depth += 1;
            }
            if let Some(table) = &block[0].batch {
                lines.push(format!("{}{}", indent(depth), batch(table)));
                depth += 1;
            }
            lines.extend(inside(block, depth));
        }
        Body { lines, imports }
    }

    /// What statements that do the same ops are written as; the words of a directive say all of an op, so that they can't stand for
    /// some of its statements.
    fn parts(&self, together: &[Statement], is_all: bool, imports: &mut BTreeSet<String>) -> Vec<Part> {
        let mut wanted = BTreeSet::new();
        let is_said = is_all || matches!(&*together[0].ops, [Op::AddConstraint { .. }]);
        if is_said && let Some(directives) = self.directives(together, &mut wanted) {
            imports.extend(wanted);
            let comments = comments(together);
            return self.directed(together[0].autocommit, comments, directives);
        }
        let plain = together.iter().map(|statement| Part {
            autocommit: statement.autocommit,
            batch: None,
            comments: comments(std::slice::from_ref(statement)),
            lines: vec![executed(statement)],
        });
        plain.collect()
    }

    fn directed(&self, autocommit: bool, comments: Vec<String>, directives: Vec<Directive>) -> Vec<Part> {
        let mut comments = Some(comments);
        let parts = directives.into_iter().map(|directive| {
            let batch = directive.table.clone().filter(|_| self.batch && directive.alters);
            Part {
                autocommit,
                comments: comments.take().unwrap_or_default(),
                lines: directive.lines(batch.is_some()),
                batch,
            }
        });
        parts.collect()
    }
}

/// A statement as it is. Where somebody has to put a value in, that may be one with quotes.
fn executed(statement: &Statement) -> String {
    let sql = escaped(&statement.sql);
    let text = if statement.to_do { block(&sql) } else { text(&sql) };
    format!("op.execute({text})")
}

/// The lines of parts that stand in the same blocks.
fn inside(parts: &[Part], depth: usize) -> Vec<String> {
    let is_long = |part: &Part| part.lines.len() > 1 || part.lines[0].contains('\n');
    let mut lines = Vec::new();
    for (at, part) in parts.iter().enumerate() {
        // What takes several lines stands apart.
        let before = at.checked_sub(1).map(|before| &parts[before]);
        if before.is_some_and(|before| !part.comments.is_empty() || is_long(before) || is_long(part)) {
            lines.push(String::new());
        }
        let all = part.comments.iter().chain(&part.lines);
        lines.extend(all.map(|line| format!("{}{line}", indent(depth))));
    }
    lines
}

fn indent(depth: usize) -> String {
    "    ".repeat(depth)
}

/// Why statements are there, and what they may hurt.
fn comments(statements: &[Statement]) -> Vec<String> {
    let mut comments: Vec<String> = Vec::new();
    for remark in statements.iter().flat_map(Statement::remarks) {
        let comment = format!("# {remark}");
        if !comments.contains(&comment) {
            comments.push(comment);
        }
    }
    comments
}

/// SQL as `text()` wants it: a colon before a name would be a parameter.
fn escaped(sql: &str) -> String {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut escaped = String::with_capacity(sql.len());
    let mut before = None;
    for (at, c) in sql.char_indices() {
        let behind = &sql[at + c.len_utf8()..];
        let word = behind.trim_start_matches(is_word);
        let is_name = word.len() < behind.len() && !word.starts_with(':');
        let follows_none = before.is_none_or(|before| !is_word(before) && before != ':' && before != '\\');
        if c == ':' && is_name && follows_none || c == '\\' && behind.starts_with(':') {
            escaped.push('\\');
        }
        escaped.push(c);
        before = Some(c);
    }
    escaped
}
