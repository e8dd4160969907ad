// What a program keeps in its data directory, as rows. Nothing is written, and while this lives no program can open the
// databases.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "common/storage/move/row_store.h"

namespace clientele::storage {

class FrozenDatabase;

class RocksRowSource final : public RowSource {
 public:
  // FAILED_PRECONDITION: a program uses the directory, or there is something in it that the layouts do not know.
  static absl::StatusOr<std::unique_ptr<RocksRowSource>> Open(const std::string& directory, const Layouts& layouts);
  ~RocksRowSource() override;

  absl::StatusOr<std::string> Identity() const override;
  absl::Status ForEachRow(const Layout& layout, absl::FunctionRef<bool(const Row&)> visit) const override;
  absl::Status ForEachRowFrom(const Layout& layout, absl::string_view position,
                              absl::FunctionRef<bool(const Row&, absl::string_view)> visit) const override;
  absl::StatusOr<std::unique_ptr<ArtifactBytes>> ReadArtifact(const TenantId& tenant,
                                                              absl::string_view sha256) const override;

 private:
  RocksRowSource(std::string directory, const Layouts& layouts);
  absl::Status OpenDatabase(const std::string& name);
  // Whether another layout of the family has the key, where `layout` has not.
  bool IsKnown(const Layout& layout, absl::string_view key) const;

  const std::string directory_;
  const Layouts layouts_;
  std::map<std::string, std::unique_ptr<FrozenDatabase>> databases_;  // By name; those that are there.
};

}  // namespace clientele::storage
