//! The checksum of a revision in Python: of the tokens that its upgrade may run.

use limbeck_core::script::ScriptError;
use ruff_python_ast::token::TokenKind;
use ruff_python_ast::{Expr, Stmt};
use ruff_text_size::{Ranged, TextRange};
use sha2::{Digest, Sha256};

use crate::header;

/// Comments, white space, the docstring, the names that Alembic reads (a revision that is moved in the history runs what it ran)
/// and `downgrade()` do not count; nor does which quotes a text is in, as long as it has none and no backslash in it.
pub(super) fn checksum(file: &str, text: &str) -> Result<String, ScriptError> {
    let parsed =
        ruff_python_parser::parse_module(text).map_err(|error| header::no_python(file, text, &error))?;
    let left_out: Vec<TextRange> = parsed
        .suite()
        .iter()
        .enumerate()
        .filter(|(at, statement)| does_not_count(*at, statement))
        .map(|(_, statement)| statement.range())
        .collect();
    let mut hasher = Sha256::new();
    let mut was_newline = true;
    for token in parsed.tokens() {
        let (kind, range) = token.as_tuple();
        let skipped = matches!(
            kind,
            TokenKind::Comment | TokenKind::NonLogicalNewline | TokenKind::EndOfFile
        );
        if skipped || left_out.iter().any(|left_out| left_out.contains_range(range)) {
            continue;
        }
        // What was left out leaves its line ends behind.
        let is_newline = kind == TokenKind::Newline;
        if is_newline && was_newline {
            continue;
        }
        was_newline = is_newline;
        let token = match kind {
            // How deep something is indented says nothing.
            TokenKind::Newline | TokenKind::Indent | TokenKind::Dedent => String::new(),
            TokenKind::String => plain(&text[range]),
            _ => text[range].replace("\r\n", "\n"),
        };
        hasher.update([mark(kind)]);
        hasher.update((token.len() as u64).to_le_bytes());
        hasher.update(token);
    }
    Ok(hasher
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect())
}

fn does_not_count(at: usize, statement: &Stmt) -> bool {
    let is_header = |target: &Expr| {
        target
            .as_name_expr()
            .is_some_and(|name| header::NAMES.contains(&name.id.as_str()))
    };
    match statement {
        Stmt::Expr(statement) => at == 0 && statement.value.is_string_literal_expr(),
        Stmt::FunctionDef(function) => function.name.as_str() == "downgrade",
        Stmt::Assign(assign) => assign.targets.iter().all(is_header),
        Stmt::AnnAssign(assign) => is_header(&assign.target),
        _ => false,
    }
}

/// What tells tokens apart that have no text, or the same.
fn mark(kind: TokenKind) -> u8 {
    match kind {
        TokenKind::Newline => 1,
        TokenKind::Indent => 2,
        TokenKind::Dedent => 3,
        TokenKind::String => 4,
        _ => 0,
    }
}

fn plain(literal: &str) -> String {
    let literal = literal.replace("\r\n", "\n");
    for quote in ["\"\"\"", "'''", "\"", "'"] {
        let inner = literal
            .strip_prefix(quote)
            .and_then(|rest| rest.strip_suffix(quote));
        if let Some(inner) = inner {
            let is_plain = !inner.contains(['"', '\'', '\\']);
            return if is_plain { inner.to_owned() } else { literal };
        }
    }
    literal
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\"\"\"add a\"\"\"\nrevision = '1'\ndown_revision: str | None = None\n\n\ndef upgrade():\n    op.execute('SELECT 1')\n\n\ndef downgrade():\n    pass\n";

    fn sum(text: &str) -> String {
        checksum("a.py", text).unwrap()
    }

    #[test]
    fn what_an_upgrade_does_not_run_does_not_count() {
        let same = |from: &str, to: &str| {
            assert!(TEXT.contains(from), "{from}");
            assert_eq!(sum(TEXT), sum(&TEXT.replace(from, to)), "{to}");
        };
        same("add a", "add the table a");
        same("\"\"\"add a\"\"\"\n", "# nothing\n\n");
        same("revision = '1'", "revision: str = '2'");
        same(
            "down_revision: str | None = None",
            "down_revision = ('1', '2')\nbranch_labels = 'x'",
        );
        same(
            "    pass",
            "    op.execute('SELECT 2')\n    op.execute('SELECT 3')",
        );
        same("    op.execute", "  op.execute");
        same("('SELECT 1')", "(\n        \"SELECT 1\"  # one\n    )");
        same("\n", "\r\n");
        assert_eq!(sum(TEXT).len(), 64);
    }

    #[test]
    fn what_it_runs_counts() {
        let other = |from: &str, to: &str| assert_ne!(sum(TEXT), sum(&TEXT.replace(from, to)), "{to}");
        other("SELECT 1", "SELECT 2");
        other("SELECT 1", "SELECT  1");
        other("('SELECT 1')", "('SELECT 1', None)");
        other("('SELECT 1')", "('SELECT ' '1')");
        other("    op.execute", "    if x:\n        op.execute");
        other("def upgrade", "import os\ndef upgrade");
    }
}
