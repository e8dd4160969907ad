// Sealed bytes, as a damaged disk or somebody with a pen might give them back: told to have not the form, or opened,
// and only if nothing of them was changed.
#include <optional>
#include <string>

#include "common/privacy/sealed.h"
#include "tests/fuzz/target.h"

namespace clientele::privacy {
namespace {

using fuzz::Require;

const SecretKey& Key() {
  static const SecretKey* const key = new SecretKey(*SecretKey::FromBytes(std::string(SecretKey::kBytes, 'k')));
  return *key;
}

void TakeSealed(absl::string_view bytes) {
  SealedView view;
  if (!ReadSealed(bytes, view)) return;
  Require(view.head.size() + view.nonce.size() + view.ciphertext.size() + view.tag.size() == bytes.size(),
          "the parts are all there is");
  Require(view.head.data() == bytes.data() && view.tag.data() + view.tag.size() == bytes.data() + bytes.size(),
          "the parts lie within");
  const std::optional<std::string> opened = Open(Key(), "corpus", view);
  if (!opened) return;
  Require(!Open(Key(), "elsewhere", view), "it opens in its place alone");
  std::string changed(bytes);
  changed.back() ^= 1;
  Require(ReadSealed(changed, view) && !Open(Key(), "corpus", view), "a changed tag opens nothing");
}

// What is sealed here opens; with any one byte of it changed it does not.
void SealInput(absl::string_view input) {
  const size_t at = fuzz::TakeByte(input);
  if (input.empty()) return;
  std::string sealed;
  Require(Seal(Key(), at, "corpus", input, sealed).ok(), "anything can be sealed");
  SealedView view;
  Require(ReadSealed(sealed, view) && Open(Key(), "corpus", view) == std::string(input), "what is sealed opens");
  sealed[at % sealed.size()] ^= static_cast<char>(input[0] | 1);
  Require(!ReadSealed(sealed, view) || !Open(Key(), "corpus", view), "what is changed does not");
}

}  // namespace
}  // namespace clientele::privacy

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view input = clientele::fuzz::Text(data, size);
  clientele::privacy::TakeSealed(input);
  clientele::privacy::SealInput(input);
  return 0;
}
