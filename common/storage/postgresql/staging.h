// How a batch of records goes in: into a table of the session by COPY, and from there by one insert a table.
#pragma once

#include "common/base/ids.h"
#include "common/storage/postgresql/values.h"
#include "common/storage/record_columns.h"
#include "common/storage/record_store.h"

namespace clientele::storage::postgresql {

// Made by a session's first batch; every commit empties it.
inline constexpr char kMakeStaging[] =
    "CREATE TEMP TABLE IF NOT EXISTS staging (ordinal integer, source text COLLATE \"C\", record_id bytea, digest "
    "bytea,"
    " shard smallint, customer_id bytea, event_time timestamptz, kind smallint, body bytea, label text, channel text,"
    " category text, order_id text, code smallint, is_return boolean, measure double precision,"
    " base_amount_micros bigint) ON COMMIT DELETE ROWS";
inline constexpr char kCopyToStaging[] = "COPY staging FROM STDIN (FORMAT binary)";

// $1: the tenant. The ids that were new, in the order of their ordinals.
inline constexpr char kInsertIds[] =
    "INSERT INTO record_ids (tenant, source, record_id, digest)"
    " SELECT $1, source, record_id, digest FROM staging ORDER BY ordinal"
    " ON CONFLICT DO NOTHING RETURNING source, record_id";
// $2: ordinals.
inline constexpr char kReadDigests[] =
    "SELECT s.ordinal, i.digest FROM staging s JOIN record_ids i USING (source, record_id)"
    " WHERE i.tenant = $1 AND s.ordinal = ANY($2)";
// $2: the ingest time; $3: the ordinals of those that were not new.
inline constexpr char kInsertRecords[] =
    "INSERT INTO records (tenant, ingest_time, shard, customer_id, event_time, source, record_id, kind, body, label,"
    " channel, category, order_id, code, is_return, measure, base_amount_micros)"
    " SELECT $1, $2, shard, customer_id, event_time, source, record_id, kind, body, label, channel, category, order_id,"
    " code, is_return, measure, base_amount_micros FROM staging WHERE NOT ordinal = ANY($3)";
inline constexpr char kInsertCustomers[] =
    "INSERT INTO customers (tenant, shard, customer_id, first_ingest_time)"
    " SELECT DISTINCT $1, shard, customer_id, $2 FROM staging WHERE NOT ordinal = ANY($3) ORDER BY shard, customer_id"
    " ON CONFLICT DO NOTHING";

// Of a record's row: what follows from its body, "label, channel, category, order_id, code, is_return, measure,
// base_amount_micros".
void AddRecordColumns(const RecordColumns& columns, CopyRows& rows);

// Adds a record as a row of the table.
void AddStagedRow(const TenantId& tenant, int32_t ordinal, const NewRecord& record, const RecordColumns& columns,
                  CopyRows& rows);

}  // namespace clientele::storage::postgresql
