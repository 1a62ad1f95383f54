-- The fleet over time: one row a minute, which charts add up. 130,000 small rows in 90 days.
create table acs.sample (
    territory_id bigint not null references kernel.territory,
    -- The beginning of the minute.
    began_at timestamptz not null,
    -- Every node adds what it counted itself.
    sessions bigint not null default 0,
    registrations bigint not null default 0,
    -- The first node that comes counts the rest for all; nothing until then.
    online bigint,
    offline bigint,
    tasks_done bigint not null default 0,
    tasks_failed bigint not null default 0,
    tasks_cancelled bigint not null default 0,
    tasks_expired bigint not null default 0,
    -- Failed tasks by fault code; those without a code under the empty name.
    faults jsonb not null default '{}',
    primary key (territory_id, began_at)
);
