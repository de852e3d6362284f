#include <catch2/catch.hpp>

#include "core/settings/tests/temporary_directory.hpp"
#include "core/settings/yaml.hpp"

namespace tributary {
namespace {

struct Loaded {
    YamlFiles files;
    Diagnostics diagnostics;
    Node root;

    explicit Loaded(const std::filesystem::path& path) : root(files.load(path, process_environment(), diagnostics)) {}
};

TEST_CASE("a directory is its YAML files in name order, their sources joined") {
    const TemporaryDirectory directory;
    directory.write("20-shop.yml", "sources: {shop: {b: 2}}\n");
    directory.write("10-base.yaml", "tenant: acme\nsources:\n  erp: {a: 1}\n");
    directory.write(".hidden.yaml", "tenant: [");
    directory.write("notes.txt", "tenant: [");
    directory.write("30-empty.yaml", "# nothing yet\n");
    const Loaded loaded(directory.path());
    REQUIRE(loaded.diagnostics.text() == "");
    CHECK(loaded.root.find("tenant")->scalar == "acme");
    REQUIRE(loaded.root.find("sources")->entries.size() == 2);
    CHECK(loaded.root.find("sources")->entries[0].key == "erp");
    CHECK(*loaded.root.find("sources")->entries[1].key_place.file == (directory.path() / "20-shop.yml").string());
}

TEST_CASE("a key or a source that stands in two files is an error that names the other place") {
    const TemporaryDirectory directory;
    const std::string a = (directory.path() / "a.yaml").string();
    const std::string b = (directory.path() / "b.yaml").string();
    directory.write("a.yaml", "tenant: x\nsources: {erp: {a: 1}}\n");
    directory.write("b.yaml", "sources: {erp: {a: 1}}\ntenant: y\n");
    CHECK(Loaded(directory.path()).diagnostics.text() ==
          b + ":1:11: error: the source 'erp' is already in " + a + ":2\n" + b +
              ":2:1: error: the key 'tenant' is already in " + a + ":1\n");
}

TEST_CASE("a directory without YAML, a list at the top and a missing file are errors") {
    const TemporaryDirectory directory;
    const std::string at = directory.path().string();
    CHECK(Loaded(directory.path()).diagnostics.text() == at + ": error: no *.yaml or *.yml file in this directory\n");
    directory.write("a.yaml", "- 1\n");
    CHECK(Loaded(directory.path()).diagnostics.text() ==
          at + "/a.yaml:1:1: error: expected a map of options at the top of the file\n");
    CHECK(Loaded(at + "/none.yaml").diagnostics.text() ==
          at + "/none.yaml: error: cannot read '" + at + "/none.yaml': No such file or directory\n");
}

TEST_CASE("a broken file does not hide the errors of the others") {
    const TemporaryDirectory directory;
    directory.write("a.yaml", "a: [");
    directory.write("b.yaml", "b: 1\nb: 2\n");
    CHECK(Loaded(directory.path()).diagnostics.sorted().size() == 2);
}

}  // namespace
}  // namespace tributary
