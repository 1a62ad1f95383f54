//! What a session may do next, as a closed table: phase and message in, verdict out (TR-069 3.7).

/// Where a session stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// The Inform is answered; the device may make requests until it posts nothing.
    Informed,
    /// A question of ours is on its way to the device.
    Asked,
}

/// What the device sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Incoming {
    /// An empty POST: it has no more requests.
    Empty,
    /// A request of its own.
    Request,
    /// An answer or a fault that carries the id of our question, or no id.
    Answer,
    /// An answer or a fault with the id of something else.
    StrayAnswer,
}

/// What to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Answer the device's request.
    Serve,
    /// Ask the next question, or end the session when there is none.
    Ask,
    /// Take the answer in, then go on as with [`Verdict::Ask`].
    Absorb,
    /// End the session: the device broke the order of messages. The word goes to log and metric.
    End(&'static str),
}

/// The table.
#[must_use]
pub const fn judge(phase: Phase, incoming: Incoming) -> Verdict {
    match (phase, incoming) {
        (Phase::Informed, Incoming::Empty) => Verdict::Ask,
        (Phase::Informed, Incoming::Request) => Verdict::Serve,
        (Phase::Asked, Incoming::Answer) => Verdict::Absorb,
        (Phase::Asked, Incoming::Empty) => Verdict::End("no_answer"),
        (Phase::Asked, Incoming::Request) => Verdict::End("request_for_answer"),
        (Phase::Asked, Incoming::StrayAnswer) => Verdict::End("wrong_id"),
        (Phase::Informed, Incoming::Answer | Incoming::StrayAnswer) => Verdict::End("unasked"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_has_its_verdict_in_every_phase() {
        use Incoming::{Answer, Empty, Request, StrayAnswer};
        use Phase::{Asked, Informed};
        let table = [
            (Informed, Empty, Verdict::Ask),
            (Informed, Request, Verdict::Serve),
            (Informed, Answer, Verdict::End("unasked")),
            (Informed, StrayAnswer, Verdict::End("unasked")),
            (Asked, Empty, Verdict::End("no_answer")),
            (Asked, Request, Verdict::End("request_for_answer")),
            (Asked, Answer, Verdict::Absorb),
            (Asked, StrayAnswer, Verdict::End("wrong_id")),
        ];
        for (phase, incoming, expected) in table {
            assert_eq!(judge(phase, incoming), expected, "{phase:?} {incoming:?}");
        }
    }
}
