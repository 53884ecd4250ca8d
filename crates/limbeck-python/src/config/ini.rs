//! alembic.ini, read as Python's ConfigParser reads it.

use std::path::Path;

use indexmap::IndexMap;

use super::ConfigError;

/// A file with sections.
#[derive(Debug, Default)]
pub(crate) struct Ini {
    file: std::path::PathBuf,
    sections: IndexMap<String, Section>,
    /// What every section has besides: `[DEFAULT]`.
    defaults: Section,
}

type Section = IndexMap<String, Setting>;

#[derive(Debug, Clone)]
struct Setting {
    value: String,
    line: usize,
}

/// How deep names in values may stand for names in values.
const DEPTH: usize = 10;

impl Ini {
    /// Reads a file's text.
    pub(crate) fn parse(file: &Path, text: &str) -> Result<Self, ConfigError> {
        let ini = Self {
            file: file.to_owned(),
            ..Self::default()
        };
        let mut reader = Reader {
            ini,
            section: None,
            option: None,
            indent: 0,
        };
        let text = text.trim_start_matches('\u{feff}');
        for (at, line) in text.lines().enumerate() {
            reader
                .line(line, at + 1)
                .map_err(|message| ConfigError::of_file(file, message).at(at + 1))?;
        }
        let mut ini = reader.ini;
        let sections = ini.sections.values_mut().chain([&mut ini.defaults]);
        for option in sections.flat_map(|section| section.values_mut()) {
            option.value.truncate(option.value.trim_end().len());
        }
        Ok(ini)
    }

    /// Gives every section a value.
    pub(crate) fn set_default(&mut self, name: &str, value: &str) {
        let value = value.to_owned();
        self.defaults
            .entry(name.to_owned())
            .or_insert(Setting { value, line: 0 });
    }

    pub(crate) fn has_section(&self, section: &str) -> bool {
        self.sections.contains_key(section)
    }

    /// The value of a name in a section, with the names in it replaced by what they stand for.
    pub(crate) fn get(&self, section: &str, name: &str) -> Result<Option<String>, ConfigError> {
        if !self.has_section(section) {
            return Ok(None);
        }
        let name = name.to_lowercase();
        let Some(option) = self.option(section, &name) else {
            return Ok(None);
        };
        let value = self
            .expand(section, &option.value, DEPTH)
            .map_err(|message| self.error(option.line, format!("{name}: {message}")))?;
        Ok(Some(value))
    }

    /// The line of a name in a section.
    pub(crate) fn line(&self, section: &str, name: &str) -> Option<usize> {
        self.option(section, &name.to_lowercase())
            .map(|option| option.line)
    }

    /// The names of a section, without those of all sections.
    pub(crate) fn names(&self, section: &str) -> impl Iterator<Item = &str> {
        let options = self.sections.get(section).into_iter();
        options.flat_map(|section| section.keys().map(String::as_str))
    }

    pub(crate) fn error(&self, line: usize, message: String) -> ConfigError {
        let error = ConfigError::of_file(&self.file, message);
        if line == 0 { error } else { error.at(line) }
    }

    fn option(&self, section: &str, name: &str) -> Option<&Setting> {
        let own = self.sections.get(section)?.get(name);
        own.or_else(|| self.defaults.get(name))
    }

    /// Replaces `%(name)s` and `%%`.
    fn expand(&self, section: &str, value: &str, depth: usize) -> Result<String, String> {
        let mut result = String::new();
        let mut rest = value;
        while let Some(at) = rest.find('%') {
            result.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            if let Some(behind) = rest.strip_prefix('%') {
                result.push('%');
                rest = behind;
                continue;
            }
            let name = rest.strip_prefix('(').and_then(|rest| rest.split_once(")s"));
            let Some((name, behind)) = name.filter(|(name, _)| !name.contains(')')) else {
                return Err(format!(
                    "a '%' must be followed by '%' or '(NAME)s', and here is '%{rest}': write '%%' for a mere '%'"
                ));
            };
            let Some(depth) = depth.checked_sub(1) else {
                return Err(format!("%({name})s stands for itself in the end"));
            };
            let option = self.option(section, &name.to_lowercase()).ok_or_else(|| {
                format!("%({name})s stands for nothing: there is no '{name}' in [{section}] or [DEFAULT]")
            })?;
            result.push_str(&self.expand(section, &option.value, depth)?);
            rest = behind;
        }
        Ok(result + rest)
    }
}

/// Where the reader is in the file.
struct Reader {
    ini: Ini,
    /// The section; `None` above the first one.
    section: Option<String>,
    /// The option that an indented line goes on with.
    option: Option<String>,
    indent: usize,
}

impl Reader {
    fn line(&mut self, line: &str, number: usize) -> Result<(), String> {
        let text = line.trim();
        if text.starts_with(['#', ';']) {
            return Ok(());
        }
        if text.is_empty() {
            // An empty line may stand in the middle of a value.
            if let Some(option) = self.current() {
                option.value.push('\n');
            }
            return Ok(());
        }
        let indent = line.chars().take_while(|c| c.is_whitespace()).count();
        if indent > self.indent
            && let Some(option) = self.current()
        {
            option.value.push('\n');
            option.value.push_str(text);
            return Ok(());
        }
        self.indent = indent;
        let header = text.strip_prefix('[').and_then(|rest| rest.rsplit_once(']'));
        if let Some((name, _)) = header.filter(|(name, _)| !name.is_empty()) {
            return self.begin(name);
        }
        if self.section.is_none() {
            return Err("this stands above the first [section]".to_owned());
        }
        self.option_line(text, number)
    }

    fn begin(&mut self, name: &str) -> Result<(), String> {
        self.option = None;
        self.section = Some(name.to_owned());
        if name == "DEFAULT" {
            return Ok(());
        }
        match self.ini.sections.insert(name.to_owned(), Section::new()) {
            Some(_) => Err(format!("there are two sections [{name}]: make one of them")),
            None => Ok(()),
        }
    }

    fn option_line(&mut self, text: &str, line: usize) -> Result<(), String> {
        let Some((name, value)) = text
            .split_once(['=', ':'])
            .filter(|(name, _)| !name.trim().is_empty())
        else {
            return Err(format!(
                "'{text}' is no 'NAME = VALUE': indent it if it belongs to the value above"
            ));
        };
        let (name, value) = (name.trim().to_lowercase(), value.trim().to_owned());
        self.option = Some(name.clone());
        let section = match self.section.as_deref() {
            Some("DEFAULT") | None => &mut self.ini.defaults,
            Some(name) => &mut self.ini.sections[name],
        };
        match section.insert(name.clone(), Setting { value, line }) {
            Some(first) => Err(format!(
                "'{name}' is in the section twice, first on line {}: keep one of them",
                first.line
            )),
            None => Ok(()),
        }
    }

    fn current(&mut self) -> Option<&mut Setting> {
        let option = self.option.as_deref()?;
        match self.section.as_deref()? {
            "DEFAULT" => self.ini.defaults.get_mut(option),
            name => self.ini.sections.get_mut(name)?.get_mut(option),
        }
    }
}
