// Makes a model's scores old: logs each once more, so many days earlier, in the data directory of a server that is not
// running. So the windows of their labels are over, which takes the servers' own clocks months.
//
// usage: age_scores DIRECTORY TENANT MODEL DAYS
#include <cstdlib>
#include <iostream>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/storage/rocksdb/score_log.h"

namespace clientele::storage {
namespace {

absl::Status Age(const std::string& directory, const std::string& id, const std::string& model, int days) {
  CLIENTELE_ASSIGN_OR_RETURN(const TenantId tenant, TenantId::Parse(id));
  CLIENTELE_ASSIGN_OR_RETURN(const auto log, OpenRocksScoreLog(absl::StrCat(directory, "/score_log")));
  ScoreLogEntries aged{.tenant = tenant, .model = model, .scores = {}, .pairs = {}, .customers = {}, .counts = {}};
  CLIENTELE_RETURN_IF_ERROR(log->ForEachScore(tenant, model, absl::InfinitePast(), absl::InfiniteFuture(),
                                              [&](const LoggedScore& score) {
                                                aged.scores.push_back(score);
                                                aged.scores.back().time -= absl::Hours(24) * days;
                                                return true;
                                              }));
  std::cout << aged.scores.size() << std::endl;
  return log->Append({&aged, 1});
}

}  // namespace
}  // namespace clientele::storage

int main(int argc, char** argv) {
  int days = 0;
  if (argc != 5 || !absl::SimpleAtoi(argv[4], &days)) return EXIT_FAILURE;
  const absl::Status status = clientele::storage::Age(argv[1], argv[2], argv[3], days);
  if (!status.ok()) std::cerr << status.message() << "\n";
  return status.ok() ? EXIT_SUCCESS : EXIT_FAILURE;
}
