//! Transfers: offered, fetched, reported, proven.

use axum::body::{Body, Bytes};
use axum::http::Request;
use futures_util::stream;
use regia_cwmp::{
    AcsMessage, CpeMessage, Envelope, TransferComplete, TransferFault, TransferResponse,
};
use serde_json::{Value as Json, json};

use crate::api::Api;
use crate::cpe::{Answer, Cpe, parameter};
use crate::world::World;

const TASK: &str = "select jsonb_build_array(state, coalesce(fault ->> 'text', '')) from acs.task";
const STATE: &str = "select to_jsonb(state) from acs.task";
pub const IMAGE: &str = "image.bin?type=1%20Firmware%20Upgrade%20Image&version=2.0";
const VERSION: &str = "Device.DeviceInfo.SoftwareVersion";

/// A world with one device and one file.
pub struct Stage {
    pub world: World,
    pub cpe: Cpe,
    pub device: i64,
}

impl Stage {
    pub async fn new(world: World) -> Self {
        let mut cpe = Cpe::new(world.acs.cwmp(), "S1");
        cpe.call(&[("1 BOOT", "")]).await;
        world.run("update acs.device set discovery = 'done'").await;
        let device = world
            .value("select to_jsonb(device_id) from acs.device")
            .await;
        let device = device.as_i64().unwrap();
        Self { world, cpe, device }
    }

    /// Stores a file, queues its download, and has it sent.
    pub async fn offer(&mut self, file: &str, content: impl Into<Body>) -> Offer {
        let api = Api::new(&self.world);
        let (status, file) = api.put_file(file, content.into()).await;
        assert_eq!(status, 201, "{file}");
        let command = json!({ "command": { "kind": "download", "file": file["id"] } });
        self.order(command).await
    }

    pub async fn order(&mut self, command: Json) -> Offer {
        let api = Api::new(&self.world);
        let path = format!("/devices/{}/tasks", self.device);
        let (status, task) = api.ask("POST", &path, Some(command)).await;
        assert_eq!(status, 201, "{task}");
        let question = self
            .cpe
            .call(&[("6 CONNECTION REQUEST", "")])
            .await
            .unwrap();
        let (url, key) = match &question.message {
            AcsMessage::Download(download) => (download.url.clone(), download.command_key.clone()),
            AcsMessage::Upload(upload) => (upload.url.clone(), upload.command_key.clone()),
            other => panic!("{other:?}"),
        };
        Offer { question, url, key }
    }

    pub async fn accept(&mut self, offer: &Offer, status: u32) -> Option<Envelope<AcsMessage>> {
        let response = TransferResponse {
            status,
            ..TransferResponse::default()
        };
        let answer = match offer.question.message {
            AcsMessage::Upload(_) => CpeMessage::UploadResponse(response),
            _ => CpeMessage::DownloadResponse(response),
        };
        self.cpe.answer(&offer.question, answer).await
    }

    /// Reports in a session of its own: what comes after the empty POST.
    pub async fn report(&mut self, key: &str, code: u32) -> Option<Envelope<AcsMessage>> {
        let events = [("7 TRANSFER COMPLETE", ""), ("M Download", key)];
        assert_eq!(self.cpe.inform(&events).await.status, 200);
        let answer = self.cpe.say(Some("t"), complete(key, code)).await;
        assert_eq!(
            answer.message().message,
            AcsMessage::TransferCompleteResponse
        );
        let answer = self.cpe.nothing().await;
        (answer.status == 200).then(|| answer.message())
    }

    pub async fn state(&self) -> Json {
        self.world.value(STATE).await
    }
}

pub struct Offer {
    pub question: Envelope<AcsMessage>,
    pub url: String,
    pub key: String,
}

fn complete(key: &str, code: u32) -> CpeMessage {
    CpeMessage::TransferComplete(TransferComplete {
        command_key: key.to_owned(),
        fault: TransferFault {
            code,
            text: if code == 0 {
                String::new()
            } else {
                "no server".to_owned()
            },
        },
        ..TransferComplete::default()
    })
}

pub fn version(text: &str) -> CpeMessage {
    CpeMessage::GetParameterValuesResponse(vec![parameter(VERSION, text)])
}

fn header<'a>(answer: &'a Answer, name: &str) -> &'a str {
    answer
        .headers
        .get(name)
        .map_or("", |value| value.to_str().unwrap())
}

#[tokio::test]
async fn an_image_is_fetched_reported_in_a_later_session_and_its_version_read() {
    let mut stage = Stage::new(World::new().await).await;
    let content = "0123456789".repeat(60_000);
    let offer = stage.offer(IMAGE, content.clone()).await;
    assert!(stage.accept(&offer, 1).await.is_none());
    assert_eq!(stage.state().await, "waiting");
    let fetched = stage.cpe.file("GET", &offer.url, &[]).await;
    assert_eq!((fetched.status, fetched.text == content), (200, true));
    let next = json!({ "paths": ["Device.A"] });
    let get = stage.world.queue(stage.device, "get", next).await;
    let question = stage.cpe.call(&[("2 PERIODIC", "")]).await.unwrap();
    let read = CpeMessage::GetParameterValuesResponse(vec![parameter("Device.A", "1")]);
    assert!(
        stage.cpe.answer(&question, read).await.is_none(),
        "a transfer holds nothing up"
    );
    assert!(get > 0);
    let question = stage.report(&offer.key, 0).await.unwrap();
    assert_eq!(
        question.message,
        AcsMessage::GetParameterValues(vec![VERSION.to_owned()])
    );
    assert!(stage.cpe.answer(&question, version("2.0")).await.is_none());
    let done = "select jsonb_build_array(state, result) from acs.task where kind = 'download'";
    assert_eq!(
        stage.world.value(done).await,
        json!(["done", { "version": "2.0" }])
    );
    assert_eq!(stage.cpe.file("GET", &offer.url, &[]).await.status, 404);
}

#[tokio::test]
async fn another_version_or_a_fault_fails_the_task_in_clear_words() {
    let mut stage = Stage::new(World::new().await).await;
    let offer = stage.offer(IMAGE, "image").await;
    stage.accept(&offer, 1).await;
    let question = stage.report(&offer.key, 0).await.unwrap();
    assert!(stage.cpe.answer(&question, version("1.0")).await.is_none());
    let text = "The device says that it took the image, and runs version 1.0 instead of 2.0.";
    assert_eq!(stage.world.value(TASK).await, json!(["failed", text]));
    stage.world.run("delete from acs.task").await;
    let offer = stage.offer(IMAGE, "image").await;
    stage.accept(&offer, 1).await;
    assert!(stage.report(&offer.key, 9015).await.is_none());
    assert_eq!(
        stage.world.value(TASK).await,
        json!(["failed", "no server"])
    );
    stage.world.run("delete from acs.task").await;
    let offer = stage.offer(IMAGE, "image").await;
    let refused = CpeMessage::Fault(regia_cwmp::CpeFault {
        code: 9001,
        text: "denied".to_owned(),
        parameters: Vec::new(),
    });
    assert!(stage.cpe.answer(&offer.question, refused).await.is_none());
    assert_eq!(stage.world.value(TASK).await, json!(["failed", "denied"]));
}

#[tokio::test]
async fn a_transfer_that_is_over_at_once_is_verified_at_once() {
    let mut stage = Stage::new(World::new().await).await;
    let offer = stage.offer(IMAGE, "image").await;
    let question = stage.accept(&offer, 0).await.unwrap();
    assert!(stage.cpe.answer(&question, version("2.0")).await.is_none());
    assert_eq!(stage.state().await, "done");
    stage.world.run("delete from acs.task").await;
    let offer = stage
        .offer("c.cfg?type=3%20Vendor%20Configuration%20File", "config")
        .await;
    assert!(stage.accept(&offer, 0).await.is_none());
    assert_eq!(stage.state().await, "done", "nothing names a version");
}

#[tokio::test]
async fn a_lost_answer_is_never_repeated_and_settled_by_evidence() {
    let mut stage = Stage::new(World::new().await).await;
    let offer = stage.offer(IMAGE, "image").await;
    assert!(stage.cpe.call(&[("2 PERIODIC", "")]).await.is_none());
    assert_eq!(stage.state().await, "uncertain");
    assert_eq!(
        stage.cpe.file("GET", &offer.url, &[]).await.status,
        200,
        "it may be fetching all the same"
    );
    assert!(
        stage
            .cpe
            .call(&[("M Download", &offer.key)])
            .await
            .is_none(),
        "it is not sent again"
    );
    assert_eq!(stage.state().await, "waiting");
    let question = stage.report(&offer.key, 0).await.unwrap();
    assert!(
        stage.cpe.call(&[("2 PERIODIC", "")]).await.is_some(),
        "reading the version may be repeated"
    );
    drop(question);
    let question = stage.cpe.call(&[("2 PERIODIC", "")]).await.unwrap();
    stage.cpe.answer(&question, version("2.0")).await;
    assert_eq!(stage.state().await, "done");
}

#[tokio::test]
async fn a_report_counts_once_and_only_from_its_device() {
    let mut stage = Stage::new(World::new().await).await;
    let offer = stage.offer("c?type=2%20Web%20Content", "page").await;
    stage.accept(&offer, 1).await;
    let mut other = Cpe::new(stage.world.acs.cwmp(), "S2");
    other.inform(&[("7 TRANSFER COMPLETE", "")]).await;
    other.say(Some("1"), complete(&offer.key, 9010)).await;
    other.say(Some("2"), complete("", 0)).await;
    assert_eq!(
        stage.state().await,
        "waiting",
        "another device says nothing"
    );
    for code in [0, 9010, 0] {
        assert!(stage.report(&offer.key, code).await.is_none());
    }
    assert_eq!(stage.state().await, "done");
    let entries = "select jsonb_object_agg(kind, n) from (select kind, count(*) n from acs.timeline
        where kind in ('task_done', 'task_failed', 'transfer_complete') group by kind) k";
    assert_eq!(
        stage.world.value(entries).await,
        json!({ "task_done": 1, "transfer_complete": 3 })
    );
}

#[tokio::test]
async fn a_file_is_given_whole_in_part_or_not_at_all() {
    let mut stage = Stage::new(World::new().await).await;
    let content: String = ('a'..='z').cycle().take(700_000).collect();
    let offer = stage.offer(IMAGE, content.clone()).await;
    let whole = stage.cpe.file("HEAD", &offer.url, &[]).await;
    assert_eq!((whole.status, whole.text.as_str()), (200, ""));
    assert_eq!(header(&whole, "content-length"), "700000");
    assert_eq!(header(&whole, "accept-ranges"), "bytes");
    let etag = header(&whole, "etag").to_owned();
    let same = stage
        .cpe
        .file("GET", &offer.url, &[("if-none-match", &etag)])
        .await;
    assert_eq!((same.status, same.text.as_str()), (304, ""));
    for (range, first, last) in [
        ("bytes=0-9", 0, 9),
        ("bytes=262140-262150", 262_140, 262_150),
        ("bytes=100-600000", 100, 600_000),
        ("bytes=-5", 699_995, 699_999),
        ("bytes=524288-", 524_288, 699_999),
    ] {
        let part = stage.cpe.file("GET", &offer.url, &[("range", range)]).await;
        assert_eq!(part.status, 206, "{range}");
        let expected = format!("bytes {first}-{last}/700000");
        assert_eq!(header(&part, "content-range"), expected);
        assert!(part.text == content[first..=last], "{range}");
    }
    let outside = stage
        .cpe
        .file("GET", &offer.url, &[("range", "bytes=700000-")])
        .await;
    assert_eq!(outside.status, 416);
    assert_eq!(header(&outside, "content-range"), "bytes */700000");
    let token = "A".repeat(24);
    for (method, path, status) in [
        ("GET", format!("/f/{token}/image.bin"), 404),
        ("GET", "/f/".to_owned(), 404),
        ("PUT", format!("/f/{token}"), 404),
        ("PUT", offer.url.clone(), 405),
        ("POST", offer.url.clone(), 405),
    ] {
        let answer = stage.cpe.file(method, &path, &[]).await;
        assert_eq!(answer.status, status, "{method} {path}");
    }
}

#[tokio::test]
async fn past_the_limit_devices_are_told_to_come_back() {
    let world = World::with(|settings| settings.files.concurrent_downloads = 1).await;
    let mut stage = Stage::new(world).await;
    let offer = stage.offer(IMAGE, "image").await;
    let path = offer.url.strip_prefix("http://acs.test:7547").unwrap();
    let request = Request::get(path).body(Body::empty()).unwrap();
    let running = stage.cpe.open(request).await;
    let busy = stage.cpe.file("GET", &offer.url, &[]).await;
    assert_eq!(busy.status, 503);
    assert!(!header(&busy, "retry-after").is_empty());
    drop(running);
    assert_eq!(stage.cpe.file("GET", &offer.url, &[]).await.status, 200);
}

#[tokio::test]
async fn a_device_sends_a_file_and_both_it_and_the_report_are_awaited() {
    for (method, report_first) in [("PUT", false), ("POST", true)] {
        let world = World::with(|settings| settings.files.max_bytes = 300_000).await;
        let mut stage = Stage::new(world).await;
        let command = json!({ "kind": "upload", "file_type": "1 Vendor Configuration File" });
        let offer = stage.order(json!({ "command": command })).await;
        stage.accept(&offer, 1).await;
        if report_first {
            stage.report(&offer.key, 0).await;
            assert_eq!(stage.state().await, "waiting", "the file is missing");
        }
        let large = Body::from(vec![b'x'; 300_001]);
        let answer = stage.cpe.file_with(method, &offer.url, &[], large).await;
        assert_eq!(answer.status, 413);
        let broken = stream::iter([Ok(Bytes::from("x")), Err(std::io::Error::other("gone"))]);
        let broken = Body::from_stream(broken);
        let answer = stage.cpe.file_with(method, &offer.url, &[], broken).await;
        assert_eq!(answer.status, 400);
        let content = Body::from("config");
        let answer = stage.cpe.file_with(method, &offer.url, &[], content).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        if !report_first {
            assert_eq!(stage.state().await, "waiting", "the report is missing");
            assert!(stage.report(&offer.key, 0).await.is_none());
        }
        assert_eq!(stage.state().await, "done");
        let file =
            "select jsonb_agg(jsonb_build_array(state, bytes, file_type, device_id is not null))
            from acs.file";
        assert_eq!(
            stage.world.value(file).await,
            json!([["ready", 6, "1 Vendor Configuration File", true]])
        );
        let late = stage
            .cpe
            .file_with(method, &offer.url, &[], Body::from("x"))
            .await;
        assert_eq!(late.status, 404, "it is over");
    }
}

#[tokio::test]
async fn the_address_is_the_one_the_device_uses_or_the_one_that_is_set() {
    let mut stage = Stage::new(World::new().await).await;
    let offer = stage.offer("a%20b.bin?type=2%20Web%20Content", "x").await;
    let (base, name) = offer.url.split_at(offer.url.rfind('/').unwrap());
    assert_eq!(name, "/a%20b.bin");
    assert!(base.starts_with("http://acs.test:7547/f/"), "{base}");
    let world = World::with(|settings| {
        settings.public_url = Some("https://acs.example.net/".to_owned());
    })
    .await;
    let mut stage = Stage::new(world).await;
    let offer = stage.offer(IMAGE, "x").await;
    assert!(
        offer.url.starts_with("https://acs.example.net/f/"),
        "{}",
        offer.url
    );
    let world = World::with(|settings| {
        settings.public_url = Some("http://user:word@acs.example.net".to_owned());
    })
    .await;
    let mut stage = Stage::new(world).await;
    let (_, file) = Api::new(&stage.world)
        .put_file(IMAGE, Body::from("x"))
        .await;
    let command = json!({ "file": file["id"] });
    stage.world.queue(stage.device, "download", command).await;
    assert!(stage.cpe.call(&[("2 PERIODIC", "")]).await.is_none());
    assert_eq!(stage.state().await, "failed");
}

#[tokio::test]
async fn a_transfer_goes_on_at_another_node() {
    let mut stage = Stage::new(World::new().await).await;
    let offer = stage.offer(IMAGE, "image").await;
    let second = stage.world.second_node().await;
    let mut there = Cpe::new(second.cwmp(), "S1");
    there.cookie = stage.cpe.cookie.clone();
    stage.cpe = there;
    assert!(
        stage.accept(&offer, 1).await.is_none(),
        "in the same session"
    );
    assert_eq!(stage.cpe.file("GET", &offer.url, &[]).await.text, "image");
    let question = stage.report(&offer.key, 0).await.unwrap();
    let mut back = Cpe::new(stage.world.acs.cwmp(), "S1");
    back.cookie = stage.cpe.cookie.clone();
    assert!(back.answer(&question, version("2.0")).await.is_none());
    assert_eq!(stage.state().await, "done");
}
