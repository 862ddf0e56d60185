#include "cel/parser.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "cel/grammar.hpp"
#include "cel/lexer.hpp"
#include "core/text.hpp"

namespace berth::cel {
namespace {

class Parser {
 public:
  Parser(std::string_view source, std::vector<Token> tokens) : source_(source), tokens_(std::move(tokens)) {}

  Result<Expr> run() {
    Expr expr = expression();
    if (!error_ && peek().kind != TokenKind::kEnd) fail_at(peek(), fmt::format("unexpected {}", describe(peek())));
    if (error_) return tl::unexpected<Error>(*error_);
    return expr;
  }

 private:
  [[nodiscard]] const Token& peek(std::size_t ahead = 0) const {
    return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
  }
  [[nodiscard]] bool at_symbol(std::string_view symbol) const {
    return peek().kind == TokenKind::kSymbol && peek().text == symbol;
  }
  bool take(std::string_view symbol) {
    if (!at_symbol(symbol)) return false;
    ++at_;
    return true;
  }
  void expect(std::string_view symbol) {
    if (!error_ && !take(symbol)) fail_at(peek(), fmt::format("expected '{}', found {}", symbol, describe(peek())));
  }
  static std::string describe(const Token& token) {
    if (token.kind == TokenKind::kEnd) return "the end of the expression";
    return fmt::format("'{}'", shorten(token.text, 30));
  }
  void fail_at(const Token& token, std::string message, std::string fix = {}, ErrorCode code = ErrorCode::kInvalid) {
    if (!error_) error_ = Error{code, std::move(message), std::move(fix), locate(source_, token.begin, token.end)};
  }

  Expr node(Op op, std::uint32_t begin, std::vector<Expr> args = {}) {
    Expr expr;
    expr.op = op;
    expr.begin = begin;
    expr.end = at_ > 0 ? tokens_[at_ - 1].end : begin;
    for (const Expr& arg : args)
      expr.depth = std::max<std::uint16_t>(expr.depth, static_cast<std::uint16_t>(arg.depth + 1));
    expr.args = std::move(args);
    if (++nodes_ > kMaxExpressionNodes) {
      fail_at(peek(), fmt::format("the expression has more than {} parts", kMaxExpressionNodes), "split it",
              ErrorCode::kLimit);
    }
    if (expr.depth > kMaxExpressionDepth) too_deep();
    return expr;
  }
  void too_deep() {
    fail_at(peek(), fmt::format("the expression is nested deeper than {} levels", kMaxExpressionDepth), "split it",
            ErrorCode::kLimit);
  }

  Expr expression() {
    if (++nesting_ > kMaxExpressionDepth) too_deep();
    Expr expr;
    if (!error_) {
      const std::uint32_t begin = peek().begin;
      expr = binary(0);
      if (!error_ && take("?")) {
        std::vector<Expr> args;
        args.push_back(std::move(expr));
        args.push_back(binary(0));
        expect(":");
        if (!error_) args.push_back(expression());
        expr = node(Op::kConditional, begin, std::move(args));
      }
    }
    --nesting_;
    return expr;
  }

  [[nodiscard]] const Binary* binary_here() const {
    const Token& token = peek();
    if (token.kind != TokenKind::kSymbol && !(token.kind == TokenKind::kIdentifier && token.text == "in"))
      return nullptr;
    return find_binary(token.text);
  }

  Expr binary(int level) {
    if (level >= kBinaryLevels) return unary();
    const std::uint32_t begin = peek().begin;
    Expr left = binary(level + 1);
    for (const Binary* here = binary_here(); !error_ && here && here->level == level; here = binary_here()) {
      ++at_;
      Expr right = binary(level + 1);
      // Sound for any nesting of one operator: both are associative.
      const bool chain = (here->op == Op::kAnd || here->op == Op::kOr) && left.op == here->op;
      if (chain) {
        left.depth = std::max<std::uint16_t>(left.depth, static_cast<std::uint16_t>(right.depth + 1));
        left.end = right.end;
        left.args.push_back(std::move(right));
        if (left.depth > kMaxExpressionDepth) too_deep();
        continue;
      }
      std::vector<Expr> args;
      args.push_back(std::move(left));
      args.push_back(std::move(right));
      left = node(here->op, begin, std::move(args));
    }
    return left;
  }

  Expr unary() {
    if (!at_symbol("!") && !at_symbol("-")) return member();
    const std::string_view symbol = peek().text;
    std::vector<std::uint32_t> begins;
    while (at_symbol(symbol)) {
      begins.push_back(peek().begin);
      ++at_;
    }
    // The sign nearest to a number belongs to it: -9223372036854775808 is a literal.
    bool signed_literal = false;
    if (symbol == "-" && peek().kind == TokenKind::kLiteral &&
        (peek().value.kind == Value::Kind::kInt || peek().value.kind == Value::Kind::kDouble)) {
      signed_literal = true;
      literal_sign_ = begins.back();
      begins.pop_back();
    } else if (symbol == "!" && at_symbol("-") && peek(1).kind == TokenKind::kLiteral) {
      signed_literal = true;
      literal_sign_ = peek().begin;
      ++at_;
    }
    Expr expr = signed_literal ? member(Sign::kMinus) : member();
    for (; !error_ && !begins.empty(); begins.pop_back()) {
      std::vector<Expr> args;
      args.push_back(std::move(expr));
      expr = node(symbol == "!" ? Op::kNot : Op::kNegate, begins.back(), std::move(args));
    }
    return expr;
  }

  enum class Sign : std::uint8_t { kNone, kMinus };

  Expr member(Sign sign = Sign::kNone) {
    const std::uint32_t begin = sign == Sign::kMinus ? literal_sign_ : peek().begin;
    Expr expr = primary(sign);
    while (!error_) {
      if (take(".")) {
        expr = after_dot(std::move(expr), begin);
      } else if (take("[")) {
        std::vector<Expr> args;
        args.push_back(std::move(expr));
        args.push_back(expression());
        expect("]");
        expr = node(Op::kIndex, begin, std::move(args));
      } else {
        break;
      }
    }
    return expr;
  }

  Expr after_dot(Expr target, std::uint32_t begin) {
    const Token& token = peek();
    const bool quoted = token.kind == TokenKind::kQuotedIdentifier;
    if (!quoted && (token.kind != TokenKind::kIdentifier || is_keyword(token.text))) {
      fail_at(token, fmt::format("expected a name after '.', found {}", describe(token)));
      return target;
    }
    ++at_;
    if (!quoted && at_symbol("(")) return method(std::move(target), token, begin);
    std::vector<Expr> args;
    args.push_back(std::move(target));
    Expr expr = node(Op::kSelect, begin, std::move(args));
    expr.name = std::string(token.text);
    return expr;
  }

  static bool is_keyword(std::string_view name) {
    return name == "in" || name == "true" || name == "false" || name == "null";
  }

  std::vector<Expr> arguments(std::string_view closing) {
    std::vector<Expr> args;
    while (!error_ && !at_symbol(closing)) {
      args.push_back(expression());
      if (!at_symbol(closing)) {
        expect(",");
        if (at_symbol(closing) && closing == ")") fail_at(peek(), "expected an argument after ','");
      }
    }
    expect(closing);
    return args;
  }

  Expr method(Expr target, const Token& name, std::uint32_t begin) {
    expect("(");
    std::vector<Expr> args = arguments(")");
    if (error_) return target;
    if (target.op == Op::kIdentifier && target.name == "cel" && name.text == "bind" && args.size() == 3)
      return bind(std::move(args), begin);
    if (const MacroForm* form = find_macro(name.text, args.size()))
      return macro(*form, std::move(target), std::move(args), begin);
    args.insert(args.begin(), std::move(target));
    Expr expr = node(Op::kMethod, begin, std::move(args));
    expr.name = std::string(name.text);
    return expr;
  }

  bool variable(const Expr& arg, std::vector<std::string>& names) {
    if (arg.op == Op::kIdentifier && arg.name.front() != '.') {
      if (std::find(names.begin(), names.end(), arg.name) != names.end()) {
        if (!error_)
          error_ = Error{ErrorCode::kInvalid,
                         fmt::format("'{}' names both variables of the macro", arg.name),
                         {},
                         locate(source_, arg.begin, arg.end)};
        return false;
      }
      names.push_back(arg.name);
      return true;
    }
    if (!error_)
      error_ = Error{ErrorCode::kInvalid, "the first argument of a macro must be a plain name",
                     "for example list.exists(x, x > 1)", locate(source_, arg.begin, arg.end)};
    return false;
  }

  Expr macro(const MacroForm& form, Expr target, std::vector<Expr> args, std::uint32_t begin) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < form.variables; ++i) {
      if (!variable(args[i], names)) return target;
    }
    args.erase(args.begin(), args.begin() + static_cast<std::ptrdiff_t>(form.variables));
    args.insert(args.begin(), std::move(target));
    Expr expr = node(Op::kMacro, begin, std::move(args));
    expr.macro = form.macro;
    expr.variables = std::move(names);
    return expr;
  }

  Expr bind(std::vector<Expr> args, std::uint32_t begin) {
    std::vector<std::string> names;
    if (!variable(args[0], names)) return {};
    args.erase(args.begin());
    Expr expr = node(Op::kMacro, begin, std::move(args));
    expr.macro = Macro::kBind;
    expr.variables = std::move(names);
    return expr;
  }

  Expr primary(Sign sign) {
    const Token& token = peek();
    if (token.kind == TokenKind::kLiteral) return literal(sign);
    if (token.kind == TokenKind::kIdentifier) return name({});
    if (take("(")) {
      Expr expr = expression();
      expect(")");
      return expr;
    }
    if (take("[")) {
      std::vector<Expr> items = arguments("]");
      return node(Op::kList, token.begin, std::move(items));
    }
    if (take("{")) return map(token.begin);
    if (take(".")) {
      if (peek().kind == TokenKind::kIdentifier) return name(".");
      fail_at(peek(), fmt::format("expected a name after '.', found {}", describe(peek())));
      return {};
    }
    fail_at(token, fmt::format("expected a value, found {}", describe(token)));
    return {};
  }

  Expr literal(Sign sign) {
    const Token& token = peek();
    ++at_;
    Expr expr = node(Op::kLiteral, sign == Sign::kMinus ? literal_sign_ : token.begin);
    expr.literal = token.value;
    if (token.value.kind == Value::Kind::kDouble && sign == Sign::kMinus) expr.literal.d = -token.value.d;
    if (token.value.kind == Value::Kind::kInt) {
      const std::uint64_t magnitude = token.value.u;
      const std::uint64_t limit = static_cast<std::uint64_t>(INT64_MAX) + (sign == Sign::kMinus ? 1U : 0U);
      if (magnitude > limit)
        fail_at(token, "the number is too large for an int", "write a double (1.0e19) or, up to 2^64, a uint (…u)");
      expr.literal.u = sign == Sign::kMinus ? 0 - magnitude : magnitude;
    }
    return expr;
  }

  Expr name(std::string prefix) {
    const Token& token = peek();
    const std::uint32_t begin = prefix.empty() ? token.begin : tokens_[at_ - 1].begin;
    if (token.text == "true" || token.text == "false" || token.text == "null") {
      ++at_;
      Expr expr = node(Op::kLiteral, begin);
      if (token.text != "null") expr.literal = Value::of(token.text == "true");
      if (!prefix.empty()) fail_at(token, fmt::format("'{}' is a keyword", token.text));
      return expr;
    }
    if (token.text == "in" || is_reserved(token.text)) {
      fail_at(token, fmt::format("'{}' is a reserved word", token.text));
      return {};
    }
    ++at_;
    prefix += token.text;
    if (!at_symbol("(")) {
      Expr expr = node(Op::kIdentifier, begin);
      expr.name = std::move(prefix);
      return expr;
    }
    expect("(");
    std::vector<Expr> args = arguments(")");
    if (error_) return {};
    if (prefix == "has" && args.size() == 1) return has(std::move(args[0]), begin);
    Expr expr = node(Op::kCall, begin, std::move(args));
    expr.name = std::move(prefix);
    return expr;
  }

  Expr has(Expr select, std::uint32_t begin) {
    if (select.op != Op::kSelect) {
      if (!error_)
        error_ = Error{ErrorCode::kInvalid,
                       "has() takes a field, such as has(job.task)",
                       {},
                       locate(source_, select.begin, select.end)};
      return {};
    }
    select.op = Op::kHas;
    select.begin = begin;
    select.end = tokens_[at_ - 1].end;
    return select;
  }

  Expr map(std::uint32_t begin) {
    std::vector<Expr> args;
    while (!error_ && !at_symbol("}")) {
      args.push_back(expression());
      expect(":");
      if (!error_) args.push_back(expression());
      if (!at_symbol("}")) expect(",");
    }
    expect("}");
    return node(Op::kMap, begin, std::move(args));
  }

  std::string_view source_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  std::size_t nodes_ = 0;
  int nesting_ = 0;
  std::uint32_t literal_sign_ = 0;
  std::optional<Error> error_;
};

}  // namespace

Result<Expr> parse(std::string_view source, Arena& arena) {
  if (source.size() > kMaxExpressionBytes) {
    return fail(ErrorCode::kLimit, fmt::format("the expression is longer than {} bytes", kMaxExpressionBytes),
                "split it");
  }
  Result<std::vector<Token>> tokens = tokenize(source, arena);
  if (!tokens) return tl::unexpected<Error>(tokens.error());
  return Parser(source, std::move(*tokens)).run();
}

}  // namespace berth::cel
