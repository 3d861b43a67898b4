#include "server/app/http/http_routes.h"

#include <algorithm>
#include <atomic>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "prometheus/counter.h"
#include "server/app/http/status_page.h"

namespace hypergan::server {
namespace {

using testing::HasSubstr;
using testing::Not;

class HttpRoutesTest : public testing::Test {
 protected:
  HttpAnswer Answer(const std::string& path) {
    const auto routes =
        HttpRoutes({registry_, [this] { return ready_.load(); },
                    [this] { ++updates_; }, [] { return std::string("{}"); }});
    const auto found =
        std::find_if(routes.begin(), routes.end(),
                     [&](const HttpRoute& each) { return each.path == path; });
    return found == routes.end() ? HttpAnswer{.status = 404, .body = ""}
                                 : found->answer();
  }

  std::shared_ptr<prometheus::Registry> registry_ =
      std::make_shared<prometheus::Registry>();
  std::atomic<bool> ready_ = false;
  int updates_ = 0;
};

TEST_F(HttpRoutesTest, TellReadinessAndLife) {
  EXPECT_EQ(Answer("/healthz").status, 200);
  EXPECT_EQ(Answer("/readyz").status, 503);
  ready_ = true;
  EXPECT_EQ(Answer("/readyz").status, 200);
  EXPECT_EQ(updates_, 0);
}

TEST_F(HttpRoutesTest, ReadTheFiguresAnew) {
  prometheus::BuildCounter().Name("a_total").Register(*registry_).Add({});
  EXPECT_THAT(Answer("/metrics").body, HasSubstr("a_total 0"));
  EXPECT_EQ(updates_, 1);
  EXPECT_EQ(Answer("/status.json").content_type, "application/json");
  EXPECT_EQ(updates_, 2);
}

TEST_F(HttpRoutesTest, ServeThePageAndItsFiles) {
  EXPECT_THAT(Answer("/").content_type, HasSubstr("text/html"));
  EXPECT_EQ(Answer("/").body, std::string(kStatusHtml));
  EXPECT_THAT(Answer("/status.js").content_type, HasSubstr("text/javascript"));
  EXPECT_THAT(Answer("/status.css").content_type, HasSubstr("text/css"));
  // To the last character.
  EXPECT_TRUE(kStatusHtml.ends_with("</html>\n"));
  EXPECT_TRUE(kStatusJs.ends_with("update();\n"));
  EXPECT_TRUE(kStatusCss.ends_with("}\n"));
}

// The policy forbids what would be needed; nothing here asks for it.
TEST_F(HttpRoutesTest, ThePageNeedsNothingFromElsewhereAndMakesNoMarkup) {
  const std::string html(kStatusHtml);
  const std::string script(kStatusJs);
  for (const char* word : {"innerHTML", "outerHTML", "insertAdjacentHTML",
                           "document.write", "eval(", "Function("}) {
    EXPECT_THAT(script, Not(HasSubstr(word)));
  }
  for (const std::string& file : {html, std::string(kStatusCss)}) {
    EXPECT_THAT(file, Not(HasSubstr("http")));
    EXPECT_THAT(file, Not(HasSubstr("style=")));
    EXPECT_THAT(file, Not(HasSubstr("onload=")));
  }
}

}  // namespace
}  // namespace hypergan::server
