//! Limits of what operators note about a device.

/// Tags of one device.
pub const MAX_TAGS: usize = 32;

/// Characters of a tag.
pub const MAX_TAG_CHARS: usize = 64;

/// Characters of notes.
pub const MAX_NOTES_CHARS: usize = 10_000;

/// Whether the tags may stand on a device.
#[must_use]
pub fn tags_fit(tags: &[String]) -> bool {
    let fits = |tag: &String| (1..=MAX_TAG_CHARS).contains(&tag.chars().count()) && clean(tag);
    tags.len() <= MAX_TAGS && tags.iter().all(fits)
}

/// Whether the notes may stand on a device.
#[must_use]
pub fn notes_fit(notes: &str) -> bool {
    notes.chars().count() <= MAX_NOTES_CHARS && clean(notes)
}

fn clean(text: &str) -> bool {
    !text
        .chars()
        .any(|c| c.is_control() && c != '\n' && c != '\r')
}
