//! A Redis server of one test's own, to be killed and started again.

use std::io::{self, BufRead, BufReader};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

/// Names the Redis that all tests may use together.
const VARIABLE: &str = "REGIA_TEST_REDIS_URL";

/// Runs Redis for as long as the standard input is open, however this process ends; its last
/// argument is said to it by the system.
const GUARDED: &str = r#"redis-server "$@" & cat > /dev/null; kill -9 $!; wait"#;

/// What Redis says when it can be used.
const READY: &str = "eady to accept connections";

/// A server in a temporary folder that keeps nothing, on a socket of its own.
#[derive(Debug)]
pub struct Redis {
    folder: TempDir,
    process: Option<Child>,
    /// The only node of a cluster has a port, and another one for its kind.
    ports: Option<[u16; 2]>,
}

impl Redis {
    /// Starts one.
    ///
    /// # Panics
    /// When `redis-server` is not installed or does not start.
    #[must_use]
    pub fn start() -> Self {
        Self::new(None)
    }

    /// Starts the only node of a cluster; it has no slots yet.
    ///
    /// # Panics
    /// As [`Redis::start`].
    #[must_use]
    pub fn cluster() -> Self {
        Self::new(Some([free_port(), free_port()]))
    }

    fn new(ports: Option<[u16; 2]>) -> Self {
        let folder = tempfile::tempdir()
            .unwrap_or_else(|error| panic!("a folder for Redis cannot be made: {error}"));
        let mut redis = Self {
            folder,
            process: None,
            ports,
        };
        redis.restart();
        redis
    }

    /// The address of the Redis that all tests use together, each with a prefix of its own.
    ///
    /// # Panics
    /// When the variable that names it is not set.
    #[must_use]
    pub fn shared() -> String {
        std::env::var(VARIABLE).unwrap_or_else(|_| {
            panic!("{VARIABLE} names no Redis: run the tests with `cargo xtask test`")
        })
    }

    /// Its address.
    #[must_use]
    pub fn url(&self) -> String {
        match self.ports {
            Some([port, _]) => format!("redis://127.0.0.1:{port}"),
            None => format!("redis+unix://{}", self.socket().display()),
        }
    }

    /// Starts it again, empty, at the same address.
    ///
    /// # Panics
    /// As [`Redis::start`].
    pub fn restart(&mut self) {
        self.kill();
        match self.run() {
            Ok(process) => self.process = Some(process),
            Err(error) => panic!("redis-server does not start: {error}"),
        }
    }

    /// Kills it; when this returns, it is gone.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            drop(process.stdin.take());
            drop(process.wait());
        }
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("redis.sock")
    }

    fn run(&self) -> io::Result<Child> {
        let mut command = Command::new("sh");
        command.args(["-c", GUARDED, "sh", "--save", "", "--appendonly", "no"]);
        match self.ports {
            Some([port, bus]) => command
                .args(["--bind", "127.0.0.1", "--port", &port.to_string()])
                .args(["--cluster-enabled", "yes"])
                .args(["--cluster-port", &bus.to_string()]),
            None => command.args(["--port", "0"]),
        };
        let mut process = command
            .arg("--unixsocket")
            .arg(self.socket())
            .arg("--dir")
            .arg(self.folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let said = process.stdout.take().map(BufReader::new);
        let mut lines = said.into_iter().flat_map(BufRead::lines);
        let ready = lines.any(|line| line.is_ok_and(|line| line.contains(READY)));
        if ready {
            return Ok(process);
        }
        process.wait()?;
        Err(io::Error::other("it ended before it was ready"))
    }
}

/// A port that nobody listened on a moment ago.
fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0))
        .and_then(|socket| socket.local_addr())
        .unwrap_or_else(|error| panic!("there is no free port: {error}"))
        .port()
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.kill();
    }
}
