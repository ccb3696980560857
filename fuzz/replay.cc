// Where libFuzzer is not linked: gives a fuzz target the files of the folders and files named, and then `--mutations N`
// random changes of them (a fixed sequence, from `--seed N`). Prints what it did.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

namespace fs = std::filesystem;

void run(const std::string& input) { LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(input.data()), input.size()); }

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void collect(const fs::path& path, std::vector<std::string>& inputs) {
  if (!fs::is_directory(path)) {
    inputs.push_back(read(path));
    return;
  }
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(path)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  for (const fs::path& file : files) inputs.push_back(read(file));
}

class Mutator {
 public:
  Mutator(const std::vector<std::string>& inputs, uint64_t seed) : inputs_(inputs), random_(seed) {}

  std::string next() {
    std::string text = piece();
    for (size_t rounds = below(4) + 1; rounds > 0; --rounds) change(text);
    text.resize(std::min<size_t>(text.size(), 4096));
    return text;
  }

 private:
  size_t below(size_t limit) { return limit == 0 ? 0 : random_() % limit; }
  const std::string& any() { return inputs_[below(inputs_.size())]; }

  // One line of one input, or all of it.
  std::string piece() {
    const std::string& input = any();
    if (below(4) == 0) return input;
    const size_t middle = below(input.size());
    const size_t begin = input.rfind('\n', middle);
    const size_t end = input.find('\n', middle);
    const size_t from = begin == std::string::npos ? 0 : begin + 1;
    return from < input.size() ? input.substr(from, end == std::string::npos ? end : end - std::min(from, end)) : input;
  }

  void change(std::string& text) {
    const size_t at = below(text.size() + 1);
    const size_t length = below(std::min<size_t>(text.size() - at, 12) + 1);
    switch (below(6)) {
      case 0:
        text.erase(at, length);
        break;
      case 1:
        text.insert(at, text.substr(at, length));
        break;
      case 2: {
        const std::string other = piece();
        const size_t from = below(other.size() + 1);
        text.insert(at, other.substr(from, below(20)));
        break;
      }
      case 3:
        text.insert(at, kWords[below(std::size(kWords))]);
        break;
      case 4:
        text.replace(at, length, kWords[below(std::size(kWords))]);
        break;
      default:
        if (at < text.size()) text[at] = static_cast<char>(below(256));
    }
  }

  static constexpr const char* kWords[] = {"{{ ",
                                           " }}",
                                           "{% ",
                                           " %}",
                                           "{#",
                                           "#}",
                                           "-",
                                           "9223372036854775807",
                                           "-1",
                                           "0",
                                           "none",
                                           "1e308",
                                           "''",
                                           "[",
                                           "]",
                                           "(",
                                           ")",
                                           "{",
                                           "}",
                                           "|",
                                           ".",
                                           "**",
                                           "//",
                                           "%",
                                           "~",
                                           "if ",
                                           " in ",
                                           " is ",
                                           " else ",
                                           "for i in ",
                                           "loop",
                                           "s",
                                           "items",
                                           "d",
                                           "|list",
                                           "|sort",
                                           "range(9)",
                                           ",",
                                           ":",
                                           "caller()",
                                           "n",
                                           "not ",
                                           "\xF0\x9F\x98\x80",
                                           "\xFF",
                                           "\\",
                                           "'%s' % ",
                                           "{:>9}",
                                           "=",
                                           "*",
                                           "namespace()"};
  const std::vector<std::string>& inputs_;
  std::mt19937_64 random_;
};

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> inputs;
  uint64_t mutations = 0;
  uint64_t seed = 1;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if ((argument == "--mutations" || argument == "--seed") && i + 1 < argc) {
      (argument == "--seed" ? seed : mutations) = std::stoull(argv[++i]);
    } else {
      collect(argument, inputs);
    }
  }
  if (inputs.empty()) {
    std::fputs("no inputs\n", stderr);
    return 2;
  }
  for (const std::string& input : inputs) run(input);
  Mutator mutator(inputs, seed);
  for (uint64_t i = 0; i < mutations; ++i) {
    const std::string input = mutator.next();
    // What was given last, for the search after a crash.
    if (const char* path = std::getenv("FUZZ_LAST_INPUT"); path != nullptr) std::ofstream(path, std::ios::binary) << input;
    run(input);
  }
  std::printf("%zu inputs, %llu mutations\n", inputs.size(), static_cast<unsigned long long>(mutations));
  return 0;
}
