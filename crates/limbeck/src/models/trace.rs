//! What a program read, to see whether it would read the same again. A program that read nothing else prints what it printed before.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::store::hex;

/// The start of the last line that trace.py prints.
const MARK: &str = "-- limbeck:read ";

/// As trace.py tells it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Trace {
    /// Files; none where there was none.
    files: BTreeMap<PathBuf, Option<Stamp>>,
    /// Hashes of the names in directories; none where it could not be listed.
    directories: BTreeMap<PathBuf, Option<String>>,
    /// Why this is not all.
    unseen: Option<String>,
}

/// What of a file is another after a change: its size, its time in nanoseconds, its number.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Stamp(u64, i64, u64);

/// What a program printed, and what it had read for that.
pub(super) fn cut(mut text: String) -> (String, Option<Trace>) {
    let Some(at) = text.rfind(MARK) else {
        return (text, None);
    };
    let trace = serde_json::from_str(&text[at + MARK.len()..]).ok();
    text.truncate(at);
    (text, trace)
}

impl Trace {
    /// Whether it tells everything that was read.
    pub(super) fn is_whole(&self) -> bool {
        self.unseen.is_none()
    }

    /// Whether everything is as it was.
    pub(super) fn holds(&self) -> bool {
        let mut files = self.files.iter();
        let mut directories = self.directories.iter();
        files.all(|(path, stamp)| self::stamp(path) == *stamp)
            && directories.all(|(path, hash)| names(path) == *hash)
    }
}

fn stamp(path: &Path) -> Option<Stamp> {
    const SECOND: i64 = 1_000_000_000;
    let found = fs::metadata(path).ok()?;
    let time = found
        .mtime()
        .checked_mul(SECOND)?
        .checked_add(found.mtime_nsec())?;
    Some(Stamp(found.size(), time, found.ino()))
}

fn names(directory: &Path) -> Option<String> {
    let entries = fs::read_dir(directory).ok()?;
    let names = entries.map(|entry| entry.map(|entry| entry.file_name()));
    let mut names = names.collect::<Result<Vec<_>, _>>().ok()?;
    // Python makes it behind a look at the directory.
    names.retain(|name| name != "__pycache__");
    names.sort();
    let names: Vec<&[u8]> = names.iter().map(|name| name.as_bytes()).collect();
    Some(hex(Sha256::new_with_prefix(names.join(&b"\0"[..]))))
}

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::time::{Duration, SystemTime};

    use tempfile::TempDir;

    use super::*;

    /// A directory with two modules and a text, all written an hour ago.
    fn project() -> TempDir {
        let project = TempDir::new().expect("there is room");
        fs::create_dir(project.path().join("app")).expect("it is not there");
        write(&project, "app/__init__.py", "");
        write(&project, "app/models.py", "from . import part\n");
        write(&project, "app/part.py", "text = open('text.txt').read()\n");
        write(&project, "text.txt", "some text");
        project
    }

    fn write(project: &TempDir, name: &str, text: &str) {
        let path = project.path().join(name);
        fs::write(&path, text).expect("it can be written");
        age(&path, 3600);
    }

    fn age(path: &Path, seconds: u64) {
        let file = fs::File::options().append(true).open(path);
        file.and_then(|file| file.set_modified(SystemTime::now() - Duration::from_secs(seconds)))
            .expect("its time can be set");
    }

    /// Runs a script in a project.
    fn run(project: &TempDir, script: &str) -> Trace {
        let program = concat!(include_str!("trace.py"), "\ntrace = Trace()\n");
        let output = Command::new("python3")
            .args(["-c", &format!("{program}{script}\ntrace.tell(sys.stdout)")])
            .current_dir(project.path())
            .env_remove("PYTHONDONTWRITEBYTECODE")
            .output()
            .expect("there is a python3");
        let text = String::from_utf8(output.stdout).expect("it is text");
        let said = String::from_utf8_lossy(&output.stderr);
        cut(text).1.unwrap_or_else(|| panic!("{script}: {said}"))
    }

    fn check(script: &str, change: impl FnOnce(&TempDir), holds: bool) {
        let project = project();
        let trace = run(&project, script);
        assert_eq!(trace.unseen, None, "{script}");
        assert!(trace.holds(), "{script}");
        change(&project);
        assert_eq!(trace.holds(), holds, "{script}");
    }

    #[test]
    fn a_change_of_what_was_read_is_seen() {
        let script = "import app.models";
        for name in ["app/models.py", "app/__init__.py", "text.txt"] {
            check(script, |project| age(&project.path().join(name), 60), false);
        }
        check(
            script,
            |project| write(project, "app/part.py", "# longer than it was before\n"),
            false,
        );
        let remove =
            |project: &TempDir| fs::remove_file(project.path().join("text.txt")).expect("it is there");
        check(script, remove, false);
        let replace = |project: &TempDir| {
            let [path, other] = ["app/part.py", "app/other.py"].map(|name| project.path().join(name));
            let time = fs::metadata(&path).and_then(|found| found.modified());
            fs::copy(&path, &other).expect("it is there");
            fs::rename(&other, &path).expect("it is there");
            let file = fs::File::options().append(true).open(&path);
            file.and_then(|file| file.set_modified(time?))
                .expect("its time can be set");
        };
        check(script, replace, false);
    }

    #[test]
    fn a_change_is_seen_where_python_reads_what_it_compiled() {
        let project = project();
        run(&project, "import app.models");
        let trace = run(&project, "import app.models");
        assert!(project.path().join("app/__pycache__").is_dir() && trace.is_whole() && trace.holds());
        age(&project.path().join("app/part.py"), 60);
        assert!(!trace.holds());
    }

    #[test]
    fn what_was_not_there_is_seen_when_it_comes() {
        let found_first = |project: &TempDir| write(project, "app.py", "");
        check("import app.models", found_first, false);
        let asked_for = "\
try:
    open('../' + os.path.basename(os.getcwd()) + '/local.txt')
except FileNotFoundError:
    pass";
        check(asked_for, |project| write(project, "local.txt", ""), false);
        let listed = "print(os.listdir('app'))";
        check(listed, |project| write(project, "app/more.py", ""), false);
        let beside = "open('app/part.py').read()";
        check(beside, |project| write(project, "app/local.txt", ""), false);
    }

    #[test]
    fn what_was_not_read_may_change() {
        let script = "import app; open('log', 'a').write('line'); open('new', 'w+').read()";
        let project = project();
        write(&project, "log", "line");
        write(&project, "new", "");
        let trace = run(&project, script);
        assert!(trace.is_whole() && trace.holds());
        write(&project, "log", "other lines");
        write(&project, "app/part.py", "nobody has asked for it");
        fs::create_dir_all(project.path().join("app/__pycache__")).expect("it can be made");
        assert!(trace.holds());
    }

    #[test]
    fn what_was_changed_a_moment_ago_may_change_again() {
        let project = project();
        assert!(!run(&project, "os.utime('app/part.py'); import app.models").is_whole());
        age(&project.path().join("app/part.py"), 10);
        assert!(run(&project, "import app.models").is_whole());
    }

    #[test]
    fn what_can_not_be_looked_at_again_is_told() {
        let scripts = [
            "import subprocess; subprocess.run(['true'])",
            "os.system('true')",
            "os.fork() or os._exit(0)",
            "import socket; socket.socket().connect_ex(('127.0.0.1', 9))",
            "import socket; socket.getaddrinfo('localhost', 9)",
            "import sqlite3; sqlite3.connect('app.db')",
            "open('/dev/urandom', 'rb').read(1)",
            "open('/proc/self/status').read()",
            "os.mkfifo('pipe'); os.open('pipe', os.O_RDONLY | os.O_NONBLOCK)",
            "os.listdir(os.open('.', os.O_RDONLY))",
        ];
        for script in scripts {
            assert!(!run(&project(), script).is_whole(), "{script}");
        }
        let seen = "import sqlite3, socket; sqlite3.connect(':memory:'); socket.socketpair()";
        assert_eq!(run(&project(), seen).unseen, None);
    }

    #[test]
    fn a_text_without_a_trace_is_left_as_it_is() {
        let (text, trace) = cut("CREATE TABLE a (b INT);\n".to_owned());
        assert!(text == "CREATE TABLE a (b INT);\n" && trace.is_none());
        let (text, trace) = cut(format!("SELECT 1;\n{MARK}{{}}\n"));
        assert!(text == "SELECT 1;\n" && trace.is_none());
    }
}
