-- API keys that belong to somebody, end by themselves, and are replaced without a gap.

alter table access.api_key
    -- Whose it is: the key may never do more than they may now, and goes with them. Absent: it is
    -- the installation's own.
    add column user_id bigint,
    -- Absent: it does not end by itself.
    add column expires_at timestamptz,
    -- Absent: the limit of the settings.
    add column requests_per_minute int check (requests_per_minute between 1 and 1000000),
    -- The address of the last use that was noted.
    add column last_used_from text,
    add column rotated_at timestamptz,
    -- The text before the last rotation is good until then.
    add column old_key_hash bytea unique,
    add column old_until timestamptz,
    add foreign key (territory_id, user_id) references access.user_account on delete cascade,
    add check ((old_key_hash is null) = (old_until is null));
create index api_key_of_user on access.api_key (territory_id, user_id, key_id);
