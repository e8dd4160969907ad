// `move`: what stopped programs keep goes from their directories into PostgreSQL, or back, and both sides are compared.
#include "common/storage/move/move.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/records/record_columns.h"
#include "services/cli/commands/commands.h"
#include "services/cli/local/staying_files.h"

namespace clientele::cli {
namespace {

struct MoveCommand {
  std::string from, to, keys;
  std::string files_to;
  bool verify_only = false;
};

constexpr size_t kShownDigest = 16;

Table ComparisonTable(const std::vector<storage::Comparison>& comparisons) {
  Table table({{"program", "Program"},
               {"store", "Store"},
               {"tenant", "Tenant"},
               {"items", "Items", Align::kRight},
               {"bytes", "Bytes", Align::kRight},
               {"digest", "Digest"},
               {"equal", "Equal"}});
  for (const storage::Comparison& one : comparisons) {
    Cell digest = Cell::Text(one.from.Hex());
    digest.shown = digest.raw.substr(0, kShownDigest);
    Cell equal = Cell::Text(one.equal() ? "yes" : absl::StrCat("no: ", absl::StrJoin(one.differing, ", ")));
    table.AddRow({Cell::Text(one.program), Cell::Text(one.store),
                  one.tenant.empty() ? Cell::Missing() : Cell::Text(one.tenant), Cell::Count(one.from.rows()),
                  Cell::Count(one.from.bytes()), std::move(digest), std::move(equal)});
  }
  return table;
}

// DATA_LOSS names what is not the same on both sides.
absl::Status CheckEqual(const std::vector<storage::Comparison>& comparisons) {
  std::vector<std::string> differences;
  for (const storage::Comparison& one : comparisons) {
    if (one.equal()) continue;
    differences.push_back(absl::StrCat(one.store, one.tenant.empty() ? "" : absl::StrCat(" of ", one.tenant), " (",
                                       absl::StrJoin(one.differing, ", "), "): ", one.from.rows(), " were there and ",
                                       one.there.rows(), " are here"));
  }
  if (differences.empty()) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat("not all is equal: ", absl::StrJoin(differences, "; ")));
}

// What stays files: copied, or told of.
absl::Status BringFiles(Context& context, const storage::Move& move, const std::string& files_to) {
  const auto all = move.FindStaying();
  for (const storage::Move::Staying& staying : all) {
    if (staying.names.empty()) continue;
    const std::string program = absl::StrCat("clientele-", staying.directory.program);
    if (files_to.empty()) {
      context.console().Say(absl::StrCat(program, " keeps files of its own in ", staying.directory.path, ": ",
                                         absl::StrJoin(staying.names, ", "), ". Start it with that data.directory."));
      continue;
    }
    const std::string target = all.size() == 1 ? files_to : absl::StrCat(files_to, "/", staying.directory.program);
    CLIENTELE_ASSIGN_OR_RETURN(const int64_t files, CopyStaying(staying, target));
    context.console().Say(absl::StrCat(program, ": ", files, " files of its own are in ", target,
                                       " now. Start it with that data.directory."));
  }
  return absl::OkStatus();
}

absl::Status RunMove(Context& context, const MoveCommand& command) {
  if (!command.files_to.empty() && !absl::StartsWith(command.from, "rocksdb:")) {
    return absl::InvalidArgumentError("--files-to goes with --from rocksdb:DIRECTORY alone");
  }
  CLIENTELE_ASSIGN_OR_RETURN(
      const auto move,
      storage::Move::Open(
          {.from = command.from, .to = command.to, .keys = command.keys, .describe = &records::ColumnsOf}));
  const auto observe = [](Progress& progress) {
    return [&progress](absl::string_view layout, int64_t rows) {
      progress.Update(-1, absl::StrCat(layout, ": ", Cell::Count(rows).shown));
    };
  };
  if (!command.verify_only) {
    Progress progress = context.console().StartProgress("moving");
    CLIENTELE_RETURN_IF_ERROR(move->Copy(observe(progress)));
    progress.Done("all of it");
  }
  Progress progress = context.console().StartProgress("comparing");
  CLIENTELE_ASSIGN_OR_RETURN(const std::vector<storage::Comparison> comparisons, move->Compare(observe(progress)));
  progress.Done("all of it");
  context.console().Print(ComparisonTable(comparisons));
  CLIENTELE_RETURN_IF_ERROR(CheckEqual(comparisons));
  context.console().Say("All is equal on both sides.");
  return command.verify_only ? absl::OkStatus() : BringFiles(context, *move, command.files_to);
}

}  // namespace

void AddMove(CLI::App& app, Context& context) {
  CLI::App* move = app.add_subcommand("move",
                                      "Move what stopped programs keep from their data directories into "
                                      "PostgreSQL, or back; ended in the middle, run it again");
  auto command = std::make_shared<MoveCommand>();
  move->add_option("--from", command->from, "rocksdb:DIRECTORY, of one program or of all three; or postgresql://...")
      ->required();
  move->add_option("--to", command->to, "postgresql://..., the storage.url to be; or rocksdb:DIRECTORY, of all three")
      ->required();
  move->add_option("--keys", command->keys,
                   "postgresql://..., the privacy.keys_url: customers' keys go there, or come from there");
  move->add_option("--files-to", command->files_to, "A new directory for what stays files, such as the audit log");
  move->add_flag("--verify-only", command->verify_only, "Compare both sides, and move nothing");
  context.Bind(move, [&context, command] { return RunMove(context, *command); });
}

}  // namespace clientele::cli
