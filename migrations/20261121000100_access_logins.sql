-- Who may ask, and what they changed.

create schema access;

create table access.user_account (
    territory_id bigint not null references kernel.territory,
    user_id bigint generated always as identity,
    name text not null check (name <> ''),
    -- Argon2id with its parameters and salt (PHC string).
    password_hash text not null,
    created_at timestamptz not null default now(),
    changed_at timestamptz not null default now(),
    primary key (territory_id, user_id)
);

-- Whoever logs in says a name and no territory.
create unique index user_account_name on access.user_account (lower(name));

-- One row for each browser that is logged in.
create table access.login (
    territory_id bigint not null,
    login_id bigint generated always as identity,
    user_id bigint not null,
    -- Keyed hash of the cookie's random secret, which is stored nowhere.
    token_hash bytea not null unique,
    created_at timestamptz not null default now(),
    last_used_at timestamptz not null default now(),
    address text not null,
    user_agent text not null,
    primary key (territory_id, login_id),
    foreign key (territory_id, user_id) references access.user_account on delete cascade
);
create index login_of_user on access.login (territory_id, user_id, login_id);
create index login_age on access.login (created_at);

create table access.api_key (
    territory_id bigint not null references kernel.territory,
    key_id bigint generated always as identity,
    name text not null check (name <> ''),
    -- Keyed hash of the key, which is shown once and stored nowhere.
    key_hash bytea not null unique,
    created_at timestamptz not null default now(),
    -- Coarse: written at most every ten minutes.
    last_used_at timestamptz,
    revoked_at timestamptz,
    primary key (territory_id, key_id)
);

-- What was changed, by whom. Rows are only ever added; old days are dropped whole.
create table access.audit (
    territory_id bigint not null,
    entry_id bigint generated always as identity,
    recorded_at timestamptz not null default now(),
    actor_kind text not null check (actor_kind in ('user', 'key', 'system')),
    actor_id bigint,
    actor_name text not null,
    action text not null,
    object text not null,
    before jsonb,
    after jsonb,
    address text,
    trace_id text,
    primary key (territory_id, recorded_at, entry_id)
) partition by range (recorded_at);

create function access.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'the audit trail is only ever added to';
end
$$;

create trigger audit_stays before update or delete on access.audit
    for each row execute function access.refuse_change();

-- The days until the server's upkeep makes the next ones.
do $$
declare
    today date := (now() at time zone 'utc')::date;
    day date;
begin
    for day in select today + step from generate_series(-1, 2) as step loop
        execute format(
            'create table access.%I partition of access.audit for values from (%L) to (%L)',
            'audit_' || to_char(day, 'YYYYMMDD'),
            day::timestamp at time zone 'utc',
            (day + 1)::timestamp at time zone 'utc'
        );
    end loop;
end
$$;
