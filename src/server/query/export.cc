#include "server/query/export.h"

#include <csignal>
#include <optional>

#include "base/error.h"
#include "base/file_system.h"
#include "base/hash.h"
#include "base/strings.h"
#include "server/child/child.h"
#include "server/http/text.h"
#include "server/query/row_cells.h"
#include "server/query/spill.h"

namespace tidemark::server {

namespace {

constexpr size_t kPiece = 256 << 10;

// Lines of the spill, turned into text some at a time.
class RowStreamBody : public BodyStream {
 public:
  explicit RowStreamBody(const ExportSource& source) : source_(source), reader_(source.folder, source.name, source.rows) {}
  Step next(std::string& piece) override {
    if (is_over_) return Step::kEnd;
    piece.clear();
    if (is_first_) head(piece);
    std::string line;
    while (piece.size() < kPiece) {
      if (!reader_.next(line)) {
        tail(piece);
        is_over_ = true;
        break;
      }
      row(piece, line);
      is_first_ = false;
    }
    is_first_ = false;
    return piece.empty() ? Step::kEnd : Step::kPiece;
  }

 protected:
  virtual void head(std::string& out) = 0;
  virtual void row(std::string& out, const std::string& line) = 0;
  virtual void tail(std::string& out) = 0;
  const ExportSource source_;
  bool is_first_ = true;

 private:
  SpillReader reader_;
  bool is_over_ = false;
};

class CsvBody : public RowStreamBody {
 public:
  explicit CsvBody(const ExportSource& source) : RowStreamBody(source) {
    for (const Json& column : source.columns) is_number_.push_back(is_number_type(column.at("type").get<std::string>()));
  }

 private:
  static void field(std::string& out, const std::string& text) {
    if (text.find_first_of(",\"\r\n") == std::string::npos) {
      out += text;
    } else {
      out += '"' + replace_all(text, "\"", "\"\"") + '"';
    }
  }
  void head(std::string& out) override {
    for (size_t i = 0; i < source_.columns.size(); ++i) {
      if (i > 0) out += ',';
      field(out, without_formula(source_.columns[i].at("name").get<std::string>()));
    }
    out += "\r\n";
  }
  void row(std::string& out, const std::string& line) override {
    split_row(line, cells_);
    for (size_t i = 0; i < cells_.size(); ++i) {
      if (i > 0) out += ',';
      const RowCell& cell = cells_[i];
      if (cell.is_null()) continue;
      if (!cell.is_text()) {
        out += cell.json;
      } else if (cell.json == "\"\"") {
        out += "\"\"";  // NULL is nothing at all
      } else {
        field(out, is_number_[i] ? cell.text() : without_formula(cell.text()));
      }
    }
    out += "\r\n";
  }
  void tail(std::string&) override {}
  // Their digits may begin with '-', which is no formula.
  static bool is_number_type(const std::string& type) {
    return type.starts_with("DECIMAL") || type.ends_with("INT") || type == "INTEGER" || type == "UINTEGER" || type == "DOUBLE" || type == "FLOAT";
  }
  std::vector<bool> is_number_;
  std::vector<RowCell> cells_;
};

class JsonBody : public RowStreamBody {
 public:
  explicit JsonBody(const ExportSource& source) : RowStreamBody(source) {
    for (const Json& column : source.columns) names_.push_back(dump_json(column.at("name")) + ":");
  }

 private:
  void head(std::string& out) override { out += "["; }
  void row(std::string& out, const std::string& line) override {
    out += is_first_ ? "\n{" : ",\n{";
    split_row(line, cells_);
    for (size_t i = 0; i < cells_.size(); ++i) {
      if (i > 0) out += ',';
      out += names_.at(i);
      out += cells_[i].json;
    }
    out += '}';
  }
  void tail(std::string& out) override { out += "\n]\n"; }
  std::vector<std::string> names_;
  std::vector<RowCell> cells_;
};

// A file that goes when it has been sent.
class FileBody : public BodyStream {
 public:
  explicit FileBody(fs::path path) : path_(std::move(path)), file_(FileHandle::open_read(path_)) {}
  ~FileBody() override {
    std::error_code ignored;
    fs::remove(path_, ignored);
  }
  Step next(std::string& piece) override {
    piece.resize(kPiece);
    const size_t got = file_.read(piece.data(), piece.size());
    piece.resize(got);
    return got == 0 ? Step::kEnd : Step::kPiece;
  }

 private:
  fs::path path_;
  FileHandle file_;
};

// A child writes the file; what it leaves behind goes with this.
class FileExport {
 public:
  FileExport(const ExportSource& source, const std::string& format)
      : base_(source.folder / ("export-" + random_uuid())),
        child_({.arguments = {"export-process"}, .environment = plain_environment(), .folder = source.folder, .errors = path("err"), .output = {}}) {
    child_.write_line(dump_json(Json{{"folder", source.folder.string()},
                                     {"name", source.name},
                                     {"columns", source.columns},
                                     {"rows", source.rows},
                                     {"format", format},
                                     {"target", path("file").string()},
                                     {"temp", source.folder.string()}}));
  }
  ~FileExport() {
    std::error_code ignored;
    fs::remove(path("err"), ignored);
    if (!is_given_) fs::remove(path("file"), ignored);
  }
  // The file once it is whole. Throws TM7422 where it could not be written.
  std::optional<fs::path> poll() {
    const auto code = child_.exit_code();
    if (!code) return std::nullopt;
    if (*code != 0) throw Error("TM7422", "the file can't be made: " + (stat_file(path("err")) ? std::string(trim(read_file(path("err")))) : std::string()));
    is_given_ = true;
    return path("file");
  }

 private:
  fs::path path(const char* ending) const { return base_.string() + "." + ending; }
  fs::path base_;
  Child child_;
  bool is_given_ = false;
};

Response file_response(const ExportSource& source, const std::string& format, const std::string& disposition) {
  Response out;
  out.pending = [running = std::make_shared<FileExport>(source, format), format, disposition]() -> std::optional<Response> {
    const auto path = running->poll();
    if (!path) return std::nullopt;
    Response known;
    known.type = format == "xlsx" ? "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" : "application/vnd.apache.parquet";
    known.stream = std::make_shared<FileBody>(*path);
    return known.with("Content-Disposition", disposition);
  };
  return out;
}

}  // namespace

std::string without_formula(const std::string& text) {
  if (text.empty()) return text;
  const std::string_view shown = trim(text);
  const bool starts_one = !shown.empty() && std::string_view("=+-@").find(shown.front()) != std::string_view::npos;
  const bool starts_blank = std::string_view("\t\r\n").find(text.front()) != std::string_view::npos;
  return starts_one || starts_blank ? "'" + text : text;
}

Response export_response(const ExportSource& source, const std::string& format, const std::string& name) {
  const std::string disposition = attachment(name + "." + format);
  if (format == "xlsx" || format == "parquet") return file_response(source, format, disposition);
  Response out;
  if (format == "csv") {
    out.type = "text/csv; charset=utf-8";
    out.stream = std::make_shared<CsvBody>(source);
  } else if (format == "json") {
    out.stream = std::make_shared<JsonBody>(source);
  } else {
    throw Error("TM7400", "the format is csv, json, parquet or xlsx");
  }
  return out.with("Content-Disposition", disposition);
}

}  // namespace tidemark::server
