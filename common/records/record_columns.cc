#include "common/records/record_columns.h"

#include "common/records/record_view.h"

namespace clientele::records {

storage::RecordColumns ColumnsOf(absl::string_view body) {
  RecordView view;
  storage::RecordColumns columns;
  if (!ViewRecord(body, view)) return columns;
  columns.channel = view.text(kChannelText);
  switch (view.kind) {
    case common::v1::RECORD_KIND_TRANSACTION:
      columns.label = view.text(kNameText);
      columns.category = view.text(kCategoryText);
      columns.order_id = view.text(kOrderText);
      columns.is_return = view.is_return;
      columns.measure = view.measure;
      columns.base_amount_micros = view.base_amount_micros;
      break;
    case common::v1::RECORD_KIND_INTERACTION:
      columns.label = view.text(kNameText);
      columns.code = view.code;
      columns.measure = view.measure;
      break;
    case common::v1::RECORD_KIND_FEEDBACK:  // The issue is in the customer's own words.
      if (view.has_score) columns.measure = view.measure;
      break;
    case common::v1::RECORD_KIND_MESSAGE: columns.code = view.code; break;
    case common::v1::RECORD_KIND_OUTCOME:
      columns.label = view.text(kNameText);
      columns.measure = view.measure;
      break;
    default: break;
  }
  return columns;
}

}  // namespace clientele::records
