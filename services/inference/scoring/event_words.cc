#include "services/inference/scoring/event_words.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "common/text/numbers.h"

namespace clientele::inference {
namespace {

using ingestion::v1::Record;
using ingestion::v1::Transaction;

constexpr size_t kMostTold = 3;

bool IsAlike(const Transaction& a, const Transaction& b) {
  return a.is_return() == b.is_return() && a.currency_code() == b.currency_code();
}

std::string InWords(const Transaction& transaction) {
  const double amount = static_cast<double>(transaction.amount_micros()) / 1e6;
  return absl::StrCat(transaction.is_return() ? "return of " : "purchase of ",
                      FormatNumber(transaction.is_return() && amount < 0 ? -amount : amount, 2),
                      transaction.currency_code().empty() ? "" : " ", transaction.currency_code());
}

}  // namespace

std::string EventInWords(const Record& record) {
  switch (record.payload_case()) {
    case Record::kTransaction: return InWords(record.transaction());
    case Record::kInteraction: return absl::StrReplaceAll(record.interaction().type(), {{"_", " "}});
    case Record::kFeedback: {
      const auto& feedback = record.feedback();
      if (!feedback.has_score()) return "feedback";
      const double best = feedback.score_max() == 0 ? 10 : feedback.score_max();
      return absl::StrCat("feedback of ", Plain(feedback.score()), " of ", Plain(best));
    }
    case Record::kMessage:
      return record.message().direction() == ingestion::v1::Message::DIRECTION_INBOUND ? "message from the customer"
                                                                                       : "message to the customer";
    case Record::kOutcome: return absl::StrCat("outcome ", record.outcome().outcome());
    case Record::kProfile: return "profile changed";
    case Record::PAYLOAD_NOT_SET: break;
  }
  return "record";
}

std::string EventsInWords(absl::Span<const Record> records) {
  std::vector<Transaction> transactions;
  std::vector<std::string> words;
  for (const Record& record : records) {
    if (!record.has_transaction()) {
      words.push_back(EventInWords(record));
      continue;
    }
    const auto alike = std::find_if(transactions.begin(), transactions.end(),
                                    [&](const Transaction& other) { return IsAlike(other, record.transaction()); });
    if (alike == transactions.end()) {
      transactions.push_back(record.transaction());
    } else {
      alike->set_amount_micros(alike->amount_micros() + record.transaction().amount_micros());
    }
  }
  for (const Transaction& transaction : transactions) words.push_back(InWords(transaction));
  std::sort(words.begin(), words.end());
  words.erase(std::unique(words.begin(), words.end()), words.end());
  if (words.size() > kMostTold) return absl::StrCat(records.size(), " records");
  return absl::StrJoin(words, ", ");
}

}  // namespace clientele::inference
