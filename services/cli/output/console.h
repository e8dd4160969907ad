// Where the command writes: results to standard output in the format asked for, everything else to standard error.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "common/base/clock.h"
#include "google/protobuf/message.h"
#include "services/cli/output/progress.h"
#include "services/cli/output/table.h"

namespace clientele::cli {

enum class OutputFormat { kTable, kJson, kCsv };

// One thread.
struct Console {
  std::ostream& out;
  std::ostream& err;
  const Clock& clock;
  bool out_terminal = false;
  bool err_terminal = false;
  int width = 0;  // Of the terminal; 0: no limit.
  OutputFormat format = OutputFormat::kTable;

  bool for_people() const { return format == OutputFormat::kTable; }

  void Print(const Table& table);
  // The message in JSON; the table otherwise.
  void Print(const google::protobuf::Message& message, const Table& table);
  // A JSON array of messages; the table otherwise.
  template <class Messages>
  void PrintList(const Messages& messages, const Table& table) {
    if (format != OutputFormat::kJson) return Print(table);
    out << "[";
    bool first = true;
    for (const auto& message : messages) {
      out << (first ? "\n" : ",\n") << ToJson(message);
      first = false;
    }
    out << (first ? "]\n" : "\n]\n");
  }

  // For people alone: a heading over what follows, a sentence.
  void Heading(absl::string_view text);
  void Say(absl::string_view text);
  // To standard error, in every format.
  void Note(absl::string_view text);

  Progress StartProgress(absl::string_view label) { return Progress(err, err_terminal, clock, label); }

  static std::string ToJson(const google::protobuf::Message& message);
};

// The console of this process: standard streams, colours and width where they are terminals.
Console ProcessConsole(const Clock& clock);

}  // namespace clientele::cli
