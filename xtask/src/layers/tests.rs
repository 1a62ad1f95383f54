//! The direction rules, on small invented workspaces.

use super::*;

const LIST: &str = r#"
    [kernel]
    ident = []
    fault = []
    clock = ["ident"]
    store = ["clock"]
    testkit = ["store"]
"#;

/// Folder, and what it uses as (kind, folder).
type Crate<'a> = (&'a str, &'a [(&'a str, &'a str)]);

fn findings(crates: &[Crate<'_>]) -> Vec<String> {
    // The listed edges exist, so that only the crate under test can be wrong.
    let always: &[Crate<'_>] = &[
        ("kernel/clock", &[("", "kernel/ident")]),
        ("kernel/store", &[("", "kernel/clock")]),
        ("kernel/testkit", &[("", "kernel/store")]),
    ];
    let packages = always.iter().chain(crates).map(package).collect();
    let metadata = Metadata {
        packages,
        workspace_root: "/w".into(),
    };
    check(&metadata, &toml::from_str(LIST).unwrap())
}

fn package((folder, uses): &Crate<'_>) -> Package {
    let dependencies = uses
        .iter()
        .map(|(kind, target)| Dependency {
            name: (*target).to_owned(),
            kind: (!kind.is_empty()).then(|| (*kind).to_owned()),
            path: target.contains('/').then(|| format!("/w/{target}")),
        })
        .collect();
    Package {
        name: expected_name(folder),
        manifest_path: format!("/w/{folder}/Cargo.toml"),
        dependencies,
    }
}

#[test]
fn every_edge_is_allowed_or_refused_as_the_house_says() {
    let cases: &[(&str, &str, &str, bool)] = &[
        ("app", "", "modules/acs", true),
        ("app", "", "kernel/store", true),
        ("app", "", "codecs/cwmp", false),
        ("app", "dev", "codecs/cwmp", true),
        ("modules/acs", "", "kernel/store", true),
        ("modules/acs", "", "codecs/cwmp", true),
        ("modules/acs", "", "clients/cardtrader", true),
        ("modules/acs", "", "modules/markets", false),
        ("modules/acs", "dev", "modules/markets", false),
        ("modules/acs", "", "kernel/testkit", false),
        ("modules/acs", "dev", "kernel/testkit", true),
        ("clients/cardtrader", "", "kernel/clock", true),
        ("clients/cardtrader", "", "codecs/cwmp", false),
        ("codecs/cwmp", "", "kernel/ident", true),
        ("codecs/cwmp", "", "kernel/fault", true),
        ("codecs/cwmp", "", "kernel/clock", false),
        ("codecs/cwmp", "", "codecs/httpauth", true),
        ("codecs/cwmp", "", "tokio", false),
        ("codecs/cwmp", "dev", "tokio", true),
        ("codecs/cwmp", "", "quick-xml", true),
        ("kernel/ident", "", "kernel/clock", false),
        ("kernel/clock", "", "modules/acs", false),
        ("kernel/clock", "", "codecs/cwmp", false),
        ("kernel/clock", "dev", "kernel/testkit", true),
        ("kernel/store", "dev", "kernel/ident", true),
        ("kernel/store", "", "kernel/ident", false),
        ("kernel/clock", "dev", "kernel/store", false),
        ("xtask", "", "kernel/clock", false),
        ("xtask", "", "toml", true),
        ("odd/place", "", "toml", false),
    ];
    for (from, kind, to, ok) in cases {
        let found = findings(&[(from, &[(kind, to)])]);
        assert_eq!(found.is_empty(), *ok, "{from} → {kind} {to}: {found:?}");
    }
    assert_eq!(findings(&[("simulate", &[("", "codecs/cwmp")])]), [""; 0]);
}

#[test]
fn an_edge_that_nobody_uses_is_found() {
    let edges: Edges = toml::from_str(LIST).unwrap();
    let metadata = Metadata {
        packages: Vec::new(),
        workspace_root: "/w".into(),
    };
    assert_eq!(check(&metadata, &edges).len(), 3);
}

#[test]
fn a_package_is_named_after_its_folder() {
    let mut wrong = package(&("kernel/clock", &[]));
    wrong.name = "clock".into();
    let edges: Edges = toml::from_str("[kernel]").unwrap();
    let metadata = Metadata {
        packages: vec![wrong],
        workspace_root: "/w".into(),
    };
    assert_eq!(
        check(&metadata, &edges),
        ["kernel/clock: the package is named clock, not regia-clock"]
    );
}

#[test]
fn a_circle_is_found_and_shown() {
    let cases: &[(&str, Option<&str>)] = &[
        (LIST, None),
        ("[kernel]\na = [\"b\", \"c\"]\nb = [\"c\"]\nc = []", None),
        ("[kernel]\na = [\"a\"]", Some("a → a")),
        (
            "[kernel]\na = [\"b\"]\nb = [\"c\"]\nc = [\"a\"]",
            Some("a → b → c → a"),
        ),
    ];
    for (list, expected) in cases {
        let found = circle(&toml::from_str(list).unwrap());
        let found = found.as_deref().and_then(|text| text.split(": ").last());
        assert_eq!(found, *expected, "{list}");
    }
}

#[test]
fn a_codec_that_reads_a_file_is_found() {
    let tree = Tree::of(&[
        ("codecs/cwmp/src/lib.rs", "//! X\nuse std::fs;\n"),
        ("codecs/cwmp/tests/it/main.rs", "//! X\nuse std::fs;\n"),
        ("kernel/store/src/lib.rs", "//! X\nuse std::fs;\n"),
    ]);
    assert_eq!(
        impure_sources(&tree),
        ["codecs/cwmp/src/lib.rs:2: a codec is pure, std::fs is not"]
    );
}
