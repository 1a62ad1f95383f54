-- What parameters were before, which parameters are indexed, and searches by all others.

-- The replaced values of a device in one compressed document, as its tree.
create table acs.history (
    territory_id bigint not null,
    device_id bigint not null,
    body bytea not null,
    primary key (territory_id, device_id),
    foreign key (territory_id, device_id) references acs.device on delete cascade
);
alter table acs.history alter column body set storage external;
