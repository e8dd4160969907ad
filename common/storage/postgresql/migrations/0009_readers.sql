-- Lets a role read for reports, of one tenant alone or of all of them ('*'): what has columns, never a record's body, a
-- rejected record or a key.
--
--   CREATE ROLE acme_reports LOGIN;
--   SELECT clientele.admit('acme_reports', 'acme');
CREATE FUNCTION clientele.admit(reader name, tenant text) RETURNS void LANGUAGE plpgsql AS $$
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
       clientele.scores, clientele.shadow_pairs, clientele.score_counts TO %I', reader);
END $$;
REVOKE EXECUTE ON FUNCTION clientele.admit FROM PUBLIC;
