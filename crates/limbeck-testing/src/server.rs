//! What PostgreSQL and MariaDB have in common here: a directory, a port, and a guard.

use std::fs;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Write;
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::ChildStdout;
use std::process::Command;
use std::process::Stdio;
use std::sync::LazyLock;
use std::sync::Mutex;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;
use std::time::Instant;

/// Whether a server offers encrypted connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// It does, with the certificate of [`crate::Certificates`].
    On,
    /// It does not.
    Off,
}

/// Starts the server, does what the pipe from the test process says, and cleans up when it closes.
///
/// The pipe closes when the process ends, whether it returned, panicked or was killed. `$1` is the
/// directory, `$2` the signal that ends the server at once, the rest is the server's command. A line of the pipe is
/// `start`, or a signal for the server, whose end is waited for then; each is answered with a line. A server that
/// does not end within four seconds is killed.
const GUARD: &str = r#"
dir=$1; signal=$2; shift 2
"$@" >"$dir/log" 2>&1 </dev/null &
server=$!
while read -r order; do
    case $order in
        start) "$@" >>"$dir/log" 2>&1 </dev/null & server=$! ;;
        *) kill -s "$order" $server; wait $server ;;
    esac
    echo done
done
kill -s "$signal" $server 2>/dev/null
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    kill -0 $server 2>/dev/null || break
    sleep 0.2
done
kill -s KILL $server 2>/dev/null
wait $server
rm -rf "$dir"
"#;

/// A running server: it ends when this is dropped, or with the process.
#[derive(Debug)]
pub(crate) struct Server {
    guard: Child,
    answers: Mutex<BufReader<ChildStdout>>,
    directory: PathBuf,
}

impl Server {
    /// Runs `command` as a server that keeps its files in `directory`.
    pub(crate) fn start(directory: &Path, signal: &str, command: &[String]) -> Self {
        let mut guard = Command::new("sh")
            .args(["-c", GUARD, "limbeck-test-server"])
            .arg(directory)
            .arg(signal)
            .args(command)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            // Ctrl-C at the terminal ends the tests, and the guard must outlive them to clean up.
            .process_group(0)
            .spawn()
            .expect("there is a shell");
        let answers = guard.stdout.take().expect("it is piped");
        Self {
            guard,
            answers: Mutex::new(BufReader::new(answers)),
            directory: directory.to_owned(),
        }
    }

    /// Gives the guard an order, and waits until it is done.
    pub(crate) fn order(&self, order: &str) {
        let mut answers = self.answers.lock().expect("nobody panics with it");
        let mut orders = self.guard.stdin.as_ref().expect("it is piped");
        writeln!(orders, "{order}").expect("the guard is there");
        let mut answer = String::new();
        answers.read_line(&mut answer).expect("the guard answers");
        assert_eq!(answer, "done\n", "the guard does as it is told");
    }

    /// Waits until `ready` says so.
    pub(crate) fn wait(&self, what: &str, mut ready: impl FnMut() -> bool) {
        let start = Instant::now();
        while !ready() {
            assert!(
                start.elapsed() < Duration::from_secs(60),
                "{what} did not start within a minute; its log says:\n{}",
                self.log()
            );
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// What the server has logged.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.directory.join("log")).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        // Waited for, so that a test may look whether the server is gone.
        let _ = self.guard.wait();
    }
}

/// An empty database, dropped with this value.
#[derive(Debug)]
pub struct TestDatabase {
    /// Its URL.
    pub url: String,
    /// Its name.
    pub name: String,
    admin: Vec<String>,
    drop: String,
}

impl TestDatabase {
    pub(crate) fn new(url: String, name: String, admin: Vec<String>, drop: String) -> Self {
        Self {
            url,
            name,
            admin,
            drop,
        }
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        // The server may have been stopped by the test, and a panic here would hide the test's own.
        let _ = command(&self.admin)
            .arg(&self.drop)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
    }
}

/// A name that no other database of this server has.
pub(crate) fn unique_name() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// A port that nothing listens on.
///
/// Another process may take it before it is used; nothing but trying again helps against that.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("the loopback interface is there");
    listener.local_addr().expect("it is bound").port()
}

/// A new directory, below a short path because that of a socket must be short.
pub(crate) fn directory(prefix: &str, owner: Option<&str>) -> PathBuf {
    let directory = tempfile::Builder::new()
        .prefix(prefix)
        .tempdir_in(roomy())
        .expect("it can be written to")
        .keep();
    if let Some(owner) = owner {
        run(&["chown".into(), owner.into(), text(&directory)]);
    }
    directory
}

/// `/dev/shm` where it has room for all servers, and `/tmp` elsewhere: a database is made from hundreds of small files, which
/// takes several times as long on a disk.
fn roomy() -> &'static str {
    const KIB_WANTED: u64 = 8 << 20;
    static PLACE: LazyLock<&str> = LazyLock::new(|| {
        let mut df = Command::new("df");
        let output = df.args(["--output=avail", "-k", "/dev/shm"]).output().ok();
        let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
        let free = text.and_then(|text| text.lines().last()?.trim().parse::<u64>().ok());
        if free.is_some_and(|free| free >= KIB_WANTED) {
            "/dev/shm"
        } else {
            "/tmp"
        }
    });
    *PLACE
}

/// Finds a program in `PATH` or in `directories`.
pub(crate) fn program(name: &str, directories: &[PathBuf], package: &str) -> String {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(directories.iter().cloned())
        .map(|directory| directory.join(name))
        .find(|program| program.is_file())
        .map(|program| text(&program))
        .unwrap_or_else(|| panic!("the tests need {name}: install it with `apt-get install {package}`"))
}

/// Whether this process is root, as which servers refuse to run.
pub(crate) fn is_root() -> bool {
    run(&["id".into(), "-u".into()]).trim() == "0"
}

/// Runs a command, and returns what it wrote.
pub(crate) fn run(words: &[String]) -> String {
    let output = command(words)
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("can't run {}: {error}", words[0]));
    assert!(
        output.status.success(),
        "{} failed: {}{}",
        words.join(" "),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Whether a command succeeds.
pub(crate) fn succeeds(words: &[String]) -> bool {
    command(words)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

pub(crate) fn command(words: &[String]) -> Command {
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]);
    for (name, _) in std::env::vars_os() {
        // A developer's settings must not lead a client to another server.
        if name.to_str().is_some_and(|name| {
            name.starts_with("PG") || name.starts_with("MYSQL") || name.starts_with("MARIADB")
        }) {
            command.env_remove(name);
        }
    }
    command.env("LC_ALL", "C.UTF-8").current_dir("/");
    command
}

pub(crate) fn text(path: &Path) -> String {
    path.to_str().expect("paths of tests are UTF-8").to_owned()
}
