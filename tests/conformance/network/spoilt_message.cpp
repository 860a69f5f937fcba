#include "spoilt_message.hpp"

#include <google/protobuf/unknown_field_set.h>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace network {
namespace {

template <typename Choices>
auto one_of(const Choices& choices, Random& random) {
  return choices[random() % choices.size()];
}

std::string odd_text(Random& random) {
  static const std::vector<std::string> odd{
      "",
      "A",
      "B",
      "nonsense",
      "text/plain",
      "TEXT/Plain ",
      "text/plain; charset=utf-8",
      "text/plain; a=1; a=2",
      "text/plain;=",
      "text/plain; x=\"",
      "text/plain; x=\"\\",
      "/",
      ";",
      " ",
      std::string(3, '\0'),
      "\u00e4\u2028\U0001F600",
      "2026-02-30T25:61:61Z",
      "0000-00-00T00:00:00Z",
      "0001-01-01T00:00:00+23:59",
      "1969-12-31T23:59:59.999999999Z",
      "1970-01-01T00:00:00Z",
      "9999-12-31T23:59:60.123456789123456789Z",
      "99999999999-01-01T00:00:00Z",
      "infinite-future",
      "infinite-past",
  };
  return one_of(odd, random);
}

std::uint64_t odd_number(Random& random) {
  constexpr auto most = std::numeric_limits<std::uint64_t>::max();
  constexpr std::array<std::uint64_t, 8> odd{0,        1,        2,        std::uint64_t{1} << 32U,
                                             most / 2, most - 1, most / 3, most};
  return one_of(odd, random);
}

/// Seldom more than what a message may have.
std::size_t giant_size(Random& random) {
  if (random() % 100 == 0) return (std::size_t{8} << 20U) + random() % 100'000;
  return random() % 3 == 0 ? random() % 300'000 : random() % 9'000;
}

void repeat(Message& message, const Field& field, Random& random) {
  const bool often = random() % 20 == 0 && encoded({field}).size() < 200;
  const std::size_t times = often ? 5'000 : 1 + random() % 2;
  message.insert(message.end(), times, field);
}

void retype(Field& field, Random& random) {
  if (std::holds_alternative<std::uint64_t>(field.value))
    field.value = odd_text(random);
  else
    field.value = odd_number(random);
}

}  // namespace

std::string random_bytes(Random& random, std::size_t most) {
  std::string bytes(random() % (most + 1), '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

void spoil(Message& message, Random& random) {
  if (message.empty()) message.emplace_back(1, odd_text(random));
  const std::size_t place = random() % message.size();
  Field& field = message[place];
  if (auto* inner = std::get_if<Message>(&field.value); inner && random() % 4 != 0)
    return spoil(*inner, random);
  switch (random() % 11) {
    case 0:
      message.erase(message.begin() + static_cast<std::ptrdiff_t>(place));
      break;
    case 1:
      repeat(message, Field(field), random);
      break;
    case 2:
      field.value = std::string();
      break;
    case 3:
      field.value = std::string(giant_size(random), random() % 2 == 0 ? 'x' : '\t');
      break;
    case 4:
      field.value = "\xff\xc0\x80" + odd_text(random);
      break;
    case 5:
      retype(field, random);
      break;
    case 6:
      field.value = odd_number(random);
      break;
    case 7:
      message.push_back(
          {1'000 + static_cast<std::uint32_t>(random() % 500'000'000), random_bytes(random, 50)});
      break;
    case 8:
      field.number = 1 + random() % 20;
      break;
    case 9:
      std::ranges::shuffle(message, random);
      break;
    default:
      field.value = odd_text(random);
  }
}

void spoil(std::string& bytes, Random& random) {
  if (bytes.empty()) {
    bytes = random_bytes(random, 40);
    return;
  }
  const std::size_t place = random() % bytes.size();
  switch (random() % 3) {
    case 0:
      bytes.resize(place);
      break;
    case 1:
      bytes[place] = static_cast<char>(random());
      break;
    default:
      bytes.insert(place, random_bytes(random, 12));
  }
}

std::string encoded(const Message& message) {
  google::protobuf::UnknownFieldSet fields;
  for (const auto& [number, value] : message) {
    const auto field = static_cast<int>(number);
    if (const auto* varint = std::get_if<std::uint64_t>(&value))
      fields.AddVarint(field, *varint);
    else if (const auto* inner = std::get_if<Message>(&value))
      fields.AddLengthDelimited(field, encoded(*inner));
    else
      fields.AddLengthDelimited(field, std::get<std::string>(value));
  }
  std::string bytes;
  fields.SerializeToString(&bytes);
  return bytes;
}

}  // namespace network
