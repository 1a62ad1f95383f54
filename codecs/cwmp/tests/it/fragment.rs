//! Content that is given as XML stands well-formed in the envelope of every dialect.

use regia_cwmp::{AcsMessage, Dialect, Envelope, Fragment, Limits, parse_acs, write_acs};

fn written(xml: &str, dialect: &Dialect) -> String {
    let message = AcsMessage::Unknown {
        name: "X_ACME_Do".to_owned(),
        content: Fragment::parse(xml).unwrap(),
    };
    String::from_utf8(write_acs(&Envelope::new(
        "1".to_owned(),
        dialect.clone(),
        message,
    )))
    .unwrap()
}

#[test]
fn usual_prefixes_become_those_of_the_peer_and_own_ones_stay() {
    let dialect = Dialect::from_text(
        "S E c i d http://www.w3.org/2001/XMLSchema-instance http://www.w3.org/2001/XMLSchema \
         urn:dslforum-org:cwmp-1-0",
    )
    .unwrap();
    let cases = [
        ("", ""),
        ("<A>x &amp; y</A>", "<A>x &amp; y</A>"),
        ("<A b='\"'/>", "<A b=\"&quot;\"/>"),
        (
            "<A xsi:type='xsd:string'>1</A>",
            "<A i:type=\"d:string\">1</A>",
        ),
        (
            "<L SOAP-ENC:arrayType=\"cwmp:T[1]\"><cwmp:T/></L>",
            "<L E:arrayType=\"c:T[1]\"><c:T/></L>",
        ),
        (
            "<v:A xmlns:v=\"urn:v\"><v:B/></v:A>",
            "<v:A xmlns:v=\"urn:v\"><v:B/></v:A>",
        ),
        (
            "<A xmlns:cwmp=\"urn:v\"><cwmp:B/></A>",
            "<A xmlns:cwmp=\"urn:v\"><cwmp:B/></A>",
        ),
        (
            "<A type=\"http://x\"><![CDATA[<&]]></A>",
            "<A type=\"http://x\"><![CDATA[<&]]></A>",
        ),
    ];
    for (xml, expected) in cases {
        let text = written(xml, &dialect);
        let body = format!("<c:X_ACME_Do>{expected}</c:X_ACME_Do></S:Body>");
        assert!(text.contains(&body), "{text}");
    }
    for dialect in crate::dialects() {
        let text = written("<A xsi:type='xsd:string'><soapenv:B/>1</A>", &dialect);
        assert!(
            parse_acs(text.as_bytes(), &Limits::default()).is_ok(),
            "{text}"
        );
    }
}

#[test]
fn what_would_break_the_envelope_is_refused() {
    let deep = "<a>".repeat(13) + &"</a>".repeat(13);
    let long = format!("<a>{}</a>", "x".repeat(70_000));
    let cases = [
        ("<a>", "ends at byte"),
        ("</a>", "not well-formed"),
        ("<a></b>", "not well-formed"),
        ("</cwmp:X_ACME_Do></soap:Body>", "not well-formed"),
        ("text", "outside of an element"),
        ("<!DOCTYPE a><a/>", "document type"),
        ("<?xml version='1.0'?><a/>", "instructions"),
        ("<a><!-- c --></a>", "instructions"),
        ("<a>&secret;</a>", "entity"),
        ("<a>&#0;</a>", "entity"),
        ("<a b='&x;'/>", "entity"),
        ("<a b='<'/>", "attribute"),
        ("<a b='1' b='2'/>", "not well-formed"),
        ("<v:a/>", "\"v\" is not declared"),
        ("<a v:b='1'/>", "\"v\" is not declared"),
        ("<a xsi:type='v:b'/>", "\"v\" is not declared"),
        (
            "<a><v:b xmlns:v='urn:v'/><v:c/></a>",
            "\"v\" is not declared",
        ),
        ("<a>\u{1}</a>", "control character"),
        ("<a>]]></a>", "]]>"),
        ("<1a/>", "name"),
        (&deep, "within each other"),
        (&long, "bytes"),
    ];
    for (xml, expected) in cases {
        let error = Fragment::parse(xml).expect_err(xml).to_string();
        assert!(error.contains(expected), "{xml}: {error}");
    }
}
