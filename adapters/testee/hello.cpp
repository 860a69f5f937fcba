#include <testee/hello.hpp>

#include <set>

namespace testee {

namespace {

[[noreturn]] void wrong(const std::string& member, const std::string& wanted, const Json& seen) {
  throw Lost("the testee's hello: \"" + member + "\" must be " + wanted + ", and is " +
                 seen.dump(-1, ' ', false, Json::error_handler_t::replace).substr(0, 200),
             true);
}

std::vector<std::string> texts_of(const Json& line, const std::string& member) {
  const std::string wanted = "a list of texts, each once";
  std::vector<std::string> texts;
  std::set<std::string> seen;
  const auto found = line.find(member);
  if (found == line.end()) return texts;
  if (!found->is_array()) wrong(member, wanted, *found);
  for (const Json& each : *found) {
    if (!each.is_string() || each.get_ref<const std::string&>().empty() ||
        !seen.insert(each.get<std::string>()).second)
      wrong(member, wanted, *found);
    texts.push_back(each.get<std::string>());
  }
  return texts;
}

}  // namespace

Hello hello_from(const Json& line) {
  Hello hello;
  const auto name = line.find("name");
  if (name == line.end() || !name->is_string() || name->get_ref<const std::string&>().empty())
    wrong("name", "a text", name == line.end() ? Json("missing") : *name);
  hello.name = name->get<std::string>();
  if (const auto found = line.find("capabilities"); found != line.end()) {
    if (!found->is_object()) wrong("capabilities", "an object", *found);
    hello.capabilities = found->get<std::map<std::string, Json>>();
  }
  hello.hooks = texts_of(line, "hooks");
  hello.lacks = texts_of(line, "lacks");
  hello.event_types = texts_of(line, "event_types");
  if (const auto found = line.find("identity"); found != line.end()) {
    if (*found != "name" && *found != "uuid") wrong("identity", R"("name" or "uuid")", *found);
    hello.identity = *found == "uuid" ? Hello::Identity::uuid : Hello::Identity::name;
  }
  if (const auto found = line.find("boundaries"); found != line.end()) {
    if (!found->is_array()) wrong("boundaries", "a list of numbers above 0", *found);
    for (const Json& each : *found) {
      if (!each.is_number_unsigned() || each == 0)
        wrong("boundaries", "a list of numbers above 0", *found);
      hello.boundaries.push_back(each.get<std::uint64_t>());
    }
  }
  hello.variants = texts_of(line, "variants");
  return hello;
}

}  // namespace testee
