//! A person from the first link on, in a real Chromium: invited, welcomed, with a second factor, and
//! refused once an administrator has taken the role away, which the trail and the security log tell.

use std::time::Duration;

use regia_clock::Clock;
use regia_credentials::OneTimeKey;
use regia_testkit::TestDb;

use crate::server::{Server, eventually, place};
use crate::visit::{MANAGED, Visit};

const PASSWORD: &str = "stapler anchovy lantern";
const SUBMIT: &str = "//main//button[@type='submit'][contains(@class, 'primary')]";

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_invited_comes_in_and_is_refused_once_the_role_is_gone() {
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
    visit.may_import().await;
    let administrator = Visit::new(&server).await;
    administrator.open("/administration/users").await;
    administrator.enters("admin", crate::visit::PASSWORD).await;
    administrator.makes_a_viewer_of("maria").await;
    visit.may_no_longer_import().await;
    administrator.reads_the_refusal("maria").await;
    administrator.reads_the_change().await;
    administrator.ends();
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

    async fn may_import(&self) {
        self.open("/acs/devices/imports").await;
        self.browser.see("//h1[.='Import devices']").await;
        self.browser.see("//input[@type='file']").await;
        self.judge("imports-operator").await;
    }

    async fn makes_a_viewer_of(&self, name: &str) {
        self.browser.click(&format!("//a[.='{name}']")).await;
        self.browser
            .click("//select[@name='role']/option[@value='viewer']")
            .await;
        self.browser
            .click("//form[substring(@action, string-length(@action) - 8) = '/mandates']//button")
            .await;
        self.browser.see("//tr/th[starts-with(., 'Viewer')]").await;
        self.judge("user-two-roles").await;
        self.browser
            .click("//tr[th[starts-with(., 'Operator')]]//button[@type='submit']")
            .await;
        self.browser
            .see("//tbody[not(.//th[starts-with(., 'Operator')])]")
            .await;
        self.browser.see("//tr/th[starts-with(., 'Viewer')]").await;
        self.judge("user-viewer").await;
    }

    /// The login goes on: the next request already counts.
    async fn may_no_longer_import(&self) {
        self.open("/acs/devices/imports").await;
        self.browser.see("//h1[.='You may not do this']").await;
        self.browser
            .see("//h2[contains(., 'acs.import.read')]")
            .await;
        self.judge("no-permission").await;
        self.open("/acs/devices").await;
        self.browser.see("//h1[.='Devices']").await;
        let offered = "return document.body.innerHTML.includes('/acs/devices/imports')";
        assert_eq!(self.browser.run(offered).await, false);
        self.judge("devices-viewer").await;
    }

    async fn reads_the_refusal(&self, name: &str) {
        let noted = "/api/v1/security/events?kind=denied";
        eventually("the refusal in the log", || {
            self.server
                .get_with_key(noted)
                .1
                .contains("acs.import.read")
        });
        self.browser
            .click("//nav//a[contains(., 'Security')]")
            .await;
        self.browser.see("//h1[.='Security']").await;
        self.browser
            .click("//select[@name='kind']/option[@value='denied']")
            .await;
        let told = format!(
            "//tr[th[contains(., 'Not allowed')]][contains(., 'user {name}')][contains(., 'acs.import.read')]"
        );
        self.browser.see(&told).await;
        self.judge("security-denied").await;
        for format in ["csv", "jsonl"] {
            let link = format!("//a[contains(@href, 'kind=denied')][contains(@href, '{format}')]");
            self.browser.see(&link).await;
        }
    }

    async fn reads_the_change(&self) {
        self.browser.click("//nav//a[contains(., 'Audit')]").await;
        for (action, seen) in [
            (
                "access.mandate.give",
                "//tr[th[.='role']]/td[2]/ins[.='viewer']",
            ),
            (
                "access.mandate.end",
                "//tr[th[.='role']]/td[1]/del[.='operator']",
            ),
        ] {
            self.open(&format!("/administration/audit?q={action}"))
                .await;
            self.browser.see("//tbody/tr[1]/td[.//a[.='admin']]").await;
            self.judge(&format!("audit-{action}")).await;
            self.browser.click("//tbody/tr[1]/th/a").await;
            self.browser.see("//h2[.='What changed']").await;
            self.browser.see(seen).await;
            self.judge(&format!("audit-line-{action}")).await;
        }
    }
}
