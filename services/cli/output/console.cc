#include "services/cli/output/console.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "absl/strings/strip.h"
#include "google/protobuf/util/json_util.h"

namespace clientele::cli {

void Console::Print(const Table& table) {
  switch (format) {
    case OutputFormat::kTable: out << RenderTable(table, {.color = out_terminal, .max_width = width}); break;
    case OutputFormat::kJson: out << RenderJson(table); break;
    case OutputFormat::kCsv: out << RenderCsv(table); break;
  }
}

void Console::Print(const google::protobuf::Message& message, const Table& table) {
  if (format != OutputFormat::kJson) return Print(table);
  out << ToJson(message) << "\n";
}

void Console::Heading(absl::string_view text) {
  if (!for_people()) return;
  out << "\n" << (out_terminal ? "\x1b[1;36m" : "") << text << (out_terminal ? "\x1b[0m" : "") << "\n";
}

void Console::Say(absl::string_view text) {
  if (for_people()) out << text << "\n";
}

void Console::Note(absl::string_view text) { err << text << std::endl; }

std::string Console::ToJson(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  std::string json;
  // Fails for an Any of an unknown type alone; the text form then says at least what there is.
  if (!google::protobuf::util::MessageToJsonString(message, &json, options).ok()) json = message.DebugString();
  return std::string(absl::StripSuffix(json, "\n"));
}

Console ProcessConsole(const Clock& clock) {
  const char* no_color = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  const bool capable =
      (no_color == nullptr || *no_color == '\0') && (term == nullptr || absl::string_view(term) != "dumb");
  Console console{std::cout, std::cerr, clock};
  console.out_terminal = capable && isatty(STDOUT_FILENO);
  console.err_terminal = capable && isatty(STDERR_FILENO);
  winsize size = {};
  if (isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) console.width = size.ws_col;
  return console;
}

}  // namespace clientele::cli
