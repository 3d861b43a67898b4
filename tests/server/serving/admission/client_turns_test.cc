#include "server/serving/admission/client_turns.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace hypergan::server {
namespace {

TEST(ClientTurnsTest, ClientsAreLevelAtFirst) {
  const ClientTurns turns;
  EXPECT_EQ(turns.Of("a"), turns.Of("b"));
  EXPECT_EQ(turns.Of(""), turns.Of("b"));
}

TEST(ClientTurnsTest, PutsTheClientThatWasGivenLeastFirst) {
  ClientTurns turns;
  turns.Begin("a");
  turns.Give("a", 10);
  turns.Begin("b");
  turns.Give("b", 3);
  EXPECT_LT(turns.Of("b"), turns.Of("a"));
  turns.Begin("b");
  turns.Give("b", 8);
  EXPECT_LT(turns.Of("a"), turns.Of("b"));
}

TEST(ClientTurnsTest, GivesNobodyCreditForTheTimeWhenTheyWereAway) {
  ClientTurns turns;
  for (int i = 0; i < 100; ++i) {
    turns.Begin("a");
    turns.Give("a", 10);
  }
  turns.Begin("b");  // it comes first, but not a hundred times
  turns.Give("b", 11);
  EXPECT_LT(turns.Of("a"), turns.Of("b"));
}

TEST(ClientTurnsTest, ForgetsWhoIsLevel) {
  ClientTurns turns;
  for (int i = 0; i < 100; ++i) turns.Give(absl::StrCat(i), 1);
  EXPECT_EQ(turns.clients(), 100u);
  turns.Begin("1");
  EXPECT_EQ(turns.clients(), 0u);
}

TEST(ClientTurnsTest, RemembersABoundedNumberOfClients) {
  ClientTurns turns;
  for (int i = 0; i < 5000; ++i) {
    turns.Begin(absl::StrCat(i));
    turns.Give(absl::StrCat(i), 1);
    ASSERT_LE(turns.clients(), ClientTurns::kMaxClients);
  }
}

}  // namespace
}  // namespace hypergan::server
