//! Numbers that are drawn: charts over time, and shares of a whole.

use std::fmt::{self, Display};

use askama::filters::HtmlSafe;
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::locale::Locale;
use crate::page::json as script_json;

/// How a chart's series are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Shape {
    /// A line each.
    #[default]
    Lines,
    /// A line each, filled below.
    Areas,
    /// Filled, one on top of the other; the table keeps the single values.
    Stacked,
    /// Bars.
    Bars,
    /// Bars, one on top of the other; the table keeps the single values.
    StackedBars,
}

/// The colour of a series or a share: a place in the palette, or a tone that means something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// The palette's n-th colour, from 1 on; after 6 it begins again.
    Series(u8),
    /// `ok`, `warn`, `bad`, `info` or `idle`.
    Tone(&'static str),
}

impl Colour {
    fn name(self) -> String {
        match self {
            Self::Series(number) => format!("series-{}", place(number)),
            Self::Tone(tone) => format!("{tone}-mark"),
        }
    }
}

const fn place(number: u8) -> u8 {
    number.saturating_sub(1) % 6 + 1
}

/// The attribute that gives an element this colour.
impl Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Series(number) => write!(f, r#"data-series="{}""#, place(*number)),
            Self::Tone(tone) => write!(f, r#"data-tone="{tone}""#),
        }
    }
}

impl HtmlSafe for Colour {}

/// One line of a chart.
#[derive(Debug, Clone)]
pub struct Series {
    /// What it is.
    pub label: String,
    /// Its colour.
    pub colour: Colour,
    /// One value for each time; none where nothing is known.
    pub values: Vec<Option<f64>>,
}

/// A chart over time.
#[derive(Debug, Clone)]
pub struct Chart {
    /// Unique in the page.
    pub id: String,
    /// What it shows.
    pub title: String,
    /// Unit of the values, such as `sessions/s`; may be empty.
    pub unit: String,
    /// How it is drawn.
    pub shape: Shape,
    /// When the values were taken, ascending.
    pub times: Vec<OffsetDateTime>,
    /// What is drawn.
    pub series: Vec<Series>,
}

impl Chart {
    /// What the script draws from.
    #[must_use]
    pub fn json(&self) -> String {
        let series: Vec<Value> = self
            .series
            .iter()
            .map(|series| {
                json!({ "label": series.label, "colour": series.colour.name(), "values": series.values })
            })
            .collect();
        let shape = match self.shape {
            Shape::Lines => "lines",
            Shape::Areas => "areas",
            Shape::Stacked => "stacked",
            Shape::Bars => "bars",
            Shape::StackedBars => "stacked-bars",
        };
        let times: Vec<i64> = self
            .times
            .iter()
            .map(|time| time.unix_timestamp())
            .collect();
        script_json(&json!({ "unit": self.unit, "shape": shape, "times": times, "series": series }))
    }

    /// The table behind the chart, newest first: time and values, written out.
    pub fn rows(&self, locale: &Locale) -> impl Iterator<Item = (String, Vec<String>)> {
        self.times.iter().enumerate().rev().map(move |(at, time)| {
            let value = |series: &Series| series.values.get(at).copied().flatten();
            let write = |value: Option<f64>| value.map_or("–".to_owned(), |v| locale.decimal(v));
            (
                locale.exact(*time),
                self.series
                    .iter()
                    .map(|series| write(value(series)))
                    .collect(),
            )
        })
    }
}

/// A part of a whole.
#[derive(Debug, Clone)]
pub struct Share {
    /// What it is.
    pub label: String,
    /// How many.
    pub count: u64,
    /// Its colour.
    pub colour: Colour,
    /// The list of what is counted.
    pub href: Option<String>,
}

/// The parts of a whole, in the order in which they are shown.
#[derive(Debug, Clone)]
pub struct Shares(pub Vec<Share>);

impl Shares {
    /// Each part with its length as a percentage of the largest.
    pub fn bars(&self) -> impl Iterator<Item = (&Share, String)> {
        let largest = self.0.iter().map(|share| share.count).max().unwrap_or(0);
        self.0
            .iter()
            .map(move |share| (share, percent(share.count, largest)))
    }

    /// Each part with where it begins and how long it is, as percentages of the whole.
    pub fn spans(&self) -> impl Iterator<Item = (&Share, String, String)> {
        let whole = self.0.iter().map(|share| share.count).sum();
        self.0.iter().scan(0, move |before, share| {
            let begins = percent(*before, whole);
            *before += share.count;
            Some((share, begins, percent(share.count, whole)))
        })
    }
}

#[expect(clippy::cast_precision_loss, reason = "a length on a screen")]
fn percent(part: u64, whole: u64) -> String {
    if whole == 0 {
        "0".into()
    } else {
        format!("{:.2}", part as f64 / whole as f64 * 100.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn a_chart_is_drawn_and_read_from_the_same_values() {
        let chart = Chart {
            id: "rate".into(),
            title: "Rate".into(),
            unit: "1/s".into(),
            shape: Shape::Areas,
            times: vec![
                datetime!(2026-03-01 07:00 UTC),
                datetime!(2026-03-01 07:01 UTC),
            ],
            series: vec![Series {
                label: "</script>".into(),
                colour: Colour::Series(7),
                values: vec![Some(1.5), None],
            }],
        };
        let json: Value = serde_json::from_str(&chart.json()).unwrap();
        assert!(!chart.json().contains('<'));
        assert_eq!(json["times"], json!([1_772_348_400, 1_772_348_460]));
        assert_eq!(json["series"][0]["label"], "</script>");
        assert_eq!(json["series"][0]["colour"], "series-1");
        assert_eq!(json["series"][0]["values"], json!([1.5, null]));
        let rows: Vec<_> = chart.rows(&Locale::En).collect();
        assert_eq!(
            rows[0],
            ("2026-03-01 07:01:00 UTC".into(), vec!["–".to_owned()])
        );
        assert_eq!(rows[1].1, ["1.5"]);
    }

    #[test]
    fn shares_fill_the_whole() {
        let share = |label: &str, count| Share {
            label: label.into(),
            count,
            colour: Colour::Tone("ok"),
            href: None,
        };
        let shares = Shares(vec![share("a", 3), share("b", 1)]);
        let bars: Vec<_> = shares.bars().map(|(_, width)| width).collect();
        assert_eq!(bars, ["100.00", "33.33"]);
        let spans: Vec<_> = shares
            .spans()
            .map(|(_, begins, width)| (begins, width))
            .collect();
        assert_eq!(
            spans,
            [
                ("0.00".into(), "75.00".into()),
                ("75.00".to_owned(), "25.00".to_owned())
            ]
        );
        assert_eq!(Shares(vec![share("a", 0)]).bars().next().unwrap().1, "0");
    }
}
