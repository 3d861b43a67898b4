#include "data/arrays/npy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/data/npy_bytes.h"
#include "tests/support/status_matchers.h"

namespace hypergan::data {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
constexpr auto kLost = absl::StatusCode::kDataLoss;

absl::StatusOr<Array> Parse(const std::string& bytes) {
  return ParseNpy("x.npy", bytes);
}

TEST(NpyTest, ReadsNumbersInCOrder) {
  const auto array =
      Parse(NpyBytes("<f4", "(2, 3)", Raw<float>({1, 2, 3, 4, 5, 6.5})));
  ASSERT_TRUE(array.ok()) << array.status();
  EXPECT_THAT(array->shape, ElementsAre(2, 3));
  EXPECT_EQ(array->type, "float32");
  EXPECT_FALSE(array->is_integer());
  EXPECT_THAT(array->values, ElementsAre(1, 2, 3, 4, 5, 6.5));
  EXPECT_THAT(array->bytes, IsEmpty());
}

TEST(NpyTest, KeepsUnsignedBytes) {
  const auto array = Parse(NpyBytes("|u1", "(3,)", "\x01\x80\xff"));
  ASSERT_TRUE(array.ok()) << array.status();
  EXPECT_THAT(array->shape, ElementsAre(3));
  EXPECT_TRUE(array->is_bytes());
  EXPECT_THAT(array->bytes, ElementsAre(1, 128, 255));
}

template <typename T>
void ExpectReads(const char* descr, const char* type, T least, T greatest) {
  const auto array = Parse(NpyBytes(descr, "(2,)", Raw<T>({least, greatest})));
  ASSERT_TRUE(array.ok()) << array.status();
  EXPECT_EQ(array->type, type);
  EXPECT_THAT(array->values, ElementsAre(static_cast<double>(least),
                                         static_cast<double>(greatest)));
}

TEST(NpyTest, ReadsEveryTypeOfNumbers) {
  ExpectReads<int8_t>("|i1", "int8", -128, 127);
  ExpectReads<int16_t>("<i2", "int16", -32768, 32767);
  ExpectReads<int32_t>("<i4", "int32", INT32_MIN, INT32_MAX);
  ExpectReads<int64_t>("<i8", "int64", -5, int64_t{1} << 53);
  ExpectReads<uint16_t>("<u2", "uint16", 0, 65535);
  ExpectReads<uint32_t>("<u4", "uint32", 0, UINT32_MAX);
  ExpectReads<double>("<f8", "float64", -0.1, 1e300);
  ExpectReads<uint8_t>("|b1", "bool", 0, 1);
}

TEST(NpyTest, ReadsFormatsWithLongHeaders) {
  const std::string header =
      "{\"shape\": (1,), 'fortran_order': False, 'descr': '|i1'}" +
      std::string(1000, ' ') + "\n";
  for (const int version : {1, 2, 3}) {
    const auto array = Parse(NpyFile(header, "\x07", version));
    ASSERT_TRUE(array.ok()) << version << ": " << array.status();
    EXPECT_THAT(array->values, ElementsAre(7));
  }
  EXPECT_THAT(Parse(NpyFile(header, "\x07", 4)),
              FailsWith(kInvalid, "format 1.0 to 3.0 of numpy.save, got 4"));
}

TEST(NpyTest, BoundsTheHeader) {
  const std::string longest(1 << 16, ' ');
  EXPECT_THAT(Parse(NpyFile(longest, "", 2)),
              FailsWith(kInvalid, "expected '{'"));
  EXPECT_THAT(Parse(NpyFile(longest + " ", "", 2)),
              FailsWith(kInvalid, "a header of at most 65536 bytes"));
}

TEST(NpyTest, RefusesObjectsAndSaysWhy) {
  EXPECT_THAT(Parse(NpyBytes("|O", "(1,)", "x")),
              FailsWith(kInvalid,
                        "x.npy: expected numbers, got objects, which "
                        "are a pickle"));
}

TEST(NpyTest, RefusesOtherTypes) {
  for (const char* descr :
       {"<U5", "|S3", "<f2", "<u8", "<c8", "<M8[ns]", "", "<", "f4"}) {
    EXPECT_THAT(Parse(NpyBytes(descr, "(1,)", "12345678")),
                FailsWith(kInvalid, ""))
        << descr;
  }
  EXPECT_THAT(Parse(NpyBytes(">f4", "(1,)", "1234")),
              FailsWith(kInvalid,
                        "little-endian numbers, got '>f4': save "
                        "x.astype('float32')"));
  EXPECT_THAT(Parse(NpyFile("{'descr': [('a', '<f4')], 'fortran_order': False,"
                            " 'shape': (1,)}",
                            "1234")),
              FailsWith(kInvalid, "records of several fields"));
}

TEST(NpyTest, RefusesFortranOrder) {
  const auto header = [](const std::string& shape) {
    return "{'descr': '|u1', 'fortran_order': True, 'shape': " + shape + "}";
  };
  EXPECT_THAT(Parse(NpyFile(header("(2, 2)"), "1234")),
              FailsWith(kInvalid, "save numpy.ascontiguousarray(x)"));
  EXPECT_TRUE(Parse(NpyFile(header("(4,)"), "1234")).ok());
}

TEST(NpyTest, HoldsSizesAgainstTheBytes) {
  EXPECT_THAT(Parse(NpyBytes("<f4", "(2,)", "1234")),
              FailsWith(kLost, "expected 8 bytes behind the header"));
  EXPECT_THAT(Parse(NpyBytes("<f4", "(2,)", "123456789")),
              FailsWith(kLost, "got 9"));
  EXPECT_THAT(Parse(NpyBytes("|u1", "(4294967296, 4294967296)", "1")),
              FailsWith(kInvalid, "numbers, got more"));
  EXPECT_THAT(Parse(NpyBytes("|u1", "(9223372036854775807,)", "1")),
              FailsWith(kInvalid, "numbers, got more"));
  EXPECT_THAT(Parse(NpyBytes("|u1", "(0, 3)", "")),
              FailsWith(kInvalid, "dimensions of 1 or more"));
  EXPECT_THAT(Parse(NpyBytes("|u1", "()", "1")),
              FailsWith(kInvalid, "got a single number"));
  EXPECT_TRUE(Parse(NpyBytes("|u1", "(1,1,1,1,1,1,1,1)", "1")).ok());
  EXPECT_THAT(Parse(NpyBytes("|u1", "(1,1,1,1,1,1,1,1,1)", "1")),
              FailsWith(kInvalid, "at most 8 dimensions"));
}

TEST(NpyTest, RefusesDamagedHeaders) {
  for (const char* header :
       {"", "{", "{}", "{'descr': '<f4'}", "{'descr': '<f4', 'shape': (1,)}",
        "{'descr': '<f4', 'fortran_order': Maybe, 'shape': (1,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1.5,)}",
        "{'descr': '<f4, 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': [1]}",
        "{'descr': '<f4', 'fortran_order': False, 'form': (1,)}",
        "{'fortran_order': False, 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '<f4' 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '<f4', 'fortran_order': False, "
        "'shape': (99999999999999999999,)}"}) {
    EXPECT_THAT(Parse(NpyFile(header, "1234")), FailsWith(kInvalid, "header"))
        << header;
  }
}

TEST(NpyTest, RefusesEveryFileThatIsCutShort) {
  const std::string whole = NpyBytes("<f4", "(1,)", "1234");
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(Parse(whole.substr(0, size)).ok()) << size;
  }
  EXPECT_THAT(Parse("PK\x03\x04 and more"),
              FailsWith(kInvalid, "a file as numpy.save writes"));
}

}  // namespace
}  // namespace hypergan::data
