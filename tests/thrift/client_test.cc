#include "thrift/client.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "thrift/fake_server.h"
#include "thrift/fault_text.h"

namespace tidemark::thrift {
namespace {

using testing::FakeServer;
using testing::Script;

Server to(const FakeServer& fake) {
  Server server;
  server.host = "127.0.0.1";
  server.port = fake.port;
  server.user = "ada";
  server.password = "secret";
  server.reply_timeout_ms = 20'000;
  return server;
}

template <typename Action>
std::string code_of(Action action) {
  try {
    action();
  } catch (const Error& error) {
    return error.code() + ": " + error.message();
  }
  return "no error";
}

TEST(Client, RowsComeByColumnWithTheirNulls) {
  FakeServer fake({.rows = 2500});
  Client client(to(fake));
  const auto result = client.execute("select 1");
  ASSERT_EQ(result->columns().size(), 2U);
  EXPECT_EQ(result->columns()[0].type, "bigint");
  EXPECT_EQ(result->columns()[1].type, "decimal(18,2)");
  Batch batch;
  int64_t row = 0;
  while (result->next(batch)) {
    const auto& numbers = std::get<std::vector<int64_t>>(batch.columns[0].values);
    const auto& texts = std::get<std::vector<std::string>>(batch.columns[1].values);
    for (size_t i = 0; i < batch.rows(); ++i, ++row) {
      ASSERT_EQ(batch.columns[0].is_null[i], row % 3 == 0);
      ASSERT_EQ(numbers[i], row % 3 == 0 ? -1 : row);
      ASSERT_EQ(texts[i], std::string(4, static_cast<char>('0' + row % 10)));
    }
  }
  EXPECT_EQ(row, 2500);
  EXPECT_FALSE(result->next(batch));
}

TEST(Client, OneConnectionForManyStatementsAndEachIsClosed) {
  FakeServer fake({});
  {
    Client client(to(fake));
    for (int i = 0; i < 5; ++i) client.execute("select 1");
    EXPECT_EQ(client.session_number(), 1);
  }
  EXPECT_EQ(fake.connections, 1);
  EXPECT_EQ(fake.statements, 5);
  EXPECT_EQ(fake.closed_operations, 5);
  EXPECT_EQ(fake.closed_sessions, 1);
}

TEST(Client, SettingsGoWithTheSession) {
  FakeServer fake({});
  Server server = to(fake);
  server.configuration = {{"spark.sql.shuffle.partitions", "4"}};
  Client(server).execute("select 1");
  EXPECT_EQ(fake.configuration.at("spark.sql.shuffle.partitions"), "4");
}

TEST(Client, WithoutSasl) {
  FakeServer fake({.sasl = false, .rows = 3});
  Server server = to(fake);
  server.sign_in = SignIn::kNoSasl;
  Client client(server);
  Batch batch;
  EXPECT_TRUE(client.execute("select 1")->next(batch));
  EXPECT_EQ(batch.rows(), 3U);
}

TEST(Client, WrongPassword) {
  FakeServer fake({.password = "another"});
  EXPECT_EQ(code_of([&] { Client(to(fake)).execute("select 1"); }),
            "TM4402: 127.0.0.1:" + std::to_string(fake.port) + " refuses the sign-in of 'ada': Error validating the login");
}

TEST(Client, NobodyThere) {
  Server server;
  {
    FakeServer fake({});
    server = to(fake);
  }
  EXPECT_TRUE(code_of([&] { Client(server).execute("select 1"); }).starts_with("TM4401"));
}

TEST(Client, FaultsOfAStatement) {
  FakeServer fake(
      {.fault =
           "org.apache.hive.service.cli.HiveSQLException: Error running query: org.apache.spark.sql.AnalysisException: [TABLE_OR_VIEW_NOT_FOUND] no table `x`. "
           "line 1, pos 14;\n'Project [*]\n\tat org.apache.spark.A.b(A.scala:43)\n\tat java.base/java.lang.Thread.run(Thread.java:840)"});
  Client client(to(fake));
  EXPECT_EQ(code_of([&] { client.execute("select * from x"); }), "TM4406: [TABLE_OR_VIEW_NOT_FOUND] no table `x`. line 1, pos 14;\n'Project [*]");
  EXPECT_EQ(code_of([&] { client.execute("now wrong"); }), "TM4406: no such thing (line 1, pos 4)");
  fake.script.fault.clear();
  client.execute("select 1");  // the session is still good
  EXPECT_EQ(fake.connections, 1);
  EXPECT_EQ(fake.closed_operations, 2);
}

TEST(Client, CancelledStatementsAreCancelledOnTheServer) {
  FakeServer fake({.polls = -1});
  std::atomic<bool> cancelled{false};
  Client client(to(fake));
  std::thread later([&] {
    while (fake.statements == 0) std::this_thread::yield();
    cancelled = true;
  });
  EXPECT_EQ(code_of([&] { client.execute("select 1", {.cancelled = &cancelled}); }), "TM4407: cancelled");
  later.join();
  EXPECT_EQ(fake.cancels, 1);
}

TEST(Client, AStatementThatMayHaveRunIsNotSentAgain) {
  FakeServer fake({.polls = -1, .close_after = 3});  // opening, statement, one status
  Client client(to(fake));
  EXPECT_TRUE(code_of([&] { client.execute("insert into t values (1)"); }).starts_with("TM4404"));
  EXPECT_EQ(fake.statements, 1);
  fake.script.close_after = -1;
  fake.script.polls = 0;
  client.execute("insert into t values (2)");
  EXPECT_EQ(client.session_number(), 2);
}

TEST(Client, AStatementThatOnlyReadsIsSentOnceMore) {
  FakeServer fake({.polls = 0, .close_after = 2});
  Client client(to(fake));
  EXPECT_TRUE(code_of([&] { client.execute("select 1", {.only_reads = true}); }).starts_with("TM4404"));
  EXPECT_EQ(fake.statements, 2);
  EXPECT_EQ(fake.connections, 2);
}

TEST(Client, RowsThatEndInMidResultAreAnError) {
  FakeServer fake({.rows = 5000});
  Client client(to(fake));
  const auto result = client.execute("select 1", {.only_reads = true});
  Batch batch;
  ASSERT_TRUE(result->next(batch));
  fake.drop_connections();
  EXPECT_TRUE(code_of([&] {
                while (result->next(batch)) continue;
              }).starts_with("TM4404"));
}

TEST(Client, WhatIsNoReply) {
  const std::string frame_cut_short("\0\0\1\0abc", 7);
  const std::string no_thrift("\0\0\0\4HTTP", 8);
  const std::string giant_frame("\x7f\xff\xff\xff....", 8);
  for (const std::string& bytes : {frame_cut_short, no_thrift, giant_frame}) {
    FakeServer fake({.raw_answer = bytes});
    const std::string said = code_of([&] { Client(to(fake)).execute("select 1"); });
    EXPECT_TRUE(said.starts_with("TM4402") || said.starts_with("TM4405")) << said;
  }
}

TEST(Client, AResultOf100Megabytes) {
  FakeServer fake({.polls = 0, .rows = 10'000, .text_size = 10'000});
  Client client(to(fake));
  const auto result = client.execute("select 1");
  Batch batch;
  int64_t rows = 0;
  size_t most = 0;
  while (result->next(batch)) {
    rows += static_cast<int64_t>(batch.rows());
    most = std::max(most, batch.rows());
  }
  EXPECT_EQ(rows, 10'000);
  EXPECT_LE(most, 1000U);  // wide rows come a few at a time
}

TEST(FaultText, KeepsWhatPeopleRead) {
  EXPECT_EQ(readable_fault("java.lang.IllegalStateException: a.b: c"), "a.b: c");
  EXPECT_EQ(readable_fault("plain: text at noon"), "plain: text at noon");
  EXPECT_EQ(readable_fault(""), "");
}

}  // namespace
}  // namespace tidemark::thrift
