//! What is written reads back as it was.

use proptest::prelude::{ProptestConfig, Strategy, any, prop};
use proptest::{option, prop_assert, prop_assert_eq, proptest, sample};
use regia_cwmp::{
    AcsMessage, CpeMessage, Dialect, Envelope, Fragment, Header, Limits, parse_acs, parse_cpe,
    valid_text, write_acs, write_cpe,
};

use crate::every_message::{Fill, of_acs, of_cpe};

/// Gives its entries round and round.
#[derive(Debug, Clone)]
struct Pool {
    texts: Vec<String>,
    numbers: Vec<u32>,
    flags: Vec<bool>,
    next: usize,
}

impl Pool {
    fn next<T: Clone>(next: &mut usize, entries: &[T]) -> T {
        *next += 1;
        entries[*next % entries.len()].clone()
    }
}

impl Fill for Pool {
    fn text(&mut self, _example: &str) -> String {
        Self::next(&mut self.next, &self.texts)
    }

    fn token(&mut self, example: &str) -> String {
        self.text(example).trim_ascii().to_owned()
    }

    fn number(&mut self, _example: u32) -> u32 {
        Self::next(&mut self.next, &self.numbers)
    }

    fn signed(&mut self, example: i32) -> i32 {
        self.number(0).cast_signed().wrapping_add(example)
    }

    fn flag(&mut self) -> bool {
        Self::next(&mut self.next, &self.flags)
    }

    fn length(&mut self, _example: usize) -> usize {
        usize::from(self.flag()) + usize::from(self.flag())
    }

    fn some(&mut self) -> bool {
        self.flag()
    }
}

/// Text of characters that XML has, with those that markup is made of.
fn text() -> impl Strategy<Value = String> {
    let character = proptest::prop_oneof![
        any::<char>().prop_filter("XML has it", |c| valid_text(c.encode_utf8(&mut [0; 4]))),
        sample::select(vec![
            '<', '>', '&', '"', '\'', '\r', '\n', '\t', ' ', ']', ';', '\u{fffd}'
        ]),
    ];
    prop::collection::vec(character, 0..12).prop_map(String::from_iter)
}

fn pool() -> impl Strategy<Value = Pool> {
    let texts = prop::collection::vec(text(), 1..8);
    let numbers = prop::collection::vec(any::<u32>(), 1..8);
    let flags = prop::collection::vec(any::<bool>(), 1..8);
    (texts, numbers, flags).prop_map(|(texts, numbers, flags)| Pool {
        texts,
        numbers,
        flags,
        next: 0,
    })
}

fn header() -> impl Strategy<Value = Header> {
    let version = || option::of("[0-9.,]{0,8}");
    (
        any::<bool>(),
        any::<bool>(),
        option::of(any::<u32>()),
        version(),
        version(),
    )
        .prop_map(
            |(
                hold_requests,
                no_more_requests,
                session_timeout,
                supported_versions,
                use_version,
            )| {
                Header {
                    hold_requests,
                    no_more_requests,
                    session_timeout,
                    supported_versions,
                    use_version,
                }
            },
        )
}

/// Everything around a message.
fn around() -> impl Strategy<Value = Envelope<()>> {
    (
        option::of(text()),
        sample::select(crate::dialects()),
        header(),
    )
        .prop_map(|(id, dialect, header)| Envelope {
            id,
            dialect,
            header,
            message: (),
        })
}

fn wrap<M>(around: &Envelope<()>, message: M) -> Envelope<M> {
    let Envelope {
        id,
        dialect,
        header,
        message: (),
    } = around.clone();
    Envelope {
        id,
        dialect,
        header,
        message,
    }
}

proptest! {
    // Each case goes through all messages.
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_a_cpe_writes_reads_back(around in around(), mut pool in pool()) {
        for message in of_cpe(&mut pool) {
            let written = wrap(&around, message);
            let read = parse_cpe(&write_cpe(&written), &Limits::default());
            prop_assert_eq!(read, Ok(written));
        }
    }

    #[test]
    fn what_an_acs_writes_reads_back(around in around(), mut pool in pool()) {
        for message in of_acs(&mut pool) {
            let written = wrap(&around, message);
            let read = parse_acs(&write_acs(&written), &Limits::default());
            prop_assert_eq!(read, Ok(written));
        }
    }

}

proptest! {
    #[test]
    fn any_text_is_written_as_xml(text in any::<String>(), name in any::<String>()) {
        let acs = AcsMessage::Reboot { command_key: text.clone() };
        let read = parse_acs(
            &write_acs(&Envelope::new(text.clone(), Dialect::default(), acs)),
            &Limits::default(),
        );
        let cleaned: String = text
            .chars()
            .map(|c| if valid_text(c.encode_utf8(&mut [0; 4])) { c } else { '\u{fffd}' })
            .collect();
        let read = read.unwrap();
        prop_assert_eq!(read.id, Some(cleaned.clone()));
        prop_assert_eq!(read.message, AcsMessage::Reboot { command_key: cleaned });

        let cpe = CpeMessage::Unknown { name, content: Fragment::default() };
        let bytes = write_cpe(&Envelope::new(None, Dialect::default(), cpe));
        prop_assert!(parse_cpe(&bytes, &Limits::default()).is_ok());
    }

    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        crate::target::run(&bytes);
    }
}

#[test]
fn an_unknown_message_keeps_its_name() {
    let unknown = CpeMessage::Unknown {
        name: "X_00D09E_Wipe".to_owned(),
        content: Fragment::default(),
    };
    let written = Envelope::new("1".to_owned(), Dialect::default(), unknown);
    assert_eq!(
        parse_cpe(&write_cpe(&written), &Limits::default()),
        Ok(written)
    );
}

#[test]
fn an_answer_repeats_id_and_spelling_and_has_no_declaration() {
    for dialect in crate::dialects() {
        let question = Envelope::new("a&b".to_owned(), dialect, CpeMessage::GetRpcMethods);
        let mut answer = question.answer(AcsMessage::RequestDownloadResponse);
        answer.header.use_version = Some("1.4".to_owned());
        let bytes = String::from_utf8(write_acs(&answer)).unwrap();
        let parts: Vec<&str> = question.dialect.to_text().leak().split(' ').collect();
        let [
            soap,
            encoding,
            cwmp,
            xsi,
            xsd,
            xsi_namespace,
            xsd_namespace,
            namespace,
        ] = parts[..]
        else {
            panic!("eight parts");
        };
        let namespace = namespace.replace('&', "&amp;");
        assert_eq!(
            bytes,
            format!(
                "<{soap}:Envelope xmlns:{soap}=\"http://schemas.xmlsoap.org/soap/envelope/\" \
                 xmlns:{encoding}=\"http://schemas.xmlsoap.org/soap/encoding/\" \
                 xmlns:{xsi}=\"{xsi_namespace}\" xmlns:{xsd}=\"{xsd_namespace}\" \
                 xmlns:{cwmp}=\"{namespace}\"><{soap}:Header>\
                 <{cwmp}:ID {soap}:mustUnderstand=\"1\">a&amp;b</{cwmp}:ID>\
                 <{cwmp}:UseCWMPVersion {soap}:mustUnderstand=\"1\">1.4</{cwmp}:UseCWMPVersion>\
                 </{soap}:Header><{soap}:Body><{cwmp}:RequestDownloadResponse>\
                 </{cwmp}:RequestDownloadResponse></{soap}:Body></{soap}:Envelope>"
            )
        );
    }
}
