//! Firmware in a real Chromium: an image is uploaded, a device fetches it, restarts, and tells the new
//! version; an image that does not fit is sent knowingly, and its failure is explained.

use std::path::{Path, PathBuf};

use regia_simulate::image;

use crate::server::{Server, place, request, status};
use crate::visit::{MANAGED, Visit, start_fleet};

const SERIAL: &str = "SIM000002";
const VERSION: &str = "9.1.0";
const IMAGE_BYTES: usize = 900_000;

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_upgrades_a_device_and_understands_a_failure() {
    let place = place();
    let server = Server::start_with(&place.path().join("data"), &MANAGED);
    let visit = Visit::new(&server).await;
    visit.logs_in().await;
    visit.sees_no_file_yet().await;
    let fleet = start_fleet(&server).await;
    let good = written(place.path(), "gateway-9.1.0.bin", &good());
    visit.uploads(&good, VERSION, "").await;
    visit.upgrades().await;
    visit.sees_the_new_version().await;
    let broken = written(place.path(), "other-make-5.0.0.bin", &broken());
    visit.uploads(&broken, "5.0.0", "Another Make").await;
    visit.sends_what_does_not_fit().await;
    visit.fetches_the_configuration().await;
    visit.keeps_order_among_files().await;
    fleet.stop().await;
    visit.ends();
}

fn good() -> Vec<u8> {
    image::make(VERSION, IMAGE_BYTES, 1)
}

/// The hash in its head is not that of its content.
fn broken() -> Vec<u8> {
    let mut image = image::make("5.0.0", 100_000, 2);
    image.extend_from_slice(b"damaged");
    image
}

fn written(folder: &Path, name: &str, content: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, content).unwrap();
    path
}

fn row(text: &str) -> String {
    format!("//tbody/tr[contains(., '{text}')]")
}

impl Visit<'_> {
    async fn sees_no_file_yet(&self) {
        self.open("/acs").await;
        self.browser.click("//nav//a[contains(., 'Files')]").await;
        self.browser.see("//*[@class='empty']").await;
        self.judge("empty-files").await;
    }

    async fn uploads(&self, file: &Path, version: &str, class: &str) {
        self.open("/acs/files").await;
        let new = "//main//a[@href='/acs/files/new']";
        self.browser.click(new).await;
        self.browser.see("//h1[.='Upload a file']").await;
        if class.is_empty() {
            self.judge("file-new").await;
            self.is_told_what_is_wrong(file).await;
        }
        let field = self.browser.see("//input[@name='file']").await;
        field.send_keys(file.to_str().unwrap()).await.unwrap();
        self.browser.fill("//input[@name='version']", version).await;
        let oui = if class.is_empty() { "00D09E" } else { "" };
        self.browser.fill("//input[@name='oui']", oui).await;
        let classes = "//input[@name='product_class']";
        self.browser.fill(classes, class).await;
        self.browser.click("//main//button[.='Upload']").await;
        let name = file.file_name().unwrap().to_str().unwrap();
        self.browser.see(&format!("//h1[.='{name}']")).await;
    }

    /// The server's own words stand in the form, and nothing that was filled in is lost.
    async fn is_told_what_is_wrong(&self, file: &Path) {
        let field = self.browser.see("//input[@name='file']").await;
        field.send_keys(file.to_str().unwrap()).await.unwrap();
        self.browser.fill("//input[@name='oui']", "no").await;
        self.browser.click("//main//button[.='Upload']").await;
        let alert = "//*[@role='alert'][contains(., 'six hex digits')]";
        self.browser.see(alert).await;
        self.judge("file-new-refused").await;
        self.open("/acs/files/new").await;
    }

    async fn opens_device(&self) {
        self.open(&format!("/acs/devices?q={SERIAL}")).await;
        self.browser.click(&format!("//a[.='{SERIAL}']")).await;
        self.browser.see(&format!("//h1[.='{SERIAL}']")).await;
    }

    async fn upgrades(&self) {
        self.opens_device().await;
        let name = "//dt[.='Wi-Fi name']/following-sibling::dd[1]/span[string-length(.) > 0]";
        self.browser.see(name).await;
        self.browser.click("//main//a[.='Upgrade']").await;
        let image = row("gateway-9.1.0.bin");
        self.browser
            .see(&format!("{image}[contains(., 'Fits this device')]"))
            .await;
        self.judge("device-upgrade").await;
        self.browser.click(&format!("{image}//button")).await;
        self.browser
            .see(&format!("//dialog[@open]//ins[.='{VERSION}']"))
            .await;
        self.judge("device-upgrade-ask").await;
        self.browser
            .click("//dialog[@open]//button[@type='submit']")
            .await;
        // Each comes by itself, as the device does it.
        for step in [
            "Fetched 879",
            "Device says it is over",
            &format!("Runs {VERSION}"),
        ] {
            let done = format!("//tbody/tr[1]//li[@data-tone='ok'][contains(., '{step}')]");
            self.browser.see(&done).await;
        }
        self.browser.see("//tbody/tr[1][contains(., 'Done')]").await;
        self.judge("device-upgraded").await;
    }

    async fn sees_the_new_version(&self) {
        let told = format!("//*[@class='status-line'][contains(., '{VERSION}')]");
        self.opens_device().await;
        self.browser.see(&told).await;
        self.browser
            .click("//a[.='Timeline'][contains(@class, 'tab')]")
            .await;
        // It restarted to run the image.
        let restarted = "//*[@class='timeline']/li[contains(., '1 BOOT')][contains(., '7 TRANSFER COMPLETE') or contains(., 'M Download')]";
        self.browser.see(restarted).await;
        self.browser.click("//main//a[.='Upgrade']").await;
        self.browser
            .see(&format!(
                "{}[contains(., 'It runs this version')]",
                row("gateway")
            ))
            .await;
        self.browser
            .click(&format!("{}//th//a", row("gateway")))
            .await;
        self.browser.see(&format!("//table//a[.='{SERIAL}']")).await;
        self.judge("file").await;
        self.browser
            .click("//dt[.='Devices that run it']/following-sibling::dd[1]/a")
            .await;
        self.browser
            .see(&format!("//tbody[count(tr) = 1]//a[.='{SERIAL}']"))
            .await;
    }

    async fn sends_what_does_not_fit(&self) {
        self.opens_device().await;
        self.browser.click("//main//a[.='Upgrade']").await;
        let image = row("other-make-5.0.0.bin");
        self.browser
            .see(&format!("{image}[contains(., 'product class')]"))
            .await;
        self.browser.click(&format!("{image}//button")).await;
        let submit = "//dialog[@open]//button[@type='submit']";
        let shut = self.browser.see(submit).await;
        assert!(!shut.is_enabled().await.unwrap(), "nothing is typed yet");
        self.judge("device-misfit-ask").await;
        let phrase = "//dialog[@open]//input[@name='confirmation']";
        self.browser.fill(phrase, SERIAL).await;
        self.browser.click(submit).await;
        let failed = "//tbody/tr[1][contains(., 'Failed')][contains(., '9018')]";
        let text = self.browser.see(failed).await.text().await.unwrap();
        for expected in [
            "other-make-5.0.0.bin",
            "Device reports a fault",
            "the hash of the image does not fit its content",
        ] {
            assert!(text.contains(expected), "{text}");
        }
        self.judge("device-upgrade-failed").await;
    }

    async fn fetches_the_configuration(&self) {
        self.opens_device().await;
        let more = "//summary[@aria-label='More actions']";
        self.browser.click(more).await;
        self.browser.click("//button[@data-open='fetch']").await;
        self.browser.see("//dialog[@id='fetch'][@open]").await;
        self.judge("device-fetch").await;
        self.browser
            .click("//dialog[@open]//button[@type='submit']")
            .await;
        let done = "//tbody/tr[1][contains(., 'Done')]//li[contains(., 'File arrived')]";
        self.browser.see(done).await;
        self.browser.click("//tbody/tr[1]//th//a").await;
        self.browser.see("//a[@download]").await;
        self.judge("file-of-device").await;
        let content = self.address_of("//a[@download]").await;
        let answer = self.gets(&content, &["Accept-Encoding: gzip"]).await;
        assert!(
            answer.contains("attachment; filename=\"config-"),
            "{answer}"
        );
        let length = answer.to_lowercase().contains("content-length: ");
        assert!(length, "{answer}");
        assert!(answer.contains("SoftwareVersion="), "{answer}");
    }

    async fn keeps_order_among_files(&self) {
        self.open("/acs/files").await;
        self.browser.see("//tbody/tr[3]").await;
        self.judge("files").await;
        self.open("/acs/files?q=gateway").await;
        self.browser.see("//tbody[count(tr) = 1]").await;
        self.open("/acs/files?q=none").await;
        self.browser.see("//*[@class='empty']").await;
        let csv = self.gets("/acs/files?format=csv&from=people", &[]).await;
        assert_eq!(csv.matches(",00D09E,").count(), 1, "{csv}");
        self.open("/acs/files?q=other").await;
        self.browser.click("//tbody//th//a").await;
        self.browser
            .click("//button[contains(., 'Change what it fits')]")
            .await;
        self.browser
            .fill("//dialog[@open]//input[@name='version']", "5.0.1")
            .await;
        self.judge("file-edit").await;
        self.browser
            .click("//dialog[@open]//button[@type='submit']")
            .await;
        self.browser
            .see("//*[@class='status-line'][contains(., '5.0.1')]")
            .await;
        self.browser
            .click("//main//button[@data-open='delete']")
            .await;
        self.judge("file-delete").await;
        self.browser
            .click("//dialog[@open]//button[@type='submit']")
            .await;
        self.browser.see("//tbody[count(tr) = 2]").await;
    }

    async fn address_of(&self, link: &str) -> String {
        let href = self.browser.see(link).await.attr("href").await.unwrap();
        href.unwrap()
    }

    /// What the browser's login is answered.
    async fn gets(&self, path: &str, more: &[&str]) -> String {
        let cookies = self.browser.client().get_all_cookies().await.unwrap();
        let cookies = cookies.iter().map(|cookie| cookie.stripped().to_string());
        let cookies = format!("Cookie: {}", cookies.collect::<Vec<_>>().join("; "));
        let line = format!("GET {path}");
        let headers = [&[cookies.as_str()], more].concat();
        let answer = request(&self.server.console, &line, &headers, "");
        assert_eq!(status(&answer), 200, "{path}: {answer}");
        answer
    }
}
