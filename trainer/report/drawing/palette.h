#pragma once

#include <string>

namespace hypergan::trainer::report {

// How a line is told from the others of its plot: by a colour that colour-blind
// eyes tell apart (after Okabe and Ito) and by its dashes. The first
// thirty-five styles differ. The style below 0 is grey and dotted: what is not
// ours.
inline constexpr int kColours = 7;
inline constexpr int kPublishedStyle = -1;

// "0" to "6", or "p": the ending of the classes `s` (stroke) and `f` (fill).
std::string ColourName(int style);

// stroke-dasharray's value; empty: solid.
std::string Dashes(int style);

// CSS that gives the drawings' classes their colours: by variables, which are
// set for light and dark screens and for print; and for a drawing that stands
// by itself, in colours between that are readable on light and dark pages.
std::string PageColours();
std::string StandaloneColours();

}  // namespace hypergan::trainer::report
