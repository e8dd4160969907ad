// Drives a fuzz target without libFuzzer: every file of the corpus as it is, then seeded mutations of it.
//
// usage: x_fuzz CORPUS [MUTATIONS]    Where the target stops, the input is printed as hex.
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "google/protobuf/stubs/logging.h"
#include "tests/fuzz/target.h"

namespace clientele::fuzz {
namespace {

constexpr size_t kMaxBytes = 1 << 20;

std::string current;  // For the handler, which can be given nothing.

void PrintInput(int signal) {
  std::fprintf(stderr, "the input, %zu bytes:\n", current.size());
  for (const char c : current) std::fprintf(stderr, "%02x", static_cast<uint8_t>(c));
  std::fprintf(stderr, "\n");
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

void Run(std::string input) {
  current = std::move(input);
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(current.data()), current.size());
}

std::vector<std::string> ReadCorpus(const std::string& folder) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> corpus;
  for (const auto& path : paths) {
    std::ifstream file(path, std::ios::binary);
    corpus.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return corpus;
}

// Changes, cuts, doubles, inserts, or puts in a piece of another input.
class Mutator {
 public:
  explicit Mutator(const std::vector<std::string>& corpus) : corpus_(corpus) {}

  std::string Next() {
    std::string bytes = Pick();
    for (uint64_t changes = 1 + random_() % 4; changes > 0; --changes) Change(bytes);
    if (bytes.size() > kMaxBytes) bytes.resize(kMaxBytes);
    return bytes;
  }

 private:
  const std::string& Pick() { return corpus_[random_() % corpus_.size()]; }
  size_t Below(size_t n) { return n == 0 ? 0 : random_() % n; }

  void Change(std::string& bytes) {
    const size_t at = Below(bytes.size()), length = 1 + Below(16);
    const char extremes[] = {'\0', '\x7f', '\x80', '\xff'};
    switch (random_() % 8) {
      case 0:
        if (!bytes.empty()) bytes[at] = static_cast<char>(random_());
        break;
      case 1:
        if (!bytes.empty()) bytes[at] = static_cast<char>(bytes[at] ^ (1 << random_() % 8));
        break;
      case 2:
        if (!bytes.empty()) bytes[at] = extremes[random_() % 4];
        break;
      case 3: bytes.resize(at); break;
      case 4: bytes.erase(at, length); break;
      case 5: bytes.insert(at, length, static_cast<char>(random_())); break;
      case 6: bytes.insert(Below(bytes.size()), bytes.substr(at, length)); break;
      default: {
        const std::string& other = Pick();
        bytes.insert(at, other.substr(Below(other.size()), 8 * length));
      }
    }
  }

  const std::vector<std::string>& corpus_;
  std::mt19937_64 random_{1};
};

int Replay(const std::string& folder, int64_t mutations) {
  for (const int signal : {SIGABRT, SIGSEGV, SIGFPE, SIGBUS}) std::signal(signal, PrintInput);
  google::protobuf::SetLogHandler(nullptr);  // The parser's complaints, thousands of them.
  const std::vector<std::string> corpus = ReadCorpus(folder);
  if (corpus.empty()) {
    std::cerr << "no corpus in " << folder << "\n";
    return 1;
  }
  Run("");
  for (const std::string& input : corpus) Run(input);
  Mutator mutator(corpus);
  for (int64_t i = 0; i < mutations; ++i) Run(mutator.Next());
  std::cout << corpus.size() << " inputs, " << mutations << " mutations\n";
  return 0;
}

}  // namespace
}  // namespace clientele::fuzz

int main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "usage: " << argv[0] << " CORPUS [MUTATIONS]\n";
    return 2;
  }
  return clientele::fuzz::Replay(argv[1], argc > 2 ? std::atoll(argv[2]) : 0);
}
