-- What training keeps.

CREATE TABLE clientele.training_jobs (
  tenant text COLLATE "C" NOT NULL,
  job_id text COLLATE "C" NOT NULL,
  create_time timestamptz NOT NULL,
  state smallint NOT NULL,               -- clientele.training.v1.TrainingJob.State
  model text NOT NULL,
  is_open boolean NOT NULL,              -- Queued or running.
  message bytea NOT NULL,                -- clientele.training.v1.TrainingJob
  PRIMARY KEY (tenant, job_id)
);
CREATE INDEX training_jobs_by_time ON clientele.training_jobs (tenant, create_time DESC, job_id);
CREATE INDEX open_training_jobs ON clientele.training_jobs (create_time, tenant, job_id) WHERE is_open;

CREATE TABLE clientele.training_job_requests (
  tenant text COLLATE "C" NOT NULL,
  request_id bytea NOT NULL,
  digest bytea NOT NULL,                 -- Of the request that came with the id.
  job_id text NOT NULL,
  PRIMARY KEY (tenant, request_id)
);

SELECT clientele.protect(target::regclass) FROM unnest(ARRAY[
  'clientele.training_jobs', 'clientele.training_job_requests']) AS target;
