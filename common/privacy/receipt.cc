#include "common/privacy/receipt.h"

#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"

namespace clientele::privacy {
namespace {

using ingestion::v1::ErasureReceipt;
using ingestion::v1::ErasureStatement;

constexpr absl::string_view kDomain = "clientele.erasure-receipt.v1\n";
constexpr int kMostKeyBytes = 64 << 10;

struct Deleter {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
template <typename T>
using Handle = std::unique_ptr<T, Deleter>;

// Closes what it holds.
class File {
 public:
  File(const std::string& path, int flags) : descriptor_(open(path.c_str(), flags | O_CLOEXEC, S_IRUSR | S_IWUSR)) {}
  ~File() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int get() const { return descriptor_; }

 private:
  const int descriptor_;
};

absl::Status KeyFailed(const std::string& path, absl::string_view why) {
  return Error(absl::StatusCode::kFailedPrecondition, ErrorReason::kInternal,
               absl::StrCat("the key that signs receipts, ", path, ", ", why));
}

std::string TextOf(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return std::string(data, static_cast<size_t>(size));
}

Handle<BIO> Memory(absl::string_view text) {
  return Handle<BIO>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

const unsigned char* Bytes(absl::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

absl::StatusOr<std::string> ReadKeyFile(const std::string& path, int descriptor) {
  struct stat found = {};
  if (fstat(descriptor, &found) != 0) return KeyFailed(path, absl::StrCat("cannot be read: ", std::strerror(errno)));
  if ((found.st_mode & S_IRWXO) != 0) {
    return KeyFailed(path, "may be read by everybody: chmod 600");
  }
  std::string text(kMostKeyBytes, '\0');
  const ssize_t size = read(descriptor, text.data(), text.size());
  if (size < 0) return KeyFailed(path, absl::StrCat("cannot be read: ", std::strerror(errno)));
  text.resize(static_cast<size_t>(size));
  return text;
}

// A new key in a new file, which is on disk when this returns.
absl::StatusOr<Handle<EVP_PKEY>> MakeKey(const std::string& path, int descriptor) {
  const Handle<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_id(EVP_PKEY_ED25519, nullptr));
  EVP_PKEY* key = nullptr;
  if (context == nullptr || EVP_PKEY_keygen_init(context.get()) != 1 || EVP_PKEY_keygen(context.get(), &key) != 1) {
    return KeyFailed(path, "could not be made");
  }
  Handle<EVP_PKEY> made(key);
  const Handle<BIO> pem(BIO_new(BIO_s_mem()));
  if (PEM_write_bio_PKCS8PrivateKey(pem.get(), key, nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    return KeyFailed(path, "could not be made");
  }
  const std::string text = TextOf(pem.get());
  if (write(descriptor, text.data(), text.size()) != static_cast<ssize_t>(text.size()) || fsync(descriptor) != 0) {
    return KeyFailed(path, absl::StrCat("cannot be written: ", std::strerror(errno)));
  }
  return made;
}

// Under another name first: a crash in the middle leaves no half a key behind.
absl::StatusOr<Handle<EVP_PKEY>> CreateKeyFile(const std::string& path) {
  const std::string next = path + ".new";
  unlink(next.c_str());
  const File file(next, O_WRONLY | O_CREAT | O_EXCL);
  if (file.get() < 0) return KeyFailed(path, absl::StrCat("cannot be written: ", std::strerror(errno)));
  CLIENTELE_ASSIGN_OR_RETURN(Handle<EVP_PKEY> key, MakeKey(path, file.get()));
  if (rename(next.c_str(), path.c_str()) != 0) {
    return KeyFailed(path, absl::StrCat("cannot be written: ", std::strerror(errno)));
  }
  return key;
}

std::string Signed(absl::string_view statement) { return absl::StrCat(kDomain, statement); }

}  // namespace

absl::StatusOr<ReceiptKey> ReceiptKey::OpenOrCreate(const std::string& path) {
  Handle<EVP_PKEY> key;
  const File file(path, O_RDONLY);
  if (file.get() < 0 && errno == ENOENT) {
    CLIENTELE_ASSIGN_OR_RETURN(key, CreateKeyFile(path));
  } else if (file.get() < 0) {
    return KeyFailed(path, absl::StrCat("cannot be read: ", std::strerror(errno)));
  } else {
    CLIENTELE_ASSIGN_OR_RETURN(const std::string text, ReadKeyFile(path, file.get()));
    key.reset(PEM_read_bio_PrivateKey(Memory(text).get(), nullptr, nullptr, nullptr));
  }
  if (key == nullptr || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_ED25519) {
    return KeyFailed(path, "is no Ed25519 key as PEM: openssl genpkey -algorithm ed25519");
  }
  const Handle<BIO> pem(BIO_new(BIO_s_mem()));
  if (PEM_write_bio_PUBKEY(pem.get(), key.get()) != 1) return KeyFailed(path, "has no public half");
  ReceiptKey result(key.release());
  result.public_key_ = TextOf(pem.get());
  return result;
}

absl::StatusOr<ErasureReceipt> ReceiptKey::Sign(const ErasureStatement& statement) const {
  ErasureReceipt receipt;
  {
    google::protobuf::io::StringOutputStream bytes(receipt.mutable_statement());
    google::protobuf::io::CodedOutputStream out(&bytes);
    out.SetSerializationDeterministic(true);
    statement.SerializeToCodedStream(&out);
  }
  const std::string text = Signed(receipt.statement());
  const Handle<EVP_MD_CTX> context(EVP_MD_CTX_new());
  unsigned char signature[64];
  size_t size = sizeof(signature);
  if (context == nullptr || EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) != 1 ||
      EVP_DigestSign(context.get(), signature, &size, Bytes(text), text.size()) != 1) {
    return Error(absl::StatusCode::kInternal, ErrorReason::kInternal, "the receipt could not be signed");
  }
  receipt.set_signature(signature, size);
  receipt.set_public_key(public_key_);
  return receipt;
}

absl::StatusOr<ErasureStatement> VerifyReceipt(const ErasureReceipt& receipt, absl::string_view public_key) {
  const Handle<EVP_PKEY> key(PEM_read_bio_PUBKEY(Memory(public_key).get(), nullptr, nullptr, nullptr));
  if (key == nullptr || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_ED25519) {
    return InvalidField("public_key", "is no Ed25519 public key as PEM");
  }
  const std::string text = Signed(receipt.statement());
  const Handle<EVP_MD_CTX> context(EVP_MD_CTX_new());
  ErasureStatement statement;
  if (context == nullptr || EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) != 1 ||
      EVP_DigestVerify(context.get(), Bytes(receipt.signature()), receipt.signature().size(), Bytes(text),
                       text.size()) != 1 ||
      !statement.ParseFromString(receipt.statement())) {
    return InvalidField("signature", "does not hold: the receipt was changed, or another key signed it");
  }
  return statement;
}

}  // namespace clientele::privacy
