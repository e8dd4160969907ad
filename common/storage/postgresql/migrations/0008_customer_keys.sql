-- The keys that customers' personal fields are sealed with, all of them wrapped. They belong in a database of their
-- own: no copy of the records may hold a key. Elsewhere these tables stay empty.

CREATE TABLE clientele.key_store (
  is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
  id bigint NOT NULL
);

CREATE TABLE clientele.tenant_keys (
  tenant text COLLATE "C" PRIMARY KEY,
  message bytea NOT NULL                 -- clientele.ingestion.v1.StoredTenantKeys
);

CREATE TABLE clientele.customer_keys (
  tenant text COLLATE "C" NOT NULL,
  digest bytea NOT NULL,
  id bigint NOT NULL,
  position bigint GENERATED ALWAYS AS IDENTITY,
  generation bigint NOT NULL,
  wrapped bytea NOT NULL,
  PRIMARY KEY (tenant, digest, id)
);
INSERT INTO clientele.change_counters VALUES ('destroyed_keys', 0);

-- Of the records: the id of the store whose keys seal them, so that no program seals with others.
CREATE TABLE clientele.key_binding (
  is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
  key_store_id bigint NOT NULL
);

SELECT clientele.protect(target::regclass) FROM unnest(ARRAY[
  'clientele.tenant_keys', 'clientele.customer_keys']) AS target;
