-- What every customer scores now, how that changed, and when customers are scored again.

-- Partitions are as those of clientele.records.
CREATE TABLE clientele.current_scores (
  tenant text COLLATE "C" NOT NULL,
  shard smallint NOT NULL,
  model text COLLATE "C" NOT NULL,
  customer_id bytea NOT NULL,
  score double precision NOT NULL,
  percentile double precision,           -- Among the tenant's customers when the last run ended; null until then.
  tier text NOT NULL,
  segment text NOT NULL,
  previous_score double precision,       -- This and the next four: null where there was none.
  previous_tier text,
  previous_segment text,
  previous_version bigint,
  previous_feature_time timestamptz,
  reasons text NOT NULL,                 -- In words, one a line, strongest first.
  version bigint NOT NULL,
  arm text NOT NULL,
  feature_time timestamptz NOT NULL,
  score_time timestamptz NOT NULL,
  PRIMARY KEY (tenant, shard, model, customer_id)
) PARTITION BY RANGE (shard);
CREATE INDEX current_scores_by_model ON clientele.current_scores (tenant, model, customer_id);

DO $$
BEGIN
  FOR part IN 0..15 LOOP
    EXECUTE format('CREATE TABLE clientele.current_scores_%s PARTITION OF clientele.current_scores'
                   ' FOR VALUES FROM (%s) TO (%s)', to_char(part, 'FM00'), part * 16, part * 16 + 16);
    PERFORM clientele.protect(format('clientele.current_scores_%s', to_char(part, 'FM00'))::regclass);
  END LOOP;
END $$;

CREATE TABLE clientele.score_changes (
  tenant text COLLATE "C" NOT NULL,
  sequence bigint NOT NULL,
  customer_id bytea NOT NULL,
  message bytea NOT NULL,                -- clientele.inference.v1.CurrentScore
  PRIMARY KEY (tenant, sequence)
);
-- Who numbers a tenant's changes holds its row: they become visible in their order.
CREATE TABLE clientele.score_journals (
  tenant text COLLATE "C" PRIMARY KEY,
  last_sequence bigint NOT NULL,
  forgotten_sequence bigint NOT NULL     -- The last that was forgotten for its age.
);

CREATE TABLE clientele.rescore_schedules (
  tenant text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  message bytea NOT NULL,                -- clientele.inference.v1.RescoreSchedule
  PRIMARY KEY (tenant, id)
);
CREATE TABLE clientele.rescore_jobs (
  tenant text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  feature_time timestamptz NOT NULL,
  is_open boolean NOT NULL,
  message bytea NOT NULL,                -- clientele.inference.v1.RescoreJob
  PRIMARY KEY (tenant, id)
);
CREATE INDEX rescore_jobs_open ON clientele.rescore_jobs (tenant, id) WHERE is_open;

SELECT clientele.protect(target::regclass) FROM unnest(ARRAY[
  'clientele.current_scores', 'clientele.score_changes', 'clientele.score_journals', 'clientele.rescore_schedules',
  'clientele.rescore_jobs']) AS target;

-- As before, and what every customer scores now.
CREATE OR REPLACE FUNCTION clientele.admit(reader name, tenant text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO clientele.readers VALUES (reader, tenant) ON CONFLICT (role) DO UPDATE SET sees = excluded.sees;
  EXECUTE format('GRANT USAGE ON SCHEMA clientele TO %I', reader);
  EXECUTE format(
    'GRANT SELECT (tenant, shard, customer_id, event_time, source, record_id, ingest_time, kind, label, channel,
       category, order_id, code, is_return, measure, base_amount_micros) ON clientele.records TO %I', reader);
  EXECUTE format(
    'GRANT SELECT (tenant, sequence, source, kind, reason, field, reject_time)
       ON clientele.rejected_records TO %I', reader);
  EXECUTE format(
    'GRANT SELECT (tenant, job_id, create_time, state, model, is_open) ON clientele.training_jobs TO %I', reader);
  EXECUTE format(
    'GRANT SELECT (tenant, model, number, sha256, size_bytes, create_time, is_deleted)
       ON clientele.model_versions TO %I', reader);
  EXECUTE format(
    'GRANT SELECT ON clientele.customers, clientele.profiles, clientele.transactions, clientele.interactions,
       clientele.feedback, clientele.messages, clientele.outcomes, clientele.alias_revisions, clientele.alias_journal,
       clientele.scores, clientele.shadow_pairs, clientele.score_counts, clientele.current_scores TO %I', reader);
END $$;
DO $$
DECLARE reader name;
BEGIN
  FOR reader IN SELECT role FROM clientele.readers JOIN pg_roles ON rolname = role LOOP
    EXECUTE format('GRANT SELECT ON clientele.current_scores TO %I', reader);
  END LOOP;
END $$;
