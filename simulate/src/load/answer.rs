//! Reading an HTTP/1.1 answer from a buffer: just what a load generator has to know.

use super::Failure;

/// A complete answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Answer<'a> {
    pub(super) status: u16,
    pub(super) body: &'a [u8],
    /// `name=value` of the last Set-Cookie.
    pub(super) cookie: Option<&'a [u8]>,
    /// The values of all WWW-Authenticate headers.
    pub(super) challenges: Vec<&'a [u8]>,
    /// The server closes the connection after this.
    pub(super) closes: bool,
}

/// The answer at the start of the buffer, or `None` until it is complete.
pub(super) fn parse(inbox: &[u8]) -> Result<Option<Answer<'_>>, Failure> {
    let Some(end) = inbox.windows(4).position(|four| four == b"\r\n\r\n") else {
        return Ok(None);
    };
    let (head, body) = inbox.split_at(end + 4);
    let mut lines = head
        .split(|byte| *byte == b'\n')
        .map(<[u8]>::trim_ascii_end);
    let status = lines.next().and_then(status_of).ok_or(Failure::Framing)?;
    let mut answer = Answer {
        status,
        body: &[],
        cookie: None,
        challenges: Vec::new(),
        closes: false,
    };
    let mut length = 0;
    for line in lines {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else {
            continue;
        };
        let (name, value) = line.split_at(colon);
        let value = value.get(1..).unwrap_or_default().trim_ascii();
        if name.eq_ignore_ascii_case(b"content-length") {
            length = number(value).ok_or(Failure::Framing)?;
        } else if name.eq_ignore_ascii_case(b"set-cookie") {
            answer.cookie = value.split(|byte| *byte == b';').next();
        } else if name.eq_ignore_ascii_case(b"www-authenticate") {
            answer.challenges.push(value);
        } else if name.eq_ignore_ascii_case(b"connection") {
            answer.closes = value.eq_ignore_ascii_case(b"close");
        } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
            return Err(Failure::Framing);
        }
    }
    if status == 204 {
        length = 0;
    }
    if body.len() > length {
        return Err(Failure::Framing);
    }
    answer.body = body;
    Ok((body.len() == length).then_some(answer))
}

fn status_of(line: &[u8]) -> Option<u16> {
    let digits = line.strip_prefix(b"HTTP/1.1 ")?.get(..3)?;
    number(digits).and_then(|status| u16::try_from(status).ok())
}

fn number(digits: &[u8]) -> Option<usize> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(inbox: &str, expected: &Result<Option<Answer<'_>>, Failure>) {
        assert_eq!(parse(inbox.as_bytes()), *expected, "{inbox}");
    }

    fn answer(status: u16) -> Answer<'static> {
        Answer {
            status,
            body: b"",
            cookie: None,
            challenges: vec![],
            closes: false,
        }
    }

    #[test]
    fn answers_are_read_when_they_are_complete() {
        check("", &Ok(None));
        check("HTTP/1.1 204 No Content\r\n", &Ok(None));
        check("HTTP/1.1 204 No Content\r\n\r\n", &Ok(Some(answer(204))));
        check(
            "HTTP/1.1 204\r\ncontent-length: 5\r\n\r\n",
            &Ok(Some(answer(204))),
        );
        check("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", &Ok(None));
        check(
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nSet-Cookie: s=1; Path=/\r\n\r\nab",
            &Ok(Some(Answer {
                body: b"ab",
                cookie: Some(b"s=1"),
                ..answer(200)
            })),
        );
        check(
            "HTTP/1.1 401 U\r\nWWW-Authenticate: Basic realm=\"a:b\"\r\nwww-authenticate: x\r\nConnection: close\r\ncontent-length: 0\r\n\r\n",
            &Ok(Some(Answer {
                challenges: vec![b"Basic realm=\"a:b\"", b"x"],
                closes: true,
                ..answer(401)
            })),
        );
    }

    #[test]
    fn what_cannot_be_framed_is_a_failure() {
        for inbox in [
            "HTTP/1.0 200 OK\r\n\r\n",
            "HTTP/1.1 abc\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nab",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        ] {
            check(inbox, &Err(Failure::Framing));
        }
    }
}
