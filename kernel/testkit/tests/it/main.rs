//! The test-cluster program, and with it what a killed server leaves behind.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test ends where something is not as it should be"
)]

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use regia_cluster::{Cluster, ClusterOptions};
use regia_store::StoreSettings;
use regia_testkit::TestDb;
use sqlx::{Connection as _, PgConnection};

fn start() -> (Child, String) {
    let mut program = Command::new(env!("CARGO_BIN_EXE_test-cluster"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(program.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    (program, line.trim().to_owned())
}

fn folder_in(url: &str) -> PathBuf {
    let socket_folder = url
        .split("?host=")
        .nth(1)
        .unwrap()
        .split('&')
        .next()
        .unwrap();
    PathBuf::from(socket_folder).parent().unwrap().to_owned()
}

#[tokio::test]
async fn the_program_serves_until_its_input_ends_and_leaves_nothing() {
    let (mut program, url) = start();
    PgConnection::connect(&url)
        .await
        .unwrap()
        .close()
        .await
        .unwrap();
    drop(program.stdin.take());
    assert!(program.wait().unwrap().success());
    assert!(!folder_in(&url).exists());
}

#[tokio::test]
async fn a_killed_server_loses_nothing_and_the_next_start_waits_for_its_postgresql() {
    let (mut program, url) = start();
    let mut connection = PgConnection::connect(&url).await.unwrap();
    sqlx::query("create table note (id int)")
        .execute(&mut connection)
        .await
        .unwrap();
    sqlx::query("insert into note values (1)")
        .execute(&mut connection)
        .await
        .unwrap();
    program.kill().unwrap();
    program.wait().unwrap();

    let data = folder_in(&url);
    let options = ClusterOptions {
        durable: false,
        ..ClusterOptions::new(&data, &StoreSettings::default())
    };
    let cluster = Cluster::start(options).await.unwrap();
    let mut connection = PgConnection::connect(cluster.url().expose()).await.unwrap();
    let notes: i64 = sqlx::query_scalar("select count(*) from note")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(notes, 1);
    cluster.stop().await;
    std::fs::remove_dir_all(data).unwrap();
}

#[tokio::test]
async fn every_test_has_its_own_migrated_database() {
    let (one, other) = tokio::join!(TestDb::new(), TestDb::new());
    assert_ne!(one.url().expose(), other.url().expose());
    for db in [&one, &other] {
        db.store().ping().await.unwrap();
        let mut connection = PgConnection::connect(db.url().expose()).await.unwrap();
        sqlx::query("create table kernel.only_here (id int)")
            .execute(&mut connection)
            .await
            .unwrap();
    }
}
