//! What the fault codes mean, in words for people.

/// A short explanation of a standard fault code (TR-069 A.5.1, A.5.2), without a full stop.
#[must_use]
pub const fn explain(code: u32) -> Option<&'static str> {
    Some(match code {
        8000 => "the ACS does not know this method",
        8001 => "the ACS denied the request",
        8002 => "internal error of the ACS",
        8003 => "the ACS could not use the arguments",
        8004 => "the ACS is out of resources for this request",
        8005 => "the ACS asks for the same request again",
        8006 => "the ACS supports none of the device's protocol versions",
        9000 => "the device does not know this method",
        9001 => "the device denied the request without a reason",
        9002 => "internal error of the device",
        9003 => "the device could not use the arguments",
        9004 => "the request is too large for the device, or it is out of resources",
        9005 => "the device does not have this parameter",
        9006 => "the parameter has another type",
        9007 => "the parameter does not allow this value",
        9008 => "the parameter cannot be changed",
        9009 => "the device does not notify about this parameter",
        9010 => "the file transfer failed",
        9011 => "the upload failed",
        9012 => "the file server refused the credentials",
        9013 => "the device does not support the protocol of the file's address",
        9014 => "the device could not join the multicast group of the file",
        9015 => "the device could not reach the file server",
        9016 => "the file server did not give the file",
        9017 => "the download broke off",
        9018 => "the file is damaged or not meant for this device",
        9019 => "the file's signature was not accepted",
        9020 => "the download did not finish within its time windows",
        9021 => "the transfer can no longer be cancelled",
        9022 => "the unit's UUID is malformed",
        9023 => "the device does not have this execution environment",
        9024 => "the execution environment is disabled",
        9025 => "the software unit does not fit the execution environment",
        9026 => "the software unit is installed already",
        9027 => "the device has no room for the software unit",
        9028 => "the device does not have this software unit",
        9029 => "the software unit is in a state that does not allow this",
        9030 => "the software unit cannot go back to an older version",
        9031 => "the update does not say to which version",
        9032 => "the software unit has this version already",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_standard_codes_and_no_others_are_explained() {
        for code in 7900..9900 {
            let standard = (8000..=8006).contains(&code) || (9000..=9032).contains(&code);
            assert_eq!(explain(code).is_some(), standard, "{code}");
        }
    }
}
