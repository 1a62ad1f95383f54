//! The server as a process that is killed and started again.

use std::fs::{self, File};
use std::io;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use regia_clock::Chance;

use super::api::Api;
use super::{KEY, PASSWORD, ProofError};

/// Below the ports that Linux gives to connections, which could otherwise take one while the server
/// is dead.
const PORTS: (u64, u64) = (20_000, 12_000);
const POLL: Duration = Duration::from_millis(50);
/// Recovery, and an earlier PostgreSQL that ends, take their time on a busy machine.
const READY: Duration = Duration::from_secs(120);

/// A server that always comes back at the same addresses.
#[derive(Debug)]
pub(super) struct Server {
    program: PathBuf,
    data: PathBuf,
    pub(super) web: u16,
    pub(super) cwmp: u16,
    child: Option<Child>,
}

impl Server {
    /// Not started yet.
    pub(super) fn new(program: &Path, data: PathBuf, chance: &Chance) -> Self {
        let web = free_port(chance);
        let mut cwmp = free_port(chance);
        while cwmp == web {
            cwmp = free_port(chance);
        }
        Self {
            program: program.to_owned(),
            data,
            web,
            cwmp,
            child: None,
        }
    }

    pub(super) fn start(&mut self) -> Result<(), ProofError> {
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.log_file())?;
        let child = Command::new(&self.program)
            .args(["serve", "--web-listen"])
            .arg(format!("127.0.0.1:{}", self.web))
            .arg("--cwmp-listen")
            .arg(format!("127.0.0.1:{}", self.cwmp))
            .arg("--data-dir")
            .arg(&self.data)
            .env("REGIA_FLEET_PASSWORD", PASSWORD)
            .env("REGIA_API_KEY", KEY)
            .env("REGIA__LOG__FORMAT", "text")
            .env("REGIA__ACS__ONBOARDING__MODE", "manage")
            .env("REGIA__ACS__ONBOARDING__RETURNING", "auto")
            .env("REGIA__ACS__ONBOARDING__INFORM_INTERVAL_SECONDS", "3")
            .env("REGIA__ACS__SESSION__RETRY_AFTER_SECONDS", "2")
            // Whoever loses sessions and answers on purpose asks more often than anybody else.
            .env("REGIA__ACS__SESSION__STARTS_PER_MINUTE", "0")
            .env("REGIA__LIMITS__API_PER_MINUTE", "0")
            .env("REGIA__LIMITS__BULK_PER_MINUTE", "0")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()?;
        self.child = Some(child);
        Ok(())
    }

    /// Waits until it says that it is ready.
    pub(super) async fn ready(&mut self, api: &Api) -> Result<(), ProofError> {
        let ready = tokio::time::timeout(READY, async {
            loop {
                if let Ok((200, _)) = api.get("/health/ready").await
                    && let Ok((200, _)) = api.get("/api/v1/acs/devices?limit=1").await
                {
                    return Ok(());
                }
                if let Some(child) = &mut self.child
                    && let Some(status) = child.try_wait()?
                {
                    return Err(ProofError::Ended(status.to_string()));
                }
                tokio::time::sleep(POLL).await;
            }
        });
        ready.await.map_err(|_| ProofError::NotReady)?
    }

    /// Ends the process as a power cut would.
    pub(super) fn kill(&mut self) -> io::Result<()> {
        if let Some(mut child) = self.child.take() {
            child.kill()?;
            child.wait()?;
        }
        Ok(())
    }

    /// Ends the private PostgreSQL's leading process the same way; false when there is none.
    pub(super) fn kill_postmaster(&self) -> io::Result<bool> {
        match self.postmaster() {
            Some(pid) => Ok(Command::new("kill")
                .args(["-9", &pid])
                .stderr(Stdio::null())
                .status()?
                .success()),
            None => Ok(false),
        }
    }

    /// The number of the private PostgreSQL's leading process.
    pub(super) fn postmaster(&self) -> Option<String> {
        let text = fs::read_to_string(self.data.join("postgres/postmaster.pid")).ok()?;
        let pid = text.lines().next()?.trim();
        pid.bytes()
            .all(|byte| byte.is_ascii_digit())
            .then(|| pid.to_owned())
    }

    /// Waits until another postmaster leads than the one that was killed.
    pub(super) async fn another_postmaster(&self, killed: Option<&str>) -> Result<(), ProofError> {
        let another = tokio::time::timeout(READY, async {
            loop {
                let leads = self.postmaster();
                if leads.is_some() && leads.as_deref() != killed {
                    return;
                }
                tokio::time::sleep(POLL).await;
            }
        });
        another.await.map_err(|_| ProofError::NotReady)
    }

    /// Asks for an orderly stop; whether it was one.
    pub(super) fn stop(&mut self) -> io::Result<bool> {
        let Some(mut child) = self.child.take() else {
            return Ok(true);
        };
        Command::new("kill").arg(child.id().to_string()).status()?;
        Ok(child.wait()?.success())
    }

    /// Everything that it logged, over all its lives.
    pub(super) fn log(&self) -> String {
        fs::read_to_string(self.log_file()).unwrap_or_default()
    }

    fn log_file(&self) -> PathBuf {
        self.data.with_extension("log")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Only after a failure; its PostgreSQL ends with it.
        drop(self.kill());
    }
}

fn free_port(chance: &Chance) -> u16 {
    loop {
        let port = PORTS.0 + chance.below(PORTS.1);
        if let Ok(port) = u16::try_from(port)
            && TcpListener::bind(("127.0.0.1", port)).is_ok()
        {
            return port;
        }
    }
}
