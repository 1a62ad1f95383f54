//! Answers of the search in the top bar: pages and actions by their names here, things by the
//! modules that own them.

use crate::navigation::NavItem;
use crate::page::Page;

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Where it leads.
    pub href: String,
    /// A symbol of `assets/icons.svg`.
    pub icon: &'static str,
    /// What it is.
    pub title: String,
    /// What tells it from others of its kind; may be empty.
    pub note: String,
}

/// Answers of one kind, the best first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answers {
    /// What they are.
    pub label: String,
    /// The answers.
    pub items: Vec<Answer>,
}

impl Page {
    /// The pages of the rail whose names hold every word of the text; all for none.
    #[must_use]
    pub fn find_pages(&self, text: &str) -> Answers {
        let sections = self.navigation();
        let items = sections
            .iter()
            .flat_map(|section| &section.items)
            .map(|(item, _)| item);
        self.named("console.search_pages", items, text)
    }

    /// The actions whose names hold every word of the text; all for none.
    #[must_use]
    pub fn find_actions<'a>(
        &self,
        actions: impl IntoIterator<Item = &'a NavItem>,
        text: &str,
    ) -> Answers {
        let actions = actions.into_iter().filter(|item| self.shows(item));
        self.named("console.search_actions", actions, text)
    }

    fn named<'a>(
        &self,
        label: &str,
        items: impl IntoIterator<Item = &'a NavItem>,
        text: &str,
    ) -> Answers {
        let text = text.to_lowercase();
        let words: Vec<&str> = text.split_whitespace().collect();
        let answer = |item: &NavItem| Answer {
            href: item.href.to_owned(),
            icon: item.icon,
            title: self.t(item.label).to_string(),
            note: self.t(item.section).to_string(),
        };
        let holds = |answer: &Answer| {
            let title = answer.title.to_lowercase();
            words.iter().all(|word| title.contains(word))
        };
        Answers {
            label: self.t(label).to_string(),
            items: items.into_iter().map(answer).filter(holds).collect(),
        }
    }
}
