//! How long files and functions are.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::tree::{File, Finding, Tree};

/// Production lines that a file may have; a test file, all its lines.
const LIMIT: usize = 500;

/// Where the files stand that were longer when they came; an entry may only shrink.
const LIST: &str = "xtask/tidy.toml";

#[derive(Debug, Default, Deserialize)]
struct Ratchet {
    oversized: BTreeMap<String, usize>,
}

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let list = tree.find(LIST);
    let ratchet: Ratchet = match list.map(|file| toml::from_str(&file.text)) {
        None => Ratchet::default(),
        Some(Ok(ratchet)) => ratchet,
        Some(Err(error)) => {
            return list
                .map(|file| file.finding(1, error.to_string()))
                .into_iter()
                .collect();
        }
    };
    let mut findings: Vec<Finding> = tree
        .rust()
        .filter_map(|file| too_long(file, &ratchet))
        .collect();
    for path in ratchet
        .oversized
        .keys()
        .filter(|path| tree.find(path).is_none())
    {
        findings
            .extend(list.map(|file| file.finding(1, format!("{path} is gone: delete its entry"))));
    }
    findings
}

fn too_long(file: &File, ratchet: &Ratchet) -> Option<Finding> {
    let lines = length(file);
    let message = match ratchet.oversized.get(&file.path) {
        None if lines > LIMIT => format!("{lines} lines; the limit is {LIMIT}"),
        None => return None,
        Some(_) if lines <= LIMIT => format!("short enough now: delete its entry in {LIST}"),
        Some(listed) if lines > *listed => format!("{lines} lines; it may not grow over {listed}"),
        Some(listed) if lines < *listed => format!("{lines} lines: lower its entry in {LIST}"),
        Some(_) => return None,
    };
    Some(file.finding(1, message))
}

fn length(file: &File) -> usize {
    if file.is_test() {
        file.text.lines().count()
    } else {
        production_lines(file).count()
    }
}

/// The lines before the tests that stand at the end of a file.
pub(crate) fn production_lines(file: &File) -> impl Iterator<Item = (usize, &str)> {
    let lines: Vec<&str> = file.text.lines().collect();
    let tests = lines.windows(2).position(|pair| match pair {
        [first, second] => *first == "#[cfg(test)]" && second.starts_with("mod "),
        _ => false,
    });
    file.lines().take(tests.unwrap_or(lines.len()))
}

/// One line about the sizes of all files and functions.
pub(crate) fn report(tree: &Tree) -> String {
    let production = || tree.rust().filter(|file| !file.is_test());
    let files: Vec<usize> = production().map(length).collect();
    let functions: Vec<usize> = production().flat_map(function_lengths).collect();
    format!(
        "tidy: production code: {}; {}",
        spread("files", files),
        spread("functions", functions)
    )
}

fn spread(what: &str, mut sizes: Vec<usize>) -> String {
    sizes.sort_unstable();
    let at = |percent: usize| {
        sizes
            .get(sizes.len() * percent / 100)
            .copied()
            .unwrap_or_default()
    };
    let longest = sizes.last().copied().unwrap_or_default();
    format!(
        "{} {what}, lines: median {}, p95 {}, longest {longest}",
        sizes.len(),
        at(50),
        at(95)
    )
}

/// Lines of every function with a body. Relies on rustfmt: a body ends at the first line that
/// closes it in the column where the function began.
pub(crate) fn function_lengths(file: &File) -> Vec<usize> {
    let lines: Vec<&str> = production_lines(file).map(|(_, line)| line).collect();
    let mut lengths = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let Some(indent) = function_indent(line) else {
            continue;
        };
        let rest = lines.get(index..).unwrap_or_default();
        let end = rest.iter().position(|line| ends_function(line, indent));
        if let Some(end) = end.filter(|end| !rest.get(*end).is_some_and(|line| line.ends_with(';')))
        {
            lengths.push(end + 1);
        }
    }
    lengths
}

/// The column of a line that begins a function.
fn function_indent(line: &str) -> Option<usize> {
    let code = line.trim_start();
    let mut words = code.split_whitespace().skip_while(|word| {
        word.starts_with("pub") || matches!(*word, "async" | "const" | "unsafe" | "default" | "in")
    });
    (words.next() == Some("fn")).then(|| line.len() - code.len())
}

fn ends_function(line: &str, indent: usize) -> bool {
    let code = line.trim_start();
    line.len() - code.len() == indent
        && (code == "}" || code.ends_with(" }") || code.ends_with("{}") || code.ends_with(';'))
}
