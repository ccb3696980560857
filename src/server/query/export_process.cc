#include "server/query/export_process.h"

#include <csignal>
#include <cstdio>
#include <iostream>
#include <set>

#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <xlsxwriter.h>

#include "adapter/duckdb/database.h"
#include "base/error.h"
#include "base/strings.h"
#include "server/query/export.h"
#include "server/query/spill.h"

namespace tidemark::server {

namespace {

constexpr int64_t kRowsOfSheet = 1'048'575;  // behind the header
constexpr size_t kColumnsOfSheet = 16'384, kCellOfSheet = 32'767;

// Digits that a double holds exactly, so that a spreadsheet shows what was there.
bool is_short_number(const std::string& text, const std::string& type) {
  const bool is_number = type == "BIGINT" || type == "UBIGINT" || type == "HUGEINT" || type.starts_with("DECIMAL");
  return is_number && text.size() <= 15 && text.find_first_not_of("0123456789.-") == std::string::npos;
}

void check(lxw_error fault) {
  if (fault != LXW_NO_ERROR) throw Error("TM7310", fmt::format("the spreadsheet can't be written: {}", lxw_strerror(fault)));
}

std::string fitting(std::string text) {
  if (text.size() <= kCellOfSheet) return text;
  size_t end = kCellOfSheet;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  text.resize(end);
  return text;
}

class Spreadsheet {
 public:
  explicit Spreadsheet(const Json& order) : columns_(order.at("columns")) {
    if (columns_.size() > kColumnsOfSheet) throw Error("TM7310", "a spreadsheet has at most 16384 columns");
    temp_ = order.at("temp").get<std::string>();
    lxw_workbook_options options{};
    options.constant_memory = LXW_TRUE;
    options.tmpdir = temp_.data();
    book_ = workbook_new_opt(order.at("target").get<std::string>().c_str(), &options);
    if (book_ == nullptr) throw Error("TM7310", "the spreadsheet can't be written");
  }

  void add(const Json& cells) {
    if (sheet_ == nullptr || row_ > kRowsOfSheet) begin_sheet();
    const auto row = static_cast<lxw_row_t>(row_++);
    for (size_t i = 0; i < cells.size(); ++i) {
      const auto column = static_cast<lxw_col_t>(i);
      const Json& cell = cells[i];
      if (cell.is_boolean()) {
        check(worksheet_write_boolean(sheet_, row, column, cell.get<bool>() ? 1 : 0, nullptr));
      } else if (cell.is_number()) {
        check(worksheet_write_number(sheet_, row, column, cell.get<double>(), nullptr));
      } else if (cell.is_string()) {
        add_text(row, column, cell.get<std::string>(), columns_.at(i).at("type").get<std::string>());
      }
    }
  }

  void finish() {
    if (sheet_ == nullptr) begin_sheet();
    check(workbook_close(book_));
  }

 private:
  void add_text(lxw_row_t row, lxw_col_t column, const std::string& text, const std::string& type) {
    if (is_short_number(text, type)) {
      check(worksheet_write_number(sheet_, row, column, std::stod(text), nullptr));
    } else {
      check(worksheet_write_string(sheet_, row, column, fitting(without_formula(text)).c_str(), nullptr));
    }
  }

  void begin_sheet() {
    sheet_ = workbook_add_worksheet(book_, nullptr);
    if (sheet_ == nullptr) throw Error("TM7310", "the spreadsheet can't be written");
    for (size_t i = 0; i < columns_.size(); ++i)
      check(worksheet_write_string(sheet_, 0, static_cast<lxw_col_t>(i), fitting(without_formula(columns_[i].at("name").get<std::string>())).c_str(), nullptr));
    row_ = 1;
  }

  const Json columns_;
  std::string temp_;
  lxw_workbook* book_ = nullptr;
  lxw_worksheet* sheet_ = nullptr;
  int64_t row_ = 0;
};

void write_xlsx(const Json& order) {
  Spreadsheet book(order);
  SpillReader rows(order.at("folder").get<std::string>(), order.at("name").get<std::string>(), order.at("rows").get<int64_t>());
  std::string line;
  while (rows.next(line)) book.add(Json::parse(line));
  book.finish();
}

// The type that a Parquet file keeps a column's values in without loss; VARCHAR where it has none.
std::string parquet_type(const std::string& type, bool wide_as_text) {
  if (type == "HUGEINT" || type == "UHUGEINT" || type == "BIGNUM") return wide_as_text ? "VARCHAR" : "DECIMAL(38,0)";
  for (const char* other : {"BIT", "TIME WITH TIME ZONE", "UNION", "VARIANT", "GEOMETRY", "ENUM", "INTERVAL", "MAP", "NULL", "\"NULL\""}) {
    if (type.starts_with(other)) return "VARCHAR";
  }
  return type;
}

// Bytes of the longest row, for which the reader takes memory at once.
size_t longest_row(const Json& order) {
  SpillReader rows(order.at("folder").get<std::string>(), order.at("name").get<std::string>(), order.at("rows").get<int64_t>());
  size_t longest = size_t{1} << 20;
  std::string line;
  while (rows.next(line)) longest = std::max(longest, line.size() + 1);
  return longest;
}

std::string parquet_sql(const Json& order, size_t longest, bool wide_as_text) {
  std::set<std::string> names;
  std::vector<std::string> items;
  const Json& columns = order.at("columns");
  for (size_t i = 0; i < columns.size(); ++i) {
    std::string name = columns[i].at("name").get<std::string>();
    for (int n = 1; !names.insert(to_lower(name)).second; ++n) name = fmt::format("{}_{}", columns[i].at("name").get<std::string>(), n);
    items.push_back(
        fmt::format("CAST(json ->> {} AS {}) AS {}", i, parquet_type(columns[i].at("type").get<std::string>(), wide_as_text), duckdb::quote_identifier(name)));
  }
  const std::string file = (fs::path(order.at("folder").get<std::string>()) / (order.at("name").get<std::string>() + ".rows")).string();
  return fmt::format("COPY (SELECT {} FROM read_ndjson_objects({}, maximum_object_size = {}, format = 'newline_delimited') LIMIT {}) TO {} (FORMAT parquet)",
                     join(items, ", "), duckdb::quote_literal(file), longest, order.at("rows").get<int64_t>(),
                     duckdb::quote_literal(order.at("target").get<std::string>()));
}

void write_parquet(const Json& order) {
  duckdb::DatabaseOptions options;
  options.threads = 1;
  options.memory_limit = "2GB";
  options.temp_directory = order.at("temp").get<std::string>();
  options.exact_aggregates = false;
  duckdb::Database database(options);
  const auto connection = database.connect();
  const size_t longest = longest_row(order);
  try {
    connection->execute(parquet_sql(order, longest, false));
  } catch (const Error& error) {
    if (error.code() != "TM4112") throw;
    connection->execute(parquet_sql(order, longest, true));  // integers of more than 38 digits
  }
}

}  // namespace

int export_process() {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::prctl(PR_SET_DUMPABLE, 0);
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  std::string line;
  if (!std::getline(std::cin, line)) return 2;
  try {
    const Json order = parse_json(line, "<stdin>", "TM7303");
    if (order.at("format") == "xlsx") {
      write_xlsx(order);
    } else {
      write_parquet(order);
    }
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}

}  // namespace tidemark::server
