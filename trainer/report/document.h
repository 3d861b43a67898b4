#pragma once

#include <string>
#include <variant>
#include <vector>

// A report before it has a form: page.h makes HTML of it, markdown.h Markdown.
// All texts are plain; the forms escape them.
namespace hypergan::trainer::report {

struct Heading {
  std::string text;
};

struct Paragraph {
  std::string text;
};

// Lines to copy, as commands are.
struct Code {
  std::vector<std::string> lines;
};

struct Cell {
  std::string text;
  bool strong = false;
};

struct TableRow {
  std::vector<Cell> cells;
  bool published = false;  // not ours: set apart
};

// The first column names the row; the others are numbers.
struct Table {
  std::vector<std::string> head;
  std::vector<TableRow> rows;
  std::string caption;
};

struct Drawing {
  std::string name;  // unique in the document, a slug
  std::string svg;   // of PlotSvg or PictureSheetSvg
  std::string title;
};

// Drawings to look at together, with what to look for.
struct Drawings {
  std::vector<Drawing> drawings;
  std::string caption;
};

using Block = std::variant<Heading, Paragraph, Code, Table, Drawings>;

struct Section {
  std::string id, title;
  std::vector<Block> blocks;  // none: the section is left out
};

struct Document {
  std::string title;
  std::string summary;
  std::vector<Section> sections;
};

}  // namespace hypergan::trainer::report
