//! What the limits cost: a decision in process and in Redis, and what either adds to a request.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use regia_clock::Clock;
use regia_lifecycle::Lifecycle;
use regia_limits::{Bucket, Class, Limits, LimitsSettings, Rate, RedisSettings};
use tokio::runtime::{Builder, Runtime};

use super::{Measured, Server, middle};

/// Callers that the decisions are spread over.
const CALLERS: usize = 10_000;

/// Decisions of one run in process, and in Redis.
const DECISIONS: u32 = 2_000_000;
const QUESTIONS: u32 = 20_000;

/// Questions on their way to Redis at a time.
const TOGETHER: u32 = 64;

/// Requests whose middle is shown, and some before them.
const REQUESTS: usize = 3_000;
const WARM_UP: usize = 300;

/// A limit that is counted, and far from reached.
const AMPLE: &str = "1000000";

/// How long Redis may take to be found.
const PATIENCE: Duration = Duration::from_secs(10);

/// Measures it all; each server starts on the folder anew. Without `redis-server` its figures are
/// left out.
///
/// # Errors
/// When a server does not start or answer.
pub fn measure(program: &Path, folder: &Path) -> io::Result<Vec<Measured>> {
    let runtime = Builder::new_multi_thread().enable_all().build()?;
    let mut figures = in_process(&runtime);
    let redis = Redis::start().ok();
    if let Some(redis) = &redis {
        figures.extend(in_redis(&runtime, redis)?);
    }
    let url = redis.as_ref().map(|redis| redis.url());
    let kinds = [
        ("api_request_unlimited", "0", None),
        ("api_request_limited", AMPLE, None),
        ("api_request_limited_redis", AMPLE, url),
    ];
    for (name, rate, url) in kinds {
        if url.is_some() || !name.ends_with("redis") {
            let middle = request_middle(program, folder, (rate, url.as_deref()))?;
            figures.push(Measured::plain(name, middle.as_secs_f64() * 1e6, "µs"));
        }
    }
    Ok(figures)
}

fn ample() -> Class {
    Class::new("bench", Rate::per_minute(1_000_000, 1_000_000))
}

fn callers() -> Vec<String> {
    (0..CALLERS)
        .map(|number| format!("user:{number}"))
        .collect()
}

fn in_process(runtime: &Runtime) -> Vec<Measured> {
    let (clock, callers) = (Clock::system(), callers());
    let limits = Limits::in_process(&LimitsSettings::default(), clock.clone());
    let class = ample();
    let run = |decide: &dyn Fn(&str)| {
        let began = clock.instant();
        let spread = callers.iter().cycle().take(DECISIONS as usize);
        spread.for_each(|of| decide(of));
        (clock.instant() - began).as_secs_f64() / f64::from(DECISIONS) * 1e9
    };
    let asked = run(&|of| {
        let bucket = [Bucket { class, of }];
        drop(runtime.block_on(limits.ask(of, &bucket)));
    });
    let looked = run(&|of| {
        let bucket = Bucket { class, of };
        if limits.is_spent(bucket).is_none() {
            limits.note(String::new, bucket);
        }
    });
    vec![
        Measured::plain("limit_decision", asked, "ns"),
        Measured::plain("limit_decisions", 1e9 / asked, "decisions/s"),
        Measured::plain("limit_session_start", looked, "ns"),
    ]
}

fn in_redis(runtime: &Runtime, redis: &Redis) -> io::Result<Vec<Measured>> {
    let (clock, lifecycle) = (Clock::system(), Lifecycle::new());
    let settings = RedisSettings {
        url: Some(redis.url().as_str().into()),
        timeout_ms: 1_000,
        ..Default::default()
    };
    let limits = runtime.block_on(async {
        let settings = (LimitsSettings::default(), settings);
        let limits = Limits::start(&settings.0, &settings.1, clock.clone(), &lifecycle);
        let limits = limits.map_err(io::Error::other)?;
        let found = tokio::time::timeout(PATIENCE, limits.until_shared(true)).await;
        found.map_err(io::Error::other)?;
        Ok::<_, io::Error>(limits)
    })?;
    let one_by_one = runtime.block_on(ask_all(&limits, &clock, 1));
    let together = runtime.block_on(ask_all(&limits, &clock, TOGETHER));
    let lost = !limits.is_shared();
    lifecycle.begin_stop();
    if lost {
        return Err(io::Error::other("redis was lost while it was measured"));
    }
    let questions = f64::from(QUESTIONS);
    Ok(vec![
        Measured::plain("limit_redis_question", one_by_one / questions * 1e6, "µs"),
        Measured::plain(
            "limit_redis_questions_64",
            questions / together,
            "questions/s",
        ),
    ])
}

/// Seconds that all questions take, so many at a time.
async fn ask_all(limits: &Limits, clock: &Clock, together: u32) -> f64 {
    let began = clock.instant();
    let each = (0..together).map(|part| async move {
        for number in 0..QUESTIONS / together {
            let of = format!("user:{part}:{}", number % 100);
            let bucket = Bucket {
                class: ample(),
                of: &of,
            };
            limits.ask(&of, &[bucket]).await;
        }
    });
    futures_util::future::join_all(each).await;
    (clock.instant() - began).as_secs_f64()
}

/// The middle time of a small request to a server with such limits.
fn request_middle(
    program: &Path,
    folder: &Path,
    (rate, redis): (&str, Option<&str>),
) -> io::Result<Duration> {
    let mut more = vec![
        ("REGIA__LIMITS__API_PER_MINUTE", rate),
        ("REGIA__LIMITS__API_BURST", rate),
        ("REGIA__REDIS__TIMEOUT_MS", "1000"),
    ];
    more.extend(redis.map(|url| ("REGIA__REDIS__URL", url)));
    let mut server = Server::start_with(program, folder, &more)?;
    let clock = Clock::system();
    let mut stream = TcpStream::connect(server.console().trim_start_matches("http://"))?;
    stream.set_nodelay(true)?;
    let mut times = Vec::with_capacity(REQUESTS);
    for number in 0..WARM_UP + REQUESTS {
        let began = clock.instant();
        ask(&mut stream)?;
        if number >= WARM_UP {
            times.push(clock.instant() - began);
        }
    }
    server.stop()?;
    Ok(middle(&mut times))
}

/// One request on a connection that stays.
fn ask(stream: &mut TcpStream) -> io::Result<()> {
    let key = Server::API_KEY;
    let request = format!(
        "GET /api/v1/acs/devices?limit=1 HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {key}\r\n\r\n"
    );
    stream.write_all(request.as_bytes())?;
    let mut reader = BufReader::new(stream);
    let (mut line, mut length) = (String::new(), 0);
    reader.read_line(&mut line)?;
    if !line.contains(" 200 ") {
        return Err(io::Error::other(format!("the server answered {line}")));
    }
    while line != "\r\n" {
        line.clear();
        reader.read_line(&mut line)?;
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().map_err(io::Error::other)?;
        }
    }
    reader.read_exact(&mut vec![0; length])
}

/// A Redis that keeps nothing, on a socket in the folder of temporary files.
struct Redis {
    process: Child,
    socket: PathBuf,
}

impl Redis {
    fn start() -> io::Result<Self> {
        let socket = std::env::temp_dir().join(format!("regia-bench-{}.sock", std::process::id()));
        let mut process = Command::new("redis-server")
            .args(["--port", "0", "--save", "", "--appendonly", "no"])
            .arg("--unixsocket")
            .arg(&socket)
            .stdout(Stdio::piped())
            .spawn()?;
        let said = process.stdout.take().map(BufReader::new);
        let redis = Self { process, socket };
        let mut lines = said
            .into_iter()
            .flat_map(BufRead::lines)
            .map_while(Result::ok);
        match lines.any(|line| line.contains("eady to accept connections")) {
            true => Ok(redis),
            false => Err(io::Error::other("redis-server ended before it was ready")),
        }
    }

    fn url(&self) -> String {
        format!("redis+unix://{}", self.socket.display())
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        // There is nothing to keep, and nobody to tell.
        drop(self.process.kill());
        drop(self.process.wait());
        drop(std::fs::remove_file(&self.socket));
    }
}
