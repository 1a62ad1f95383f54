//! What `regia doctor` looks at.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;

use anyhow::Context;
use regia_clock::Chance;
use regia_cluster::{ClusterOptions, Neighbour, Programs, holder};
use regia_limits::RedisFailure;
use regia_store::external::{self, Fit, Purpose};
use rustix::fs::{Access, access, statvfs};
use rustix::process::{Resource, getrlimit};

use super::Finding;
use crate::settings::Settings;
use crate::{compose, keys};

/// Below this a fleet fills the disk within weeks.
const LITTLE_DISK_BYTES: u64 = 5 << 30;
/// Below this PostgreSQL soon stops taking changes.
const NO_DISK_BYTES: u64 = 512 << 20;
/// Each device that talks and each browser holds one.
const FEW_OPEN_FILES: u64 = 8192;

pub(super) async fn all(settings: &Settings) -> Vec<Finding> {
    let mut findings = vec![Finding::ok("settings", "accepted")];
    let running = match holder(settings.data_dir()) {
        Ok(running) => running,
        Err(error) => {
            findings.push(Finding::fail("server", &error.into()));
            None
        }
    };
    findings.push(Finding::ok(
        "server",
        match &running {
            Some(process) => format!("runs as process {process}"),
            None => "does not run on this data folder".to_owned(),
        },
    ));
    findings.push(folder(settings.data_dir()));
    findings.push(key(settings));
    match settings.database.url {
        Some(_) => findings.extend(configured(settings).await),
        None => findings.extend(private(settings, running.is_some()).await),
    }
    findings.extend(redis(settings).await);
    match compose::listeners(settings) {
        Ok(listeners) => findings.extend(
            listeners
                .into_iter()
                .map(|(thing, address)| port(thing, address, running.is_some())),
        ),
        Err(error) => findings.push(Finding::fail("listeners", &error.into())),
    }
    findings.push(disk(settings.data_dir()));
    findings.push(open_files());
    findings
}

/// The folder itself, or the nearest one above it that exists.
fn nearest(folder: &Path) -> &Path {
    let existing = folder.ancestors().find(|path| path.exists());
    existing
        .filter(|path| !path.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

fn folder(folder: &Path) -> Finding {
    const THING: &str = "data folder";
    let path = folder.display();
    if let Err(error) = access(nearest(folder), Access::WRITE_OK | Access::EXEC_OK) {
        let error = anyhow::Error::new(error).context(format!("{path} cannot be written"));
        return Finding::fail(THING, &error)
            .next("choose another --data-dir, or run as the user that owns it");
    }
    match folder.exists() {
        true => Finding::ok(THING, format!("{path}")),
        false => Finding::ok(THING, format!("{path} is made at the first start")),
    }
}

fn key(settings: &Settings) -> Finding {
    const THING: &str = "secret key";
    let file = settings.data_dir().join(keys::FILE);
    if settings.server.secret_key.is_none() && !file.exists() {
        return Finding::ok(
            THING,
            format!("{} is made at the first start", file.display()),
        );
    }
    match keys::load(settings, &Chance::from_system()) {
        Ok(keys) => {
            let old = keys.old_fingerprints();
            let also = if old.is_empty() {
                String::new()
            } else {
                format!(", old: {old:?}")
            };
            Finding::ok(THING, format!("fingerprint {}{also}", keys.fingerprint()))
        }
        Err(error) => Finding::fail(THING, &error.into()),
    }
}

async fn private(settings: &Settings, running: bool) -> Vec<Finding> {
    const THING: &str = "private PostgreSQL";
    let options = ClusterOptions::new(settings.data_dir(), &settings.database);
    let found = || -> anyhow::Result<_> {
        let programs = Programs::fitting(&options)?;
        let url = if running {
            Some(Neighbour::of(&options)?.url)
        } else {
            None
        };
        Ok((programs, url))
    };
    let finding = match found() {
        Err(error) => Finding::fail(THING, &error),
        Ok((Programs { folder, version }, None)) => {
            Finding::ok(THING, format!("version {version} in {}", folder.display()))
        }
        Ok((_, Some(url))) => match external::check(&url, Purpose::Serve).await {
            Ok(fit) => {
                let answers = Finding::ok(THING, format!("version {} answers", fit.version));
                return [Some(answers), sealed(settings, &fit)]
                    .into_iter()
                    .flatten()
                    .collect();
            }
            Err(unfit) => {
                Finding::fail(THING, &anyhow::anyhow!(unfit.problem)).next(unfit.next_step)
            }
        },
    };
    vec![finding]
}

/// Whether what is stored was sealed with the key at hand; nothing when one of the two is not there.
fn sealed(settings: &Settings, fit: &Fit) -> Option<Finding> {
    const THING: &str = "sealed data";
    let stored = fit.fingerprint.as_deref()?;
    let keys = keys::existing(settings).ok()?;
    let (current, old) = (keys.fingerprint(), keys.old_fingerprints());
    Some(if stored == current {
        Finding::ok(THING, "the stored fingerprint is that of the secret key")
    } else if old.iter().any(|known| known == stored) {
        Finding::ok(
            THING,
            "the stored fingerprint is that of an old key; the next start changes it",
        )
    } else {
        let error = anyhow::anyhow!(
            "the data belongs to the secret key {stored}, and the one at hand is {current}"
        );
        Finding::fail(THING, &error)
            .next("start with the key that made the data, or list it in server.old_secret_keys")
    })
}

async fn configured(settings: &Settings) -> Vec<Finding> {
    let database = &settings.database;
    let mut wanted = vec![("database.url", database.url.as_ref(), Purpose::Serve)];
    match &database.migrate_url {
        Some(url) => wanted.insert(0, ("database.migrate_url", Some(url), Purpose::Migrate)),
        None => wanted = vec![("database.url", database.url.as_ref(), Purpose::Migrate)],
    }
    let (mut findings, mut key) = (Vec::new(), None);
    for (thing, url, purpose) in wanted {
        let Some(url) = url else { continue };
        findings.push(match external::check(url, purpose).await {
            Ok(fit) => {
                key = sealed(settings, &fit);
                Finding::ok(thing, format!("{} on {}", fit.database, fit.version))
            }
            Err(unfit) => {
                Finding::fail(thing, &anyhow::anyhow!(unfit.problem)).next(unfit.next_step)
            }
        });
    }
    findings.extend(key);
    findings
}

/// Nothing where none is configured.
async fn redis(settings: &Settings) -> Option<Finding> {
    const THING: &str = "redis";
    match regia_limits::check(&settings.redis).await {
        Ok(None) => None,
        Ok(Some(version)) => Some(Finding::ok(THING, format!("version {version} answers"))),
        Err(error @ RedisFailure::Away(_)) => {
            let finding = Finding::fail(THING, &error.into());
            Some(finding.next("until it answers each node admits its share of the limits; start it, or check redis.url"))
        }
        Err(error) => Some(Finding::fail(THING, &error.into())),
    }
}

fn port(thing: &'static str, address: SocketAddr, running: bool) -> Finding {
    match TcpListener::bind(address).with_context(|| format!("{address} cannot be opened")) {
        Ok(_) if running => Finding::warn(
            thing,
            format!("{address} is free although a server runs"),
            "check with the settings and arguments that the server was started with",
        ),
        Ok(_) => Finding::ok(thing, format!("{address} is free")),
        Err(error) => {
            let kind = error
                .downcast_ref::<std::io::Error>()
                .map(std::io::Error::kind);
            match kind {
                Some(ErrorKind::AddrInUse) if running => {
                    Finding::ok(thing, format!("{address} is in use, as it should be"))
                }
                Some(ErrorKind::AddrInUse) => Finding::fail(thing, &error)
                    .next("stop the program that uses it, or choose another address"),
                _ => Finding::fail(thing, &error).next("choose an address of this machine"),
            }
        }
    }
}

fn disk(folder: &Path) -> Finding {
    const THING: &str = "disk";
    let place = nearest(folder).display();
    let free = match statvfs(nearest(folder)) {
        Ok(found) => found.f_bavail.saturating_mul(found.f_frsize),
        Err(error) => return Finding::fail(THING, &error.into()),
    };
    let sentence = format!("{} MiB free at {place}", free >> 20);
    let next = "make room, or choose another --data-dir";
    match free {
        ..NO_DISK_BYTES => Finding::fail(THING, &anyhow::anyhow!(sentence)).next(next),
        NO_DISK_BYTES..LITTLE_DISK_BYTES => Finding::warn(THING, sentence, next),
        _ => Finding::ok(THING, sentence),
    }
}

fn open_files() -> Finding {
    const THING: &str = "open files";
    // The server raises its own limit to the hard one.
    match getrlimit(Resource::Nofile).maximum {
        Some(limit) if limit < FEW_OPEN_FILES => Finding::warn(
            THING,
            format!("at most {limit} for a process"),
            "raise the hard limit (LimitNOFILE= in systemd, or limits.conf)",
        ),
        Some(limit) => Finding::ok(THING, format!("at most {limit} for a process")),
        None => Finding::ok(THING, "unlimited"),
    }
}
