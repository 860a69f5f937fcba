// A plug-in as another kit would build it: the symbol is there, its ABI string is not ours.
struct Other {
  const char* abi;
};

extern "C" __attribute__((visibility("default"))) const Other* streamtest_plugin() {
  static const Other other{"streamtest 99.0.0, another compiler"};
  return &other;
}
