#include "common/base/hash.h"

#include <gmock/gmock.h>

#include "absl/strings/escaping.h"

namespace clientele {
namespace {

// The first value is the published XXH3 of no bytes; the others are pinned: shards and splits rest on them.
TEST(HashTest, IsTheSameForEver) {
  EXPECT_EQ(Hash64(""), 0x2D06800538D394C2u);
  EXPECT_EQ(Hash64("clientele"), 5643321010647080863u);
  EXPECT_EQ(Hash64("clientele", 7), 8686947191808299530u);
  EXPECT_EQ(absl::BytesToHexString(Hash128("clientele")), "7125c78eb8d5ce4b1a80f1a042d4caf4");
}

// FIPS 180-2.
TEST(Sha256Test, KnownAnswers) {
  EXPECT_EQ(Sha256Hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Sha256Hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  Sha256 sha256;
  sha256.Update("a");
  sha256.Update("");
  sha256.Update("bc");
  EXPECT_EQ(sha256.Hex(), Sha256Hex("abc"));
}

}  // namespace
}  // namespace clientele
