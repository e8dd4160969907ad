#include "services/training/worker/mpirun_command.h"

#include "absl/strings/str_cat.h"

namespace clientele::training {

std::vector<std::string> MpirunCommand(const MpirunOptions& options, const std::vector<std::string>& program) {
  std::vector<std::string> command = {options.mpirun, "-np", absl::StrCat(options.ranks), "--bind-to", "none"};
  const auto add = [&](std::initializer_list<std::string> words) { command.insert(command.end(), words); };
  const auto set = [&](const std::string& name, const std::string& value) { add({"--mca", name, value}); };
  set("pml", "ob1");
  if (options.hosts_file.empty()) {
    add({"--oversubscribe"});
    set("plm", "isolated");  // Starts nothing elsewhere, and looks for no ssh.
    set("oob_tcp_if_include", "lo");
    set("btl", "self,vader");
    set("btl_vader_single_copy_mechanism", "none");  // Containers forbid one process to read another's memory.
    set("btl_vader_backing_directory", options.scratch_directory);
    set("orte_tmpdir_base", options.scratch_directory);
  } else {
    add({"--hostfile", options.hosts_file, "--map-by", "ppr:1:node", "-x", "OMP_NUM_THREADS"});
    set("btl", "self,tcp");
  }
  command.insert(command.end(), program.begin(), program.end());
  return command;
}

}  // namespace clientele::training
