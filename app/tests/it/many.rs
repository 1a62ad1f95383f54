//! What people come for with many devices, in a real Chromium: to announce them, to command them all
//! at once, to move them and hand them over, and to make one of two rows.

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
    visit.moves_devices("Cascina Rossa di Sopra").await;
    visit.hands_devices_over("field-crew").await;
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

    /// Ticks the devices that are online, all four, and presses a button of the bar.
    async fn does_with_all_four(&self, button: &str) {
        let browser = &self.browser;
        self.open("/acs/devices?online=true").await;
        browser.see("//tbody[count(tr) = 4]").await;
        browser.click("//input[@data-select-page]").await;
        browser.see("//*[@data-selection][not(@hidden)]").await;
        self.judge("devices-selected").await;
        browser.click(&format!("//button[.='{button}']")).await;
    }

    async fn confirms(&self, button: &str) {
        let browser = &self.browser;
        browser.see("//table[@class='diff']").await;
        browser.fill("//input[@id='confirmation']", "4").await;
        let button = format!("//main//button[@type='submit'][.='{button}']");
        browser.click(&button).await;
    }

    async fn moves_devices(&self, territory: &str) {
        let browser = &self.browser;
        self.open("/administration/territories/1").await;
        browser.click("//button[@data-open='new']").await;
        let name = "//dialog[@open]//input[@name='name']";
        browser.fill(name, territory).await;
        browser
            .click("//dialog[@open]//button[@type='submit']")
            .await;
        browser
            .see(&format!("//*[contains(., '{territory}')]"))
            .await;
        self.does_with_all_four("Move").await;
        browser.see("//h1[.='Move devices']").await;
        browser.see("//tbody[count(tr) = 1]//td[.='4']").await;
        self.judge("move-many").await;
        let field = "//input[@name='territory']";
        browser.fill(field, "nowhere").await;
        browser.click("//button[.='Show what will change']").await;
        browser.see("//*[@id='territory-error']").await;
        self.judge("move-many-refused").await;
        browser.fill(field, territory).await;
        browser.click("//button[.='Show what will change']").await;
        let there = format!("//ins[.='root / {territory}']");
        browser.see(&there).await;
        self.judge("move-many-preview").await;
        self.confirms("Move").await;
        browser
            .see("//*[@role='note'][contains(., '4 devices were moved')]")
            .await;
        self.judge("move-many-done").await;
        self.does_with_all_four("Move").await;
        browser.see(&format!("//a[.='root / {territory}']")).await;
        browser.fill(field, territory).await;
        browser.click("//button[.='Show what will change']").await;
        browser.see("//p[.='Nothing would change.']").await;
        self.judge("move-many-nothing").await;
    }

    async fn hands_devices_over(&self, name: &str) {
        let browser = &self.browser;
        self.open("/administration/users/new").await;
        browser.fill("//input[@name='name']", name).await;
        browser
            .click("//main//button[@type='submit'][contains(@class, 'primary')]")
            .await;
        browser.see("//input[@id='link']").await;
        self.does_with_all_four("Hand over or take back").await;
        browser.see("//h1[.='Hand devices over']").await;
        browser.see("//*[@class='empty']").await;
        self.judge("hand-many").await;
        browser.fill("//input[@name='name']", name).await;
        browser
            .click("//select[@name='level']/option[@value='manager']")
            .await;
        browser.click("//button[.='Show what will change']").await;
        browser.see(&format!("//ins[.='{name}: Manager']")).await;
        self.judge("hand-many-preview").await;
        self.confirms("Hand over").await;
        browser
            .see("//*[@role='note'][contains(., '4 devices were handed over')]")
            .await;
        self.judge("hand-many-done").await;
        self.does_with_all_four("Hand over or take back").await;
        browser.see(&format!("//th[.='{name}']")).await;
        self.judge("hand-many-held").await;
        browser.click("//main//a[.='Take back']").await;
        browser.see("//h1[.='Take devices back']").await;
        browser.see(&format!("//del[.='{name}: Manager']")).await;
        self.confirms("Take back").await;
        browser
            .see("//*[@role='note'][contains(., '4 devices were taken back')]")
            .await;
        self.judge("take-back-many-done").await;
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
