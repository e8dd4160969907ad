#include "tests/services/training/support/public_data.h"

#include <zlib.h>

#include <limits>

#include "absl/strings/numbers.h"

namespace clientele::testutil {
namespace {

// gzopen reads plain files as they are.
std::optional<std::string> ReadFile(const std::string& name) {
  const std::optional<std::string> path = TestData(name);
  if (!path) return std::nullopt;
  gzFile file = gzopen(path->c_str(), "rb");
  if (file == nullptr) return std::nullopt;
  std::string text;
  char buffer[1 << 16];
  for (int n; (n = gzread(file, buffer, sizeof(buffer))) > 0;) text.append(buffer, n);
  gzclose(file);
  return text;
}

// The next record of `text` from `at`; quotes as in RFC 4180.
std::vector<std::string> NextRecord(const std::string& text, size_t& at) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (quoted) {
      if (c == '"' && at + 1 < text.size() && text[at + 1] == '"') {
        fields.back() += text[++at];
      } else if (c == '"') {
        quoted = false;
      } else {
        fields.back() += c;
      }
    } else if (c == '"') {
      quoted = true;
    } else if (c == ',') {
      fields.emplace_back();
    } else if (c == '\n') {
      ++at;
      break;
    } else if (c != '\r') {
      fields.back() += c;
    }
  }
  return fields;
}

}  // namespace

int CsvTable::Column(absl::string_view name) const {
  for (size_t i = 0; i < header.size(); ++i) {
    if (header[i] == name) return static_cast<int>(i);
  }
  return -1;
}

double CsvTable::Number(size_t row, int column) const {
  double value;
  return absl::SimpleAtod(rows[row][column], &value) ? value : std::numeric_limits<double>::quiet_NaN();
}

std::optional<CsvTable> ReadPublicTable(const std::string& path) {
  const std::optional<std::string> text = ReadFile(path);
  if (!text || text->empty()) return std::nullopt;
  CsvTable table;
  size_t at = 0;
  table.header = NextRecord(*text, at);
  while (at < text->size()) table.rows.push_back(NextRecord(*text, at));
  return table;
}

std::optional<nlohmann::json> ReadReference() {
  const std::optional<std::string> text = ReadFile("reference.json");
  if (!text || text->empty()) return std::nullopt;
  return nlohmann::json::parse(*text);
}

}  // namespace clientele::testutil
