//! Languages: which plural form a number takes, how numbers, sizes and spans of time are written.

use std::fmt;

use time::OffsetDateTime;

/// A language the console can speak; it is offered when its messages are loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Locale {
    /// English.
    #[default]
    En,
    /// Italian.
    It,
}

/// The plural categories that messages may tell apart (CLDR, without the languages' rare ones).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Plural {
    /// Exactly one thing.
    One,
    /// Any other number of things.
    Other,
}

impl Locale {
    /// Every language, in order of preference where the browser has none.
    pub const ALL: [Self; 2] = [Self::En, Self::It];

    /// The language tag (BCP 47).
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::It => "it",
        }
    }

    /// Its name in itself.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::It => "Italiano",
        }
    }

    /// The language of a tag such as `it` or `it-CH`.
    #[must_use]
    pub fn find(tag: &str) -> Option<Self> {
        let language = tag.split(['-', '_']).next()?.trim();
        Self::ALL
            .into_iter()
            .find(|locale| locale.tag().eq_ignore_ascii_case(language))
    }

    /// The form a noun takes beside `count` things.
    #[must_use]
    pub const fn plural(self, count: u64) -> Plural {
        match (self, count) {
            (Self::En | Self::It, 1) => Plural::One,
            (Self::En | Self::It, _) => Plural::Other,
        }
    }

    const fn day(self) -> &'static str {
        match self {
            Self::En => "d",
            Self::It => "g",
        }
    }

    const fn thousands(self) -> char {
        match self {
            Self::En => ',',
            Self::It => '.',
        }
    }

    const fn decimals(self) -> char {
        match self {
            Self::En => '.',
            Self::It => ',',
        }
    }

    /// `12,345`.
    #[must_use]
    pub fn number(self, number: u64) -> String {
        let digits = number.to_string();
        let mut text = String::with_capacity(digits.len() + digits.len() / 3);
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                text.push(self.thousands());
            }
            text.push(digit);
        }
        text
    }

    /// One decimal, dropped when it is zero: `97.5`, `12`.
    #[must_use]
    pub fn decimal(self, number: f64) -> String {
        let text = format!("{number:.1}");
        let text = text.strip_suffix(".0").unwrap_or(&text);
        text.replace('.', &self.decimals().to_string())
    }

    /// A share of a whole as a percentage, `97.5 %`; `–` of nothing.
    #[must_use]
    pub fn percent(self, part: u64, whole: u64) -> String {
        if whole == 0 {
            return "–".to_owned();
        }
        #[expect(clippy::cast_precision_loss, reason = "one decimal is shown")]
        let share = part as f64 / whole as f64 * 100.0;
        format!("{}\u{a0}%", self.decimal(share))
    }

    /// A size in bytes with a binary unit: `3.4 MiB`.
    #[must_use]
    pub fn bytes(self, bytes: u64) -> String {
        const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
        if bytes < 1024 {
            return format!("{bytes}\u{a0}B");
        }
        #[expect(clippy::cast_precision_loss, reason = "one decimal is shown")]
        let mut size = bytes as f64 / 1024.0;
        let mut unit = UNITS[0];
        for larger in &UNITS[1..] {
            if size < 1023.95 {
                break;
            }
            size /= 1024.0;
            unit = larger;
        }
        format!("{}\u{a0}{unit}", self.decimal(size))
    }

    /// A span of whole seconds in its two largest units: `3 d 4 h`, `12 min 5 s`, `8 s`.
    #[must_use]
    pub fn duration(self, seconds: u64) -> String {
        let units = [(self.day(), 86_400), ("h", 3_600), ("min", 60), ("s", 1)];
        let mut rest = seconds;
        let mut words = Vec::new();
        for (unit, length) in units {
            let whole = rest / length;
            rest %= length;
            if whole > 0 {
                words.push(format!("{whole}\u{a0}{unit}"));
            } else if !words.is_empty() {
                break;
            }
            if words.len() == 2 {
                break;
            }
        }
        if words.is_empty() {
            "0\u{a0}s".to_owned()
        } else {
            words.join(" ")
        }
    }

    /// A moment to the second, UTC: `2026-03-01 07:30:05 UTC`, `01/03/2026 07:30:05 UTC`.
    #[must_use]
    pub fn exact(self, at: OffsetDateTime) -> String {
        let stamp = Stamp { at, between: ' ' };
        match self {
            Self::En => format!("{stamp} UTC"),
            Self::It => {
                let at = at.to_offset(time::UtcOffset::UTC);
                let (day, month) = (at.day(), u8::from(at.month()));
                let text = stamp.to_string();
                let time = text.split_once(' ').map_or("", |(_, time)| time);
                format!("{day:02}/{month:02}/{:04} {time} UTC", at.year())
            }
        }
    }
}

/// The moment as RFC 3339 in UTC, whole seconds: `2026-03-01T07:30:05Z`.
#[must_use]
pub fn rfc3339(at: OffsetDateTime) -> String {
    format!("{}Z", Stamp { at, between: 'T' })
}

struct Stamp {
    at: OffsetDateTime,
    between: char,
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.at.to_offset(time::UtcOffset::UTC);
        let (date, time) = (at.date(), at.time());
        write!(
            f,
            "{:04}-{:02}-{:02}",
            date.year(),
            u8::from(date.month()),
            date.day()
        )?;
        write!(
            f,
            "{}{:02}:{:02}:{:02}",
            self.between,
            time.hour(),
            time.minute(),
            time.second()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn a_tag_names_its_language() {
        for (tag, locale) in [
            ("en", Some(Locale::En)),
            ("it-CH", Some(Locale::It)),
            ("IT", Some(Locale::It)),
            ("de", None),
        ] {
            assert_eq!(Locale::find(tag), locale, "{tag}");
        }
    }

    #[test]
    fn numbers_are_written_by_language() {
        let table = [
            (0, "0", "0"),
            (999, "999", "999"),
            (1_234_567, "1,234,567", "1.234.567"),
        ];
        for (number, en, it) in table {
            assert_eq!(Locale::En.number(number), en);
            assert_eq!(Locale::It.number(number), it);
        }
        assert_eq!(Locale::It.decimal(97.54), "97,5");
        assert_eq!(Locale::En.percent(39, 40), "97.5\u{a0}%");
        assert_eq!(Locale::En.percent(1, 0), "–");
    }

    #[test]
    fn sizes_and_spans_take_the_unit_that_fits() {
        for (bytes, text) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1 KiB"),
            (1_048_575, "1 MiB"),
            (3_565_158, "3.4 MiB"),
            (u64::MAX, "16384 PiB"),
        ] {
            assert_eq!(Locale::En.bytes(bytes).replace('\u{a0}', " "), text);
        }
        for (seconds, text) in [
            (0, "0 s"),
            (8, "8 s"),
            (725, "12 min 5 s"),
            (3_600, "1 h"),
            (3_605, "1 h"),
            (273_700, "3 d 4 h"),
        ] {
            assert_eq!(Locale::En.duration(seconds).replace('\u{a0}', " "), text);
        }
        let days = Locale::It.duration(273_700);
        assert_eq!(days.replace('\u{a0}', " "), "3 g 4 h");
    }

    #[test]
    fn moments_are_exact_and_utc() {
        let at = datetime!(2026-03-01 08:30:05.9 +01:00);
        assert_eq!(Locale::En.exact(at), "2026-03-01 07:30:05 UTC");
        assert_eq!(Locale::It.exact(at), "01/03/2026 07:30:05 UTC");
        assert_eq!(rfc3339(at), "2026-03-01T07:30:05Z");
    }
}
