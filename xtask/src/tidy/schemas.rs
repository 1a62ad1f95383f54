//! Types that the API's description names: it knows each by its name alone, and of two with one name
//! it shows one at the place of both.

use std::collections::BTreeMap;

use crate::tree::{File, Finding, Tree};

const DERIVED: &str = "ToSchema";

/// How a type gives itself another name in the description.
const RENAMED: &str = "#[schema(as = ";

pub(crate) fn names_are_unique(tree: &Tree) -> Vec<Finding> {
    let mut known: BTreeMap<String, &File> = BTreeMap::new();
    let mut findings = Vec::new();
    let files = tree.files.iter();
    for file in files.filter(|file| file.is_rust() && !file.is_test()) {
        for (line, name) in schemas(file) {
            match known.get(&name) {
                Some(first) => findings.push(file.finding(
                    line,
                    format!("the schema {name} is one of {} already", first.path),
                )),
                None => drop(known.insert(name, file)),
            }
        }
    }
    findings
}

/// Every type of a file that derives a schema, with its line and its name in the description.
fn schemas(file: &File) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let (mut derives, mut renamed) = (false, None);
    for (number, line) in file.lines() {
        if line.starts_with("#[derive(") {
            (derives, renamed) = (line.contains(DERIVED), None);
        } else if let Some(name) = line.strip_prefix(RENAMED) {
            renamed = Some(word(name));
        } else if let Some(name) = type_name(line)
            && std::mem::take(&mut derives)
        {
            found.push((number, renamed.take().unwrap_or(name)));
        }
    }
    found
}

fn type_name(line: &str) -> Option<String> {
    let line = match line.strip_prefix("pub") {
        Some(rest) => rest.split_once(' ')?.1,
        None => line,
    };
    let name = line
        .strip_prefix("struct ")
        .or_else(|| line.strip_prefix("enum "))?;
    Some(word(name))
}

fn word(text: &str) -> String {
    text.chars()
        .take_while(|char| char.is_alphanumeric() || *char == '_')
        .collect()
}
