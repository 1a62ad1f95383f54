-- Lists of tasks by state, by kind, and of those that are not finished: a page costs what it shows.
create index task_by_state on acs.task (territory_id, state, task_id);
create index task_by_kind on acs.task (territory_id, kind, task_id);
create index task_unfinished on acs.task (territory_id, task_id)
    where state in ('queued', 'sent', 'waiting', 'uncertain');
