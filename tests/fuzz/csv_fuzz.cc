// CSV files, plain and gzipped, as `clientele import` reads them: rows of as many fields as the header has, or an
// error.
#include <sys/mman.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/cli/csv/csv_reader.h"
#include "services/cli/importing/mapping.h"
#include "services/cli/importing/record_builder.h"
#include "tests/fuzz/target.h"

namespace clientele::cli {
namespace {

// A file that is nowhere: what is read lies behind its path.
class MemoryFile {
 public:
  explicit MemoryFile(absl::string_view bytes) : descriptor_(::memfd_create("input", MFD_CLOEXEC)) {
    fuzz::Require(::write(descriptor_, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()),
                  "a file in memory");
  }
  ~MemoryFile() { ::close(descriptor_); }
  std::string path() const { return absl::StrCat("/proc/self/fd/", descriptor_); }

 private:
  const int descriptor_;
};

void Import(CsvReader& reader, common::v1::RecordKind kind) {
  absl::StatusOr<Mapping> mapping = MakeMapping(kind, reader.header(), {});
  std::vector<std::string> fields;
  if (!mapping.ok()) {
    while (true) {
      const auto more = reader.Next(fields);
      if (!more.ok() || !*more) return;
      fuzz::Require(fields.size() == reader.header().size(), "a row has as many fields as the header");
    }
  }
  RecordOptions options;
  options.kind = kind;
  options.source = "crm";
  options.file_key = "orders";
  const RecordBuilder builder(reader.header(), *std::move(mapping), options);
  while (true) {
    const auto more = reader.Next(fields);
    if (!more.ok() || !*more) return;
    ingestion::v1::Record record;
    if (builder.Build(fields, reader.row(), record).ok()) {
      ingestion::v1::Record again;
      fuzz::Require(again.ParseFromString(record.SerializeAsString()), "a record that is sent can be read");
    }
  }
}

}  // namespace
}  // namespace clientele::cli

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace clientele;
  using namespace clientele::cli;
  absl::string_view input = fuzz::Text(data, size);
  const uint8_t choice = fuzz::TakeByte(input);
  const MemoryFile file(input);
  const CsvOptions options = {.delimiter = (choice & 1) != 0 ? ';' : ',',
                              .encoding = (choice & 2) != 0 ? Encoding::kLatin1 : Encoding::kUtf8,
                              .max_field_bytes = 1 << 12};
  const common::v1::RecordKind kinds[] = {common::v1::RECORD_KIND_PROFILE, common::v1::RECORD_KIND_TRANSACTION,
                                          common::v1::RECORD_KIND_INTERACTION, common::v1::RECORD_KIND_FEEDBACK};
  const auto reader = CsvReader::Open(file.path(), options);
  if (reader.ok()) Import(**reader, kinds[choice >> 2 & 3]);
  return 0;
}
