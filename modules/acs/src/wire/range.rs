//! Conditions and ranges of a request for a file (RFC 9110 13 and 14).

use axum::http::HeaderMap;
use axum::http::header::{IF_NONE_MATCH, IF_RANGE, RANGE};

/// What part of a file is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// All of it.
    Whole,
    /// From the first to the last of these bytes.
    Part(u64, u64),
    /// A part that it does not have.
    Outside,
    /// Nothing: the asker has it already.
    Unchanged,
}

/// What a request wants of a file with this length and this entity tag.
#[must_use]
pub fn wanted(headers: &HeaderMap, bytes: u64, etag: &str) -> Wanted {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let knows = text(IF_NONE_MATCH).is_some_and(|tags| {
        tags.split(',')
            .map(|tag| tag.trim().trim_start_matches("W/"))
            .any(|tag| tag == "*" || tag == etag)
    });
    if knows {
        return Wanted::Unchanged;
    }
    if text(IF_RANGE).is_some_and(|tag| tag.trim() != etag) {
        return Wanted::Whole;
    }
    text(RANGE).map_or(Wanted::Whole, |range| part(range, bytes))
}

/// One range of bytes. Several at once, other units and nonsense are answered with the whole file,
/// as a server may (RFC 9110 14.2).
fn part(range: &str, bytes: u64) -> Wanted {
    let Some((first, last)) = range
        .trim()
        .strip_prefix("bytes=")
        .and_then(|range| range.trim().split_once('-'))
    else {
        return Wanted::Whole;
    };
    let number = |text: &str| {
        (!text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()))
            .then(|| text.parse().unwrap_or(u64::MAX))
    };
    let end = bytes.saturating_sub(1);
    match (first, last, number(first), number(last)) {
        (_, "", Some(first), _) if first < bytes => Wanted::Part(first, end),
        (_, _, Some(first), Some(last)) if first > last => Wanted::Whole,
        (_, _, Some(first), Some(last)) if first < bytes => Wanted::Part(first, last.min(end)),
        (_, "", Some(_), _) | (_, _, Some(_), Some(_)) | ("", _, _, Some(0)) => Wanted::Outside,
        ("", _, _, Some(count)) if bytes > 0 => Wanted::Part(bytes.saturating_sub(count), end),
        _ => Wanted::Whole,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_gets_the_part_it_wants() {
        let cases = [
            ("bytes=0-3", Wanted::Part(0, 3)),
            ("bytes=4-", Wanted::Part(4, 9)),
            ("bytes=-3", Wanted::Part(7, 9)),
            ("bytes=-30", Wanted::Part(0, 9)),
            ("bytes=5-100", Wanted::Part(5, 9)),
            ("bytes=10-", Wanted::Outside),
            ("bytes=10-12", Wanted::Outside),
            ("bytes=99999999999999999999999-", Wanted::Outside),
            ("bytes=-0", Wanted::Outside),
            ("bytes=3-2", Wanted::Whole),
            ("bytes=0-1,3-4", Wanted::Whole),
            ("lines=0-1", Wanted::Whole),
            ("bytes=x-", Wanted::Whole),
            ("bytes=-", Wanted::Whole),
        ];
        for (range, expected) in cases {
            assert_eq!(part(range, 10), expected, "{range}");
        }
    }

    #[test]
    fn conditions_come_before_ranges() {
        let cases: [(&[(&str, &str)], Wanted); 5] = [
            (&[("if-none-match", "\"a\", \"b\"")], Wanted::Unchanged),
            (&[("if-none-match", "*")], Wanted::Unchanged),
            (
                &[("if-none-match", "\"c\""), ("range", "bytes=1-1")],
                Wanted::Part(1, 1),
            ),
            (
                &[("if-range", "\"b\""), ("range", "bytes=1-1")],
                Wanted::Part(1, 1),
            ),
            (
                &[("if-range", "\"c\""), ("range", "bytes=1-1")],
                Wanted::Whole,
            ),
        ];
        for (given, expected) in cases {
            let mut headers = HeaderMap::new();
            for (name, value) in given {
                headers.insert(*name, value.parse().unwrap());
            }
            assert_eq!(wanted(&headers, 10, "\"b\""), expected, "{given:?}");
        }
    }
}
