#include "common/storage/postgresql/staging.h"

namespace clientele::storage::postgresql {
namespace {

constexpr int kStagingColumns = 17;

void AddText(absl::string_view text, CopyRows& rows) { text.empty() ? rows.AddNull() : rows.AddRaw(Readable(text)); }

template <typename T, typename Add>
void AddOptional(const std::optional<T>& value, CopyRows& rows, Add add) {
  value ? add(*value) : rows.AddNull();
}

}  // namespace

void AddRecordColumns(const RecordColumns& columns, CopyRows& rows) {
  for (const absl::string_view text : {columns.label, columns.channel, columns.category, columns.order_id}) {
    AddText(text, rows);
  }
  AddOptional(columns.code, rows, [&](int16_t code) { rows.AddInt2(code); });
  AddOptional(columns.is_return, rows, [&](bool is_return) { rows.AddBool(is_return); });
  AddOptional(columns.measure, rows, [&](double measure) { rows.AddFloat8(measure); });
  AddOptional(columns.base_amount_micros, rows, [&](int64_t micros) { rows.AddInt8(micros); });
}

void AddStagedRow(const TenantId& tenant, int32_t ordinal, const NewRecord& record, const RecordColumns& columns,
                  CopyRows& rows) {
  rows.Begin(kStagingColumns);
  rows.AddInt4(ordinal);
  rows.AddRaw(record.source);
  rows.AddRaw(record.record_id);
  rows.AddRaw(record.content_digest);
  rows.AddInt2(ShardOf(tenant, record.customer_id));
  rows.AddRaw(record.customer_id);
  rows.AddTime(record.event_time_micros);
  rows.AddInt2(record.kind);
  rows.AddRaw(record.body);
  AddRecordColumns(columns, rows);
}

}  // namespace clientele::storage::postgresql
