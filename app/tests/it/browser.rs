//! What people come for, in a real Chromium: from the login to a device that did as it was told.

use fantoccini::key::Key;

use crate::server::{Server, place, request, status};
use crate::visit::{MANAGED, Visit, start_fleet};

const WIFI_NAME: &str = "//dt[.='Wi-Fi name']/following-sibling::dd[1]";
const NEW_NAME: &str = "Caffè & Bar «Regia»";

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_renames_a_wifi_and_understands_a_refusal() {
    let place = place();
    let server = Server::start_with(&place.path().join("data"), &MANAGED);
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
    visit.ends();
}

impl Visit<'_> {
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
            .click("//a[.='Access'][contains(@class, 'tab')]")
            .await;
        let name = "//form[contains(@action, '/hand')]//input[@name='name']";
        self.browser.fill(name, "nobody").await;
        self.browser.click("//button[.='Hand over']").await;
        self.browser.see("//*[@id='name-error']").await;
        self.judge("device-access-refused").await;
        self.browser.fill(name, "admin").await;
        self.browser.click("//button[.='Hand over']").await;
        self.browser.see("//th[@scope='row'][.='admin']").await;
        self.judge("device-access").await;
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
}
