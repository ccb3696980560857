// The one error type. Codes are stable and grouped by phase:
//   TM1 project, TM2 Jinja, TM3 graph, TM4 adapter and warehouse, TM5 ledger and plan,
//   TM6 run, TM7 server, TM9 internal.
// Thrown when work must be abandoned; caught at three places only: node, server request, main.
#pragma once
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/source_span.h"

namespace tidemark {

class Error : public std::exception {
 public:
  Error(std::string code, std::string message);

  Error& at(SourceSpan span);          // where; the first span is the primary one
  Error& hint(std::string text);       // what to do about it
  Error& because(const Error& cause);  // the error underneath

  const std::string& code() const { return code_; }
  const std::string& message() const { return message_; }
  const std::vector<SourceSpan>& spans() const { return spans_; }
  const std::string& hint() const { return hint_; }
  const Error* cause() const { return cause_.get(); }
  const char* what() const noexcept override { return message_.c_str(); }

 private:
  std::string code_;
  std::string message_;
  std::vector<SourceSpan> spans_;
  std::string hint_;
  std::shared_ptr<const Error> cause_;
};

// Several faults found by one loader, thrown together. Never empty.
class ErrorList : public std::exception {
 public:
  explicit ErrorList(std::vector<Error> errors) : errors_(std::move(errors)) {}
  const std::vector<Error>& errors() const { return errors_; }
  const char* what() const noexcept override { return errors_.front().what(); }

 private:
  std::vector<Error> errors_;
};

// Collects faults so that one run reports several; throw_if_any() ends the phase.
class ErrorSink {
 public:
  void add(Error error) { errors_.push_back(std::move(error)); }
  bool empty() const { return errors_.empty(); }
  void throw_if_any() const;  // throws Error (one) or ErrorList (more)

 private:
  std::vector<Error> errors_;
};

// Compiler-like text: `file:line:col: error[CODE]: message`, excerpt with carets, hint, causes.
// `level` is "error" or "warning".
std::string render_error(const Error& error, std::string_view level = "error");

// The nearest of `candidates` to `name` by edit distance, or empty where none is near: for "did you mean".
std::string nearest_name(std::string_view name, const std::vector<std::string>& candidates);

}  // namespace tidemark
