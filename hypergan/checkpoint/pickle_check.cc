#include "hypergan/checkpoint/pickle_check.h"

#include <algorithm>
#include <cstring>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/quoted.h"
#include "base/status_macros.h"
#include "hypergan/checkpoint/storage_bounds.h"

namespace hypergan {
namespace {

constexpr int64_t kMaxDepth = 256;
constexpr size_t kMaxHeld = size_t{1} << 20;      // on the stack; in the memo
constexpr int64_t kMaxValues = int64_t{1} << 24;  // each as often as it is met
constexpr size_t kMaxDimensions = 64;

// The operations that LibTorch has, of Python's protocol 2.
enum Operation : unsigned char {
  kMark = '(',
  kStop = '.',
  kNone = 'N',
  kTrue = 0x88,
  kFalse = 0x89,
  kInt1 = 'K',
  kInt2 = 'M',
  kInt4 = 'J',
  kLong1 = 0x8a,
  kFloat = 'G',
  kText = 'X',
  kGlobal = 'c',
  kEmptyTuple = ')',
  kTuple = 't',
  kTuple1 = 0x85,
  kTuple2 = 0x86,
  kTuple3 = 0x87,
  kEmptyList = ']',
  kList = 'l',
  kAppends = 'e',
  kEmptyDict = '}',
  kDict = 'd',
  kSetItem = 's',
  kSetItems = 'u',
  kPut = 'q',
  kLongPut = 'r',
  kGet = 'h',
  kLongGet = 'j',
  kNewObject = 0x81,
  kBuild = 'b',
  kReduce = 'R',
  kPersistentId = 'Q',
  kProtocol = 0x80,
};

struct Value;

// What holds others: a tuple, a list, a dictionary, an object.
struct Holder {
  std::vector<Value> items;  // of a tuple; of others nothing is asked
  int64_t depth = 1;
  int64_t values = 1;
  bool held = false;  // by another: then it may not grow, nor hold itself
};

struct Value {
  enum class Kind { kOther, kInt, kText, kGlobal, kStorage, kTuple, kHolder };
  Kind kind = Kind::kOther;
  int64_t number = 0;           // an int's; of a storage, how many it has
  absl::string_view text = {};  // a text's; of a global, "module name"
  std::shared_ptr<Holder> holder = {};  // of the last two kinds
};

template <typename... Parts>
absl::Status RefusedPickle(const Parts&... parts) {
  return absl::InvalidArgumentError(absl::StrCat(parts...));
}

// Whether what such a global makes can be checked here.
bool IsKnownGlobal(absl::string_view global) {
  static constexpr absl::string_view kExact[] = {
      "torch._utils _rebuild_tensor_v2",
      "torch._utils _rebuild_qtensor",
      "collections OrderedDict",
      "builtins complex",
      "torch device",
      "torch per_tensor_affine"};
  return absl::StartsWith(global, "__torch__") ||
         absl::StartsWith(global, "torch.jit._pickle ") ||
         ElementBytes(global) > 0 ||
         std::find(std::begin(kExact), std::end(kExact), global) !=
             std::end(kExact);
}

absl::StatusOr<std::vector<int64_t>> Ints(const Value& tuple,
                                          absl::string_view what) {
  std::vector<int64_t> ints;
  if (tuple.kind != Value::Kind::kTuple ||
      tuple.holder->items.size() > kMaxDimensions) {
    return RefusedPickle(what, ": expected at most ", kMaxDimensions,
                         " numbers");
  }
  for (const Value& item : tuple.holder->items) {
    if (item.kind != Value::Kind::kInt || item.number < 0) {
      return RefusedPickle(what, ": expected whole numbers from 0");
    }
    ints.push_back(item.number);
  }
  return ints;
}

// The arguments of a tensor: storage, offset, sizes, strides, and more.
absl::Status CheckTensor(const Value& arguments, bool quantized) {
  if (arguments.kind != Value::Kind::kTuple ||
      arguments.holder->items.size() < 6) {
    return RefusedPickle("a tensor without its six arguments");
  }
  const std::vector<Value>& items = arguments.holder->items;
  if (items[0].kind != Value::Kind::kStorage ||
      items[1].kind != Value::Kind::kInt) {
    return RefusedPickle("a tensor without a storage and an offset");
  }
  HG_ASSIGN_OR_RETURN(const auto sizes, Ints(items[2], "a tensor's sizes"));
  HG_ASSIGN_OR_RETURN(const auto strides, Ints(items[3], "a tensor's strides"));
  HG_RETURN_IF_ERROR(
      CheckReach(items[1].number, sizes, strides, items[0].number));
  if (!quantized) return absl::OkStatus();
  const Value& scheme = items[4];
  const bool per_tensor =
      scheme.kind == Value::Kind::kTuple && !scheme.holder->items.empty() &&
      scheme.holder->items[0].kind == Value::Kind::kGlobal &&
      scheme.holder->items[0].text == "torch per_tensor_affine";
  return per_tensor ? absl::OkStatus()
                    : RefusedPickle("a tensor that is quantized by channel");
}

// The machine: a stack, marks on it, and a memo.
class Reader {
 public:
  Reader(absl::string_view pickle, PickleRecords& records)
      : rest_(pickle), records_(records) {}

  absl::Status Run() {
    for (bool first = true;; first = false) {
      HG_ASSIGN_OR_RETURN(const auto operation, Read<unsigned char>());
      if (first != (operation == kProtocol)) {
        return RefusedPickle("the protocol's number is not where it belongs");
      }
      if (operation == kStop) break;
      HG_RETURN_IF_ERROR(Do(operation));
      if (stack_.size() > kMaxHeld) {
        return RefusedPickle("more than ", kMaxHeld, " values at once");
      }
    }
    return stack_.size() == 1 ? absl::OkStatus()
                              : RefusedPickle("it ends with ", stack_.size(),
                                              " values, expected one");
  }

  size_t left() const { return rest_.size(); }

 private:
  using Items = std::vector<Value>;

  absl::Status Do(unsigned char operation);
  absl::Status DoScalar(unsigned char operation);
  absl::Status DoTuple(unsigned char operation);
  absl::Status DoHolder(unsigned char operation);
  absl::Status DoMemo(unsigned char operation);
  absl::Status Call();
  absl::Status MakeStorage();

  template <typename T>
  absl::StatusOr<T> Read() {
    T value;
    if (rest_.size() < sizeof(T)) return RefusedPickle("it ends too early");
    std::memcpy(&value, rest_.data(), sizeof(T));
    rest_.remove_prefix(sizeof(T));
    return value;
  }

  absl::StatusOr<absl::string_view> ReadText(size_t size) {
    if (rest_.size() < size) return RefusedPickle("it ends too early");
    const absl::string_view text = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return text;
  }

  absl::StatusOr<absl::string_view> ReadName() {
    const size_t end = rest_.find('\n');
    if (end == absl::string_view::npos)
      return RefusedPickle("it ends too early");
    HG_ASSIGN_OR_RETURN(const auto line, ReadText(end + 1));
    return line.substr(0, end);
  }

  // The last `count` values, off the stack.
  absl::StatusOr<Items> Pop(size_t count) {
    if (stack_.size() < count)
      return RefusedPickle("an operation lacks an operand");
    const auto first = stack_.end() - static_cast<std::ptrdiff_t>(count);
    Items items(std::make_move_iterator(first),
                std::make_move_iterator(stack_.end()));
    stack_.erase(first, stack_.end());
    return items;
  }

  absl::StatusOr<Items> PopToMark() {
    if (marks_.empty() || marks_.back() > stack_.size()) {
      return RefusedPickle("an operation lacks its mark");
    }
    const size_t count = stack_.size() - marks_.back();
    marks_.pop_back();
    return Pop(count);
  }

  absl::Status Push(Value value) {
    stack_.push_back(std::move(value));
    return absl::OkStatus();
  }
  absl::Status PushInt(int64_t number) {
    return Push({.kind = Value::Kind::kInt, .number = number});
  }
  absl::Status PushHolder(Value::Kind kind, Items items) {
    Value value = {.kind = kind, .holder = std::make_shared<Holder>()};
    HG_RETURN_IF_ERROR(Hold(items, *value.holder));
    if (kind == Value::Kind::kTuple) value.holder->items = std::move(items);
    return Push(std::move(value));
  }

  // Puts `items` into `holder`, as far as its size is concerned.
  static absl::Status Hold(const Items& items, Holder& holder) {
    if (holder.held)
      return RefusedPickle("a list grows that another holds already");
    for (const Value& item : items) {
      holder.values += 1;
      if (item.holder == nullptr) continue;
      item.holder->held = true;
      holder.values += item.holder->values;
      holder.depth = std::max(holder.depth, item.holder->depth + 1);
      if (item.holder.get() == &holder || holder.depth > kMaxDepth) {
        return RefusedPickle("values nest deeper than ", kMaxDepth);
      }
    }
    return holder.values > kMaxValues
               ? RefusedPickle("more than ", kMaxValues, " values")
               : absl::OkStatus();
  }

  absl::string_view rest_;
  PickleRecords& records_;
  Items stack_;
  Items memo_;
  std::vector<size_t> marks_;
  std::deque<std::string> names_;  // of globals
};

absl::Status Reader::Do(unsigned char operation) {
  switch (operation) {
    case kMark:
      if (marks_.size() >= kMaxHeld) return RefusedPickle("too many marks");
      marks_.push_back(stack_.size());
      return absl::OkStatus();
    case kEmptyTuple:
    case kTuple:
    case kTuple1:
    case kTuple2:
    case kTuple3:
      return DoTuple(operation);
    case kEmptyList:
    case kList:
    case kAppends:
    case kEmptyDict:
    case kDict:
    case kSetItem:
    case kSetItems:
      return DoHolder(operation);
    case kPut:
    case kLongPut:
    case kGet:
    case kLongGet:
      return DoMemo(operation);
    case kNewObject: {
      HG_ASSIGN_OR_RETURN(const Items operand, Pop(1));
      const bool good = operand[0].kind == Value::Kind::kTuple &&
                        !stack_.empty() &&
                        stack_.back().kind == Value::Kind::kGlobal;
      return good ? absl::OkStatus()
                  : RefusedPickle("an object without a class");
    }
    case kBuild:
    case kReduce:
      return Call();
    case kPersistentId:
      return MakeStorage();
    default:
      return DoScalar(operation);
  }
}

absl::Status Reader::DoScalar(unsigned char operation) {
  switch (operation) {
    case kProtocol: {
      HG_ASSIGN_OR_RETURN(const auto version, Read<unsigned char>());
      return version == 2 ? absl::OkStatus()
                          : RefusedPickle("expected protocol 2, got ", version);
    }
    case kNone:
    case kTrue:
    case kFalse:
      return Push({});
    case kInt1: {
      HG_ASSIGN_OR_RETURN(const auto number, Read<uint8_t>());
      return PushInt(number);
    }
    case kInt2: {
      HG_ASSIGN_OR_RETURN(const auto number, Read<uint16_t>());
      return PushInt(number);
    }
    case kInt4: {
      HG_ASSIGN_OR_RETURN(const auto number, Read<int32_t>());
      return PushInt(number);
    }
    case kLong1: {
      HG_ASSIGN_OR_RETURN(const auto size, Read<uint8_t>());
      if (size != 8)
        return RefusedPickle("an int of ", size, " bytes, expected 8");
      HG_ASSIGN_OR_RETURN(const auto number, Read<int64_t>());
      return PushInt(number);
    }
    case kFloat:
      HG_RETURN_IF_ERROR(Read<int64_t>().status());
      return Push({});
    case kText: {
      HG_ASSIGN_OR_RETURN(const auto size, Read<uint32_t>());
      HG_ASSIGN_OR_RETURN(const auto text, ReadText(size));
      return Push({.kind = Value::Kind::kText, .text = text});
    }
    case kGlobal: {
      HG_ASSIGN_OR_RETURN(const auto module, ReadName());
      HG_ASSIGN_OR_RETURN(const auto name, ReadName());
      names_.push_back(absl::StrCat(module, " ", name));
      if (!IsKnownGlobal(names_.back())) {
        return RefusedPickle(Quoted(names_.back(), 200), " is not supported");
      }
      return Push({.kind = Value::Kind::kGlobal, .text = names_.back()});
    }
    default:
      return RefusedPickle("unknown operation ", operation);
  }
}

absl::Status Reader::DoTuple(unsigned char operation) {
  if (operation == kEmptyTuple) return PushHolder(Value::Kind::kTuple, {});
  auto items =
      operation == kTuple ? PopToMark() : Pop(size_t{1} + operation - kTuple1);
  if (!items.ok()) return items.status();
  return PushHolder(Value::Kind::kTuple, *std::move(items));
}

absl::Status Reader::DoHolder(unsigned char operation) {
  if (operation == kEmptyList || operation == kEmptyDict) {
    return PushHolder(Value::Kind::kHolder, {});
  }
  HG_ASSIGN_OR_RETURN(Items items,
                      operation == kSetItem ? Pop(2) : PopToMark());
  const bool pairs = operation != kList && operation != kAppends;
  if (pairs && items.size() % 2 != 0)
    return RefusedPickle("a key without a value");
  if (operation == kList || operation == kDict) {
    return PushHolder(Value::Kind::kHolder, std::move(items));
  }
  if (stack_.empty() || stack_.back().kind != Value::Kind::kHolder) {
    return RefusedPickle("values without what holds them");
  }
  return Hold(items, *stack_.back().holder);
}

absl::Status Reader::DoMemo(unsigned char operation) {
  size_t index = 0;
  if (operation == kPut || operation == kGet) {
    HG_ASSIGN_OR_RETURN(index, Read<uint8_t>());
  } else {
    HG_ASSIGN_OR_RETURN(index, Read<uint32_t>());
  }
  if (operation == kGet || operation == kLongGet) {
    if (index >= memo_.size())
      return RefusedPickle("a value that was never kept");
    return Push(memo_[index]);
  }
  if (stack_.empty()) return RefusedPickle("an operation lacks an operand");
  if (index >= kMaxHeld) return RefusedPickle("a memo beyond ", kMaxHeld);
  if (index >= memo_.size()) memo_.resize(index + 1);
  memo_[index] = stack_.back();
  return absl::OkStatus();
}

// A class or a function of LibTorch's, and what it makes its value of.
absl::Status Reader::Call() {
  HG_ASSIGN_OR_RETURN(Items operands, Pop(2));
  const Value& called = operands[0];
  if (called.kind != Value::Kind::kGlobal) {
    return RefusedPickle("a call of what cannot be called");
  }
  const bool quantized = called.text == "torch._utils _rebuild_qtensor";
  if (quantized || called.text == "torch._utils _rebuild_tensor_v2") {
    HG_RETURN_IF_ERROR(CheckTensor(operands[1], quantized));
    return Push({});
  }
  // It is told a type, which it reads by recursion.
  const Value& argument = operands[1];
  if (argument.kind == Value::Kind::kTuple) {
    for (const Value& item : argument.holder->items) {
      const auto brackets = std::count(item.text.begin(), item.text.end(), '[');
      if (brackets > kMaxDepth)
        return RefusedPickle("a type with too many brackets");
    }
  }
  return PushHolder(Value::Kind::kHolder, {std::move(operands[1])});
}

// ("storage", type, key, device, count)
absl::Status Reader::MakeStorage() {
  HG_ASSIGN_OR_RETURN(const Items operand, Pop(1));
  if (operand[0].kind != Value::Kind::kTuple ||
      operand[0].holder->items.size() != 5) {
    return RefusedPickle("a storage without its five arguments");
  }
  const Items& items = operand[0].holder->items;
  const int64_t element_bytes =
      items[1].kind == Value::Kind::kGlobal ? ElementBytes(items[1].text) : 0;
  if (items[0].text != "storage" || element_bytes == 0 ||
      items[2].kind != Value::Kind::kText ||
      items[3].kind != Value::Kind::kText ||
      items[4].kind != Value::Kind::kInt || items[4].number < 0) {
    return RefusedPickle("a storage whose arguments are not of their kinds");
  }
  const int64_t count = items[4].number;
  if (count == 0) return Push({.kind = Value::Kind::kStorage});
  const std::optional<int64_t> bytes = records_.size(items[2].text);
  if (!bytes || *bytes / element_bytes < count) {
    return RefusedPickle("a storage of ", count, " numbers of ", element_bytes,
                         " bytes, but its record ",
                         Quoted(std::string(items[2].text)), " has ",
                         bytes.value_or(0), " bytes");
  }
  records_.budget -= *bytes;
  if (records_.budget < 0)
    return RefusedPickle("its records are read too often");
  return Push({.kind = Value::Kind::kStorage, .number = count});
}

}  // namespace

absl::Status CheckPickle(absl::string_view pickle, PickleRecords& records) {
  Reader reader(pickle, records);
  const absl::Status status = reader.Run();
  if (status.ok()) return status;
  return absl::InvalidArgumentError(
      absl::StrCat("byte ", pickle.size() - reader.left(), " of ",
                   pickle.size(), ": ", status.message()));
}

}  // namespace hypergan
