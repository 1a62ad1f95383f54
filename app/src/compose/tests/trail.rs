//! Every line that a change leaves in the audit trail leads to what it is about.

use std::collections::BTreeSet;

use serde_json::Value;

use super::routes::{ROLES, Row};
use super::site::{Asker, Site};
use super::{Found, ROOT, nothing_wrong, person_for};

/// Kinds of objects that have no page, and why.
const NO_PAGE: [(&str, &str); 2] = [
    ("audit", "it is the trail itself, where one is"),
    (
        "credential",
        "fleet credentials are seen to through the API",
    ),
];

/// Actions after which there is nothing left to see.
const LAST: [&str; 6] = [
    "access.role.delete",
    "access.territory.delete",
    "access.user.delete",
    "acs.device.delete",
    "acs.file.delete",
    "acs.import.discard",
];

/// Where the page of a line leads; a problem where that is nowhere and should be somewhere, or leads
/// to nothing.
async fn lead(site: &Site, looker: &Asker, line: &Value) -> Found {
    let page = format!("/administration/audit/{}", line["entry_id"]);
    let page = site.page(looker, &page).await;
    let (action, object) = (
        line["action"].as_str().unwrap(),
        line["object"].as_str().unwrap(),
    );
    if page.status != 200 {
        return Err(format!("{action} has no page: {page:?}"));
    }
    let kind = object.split(':').next().unwrap();
    let nowhere = LAST.contains(&action) || NO_PAGE.iter().any(|(known, _)| *known == kind);
    let link = page
        .body
        .split_once("\">open</a>")
        .map(|(before, _)| before);
    let link = link.and_then(|before| before.rsplit('"').next());
    match (link, nowhere) {
        (None, true) => Ok(()),
        (None, false) => Err(format!("{action} of {object} leads nowhere")),
        (Some(link), true) => Err(format!("{action} of {object} leads to {link}")),
        (Some(link), false) => {
            let there = site.page(looker, link).await;
            let found = there.status == 200;
            found
                .then_some(())
                .ok_or_else(|| format!("{action} of {object}: {link} {there:?}"))
        }
    }
}

#[tokio::test]
async fn every_line_leads_to_what_it_is_about_or_that_has_no_page() {
    let mut site = Site::new().await;
    let all = Some(ROLES.len() - 1);
    let (looker, asker) = (site.person(all, ROOT).await, site.person(all, ROOT).await);
    let (mut found, mut seen) = (Vec::new(), BTreeSet::new());
    for row in Row::all().filter(|row| row.trace.is_some()) {
        let mut person = person_for(&mut site, &row, &asker).await;
        let request = site.request(&mut person, &row).await;
        let last = site.last_line().await;
        site.answer(request).await;
        for line in site.lines_after(last).await {
            found.push(lead(&site, &looker, &line).await);
            let kind = line["object"].as_str().unwrap().split(':').next();
            seen.insert((
                kind.unwrap().to_owned(),
                line["action"].as_str().unwrap().to_owned(),
            ));
        }
    }
    nothing_wrong(found);
    for (kind, why) in NO_PAGE {
        assert!(seen.iter().any(|(of, _)| of == kind), "{kind}: {why}");
    }
    for action in LAST {
        assert!(seen.iter().any(|(_, of)| of == action), "{action}");
    }
}
