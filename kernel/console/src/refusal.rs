//! What is wrong in a form, in the words of its page.

/// A field and what is wrong with it.
#[derive(Debug, Default)]
pub struct Refusal {
    field: &'static str,
    sentence: String,
}

impl Refusal {
    /// This is wrong with this field.
    pub fn new(field: &'static str, sentence: impl std::fmt::Display) -> Self {
        Self {
            field,
            sentence: sentence.to_string(),
        }
    }

    /// What is wrong with this field; nothing for another.
    #[must_use]
    pub fn of(&self, field: &str) -> &str {
        if self.field == field {
            &self.sentence
        } else {
            ""
        }
    }
}
