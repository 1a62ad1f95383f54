//! What people come for with many devices, in a real Chromium: to announce them, to command them all
//! at once, and to make one of two rows.

use crate::server::{Server, eventually, place};
use crate::visit::{MANAGED, Visit, start_fleet};

/// A parameter that only the devices of one data model have.
const INTERVAL: &str = "Device.ManagementServer.PeriodicInformInterval";

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_announces_devices_and_commands_all_of_them() {
    let place = place();
    // Without the mode: the console asks.
    let seeds = MANAGED.split_last().map_or(&[][..], |(_, seeds)| seeds);
    let server = Server::start_with(&place.path().join("data"), seeds);
    let visit = Visit::new(&server).await;
    visit.logs_in().await;
    visit.says_how_far_to_go().await;
    let fleet = start_fleet(&server).await;
    visit.announces_devices("EXP1").await;
    visit.sets_a_value_everywhere().await;
    visit.makes_one_of_two("SIM000002").await;
    fleet.stop().await;
    visit.ends();
}

impl Visit<'_> {
    async fn says_how_far_to_go(&self) {
        let browser = &self.browser;
        self.open("/acs").await;
        browser
            .see("//*[contains(., 'How far may the server go')]")
            .await;
        self.judge("question").await;
        let manage = "//form[.//input[@value='manage']]//button";
        browser.click(manage).await;
        browser
            .see("//*[@class='status-line'][contains(., 'are managed')]")
            .await;
        self.judge("question-answered").await;
    }

    async fn announces(&self, row: &str) {
        let browser = &self.browser;
        self.open("/acs/devices/imports").await;
        let rows = format!("oui,product_class,serial_number,tags\n{row}\nD09E,HG1,X,\n");
        browser.fill("//textarea[@name='rows']", &rows).await;
        browser
            .click("//form[contains(@action, 'paste')]//button[@type='submit']")
            .await;
        browser.see("//h1[starts-with(., 'Import ')]").await;
    }

    async fn announces_devices(&self, serial: &str) {
        self.open("/acs/devices/imports").await;
        self.browser.see("//*[@class='empty']").await;
        self.judge("imports-empty").await;
        self.announces(&format!("00D09E,HG1,{serial},north")).await;
        self.browser
            .see("//td[contains(., 'six hexadecimal digits')]")
            .await;
        self.judge("import").await;
        self.browser
            .click("//button[contains(., 'Register 1 new')]")
            .await;
        let done = "//*[@class='status-line'][contains(., 'Done')]";
        self.browser.see(done).await;
        self.judge("import-done").await;
        self.browser.click(&format!("//a[.='{serial}']")).await;
        let expected = "//*[@class='status-line'][contains(., 'Expected')]";
        self.browser.see(expected).await;
    }

    async fn sets_a_value_everywhere(&self) {
        let browser = &self.browser;
        self.open("/acs/tasks/bulks").await;
        browser.see("//*[@class='empty']").await;
        self.judge("bulks-empty").await;
        self.open("/acs/devices?online=true").await;
        browser.see("//tbody[count(tr) = 4]").await;
        browser.click("//input[@data-select-page]").await;
        browser.click("//button[.='Set parameters']").await;
        browser.fill("//input[@id='path-1']", INTERVAL).await;
        browser.fill("//input[@id='value-1']", "3").await;
        self.judge("bulk-new").await;
        browser.click("//button[.='Show what will change']").await;
        browser.see("//table[@class='diff']").await;
        self.judge("bulk-preview").await;
        browser.fill("//input[@id='confirmation']", "4").await;
        browser.click("//button[.='Begin']").await;
        browser.see("//h1[.='Set values on 4 devices']").await;
        // Two of the devices have the other data model and refuse.
        let ended = "//*[@class='status-line'][contains(., 'Ended')]";
        browser.see(ended).await;
        browser.see("//td[contains(., 'Failed')]").await;
        self.judge("bulk").await;
        self.open("/acs/tasks/bulks").await;
        browser.see("//a[.='Set values on 4 devices']").await;
        self.judge("bulks").await;
    }

    async fn makes_one_of_two(&self, serial: &str) {
        let browser = &self.browser;
        self.announces(&format!("00D09E,Wrong,{serial},gold")).await;
        browser
            .click("//button[contains(., 'Register 1 new')]")
            .await;
        eventually("two rows of one device", || {
            let path = "/api/v1/acs/devices?doubled=true&count=exact";
            self.server.get_with_key(path).1.contains("\"total\":2")
        });
        self.open("/acs/devices?doubled=true").await;
        browser.click(&format!("(//a[.='{serial}'])[1]")).await;
        browser.click("//a[.='Compare and decide']").await;
        browser.see("//h1[.='One device or several?']").await;
        self.judge("twins").await;
        browser.click("(//button[.='Merge'][@data-open])[1]").await;
        let phrase = "//dialog[@open]//input[@name='confirmation']";
        browser.see(phrase).await;
        self.judge("twins-merge").await;
        let wrong = format!("00D09E-Wrong-{serial}");
        browser.fill(phrase, &wrong).await;
        browser
            .click("//dialog[@open]//button[@type='submit']")
            .await;
        browser.see(&format!("//h1[.='{serial}']")).await;
        let gold = "//*[@class='status-line']//*[.='gold']";
        browser.see(gold).await;
    }
}
