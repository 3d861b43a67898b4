#pragma once

#include "trainer/report/collection.h"
#include "trainer/report/document.h"

// The report's sections, one a source file; one without blocks has nothing to
// show. All that they say of numbers comes from the results, or from
// trainer/report/paper_figures.h.
namespace hypergan::trainer::report {

Section AccuracySection(const Collection& collection);
Section ComparisonSection(const Collection& collection);
Section MemberSection(const Collection& collection);
Section SelectiveSection(const Collection& collection);
Section ShiftSection(const Collection& collection);
Section EnsembleSizeSection(const Collection& collection);
Section TrainingSection(const Collection& collection);
Section DiversitySection(const Collection& collection);
Section OutsideSection(const Collection& collection);
Section CalibrationSection(const Collection& collection);
Section RegressionSection(const Collection& collection);
Section AttackSection(const Collection& collection);
Section FilterSection(const Collection& collection);
Section ImageSection(const Collection& collection);
Section RunSection(const Collection& collection);

// All of them.
Document ReportDocument(const Collection& collection);

}  // namespace hypergan::trainer::report
