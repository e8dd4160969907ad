// The seam between the job manager, which holds jobs to a budget of memory, and what knows how much they take.
#pragma once

#include <cstdint>
#include <string>

#include "clientele/training/v1/training_service.pb.h"

namespace clientele::training {

// What a job will take, in bytes.
struct MemoryNeed {
  int64_t bytes = 0;  // What is set aside for it.
  int64_t least = 0;  // It cannot do with less; 0: nobody knows.
  std::string basis = {};  // "120000 customers, 34 columns", for people.
};

// Thread-safe.
class JobMemory {
 public:
  virtual ~JobMemory() = default;
  // May take seconds.
  virtual MemoryNeed Of(const v1::TrainingJob& job) = 0;
  // So much is set aside for the jobs that run. Must be quick.
  virtual void OnReserved(int64_t bytes) = 0;
  // A worker has ended, and took so much at most. `outgrew`: it was ended, for it wanted more than there was.
  virtual void OnMeasured(const v1::TrainingJob& job, const MemoryNeed& need, int64_t peak, bool outgrew) = 0;
};

}  // namespace clientele::training
