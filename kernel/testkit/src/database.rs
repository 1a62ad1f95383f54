//! A private database for one test.

use std::time::Duration;

use regia_clock::Chance;
use regia_ident::TerritoryId;
use regia_secrets::{KeyRing, Secret};
use regia_store::{ConnectOptions, MIGRATIONS, Store, StoreError, StoreSettings};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

/// Names the cluster that tests run on.
const VARIABLE: &str = "REGIA_TEST_DATABASE_URL";

/// Taken while the template is looked for and made: test processes start all at once.
const TEMPLATE_LOCK: i64 = 0x7265_6769_615f_7464;

/// Connections that one test's pool holds; several must be possible, so that tests meet real
/// concurrency.
const MAX_CONNECTIONS: u32 = 8;

/// A database of its own for one test, dropped with this value.
#[derive(Debug)]
pub struct TestDb {
    name: String,
    url: Secret,
    store: Store,
}

impl TestDb {
    /// A copy of the migrated template.
    ///
    /// # Panics
    /// When the variable that names the cluster is not set, or the cluster does not answer.
    pub async fn new() -> Self {
        let mut admin = connect(&cluster()).await;
        let template = ensure_template(&mut admin).await;
        Self::copy_of(&mut admin, &template).await
    }

    /// A database with nothing in it, not even our schema.
    ///
    /// # Panics
    /// As [`TestDb::new`].
    pub async fn empty() -> Self {
        let mut admin = connect(&cluster()).await;
        Self::copy_of(&mut admin, "template0").await
    }

    async fn copy_of(admin: &mut PgConnection, template: &str) -> Self {
        let number = u128::from_be_bytes(Chance::from_system().bytes());
        let name = format!("regia_test_{number:032x}");
        run(admin, format!("create database {name} template {template}")).await;
        let url = with_database(&cluster(), &name);
        let settings = StoreSettings {
            max_connections: MAX_CONNECTIONS,
            ..Default::default()
        };
        let store = Store::connect(&ConnectOptions::new(url.clone(), &settings))
            .await
            .unwrap_or_else(|error| panic!("the test's database does not answer: {error:?}"))
            .signing_with(&ring("5a", &[]));
        Self { name, url, store }
    }

    /// Runs statements as the owner of the schema, who may change it.
    ///
    /// # Panics
    /// When the database refuses one of them.
    pub async fn own(&self, statements: &str) {
        run(&mut connect(&self.url).await, statements.to_owned()).await;
    }

    /// Runs one statement as the server's upkeep does, across tenants.
    ///
    /// # Panics
    /// When the database refuses it.
    pub async fn run(&self, statement: &'static str) {
        let done = async {
            let mut tx = self.store.upkeep(TerritoryId::ROOT).await?;
            sqlx::query(statement).execute(tx.conn()).await?;
            tx.commit().await
        };
        let done: Result<(), StoreError> = done.await;
        done.unwrap_or_else(|error| panic!("the database refuses \"{statement}\": {error:?}"));
    }

    /// As many rows as the query finds.
    ///
    /// # Panics
    /// When the database refuses it.
    pub async fn count(&self, query: &'static str) -> i64 {
        let counted = async {
            let mut tx = self.store.upkeep(TerritoryId::ROOT).await?;
            Ok(sqlx::query_scalar(query).fetch_one(tx.conn()).await?)
        };
        let counted: Result<i64, StoreError> = counted.await;
        counted.unwrap_or_else(|error| panic!("the database refuses \"{query}\": {error:?}"))
    }

    /// A connection of the owner of the schema, for whoever asks much.
    pub async fn owner(&self) -> Owner {
        Owner(connect(&self.url).await)
    }

    /// A store on it. Every call gives the same pool.
    #[must_use]
    pub fn store(&self) -> Store {
        self.store.clone()
    }

    /// Shuts everybody out, as a server that is away does.
    pub async fn shut(&self) {
        let mut admin = connect(&cluster()).await;
        let name = &self.name;
        let shut = format!("alter database {name} allow_connections false");
        run(&mut admin, shut).await;
        let end = format!(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'"
        );
        run(&mut admin, end).await;
    }

    /// Lets everybody in again.
    pub async fn open(&self) {
        let open = format!("alter database {} allow_connections true", self.name);
        run(&mut connect(&cluster()).await, open).await;
    }

    /// Its address, for what connects by itself.
    #[must_use]
    pub fn url(&self) -> Secret {
        self.url.clone()
    }
}

/// A connection that sees and changes everything.
#[derive(Debug)]
pub struct Owner(PgConnection);

impl Owner {
    /// Runs statements.
    ///
    /// # Panics
    /// When the database refuses one of them.
    pub async fn run(&mut self, statements: &str) {
        run(&mut self.0, statements.to_owned()).await;
    }

    /// The text in the first column of each row.
    ///
    /// # Panics
    /// When the database refuses the statement.
    pub async fn texts(&mut self, statement: &str) -> Vec<String> {
        let found = sqlx::query_scalar(AssertSqlSafe(statement.to_owned()))
            .fetch_all(&mut self.0)
            .await;
        found.unwrap_or_else(|error| panic!("{statement}: {error}"))
    }
}

impl Drop for TestDb {
    /// Drops the database, from a thread of its own because the test's runtime may be ending.
    fn drop(&mut self) {
        let statement = format!("drop database if exists {} with (force)", self.name);
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            if let Ok(runtime) = runtime {
                runtime.block_on(async { run(&mut connect(&cluster()).await, statement).await });
            }
        });
        // A failure leaves a database behind that ends with its cluster.
        drop(dropping.join());
    }
}

/// Secret keys, each named by a byte in hexadecimal: the one in use, and those before it.
///
/// # Panics
/// When a byte is none.
#[must_use]
pub fn ring(current: &str, old: &[&str]) -> KeyRing {
    let hex = |byte: &str| Secret::from(byte.repeat(32));
    let old: Vec<_> = old.iter().copied().map(hex).collect();
    KeyRing::from_hex(&hex(current), &old)
        .unwrap_or_else(|error| panic!("the test's key is none: {error}"))
}

/// The template of this migration set, made by whoever comes first.
async fn ensure_template(admin: &mut PgConnection) -> String {
    let name = template_name();
    if is_finished(admin, &name).await {
        return name;
    }
    run(admin, format!("select pg_advisory_lock({TEMPLATE_LOCK})")).await;
    if !is_finished(admin, &name).await {
        // Whoever began it was killed.
        run(
            admin,
            format!("drop database if exists {name} with (force)"),
        )
        .await;
        run(admin, format!("create database {name} template template0")).await;
        if let Err(error) = Store::migrate(&with_database(&cluster(), &name)).await {
            panic!("the migrations do not apply: {error:?}");
        }
        // Nobody connects to it any more: a database in use cannot be copied.
        run(
            admin,
            format!("alter database {name} allow_connections false is_template true"),
        )
        .await;
    }
    run(admin, format!("select pg_advisory_unlock({TEMPLATE_LOCK})")).await;
    name
}

fn template_name() -> String {
    let mut hasher = blake3::Hasher::new();
    for migration in MIGRATIONS.iter() {
        hasher.update(&migration.version.to_be_bytes());
        hasher.update(&migration.checksum);
    }
    let hash: String = hasher.finalize().to_hex().chars().take(16).collect();
    format!("regia_template_{hash}")
}

async fn is_finished(admin: &mut PgConnection, name: &str) -> bool {
    sqlx::query_scalar(
        "select exists (select from pg_database where datname = $1 and datistemplate)",
    )
    .bind(name)
    .fetch_one(admin)
    .await
    .unwrap_or_else(|error| panic!("the test cluster does not answer: {error}"))
}

fn cluster() -> Secret {
    let Ok(url) = std::env::var(VARIABLE) else {
        panic!("{VARIABLE} is not set: run through make test (or: cargo xtask test)")
    };
    url.into()
}

async fn connect(url: &Secret) -> PgConnection {
    let opening = PgConnection::connect(url.expose());
    let Ok(opened) = tokio::time::timeout(Duration::from_secs(30), opening).await else {
        panic!("the cluster of {VARIABLE} does not answer")
    };
    opened.unwrap_or_else(|error| panic!("the cluster of {VARIABLE} does not answer: {error}"))
}

async fn run(admin: &mut PgConnection, statement: String) {
    if let Err(error) = sqlx::raw_sql(AssertSqlSafe(statement.clone()))
        .execute(admin)
        .await
    {
        panic!("the test cluster refuses \"{statement}\": {error}");
    }
}

/// The same address with another database: what stands between the host and the parameters.
fn with_database(url: &Secret, name: &str) -> Secret {
    let url = url.expose();
    let (address, parameters) = url.split_once('?').unwrap_or((url, ""));
    let (scheme, rest) = address.split_once("://").unwrap_or(("postgres", address));
    let host = rest.split_once('/').map_or(rest, |(host, _)| host);
    format!("{scheme}://{host}/{name}?{parameters}").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_keeps_all_but_its_database() {
        for (url, expected) in [
            (
                "postgres://u:p@h:5433/a?host=%2Frun",
                "postgres://u:p@h:5433/b?host=%2Frun",
            ),
            ("postgres://u@h/a", "postgres://u@h/b?"),
            ("postgres://u@h", "postgres://u@h/b?"),
        ] {
            assert_eq!(with_database(&url.into(), "b").expose(), expected);
        }
    }
}
