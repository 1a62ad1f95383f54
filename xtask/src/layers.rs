//! Checks which crate uses which: the rooms of the house, and between kernel crates an exact list.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::run;
use crate::tree::Tree;

/// What a codec may not use, because it is pure.
const IMPURE_CRATES: &[&str] = &[
    "axum",
    "futures-util",
    "hyper",
    "metrics",
    "rand",
    "reqwest",
    "sqlx",
    "tokio",
    "tracing",
];

/// What a codec may not say, because it is pure.
const IMPURE_WORDS: &[&str] = &[
    "std::env",
    "std::fs",
    "std::net",
    "std::process",
    "std::thread",
    "std::time",
    "async fn",
];

/// The allowed edges: each kernel crate with the kernel crates that it uses.
#[derive(Debug, Deserialize)]
struct Edges {
    kernel: BTreeMap<String, Vec<String>>,
}

impl Edges {
    fn below(&self, name: &str) -> &[String] {
        self.kernel.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    fn lists(&self, from: &str, to: &str) -> bool {
        self.below(from).iter().any(|target| target == to)
    }

    /// Whether `to` stands anywhere below `from`: tests may use it. The list has no circle, or
    /// this is never asked.
    fn reaches(&self, from: &str, to: &str) -> bool {
        self.lists(from, to) || self.below(from).iter().any(|next| self.reaches(next, to))
    }
}

#[derive(Debug, Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    workspace_root: String,
}

#[derive(Debug, Deserialize)]
struct Package {
    name: String,
    manifest_path: String,
    dependencies: Vec<Dependency>,
}

#[derive(Debug, Deserialize)]
struct Dependency {
    name: String,
    /// `dev`, `build`, or nothing.
    kind: Option<String>,
    /// Set when it is a crate of ours.
    path: Option<String>,
}

impl Dependency {
    fn is_dev(&self) -> bool {
        self.kind.as_deref() == Some("dev")
    }
}

/// A folder of the house and what it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Room<'a> {
    App,
    Kernel(&'a str),
    Testkit,
    Codec,
    Client,
    Module,
    Simulate,
    Xtask,
}

pub(crate) fn run(root: &Path) -> Result<()> {
    let mut cargo = run::cargo(root);
    cargo.args([
        "metadata",
        "--format-version",
        "1",
        "--no-deps",
        "--offline",
    ]);
    let metadata: Metadata = serde_json::from_str(&run::output(&mut cargo)?)?;
    let list = std::fs::read_to_string(root.join("xtask/layers.toml"))?;
    let edges: Edges = toml::from_str(&list).context("xtask/layers.toml")?;

    if let Some(circle) = circle(&edges) {
        bail!(circle);
    }
    let mut findings = check(&metadata, &edges);
    findings.extend(impure_sources(&Tree::read(root)?));
    for finding in &findings {
        println!("{finding}");
    }
    if !findings.is_empty() {
        bail!("{} edges that the house does not allow", findings.len());
    }
    println!(
        "layers: {} crates, every edge allowed",
        metadata.packages.len()
    );
    Ok(())
}

fn check(metadata: &Metadata, edges: &Edges) -> Vec<String> {
    let mut findings = Vec::new();
    let mut used = BTreeSet::new();
    for package in &metadata.packages {
        let folder = folder(
            &metadata.workspace_root,
            Path::new(&package.manifest_path).parent(),
        );
        let Some(from) = room(&folder) else {
            findings.push(format!("{folder}: no room of the house has this folder"));
            continue;
        };
        let expected = expected_name(&folder);
        if package.name != expected {
            findings.push(format!(
                "{folder}: the package is named {}, not {expected}",
                package.name
            ));
        }
        for dependency in &package.dependencies {
            let Some(path) = &dependency.path else {
                if from == Room::Codec && is_impure(dependency) {
                    findings.push(format!(
                        "{folder}: a codec is pure, {} is not",
                        dependency.name
                    ));
                }
                continue;
            };
            let target = self::folder(&metadata.workspace_root, Some(Path::new(path)));
            let Some(to) = room(&target) else { continue };
            if let (Some(user), Some(target)) = (kernel_name(from), kernel_name(to))
                && !dependency.is_dev()
            {
                used.insert((user.to_owned(), target.to_owned()));
            }
            if !allowed(from, to, dependency.is_dev(), edges) {
                let kind = dependency
                    .kind
                    .as_deref()
                    .map(|kind| format!("{kind}-"))
                    .unwrap_or_default();
                findings.push(format!(
                    "{folder}: may not have the {kind}dependency {target}"
                ));
            }
        }
    }
    findings.extend(unused(edges, &used));
    findings
}

/// Edges that are allowed and that nobody needs.
fn unused(edges: &Edges, used: &BTreeSet<(String, String)>) -> Vec<String> {
    edges
        .kernel
        .iter()
        .flat_map(|(from, targets)| targets.iter().map(move |to| (from.clone(), to.clone())))
        .filter(|edge| !used.contains(edge))
        .map(|(from, to)| format!("xtask/layers.toml: {from} does not use {to}; delete the edge"))
        .collect()
}

fn allowed(from: Room<'_>, to: Room<'_>, dev: bool, edges: &Edges) -> bool {
    use Room::{App, Client, Codec, Kernel, Module, Simulate, Testkit, Xtask};
    match (from, to) {
        (Xtask, _) | (_, App | Xtask) => false,
        (_, Testkit) => dev,
        (App, Kernel(_) | Module | Simulate) => true,
        (Module, Kernel(_) | Codec | Client) | (Simulate, Kernel(_) | Codec) => true,
        (Client, Kernel(_)) => true,
        // Simulated peers drive a module's tests; the module itself never links them.
        (Module, Simulate) => dev,
        (Codec, Codec | Kernel("ident" | "fault")) => true,
        (Kernel(_) | Testkit, Kernel(target)) => kernel_name(from)
            .is_some_and(|name| edges.lists(name, target) || dev && edges.reaches(name, target)),
        (App, Codec | Client) => dev,
        (Module, Module) => false,
        (Kernel(_) | Testkit | Codec | Client | Simulate, _) => false,
    }
}

fn room(folder: &str) -> Option<Room<'_>> {
    Some(match folder.split_once('/') {
        None if folder == "app" => Room::App,
        None if folder == "simulate" => Room::Simulate,
        None if folder == "xtask" => Room::Xtask,
        Some(("kernel", "testkit")) => Room::Testkit,
        Some(("kernel", name)) => Room::Kernel(name),
        Some(("codecs", _)) => Room::Codec,
        Some(("clients", _)) => Room::Client,
        Some(("modules", _)) => Room::Module,
        _ => return None,
    })
}

const fn kernel_name(room: Room<'_>) -> Option<&str> {
    match room {
        Room::Kernel(name) => Some(name),
        Room::Testkit => Some("testkit"),
        _ => None,
    }
}

fn expected_name(folder: &str) -> String {
    match folder.rsplit('/').next() {
        Some("app") | None => "regia".to_owned(),
        Some("xtask") => "xtask".to_owned(),
        Some(leaf) => format!("regia-{leaf}"),
    }
}

fn folder(root: &str, path: Option<&Path>) -> String {
    path.and_then(|path| path.strip_prefix(root).ok())
        .map(|path| path.to_string_lossy().replace('\\', "/"))
        .unwrap_or_default()
}

fn is_impure(dependency: &Dependency) -> bool {
    !dependency.is_dev() && IMPURE_CRATES.contains(&dependency.name.as_str())
}

fn impure_sources(tree: &Tree) -> Vec<String> {
    let mut findings = Vec::new();
    let sources = tree
        .rust()
        .filter(|file| file.path.starts_with("codecs/") && !file.is_test());
    for file in sources {
        for (number, line) in crate::tidy::production_lines(file) {
            for word in IMPURE_WORDS.iter().filter(|word| line.contains(**word)) {
                findings.push(
                    file.finding(number, format!("a codec is pure, {word} is not"))
                        .to_string(),
                );
            }
        }
    }
    findings
}

/// A circle in the list, if there is one.
fn circle(edges: &Edges) -> Option<String> {
    let mut done = BTreeSet::new();
    edges
        .kernel
        .keys()
        .find_map(|name| walk(name, edges, &mut Vec::new(), &mut done))
}

fn walk<'a>(
    name: &'a str,
    edges: &'a Edges,
    path: &mut Vec<&'a str>,
    done: &mut BTreeSet<&'a str>,
) -> Option<String> {
    if path.contains(&name) {
        path.push(name);
        return Some(format!("xtask/layers.toml: a circle: {}", path.join(" → ")));
    }
    if done.contains(name) {
        return None;
    }
    path.push(name);
    let found = edges
        .below(name)
        .iter()
        .find_map(|target| walk(target, edges, path, done));
    if found.is_none() {
        path.pop();
        done.insert(name);
    }
    found
}

#[cfg(test)]
mod tests;
