//! The server's side: reading `Authorization`, checking it, making challenges.

use regia_httpauth::{
    Algorithm, Authorization, BadAuthorization, DigestOffer, Ha1, Qop, Secret, basic_challenge,
};

use crate::digest;

const RFC_2617: &str = r#"Digest username="Mufasa", realm="testrealm@host.com",
    nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", uri="/dir/index.html", qop=auth, nc=00000001,
    cnonce="0a4f113b", response="6629fae49393a05397450978507c4ef1",
    opaque="5ccc069c403ebaf9f0171e9517f40e41""#;
const RFC_7616: &str = r#"Digest username="Mufasa", realm="http-auth@example.org",
    uri="/dir/index.html", algorithm=MD5, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
    nc=00000001, cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", qop=auth,
    response="8ca523f5e9506fed4657c9700eebdbec",
    opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS""#;
/// The answer of RFC 2617 in the other shapes; digits from Python's hashlib.
const SHAPES: [&str; 9] = [
    // MD5-sess with qop
    r#"Digest username="Mufasa", realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", uri="/dir/index.html", algorithm=MD5-sess, qop=auth, nc=00000001, cnonce="0a4f113b", response="8e3825c57e897f5a0dec6c2d4e5059d0""#,
    // MD5-sess without qop
    r#"Digest username="Mufasa", realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", uri="/dir/index.html", algorithm="md5-SESS", cnonce="0a4f113b", response="4726bc10c33fa6cb357eb27807b1cce8""#,
    // MD5 without qop
    r#"Digest username="Mufasa", realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", uri="/dir/index.html", response="670fd8c2df070c60b045671b8b24ff02""#,
    // an empty qop is none
    r#"Digest username="Mufasa", realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", uri="/dir/index.html", qop="", response="670fd8c2df070c60b045671b8b24ff02""#,
    // nothing quoted, no spaces
    "digest username=Mufasa,realm=testrealm@host.com,nonce=dcd98b7102dd2f0e8b11d0f600bfb0c093,uri=/dir/index.html,qop=auth,nc=00000001,cnonce=0a4f113b,response=6629fae49393a05397450978507c4ef1",
    // everything quoted, capitals
    r#"DIGEST USERNAME="Mufasa", REALM="testrealm@host.com", NONCE="dcd98b7102dd2f0e8b11d0f600bfb0c093", URI="/dir/index.html", QOP="auth", NC="00000001", CNONCE="0a4f113b", RESPONSE="6629FAE49393A05397450978507C4EF1""#,
    // blanks around everything, blanks instead of commas
    r#"  Digest   username = "Mufasa"  realm ="testrealm@host.com" ,, nonce= "dcd98b7102dd2f0e8b11d0f600bfb0c093" uri="/dir/index.html" qop=auth nc=00000001 cnonce="0a4f113b" response="6629fae49393a05397450978507c4ef1",  "#,
    // an unknown field with commas in its quotes
    r#"Digest x="a, uri=\"b\", c", username="Mufasa", realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", uri="/dir/index.html", response="670fd8c2df070c60b045671b8b24ff02""#,
    // the absolute URI is signed
    r#"Digest username="Mufasa", realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", uri="http://acs:7547/dir/index.html", qop=auth, nc=00000001, cnonce="0a4f113b", response="0e94723c6ddc040fb3cf819c00469f90""#,
];

#[test]
fn the_examples_of_the_rfcs_verify() {
    for (header, realm, password) in [
        (RFC_2617, "testrealm@host.com", "Circle Of Life"),
        (RFC_7616, "http-auth@example.org", "Circle of Life"),
        // RFC 2069 2.4 with erratum 749
        (
            r#"Digest username="Mufasa", realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", uri="/dir/index.html", response="1949323746fe6a43ef61f9606e7febea", opaque="5ccc069c403ebaf9f0171e9517f40e41""#,
            "testrealm@host.com",
            "CircleOfLife",
        ),
    ] {
        let answer = digest(header);
        assert_eq!(answer.username, "Mufasa");
        assert!(
            answer.verify(realm, "GET", Secret::Password(password)),
            "{header}"
        );
        let ha1 = Ha1::from_bytes(Ha1::new("Mufasa", realm, password).to_bytes());
        assert!(answer.verify(realm, "GET", Secret::Ha1(ha1)), "{header}");
        for (realm, method, password) in [
            ("other", "GET", password),
            (realm, "POST", password),
            (realm, "GET", "wrong"),
            (realm, "GET", ""),
        ] {
            assert!(
                !answer.verify(realm, method, Secret::Password(password)),
                "{header}"
            );
        }
    }
}

#[test]
fn every_shape_that_devices_send_verifies() {
    for header in SHAPES {
        let answer = digest(header);
        assert!(
            answer.verify(
                "testrealm@host.com",
                "GET",
                Secret::Password("Circle Of Life")
            ),
            "{header}"
        );
        assert_eq!(answer.path(), "/dir/index.html");
    }
}

#[test]
fn the_path_of_a_signed_uri_is_found() {
    for (uri, path) in [
        ("/", "/"),
        ("", ""),
        ("/a?b=c", "/a?b=c"),
        ("http://acs", "/"),
        ("http://acs/", "/"),
        ("https://acs:7547/a/b?c", "/a/b?c"),
    ] {
        let header = format!(r#"Digest username=a, realm=b, nonce=c, uri="{uri}", response=d"#);
        assert_eq!(digest(&header).path(), path);
    }
}

#[test]
fn unusable_headers_are_refused_with_their_reason() {
    let long = format!("Basic {}", "A".repeat(5000));
    for (header, expected) in [
        ("", BadAuthorization::Scheme),
        ("Bearer abc", BadAuthorization::Scheme),
        ("Basic", BadAuthorization::Basic),
        ("Basic !!!", BadAuthorization::Basic),
        ("Basic bm9jb2xvbg==", BadAuthorization::Basic),
        (&long, BadAuthorization::TooLong),
        ("Digest", BadAuthorization::Missing("username")),
        (
            "Digest username=a, realm=b, nonce=c, uri=/",
            BadAuthorization::Missing("response"),
        ),
        (
            "Digest username=a, qop=auth, nc=1",
            BadAuthorization::Missing("cnonce"),
        ),
        (
            "Digest username=a, algorithm=MD5-sess",
            BadAuthorization::Missing("cnonce"),
        ),
        (
            "Digest username=a, username=b",
            BadAuthorization::Twice("username"),
        ),
        (
            "Digest algorithm=SHA-256",
            BadAuthorization::Unsupported("algorithm"),
        ),
        ("Digest qop=auth-int", BadAuthorization::Unsupported("qop")),
    ] {
        assert_eq!(
            Authorization::parse(header.as_bytes()),
            Err(expected),
            "{header}"
        );
    }
}

#[test]
fn basic_credentials_are_read_and_compared() {
    for (header, username, password) in [
        // RFC 7617 2 and 2.1
        (
            "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
            "Aladdin",
            "open sesame",
        ),
        ("Basic dGVzdDoxMjPCow==", "test", "123£"),
        // the same in Latin-1
        ("Basic dGVzdDoxMjOj", "test", "123£"),
        (
            "bAsIc   QWxhZGRpbjpvcGVuIHNlc2FtZQ  ",
            "Aladdin",
            "open sesame",
        ),
        ("Basic Og==", "", ""),
        ("Basic YTpiOmM=", "a", "b:c"),
    ] {
        let Ok(Authorization::Basic(basic)) = Authorization::parse(header.as_bytes()) else {
            panic!("{header}");
        };
        assert_eq!(
            (basic.username.as_str(), basic.password.as_str()),
            (username, password)
        );
        assert!(basic.matches(username, password));
        assert!(!basic.matches(username, "wrong"));
        assert!(!basic.matches("wrong", password));
    }
}

#[test]
fn challenges_are_written_as_the_rfcs_show_them() {
    assert_eq!(
        basic_challenge("a \"b\"\r\nX: y"),
        "Basic realm=\"a \\\"b\\\"  X: y\""
    );
    let offer = DigestOffer {
        realm: "acs",
        nonce: "n1",
        algorithm: Algorithm::Md5,
        qop: Qop::Auth,
        stale: false,
    };
    for (offer, expected) in [
        (
            offer,
            r#"Digest realm="acs", nonce="n1", algorithm=MD5, qop="auth""#,
        ),
        (
            DigestOffer {
                algorithm: Algorithm::Md5Sess,
                qop: Qop::None,
                ..offer
            },
            r#"Digest realm="acs", nonce="n1", algorithm=MD5-sess"#,
        ),
        (
            DigestOffer {
                stale: true,
                ..offer
            },
            r#"Digest realm="acs", nonce="n1", algorithm=MD5, qop="auth", stale=true"#,
        ),
    ] {
        assert_eq!(offer.to_header(), expected);
    }
}

#[test]
fn secrets_do_not_show() {
    let basic = Authorization::parse(b"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==").unwrap();
    let ha1 = Ha1::new("a", "b", "sesame");
    let shown = format!(
        "{basic:?} {ha1:?} {:?} {:?}",
        Secret::Ha1(ha1),
        Secret::Password("sesame")
    );
    assert!(!shown.contains("sesame"), "{shown}");
}
