//! What an administrator watches, in a real Chromium: the audit trail, the security log, and bans.

use regia_testkit::TestDb;

use crate::server::{Server, place};
use crate::visit::{MANAGED, Visit};

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_reads_the_trail_and_lets_an_address_in_again() {
    let (database, place) = (TestDb::new().await, place());
    let server = Server::start_on(&database, place.path(), &MANAGED);
    let visit = Visit::new(&server).await;
    visit.logs_in().await;
    visit.reads_the_trail().await;
    visit.looks_at_the_doors().await;
    visit.ends();
}

impl Visit<'_> {
    async fn reads_the_trail(&self) {
        self.browser.click("//nav//a[contains(., 'Audit')]").await;
        self.browser.see("//h1[.='Audit']").await;
        self.browser.see("//tbody/tr[2]").await;
        self.judge("audit").await;
        self.open("/administration/audit?q=nobody").await;
        self.browser.see("//*[@class='empty']").await;
        self.judge("audit-none").await;
        self.open("/administration/audit?q=access.user.create")
            .await;
        self.browser.see("//a[contains(@href, 'format=csv')]").await;
        self.browser
            .see("//a[contains(@href, 'format=jsonl')]")
            .await;
        self.browser.click("//tbody/tr[1]/th/a").await;
        self.browser.see("//h2[.='What changed']").await;
        self.judge("audit-line").await;
        self.open("/administration/audit").await;
        self.browser.click("//button[@data-open='verify']").await;
        self.browser.see("//dialog[@id='verify'][@open]").await;
        self.judge("audit-verify").await;
        self.browser
            .click("//dialog[@id='verify']//button[@type='submit']")
            .await;
        self.browser.see("//*[contains(., 'Nothing found')]").await;
        self.judge("audit-check").await;
    }

    async fn looks_at_the_doors(&self) {
        self.open("/administration/security").await;
        self.browser.see("//h1[.='Security']").await;
        self.judge("security").await;
        self.browser.click("//button[@data-open='ban']").await;
        self.browser.see("//dialog[@id='ban'][@open]").await;
        self.judge("security-ban").await;
        self.browser
            .fill("//input[@name='address']", "2001:db8:1:2::7")
            .await;
        self.browser.fill("//input[@name='reason']", "scans").await;
        self.browser
            .click("//dialog[@id='ban']//button[@type='submit']")
            .await;
        self.browser
            .see("//th[contains(., '2001:db8:1:2::/64')]")
            .await;
        self.judge("security-banned").await;
        self.browser.click("//button[contains(., 'Let in')]").await;
        self.browser
            .see("//*[contains(., 'Nobody is kept out')]")
            .await;
    }
}
