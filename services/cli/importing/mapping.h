// Which column of a CSV file becomes which field of a record: said with --map, or guessed from the column's name.
//
//   field=Column          the column's text
//   field==text           the same text in every record
//   field=Left*Right      the product of two columns, computed exactly in decimal
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "clientele/common/v1/feature.pb.h"

namespace clientele::cli {

struct Expression {
  enum class Kind { kColumn, kConstant, kProduct };
  Kind kind = Kind::kColumn;
  int left = -1;  // Column indices.
  int right = -1;
  std::string constant;
};

struct FieldMapping {
  std::string field;  // "amount", "attributes.age", "properties.country"
  Expression expression;
  std::string text;  // As it was written, or would have been.
  bool guessed = false;
};

struct Mapping {
  std::vector<FieldMapping> fields;  // In the order of the kind's fields, then attributes and properties.
  std::vector<std::string> unused_columns;

  // Null where nothing is mapped to it.
  const FieldMapping* Find(absl::string_view field) const;
};

struct MappingOptions {
  std::vector<std::string> maps = {};  // "field=expression"
  std::vector<std::string> ignored_columns = {};
  std::string event_time = {};  // A constant, instead of a column; empty: none.
};

// The fields of `kind` that a mapping may name. Kinds: PROFILE, TRANSACTION, INTERACTION, FEEDBACK.
std::vector<std::string> FieldsOf(common::v1::RecordKind kind);

// INVALID_ARGUMENT: a field or column nobody knows (the known ones are listed), one that is mapped twice, or a field
// the kind needs for which no column was found. Columns of a profile that nothing takes become its attributes.
absl::StatusOr<Mapping> MakeMapping(common::v1::RecordKind kind, const std::vector<std::string>& header,
                                    const MappingOptions& options);

// `column` as an attribute's or property's name: what is not [A-Za-z0-9_] becomes _.
std::string AttributeName(absl::string_view column);

}  // namespace clientele::cli
