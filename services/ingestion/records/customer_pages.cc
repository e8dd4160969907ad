#include "services/ingestion/records/customer_pages.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "services/ingestion/records/customer_fold.h"

namespace clientele::ingestion {
namespace {

// A position is the shard, as one byte, and the first customer id of the next page.
std::string MakePosition(int shard, absl::string_view customer) {
  return absl::StrCat(std::string(1, static_cast<char>(shard)), customer);
}

// Folds the records of shards, customer by customer, until a page is full.
class PageReader {
 public:
  PageReader(CustomerKeys& keys, const TenantId& tenant, absl::string_view base_currency, int max_customers,
             size_t max_bytes, const StopToken& stop)
      : opener_(keys, tenant),
        tenant_(tenant),
        base_currency_(base_currency),
        max_customers_(max_customers),
        max_bytes_(max_bytes),
        stop_(stop) {}

  absl::Status ReadShard(const storage::RecordStore& store, int shard, absl::string_view first) {
    shard_ = shard;
    CLIENTELE_RETURN_IF_ERROR(
        store.ScanShard(tenant_, shard, first, [this](const storage::StoredRecord& record) { return Add(record); }));
    CLIENTELE_RETURN_IF_ERROR(status_);
    EndCustomer();
    return stop_.Check();
  }

  bool full() const { return !page_.next_position.empty(); }
  CustomerPage TakePage() { return std::move(page_); }

 private:
  bool Add(const storage::StoredRecord& record) {
    if (record.first_of_customer) {
      EndCustomer();
      customer_.assign(record.customer_id.data(), record.customer_id.size());
      if (static_cast<int>(page_.customers.size()) == max_customers_ || bytes_ > max_bytes_) {
        page_.next_position = MakePosition(shard_, customer_);
        return false;
      }
      status_ = stop_.Check();
    }
    if (status_.ok()) status_ = fold_.Add(record);
    return status_.ok();
  }

  void EndCustomer() {
    if (fold_.record_count() == 0) return;
    page_.customers.push_back(fold_.Take(tenant_, customer_, base_currency_));
    bytes_ += page_.customers.back().ByteSizeLong();
  }

  RecordOpener opener_;
  const TenantId& tenant_;
  const absl::string_view base_currency_;
  const int max_customers_;
  const size_t max_bytes_;
  const StopToken& stop_;
  int shard_ = 0;
  std::string customer_;
  CustomerFold fold_{opener_};
  CustomerPage page_;
  size_t bytes_ = 0;
  absl::Status status_;
};

}  // namespace

absl::StatusOr<CustomerPage> ReadCustomerPage(const storage::RecordStore& store, CustomerKeys& keys,
                                              const TenantId& tenant, absl::string_view base_currency,
                                              absl::string_view position, int max_customers, size_t max_bytes,
                                              const StopToken& stop) {
  int shard = 0;
  absl::string_view first;
  if (!position.empty()) {
    shard = static_cast<uint8_t>(position[0]);
    first = position.substr(1);
  }
  PageReader reader(keys, tenant, base_currency, max_customers, max_bytes, stop);
  for (; shard < kShardCount && !reader.full(); ++shard) {
    CLIENTELE_RETURN_IF_ERROR(reader.ReadShard(store, shard, first));
    first = {};
  }
  return reader.TakePage();
}

}  // namespace clientele::ingestion
