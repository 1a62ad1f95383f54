//! A server as a child process: its printed lines, its answers, its end.

use std::fs::{Permissions, set_permissions};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use regia_clock::Clock;
use regia_testkit::TestDb;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::time::Instant;

use crate::command::regia;

/// Generous: a busy machine may need long for a first start.
const DEADLINE: Duration = Duration::from_secs(90);
const POLL: Duration = Duration::from_millis(20);

/// The administrator's API key that [`Server::start`] seeds.
pub(crate) const API_KEY: &str = "test-api-key-0123456789-0123456789";

/// The secret key of servers on a configured database.
pub(crate) const SECRET_KEY: &str =
    "abababababababababababababababababababababababababababababababab";

/// The variables of servers that share a configured database.
pub(crate) fn shared(url: &str) -> [(&str, &str); 3] {
    [
        ("REGIA__DATABASE__URL", url),
        ("REGIA__SERVER__SECRET_KEY", SECRET_KEY),
        ("REGIA_API_KEY", API_KEY),
    ]
}

/// A place for data folders that PostgreSQL's account can enter when tests run as root.
pub(crate) fn place() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    set_permissions(folder.path(), Permissions::from_mode(0o711)).unwrap();
    folder
}

fn now() -> Instant {
    Clock::system().instant()
}

/// Looks again and again until it is so.
pub(crate) fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = now() + DEADLINE;
    while !is_so() {
        assert!(now() < deadline, "{what} did not come");
        std::thread::sleep(POLL);
    }
}

/// A running server; dropping it stops it.
#[derive(Debug)]
pub(crate) struct Server {
    pub child: Child,
    out: Receiver<String>,
    log: PathBuf,
    /// Everything printed before the addresses.
    pub said: Vec<String>,
    pub console: String,
    pub cwmp: String,
}

impl Server {
    /// Starts on a data folder with seeded credentials and waits until it listens.
    pub(crate) fn start(data_dir: &Path) -> Self {
        Self::start_with(data_dir, &[("REGIA_API_KEY", API_KEY)])
    }

    /// The same with variables of the caller's choice.
    pub(crate) fn start_with(data_dir: &Path, variables: &[(&str, &str)]) -> Self {
        let log = data_dir.with_extension("log");
        let mut command = serve(data_dir);
        command
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .stderr(
                std::fs::File::options()
                    .create(true)
                    .append(true)
                    .open(&log)
                    .unwrap(),
            );
        let mut child = command.spawn().unwrap();
        let (sender, out) = channel();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        std::thread::spawn(move || lines.map_while(Result::ok).try_for_each(|l| sender.send(l)));
        let (console, cwmp) = (String::new(), String::new());
        let mut server = Self {
            child,
            out,
            log,
            said: Vec::new(),
            console,
            cwmp,
        };
        server.console = server.address("console ");
        server.cwmp = server.address("cwmp ");
        server
    }

    /// On a configured database, which is there sooner than a private one.
    pub(crate) fn start_on(database: &TestDb, place: &Path, more: &[(&str, &str)]) -> Self {
        let url = database.url();
        let mut variables = shared(url.expose()).to_vec();
        variables.extend(more);
        Self::start_with(&place.join("data"), &variables)
    }

    fn address(&mut self, prefix: &str) -> String {
        loop {
            let Ok(line) = self.out.recv_timeout(DEADLINE) else {
                panic!(
                    "no line `{prefix}` after {:?}; log:\n{}",
                    self.said,
                    self.log()
                );
            };
            if let Some(address) = line.strip_prefix(prefix) {
                return address.strip_prefix("http://").unwrap().to_owned();
            }
            self.said.push(line);
        }
    }

    /// Everything logged so far, by every server on this folder.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Status and whole text of the answer to a GET of the console.
    pub(crate) fn get(&self, path: &str) -> (u16, String) {
        let answer = request(&self.console, &format!("GET {path}"), &[], "");
        (status(&answer), answer)
    }

    /// The same with the API key.
    pub(crate) fn get_with_key(&self, path: &str) -> (u16, String) {
        let key = format!("Authorization: Bearer {API_KEY}");
        let answer = request(&self.console, &format!("GET {path}"), &[&key], "");
        (status(&answer), answer)
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits for its end.
    pub(crate) fn ended(&mut self) -> ExitStatus {
        eventually("the server's end", || {
            self.child.try_wait().unwrap().is_some()
        });
        self.child.wait().unwrap()
    }

    /// Asks for an orderly stop and waits for it.
    pub(crate) fn stop(mut self) -> ExitStatus {
        self.signal(Signal::TERM);
        self.ended()
    }

    /// Ends it as a power cut would end the process.
    pub(crate) fn kill(mut self) {
        self.signal(Signal::KILL);
        self.ended();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            // Orderly, so that PostgreSQL is gone before its folder is removed.
            self.signal(Signal::TERM);
            let deadline = now() + DEADLINE;
            while matches!(self.child.try_wait(), Ok(None)) && now() < deadline {
                std::thread::sleep(POLL);
            }
            drop(self.child.kill());
            drop(self.child.wait());
        }
    }
}

/// `regia serve` on free ports.
pub(crate) fn serve(data_dir: &Path) -> Command {
    let data_dir = data_dir.to_str().unwrap();
    let ports = [
        "--web-listen",
        "127.0.0.1:0",
        "--cwmp-listen",
        "127.0.0.1:0",
    ];
    let mut command = regia(&["serve", "--data-dir", data_dir]);
    command.args(ports).env("REGIA__LOG__FORMAT", "text");
    // A test asks again and again until something is so.
    command.env("REGIA__LIMITS__API_PER_MINUTE", "0");
    command
}

/// Sends one request on a connection of its own; the answer is head and body as they came.
pub(crate) fn request(address: &str, line: &str, headers: &[&str], body: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    let mut head = format!("{line} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n");
    for header in headers {
        head.push_str(&format!("{header}\r\n"));
    }
    head.push_str(&format!("Content-Length: {}\r\n\r\n{body}", body.len()));
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

pub(crate) fn status(answer: &str) -> u16 {
    answer
        .split(' ')
        .nth(1)
        .unwrap_or_default()
        .parse()
        .unwrap_or_default()
}
