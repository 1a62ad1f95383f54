-- Housekeeping looks for restarts that were accepted and never proved.

create index task_waiting on acs.task (sent_at) where state = 'waiting';
