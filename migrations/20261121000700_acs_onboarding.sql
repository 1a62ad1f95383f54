-- How far the server goes with new devices, as an operator answered; the settings may overrule it.
create table acs.onboarding (
    territory_id bigint primary key references kernel.territory,
    mode text not null check (mode in ('observe', 'manage')),
    chosen_by text not null,
    chosen_at timestamptz not null default now()
);
