//! What people come for, in a real Chromium: from the login to a device that did as it was told.
//! Pictures of every page go to `screenshots/`, which git ignores.

use std::cell::RefCell;
use std::path::Path;

use fantoccini::key::Key;
use regia_clock::Clock;
use regia_simulate::{Fleet, SimulateCpe};
use regia_testkit::{Browser, Scheme};

use crate::server::{API_KEY, Server, eventually, place, request, status};

const PASSWORD: &str = "correct horse battery";
const FLEET_PASSWORD: &str = "fleet-password-1";
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// A wide screen and a telephone.
const WIDTHS: [u32; 2] = [1280, 380];
const SCHEMES: [(&str, Scheme); 2] = [("light", Scheme::Light), ("dark", Scheme::Dark)];

const WIFI_NAME: &str = "//dt[.='Wi-Fi name']/following-sibling::dd[1]";
const NEW_NAME: &str = "Caffè & Bar «Regia»";

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_renames_a_wifi_and_understands_a_refusal() {
    let place = place();
    let server = Server::start_with(
        &place.path().join("data"),
        &[
            ("REGIA_API_KEY", API_KEY),
            ("REGIA_ADMIN_PASSWORD", PASSWORD),
            ("REGIA_FLEET_PASSWORD", FLEET_PASSWORD),
            ("REGIA__ACS__ONBOARDING__MODE", "manage"),
        ],
    );
    let visit = Visit::new(&server).await;
    visit.logs_in().await;
    visit.sees_that_nothing_called_yet().await;
    let fleet = start_fleet(&server).await;
    visit.finds_a_device("SIM000002").await;
    visit.renames_the_wifi().await;
    visit.understands_a_refusal().await;
    visit.notes_what_others_should_know().await;
    visit.reads_everything_else().await;
    visit.chooses_the_dark_theme().await;
    visit.uses_the_keyboard_only().await;
    visit.reads_without_scripts("SIM000002").await;
    visit.logs_out().await;
    fleet.stop().await;
    let findings = visit.findings.into_inner();
    assert!(findings.is_empty(), "{}", findings.join("\n"));
}

/// Devices of both data models, with names as long as they come.
async fn start_fleet(server: &Server) -> Fleet {
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

struct Visit<'a> {
    server: &'a Server,
    browser: Browser,
    axe: String,
    /// What is wrong with the pages, told at the end.
    findings: RefCell<Vec<String>>,
}

impl<'a> Visit<'a> {
    async fn new(server: &'a Server) -> Self {
        let axe = Path::new(ROOT).join("kernel/console/node_modules/axe-core/axe.min.js");
        Self {
            server,
            browser: Browser::start().await,
            axe: std::fs::read_to_string(axe).unwrap(),
            findings: RefCell::default(),
        }
    }

    async fn open(&self, path: &str) {
        let address = format!("http://{}{path}", self.server.console);
        self.browser.open(&address).await;
    }

    async fn logs_in(&self) {
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

    async fn sees_that_nothing_called_yet(&self) {
        for (path, name) in [
            ("/acs", "empty-overview"),
            ("/acs/devices", "empty-devices"),
            ("/acs/tasks", "empty-tasks"),
        ] {
            self.open(path).await;
            self.browser.see("//*[@class='empty']").await;
            self.judge(name).await;
        }
    }

    async fn finds_a_device(&self, serial: &str) {
        let search = "//form[contains(@class, 'filters')]//input[@name='q']";
        self.open("/acs").await;
        self.browser.click("//nav//a[contains(., 'Devices')]").await;
        self.browser.see("//tbody/tr[4]").await;
        self.judge("devices").await;
        self.browser.fill(search, serial).await;
        let field = self.browser.see(search).await;
        field.send_keys(&Key::Enter.to_string()).await.unwrap();
        self.browser.see("//tbody[count(tr) = 1]").await;
        self.browser.click(&format!("//a[.='{serial}']")).await;
        self.browser.see(&format!("//h1[.='{serial}']")).await;
        let online = "//*[@class='status-line'][contains(., 'Online')]";
        self.browser.see(online).await;
        // Comes by itself when the parameters have been read.
        let name = format!("{WIFI_NAME}/span[string-length(.) > 0]");
        self.browser.see(&name).await;
        self.judge("device").await;
    }

    /// Sends a new Wi-Fi name through the edit page, and ends at the device's tasks.
    async fn asks_for_wifi_name(&self, name: &str) {
        self.browser
            .click("//nav//a[.='Overview'][contains(@class, 'tab')]")
            .await;
        self.browser
            .click(&format!("{WIFI_NAME}/a[.='Edit']"))
            .await;
        self.browser.fill("//input[@name='value']", name).await;
        self.judge("device-edit").await;
        self.browser.click("//button[.='Send to the device']").await;
    }

    async fn renames_the_wifi(&self) {
        self.asks_for_wifi_name(NEW_NAME).await;
        let row = format!("//tr[contains(., 'SSID = {NEW_NAME}')]");
        self.browser
            .see(&format!("{row}[contains(., 'Done')]"))
            .await;
        // What it says when it is asked for everything again.
        self.browser
            .click("//button[contains(., 'Read everything')]")
            .await;
        let read = "//tbody/tr[1][not(contains(., 'SSID'))][contains(., 'Done')]";
        self.browser.see(read).await;
        self.browser
            .click("//a[.='Overview'][contains(@class, 'tab')]")
            .await;
        let named = format!("{WIFI_NAME}/span[.='{NEW_NAME}']");
        self.browser.see(&named).await;
    }

    async fn understands_a_refusal(&self) {
        let too_long = "W".repeat(40);
        self.asks_for_wifi_name(&too_long).await;
        let row = "//tbody/tr[1][contains(., 'Failed')]";
        let row = self.browser.see(row).await.text().await.unwrap();
        for expected in [
            "9003",
            "9007",
            "SSID",
            "the parameter does not allow this value",
        ] {
            assert!(row.contains(expected), "{row}");
        }
        self.judge("device-tasks").await;
        self.browser
            .click("//a[.='Overview'][contains(@class, 'tab')]")
            .await;
        let named = format!("{WIFI_NAME}/span[.='{NEW_NAME}']");
        self.browser.see(&named).await;
    }

    async fn notes_what_others_should_know(&self) {
        let tags = "vip, roof-antenna-north-side-second-floor-behind-the-old-church, 24h";
        self.browser.fill("//input[@name='tags']", tags).await;
        let notes = "The key to the roof hangs in the bakery.";
        self.browser.fill("//textarea[@name='notes']", notes).await;
        self.browser
            .click("//form[contains(@action, 'annotate')]//button")
            .await;
        self.browser
            .see("//*[@class='status-line'][contains(., '24h')]")
            .await;
        self.browser.see(&format!("//textarea[.='{notes}']")).await;
        self.judge("device-noted").await;
    }

    async fn reads_everything_else(&self) {
        self.browser
            .click("//a[.='Parameters'][contains(@class, 'tab')]")
            .await;
        self.browser.see("//*[@class='tree']").await;
        self.judge("device-parameters").await;
        let search = "//form[contains(@class, 'filters')]//input[@name='q']";
        self.browser.fill(search, "wifi").await;
        let field = self.browser.see(search).await;
        field.send_keys(&Key::Enter.to_string()).await.unwrap();
        self.browser.see("//input[@name='q'][@value='wifi']").await;
        self.judge("device-parameters-found").await;
        self.browser
            .click("//a[.='Timeline'][contains(@class, 'tab')]")
            .await;
        self.browser.see("//*[@class='timeline']/li[3]").await;
        self.judge("device-timeline").await;
        self.browser
            .click("//summary[@aria-label='More actions']")
            .await;
        self.browser.click("//button[@data-open='reset']").await;
        self.browser.see("//dialog[@id='reset'][@open]").await;
        self.judge("device-reset").await;
        for (path, name) in [
            ("/acs/tasks", "tasks"),
            ("/acs/devices?q=none", "devices-none"),
            ("/acs", "overview"),
            ("/acs/devices/999999", "not-found"),
        ] {
            self.open(path).await;
            self.browser.see("//h1").await;
            self.judge(name).await;
        }
    }

    async fn chooses_the_dark_theme(&self) {
        let colour = "return getComputedStyle(document.body).backgroundColor";
        self.open("/acs").await;
        let light = self.browser.run(colour).await;
        self.browser.click("//summary[@aria-label='Theme']").await;
        self.browser.click("//button[@data-set-theme='dark']").await;
        let dark = self.browser.run(colour).await;
        assert_ne!(light, dark);
        // And it stays.
        self.open("/acs/tasks").await;
        assert_eq!(self.browser.run(colour).await, dark);
        let system = "document.cookie = 'regia_theme=system; path=/'";
        self.browser.run(system).await;
    }

    async fn uses_the_keyboard_only(&self) {
        self.open("/acs").await;
        self.presses(Key::Tab).await;
        assert_eq!(self.focus().await, "Skip to the content");
        self.presses(Key::Enter).await;
        self.presses(Key::Tab).await;
        let inside = "return document.getElementById('content').contains(document.activeElement)";
        assert_eq!(self.browser.run(inside).await, true);

        self.open("/acs").await;
        for expected in ["Skip to the content", "Regia", "Overview", "Devices"] {
            self.presses(Key::Tab).await;
            assert_eq!(self.focus().await, expected);
        }
        self.presses(Key::Enter).await;
        self.browser.see("//h1[.='Devices']").await;
    }

    async fn presses(&self, key: Key) {
        let focused = self.browser.client().active_element().await.unwrap();
        focused.send_keys(&key.to_string()).await.unwrap();
    }

    /// The words of what has the focus.
    async fn focus(&self) -> String {
        let words = "return document.activeElement.innerText.trim()";
        let words = self.browser.run(words).await;
        words.as_str().unwrap_or_default().to_owned()
    }

    async fn reads_without_scripts(&self, serial: &str) {
        let cookies = self.browser.client().get_all_cookies().await.unwrap();
        let cookies = cookies.iter().map(|cookie| cookie.stripped().to_string());
        let cookies = format!("Cookie: {}", cookies.collect::<Vec<_>>().join("; "));
        let get = |path: &str| {
            let answer = request(
                &self.server.console,
                &format!("GET {path}"),
                &[&cookies],
                "",
            );
            assert_eq!(status(&answer), 200, "{path}: {answer}");
            answer
        };
        let list = get("/acs/devices?q=SIM");
        let mut links = list.split("href=\"");
        let link = links.find(|link| link.contains(&format!(">{serial}</a>")));
        let href = link.and_then(|link| link.split('"').next());
        let href = href.unwrap_or_else(|| panic!("no link to {serial}: {list}"));
        let name = "Caffè &#38; Bar «Regia»";
        assert!(get(href).contains(name), "{}", get(href));
        assert!(get(&format!("{href}/tasks")).contains("9007"));
        assert!(get(&format!("{href}/parameters?q=SSID")).contains(name));
    }

    async fn logs_out(&self) {
        self.open("/acs").await;
        self.browser
            .click("//summary[@aria-label='Account admin']")
            .await;
        self.browser.click("//button[contains(., 'Log out')]").await;
        self.browser.see("//h1[.='Log in']").await;
        self.open("/acs/devices").await;
        self.browser.see("//h1[.='Log in']").await;
    }

    /// Every width and colour scheme: nothing overflows, axe finds nothing, a picture is taken.
    async fn judge(&self, name: &str) {
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
