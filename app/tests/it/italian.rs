//! The whole console in Italian, in a real Chromium: chosen at the door, kept with the account.

use std::collections::BTreeSet;
use std::path::Path;

use regia_clock::{Chance, Clock};
use regia_console::live::Live;
use regia_console::locale::Locale;
use regia_console::{Console, Parts};
use regia_testkit::TestDb;

use crate::server::{Server, place};
use crate::visit::{MANAGED, PASSWORD, Visit, start_fleet};

const SUBMIT: &str = "//main//button[@type='submit'][contains(@class, 'primary')]";

#[tokio::test(flavor = "multi_thread")]
async fn an_italian_reads_everything_in_italian() {
    let (database, place) = (TestDb::new().await, place());
    let server = Server::start_on(&database, place.path(), &MANAGED);
    let visit = Visit::new(&server).await;
    visit.chooses_italian_at_the_door().await;
    let fleet = start_fleet(&server).await;
    visit.reads_every_page().await;
    visit.reads_a_device().await;
    visit.is_refused_in_italian().await;
    visit.keeps_the_language_with_the_account().await;
    fleet.stop().await;
    visit.ends();
}

impl Visit<'_> {
    async fn language(&self) -> String {
        let language = "return document.documentElement.lang";
        let language = self.browser.run(language).await;
        language.as_str().unwrap().to_owned()
    }

    async fn chooses_italian_at_the_door(&self) {
        self.open("/acs/devices").await;
        self.browser.see("//h1[.='Log in']").await;
        self.browser.click("//a[@hreflang='it']").await;
        self.browser.see("//h1[.='Accesso']").await;
        assert_eq!(self.language().await, "it");
        self.judge("it-login").await;
        self.browser.fill("//input[@name='name']", "admin").await;
        let field = "//input[@name='password']";
        self.browser.fill(field, "sbagliata").await;
        self.browser.click(SUBMIT).await;
        self.browser
            .see("//*[@role='alert'][contains(., 'Nome utente o password errati.')]")
            .await;
        self.browser.fill("//input[@name='name']", "admin").await;
        self.browser.fill(field, PASSWORD).await;
        self.browser.click(SUBMIT).await;
        // Where they wanted to go before they chose.
        self.browser.see("//h1[.='Dispositivi']").await;
    }

    async fn reads_every_page(&self) {
        for (path, title) in [
            ("/acs", "Panoramica"),
            ("/acs/devices", "Dispositivi"),
            ("/acs/devices/move?matching=", "Sposta dispositivi"),
            (
                "/acs/devices/move?matching=&territory=1",
                "Sposta dispositivi",
            ),
            ("/acs/devices/hand?matching=", "Affida dispositivi"),
            (
                "/acs/devices/hand?matching=&name=admin&level=manager",
                "Affida dispositivi",
            ),
            (
                "/acs/devices/take-back?matching=&name=admin",
                "Riprendi dispositivi",
            ),
            ("/acs/tasks", "Attività"),
            ("/acs/files", "File"),
            ("/acs/searches", "Ricerca per parametro"),
            ("/acs/searches/indexed", "Ricerca per parametro"),
            ("/acs/tasks/bulks", "Comandi massivi"),
            ("/acs/devices/imports", "Importa dispositivi"),
            ("/acs/onboarding", "Nuovi dispositivi"),
            ("/administration/territories", "Territori"),
            ("/administration/users", "Utenti"),
            ("/administration/users/new", "Invita un utente"),
            ("/administration/users/1", "admin"),
            ("/administration/roles", "Ruoli"),
            ("/administration/roles/operator", "Operatore"),
            ("/administration/roles/new", "Nuovo ruolo"),
            ("/administration/audit", "Audit"),
            ("/administration/security", "Sicurezza"),
            ("/administration/keys", "Chiavi API"),
            ("/administration/keys/1", "first key"),
            ("/account/keys", "Le mie chiavi API"),
            ("/account/keys/new", "Nuova chiave API"),
            ("/account", "Il mio account"),
            ("/account/second-factor", "Configura il secondo fattore"),
        ] {
            self.open(path).await;
            self.browser.see("//h1").await;
            let heading = "return document.querySelector('h1').innerText.trim()";
            let heading = self.browser.run(heading).await;
            assert!(
                heading.as_str().unwrap().contains(title),
                "{path}: {heading} is not {title}"
            );
            assert_eq!(self.language().await, "it", "{path}");
            let name = path.replace(['/', '?', '&', '='], "-");
            self.judge(&format!("it{name}")).await;
        }
    }

    async fn reads_a_device(&self) {
        self.open("/acs/devices").await;
        self.browser.click("//a[.='SIM000002']").await;
        self.browser.see("//h1[.='SIM000002']").await;
        self.browser
            .see("//dt[.='Nome Wi-Fi']/following-sibling::dd[1]/span[string-length(.) > 0]")
            .await;
        self.judge("it-device").await;
        for (tab, seen) in [
            ("Parametri", "//*[@class='tree']"),
            ("Attività", "//tbody/tr[1]"),
            ("Cronologia", "//*[@class='timeline']/li[1]"),
            ("Traccia", "//*[@class='empty']"),
        ] {
            let path = format!("//a[contains(., '{tab}')][contains(@class, 'tab')]");
            self.browser.click(&path).await;
            self.browser.see(seen).await;
            self.judge(&format!("it-device-{tab}")).await;
        }
    }

    async fn is_refused_in_italian(&self) {
        self.open("/acs/devices/999999").await;
        self.browser
            .see("//p[.='Questo dispositivo non esiste.']")
            .await;
        // What the code itself says, with the number that was asked for.
        self.browser
            .see("//p[@lang='en'][contains(., '999999')]")
            .await;
        self.judge("it-not-found").await;
    }

    async fn keeps_the_language_with_the_account(&self) {
        self.open("/account").await;
        self.browser
            .click("//select[@name='language']/option[@value='it']")
            .await;
        self.browser
            .click("//form[@action='/account/language']//button")
            .await;
        self.browser.see("//h1[.='Il mio account']").await;
        // In another browser, which asks for English.
        self.browser
            .client()
            .delete_cookie("regia_language")
            .await
            .unwrap();
        self.open("/acs").await;
        self.browser.see("//h1[.='Panoramica']").await;
        let kept = self
            .browser
            .client()
            .get_named_cookie("regia_language")
            .await;
        assert_eq!(kept.unwrap().value(), "it");
        self.open("/account").await;
        self.browser
            .click("//select[@name='language']/option[@value='en']")
            .await;
        self.browser
            .click("//form[@action='/account/language']//button")
            .await;
        self.browser.see("//h1[.='My account']").await;
    }
}

/// The codes of problems in the sources of kernel and modules: `access.denied`, and what else stands
/// there as a word of its own and begins like one.
fn codes() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut folders = vec![root.join("kernel"), root.join("modules")];
    let mut found = BTreeSet::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() && !["node_modules", "tests", "examples"].contains(&name.as_str()) {
                folders.push(path);
            } else if name.ends_with(".rs") && name != "tests.rs" {
                let text = std::fs::read_to_string(&path).unwrap();
                let text = text.split("#[cfg(test)]").next().unwrap_or_default();
                found.extend(
                    text.split('"')
                        .filter(|text| is_code(text))
                        .map(str::to_owned),
                );
            }
        }
    }
    found.into_iter().collect()
}

fn is_code(text: &str) -> bool {
    let word = |word: &str| word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    text.split_once('.').is_some_and(|(module, reason)| {
        ["access", "web", "store"].contains(&module) && !reason.is_empty() && word(reason)
    })
}

#[test]
fn every_problem_of_the_kernel_has_its_sentence_in_italian() {
    /// Names of settings and of a start that fails before there is a console.
    const OTHERS: [&str; 2] = ["web.tls_certificate", "store.cluster"];
    let messages = [
        regia_acs::MESSAGES.as_slice(),
        &regia_account::MESSAGES,
        &regia_administration::MESSAGES,
        &regia_oversight::MESSAGES,
    ];
    let console = Console::new(Parts {
        messages: messages.concat(),
        navigation: Vec::new(),
        search: None,
        clock: Clock::system(),
        live: Live::new(Chance::seeded(1)),
    })
    .unwrap();
    let codes = codes();
    assert!(codes.len() > 60, "{codes:?}");
    let missing: Vec<_> = codes
        .iter()
        .filter(|code| !OTHERS.contains(&code.as_str()))
        .filter(|code| {
            let key = format!("fault.{code}.text");
            console.catalog().own(Locale::It, &key).is_none()
        })
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}
