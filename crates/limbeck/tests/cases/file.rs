//! The text of a case.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::world::Database;

/// A case, read.
pub(crate) struct Case {
    /// The text above the expectations.
    body: String,
    pub(crate) databases: Vec<Database>,
    /// Whether the laws are tried on its history too.
    pub(crate) laws: bool,
    pub(crate) sections: Vec<Section>,
    expected: BTreeMap<Database, String>,
}

/// A part of a case that does something.
pub(crate) enum Section {
    File { path: String, bytes: Vec<u8> },
    Run(Vec<String>),
}

const MARK: &str = "=== ";

impl Case {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut parts = split(text).into_iter();
        let (_, head) = parts.next().ok_or("the case is empty")?;
        let mut case = Self {
            body: text
                .split(&format!("\n{MARK}expect"))
                .next()
                .unwrap_or_default()
                .trim_end()
                .to_owned(),
            databases: Database::ALL.to_vec(),
            laws: true,
            sections: Vec::new(),
            expected: BTreeMap::new(),
        };
        for line in head.lines().filter(|line| !line.is_empty()) {
            case.head(line)?;
        }
        for (mark, content) in parts {
            case.section(&mark, &content)?;
        }
        Ok(case)
    }

    fn head(&mut self, line: &str) -> Result<(), String> {
        match line.split_once(": ") {
            Some(("about", _)) => {}
            Some(("laws", "no")) => self.laws = false,
            Some(("only", names)) => {
                self.databases = names.split(' ').map(str::parse).collect::<Result<_, _>>()?;
            }
            _ => {
                return Err(format!(
                    "the head has {line:?}: it takes 'only: DATABASES', 'laws: no' and 'about: …'"
                ));
            }
        }
        Ok(())
    }

    fn section(&mut self, mark: &str, content: &str) -> Result<(), String> {
        let words: Vec<&str> = mark.split(' ').collect();
        match words.as_slice() {
            ["file", path] => self.sections.push(Section::File {
                path: (*path).to_owned(),
                bytes: content.as_bytes().to_vec(),
            }),
            ["file", path, "escaped"] => self.sections.push(Section::File {
                path: (*path).to_owned(),
                bytes: unescape(content)?,
            }),
            ["run"] => self.sections.push(Section::Run(verbs(content))),
            ["expect"] => {
                for database in &self.databases {
                    self.expected.insert(*database, content.to_owned());
                }
            }
            ["expect", names @ ..] => {
                for name in names {
                    self.expected.insert(name.parse()?, content.to_owned());
                }
            }
            _ => return Err(format!("'{MARK}{mark}' is no section: it is file, run or expect")),
        }
        Ok(())
    }

    /// The files as they are before anything is run.
    pub(crate) fn history(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.sections.iter().map_while(|section| match section {
            Section::File { path, bytes } => Some((path.as_str(), bytes.as_slice())),
            Section::Run(_) => None,
        })
    }

    /// The whole file, with what was told as its expectation.
    pub(crate) fn text_with(&self, told: &BTreeMap<Database, String>) -> String {
        let mut text = format!("{}\n", self.body);
        let mut written = Vec::new();
        for (database, output) in told {
            if written.contains(&output) {
                continue;
            }
            let same: Vec<_> = told
                .iter()
                .filter(|(_, other)| *other == output)
                .map(|(database, _)| database.name())
                .collect();
            let names = if same.len() == told.len() {
                String::new()
            } else {
                format!(" {}", same.join(" "))
            };
            let _ = write!(text, "\n{MARK}expect{names}\n{output}");
            written.push(output);
            let _ = database;
        }
        text
    }

    /// What is not as expected, by database.
    pub(crate) fn difference(&self, told: &BTreeMap<Database, String>) -> String {
        let mut text = String::new();
        for (database, found) in told {
            let wanted = self.expected.get(database).map_or("", String::as_str);
            if wanted.trim_end() != found.trim_end() {
                let _ = writeln!(
                    text,
                    "on {} it says\n{found}--- instead of\n{wanted}",
                    database.name()
                );
            }
        }
        if text.is_empty() {
            text.push_str("the expectations are laid out otherwise: UPDATE_EXPECT=1 writes them");
        }
        text
    }
}

/// The text before the first mark, then each mark with what stands below it.
fn split(text: &str) -> Vec<(String, String)> {
    let mut parts = vec![(String::new(), String::new())];
    for line in text.split_inclusive('\n') {
        match line.strip_prefix(MARK) {
            Some(mark) => parts.push((mark.trim_end().to_owned(), String::new())),
            None => parts.last_mut().expect("there is one").1.push_str(line),
        }
    }
    let last = parts.len() - 1;
    for (at, (mark, content)) in parts.iter_mut().enumerate() {
        // An empty line before the next mark is for the eye.
        let is_followed = at < last;
        if is_followed && content.ends_with("\n\n") && !mark.is_empty() {
            content.pop();
        }
    }
    parts
}

fn verbs(content: &str) -> Vec<String> {
    let mut verbs: Vec<String> = Vec::new();
    for line in content.lines().filter(|line| !line.trim().is_empty()) {
        match verbs.last_mut() {
            Some(last) if line.starts_with(' ') => {
                last.push('\n');
                last.push_str(line.trim());
            }
            _ => verbs.push(line.to_owned()),
        }
    }
    verbs
}

fn unescape(text: &str) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some((plain, escape)) = rest.split_once('\\') {
        bytes.extend_from_slice(plain.as_bytes());
        let hex =
            |digits: &str| u32::from_str_radix(digits, 16).map_err(|error| format!("\\{digits}: {error}"));
        rest = match escape.as_bytes().first() {
            Some(b'\\') => {
                bytes.push(b'\\');
                &escape[1..]
            }
            Some(b'r') => {
                bytes.push(b'\r');
                &escape[1..]
            }
            Some(b'x') => {
                bytes.push(u8::try_from(hex(&escape[1..3])?).expect("two digits are a byte"));
                &escape[3..]
            }
            Some(b'u') => {
                let (code, rest) = escape[2..].split_once('}').ok_or("\\u{ has no }")?;
                let char = char::from_u32(hex(code)?).ok_or("the code is no character's")?;
                bytes.extend_from_slice(char.to_string().as_bytes());
                rest
            }
            other => return Err(format!("\\{other:?} is no escape that cases know")),
        };
    }
    bytes.extend_from_slice(rest.as_bytes());
    Ok(bytes)
}
