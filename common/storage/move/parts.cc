#include "common/storage/move/parts.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "clientele/inference/v1/model_service.pb.h"
#include "common/base/error.h"
#include "common/base/hash.h"
#include "common/base/status_macros.h"
#include "common/storage/postgresql/values.h"

namespace clientele::storage {
namespace {

constexpr size_t kBatchBytes = 8 << 20;
constexpr int64_t kObserveEvery = 50'000;

constexpr char kArtifacts[] = "artifacts";
constexpr char kVersions[] = "model_versions";  // tenant, model, number, message

struct ArtifactName {
  TenantId tenant;
  std::string sha256;

  friend bool operator<(const ArtifactName& a, const ArtifactName& b) {
    return std::tie(a.tenant, a.sha256) < std::tie(b.tenant, b.sha256);
  }
};

// Those of the versions that are not deleted.
absl::StatusOr<std::set<ArtifactName>> ArtifactsOf(const RowSource& source, const Layouts& layouts) {
  std::set<ArtifactName> names;
  for (const Layout& layout : layouts.tables) {
    if (!layouts.has_artifacts || layout.name != kVersions) continue;
    absl::Status status;
    CLIENTELE_RETURN_IF_ERROR(source.ForEachRow(layout, [&](const Row& row) {
      inference::v1::ModelVersion version;
      const auto tenant = TenantId::Parse(row[0]);
      if (!tenant.ok() || !version.ParseFromString(std::string(row[3]))) {
        status = Error(absl::StatusCode::kInternal, ErrorReason::kStorageFailed, "a stored version is damaged");
      } else if (version.state() != inference::v1::ModelVersion::STATE_DELETED) {
        names.insert({*tenant, version.sha256()});
      }
      return status.ok();
    }));
    CLIENTELE_RETURN_IF_ERROR(status);
  }
  return names;
}

absl::Status CopyArtifacts(const Part& part, ObserveMove observe) {
  CLIENTELE_ASSIGN_OR_RETURN(const std::set<ArtifactName> names, ArtifactsOf(*part.from, *part.layouts));
  int64_t copied = 0;
  for (const ArtifactName& name : names) {
    const auto bytes = part.from->ReadArtifact(name.tenant, name.sha256);
    if (!bytes.ok() && !absl::IsNotFound(bytes.status())) return bytes.status();
    if (!bytes.ok() || Sha256Hex((*bytes)->view()) != name.sha256) {
      return Error(absl::StatusCode::kDataLoss, ErrorReason::kStorageFailed,
                   absl::StrCat("the artifact ", name.sha256, " of tenant ", name.tenant.value(),
                                bytes.ok() ? " is damaged" : " is missing", ": bring it back from a backup first"));
    }
    CLIENTELE_RETURN_IF_ERROR(part.to->WriteArtifact(name.tenant, name.sha256, (*bytes)->view()));
    observe(kArtifacts, ++copied);
  }
  return absl::OkStatus();
}

// Moves the rows of one layout that have not come yet.
class LayoutCopy {
 public:
  LayoutCopy(const Part& part, const Layout& layout, Progress progress, ObserveMove observe)
      : part_(part), layout_(layout), progress_(std::move(progress)), observe_(observe) {}

  absl::Status Run() {
    if (progress_.is_done) return absl::OkStatus();
    absl::Status status;
    const std::string begin = progress_.position;
    CLIENTELE_RETURN_IF_ERROR(
        part_.from->ForEachRowFrom(layout_, begin, [&](const Row& row, absl::string_view position) {
          rows_.push_back(row);
          bytes_ += row.bytes();
          if (position.empty()) return true;
          last_ = std::string(position);
          if (rows_.size() >= part_.batch_rows || bytes_ >= kBatchBytes) status = Flush(/*is_done=*/false);
          return status.ok();
        }));
    CLIENTELE_RETURN_IF_ERROR(status);
    return Flush(/*is_done=*/true);
  }

 private:
  absl::Status Flush(bool is_done) {
    Progress after{last_.empty() ? progress_.position : last_, is_done};
    if (const absl::Status written = part_.to->Write(layout_, rows_, progress_, after); !written.ok()) {
      return Annotate(written, layout_.name);
    }
    copied_ += static_cast<int64_t>(rows_.size());
    progress_ = std::move(after);
    rows_.clear();
    bytes_ = 0;
    observe_(layout_.name, copied_);
    return absl::OkStatus();
  }

  const Part& part_;
  const Layout& layout_;
  Progress progress_;
  const ObserveMove observe_;
  std::vector<Row> rows_;
  size_t bytes_ = 0;
  std::string last_;  // The position behind them.
  int64_t copied_ = 0;
};

using DigestsByTenant = std::map<std::string, RowDigest>;

absl::StatusOr<DigestsByTenant> DigestRows(const RowSource& source, const Layout& layout, ObserveMove observe) {
  DigestsByTenant digests;
  const int tenant = layout.tenant_column();
  int64_t seen = 0;
  CLIENTELE_RETURN_IF_ERROR(source.ForEachRow(layout, [&](const Row& row) {
    digests[tenant < 0 ? "" : std::string(row[static_cast<size_t>(tenant)])].Add(layout.name, row);
    if (++seen % kObserveEvery == 0) observe(layout.name, seen);
    return true;
  }));
  return digests;
}

// An artifact is a row of tenant, digest and size, found out from its bytes.
absl::StatusOr<DigestsByTenant> DigestArtifacts(const RowSource& source, const Layouts& layouts) {
  CLIENTELE_ASSIGN_OR_RETURN(const std::set<ArtifactName> names, ArtifactsOf(source, layouts));
  DigestsByTenant digests;
  for (const ArtifactName& name : names) {
    const auto bytes = source.ReadArtifact(name.tenant, name.sha256);
    if (absl::IsNotFound(bytes.status())) continue;  // The digests will tell.
    if (!bytes.ok()) return bytes.status();
    Row row;
    row.Add(name.tenant.value());
    row.Add(Sha256Hex((*bytes)->view()));
    postgresql::AppendBigEndian(static_cast<int64_t>((*bytes)->view().size()), row.next());
    row.Finish();
    RowDigest& digest = digests[name.tenant.value()];
    digest.Add(kArtifacts, row);
    digest.AddBytes(static_cast<int64_t>((*bytes)->view().size()));
  }
  return digests;
}

// Comparisons of one program, in the order in which its stores come first.
class ProgramComparison {
 public:
  explicit ProgramComparison(std::string program) : program_(std::move(program)) {}

  void Add(const std::string& store, const std::string& layout, const DigestsByTenant& from,
           const DigestsByTenant& there) {
    std::set<std::string> tenants;
    for (const DigestsByTenant* side : {&from, &there}) {
      for (const auto& [tenant, digest] : *side) tenants.insert(tenant);
    }
    for (const std::string& tenant : tenants) {
      const auto of = [&](const DigestsByTenant& side) {
        const auto found = side.find(tenant);
        return found == side.end() ? RowDigest() : found->second;
      };
      const RowDigest was = of(from), is = of(there);
      Comparison& comparison = Find(store, tenant);
      comparison.from.Merge(was);
      comparison.there.Merge(is);
      if (was != is) comparison.differing.push_back(layout);
    }
  }

  std::vector<Comparison> Take() {
    std::vector<Comparison> all;
    for (const std::string& store : stores_) {
      for (auto& [key, comparison] : comparisons_) {
        if (key.first == store) all.push_back(std::move(comparison));
      }
    }
    return all;
  }

 private:
  Comparison& Find(const std::string& store, const std::string& tenant) {
    if (stores_.empty() || std::find(stores_.begin(), stores_.end(), store) == stores_.end()) stores_.push_back(store);
    Comparison& comparison = comparisons_[{store, tenant}];
    comparison.program = program_;
    comparison.store = store;
    comparison.tenant = tenant;
    return comparison;
  }

  const std::string program_;
  std::vector<std::string> stores_;
  std::map<std::pair<std::string, std::string>, Comparison> comparisons_;  // By store and tenant.
};

}  // namespace

absl::Status CopyParts(absl::Span<const Part> parts, ObserveMove observe) {
  std::vector<std::vector<Progress>> progress;
  for (const Part& part : parts) {
    CLIENTELE_ASSIGN_OR_RETURN(const std::string source, part.from->Identity());
    CLIENTELE_ASSIGN_OR_RETURN(std::vector<Progress> of_part, part.to->Begin(part.layouts->tables, source));
    progress.push_back(std::move(of_part));
  }
  for (size_t p = 0; p < parts.size(); ++p) {
    CLIENTELE_RETURN_IF_ERROR(CopyArtifacts(parts[p], observe));
    const std::vector<Layout>& tables = parts[p].layouts->tables;
    for (size_t i = 0; i < tables.size(); ++i) {
      CLIENTELE_RETURN_IF_ERROR(LayoutCopy(parts[p], tables[i], std::move(progress[p][i]), observe).Run());
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Comparison>> CompareParts(absl::Span<const Part> parts, ObserveMove observe) {
  std::vector<Comparison> all;
  for (const Part& part : parts) {
    ProgramComparison comparison(part.program);
    for (const Layout& layout : part.layouts->tables) {
      CLIENTELE_ASSIGN_OR_RETURN(const DigestsByTenant from, DigestRows(*part.from, layout, observe));
      CLIENTELE_ASSIGN_OR_RETURN(const DigestsByTenant there, DigestRows(*part.there, layout, observe));
      comparison.Add(layout.store, layout.name, from, there);
    }
    CLIENTELE_ASSIGN_OR_RETURN(const DigestsByTenant from, DigestArtifacts(*part.from, *part.layouts));
    CLIENTELE_ASSIGN_OR_RETURN(const DigestsByTenant there, DigestArtifacts(*part.there, *part.layouts));
    comparison.Add(kArtifacts, kArtifacts, from, there);
    for (Comparison& one : comparison.Take()) all.push_back(std::move(one));
  }
  return all;
}

}  // namespace clientele::storage
