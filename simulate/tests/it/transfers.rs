//! Files: fetched, checked and installed, or sent.

use std::sync::{Arc, Mutex};

use regia_cwmp::{AcsMessage, CpeMessage, Download, TransferComplete, Upload};
use regia_simulate::image;

use crate::acs::{self, Reply, Seen};
use crate::cwmp::{Acs, Session};
use crate::{fleet, get, options};

/// Asks a CPE for a transfer with a file server; the session that asks and the one that tells.
async fn transfer(
    serve: impl FnMut(&Seen) -> Reply + Send + 'static,
    ask: impl FnOnce(String) -> AcsMessage,
) -> (Session, Session) {
    let server = acs::start(serve).await;
    let question = ask(format!("http://{server}"));
    let state = get(&["Device.DeviceInfo.SoftwareVersion"]);
    let queued = vec![
        AcsMessage::GetQueuedTransfers,
        AcsMessage::GetAllQueuedTransfers,
    ];
    let first = std::iter::once(question).chain(queued).collect();
    let mut acs = Acs::start(vec![first, vec![state]]).await;
    let fleet = fleet(&options(&acs)).await;
    let sessions = (acs.session().await, acs.session().await);
    fleet.stop().await;
    sessions
}

fn download(url: &str) -> Download {
    Download {
        command_key: "dl-1".into(),
        file_type: "1 Firmware Upgrade Image".into(),
        url: format!("{url}/f/token/fw.img"),
        ..Download::default()
    }
}

fn complete(session: &Session) -> &TransferComplete {
    match session.requests.as_slice() {
        [CpeMessage::TransferComplete(complete)] => complete,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn firmware_is_fetched_checked_and_shown_after_a_boot() {
    let file = image::make("2.1.0", 200_000, 1);
    let size = u32::try_from(file.len()).unwrap();
    let serve = move |seen: &Seen| {
        assert_eq!(
            (seen.method.as_str(), seen.target.as_str()),
            ("GET", "/f/token/fw.img")
        );
        if seen.header("authorization").is_empty() {
            return Reply::status(401).with("www-authenticate", "Basic realm=\"files\"");
        }
        Reply::body(file.clone())
    };
    let (asked, told) = transfer(serve, |url| {
        AcsMessage::Download(Box::new(Download {
            file_size: size,
            username: "user".into(),
            password: "pass".into(),
            ..download(&url)
        }))
    })
    .await;
    let CpeMessage::DownloadResponse(response) = &asked.answers[0] else {
        panic!("{asked:?}")
    };
    assert_eq!(response.status, 1);
    let CpeMessage::GetQueuedTransfersResponse(queued) = &asked.answers[1] else {
        panic!("{asked:?}")
    };
    assert_eq!((queued.len(), queued[0].command_key.as_str()), (1, "dl-1"));
    let CpeMessage::GetAllQueuedTransfersResponse(queued) = &asked.answers[2] else {
        panic!("{asked:?}")
    };
    assert_eq!((queued[0].is_download, queued[0].file_size), (true, size));
    assert_eq!(
        told.events(),
        [
            ("7 TRANSFER COMPLETE", ""),
            ("M Download", "dl-1"),
            ("4 VALUE CHANGE", ""),
            ("1 BOOT", "")
        ]
    );
    assert_eq!(told.parameter("SoftwareVersion"), "2.1.0");
    let complete = complete(&told);
    assert_eq!(
        (complete.command_key.as_str(), complete.fault.code),
        ("dl-1", 0)
    );
    assert!(complete.start_time.is_some() && complete.complete_time.is_some());
}

#[tokio::test]
async fn a_transfer_that_fails_says_why() {
    let image = image::make("2.1.0", 1000, 1);
    let mut damaged = image.clone();
    damaged[500] ^= 1;
    let cases = [
        (Reply::status(404), 0, 9016),
        (Reply::status(403), 0, 9012),
        (Reply::status(500), 0, 9010),
        (Reply::body(damaged), 0, 9018),
        (Reply::body(image), 5, 9018),
        (Reply::body("no image"), 0, 9018),
    ];
    for (reply, file_size, code) in cases {
        let Reply { status, body, .. } = reply;
        let serve = move |_: &Seen| Reply {
            body: body.clone(),
            ..Reply::status(status)
        };
        let (_, told) = transfer(serve, |url| {
            AcsMessage::Download(Box::new(Download {
                file_size,
                ..download(&url)
            }))
        })
        .await;
        assert_eq!(
            told.events(),
            [("7 TRANSFER COMPLETE", ""), ("M Download", "dl-1")]
        );
        let complete = complete(&told);
        assert_eq!(complete.fault.code, code, "{complete:?}");
        assert!(!complete.fault.text.is_empty());
        assert_eq!(told.parameter("SoftwareVersion"), "1.0.0");
    }
}

#[tokio::test]
async fn an_unreachable_file_server_is_told() {
    let (_, told) = transfer(
        |_| Reply::status(500),
        |_| AcsMessage::Download(Box::new(download("http://127.0.0.1:1"))),
    )
    .await;
    assert_eq!(complete(&told).fault.code, 9015);
}

#[tokio::test]
async fn other_files_are_taken_without_a_boot() {
    let (_, told) = transfer(
        |_| Reply::body("settings"),
        |url| {
            let file_type = "3 Vendor Configuration File".into();
            AcsMessage::Download(Box::new(Download {
                file_type,
                ..download(&url)
            }))
        },
    )
    .await;
    assert_eq!(
        told.events(),
        [("7 TRANSFER COMPLETE", ""), ("M Download", "dl-1")]
    );
    assert_eq!(complete(&told).fault.code, 0);
}

#[tokio::test]
async fn a_file_is_sent_by_put() {
    let received = Arc::new(Mutex::new(String::new()));
    let log = Arc::clone(&received);
    let serve = move |seen: &Seen| {
        assert_eq!(
            (seen.method.as_str(), seen.target.as_str()),
            ("PUT", "/up/token")
        );
        *log.lock().unwrap() = seen.body.clone();
        Reply::status(201)
    };
    let (asked, told) = transfer(serve, |url| {
        AcsMessage::Upload(Upload {
            command_key: "up-1".into(),
            file_type: "1 Vendor Configuration File".into(),
            url: format!("{url}/up/token"),
            ..Upload::default()
        })
    })
    .await;
    assert!(
        matches!(&asked.answers[0], CpeMessage::UploadResponse(response) if response.status == 1)
    );
    assert_eq!(
        told.events(),
        [("7 TRANSFER COMPLETE", ""), ("M Upload", "up-1")]
    );
    assert_eq!(complete(&told).fault.code, 0);
    let received = received.lock().unwrap();
    assert!(received.contains("Device.DeviceInfo.SerialNumber=SIM000000\n"));
    assert!(
        received.contains("Device.ManagementServer.Password=\n"),
        "no secrets in the file"
    );
}
