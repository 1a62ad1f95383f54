//! People who may log in: users, their passwords, and the links with which they set them.

mod links;
mod passwords;
mod reset;
mod seed;
mod store;
mod users;

pub use links::{Invited, Link, LinkToken};
pub use passwords::Passwords;
pub use reset::masked_password;
pub use seed::{ADMINISTRATOR, Seed, Seeded};
pub use store::ending;
pub use store::user::{UserFilter, UserState, UserSummary};
pub use store::user_link::delete_old as forget_old_links;
pub use users::{NewUser, Person, Users};
