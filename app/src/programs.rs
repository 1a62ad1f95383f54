//! PostgreSQL's own programs for backup and restore.

use std::io::{self, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, bail, ensure};
use regia_secrets::Secret;
use url::Url;

/// Writes a dump of the database (`pg_dump`, custom format): as the role that the policies let through
/// to all rows, since the owner of the tables is held to them too.
pub(crate) fn dump(folder: &Path, url: &Secret, to: &mut dyn Write) -> anyhow::Result<()> {
    let mut command = connected(&folder.join("pg_dump"), url)?;
    command.args([
        "--format=custom",
        "--no-owner",
        "--role=regia_upkeep",
        "--enable-row-security",
    ]);
    let mut child = start(command.stdin(Stdio::null()).stdout(Stdio::piped()))?;
    let copied = child
        .stdout
        .take()
        .map(|mut from| io::copy(&mut from, to))
        .transpose();
    finish("pg_dump", child, copied)
}

/// Loads a dump into an empty database, whole or not at all (`pg_restore`). The roles that it names
/// must be there.
pub(crate) fn load(folder: &Path, url: &Secret, from: &mut dyn Read) -> anyhow::Result<()> {
    let mut command = connected(&folder.join("pg_restore"), url)?;
    command.args(["--no-owner", "--exit-on-error", "--single-transaction"]);
    let mut child = start(command.stdin(Stdio::piped()).stdout(Stdio::null()))?;
    let copied = child
        .stdin
        .take()
        .map(|mut to| io::copy(from, &mut to))
        .transpose();
    finish("pg_restore", child, copied)
}

fn start(command: &mut Command) -> anyhow::Result<Child> {
    let program = command.get_program().to_owned();
    command
        .spawn()
        .with_context(|| format!("{} cannot be started", program.display()))
}

/// The program's own end comes first: a broken pipe is only its consequence.
fn finish<T>(program: &str, mut child: Child, copied: io::Result<T>) -> anyhow::Result<()> {
    let ended = child.wait()?;
    ensure!(
        ended.success(),
        "{program} failed ({ended}); it said why above"
    );
    copied
        .map(drop)
        .with_context(|| format!("the data of {program} was cut off"))
}

/// The password goes through the environment: arguments are visible to every user.
fn connected(program: &Path, url: &Secret) -> anyhow::Result<Command> {
    let (url, password) = without_password(url)?;
    let mut command = Command::new(program);
    command.arg(format!("--dbname={url}"));
    if let Some(password) = password {
        command.env("PGPASSWORD", password);
    }
    Ok(command)
}

fn without_password(url: &Secret) -> anyhow::Result<(Url, Option<String>)> {
    let mut url = Url::parse(url.expose()).context("the database address is not a URL")?;
    let decode = |text: &str| {
        percent_encoding::percent_decode_str(text)
            .decode_utf8_lossy()
            .into()
    };
    let mut password: Option<String> = url.password().map(decode);
    if password.is_some() && url.set_password(None).is_err() {
        bail!("the database address keeps its password");
    }
    let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    if let Some((_, value)) = pairs.iter().find(|(key, _)| key == "password") {
        password = Some(value.clone());
        let kept = pairs.iter().filter(|(key, _)| key != "password");
        url.query_pairs_mut().clear().extend_pairs(kept);
    }
    Ok((url, password))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_never_becomes_an_argument() {
        for (given, argument, password) in [
            (
                "postgres://u:p%40ss@db:5433/regia",
                "postgres://u@db:5433/regia",
                Some("p@ss"),
            ),
            (
                "postgres://u@db/r?password=secret&sslmode=require",
                "postgres://u@db/r?sslmode=require",
                Some("secret"),
            ),
            (
                "postgres://regia@localhost/regia?host=/d/run&sslmode=disable",
                "postgres://regia@localhost/regia?host=/d/run&sslmode=disable",
                None,
            ),
        ] {
            let (url, found) = without_password(&given.into()).unwrap();
            assert_eq!((url.as_str(), found.as_deref()), (argument, password));
        }
        assert!(without_password(&"not a url".into()).is_err());
    }
}
