//! What a measurement of the whole server needs: the server as a process, its cost, the table.

pub mod limiter;
pub mod policy;

use std::fs;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// One figure.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// What was measured.
    pub name: String,
    /// The figure.
    pub value: f64,
    /// Its unit.
    pub unit: &'static str,
    /// What it must reach, or stay below.
    pub bar: Option<Bar>,
}

/// What a figure is held to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bar {
    /// As much or more.
    AtLeast(f64),
    /// As much or less.
    AtMost(f64),
}

impl Measured {
    /// With a bar to reach, if there is one.
    pub fn new(
        name: impl Into<String>,
        value: f64,
        unit: &'static str,
        at_least: Option<f64>,
    ) -> Self {
        Self {
            name: name.into(),
            value,
            unit,
            bar: at_least.map(Bar::AtLeast),
        }
    }

    /// Without a bar.
    pub fn plain(name: impl Into<String>, value: f64, unit: &'static str) -> Self {
        Self::new(name, value, unit, None)
    }

    /// With a bar to reach.
    #[must_use]
    pub fn at_least(name: &str, value: f64, unit: &'static str, bar: f64) -> Self {
        Self::new(name, value, unit, Some(bar))
    }

    /// With a bar to stay below.
    #[must_use]
    pub fn at_most(name: &str, value: f64, unit: &'static str, bar: f64) -> Self {
        Self {
            bar: Some(Bar::AtMost(bar)),
            ..Self::plain(name, value, unit)
        }
    }

    /// Whether the bar holds, if there is one.
    #[must_use]
    pub fn holds(&self) -> Option<bool> {
        self.bar.map(|bar| match bar {
            Bar::AtLeast(bar) => self.value >= bar,
            Bar::AtMost(bar) => self.value <= bar,
        })
    }
}

/// The middle of several runs.
///
/// # Errors
/// That of the first run that fails.
pub fn median<E>(runs: usize, mut run: impl FnMut() -> Result<f64, E>) -> Result<f64, E> {
    let mut values = (0..runs).map(|_| run()).collect::<Result<Vec<f64>, E>>()?;
    values.sort_by(f64::total_cmp);
    Ok(values.get(values.len() / 2).copied().unwrap_or_default())
}

/// The middle one of these times; sorts them.
fn middle(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// Prints the table, below the machine's load.
///
/// # Errors
/// When nothing can be written or read.
pub fn print(figures: &[Measured]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let load = fs::read_to_string("/proc/loadavg")?;
    writeln!(
        out,
        "load average {}",
        load.split(' ').take(3).collect::<Vec<_>>().join(" ")
    )?;
    writeln!(
        out,
        "{:<32} {:>12} {:<12} {:<14} holds",
        "figure", "value", "unit", "bar"
    )?;
    for figure in figures {
        let bar = match figure.bar {
            Some(Bar::AtLeast(bar)) => format!(">= {bar}"),
            Some(Bar::AtMost(bar)) => format!("<= {bar}"),
            None => String::new(),
        };
        let holds = figure
            .holds()
            .map_or("", |holds| if holds { "yes" } else { "NO" });
        let Measured {
            name, value, unit, ..
        } = figure;
        writeln!(out, "{name:<32} {value:>12.2} {unit:<12} {bar:<14} {holds}")?;
    }
    Ok(())
}

/// Writes name, value, unit, bar and holds of each figure.
///
/// # Errors
/// When the file cannot be written.
pub fn write_json(file: &Path, figures: &[Measured]) -> io::Result<()> {
    let rows: Vec<serde_json::Value> = figures
        .iter()
        .map(|figure| {
            let bar = figure.bar.map(|(Bar::AtLeast(bar) | Bar::AtMost(bar))| bar);
            serde_json::json!({
                "name": figure.name, "value": figure.value, "unit": figure.unit,
                "bar": bar, "holds": figure.holds(),
            })
        })
        .collect();
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(file, serde_json::to_vec_pretty(&rows)?)
}

/// Bytes of the database's tables and indexes below a data folder; its log of changes is left out,
/// since its size says nothing about what is kept.
///
/// # Errors
/// When the folder cannot be read.
pub fn folder_bytes(data: &Path) -> io::Result<u64> {
    fn sum(folder: &Path) -> io::Result<u64> {
        let mut bytes = 0;
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            bytes += match entry.metadata() {
                Ok(data) if data.is_dir() => sum(&entry.path())?,
                Ok(data) => data.len(),
                // A file that PostgreSQL has removed meanwhile.
                Err(_) => 0,
            };
        }
        Ok(bytes)
    }
    sum(&data.join("postgres/base"))
}

/// A server of ours, started for a measurement.
#[derive(Debug)]
pub struct Server {
    child: Child,
    acs: String,
    console: String,
}

impl Server {
    /// An API key.
    pub const API_KEY: &'static str = "bench-api-key";

    /// Password of the fleet credential.
    pub const PASSWORD: &'static str = "bench-fleet-password";

    /// Starts a server on a new data folder and waits for its addresses. It leaves new devices
    /// alone, so that every session is one without work.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start(program: &Path, data: &Path) -> io::Result<Self> {
        Self::start_with(program, data, &[])
    }

    /// The same with more variables.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub fn start_with(program: &Path, data: &Path, variables: &[(&str, &str)]) -> io::Result<Self> {
        if data.exists() {
            fs::remove_dir_all(data)?;
        }
        let mut child = Command::new(program)
            .args([
                "serve",
                "--web-listen",
                "127.0.0.1:0",
                "--cwmp-listen",
                "127.0.0.1:0",
            ])
            .arg("--data-dir")
            .arg(data)
            .env("REGIA_FLEET_PASSWORD", Self::PASSWORD)
            .env("REGIA__ACS__ONBOARDING__CONCURRENT", "0")
            // Counted, and far from refused: each device calls as fast as it can.
            .env("REGIA__ACS__SESSION__STARTS_PER_MINUTE", "1000000")
            .env("REGIA__ACS__SESSION__STARTS_BURST", "1000000")
            .env("REGIA__LOG__FILTER", "warn")
            .env("REGIA_API_KEY", Self::API_KEY)
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .spawn()?;
        let lines = child.stdout.take().map(BufReader::new);
        let mut lines = lines
            .into_iter()
            .flat_map(BufReader::lines)
            .map_while(Result::ok);
        let mut address =
            |of: &str| lines.find_map(|line| line.strip_prefix(of).map(str::to_owned));
        let addresses = (address("console "), address("cwmp "));
        match addresses {
            (Some(console), Some(acs)) => Ok(Self {
                child,
                acs,
                console,
            }),
            _ => {
                child.kill()?;
                Err(io::Error::other(
                    "the server ended before it printed its addresses",
                ))
            }
        }
    }

    /// Address of its CWMP listener.
    #[must_use]
    pub fn acs(&self) -> &str {
        &self.acs
    }

    /// Address of its console and API.
    #[must_use]
    pub fn console(&self) -> &str {
        &self.console
    }

    /// CPU time of the server and of its PostgreSQL so far.
    ///
    /// # Errors
    /// When the processes cannot be read.
    pub fn cpu(&self) -> io::Result<Duration> {
        let own = self.child.id();
        let all: Vec<Stat> = fs::read_dir("/proc")?
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
            .filter_map(Stat::of)
            .collect();
        let mut family = vec![own];
        let mut next = 0;
        while let Some(parent) = family.get(next).copied() {
            family.extend(
                all.iter()
                    .filter(|stat| stat.parent == parent)
                    .map(|stat| stat.id),
            );
            next += 1;
        }
        let ticks: u64 = all
            .iter()
            .filter(|stat| family.contains(&stat.id))
            .map(|stat| stat.ticks)
            .sum();
        Ok(Duration::from_millis(ticks * MS_PER_TICK))
    }

    /// Resident memory of the server without its PostgreSQL, bytes.
    ///
    /// # Errors
    /// When the process cannot be read.
    pub fn resident_bytes(&self) -> io::Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse().ok());
        kilobytes
            .map(|kb: u64| kb * 1024)
            .ok_or_else(|| io::Error::other("no VmRSS"))
    }

    /// Stops it in order.
    ///
    /// # Errors
    /// When it cannot be told or waited for.
    pub fn stop(&mut self) -> io::Result<()> {
        Command::new("kill")
            .arg(self.child.id().to_string())
            .status()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // After `stop` there is nothing left to kill.
        drop(self.child.kill());
    }
}

/// Linux counts CPU time in hundredths of a second (`USER_HZ`).
const MS_PER_TICK: u64 = 10;

struct Stat {
    id: u32,
    parent: u32,
    ticks: u64,
}

impl Stat {
    fn of(id: u32) -> Option<Self> {
        let text = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
        // The name in parentheses may hold anything; what follows it is numbers.
        let (_, rest) = text.rsplit_once(") ")?;
        let fields: Vec<&str> = rest.split(' ').collect();
        let number = |place: usize| fields.get(place)?.parse::<u64>().ok();
        Some(Self {
            id,
            parent: u32::try_from(number(1)?).ok()?,
            ticks: number(11)? + number(12)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_held_to_its_bar() {
        for (figure, holds) in [
            (Measured::at_least("a", 5.0, "x", 5.0), Some(true)),
            (Measured::at_least("a", 4.9, "x", 5.0), Some(false)),
            (Measured::at_most("a", 5.0, "x", 5.0), Some(true)),
            (Measured::at_most("a", 5.1, "x", 5.0), Some(false)),
            (Measured::plain("a", 5.1, "x"), None),
        ] {
            assert_eq!(figure.holds(), holds, "{figure:?}");
        }
    }

    #[test]
    fn the_middle_run_counts() {
        let mut runs = [3.0, 1.0, 2.0].into_iter();
        assert_eq!(median(3, || runs.next().ok_or(())), Ok(2.0));
        assert_eq!(median(3, || Err::<f64, _>("no")), Err("no"));
    }

    #[test]
    fn own_processes_can_be_read() {
        let stat = Stat::of(std::process::id()).unwrap();
        assert_eq!(stat.id, std::process::id());
        assert!(stat.parent > 0);
    }
}
