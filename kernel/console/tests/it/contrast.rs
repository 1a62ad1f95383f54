//! The colour tokens keep the contrasts of WCAG 2.2 AA in both themes: 4.5 for text (1.4.3), 3 for
//! marks and the borders of controls (1.4.11).

use std::collections::BTreeMap;

type Colours = BTreeMap<String, [f64; 2]>;

/// Relative luminance (WCAG 2.2) of each `--name: light-dark(#…, #…)`, light first.
fn tokens() -> Colours {
    let text = include_str!("../../assets/css/tokens.css");
    let entries = text.lines().filter_map(|line| {
        let (name, value) = line
            .trim()
            .strip_prefix("--")?
            .split_once(": light-dark(")?;
        let (light, dark) = value.strip_suffix(");")?.split_once(", ")?;
        Some((name.to_owned(), [luminance(light)?, luminance(dark)?]))
    });
    entries.collect()
}

fn luminance(hex: &str) -> Option<f64> {
    let number = u32::from_str_radix(hex.strip_prefix('#')?, 16).ok()?;
    let channel = |shift: u32| {
        let value = f64::from((number >> shift) & 0xff) / 255.0;
        if value <= 0.04045 {
            value / 12.92
        } else {
            ((value + 0.055) / 1.055).powf(2.4)
        }
    };
    Some(0.2126 * channel(16) + 0.7152 * channel(8) + 0.0722 * channel(0))
}

fn contrast(one: f64, two: f64) -> f64 {
    (one.max(two) + 0.05) / (one.min(two) + 0.05)
}

fn check(pairs: &[(&str, &str)], least: f64) {
    let tokens = tokens();
    for (front, back) in pairs {
        for (theme, at) in [("light", 0), ("dark", 1)] {
            let found = contrast(tokens[*front][at], tokens[*back][at]);
            assert!(found >= least, "{front} on {back}, {theme}: {found:.2}");
        }
    }
}

#[test]
fn text_can_be_read() {
    let text = [
        "text", "muted", "faint", "accent", "ok", "warn", "bad", "info",
    ];
    let grounds = ["bg", "surface", "sunken", "raised", "hover"];
    let mut pairs: Vec<_> = text
        .iter()
        .flat_map(|text| grounds.iter().map(move |ground| (*text, *ground)))
        .collect();
    pairs.extend([
        ("accent", "accent-soft"),
        ("muted", "accent-soft"),
        ("text", "accent-soft"),
        ("ok", "ok-soft"),
        ("warn", "warn-soft"),
        ("bad", "bad-soft"),
        ("info", "info-soft"),
        ("text", "ok-soft"),
        ("text", "warn-soft"),
        ("text", "bad-soft"),
        ("text", "info-soft"),
    ]);
    check(&pairs, 4.5);
}

#[test]
fn white_can_be_read_on_filled_buttons() {
    let tokens = tokens();
    for name in [
        "accent-fill",
        "accent-fill-hover",
        "bad-fill",
        "bad-fill-hover",
    ] {
        for luminance in tokens[name] {
            assert!(contrast(1.0, luminance) >= 4.5, "{name}");
        }
    }
}

#[test]
fn marks_and_borders_can_be_seen() {
    let marks = [
        "ok-mark",
        "warn-mark",
        "bad-mark",
        "info-mark",
        "idle-mark",
        "control",
    ];
    let series = [
        "series-1", "series-2", "series-3", "series-4", "series-5", "series-6",
    ];
    let pairs: Vec<_> = marks
        .iter()
        .chain(&series)
        .map(|mark| (*mark, "surface"))
        .collect();
    check(&pairs, 3.0);
}
