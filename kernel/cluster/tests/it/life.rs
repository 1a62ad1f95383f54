//! The private PostgreSQL, each time a real one.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use regia_cluster::{Cluster, ClusterError, ClusterOptions, ClusterState};
use regia_ident::TerritoryId;
use regia_store::{ConnectOptions, Store, StoreSettings};
use regia_testkit::folder;
use rustix::process::{Pid, Signal, kill_process};
use sqlx::{Connection as _, PgConnection};

fn options(data: &Path) -> ClusterOptions {
    ClusterOptions {
        durable: false,
        ..ClusterOptions::new(data, &StoreSettings::default())
    }
}

async fn start(data: &Path) -> Cluster {
    Cluster::start(options(data)).await.unwrap()
}

async fn refusal(data: &Path) -> ClusterError {
    Cluster::start(options(data)).await.unwrap_err()
}

async fn connect(cluster: &Cluster) -> Store {
    Store::migrate(&cluster.url()).await.unwrap();
    Store::admit(&cluster.url(), &cluster.server_url())
        .await
        .unwrap();
    let settings = StoreSettings::default();
    Store::connect(&ConnectOptions::new(cluster.server_url(), &settings))
        .await
        .unwrap()
}

/// Runs statements as the owner.
async fn own(cluster: &Cluster, statements: &'static str) {
    let mut connection = PgConnection::connect(cluster.url().expose()).await.unwrap();
    sqlx::raw_sql(statements)
        .execute(&mut connection)
        .await
        .unwrap();
}

async fn run(store: &Store, statement: &'static str) {
    let mut tx = store.upkeep(TerritoryId::ROOT).await.unwrap();
    sqlx::query(statement).execute(tx.conn()).await.unwrap();
    tx.commit().await.unwrap();
}

async fn count(store: &Store) -> i64 {
    let mut tx = store.upkeep(TerritoryId::ROOT).await.unwrap();
    sqlx::query_scalar("select count(*) from note")
        .fetch_one(tx.conn())
        .await
        .unwrap()
}

/// A transaction sees one state of `pg_stat_activity`, so every look is a new one.
async fn is_busy(cluster: &Cluster) -> bool {
    let mut connection = PgConnection::connect(cluster.url().expose()).await.unwrap();
    sqlx::query_scalar(
        "select exists (select from pg_stat_activity where state = 'active'
                        and query like '%generate_series(1, 1%' and pid <> pg_backend_pid())",
    )
    .fetch_one(&mut connection)
    .await
    .unwrap()
}

fn postmaster(data: &Path) -> Pid {
    let text = fs::read_to_string(data.join("postgres/postmaster.pid")).unwrap();
    Pid::from_raw(text.lines().next().unwrap().parse().unwrap()).unwrap()
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[tokio::test]
async fn what_was_stored_is_there_after_a_restart() {
    let data = folder();
    // What a start that was killed left behind does not matter.
    fs::create_dir(data.path().join("postgres.new")).unwrap();
    fs::write(data.path().join("postgres.new/PG_VERSION"), "junk").unwrap();

    let cluster = start(data.path()).await;
    assert!(cluster.version() >= 15);
    assert!(cluster.bin_dir().join("pg_dump").exists());
    let store = connect(&cluster).await;
    own(
        &cluster,
        "create table note (id int); grant all on note to public",
    )
    .await;
    run(&store, "insert into note values (1)").await;
    store.close().await;
    cluster.stop().await;
    assert!(!data.path().join("postgres/postmaster.pid").exists());

    let cluster = start(data.path()).await;
    assert_eq!(count(&connect(&cluster).await).await, 1);
    let mut state = cluster.state();
    assert_eq!(*state.borrow(), ClusterState::Running);
    drop(cluster);
    state
        .wait_for(|state| *state == ClusterState::Stopped)
        .await
        .unwrap();
    assert!(!data.path().join("postgres/postmaster.pid").exists());
}

#[tokio::test]
async fn only_its_account_can_reach_it_and_it_is_not_root() {
    let data = folder();
    let cluster = start(data.path()).await;
    for private in ["postgres", "run"] {
        let found = fs::metadata(data.path().join(private)).unwrap();
        assert_eq!(found.mode() & 0o777, 0o700, "{private}");
        assert_ne!(found.uid(), 0, "{private}");
    }
    let store = connect(&cluster).await;
    let mut tx = store.upkeep(TerritoryId::ROOT).await.unwrap();
    let settings: Vec<String> = sqlx::query_scalar(
        "select setting from unnest('{listen_addresses, data_checksums, server_encoding,
                                      log_parameter_max_length}'::text[]) name
         join pg_settings using (name) order by name",
    )
    .fetch_all(tx.conn())
    .await
    .unwrap();
    assert_eq!(settings, ["on", "", "0", "UTF8"]);
    drop(tx);
    cluster.stop().await;
}

#[tokio::test]
async fn a_killed_postmaster_comes_back_and_callers_go_on() {
    let data = folder();
    let cluster = start(data.path()).await;
    let store = connect(&cluster).await;
    own(
        &cluster,
        "create table note (id int); grant all on note to public",
    )
    .await;
    run(&store, "insert into note values (1)").await;
    // A backend that is too busy to notice keeps the old shared memory in use.
    let mut busy = store.upkeep(TerritoryId::ROOT).await.unwrap();
    let busy = tokio::spawn(async move {
        sqlx::query("select count(*) from generate_series(1, 1000000000)")
            .execute(busy.conn())
            .await
    });
    while !is_busy(&cluster).await {
        assert!(!busy.is_finished());
    }

    let mut state = cluster.state();
    kill_process(postmaster(data.path()), Signal::KILL).unwrap();
    state
        .wait_for(|state| matches!(state, ClusterState::Down { .. }))
        .await
        .unwrap();
    state
        .wait_for(|state| *state == ClusterState::Running)
        .await
        .unwrap();

    assert!(busy.await.unwrap().is_err());
    assert_eq!(count(&store).await, 1);
    run(&store, "insert into note values (2)").await;
    cluster.stop().await;
}

#[tokio::test]
async fn a_second_server_on_a_folder_is_refused() {
    let data = folder();
    let cluster = start(data.path()).await;
    let error = refusal(data.path()).await;
    assert!(matches!(error, ClusterError::Locked { .. }), "{error:?}");
    assert!(
        error.to_string().contains(&std::process::id().to_string()),
        "{error}"
    );
    cluster.stop().await;
}

#[tokio::test]
async fn a_path_too_long_for_a_socket_works() {
    let parent = folder();
    let data = parent.path().join("long".repeat(30));
    let cluster = start(&data).await;
    let store = connect(&cluster).await;
    own(
        &cluster,
        "create table note (id int); grant all on note to public",
    )
    .await;
    assert_eq!(count(&store).await, 0);
    assert!(!data.join("run").exists());
    let url = cluster.url().expose().to_owned();
    cluster.stop().await;
    let socket_folder = url
        .split("?host=")
        .nth(1)
        .unwrap()
        .split('&')
        .next()
        .unwrap();
    fs::remove_dir_all(socket_folder).unwrap();
}

#[tokio::test]
async fn a_reused_process_number_in_a_stale_lock_file_does_not_matter() {
    let data = folder();
    let cluster = start(data.path()).await;
    let running = fs::read_to_string(data.path().join("postgres/postmaster.pid")).unwrap();
    cluster.stop().await;
    // Somebody else's process of the same user got the number.
    let owner = fs::metadata(data.path().join("postgres")).unwrap();
    let mut other = Command::new("sleep");
    other.arg("600");
    if is_root() {
        other.uid(owner.uid()).gid(owner.gid());
    }
    let mut other = other.spawn().unwrap();
    let (_, rest) = running.split_once('\n').unwrap();
    let stale = data.path().join("postgres/postmaster.pid");
    fs::write(&stale, format!("{}\n{rest}", other.id())).unwrap();

    let started = Cluster::start(options(data.path())).await;
    other.kill().unwrap();
    other.wait().unwrap();
    started.unwrap().stop().await;
}

#[tokio::test]
async fn a_folder_of_another_version_names_the_missing_one() {
    let data = folder();
    let cluster = data.path().join("postgres");
    fs::create_dir(&cluster).unwrap();
    fs::write(cluster.join("PG_VERSION"), "99\n").unwrap();
    if is_root() {
        chown(&cluster, Some(65_534), Some(65_534)).unwrap();
    }
    let error = refusal(data.path()).await;
    assert!(
        matches!(error, ClusterError::WrongVersion { needed: 99, .. }),
        "{error:?}"
    );
    assert!(error.hint().contains("postgresql-99"), "{}", error.hint());
}

#[tokio::test]
async fn a_folder_in_the_way_is_named() {
    if !is_root() {
        eprintln!("skipped: only root drops to another account");
        return;
    }
    let parent = folder();
    let closed = parent.path().join("closed");
    let data = closed.join("inner/data");
    fs::create_dir_all(&data).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o700)).unwrap();
    let error = refusal(&data).await;
    let ClusterError::Blocked { by, .. } = &error else {
        panic!("{error:?}")
    };
    assert_eq!(*by, closed);
    assert!(error.hint().contains("chmod o+x"), "{}", error.hint());
}

#[tokio::test]
async fn a_server_that_cannot_start_says_its_last_words() {
    let data = folder();
    fs::write(
        data.path().join("postgres-local.conf"),
        "shared_buffers = 'a lot'\n",
    )
    .unwrap();
    let error = refusal(data.path()).await;
    assert!(matches!(error, ClusterError::Died(_)), "{error:?}");
    assert!(error.to_string().contains("shared_buffers"), "{error}");
}

#[tokio::test]
async fn a_start_that_is_given_up_leaves_nothing_running() {
    let data = folder();
    let starting = Cluster::start(options(data.path()));
    assert!(
        tokio::time::timeout(Duration::from_millis(1), starting)
            .await
            .is_err()
    );
    // The folder is free as soon as the abandoned start has cleaned up behind itself.
    let cluster = loop {
        match Cluster::start(options(data.path())).await {
            Ok(cluster) => break cluster,
            Err(ClusterError::Locked { .. }) => tokio::task::yield_now().await,
            Err(other) => panic!("{other:?}"),
        }
    };
    cluster.stop().await;
}
