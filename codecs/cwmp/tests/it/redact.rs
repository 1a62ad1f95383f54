//! What is kept of a body holds no secret, whatever the body looks like.

use proptest::prelude::{ProptestConfig, Strategy, any, prop};
use proptest::{prop_assert, proptest, sample};
use regia_cwmp::{
    AcsMessage, CpeFault, CpeMessage, Dialect, Download, Envelope, ParameterValue, Secrets, redact,
    redact_unreadable, write_acs, write_cpe,
};

use crate::{envelope, inform};

const MASK: &str = "***";

fn covers(path: &str) -> bool {
    path.rsplit('.').next().unwrap_or(path).contains("Pass")
}

fn secrets<'a>(known: &'a [String]) -> Secrets<'a> {
    Secrets {
        covers: &covers,
        known,
        mask: MASK,
    }
}

fn value(name: &str, value: &str) -> String {
    format!(
        "<ParameterValueStruct><Name>{name}</Name><Value>{value}</Value></ParameterValueStruct>"
    )
}

#[test]
fn only_secrets_are_replaced() {
    let token = "AbCdEfGhIjKlMnOpQrStUvWx";
    let cases = [
        (value("Device.A", "x"), value("Device.A", "x")),
        (value("Device.Pass", "x"), value("Device.Pass", "***")),
        (value("Device.Pass", ""), value("Device.Pass", "")),
        (
            value(" Device.Pa&#115;s ", "x"),
            value(" Device.Pa&#115;s ", "***"),
        ),
        (
            value("Device.Pass", "a<!-- b --><i>c</i>&lt;"),
            value("Device.Pass", "***"),
        ),
        (
            "<S><Value>x</Value><Other>y</Other><Name>A.Pass</Name></S>".to_owned(),
            "<S><Value>***</Value><Other>***</Other><Name>A.Pass</Name></S>".to_owned(),
        ),
        (
            "<S><Value>x</Value></S>".to_owned(),
            "<S><Value>***</Value></S>".to_owned(),
        ),
        (
            "<Username>u</Username>".to_owned(),
            "<Username>***</Username>".to_owned(),
        ),
        (
            "<x:MyPass a=\"b\">u</x:MyPass>".to_owned(),
            "<x:MyPass a=\"b\">***</x:MyPass>".to_owned(),
        ),
        ("<S>stray<T/></S>".to_owned(), "<S>***<T/></S>".to_owned()),
        (
            "<S><!-- x --><T>t</T></S>".to_owned(),
            "<S><!--***--><T>t</T></S>".to_owned(),
        ),
        (
            format!("<URL>http://u:p@h/f/{token}/n.bin</URL>"),
            "<URL>http://***@h/f/***/n.bin</URL>".to_owned(),
        ),
        (
            format!("<T>h&#58;//h/f/{token}&#47;n</T>"),
            "<T>h&#58;//h/f/***&#47;n</T>".to_owned(),
        ),
        (format!("<T>/&#102;/{token}/n</T>"), "<T>***</T>".to_owned()),
        (
            "<T>a@b and 1://2</T>".to_owned(),
            "<T>a@b and 1://2</T>".to_owned(),
        ),
        (
            value("A.Pass", "sec&quot;ret") + "<T>no sec&#34;ret</T><U>no sec\"ret &amp; more</U>",
            value("A.Pass", "***") + "<T>***</T><U>no *** &amp; more</U>",
        ),
        (
            value("A.Pass", "1") + "<T>1</T>",
            value("A.Pass", "***") + "<T>1</T>",
        ),
    ];
    for (body, expected) in cases {
        let (body, expected) = (envelope(&body), envelope(&expected));
        let redacted = redact(&body, &secrets(&[]));
        assert!(redacted.readable, "{body}");
        assert_eq!(redacted.text, expected);
    }
    let known = ["hunter22".to_owned()];
    let fault = envelope("<T>The value hunter22 is too short.</T>");
    let redacted = redact(&fault, &secrets(&known)).text;
    assert_eq!(redacted, envelope("<T>The value *** is too short.</T>"));
}

#[test]
fn what_is_found_is_told_for_the_messages_that_follow() {
    let body = envelope(
        &(value("A.Pass", "hunter22") + &value("B.Pass", "abc") + &value("C.Pass", "true")),
    );
    assert_eq!(redact(&body, &secrets(&[])).found, ["hunter22"]);
}

#[test]
fn a_body_that_is_no_xml_is_hidden_but_for_known_markup() {
    let whole = inform(&value("Device.Pass", "pa<ss>word</Value>"));
    for body in [
        whole.as_str(),
        "<!DOCTYPE x><Value>ss</Value>",
        "ss",
        "<a>ss",
        "<a>ss</b>",
        "<a/><b/>",
    ] {
        let redacted = redact(body, &secrets(&[]));
        assert!(!redacted.readable, "{body}");
        assert!(!redacted.text.contains("ss>"), "{}", redacted.text);
        assert!(!redacted.text.contains("word"), "{}", redacted.text);
    }
    assert!(
        redact(&whole, &secrets(&[]))
            .text
            .contains("<SerialNumber>S1</SerialNumber>")
    );
    assert!(!redact(&"<a>".repeat(1_000_000), &secrets(&[])).readable);
}

/// The heart of every secret: it stands nowhere else.
const HEART: &str = "zQxJkVwY";

fn set(secret: &str) -> Vec<ParameterValue> {
    ["Device.X", "Device.WiFi.Passphrase", "Device.Y.Pass"]
        .map(|name| ParameterValue {
            name: name.to_owned(),
            value: if covers(name) {
                secret.to_owned()
            } else {
                "plain".to_owned()
            },
            ..ParameterValue::default()
        })
        .to_vec()
}

fn bodies(secret: &str, dialect: &Dialect) -> Vec<String> {
    let acs = |message| write_acs(&Envelope::new("1".to_owned(), dialect.clone(), message));
    let cpe = |message| write_cpe(&Envelope::new("1".to_owned(), dialect.clone(), message));
    let values = set(secret);
    let download = Download {
        username: secret.to_owned(),
        password: secret.to_owned(),
        url: format!("http://{HEART}:x@h/f/{HEART}{HEART}{HEART}/a"),
        ..Download::default()
    };
    [
        acs(AcsMessage::SetParameterValues {
            values: values.clone(),
            parameter_key: String::new(),
        }),
        acs(AcsMessage::Download(Box::new(download))),
        cpe(CpeMessage::GetParameterValuesResponse(values)),
        cpe(CpeMessage::Fault(CpeFault {
            text: format!("bad value {secret}!"),
            ..CpeFault::default()
        })),
    ]
    .into_iter()
    .map(|bytes| String::from_utf8(bytes).unwrap())
    .collect()
}

fn secret() -> impl Strategy<Value = String> {
    let odd = || {
        prop::collection::vec(
            sample::select(vec!['<', '&', '"', '\'', ']', '>', 'a', 'é', '\r', ' ']),
            0..6,
        )
    };
    (odd(), odd()).prop_map(|(one, two)| {
        let text = |characters: Vec<char>| characters.into_iter().collect::<String>();
        format!("{}{HEART}{}", text(one), text(two))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_secret_is_left_in_either_direction(secret in secret(), which in 0..8_usize) {
        let dialect = crate::dialects().swap_remove(which);
        let known = [secret.clone(), secret.trim().to_owned()];
        for body in bodies(&secret, &dialect) {
            let redacted = redact(&body, &secrets(&known));
            prop_assert!(redacted.readable);
            prop_assert!(!redacted.text.contains(HEART), "{}", redacted.text);
        }
    }

    #[test]
    fn a_damaged_body_tells_no_secret_either(
        secret in secret(), at in any::<sample::Index>(), by in sample::select(vec!["<", "&", "", "</", "<a>"]),
        cut in any::<bool>(),
    ) {
        let known = [secret.clone(), secret.trim().to_owned()];
        for body in bodies(&secret, &Dialect::cwmp(2)) {
            let mut place = at.index(body.len());
            while !body.is_char_boundary(place) {
                place -= 1;
            }
            // A name that says something else names no secret any more, so names stay whole.
            let (before, after) = body.split_at(place);
            let within_name = before.rfind("<Name>") > before.rfind("</Name>");
            let damaged = if cut { before.to_owned() } else { format!("{before}{by}{after}") };
            let redacted = redact(&damaged, &secrets(&known));
            prop_assert!(within_name || !redacted.text.contains(HEART), "{} {}", damaged, redacted.text);
            prop_assert!(!redact_unreadable(&damaged, MASK).contains(HEART));
        }
    }

    #[test]
    fn any_text_is_survived(text in "[<>/&;a \"'!?=\\-\\[\\]A-C:é\u{feff}]{0,80}") {
        drop(redact(&text, &secrets(&[])));
        drop(redact_unreadable(&text, MASK));
        drop(regia_cwmp::indent(&text));
        drop(regia_cwmp::Fragment::parse(&text));
    }
}
