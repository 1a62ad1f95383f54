//! What is wrong in a form about oneself, in the words of its page.

use regia_access::AccessError;
use regia_console::{Page, Refusal};
use regia_credentials::WeakPassword;
use regia_web::Problem;

/// What a form has to say again; what no form can mend stays a problem.
pub(super) fn refusal(page: &Page, error: AccessError) -> Result<Refusal, Problem> {
    let word = |key: &str| page.t(key).to_string();
    Ok(match &error {
        AccessError::Weak(weak) => Refusal::new("password", weakness(page, *weak)),
        AccessError::WrongPassword => {
            Refusal::new("current", word("account.refused.password_wrong"))
        }
        AccessError::WrongCode => Refusal::new("code", word("account.refused.code_wrong")),
        AccessError::Limited { retry_after } => {
            let time = page.duration(retry_after.as_secs().max(1));
            let sentence = page.t("account.refused.limited").arg("time", time);
            // Whichever the form has.
            Refusal::new("limited", sentence)
        }
        _ => return Err(error.into()),
    })
}

fn weakness(page: &Page, weak: WeakPassword) -> String {
    match weak {
        WeakPassword::Short { min_chars } => page
            .t("account.refused.password_short")
            .count(min_chars)
            .to_string(),
        WeakPassword::Long => page.t("account.refused.password_long").to_string(),
        WeakPassword::Telling => page.t("account.refused.password_telling").to_string(),
        _ => page.t("account.refused.password_common").to_string(),
    }
}
