//! The text format in which our data models are written down.
//!
//! ```text
//! # a comment
//! Device.WiFi.SSID.{ssids+}.
//!   SSID   string  rw  1..32 = Home-{i}
//! ```
//!
//! A line without indent is an object's path; `{name}` stands for rows, as many as the variation
//! says for that name, and `{name+}` for rows that an ACS may add and delete. An indented line is a
//! parameter: name, type, `r` or `rw`, then any of `hidden` (reads as empty), `forced` (in every
//! Inform) and a rule (`1..32`, `..64`, `1..`: range of a number or length of a text; `a|b`: one of
//! these), then `=` and the value. In a value, `{i}` is the row's number, `{+100}` that plus 100,
//! `[a|b]` one of these by the row's number, `[^a|b]` by the outer row's; a value that then starts
//! with `@` is computed, see [`super::value::Value`].

use regia_cwmp::ValueKind;

use super::value::Rule;

/// An object, or all rows of a table, with its parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Definition {
    pub(super) path: Vec<Step>,
    pub(super) fields: Vec<Field>,
}

/// One piece of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    Name(String),
    Rows { count: String, creatable: bool },
}

/// A parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) kind: ValueKind,
    pub(super) writable: bool,
    pub(super) hidden: bool,
    pub(super) forced: bool,
    pub(super) rule: Rule,
    pub(super) value: String,
}

/// The first line that makes no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {number} makes no sense: {line}")]
pub(super) struct BadLine {
    number: usize,
    line: String,
}

pub(super) fn parse(text: &str) -> Result<Vec<Definition>, BadLine> {
    let mut definitions: Vec<Definition> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let bad = || BadLine {
            number: number + 1,
            line: line.to_owned(),
        };
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        if !line.starts_with(' ') {
            let path = path_of(line).ok_or_else(bad)?;
            definitions.push(Definition {
                path,
                fields: Vec::new(),
            });
            continue;
        }
        let field = field_of(line).ok_or_else(bad)?;
        definitions.last_mut().ok_or_else(bad)?.fields.push(field);
    }
    Ok(definitions)
}

fn path_of(line: &str) -> Option<Vec<Step>> {
    line.trim_end()
        .strip_suffix('.')?
        .split('.')
        .map(step_of)
        .collect()
}

fn step_of(piece: &str) -> Option<Step> {
    if piece.is_empty() {
        return None;
    }
    let Some(rows) = piece.strip_prefix('{') else {
        return Some(Step::Name(piece.to_owned()));
    };
    let rows = rows.strip_suffix('}')?;
    let count = rows.trim_end_matches('+');
    Some(Step::Rows {
        count: count.to_owned(),
        creatable: count.len() < rows.len(),
    })
}

fn field_of(line: &str) -> Option<Field> {
    let (head, value) = line.split_once('=')?;
    let mut words = head.split_whitespace();
    let (name, kind) = (words.next()?, words.next()?);
    let kind = ValueKind::ALL.iter().find(|(_, wire)| *wire == kind)?.0;
    let writable = match words.next()? {
        "rw" => true,
        "r" => false,
        _ => return None,
    };
    let mut field = Field {
        name: name.to_owned(),
        kind,
        writable,
        hidden: false,
        forced: false,
        rule: Rule::Any,
        value: value.trim().to_owned(),
    };
    for word in words {
        match word {
            "hidden" => field.hidden = true,
            "forced" => field.forced = true,
            rule => field.rule = rule_of(rule)?,
        }
    }
    Some(field)
}

fn rule_of(word: &str) -> Option<Rule> {
    if word.contains('|') {
        return Some(Rule::OneOf(word.split('|').map(Into::into).collect()));
    }
    let (least, most) = word.split_once("..")?;
    let bound = |text: &str, open: i64| match text {
        "" => Some(open),
        digits => digits.parse().ok(),
    };
    Some(Rule::Within(
        bound(least, i64::MIN)?,
        bound(most, i64::MAX)?,
    ))
}

/// Puts the row's numbers into a value; the innermost row is the last one.
pub(super) fn expand(value: &str, rows: &[u32]) -> String {
    let inner = rows.last().copied().unwrap_or(1);
    let outer = rows.iter().rev().nth(1).copied().unwrap_or(inner);
    let mut out = String::with_capacity(value.len());
    let mut rest = value;
    while let Some(at) = rest.find(['{', '[']) {
        let (before, tail) = rest.split_at(at);
        out.push_str(before);
        let close = if tail.starts_with('{') { '}' } else { ']' };
        let Some((inside, after)) = tail.split_once(close) else {
            break;
        };
        out.push_str(
            &replacement(inside, inner, outer).unwrap_or_else(|| format!("{inside}{close}")),
        );
        rest = after;
    }
    out.push_str(rest);
    out
}

/// What stands for `{…` or `[…`; `None` leaves it as it is.
fn replacement(inside: &str, inner: u32, outer: u32) -> Option<String> {
    if inside == "{i" {
        return Some(inner.to_string());
    }
    if let Some(digits) = inside.strip_prefix("{+") {
        return digits
            .parse::<i64>()
            .ok()
            .map(|plus| (i64::from(inner) + plus).to_string());
    }
    let choices = inside
        .strip_prefix('[')
        .filter(|choices| choices.contains('|'))?;
    let (choices, row) = match choices.strip_prefix('^') {
        Some(choices) => (choices, outer),
        None => (choices, inner),
    };
    let count = choices.split('|').count();
    let position = usize::try_from(row).ok()?.checked_sub(1)? % count;
    choices.split('|').nth(position).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_and_parameters_are_read() {
        let definitions = parse(
            "# x\n\nDevice.\n  A string rw hidden ..64 = b = c\nDevice.T.{rows+}.S.\n  N int r forced -1.. =\n  E string rw a|b = a\n",
        )
        .unwrap();
        let [root, row] = definitions.as_slice() else {
            panic!("{definitions:?}")
        };
        assert_eq!(root.path, [Step::Name("Device".into())]);
        let [a] = root.fields.as_slice() else {
            panic!("{root:?}")
        };
        assert!(a.writable && a.hidden && !a.forced);
        assert_eq!(
            (a.value.as_str(), &a.rule),
            ("b = c", &Rule::Within(i64::MIN, 64))
        );
        assert_eq!(
            row.path[2],
            Step::Rows {
                count: "rows".into(),
                creatable: true
            }
        );
        assert_eq!(row.fields[0].rule, Rule::Within(-1, i64::MAX));
        assert_eq!(
            row.fields[1].rule,
            Rule::OneOf(vec!["a".into(), "b".into()])
        );
    }

    #[test]
    fn a_line_that_makes_no_sense_is_named() {
        for text in [
            "Device",
            "Device..",
            "D.{x.",
            " A int r = 1",
            "D.\n A int x = 1",
            "D.\n A int r",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn values_follow_the_row() {
        for (value, rows, expected) in [
            ("a", &[2][..], "a"),
            ("a{i}b{+10}", &[2], "a2b12"),
            ("{+-1}", &[1], "0"),
            ("[a|b|c]-[x|y]", &[5], "b-x"),
            ("[^@wan|b]", &[1, 3], "@wan"),
            ("[^a|b]", &[2, 1], "b"),
            ("1.14[](B:2)", &[], "1.14[](B:2)"),
            ("[x", &[1], "[x"),
        ] {
            assert_eq!(expand(value, rows), expected, "{value} {rows:?}");
        }
    }
}
