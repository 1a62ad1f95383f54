-- Users that an administrator invites, the links that let them in, and the second factor.

alter table access.user_account
    -- Without one until the person has used their link.
    alter column password_hash drop not null,
    add column full_name text not null default '',
    add column email text not null default '',
    add column state text not null default 'active' check (state in ('active', 'suspended')),
    add column last_login_at timestamptz;

-- A link with which a person sets their password: the first one, or another.
create table access.user_link (
    territory_id bigint not null,
    link_id bigint generated always as identity,
    user_id bigint not null,
    -- Keyed hash of the link's random secret, which is shown once and stored nowhere.
    token_hash bytea not null unique,
    removes_second_factor boolean not null,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    used_at timestamptz,
    primary key (territory_id, link_id),
    foreign key (territory_id, user_id) references access.user_account on delete cascade
);
create index user_link_of_user on access.user_link (territory_id, user_id);

-- What an authenticator app shares with the server. It counts when a code has confirmed it.
create table access.second_factor (
    territory_id bigint not null,
    user_id bigint not null,
    sealed_key bytea not null,
    confirmed_at timestamptz,
    -- The step of the last accepted code: no code is accepted twice.
    last_step bigint not null default 0,
    primary key (territory_id, user_id),
    foreign key (territory_id, user_id) references access.user_account on delete cascade
);

-- Codes for who has lost the app, each good once; a used one is gone.
create table access.recovery_code (
    territory_id bigint not null,
    user_id bigint not null,
    code_hash bytea not null,
    primary key (territory_id, user_id, code_hash),
    foreign key (territory_id, user_id) references access.second_factor on delete cascade
);

-- A password was right and the code is still to come. It opens nothing by itself.
create table access.half_login (
    territory_id bigint not null,
    half_id bigint generated always as identity,
    user_id bigint not null,
    -- Keyed hash of the cookie's random secret.
    token_hash bytea not null unique,
    created_at timestamptz not null default now(),
    wrong_codes int not null default 0,
    primary key (territory_id, half_id),
    foreign key (territory_id, user_id) references access.user_account on delete cascade
);
create index half_login_of_user on access.half_login (territory_id, user_id);
create index half_login_age on access.half_login (created_at);

call kernel.protect('access.user_link');
call kernel.protect('access.second_factor');
call kernel.protect('access.recovery_code');
call kernel.protect('access.half_login');
