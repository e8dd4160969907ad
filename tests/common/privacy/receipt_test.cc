#include "common/privacy/receipt.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <sstream>
#include <string>

#include "common/privacy/erasure_name.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace clientele::privacy {
namespace {

using ::testing::HasSubstr;
using testutil::StatusIs;

ingestion::v1::ErasureStatement Statement() {
  ingestion::v1::ErasureStatement statement;
  statement.mutable_erasure()->set_name("tenants/acme/erasures/7");
  statement.mutable_erasure()->set_epoch(7);
  statement.mutable_issue_time()->set_seconds(1'700'000'000);
  return statement;
}

TEST(ReceiptTest, AReceiptHoldsForWhoeverHasThePublicKey) {
  const testutil::TempDir directory;
  ASSERT_OK_AND_ASSIGN(const ReceiptKey key, ReceiptKey::OpenOrCreate(directory.File("key.pem")));
  ASSERT_OK_AND_ASSIGN(const auto receipt, key.Sign(Statement()));
  ASSERT_OK_AND_ASSIGN(const auto statement, VerifyReceipt(receipt, key.public_key()));
  EXPECT_EQ(statement.SerializeAsString(), Statement().SerializeAsString());
  EXPECT_EQ(receipt.public_key(), key.public_key());
}

TEST(ReceiptTest, AChangedReceiptDoesNot) {
  const testutil::TempDir directory;
  ASSERT_OK_AND_ASSIGN(const ReceiptKey key, ReceiptKey::OpenOrCreate(directory.File("key.pem")));
  ASSERT_OK_AND_ASSIGN(const auto receipt, key.Sign(Statement()));
  for (size_t bit = 0; bit < 8 * receipt.statement().size(); ++bit) {
    auto changed = receipt;
    (*changed.mutable_statement())[bit / 8] ^= static_cast<char>(1 << bit % 8);
    EXPECT_THAT(VerifyReceipt(changed, key.public_key()),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("does not hold")));
  }
  for (size_t byte = 0; byte < receipt.signature().size(); ++byte) {
    auto changed = receipt;
    (*changed.mutable_signature())[byte] ^= 1;
    EXPECT_FALSE(VerifyReceipt(changed, key.public_key()).ok());
  }
  auto shorter = receipt;
  shorter.mutable_signature()->pop_back();
  EXPECT_FALSE(VerifyReceipt(shorter, key.public_key()).ok());
}

TEST(ReceiptTest, AnotherKeysReceiptDoesNotHoldWhateverKeyItNames) {
  const testutil::TempDir directory;
  ASSERT_OK_AND_ASSIGN(const ReceiptKey ours, ReceiptKey::OpenOrCreate(directory.File("ours.pem")));
  ASSERT_OK_AND_ASSIGN(const ReceiptKey theirs, ReceiptKey::OpenOrCreate(directory.File("theirs.pem")));
  ASSERT_OK_AND_ASSIGN(auto receipt, theirs.Sign(Statement()));
  receipt.set_public_key(ours.public_key());
  EXPECT_FALSE(VerifyReceipt(receipt, ours.public_key()).ok());
  EXPECT_THAT(VerifyReceipt(receipt, "no key"), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("Ed25519")));
}

TEST(ReceiptTest, TheKeyIsMadeOnceForItsOwnerAlone) {
  const testutil::TempDir directory;
  const std::string path = directory.File("key.pem");
  ASSERT_OK_AND_ASSIGN(const ReceiptKey key, ReceiptKey::OpenOrCreate(path));
  struct stat made = {};
  ASSERT_EQ(stat(path.c_str(), &made), 0);
  EXPECT_EQ(made.st_mode & 0777, 0600u);
  ASSERT_OK_AND_ASSIGN(const ReceiptKey again, ReceiptKey::OpenOrCreate(path));
  EXPECT_EQ(again.public_key(), key.public_key());
  ASSERT_EQ(chmod(path.c_str(), 0644), 0);
  EXPECT_THAT(ReceiptKey::OpenOrCreate(path), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("everybody")));
}

TEST(ReceiptTest, AFileThatIsNoKeyIsNotReplaced) {
  const testutil::TempDir directory;
  const std::string path = directory.Write("key.pem", "something precious");
  ASSERT_EQ(chmod(path.c_str(), 0600), 0);
  EXPECT_THAT(ReceiptKey::OpenOrCreate(path), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("no Ed25519")));
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_EQ(text.str(), "something precious");
  EXPECT_THAT(ReceiptKey::OpenOrCreate(directory.File("absent/key.pem")),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST(ErasureNameTest, ReadsWhatItWrites) {
  const TenantId tenant = *TenantId::Parse("acme");
  ASSERT_OK_AND_ASSIGN(const ErasureName name, ParseErasureName("name", FormatErasure(tenant, 12)));
  EXPECT_EQ(name.tenant, tenant);
  EXPECT_EQ(name.number, 12);
  for (const char* bad :
       {"", "tenants/acme", "tenants/acme/erasures/", "tenants/acme/erasures/0", "tenants/acme/erasures/07",
        "tenants/acme/erasures/7/x", "tenants/A/erasures/7", "x/tenants/acme/erasures/7"}) {
    EXPECT_THAT(ParseErasureName("name", bad), StatusIs(absl::StatusCode::kInvalidArgument)) << bad;
  }
}

}  // namespace
}  // namespace clientele::privacy
