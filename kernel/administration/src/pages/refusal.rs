//! What is wrong in a form, in the words of its page.

use regia_access::AccessError;
use regia_console::Page;
use regia_credentials::WeakPassword;
use regia_keys::KeyError;
use regia_web::Problem;

/// A field and what is wrong with it.
#[derive(Debug, Default)]
pub(super) struct Refusal {
    field: &'static str,
    sentence: String,
}

impl Refusal {
    pub(super) fn new(field: &'static str, sentence: impl std::fmt::Display) -> Self {
        Self {
            field,
            sentence: sentence.to_string(),
        }
    }

    /// A field of a key's form says nothing that can be understood, or may not be.
    pub(super) fn of_key_field(page: &Page, field: &'static str) -> Self {
        Self::new(
            field,
            page.t(&format!("administration.refused.key_{field}")),
        )
    }

    /// What is wrong with this field; nothing for another.
    pub(super) fn of(&self, field: &str) -> &str {
        if self.field == field {
            &self.sentence
        } else {
            ""
        }
    }
}

/// What a form has to say again; what no form can mend stays a problem.
pub(super) fn refusal(page: &Page, error: AccessError) -> Result<Refusal, Problem> {
    let word = |key: &str| page.t(key).to_string();
    Ok(match &error {
        AccessError::Field(field, _) => Refusal::new(
            field,
            word(&format!("administration.refused.field_{field}")),
        ),
        AccessError::NameTaken(_) => {
            Refusal::new("name", word("administration.refused.name_taken"))
        }
        AccessError::Weak(weak) => Refusal::new("password", weakness(page, *weak)),
        AccessError::WrongPassword => {
            Refusal::new("current", word("administration.refused.password_wrong"))
        }
        AccessError::WrongCode => Refusal::new("code", word("administration.refused.code_wrong")),
        AccessError::Limited { retry_after } => {
            let time = page.duration(retry_after.as_secs().max(1));
            let sentence = page.t("administration.refused.limited").arg("time", time);
            // Whichever the form has.
            Refusal::new("limited", sentence)
        }
        _ => return Err(error.into()),
    })
}

/// The same for the forms of API keys.
pub(super) fn key_refusal(page: &Page, error: KeyError) -> Result<Refusal, Problem> {
    Ok(match &error {
        KeyError::Field(field, _) => Refusal::of_key_field(page, field),
        KeyError::NoOwner(_) => Refusal::of_key_field(page, "owner"),
        KeyError::Beyond(_) => Refusal::of_key_field(page, "beyond"),
        _ => return Err(error.into()),
    })
}

fn weakness(page: &Page, weak: WeakPassword) -> String {
    match weak {
        WeakPassword::Short { min_chars } => page
            .t("administration.refused.password_short")
            .count(min_chars)
            .to_string(),
        WeakPassword::Long => page.t("administration.refused.password_long").to_string(),
        WeakPassword::Telling => page
            .t("administration.refused.password_telling")
            .to_string(),
        _ => page.t("administration.refused.password_common").to_string(),
    }
}
