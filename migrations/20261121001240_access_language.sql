-- The language in which somebody reads the console.

-- A language tag (BCP 47); absent: what their browser asks for.
alter table access.user_account add column language text check (language ~ '^[a-z]{2,3}$');
