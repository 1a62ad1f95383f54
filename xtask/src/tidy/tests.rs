//! The rules, each on small invented trees.

use super::*;

fn check(rule: fn(&Tree) -> Vec<Finding>, files: &[(&str, &str)], expected: &[&str]) {
    let found: Vec<String> = rule(&Tree::of(files))
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(found, expected, "{files:?}");
}

fn long(lines: usize) -> String {
    "//! X\n".to_owned() + &"x\n".repeat(lines - 1)
}

#[test]
fn a_file_over_the_limit_must_be_listed_and_may_only_shrink() {
    let listed = "[oversized]\n\"a.rs\" = 600\n";
    let cases: &[(usize, &str, &[&str])] = &[
        (500, "[oversized]\n", &[]),
        (
            501,
            "[oversized]\n",
            &["a.rs:1: 501 lines; the limit is 500"],
        ),
        (600, listed, &[]),
        (
            601,
            listed,
            &["a.rs:1: 601 lines; it may not grow over 600"],
        ),
        (
            599,
            listed,
            &["a.rs:1: 599 lines: lower its entry in xtask/tidy.toml"],
        ),
        (
            500,
            listed,
            &["a.rs:1: short enough now: delete its entry in xtask/tidy.toml"],
        ),
    ];
    for (lines, list, expected) in cases {
        check(
            sizes::check,
            &[("xtask/tidy.toml", list), ("a.rs", &long(*lines))],
            expected,
        );
    }
    check(
        sizes::check,
        &[("xtask/tidy.toml", listed)],
        &["xtask/tidy.toml:1: a.rs is gone: delete its entry"],
    );
}

#[test]
fn tests_at_the_end_of_a_file_do_not_count() {
    let text = long(400) + "#[cfg(test)]\nmod tests {\n" + &"y\n".repeat(300);
    check(sizes::check, &[("a.rs", &text)], &[]);
}

#[test]
fn functions_are_measured_from_signature_to_closing_brace() {
    let text = "\
//! X
fn one() {}
pub(crate) async fn two(
    a: u8,
) -> u8 {
    if a > 0 {
    }
    a
}
impl X {
    pub const fn three(&self) -> u8 {
        3
    }
    fn declared(&self);
}
fn four() { 4 }
";
    let tree = Tree::of(&[("a.rs", text)]);
    let lengths: Vec<usize> = tree
        .files
        .iter()
        .flat_map(sizes::function_lengths)
        .collect();
    assert_eq!(lengths, [1, 7, 3, 1]);
    assert!(sizes::report(&tree).contains("4 functions, lines: median 3, p95 7, longest 7"));
}

#[test]
fn names_and_places_follow_the_house() {
    let ok = "//! Says what it is.\n";
    let cases: &[(&str, &str, &[&str])] = &[
        ("kernel/clock/src/lib.rs", ok, &[]),
        ("a/b/c/d/e/f/g.rs", ok, &[]),
        (
            "a/b/c/d/e/f/g/h.rs",
            ok,
            &["lies 7 folders deep; the limit is 6"],
        ),
        (
            "kernel/util/src/lib.rs",
            ok,
            &["the name `util` says nothing"],
        ),
        ("src/helpers.rs", ok, &["the name `helpers` says nothing"]),
        ("src/device_manager.rs", ok, &[]),
        (
            "src/a/mod.rs",
            ok,
            &["no mod.rs: `foo.rs` stands beside `foo/`"],
        ),
        (
            "src/a.rs",
            "use x;\n",
            &["the first line is not a `//!` sentence that says what this is"],
        ),
        (
            "src/a.rs",
            "",
            &["the first line is not a `//!` sentence that says what this is"],
        ),
        ("docs/a.md", "no sentence\n", &[]),
    ];
    for (path, text, expected) in cases {
        let expected: Vec<String> = expected
            .iter()
            .map(|text| format!("{path}:1: {text}"))
            .collect();
        let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
        check(names::check, &[(path, text)], &expected);
    }
}

#[test]
fn refused_words_are_found_where_they_are_words() {
    let cases: &[(&str, &str, bool)] = &[
        ("a.rs", "let x = 1;\n", true),
        ("a.rs", concat!("// TO", "DO later\n"), false),
        ("a.rs", concat!("let TO", "DOS = 1;\n"), true),
        ("a.md", concat!("XX", "X\n"), false),
        ("a.md", concat!("XX", "XX\n"), true),
        ("a.rs", concat!("#[ign", "ore]\n"), false),
        ("a.md", concat!("the attribute `#[ign", "ore]`\n"), true),
        ("a.sh", concat!("cd /wor", "k/main\n"), false),
        ("a.sh", concat!("cd \"/roo", "t/x\"\n"), false),
        ("a.rs", concat!("\"/api/wor", "k/x\"\n"), true),
        ("a.sh", concat!("$HOME/hom", "e/x\n"), true),
        ("a.toml", concat!("registry = \"npmjs", ".org\"\n"), false),
        ("a.rs", "let x = 1; \n", false),
        ("a.rs", "let x = 1;\r\n", true),
        ("a.rs", "no end", false),
        ("tests/fixtures/inform.xml", "as it came ", true),
        ("Cargo.lock", concat!("crates", ".io\n"), true),
    ];
    for (path, text, ok) in cases {
        let found = texts::check(&Tree::of(&[(path, text)]));
        assert_eq!(found.is_empty(), *ok, "{path} {text:?}: {found:?}");
    }
}

#[test]
fn sql_stands_in_stores_only() {
    let text = "//! X\nuse sqlx::query;\n";
    let cases: &[(&str, bool)] = &[
        ("kernel/store/src/page.rs", true),
        ("kernel/access/src/store.rs", true),
        ("modules/acs/src/store/device.rs", true),
        ("modules/acs/src/flows/reboot.rs", false),
        ("modules/acs/tests/it/main.rs", true),
        ("kernel/testkit/src/lib.rs", true),
        ("app/src/main.rs", false),
    ];
    for (path, ok) in cases {
        let found = database::sql_stands_in_stores(&Tree::of(&[(path, text)]));
        assert_eq!(found.is_empty(), *ok, "{path}");
    }
    check(
        database::sql_stands_in_stores,
        &[("app/src/main.rs", "//! X\n// sqlx is elsewhere\n")],
        &[],
    );
}

#[test]
fn migrations_have_a_stamp_a_module_and_a_purpose() {
    let cases: &[(&str, bool)] = &[
        ("20261121000000_acs_devices.sql", true),
        ("20261121000000_acs_devices_by_tag.sql", true),
        ("20261121_acs_devices.sql", false),
        ("20261121000000_devices.sql", false),
        ("20261121000000_acs_Devices.sql", false),
        ("20261121000000_acs_devices.up.sql", false),
        ("README.md", false),
    ];
    for (name, ok) in cases {
        let path = format!("migrations/{name}");
        let found = database::migrations_are_named(&Tree::of(&[(&path, "x\n")]));
        assert_eq!(found.is_empty(), *ok, "{name}");
    }
    check(
        database::migrations_are_named,
        &[
            ("migrations/20261121000000_acs_a.sql", ""),
            ("migrations/20261121000000_acs_b.sql", ""),
        ],
        &["migrations/20261121000000_acs_b.sql:1: another migration has the same stamp"],
    );
}

#[test]
fn a_released_migration_never_changes() {
    const LIST: &str = "xtask/released-migrations.txt";
    // sha256 of "x\n"
    let listed =
        "73cb3858a687a8494ca3323053016282f3dad39d42cf62ca4e79dda2aac7d9ac  migrations/1.sql\n";
    let rule = database::released_migrations_stay;
    check(rule, &[(LIST, ""), ("migrations/1.sql", "x\n")], &[]);
    check(rule, &[(LIST, listed), ("migrations/1.sql", "x\n")], &[]);
    check(
        rule,
        &[(LIST, listed), ("migrations/1.sql", "y\n")],
        &["migrations/1.sql:1: was released: write a new migration instead"],
    );
    check(
        rule,
        &[(LIST, listed)],
        &["xtask/released-migrations.txt:1: migrations/1.sql was released and is gone"],
    );
    check(
        rule,
        &[(LIST, "what\n")],
        &["xtask/released-migrations.txt:1: is no line of sha256sum"],
    );
}

#[test]
fn every_dependency_is_declared_once_used_and_explained() {
    let root =
        "[workspace.dependencies]\nserde = \"1\"\nregia-clock = { path = \"kernel/clock\" }\n";
    let member = "[dependencies]\nserde.workspace = true\n\n[lints]\nworkspace = true\n";
    let table = "| Name | Reason |\n|---|---|\n| `serde` | data |\n";
    let good = [
        ("Cargo.toml", root),
        ("a/Cargo.toml", member),
        ("docs/dependencies.md", table),
    ];
    let with = |index: usize, text: &'static str| {
        let mut files = good;
        if let Some(file) = files.get_mut(index) {
            file.1 = text;
        }
        files
    };
    check(manifests::check, &good, &[]);
    let apart = (
        "fuzz/Cargo.toml",
        "[dependencies]\nfuzzer = \"1\"\n[workspace]\n",
    );
    check(manifests::check, &[&good[..], &[apart]].concat(), &[]);
    check(
        manifests::check,
        &with(
            1,
            "[dependencies]\nserde = \"1\"\n[lints]\nworkspace = true\n",
        ),
        &["a/Cargo.toml:2: serde is not the workspace's"],
    );
    check(
        manifests::check,
        &with(1, "[dev-dependencies]\nserde = { workspace = true }\n"),
        &["a/Cargo.toml:1: the lints are not the workspace's"],
    );
    check(
        manifests::check,
        &with(1, "[lints]\nworkspace = true\n"),
        &["Cargo.toml:2: no crate uses serde"],
    );
    check(
        manifests::check,
        &with(2, "| `serde` | data |\n| `toml` | settings |\n"),
        &["docs/dependencies.md:2: toml is no dependency"],
    );
    check(
        manifests::check,
        &with(2, "nothing\n"),
        &["Cargo.toml:2: serde has no reason in docs/dependencies.md"],
    );
}

#[test]
fn a_readme_is_short_and_every_module_has_one() {
    let found = documents::check(&Tree::of(&[
        ("README.md", &"x\n".repeat(121)),
        ("modules/acs/Cargo.toml", ""),
        ("LICENSE", ""),
    ]));
    let messages: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert!(messages.contains(&"README.md:121: 121 lines; the limit is 120".to_owned()));
    assert!(messages.contains(&"modules/acs/README.md:1: is missing".to_owned()));
    assert!(messages.contains(&"SECURITY.md:1: is missing".to_owned()));
    assert!(
        !messages
            .iter()
            .any(|message| message.starts_with("LICENSE"))
    );
}

#[test]
fn what_a_document_points_at_exists() {
    let cases: &[(&str, &[&str])] = &[
        (
            "[guide](docs/guide.md) and [web](https://example.org/x)",
            &[],
        ),
        ("[guide](docs/guide.md#first-start)", &[]),
        (
            "[guide](docs/guide.md#last-start)",
            &["docs/guide.md has no heading #last-start"],
        ),
        ("[here](#this-file)", &[]),
        (
            "[gone](docs/gone.md)",
            &["the link docs/gone.md leads nowhere"],
        ),
        ("see `docs/guide.md` and `docs/`", &[]),
        ("see `docs/gone.md`", &["`docs/gone.md` does not exist"]),
        ("`modules/<name>/` and `kernel/*` are patterns", &[]),
        ("```\n[gone](docs/gone.md)\n```", &[]),
    ];
    for (text, expected) in cases {
        let readme = format!("# This file\n{text}\n");
        let expected: Vec<String> = expected
            .iter()
            .map(|text| format!("README.md:2: {text}"))
            .collect();
        let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
        check(
            links::check,
            &[
                ("README.md", &readme),
                ("docs/guide.md", "# Guide\n## First start\n"),
            ],
            &expected,
        );
    }
    check(
        links::check,
        &[
            ("README.md", "x\n"),
            ("docs/guide.md", "[up](../README.md) [side](./gone.md)\n"),
        ],
        &["docs/guide.md:1: the link ./gone.md leads nowhere"],
    );
}

#[test]
fn two_types_with_a_schema_have_two_names() {
    let schema =
        |name: &str| format!("#[derive(Debug, ToSchema)]\n#[serde(x)]\npub(crate) {name} {{\n");
    let renamed = "#[derive(ToSchema)]\n#[schema(as = Input)]\nstruct Members {\n";
    let cases: &[(&str, &str, &[&str])] = &[
        ("struct Input", "struct Other", &[]),
        (
            "struct Input",
            "struct Input",
            &["b.rs:3: the schema Input is one of a.rs already"],
        ),
        (
            "enum Input",
            "struct Input",
            &["b.rs:3: the schema Input is one of a.rs already"],
        ),
        ("struct InputOut", "struct Input", &[]),
    ];
    for (first, second, expected) in cases {
        let files = [("a.rs", &*schema(first)), ("b.rs", &*schema(second))];
        check(schemas::names_are_unique, &files, expected);
    }
    let one = schema("struct Input");
    let plain = "#[derive(IntoParams)]\npub struct Input {\n";
    check(
        schemas::names_are_unique,
        &[("a.rs", &one), ("b.rs", plain)],
        &[],
    );
    check(
        schemas::names_are_unique,
        &[("a.rs", &one), ("b.rs", renamed)],
        &["b.rs:3: the schema Input is one of a.rs already"],
    );
    check(
        schemas::names_are_unique,
        &[("a.rs", &one), ("tests/it/b.rs", &one)],
        &[],
    );
}
