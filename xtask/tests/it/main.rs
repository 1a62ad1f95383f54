//! What `scripts/install` decides, on systems made of a few stubs.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

/// A program and its script, or a file and its text.
type Stub<'a> = (&'a str, &'a str);

/// Programs of a system, each with what it answers.
const RUSTUP: Stub<'_> = ("rustup", "");
const CARGO_NEW: Stub<'_> = ("cargo", "echo cargo 1.95.0 '(f2d3ce0bd 2026-03-21)'");
const CARGO_OLD: Stub<'_> = ("cargo", "echo cargo 1.63.0");
const CC: Stub<'_> = ("cc", "echo /usr/lib/x86_64-linux-gnu/crt1.o");
const CC_BARE: Stub<'_> = ("cc", "echo crt1.o");
const NODE: Stub<'_> = ("node", "echo v18.20.4");
const NODE_OLD: Stub<'_> = ("node", "echo v12.22.12");
const NPM: Stub<'_> = ("npm", "");
const APT: Stub<'_> = ("apt-get", "");
const SUDO: Stub<'_> = ("sudo", "");
const ROOT: Stub<'_> = ("id", "echo 0");
const USER: Stub<'_> = ("id", "echo 1000");

/// What only tests need, without the fuzzer.
const TEST_TOOLS: [Stub<'_>; 5] = [
    ("chromium", ""),
    ("chromedriver", ""),
    ("redis-server", ""),
    ("pgbouncer", ""),
    ("xmllint", ""),
];

/// Files of a system, by path.
const DEBIAN_12: Stub<'_> = ("etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n");
const DEBIAN_13: Stub<'_> = ("etc/os-release", "ID=debian\nVERSION_ID=\"13\"\n");
const DEBIAN_SID: Stub<'_> = ("etc/os-release", "ID=debian\n");
const UBUNTU: Stub<'_> = ("etc/os-release", "ID=ubuntu\nVERSION_ID=\"24.04\"\n");
const FEDORA: Stub<'_> = ("etc/os-release", "ID=fedora\nVERSION_ID=43\n");
const CERTIFICATES: Stub<'_> = ("etc/ssl/certs/ca-certificates.crt", "x\n");
const POSTGRES_15: Stub<'_> = ("usr/lib/postgresql/15/bin/postgres", "");
const POSTGRES_13: Stub<'_> = ("usr/lib/postgresql/13/bin/postgres", "");
const OTHER_CLUSTER: Stub<'_> = ("etc/postgresql/15/main/postgresql.conf", "");
const FUZZER: Stub<'_> = ("target/tools/schemathesis/bin/python3", "");
const FUZZER_OLD: Stub<'_> = ("target/tools/schemathesis/version", "4.0.0\n");
const SYSTEMD: Stub<'_> = ("run/systemd/system/x", "");
const DECIDED: Stub<'_> = (
    "etc/postgresql-common/createcluster.conf",
    "# x\ncreate_main_cluster = true\n",
);

struct Case<'a> {
    purpose: &'a str,
    programs: &'a [Stub<'a>],
    files: &'a [Stub<'a>],
    /// What the output says, in this order; nothing at all when empty.
    says: &'a [&'a str],
    /// What the output does not say.
    silent_about: &'a [&'a str],
    succeeds: bool,
}

impl Case<'_> {
    fn check(&self) {
        let system = tempfile::tempdir().unwrap();
        for (name, script) in self.programs {
            write(
                &system.path().join("bin").join(name),
                &format!("#!/bin/sh\n{script}\n"),
            );
        }
        for (path, text) in self.files {
            write(&system.path().join(path), text);
        }
        let output = install(system.path(), self.purpose);
        let text =
            String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.success(), self.succeeds, "{text}");
        assert_eq!(text.is_empty(), self.says.is_empty(), "{text}");
        let mut rest = text.as_str();
        for part in self.says {
            let Some((_, after)) = rest.split_once(part) else {
                panic!("does not say {part:?} where expected: {text}");
            };
            rest = after;
        }
        for part in self.silent_about {
            assert!(!text.contains(part), "says {part:?}: {text}");
        }
    }
}

fn install(system: &Path, purpose: &str) -> Output {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/install");
    Command::new("/bin/sh")
        .arg(script)
        .args(["--dry-run", purpose])
        .env_clear()
        .env("PATH", system.join("bin"))
        .env("REGIA_INSTALL_ROOT", system)
        .output()
        .unwrap()
}

/// The version of the fuzzer that this project wants.
fn fuzzer_version() -> String {
    let pins = include_str!("../../../app/tests/it/fuzzed/requirements.txt");
    let version = pins
        .lines()
        .find_map(|line| line.strip_prefix("schemathesis=="));
    format!("{}\n", version.unwrap())
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_complete_system_is_left_alone_in_silence() {
    let complete = [RUSTUP, CARGO_NEW, CC, NODE, NPM, APT, ROOT];
    let version = fuzzer_version();
    let fuzzer_version = ("target/tools/schemathesis/version", version.as_str());
    for (purpose, programs, files) in [
        ("build", vec![], vec![DEBIAN_12, CERTIFICATES]),
        ("run", vec![], vec![DEBIAN_12, CERTIFICATES, POSTGRES_15]),
        (
            "run",
            vec![("postgres", "echo 'postgres (PostgreSQL) 16.3'")],
            vec![FEDORA, CERTIFICATES],
        ),
        (
            "test",
            TEST_TOOLS.to_vec(),
            vec![DEBIAN_12, CERTIFICATES, POSTGRES_15, FUZZER, fuzzer_version],
        ),
    ] {
        let programs = [&complete[..], &programs].concat();
        Case {
            purpose,
            programs: &programs,
            files: &files,
            says: &[],
            silent_about: &[],
            succeeds: true,
        }
        .check();
    }
}

#[test]
fn an_empty_debian_13_gets_everything_and_no_services_of_its_own() {
    Case {
        purpose: "test",
        programs: &[APT, ROOT],
        files: &[DEBIAN_13, SYSTEMD],
        says: &[
            "Missing: certificate authorities, Rust 1.95, a C compiler, Node.js 18 and npm, PostgreSQL 15",
            "apt-get: ca-certificates rustup gcc libc6-dev nodejs npm postgresql redis-server pgbouncer chromium",
            "would run: env DEBIAN_FRONTEND=noninteractive apt-get",
            " update\n",
            " install --no-install-recommends postgresql-common\n",
            "create_main_cluster = false",
            " install --no-install-recommends ca-certificates rustup gcc",
            "the tests start their own",
            "would run: systemctl disable --now redis-server.service",
            "would run: systemctl disable --now pgbouncer.service",
            "Installing from PyPI into ",
        ],
        silent_about: &["sudo"],
        succeeds: true,
    }
    .check();
}

#[test]
fn rust_comes_from_the_system_where_it_has_rustup_and_is_asked_for_elsewhere() {
    let ready = [CC, NODE, NPM, APT, ROOT];
    let cases: &[(&[Stub<'_>], Stub<'_>, &[&str], bool)] = &[
        (
            &[],
            DEBIAN_12,
            &["there is no cargo", "install rustup", "then run this again"],
            false,
        ),
        (
            &[],
            DEBIAN_13,
            &["Missing: Rust 1.95.", "apt-get: rustup."],
            true,
        ),
        (
            &[],
            DEBIAN_SID,
            &["Missing: Rust 1.95.", "apt-get: rustup."],
            true,
        ),
        (
            &[],
            UBUNTU,
            &["Missing: Rust 1.95.", "apt-get: rustup."],
            true,
        ),
        (
            &[CARGO_OLD],
            DEBIAN_13,
            &["cargo 1.63.0 is too old", "install rustup"],
            false,
        ),
        (&[CARGO_OLD, RUSTUP], DEBIAN_12, &[], true),
        (&[CARGO_NEW], DEBIAN_12, &[], true),
    ];
    for (programs, system, says, succeeds) in cases {
        Case {
            purpose: "build",
            programs: &[programs, &ready[..]].concat(),
            files: &[*system, CERTIFICATES],
            says,
            silent_about: &[],
            succeeds: *succeeds,
        }
        .check();
    }
}

#[test]
fn what_is_too_old_or_half_there_is_missing() {
    let cases: &[(&[Stub<'_>], &[Stub<'_>], &str)] = &[
        (
            &[CC_BARE, NODE, NPM],
            &[POSTGRES_15],
            "Missing: a C compiler. ",
        ),
        (
            &[CC, NODE_OLD, NPM],
            &[POSTGRES_15],
            "Missing: Node.js 18 and npm. ",
        ),
        (&[CC, NODE], &[POSTGRES_15], "Missing: Node.js 18 and npm. "),
        (&[CC, NODE, NPM], &[POSTGRES_13], "Missing: PostgreSQL 15. "),
        (
            &[
                CC,
                NODE,
                NPM,
                ("postgres", "echo 'postgres (PostgreSQL) 14.1 (Debian)'"),
            ],
            &[],
            "Missing: PostgreSQL 15. ",
        ),
    ];
    for (programs, files, says) in cases {
        Case {
            purpose: "run",
            programs: &[*programs, &[RUSTUP, APT, ROOT]].concat(),
            files: &[*files, &[DEBIAN_12, CERTIFICATES]].concat(),
            says: &[says],
            silent_about: &[],
            succeeds: true,
        }
        .check();
    }
}

#[test]
fn the_fuzzer_comes_from_pypi_when_it_is_missing_or_another_version() {
    let ready = [RUSTUP, CC, NODE, NPM, APT, ROOT];
    let cases: &[(&[Stub<'_>], &[Stub<'_>], &[&str])] = &[
        (&[("python3", "")], &[], &["Installing from PyPI into "]),
        (
            &[("python3", "")],
            &[FUZZER, FUZZER_OLD],
            &["Missing: Schemathesis ", "Installing from PyPI into "],
        ),
        (
            // Without the package that makes a folder of its own.
            &[("python3", "exit 1")],
            &[],
            &[
                "Missing: Python 3.10 with venv. ",
                "apt-get: python3 python3-venv",
                "Installing from PyPI into ",
            ],
        ),
    ];
    for (programs, files, says) in cases {
        Case {
            purpose: "test",
            programs: &[*programs, &ready, &TEST_TOOLS].concat(),
            files: &[*files, &[DEBIAN_12, CERTIFICATES, POSTGRES_15]].concat(),
            says,
            silent_about: &[],
            succeeds: true,
        }
        .check();
    }
}

#[test]
fn a_cluster_or_a_decision_of_somebody_else_stays() {
    for decided in [OTHER_CLUSTER, DECIDED] {
        Case {
            purpose: "run",
            programs: &[RUSTUP, CC, NODE, NPM, APT, ROOT],
            files: &[DEBIAN_12, CERTIFICATES, decided],
            says: &["install --no-install-recommends postgresql\n"],
            silent_about: &["create_main_cluster", "postgresql-common"],
            succeeds: true,
        }
        .check();
    }
}

#[test]
fn without_rights_it_uses_sudo_or_says_what_to_run() {
    let programs = [RUSTUP, CC, NODE, NPM, APT, USER];
    let files = &[DEBIAN_12, CERTIFICATES];
    Case {
        purpose: "run",
        programs: &[&programs[..], &[SUDO]].concat(),
        files,
        says: &["would run: sudo env", "would run: sudo env", "install"],
        silent_about: &[],
        succeeds: true,
    }
    .check();
    Case {
        purpose: "run",
        programs: &programs,
        files,
        says: &["missing: PostgreSQL 15; as root, run: apt-get install postgresql\n"],
        silent_about: &["would run"],
        succeeds: false,
    }
    .check();
}

#[test]
fn another_system_is_told_what_it_needs_in_one_line() {
    Case {
        purpose: "run",
        programs: &[USER],
        files: &[FEDORA],
        says: &[
            "install Rust 1.95, a C compiler, Node.js 18 and npm, PostgreSQL 15 with this system's own tools",
        ],
        silent_about: &["apt-get"],
        succeeds: false,
    }
    .check();
}
