#include <absl/strings/ascii.h>
#include <networkstream/media_type.hpp>

namespace networkstream {
namespace {

bool is_token(char c) {
  constexpr std::string_view separators = "()<>@,;:\\\"/[]?=";
  return absl::ascii_isgraph(static_cast<unsigned char>(c)) &&
         separators.find(c) == std::string_view::npos;
}

/// Takes text from the front as long as it goes.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  bool at_end() const { return rest_.empty(); }
  void skip_blanks() {
    while (!rest_.empty() && absl::ascii_isspace(static_cast<unsigned char>(rest_.front())))
      rest_.remove_prefix(1);
  }

  bool take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  /// Empty if there is none.
  std::string token() {
    std::size_t size = 0;
    while (size < rest_.size() && is_token(rest_[size])) ++size;
    std::string taken(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return taken;
  }

  /// A token, or a text in quotes, which may be empty.
  std::optional<std::string> value() {
    if (!take('"')) {
      std::string plain = token();
      return plain.empty() ? std::nullopt : std::optional(std::move(plain));
    }
    std::string text;
    while (!rest_.empty()) {
      if (take('"')) return text;
      take('\\');
      if (rest_.empty()) break;
      text += rest_.front();
      rest_.remove_prefix(1);
    }
    return std::nullopt;
  }

 private:
  std::string_view rest_;
};

}  // namespace

std::optional<MediaType> parse_media_type(std::string_view text) {
  Scanner scanner(text);
  scanner.skip_blanks();
  const std::string type = scanner.token();
  if (type.empty() || !scanner.take('/')) return std::nullopt;
  const std::string subtype = scanner.token();
  if (subtype.empty()) return std::nullopt;
  MediaType parsed{absl::AsciiStrToLower(type + "/" + subtype), {}};
  for (;;) {
    scanner.skip_blanks();
    if (scanner.at_end()) return parsed;
    if (!scanner.take(';')) return std::nullopt;
    scanner.skip_blanks();
    if (scanner.at_end()) return parsed;
    const std::string name = absl::AsciiStrToLower(scanner.token());
    if (name.empty() || !scanner.take('=')) return std::nullopt;
    std::optional<std::string> value = scanner.value();
    if (!value || !parsed.parameters.try_emplace(name, *std::move(value)).second)
      return std::nullopt;
  }
}

}  // namespace networkstream
