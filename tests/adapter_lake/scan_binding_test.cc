#include "adapter/lake/scan_binding.h"

#include "adapter_lake/lake_fixture.h"
#include "base/strings.h"

namespace tidemark {
namespace {

std::string bind_file_scans(const std::string& sql, const std::vector<ScanBinding>& bindings) {
  return lake_adapter::bind_file_scans(sql, bindings, [] { return std::string("empty.parquet"); });
}

TEST(BindFileScans, ReplacesCallsWhateverTheirForm) {
  const std::vector<ScanBinding> bindings{{.patterns = {"d/*.parquet"}, .files = {"d/a.parquet", "d/b'.parquet"}, .columns = {}},
                                          {.patterns = {"x.csv", "y.csv"}, .files = {"x.csv"}, .columns = {{"a", "INTEGER"}}}};
  EXPECT_EQ(bind_file_scans("select * from READ_PARQUET ( 'd/*.parquet', union_by_name = true ) t", bindings),
            "select * from READ_PARQUET(['d/a.parquet', 'd/b''.parquet'], union_by_name = true ) t");
  EXPECT_EQ(bind_file_scans("from 'd/*.parquet' join parquet_scan(['d/*.parquet']) using (a)", bindings),
            "from read_parquet(['d/a.parquet', 'd/b''.parquet']) join parquet_scan(['d/a.parquet', 'd/b''.parquet']) using (a)");
  EXPECT_EQ(bind_file_scans("from read_csv(['x.csv', 'y.csv'], sep = ';')", bindings), "from read_csv(['x.csv'], sep = ';')");
  EXPECT_EQ(bind_file_scans("select 'd/*.parquet' -- read_parquet('d/*.parquet')", bindings), "select 'd/*.parquet' -- read_parquet('d/*.parquet')");
  EXPECT_EQ(bind_file_scans("from read_parquet('e/*.parquet')", bindings), "from read_parquet('e/*.parquet')");
}

TEST(BindFileScans, NamesOfFilesBecomeAColumnWhereThatChangesNothing) {
  const std::vector<ScanBinding> bindings{{.patterns = {"*.pq"}, .files = {"a.pq"}, .columns = {{"n", "INTEGER"}}}};
  const auto names = [&](const std::string& sql) {
    const std::string bound = bind_file_scans(replace_all(sql, "$F", "read_parquet('*.pq', union_by_name = true)"), bindings);
    return bound.find("filename = true") != std::string::npos;
  };
  EXPECT_TRUE(names("select n, filename as f from $F where n > 0"));
  EXPECT_TRUE(names("select * from (select n * 2 as m, filename || '#' || file_row_number as id from $F where n is not null) as t where id = 'x'"));
  EXPECT_TRUE(names("select filename, count(*) from $F as t group by t.filename"));
  EXPECT_FALSE(names("select n from $F"));
  EXPECT_FALSE(names("select *, filename as f from $F"));
  EXPECT_FALSE(names("select t.*, filename as f from $F as t"));
  EXPECT_FALSE(names("select t, filename as f from $F as t"));
  EXPECT_FALSE(names("select filename from $F, other"));
  EXPECT_FALSE(names("select filename from $F join other using (n)"));
  EXPECT_FALSE(names("from $F select filename"));
}

class ScanBindings : public LakeFixture {
 protected:
  void write(const std::string& name, const std::string& select) { oracle_->execute("COPY (" + select + ") TO '" + path(name) + "' (FORMAT parquet)"); }
  std::string path(const std::string& name) const { return (folder_ / name).string(); }
};

TEST_F(ScanBindings, ReadWhatWasObserved) {
  write("f1.parquet", "SELECT 1 AS a, 'x' AS b");
  write("f2.parquet", "SELECT 2.5::DOUBLE AS a");
  const std::string pattern = path("f*.parquet");
  session_->create_view(rel("v"),
                        {.sql = "SELECT *, filename LIKE '%f2%' AS second, file_row_number AS r FROM read_parquet('" + pattern + "', union_by_name = true)",
                         .node_id = {},
                         .description = {}});
  adapter_->set_scan_bindings({{.patterns = {pattern}, .files = {path("f1.parquet"), path("f2.parquet")}, .columns = {{"a", "DOUBLE"}, {"b", "VARCHAR"}}}});
  const std::string sql = "SELECT * FROM s.v ORDER BY ALL";
  const std::string both = "a DOUBLE, b VARCHAR, second BOOLEAN, r BIGINT, \n1.0|x|false|0|\n2.5|<null>|true|0|\n";
  EXPECT_EQ(lake(sql), both);
  write("f3.parquet", "SELECT 3::DOUBLE AS a");
  EXPECT_EQ(lake(sql), both) << "a file that came after the observation is not read";
  adapter_->set_scan_bindings({{.patterns = {pattern}, .files = {path("f1.parquet")}, .columns = {{"a", "DOUBLE"}, {"b", "VARCHAR"}}}});
  EXPECT_EQ(lake(sql), "a DOUBLE, b VARCHAR, second BOOLEAN, r BIGINT, \n1.0|x|false|0|\n");
  adapter_->set_scan_bindings({{.patterns = {pattern}, .files = {}, .columns = {{"a", "DOUBLE"}, {"b", "VARCHAR"}}}});
  EXPECT_EQ(lake(sql), "a DOUBLE, b VARCHAR, second BOOLEAN, r BIGINT, \n");
  adapter_->set_scan_bindings({});
  EXPECT_EQ(lake("SELECT count(*) AS n FROM s.v"), "n BIGINT, \n3|\n");
}

TEST_F(ScanBindings, StagedQueriesAreBoundToo) {
  write("f1.parquet", "SELECT 1 AS a");
  write("f2.parquet", "SELECT 2 AS a");
  const std::string pattern = path("f*.parquet");
  adapter_->set_scan_bindings({{.patterns = {pattern}, .files = {path("f2.parquet")}, .columns = {}}});
  create("t", "SELECT a FROM read_parquet('" + pattern + "')");
  EXPECT_EQ(lake("SELECT * FROM s.t"), "a INTEGER, \n2|\n");
}

TEST_F(ScanBindings, APatternThatMatchesNothingIsNamed) {
  const std::string pattern = path("none/*.parquet");
  adapter_->set_scan_bindings({{.patterns = {pattern}, .files = {}, .columns = {}}});
  std::string message;
  EXPECT_EQ(code_of([&] { session_->query("SELECT * FROM read_parquet('" + pattern + "')"); }, &message), "TM4221");
  EXPECT_NE(message.find(pattern), std::string::npos);
}

}  // namespace
}  // namespace tidemark
