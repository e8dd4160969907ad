// Checks of text fields.
#pragma once

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"
#include "services/ingestion/records/rejection.h"

namespace clientele::ingestion {

inline constexpr size_t kMaxLabelBytes = 256;          // Products, categories, channels, issues, names.
inline constexpr size_t kMaxTextBytes = 16 << 10;      // What people wrote.

// The length of the well-formed UTF-8 character `text` begins with; 0 where there is none.
size_t Utf8CharacterSize(absl::string_view text);
bool IsUtf8(absl::string_view text);
// U+FFFD in place of every byte that is not UTF-8.
std::string ReplaceBadUtf8(absl::string_view text);
// At most `size` bytes, not in the middle of a character. `text` is UTF-8.
absl::string_view CutUtf8(absl::string_view text, size_t size);

MaybeRejection CheckLength(absl::string_view field, absl::string_view text, size_t max_bytes);
MaybeRejection CheckRequired(absl::string_view field, absl::string_view text, size_t max_bytes);

// [a-z0-9][a-z0-9._-]{0,62}: a source.
MaybeRejection CheckSource(absl::string_view field, absl::string_view text);
// [a-z][a-z0-9_]{0,62}: a type of interaction, an outcome.
MaybeRejection CheckIdentifier(absl::string_view field, absl::string_view text);
// [A-Za-z][A-Za-z0-9_]{0,62}: the name of an attribute or a property.
bool IsAttributeName(absl::string_view text);

}  // namespace clientele::ingestion
