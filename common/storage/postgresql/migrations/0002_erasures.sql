-- Customers who were erased or are suppressed. Whose erasure it was, is known by a keyed hash alone once it is done.

CREATE TABLE clientele.erasure_states (
  tenant text COLLATE "C" PRIMARY KEY,
  digest_key bytea NOT NULL,
  last_number bigint NOT NULL,
  revision bigint NOT NULL               -- Rises with everything that changes who is suppressed or what is under way.
);

CREATE TABLE clientele.suppressed_customers (
  tenant text COLLATE "C" NOT NULL,
  digest bytea NOT NULL,
  number bigint NOT NULL,                -- Of the erasure that says so.
  PRIMARY KEY (tenant, digest)
);

CREATE TABLE clientele.erasures (
  tenant text COLLATE "C" NOT NULL,
  number bigint NOT NULL,
  customer_id bytea NOT NULL,            -- Empty once nothing names the customer.
  shard smallint NOT NULL,
  request_id bytea,                      -- Null: none.
  sources text[] NOT NULL,
  records_gone boolean NOT NULL,
  message bytea NOT NULL,                -- clientele.ingestion.v1.Erasure
  PRIMARY KEY (tenant, number),
  UNIQUE (tenant, request_id)
);
CREATE INDEX unfinished_erasures ON clientele.erasures (number) WHERE NOT records_gone;

-- Ids of records that were erased, as keyed hashes: such a record does not come back.
CREATE TABLE clientele.erased_ids (
  tenant text COLLATE "C" NOT NULL,
  digest bytea NOT NULL,
  PRIMARY KEY (tenant, digest)
);

-- What those who follow are told, over all tenants. A number is drawn under a lock that lasts until its change is
-- committed, so that no lower one appears after a higher one was seen.
CREATE TABLE clientele.erasure_changes (
  tenant text COLLATE "C" NOT NULL,
  sequence bigint PRIMARY KEY,
  number bigint NOT NULL
);
CREATE TABLE clientele.erasure_sequence (last bigint NOT NULL);
INSERT INTO clientele.erasure_sequence VALUES (0);

SELECT clientele.protect(target::regclass) FROM unnest(ARRAY[
  'clientele.erasure_states', 'clientele.suppressed_customers', 'clientele.erasures', 'clientele.erased_ids',
  'clientele.erasure_changes']) AS target;
