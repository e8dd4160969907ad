#include "services/training/jobs/process_launcher.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>
#include <utility>

#include "absl/base/config.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/config/byte_size.h"
#include "services/training/jobs/checkpoint_directory.h"
#include "services/training/jobs/file_descriptor.h"
#include "services/training/jobs/last_words.h"
#include "services/training/jobs/process_memory.h"
#include "services/training/jobs/scratch_directory.h"
#include "services/training/jobs/worker_wire.h"

extern char** environ;

namespace clientele::training {
namespace {

constexpr size_t kTailBytes = 4'000;
constexpr absl::Duration kMemoryLook = absl::Milliseconds(50);
constexpr absl::Duration kCheckpointsKept = absl::Hours(24 * 7);  // After they were written last.

absl::Status Crashed(absl::string_view message) {
  return Error(absl::StatusCode::kInternal, ErrorReason::kWorkerCrashed, message);
}

absl::Status LaunchFailed(absl::string_view what, int error) {
  return Crashed(absl::StrCat("the worker could not be started: ", what, ": ", std::strerror(error)));
}

// One end of the conversation with a child, and what it said last on its standard error.
class ProcessWorker final : public Worker {
 public:
  ProcessWorker(pid_t pid, FileDescriptor process, FileDescriptor output, FileDescriptor errors, FileDescriptor stop,
                absl::Duration grace, absl::Duration farewell, ScratchDirectory scratch, std::string checkpoints,
                MemoryAllowance allowance)
      : pid_(pid),
        process_(std::move(process)),
        output_(std::move(output)),
        errors_(std::move(errors)),
        stop_(std::move(stop)),
        grace_(grace),
        farewell_(farewell),
        scratch_(std::move(scratch)),
        checkpoints_(std::move(checkpoints)),
        allowance_(std::move(allowance)) {}

  ~ProcessWorker() override {
    if (!reaped_) Reap();
  }

  absl::StatusOr<v1::WorkerResult> Wait(absl::FunctionRef<void(const v1::Progress&)> on_progress) override {
    while (PollOnce(on_progress)) {
    }
    ReadOutput(on_progress);  // What it wrote last, it wrote before it ended.
    ReadErrors();
    const int status = Reap();
    scratch_ = ScratchDirectory();
    if (result_.has_value() && !IsOfALoss(*result_)) return Ended(*std::move(result_));
    if (!protocol_error_.ok()) return Crashed(protocol_error_.message());
    if (memory_.outgrew) return Outgrew();
    if (stop_seen_) return Error(absl::StatusCode::kCancelled, ErrorReason::kCancelled, "the worker was stopped");
    const std::string last = LastWords(tail_);
    return Crashed(absl::StrCat(HowItEnded(status), last.empty() ? "" : "; its last words: ", last));
  }

  absl::Duration cpu_time() const override {
    return absl::DurationFromTimeval(used_.ru_utime) + absl::DurationFromTimeval(used_.ru_stime);
  }

  WorkerMemory memory() const override { return memory_; }

  void Stop() override {
    const uint64_t one = 1;
    // Cannot fail: the counter has room, and the descriptor is ours.
    [[maybe_unused]] const ssize_t written = write(stop_.get(), &one, sizeof(one));
  }

 private:
  // Waits for the next thing to happen; false once the process has ended.
  bool PollOnce(absl::FunctionRef<void(const v1::Progress&)> on_progress) {
    pollfd fds[] = {{process_.get(), POLLIN, 0},
                    {output_.get(), POLLIN, 0},
                    {errors_.get(), POLLIN, 0},
                    {stop_seen_ ? -1 : stop_.get(), POLLIN, 0}};
    const int ready = poll(fds, 4, TimeoutMillis());
    if (ready < 0) return errno == EINTR;
    if (absl::Now() >= kill_at_) {
      Kill(SIGKILL);
      kill_at_ = absl::InfiniteFuture();
    }
    LookAtMemory();
    if (fds[1].revents != 0) ReadOutput(on_progress);
    if (fds[2].revents != 0) ReadErrors();
    if (fds[3].revents != 0) {
      stop_seen_ = true;
      Kill(SIGTERM);
      kill_at_ = std::min(kill_at_, absl::Now() + grace_);
    }
    return fds[0].revents == 0;
  }

  int TimeoutMillis() const {
    const absl::Duration left = std::min(kill_at_, next_look_) - absl::Now();
    return static_cast<int>(absl::ToInt64Milliseconds(std::max(left, absl::ZeroDuration()))) + 1;
  }

  // From outside, where a worker that is short of memory cannot fail to, and over all its ranks.
  void LookAtMemory() {
    if (absl::Now() < next_look_) return;
    next_look_ = absl::Now() + kMemoryLook;
    const ProcessMemory now = MemoryOfTree(pid_);
    memory_.peak = std::max(memory_.peak, now.peak);
    if (allowance_.limit == 0 || now.resident <= allowance_.limit || memory_.outgrew) return;
    if (allowance_.more) allowance_.limit = allowance_.more(now.resident);
    if (now.resident <= allowance_.limit) return;
    memory_.outgrew = true;
    Kill(SIGKILL);
  }

  absl::Status Outgrew() const {
    return Error(absl::StatusCode::kResourceExhausted, ErrorReason::kNotEnoughMemory,
                 absl::StrCat("the job needs more memory than its budget of ", config::FormatByteSize(allowance_.limit),
                              ": its worker took ", config::FormatByteSize(memory_.peak),
                              " and was ended; ask for fewer features, or raise ", allowance_.setting));
  }

  // All there is to read now; closes `fd` at its end, so that poll does not report it for ever.
  template <typename Take>
  static void Drain(FileDescriptor& fd, Take take) {
    char piece[1 << 16];
    while (fd.is_open()) {
      const ssize_t n = read(fd.get(), piece, sizeof(piece));
      if (n > 0) {
        take(absl::string_view(piece, static_cast<size_t>(n)));
      } else if (n == 0) {
        fd.Close();
      } else if (errno != EINTR) {
        if (errno != EAGAIN) fd.Close();
        return;
      }
    }
  }

  void ReadOutput(absl::FunctionRef<void(const v1::Progress&)> on_progress) {
    Drain(output_, [&](absl::string_view bytes) {
      if (protocol_error_.ok()) reader_.Append(bytes);
    });
    v1::WorkerEvent event;
    while (protocol_error_.ok()) {
      const absl::StatusOr<bool> found = reader_.Next(event);
      if (!found.ok()) {
        protocol_error_ = found.status();
        Kill(SIGKILL);
        return;
      }
      if (!*found) return;
      if (event.has_progress()) on_progress(event.progress());
      if (!event.has_result()) continue;
      result_ = std::move(*event.mutable_result());
      kill_at_ = std::min(kill_at_, absl::Now() + farewell_);
    }
  }

  void ReadErrors() {
    Drain(errors_, [&](absl::string_view bytes) {
      [[maybe_unused]] const absl::Status shown = WriteAll(STDERR_FILENO, bytes);
      tail_.append(bytes.data(), bytes.size());
      if (tail_.size() > kTailBytes) tail_.erase(0, tail_.size() - kTailBytes);
    });
  }

  void Kill(int signal) { kill(-pid_, signal); }  // The whole group.

  int Reap() {
    Kill(SIGKILL);  // Whatever it left behind in its group; while it is not reaped, its number is nobody else's.
    int status = 0;
    while (wait4(pid_, &status, 0, &used_) < 0 && errno == EINTR) {
    }
    reaped_ = true;
    return status;
  }

  static std::string HowItEnded(int status) {
    if (!WIFSIGNALED(status)) {
      return absl::StrCat("the worker ended with exit code ", WEXITSTATUS(status), " and without an answer");
    }
    const int signal = WTERMSIG(status);
    return absl::StrCat("the worker was killed by signal ", signal,
                        signal == SIGKILL ? " (out of memory?)" : absl::StrCat(" (", strsignal(signal), ")"));
  }

  // Whether `result` is no more than what the loss of a rank did to the first one: it was left, or ended by mpirun.
  bool IsOfALoss(const v1::WorkerResult& result) const {
    if (stop_seen_) return false;
    const auto code = static_cast<absl::StatusCode>(result.error().code());
    return code == absl::StatusCode::kCancelled || (code == absl::StatusCode::kAborted && !LostRank(tail_).empty());
  }

  v1::WorkerResult Ended(v1::WorkerResult result) const {
    std::error_code error;
    if (!checkpoints_.empty() && IsFinal(result)) std::filesystem::remove_all(checkpoints_, error);
    return result;
  }

  const pid_t pid_;
  FileDescriptor process_, output_, errors_;
  const FileDescriptor stop_;  // An event: Stop() writes, Wait() reads.
  const absl::Duration grace_, farewell_;
  ScratchDirectory scratch_;
  const std::string checkpoints_;
  MemoryAllowance allowance_;
  WorkerMemory memory_;
  absl::Time next_look_ = absl::InfinitePast();
  bool reaped_ = false;
  rusage used_ = {};  // Once reaped.
  bool stop_seen_ = false;
  absl::Time kill_at_ = absl::InfiniteFuture();
  WorkerEventReader reader_;
  absl::Status protocol_error_;
  std::optional<v1::WorkerResult> result_;
  std::string tail_;
};

// A file in memory that holds the job, at its beginning: unlike a pipe it never blocks, and nobody has to feed it.
absl::StatusOr<FileDescriptor> JobFile(const v1::WorkerJob& job) {
  FileDescriptor file(memfd_create("clientele-job", MFD_CLOEXEC));
  if (!file.is_open()) return LaunchFailed("memfd_create", errno);
  CLIENTELE_RETURN_IF_ERROR(WriteAll(file.get(), job.SerializeAsString()));
  if (lseek(file.get(), 0, SEEK_SET) != 0) return LaunchFailed("lseek", errno);
  return file;
}

struct Pipe {
  FileDescriptor read, write;
};

absl::StatusOr<Pipe> MakePipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return LaunchFailed("pipe2", errno);
  Pipe result{FileDescriptor(ends[0]), FileDescriptor(ends[1])};
  fcntl(ends[0], F_SETFL, O_NONBLOCK);
  return result;
}

// `scratch` empty: the service's own folder of temporary files.
std::vector<std::string> Environment(int threads, const std::string& scratch) {
  std::vector<std::string> result;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const bool ours =
        absl::StartsWith(*variable, "OMP_NUM_THREADS=") || (!scratch.empty() && absl::StartsWith(*variable, "TMPDIR="));
    if (!ours) result.emplace_back(*variable);
  }
  result.push_back(absl::StrCat("OMP_NUM_THREADS=", threads));
  if (!scratch.empty()) result.push_back(absl::StrCat("TMPDIR=", scratch));
  return result;
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (std::string& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

// posix_spawn's two option objects. No fork: the service has threads, gRPC's among them.
class SpawnOptions {
 public:
  SpawnOptions(int input, int output, int errors) {
    posix_spawn_file_actions_init(&actions_);
    posix_spawn_file_actions_adddup2(&actions_, input, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions_, errors, STDERR_FILENO);
    posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1);
    posix_spawnattr_init(&attributes_);
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    posix_spawnattr_setpgroup(&attributes_, 0);
    posix_spawnattr_setflags(&attributes_,
                             POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~SpawnOptions() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  SpawnOptions(const SpawnOptions&) = delete;
  SpawnOptions& operator=(const SpawnOptions&) = delete;

  int Spawn(const std::string& program, char* const* arguments, char* const* environment, pid_t& pid) {
    return posix_spawn(&pid, program.c_str(), &actions_, &attributes_, arguments, environment);
  }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

// The kernel's limit, for what happens between two looks: what a process has asked for, of which much is never touched
// (stacks, what the allocator keeps), so it is far above what the process may hold. A sanitizer asks for a shadow of all
// memory there could be.
void HoldTo(int64_t bytes, pid_t pid) {
#if defined(ABSL_HAVE_ADDRESS_SANITIZER) || defined(ABSL_HAVE_THREAD_SANITIZER)
  return;
#endif
  const auto most = static_cast<rlim_t>(2 * bytes + (int64_t{1} << 30));
  const rlimit limit = {most, most};
  prlimit(pid, RLIMIT_DATA, &limit, nullptr);
}

}  // namespace

v1::WorkerJob ProcessLauncher::WorkerJobOf(const v1::TrainingJob& job) const {
  v1::WorkerJob worker_job;
  *worker_job.mutable_job() = job;
  const int threads = job.threads() == 0 ? options_.default_threads : job.threads();
  worker_job.mutable_job()->set_threads(std::max(1, threads / options_.ranks_here));
  *worker_job.mutable_ingestion() = options_.ingestion;
  *worker_job.mutable_inference() = options_.inference;
  worker_job.set_service_pid(getpid());
  worker_job.mutable_rank_timeout()->set_seconds(absl::ToInt64Seconds(options_.rank_timeout));
  if (!options_.checkpoint_root.empty()) {
    worker_job.set_checkpoint_directory(CheckpointDirectoryOf(options_.checkpoint_root, job));
  }
  return worker_job;
}

absl::StatusOr<std::unique_ptr<Worker>> ProcessLauncher::Launch(const v1::TrainingJob& job, MemoryAllowance memory) {
  const v1::WorkerJob worker_job = WorkerJobOf(job);
  if (!options_.checkpoint_root.empty()) SweepCheckpoints(options_.checkpoint_root, kCheckpointsKept);
  ScratchDirectory scratch;
  if (!options_.scratch_root.empty()) {
    absl::StatusOr<ScratchDirectory> made = ScratchDirectory::Make(options_.scratch_root);
    if (!made.ok()) return Crashed(made.status().message());
    scratch = *std::move(made);
  }

  CLIENTELE_ASSIGN_OR_RETURN(const FileDescriptor input, JobFile(worker_job));
  CLIENTELE_ASSIGN_OR_RETURN(Pipe output, MakePipe());
  CLIENTELE_ASSIGN_OR_RETURN(Pipe errors, MakePipe());
  FileDescriptor stop(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!stop.is_open()) return LaunchFailed("eventfd", errno);

  std::vector<std::string> arguments = {options_.program};
  arguments.insert(arguments.end(), options_.arguments.begin(), options_.arguments.end());
  std::vector<std::string> environment = Environment(worker_job.job().threads(), scratch.path());
  SpawnOptions spawn(input.get(), output.write.get(), errors.write.get());
  pid_t pid = 0;
  const int error = spawn.Spawn(options_.program, Pointers(arguments).data(), Pointers(environment).data(), pid);
  if (error != 0) return LaunchFailed(options_.program, error);

  if (memory.most > 0) HoldTo(memory.most, pid);
  // Not glibc's wrapper: the header of Debian 12 declares it for C alone.
  FileDescriptor process(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  if (!process.is_open()) {
    const int reason = errno;
    kill(-pid, SIGKILL);
    waitpid(pid, nullptr, 0);
    return LaunchFailed("pidfd_open", reason);
  }
  return std::make_unique<ProcessWorker>(pid, std::move(process), std::move(output.read), std::move(errors.read),
                                         std::move(stop), options_.grace, options_.farewell, std::move(scratch),
                                         worker_job.checkpoint_directory(), std::move(memory));
}

std::string BesideThisProgram(absl::string_view program) {
  std::error_code error;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  return (self.parent_path() / std::string(program)).string();
}

}  // namespace clientele::training
