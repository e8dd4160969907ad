-- What people decided in place of models, and when models are trained again.

CREATE TABLE clientele.score_overrides (
  tenant text COLLATE "C" NOT NULL,
  model text COLLATE "C" NOT NULL,
  customer_id bytea NOT NULL,
  expire_time timestamptz NOT NULL,
  message bytea NOT NULL,                -- clientele.inference.v1.ScoreOverride
  PRIMARY KEY (tenant, model, customer_id)
);
CREATE TABLE clientele.score_override_changes (
  tenant text COLLATE "C" NOT NULL,
  model text COLLATE "C" NOT NULL,
  customer_id bytea NOT NULL,
  revision bigint NOT NULL,
  message bytea NOT NULL,                -- clientele.inference.v1.ScoreOverrideChange
  PRIMARY KEY (tenant, model, customer_id, revision)
);

-- How often what all replicas hold in memory has changed, so that each knows when to look again.
CREATE TABLE clientele.change_counters (
  what text PRIMARY KEY,
  changes bigint NOT NULL
);
INSERT INTO clientele.change_counters VALUES ('score_overrides', 0), ('value_settings', 0);

CREATE TABLE clientele.retrain_schedules (
  tenant text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  message bytea NOT NULL,                -- clientele.training.v1.RetrainSchedule
  PRIMARY KEY (tenant, id)
);
CREATE TABLE clientele.schedule_runs (
  tenant text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  scheduled_time timestamptz NOT NULL,
  message bytea NOT NULL,                -- clientele.training.v1.ScheduleRun
  PRIMARY KEY (tenant, id, scheduled_time)
);

SELECT clientele.protect(target::regclass) FROM unnest(ARRAY[
  'clientele.score_overrides', 'clientele.score_override_changes', 'clientele.retrain_schedules',
  'clientele.schedule_runs']) AS target;
