//! How a script comes in, in a real Chromium: a person makes a key for it, copies it, replaces it, and
//! ends it.

use regia_testkit::TestDb;

use crate::server::{Server, place, request, status};
use crate::visit::{MANAGED, Visit};

const SUBMIT: &str = "//main//button[@type='submit'][contains(@class, 'primary')]";

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_made_copied_used_replaced_and_revoked() {
    let (database, place) = (TestDb::new().await, place());
    let server = Server::start_on(&database, place.path(), &MANAGED);
    let visit = Visit::new(&server).await;
    visit.logs_in().await;
    let key = visit.makes_a_key().await;
    assert_eq!(visit.asks_with(&key), 200);
    visit.looks_at_the_keys(&database).await;
    let next = visit.replaces_the_key().await;
    assert_eq!((visit.asks_with(&key), visit.asks_with(&next)), (200, 200));
    visit.revokes_the_key().await;
    assert_eq!((visit.asks_with(&key), visit.asks_with(&next)), (401, 401));
    visit.makes_a_key_for_the_installation().await;
    visit.ends();
}

impl Visit<'_> {
    /// What a script is answered that may look at devices.
    fn asks_with(&self, key: &str) -> u16 {
        let header = format!("X-API-Key: {key}");
        let answer = request(
            &self.server.console,
            "GET /api/v1/acs/devices?limit=1",
            &[&header],
            "",
        );
        status(&answer)
    }

    async fn makes_a_key(&self) -> String {
        self.open("/account").await;
        self.browser.click("//a[contains(., 'My API keys')]").await;
        self.browser.see("//*[@class='empty']").await;
        self.judge("keys-none").await;
        self.browser
            .click("//main//a[contains(., 'New key')]")
            .await;
        self.browser.see("//h1[.='New API key']").await;
        self.judge("key-new").await;
        let name = "Weekly report of the provisioning department, north and south";
        self.browser.fill("//input[@name='name']", name).await;
        self.browser.click(SUBMIT).await;
        self.browser
            .see("//*[contains(., 'Choose what the key may do')]")
            .await;
        self.judge("key-new-refused").await;
        for name in ["acs.device.read", "acs.task.read"] {
            let path = format!("//input[@value='{name}']");
            self.browser.click(&path).await;
        }
        self.browser.click(SUBMIT).await;
        let key = self.sees_a_key_once("key-made").await;
        self.browser.click("//a[.='I have kept it']").await;
        key
    }

    /// The key that is shown, and that the button copies the same.
    async fn sees_a_key_once(&self, picture: &str) -> String {
        self.browser.see("//input[@id='key']").await;
        self.judge(picture).await;
        let key = "return document.getElementById('key').value";
        let key = self.browser.run(key).await;
        let key = key.as_str().unwrap().to_owned();
        let copied = "return document.querySelector('[data-copy]').dataset.copy";
        assert_eq!(self.browser.run(copied).await, key);
        self.browser.click("//button[@data-copy][1]").await;
        self.browser.see("//*[contains(@class, 'toast')]").await;
        key
    }

    async fn looks_at_the_keys(&self, database: &TestDb) {
        // What a script has used meanwhile, the page shows when it is opened again.
        self.open("/account/keys").await;
        let link = "//a[contains(., 'Weekly report')]";
        self.browser.click(link).await;
        self.browser.see("//dd[contains(., '127.0.0.1')]").await;
        self.judge("key").await;
        database
            .own("update access.api_key set expires_at = now() + interval '9 days' where user_id = 1")
            .await;
        self.open("/administration/keys").await;
        self.browser.see("//tbody/tr[2]").await;
        self.browser.see("//tr[contains(., 'Ends soon')]").await;
        self.judge("keys").await;
        self.open("/administration/keys?q=nothing").await;
        self.browser.see("//*[@class='empty']").await;
        self.judge("keys-no-match").await;
    }

    async fn replaces_the_key(&self) -> String {
        self.open("/account/keys").await;
        self.browser
            .click("//a[contains(., 'Weekly report')]")
            .await;
        self.browser
            .see("//*[@role='note'][contains(., 'two weeks')]")
            .await;
        self.judge("key-ends-soon").await;
        self.browser.click("//button[@data-open='rotate']").await;
        self.browser.see("//dialog[@id='rotate'][@open]").await;
        self.judge("key-replace").await;
        self.browser
            .click("//dialog[@id='rotate']//button[@type='submit']")
            .await;
        self.browser
            .see("//p[contains(., 'The key before is good until')]")
            .await;
        let key = self.sees_a_key_once("key-replaced").await;
        self.browser.click("//a[.='I have kept it']").await;
        self.browser.see("//dt[.='Key before']").await;
        key
    }

    async fn revokes_the_key(&self) {
        self.browser.click("//button[@data-open='revoke']").await;
        self.browser.see("//dialog[@id='revoke'][@open]").await;
        self.judge("key-revoke").await;
        self.browser
            .click("//dialog[@id='revoke']//button[@type='submit']")
            .await;
        self.browser.see("//tr[contains(., 'Revoked')]").await;
        self.browser
            .click("//a[contains(., 'Weekly report')]")
            .await;
        self.browser.see("//dt[.='Revoked']").await;
        self.judge("key-revoked").await;
    }

    async fn makes_a_key_for_the_installation(&self) {
        self.open("/administration/keys/new").await;
        self.browser.fill("//input[@name='name']", "billing").await;
        self.judge("key-new-for-others").await;
        self.browser.click("//input[@name='everything']").await;
        self.browser.click("//input[@name='installation']").await;
        self.browser.click(SUBMIT).await;
        self.browser.see("//input[@id='key']").await;
        self.open("/administration/keys").await;
        let row = "//tr[contains(., 'billing')][contains(., 'The installation')][contains(., 'Everything')]";
        self.browser.see(row).await;
    }
}
