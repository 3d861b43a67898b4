#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace hypergan::data {

// What the columns of a table mean. Names are those of a header.
struct CsvOptions {
  // The last so many columns are what should come out; 0: all are inputs.
  int64_t target_columns = 1;
  // These columns are, wherever they stand, in this order; then target_columns
  // does not count.
  std::vector<std::string> target_names = {};
  // Not read, whatever they hold.
  std::vector<std::string> drop_columns = {};
  // That one column is a class, not a value: its number from 0 on, or text.
  bool labels = false;
  // By which text is a class's number; empty: the distinct texts, sorted.
  std::vector<std::string> class_names = {};
  // The columns that networks take and give. Where both these and a header are
  // there, columns are brought into this order, and none may be missing or
  // left over; other target names than output_names are left as they are.
  std::vector<std::string> input_names = {};
  std::vector<std::string> output_names = {};
};

}  // namespace hypergan::data
