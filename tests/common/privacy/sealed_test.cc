#include "common/privacy/sealed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <random>
#include <set>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "tests/testing/status_matchers.h"

namespace clientele::privacy {
namespace {

const SecretKey kKey = *SecretKey::FromBytes(std::string(32, 'k'));
const std::string kPlace = PlaceOf({"record", "acme", "crm", "r1"});

std::string Sealed(absl::string_view bytes, const SecretKey& key = kKey, const std::string& place = kPlace) {
  std::string sealed;
  EXPECT_OK(Seal(key, 77, place, bytes, sealed));
  return sealed;
}

std::optional<std::string> Opened(absl::string_view sealed, const SecretKey& key = kKey,
                                  const std::string& place = kPlace) {
  SealedView view;
  return ReadSealed(sealed, view) ? Open(key, place, view) : std::nullopt;
}

TEST(SealedTest, WhatIsSealedOpensWithItsKeyInItsPlace) {
  for (const size_t size : {1, 15, 16, 17, 1000, 100'000}) {
    const std::string bytes(size, 'a');
    const std::string sealed = Sealed(bytes);
    EXPECT_EQ(sealed.size(), size + kSealedOverhead);
    EXPECT_EQ(Opened(sealed), bytes);
    EXPECT_EQ(sealed.find("aaaaaaaa"), std::string::npos);
    SealedView view;
    ASSERT_TRUE(ReadSealed(sealed, view));
    EXPECT_EQ(view.key_id, 77u);
  }
}

TEST(SealedTest, RandomBytesComeBack) {
  std::mt19937_64 random(5);
  for (int i = 0; i < 2'000; ++i) {
    std::string bytes(1 + random() % 300, '\0'), place(random() % 60, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    for (char& c : place) c = static_cast<char>(random());
    const SecretKey key = *SecretKey::Draw();
    const std::string sealed = Sealed(bytes, key, place);
    ASSERT_EQ(Opened(sealed, key, place), bytes);
    ASSERT_EQ(Opened(sealed, *SecretKey::Draw(), place), std::nullopt);
    ASSERT_EQ(Opened(sealed, key, place + "x"), std::nullopt);
  }
}

TEST(SealedTest, ABitChangedAnywhereOpensNothing) {
  const std::string sealed = Sealed("ada@example.com");
  for (size_t bit = 0; bit < 8 * sealed.size(); ++bit) {
    std::string changed = sealed;
    changed[bit / 8] ^= static_cast<char>(1 << bit % 8);
    EXPECT_EQ(Opened(changed), std::nullopt) << "bit " << bit;
  }
  for (size_t size = 0; size < sealed.size(); ++size) EXPECT_EQ(Opened(sealed.substr(0, size)), std::nullopt);
  EXPECT_EQ(Opened(sealed + "x"), std::nullopt);
}

TEST(SealedTest, NoPlaceIsMistakenForAnother) {
  EXPECT_NE(PlaceOf({"ab", "c"}), PlaceOf({"a", "bc"}));
  EXPECT_NE(PlaceOf({"a", ""}), PlaceOf({"a"}));
  EXPECT_NE(PlaceOf({"", "a"}), PlaceOf({"a", ""}));
}

TEST(SealedTest, TheSameBytesAreNeverSealedAlike) {
  std::set<std::string> all;
  for (int i = 0; i < 1'000; ++i) all.insert(Sealed("the same"));
  EXPECT_EQ(all.size(), 1'000u);
}

// The form is AES-256-GCM with the head and the place as further data: made here by OpenSSL's other interface.
TEST(SealedTest, TheFormIsWhatTheHeaderSays) {
  const std::string head = absl::StrCat(std::string(1, '\1'), absl::HexStringToBytes("4d00000000000000")),
                    nonce(12, 'n');
  EVP_CIPHER_CTX* const context = EVP_CIPHER_CTX_new();
  std::string ciphertext(5, '\0'), tag(16, '\0');
  int size = 0;
  const auto bytes = [](const std::string& text) { return reinterpret_cast<const unsigned char*>(text.data()); };
  const auto to = [](std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); };
  ASSERT_EQ(EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), nullptr,
                               reinterpret_cast<const unsigned char*>(kKey.bytes().data()), bytes(nonce)),
            1);
  const std::string data = head + kPlace, plain = "hello";
  ASSERT_EQ(EVP_EncryptUpdate(context, nullptr, &size, bytes(data), static_cast<int>(data.size())), 1);
  ASSERT_EQ(EVP_EncryptUpdate(context, to(ciphertext), &size, bytes(plain), 5), 1);
  ASSERT_EQ(EVP_EncryptFinal_ex(context, to(tag), &size), 1);
  ASSERT_EQ(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, 16, tag.data()), 1);
  EVP_CIPHER_CTX_free(context);
  EXPECT_EQ(Opened(head + nonce + ciphertext + tag), "hello");
}

TEST(SealedTest, AKeyRetiresByLot) {
  int retired = 0;
  for (int i = 0; i < 4'000; ++i) {
    SealedView view;
    const std::string sealed = Sealed("a");
    ASSERT_TRUE(ReadSealed(sealed, view));
    retired += RetiresKey(view, 4) ? 1 : 0;
  }
  EXPECT_NEAR(retired, 1'000, 150);
}

}  // namespace
}  // namespace clientele::privacy
