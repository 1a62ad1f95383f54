//! Both sides against each other, and junk against the parsers.

use proptest::prelude::*;
use regia_httpauth::{
    Algorithm, Authorization, Challenge, DigestOffer, DigestRequest, Ha1, Qop, Secret,
    basic_answer, basic_challenge, check_nonce, parse_challenges,
};

use crate::digest;

/// Pieces that make junk look like the real thing.
fn junk() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "Digest ",
            "Basic ",
            "username",
            "realm",
            "nonce",
            "uri",
            "response",
            "qop",
            "nc",
            "cnonce",
            "algorithm",
            "stale",
            "opaque",
            "=",
            "\"",
            "\\",
            ",",
            " ",
            "MD5-sess",
            "auth",
            "a",
            "é",
        ])
        .prop_map(|piece| piece.as_bytes().to_vec()),
        prop::collection::vec(any::<u8>(), 0..4),
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn every_combination_is_answered_and_verified(
        username in "[^\\p{Cc}]{0,24}",
        password in "[^\\p{Cc}]{0,24}",
        realm in "[^\\p{Cc}]{0,24}",
        uri in "/[!-~]{0,40}",
        cnonce in "[0-9a-z]{1,16}",
        nc in any::<u32>(),
        sess in any::<bool>(),
        auth in any::<bool>(),
    ) {
        let algorithm = if sess { Algorithm::Md5Sess } else { Algorithm::Md5 };
        let qop = if auth { Qop::Auth } else { Qop::None };
        let offer = DigestOffer { realm: &realm, nonce: "abc", algorithm, qop, stale: false };
        let header = format!("{}, {}", basic_challenge("x"), offer.to_header());
        let challenges = parse_challenges([header.as_bytes()]);
        let Some(Challenge::Digest(challenge)) = challenges.first() else {
            panic!("no digest in {header}");
        };
        prop_assert_eq!((challenge.algorithm, challenge.qop), (algorithm, qop));
        let request =
            DigestRequest { method: "POST", uri: &uri, username: &username, password: &password };
        let answer = digest(&challenge.answer(&request, nc, &cnonce));
        prop_assert_eq!(&answer.uri, &uri);
        prop_assert!(answer.verify(&realm, "POST", Secret::Password(&password)));
        let ha1 = Ha1::new(&username, &realm, &password);
        prop_assert!(answer.verify(&realm, "POST", Secret::Ha1(ha1)));
        prop_assert!(!answer.verify(&realm, "GET", Secret::Password(&password)));
        let other = format!("{password}x");
        prop_assert!(!answer.verify(&realm, "POST", Secret::Password(&other)));
    }

    #[test]
    fn basic_goes_round(username in "[^:\\p{Cc}]{0,24}", password in "[^\\p{Cc}]{0,24}") {
        let answer = basic_answer(&username, &password);
        let Ok(Authorization::Basic(basic)) = Authorization::parse(answer.as_bytes()) else {
            panic!("{answer}");
        };
        prop_assert!(basic.matches(&username, &password));
    }

    #[test]
    fn junk_never_panics_and_never_passes(bytes in junk()) {
        if let Ok(Authorization::Digest(answer)) = Authorization::parse(&bytes) {
            prop_assert!(!answer.verify("realm", "POST", Secret::Password("password")));
            check_nonce(&answer.nonce, 0, 1, |_| [0; 32]);
            prop_assert!(answer.uri.ends_with(answer.path()) || answer.path() == "/");
        }
        for challenge in parse_challenges([bytes.as_slice()]) {
            if let Challenge::Digest(challenge) = challenge {
                let request =
                    DigestRequest { method: "POST", uri: "/", username: "u", password: "p" };
                let answer = challenge.answer(&request, 1, "c");
                prop_assert!(Authorization::parse(answer.as_bytes()).is_ok() || answer.len() > 2048);
            }
        }
    }
}
