//! The client's side: reading challenges and answering them.

use regia_httpauth::{
    Algorithm, Challenge, DigestChallenge, DigestRequest, Qop, basic_answer, parse_challenges,
};

fn digest_of(realm: &str, algorithm: Algorithm, qop: Qop) -> Challenge {
    Challenge::Digest(DigestChallenge {
        realm: realm.to_owned(),
        nonce: "n".to_owned(),
        opaque: None,
        algorithm,
        qop,
        stale: false,
    })
}

fn basic_of(realm: &str) -> Challenge {
    Challenge::Basic {
        realm: realm.to_owned(),
    }
}

#[test]
fn the_answerable_challenges_are_found_and_sorted() {
    use Algorithm::{Md5, Md5Sess};
    let cases: [(&[&str], Vec<Challenge>); 9] = [
        (&[], vec![]),
        (&["Basic realm=\"a\""], vec![basic_of("a")]),
        (&["basic"], vec![basic_of("")]),
        (
            &["Digest realm=a, nonce=n"],
            vec![digest_of("a", Md5, Qop::None)],
        ),
        (
            &["Basic realm=\"x\", Digest realm=\"a, b\", nonce=\"n\", qop=\"auth-int, auth\""],
            vec![digest_of("a, b", Md5, Qop::Auth), basic_of("x")],
        ),
        (
            &[
                "Newauth realm=\"apps\", type=1, title=\"Login to \\\"apps\\\"\", Basic realm=\"simple\"",
            ],
            vec![basic_of("simple")],
        ),
        (
            &[
                "Digest realm=a, nonce=n, algorithm=SHA-256, qop=auth",
                "Digest realm=a, nonce=n, algorithm=MD5-sess, qop=auth",
                "Digest realm=a, nonce=n, qop=auth-int",
            ],
            vec![digest_of("a", Md5Sess, Qop::Auth)],
        ),
        (&["Digest realm=a", "Digest nonce=n"], vec![]),
        (&["realm=a, nonce=n", "Negotiate abc=="], vec![]),
    ];
    for (values, expected) in cases {
        let found = parse_challenges(values.iter().map(|value| value.as_bytes()));
        assert_eq!(found, expected, "{values:?}");
    }
    assert_eq!(
        parse_challenges([format!("Basic x={}", "y".repeat(5000)).as_bytes()]),
        []
    );
}

#[test]
fn the_example_of_rfc_2617_is_answered() {
    let challenges = parse_challenges([
        &br#"Digest realm="testrealm@host.com", qop="auth,auth-int",
        nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41""#[..],
    ]);
    let [Challenge::Digest(challenge)] = challenges.as_slice() else {
        panic!("{challenges:?}")
    };
    let request = DigestRequest {
        method: "GET",
        uri: "/dir/index.html",
        username: "Mufasa",
        password: "Circle Of Life",
    };
    let answer = challenge.answer(&request, 1, "0a4f113b");
    for part in [
        r#"response="6629fae49393a05397450978507c4ef1""#,
        r#"opaque="5ccc069c403ebaf9f0171e9517f40e41""#,
        r#"cnonce="0a4f113b""#,
        "qop=auth, nc=00000001",
    ] {
        assert!(answer.contains(part), "{part} in {answer}");
    }
    assert!(!format!("{request:?}").contains("Circle"));
}

#[test]
fn stale_is_seen_in_any_case() {
    for (stale, expected) in [
        ("true", true),
        ("TRUE", true),
        ("\"true\"", true),
        ("false", false),
    ] {
        let value = format!("Digest realm=a, nonce=n, stale={stale}");
        let challenges = parse_challenges([value.as_bytes()]);
        let [Challenge::Digest(challenge)] = challenges.as_slice() else {
            panic!("{value}")
        };
        assert_eq!(challenge.stale, expected, "{value}");
    }
}

#[test]
fn the_example_of_rfc_7617_is_answered() {
    assert_eq!(
        basic_answer("Aladdin", "open sesame"),
        "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
    );
    assert_eq!(basic_answer("test", "123£"), "Basic dGVzdDoxMjPCow==");
}
