//! Made-up content for the gallery.

use regia_console::chart::{Chart, Colour, Series, Shape, Share, Shares};
use regia_console::history::{Change, Happening};
use regia_console::tree::{self, Leaf, Row};
use time::{Duration, OffsetDateTime};

pub(crate) const MESSAGES: &str = r#"
[gallery]
devices = "Devices"
overview = "Overview"
list = "Devices"
tasks = "Tasks"
files = "Files"
health = "Health"
audit = "Audit"
settings = "Settings"
"#;

pub(crate) const TRACE: &str = "<soap-env:Envelope xmlns:soap-env=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns:cwmp=\"urn:dslforum-org:cwmp-1-0\">\n  <soap-env:Body>\n    <cwmp:Inform>\n      <DeviceId>\n        <Manufacturer>Example</Manufacturer>\n        <OUI>202BC1</OUI>\n        <ProductClass>BM632w</ProductClass>\n        <SerialNumber>000001</SerialNumber>\n      </DeviceId>\n    </cwmp:Inform>\n  </soap-env:Body>\n</soap-env:Envelope>\n";

pub(crate) struct Device {
    pub(crate) id: u64,
    pub(crate) serial: String,
    pub(crate) model: &'static str,
    pub(crate) tone: &'static str,
    pub(crate) state: &'static str,
    pub(crate) busy: bool,
    pub(crate) software: &'static str,
    pub(crate) address: String,
    pub(crate) uptime: u64,
    pub(crate) seen: OffsetDateTime,
    pub(crate) tags: &'static [&'static str],
}

pub(crate) fn devices(now: OffsetDateTime) -> Vec<Device> {
    const MODELS: [&str; 4] = [
        "BM632w",
        "F@ST 5366 LTE-A",
        "Speedport Smart 4 Typ B (Deutsche Glasfaser Edition)",
        "VR1600v",
    ];
    const STATES: [(&str, &str); 4] = [
        ("ok", "Online"),
        ("ok", "Online"),
        ("bad", "Offline"),
        ("warn", "Quarantine"),
    ];
    const TAGS: [&[&str]; 3] = [&["vip", "fibre"], &[], &["pilot"]];
    (0..24_u64)
        .map(|number| {
            let pick = number as usize;
            let (tone, state) = STATES[pick * 7 % 4];
            Device {
                id: number,
                serial: format!("{:012X}", 0x20_2B_C1_00_00_00 + number * 7_919),
                model: MODELS[pick % 4],
                tone,
                state,
                busy: number == 4,
                software: ["V100R001IRQC56B017", "1.4.12", "09055.3.00.005.0"][pick % 3],
                address: format!("10.21.{}.{}", number * 13 % 256, number * 37 % 256),
                uptime: number * number * 86_000 + 640,
                seen: now - Duration::seconds((number * number * 97) as i64),
                tags: TAGS[pick % 3],
            }
        })
        .collect()
}

fn times(now: OffsetDateTime) -> Vec<OffsetDateTime> {
    (0..96_i64)
        .rev()
        .map(|back| now - Duration::minutes(15 * back))
        .collect()
}

fn wave(base: f64, swing: f64, phase: f64) -> Vec<Option<f64>> {
    (0..96)
        .map(|at| {
            Some(
                (base
                    + swing * (f64::from(at) / 15.0 + phase).sin()
                    + 7.0 * (f64::from(at) * 1.7).sin())
                .max(0.0)
                .round(),
            )
        })
        .collect()
}

pub(crate) fn lines(now: OffsetDateTime) -> Chart {
    let mut gap = wave(640.0, 180.0, 2.0);
    gap[40..46].fill(None);
    Chart {
        id: "rate".into(),
        title: "Sessions".into(),
        unit: "per second".into(),
        shape: Shape::Areas,
        times: times(now),
        series: vec![
            Series {
                label: "Periodic".into(),
                colour: Colour::Series(1),
                values: wave(1_200.0, 420.0, 0.0),
            },
            Series {
                label: "Connection request".into(),
                colour: Colour::Series(2),
                values: gap,
            },
        ],
    }
}

pub(crate) fn stacked(now: OffsetDateTime) -> Chart {
    Chart {
        id: "faults".into(),
        title: "Faults by code".into(),
        unit: String::new(),
        shape: Shape::Stacked,
        times: times(now),
        series: vec![
            Series {
                label: "9005".into(),
                colour: Colour::Series(4),
                values: wave(20.0, 9.0, 0.4),
            },
            Series {
                label: "9002".into(),
                colour: Colour::Series(3),
                values: wave(12.0, 6.0, 1.4),
            },
            Series {
                label: "9007".into(),
                colour: Colour::Series(5),
                values: wave(6.0, 5.0, 3.4),
            },
        ],
    }
}

fn share(label: &str, count: u64, colour: Colour, href: Option<&str>) -> Share {
    Share {
        label: label.into(),
        count,
        colour,
        href: href.map(Into::into),
    }
}

pub(crate) fn firmware() -> Shares {
    Shares(vec![
        share("V100R001IRQC56B017", 7_412, Colour::Series(1), Some("#")),
        share("1.4.12", 3_020, Colour::Series(1), Some("#")),
        share(
            "1.4.11-hotfix-2026-02-extended-support-build-0099",
            1_211,
            Colour::Series(1),
            Some("#"),
        ),
        share("09055.3.00.005.0", 514, Colour::Series(1), Some("#")),
        share("unknown", 1, Colour::Tone("idle"), None),
    ])
}

pub(crate) fn spread() -> Shares {
    Shares(vec![
        share("Online", 11_842, Colour::Tone("ok"), Some("#")),
        share("Quarantine", 104, Colour::Tone("warn"), Some("#")),
        share("Offline", 212, Colour::Tone("bad"), Some("#")),
    ])
}

pub(crate) fn tree() -> Vec<Row> {
    let leaf = |path: &str, value: &str, kind: &str, writable, hidden| Leaf {
        path: path.into(),
        value: value.into(),
        kind: kind.into(),
        writable,
        hidden,
        ..Leaf::default()
    };
    let root = "InternetGatewayDevice";
    let wlan = format!("{root}.LANDevice.1.WLANConfiguration");
    tree::rows(
        vec![
            leaf(
                &format!("{root}.DeviceSummary"),
                "InternetGatewayDevice:1.4[](Baseline:1, EthernetLAN:1, WiFiLAN:1, Time:1)",
                "string",
                false,
                false,
            ),
            leaf(
                &format!("{root}.DeviceInfo.UpTime"),
                "182640",
                "unsignedInt",
                false,
                false,
            ),
            leaf(
                &format!("{root}.DeviceInfo.SoftwareVersion"),
                "V100R001IRQC56B017",
                "string",
                false,
                false,
            ),
            leaf(
                &format!("{wlan}.1.SSID"),
                "Casa Rossi",
                "string",
                true,
                false,
            ),
            leaf(&format!("{wlan}.1.KeyPassphrase"), "", "string", true, true),
            leaf(
                &format!("{wlan}.1.X_BROADCOM_COM_WlanAdapter_VeryLongVendorParameterName"),
                "",
                "string",
                true,
                false,
            ),
            leaf(
                &format!("{wlan}.1.Channel"),
                "6",
                "unsignedInt",
                true,
                false,
            ),
            leaf(&format!("{wlan}.10.SSID"), "Guests", "string", true, false),
            leaf(
                &format!("{wlan}.2.SSID"),
                "Casa Rossi 5G",
                "string",
                true,
                false,
            ),
        ],
        5,
    )
}

pub(crate) fn happenings(now: OffsetDateTime) -> Vec<Happening> {
    let entry = |seconds, tone, icon, title: &str, detail: &str| Happening {
        at: now - Duration::seconds(seconds),
        tone,
        icon,
        title: title.into(),
        detail: detail.into(),
        href: None,
    };
    vec![
        entry(
            4,
            "ok",
            "check",
            "Wi-Fi name changed",
            "Casa Rossi → Casa Rossi 2, confirmed by the device",
        ),
        entry(
            190,
            "info",
            "refresh",
            "Parameters read",
            "1,274 parameters in 4 batches",
        ),
        entry(
            3_700,
            "bad",
            "bad",
            "Set refused: 9007 Invalid parameter value",
            "InternetGatewayDevice.LANDevice.1.WLANConfiguration.1.Channel = 36",
        ),
        entry(90_000, "warn", "clock", "Offline for 2 h 4 min", ""),
        entry(
            500_000,
            "idle",
            "device",
            "Registered",
            "0 BOOTSTRAP, 1 BOOT from 10.21.4.18",
        ),
    ]
}

pub(crate) fn changes() -> Vec<Change> {
    vec![
        Change {
            name: "LANDevice.1.WLANConfiguration.1.SSID".into(),
            before: Some("Casa Rossi".into()),
            after: Some("Casa Rossi 2".into()),
        },
        Change {
            name: "LANDevice.1.WLANConfiguration.1.Channel".into(),
            before: None,
            after: Some("11".into()),
        },
    ]
}
