// JSON through nlohmann's SAX parser. It reports no positions, so the characters are handed over by an
// iterator that records how far the parser has read; a value starts at the first character after the
// previous token that is neither blank nor punctuation.
#include <cmath>
#include <iterator>
#include <nlohmann/json.hpp>

#include "core/node_parsers.hpp"

namespace berth {
namespace {

class ReadingIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  ReadingIterator(const char* at, const char** cursor) : at_(at), cursor_(cursor) {}
  reference operator*() const { return *at_; }
  ReadingIterator& operator++() {
    ++at_;
    *cursor_ = at_;
    return *this;
  }
  ReadingIterator operator++(int) {
    ReadingIterator before = *this;
    ++*this;
    return before;
  }
  friend bool operator!=(const ReadingIterator& a, const ReadingIterator& b) { return a.at_ != b.at_; }

 private:
  const char* at_;
  const char** cursor_;
};

class Handler : public nlohmann::json_sax<nlohmann::json> {
 public:
  Handler(std::string_view text, TreeBuilder& builder)
      : end_(text.data() + text.size()),
        cursor(text.data()),
        builder_(builder),
        token_end_(text.data()),
        counted_(text.data()),
        line_start_(text.data()) {}

  bool null() override { return scalar(Node()); }
  bool boolean(bool value) override { return scalar(Node(value)); }
  bool number_integer(number_integer_t value) override { return scalar(Node(std::int64_t{value})); }
  bool number_unsigned(number_unsigned_t value) override {
    // Beyond int64 only a double can hold it; whole-number fields then refuse it by range.
    if (value > static_cast<number_unsigned_t>(INT64_MAX)) return scalar(Node(static_cast<double>(value)));
    return scalar(Node(static_cast<std::int64_t>(value)));
  }
  bool number_float(number_float_t value, const string_t& /*text*/) override {
    locate();
    if (!std::isfinite(value)) {
      return builder_.fail_at(ErrorCode::kInvalid, "the number is too large", {}, line_, column());
    }
    return builder_.value(Node(value), line_, column()) && advance();
  }
  bool string(string_t& value) override { return scalar(Node(std::move(value))); }
  bool binary(binary_t& /*value*/) override { return false; }
  bool start_object(std::size_t /*size*/) override { return open(Node::Kind::kObject); }
  bool start_array(std::size_t /*size*/) override { return open(Node::Kind::kArray); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(string_t& name) override {
    locate();
    return builder_.key(std::move(name), line_, column()) && advance();
  }
  bool parse_error(std::size_t /*position*/, const std::string& /*token*/,
                   const nlohmann::json::exception& error) override {
    // "[json.exception.parse_error.101] parse error at line 1, column 5: syntax error while …"
    std::string message = error.what();
    if (const auto at = message.find(": "); at != std::string::npos) message = message.substr(at + 2);
    count_to(cursor > counted_ ? cursor - 1 : cursor);
    return builder_.fail_at(ErrorCode::kInvalid, "not valid JSON: " + message, {}, line_, column());
  }

 private:
  const char* end_;

 public:
  const char* cursor;  // how far the parser has read

 private:
  bool scalar(Node node) {
    locate();
    return builder_.value(std::move(node), line_, column()) && advance();
  }
  bool open(Node::Kind kind) {
    locate();
    return builder_.open(kind, line_, column()) && advance();
  }
  bool close() { return builder_.close() && advance(); }
  bool advance() {
    token_end_ = cursor;
    return true;
  }
  // Moves line_ and column to the start of the token just read.
  void locate() {
    const char* at = token_end_;
    while (at < end_ && std::string_view(" \t\r\n,:}]\xEF\xBB\xBF").find(*at) != std::string_view::npos) ++at;
    count_to(at);
  }
  void count_to(const char* at) {
    for (; counted_ < at; ++counted_) {
      if (*counted_ == '\n') {
        ++line_;
        line_start_ = counted_ + 1;
      }
    }
  }
  [[nodiscard]] int column() const { return static_cast<int>(counted_ - line_start_) + 1; }

  TreeBuilder& builder_;
  const char* token_end_;
  const char* counted_;
  const char* line_start_;
  int line_ = 1;
};

}  // namespace

Result<Node> parse_json(std::string_view text, std::string_view name, BuildRules rules) {
  TreeBuilder builder(name, rules);
  Handler handler(text, builder);
  const ReadingIterator first(text.data(), &handler.cursor);
  const ReadingIterator last(text.data() + text.size(), &handler.cursor);
  const bool read = nlohmann::json::sax_parse(first, last, &handler);
  if (!read) builder.fail_at(ErrorCode::kInvalid, "not valid JSON", {}, 0, 0);
  return builder.take();
}

}  // namespace berth
