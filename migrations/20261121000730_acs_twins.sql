-- Devices that may be one: another row has the same serial number, under another OUI or product
-- class. A background scan flags them; registering a device does not look for them.
alter table acs.device add column twin text not null default ''
    check (twin in ('', 'suspected', 'distinct'));
create index device_twins on acs.device (territory_id, device_id) where twin = 'suspected';

-- How far the scan is. From time to time it begins again, for what was committed late.
create table acs.twin_scan (
    territory_id bigint primary key references kernel.territory,
    position bigint not null default 0,
    began_at timestamptz not null default now()
);
insert into acs.twin_scan (territory_id) values (1);
