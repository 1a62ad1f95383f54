//! Runs one throw-away PostgreSQL for a test run.
//!
//! Contract for whoever starts it (`cargo run -q -p regia-testkit --bin test-cluster`):
//! - it prints the cluster's address, `postgres://…`, as its only line on standard output as soon
//!   as connections are taken; put it into `REGIA_TEST_DATABASE_URL`;
//! - it stays until its standard input ends (so it ends when its starter is killed), or SIGTERM or
//!   SIGINT arrives; then it stops PostgreSQL, removes its folder and exits with 0;
//! - when PostgreSQL does not start, it prints the reason and the next step on standard error and
//!   exits with 1;
//! - killed with SIGKILL, PostgreSQL stops by itself, and the next run removes the folder.

use std::io::{Read as _, Write as _};
use std::process::ExitCode;

use regia_testkit::ThrowawayCluster;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

#[tokio::main]
async fn main() -> std::io::Result<ExitCode> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let input_ended = watch_input();
    let cluster = match ThrowawayCluster::start().await {
        Ok(cluster) => cluster,
        Err(error) => {
            writeln!(std::io::stderr(), "test-cluster: {error}; {}", error.hint())?;
            return Ok(ExitCode::FAILURE);
        }
    };
    writeln!(std::io::stdout(), "{}", cluster.url().expose())?;
    tokio::select! {
        _ = input_ended => {}
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    cluster.stop().await?;
    Ok(ExitCode::SUCCESS)
}

/// Resolves (with its sender gone) when standard input ends. A thread of its own, which the process does not wait for.
fn watch_input() -> oneshot::Receiver<()> {
    let (ended, receiver) = oneshot::channel();
    std::thread::spawn(move || {
        let mut input = std::io::stdin().lock();
        let mut ignored = [0; 64];
        while input.read(&mut ignored).is_ok_and(|count| count > 0) {}
        drop(ended);
    });
    receiver
}
