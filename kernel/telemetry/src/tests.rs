//! Log lines in both shapes, and the filter.

use std::io::Write;
use std::sync::{Arc, Mutex};

use super::*;

#[derive(Clone, Default)]
struct Page(Arc<Mutex<Vec<u8>>>);

impl Write for Page {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn lines(format: LogFormat, terminal: bool, filter: &str) -> String {
    let page = Page::default();
    let writer = page.clone();
    let settings = LogSettings {
        format,
        filter: filter.into(),
    };
    let subscriber = subscriber(&settings, terminal, move || writer.clone()).unwrap();
    tracing::subscriber::with_default(subscriber, || {
        tracing::debug!("hidden");
        let _span = tracing::info_span!("session", session.id = 7).entered();
        tracing::info!(device.serial = "S1", "device S1 is new");
    });
    let bytes = page.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn a_terminal_gets_text_and_anything_else_gets_json() {
    for (format, terminal, json) in [
        (LogFormat::Auto, true, false),
        (LogFormat::Auto, false, true),
        (LogFormat::Json, true, true),
        (LogFormat::Text, false, false),
    ] {
        let page = lines(format, terminal, "info");
        assert_eq!(page.lines().count(), 1, "{page}");
        assert!(page.contains("device S1 is new"), "{page}");
        let object: Option<serde_json::Value> = serde_json::from_str(&page).ok();
        assert_eq!(object.is_some(), json, "{page}");
        if let Some(object) = object {
            assert_eq!(object["level"], "INFO");
            assert_eq!(object["message"], "device S1 is new");
            assert_eq!(object["device.serial"], "S1");
            assert_eq!(object["span"]["session.id"], 7);
        }
    }
}

#[test]
fn the_filter_chooses_levels_by_crate() {
    for (filter, count) in [
        ("off", 0),
        ("warn", 0),
        ("debug", 2),
        ("warn,regia_telemetry=info", 1),
    ] {
        assert_eq!(
            lines(LogFormat::Text, false, filter).lines().count(),
            count,
            "{filter}"
        );
    }
    let settings = LogSettings {
        filter: "info,regia_acs=loud".into(),
        ..LogSettings::default()
    };
    let error = init(&settings).unwrap_err();
    assert!(
        error.to_string().contains("`info,regia_acs=loud`"),
        "{error}"
    );
}

#[test]
fn a_panic_becomes_a_log_line() {
    init(&LogSettings {
        filter: "off".into(),
        ..LogSettings::default()
    })
    .unwrap();
    let page = Page::default();
    let writer = page.clone();
    let settings = LogSettings {
        format: LogFormat::Json,
        ..LogSettings::default()
    };
    let subscriber = subscriber(&settings, false, move || writer.clone()).unwrap();
    tracing::subscriber::with_default(subscriber, || {
        std::panic::catch_unwind(|| panic!("on purpose")).unwrap_err();
    });
    let page = String::from_utf8(page.0.lock().unwrap().clone()).unwrap();
    assert!(page.contains("\"panic.text\":\"on purpose\""), "{page}");
    assert!(matches!(
        init(&settings),
        Err(TelemetryError::Twice("logs"))
    ));
}
