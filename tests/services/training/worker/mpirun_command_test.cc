#include "services/training/worker/mpirun_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_join.h"

namespace clientele::training {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST(MpirunCommandTest, OnThisMachineRanksTalkThroughMemoryAndListenToNobodyElse) {
  const std::string line = absl::StrJoin(
      MpirunCommand({.mpirun = "/opt/mpirun", .ranks = 4, .scratch_directory = "/scratch"}, {"trainer", "--x"}), " ");
  EXPECT_THAT(line, AllOf(StartsWith("/opt/mpirun -np 4 "), EndsWith(" trainer --x"), HasSubstr("--mca btl self,vader"),
                          HasSubstr("--mca plm isolated"), HasSubstr("--mca oob_tcp_if_include lo"),
                          HasSubstr("--mca btl_vader_backing_directory /scratch"), Not(HasSubstr("--hostfile"))));
  EXPECT_THAT(line, Not(HasSubstr("root")));  // Whoever wants to run as root says so to mpirun himself.
}

TEST(MpirunCommandTest, OnManyMachinesEachHasOneRank) {
  const std::string line =
      absl::StrJoin(MpirunCommand({.ranks = 64, .hosts_file = "/etc/hosts.mpi"}, {"trainer"}), " ");
  EXPECT_THAT(line, AllOf(HasSubstr("--hostfile /etc/hosts.mpi --map-by ppr:1:node"), HasSubstr("--mca btl self,tcp"),
                          HasSubstr("-x OMP_NUM_THREADS"), Not(HasSubstr("isolated"))));
}

}  // namespace
}  // namespace clientele::training
