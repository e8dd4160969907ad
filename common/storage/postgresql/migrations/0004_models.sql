-- What inference keeps of models.

CREATE TABLE clientele.model_versions (
  tenant text COLLATE "C" NOT NULL,
  model text COLLATE "C" NOT NULL,
  number bigint NOT NULL,
  sha256 text NOT NULL,
  size_bytes bigint NOT NULL,
  create_time timestamptz NOT NULL,
  is_deleted boolean NOT NULL,
  message bytea NOT NULL,                -- clientele.inference.v1.ModelVersion
  PRIMARY KEY (tenant, model, number)
);
CREATE INDEX model_versions_by_artifact ON clientele.model_versions (tenant, sha256) WHERE NOT is_deleted;

-- The bytes of versions, in pieces. Without a digest yet: still coming in.
CREATE TABLE clientele.artifacts (
  tenant text COLLATE "C" NOT NULL,
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  sha256 text,
  staged_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (tenant, sha256)
);
CREATE TABLE clientele.artifact_pieces (
  tenant text COLLATE "C" NOT NULL,
  artifact bigint NOT NULL REFERENCES clientele.artifacts ON DELETE CASCADE,
  number integer NOT NULL,
  bytes bytea NOT NULL,
  PRIMARY KEY (artifact, number)
);
ALTER TABLE clientele.artifact_pieces ALTER COLUMN bytes SET STORAGE EXTERNAL;  -- They are compressed already.

-- Who moved an alias, when, from where to where, and why.
CREATE TABLE clientele.alias_revisions (
  tenant text COLLATE "C" NOT NULL,
  model text COLLATE "C" NOT NULL,
  alias text COLLATE "C" NOT NULL,
  revision bigint NOT NULL,
  change smallint NOT NULL,              -- 1: set, 2: rolled back, 3: restored
  from_version bigint NOT NULL,          -- 0: the alias did not exist.
  to_version bigint NOT NULL,
  actor bytea NOT NULL,
  time timestamptz NOT NULL,
  reason bytea NOT NULL,
  restored_revision bigint NOT NULL,
  sequence bigint NOT NULL,              -- Of the change that it was a part of.
  PRIMARY KEY (tenant, model, alias, revision)
);
CREATE INDEX alias_revisions_by_change ON clientele.alias_revisions (tenant, sequence);

-- The last revision of what else is kept of a model.
CREATE TABLE clientele.model_documents (
  tenant text COLLATE "C" NOT NULL,
  model text COLLATE "C" NOT NULL,
  document text NOT NULL,                -- traffic: clientele.inference.v1.ModelTraffic; settings: .Model
  revision bigint NOT NULL,
  message bytea NOT NULL,
  PRIMARY KEY (tenant, model, document)
);

CREATE TABLE clientele.publish_requests (
  tenant text COLLATE "C" NOT NULL,
  request_id bytea NOT NULL,
  fingerprint bytea NOT NULL,
  model text NOT NULL,
  version bigint NOT NULL,
  PRIMARY KEY (tenant, request_id)
);

-- A tenant's changes, without gaps: the row of model_sequences is held from the check of a change to its commit.
CREATE TABLE clientele.model_changes (
  tenant text COLLATE "C" NOT NULL,
  sequence bigint NOT NULL,
  model text NOT NULL,
  version bigint NOT NULL,               -- 0: none.
  is_deleted boolean NOT NULL,
  traffic boolean NOT NULL,
  settings boolean NOT NULL,
  PRIMARY KEY (tenant, sequence)
);
CREATE TABLE clientele.model_sequences (
  tenant text COLLATE "C" PRIMARY KEY,
  last bigint NOT NULL
);

-- What a tenant says its customers are worth: every revision, for ever.
CREATE TABLE clientele.value_settings (
  tenant text COLLATE "C" NOT NULL,
  revision bigint NOT NULL,
  message bytea NOT NULL,                -- clientele.inference.v1.ValueSettings
  PRIMARY KEY (tenant, revision)
);

SELECT clientele.protect(target::regclass) FROM unnest(ARRAY[
  'clientele.model_versions', 'clientele.artifacts', 'clientele.artifact_pieces', 'clientele.alias_revisions',
  'clientele.model_documents', 'clientele.publish_requests', 'clientele.model_changes', 'clientele.model_sequences',
  'clientele.value_settings']) AS target;

CREATE VIEW clientele.alias_journal WITH (security_invoker = true) AS
  SELECT tenant, model, alias, revision, (ARRAY['set', 'rollback', 'restore'])[change] AS change, from_version,
         to_version, clientele.readable(actor) AS actor, time, clientele.readable(reason) AS reason
  FROM clientele.alias_revisions;
