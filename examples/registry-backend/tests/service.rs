//! The service as a child process, its database, and a client for it.

use std::io::{BufRead, BufReader, Read};
use std::net::TcpStream;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use limbeck_testing::{Mariadb, PASSWORD_IN_URL, Postgres, TestDatabase};
use serde_json::Value;
use tempfile::TempDir;

/// How long anything may take; the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(60);

/// An empty database, and a directory for the service to run in.
pub(crate) struct Database {
    pub(crate) url: String,
    /// The same database, as others write it.
    pub(crate) other_urls: Vec<String>,
    pub(crate) directory: TempDir,
    _server: Option<TestDatabase>,
}

impl Database {
    pub(crate) fn sqlite() -> Self {
        let directory = tempfile::tempdir().expect("there is room");
        let path = directory.path().join("a registry.db");
        let path = path.to_str().expect("it is UTF-8");
        Self {
            url: format!("sqlite:///{path}"),
            other_urls: vec![
                "sqlite:///a registry.db".to_owned(),
                "sqlite:///a%20registry.db?timeout=30".to_owned(),
                format!("sqlite+pysqlite:///{path}"),
                "sqlite:a registry.db".to_owned(),
                format!("file:{path}"),
            ],
            directory,
            _server: None,
        }
    }

    pub(crate) fn postgresql() -> Self {
        let server = Postgres::shared();
        let database = server.fresh_database();
        let (port, name) = (server.port(), &database.name);
        // The one that needs a password must be able to make tables.
        server.psql(
            name,
            &format!("ALTER DATABASE {name} OWNER TO guarded; ALTER SCHEMA public OWNER TO guarded"),
        );
        let guarded = format!("guarded:{PASSWORD_IN_URL}@127.0.0.1:{port}/{name}");
        Self {
            url: database.url.clone(),
            other_urls: vec![
                format!("postgresql+psycopg2://{guarded}?sslmode=disable"),
                format!("postgres://{guarded}?sslmode=require&connect_timeout=5"),
                format!(
                    "postgresql+asyncpg://guarded:{PASSWORD_IN_URL}@/{name}?host={}&port={port}",
                    server.socket_directory().display()
                ),
            ],
            directory: tempfile::tempdir().expect("there is room"),
            _server: Some(database),
        }
    }

    pub(crate) fn mariadb() -> Self {
        let server = Mariadb::shared();
        let database = server.fresh_database();
        let (port, name) = (server.port(), &database.name);
        let guarded = format!("guarded:{PASSWORD_IN_URL}@127.0.0.1:{port}/{name}");
        Self {
            url: database.url.clone(),
            other_urls: vec![
                format!("mysql+pymysql://{guarded}?charset=utf8mb4"),
                format!("mariadb+mariadbconnector://{guarded}?ssl_mode=REQUIRED"),
                server.socket_url(name),
            ],
            directory: tempfile::tempdir().expect("there is room"),
            _server: Some(database),
        }
    }
}

/// The service as a process of its own, which is killed with this value.
pub(crate) struct Service {
    child: Child,
    output: Arc<Mutex<String>>,
    readers: Vec<JoinHandle<()>>,
}

/// What is left of a service that has ended.
pub(crate) struct Ended {
    pub(crate) success: bool,
    pub(crate) code: Option<i32>,
    pub(crate) output: String,
}

impl Service {
    /// Starts it on a database, and waits until it listens.
    pub(crate) fn start(database: &Database) -> Self {
        Self::start_at(database, &database.url)
    }

    /// The same, by another URL.
    pub(crate) fn start_at(database: &Database, url: &str) -> Self {
        let service = Self::spawn_with(database, &[("PORT", "0"), ("DATABASE_URL", url)]);
        service.wait_until_it_listens();
        service
    }

    /// Starts it on a database.
    pub(crate) fn spawn(database: &Database) -> Self {
        Self::spawn_with(database, &[("PORT", "0"), ("DATABASE_URL", &database.url)])
    }

    /// Starts it with the environment given and nothing else.
    pub(crate) fn spawn_with(database: &Database, environment: &[(&str, &str)]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_registry-backend"));
        command
            .env_clear()
            .envs(environment.iter().copied())
            .current_dir(database.directory.path());
        Self::spawn_command(&mut command)
    }

    /// Starts a command that is, or becomes, the service.
    pub(crate) fn spawn_command(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program is there");
        let output = Arc::new(Mutex::new(String::new()));
        let stdout = child.stdout.take().expect("it is a pipe");
        let stderr = child.stderr.take().expect("it is a pipe");
        let readers = vec![collect(stdout, &output), collect(stderr, &output)];
        Self {
            child,
            output,
            readers,
        }
    }

    /// What it has written.
    pub(crate) fn output(&self) -> String {
        self.output.lock().expect("no reader panics").clone()
    }

    /// Whether it has written a line.
    pub(crate) fn said(&self, line: &str) -> bool {
        self.output().lines().any(|said| said == line)
    }

    pub(crate) fn wait_until_it_listens(&self) {
        self.wait_until("listen", || self.address().is_some());
    }

    pub(crate) fn wait_until_it_says(&self, line: &str) {
        self.wait_until(line, || self.said(line));
    }

    pub(crate) fn wait_until(&self, what: &str, reached: impl Fn() -> bool) {
        let start = Instant::now();
        while !reached() {
            let ended = self.readers.iter().all(JoinHandle::is_finished);
            // Its last words may have come in between.
            assert!(
                reached() || (!ended && start.elapsed() < PATIENCE),
                "it does not come to '{what}':\n{}",
                self.output()
            );
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// A connection to it.
    pub(crate) fn connect(&self) -> TcpStream {
        self.try_connect().expect("it listens")
    }

    /// Whether it has stopped to listen, at last.
    pub(crate) fn refuses_connections(&self) -> bool {
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            if self.try_connect().is_err() {
                return true;
            }
            thread::sleep(Duration::from_millis(10));
        }
        false
    }

    fn try_connect(&self) -> std::io::Result<TcpStream> {
        let address = self.address().expect("it has listened");
        let stream = TcpStream::connect(address.trim_start_matches("http://"))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(stream)
    }

    fn address(&self) -> Option<String> {
        let output = self.output();
        let line = output
            .lines()
            .find_map(|line| line.strip_prefix("listening on "))?;
        Some(line.to_owned())
    }

    /// A client for it.
    pub(crate) fn client(&self) -> Client {
        Client::new(self.address().expect("it listens"))
    }

    pub(crate) fn signal(&self, signal: &str) {
        let status = Command::new("kill")
            .args(["-s", signal, &self.child.id().to_string()])
            .status();
        assert!(status.is_ok_and(|status| status.success()));
    }

    /// Whether it has a handler for SIGTERM.
    pub(crate) fn catches_sigterm(&self) -> bool {
        let status =
            std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("it runs, on Linux");
        let caught = status
            .lines()
            .find_map(|line| line.strip_prefix("SigCgt:"))
            .expect("the kernel tells");
        let caught = u64::from_str_radix(caught.trim(), 16).expect("it is a set of bits");
        caught & (1 << (15 - 1)) != 0
    }

    /// Sends it a signal, and waits for its end.
    pub(crate) fn stop(self, signal: &str) -> Ended {
        self.signal(signal);
        self.wait()
    }

    /// Waits until it listens, and then has it end.
    pub(crate) fn stop_when_it_listens(self) -> Ended {
        self.wait_until_it_listens();
        self.stop("TERM")
    }

    /// Waits for its end.
    pub(crate) fn wait(mut self) -> Ended {
        let status = self.status();
        for reader in self.readers.drain(..) {
            reader.join().expect("no reader panics");
        }
        Ended {
            success: status.success(),
            code: status.code(),
            output: self.output(),
        }
    }

    fn status(&mut self) -> ExitStatus {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("it is a child of this process") {
                return status;
            }
            assert!(start.elapsed() < PATIENCE, "it does not end:\n{}", self.output());
            thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn collect(pipe: impl Read + Send + 'static, output: &Arc<Mutex<String>>) -> JoinHandle<()> {
    let output = Arc::clone(output);
    thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            let mut output = output.lock().expect("no reader panics");
            output.push_str(&line);
            output.push('\n');
        }
    })
}

/// Talks to a service.
pub(crate) struct Client {
    agent: ureq::Agent,
    address: String,
}

impl Client {
    fn new(address: String) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(PATIENCE))
            .proxy(None)
            .build();
        Self {
            agent: config.into(),
            address,
        }
    }

    /// The status and the body of the answer.
    pub(crate) fn get(&self, path: &str) -> (u16, Value) {
        read(path, self.agent.get(format!("{}{path}", self.address)).call())
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        self.post_text(path, "application/json", &body.to_string())
    }

    pub(crate) fn post_text(&self, path: &str, kind: &str, body: &str) -> (u16, Value) {
        let request = self
            .agent
            .post(format!("{}{path}", self.address))
            .content_type(kind);
        read(path, request.send(body))
    }

    /// The names of all codebundles.
    pub(crate) fn names(&self) -> Vec<String> {
        let (status, all) = self.get("/codebundles");
        assert_eq!(status, 200, "{all}");
        let all = all.as_array().expect("it is a list");
        all.iter()
            .filter_map(|one| one["name"].as_str().map(str::to_owned))
            .collect()
    }
}

fn read(path: &str, answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> (u16, Value) {
    let mut answer = answer.unwrap_or_else(|error| panic!("{path}: {error}"));
    let body = answer
        .body_mut()
        .read_to_string()
        .unwrap_or_else(|error| panic!("{path}: {error}"));
    let value = serde_json::from_str(&body).unwrap_or_else(|_| panic!("{path} answers no JSON: {body}"));
    (answer.status().as_u16(), value)
}
