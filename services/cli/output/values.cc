#include "services/cli/output/values.h"

#include <cmath>
#include <map>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "common/base/timestamps.h"
#include "services/cli/output/format.h"

namespace clientele::cli {

using common::v1::Value;
using ingestion::v1::Record;

std::string KindOf(const Record& record) {
  switch (record.payload_case()) {
    case Record::kProfile: return "profile";
    case Record::kTransaction: return record.transaction().is_return() ? "return" : "transaction";
    case Record::kInteraction: return "interaction";
    case Record::kFeedback: return "feedback";
    case Record::kMessage: return "message";
    case Record::kOutcome: return "outcome";
    case Record::PAYLOAD_NOT_SET: return "nothing";
  }
  return "";
}

std::string DescribeRecord(const Record& record) {
  std::vector<std::string> parts;
  const auto add = [&](std::string text) {
    if (!text.empty()) parts.push_back(std::move(text));
  };
  if (record.has_transaction()) {
    const auto& transaction = record.transaction();
    add(FormatMoney(transaction.amount_micros(), transaction.currency_code()));
    add(transaction.product());
    add(transaction.category());
    add(transaction.channel());
  } else if (record.has_interaction()) {
    add(record.interaction().type());
    add(record.interaction().channel());
    if (record.interaction().sentiment() != 0) {
      const std::string name = ingestion::v1::Interaction::Sentiment_Name(record.interaction().sentiment());
      add(Words(absl::StripPrefix(name, "SENTIMENT_")));
    }
  } else if (record.has_feedback()) {
    const auto& feedback = record.feedback();
    if (feedback.has_score()) {
      add(absl::StrCat(feedback.score(), " of ", feedback.score_max() > 0 ? feedback.score_max() : 10));
    }
    add(feedback.issue());
    add(feedback.text());
  } else if (record.has_message()) {
    add(record.message().direction() == ingestion::v1::Message::DIRECTION_INBOUND ? "from the customer"
                                                                                  : "to the customer");
    add(record.message().text());
  } else if (record.has_outcome()) {
    add(record.outcome().outcome());
    add(absl::StrCat(record.outcome().value()));
  } else if (record.has_profile()) {
    add(record.profile().display_name());
    add(record.profile().email());
    const std::map<std::string, Value> attributes(record.profile().attributes().begin(),
                                                  record.profile().attributes().end());
    for (const auto& [name, value] : attributes) add(absl::StrCat(name, " ", ShowValue(value)));
  }
  return absl::StrJoin(parts, ", ");
}

}  // namespace clientele::cli
