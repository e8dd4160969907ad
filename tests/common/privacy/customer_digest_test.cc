#include "common/privacy/customer_digest.h"

#include <gtest/gtest.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <memory>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"

namespace clientele::privacy {
namespace {

// The same by OpenSSL.
std::string Oracle(const DigestKey& key, const std::string& text) {
  const std::unique_ptr<EVP_MAC, decltype(&EVP_MAC_free)> mac(EVP_MAC_fetch(nullptr, "SIPHASH", nullptr),
                                                              &EVP_MAC_free);
  const std::unique_ptr<EVP_MAC_CTX, decltype(&EVP_MAC_CTX_free)> context(EVP_MAC_CTX_new(mac.get()),
                                                                          &EVP_MAC_CTX_free);
  size_t size = 16;
  const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_size_t(OSSL_MAC_PARAM_SIZE, &size), OSSL_PARAM_construct_end()};
  const std::string bytes = key.ToBytes();
  std::string digest(16, '\0');
  EXPECT_EQ(EVP_MAC_init(context.get(), reinterpret_cast<const unsigned char*>(bytes.data()), 16, parameters), 1);
  EXPECT_EQ(EVP_MAC_update(context.get(), reinterpret_cast<const unsigned char*>(text.data()), text.size()), 1);
  EXPECT_EQ(EVP_MAC_final(context.get(), reinterpret_cast<unsigned char*>(digest.data()), &size, 16), 1);
  return digest;
}

TEST(CustomerDigestTest, IsSipHashWith128Bits) {
  for (int keys = 0; keys < 5; ++keys) {
    const DigestKey key = DigestKey::Draw().value();
    std::string text;
    for (int length = 0; length <= 130; ++length) {
      EXPECT_EQ(key.Of(text).ToBytes(), Oracle(key, text)) << length;
      text.push_back(static_cast<char>(length * 37));
    }
  }
}

TEST(CustomerDigestTest, EachKeyHasDigestsOfItsOwn) {
  std::set<Digest> digests;
  const DigestKey one = DigestKey::Draw().value(), other = DigestKey::Draw().value();
  for (int i = 0; i < 1'000; ++i) {
    digests.insert(one.Of(absl::StrCat("c", i)));
    digests.insert(other.Of(absl::StrCat("c", i)));
  }
  EXPECT_EQ(digests.size(), 2'000u);
}

TEST(CustomerDigestTest, KeysAndDigestsComeBackFromTheirBytes) {
  const DigestKey key = DigestKey::Draw().value();
  EXPECT_EQ(DigestKey::FromBytes(key.ToBytes())->Of("ada"), key.Of("ada"));
  EXPECT_EQ(Digest::FromBytes(key.Of("ada").ToBytes()), key.Of("ada"));
  EXPECT_EQ(key.Of("ada").ToHex().size(), 32u);
  EXPECT_FALSE(DigestKey::FromBytes("short").has_value());
  EXPECT_FALSE(Digest::FromBytes(std::string(17, 'x')).has_value());
}

}  // namespace
}  // namespace clientele::privacy
