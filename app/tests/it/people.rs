//! How a person comes in, in a real Chromium: invited with a link, welcomed, with a second factor.

use std::time::Duration;

use regia_clock::Clock;
use regia_credentials::OneTimeKey;
use regia_testkit::TestDb;

use crate::server::{Server, place};
use crate::visit::{MANAGED, Visit};

const PASSWORD: &str = "stapler anchovy lantern";
const SUBMIT: &str = "//main//button[@type='submit'][contains(@class, 'primary')]";

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_invited_and_comes_in_with_a_second_factor() {
    let (database, place) = (TestDb::new().await, place());
    let server = Server::start_on(&database, place.path(), &MANAGED);
    let visit = Visit::new(&server).await;
    visit.logs_in().await;
    let link = visit.invites("maria").await;
    visit.looks_at_users().await;
    visit.leaves("admin").await;
    visit.is_welcomed(&link).await;
    visit.enters("maria", PASSWORD).await;
    visit.browser.see("//h1[.='Overview']").await;
    let key = visit.sets_up_a_second_factor().await;
    visit.looks_at_the_account().await;
    visit.leaves("maria").await;
    visit.comes_in_with_a_code(&key).await;
    visit.ends();
}

impl Visit<'_> {
    async fn invites(&self, name: &str) -> String {
        self.open("/acs").await;
        self.browser.click("//nav//a[contains(., 'Users')]").await;
        self.browser.see("//h1[.='Users']").await;
        self.browser.click("//a[contains(., 'Invite user')]").await;
        self.browser.fill("//input[@name='name']", "no name").await;
        self.judge("user-new").await;
        self.browser.click(SUBMIT).await;
        self.browser.see("//*[@role='alert']").await;
        self.judge("user-new-refused").await;
        self.browser.fill("//input[@name='name']", name).await;
        let full_name = "Maria Antonietta Bianchi-Castelli della Rovere";
        self.browser
            .fill("//input[@name='full_name']", full_name)
            .await;
        self.browser
            .click("//select[@name='role']/option[@value='operator']")
            .await;
        self.browser.click(SUBMIT).await;
        self.browser.see("//input[@id='link']").await;
        self.judge("user-link").await;
        let link = "return document.getElementById('link').value";
        let link = self.browser.run(link).await;
        let link = link.as_str().unwrap();
        let copied = "return document.querySelector('[data-copy]').dataset.copy";
        assert_eq!(self.browser.run(copied).await, link);
        let base = format!("http://{}/", self.server.console);
        let path = link.strip_prefix(&base);
        format!(
            "/{}",
            path.unwrap_or_else(|| panic!("{link} is not below {base}"))
        )
    }

    async fn looks_at_users(&self) {
        self.browser.click("//a[.='Go to the user']").await;
        self.browser.see("//h1[.='maria']").await;
        self.judge("user-invited").await;
        self.open("/administration/users").await;
        self.browser.see("//tbody/tr[2]").await;
        self.judge("users").await;
        self.open("/administration/users?q=nobody").await;
        self.browser.see("//*[@class='empty']").await;
        self.judge("users-none").await;
        self.open("/administration/users").await;
        self.browser.click("//a[.='admin']").await;
        self.browser.see("//h1[.='admin']").await;
        self.judge("user").await;
        self.browser.click("//button[@data-open='suspend']").await;
        self.browser.see("//dialog[@id='suspend'][@open]").await;
        self.judge("user-suspend").await;
        self.browser
            .click("//dialog[@id='suspend']//button[@type='submit']")
            .await;
        // The last who may let others in stays.
        self.browser
            .see("//p[contains(., 'last super administrator')]")
            .await;
        self.judge("user-last").await;
    }

    async fn leaves(&self, name: &str) {
        self.open("/acs").await;
        self.browser
            .click(&format!("//summary[@aria-label='Account {name}']"))
            .await;
        self.browser.click("//button[contains(., 'Log out')]").await;
        self.browser.see("//h1[.='Log in']").await;
    }

    async fn is_welcomed(&self, link: &str) {
        self.open(link).await;
        self.browser.see("//h1[contains(., 'Welcome')]").await;
        self.judge("welcome").await;
        self.chooses("password1234").await;
        self.browser.see("//*[@role='alert']").await;
        self.judge("welcome-refused").await;
        self.chooses(PASSWORD).await;
        self.browser.see("//h1[.='Done']").await;
        self.judge("welcome-done").await;
        self.open(link).await;
        self.browser.see("//h1[.='This link was used']").await;
        self.judge("welcome-used").await;
        self.browser.click("//a[.='Log in']").await;
    }

    async fn chooses(&self, password: &str) {
        for field in ["password", "repeat"] {
            let path = format!("//input[@name='{field}']");
            self.browser.fill(&path, password).await;
        }
        self.browser.click(SUBMIT).await;
    }

    async fn enters(&self, name: &str, password: &str) {
        self.browser.see("//h1[.='Log in']").await;
        self.browser.fill("//input[@name='name']", name).await;
        let field = "//input[@name='password']";
        self.browser.fill(field, password).await;
        self.browser.click(SUBMIT).await;
    }

    async fn sets_up_a_second_factor(&self) -> OneTimeKey {
        self.browser
            .click("//summary[@aria-label='Account maria']")
            .await;
        self.browser.click("//a[contains(., 'My account')]").await;
        self.browser.see("//h1[.='My account']").await;
        self.judge("account").await;
        self.browser.click("//a[contains(., 'Set up')]").await;
        self.judge("second-factor").await;
        self.browser
            .click("//button[.='Show the code to scan']")
            .await;
        self.browser.see("//*[@class='qr']").await;
        self.judge("second-factor-scan").await;
        let text = "return document.querySelector('[data-copy]').dataset.copy";
        let text = self.browser.run(text).await;
        let key = OneTimeKey::from_text(text.as_str().unwrap()).unwrap();
        let code = key.code_at(Clock::system().now()).unwrap();
        self.browser.fill("//input[@name='code']", &code).await;
        self.browser.click(SUBMIT).await;
        self.browser.see("//h1[.='Recovery codes']").await;
        self.judge("recovery-codes").await;
        self.browser.click("//a[.='I have kept them']").await;
        key
    }

    async fn looks_at_the_account(&self) {
        self.browser.see("//button[@data-open='remove']").await;
        self.judge("account-second-factor").await;
        self.browser.click("//button[@data-open='remove']").await;
        self.browser.see("//dialog[@id='remove'][@open]").await;
        self.judge("account-remove").await;
    }

    async fn comes_in_with_a_code(&self, key: &OneTimeKey) {
        self.enters("maria", PASSWORD).await;
        self.browser.see("//h1[.='One more step']").await;
        self.judge("login-code").await;
        self.browser.fill("//input[@name='code']", "000000").await;
        self.browser.click(SUBMIT).await;
        self.browser.see("//*[@role='alert']").await;
        self.judge("login-code-refused").await;
        // The next one: the present one may have been used above.
        let at = Clock::system().now() + Duration::from_secs(30);
        let code = key.code_at(at).unwrap();
        self.browser.fill("//input[@name='code']", &code).await;
        self.browser.click(SUBMIT).await;
        self.browser.see("//h1[.='Overview']").await;
    }
}
