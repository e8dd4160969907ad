-- What only one of several programs may do at a time. Who does it holds an advisory lock; here stands whether the one
-- before has ended it in order.
CREATE TABLE clientele.leaderships (
  what text COLLATE "C" PRIMARY KEY,
  is_over boolean NOT NULL
);

-- Somebody has asked for the end of a job through a program that does not run it.
ALTER TABLE clientele.training_jobs ADD COLUMN cancel_requested boolean NOT NULL DEFAULT false;
CREATE INDEX training_jobs_to_cancel ON clientele.training_jobs (tenant, job_id) WHERE is_open AND cancel_requested;

INSERT INTO clientele.change_counters VALUES ('training_jobs', 0), ('retrain_schedules', 0);
