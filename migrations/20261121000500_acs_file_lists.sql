-- Lists of files by what they are and whom they fit, the tasks that send one file, and how much of
-- it a device has fetched.

create index file_for_devices on acs.file (territory_id, file_id)
    where device_id is null and state = 'ready';
create index file_of_type on acs.file (territory_id, file_type, file_id) where state = 'ready';
create index file_of_name on acs.file (territory_id, name text_pattern_ops, file_id)
    where state = 'ready';

-- Also of tasks that are over: whom a file was given to.
create index task_sends_file on acs.task (territory_id, (arguments ->> 'file'), task_id)
    where kind = 'download';

-- Bytes from the beginning of the file to the last one that has left.
alter table acs.transfer add column moved_bytes bigint not null default 0;
