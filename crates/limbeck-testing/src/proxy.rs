//! A network that breaks when it is told to.

use std::io::Read;
use std::io::Write;
use std::net::Shutdown;
use std::net::TcpListener;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::Condvar;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::thread;
use std::time::Duration;

use socket2::SockRef;

/// A proxy in front of a server on this machine, which breaks the connections at a moment of the test's choice.
///
/// It counts what passes: bytes, and the clients' requests. A request is what a client sends until the server
/// answers, so a client that does one thing after the other makes the same requests in every run. Encrypted
/// connections pass as well, but what a request says can't be read then.
///
/// ```no_run
/// use limbeck_testing::{Cut, Fault, Moment, Postgres, Proxy};
///
/// let proxy = Proxy::start(Postgres::shared().port());
/// proxy.at(Moment::Answer(7), Fault::Cut(Cut::Reset));
/// println!("connect to port {}", proxy.port());
/// ```
#[derive(Debug)]
pub struct Proxy {
    port: u16,
    wires: Arc<Wires>,
}

/// A point of the way between clients and server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Behind so many bytes, those of both directions and all connections taken together.
    Byte(u64),
    /// Before the request of this number, from 1, is passed on.
    Request(usize),
    /// Before the answer to the request of this number is passed on: the server has done what was asked for.
    Answer(usize),
}

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing is passed on any more, until [`Proxy::cut`] or [`Proxy::thaw`].
    Freeze,
    /// All connections end.
    Cut(Cut),
}

/// How connections end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// In order: both sides see the end of the stream.
    Close,
    /// With a reset, as from a host that has gone.
    Reset,
}

#[derive(Debug)]
struct Wires {
    target: u16,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    bytes: u64,
    requests: Vec<Vec<u8>>,
    plan: Option<(Moment, Fault)>,
    reached: bool,
    frozen: bool,
    refusing: bool,
    ended: bool,
    wires: Vec<Arc<Wire>>,
}

/// One client's connection. It is closed when the last thread that holds it lets it go.
#[derive(Debug)]
struct Wire {
    client: TcpStream,
    server: TcpStream,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    ToServer,
    ToClient,
}

impl Proxy {
    /// Starts a proxy in front of the server that listens on `target`.
    ///
    /// # Panics
    /// Panics when there is no free port.
    pub fn start(target: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("the loopback interface is there");
        let port = listener.local_addr().expect("it is bound").port();
        let wires = Arc::new(Wires {
            target,
            state: Mutex::default(),
            changed: Condvar::new(),
        });
        let accepting = Arc::clone(&wires);
        thread::spawn(move || accepting.accept(&listener));
        Self { port, wires }
    }

    /// The port to connect to.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Plans a fault.
    pub fn at(&self, moment: Moment, fault: Fault) {
        self.wires.state().plan = Some((moment, fault));
    }

    /// Whether the planned fault has come.
    pub fn reached(&self) -> bool {
        self.wires.state().reached
    }

    /// How many bytes have passed.
    pub fn bytes(&self) -> u64 {
        self.wires.state().bytes
    }

    /// The requests that were made, as text.
    pub fn requests(&self) -> Vec<String> {
        let state = self.wires.state();
        let text = |bytes: &Vec<u8>| String::from_utf8_lossy(bytes).into_owned();
        state.requests.iter().map(text).collect()
    }

    /// Ends all connections.
    pub fn cut(&self, how: Cut) {
        self.wires.cut(how);
    }

    /// Passes on again what was frozen.
    pub fn thaw(&self) {
        self.wires.state().frozen = false;
        self.wires.changed.notify_all();
    }

    /// Lets nobody connect from now on, or lets everybody again.
    pub fn refuse(&self, refusing: bool) {
        self.wires.state().refusing = refusing;
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.wires.state().ended = true;
        self.cut(Cut::Close);
        // Wakes up the thread that accepts.
        drop(TcpStream::connect(("127.0.0.1", self.port)));
    }
}

impl Wires {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn accept(self: &Arc<Self>, listener: &TcpListener) {
        for client in listener.incoming() {
            let Ok(client) = client else { continue };
            let mut state = self.state();
            if state.ended {
                return;
            }
            let server = (!state.refusing)
                .then(|| TcpStream::connect(("127.0.0.1", self.target)).ok())
                .flatten();
            let Some(server) = server else {
                reset(&client);
                continue;
            };
            for stream in [&client, &server] {
                // What is passed on is passed on at once, and a side that does not read must not hold a thread for ever.
                let _ = stream.set_nodelay(true);
                let _ = stream.set_write_timeout(Some(Duration::from_secs(30)));
            }
            let wire = Arc::new(Wire { client, server });
            state.wires.push(Arc::clone(&wire));
            drop(state);
            // The request that the connection's client waits to see answered.
            let asked = Arc::new(Mutex::new(None));
            for direction in [Direction::ToServer, Direction::ToClient] {
                let (wires, wire, asked) = (Arc::clone(self), Arc::clone(&wire), Arc::clone(&asked));
                thread::spawn(move || wires.pump(&wire, direction, &asked));
            }
        }
    }

    /// Passes on what one side sends, until it ends.
    fn pump(&self, wire: &Arc<Wire>, direction: Direction, asked: &Mutex<Option<usize>>) {
        let (mut from, mut to) = match direction {
            Direction::ToServer => (&wire.client, &wire.server),
            Direction::ToClient => (&wire.server, &wire.client),
        };
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(count @ 1..) = from.read(&mut buffer) {
            let passed = self.pass(direction, &buffer[..count], asked);
            if to.write_all(&buffer[..passed.bytes]).is_err() {
                break;
            }
            let goes_on = match passed.then {
                None => true,
                Some(Fault::Cut(how)) => {
                    self.cut(how);
                    false
                }
                Some(Fault::Freeze) => {
                    self.wait_for_thaw(wire) && to.write_all(&buffer[passed.bytes..count]).is_ok()
                }
            };
            if !goes_on {
                break;
            }
        }
        wire.shut();
        self.state().wires.retain(|other| !Arc::ptr_eq(other, wire));
    }

    /// Decides how much of what has arrived is passed on, and what happens then.
    fn pass(&self, direction: Direction, bytes: &[u8], asked: &Mutex<Option<usize>>) -> Passed {
        let mut state = self.state();
        let mut asked = asked.lock().unwrap_or_else(PoisonError::into_inner);
        let now = match (direction, *asked) {
            (Direction::ToServer, None) => {
                state.requests.push(bytes.to_vec());
                *asked = Some(state.requests.len());
                Some(Moment::Request(state.requests.len()))
            }
            (Direction::ToServer, Some(number)) => {
                state.requests[number - 1].extend_from_slice(bytes);
                None
            }
            (Direction::ToClient, number) => {
                *asked = None;
                number.map(Moment::Answer)
            }
        };
        if state.frozen {
            return Passed {
                bytes: 0,
                then: Some(Fault::Freeze),
            };
        }
        let all = Passed {
            bytes: bytes.len(),
            then: None,
        };
        let passed = match state.plan {
            Some((Moment::Byte(limit), fault)) => {
                let left = usize::try_from(limit.saturating_sub(state.bytes)).unwrap_or(usize::MAX);
                if left < bytes.len() {
                    Passed {
                        bytes: left,
                        then: Some(fault),
                    }
                } else {
                    all
                }
            }
            Some((moment, fault)) if Some(moment) == now => Passed {
                bytes: 0,
                then: Some(fault),
            },
            _ => all,
        };
        state.bytes += passed.bytes as u64;
        if let Some(fault) = passed.then {
            state.plan = None;
            state.reached = true;
            state.frozen = fault == Fault::Freeze;
        }
        passed
    }

    /// Waits until something is passed on again; tells whether the connection is still there.
    fn wait_for_thaw(&self, wire: &Arc<Wire>) -> bool {
        let mut state = self.state();
        loop {
            if !state.wires.iter().any(|other| Arc::ptr_eq(other, wire)) {
                return false;
            }
            if !state.frozen {
                return true;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn cut(&self, how: Cut) {
        let mut state = self.state();
        state.frozen = false;
        for wire in state.wires.drain(..) {
            if how == Cut::Reset {
                reset(&wire.client);
                reset(&wire.server);
            }
            wire.shut();
        }
        self.changed.notify_all();
    }
}

/// What to do with bytes that have arrived.
struct Passed {
    bytes: usize,
    then: Option<Fault>,
}

impl Wire {
    /// Ends both threads' reading and writing.
    fn shut(&self) {
        for stream in [&self.client, &self.server] {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

/// Has the connection end with a reset when it is closed.
fn reset(stream: &TcpStream) {
    let _ = SockRef::from(stream).set_linger(Some(Duration::ZERO));
}
