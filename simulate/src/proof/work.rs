//! What operators do while the server is killed, and what it promised them.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::Method;
use regia_clock::Chance;
use serde_json::{Value as Json, json};
use sha2::{Digest as _, Sha256};
use tokio_util::sync::CancellationToken;

use super::ProofError;
use super::api::{Api, number, text};
use crate::image;

/// The longest pause between two wishes of one operator.
const PAUSE_MS: u64 = 150;
/// The largest file: large enough to be on its way when a kill comes.
const LARGEST_FILE: u64 = 3 << 20;

/// A device as the API names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Device {
    pub(super) id: i64,
    pub(super) serial: String,
    tr181: bool,
}

/// A task that the server said is queued.
#[derive(Debug, Clone)]
pub(super) struct Task {
    pub(super) id: i64,
    pub(super) serial: String,
    pub(super) command: Json,
    /// The name of the file that goes with it.
    pub(super) file: String,
}

/// A file that the server said is stored.
#[derive(Debug, Clone)]
pub(super) struct Stored {
    pub(super) id: i64,
    pub(super) sha256: String,
}

/// Notes of a device: what was promised last, and what was wished since then.
#[derive(Debug, Clone, Default)]
pub(super) struct Notes {
    pub(super) promised: Option<String>,
    pub(super) perhaps: Vec<String>,
}

/// All that the server acknowledged.
#[derive(Debug, Default)]
pub(super) struct Ledger(Mutex<Pages>);

/// The pages of a [`Ledger`].
#[derive(Debug, Clone, Default)]
pub(super) struct Pages {
    pub(super) tasks: Vec<Task>,
    pub(super) files: Vec<Stored>,
    pub(super) notes: BTreeMap<i64, Notes>,
    wishes: u64,
}

impl Ledger {
    pub(super) fn pages(&self) -> MutexGuard<'_, Pages> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A number that no other wish has.
    fn number(&self) -> u64 {
        let mut pages = self.pages();
        pages.wishes += 1;
        pages.wishes
    }
}

/// The devices that the server knows.
pub(super) async fn devices(api: &Api, prefix: &str) -> Result<Vec<Device>, ProofError> {
    let path = format!("/api/v1/acs/devices?serial_prefix={prefix}");
    let rows = api.list(&path).await?;
    let device = |row: &Json| Device {
        id: number(row, "id"),
        serial: text(row, "serial_number").to_owned(),
        tr181: text(row, "product_class").ends_with("181"),
    };
    Ok(rows.iter().map(device).collect())
}

/// An operator who wants something of some device again and again, until told to stop. A server
/// that does not answer is asked again; what it did not acknowledge it did not promise.
pub(super) struct Operator<'a> {
    pub(super) api: &'a Api,
    pub(super) ledger: &'a Ledger,
    pub(super) chance: &'a Chance,
    pub(super) prefix: &'a str,
    /// Of all devices, every so manieth is this operator's, so that no two note on one device.
    pub(super) share: (usize, usize),
}

impl Operator<'_> {
    pub(super) async fn work(&self, until: &CancellationToken) {
        let mut known = Vec::new();
        while !until.is_cancelled() {
            if let Ok(devices) = devices(self.api, self.prefix).await {
                let (first, step) = self.share;
                known = devices;
                known.sort_by_key(|device| device.id);
                known = known.into_iter().skip(first).step_by(step).collect();
            }
            for _ in 0..4 {
                let choice = self.chance.below(known.len() as u64);
                if let Some(device) = usize::try_from(choice).ok().and_then(|i| known.get(i)) {
                    // No answer is no promise.
                    drop(self.wish(device).await);
                }
                let pause = Duration::from_millis(self.chance.below(PAUSE_MS));
                tokio::time::sleep(pause).await;
            }
        }
    }

    async fn wish(&self, device: &Device) -> Result<(), ProofError> {
        match self.chance.below(100) {
            0..8 => self.note(device).await,
            8..25 => self.download(device).await,
            _ => {
                let command = self.command(device);
                self.queue(device, command, String::new()).await
            }
        }
    }

    async fn note(&self, device: &Device) -> Result<(), ProofError> {
        let words = format!("note {}", self.ledger.number());
        let perhaps = |pages: &mut Pages| {
            let notes = pages.notes.entry(device.id).or_default();
            notes.perhaps.push(words.clone());
        };
        perhaps(&mut self.ledger.pages());
        let path = format!("/api/v1/acs/devices/{}", device.id);
        let body = json!({ "notes": words, "tags": ["proof"] });
        if let (200, _) = self.api.send(&Method::PATCH, &path, &body).await? {
            let notes = Notes {
                promised: Some(words),
                perhaps: Vec::new(),
            };
            self.ledger.pages().notes.insert(device.id, notes);
        }
        Ok(())
    }

    /// Stores a file and has the device fetch it.
    async fn download(&self, device: &Device) -> Result<(), ProofError> {
        let number = self.ledger.number();
        let bytes = usize::try_from(1 + self.chance.below(LARGEST_FILE)).unwrap_or(1);
        let version = format!("2.{number}");
        let body = image::make(&version, bytes, number);
        let sha256 = image::hex(&Sha256::digest(&body));
        let (kind, version) = match self.chance.below(3) {
            0 => ("3%20Vendor%20Configuration%20File", ""),
            _ => ("1%20Firmware%20Upgrade%20Image", version.as_str()),
        };
        let name = format!("proof-{number}.bin");
        let path = format!("/api/v1/acs/files/{name}?type={kind}&version={version}");
        let (201, file) = self.api.put(&path, body).await? else {
            return Ok(());
        };
        let id = self::number(&file, "id");
        self.ledger.pages().files.push(Stored { id, sha256 });
        let command = json!({ "kind": "download", "file": id });
        self.queue(device, command, name).await
    }

    async fn queue(&self, device: &Device, command: Json, file: String) -> Result<(), ProofError> {
        let path = format!("/api/v1/acs/devices/{}/tasks", device.id);
        let body = json!({ "command": command });
        if let (201, task) = self.api.send(&Method::POST, &path, &body).await? {
            self.ledger.pages().tasks.push(Task {
                id: number(&task, "id"),
                serial: device.serial.clone(),
                command,
                file,
            });
        }
        Ok(())
    }

    fn command(&self, device: &Device) -> Json {
        let (name, table) = places(device);
        let row = 1 + self.chance.below(6);
        match self.chance.below(70) {
            0..12 => json!({ "kind": "get", "paths": [name] }),
            12..32 => {
                let value = format!("proof {}", self.ledger.number());
                json!({ "kind": "set", "values": [{ "path": name, "value": value }] })
            }
            32..40 => json!({ "kind": "reboot" }),
            40..47 => json!({ "kind": "upload", "file_type": "1 Vendor Configuration File" }),
            47..55 => json!({ "kind": "add_object", "path": table }),
            55..61 => json!({ "kind": "delete_object", "path": format!("{table}{row}.") }),
            61..65 => json!({ "kind": "schedule_inform", "delay_seconds": row }),
            65..67 => json!({ "kind": "get_attributes", "paths": [name] }),
            67..69 => json!({ "kind": "refresh", "path": table }),
            _ => json!({ "kind": "factory_reset" }),
        }
    }
}

/// A parameter that is set, and a table that gets rows.
const fn places(device: &Device) -> (&'static str, &'static str) {
    if device.tr181 {
        ("Device.WiFi.SSID.1.SSID", "Device.NAT.PortMapping.")
    } else {
        (
            "InternetGatewayDevice.LANDevice.1.WLANConfiguration.1.SSID",
            "InternetGatewayDevice.Layer3Forwarding.Forwarding.",
        )
    }
}
