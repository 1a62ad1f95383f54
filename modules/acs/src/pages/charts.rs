//! The fleet over time, as charts.

use std::collections::BTreeMap;

use regia_console::Page;
use regia_console::chart::{Chart, Colour, Series, Shape};

use crate::model::sample::Sample;

/// Fault codes that have a line of their own; the rest share one.
const CODES: usize = 5;

/// Fault codes that have a short name (TR-069 A.5.1).
const NAMED: std::ops::RangeInclusive<u32> = 9000..=9019;

/// Every chart of the overview; none when nothing was counted yet.
pub(super) fn charts(page: &Page, samples: &[Sample], step_seconds: i64) -> Vec<Chart> {
    if samples.iter().all(|sample| sample.minutes == 0) {
        return Vec::new();
    }
    let draw = Drawing {
        page,
        samples,
        step: step(page, step_seconds),
    };
    vec![
        draw.devices(),
        draw.sessions(),
        draw.registrations(),
        draw.outcomes(),
        draw.faults(),
    ]
}

/// The unit of what is counted in each step.
fn step(page: &Page, seconds: i64) -> String {
    let span = page.duration(seconds);
    page.t("acs.chart.step").arg("span", span).to_string()
}

struct Drawing<'a> {
    page: &'a Page,
    samples: &'a [Sample],
    step: String,
}

impl Drawing<'_> {
    fn chart(&self, id: &str, unit: String, shape: Shape, series: Vec<Series>) -> Chart {
        Chart {
            id: format!("chart-{id}"),
            title: self.page.t(&format!("acs.chart.{id}")).to_string(),
            unit,
            shape,
            times: self.samples.iter().map(|sample| sample.began_at).collect(),
            series,
        }
    }

    fn series(&self, key: &str, colour: Colour, value: impl Fn(&Sample) -> Option<f64>) -> Series {
        Series {
            label: self.page.t(key).to_string(),
            colour,
            values: self.samples.iter().map(value).collect(),
        }
    }

    /// A number of each step, unknown where nothing was counted.
    fn counts(&self, key: &str, colour: Colour, count: impl Fn(&Sample) -> i64) -> Series {
        self.series(key, colour, |sample| {
            (sample.minutes > 0).then(|| count(sample) as f64)
        })
    }

    fn devices(&self) -> Chart {
        let number = |value: Option<i64>| value.map(|value| value as f64);
        let series = vec![
            self.series("acs.state.online", Colour::Tone("ok"), |sample| {
                number(sample.online)
            }),
            self.series("acs.state.offline", Colour::Tone("idle"), |sample| {
                number(sample.offline)
            }),
        ];
        self.chart("devices", String::new(), Shape::Stacked, series)
    }

    /// Sessions a second, or a minute where that would be a fraction.
    fn sessions(&self) -> Chart {
        let rate = |sample: &Sample| {
            (sample.minutes > 0).then(|| sample.sessions as f64 / sample.minutes as f64)
        };
        let fast = self
            .samples
            .iter()
            .filter_map(rate)
            .any(|rate| rate >= 60.0);
        let (unit, divisor) = if fast {
            ("acs.chart.per_second", 60.0)
        } else {
            ("acs.chart.per_minute", 1.0)
        };
        let series = self.series("acs.chart.sessions", Colour::Series(1), |sample| {
            rate(sample).map(|rate| rate / divisor)
        });
        let unit = self.page.t(unit).to_string();
        self.chart("sessions", unit, Shape::Areas, vec![series])
    }

    fn registrations(&self) -> Chart {
        let series = self.counts("acs.chart.registrations", Colour::Series(2), |sample| {
            sample.registrations
        });
        let unit = self.step.clone();
        self.chart("registrations", unit, Shape::Bars, vec![series])
    }

    fn outcomes(&self) -> Chart {
        let series = vec![
            self.counts("acs.task.states.done", Colour::Tone("ok"), |sample| {
                sample.outcomes.done
            }),
            self.counts("acs.task.states.failed", Colour::Tone("bad"), |sample| {
                sample.outcomes.failed
            }),
            self.counts("acs.task.states.expired", Colour::Tone("warn"), |sample| {
                sample.outcomes.expired
            }),
            self.counts(
                "acs.task.states.cancelled",
                Colour::Tone("idle"),
                |sample| sample.outcomes.cancelled,
            ),
        ];
        self.chart("outcomes", self.step.clone(), Shape::StackedBars, series)
    }

    fn faults(&self) -> Chart {
        let mut codes: BTreeMap<Option<u32>, i64> = BTreeMap::new();
        for (code, failed) in self.samples.iter().flat_map(|sample| &sample.faults) {
            *codes.entry(*code).or_default() += failed;
        }
        let mut codes: Vec<_> = codes.into_iter().collect();
        codes.sort_by_key(|(code, failed)| (-failed, *code));
        let mut series: Vec<Series> = codes
            .iter()
            .take(CODES)
            .zip(1..)
            .map(|((code, _), place)| {
                let series = self.counts("acs.chart.no_code", Colour::Series(place), |sample| {
                    sample.faults.get(code).copied().unwrap_or_default()
                });
                let label = code.map_or(series.label, |code| self.label(code));
                Series { label, ..series }
            })
            .collect();
        let rest: Vec<_> = codes.iter().skip(CODES).map(|(code, _)| code).collect();
        if !rest.is_empty() || series.is_empty() {
            let key = if rest.is_empty() {
                "acs.chart.failed"
            } else {
                "acs.chart.others"
            };
            series.push(self.counts(key, Colour::Series(6), |sample| {
                let others = rest.iter().filter_map(|code| sample.faults.get(code));
                others.sum()
            }));
        }
        self.chart("faults", self.step.clone(), Shape::StackedBars, series)
    }

    /// A code and its short name.
    fn label(&self, code: u32) -> String {
        match NAMED.contains(&code) {
            true => format!("{code} {}", self.page.t(&format!("acs.chart.fault.{code}"))),
            false => code.to_string(),
        }
    }
}
