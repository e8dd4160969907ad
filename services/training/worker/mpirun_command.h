// How many ranks of a program are started: the command line of Open MPI's mpirun.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace clientele::training {

struct MpirunOptions {
  std::string mpirun = "mpirun";  // A path, or a name to be looked up.
  int64_t ranks = 0;
  // Open MPI's host file: one rank a host, in its order, over TCP. Empty: all ranks on this machine, through shared
  // memory.
  std::string hosts_file = {};
  // On this machine: where what ranks share in memory lies, so that nothing is left elsewhere when they are killed.
  std::string scratch_directory = {};
};

// Ranks are not bound to cores, for each has threads of its own; the first one has standard input. What the command
// line does not say, OMPI_MCA_... variables may.
std::vector<std::string> MpirunCommand(const MpirunOptions& options, const std::vector<std::string>& program);

}  // namespace clientele::training
