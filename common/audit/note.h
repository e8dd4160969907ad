// What a handler adds to the audit log's entry of the call it serves.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace clientele::audit {

// Of one call, for its handler's thread.
//
//   call.audit_note.ShowsPersonalValues();              // A read is kept from now on, though reads are not.
//   call.audit_note.Add("api_key", key.name());         // Never a personal value: what is here stays for ever.
class Note {
 public:
  // The answer holds personal values in full. Before a unary call is answered its entry is durable; where it cannot be,
  // the answer is withheld and the call fails. A stream's is written at its end: a stream whose purpose is to show them
  // is annotated AUDIT_EVERY_CALL instead, and has its entry before its first message.
  void ShowsPersonalValues() { shows_personal_values_ = true; }

  // Does nothing beyond kMostDetails, or with a value that is longer than kLongestValue bytes.
  void Add(absl::string_view key, absl::string_view value) {
    if (details_.size() == kMostDetails || value.size() > kLongestValue) return;
    details_.emplace_back(std::string(key), std::string(value));
  }

  bool shows_personal_values() const { return shows_personal_values_; }
  const std::vector<std::pair<std::string, std::string>>& details() const { return details_; }

 private:
  static constexpr size_t kMostDetails = 8;
  static constexpr size_t kLongestValue = 256;

  bool shows_personal_values_ = false;
  std::vector<std::pair<std::string, std::string>> details_;
};

}  // namespace clientele::audit
