//! A person at the console: a real Chromium that is logged in and judges what it sees. Pictures of
//! every page go to `screenshots/`, which git ignores.

use std::cell::RefCell;
use std::path::Path;

use fantoccini::key::Key;
use regia_clock::Clock;
use regia_simulate::{Fleet, SimulateCpe};
use regia_testkit::{Browser, Scheme};

use crate::server::{API_KEY, Server, eventually};

pub(crate) const PASSWORD: &str = "correct horse battery";
const FLEET_PASSWORD: &str = "fleet-password-1";
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// A wide screen and a telephone.
const WIDTHS: [u32; 2] = [1280, 380];
const SCHEMES: [(&str, Scheme); 2] = [("light", Scheme::Light), ("dark", Scheme::Dark)];

/// What a server is started with, so that a visit can log in and a fleet is managed.
pub(crate) const MANAGED: [(&str, &str); 4] = [
    ("REGIA_API_KEY", API_KEY),
    ("REGIA_ADMIN_PASSWORD", PASSWORD),
    ("REGIA_FLEET_PASSWORD", FLEET_PASSWORD),
    ("REGIA__ACS__ONBOARDING__MODE", "manage"),
];

/// Devices of both data models, with names as long as they come.
pub(crate) async fn start_fleet(server: &Server) -> Fleet {
    let options = SimulateCpe {
        acs: format!("http://{}/", server.cwmp),
        count: 4,
        password: FLEET_PASSWORD.to_owned(),
        start_seconds: Some(0),
        // Until they know our credentials, they cannot be asked to call.
        interval_seconds: 2,
        ..SimulateCpe::default()
    };
    let fleet = Fleet::start(&options, &Clock::system()).await.unwrap();
    eventually("four devices", || {
        let path = "/api/v1/acs/devices?count=exact&limit=1";
        server.get_with_key(path).1.contains("\"total\":4")
    });
    fleet
}

/// See the module sentence.
pub(crate) struct Visit<'a> {
    pub(crate) server: &'a Server,
    pub(crate) browser: Browser,
    axe: String,
    /// What is wrong with the pages, told at the end.
    findings: RefCell<Vec<String>>,
}

impl<'a> Visit<'a> {
    pub(crate) async fn new(server: &'a Server) -> Self {
        let axe = Path::new(ROOT).join("kernel/console/node_modules/axe-core/axe.min.js");
        Self {
            server,
            browser: Browser::start().await,
            axe: std::fs::read_to_string(axe).unwrap(),
            findings: RefCell::default(),
        }
    }

    pub(crate) async fn open(&self, path: &str) {
        let address = format!("http://{}{path}", self.server.console);
        self.browser.open(&address).await;
    }

    pub(crate) async fn logs_in(&self) {
        self.open("/acs").await;
        self.browser.see("//h1[.='Log in']").await;
        self.judge("login").await;
        self.browser.fill("//input[@name='name']", "admin").await;
        self.browser
            .fill("//input[@name='password']", "wrong")
            .await;
        self.browser.click("//main//button[@type='submit']").await;
        self.browser.see("//*[@role='alert']").await;
        self.judge("login-refused").await;
        self.browser.fill("//input[@name='name']", "admin").await;
        let password = "//input[@name='password']";
        self.browser.fill(password, PASSWORD).await;
        self.browser.click("//main//button[@type='submit']").await;
        self.browser.see("//h1[.='Overview']").await;
    }

    pub(crate) async fn presses(&self, key: Key) {
        let focused = self.browser.client().active_element().await.unwrap();
        focused.send_keys(&key.to_string()).await.unwrap();
    }

    /// The words of what has the focus.
    pub(crate) async fn focus(&self) -> String {
        let words = "return document.activeElement.innerText.trim()";
        let words = self.browser.run(words).await;
        words.as_str().unwrap_or_default().to_owned()
    }

    /// Ends the visit: nothing was wrong with any page.
    pub(crate) fn ends(self) {
        let findings = self.findings.into_inner();
        assert!(findings.is_empty(), "{}", findings.join("\n"));
    }

    /// Every width and colour scheme: nothing overflows, axe finds nothing, a picture is taken.
    pub(crate) async fn judge(&self, name: &str) {
        for width in WIDTHS {
            for (scheme, chosen) in SCHEMES {
                self.browser.appear(width, chosen).await;
                let file = format!("{ROOT}/screenshots/{name}-{width}-{scheme}.png");
                self.browser.picture(Path::new(&file)).await;
                let found = self.browser.run(&format!("{}\n{JUDGE}", self.axe)).await;
                for finding in found.as_array().unwrap() {
                    let finding = format!("{name} {width} {scheme}: {finding}");
                    self.findings.borrow_mut().push(finding);
                }
            }
        }
        self.browser.appear(WIDTHS[0], Scheme::Light).await;
    }
}

/// What is wrong with a page, as sentences.
const JUDGE: &str = "
const found = await axe.run(document, { resultTypes: ['violations'] });
const wrong = found.violations.map((rule) =>
  `${rule.id}: ${rule.nodes.slice(0, 3).map((node) => `${node.target} ${node.failureSummary}`).join(' | ')}`);
const width = document.documentElement.scrollWidth;
if (width > innerWidth) wrong.push(`is ${width} pixels wide`);
return wrong;
";
