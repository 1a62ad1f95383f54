//! Values of parameters: fixed texts, computed ones, and what may be set.

use std::borrow::Cow;

use regia_cwmp::ValueKind;
use time::OffsetDateTime;

/// Who a CPE is.
#[derive(Debug, Clone)]
pub struct Identity {
    /// Six upper-case hexadecimal digits.
    pub oui: String,
    /// The product.
    pub product_class: String,
    /// Unique within OUI and product class.
    pub serial: String,
    /// Everything about this CPE that looks random follows from it.
    pub seed: u64,
}

/// What a factory reset brings back.
#[derive(Debug, Clone)]
pub struct Factory {
    /// The ACS.
    pub acs_url: String,
    /// User for the ACS.
    pub username: String,
    /// Password for the ACS.
    pub password: String,
    /// PeriodicInformInterval.
    pub interval_seconds: u32,
    /// CWMPRetryMinimumWaitInterval.
    pub retry_seconds: u32,
}

/// Everything that computed values are made of.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// Who the CPE is.
    pub identity: &'a Identity,
    /// What it was delivered with.
    pub factory: &'a Factory,
    /// Since the last boot.
    pub uptime_seconds: u64,
    /// Wall clock, UTC.
    pub now: OffsetDateTime,
    /// The running firmware.
    pub software: &'a str,
    /// As the ACS last set it.
    pub parameter_key: &'a str,
    /// Where connection requests arrive.
    pub connection_request_url: &'a str,
}

/// What may be set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Rule {
    Any,
    /// A number, or the length of a text in characters.
    Within(i64, i64),
    OneOf(Vec<Box<str>>),
}

/// A parameter's value before anybody set it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    Text(Box<str>),
    Manufacturer,
    Oui,
    ProductClass,
    Serial,
    Software,
    Uptime,
    Now,
    ParameterKey,
    ConnectionRequestUrl,
    AcsUrl,
    FactoryUsername,
    FactoryPassword,
    FactoryInterval,
    FactoryRetry,
    FactoryRequestPassword,
    Subscriber,
    WanAddress,
    /// The CPE's own MAC address with this number.
    Mac(u64),
    /// The MAC address of a host in the home.
    HostMac(u64),
    Ssid(u64),
    Passphrase(u64),
    /// How many rows the table beside the parameter has.
    Count(Box<str>),
    /// A counter that grows by about this much a second.
    Traffic(u64),
    /// A reading around the first number, at most the second away, new every half minute.
    Wobble(i64, i64),
}

/// How long a reading stays.
const WOBBLE_SECONDS: i64 = 30;
const LETTERS: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";

impl Value {
    /// Reads a value of the text format, its row already put in.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let Some(computed) = text.strip_prefix('@') else {
            return Some(Self::Text(text.into()));
        };
        let mut words = computed.split_whitespace();
        let name = words.next()?;
        let mut number = || words.next()?.parse::<i64>().ok();
        Some(match name {
            "manufacturer" => Self::Manufacturer,
            "oui" => Self::Oui,
            "product-class" => Self::ProductClass,
            "serial" => Self::Serial,
            "software" => Self::Software,
            "uptime" => Self::Uptime,
            "now" => Self::Now,
            "parameter-key" => Self::ParameterKey,
            "connection-request-url" => Self::ConnectionRequestUrl,
            "acs-url" => Self::AcsUrl,
            "factory-username" => Self::FactoryUsername,
            "factory-password" => Self::FactoryPassword,
            "factory-interval" => Self::FactoryInterval,
            "factory-retry" => Self::FactoryRetry,
            "factory-request-password" => Self::FactoryRequestPassword,
            "subscriber" => Self::Subscriber,
            "wan-address" => Self::WanAddress,
            "mac" => Self::Mac(u64::try_from(number()?).ok()?),
            "host-mac" => Self::HostMac(u64::try_from(number()?).ok()?),
            "ssid" => Self::Ssid(u64::try_from(number()?).ok()?),
            "passphrase" => Self::Passphrase(u64::try_from(number()?).ok()?),
            "traffic" => Self::Traffic(u64::try_from(number()?).ok()?),
            "wobble" => Self::Wobble(number()?, number()?),
            "count" => Self::Count(words.next()?.into()),
            _ => return None,
        })
    }

    /// Whether it changes by itself, so that nobody should ask to be told of every change.
    pub(super) const fn is_restless(&self) -> bool {
        matches!(
            self,
            Self::Uptime | Self::Now | Self::Traffic(_) | Self::Wobble(..)
        )
    }

    /// The text, except of [`Self::Count`], which the tree itself answers. `salt` keeps parameters
    /// with the same value apart.
    pub(super) fn text<'a>(&'a self, salt: u64, facts: &Facts<'a>) -> Cow<'a, str> {
        let identity = facts.identity;
        let seed = identity.seed;
        match self {
            Self::Text(text) => Cow::Borrowed(text),
            Self::Manufacturer => Cow::Borrowed("Regia Simulated"),
            Self::Oui => Cow::Borrowed(&identity.oui),
            Self::ProductClass => Cow::Borrowed(&identity.product_class),
            Self::Serial => Cow::Borrowed(&identity.serial),
            Self::Software => Cow::Borrowed(facts.software),
            Self::ParameterKey => Cow::Borrowed(facts.parameter_key),
            Self::ConnectionRequestUrl => Cow::Borrowed(facts.connection_request_url),
            Self::AcsUrl => Cow::Borrowed(&facts.factory.acs_url),
            Self::FactoryUsername => Cow::Borrowed(&facts.factory.username),
            Self::FactoryPassword => Cow::Borrowed(&facts.factory.password),
            Self::Uptime => facts.uptime_seconds.to_string().into(),
            Self::Now => timestamp(facts.now).into(),
            Self::FactoryInterval => facts.factory.interval_seconds.to_string().into(),
            Self::FactoryRetry => facts.factory.retry_seconds.to_string().into(),
            Self::FactoryRequestPassword => letters(mix(seed, 1), 20).into(),
            Self::Subscriber => format!("user{}@example.net", mix(seed, 2) % 1_000_000).into(),
            Self::WanAddress => wan_address(seed).into(),
            Self::Mac(number) => mac(&identity.oui, (mix(seed, 3) << 6) + number).into(),
            Self::HostMac(number) => mac("02005E", mix(seed, 100 + number)).into(),
            Self::Ssid(number) => {
                format!("Home-{:04X}{}", mix(seed, 4) & 0xFFFF, suffix(*number)).into()
            }
            Self::Passphrase(number) => letters(mix(seed, 1000 + number), 12).into(),
            Self::Traffic(rate) => {
                let spread = 50 + mix(seed, salt) % 100;
                (facts.uptime_seconds * rate * spread / 100 % u64::from(u32::MAX))
                    .to_string()
                    .into()
            }
            Self::Wobble(around, by) => {
                let moment = facts.now.unix_timestamp().div_euclid(WOBBLE_SECONDS);
                let dice = mix(mix(seed, salt), moment.cast_unsigned()) >> 1;
                let width = by.saturating_mul(2).saturating_add(1).max(1);
                (around - by + dice.cast_signed() % width)
                    .to_string()
                    .into()
            }
            Self::Count(_) => Cow::Borrowed("0"),
        }
    }
}

/// Another number from two, without a pattern that shows (splitmix64).
pub(crate) const fn mix(seed: u64, salt: u64) -> u64 {
    let mut z = seed.wrapping_add(salt.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// `dateTime` in UTC to the second.
pub(crate) fn timestamp(now: OffsetDateTime) -> String {
    format!(
        "{}T{:02}:{:02}:{:02}Z",
        now.date(),
        now.hour(),
        now.minute(),
        now.second()
    )
}

/// An address of the shared range of RFC 6598.
pub(crate) fn wan_address(dice: u64) -> String {
    let [.., a, b, c] = dice.to_be_bytes();
    format!("100.{}.{b}.{}", 64 + (a & 63), 1 + c % 254)
}

fn mac(oui: &str, number: u64) -> String {
    let digits = format!("{oui:0>6}{:06X}", number & 0xFF_FFFF);
    let pairs: Vec<String> = digits
        .as_bytes()
        .chunks(2)
        .map(|pair| pair.iter().map(|b| char::from(*b)).collect())
        .collect();
    pairs.join(":")
}

fn letters(mut dice: u64, length: usize) -> String {
    (0..length)
        .filter_map(|position| {
            dice = mix(dice, position as u64);
            LETTERS
                .get(usize::try_from(dice % LETTERS.len() as u64).ok()?)
                .copied()
        })
        .map(char::from)
        .collect()
}

fn suffix(number: u64) -> &'static str {
    match number {
        1 => "",
        2 => "-5G",
        3 => "-Guest",
        4 => "-Guest-5G",
        _ => "-IoT",
    }
}

/// Whether a text may be set (fault 9007 otherwise, TR-069 A.5.1).
pub(super) fn is_allowed(kind: ValueKind, rule: &Rule, text: &str) -> bool {
    let measure = match kind {
        ValueKind::String => i64::try_from(text.chars().count()).ok(),
        ValueKind::Base64 | ValueKind::HexBinary => {
            let hexadecimal =
                text.len().is_multiple_of(2) && text.bytes().all(|b| b.is_ascii_hexdigit());
            (kind == ValueKind::Base64 || hexadecimal)
                .then(|| i64::try_from(text.len()).ok())
                .flatten()
        }
        ValueKind::Int => text.parse::<i32>().ok().map(i64::from),
        ValueKind::UnsignedInt => text.parse::<u32>().ok().map(i64::from),
        ValueKind::Long => text.parse().ok(),
        ValueKind::UnsignedLong => text
            .parse::<u64>()
            .ok()
            .map(|number| i64::try_from(number).unwrap_or(i64::MAX)),
        ValueKind::Boolean => boolean(text).map(i64::from),
        ValueKind::DateTime => is_time(text).then_some(0),
    };
    match (rule, measure) {
        (_, None) => false,
        (Rule::Any, Some(_)) => true,
        (Rule::Within(least, most), Some(number)) => (*least..=*most).contains(&number),
        (Rule::OneOf(choices), Some(_)) => choices.iter().any(|choice| **choice == *text),
    }
}

/// What a device takes for a boolean.
pub(crate) fn boolean(text: &str) -> Option<bool> {
    match text.trim() {
        "1" => Some(true),
        "0" => Some(false),
        word if word.eq_ignore_ascii_case("true") => Some(true),
        word if word.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// `2026-11-21T08:29:45`, then anything: a fraction, a zone.
fn is_time(text: &str) -> bool {
    let shape = b"0000-00-00T00:00:00";
    text.len() >= shape.len()
        && shape
            .iter()
            .zip(text.bytes())
            .all(|(wanted, byte)| match wanted {
                b'0' => byte.is_ascii_digit(),
                mark => *mark == byte,
            })
}
