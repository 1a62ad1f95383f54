//! A PostgreSQL server of the operator: whether it is fit, said in one sentence with the next step.

use std::io::ErrorKind;
use std::time::Duration;

use regia_secrets::Secret;
use sqlx::{ConnectOptions as _, Connection as _};
use thiserror::Error;

use crate::migrate::ROLES;
use crate::{StoreError, parse_address};

/// The oldest PostgreSQL that the schema works on.
pub const OLDEST_VERSION: u32 = 15;

/// How long a server may take to answer the whole check.
const TIMEOUT: Duration = Duration::from_secs(15);

/// What an address is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Making and changing our schemas (`database.migrate_url`).
    Migrate,
    /// Reading and writing rows (`database.url`), after the migrations ran.
    Serve,
}

/// What was found at an address that is fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fit {
    /// The server's version as it says it.
    pub version: String,
    /// The database's name.
    pub database: String,
    /// Fingerprint of the secret key that sealed what is stored; absent before the first start.
    pub fingerprint: Option<String>,
}

/// What is wrong with a configured server.
#[derive(Debug, Error)]
#[error("{problem}; {next_step}")]
pub struct Unfit {
    /// One sentence.
    pub problem: String,
    /// What to do.
    pub next_step: String,
    #[source]
    source: Option<StoreError>,
}

impl Unfit {
    fn new(problem: impl Into<String>, next_step: impl Into<String>) -> Self {
        Self {
            problem: problem.into(),
            next_step: next_step.into(),
            source: None,
        }
    }
}

/// Connects to a server and looks at its version, its state and our rights.
///
/// # Errors
/// [`Unfit`] for the first thing that is wrong.
pub async fn check(url: &Secret, purpose: Purpose) -> Result<Fit, Unfit> {
    let options = parse_address(url).map_err(|error| {
        Unfit::new(
            error.to_string(),
            "write it as postgres://user:password@host:5432/database",
        )
    })?;
    let place = match options.get_socket() {
        Some(folder) => folder.display().to_string(),
        None => format!("{}:{}", options.get_host(), options.get_port()),
    };
    let user = options.get_username().to_owned();
    let database = options.get_database().unwrap_or(&user).to_owned();
    let names = Names {
        place,
        user,
        database,
    };
    match tokio::time::timeout(TIMEOUT, look(&options, purpose)).await {
        Ok(Ok(facts)) => facts.judge(&names, purpose),
        Ok(Err(error)) => Err(names.explain(error)),
        Err(_) => Err(Unfit::new(
            format!(
                "{} does not answer within {} seconds",
                names.place,
                TIMEOUT.as_secs()
            ),
            "look whether a firewall is in the way",
        )),
    }
}

#[derive(Debug, Clone, sqlx::FromRow)]
struct Facts {
    version: String,
    version_number: i32,
    encoding: String,
    in_recovery: bool,
    may_create: bool,
    migrated: bool,
    may_use: bool,
    #[sqlx(skip)]
    lacks_roles: bool,
    #[sqlx(skip)]
    fingerprint: Option<String>,
}

async fn look(
    options: &sqlx::postgres::PgConnectOptions,
    purpose: Purpose,
) -> Result<Facts, sqlx::Error> {
    let mut connection = options.connect().await?;
    let mut facts: Facts = sqlx::query_as(
        "select current_setting('server_version') as version,
                current_setting('server_version_num')::int as version_number,
                current_setting('server_encoding') as encoding,
                pg_is_in_recovery() as in_recovery,
                has_database_privilege(current_database(), 'create') as may_create,
                to_regnamespace('kernel') is not null as migrated,
                true as may_use",
    )
    .fetch_one(&mut connection)
    .await?;
    if purpose == Purpose::Migrate {
        facts.lacks_roles = sqlx::query_scalar(
            "select not (rolsuper or rolcreaterole) and not (
                 (select count(*) = cardinality($1) from pg_roles
                  where rolname = any($1) and pg_has_role(oid, 'member'))
                 and exists (select from pg_auth_members m
                             where m.roleid = to_regrole('regia_tenant')
                               and m.member = to_regrole('regia_area')))
             from pg_roles where rolname = current_user",
        )
        .bind(ROLES)
        .fetch_one(&mut connection)
        .await?;
    }
    if facts.migrated && purpose == Purpose::Serve {
        facts.may_use = sqlx::query_scalar(
            "select count(*) = cardinality($1) and pg_has_role('regia_area', 'regia_tenant', 'usage')
             from pg_roles where rolname = any($1) and pg_has_role(oid, 'member')",
        )
        .bind(ROLES)
        .fetch_one(&mut connection)
        .await?;
    }
    if facts.migrated && facts.may_use {
        // A role for migrations alone, or a database that was begun and not finished, has none.
        facts.fingerprint = sqlx::query_scalar(
            "select value from kernel.installation where fact = 'secret_key_fingerprint'",
        )
        .fetch_optional(&mut connection)
        .await
        .ok()
        .flatten();
    }
    connection.close().await?;
    Ok(facts)
}

impl Facts {
    fn judge(self, names: &Names, purpose: Purpose) -> Result<Fit, Unfit> {
        let Names {
            place,
            user,
            database,
        } = names;
        let oldest = i32::try_from(OLDEST_VERSION).unwrap_or(i32::MAX);
        if self.version_number / 10_000 < oldest {
            return Err(Unfit::new(
                format!("{place} runs PostgreSQL {}, which is too old", self.version),
                format!("use PostgreSQL {OLDEST_VERSION} or newer"),
            ));
        }
        if self.in_recovery {
            return Err(Unfit::new(
                format!("{place} is a standby and takes no changes"),
                "name the primary",
            ));
        }
        if self.encoding != "UTF8" {
            return Err(Unfit::new(
                format!("database {database} stores text as {}", self.encoding),
                "create it with encoding UTF8",
            ));
        }
        if purpose == Purpose::Migrate && !self.may_create {
            return Err(Unfit::new(
                format!("user {user} may not create schemas in database {database}"),
                format!(
                    "run as its owner: grant create on database {} to {}, or name another role \
                     in database.migrate_url",
                    quoted(database),
                    quoted(user)
                ),
            ));
        }
        if self.lacks_roles {
            let roles = ROLES.join(", ");
            return Err(Unfit::new(
                format!("user {user} may not make the roles that our tables need"),
                format!(
                    "let an administrator create those of {roles} that are missing (nologin), \
                     and run: grant regia_tenant to regia_area; grant {roles} to {}",
                    quoted(user)
                ),
            ));
        }
        if purpose == Purpose::Serve && !(self.migrated && self.may_use) {
            return Err(Unfit::new(
                format!("user {user} may not read and write our tables in database {database}"),
                format!(
                    "grant {} to {}; grant regia_tenant to regia_area",
                    ROLES.join(", "),
                    quoted(user)
                ),
            ));
        }
        Ok(Fit {
            version: self.version,
            database: database.clone(),
            fingerprint: self.fingerprint,
        })
    }
}

struct Names {
    place: String,
    user: String,
    database: String,
}

impl Names {
    /// Turns a failed connection into a sentence (SQLSTATEs: PostgreSQL documentation, appendix A).
    fn explain(&self, error: sqlx::Error) -> Unfit {
        let Self {
            place,
            user,
            database,
        } = self;
        let state = error.as_database_error().and_then(|reason| reason.code());
        let (problem, next_step) = match (state.as_deref(), &error) {
            (Some("28P01"), _) => (
                format!("{place} does not accept the password of user {user}"),
                "correct it in the address".to_owned(),
            ),
            (Some("28000"), _) => (
                format!("{place} does not let user {user} in from here"),
                "create the user, or allow it in pg_hba.conf of that server".to_owned(),
            ),
            (Some("3D000"), _) => (
                format!("{place} has no database {database}"),
                format!(
                    "create it: create database {} owner {}",
                    quoted(database),
                    quoted(user)
                ),
            ),
            (Some("42501"), _) => (
                format!("user {user} may not connect to database {database}"),
                format!(
                    "grant connect on database {} to {}",
                    quoted(database),
                    quoted(user)
                ),
            ),
            (Some("53300"), _) => (
                format!("{place} has no connection left"),
                "raise its max_connections, or lower database.max_connections".to_owned(),
            ),
            (Some("57P03"), _) => (
                format!("{place} is starting or stopping"),
                "try again in a moment".to_owned(),
            ),
            (_, sqlx::Error::Tls(_)) => (
                format!("no TLS connection to {place} comes about"),
                "check the certificate, or sslmode and sslrootcert in the address".to_owned(),
            ),
            (_, sqlx::Error::Io(reason))
                if matches!(
                    reason.kind(),
                    ErrorKind::ConnectionRefused | ErrorKind::NotFound
                ) =>
            {
                (
                    format!("nothing answers at {place}"),
                    "start PostgreSQL there, or correct the address".to_owned(),
                )
            }
            _ => (
                format!("{place} cannot be used: {error}"),
                "look into the log of that server".to_owned(),
            ),
        };
        Unfit {
            problem,
            next_step,
            source: Some(error.into()),
        }
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    type Change = fn(&mut Facts);

    #[test]
    fn an_unfit_server_is_told_apart_from_a_fit_one() {
        let fit = Facts {
            version: "15.4".into(),
            version_number: 150_004,
            encoding: "UTF8".into(),
            in_recovery: false,
            may_create: true,
            migrated: true,
            may_use: true,
            lacks_roles: false,
            fingerprint: None,
        };
        let names = Names {
            place: "db:5432".into(),
            user: "u".into(),
            database: "d".into(),
        };
        let no_schema = Some("user u may not create schemas in database d");
        let no_roles = Some("user u may not make the roles that our tables need");
        let no_use = Some("user u may not read and write our tables in database d");
        let too_old = Some("db:5432 runs PostgreSQL 15.4, which is too old");
        let standby = Some("db:5432 is a standby and takes no changes");
        let encoding = Some("database d stores text as LATIN1");
        let cases: [(Change, Purpose, Option<&str>); 9] = [
            (|_| {}, Purpose::Migrate, None),
            (|_| {}, Purpose::Serve, None),
            (|facts| facts.may_create = false, Purpose::Serve, None),
            (
                |facts| facts.version_number = 140_009,
                Purpose::Serve,
                too_old,
            ),
            (|facts| facts.in_recovery = true, Purpose::Serve, standby),
            (
                |facts| facts.encoding = "LATIN1".into(),
                Purpose::Serve,
                encoding,
            ),
            (
                |facts| facts.may_create = false,
                Purpose::Migrate,
                no_schema,
            ),
            (|facts| facts.lacks_roles = true, Purpose::Migrate, no_roles),
            (|facts| facts.may_use = false, Purpose::Serve, no_use),
        ];
        for (change, purpose, problem) in cases {
            let mut facts = fit.clone();
            change(&mut facts);
            let answer = facts.judge(&names, purpose);
            assert_eq!(answer.err().map(|unfit| unfit.problem).as_deref(), problem);
        }
    }
}
