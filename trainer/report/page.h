#pragma once

#include <string>

#include "trainer/report/document.h"

namespace hypergan::trainer::report {

// The document as one HTML page that stands by itself: no script, and nothing
// is loaded from anywhere (a content security policy in it forbids that too).
// For light and dark screens, phones and paper.
std::string HtmlPage(const Document& document);

}  // namespace hypergan::trainer::report
