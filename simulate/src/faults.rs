//! Misbehaviour on request: what real CPEs do wrong, so that a server can prove that it copes.

use std::str::FromStr;
use std::time::Duration;

use regia_clock::Chance;
use regia_cwmp::Dialect;

use crate::model::{Standard, mix};

/// One way to misbehave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Takes its time for each answer.
    Slow,
    /// Hangs up in the middle of some sessions.
    Drop,
    /// Does not send the cookie back in some sessions.
    LostCookie,
    /// Sends an answer that is cut short in some sessions.
    BadXml,
    /// Spells its envelopes oddly: other prefixes, the XML Schema of 1999, versions that do not
    /// exist.
    OddPrefixes,
    /// Lists a subtree and answers 9005 for it.
    Missing,
    /// Answers 9002 to requests for many parameters.
    SmallBatches,
    /// Leaves an RPC unanswered in some sessions, until the ACS gives up.
    Silent,
    /// Opens a second session with the same Inform while some sessions run.
    Duplicate,
    /// Never returns a cookie.
    NoCookie,
    /// Leaves out the tags that close its envelopes.
    NoEnd,
}

impl Fault {
    /// Every fault with its name on the command line.
    pub const ALL: [(Self, &'static str); 11] = [
        (Self::Slow, "slow"),
        (Self::Drop, "drop"),
        (Self::LostCookie, "lost-cookie"),
        (Self::BadXml, "bad-xml"),
        (Self::OddPrefixes, "odd-prefixes"),
        (Self::Missing, "9005"),
        (Self::SmallBatches, "9002"),
        (Self::Silent, "silent"),
        (Self::Duplicate, "duplicate"),
        (Self::NoCookie, "no-cookie"),
        (Self::NoEnd, "no-end"),
    ];

    const fn bit(self) -> u16 {
        1 << self as u16
    }
}

/// Which part of a fleet has a fault.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FaultShare {
    /// Which fault.
    pub fault: Fault,
    /// 0 to 1.
    pub share: f64,
}

/// No `KIND=SHARE`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadFaultShare {
    /// No such fault.
    #[error(
        "no such fault; there are slow, drop, lost-cookie, bad-xml, odd-prefixes, 9005, 9002, \
         silent, duplicate, no-cookie and no-end"
    )]
    Fault,
    /// No number between 0 and 1.
    #[error("the share is no number between 0 and 1 or 0% and 100%")]
    Share,
}

impl FromStr for FaultShare {
    type Err = BadFaultShare;

    /// `drop=0.1`, `drop=10%`, or `drop` for the whole fleet.
    fn from_str(text: &str) -> Result<Self, BadFaultShare> {
        let (name, share) = text.split_once('=').unwrap_or((text, "1"));
        let known = Fault::ALL.into_iter().find(|(_, known)| *known == name);
        let (fault, _) = known.ok_or(BadFaultShare::Fault)?;
        let (number, whole) = match share.strip_suffix('%') {
            Some(percent) => (percent, 100.0),
            None => (share, 1.0),
        };
        let share = number.parse::<f64>().map_err(|_| BadFaultShare::Share)? / whole;
        if !(0.0..=1.0).contains(&share) {
            return Err(BadFaultShare::Share);
        }
        Ok(Self { fault, share })
    }
}

/// The faults of one CPE.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Faults(u16);

/// One session in so many goes wrong, for faults that do not show in every session.
const ONE_IN: u64 = 3;
/// How long a slow CPE thinks.
const SLOW: Duration = Duration::from_secs(3);
/// A batch of more parameters is too big for a CPE with [`Fault::SmallBatches`].
pub(crate) const SMALL_BATCH: usize = 32;
const ODD_DIALECTS: [&str; 4] = [
    // netcwmp
    "SOAP-ENV SOAP-ENC cwmp xsi xsd http://www.w3.org/1999/XMLSchema-instance http://www.w3.org/1999/XMLSchema urn:dslforum-org:cwmp-1-0",
    // Orange
    "soapenv soapenc cwmp xsi xsd http://www.w3.org/2001/XMLSchema-instance http://www.w3.org/2001/XMLSchema urn:dslforum-org:cwmp-1-0",
    "s e c i d http://www.w3.org/2001/XMLSchema-instance http://www.w3.org/2001/XMLSchema urn:dslforum-org:cwmp-1-1",
    "soap soap-enc tr69 xsi xsd http://www.w3.org/2001/XMLSchema-instance http://www.w3.org/2001/XMLSchema urn:dslforum-org:cwmp-1-4",
];

impl Faults {
    /// Exactly these.
    #[must_use]
    pub fn of(faults: &[Fault]) -> Self {
        Self(faults.iter().fold(0, |bits, fault| bits | fault.bit()))
    }

    /// What falls to the CPE with this seed.
    #[must_use]
    pub fn share(shares: &[FaultShare], seed: u64) -> Self {
        const WHOLE: u64 = 1_000_000;
        let mut faults = Self::default();
        for share in shares {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_precision_loss,
                clippy::cast_sign_loss,
                reason = "a share between 0 and 1 of a million"
            )]
            let limit = (share.share * WHOLE as f64) as u64;
            if mix(seed, 10_000 + share.fault as u64) % WHOLE < limit {
                faults.0 |= share.fault.bit();
            }
        }
        faults
    }

    /// Whether this one is among them.
    #[must_use]
    pub const fn has(self, fault: Fault) -> bool {
        self.0 & fault.bit() != 0
    }

    /// How a CPE with this seed spells its envelopes.
    pub(crate) fn dialect(self, seed: u64, standard: Standard) -> Dialect {
        let usual = Dialect::cwmp(match standard {
            Standard::Tr098 => 0,
            Standard::Tr181 => 2,
        });
        if !self.has(Fault::OddPrefixes) {
            return usual;
        }
        let choice = mix(seed, 20_000) % ODD_DIALECTS.len() as u64;
        usize::try_from(choice)
            .ok()
            .and_then(|choice| ODD_DIALECTS.get(choice))
            .and_then(|text| Dialect::from_text(text))
            .unwrap_or(usual)
    }

    /// The subtree that a CPE with [`Fault::Missing`] lists and does not have.
    pub(crate) const fn missing(self, standard: Standard) -> Option<&'static str> {
        match standard {
            _ if !self.has(Fault::Missing) => None,
            Standard::Tr098 => Some("InternetGatewayDevice.LANDevice.1.WLANConfiguration.2."),
            Standard::Tr181 => Some("Device.WiFi.SSID.2."),
        }
    }

    /// What goes wrong in the next session.
    pub(crate) fn draw(self, chance: &Chance) -> Mischief {
        let hits = |fault| self.has(fault) && chance.below(ONE_IN) == 0;
        let answer = |fault| hits(fault).then(|| 1 + chance.below(2));
        Mischief {
            slow: self.has(Fault::Slow).then_some(SLOW),
            drop_at: answer(Fault::Drop),
            cut_at: answer(Fault::BadXml),
            silent_at: answer(Fault::Silent),
            lost_cookie: hits(Fault::LostCookie),
            no_cookie: self.has(Fault::NoCookie),
            no_end: self.has(Fault::NoEnd),
            duplicate: hits(Fault::Duplicate),
        }
    }
}

/// What goes wrong in one session; answers are counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Mischief {
    pub(crate) slow: Option<Duration>,
    pub(crate) drop_at: Option<u64>,
    pub(crate) cut_at: Option<u64>,
    pub(crate) silent_at: Option<u64>,
    pub(crate) lost_cookie: bool,
    pub(crate) no_cookie: bool,
    pub(crate) no_end: bool,
    pub(crate) duplicate: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_read() {
        for (text, expected) in [
            ("drop=0.1", Ok((Fault::Drop, 0.1))),
            ("9005=25%", Ok((Fault::Missing, 0.25))),
            ("bad-xml", Ok((Fault::BadXml, 1.0))),
            ("nothing=1", Err(BadFaultShare::Fault)),
            ("drop=2", Err(BadFaultShare::Share)),
            ("drop=-1%", Err(BadFaultShare::Share)),
            ("drop=x", Err(BadFaultShare::Share)),
            ("drop=NaN", Err(BadFaultShare::Share)),
        ] {
            let read: Result<FaultShare, _> = text.parse();
            assert_eq!(
                read.map(|read| (read.fault, read.share)),
                expected,
                "{text}"
            );
        }
    }

    #[test]
    fn a_share_of_the_fleet_is_about_that_share_and_always_the_same_cpes() {
        let shares = [FaultShare {
            fault: Fault::Drop,
            share: 0.1,
        }];
        let hit = |seed| Faults::share(&shares, seed).has(Fault::Drop);
        let count = (0..10_000).filter(|seed| hit(*seed)).count();
        assert!((800..1200).contains(&count), "{count}");
        assert!((0..100).all(|seed| hit(seed) == hit(seed)));
        assert!((0..100).all(|seed| !Faults::share(&shares, seed).has(Fault::Slow)));
    }

    #[test]
    fn some_sessions_go_wrong_and_only_as_asked() {
        let chance = Chance::seeded(1);
        let drop_or_slow = Faults::of(&[Fault::Drop, Fault::Slow]);
        let drawn: Vec<Mischief> = (0..300).map(|_| drop_or_slow.draw(&chance)).collect();
        let dropped = drawn.iter().filter(|each| each.drop_at.is_some()).count();
        assert!((50..150).contains(&dropped), "{dropped}");
        assert!(drawn.iter().all(|each| each.slow.is_some()));
        let others = Mischief {
            slow: None,
            drop_at: None,
            ..Mischief::default()
        };
        for each in drawn {
            assert_eq!(
                Mischief {
                    slow: None,
                    drop_at: None,
                    ..each
                },
                others
            );
        }
        assert_eq!(Faults::default().draw(&chance), Mischief::default());
    }

    #[test]
    fn odd_dialects_can_be_written() {
        for text in ODD_DIALECTS {
            assert_eq!(
                Dialect::from_text(text).map(|dialect| dialect.to_text()),
                Some(text.into())
            );
        }
        let all: std::collections::BTreeSet<String> = (0..64)
            .map(|seed| {
                Faults::of(&[Fault::OddPrefixes])
                    .dialect(seed, Standard::Tr181)
                    .to_text()
            })
            .collect();
        assert_eq!(all.len(), ODD_DIALECTS.len());
    }
}
