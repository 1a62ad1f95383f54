//! A server that is killed at any moment keeps its promises: a few rounds of `make proof`.

use std::path::PathBuf;

use regia_simulate::proof::{ProofOptions, round};

use crate::server::place;

const ROUNDS: u64 = 5;
/// Any will do; this one has every kind of kill.
const SEED: u64 = 1;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_server_loses_nothing_and_repeats_nothing() {
    let place = place();
    let options = ProofOptions {
        program: PathBuf::from(env!("CARGO_BIN_EXE_regia")),
        folder: place.path().to_owned(),
        seed: SEED,
    };
    for number in 1..=ROUNDS {
        let ended = round(&options, number).await;
        let repeat = format!("make proof SEED={SEED} FIRST={number} ROUNDS=1");
        match ended {
            Ok(round) => assert!(round.broken.is_empty(), "{repeat}: {:#?}", round.broken),
            Err(error) => panic!("{repeat}: {error}"),
        }
    }
}
