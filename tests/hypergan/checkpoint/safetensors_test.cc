#include "hypergan/checkpoint/safetensors.h"

#include <sys/stat.h>

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/temp_folder.h"

namespace hypergan {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kTensorA[] =
    R"("a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]})";
constexpr char kTensorB[] =
    R"("b":{"dtype":"F32","shape":[1,3],"data_offsets":[8,20]})";

std::string Header(const std::string& fields) {
  return absl::StrCat("{", fields, "}");
}

class SafetensorsTest : public ::testing::Test {
 protected:
  void Write(const std::string& bytes) const {
    std::ofstream(path_, std::ios::binary) << bytes;
  }

  void WriteFile(const std::string& header, size_t data_bytes) const {
    const uint64_t size = header.size();
    std::string bytes(sizeof(size), '\0');
    std::memcpy(bytes.data(), &size, sizeof(size));
    Write(bytes + header + std::string(data_bytes, '\1'));
  }

  std::string WhyRefused(const std::string& header, size_t data_bytes) const {
    WriteFile(header, data_bytes);
    return WhyRefused();
  }
  std::string WhyRefused() const {
    const absl::Status status = SafetensorsFile::Open(path_).status();
    EXPECT_FALSE(status.ok());
    EXPECT_THAT(std::string(status.message()), HasSubstr(path_));
    return std::string(status.message());
  }

  const TempFolder temp_;
  const std::string path_ =
      (std::filesystem::path(temp_.path()) / "model.safetensors").string();
};

TEST_F(SafetensorsTest, ReadsWhatWasWritten) {
  const std::vector<float> a = {1, -2.5}, b = {3, 4, 5};
  const auto bytes = WriteSafetensors({{"manifest", "{\"x\": \"\\u00e9\"}"}},
                                      {{"b", {1, 3}, b}, {"a", {2}, a}});
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  Write(*bytes);
  const auto file = SafetensorsFile::Open(path_);
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(file->metadata().at("manifest"), "{\"x\": \"\\u00e9\"}");
  ASSERT_EQ(file->tensors().size(), 2u);
  const SafetensorsTensor& tensor = file->tensors().at("b");
  EXPECT_THAT(tensor.shape, ElementsAre(1, 3));
  EXPECT_EQ((tensor.offset - 0) % 8, 0);
  std::vector<float> read(3);
  ASSERT_TRUE(file->Read(tensor, absl::MakeSpan(read)).ok());
  EXPECT_EQ(read, b);
}

TEST_F(SafetensorsTest, TakesAFileOfAnotherWriter) {
  WriteFile(Header(absl::StrCat(kTensorB, ",", kTensorA)) + "   ", 20);
  const auto file = SafetensorsFile::Open(path_);
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_TRUE(file->metadata().empty());
}

TEST_F(SafetensorsTest, SaysWhyAFileCannotBeRead) {
  EXPECT_EQ(SafetensorsFile::Open(path_).status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_THAT(
      std::string(SafetensorsFile::Open(temp_.path()).status().message()),
      HasSubstr("not a regular file"));
  ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
  EXPECT_THAT(WhyRefused(), HasSubstr("not a regular file"));
}

TEST_F(SafetensorsTest, RefusesEveryTruncation) {
  WriteFile(Header(absl::StrCat(kTensorA, ",", kTensorB)), 20);
  std::ifstream whole(path_, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(whole)), {});
  ASSERT_TRUE(SafetensorsFile::Open(path_).ok());
  for (size_t size = 0; size < bytes.size(); ++size) {
    Write(bytes.substr(0, size));
    EXPECT_FALSE(SafetensorsFile::Open(path_).ok()) << size << " bytes";
  }
  Write(bytes + '\0');
  EXPECT_EQ(SafetensorsFile::Open(path_).status().code(),
            absl::StatusCode::kDataLoss);
}

TEST_F(SafetensorsTest, NoticesThatAnOpenFileIsCutShort) {
  WriteFile(Header(kTensorA), 8);
  const auto file = SafetensorsFile::Open(path_);
  ASSERT_TRUE(file.ok());
  std::filesystem::resize_file(path_, 20);
  std::vector<float> read(2);
  const absl::Status status =
      file->Read(file->tensors().at("a"), absl::MakeSpan(read));
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
}

TEST_F(SafetensorsTest, BoundsTheHeader) {
  Write("abc");
  EXPECT_THAT(WhyRefused(), HasSubstr("it has 3 bytes"));
  for (const uint64_t size :
       {uint64_t{0}, uint64_t{1}, uint64_t{4} * 1024 * 1024 + 1,
        uint64_t{1} << 63, ~uint64_t{0}}) {
    std::string bytes(sizeof(size), '\0');
    std::memcpy(bytes.data(), &size, sizeof(size));
    Write(bytes + Header(kTensorA));
    EXPECT_THAT(WhyRefused(), HasSubstr("expected a header of 2 to 4194304"));
  }
  EXPECT_THAT(WhyRefused(" {}", 0), HasSubstr("begins with '{'"));
  EXPECT_THAT(WhyRefused("{\"a\":", 0), HasSubstr("not a JSON object"));
  EXPECT_THAT(WhyRefused("{} x", 0), HasSubstr("not a JSON object"));
  EXPECT_THAT(WhyRefused(Header("\"a\":" + std::string(100'000, '[')), 0),
              HasSubstr("nests too deep"));
  std::string many = R"("__metadata__":{})";
  for (int i = 0; i < 10'000; ++i) absl::StrAppend(&many, ",\"t", i, "\":0");
  EXPECT_THAT(WhyRefused(Header(many), 0),
              HasSubstr("at most 10000 tensors, got 10001"));
}

TEST_F(SafetensorsTest, RefusesAFieldThatIsThereTwice) {
  EXPECT_THAT(WhyRefused(Header(absl::StrCat(kTensorA, ",", kTensorA)), 8),
              HasSubstr("has 'a' twice"));
  EXPECT_THAT(
      WhyRefused(Header(R"("a":{"dtype":"F64","dtype":"F32","shape":[2],)"
                        R"("data_offsets":[0,8]})"),
                 8),
      HasSubstr("has 'dtype' twice"));
  EXPECT_THAT(
      WhyRefused(Header(R"("__metadata__":{"manifest":"a","manifest":"b"})"),
                 0),
      HasSubstr("has 'manifest' twice"));
}

TEST_F(SafetensorsTest, RefusesNamesThatReadersMayTakeForOthers) {
  for (const char* name : {"", "a\\u0000b", "a b", "../a", "a\\n"}) {
    EXPECT_THAT(WhyRefused(absl::StrReplaceAll(
                               Header(kTensorA),
                               {{"\"a\"", absl::StrCat("\"", name, "\"")}}),
                           8),
                HasSubstr("expected a name of 1 to 256"));
  }
  EXPECT_THAT(
      WhyRefused(
          absl::StrReplaceAll(
              Header(kTensorA),
              {{"\"a\"", absl::StrCat("\"", std::string(257, 'a'), "\"")}}),
          8),
      HasSubstr("expected a name of 1 to 256"));
}

TEST_F(SafetensorsTest, RefusesTensorsThatAreNotWhereTheySay) {
  const auto why = [this](const std::string& shape,
                          const std::string& offsets) {
    return WhyRefused(
        Header(absl::StrCat(R"("a":{"dtype":"F32","shape":[)", shape,
                            R"(],"data_offsets":[)", offsets, "]}")),
        8);
  };
  EXPECT_THAT(why("2", "8,0"), HasSubstr("8 bytes apart, got [8, 0]"));
  EXPECT_THAT(why("2", "0,4"), HasSubstr("8 bytes apart, got [0, 4]"));
  EXPECT_THAT(why("2", "-8,0"), HasSubstr("got [-8, 0]"));
  EXPECT_THAT(why("2", "0"), HasSubstr("got [0]"));
  EXPECT_THAT(why("2", "0,8,16"), HasSubstr("got [0, 8, 16]"));
  EXPECT_THAT(why("2", "0,8.0"), HasSubstr("data_offsets"));
  EXPECT_THAT(why("2", "9223372036854775800,9223372036854775807"),
              HasSubstr("bytes apart"));
  EXPECT_THAT(why("2", "4,12"), HasSubstr("expected to begin at 0"));
  EXPECT_THAT(why("1", "0,4"), HasSubstr("expected 4 bytes"));
  EXPECT_THAT(why("0", "0,0"), HasSubstr("expected a shape of 1 to"));
  EXPECT_THAT(why("-2", "0,8"), HasSubstr("expected a shape of 1 to"));
  EXPECT_THAT(why("4294967296,4294967296", "0,8"),
              HasSubstr("expected a shape of 1 to"));
  EXPECT_THAT(why("65536,65536,65536,65536", "0,8"),
              HasSubstr("expected a shape of 1 to"));
  EXPECT_THAT(why("1,1,1,1,1,1,1,1,2", "0,8"),
              HasSubstr("at most 8 dimensions"));
  EXPECT_THAT(why("true", "0,8"), HasSubstr("shape"));
}

TEST_F(SafetensorsTest, RefusesOverlapsAndGaps) {
  const std::string overlap = absl::StrReplaceAll(
      Header(absl::StrCat(kTensorA, ",", kTensorB)), {{"[8,20]", "[4,16]"}});
  EXPECT_THAT(WhyRefused(overlap, 16), HasSubstr("expected to begin at 8"));
  const std::string gap = absl::StrReplaceAll(
      Header(absl::StrCat(kTensorA, ",", kTensorB)), {{"[8,20]", "[12,24]"}});
  EXPECT_THAT(WhyRefused(gap, 24), HasSubstr("expected to begin at 8"));
}

TEST_F(SafetensorsTest, RefusesOtherTypesAndFields) {
  for (const char* type : {"F64", "F16", "BF16", "I64", "f32", ""}) {
    EXPECT_THAT(
        WhyRefused(absl::StrReplaceAll(Header(kTensorA), {{"F32", type}}), 8),
        HasSubstr("expected numbers of type F32"));
  }
  EXPECT_THAT(WhyRefused(absl::StrReplaceAll(
                             Header(kTensorA),
                             {{"\"shape\"", R"("strides":[1],"shape")"}}),
                         8),
              HasSubstr("dtype, shape and data_offsets alone"));
  EXPECT_THAT(WhyRefused(R"({"a":[]})", 0), HasSubstr("dtype"));
  EXPECT_THAT(WhyRefused(R"({"__metadata__":{"manifest":{}}})", 0),
              HasSubstr("__metadata__"));
  EXPECT_THAT(WhyRefused(R"({"__metadata__":[]})", 0),
              HasSubstr("__metadata__"));
}

TEST(WriteSafetensorsTest, RefusesWhatAReaderWould) {
  const std::vector<float> numbers = {1, 2};
  EXPECT_FALSE(WriteSafetensors({}, {{"a", {3}, numbers}}).ok());
  EXPECT_FALSE(WriteSafetensors({}, {{"a b", {2}, numbers}}).ok());
  EXPECT_FALSE(WriteSafetensors({}, {{"__metadata__", {2}, numbers}}).ok());
  EXPECT_FALSE(
      WriteSafetensors({}, {{"a", {2}, numbers}, {"a", {2}, numbers}}).ok());
}

}  // namespace
}  // namespace hypergan
