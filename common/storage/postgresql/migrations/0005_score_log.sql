-- What was scored. Customers are pseudonyms here; score_customers alone says which id is behind one.

CREATE TABLE clientele.scores (
  tenant text COLLATE "C" NOT NULL,
  model text COLLATE "C" NOT NULL,
  time timestamptz NOT NULL,
  pseudonym bytea NOT NULL,
  version bigint NOT NULL,
  arm text NOT NULL,
  alias text NOT NULL,
  score double precision NOT NULL,
  decision integer NOT NULL,
  micros double precision NOT NULL,      -- That scoring took.
  feature_digest bigint NOT NULL,
  PRIMARY KEY (tenant, model, time, pseudonym, version)
);
-- Rows come in the order of their times: a few bytes for each range of pages find a day.
CREATE INDEX scores_by_time ON clientele.scores USING brin (time);
CREATE INDEX scores_by_pseudonym ON clientele.scores (tenant, pseudonym);

CREATE TABLE clientele.shadow_pairs (
  tenant text COLLATE "C" NOT NULL,
  model text COLLATE "C" NOT NULL,
  time timestamptz NOT NULL,
  pseudonym bytea NOT NULL,
  served_version bigint NOT NULL,
  shadow_version bigint NOT NULL,
  served_score double precision NOT NULL,
  shadow_score double precision NOT NULL,
  served_decision integer NOT NULL,
  shadow_decision integer NOT NULL,
  served_micros double precision NOT NULL,
  shadow_micros double precision NOT NULL,
  PRIMARY KEY (tenant, model, time, pseudonym, served_version, shadow_version)
);
CREATE INDEX shadow_pairs_by_time ON clientele.shadow_pairs USING brin (time);
CREATE INDEX shadow_pairs_by_pseudonym ON clientele.shadow_pairs (tenant, pseudonym);

CREATE TABLE clientele.score_counts (
  tenant text COLLATE "C" NOT NULL,
  model text COLLATE "C" NOT NULL,
  version bigint NOT NULL,
  day bigint NOT NULL,                   -- Since 1970, UTC.
  counts bigint[] NOT NULL,              -- What they count, the version's artifact says.
  PRIMARY KEY (tenant, model, version, day)
);

CREATE TABLE clientele.score_customers (
  tenant text COLLATE "C" NOT NULL,
  pseudonym bytea NOT NULL,
  customer_id bytea NOT NULL,
  last_day bigint NOT NULL,
  PRIMARY KEY (tenant, pseudonym)
);

-- What pseudonyms are made with; one row.
CREATE TABLE clientele.score_log_secret (
  is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
  secret bytea NOT NULL
);

SELECT clientele.protect(target::regclass) FROM unnest(ARRAY[
  'clientele.scores', 'clientele.shadow_pairs', 'clientele.score_counts', 'clientele.score_customers']) AS target;
