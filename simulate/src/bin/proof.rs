//! `make proof`: rounds of work in which the server and its PostgreSQL are killed. Prints a line for
//! each round, and for one that failed what is wrong and how to repeat it.
//!
//! Arguments: the server's program, a folder for data, the seed, how many rounds, the first round.
#![allow(clippy::print_stdout, reason = "the table is what the program is for")]

use std::path::PathBuf;
use std::process::ExitCode;

use regia_clock::Clock;
use regia_simulate::proof::{Kill, ProofOptions, Round, round};

type Failure = Box<dyn std::error::Error>;

/// Nobody looks at more of them.
const MOST_FAILURES: u64 = 3;

#[tokio::main]
async fn main() -> Result<ExitCode, Failure> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [program, folder, seed, rounds, rest @ ..] = words.as_slice() else {
        return Err("usage: proof SERVER FOLDER SEED ROUNDS [FIRST]".into());
    };
    let options = ProofOptions {
        program: PathBuf::from(program),
        folder: PathBuf::from(folder),
        seed: seed.parse()?,
    };
    let (rounds, first): (u64, u64) = (
        rounds.parse()?,
        rest.first().map_or(Ok(1), |first| first.parse())?,
    );
    println!("seed {seed}");
    println!("round  kills     tasks  done  failed  uncertain  files  sessions  rpcs  seconds");
    let mut failures = 0;
    for number in first..first + rounds {
        let began = Clock::system().instant();
        let ended = round(&options, number).await;
        let seconds = (Clock::system().instant() - began).as_secs();
        let broken = match ended {
            Ok(round) => {
                println!("{}", line(number, &round, seconds));
                round.broken
            }
            Err(error) => vec![error.to_string()],
        };
        if broken.is_empty() {
            continue;
        }
        failures += 1;
        for problem in broken {
            println!("       {problem}");
        }
        let place = options.folder.join(format!("round-{number}"));
        println!("       repeat: make proof SEED={seed} FIRST={number} ROUNDS=1");
        println!("       kept: {}", place.display());
        if failures == MOST_FAILURES {
            break;
        }
    }
    println!("{failures} rounds failed");
    Ok(ExitCode::from(u8::from(failures > 0)))
}

fn line(number: u64, round: &Round, seconds: u64) -> String {
    let kills: String = round
        .kills
        .iter()
        .map(|kill| match kill {
            Kill::Server => "S ",
            Kill::Postmaster => "P ",
            Kill::Both => "SP ",
        })
        .collect();
    let [tasks, done, failed, uncertain] = round.tasks;
    let (files, sessions, rpcs) = (round.files, round.report.sessions, round.report.rpcs);
    format!(
        "{number:>5}  {kills:<9} {tasks:>5} {done:>5} {failed:>7} {uncertain:>10} {files:>6} \
         {sessions:>9} {rpcs:>5} {seconds:>8}"
    )
}
