//! Files: fetched and checked, or sent (TR-069 A.3.2.8, A.4.1.5).

use bytes::Bytes;
use http::Method;
use http::header::{CONTENT_TYPE, HeaderValue};
use regia_cwmp::{Download, TransferComplete, TransferFault, Upload, explain};
use tokio::time::Instant;

use super::Cpe;
use crate::http::{Client, Content, Credentials, HttpError, close};
use crate::image;
use crate::model::timestamp;
use crate::statistics::Statistics;
use crate::url::HttpUrl;

/// TR-069 A.5.1.
const TRANSFER_FAILED: u32 = 9010;
const UPLOAD_FAILED: u32 = 9011;
const REFUSED: u32 = 9012;
const UNREACHABLE: u32 = 9015;
const NO_FILE: u32 = 9016;
const BROKE_OFF: u32 = 9017;
const CORRUPT: u32 = 9018;
const OUTSIDE_WINDOWS: u32 = 9020;
const FIRMWARE: &str = "1 ";

/// A transfer that waits for its time.
#[derive(Debug, Clone)]
pub(super) struct Transfer {
    pub(super) work: Work,
    pub(super) not_before: Instant,
    pub(super) not_after: Option<Instant>,
}

#[derive(Debug, Clone)]
pub(super) enum Work {
    Download(Box<Download>),
    /// Asked for by ScheduleDownload.
    Scheduled(Box<Download>),
    Upload(Upload),
}

impl Transfer {
    pub(super) fn command_key(&self) -> &str {
        match &self.work {
            Work::Download(download) | Work::Scheduled(download) => &download.command_key,
            Work::Upload(upload) => &upload.command_key,
        }
    }

    /// The event that goes with `7 TRANSFER COMPLETE`.
    const fn event(&self) -> &'static str {
        match self.work {
            Work::Download(_) => "M Download",
            Work::Scheduled(_) => "M ScheduleDownload",
            Work::Upload(_) => "M Upload",
        }
    }
}

/// Why a transfer failed, as a fault of A.5.1.
type Failure = (u32, String);

impl Cpe {
    /// Runs what is due; with new firmware the CPE boots. True when it did.
    pub(super) async fn run_transfers(&mut self, statistics: &Statistics) -> bool {
        let mut software = None;
        while let Some(transfer) = self.next_transfer() {
            let start = timestamp(self.now());
            let ended = match &transfer.work {
                _ if transfer.not_after.is_some_and(|end| end < self.instant()) => {
                    Err((OUTSIDE_WINDOWS, String::new()))
                }
                Work::Download(download) | Work::Scheduled(download) => self.fetch(download).await,
                Work::Upload(upload) => self.send(upload).await.map(|()| None),
            };
            let code = ended.as_ref().err().map_or(0, |(code, _)| *code);
            tracing::debug!(
                cpe.serial = self.parts.identity.serial,
                transfer.fault = code,
                "a transfer is over"
            );
            let fault = match ended {
                Ok(version) => {
                    statistics.transfers.add();
                    software = version.or(software);
                    TransferFault::default()
                }
                Err((code, text)) => {
                    statistics.failed_transfers.add();
                    let standard = explain(code).unwrap_or_default();
                    let text = if text.is_empty() {
                        standard.to_owned()
                    } else {
                        text
                    };
                    TransferFault { code, text }
                }
            };
            self.raise("7 TRANSFER COMPLETE", "");
            self.raise(transfer.event(), transfer.command_key());
            self.completions.push(TransferComplete {
                command_key: transfer.command_key().to_owned(),
                start_time: (fault.code == 0).then_some(start),
                complete_time: (fault.code == 0).then(|| timestamp(self.now())),
                fault,
            });
        }
        let Some(software) = software else {
            return false;
        };
        self.install(software);
        true
    }

    /// The first transfer whose time has come.
    fn next_transfer(&mut self) -> Option<Transfer> {
        let now = self.instant();
        let due = self
            .transfers
            .iter()
            .position(|transfer| transfer.not_before <= now)?;
        Some(self.transfers.remove(due))
    }

    fn install(&mut self, software: String) {
        let path = format!("{}DeviceInfo.SoftwareVersion", self.tree.standard().root());
        self.software = software;
        self.notify(&path);
    }

    /// The new firmware's version, `None` for other files.
    async fn fetch(&self, download: &Download) -> Result<Option<String>, Failure> {
        let (username, password) = (&download.username, &download.password);
        let mut client = self.client(&download.url, username, password, NO_FILE)?;
        let mut reader = image::Reader::default();
        let status = client
            .fetch(|piece| reader.take(piece))
            .await
            .map_err(|e| failure(&e))?;
        match status {
            200..=299 => {}
            401 | 403 => return Err((REFUSED, format!("HTTP status {status}"))),
            400..=499 => return Err((NO_FILE, format!("HTTP status {status}"))),
            _ => return Err((TRANSFER_FAILED, format!("HTTP status {status}"))),
        }
        let names = [download.target_file_name.as_str(), download.url.as_str()];
        let version = reader.finish(download.file_size.into(), &names);
        if !download.file_type.starts_with(FIRMWARE) {
            return match version {
                Err(bad @ image::BadImage::Size) => Err((CORRUPT, bad.to_string())),
                _ => Ok(None),
            };
        }
        version.map(Some).map_err(|bad| (CORRUPT, bad.to_string()))
    }

    async fn send(&self, upload: &Upload) -> Result<(), Failure> {
        let mut client = self.client(
            &upload.url,
            &upload.username,
            &upload.password,
            UPLOAD_FAILED,
        )?;
        let content = Content {
            headers: vec![
                (
                    CONTENT_TYPE,
                    HeaderValue::from_static("application/octet-stream"),
                ),
                close(),
            ],
            body: self.file(&upload.file_type),
        };
        let answer = client
            .send(&Method::PUT, &content)
            .await
            .map_err(|e| failure(&e))?;
        match answer.status {
            200..=299 => Ok(()),
            401 | 403 => Err((REFUSED, format!("HTTP status {}", answer.status))),
            status => Err((UPLOAD_FAILED, format!("HTTP status {status}"))),
        }
    }

    fn client(
        &self,
        url: &str,
        username: &str,
        password: &str,
        bad_url: u32,
    ) -> Result<Client, Failure> {
        let url: HttpUrl = url.parse().map_err(|_| (bad_url, String::new()))?;
        let credentials = Credentials {
            username: username.to_owned(),
            password: password.to_owned(),
            preemptive: false,
        };
        Ok(Client::new(url, credentials, self.chance.clone()))
    }

    /// What an ACS gets when it asks for a file: the settings, or a log.
    fn file(&self, file_type: &str) -> Bytes {
        let is_log = ["2 ", "4 "].iter().any(|log| file_type.starts_with(log));
        if is_log {
            let up = self.facts().uptime_seconds;
            return format!("{} cwmpd: up for {up} s\n", timestamp(self.now())).into();
        }
        let values = self.tree.values("", &self.facts()).unwrap_or_default();
        let lines: String = values
            .iter()
            .map(|each| format!("{}={}\n", each.name, each.value))
            .collect();
        lines.into()
    }
}

fn failure(error: &HttpError) -> Failure {
    let code = match error {
        HttpError::Connect(_) => UNREACHABLE,
        HttpError::Broken(_) | HttpError::Timeout => BROKE_OFF,
        HttpError::TooLarge
        | HttpError::Redirects
        | HttpError::BadRedirect(_)
        | HttpError::Request(_) => TRANSFER_FAILED,
    };
    (code, error.to_string())
}
