// How many rows a request asks for: records of a batch, subjects to score, customers whose features are wanted. Told
// from a table of methods, so that no handler has to count.
#pragma once

#include <cstdint>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "google/protobuf/io/zero_copy_stream.h"
#include "google/protobuf/message.h"

namespace clientele::quota {

// A method whose requests hold rows.
struct RowMethod {
  absl::string_view method;  // "clientele.inference.v1.ScoringService/BatchScore"
  absl::string_view field;   // The repeated field that is counted; empty: every request is one row.
};
// All of them. Requests of other methods hold none.
absl::Span<const RowMethod> RowMethods();

// Immutable once built, thread-safe.
class RowCounter {
 public:
  // Knows the methods of RowMethods() whose protos this program has.
  RowCounter();

  // `method` is "/package.Service/Method".
  int64_t Count(absl::string_view method, const google::protobuf::Message& request) const;
  // The same of a request's wire form; where the bytes are no message, what could be read.
  int64_t Count(absl::string_view method, google::protobuf::io::ZeroCopyInputStream& wire) const;

 private:
  // Null: one row a request.
  absl::flat_hash_map<std::string, const google::protobuf::FieldDescriptor*> fields_;
};

}  // namespace clientele::quota
