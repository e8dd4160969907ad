// A database as the place that rows come from or go to, opened when no program uses it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/storage/move/row_store.h"
#include "common/storage/postgresql/database.h"

namespace clientele::storage::postgresql {

class PostgresRowStore final : public RowSource, public RowTarget {
 public:
  // FAILED_PRECONDITION: programs use the database; or see Database::Open.
  static absl::StatusOr<std::unique_ptr<PostgresRowStore>> Open(const std::string& url);

  absl::StatusOr<std::string> Identity() const override;
  absl::Status ForEachRow(const Layout& layout, absl::FunctionRef<bool(const Row&)> visit) const override;
  // A position is how many rows are before it.
  absl::Status ForEachRowFrom(const Layout& layout, absl::string_view position,
                              absl::FunctionRef<bool(const Row&, absl::string_view)> visit) const override;
  absl::StatusOr<std::unique_ptr<ArtifactBytes>> ReadArtifact(const TenantId& tenant,
                                                              absl::string_view sha256) const override;

  absl::StatusOr<std::vector<Progress>> Begin(absl::Span<const Layout> layouts, const std::string& source) override;
  absl::Status Write(const Layout& layout, absl::Span<const Row> rows, const Progress& before,
                     const Progress& after) override;
  absl::Status WriteArtifact(const TenantId& tenant, absl::string_view sha256, absl::string_view bytes) override;

 private:
  explicit PostgresRowStore(std::shared_ptr<const Database> database) : database_(std::move(database)) {}
  absl::Status ReadRows(const Layout& layout, absl::string_view order, absl::FunctionRef<bool(const Row&)> visit) const;

  const std::shared_ptr<const Database> database_;
};

}  // namespace clientele::storage::postgresql
