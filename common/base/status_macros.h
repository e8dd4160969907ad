// Early return on errors, with the names Abseil uses elsewhere; this Abseil has none of its own.
//
//   CLIENTELE_RETURN_IF_ERROR(store.Put(key, value));
//   CLIENTELE_ASSIGN_OR_RETURN(const Model model, store.Get(name));
#pragma once

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#define CLIENTELE_RETURN_IF_ERROR(expression)                      \
  do {                                                             \
    if (absl::Status status_macro_result = (expression); !status_macro_result.ok()) \
      return status_macro_result;                                  \
  } while (false)

#define CLIENTELE_STATUS_MACRO_CONCAT_(a, b) a##b
#define CLIENTELE_STATUS_MACRO_CONCAT(a, b) CLIENTELE_STATUS_MACRO_CONCAT_(a, b)
#define CLIENTELE_ASSIGN_OR_RETURN(declaration, expression) \
  CLIENTELE_ASSIGN_OR_RETURN_(CLIENTELE_STATUS_MACRO_CONCAT(status_or_, __LINE__), declaration, expression)
#define CLIENTELE_ASSIGN_OR_RETURN_(result, declaration, expression) \
  auto result = (expression);                                        \
  if (!result.ok()) return std::move(result).status();               \
  declaration = std::move(result).value()
