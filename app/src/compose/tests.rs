//! Every route of the whole server, asked by everybody: who is refused, what that leaves in the
//! security log, what is left unchanged, and what each change leaves in the audit trail.

mod permissions;
mod routes;
mod site;
mod things;
mod trail;

use std::collections::BTreeSet;

use serde_json::Value;

use routes::{Least, ROLES, Route, Row};
use site::{Answer, Asker, PASSWORD, Site};
use things::names_a_thing;

/// Routes that no line of the list asks. It stays empty.
const UNTESTED: [(&str, &str); 0] = [];

const ROOT: (i64, i64) = (1, 1);

#[tokio::test]
async fn every_route_is_in_the_list() {
    let site = Site::new().await;
    let routes = routes::routes(&site.router);
    let mut asked = BTreeSet::new();
    for row in Row::all() {
        let route = row.route(&routes);
        asked.insert(route.unwrap_or_else(|| panic!("nothing answers {row:?}")));
    }
    let untested: Vec<&Route> = routes.difference(&asked).collect();
    let listed: Vec<Route> = UNTESTED
        .map(|(method, path)| (method.into(), path.into()))
        .into();
    assert_eq!(untested, listed.iter().collect::<Vec<_>>());
}

/// What is wrong, where something is.
type Found = Result<(), String>;

fn hold(holds: bool, what: &str, (row, answer): (&Row, &Answer)) -> Found {
    let said = || format!("{what}: {} {} {answer:?}", row.method, row.path);
    holds.then_some(()).ok_or_else(said)
}

/// Everything that is wrong at once: a test of hundreds of routes that names the first one only takes
/// hundreds of runs.
fn nothing_wrong(found: impl IntoIterator<Item = Found>) {
    let wrong: Vec<String> = found.into_iter().filter_map(Result::err).collect();
    assert!(
        wrong.is_empty(),
        "{} wrong\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[tokio::test]
async fn who_is_not_logged_in_gets_to_what_is_open_and_to_the_login() {
    let mut site = Site::new().await;
    let before = site.state().await;
    let mut found = Vec::new();
    for row in Row::all() {
        let path = row.path.replace(['{', '}'], "1");
        let request = site::asking(None, &row, &path, row.body.to_owned());
        let answer = site.answer(request).await;
        let to_login = answer.status == 303 && answer.location().starts_with("/login");
        let holds = match row.least {
            Least::Open => answer.status != 403 && !answer.location().contains("?next="),
            _ if row.is_api() => answer.status == 401,
            _ => to_login,
        };
        found.push(hold(holds, "nobody asks", (&row, &answer)));
    }
    nothing_wrong(found);
    assert_eq!(site.state().await, before);
}

/// Asks as somebody who may not, and sees that nothing came of it. Whether it is one for the security
/// log is counted.
async fn is_denied(site: &mut Site, asker: &mut Asker, row: &Row, denied: &mut u64) -> Found {
    let request = site.request(asker, row).await;
    let before = site.state().await;
    let answer = site.answer(request).await;
    let told = (row, &answer);
    hold(site.state().await == before, "changed by who may not", told)?;
    // Nothing is there but what was handed to one.
    if row.handed && asker.was_handed {
        let named = names_a_thing(row.path) || names_a_thing(row.body);
        let expected = if named { 404 } else { 200 };
        hold(answer.status == expected, "found by nobody", told)?;
        return hold(!answer.body.contains("homely-"), "shown to nobody", told);
    }
    // A key of one's own may do no more than oneself, and that is said in its own words.
    if row.path.contains("/account/keys") {
        return hold(
            matches!(answer.status, 403 | 422),
            "a key beyond oneself",
            told,
        );
    }
    *denied += u64::from(answer.denies());
    hold(answer.denies(), "not denied", told)
}

/// Asks as somebody who may, and sees what it leaves in the trail.
async fn is_done(site: &mut Site, asker: &mut Asker, row: &Row) -> Found {
    let request = site.request(asker, row).await;
    let last = site.last_line().await;
    let before = site.state().await;
    let answer = site.answer(request).await;
    let told = (row, &answer);
    let well = matches!(answer.status, 200..=299 | 303) && !answer.location().contains("?next=");
    hold(well, "refused to who may", told)?;
    let lines = site.lines_after(last).await;
    let Some(trace) = row.trace else {
        let unchanged = lines.is_empty() && site.state().await == before;
        return hold(unchanged, "changed by what only reads", told);
    };
    let line = lines.iter().find(|line| line["action"] == trace.action);
    let line = line.ok_or_else(|| format!("no line: {row:?} {lines:?} {answer:?}"))?;
    let text = line.to_string();
    let who = line["actor_kind"] == "user"
        && line["actor_id"].as_i64() == asker.user.parse().ok()
        && line["actor_name"] == asker.name.as_str();
    let whence = line["trace_id"].is_string() && line["address"].is_string();
    hold(who && whence, &format!("who, from where: {text}"), told)?;
    let values = (!line["before"].is_null(), !line["after"].is_null());
    hold(
        values == trace.told,
        &format!("before and after: {text}"),
        told,
    )?;
    // What is secret looks the same before and after.
    let masked = ["access.user.change_password", "access.recovery_code.renew"];
    let differs = line["before"] != line["after"] || masked.contains(&trace.action);
    hold(differs, &format!("no change: {text}"), told)?;
    let secrets = [
        PASSWORD,
        "stapler anchovy",
        "long-enough",
        "a secret of the house",
    ];
    let kept = !secrets.iter().any(|secret| text.contains(secret));
    hold(kept, "a secret in the trail", told)
}

/// Who asks this line: what it changes of one's own account is the account of somebody new.
async fn person_for(site: &mut Site, row: &Row, asker: &Asker) -> Asker {
    match row.writes() && row.least == Least::Anyone {
        true => site.person(asker.role, ROOT).await,
        false => asker.clone(),
    }
}

async fn check(role: Option<usize>) {
    let mut site = Site::new().await;
    let asker = site.person(role, ROOT).await;
    check_as(site, asker).await;
}

async fn check_as(mut site: Site, mut asker: Asker) {
    let may = asker.role.map_or(Least::Anyone, Least::Role);
    let (mut found, mut denied) = (Vec::new(), 0);
    for row in Row::all().filter(|row| row.least != Least::Open) {
        if row.least > may {
            found.push(is_denied(&mut site, &mut asker, &row, &mut denied).await);
        } else {
            let mut person = person_for(&mut site, &row, &asker).await;
            found.push(is_done(&mut site, &mut person, &row).await);
        }
    }
    nothing_wrong(found);
    assert_eq!(site.denials(&asker).await, denied);
}

#[tokio::test]
async fn who_holds_no_role_has_an_account_and_nothing_else() {
    check(None).await;
}

#[tokio::test]
async fn whose_devices_were_all_taken_back_finds_none() {
    let mut site = Site::new().await;
    let mut asker = site.person(None, ROOT).await;
    let handed = format!(
        "update access.user_account set was_handed = true where user_id = {}",
        asker.user
    );
    site.owner.run(&handed).await;
    asker.was_handed = true;
    check_as(site, asker).await;
}

#[tokio::test]
async fn a_viewer_looks_and_changes_nothing() {
    check(Some(0)).await;
}

#[tokio::test]
async fn a_technician_works_on_devices() {
    check(Some(1)).await;
}

#[tokio::test]
async fn an_operator_works_on_many_devices() {
    check(Some(2)).await;
}

#[tokio::test]
async fn an_administrator_sees_to_the_tenant() {
    check(Some(3)).await;
}

#[tokio::test]
async fn a_super_administrator_does_everything() {
    check(Some(4)).await;
}

#[tokio::test]
async fn nothing_is_changed_whose_line_in_the_trail_cannot_be_written() {
    let mut site = Site::new().await;
    site.owner
        .run(
            "create table public.broken ();
             create function public.refuse() returns trigger language plpgsql security definer as $$
             begin
                 if exists (select from public.broken) then raise exception 'the trail is full'; end if;
                 return new;
             end $$;
             create trigger refuse before insert on access.audit for each row execute function public.refuse()",
        )
        .await;
    let asker = site.person(Some(ROLES.len() - 1), ROOT).await;
    let mut found = Vec::new();
    for row in Row::all().filter(|row| row.trace.is_some()) {
        let mut person = person_for(&mut site, &row, &asker).await;
        let request = site.request(&mut person, &row).await;
        let before = site.state().await;
        site.owner
            .run("insert into public.broken default values")
            .await;
        let answer = site.answer(request).await;
        site.owner.run("truncate public.broken").await;
        let told = (&row, &answer);
        found.push(hold(answer.status >= 500, "done without a line", told));
        let unchanged = site.state().await == before;
        found.push(hold(unchanged, "changed without a line", told));
    }
    nothing_wrong(found);
}

#[tokio::test]
async fn another_tenant_finds_nothing_and_changes_nothing() {
    let mut site = Site::new().await;
    let mut foreign = site.person(Some(ROLES.len() - 1), (2, 2)).await;
    let owner = site.person(None, ROOT).await;
    let mut found = Vec::new();
    for row in Row::all().filter(|row| row.least != Least::Open) {
        let (path, query) = row.path.split_once('?').unwrap_or((row.path, ""));
        let named = (names_a_thing(path), names_a_thing(row.body));
        // One's own account is nobody's tenant.
        if row.least == Least::Anyone && named == (false, false) && !names_a_thing(query) {
            continue;
        }
        let user = std::mem::replace(&mut foreign.user, owner.user.clone());
        let request = site.request(&mut foreign, &row).await;
        foreign.user = user;
        let before = site.state().await;
        let answer = site.answer(request).await;
        let told = (&row, &answer);
        let unchanged = site.state().await == before;
        found.push(hold(unchanged, "changed by another tenant", told));
        let holds = match named {
            // To end a login that is not there is no error.
            _ if row.path.contains("{ownlogin}") || row.body.contains("{ownlogin}") => true,
            // Bans are everybody's: the first tenant sees to them.
            (true, _) if path.contains("/bans/") => answer.denies(),
            // Below what is not there is nothing.
            (true, _) if path.ends_with("/below") => answer.body.trim().is_empty(),
            (true, _) => answer.status == 404,
            (false, true) => (400..500).contains(&answer.status),
            (false, false) => answer.status < 500,
        };
        found.push(hold(holds, "found by another tenant", told));
        let shows = !row.writes() && answer.body.contains("homely-");
        found.push(hold(!shows, "shown to another tenant", told));
    }
    nothing_wrong(found);
}

#[tokio::test]
async fn a_cursor_of_another_tenant_opens_nothing() {
    let mut site = Site::new().await;
    let all = Some(ROLES.len() - 1);
    let (mut own, foreign) = (site.person(all, ROOT).await, site.person(all, (2, 2)).await);
    // Two of everything, so that lists go on.
    for row in Row::all().filter(|row| row.is_api() && !row.writes()) {
        for _ in 0..2 {
            drop(site.request(&mut own, &row).await);
        }
    }
    let mut followed = 0;
    for row in Row::all().filter(|row| row.is_api() && !row.writes() && !row.path.contains('{')) {
        let join = if row.path.contains('?') { '&' } else { '?' };
        let ask = |asker: &Asker, more: &str| {
            site::asking(
                Some(asker),
                &row,
                &format!("{}{join}limit=1{more}", row.path),
                String::new(),
            )
        };
        let page = site.answer(ask(&own, "")).await;
        let next = serde_json::from_str(&page.body).map(|page: Value| page["next"].clone());
        let Ok(Value::String(next)) = next else {
            continue;
        };
        let theirs = site.answer(ask(&foreign, &format!("&cursor={next}"))).await;
        assert!(matches!(theirs.status, 200 | 403), "{row:?} {theirs:?}");
        assert!(!theirs.body.contains("homely"), "{row:?} {theirs:?}");
        followed += 1;
    }
    assert!(followed > 5, "{followed}");
}

/// What a role in a part of the tree shows of the whole tenant: its files and its indexes.
const OF_THE_TENANT: [&str; 3] = ["/files", "/index", "/searches/indexed"];

#[tokio::test]
async fn another_territory_finds_nothing_and_changes_nothing() {
    let mut site = Site::new().await;
    let mut elsewhere = site.person(Some(ROLES.len() - 1), (1, 11)).await;
    let mut found = Vec::new();
    for row in Row::all() {
        let path = row.path.split('?').next().unwrap_or_default();
        let named = names_a_thing(path) || names_a_thing(row.body);
        if !matches!(row.least, Least::Role(_)) || path.contains("/account/") {
            continue;
        }
        let request = site.request(&mut elsewhere, &row).await;
        let before = site.state().await;
        let answer = site.answer(request).await;
        let told = (&row, &answer);
        let of_tenant = OF_THE_TENANT.iter().any(|part| path.contains(part));
        if named && !of_tenant {
            let nothing = path.ends_with("/below") && answer.body.trim().is_empty();
            let refused = answer.denies() || matches!(answer.status, 404 | 422) || nothing;
            found.push(hold(refused, "found elsewhere", told));
            let unchanged = site.state().await == before;
            found.push(hold(unchanged, "changed elsewhere", told));
        }
        found.push(hold(answer.status < 500, "failed", told));
        let shows = !row.writes() && !of_tenant && answer.body.contains("homely-");
        found.push(hold(!shows, "shown elsewhere", told));
    }
    nothing_wrong(found);
}
