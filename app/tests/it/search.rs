//! How an operator finds devices in a real Chromium: by the keyboard, by an indexed parameter, and by
//! any other.

use fantoccini::key::Key;

use crate::server::{Server, eventually, place};
use crate::visit::{MANAGED, Visit, start_fleet};

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_finds_devices_by_name_and_by_parameter() {
    let place = place();
    let server = Server::start_with(&place.path().join("data"), &MANAGED);
    let visit = Visit::new(&server).await;
    visit.logs_in().await;
    let fleet = start_fleet(&server).await;
    eventually("parameters that are read", || {
        let path = "/api/v1/acs/devices?parameter=DeviceInfo.ModelName&matching=prefix&value=h\
                    &count=exact&limit=1";
        server.get_with_key(path).1.contains("\"total\":4")
    });
    visit.opens_a_device_with_the_keyboard().await;
    visit.searches_without_typing_fast().await;
    visit.filters_by_an_indexed_parameter().await;
    visit.searches_in_the_background().await;
    visit.indexes_and_gives_up().await;
    fleet.stop().await;
    visit.ends();
}

impl Visit<'_> {
    async fn opens_a_device_with_the_keyboard(&self) {
        self.open("/acs").await;
        let control_k = format!("{}k{}", char::from(Key::Control), char::from(Key::Null));
        let page = self.browser.see("//body").await;
        page.send_keys(&control_k).await.unwrap();
        self.browser
            .see("//*[@id='answers']//a[contains(., 'Parameter search')]")
            .await;
        self.judge("palette").await;
        self.browser.fill("//*[@id='search']", "sim000003").await;
        self.browser
            .see("//*[@id='answers']//*[@data-text='sim000003']//a[contains(., 'SIM000003')]")
            .await;
        self.judge("palette-device").await;
        let field = self.browser.see("//*[@id='search']").await;
        field.send_keys(&Key::Enter.to_string()).await.unwrap();
        self.browser.see("//h1[.='SIM000003']").await;
    }

    async fn searches_without_typing_fast(&self) {
        self.open("/search?q=SIM").await;
        self.browser
            .see("//main//a[contains(., 'SIM000001')]")
            .await;
        self.judge("search").await;
        self.open("/search?q=nothing-is-named-so").await;
        self.browser.see("//main//*[@class='empty']").await;
        self.judge("search-none").await;
        // A whole serial number leads to its device.
        self.open("/search?q=SIM000002").await;
        self.browser.see("//h1[.='SIM000002']").await;
    }

    async fn filters_by_an_indexed_parameter(&self) {
        self.open("/acs/devices").await;
        self.browser
            .click("//summary[contains(., 'Parameter')]")
            .await;
        self.browser
            .click("//select[@name='parameter']/option[.='DeviceInfo.SoftwareVersion']")
            .await;
        self.browser
            .click("//select[@name='matching']/option[.='begins with']")
            .await;
        self.browser.fill("//input[@name='value']", "1.").await;
        self.judge("devices-parameter").await;
        self.browser.click("//button[.='Apply']").await;
        self.browser
            .see("//*[@class='chips'][contains(., 'DeviceInfo.SoftwareVersion begins with')]")
            .await;
        self.browser.see("//tbody[count(tr) = 4]").await;
        self.judge("devices-by-parameter").await;
        self.browser.click("//*[@class='chips']/a[1]").await;
        self.browser.see("//tbody[count(tr) = 4]").await;
        self.open("/acs/devices?parameter=DeviceInfo.Manufacturer&value=regia")
            .await;
        self.browser.see("//*[@class='empty']").await;
        self.judge("devices-not-indexed").await;
    }

    async fn searches_in_the_background(&self) {
        // What was asked of the list is in the form.
        self.browser
            .click("//a[.='Search in the background']")
            .await;
        self.judge("searches-empty").await;
        let way = "//select[@name='matching']/option[.='begins with']";
        self.browser.click(way).await;
        self.browser
            .click("//main//button[contains(., 'Search')]")
            .await;
        self.browser.see("//h1[.='DeviceInfo.Manufacturer']").await;
        self.browser.see("//main//tbody/tr[4]").await;
        self.browser
            .see("//*[@id='search-part'][contains(., 'Done')]")
            .await;
        self.judge("search-done").await;
        self.open("/acs/searches").await;
        self.browser.see("//tbody/tr[contains(., 'Done')]").await;
        self.judge("searches").await;
        self.browser.fill("//input[@name='path']", "Device.").await;
        self.browser.fill("//input[@name='value']", "x").await;
        self.browser
            .click("//main//button[contains(., 'Search')]")
            .await;
        self.browser.see("//*[@class='error']").await;
        self.judge("searches-refused").await;
    }

    async fn indexes_and_gives_up(&self) {
        self.open("/acs/searches/indexed").await;
        self.judge("indexed").await;
        let path = "DeviceInfo.Manufacturer";
        self.browser.fill("//input[@name='path']", path).await;
        self.browser
            .click("//main//button[contains(., 'Index a parameter')]")
            .await;
        self.browser
            .see("//*[contains(., '4 devices are read')]")
            .await;
        self.judge("indexed-ask").await;
        self.browser
            .click("//main//button[contains(., 'Index a parameter')]")
            .await;
        let row = format!("//tr[contains(., '{path}')]");
        self.browser
            .see(&format!("{row}[contains(., 'Ready')]"))
            .await;
        self.browser
            .click(&format!("{row}//button[.='Give up']"))
            .await;
        self.browser.see("//dialog[@open]").await;
        self.judge("indexed-give-up").await;
        self.browser
            .click("//dialog[@open]//button[@type='submit']")
            .await;
        self.browser
            .see(&format!("//table[not(contains(., '{path}'))]"))
            .await;
    }
}
