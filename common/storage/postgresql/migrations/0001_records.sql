-- What ingestion keeps: records, and what is counted and set beside them.
--
-- Ids that a source writes may hold any byte, so they are bytea; text columns hold what people read. A record's `body`
-- is the truth, in the form of the program that reads it again; the columns beside it are for reports and hold nothing
-- that names a person.

-- Roles that may read for reports, and the tenant that each sees; '*' is all of them. See clientele.admit.
CREATE TABLE clientele.readers (
  role name PRIMARY KEY,
  sees text NOT NULL
);

-- Whose rows the session sees: of the programs', whose role owns the tables, the tenant in clientele.tenant, which they
-- set for each transaction, or '*', which is no tenant's id, for what concerns all tenants; of a reader's, what it may.
CREATE FUNCTION clientele.visible_tenant() RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT CASE WHEN pg_has_role(session_user, nspowner, 'MEMBER') THEN current_setting('clientele.tenant', true)
              ELSE (SELECT sees FROM clientele.readers WHERE role = session_user) END
  FROM pg_namespace WHERE nspname = 'clientele'
$$;

-- Shows a table's rows only to the tenant whose they are. Asked once a statement, not once a row.
CREATE FUNCTION clientele.protect(target regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
  EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
  EXECUTE format('CREATE POLICY tenant ON %s USING ((SELECT clientele.visible_tenant()) IN (tenant, ''*''))', target);
END $$;

-- An id as text.
CREATE FUNCTION clientele.readable(id bytea) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN position('\x00'::bytea IN id) > 0 THEN encode(id, 'escape') ELSE convert_from(id, 'UTF8') END
$$;

-- A customer lives in one of 256 shards, by a hash; a partition has 16 shards next to each other. So a scan of a shard,
-- and a machine that reads a range of shards, finds its rows in few partitions; no partition is larger than the others;
-- and a batch of records, which falls into all of them, opens 16 tables and not 256.
CREATE TABLE clientele.records (
  tenant text COLLATE "C" NOT NULL,
  shard smallint NOT NULL,
  customer_id bytea NOT NULL,
  event_time timestamptz NOT NULL,
  source text COLLATE "C" NOT NULL,
  record_id bytea NOT NULL,
  ingest_time timestamptz NOT NULL,
  kind smallint NOT NULL,                -- clientele.common.v1.RecordKind
  body bytea NOT NULL,
  -- From here on: null where a record has no such thing.
  label text,                            -- A transaction's product, an interaction's type, an outcome's name.
  channel text,
  category text,
  order_id text,
  code smallint,                         -- An interaction's sentiment, a message's direction.
  is_return boolean,
  measure double precision,              -- Quantity, duration in seconds, score of 0 to 10, value.
  base_amount_micros bigint,             -- In the tenant's base currency.
  PRIMARY KEY (tenant, shard, customer_id, event_time, source, record_id)
) PARTITION BY RANGE (shard);

DO $$
BEGIN
  FOR part IN 0..15 LOOP
    EXECUTE format('CREATE TABLE clientele.records_%s PARTITION OF clientele.records FOR VALUES FROM (%s) TO (%s)',
                   to_char(part, 'FM00'), part * 16, part * 16 + 16);
    PERFORM clientele.protect(format('clientele.records_%s', to_char(part, 'FM00'))::regclass);
  END LOOP;
END $$;

-- Every record's id, so that a record is kept once: the same again has the digest, another under its id has not.
CREATE TABLE clientele.record_ids (
  tenant text COLLATE "C" NOT NULL,
  source text COLLATE "C" NOT NULL,
  record_id bytea NOT NULL,
  digest bytea NOT NULL,
  PRIMARY KEY (tenant, source, record_id)
);

CREATE TABLE clientele.customers (
  tenant text COLLATE "C" NOT NULL,
  shard smallint NOT NULL,
  customer_id bytea NOT NULL,
  first_ingest_time timestamptz NOT NULL,
  PRIMARY KEY (tenant, shard, customer_id)
);

-- The newest 10,000 of a tenant.
CREATE TABLE clientele.rejected_records (
  tenant text COLLATE "C" NOT NULL,
  sequence bigint NOT NULL,
  source text NOT NULL,
  kind smallint NOT NULL,
  reason smallint NOT NULL,              -- clientele.ingestion.v1.RejectionReason
  field text NOT NULL,
  reject_time timestamptz NOT NULL,
  message bytea NOT NULL,                -- clientele.ingestion.v1.RejectedRecord
  PRIMARY KEY (tenant, sequence)
);
CREATE TABLE clientele.quarantines (
  tenant text COLLATE "C" PRIMARY KEY,
  next_sequence bigint NOT NULL
);

-- The ingestion report is the sum over slots: sessions that write at once count in different ones, and need not wait
-- for each other.
CREATE TABLE clientele.report_counters (
  tenant text COLLATE "C" NOT NULL,
  tag "char" NOT NULL,
  number smallint NOT NULL,
  text bytea NOT NULL,
  slot smallint NOT NULL,
  count bigint NOT NULL,
  least_micros bigint NOT NULL,
  greatest_micros bigint NOT NULL,
  PRIMARY KEY (tenant, tag, number, text, slot)
) WITH (fillfactor = 50);

CREATE TABLE clientele.attributes (
  tenant text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL,
  type smallint NOT NULL,                -- clientele.common.v1.FeatureType, of the first value that was ever seen
  PRIMARY KEY (tenant, name)
);

CREATE TABLE clientele.settings (
  tenant text COLLATE "C" PRIMARY KEY,
  etag bytea NOT NULL,
  message bytea NOT NULL                 -- clientele.ingestion.v1.Settings
);

CREATE TABLE clientele.feature_definitions (
  tenant text COLLATE "C" NOT NULL,
  name bytea NOT NULL,
  message bytea NOT NULL,                -- clientele.common.v1.FeatureDefinition
  PRIMARY KEY (tenant, name)
);

CREATE TABLE clientele.retention (
  tenant text COLLATE "C" PRIMARY KEY,
  message bytea                          -- clientele.ingestion.v1.StoredRetention; null: never set, the row is to lock
);

SELECT clientele.protect(target::regclass) FROM unnest(ARRAY[
  'clientele.records', 'clientele.record_ids', 'clientele.customers', 'clientele.rejected_records',
  'clientele.quarantines', 'clientele.report_counters', 'clientele.attributes', 'clientele.settings',
  'clientele.feature_definitions', 'clientele.retention']) AS target;

-- For reports. Whoever asks sees what the tables would show them.
CREATE VIEW clientele.profiles WITH (security_invoker = true) AS
  SELECT tenant, clientele.readable(customer_id) AS customer_id, event_time, ingest_time, source,
         clientele.readable(record_id) AS record_id
  FROM clientele.records WHERE kind = 1;
CREATE VIEW clientele.transactions WITH (security_invoker = true) AS
  SELECT tenant, clientele.readable(customer_id) AS customer_id, event_time, ingest_time, source,
         clientele.readable(record_id) AS record_id, base_amount_micros / 1000000.0 AS base_amount,
         CASE measure WHEN 0 THEN 1 ELSE measure END AS quantity, is_return, label AS product, category, channel,
         order_id
  FROM clientele.records WHERE kind = 2;
CREATE VIEW clientele.interactions WITH (security_invoker = true) AS
  SELECT tenant, clientele.readable(customer_id) AS customer_id, event_time, ingest_time, source,
         clientele.readable(record_id) AS record_id, label AS type, channel, measure AS duration_seconds,
         (ARRAY['negative', 'neutral', 'positive'])[code] AS sentiment
  FROM clientele.records WHERE kind = 3;
CREATE VIEW clientele.feedback WITH (security_invoker = true) AS
  SELECT tenant, clientele.readable(customer_id) AS customer_id, event_time, ingest_time, source,
         clientele.readable(record_id) AS record_id, measure AS score_of_10, channel
  FROM clientele.records WHERE kind = 4;
CREATE VIEW clientele.messages WITH (security_invoker = true) AS
  SELECT tenant, clientele.readable(customer_id) AS customer_id, event_time, ingest_time, source,
         clientele.readable(record_id) AS record_id, (ARRAY['inbound', 'outbound'])[code] AS direction, channel
  FROM clientele.records WHERE kind = 5;
CREATE VIEW clientele.outcomes WITH (security_invoker = true) AS
  SELECT tenant, clientele.readable(customer_id) AS customer_id, event_time, ingest_time, source,
         clientele.readable(record_id) AS record_id, label AS outcome, measure AS value
  FROM clientele.records WHERE kind = 6;
