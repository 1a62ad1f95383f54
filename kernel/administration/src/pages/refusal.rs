//! What is wrong in a form, in the words of its page.

use regia_access::AccessError;
use regia_console::Page;
pub(super) use regia_console::Refusal;
use regia_keys::KeyError;
use regia_web::Problem;

/// A field of a key's form says nothing that can be understood, or may not be.
pub(super) fn of_key_field(page: &Page, field: &'static str) -> Refusal {
    Refusal::new(
        field,
        page.t(&format!("administration.refused.key_{field}")),
    )
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
        _ => return Err(error.into()),
    })
}

/// The same for the forms of API keys.
pub(super) fn key_refusal(page: &Page, error: KeyError) -> Result<Refusal, Problem> {
    Ok(match &error {
        KeyError::Field(field, _) => of_key_field(page, field),
        KeyError::NoOwner(_) => of_key_field(page, "owner"),
        KeyError::Beyond(_) => of_key_field(page, "beyond"),
        _ => return Err(error.into()),
    })
}
