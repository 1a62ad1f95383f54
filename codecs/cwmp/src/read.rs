//! Reading envelopes: one pass over the bytes, nothing kept but what the message holds.

mod cursor;

pub(crate) use cursor::Cursor;

use crate::dialect::{Declaration, Dialect, Name, intern};
use crate::envelope::{Envelope, Header};
use crate::error::{ParseError, excerpt};
use crate::limits::Limits;
use crate::message::{AcsMessage, CpeMessage};
use crate::shape::{Message, kinds};

/// Reads what a CPE sends: its requests, its answers, its faults.
///
/// `body` is UTF-8; [`decode`](crate::decode) makes it so. Elements are known by their local
/// names, whatever their prefixes (TR-069 3.5 asks for namespaces; devices get them wrong).
///
/// # Errors
/// See [`ParseError`]. An Inform without OUI or SerialNumber and an AddObjectResponse without
/// InstanceNumber are refused; everything else that is missing has a documented default.
pub fn parse_cpe(body: &[u8], limits: &Limits) -> Result<Envelope<CpeMessage>, ParseError> {
    let envelope: Envelope<CpeMessage> = read_envelope(body, limits)?;
    let missing = match &envelope.message {
        CpeMessage::Inform(inform) if inform.device_id.oui.is_empty() => Some("OUI"),
        CpeMessage::Inform(inform) if inform.device_id.serial_number.is_empty() => {
            Some("SerialNumber")
        }
        CpeMessage::AddObjectResponse {
            instance_number: 0, ..
        } => Some("InstanceNumber"),
        _ => None,
    };
    match missing {
        Some(element) => Err(ParseError::Missing { element }),
        None => Ok(envelope),
    }
}

/// Reads what an ACS sends: its answers, its requests, its faults. As lenient as [`parse_cpe`].
///
/// # Errors
/// See [`ParseError`].
pub fn parse_acs(body: &[u8], limits: &Limits) -> Result<Envelope<AcsMessage>, ParseError> {
    read_envelope(body, limits)
}

/// How a peer spells its envelopes, read from the first tag alone: for an answer to a body that is
/// no message. `None` when that tag is no envelope's.
#[must_use]
pub fn read_dialect(body: &[u8]) -> Option<Dialect> {
    let limits = Limits {
        max_body_bytes: usize::MAX,
        ..Limits::default()
    };
    let mut cursor = Cursor::new(body, &limits).ok()?;
    if cursor.root().ok()? != "Envelope" {
        return None;
    }
    let mut declarations = Vec::with_capacity(8);
    cursor.collect_declarations(&mut declarations);
    Some(Dialect::observed(&declarations, cursor.prefix(), ""))
}

fn read_envelope<M: Message>(body: &[u8], limits: &Limits) -> Result<Envelope<M>, ParseError> {
    let mut cursor = Cursor::new(body, limits)?;
    if cursor.root()? != "Envelope" {
        return Err(cursor.misplaced());
    }
    let soap = intern(cursor.prefix());
    let mut declarations = Vec::with_capacity(8);
    cursor.collect_declarations(&mut declarations);
    let (mut id, mut header, mut body) = (None, Header::default(), None);
    while let Some(name) = cursor.child()? {
        match name {
            "Header" => read_header(&mut cursor, &mut id, &mut header)?,
            "Body" if body.is_none() => body = Some(read_body(&mut cursor, &mut declarations)?),
            _ => return Err(cursor.misplaced()),
        }
    }
    cursor.finish()?;
    let (message, prefix) = body.ok_or(ParseError::Missing { element: "Body" })?;
    let dialect = Dialect::observed(&declarations, &soap, &prefix);
    Ok(Envelope {
        id,
        dialect,
        header,
        message,
    })
}

fn read_header(
    cursor: &mut Cursor<'_>,
    id: &mut Option<String>,
    header: &mut Header,
) -> Result<(), ParseError> {
    while let Some(name) = cursor.child()? {
        match name {
            "ID" => *id = Some(cursor.text()?.into_owned()),
            "HoldRequests" => kinds::flag::read(&mut header.hold_requests, "HoldRequests", cursor)?,
            "NoMoreRequests" => {
                kinds::flag::read(&mut header.no_more_requests, "NoMoreRequests", cursor)?;
            }
            // Not to be understood of necessity, so nothing odd in it is worth a refusal.
            "SessionTimeout" => header.session_timeout = cursor.text()?.trim_ascii().parse().ok(),
            "SupportedCWMPVersions" => {
                header.supported_versions = Some(cursor.text()?.trim_ascii().to_owned());
            }
            "UseCWMPVersion" => header.use_version = Some(cursor.text()?.trim_ascii().to_owned()),
            _ => cursor.skip()?,
        }
    }
    Ok(())
}

/// The one message and the prefix of its element.
fn read_body<M: Message>(
    cursor: &mut Cursor<'_>,
    declarations: &mut Vec<Declaration>,
) -> Result<(M, Name), ParseError> {
    cursor.collect_declarations(declarations);
    let mut found = None;
    while cursor.child()?.is_some() {
        // More than one envelope or message at once was never allowed to be asked for (MaxEnvelopes).
        if found.is_some() {
            return Err(cursor.misplaced());
        }
        cursor.collect_declarations(declarations);
        let prefix = intern(cursor.prefix());
        found = Some((M::read(cursor)?, prefix));
        cursor.expect_no_more();
    }
    found.ok_or(ParseError::Missing { element: "Body" })
}
