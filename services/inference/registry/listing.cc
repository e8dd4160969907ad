#include "services/inference/registry/listing.h"

#include <iterator>

namespace clientele::inference {

ModelPage ListModelsAfter(const Catalogue& catalogue, const TenantId& tenant, const std::string& position, int size) {
  ModelPage page;
  const auto models = catalogue.tenants.find(tenant);
  if (models == catalogue.tenants.end()) return page;
  std::string last;
  for (auto it = models->second->upper_bound(position); it != models->second->end(); ++it) {
    if (static_cast<int>(page.models.size()) == size) {
      page.next = last;
      break;
    }
    page.models.push_back(DescribeModel(tenant, it->first, *it->second));
    last = it->first;
  }
  return page;
}

VersionPage ListVersionsBefore(const Model& model, int64_t position, int size) {
  VersionPage page;
  const auto end = position == 0 ? model.versions.end() : model.versions.lower_bound(position);
  for (auto it = std::make_reverse_iterator(end); it != model.versions.rend(); ++it) {
    if (static_cast<int>(page.versions.size()) == size) {
      page.next = page.versions.empty() ? 0 : std::prev(it)->first;
      break;
    }
    page.versions.push_back(DescribeVersion(model, *it->second));
  }
  return page;
}

}  // namespace clientele::inference
