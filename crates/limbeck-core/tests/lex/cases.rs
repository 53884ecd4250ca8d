//! Runs `cases/lex/<dialect>/*.txt`, one behaviour a file, named by its path.
//!
//! A file has the input below `==== input` and what it splits into below `==== statements`: each statement behind
//! a line with its place, then the problems with theirs. `==== tokens` is optional, and lists the significant tokens.
//! With `==== input escaped`, `\r`, `\0`, `\u{…}` and `\\` stand for characters, in the other sections too.
//! `UPDATE_EXPECT=1` rewrites all sections but the first.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use limbeck_core::Dialect;
use limbeck_core::dialect::{split, tokens};

#[test]
fn cases() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/lex");
    let update = std::env::var_os("UPDATE_EXPECT").is_some();
    let mut failures = Vec::new();
    let mut count = 0;
    for dialect in Dialect::ALL {
        for file in files(&root.join(dialect.name())) {
            count += 1;
            let found = std::fs::read_to_string(&file).expect("a case is text");
            let wanted = Case::parse(&found).map(|case| case.run(dialect));
            let name = file
                .strip_prefix(&root)
                .expect("it was found there")
                .display()
                .to_string();
            match wanted {
                Err(message) => failures.push(format!("{name}: {message}")),
                Ok(wanted) if wanted == found => {}
                Ok(wanted) if update => std::fs::write(&file, wanted).expect("the case can be written"),
                Ok(wanted) => failures.push(format!("{name}: found\n{wanted}\nbut the file says\n{found}")),
            }
        }
    }
    assert!(
        count >= 120,
        "only {count} cases were found in {}",
        root.display()
    );
    assert!(
        failures.is_empty(),
        "{} of {count} cases failed:\n{}",
        failures.len(),
        failures.join("\n")
    );
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("every dialect has cases");
    let mut files: Vec<_> = entries
        .map(|entry| entry.expect("the folder can be read").path())
        .collect();
    files.sort();
    files
}

struct Case {
    escaped: bool,
    shows_tokens: bool,
    /// As it stands in the file.
    input: String,
}

impl Case {
    fn parse(text: &str) -> Result<Self, String> {
        let (first, rest) = text.split_once('\n').ok_or("the case is empty")?;
        let escaped = match first {
            "==== input" => false,
            "==== input escaped" => true,
            other => return Err(format!("the first line is {other:?} instead of '==== input'")),
        };
        // A case is new until its expectations have been written.
        let (input, expected) = rest.split_once("\n==== statements\n").unwrap_or((rest, ""));
        let shows_tokens =
            expected.lines().any(|line| line == "==== tokens") || input.ends_with("\n==== tokens");
        let input = input.trim_end_matches("\n==== tokens").to_owned();
        Ok(Self {
            escaped,
            shows_tokens,
            input,
        })
    }

    /// The file as it should be.
    fn run(&self, dialect: Dialect) -> String {
        let sql = if self.escaped {
            unescape(&self.input)
        } else {
            self.input.clone()
        };
        let show = |text: &str| {
            if self.escaped {
                escape(text)
            } else {
                text.to_owned()
            }
        };
        let split = split(dialect, &sql);
        let kind = if self.escaped { " escaped" } else { "" };
        let mut file = format!("==== input{kind}\n{}\n==== statements\n", self.input);
        for piece in split.pieces.iter().filter(|piece| !piece.sql.is_empty()) {
            let _ = writeln!(file, ">> {}\n{}", place(&sql, piece.offset), show(piece.sql));
        }
        for problem in &split.problems {
            let _ = writeln!(file, "!! {} {}", place(&sql, problem.offset), problem.message);
        }
        if self.shows_tokens {
            file.push_str("==== tokens\n");
            for token in tokens(dialect, &sql)
                .iter()
                .filter(|token| token.is_significant())
            {
                let _ = writeln!(file, "{:?} {}", token.kind, show(token.text));
            }
        }
        let joined: String = split
            .pieces
            .iter()
            .flat_map(|piece| [piece.before, piece.sql, piece.after])
            .collect();
        assert_eq!(joined, sql, "the pieces joined give the input back");
        let joined: String = tokens(dialect, &sql).iter().map(|token| token.text).collect();
        assert_eq!(joined, sql, "the tokens joined give the input back");
        file
    }
}

/// Line and column, both from 1, the column in characters.
fn place(text: &str, offset: usize) -> String {
    let before = &text[..offset];
    let line = before.rsplit('\n').next().unwrap_or_default();
    format!(
        "{}:{}",
        before.matches('\n').count() + 1,
        line.chars().count() + 1
    )
}

fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for char in text.chars() {
        match char {
            '\\' => escaped.push_str("\\\\"),
            '\r' => escaped.push_str("\\r"),
            '\0' => escaped.push_str("\\0"),
            '\n' | ' '..='~' => escaped.push(char),
            _ => escaped.extend(char.escape_unicode()),
        }
    }
    escaped
}

fn unescape(text: &str) -> String {
    let mut parts = text.split('\\');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    while let Some(part) = parts.next() {
        if part.is_empty() {
            // Two backslashes: what follows is as it stands.
            plain.push('\\');
            plain.push_str(parts.next().unwrap_or_default());
        } else if let Some((code, rest)) = part.strip_prefix("u{").and_then(|part| part.split_once('}')) {
            let code = u32::from_str_radix(code, 16).ok().and_then(char::from_u32);
            plain.push(code.expect("the code in \\u{…} is a character's"));
            plain.push_str(rest);
        } else if let Some(rest) = part.strip_prefix('r') {
            plain.push('\r');
            plain.push_str(rest);
        } else if let Some(rest) = part.strip_prefix('0') {
            plain.push('\0');
            plain.push_str(rest);
        } else {
            panic!("\\{part:?} is no escape that cases know");
        }
    }
    plain
}
