#pragma once

#include <string>
#include <vector>

namespace hypergan::client {

enum class Align { kLeft, kRight };

struct Column {
  std::string title;
  Align align = Align::kLeft;
};

// Columns as wide as their widest cell, two blanks between them.
class Table {
 public:
  explicit Table(std::vector<Column> columns);

  // One cell a column.
  void AddRow(std::vector<std::string> cells);

  // The titles and the rows, each line ended.
  std::string Render() const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace hypergan::client
