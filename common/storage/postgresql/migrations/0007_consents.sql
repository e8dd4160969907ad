-- Who allows and forbids being scored. Customers are known by a keyed hash of their ids alone.

CREATE TABLE clientele.consent_keys (
  tenant text COLLATE "C" PRIMARY KEY,   -- The row is held while consents of the tenant change.
  digest_key bytea NOT NULL
);

-- What stands.
CREATE TABLE clientele.scoring_consents (
  tenant text COLLATE "C" NOT NULL,
  digest bytea NOT NULL,
  purpose text COLLATE "C" NOT NULL,     -- Empty: all.
  sequence bigint NOT NULL UNIQUE,       -- Of the change since which it stands; over all tenants.
  state smallint NOT NULL,               -- clientele.ingestion.v1.ConsentState
  message bytea NOT NULL,                -- clientele.ingestion.v1.ScoringConsent
  PRIMARY KEY (tenant, digest, purpose)
);

-- How it came so.
CREATE TABLE clientele.consent_journal (
  tenant text COLLATE "C" NOT NULL,
  digest bytea NOT NULL,
  sequence bigint NOT NULL,
  message bytea NOT NULL,                -- clientele.ingestion.v1.ScoringConsentChange
  PRIMARY KEY (tenant, digest, sequence)
);
CREATE TABLE clientele.consent_requests (
  tenant text COLLATE "C" NOT NULL,
  request_id bytea NOT NULL,
  digest bytea NOT NULL,
  purpose text NOT NULL,
  state smallint NOT NULL,
  PRIMARY KEY (tenant, request_id)
);
CREATE INDEX consent_requests_by_customer ON clientele.consent_requests (tenant, digest);

-- What an erasure took away.
CREATE TABLE clientele.erased_consents (
  tenant text COLLATE "C" NOT NULL,
  erasure bigint NOT NULL,
  consents bigint NOT NULL,
  changes bigint NOT NULL,
  PRIMARY KEY (tenant, erasure)
);

-- As erasure_sequence.
CREATE TABLE clientele.consent_sequence (last bigint NOT NULL);
INSERT INTO clientele.consent_sequence VALUES (0);

SELECT clientele.protect(target::regclass) FROM unnest(ARRAY[
  'clientele.consent_keys', 'clientele.scoring_consents', 'clientele.consent_journal', 'clientele.consent_requests',
  'clientele.erased_consents']) AS target;
