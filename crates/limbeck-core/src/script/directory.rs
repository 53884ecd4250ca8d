use std::borrow::Cow;
use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use super::error::ScriptError;
use super::header::Header;
use super::name::{id_of, is_number, message_of, natural_order};
use super::{Program, Script, section};
use crate::revision::{Graph, Revision};

/// A revision file that was put into the program when it was compiled; made by `embed!`.
///
/// # Examples
/// ```
/// use limbeck_core::script::{EmbeddedFile, Scripts};
///
/// const FILES: &[EmbeddedFile] = &[
///     EmbeddedFile { name: "001_create_users.sql", text: "CREATE TABLE users (id int);" },
///     EmbeddedFile { name: "002_add_email.sql", text: "ALTER TABLE users ADD COLUMN email text;" },
/// ];
/// assert_eq!(Scripts::embedded(FILES)?.graph().len(), 2);
/// # Ok::<(), limbeck_core::script::ScriptError>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct EmbeddedFile {
    /// Its name in the directory.
    pub name: &'static str,
    /// Its text.
    pub text: &'static str,
}

/// The revisions of a project: their graph, and where their SQL is.
///
/// Only headers are kept in memory; a body is read when it is asked for.
///
/// # Examples
/// ```
/// use limbeck_core::script::{EmbeddedFile, Scripts};
///
/// const FILES: &[EmbeddedFile] = &[
///     EmbeddedFile { name: "001_create_users.sql", text: "CREATE TABLE users (id int);" },
///     EmbeddedFile { name: "002_add_email.sql", text: "ALTER TABLE users ADD COLUMN email text;" },
/// ];
///
/// let scripts = Scripts::embedded(FILES)?;
/// assert_eq!(scripts.graph().heads(), ["002"]);
/// assert!(scripts.script("001")?.is_some());
/// # Ok::<(), limbeck_core::script::ScriptError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Scripts {
    graph: Graph,
    bodies: HashMap<String, Body>,
    directories: Vec<PathBuf>,
}

#[derive(Debug, Clone)]
enum Body {
    File(PathBuf),
    Embedded(EmbeddedFile),
    Program(PathBuf, Arc<dyn Program>),
}

/// One file of a directory, before it is asked whether the files make a graph.
///
/// # Examples
/// ```
/// # let dir = tempfile::tempdir().unwrap();
/// std::fs::write(dir.path().join("001_create_users.sql"), "CREATE TABLE users (id int);").unwrap();
///
/// let entry = limbeck_core::script::entries(&[dir.path().to_owned()])?.remove(0);
/// assert_eq!(entry.path, dir.path().join("001_create_users.sql"));
/// assert_eq!((entry.revision.id.as_str(), entry.revision.message.as_str()), ("001", "create users"));
/// # Ok::<(), limbeck_core::script::ScriptError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Entry {
    /// The path.
    pub path: PathBuf,
    /// What it says of itself.
    pub revision: Revision,
}

/// A revision that is a program, found and read by whoever knows its language.
///
/// # Examples
/// ```
/// # use limbeck_core::script::Program;
/// # use std::sync::Arc;
/// use limbeck_core::revision::Revision;
/// use limbeck_core::script::{ProgramEntry, Scripts};
///
/// fn history(program: Arc<dyn Program>) -> Result<Scripts, limbeck_core::script::ScriptError> {
///     let revision = Revision { id: "001".to_owned(), file: "versions/001_a.py".to_owned(), ..Revision::default() };
///     let entry = ProgramEntry { path: revision.file.clone().into(), revision, program };
///     Scripts::from_entries(Vec::new(), vec![entry], vec!["versions".into()])
/// }
/// ```
#[derive(Debug, Clone)]
pub struct ProgramEntry {
    /// The path.
    pub path: PathBuf,
    /// What it says of itself.
    pub revision: Revision,
    /// What it runs.
    pub program: Arc<dyn Program>,
}

/// How much of a file is read for its header, unless the header is longer.
const HEAD: usize = 8 * 1024;

impl Scripts {
    /// Reads the revisions of some directories (not of those below them). Files that don't end in `.sql`
    /// are left alone.
    ///
    /// # Errors
    /// [`ScriptError`] when a directory or a file can't be read, a header is wrong, or the revisions don't
    /// make a graph.
    ///
    /// # Examples
    /// ```
    /// # let dir = tempfile::tempdir().unwrap();
    /// std::fs::write(dir.path().join("001_create_users.sql"), "CREATE TABLE users (id int);").unwrap();
    /// let scripts = limbeck_core::script::Scripts::read(&[dir.path().to_owned()])?;
    /// assert_eq!(scripts.graph().heads(), ["001"]);
    /// # Ok::<(), limbeck_core::script::ScriptError>(())
    /// ```
    pub fn read(directories: &[PathBuf]) -> Result<Self, ScriptError> {
        Self::from_entries(entries(directories)?, Vec::new(), directories.to_vec())
    }

    /// Takes revisions that were found already: files of SQL, and programs beside them.
    ///
    /// # Errors
    /// [`ScriptError`] when the revisions don't make a graph.
    ///
    /// # Examples
    /// ```
    /// # let dir = tempfile::tempdir().unwrap();
    /// std::fs::write(dir.path().join("001_create_users.sql"), "CREATE TABLE users (id int);").unwrap();
    /// let directories = vec![dir.path().to_owned()];
    ///
    /// use limbeck_core::script::{Scripts, entries};
    /// let scripts = Scripts::from_entries(entries(&directories)?, Vec::new(), directories)?;
    /// assert_eq!(scripts.graph().heads(), ["001"]);
    /// # Ok::<(), limbeck_core::script::ScriptError>(())
    /// ```
    pub fn from_entries(
        files: Vec<Entry>,
        programs: Vec<ProgramEntry>,
        directories: Vec<PathBuf>,
    ) -> Result<Self, ScriptError> {
        let files = files
            .into_iter()
            .map(|entry| (entry.revision, Body::File(entry.path)));
        let programs = programs
            .into_iter()
            .map(|entry| (entry.revision, Body::Program(entry.path, entry.program)));
        let mut bodies = HashMap::new();
        let mut revisions = Vec::new();
        for (revision, body) in files.chain(programs) {
            bodies.insert(revision.id.clone(), body);
            revisions.push(revision);
        }
        Self::new(revisions, bodies, directories)
    }

    /// Takes files that are part of the program.
    ///
    /// # Errors
    /// As [`Scripts::read`]; never, for files that `embed!` has checked.
    ///
    /// # Examples
    /// ```
    /// # use limbeck_core::script::{EmbeddedFile, Scripts};
    /// let scripts = Scripts::embedded(&[EmbeddedFile { name: "001_a.sql", text: "CREATE TABLE a (id int);" }])?;
    /// assert_eq!(scripts.graph().heads(), ["001"]);
    /// # Ok::<(), limbeck_core::script::ScriptError>(())
    /// ```
    pub fn embedded(files: &'static [EmbeddedFile]) -> Result<Self, ScriptError> {
        let mut files = files.to_vec();
        files.sort_by(|a, b| natural_order(a.name, b.name));
        let mut bodies = HashMap::new();
        let mut revisions: Vec<Revision> = Vec::new();
        for file in files {
            let header = checked_header(file.name, file.text, true)?;
            let revision = revision(file.name, file.name, header, revisions.last());
            bodies.insert(revision.id.clone(), Body::Embedded(file));
            revisions.push(revision);
        }
        Self::new(revisions, bodies, Vec::new())
    }

    fn new(
        revisions: Vec<Revision>,
        bodies: HashMap<String, Body>,
        directories: Vec<PathBuf>,
    ) -> Result<Self, ScriptError> {
        check_numbers(&revisions)?;
        Ok(Self {
            graph: Graph::new(revisions)?,
            bodies,
            directories,
        })
    }

    /// Returns the graph of the revisions.
    ///
    /// # Examples
    /// ```
    /// # use limbeck_core::script::{EmbeddedFile, Scripts};
    /// # const FILES: &[EmbeddedFile] = &[
    /// #     EmbeddedFile { name: "001_create_users.sql", text: "CREATE TABLE users (id int);" },
    /// #     EmbeddedFile { name: "002_add_email.sql", text: "ALTER TABLE users ADD COLUMN email text;" },
    /// # ];
    /// # let scripts = Scripts::embedded(FILES)?;
    ///
    /// let second = scripts.graph().get("002").unwrap();
    /// assert_eq!((second.revises.as_slice(), second.message.as_str()), (["001".to_owned()].as_slice(), "add email"));
    /// # Ok::<(), limbeck_core::script::ScriptError>(())
    /// ```
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// Returns the directories they were read from; none when they are embedded.
    ///
    /// # Examples
    /// ```
    /// # use limbeck_core::script::{EmbeddedFile, Scripts};
    /// # const FILES: &[EmbeddedFile] = &[
    /// #     EmbeddedFile { name: "001_create_users.sql", text: "CREATE TABLE users (id int);" },
    /// #     EmbeddedFile { name: "002_add_email.sql", text: "ALTER TABLE users ADD COLUMN email text;" },
    /// # ];
    /// # let scripts = Scripts::embedded(FILES)?;
    /// assert!(scripts.directories().is_empty());
    /// # Ok::<(), limbeck_core::script::ScriptError>(())
    /// ```
    pub fn directories(&self) -> &[PathBuf] {
        &self.directories
    }

    /// Returns the file of a revision, where it is one.
    ///
    /// # Examples
    /// ```
    /// # let dir = tempfile::tempdir().unwrap();
    /// std::fs::write(dir.path().join("001_create_users.sql"), "CREATE TABLE users (id int);").unwrap();
    ///
    /// let scripts = limbeck_core::script::Scripts::read(&[dir.path().to_owned()])?;
    /// assert_eq!(scripts.path("001"), Some(dir.path().join("001_create_users.sql").as_path()));
    /// assert_eq!(scripts.path("002"), None);
    /// # Ok::<(), limbeck_core::script::ScriptError>(())
    /// ```
    pub fn path(&self, id: &str) -> Option<&Path> {
        match self.bodies.get(id)? {
            Body::File(path) | Body::Program(path, _) => Some(path),
            Body::Embedded(_) => None,
        }
    }

    /// Reads the whole of a revision's file; `None` for an id that isn't here.
    ///
    /// # Errors
    /// [`ScriptError`] when the file can't be read or understood.
    ///
    /// # Examples
    /// ```
    /// # use limbeck_core::script::{EmbeddedFile, Scripts};
    /// # const FILES: &[EmbeddedFile] = &[
    /// #     EmbeddedFile { name: "001_create_users.sql", text: "CREATE TABLE users (id int);" },
    /// #     EmbeddedFile { name: "002_add_email.sql", text: "ALTER TABLE users ADD COLUMN email text;" },
    /// # ];
    /// # let scripts = Scripts::embedded(FILES)?;
    ///
    /// let script = scripts.script("001")?.unwrap();
    /// assert_eq!(script.text(), "CREATE TABLE users (id int);");
    /// assert!(scripts.script("003")?.is_none());
    /// # Ok::<(), limbeck_core::script::ScriptError>(())
    /// ```
    pub fn script(&self, id: &str) -> Result<Option<Script>, ScriptError> {
        match self.bodies.get(id) {
            Some(Body::File(path)) => {
                let file = path.display().to_string();
                let bytes = fs::read(path).map_err(|source| io_error("read", path, source))?;
                Ok(Some(Script::parse(&file, utf8(&file, bytes)?)?))
            }
            Some(Body::Embedded(file)) => Ok(Some(Script::parse(file.name, Cow::Borrowed(file.text))?)),
            Some(Body::Program(path, program)) => {
                let header = self.header(id, program.documentation()?);
                let file = path.display().to_string();
                Ok(Some(Script::of_program(file, header, Arc::clone(program))))
            }
            None => Ok(None),
        }
    }

    /// Returns a revision's program, where it is one.
    ///
    /// # Examples
    /// ```
    /// # use limbeck_core::script::{EmbeddedFile, Scripts};
    /// # const FILES: &[EmbeddedFile] = &[EmbeddedFile { name: "001_a.sql", text: "CREATE TABLE a (id int);" }];
    /// assert!(Scripts::embedded(FILES)?.program("001").is_none());
    /// # Ok::<(), limbeck_core::script::ScriptError>(())
    /// ```
    pub fn program(&self, id: &str) -> Option<&Arc<dyn Program>> {
        match self.bodies.get(id)? {
            Body::Program(_, program) => Some(program),
            Body::File(_) | Body::Embedded(_) => None,
        }
    }

    /// What the graph knows of a revision, as a header.
    fn header(&self, id: &str, documentation: String) -> Header {
        let revision = self.graph.get(id).cloned().unwrap_or_default();
        Header {
            id: Some(revision.id),
            revises: Some(revision.revises),
            depends_on: revision.depends_on,
            branch_labels: revision.branch_labels,
            message: Some(revision.message),
            create_date: None,
            documentation,
            converted: None,
        }
    }
}

/// Reads what the files of some directories say of themselves, in natural order of their names. Unlike
/// [`Scripts::read`] it does not ask whether they make a graph, so that `rebase` can mend one that they don't.
///
/// # Errors
/// [`ScriptError`] when a directory or a file can't be read, or a header is wrong.
///
/// # Examples
/// ```
/// # let dir = tempfile::tempdir().unwrap();
/// std::fs::write(dir.path().join("001_create_users.sql"), "CREATE TABLE users (id int);").unwrap();
///
/// std::fs::write(dir.path().join("002_add_email.sql"), "-- Revises: 000\n").unwrap();
/// let entries = limbeck_core::script::entries(&[dir.path().to_owned()])?;
/// assert_eq!(entries[1].revision.revises, ["000"]);
/// # Ok::<(), limbeck_core::script::ScriptError>(())
/// ```
pub fn entries(directories: &[PathBuf]) -> Result<Vec<Entry>, ScriptError> {
    let mut entries = Vec::new();
    for directory in directories {
        let names = file_names(directory)?;
        let mut previous: Option<Revision> = None;
        for (name, header) in names.iter().zip(headers(directory, &names)?) {
            let path = directory.join(name);
            let revision = revision(&path.display().to_string(), name, header, previous.as_ref());
            previous = Some(revision.clone());
            entries.push(Entry { path, revision });
        }
    }
    Ok(entries)
}

/// Reads what one file of SQL says of itself. It must name its parents, since no order of files tells them.
///
/// # Errors
/// [`ScriptError`] when the file can't be read, its header is wrong, or says no parents.
///
/// # Examples
/// ```
/// # let dir = tempfile::tempdir().unwrap();
/// let path = dir.path().join("002_add_email.sql");
/// std::fs::write(&path, "-- Revises: 001\n\nALTER TABLE users ADD COLUMN email text;").unwrap();
/// assert_eq!(limbeck_core::script::sql_entry(&path)?.revision.revises, ["001"]);
/// # Ok::<(), limbeck_core::script::ScriptError>(())
/// ```
pub fn sql_entry(path: &Path) -> Result<Entry, ScriptError> {
    let header = read_header(path)?;
    let file = path.display().to_string();
    if header.revises.is_none() {
        return Err(ScriptError::Bad {
            file,
            line: 1,
            column: 1,
            message: "among revisions in Python a revision in SQL must say which it follows: write '-- Revises: ID', or \
                      '-- Revises: none' for a first one"
                .to_owned(),
        });
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Ok(Entry {
        revision: revision(&file, &name, header, None),
        path: path.to_owned(),
    })
}

fn file_names(directory: &Path) -> Result<Vec<String>, ScriptError> {
    let listing = fs::read_dir(directory).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => ScriptError::DirectoryMissing(directory.to_owned()),
        io::ErrorKind::NotADirectory => ScriptError::NotADirectory(directory.to_owned()),
        _ => io_error("read the directory", directory, source),
    })?;
    let mut names = Vec::new();
    for entry in listing {
        let entry = entry.map_err(|source| io_error("read the directory", directory, source))?;
        let name = entry
            .file_name()
            .into_string()
            .unwrap_or_else(|name| name.to_string_lossy().into_owned());
        if name.ends_with(".sql") && !name.starts_with('.') {
            names.push(name);
        }
    }
    names.sort_by(|a, b| natural_order(a, b));
    if names.is_empty()
        && let Some(found) = others_revisions(directory)
    {
        let directory = directory.to_owned();
        return Err(ScriptError::OthersOnly { directory, found });
    }
    for down in names.iter().filter(|name| name.ends_with(".down.sql")) {
        let up = down.replace(".down.sql", ".up.sql");
        if names.contains(&up) {
            return Err(ScriptError::Pair {
                up: directory.join(up).display().to_string(),
                down: directory.join(down).display().to_string(),
            });
        }
    }
    Ok(names)
}

/// What another tool keeps in a directory. Taken for an empty history, it would make a service start on a database
/// that was never migrated.
fn others_revisions(directory: &Path) -> Option<&'static str> {
    let mut paths = fs::read_dir(directory).ok()?.flatten().map(|entry| entry.path());
    paths.find_map(|path| match () {
        () if path.extension().is_some_and(|extension| extension == "py") => {
            Some("Python files, as Alembic has them")
        }
        () if path.join("up.sql").is_file() => Some("directories with an up.sql, as Diesel has them"),
        () => None,
    })
}

/// Reads the files' headers. Opening files is most of the work of loading a large history, so it is
/// shared among the machine's cores.
fn headers(directory: &Path, names: &[String]) -> Result<Vec<Header>, ScriptError> {
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let share = names.len().div_ceil(workers).max(256);
    let read = |names: &[String]| {
        names
            .iter()
            .map(|name| read_header(&directory.join(name)))
            .collect()
    };
    let parts: Vec<Result<Vec<Header>, ScriptError>> = thread::scope(|scope| {
        let threads: Vec<_> = names
            .chunks(share)
            .map(|names| scope.spawn(move || read(names)))
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().expect("reading a header does not panic"))
            .collect()
    });
    let mut headers = Vec::with_capacity(names.len());
    for part in parts {
        headers.extend(part?);
    }
    Ok(headers)
}

fn read_header(path: &Path) -> Result<Header, ScriptError> {
    let failed = |source| io_error("read", path, source);
    let mut file = File::open(path).map_err(failed)?;
    let mut bytes = read_head(&mut file).map_err(failed)?;
    let whole = bytes.len() < HEAD;
    let name = path.display().to_string();
    if whole {
        return checked_header(&name, &utf8(&name, bytes)?, true);
    }
    // Cut at a line's end, so that no character and no word of the header is cut in two.
    let end = bytes
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |at| at + 1);
    let head = utf8(&name, bytes[..end].to_vec())?;
    if super::header::comment_lines(&head).count() < head.lines().count() {
        return checked_header(&name, &head, false);
    }
    file.read_to_end(&mut bytes).map_err(failed)?;
    checked_header(&name, &utf8(&name, bytes)?, true)
}

/// Reads the beginning of a file, in as few calls as that takes: `read_to_end` makes six for a small file, and a start-up with
/// a long history is made of them.
fn read_head(file: &mut File) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; HEAD];
    let mut length = 0;
    while length < HEAD {
        match file.read(&mut bytes[length..]) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(length);
    Ok(bytes)
}

/// Reads a header, and where the whole text is at hand, checks the sections' lines too.
fn checked_header(file: &str, text: &str, whole: bool) -> Result<Header, ScriptError> {
    if whole {
        section::find(file, text)?;
    }
    Header::parse(file, text)
}

fn revision(file: &str, name: &str, header: Header, previous: Option<&Revision>) -> Revision {
    let id = header.id.unwrap_or_else(|| id_of(name).to_owned());
    let message = header.message.or_else(|| message_of(name)).unwrap_or_default();
    let revises = header
        .revises
        .unwrap_or_else(|| previous.map(|revision| revision.id.clone()).into_iter().collect());
    Revision {
        id,
        revises,
        depends_on: header.depends_on,
        branch_labels: header.branch_labels,
        message,
        file: file.to_owned(),
    }
}

/// `1` and `001` are different ids but one number: whoever wrote the second did not see the first.
fn check_numbers(revisions: &[Revision]) -> Result<(), ScriptError> {
    let mut seen: HashMap<&str, &Revision> = HashMap::new();
    for revision in revisions.iter().filter(|revision| is_number(&revision.id)) {
        let number = revision.id.trim_start_matches('0');
        if let Some(first) = seen.insert(number, revision) {
            let (first, second) = (first.file.clone(), revision.file.clone());
            return Err(ScriptError::SameNumber {
                number: revision.id.clone(),
                first,
                second,
            });
        }
    }
    Ok(())
}

fn utf8(file: &str, bytes: Vec<u8>) -> Result<String, ScriptError> {
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..at]
            .iter()
            .filter(|byte| **byte == b'\n')
            .count()
            + 1;
        ScriptError::NotUtf8 {
            file: file.to_owned(),
            line,
            byte: error.as_bytes()[at],
        }
    })
}

fn io_error(verb: &'static str, path: &Path, source: io::Error) -> ScriptError {
    ScriptError::Io {
        verb,
        path: path.to_owned(),
        source,
    }
}
