//! The frame around every page.

use askama::Template;
use http::Uri;
use regia_console::locale::Locale;
use regia_console::navigation::NavItem;
use regia_console::{Page, Theme, Visitor};

use crate::sources::console;

pub(crate) const NAVIGATION: [NavItem; 2] = [
    NavItem {
        section: "console.operations",
        label: "console.search",
        href: "/a",
        icon: "device",
        permission: None,
    },
    NavItem {
        section: "console.operations",
        label: "console.theme",
        href: "/b",
        icon: "task",
        permission: None,
    },
];

#[derive(Template)]
#[template(path = "layout.html")]
struct Bare {
    page: Page,
}

#[derive(Template)]
#[template(path = "fault_part.html")]
struct FaultPart {
    page: Page,
    sentence: &'static str,
    hint: Option<&'static str>,
}

fn page(uri: &'static str) -> Page {
    let visitor = Visitor {
        name: Some("<b>Ada</b>".into()),
        authority: None,
        csrf: "a token".into(),
        trace: "0123abcd".into(),
    };
    Page::new(
        console(),
        &Uri::from_static(uri),
        Locale::En,
        Theme::Dark,
        visitor,
    )
}

#[test]
fn who_did_something_is_said_and_understood_in_the_language_of_the_page() {
    let (english, mut italian) = (page("/"), page("/"));
    italian.locale = Locale::It;
    for (actor, en, it) in [
        ("user admin", "user admin", "utente admin"),
        ("key scripts", "API key scripts", "chiave API scripts"),
        ("user user", "user user", "utente user"),
        ("a\u{301}ny", "a\u{301}ny", "a\u{301}ny"),
        ("", "", ""),
    ] {
        for (page, said) in [(&english, en), (&italian, it)] {
            assert_eq!(page.who(actor), said);
            assert_eq!(page.whom(said), actor);
            // As the log and its files say it.
            assert_eq!(page.whom(actor), actor);
        }
    }
    let server = "system first start";
    assert_eq!(english.who(server), "server (first start)");
    assert_eq!(italian.who(server), "server (primo avvio)");
}

#[test]
fn a_page_stands_in_its_frame() {
    let page = page("/b/7?q=x")
        .below("All of them", "/b")
        .titled("One & only");
    let html = Bare { page }.render().unwrap();
    for expected in [
        r#"<html lang="en" data-theme="dark">"#,
        "<title>One &#38; only · Regia</title>",
        r##"<a class="skip" href="#content">"##,
        r#"<a class="rail-link" href="/b" aria-current="page">"#,
        r#"<a href="/b">All of them</a>"#,
        r#"<meta name="csrf-token" content="a token">"#,
        r#"<input type="hidden" name="csrf" value="a token">"#,
        r#"<form class="search" role="search" aria-label="Search everything" action="/search""#,
        "&#60;b&#62;Ada&#60;/b&#62;",
    ] {
        assert!(html.contains(expected), "{expected} in {html}");
    }
    assert_eq!(html.matches("aria-current").count(), 1);
    assert_eq!(html.matches("<h1>").count(), 1);
    assert!(!html.contains("<b>Ada"));
}

#[test]
fn every_file_that_a_page_loads_is_served() {
    let html = Bare { page: page("/") }.render().unwrap();
    let names: Vec<_> = html
        .split("\"/assets/")
        .skip(1)
        .filter_map(|rest| rest.split(['"', '#']).next()?.split_once('/'))
        .map(|(_, name)| name)
        .collect();
    assert!(names.len() > 8);
    for name in names {
        assert!(regia_console::assets::exists(name), "{name}");
    }
}

#[test]
fn a_failure_reaches_htmx_as_a_toast() {
    let part = FaultPart {
        page: page("/"),
        sentence: "It is <busy>.",
        hint: None,
    };
    let html = part.render().unwrap();
    assert!(
        html.trim_start()
            .starts_with("<hx-partial hx-target=\"#toasts\""),
        "{html}"
    );
    assert!(html.contains("It is &#60;busy&#62;."));
    assert!(html.contains("0123abcd"));
}

#[test]
fn times_say_how_long_ago_and_when() {
    let page = page("/");
    let at = |seconds: i64| page.now() - time::Duration::seconds(seconds);
    for (seconds, words) in [
        (0, "just now"),
        (59, "59 s ago"),
        (61, "1 min ago"),
        (7_300, "2 h ago"),
        (172_900, "2 d ago"),
        (-125, "in 2 min"),
    ] {
        let html = page.ago(&at(seconds)).to_string();
        assert!(
            html.ends_with(&format!(" data-ago>{words}</time>")),
            "{html}"
        );
        assert!(html.contains(" UTC\""), "{html}");
    }
}

#[test]
fn names_break_after_dots_and_addresses_do_not() {
    let page = page("/");
    assert_eq!(
        page.dotted("A.1.<b>").to_string(),
        "A.<wbr>1.<wbr>&#60;b&#62;"
    );
    assert_eq!(page.dotted("10.2.0.1").to_string(), "10.2.0.1");
}
