// Texts of HTTP, routes, passwords, which folders queries may read.
#include <gtest/gtest.h>

#include "base/error.h"
#include "server/api/gate.h"
#include "server/http/router.h"
#include "server/http/text.h"
#include "server/pipeline/project_state.h"
#include "server/store/password.h"

namespace tidemark::server {
namespace {

TEST(HttpText, PercentDecoding) {
  EXPECT_EQ(percent_decode("a%20b%C3%A9+"), "a b\xC3\xA9+");
  EXPECT_EQ(percent_decode("a+b", true), "a b");
  for (const char* text : {"%", "%1", "%zz", "%00"}) EXPECT_FALSE(percent_decode(text)) << text;
  const auto query = parse_query("a=1&b=x%26y&c&a=2&=3");
  EXPECT_EQ(query.at("a"), "2");
  EXPECT_EQ(query.at("b"), "x&y");
  EXPECT_EQ(query.at("c"), "");
}

TEST(HttpText, CookiesAreFoundByTheirWholeName) {
  EXPECT_EQ(cookie("a=1; tidemark_session=xyz; b=2", "tidemark_session"), "xyz");
  EXPECT_EQ(cookie("xtidemark_session=1", "tidemark_session"), "");
  EXPECT_EQ(cookie("", "a"), "");
}

TEST(HttpText, NamesOfAttachmentsCannotEndTheHeader) {
  EXPECT_EQ(attachment("a b\r\nX: \"1\".csv"), "attachment; filename=\"a_b__X___1_.csv\"; filename*=UTF-8''a%20b%0D%0AX%3A%20%221%22.csv");
}

TEST(HttpText, Hosts) {
  EXPECT_EQ(host_only("LOCALHOST:3000"), "localhost");
  EXPECT_EQ(host_only("[::1]:3000"), "[::1]");
  EXPECT_EQ(host_only("example.com"), "example.com");
}

Request request_of(const std::string& method, const std::string& path) {
  Request out;
  out.method = method;
  out.path = path;
  return out;
}

TEST(Router, FindsByMethodAndParts) {
  Router router;
  const auto answer = [](const Request&) { return Response(); };
  router.add("GET", "/api/a/:id", answer);
  router.add("POST", "/api/a/:id/b", answer);
  Request request = request_of("GET", "/api/a/17");
  router.find(request);
  EXPECT_EQ(request.capture("id"), "17");
  for (const auto& [method, path, code] :
       {std::tuple{"GET", "/api/a/", "TM7404"}, {"GET", "/api/a", "TM7404"}, {"POST", "/api/a/17", "TM7405"}, {"GET", "/api/a/17/b/c", "TM7404"}}) {
    Request other = request_of(method, path);
    try {
      router.find(other);
      FAIL() << path;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), code);
    }
  }
}

TEST(Passwords, AreHashedWithASaltAndChecked) {
  const std::string one = hash_password("correct horse"), other = hash_password("correct horse");
  EXPECT_NE(one, other);
  EXPECT_TRUE(verify_password("correct horse", one));
  EXPECT_FALSE(verify_password("correct hors", one));
  EXPECT_FALSE(verify_password("", ""));
  EXPECT_NE(random_token(), random_token());
  EXPECT_EQ(random_token().size(), 43U);
}

TEST(Throttle, KeysWaitAfterFailures) {
  Throttle throttle;
  for (int i = 0; i < 3; ++i) {
    throttle.check("a", 3, 60);
    throttle.failed("a");
  }
  EXPECT_THROW(throttle.check("a", 3, 60), Error);
  throttle.check("b", 3, 60);
  throttle.succeeded("a");
  throttle.check("a", 3, 60);
}

TEST(ScannedFolders, AreThoseBeforeTheFirstWildcard) {
  EXPECT_EQ(scanned_folders("select * from read_parquet('data/raw/*.parquet', union_by_name = true) join 'x/y.csv' on true where a = '/etc/passwd'"),
            (std::vector<std::string>{"data/raw", "x"}));
  EXPECT_EQ(scanned_folders("from read_csv(['a/b*/c.csv', '/d/e.csv'], sep = '/')"), (std::vector<std::string>{"a", "/d"}));
  EXPECT_EQ(scanned_folders("select '/etc/x' from t"), std::vector<std::string>{});
}

}  // namespace
}  // namespace tidemark::server
