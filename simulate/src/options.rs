//! The command line of `simulate cpe`.

use std::net::SocketAddr;
use std::time::Duration;

use crate::faults::FaultShare;
use crate::model::Standard;

/// Which data models a fleet has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Model {
    /// InternetGatewayDevice:1.
    Tr098,
    /// Device:2.
    Tr181,
    /// One half each.
    Mixed,
}

impl Model {
    pub(crate) const fn standard(self, number: u64) -> Standard {
        match self {
            Self::Tr098 => Standard::Tr098,
            Self::Tr181 => Standard::Tr181,
            Self::Mixed if number.is_multiple_of(2) => Standard::Tr181,
            Self::Mixed => Standard::Tr098,
        }
    }
}

/// Simulates CPEs that speak TR-069 to an ACS.
#[derive(Debug, Clone, clap::Args)]
pub struct SimulateCpe {
    /// Address of the ACS.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:7547/")]
    pub acs: String,
    /// How many CPEs.
    #[arg(long, default_value_t = 1)]
    pub count: u64,
    /// Their data models.
    #[arg(long, value_enum, default_value_t = Model::Mixed)]
    pub model: Model,
    /// User with which they leave the factory.
    #[arg(long, default_value = "fleet")]
    pub username: String,
    /// Password with which they leave the factory.
    #[arg(
        long,
        env = "REGIA_FLEET_PASSWORD",
        hide_env_values = true,
        default_value = ""
    )]
    pub password: String,
    /// Send Basic unasked instead of waiting for a challenge.
    #[arg(long)]
    pub preemptive_basic: bool,
    /// Periodic inform interval with which they leave the factory.
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    pub interval_seconds: u32,
    /// The least wait before a failed session is tried again.
    #[arg(long, value_name = "SECONDS", default_value_t = 5)]
    pub retry_seconds: u32,
    /// About how often something changes by itself on each CPE; 0 for never.
    #[arg(long, value_name = "SECONDS", default_value_t = 3600)]
    pub change_seconds: u64,
    /// The same seed makes the same CPEs.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// OUI, six hexadecimal digits.
    #[arg(long, default_value = "00D09E")]
    pub oui: String,
    /// What the serials begin with; six digits follow.
    #[arg(long, default_value = "SIM")]
    pub serial_prefix: String,
    /// Misbehaviour of a share of the CPEs: slow, drop, lost-cookie, bad-xml, odd-prefixes, 9005,
    /// 9002, silent, duplicate, no-cookie, no-end. May be repeated.
    #[arg(long = "fault", value_name = "KIND=SHARE")]
    pub faults: Vec<FaultShare>,
    /// How long a silent CPE keeps its connection; servers give up at 30 s.
    #[arg(long, value_name = "SECONDS", default_value_t = 45)]
    pub silence_seconds: u64,
    /// Where connection requests arrive.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    pub connection_request_listen: SocketAddr,
    /// The host of the connection request address, when it is not the one listened on.
    #[arg(long, value_name = "HOST")]
    pub connection_request_host: Option<String>,
    /// Over how long the starts are spread; by default 50 CPEs start in a second.
    #[arg(long, value_name = "SECONDS")]
    pub start_seconds: Option<u64>,
    /// How long a boot takes.
    #[arg(long, value_name = "SECONDS", default_value_t = 2)]
    pub boot_seconds: u64,
    /// Stop by itself after this time.
    #[arg(long, value_name = "SECONDS")]
    pub duration_seconds: Option<u64>,
}

impl Default for SimulateCpe {
    /// What the command line has without any option.
    fn default() -> Self {
        Self {
            acs: "http://127.0.0.1:7547/".to_owned(),
            count: 1,
            model: Model::Mixed,
            username: "fleet".to_owned(),
            password: String::new(),
            preemptive_basic: false,
            interval_seconds: 300,
            retry_seconds: 5,
            change_seconds: 3600,
            seed: 1,
            oui: "00D09E".to_owned(),
            serial_prefix: "SIM".to_owned(),
            faults: Vec::new(),
            silence_seconds: 45,
            connection_request_listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            connection_request_host: None,
            start_seconds: None,
            boot_seconds: 2,
            duration_seconds: None,
        }
    }
}

/// By default so many CPEs start in a second.
const STARTS_PER_SECOND: u64 = 50;

impl SimulateCpe {
    /// When the CPE with this number starts.
    pub(crate) fn start_after(&self, number: u64) -> Duration {
        let whole = match self.start_seconds {
            Some(seconds) => Duration::from_secs(seconds),
            None => Duration::from_millis(self.count * 1000 / STARTS_PER_SECOND),
        };
        let share = u128::from(number) * whole.as_millis() / u128::from(self.count.max(1));
        Duration::from_millis(u64::try_from(share).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[derive(Debug, clap::Parser)]
    struct Line {
        #[command(flatten)]
        options: SimulateCpe,
    }

    fn read(words: &[&str]) -> Result<SimulateCpe, clap::Error> {
        let words = std::iter::once("x").chain(words.iter().copied());
        Line::try_parse_from(words).map(|line| line.options)
    }

    #[test]
    fn the_command_line_has_the_defaults_of_the_struct() {
        let mut read = read(&[]).unwrap();
        // The environment may name one.
        read.password.clear();
        assert_eq!(format!("{read:?}"), format!("{:?}", SimulateCpe::default()));
    }

    #[test]
    fn the_command_line_is_read() {
        let read = read(&[
            "--count",
            "200",
            "--model",
            "tr098",
            "--fault",
            "drop=10%",
            "--fault",
            "9005=0.2",
            "--connection-request-listen",
            "0.0.0.0:7548",
        ])
        .unwrap();
        assert_eq!(
            (read.count, read.model, read.faults.len()),
            (200, Model::Tr098, 2)
        );
        assert_eq!(read.connection_request_listen.port(), 7548);
    }

    #[test]
    fn nonsense_is_refused() {
        for words in [
            ["--count", "x"],
            ["--fault", "drop=2"],
            ["--model", "tr104"],
        ] {
            assert!(read(&words).is_err(), "{words:?}");
        }
    }

    #[test]
    fn starts_are_spread() {
        let options = SimulateCpe {
            count: 200,
            ..SimulateCpe::default()
        };
        assert_eq!(options.start_after(0), Duration::ZERO);
        assert_eq!(options.start_after(100), Duration::from_secs(2));
        let at_once = SimulateCpe {
            start_seconds: Some(0),
            ..options
        };
        assert_eq!(at_once.start_after(199), Duration::ZERO);
    }
}
