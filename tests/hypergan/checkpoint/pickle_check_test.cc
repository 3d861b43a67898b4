#include "hypergan/checkpoint/pickle_check.h"

#include <cstring>
#include <map>
#include <string>

#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hypergan {
namespace {

using ::testing::HasSubstr;

// Pickles as LibTorch writes them, by hand.
std::string Int(int64_t number) {
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &number, 8);
  return "\x8a\x08" + bytes;
}
std::string Text(const std::string& text) {
  const auto size = static_cast<uint32_t>(text.size());
  std::string bytes(4, '\0');
  std::memcpy(bytes.data(), &size, 4);
  return "X" + bytes + text;
}
std::string Global(const std::string& module, const std::string& name) {
  return "c" + module + "\n" + name + "\n";
}
std::string Ints(const std::vector<int64_t>& numbers) {
  std::string all = "(";
  for (const int64_t number : numbers) all += Int(number);
  return all + "t";
}
std::string Storage(const std::string& key, int64_t count,
                    const std::string& type = "Float") {
  return "(" + Text("storage") + Global("torch", type + "Storage") + Text(key) +
         Text("cpu") + Int(count) + "tQ";
}
std::string Tensor(const std::string& storage, int64_t offset,
                   const std::vector<int64_t>& sizes,
                   const std::vector<int64_t>& strides) {
  return Global("torch._utils", "_rebuild_tensor_v2") + "(" + storage +
         Int(offset) + Ints(sizes) + Ints(strides) + "\x89" +
         Global("collections", "OrderedDict") + ")RtR";
}
std::string Pickle(const std::string& value) {
  return "\x80\x02" + value + ".";
}

std::string Repeated(const std::string& text, int count) {
  std::string all;
  for (int i = 0; i < count; ++i) all += text;
  return all;
}

// Beside a record "0" of 48 bytes, one "empty" of none.
absl::Status Check(const std::string& pickle, int64_t budget = 1000) {
  static const std::map<std::string, int64_t, std::less<>> kSizes = {
      {"0", 48}, {"empty", 0}};
  PickleRecords records = {
      .size = [](absl::string_view key) -> std::optional<int64_t> {
        const auto found = kSizes.find(key);
        if (found == kSizes.end()) return std::nullopt;
        return found->second;
      },
      .budget = budget};
  return CheckPickle(pickle, records);
}

std::string WhyRefused(const std::string& pickle) {
  const absl::Status status = Check(pickle);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  return std::string(status.message());
}

TEST(PickleCheckTest, TakesTensorsThatFit) {
  for (const std::string& tensor :
       {Tensor(Storage("0", 12), 0, {3, 4}, {4, 1}),
        Tensor(Storage("0", 12), 0, {4, 3}, {1, 4}),
        Tensor(Storage("0", 12), 11, {1, 1}, {99, 99}),
        Tensor(Storage("0", 12), 11, {}, {}),
        Tensor(Storage("0", 12), 12, {0, 5}, {5, 1}),
        Tensor(Storage("0", 1), 0, {1000, 1000}, {0, 0}),
        Tensor(Storage("0", 6, "Double"), 0, {6}, {1}),
        Tensor(Storage("0", 48, "Bool"), 0, {48}, {1}),
        Tensor(Storage("nowhere", 0), 0, {0}, {1})}) {
    EXPECT_EQ(Check(Pickle(tensor)), absl::OkStatus());
  }
}

TEST(PickleCheckTest, RefusesStoragesBeyondTheirRecords) {
  for (const std::string& storage :
       {Storage("0", 13), Storage("0", 7, "Double"), Storage("empty", 1),
        Storage("nowhere", 1), Storage("0", int64_t{1} << 62)}) {
    EXPECT_THAT(WhyRefused(Pickle(storage)), HasSubstr("but its record"));
  }
  EXPECT_THAT(WhyRefused(Pickle(Storage("0", -1))),
              HasSubstr("of their kinds"));
  EXPECT_THAT(WhyRefused(Pickle(Storage("0", 1, "Untyped"))),
              HasSubstr("not supported"));
}

TEST(PickleCheckTest, RefusesTensorsBeyondTheirStorages) {
  constexpr int64_t kHuge = int64_t{1} << 62;
  for (const std::string& tensor :
       {Tensor(Storage("0", 12), 1, {12}, {1}),
        Tensor(Storage("0", 12), 0, {13}, {1}),
        Tensor(Storage("0", 12), 0, {4, 4}, {3, 1}),
        Tensor(Storage("0", 12), -1, {1}, {1}),
        Tensor(Storage("0", 12), 13, {0}, {1}),
        Tensor(Storage("0", 12), 0, {kHuge, 8}, {kHuge, 8}),
        Tensor(Storage("0", 12), 0, {kHuge, 16}, {0, 0}),
        Tensor(Storage("0", 12), kHuge, {3}, {kHuge}),
        Tensor(Storage("nowhere", 0), 0, {1}, {0})}) {
    EXPECT_THAT(WhyRefused(Pickle(tensor)), HasSubstr("beyond its storage"));
  }
  EXPECT_THAT(WhyRefused(Pickle(Tensor(Storage("0", 12), 0, {-1}, {1}))),
              HasSubstr("sizes: expected whole numbers"));
  EXPECT_THAT(WhyRefused(Pickle(Tensor(Storage("0", 12), 0, {3}, {-1}))),
              HasSubstr("strides: expected whole numbers"));
  EXPECT_THAT(WhyRefused(Pickle(Tensor(Storage("0", 12), 0, {3}, {1, 1}))),
              HasSubstr("1 sizes and 2 strides"));
}

TEST(PickleCheckTest, RefusesWhatItsMachineDoesNotHave) {
  for (const char* text : {"",
                           "(",
                           ")",
                           "\x80",
                           "\x80\x04).",
                           "\x80\x02",
                           "\x80\x02.",
                           "\x80\x02)).",
                           "\x80\x02t.",
                           "\x80\x02)(\x86t.",
                           "\x80\x02\x85.",
                           "\x80\x02h\x05.",
                           "\x80\x02u.",
                           "\x80\x02}(Nu.",
                           "\x80\x02](Nd.",
                           "\x80\x02)R.",
                           "\x80\x02K\x00)R.",
                           "\x80\x02)b.",
                           "\x80\x02q",
                           "\x80\x02)r\xff\xff\xff\xff.",
                           "\x80\x02]\x81.",
                           "\x80\x02Ns.",
                           "\x80\x02NNNs.",
                           "\x80\x02\x8a\x01\x01.",
                           "\x80\x02X\xff\xff\xff\x7f.",
                           "\x80\x02"
                           "Q.",
                           "\x80\x02)Q.",
                           "\x80\x02"
                           "cabc",
                           "\x80\x02"
                           "cabc\nabc",
                           "\x80\x02"
                           "0.",
                           "\x80\x02I1\n.",
                           "\x80\x02\x80\x02)."}) {
    WhyRefused(text);
  }
  for (const auto& [module, name] : std::map<std::string, std::string>{
           {"os", "system"},
           {"torch._utils", "_rebuild_sparse_tensor"},
           {"torch._tensor", "_rebuild_from_type_v2"},
           {"torch.distributed.rpc", "rref"},
           {"__main__", "TensorID"}}) {
    EXPECT_THAT(WhyRefused(Pickle(Global(module, name))),
                HasSubstr("not supported"));
  }
}

TEST(PickleCheckTest, RefusesDeepValues) {
  const std::string object = Global("__torch__", "A") + ")\x81";
  for (const std::string& pickle :
       {")" + Repeated("\x85", 300), Repeated("(", 300) + Repeated("t", 300),
        Repeated("(", 300) + Repeated("l", 300),
        Repeated("](", 300) + Repeated("e", 300),
        Repeated("}(N", 300) + "N" + Repeated("u", 300),
        Repeated(object, 300) + "N" + Repeated("b", 300)}) {
    EXPECT_THAT(WhyRefused(Pickle(pickle)), HasSubstr("deeper than 256"));
  }
  EXPECT_EQ(Check(Pickle(")" + Repeated("\x85", 200))), absl::OkStatus());
}

TEST(PickleCheckTest, RefusesListsThatHoldThemselvesOrGrowInsideOfOthers) {
  WhyRefused(Pickle("]q\1(h\1e"));
  EXPECT_THAT(WhyRefused(Pickle("]q\1\x85q\2h\1(Ne")), HasSubstr("grows"));
}

TEST(PickleCheckTest, RefusesValuesThatUnfoldWithoutEnd) {
  EXPECT_THAT(WhyRefused(Pickle(")" + Repeated("q\1h\1\x86", 100))),
              HasSubstr("values"));
  EXPECT_THAT(WhyRefused(Pickle("(" + Repeated("N", (1 << 20) + 1) + "t")),
              HasSubstr("at once"));
}

TEST(PickleCheckTest, BoundsWhatIsReadFromRecords) {
  const std::string twice = Pickle(Storage("0", 12) + Storage("0", 1) + "\x86");
  EXPECT_EQ(Check(twice, 96), absl::OkStatus());
  EXPECT_THAT(std::string(Check(twice, 95).message()), HasSubstr("too often"));
}

TEST(PickleCheckTest, SaysWhere) {
  EXPECT_THAT(WhyRefused(Pickle("N?")), HasSubstr("byte 4 of 5: unknown op"));
}

}  // namespace
}  // namespace hypergan
